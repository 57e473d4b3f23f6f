//! The receiving chair's yes or no. A yes opens the case here, with what was released and with evidence for every guard that
//! its stage has passed; either way what was released is gone from the transfer with the same commit.
//! Two answers to one offer must never both stand, nor an answer and a withdrawal.

use super::read::{readable, released};
use super::released::Released;
use super::{emptied, ended, evaluator, sealed};
use crate::access::{Authentic, Principal, SystemName, TransferFacts, TransferVerb};
use crate::app::answer::{Answer, Reply};
use crate::app::birth::{Birth, Born, be_born};
use crate::app::session::Session;
use crate::app::take_over_case::statements;
use crate::app::work::known_agency;
use crate::casework::category::Category;
use crate::casework::form;
use crate::casework::ids::{AgencyId, CaseId, TransferId};
use crate::casework::opening::{Opening, OpeningEvidence};
use crate::casework::state::{FrontDoor, Origin, Stage, TransferStage};
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use crate::store::rows::TransferRow;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

const LONGEST_REASON: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferVerdict {
    Accept,
    Decline,
}

/// With `accept` where the case begins and how we know, as of any case that comes from elsewhere; with `decline` why.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferReply {
    pub answer: TransferVerdict,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub stage: Option<Stage>,
    /// When that stage was entered.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub stage_on: Option<NaiveDate>,
    /// When the concern reached the panel that offers it; the day of the offer where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub received_on: Option<NaiveDate>,
    /// One for each guard that the stage has passed.
    #[serde(default)]
    pub evidence: Vec<OpeningEvidence>,
    /// Who carries the risk here from now on.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub risk_owner: Option<AgencyId>,
    /// For the panel that offers it, in whose case it is written down.
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TransferAnswered {
    pub stage: TransferStage,
    /// The case that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub case: Option<CaseId>,
}

crate::app::opaque!(TransferReply, TransferAnswered);

impl TransferReply {
    fn check(&self, violations: &mut Violations) {
        let missing = "This field is required";
        let stray = "This field does not go with this answer";
        match self.answer {
            TransferVerdict::Accept => {
                for (there, at) in [(self.stage.is_some(), "/stage"), (self.stage_on.is_some(), "/stageOn")] {
                    if !there {
                        violations.add(at, "missing", missing);
                    }
                }
                if self.reason.is_some() {
                    violations.add("/reason", "not_with_this", stray);
                }
            }
            TransferVerdict::Decline => {
                match &self.reason {
                    Some(reason) => form::text(reason, "/reason", LONGEST_REASON, violations),
                    None => violations.add("/reason", "missing", missing),
                }
                for (there, at) in [
                    (self.stage.is_some(), "/stage"),
                    (self.stage_on.is_some(), "/stageOn"),
                    (self.received_on.is_some(), "/receivedOn"),
                    (!self.evidence.is_empty(), "/evidence"),
                    (self.risk_owner.is_some(), "/riskOwner"),
                ] {
                    if there {
                        violations.add(at, "not_with_this", stray);
                    }
                }
            }
        }
    }
}

/// # Errors
/// `not-found`; the policies' refusal; `conflict` where it is not on offer any more; `invalid`, naming the evidence that is
/// missing; `agreement-not-in-force` where the agency may not receive all that was released.
pub fn answer_transfer(session: &Session<'_>, id: TransferId, form: &TransferReply) -> Result<Answer, Problem> {
    let (row, facts) = readable(session, id)?;
    let may = session.evaluator.transfer(TransferVerb::AnswerTransfer, &facts);
    if !may.allowed() && facts.stage != TransferStage::Offered {
        return Err(Problem::field(Kind::Conflict, "/answer", "not_on_offer", "this is not on offer any more"));
    }
    crate::app::session::refuse_unless(&may)?;
    let mut violations = Violations::default();
    form.check(&mut violations);
    violations.finish()?;
    match form.answer {
        TransferVerdict::Accept => accept(session, &row, &facts, form),
        TransferVerdict::Decline => decline(session, &facts, form.reason.as_deref().unwrap_or_default()),
    }
}

fn accept(
    session: &Session<'_>,
    row: &TransferRow,
    facts: &Authentic<TransferFacts>,
    form: &TransferReply,
) -> Result<Answer, Problem> {
    let risk_owner = form.risk_owner.map(|agency| known_agency(session, Some(agency), "/riskOwner")).transpose()?;
    let (released, withheld) = released(session, row, facts)?;
    if !withheld.is_empty() {
        // What may not be received may not be lost on the way either.
        return Err(Kind::AgreementNotInForce.into());
    }
    let opening = Opening {
        origin: Origin::TransferIn,
        received_on: form.received_on.unwrap_or(facts.offered_on),
        today: session.today,
        front_door: FrontDoor::Council,
        repeat: false,
        stage: form.stage.unwrap_or(Stage::Referred),
        stage_on: form.stage_on.unwrap_or(session.today),
        evidence: form.evidence.clone(),
        risk_owner,
    };
    let born = born(session, &opening, released)?;
    let (next, mark) = emptied(session, ended(session, facts, TransferStage::Accepted))?;
    let case = born.case();
    let reply = Reply::json(200, &TransferAnswered { stage: TransferStage::Accepted, case: Some(case) })?;
    let now = session.now;
    Ok(session.change(reply, vec![born.mark, mark], detail(facts.id, "accept"), move |tx| {
        tx.put_transfer(&next)?;
        born.write(tx, now)
    }))
}

fn detail(id: TransferId, answer: &'static str) -> Vec<(&'static str, DetailValue)> {
    vec![("transfer", DetailValue::Id(id.0)), ("answer", DetailValue::Code(answer))]
}

/// Opened by the chair, laid down by the service: as with a referral, nobody has to be able to write it all to take it.
fn born(session: &Session<'_>, opening: &Opening, released: Released) -> Result<Born, Problem> {
    let intake = Principal::system(SystemName::TransferIntake, session.panel());
    let birth = Birth {
        opening,
        opened_from: None,
        event: "transferred_in",
        content: released.singles,
        records: released.records,
        statements: statements(opening.origin, &opening.evidence),
    };
    be_born(session, &evaluator(session, &intake), birth)
}

/// The grounds stay under keys of their own until they are written down in the case that waits for them.
fn decline(session: &Session<'_>, facts: &TransferFacts, reason: &str) -> Result<Answer, Problem> {
    let grounds = Map::from_iter([("reason".to_owned(), Value::from(reason))]);
    let parts = BTreeMap::from([(Category::Panel, grounds)]);
    let (next, mark) = sealed(session, ended(session, facts, TransferStage::Declined), (Category::Panel, &parts))?;
    let reply = Reply::json(200, &TransferAnswered { stage: TransferStage::Declined, case: None })?;
    Ok(session.change(reply, vec![mark], detail(facts.id, "decline"), move |tx| Ok(tx.put_transfer(&next)?)))
}
