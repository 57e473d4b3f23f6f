//! Effects of needs, commissions and sessions.
//! A commission's words stay in its brief; the state keeps whose it is, from when to when, since when somebody waits for it, and
//! what came of its sessions. Nothing here may take a commission out of the state: what it was replaced by comes beside it.

use super::Done;
use crate::casework::category::Category as C;
use crate::casework::commission::{Came, SessionCount};
use crate::casework::content::commission::SessionStatus;
use crate::casework::engine::Change;
use crate::casework::ids::RecordId;
use crate::casework::state::{CommissionFact, CommissionStatus, NeedFact, NeedStatus};
use chrono::NaiveDate;

pub fn need(c: &mut Change<'_>) -> Done {
    let fields = c.content.fields()?;
    let record = c.record(C::Brief, "need", fields, Vec::new());
    let on = c.on;
    let fact = NeedFact { record, status: NeedStatus::Needed, needed_on: on, requested_on: None, status_on: on };
    c.state().needs.push(fact);
    Ok(())
}

pub fn request(c: &mut Change<'_>) -> Done {
    let (need, on) = (c.content.provider_request()?.need, c.on);
    for fact in c.state().needs.iter_mut().filter(|fact| fact.record == need) {
        (fact.status, fact.status_on, fact.requested_on) = (NeedStatus::Requested, on, Some(on));
    }
    Ok(())
}

pub fn commission(c: &mut Change<'_>) -> Done {
    let form = c.content.commission_offer()?;
    let (provider, from, to, need, replaces) = (form.provider, form.from, form.to, form.need, form.replaces);
    let fields = c.content.fields()?;
    let record = c.record(C::Brief, "commission", fields, Vec::new());
    let replaced = c.before.commissions.iter().find(|known| Some(known.record) == replaces);
    let noted = c.before.needs.iter().find(|known| Some(known.record) == need);
    let since = replaced.map(CommissionFact::leaves_waiting_since).or(noted.map(|known| known.needed_on));
    let fact = CommissionFact {
        record,
        provider,
        from,
        to,
        status: CommissionStatus::Offered,
        status_on: c.on,
        need,
        replaces,
        needed_on: since.unwrap_or(c.on),
        started_on: None,
        sessions: SessionCount::default(),
    };
    c.state().commissions.push(fact);
    c.out.commission = Some(fact);
    Ok(())
}

/// Of a commission that a guard has found.
fn of(c: &mut Change<'_>, record: RecordId, change: impl FnOnce(&mut CommissionFact)) {
    let fact = c.state().commissions.iter_mut().find(|f| f.record == record).map(|fact| {
        change(fact);
        *fact
    });
    c.out.commission = fact;
}

fn becomes(c: &mut Change<'_>, record: RecordId, status: CommissionStatus) {
    let on = c.on;
    of(c, record, |fact| (fact.status, fact.status_on) = (status, on));
}

pub fn accept(c: &mut Change<'_>) -> Done {
    let record = c.content.commission_accepted()?.commission;
    becomes(c, record, CommissionStatus::Accepted);
    Ok(())
}

pub fn decline(c: &mut Change<'_>) -> Done {
    let record = c.content.commission_declined()?.commission;
    becomes(c, record, CommissionStatus::Declined);
    Ok(())
}

/// The first session's own day is the start, and not the day on which it was told.
fn started(fact: &mut CommissionFact, on: NaiveDate, told: NaiveDate) {
    fact.started_on = Some(fact.started_on.map_or(on, |known| known.min(on)));
    if fact.status == CommissionStatus::Accepted {
        (fact.status, fact.status_on) = (CommissionStatus::Started, told);
    }
}

pub fn begin(c: &mut Change<'_>) -> Done {
    let (record, on) = (c.content.commission_begun()?.commission, c.on);
    of(c, record, |fact| started(fact, on, on));
    Ok(())
}

pub fn pause(c: &mut Change<'_>) -> Done {
    let record = c.content.commission_paused()?.commission;
    becomes(c, record, CommissionStatus::Paused);
    Ok(())
}

pub fn resume(c: &mut Change<'_>) -> Done {
    let (record, on) = (c.content.commission_paused()?.commission, c.on);
    of(c, record, |fact| {
        let status = if fact.started_on.is_some() { CommissionStatus::Started } else { CommissionStatus::Accepted };
        (fact.status, fact.status_on) = (status, on);
    });
    Ok(())
}

pub fn end(c: &mut Change<'_>) -> Done {
    let (record, on) = (c.content.commission_ended()?.commission, c.on);
    for need in c.state().needs.iter_mut().filter(|need| need.record == record) {
        (need.status, need.status_on) = (NeedStatus::Ended, on);
    }
    of(c, record, |fact| ended(fact, on));
    Ok(())
}

/// Whoever works on a case that comes back does so under a commission that this case gave them.
pub(super) fn end_all(c: &mut Change<'_>) {
    let on = c.on;
    for need in c.state().needs.iter_mut().filter(|need| need.status != NeedStatus::Ended) {
        (need.status, need.status_on) = (NeedStatus::Ended, on);
    }
    for fact in c.state().commissions.iter_mut().filter(|fact| !fact.is_over()) {
        ended(fact, on);
    }
}

fn ended(fact: &mut CommissionFact, on: NaiveDate) {
    (fact.status, fact.status_on) = (CommissionStatus::Ended, on);
    fact.sessions.write_off();
}

pub fn log_session(c: &mut Change<'_>) -> Done {
    let form = c.content.session_log()?;
    let (record, status, was_planned, day) = (form.commission, form.status, form.was_planned, form.session_on);
    let (on, today) = (c.on, c.input.today);
    of(c, record, |fact| match status {
        SessionStatus::Planned => fact.sessions.plan(),
        SessionStatus::Held => {
            fact.sessions.account(Came::Held, was_planned, day, today);
            started(fact, day, on);
        }
        SessionStatus::Missed => fact.sessions.account(Came::Missed, was_planned, day, today),
        SessionStatus::Cancelled => fact.sessions.account(Came::Cancelled, was_planned, day, today),
    });
    Ok(())
}
