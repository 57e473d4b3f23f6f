//! Carries out what records and a chair decided, once the time to take it back is over.
//! It must never erase what a hold keeps, nor while the person has a case that runs: then it is given back to those who decide.

use crate::access::{Authentic, CaseVerb, Header, Particulars, Principal, Purpose, SystemName};
use crate::app::answer::{Answer, Reply};
use crate::app::case_edit::CaseEdit;
use crate::app::case_file::{CaseFile, believe};
use crate::app::erase_case::Erasing;
use crate::app::recipients;
use crate::app::recorder::ApplyError;
use crate::app::service::Service;
use crate::app::session::{Session, refuse_unless};
use crate::app::watermark::Belief;
use crate::casework::category::Category;
use crate::casework::ids::CaseId;
use crate::casework::retention::{Return, Standing};
use crate::casework::state::Stage;
use crate::error::Problem;
use crate::ledger::entry::DetailValue;
use crate::store::CaseCursor;
use crate::store::rows::{CandidateState, CaseRow};

const BATCH: i64 = 100;

/// Gives how many were erased or given back. A case that cannot be believed is alarmed and left as it is.
///
/// # Errors
/// `unavailable`; what was not done comes again.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    let today = service.clock.today();
    let (mut done, mut after) = (0_usize, None);
    loop {
        let belief = service.belief();
        let rows = service.store.reader()?.closed_and_due(today, after, BATCH)?;
        let full = i64::try_from(rows.len()).unwrap_or(0) == BATCH;
        for row in rows {
            if service.is_stopping() {
                return Ok(done);
            }
            after = Some(CaseCursor { due_on: row.review_on, id: row.id });
            done = done.saturating_add(usize::from(end_of(service, row, belief).await?));
        }
        if !full {
            break;
        }
    }
    if done > 0 {
        service.sealer.forget();
    }
    Ok(done)
}

async fn end_of(service: &Service, row: CaseRow, belief: Belief<'_>) -> Result<bool, Problem> {
    let eraser = Principal::system(SystemName::Eraser, row.panel);
    let session = Session::of_job(service, &eraser, "eraseCase", Purpose::Retention)?.reading_since(belief);
    let case = row.ledger_id;
    let Ok((row, header)) = believe(&session, row) else { return Ok(false) };
    if header.retention.standing(session.today) != Standing::Due {
        return Ok(false);
    }
    let end = if is_needed(&session, &header)? {
        give_back(service, &eraser, row, header)
    } else {
        erase(&session, row, header)
    };
    let (answer, noted) = match end {
        Ok(end) => end,
        Err(problem) => {
            tracing::error!(%case, problem = problem.kind.slug(), "an erasure that is due cannot be carried out");
            return Ok(false);
        }
    };
    let Answer::Change(change) = answer else { return Err(Problem::internal("an erasure is a change")) };
    match change.commit(service).await {
        Ok(_) => {}
        // Somebody took it back, or another instance was faster: whatever still stands comes again.
        Err(ApplyError::Stale) => return Ok(false),
        Err(_) => return Err(Problem::unavailable("an erasure could not be committed")),
    }
    if let Some(noted) = noted
        && service.erasures.append(&noted).is_err()
    {
        // The database has it; the next start adds it to the list.
        tracing::error!("the list of erasures outside the database could not be written");
    }
    Ok(true)
}

type End = (Answer, Option<crate::store::rows::ErasureRow>);

fn erase(session: &Session<'_>, row: CaseRow, header: Authentic<Header>) -> Result<End, Problem> {
    refuse_unless(&session.evaluator.case(CaseVerb::EraseCase, &header, &Particulars::default()))?;
    let (erasing, mark) = Erasing::of(session, &row, None)?;
    // Whom to tell: from now on nothing says any more who had a part.
    let file = file_of(session, row, header);
    let told = recipients::of(&file)?;
    let detail = told.keys().map(|agency| ("tell", DetailValue::Id(agency.0))).collect();
    let noted = erasing.noted().clone();
    Ok((erasing.answer(session, mark, detail), Some(noted)))
}

fn file_of<'s>(session: &'s Session<'s>, row: CaseRow, header: Authentic<Header>) -> CaseFile<'s> {
    CaseFile::from_row(session, row, header)
}

fn give_back(service: &Service, eraser: &Principal, row: CaseRow, header: Authentic<Header>) -> Result<End, Problem> {
    let session = Session::of_job(service, eraser, "giveErasureBack", Purpose::Retention)?;
    refuse_unless(&session.evaluator.case(CaseVerb::WithdrawErasure, &header, &Particulars::default()))?;
    let file = file_of(&session, row, header);
    let mut edit = CaseEdit::of(&file);
    edit.header.retention.give_back(Return::OtherCase, session.today);
    edit.event_about("erasure_given_back", Category::Retention, session.today);
    let detail = vec![("why", DetailValue::Code(Return::OtherCase.name()))];
    Ok((edit.finish(Reply::empty(204), detail)?, None))
}

/// Whether the person has another case that runs, or one that came in after it was proposed to let this one go; or one that
/// may be theirs, as long as nobody has said whose it is.
fn is_needed(session: &Session<'_>, header: &Header) -> Result<bool, Problem> {
    let mut others: Vec<CaseId> = session.reader().case_ids_of_subject(header.subject)?;
    others.extend(header.state.joined.map(|joined| joined.to));
    let naming = session.reader().candidates_naming(header.case)?;
    let undecided = naming.iter().filter(|candidate| candidate.state == CandidateState::Proposed);
    others.extend(undecided.map(|candidate| candidate.case));
    let proposed_on = header.retention.erasure.as_ref().map(|erasure| erasure.proposed_on);
    for other in others.into_iter().filter(|other| *other != header.case) {
        let Some(row) = session.reader().case_by_id(other)? else { continue };
        // What cannot be believed may be a case that runs.
        let Ok((_, other)) = believe(session, row) else { return Ok(true) };
        let newer = other.state.stage == Stage::Closed && Some(other.state.received_on) >= proposed_on;
        if other.state.stage.is_open() || newer {
            return Ok(true);
        }
    }
    Ok(false)
}
