//! The OpenAPI 3.1 document, made from the table of operations and the types of the forms.
//! It must never be written by hand: what is not in the table is not in the API.

use super::OPERATIONS;
use super::operation::{AnswerSpec, BodySpec, Effect, Operation, PurposeRule, Query};
use super::problem::{FieldError, ProblemBody};
use actix_web::HttpResponse;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Required, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

pub async fn serve() -> HttpResponse {
    HttpResponse::Ok().json(document())
}

/// The whole document.
pub fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for operation in OPERATIONS {
        let item = PathItem::new(method(operation.method), describe(operation));
        paths = paths.path(format!("/api/v1{}", operation.path), item);
    }
    let mut components =
        ComponentsBuilder::new().security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (name, schema) in schemas() {
        components = components.schema(name, schema);
    }
    let info = InfoBuilder::new()
        .title("Channel Panel")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Case management for Channel panels. Every answer is recorded before it is given. OFFICIAL-SENSITIVE.",
        ))
        .build();
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components.build())).build()
}

/// Of every body and answer, and of what they are made of, by name.
fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas: Vec<(String, RefOr<Schema>)> =
        vec![("ProblemBody".to_owned(), ProblemBody::schema()), ("FieldError".to_owned(), FieldError::schema())];
    ProblemBody::schemas(&mut schemas);
    for BodySpec { name, schema, components } in OPERATIONS.iter().copied().flat_map(bodies) {
        schemas.push((name().into_owned(), schema()));
        components(&mut schemas);
    }
    schemas
}

fn bodies(operation: &Operation) -> impl Iterator<Item = BodySpec> {
    let answer = if let AnswerSpec::Json(answer) = operation.answer { Some(answer) } else { None };
    operation.body.into_iter().chain(answer)
}

fn method(name: &str) -> HttpMethod {
    match name {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn describe(operation: &Operation) -> utoipa::openapi::path::Operation {
    let who = format!(
        "Policy action `{}`: who may is in `policies/`, and the golden role matrix shows it.",
        operation.action
    );
    let mut builder = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .summary(Some(operation.summary))
        .description(Some(who))
        .security(SecurityRequirement::new("bearer", Vec::<String>::new()))
        .response(operation.success.to_string(), done(operation.answer))
        .response("default", refusal());
    for segment in operation.path.split('/') {
        if let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            builder = builder.parameter(parameter(name, ParameterIn::Path, Required::True));
        }
    }
    for (name, kind) in operation.query {
        builder = builder.parameter(asked(name, *kind));
    }
    builder = builder.parameter(parameter("Acting-Membership", ParameterIn::Header, Required::False));
    let purpose = if operation.purpose == PurposeRule::MustBeSaid { Required::True } else { Required::False };
    builder = builder.parameter(parameter("Access-Purpose", ParameterIn::Header, purpose));
    builder = builder.parameter(parameter("Ledger-Receipt", ParameterIn::Header, Required::False));
    if operation.id == "submitReferral" {
        builder = builder.parameter(parameter("Idempotency-Key", ParameterIn::Header, Required::True));
    }
    if operation.id == "amendCategory" {
        builder = builder.parameter(parameter("If-Match", ParameterIn::Header, Required::True));
    }
    if let Some(body) = operation.body {
        let body = RequestBodyBuilder::new().content("application/json", content(Ref::from_schema_name((body.name)())));
        builder = builder.request_body(Some(body.required(Some(Required::True)).build()));
    }
    let effect = if operation.effect == Effect::Changes { "changes" } else { "reads" };
    builder.tag(effect).build()
}

fn done(answer: AnswerSpec) -> utoipa::openapi::Response {
    let done = ResponseBuilder::new().description("Done, and recorded");
    match answer {
        AnswerSpec::Nothing => done,
        AnswerSpec::Json(body) => done.content("application/json", content(Ref::from_schema_name((body.name)()))),
        AnswerSpec::Bytes(media) => done.content(media, content(ObjectBuilder::new().schema_type(Type::String))),
    }
    .build()
}

fn refusal() -> utoipa::openapi::Response {
    let problem = content(Ref::from_schema_name("ProblemBody"));
    ResponseBuilder::new().description("A refusal (RFC 9457)").content("application/problem+json", problem).build()
}

fn content(schema: impl Into<RefOr<Schema>>) -> Content {
    ContentBuilder::new().schema(Some(schema)).build()
}

fn asked(name: &str, kind: Query) -> Parameter {
    let of = |kind| ObjectBuilder::new().schema_type(kind);
    let text = |format: &str| of(Type::String).format(Some(SchemaFormat::Custom(format.to_owned())));
    let (schema, says) = match kind {
        Query::Id => (text("uuid"), None),
        Query::Day => (text("date"), None),
        Query::Word => (of(Type::String), None),
        Query::Number => (of(Type::Integer).minimum(Some(0)), None),
        Query::Flag => (of(Type::Boolean), None),
        Query::Cursor => (of(Type::String), Some("The `next` of the page before.")),
    };
    let builder = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(Required::False);
    builder.description(says).schema(Some(schema.build())).build()
}

fn parameter(name: &str, place: ParameterIn, required: Required) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(text)).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Two types of one name would be one in the document, and one of them described as the other.
    #[test]
    fn no_name_stands_for_two_types() {
        let mut known: BTreeMap<String, serde_json::Value> = BTreeMap::new();
        let mut twice = BTreeSet::new();
        for (name, schema) in schemas() {
            let schema = serde_json::to_value(schema).unwrap();
            if *known.entry(name.clone()).or_insert_with(|| schema.clone()) != schema {
                twice.insert(name);
            }
        }
        assert!(twice.is_empty(), "{twice:?}");
        assert!(known.len() > 100, "{}", known.len());
    }
}
