//! A person's other cases, as far as a step of one turns on them: what it is joined to, and who may have been here before.
//! It must never tell of a case that whoever takes the step may not know.

use super::case_edit::CaseEdit;
use super::case_file::{CaseFile, believe, case_or_decoy};
use super::link_cases::visible_history;
use super::session::Session;
use super::vouched::candidates_fact;
use crate::access::{Authentic, Header};
use crate::casework::ids::CaseId;
use crate::casework::state::Stage;
use crate::casework::transitions::{To, Transition};
use crate::error::{Kind, Problem};
use crate::store::rows::CandidateState;

/// A case is joined only to one that the same person could find, else it would be a way to ask whether a case exists; and to one
/// that is open, else joining would be a way to close a concern that nobody goes on with.
///
/// # Errors
/// `invalid`, saying which of the two.
pub fn must_go_on(session: &Session<'_>, id: CaseId, target: CaseId) -> Result<Authentic<Header>, Problem> {
    let refuse = |rule, says| Problem::field(Kind::Invalid, "/content/into", rule, says);
    let (row, there) = case_or_decoy(session, target)?;
    let (_, header) = believe(session, row)?;
    let found = visible_history(session, header).filter(|_| there && target != id);
    let header = found.ok_or_else(|| refuse("unknown_case", "must be another case that you may see"))?.header;
    if header.state.stage.is_open() {
        Ok(header)
    } else {
        Err(refuse("case_closed", "must be a case that is open: there the concern goes on"))
    }
}

/// What is said of a candidate; its row is to follow.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    pub other: CaseId,
    pub was: CandidateState,
    pub is: CandidateState,
}

/// Whoever is the same person has one id from here on.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn join(file: &CaseFile<'_>, edit: &mut CaseEdit<'_, '_>, target: &Header) -> Result<Option<Said>, Problem> {
    edit.header.subject = target.subject;
    said(file, edit, target.case, (CandidateState::Proposed, CandidateState::Joined))
}

/// It was somebody else after all: the case is of whom it was of before it was joined.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn part(file: &CaseFile<'_>, edit: &mut CaseEdit<'_, '_>) -> Result<Option<Said>, Problem> {
    let Some(joined) = file.header.state.joined else { return Ok(None) };
    let headers = file.headers()?;
    let apart = headers.iter().rev().find(|header| header.state.joined.is_none());
    edit.header.subject = apart.map_or(file.header.subject, |header| header.subject);
    said(file, edit, joined.to, (CandidateState::Joined, CandidateState::Dismissed))
}

/// The answer to a candidate that stands as it `was`; none where there is none such.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn said(
    file: &CaseFile<'_>,
    edit: &mut CaseEdit<'_, '_>,
    other: CaseId,
    (was, is): (CandidateState, CandidateState),
) -> Result<Option<Said>, Problem> {
    let mut rows = file.candidates()?;
    let Some(candidate) = rows.iter_mut().find(|row| row.other == other && row.state == was) else { return Ok(None) };
    candidate.state = is;
    edit.header.candidates = Some(candidates_fact(&rows));
    Ok(Some(Said { other, was, is }))
}

/// Before a case ends, somebody has said of each earlier case that may be the same person's whether it is: a repeat is closed by
/// two people, and whether it is one would else be left to nobody.
///
/// # Errors
/// `transition-refused`, with the rule `candidates_decided`.
pub fn must_be_decided(file: &CaseFile<'_>, t: &Transition) -> Result<(), Problem> {
    // Joining says it.
    if t.to != To::Stage(Stage::Closed) || t.name == "join" {
        return Ok(());
    }
    for row in file.candidates()?.into_iter().filter(|row| row.state == CandidateState::Proposed) {
        let Some(other) = file.session().reader().case_by_id(row.other)? else { continue };
        let (_, header) = believe(file.session(), other)?;
        if visible_history(file.session(), header).is_some() {
            let says = "an earlier case may be of the same person: decide on each candidate first";
            return Err(Problem::field(Kind::TransitionRefused, "/transition", "candidates_decided", says));
        }
    }
    Ok(())
}
