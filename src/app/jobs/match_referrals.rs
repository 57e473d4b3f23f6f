//! Runs the matching of new referrals, after their commit and again after a crash, until none is left.
//! A referral is marked in the transaction that keeps its candidates: it is matched once, or not at all.

use crate::access::{Principal, Purpose, SystemName};
use crate::app::answer::{Answer, Reply};
use crate::app::case_edit::CaseEdit;
use crate::app::case_file::{CaseFile, believe};
use crate::app::match_people::{Known, candidates, population};
use crate::app::service::Service;
use crate::app::session::Session;
use crate::app::vouched::candidates_fact;
use crate::casework::matching::RULE_VERSION;
use crate::error::Problem;
use crate::ledger::entry::{CaseMark, DetailValue};
use crate::store::rows::{CandidateRow, CandidateState, MatchState, ReferralCaseRow, ReferralRow};

const BATCH: i64 = 20;

/// Matches every referral that waits. Gives how many.
///
/// # Errors
/// `unavailable`; what was not matched still waits.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    let mut matched = 0_usize;
    loop {
        let waiting = service.store.reader()?.unmatched_referrals(BATCH)?;
        if waiting.is_empty() {
            return Ok(matched);
        }
        for referral in waiting {
            // What still waits is found at the next start.
            if service.is_stopping() {
                return Ok(matched);
            }
            match_one(service, &referral).await?;
            matched = matched.saturating_add(1);
        }
    }
}

async fn match_one(service: &Service, referral: &ReferralRow) -> Result<(), Problem> {
    let matcher = Principal::system(SystemName::Matcher, referral.panel);
    let change = prepare(service, &matcher, referral)?;
    let Answer::Change(change) = change else { return Err(Problem::internal("matching is a change")) };
    match change.commit(service).await {
        // Another instance was faster, or somebody changed the case: whatever still waits comes again.
        Ok(_) | Err(crate::app::recorder::ApplyError::Stale) => Ok(()),
        Err(_) => Err(Problem::unavailable("the result of a matching could not be committed")),
    }
}

fn prepare(service: &Service, matcher: &Principal, referral: &ReferralRow) -> Result<Answer, Problem> {
    let session = Session::of_job(service, matcher, "matchPeople", Purpose::Match)?;
    let known = population(&session)?;
    let opened: Vec<ReferralCaseRow> = session.reader().cases_of_referral(referral.id)?;
    let mut rows = Vec::new();
    let mut marks: Vec<CaseMark> = Vec::new();
    let mut edits = Vec::new();
    for case in &opened {
        let found = candidates(&known, case.case);
        // People named in one referral are not each other.
        let others = found.into_iter().filter(|(k, _)| !opened.iter().any(|own| own.case == k.file.id()));
        let of_case: Vec<CandidateRow> =
            others.map(|(other, likeness)| row(case, other, likeness.score, &likeness.reasons)).collect();
        rows.extend(of_case.iter().cloned());
        // A case that cannot be believed is alarmed; it must not keep the other people from being matched.
        let Some(own) = session.reader().case_by_id(case.case)? else { continue };
        let Ok((own, header)) = believe(&session, own) else { continue };
        let file = CaseFile::from_row(&session, own, header);
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
    Ok(session.change(Reply::empty(204), marks, detail, move |tx| {
        tx.set_match_state(id, MatchState::Pending, MatchState::Matched)?;
        for edit in &edits {
            edit.write(tx)?;
        }
        for row in &rows {
            tx.insert_candidate(row)?;
        }
        Ok(())
    }))
}

fn row(
    case: &ReferralCaseRow,
    other: &Known<'_>,
    score: u8,
    reasons: &[crate::casework::matching::Reason],
) -> CandidateRow {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
    CandidateRow {
        case: case.case,
        other: other.file.id(),
        score: u32::from(score),
        reasons: codes.join(" "),
        rule_version: RULE_VERSION.to_owned(),
        state: CandidateState::Proposed,
    }
}
