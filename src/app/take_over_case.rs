//! A case that comes from another panel or from older records: opened at the stage it had reached, with what stands for
//! each guard it skips. It must never begin further on than its evidence reaches.

use super::answer::{Answer, Reply};
use super::birth::{Birth, be_born};
use super::session::Session;
use crate::access::PanelVerb;
use crate::casework::category::Category;
use crate::casework::fields::{Content, Context};
use crate::casework::ids::CaseId;
use crate::casework::intake::individual::{Contact, Identity};
use crate::casework::opening::{Opening, OpeningEvidence};
use crate::casework::state::{FrontDoor, Origin, Stage};
use crate::error::{Problem, Violations};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Who it is, where the case stood, and how we know.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseTakenOver {
    /// `transfer_in` or `legacy`.
    #[schema(value_type = String)]
    pub origin: Origin,
    #[schema(value_type = String, format = Date)]
    pub received_on: NaiveDate,
    #[schema(value_type = String)]
    pub stage: Stage,
    /// When that stage was entered.
    #[schema(value_type = String, format = Date)]
    pub stage_on: NaiveDate,
    /// One for each guard that the stage has passed.
    #[serde(default)]
    pub evidence: Vec<OpeningEvidence>,
    pub identity: Identity,
    #[serde(default)]
    pub contact: Option<Contact>,
}

#[derive(Serialize, ToSchema)]
pub struct Opened {
    #[schema(value_type = String, format = "uuid")]
    pub id: CaseId,
}

super::opaque!(CaseTakenOver, Opened);

/// # Errors
/// `invalid`, naming the evidence that is missing or out of order; the policies' refusal.
pub fn take_over_case(session: &Session<'_>, form: &CaseTakenOver) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::TakeOverCase)?;
    check(session, form)?;
    let opening = Opening {
        origin: form.origin,
        received_on: form.received_on,
        today: session.today,
        front_door: FrontDoor::Council,
        repeat: false,
        stage: form.stage,
        stage_on: form.stage_on,
        evidence: form.evidence.clone(),
        risk_owner: None,
    };
    let mut content = BTreeMap::from([(Category::Identity, form.identity.to_map())]);
    content.extend(form.contact.as_ref().map(|contact| (Category::Contact, contact.to_map())));
    let birth = Birth {
        opening: &opening,
        opened_from: None,
        event: "taken_over",
        content,
        records: Vec::new(),
        statements: statements(form.origin, &form.evidence),
    };
    let born = be_born(session, &session.evaluator, birth)?;
    let id = born.case();
    let reply = Reply::json(201, &Opened { id })?.with_location(format!("/api/v1/cases/{id}"));
    let now = session.now;
    Ok(session.change(reply, vec![born.mark], Vec::new(), move |tx| born.write(tx, now)))
}

fn check(session: &Session<'_>, form: &CaseTakenOver) -> Result<(), Problem> {
    let mut violations = Violations::default();
    let context = Context { today: session.today, on: session.today };
    if form.origin == Origin::Referral {
        violations.add("/origin", "not_taken_over", "a referral is sent as a referral");
    }
    form.identity.check_at("/identity", &context, &mut violations);
    if let Some(contact) = &form.contact {
        contact.check_at("/contact", &context, &mut violations);
    }
    violations.finish()
}

/// What the case's log keeps of how it came to begin where it does.
pub(super) fn statements(origin: Origin, evidence: &[OpeningEvidence]) -> Map<String, Value> {
    let items: Vec<Value> =
        evidence.iter().map(|e| json!({ "guard": e.guard, "on": e.on, "statement": e.statement })).collect();
    Map::from_iter([("origin".to_owned(), json!(origin)), ("evidence".to_owned(), Value::Array(items))])
}
