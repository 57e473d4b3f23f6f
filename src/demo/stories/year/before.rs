//! What happens in the fortnight before each meeting, besides the road of the newly referred.
//! It must stay in the order of its days: the calendar never goes back.

use super::super::super::caller::Sent;
use super::super::super::seats::Seat;
use super::super::forms;
use super::super::telling::{StoryFailed, text};
use super::{Year, at_the_end};
use serde_json::json;

/// How many sessions the mentor was asked for, and how many of them came to nothing.
const PLANNED: i64 = 6;

/// # Errors
/// A step is refused.
pub fn month(y: &mut Year<'_>, month: usize) -> Result<(), StoryFailed> {
    if month == 5 {
        return spring(y);
    }
    y.to(month, -10)?;
    match month {
        2 => one_session_of_six(y),
        6 => summer(y),
        8 => y.assess("cosmo", "Settled since he was asked himself."),
        9 => {
            y.to(month, -7)?;
            let (meeting, rhoda) = (y.meeting(month)?, y.case("rhoda")?);
            y.t.puts_on(&meeting, &rhoda, "She was seen with the group again, and speaks of a day.")
        }
        10 => {
            erased(y)?;
            y.assess("hamza", "Has left the game; at college again.")?;
            y.ask("keziah", "letter", "no_answer")?;
            y.to(month, -9)?;
            let tried = json!({"tried": ["telephone", "in_person", "letter"], "reassessOn": y.day(month, 28)});
            y.step(Seat::Coordinator, "keziah", "consent_not_reachable", tried).map(|_| ())
        }
        11 => {
            y.assess("cosmo", "At work; sees his old friends.")?;
            y.assess("jonty", "Took the page down himself.")?;
            y.ask("keziah", "in_person", "no_answer")?;
            let tried = json!({"tried": ["in_person"], "reassessOn": y.day(month, 28)});
            y.step(Seat::Coordinator, "keziah", "consent_not_reachable", tried).map(|_| ())
        }
        // A little before six months are over: panels meet monthly.
        12 => reviewed(y, "amara"),
        _ => Ok(()),
    }
}

/// The mentor plans six sessions and holds the first; of the others nobody hears.
fn one_session_of_six(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    let commission = y.kept("commission")?;
    for week in 0..PLANNED {
        let on = y.day(2, week.saturating_mul(7).saturating_sub(3));
        let planned = json!({"commission": commission, "status": "planned", "sessionOn": on});
        y.step(Seat::Provider, "amara", "log_session", planned)?;
    }
    y.to(2, -3)?;
    let held = json!({"commission": commission, "status": "held", "sessionOn": y.t.today, "wasPlanned": true,
        "report": "We walked, and she talked a little."});
    y.step(Seat::Provider, "amara", "log_session", held).map(|_| ())
}

/// Looked at again in good time; one leaves at a meeting of its own, because he moves house the next day. All of it thirteen days
/// before the meeting: five working days before it the papers go out and the agenda gathers, and with the bank holidays of
/// Easter or Christmas between them that can be twelve.
fn spring(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    for key in ["amara", "cosmo", "edmund"] {
        y.assess(key, "Less engaged than before.")?;
    }
    let (edmund, today) = (y.case("edmund")?, y.t.today);
    y.t.decides(
        &edmund,
        "exit",
        today,
        forms::exit("concerns_resolved", "He has work and people, and needs us no more."),
    )
}

/// The mentor accounts for what he did not hold; a boy turns eighteen.
fn summer(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    y.assess("rhoda", "No longer engaged.")?;
    let commission = y.kept("commission")?;
    for week in 1..PLANNED {
        let status = if week == 1 { "cancelled" } else { "missed" };
        let on = y.day(2, week.saturating_mul(7).saturating_sub(3));
        let account = json!({"commission": commission, "status": status, "sessionOn": on, "wasPlanned": true});
        y.step(Seat::Provider, "amara", "log_session", account)?;
    }
    // Nobody has to remember the birthday: on that day the service ends the parent's consent by itself.
    y.to(6, -6)?;
    let path = format!("/cases/{}", y.case("cosmo")?);
    let lapsed = |sent: &Sent| text(&sent.body, "/state/consent").as_deref() == Some("lapsed_at_18");
    y.t.wait_until("a parent's consent ends", (Seat::Coordinator, &path), &[], lapsed).map(|_| ())
}

/// A month after both had said it, and without anybody's doing, what was known of him is gone.
fn erased(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    let path = format!("/cases/{}", y.case("oskar")?);
    y.t.wait_until("nothing is left", (Seat::Records, &path), &at_the_end(), |sent| sent.status == 404).map(|_| ())
}

/// The look back, half a year after somebody left.
pub fn reviewed(y: &mut Year<'_>, key: &str) -> Result<(), StoryFailed> {
    let review = json!({"month": 6, "findings": "Settled; nothing new.", "newConcern": false});
    y.step(Seat::Coordinator, key, "post_exit_review", review).map(|_| ())
}
