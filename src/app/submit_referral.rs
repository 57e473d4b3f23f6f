//! Taking a referral in: sealed as sent, a case opened for each person named, all in one transaction.
//! The answer must be the same whether or not the person is known: matching runs later, elsewhere.

use super::answer::{Answer, Reply};
use super::birth::{self, Birth, Born};
use super::case_file::hex;
use super::idempotency::{self, Earlier};
use super::read_referrals;
use super::session::Session;
use crate::access::{Access, Evaluator, PanelVerb, Principal, Purpose, ReferralFacts, SystemName};
use crate::casework::category::Category;
use crate::casework::ids::{PanelId, ReferralId};
use crate::casework::intake::referral::Referral;
use crate::casework::opening::Opening;
use crate::casework::role::Role;
use crate::casework::state::FrontDoor;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use crate::seal::{Bucket, Place};
use crate::store::rows::{MatchState, ReferralCaseRow, ReferralRow};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a referrer is told, then and ever after, until a person releases more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralReceived {
    #[schema(value_type = String, format = "uuid")]
    pub referral: ReferralId,
    pub status: &'static str,
}

/// # Errors
/// The form's problems; `idempotency-mismatch`; the policies' refusal.
pub fn submit_referral(
    session: &Session<'_>,
    body: &[u8],
    form: &Referral,
    key: Option<&str>,
) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::SubmitReferral)?;
    let mut violations = Violations::default();
    form.check(session.today, &mut violations);
    violations.finish()?;
    let idempotent = match idempotency::look_up(session, key, body)? {
        Earlier::Answered(result) => {
            let referral = result.parse().map_err(|_| Problem::internal("an idempotency row holds no id"))?;
            must_be_own(session, referral)?;
            return Ok(session.show(received(referral)?, Vec::new(), vec![("replayed", DetailValue::Id(referral.0))]));
        }
        Earlier::Never(ticket) => ticket,
    };
    let referral = ReferralId::new();
    let intake = Principal::system(SystemName::Intake, session.panel());
    let births = (0..form.people.len())
        .map(|index| be_born(session, &intake, form, index, referral))
        .collect::<Result<Vec<_>, _>>()?;
    let row = sealed_as_sent(session, &intake, form, referral)?;
    let idempotency = idempotent.row(referral.to_string());
    let marks = births.iter().map(|born| born.mark).collect();
    let detail = vec![("referral", DetailValue::Id(referral.0))];
    let now = session.now;
    Ok(session.change(received(referral)?, marks, detail, move |tx| {
        tx.insert_idempotency(&idempotency)?;
        tx.insert_referral(&row)?;
        for (index, born) in births.iter().enumerate() {
            born.write(tx, now)?;
            let person_index = u32::try_from(index).unwrap_or(u32::MAX);
            tx.link_referral_case(&ReferralCaseRow { referral, case: born.case(), person_index })?;
        }
        Ok(())
    }))
}

/// The row with the earlier answer is not authenticated: it may have been pointed at another's referral, or another panel's.
fn must_be_own(session: &Session<'_>, referral: ReferralId) -> Result<(), Problem> {
    let row = session.reader().referral_by_id(referral)?.ok_or(Kind::Integrity)?;
    let facts = read_referrals::facts(session, &row)?;
    let own = Some(facts.sender) == session.principal.person() && facts.panel == session.panel();
    if own { Ok(()) } else { Err(Kind::Integrity.into()) }
}

fn received(referral: ReferralId) -> Result<Reply, Problem> {
    let reply = Reply::json(201, &ReferralReceived { referral, status: "received" })?;
    Ok(reply.with_location(format!("/api/v1/referrals/{referral}")))
}

/// Which door it came through follows from who sent it; whether the person was known before is found out later, elsewhere.
fn opening(session: &Session<'_>, form: &Referral) -> Opening {
    let front_door = match session.principal.role() {
        Some(Role::Police) => FrontDoor::PoliceFirst,
        Some(Role::Mash) => FrontDoor::Mash,
        _ => FrontDoor::Council,
    };
    let received_on = form.dates.referral_made.unwrap_or(session.today);
    Opening::referral(received_on, session.today, front_door, false)
}

fn be_born(
    session: &Session<'_>,
    intake: &Principal,
    form: &Referral,
    index: usize,
    referral: ReferralId,
) -> Result<Born, Problem> {
    let birth = Birth {
        opening: &opening(session, form),
        opened_from: Some(referral),
        event: "referred",
        content: form.split(index),
        records: Vec::new(),
        statements: Map::new(),
    };
    birth::be_born(session, &intake_evaluator(session, intake), birth)
}

fn intake_evaluator<'s>(session: &Session<'s>, intake: &'s Principal) -> Evaluator<'s> {
    Evaluator::new(
        &session.service.policies,
        intake,
        Access::by_default(Purpose::Referral),
        session.request,
        session.today,
        session.now,
    )
}

/// The referral itself, under keys of its own, as it was sent: by category, one entry a person.
fn sealed_as_sent(
    session: &Session<'_>,
    intake: &Principal,
    form: &Referral,
    referral: ReferralId,
) -> Result<ReferralRow, Problem> {
    let service = session.service;
    let panel: PanelId = session.panel();
    let (Some(sender), Some(sender_agency)) = (session.principal.person(), session.principal.agency()) else {
        return Err(Problem::internal("a referral without a sender"));
    };
    let keys =
        service.sealer.new_keys(panel, referral.0, Bucket::for_case(session.now.london_date(), service.retention))?;
    let permit = intake_evaluator(session, intake)
        .referral_intake_permit(panel, referral)
        .ok_or_else(|| Problem::internal("intake may not write"))?;
    let keyring = service.sealer.open(&keys, panel, referral.0, &permit, session.now)?;
    let place = Place { panel, case: referral.0, record: referral.0, category: Category::Concern, version: 1 };
    let sealed = keyring.seal_parts(&place, &as_sent(form))?;
    let facts = ReferralFacts {
        id: referral,
        panel,
        sender,
        sender_agency,
        confidential: form.referrer.confidential != Some(false),
        people: u32::try_from(form.people.len()).unwrap_or(u32::MAX),
        digest: hex(&sealed.digest()),
        version: 1,
    };
    let (_, header, header_tag) = super::registry::issue(&service.sealer, facts)?;
    let sealed = sealed.canonical();
    Ok(ReferralRow {
        id: referral,
        panel,
        sender_person: sender,
        sender_agency,
        received_at: session.now,
        wrapped_keys: keys.as_str().to_owned(),
        sealed,
        header,
        header_tag,
        match_state: MatchState::Pending,
    })
}

fn as_sent(form: &Referral) -> BTreeMap<Category, Map<String, Value>> {
    let mut parts: BTreeMap<Category, Map<String, Value>> = BTreeMap::new();
    for index in 0..form.people.len() {
        for (category, map) in form.split(index) {
            parts.entry(category).or_default().insert(format!("person{index}"), Value::Object(map));
        }
    }
    parts
}
