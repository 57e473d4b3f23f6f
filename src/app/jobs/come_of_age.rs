//! Children in support on a parent's word who come of age: the case is told ahead that they must be asked for themselves, and on
//! the day the parent's consent ends. Identities are opened in memory under the job's own permit, and forgotten.
//! It must never write down a day of birth, nor do a day's work twice.

use super::turn::{self, in_every_panel};
use crate::access::{CaseVerb, Particulars, Principal, Purpose, SystemName};
use crate::app::age::birth;
use crate::app::answer::{Answer, Reply};
use crate::app::batches::in_batches;
use crate::app::case_edit::{CaseEdit, Prepared};
use crate::app::case_file::{CaseFile, believe};
use crate::app::recorder::ApplyError;
use crate::app::service::Service;
use crate::app::service_step::ServiceStep;
use crate::app::session::Session;
use crate::casework::category::Category;
use crate::casework::ids::PanelId;
use crate::casework::majority::{Coming, coming, rests_on_a_parent};
use crate::casework::state::Stage;
use crate::error::Problem;
use crate::ledger::entry::{CaseMark, DetailValue};
use serde_json::json;

/// Its name in the table of turns.
const JOB: &str = "coming_of_age";
/// A person at work on one of the cases makes the whole turn stale; three times in a row hardly.
const TRIES: usize = 3;

/// Does the day's work for every panel whose turn it is. Gives how many cases were changed.
///
/// # Errors
/// `unavailable`, where a turn was not taken: it is at the next run.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    in_every_panel(service, of_panel).await
}

async fn of_panel(service: &Service, panel: PanelId) -> Result<usize, Problem> {
    let job = Principal::system(SystemName::ComingOfAge, panel);
    for _ in 0..TRIES {
        let (change, count) = match prepare(service, &job)? {
            Some((Answer::Change(change), count)) => (change, count),
            _ => return Ok(0),
        };
        match change.commit(service).await {
            Ok(_) => return Ok(count),
            // Another instance took the turn.
            Err(ApplyError::Unique) => return Ok(0),
            Err(ApplyError::Stale) => {}
            Err(_) => break,
        }
    }
    Err(Problem::unavailable("the turn of the coming of age could not be committed"))
}

/// The whole of a panel's turn as one change: none where it was taken, or nobody's consent is a parent's.
fn prepare(service: &Service, job: &Principal) -> Result<Option<(Answer, usize)>, Problem> {
    let session = Session::of_job(service, job, "tendConsents", Purpose::CaseWork)?;
    let (panel, today) = (session.panel(), session.today);
    if turn::was_taken(service, JOB, panel, today)? {
        return Ok(None);
    }
    let mut done = Done::default();
    for stage in [Stage::Consent, Stage::Intervention] {
        of_stage(&session, stage, &mut done)?;
    }
    if done.examined == 0 {
        return Ok(None);
    }
    let count = done.edits.len();
    let detail = vec![
        ("examined", DetailValue::count(done.examined)),
        ("announced", DetailValue::count(done.announced)),
        ("lapsed", DetailValue::count(count.saturating_sub(done.announced))),
    ];
    let (turn, edits) = (turn::row(service, JOB, panel, today), done.edits);
    let change = session.change(Reply::empty(204), done.marks, detail, move |tx| {
        tx.take_turn(&turn)?;
        for edit in &edits {
            edit.write(tx)?;
        }
        Ok(())
    });
    Ok(Some((change, count)))
}

#[derive(Default)]
struct Done {
    /// Identities that were opened.
    examined: usize,
    announced: usize,
    edits: Vec<Prepared>,
    marks: Vec<CaseMark>,
}

fn of_stage(session: &Session<'_>, stage: Stage, done: &mut Done) -> Result<(), Problem> {
    let fetch = |after, most| session.reader().cases_of_panel(session.panel(), Some(stage.name()), after, most);
    for row in in_batches(fetch) {
        let Ok((row, header)) = believe(session, row?) else { continue };
        let may = || session.evaluator.case(CaseVerb::TendConsent, &header, &Particulars::default());
        if rests_on_a_parent(&header.state) && may().allowed() {
            of_case(&CaseFile::from_row(session, row, header), done)?;
        }
    }
    Ok(())
}

fn of_case(file: &CaseFile<'_>, done: &mut Done) -> Result<(), Problem> {
    let (session, service) = (file.session(), file.session().service);
    // What cannot be believed is alarmed; it must not keep the others' consent from ending.
    let Ok(Some(identity)) = file.read_single(Category::Identity) else { return Ok(()) };
    done.examined = done.examined.saturating_add(1);
    let state = &file.header.state;
    let Some(birth) = birth(&identity, state.received_on) else { return Ok(()) };
    let coming = coming(state, birth, session.today, &service.calendar, &service.rules);
    let mut edit = CaseEdit::of(file);
    match coming {
        None => return Ok(()),
        Some(Coming::AskBy(by)) => {
            edit.header.state.ask_anew_by = Some(by);
            edit.event_about("coming_of_age", Category::Consent, session.today);
            done.announced = done.announced.saturating_add(1);
        }
        Some(Coming::Lapsed(on)) => {
            let (name, body) = ("consent_lapsed_at_18", &json!({}));
            ServiceStep { name, body, on, age: birth.age_on(on) }.write(file, &mut edit)?;
        }
    }
    let (prepared, mark) = edit.prepare()?;
    done.edits.push(prepared);
    done.marks.push(mark);
    Ok(())
}
