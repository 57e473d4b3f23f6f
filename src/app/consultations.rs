//! Approaches about nobody in particular: keyed in a minute, counted, sealed all the same.
//! They must never become a case by themselves.

use super::answer::{Answer, Reply};
use super::case_file::hex;
use super::registry;
use super::session::{Session, refuse_unless};
use crate::access::rows::ConsultationFacts;
use crate::access::{Authentic, PanelVerb};
use crate::casework::category::Category;
use crate::casework::fields::Content;
use crate::casework::ids::{ConsultationId, MembershipId, PanelId};
use crate::casework::intake::consultation::Consultation;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use crate::seal::{Bucket, Place, SealedMap, WrappedKeys};
use crate::store::rows::ConsultationRow;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct ConsultationKeyed {
    #[schema(value_type = String, format = "uuid")]
    pub id: ConsultationId,
}

#[derive(Serialize, ToSchema)]
pub struct ConsultationList {
    pub consultations: Vec<ConsultationView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsultationView {
    #[schema(value_type = String, format = "uuid")]
    pub id: ConsultationId,
    #[schema(value_type = String, format = Date)]
    pub occurred_on: NaiveDate,
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
}

/// # Errors
/// The form's problems; the policies' refusal.
pub fn key_consultation(session: &Session<'_>, form: &Consultation) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::KeyConsultation)?;
    let mut violations = Violations::default();
    form.check(session.today, &mut violations);
    violations.finish()?;
    let id = ConsultationId::new();
    let row = sealed(session, id, form)?;
    let reply = Reply::json(201, &ConsultationKeyed { id })?;
    let detail = vec![("consultation", DetailValue::Id(id.0))];
    Ok(session.change(reply, Vec::new(), detail, move |tx| Ok(tx.insert_consultation(&row)?)))
}

fn place(panel: PanelId, id: ConsultationId) -> Place {
    Place { panel, case: id.0, record: id.0, category: Category::Triage, version: 1 }
}

fn sealed(session: &Session<'_>, id: ConsultationId, form: &Consultation) -> Result<ConsultationRow, Problem> {
    let service = session.service;
    let panel = session.panel();
    let membership: MembershipId =
        session.principal.membership().ok_or_else(|| Problem::internal("keyed by no member"))?;
    let keys = service.sealer.new_keys(panel, id.0, Bucket::for_case(session.now.london_date(), service.retention))?;
    let permit =
        session.evaluator.consultation_permit(PanelVerb::KeyConsultation, panel, id).ok_or(Kind::NotAllowed)?;
    let sealed =
        service.sealer.open(&keys, panel, id.0, &permit, session.now)?.seal_map(&place(panel, id), &form.to_map())?;
    let occurred_on = form.date.unwrap_or(session.today);
    let facts = ConsultationFacts { id, panel, membership, occurred_on, digest: hex(&sealed.digest()), version: 1 };
    let (_, header, header_tag) = registry::issue(&service.sealer, facts)?;
    Ok(ConsultationRow {
        id,
        panel,
        occurred_on,
        recorded_at: session.now,
        membership,
        wrapped_keys: keys.into_string(),
        sealed: sealed.into_string(),
        header,
        header_tag,
    })
}

/// The newest first, at most 200.
///
/// # Errors
/// The policies' refusal; `integrity`.
pub fn list_consultations(session: &Session<'_>) -> Result<Answer, Problem> {
    refuse_unless(&session.evaluator.panel(PanelVerb::ListConsultations, session.panel()))?;
    let rows = session.reader().consultations_of_panel(session.panel(), 200)?;
    let consultations = rows.into_iter().map(|row| open(session, row)).collect::<Result<Vec<_>, _>>()?;
    let count = DetailValue::count(consultations.len());
    Ok(session.show(Reply::json(200, &ConsultationList { consultations })?, Vec::new(), vec![("count", count)]))
}

fn open(session: &Session<'_>, row: ConsultationRow) -> Result<ConsultationView, Problem> {
    let service = session.service;
    let facts: Authentic<ConsultationFacts> =
        registry::believe(&session.belief, row.id.0, &row.header, &row.header_tag)?;
    let sealed = SealedMap::from_stored(row.sealed);
    if hex(&sealed.digest()) != facts.digest || facts.panel != session.panel() {
        let what = "a consultation's content";
        tracing::error!(row = %row.id, what, "what is stored of a consultation is not what its facts vouch for");
        return Err(Kind::Integrity.into());
    }
    let permit = session
        .evaluator
        .consultation_permit(PanelVerb::ListConsultations, facts.panel, facts.id)
        .ok_or(Kind::NotAllowed)?;
    let keys = WrappedKeys::from_stored(row.wrapped_keys);
    let fields = service
        .sealer
        .open(&keys, facts.panel, facts.id.0, &permit, session.now)?
        .open_map(&place(facts.panel, facts.id), &sealed)?;
    Ok(ConsultationView { id: facts.id, occurred_on: facts.occurred_on, fields })
}

super::opaque!(ConsultationKeyed, ConsultationList, ConsultationView);
