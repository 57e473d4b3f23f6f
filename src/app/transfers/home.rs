//! The answer of the panel that a case was offered to, written down in the sender's case: the step of the table, made by nobody.
//! The transfer is marked as told in the same transaction, so that it happens once however often it is tried. It must never
//! show the sender anything of the other panel but its yes or no and the grounds that were written for it.

use super::{courier, emptied, opened, panel_name, transfer_or_decoy};
use crate::access::{Authentic, CaseVerb, Particulars, Principal, Purpose, TransferFacts};
use crate::app::answer::{Answer, Reply};
use crate::app::case_edit::CaseEdit;
use crate::app::case_file::{CaseFile, believe};
use crate::app::service::Service;
use crate::app::service_step::ServiceStep;
use crate::app::session::Session;
use crate::casework::category::Category;
use crate::casework::ids::{CaseId, PanelId, TransferId};
use crate::casework::transfer::TransferStage;
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use serde_json::{Value, json};

const OPERATION: &str = "bringAnswer";

/// What is to be told, and to which case.
pub struct Answered {
    facts: TransferFacts,
    case: CaseId,
    step: &'static str,
    /// The step's form.
    body: Value,
}

crate::app::opaque!(Answered);

impl Answered {
    /// The panel that waits for it.
    pub fn home(&self) -> PanelId {
        self.facts.from_panel
    }
}

/// What the panel that has the transfer answered, as a job of that panel hears it. None where there is nothing to tell, or not
/// any more.
///
/// # Errors
/// `integrity` of the transfer; `unavailable`.
pub fn hear(service: &Service, id: TransferId, panel: PanelId) -> Result<Option<Answered>, Problem> {
    let there = courier(panel);
    let session = &Session::of_job(service, &there, OPERATION, Purpose::CaseWork)?;
    let (row, facts, there) = transfer_or_decoy(session, id)?;
    let (Some(case), true) = (facts.from_case, there) else { return Ok(None) };
    let Some(permit) = session.evaluator.carriers_permit(&facts) else { return Ok(None) };
    let answered_by = panel_name(session, facts.panel)?;
    let (step, body) = match facts.stage {
        TransferStage::Accepted => ("accept_transfer", json!({ "answeredBy": answered_by })),
        TransferStage::Declined => {
            let mut parts = opened(session, &row, &facts, (Category::Panel, &permit))?;
            let reason = parts.remove(&Category::Panel).and_then(|mut grounds| grounds.remove("reason"));
            ("decline_transfer", json!({ "answeredBy": answered_by, "note": reason }))
        }
        TransferStage::Offered | TransferStage::Withdrawn => return Ok(None),
    };
    Ok(Some(Answered { facts: Authentic::into_inner(facts), case, step, body }))
}

/// The change that writes it down, as a job of the panel that waits. None where the case does not wait for it: another instance
/// was faster, or something is amiss.
///
/// # Errors
/// `integrity` of the case; `unavailable`.
pub fn tell(service: &Service, home: &Principal, answered: &Answered) -> Result<Option<Answer>, Problem> {
    let session = &Session::of_job(service, home, OPERATION, Purpose::CaseWork)?;
    let found = session.reader().case_by_id(answered.case)?;
    let (row, header) = believe(session, found.ok_or(Kind::Integrity)?)?;
    let waits = header.state.passage.is_some_and(|passage| passage.transfer == answered.facts.id);
    if !waits || !session.evaluator.case(CaseVerb::HearAnswer, &header, &Particulars::default()).allowed() {
        return Ok(None);
    }
    let file = CaseFile::from_row(session, row, header);
    let mut edit = CaseEdit::of(&file);
    let on = answered.facts.ended_on.unwrap_or(session.today);
    ServiceStep { name: answered.step, body: &answered.body, on, age: None }.write(&file, &mut edit)?;
    let (prepared, mark) = edit.prepare()?;
    let version = answered.facts.version.saturating_add(1);
    let told = TransferFacts { from_case: None, version, ..answered.facts.clone() };
    let (next, of_transfer) = emptied(session, told)?;
    let detail =
        vec![("transfer", DetailValue::Id(answered.facts.id.0)), ("transition", DetailValue::Code(answered.step))];
    let marks = vec![mark, of_transfer];
    Ok(Some(session.change(Reply::empty(204), marks, detail, move |tx| {
        // The case first, as a withdrawal does: whoever has one of the two and waits for the other is waited for by nobody.
        prepared.write(tx)?;
        Ok(tx.put_transfer(&next)?)
    })))
}
