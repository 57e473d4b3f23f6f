//! Runs the matching of new referrals, after their commit and again after a crash, until none is left.
//! A referral is marked in the transaction that keeps its candidates: it is matched once, or not at all. One whose rows are
//! not what its facts vouch for is alarmed at each run and waits: it must never hide an earlier case, nor hold up the others.

use crate::access::{Principal, Purpose, SystemName};
use crate::app::answer::{Answer, Reply};
use crate::app::case_edit::CaseEdit;
use crate::app::case_file::CaseFile;
use crate::app::match_people::{Known, candidates, population};
use crate::app::read_referrals::{Opened, facts, opened_cases};
use crate::app::service::Service;
use crate::app::session::Session;
use crate::app::vouched::candidates_fact;
use crate::casework::ids::CaseId;
use crate::casework::matching::RULE_VERSION;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{CaseMark, DetailValue};
use crate::store::rows::{CandidateRow, CandidateState, MatchState, ReferralRow};
use std::collections::BTreeSet;

const BATCH: i64 = 20;

/// Matches every referral that waits. Gives how many.
///
/// # Errors
/// `unavailable`; what was not matched still waits.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    let mut matched = 0_usize;
    // Behind the last that was passed over: it waits still, and is looked at once a run.
    let mut after = None;
    loop {
        let waiting = service.store.reader()?.unmatched_referrals(after, BATCH)?;
        if waiting.is_empty() {
            return Ok(matched);
        }
        for referral in waiting {
            // What still waits is found at the next start.
            if service.is_stopping() {
                return Ok(matched);
            }
            if match_one(service, &referral).await? {
                matched = matched.saturating_add(1);
            } else {
                after = Some((referral.received_at, referral.id));
            }
        }
    }
}

/// Whether it could be believed. What could not is passed over.
async fn match_one(service: &Service, referral: &ReferralRow) -> Result<bool, Problem> {
    let matcher = Principal::system(SystemName::Matcher, referral.panel);
    let Some(change) = prepare(service, &matcher, referral)? else { return Ok(false) };
    let Answer::Change(change) = change else { return Err(Problem::internal("matching is a change")) };
    match change.commit(service).await {
        // Another instance was faster, or somebody changed the case: whatever still waits comes again.
        Ok(_) | Err(crate::app::recorder::ApplyError::Stale) => Ok(true),
        Err(_) => Err(Problem::unavailable("the result of a matching could not be committed")),
    }
}

/// The cases it opened, or none where its rows are not to be believed: a row that names an earlier case would keep that case
/// from being found.
fn believed(session: &Session<'_>, referral: &ReferralRow) -> Result<Option<Vec<Opened>>, Problem> {
    let opened = facts(session, referral).and_then(|facts| {
        let opened = opened_cases(session, &facts)?;
        Ok((facts.panel == referral.panel).then_some(opened))
    });
    let opened = match opened {
        Err(Problem { kind: Kind::Integrity, .. }) => None,
        other => other?,
    };
    if opened.is_none() {
        let (row, what) = (referral.id, "a referral to be matched");
        tracing::error!(%row, what, "a referral was passed over: it is not what its facts vouch for");
    }
    Ok(opened)
}

fn prepare(service: &Service, matcher: &Principal, referral: &ReferralRow) -> Result<Option<Answer>, Problem> {
    let session = Session::of_job(service, matcher, "matchPeople", Purpose::Match)?;
    let Some(opened) = believed(&session, referral)? else { return Ok(None) };
    let known = population(&session)?;
    let own: BTreeSet<CaseId> = opened.iter().map(|(of_it, ..)| of_it.case).collect();
    let mut rows = Vec::new();
    let mut marks: Vec<CaseMark> = Vec::new();
    let mut edits = Vec::new();
    for (of_it, stored, header) in opened {
        let found = candidates(&known, of_it.case);
        // People named in one referral are not each other.
        let others = found.into_iter().filter(|(other, _)| !own.contains(&other.file.id()));
        let of_case: Vec<CandidateRow> =
            others.map(|(other, likeness)| row(of_it.case, other, likeness.score, &likeness.reasons)).collect();
        rows.extend(of_case.iter().cloned());
        let file = CaseFile::from_row(&session, stored, header);
        let mut edit = CaseEdit::of(&file);
        edit.header.candidates = Some(candidates_fact(&of_case));
        let (prepared, mark) = edit.prepare()?;
        edits.push(prepared);
        marks.push(mark);
    }
    let count = DetailValue::count;
    let detail = vec![
        ("population", count(known.len())),
        ("candidates", count(rows.len())),
        ("rules", DetailValue::Code(RULE_VERSION)),
        ("referral", DetailValue::Id(referral.id.0)),
    ];
    let id = referral.id;
    Ok(Some(session.change(Reply::empty(204), marks, detail, move |tx| {
        tx.set_match_state(id, MatchState::Pending, MatchState::Matched)?;
        for edit in &edits {
            edit.write(tx)?;
        }
        for row in &rows {
            tx.insert_candidate(row)?;
        }
        Ok(())
    })))
}

fn row(case: CaseId, other: &Known<'_>, score: u8, reasons: &[crate::casework::matching::Reason]) -> CandidateRow {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
    CandidateRow {
        case,
        other: other.file.id(),
        score: u32::from(score),
        reasons: codes.join(" "),
        rule_version: RULE_VERSION.to_owned(),
        state: CandidateState::Proposed,
    }
}
