//! Guards of needs, commissions and sessions.
//! None may let support go on that nobody consented to, nor a commission be answered by another than it was offered to.

use super::{CONSENT_FITS_AGE, CONSENT_GIVEN, Facts, Guard, at, guard, nothing};
use crate::casework::category::Category as C;
use crate::casework::content::Content;
use crate::casework::content::commission::SessionStatus;
use crate::casework::content::decision::ExitReason;
use crate::casework::ids::RecordId;
use crate::casework::state::{CommissionFact, CommissionStatus, NeedFact, NeedStatus, Stage};

/// What a form is about.
fn named(content: &Content) -> Option<RecordId> {
    match content {
        Content::CommissionAccepted(c) => Some(c.commission),
        Content::CommissionDeclined(c) => Some(c.commission),
        Content::CommissionBegun(c) => Some(c.commission),
        Content::CommissionPaused(c) => Some(c.commission),
        Content::CommissionEnded(c) => Some(c.commission),
        Content::SessionLog(c) => Some(c.commission),
        _ => None,
    }
}

/// The commission that the form is about, as it stood by the day of the act.
fn commission<'a>(f: &Facts<'a>) -> Option<&'a CommissionFact> {
    let record = named(f.content)?;
    f.state.commissions.iter().find(|c| c.record == record && c.status_on <= f.occurred_on)
}

fn open_need<'a>(f: &Facts<'a>, record: RecordId) -> Option<&'a NeedFact> {
    let open = |n: &&NeedFact| n.status != NeedStatus::Ended && n.status_on <= f.occurred_on;
    f.state.needs.iter().filter(open).find(|n| n.record == record)
}

fn is_own(f: &Facts<'_>, c: &CommissionFact) -> bool {
    Some(c.provider) == f.actor.agency
}

pub const NEED_UNASKED: Guard = at(
    "/content/need",
    guard(
        "need_unasked",
        "it is a need of this case, noted by then, and nobody has been asked to find a provider yet",
        &[C::Brief],
        |f| {
            let need = f.content.provider_request().ok().and_then(|r| open_need(f, r.need));
            need.is_some_and(|n| n.status == NeedStatus::Needed)
        },
        nothing,
    ),
);
pub const NEED_UNANSWERED: Guard = at(
    "/content/need",
    guard(
        "need_unanswered",
        "the need it names is one of this case, noted by then, and no other commission answers it",
        &[C::Brief, C::Sessions],
        |f| {
            let Ok(offer) = f.content.commission_offer() else { return false };
            let answered = |need| f.state.commissions.iter().any(|c| c.need == Some(need) && !c.is_over());
            offer.need.is_none_or(|need| open_need(f, need).is_some() && !answered(need))
        },
        nothing,
    ),
);
/// History has one line: what took whose place can be read back to the first who was asked.
pub const REPLACES_WHAT_ENDED: Guard = at(
    "/content/replaces",
    guard(
        "replaces_what_ended",
        "it names the commission in whose place it stands: one that was declined or ended, and has not been replaced",
        &[C::Brief, C::Sessions],
        |f| {
            let Ok(offer) = f.content.commission_offer() else { return false };
            let known = &f.state.commissions;
            let replaced = |c: &CommissionFact| known.iter().any(|other| other.replaces == Some(c.record));
            let free = |c: &&CommissionFact| c.is_over() && c.status_on <= f.occurred_on && !replaced(c);
            match offer.replaces {
                Some(record) => known.iter().filter(free).any(|c| c.record == record),
                None => offer.need.is_none() || !known.iter().filter(free).any(|c| c.need == offer.need),
            }
        },
        nothing,
    ),
);
pub const COMMISSION_OFFERED: Guard = at(
    "/content/commission",
    guard(
        "commission_offered",
        "it was offered to the actor's agency and waits for an answer",
        &[],
        |f| commission(f).is_some_and(|c| is_own(f, c) && c.status == CommissionStatus::Offered),
        nothing,
    ),
);
pub const COMMISSION_TAKEN: Guard = at(
    "/content/commission",
    guard(
        "commission_taken",
        "the actor's agency has accepted it, and it has not begun",
        &[],
        |f| commission(f).is_some_and(|c| is_own(f, c) && c.status == CommissionStatus::Accepted),
        nothing,
    ),
);
pub const COMMISSION_GOES_ON: Guard = at(
    "/content/commission",
    guard(
        "commission_goes_on",
        "it was accepted or has started, and does not rest",
        &[C::Brief, C::Sessions],
        |f| commission(f).is_some_and(|c| c.is_taken() && c.status != CommissionStatus::Paused),
        nothing,
    ),
);
pub const COMMISSION_RESTS: Guard = at(
    "/content/commission",
    guard(
        "commission_rests",
        "it was paused",
        &[C::Brief],
        |f| commission(f).is_some_and(|c| c.status == CommissionStatus::Paused),
        nothing,
    ),
);
pub const COMMISSION_RUNS: Guard = at(
    "/content/commission",
    guard(
        "commission_runs",
        "it was neither declined nor ended; or it is a need that stands",
        &[C::Brief],
        |f| {
            let need = named(f.content).and_then(|record| open_need(f, record));
            need.is_some() || commission(f).is_some_and(|c| !c.is_over())
        },
        nothing,
    ),
);
/// Else a case whose provider has gone could never be left.
pub const SESSIONS_TOLD: Guard = at(
    "/content/account",
    guard(
        "sessions_told",
        "it is said what became of the sessions that were planned and that the provider has not accounted for",
        &[C::Sessions],
        |f| {
            let told = f.content.commission_ended().is_ok_and(|c| c.account.is_some());
            told || commission(f).is_none_or(|c| c.sessions.awaiting == 0)
        },
        nothing,
    ),
);
pub const COMMISSION_OWN: Guard = at(
    "/content/commission",
    guard(
        "commission_own",
        "the actor's agency has accepted this commission",
        &[],
        |f| {
            let fact = named(f.content).and_then(|record| f.state.commissions.iter().find(|c| c.record == record));
            fact.is_some_and(|c| is_own(f, c) && (c.is_taken() || c.status == CommissionStatus::Ended))
        },
        nothing,
    ),
);

/// What is to have gone on, and on which day.
fn went_on(f: &Facts<'_>) -> Option<(RecordId, SessionStatus, chrono::NaiveDate)> {
    match f.content {
        Content::SessionLog(s) => Some((s.commission, s.status, s.session_on)),
        Content::CommissionBegun(b) => Some((b.commission, SessionStatus::Held, f.occurred_on)),
        _ => None,
    }
}

/// A session is planned or held only while support runs: consent in force, support and commission not paused. One that was
/// held before any of it stopped may still be logged after; one that came to nothing may always be.
pub const SUPPORT_RUNS: Guard = guard(
    "support_runs",
    "support is running, with consent that stands and a commission in force",
    &[C::Consent, C::Panel],
    |f| {
        let Some((record, status, on)) = went_on(f) else { return false };
        if matches!(status, SessionStatus::Missed | SessionStatus::Cancelled) {
            return true;
        }
        let (state, held) = (f.state, status == SessionStatus::Held);
        let goes_on = |c: &CommissionFact| match c.status {
            CommissionStatus::Accepted | CommissionStatus::Started => true,
            CommissionStatus::Paused => held && on < c.status_on,
            _ => false,
        };
        let mut ours = state.commissions.iter().filter(|c| c.record == record);
        let in_force = ours.any(|c| goes_on(c) && c.from <= on && on <= c.to);
        let consented = (CONSENT_GIVEN.met)(f) && (CONSENT_FITS_AGE.met)(f);
        let unpaused = !state.support_paused || (held && state.paused_on.is_some_and(|day| f.occurred_on < day));
        let running = state.stage == Stage::Intervention && unpaused && f.occurred_on >= state.stage_on;
        let before_it_stopped = state.stage == Stage::Consent && held && f.occurred_on < state.stage_on;
        before_it_stopped || (running && consented && in_force)
    },
    nothing,
);
pub const SESSION_PLANNED: Guard = at(
    "/content/wasPlanned",
    guard(
        "session_planned",
        "a planned session of this commission waits for its account",
        &[C::Sessions],
        |f| {
            let Ok(session) = f.content.session_log() else { return false };
            let mut ours = f.state.commissions.iter().filter(|c| c.record == session.commission);
            !session.was_planned || ours.any(|c| c.sessions.awaiting > 0)
        },
        nothing,
    ),
);
/// A panel believed in sessions that were never held (DOMAIN §6.4). Nothing is asked of what never began, nor of somebody who
/// has died, was arrested or will have no more of it: to leave is then no decision on what support came to.
pub const SESSIONS_RECONCILED: Guard = guard(
    "sessions_reconciled",
    "every planned session of a commission that started has been accounted for",
    &[C::Sessions],
    |f| {
        let reason = f.content.decision().ok().and_then(|d| d.exit_reason);
        let awaits = |c: &CommissionFact| c.started_on.is_some() && c.sessions.awaiting > 0;
        reason.is_some_and(ExitReason::waits_for_no_account) || !f.state.commissions.iter().any(awaits)
    },
    nothing,
);
