//! Whether the process lives, and whether it can do its work. Neither says anything of a case or a person.

use crate::app::service::Service;
use actix_web::{HttpResponse, web};
use serde::Serialize;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
}

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "live", missing: None })
}

/// 503 with the name of the first part that cannot do its work.
pub async fn ready(service: web::Data<Service>) -> HttpResponse {
    match service.ready() {
        Ok(()) => HttpResponse::Ok().json(Health { status: "ready", missing: None }),
        Err(part) => HttpResponse::ServiceUnavailable().json(Health { status: "not ready", missing: Some(part) }),
    }
}
