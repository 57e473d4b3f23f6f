//! The sender's side of a transfer: what a step on its case does to the transfer, in the step's own transaction.
//! It must never release what the offering chair cannot read whole, nor tell of another panel more than that there is one.

use super::released::Released;
use super::{courier, emptied, ended, evaluator, may_not_carry, panels, sealed, transfer_or_decoy};
use crate::access::{Extent, TransferFacts, TransferVerb};
use crate::app::case_file::CaseFile;
use crate::casework::category::Category;
use crate::casework::engine::Effect;
use crate::casework::state::Passage;
use crate::casework::transfer::TransferStage;
use crate::error::{Kind, Problem};
use crate::ledger::entry::CaseMark;
use crate::store::rows::TransferRow;

/// What a step has done to a transfer.
pub struct Crossing {
    pub row: TransferRow,
    pub mark: CaseMark,
    /// Something of the case was given away by it.
    pub discloses: bool,
}

crate::app::opaque!(Crossing);

/// The transfer that the step begins or takes back, if it does either.
///
/// # Errors
/// `invalid` for a panel that is none, or one's own; `transition-refused` where the answer was faster; `integrity`.
pub fn crossing(file: &CaseFile<'_>, effect: &Effect) -> Result<Option<Crossing>, Problem> {
    match (file.header.state.passage, effect.state.passage) {
        (None, Some(passage)) => offer(file, passage, &effect.released).map(Some),
        (Some(passage), None) => withdraw(file, passage).map(Some),
        _ => Ok(None),
    }
}

/// # Errors
/// `invalid`: each category must be one that the caller reads whole.
pub fn must_read_whole(file: &CaseFile<'_>, released: &[Category]) -> Result<(), Problem> {
    if released.iter().all(|category| file.permit.reads(*category) == Some(Extent::Whole)) {
        return Ok(());
    }
    let says = "must be categories that you may read here";
    Err(Problem::field(Kind::Invalid, "/content/released", "not_yours", says))
}

fn offer(file: &CaseFile<'_>, passage: Passage, released: &[Category]) -> Result<Crossing, Problem> {
    let session = file.session();
    let known = passage.panel != session.panel() && panels(session)?.iter().any(|panel| panel.id == passage.panel);
    if !known {
        let says = "must be another panel of this service";
        return Err(Problem::field(Kind::Invalid, "/content/panel", "unknown_panel", says));
    }
    let facts = TransferFacts {
        id: passage.transfer,
        panel: passage.panel,
        from_panel: session.panel(),
        from_case: Some(file.id()),
        categories: released.iter().copied().collect(),
        stage: TransferStage::Offered,
        offered_on: session.today,
        ended_on: None,
        digest: String::new(),
        version: 1,
    };
    let parts = Released::of(file, &facts.categories)?.into_parts()?;
    let (row, mark) = sealed(session, facts, (Category::Identity, &parts))?;
    Ok(Crossing { row, mark, discloses: true })
}

fn withdraw(file: &CaseFile<'_>, passage: Passage) -> Result<Crossing, Problem> {
    let session = file.session();
    let (_, facts, there) = transfer_or_decoy(session, passage.transfer)?;
    if !there || facts.from_panel != session.panel() {
        tracing::error!(row = %passage.transfer, "a transfer that a case has on offer is gone");
        return Err(Kind::Integrity.into());
    }
    let courier = courier(facts.panel);
    if !evaluator(session, &courier).transfer(TransferVerb::CarryTransfer, &facts).allowed() {
        return Err(may_not_carry());
    }
    if facts.stage != TransferStage::Offered || facts.from_case != Some(file.id()) {
        let says = "the other panel has answered; its answer is on its way";
        return Err(Problem::field(Kind::TransitionRefused, "/transition", "answered_already", says));
    }
    let facts = TransferFacts { from_case: None, ..ended(session, &facts, TransferStage::Withdrawn) };
    let (row, mark) = emptied(session, facts)?;
    Ok(Crossing { row, mark, discloses: false })
}
