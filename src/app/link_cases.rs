//! What a person decides about two cases: that a candidate is the same person or is not, or that two cases belong together.
//! Nothing here moves content; a link must not show one case to the reader of the other.

use super::add_log_note::check;
use super::answer::{Answer, Reply};
use super::case_edit::CaseEdit;
use super::case_file::{CaseFile, believe, case_or_decoy};
use super::same_person;
use super::session::Session;
use crate::access::{Access, Authentic, CaseVerb, Evaluator, Header, LinkFact, Particulars, Permit, Purpose};
use crate::casework::ids::CaseId;
use crate::casework::records::link::CaseLink;
use crate::casework::state::{CaseOutcome, Stage};
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use crate::store::rows::{CandidateState, LinkRow};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Possible earlier cases of the same person: process facts, never content.
#[derive(Serialize, ToSchema)]
pub struct Candidates {
    pub candidates: Vec<CandidateView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    #[schema(value_type = String, format = "uuid")]
    pub case: CaseId,
    #[schema(value_type = String)]
    pub stage: Stage,
    #[schema(value_type = Option<String>)]
    pub outcome: Option<CaseOutcome>,
    #[schema(value_type = String, format = Date)]
    pub received_on: NaiveDate,
    pub score: u32,
    /// Codes of the rules that spoke for it.
    pub reasons: Vec<String>,
    pub rules: String,
    pub state: &'static str,
}

/// A person's answer to a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CandidateVerdict {
    SamePerson,
    DifferentPerson,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CandidateDecision {
    pub verdict: CandidateVerdict,
}

/// # Errors
/// `not-found`, the policies' refusal, `integrity`.
pub fn list_candidates(session: &Session<'_>, id: CaseId) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::JoinCase, &Particulars::default())?;
    let mut rows = file.candidates()?;
    rows.sort_by_key(|row| (std::cmp::Reverse(row.score), row.other));
    let mut candidates = Vec::new();
    let mut shown = vec![file.disclosed()];
    for row in rows {
        let Some(other) = session.reader().case_by_id(row.other)? else { continue };
        let (_, header) = believe(session, other)?;
        // Recused from it, or not on its list: then it is not there, whoever is asked about.
        let Some(visible) = visible_history(session, header) else { continue };
        shown.push((visible.mark(), crate::ledger::entry::Manifest::default()));
        let state = &visible.header.state;
        candidates.push(CandidateView {
            case: row.other,
            stage: state.stage,
            outcome: state.outcome,
            received_on: state.received_on,
            score: row.score,
            reasons: row.reasons.split(' ').map(str::to_owned).collect(),
            rules: row.rule_version,
            state: row.state.name(),
        });
    }
    Ok(session.show(Reply::json(200, &Candidates { candidates })?, shown, Vec::new()))
}

/// A case as far as process facts go: open ones that the caller may know, and closed ones that the caller could open for
/// earlier history. That a person was referred before is what a coordinator must see before closing.
pub struct Visible {
    pub header: Authentic<Header>,
}

impl std::fmt::Debug for Visible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Visible")
    }
}

impl Visible {
    pub fn mark(&self) -> crate::ledger::entry::CaseMark {
        crate::ledger::entry::CaseMark {
            ledger_id: self.header.ledger_id,
            version: self.header.version,
            header_hash: None,
        }
    }
}

/// What one caller may know of cases, for this request's purpose or for earlier history.
pub struct Sight<'s> {
    session: &'s Session<'s>,
    history: Evaluator<'s>,
}

impl std::fmt::Debug for Sight<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sight")
    }
}

impl<'s> Sight<'s> {
    pub fn of(session: &'s Session<'s>) -> Self {
        Self { session, history: session.under(Access::asked(Purpose::EarlierHistory, true)) }
    }

    /// By whichever purpose they may know of the case.
    fn by(&self, header: &Authentic<Header>) -> Option<&Evaluator<'s>> {
        [&self.session.evaluator, &self.history].into_iter().find(|by| by.may_know(header))
    }

    /// What they may read of it, where they may know of it: for rules of ours that must tell them no more than that.
    pub fn permit(&self, header: &Authentic<Header>) -> Option<Permit> {
        Some(self.by(header)?.permit(header))
    }
}

pub fn visible_history(session: &Session<'_>, header: Authentic<Header>) -> Option<Visible> {
    Sight::of(session).by(&header).is_some().then_some(Visible { header })
}

/// # Errors
/// `not-found` for a pair that is no open candidate; the policies' refusal.
pub fn decide_candidate(
    session: &Session<'_>,
    id: CaseId,
    other: CaseId,
    form: &CandidateDecision,
) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::JoinCase, &Particulars::default())?;
    let (row, there) = case_or_decoy(session, other)?;
    let (_, other_header) = believe(session, row)?;
    let visible = visible_history(session, other_header).filter(|_| there).ok_or(Kind::NotFound)?;
    let mut edit = CaseEdit::of(&file);
    let to = match form.verdict {
        CandidateVerdict::SamePerson => CandidateState::Joined,
        CandidateVerdict::DifferentPerson => CandidateState::Dismissed,
    };
    let said = same_person::said(&file, &mut edit, other, (CandidateState::Proposed, to))?.ok_or(Kind::NotFound)?;
    if form.verdict == CandidateVerdict::SamePerson {
        // From now on it is a repeat, which two people must close.
        edit.header.subject = visible.header.subject;
        edit.header.state.repeat = true;
    }
    edit.event_about("candidate_decided", other, session.today);
    let detail = vec![("verdict", DetailValue::Code(to.name()))];
    edit.finish_with(Reply::empty(204), detail, move |tx| tx.set_candidate_state(id, said.other, said.was, said.is))
}

/// # Errors
/// `not-found` unless both may be linked by this caller; `conflict` where they are linked already.
pub fn link_cases(session: &Session<'_>, id: CaseId, form: &CaseLink) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::LinkCase, &Particulars::default())?;
    check(form, session)?;
    let other =
        form.other_case.ok_or_else(|| Problem::field(Kind::Invalid, "/otherCase", "missing", "name the other case"))?;
    if other == id {
        return Err(Problem::field(Kind::Invalid, "/otherCase", "itself", "a case is not linked with itself"));
    }
    let other_file = CaseFile::open(session, other, CaseVerb::LinkCase, &Particulars::default())?;
    let kind = form.kind.clone().unwrap_or_default();
    if file.header.links.iter().any(|link| link.case == other && link.kind == kind) {
        return Err(Problem::field(
            Kind::Conflict,
            "/otherCase",
            "linked_already",
            "these cases are linked in this way already",
        ));
    }
    let (a, b) = if id < other { (id, other) } else { (other, id) };
    let row =
        LinkRow { a, b, kind: kind.clone(), recorded_at: session.now, membership: session.principal.membership() };
    let mut here = CaseEdit::of(&file);
    here.header.links.push(LinkFact { case: other, kind: kind.clone() });
    here.event_about("linked", other, session.today);
    // No event in the other case: its history must not tell its readers of this one.
    let mut there = CaseEdit::of(&other_file);
    there.header.links.push(LinkFact { case: id, kind });
    let (here, mark) = here.prepare()?;
    let (there, other_mark) = there.prepare()?;
    // Rows are locked in one order, whichever case the link was asked for on.
    let in_order = if id < other { [here, there] } else { [there, here] };
    Ok(session.change(Reply::empty(204), vec![mark, other_mark], Vec::new(), move |tx| {
        for prepared in &in_order {
            prepared.write(tx)?;
        }
        Ok(tx.insert_link(&row)?)
    }))
}

#[derive(Serialize, ToSchema)]
pub struct Links {
    pub links: Vec<LinkView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    #[schema(value_type = String, format = "uuid")]
    pub case: CaseId,
    pub kind: String,
}

/// # Errors
/// `not-found`, the policies' refusal, `integrity`.
pub fn list_links(session: &Session<'_>, id: CaseId) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::OpenCase, &Particulars::default())?;
    let mut links = Vec::new();
    // From the header: the table of links is for queries, and whoever owns it could put one in.
    for link in &file.header.links {
        let row = session.reader().case_by_id(link.case)?.ok_or_else(|| file.tampered("a linked case is gone"))?;
        let (_, other) = believe(session, row)?;
        if session.evaluator.case(CaseVerb::OpenCase, &other, &Particulars::default()).allowed() {
            links.push(LinkView { case: link.case, kind: link.kind.clone() });
        }
    }
    Ok(session.show(Reply::json(200, &Links { links })?, vec![file.disclosed()], Vec::new()))
}

super::opaque!(Candidates, CandidateView, Links, LinkView);
