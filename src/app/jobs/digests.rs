//! On each working day, tells those in whose queue something is due how much it is, and nothing of what. Who may know of a
//! case, and of its day, the policies say, asked as of each member.
//! It must never open a category, nor count a case for somebody who could not find it themselves.

use super::turn::{self, panels};
use crate::access::action::Action;
use crate::access::facts::MemberFacts;
use crate::access::{Authentic, CaseVerb, Header, Particulars, Principal, Purpose, SystemName};
use crate::app::answer::{Answer, Change, Reply};
use crate::app::batches::in_batches;
use crate::app::case_file::believe;
use crate::app::notices::receivers::{may, receivers};
use crate::app::notices::{Kind, letters, tell};
use crate::app::open_case::DEADLINES_TELL_OF;
use crate::app::recorder::ApplyError;
use crate::app::service::Service;
use crate::app::session::Session;
use crate::casework::deadlines::{Due, Lateness, due};
use crate::casework::ids::{PanelId, PersonId};
use crate::error::Problem;
use crate::ledger::entry::DetailValue;
use std::collections::{BTreeMap, BTreeSet};

const JOB: &str = "digests";

/// Of one person, over all their queues.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    overdue: u32,
    soon: u32,
}

type Counts = BTreeMap<PersonId, Count>;

/// Does the day's work for every panel whose turn it is. Gives how many people were told.
///
/// # Errors
/// `unavailable`, where a turn was not taken: it is at the next run.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    if service.outbox.is_none() || !service.calendar.is_working_day(service.clock.today()) {
        return Ok(0);
    }
    let (mut all, mut of_each) = (Counts::new(), Vec::new());
    for panel in panels(service)? {
        let found = count(service, panel)?;
        for (person, count) in &found {
            let sum = all.entry(*person).or_default();
            sum.overdue = sum.overdue.saturating_add(count.overdue);
            sum.soon = sum.soon.saturating_add(count.soon);
        }
        of_each.push((panel, found.into_keys().collect::<BTreeSet<_>>()));
    }
    let mut told = 0_usize;
    for (panel, people) in of_each {
        told = told.saturating_add(of_panel(service, panel, &people, &all).await?);
    }
    Ok(told)
}

async fn of_panel(
    service: &Service,
    panel: PanelId,
    people: &BTreeSet<PersonId>,
    all: &Counts,
) -> Result<usize, Problem> {
    let notifier = Principal::system(SystemName::Notifier, panel);
    let Some((change, count)) = prepare(service, &notifier, people, all)? else { return Ok(0) };
    match change.commit(service).await {
        Ok(_) => Ok(count),
        // Another instance took the turn.
        Err(ApplyError::Unique) => Ok(0),
        Err(_) => Err(Problem::unavailable("the turn of the digests could not be committed")),
    }
}

/// Somebody of two panels is told by the first of them of both: of one day there is one digest.
fn prepare(
    service: &Service,
    notifier: &Principal,
    people: &BTreeSet<PersonId>,
    all: &Counts,
) -> Result<Option<(Change, usize)>, Problem> {
    let session = Session::of_job(service, notifier, "sendDigests", Purpose::CaseWork)?;
    let (panel, today) = (session.panel(), session.today);
    if people.is_empty() || turn::was_taken(service, JOB, panel, today)? {
        return Ok(None);
    }
    let mut found = Vec::new();
    for person in people {
        let Count { overdue, soon } = all.get(person).copied().unwrap_or_default();
        let about = (person.0, today.to_string());
        found.extend(letters(service, panel, [*person], &Kind::Digest { overdue, soon }, about)?);
    }
    let (turn, count) = (turn::row(service, JOB, panel, today), found.len());
    let detail = vec![("told", DetailValue::count(count))];
    let change = session.change(Reply::empty(204), Vec::new(), detail, move |tx| {
        tx.take_turn(&turn)?;
        Ok(tell(tx, &found)?)
    });
    match change {
        Answer::Change(change) => Ok(Some((change, count))),
        Answer::Read(_) => Err(Problem::internal("a digest is a change")),
    }
}

fn count(service: &Service, panel: PanelId) -> Result<Counts, Problem> {
    let notifier = Principal::system(SystemName::Notifier, panel);
    let session = Session::of_job(service, &notifier, "sendDigests", Purpose::CaseWork)?;
    let members = receivers(&session)?;
    let mut counts = Counts::new();
    if members.is_empty() || turn::was_taken(service, JOB, panel, session.today)? {
        return Ok(counts);
    }
    for (header, due) in due_cases(&session)? {
        let theirs = members.iter().filter(|member| is_theirs(&session, member, &header, due));
        let late = due.lateness(session.today, &service.calendar, &service.rules) != Lateness::DueSoon;
        // In two capacities it is one case.
        for person in theirs.map(|member| member.person).collect::<BTreeSet<_>>() {
            let count = counts.entry(person).or_default();
            let which = if late { &mut count.overdue } else { &mut count.soon };
            *which = which.saturating_add(1);
        }
    }
    Ok(counts)
}

/// Cases with something due soon or overdue; one that cannot be believed is alarmed and left out.
fn due_cases(session: &Session<'_>) -> Result<Vec<(Authentic<Header>, Due)>, Problem> {
    let (calendar, rules) = (&session.service.calendar, &session.service.rules);
    let mut found = Vec::new();
    for row in in_batches(|after, most| session.reader().cases_of_panel(session.panel(), None, after, most)) {
        let row = row?;
        let Some(on) = row.due_on else { break };
        if (Due { on, what: "" }).lateness(session.today, calendar, rules) == Lateness::OnTime {
            break;
        }
        let Ok((_, header)) = believe(session, row) else { continue };
        let told = session.evaluator.case(CaseVerb::TellOfDue, &header, &Particulars::default()).allowed();
        if let Some(due) = due(&header.state, calendar, rules).filter(|_| told) {
            found.push((header, due));
        }
    }
    Ok(found)
}

/// Whether it is this member's to do, and they are told its day when they look.
fn is_theirs(session: &Session<'_>, member: &MemberFacts, header: &Header, due: Due) -> bool {
    let verbs = [CaseVerb::ListCase, CaseVerb::ReadTracks].map(Action::Case);
    let actions: Vec<Action> = verbs.into_iter().chain(DEADLINES_TELL_OF.map(Action::Read)).collect();
    due.is_for(header.state.stage, member.role, member.unit)
        && may(session, member, &actions, header, (Purpose::CaseWork, session.today))
}
