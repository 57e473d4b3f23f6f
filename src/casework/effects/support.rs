//! Effects of plan, commissions, sessions and post-exit reviews.
//! A commission's words stay in its brief; the state keeps whose it is, from when to when, and whether it was taken.

use super::Done;
use crate::casework::category::Category as C;
use crate::casework::content::support::SessionStatus;
use crate::casework::engine::Change;
use crate::casework::ids::RecordId;
use crate::casework::state::{CommissionFact, CommissionStatus};

pub fn write_plan(c: &mut Change<'_>) -> Done {
    c.state().plan_on = Some(c.on);
    Ok(())
}

pub fn start(c: &mut Change<'_>) -> Done {
    c.state().support_paused = false;
    Ok(())
}

pub fn commission(c: &mut Change<'_>) -> Done {
    let form = c.content.commission_offer()?;
    let (provider, from, to) = (form.provider, form.from, form.to);
    let fields = c.content.fields()?;
    let record = c.record(C::Brief, "commission", fields, Vec::new());
    let fact = CommissionFact { record, provider, from, to, status: CommissionStatus::Offered, status_on: c.on };
    c.state().commissions.push(fact);
    c.out.commission = Some(fact);
    Ok(())
}

fn answer(c: &mut Change<'_>, record: RecordId, status: CommissionStatus) {
    let on = c.on;
    let fact = c.state().commissions.iter_mut().find(|f| f.record == record).map(|fact| {
        fact.status = status;
        fact.status_on = on;
        *fact
    });
    c.out.commission = fact;
}

pub fn accept(c: &mut Change<'_>) -> Done {
    let record = c.content.commission_accepted()?.commission;
    answer(c, record, CommissionStatus::Accepted);
    Ok(())
}

pub fn decline(c: &mut Change<'_>) -> Done {
    let record = c.content.commission_declined()?.commission;
    answer(c, record, CommissionStatus::Declined);
    Ok(())
}

pub fn end(c: &mut Change<'_>) -> Done {
    let record = c.content.commission_declined()?.commission;
    answer(c, record, CommissionStatus::Ended);
    Ok(())
}

pub fn log_session(c: &mut Change<'_>) -> Done {
    let form = c.content.session_log()?;
    let (status, was_planned) = (form.status, form.was_planned);
    let sessions = &mut c.state().sessions;
    let count = match status {
        SessionStatus::Planned => &mut sessions.awaiting,
        SessionStatus::Held => &mut sessions.held,
        SessionStatus::Missed => &mut sessions.missed,
        SessionStatus::Cancelled => &mut sessions.cancelled,
    };
    *count = count.saturating_add(1);
    if was_planned {
        sessions.awaiting = sessions.awaiting.saturating_sub(1);
    }
    Ok(())
}

pub fn post_exit_review(c: &mut Change<'_>) -> Done {
    let on = c.on;
    let state = c.state();
    state.post_exit_reviews = state.post_exit_reviews.saturating_add(1);
    state.last_post_exit_review_on = Some(on);
    Ok(())
}
