//! What follows from each meeting in the two days after it: consent, support, refusal, transfer, closing.
//! It must leave nothing undone that the next meeting's agenda takes for done.

use super::super::super::seats::{Body, Seat};
use super::super::telling::StoryFailed;
use super::before::reviewed;
use super::road::evidence;
use super::{Year, at_the_end};
use serde_json::{Value, json};

/// # Errors
/// A step is refused.
pub fn month(y: &mut Year<'_>, month: usize) -> Result<(), StoryFailed> {
    y.to(month, 1)?;
    match month {
        1 => {
            y.consents("amara", "parent")?;
            let need = json!({"support": "mentoring", "need": "Somebody who comes to her, and stays."});
            let noted = y.step(Seat::Coordinator, "amara", "note_need", need)?;
            y.kept.extend(noted.first().cloned().map(|need| ("need", need)));
            y.ask("bram", "telephone", "no_answer")?;
        }
        2 => {
            y.consents("cosmo", "parent")?;
            y.consents("edmund", "self")?;
            handed_to_health(y)?;
        }
        3 => y.consents("rhoda", "self")?,
        4 => y.consents("farrukh", "parent")?,
        5 => {
            y.consents("greta", "self")?;
            asks_education(y)?;
        }
        6 => summer(y)?,
        7 => y.consents("hamza", "parent")?,
        8 => {
            y.consents("jonty", "self")?;
            let grounds = json!({"words": "A joke, and nothing since. There is no reason to keep it."});
            ends(y, "/erasure", Seat::Records, Some(&grounds), 204)?;
        }
        9 => y.ask("keziah", "telephone", "no_answer")?,
        10 => {
            y.consents("lorcan", "self")?;
            y.consents("rhoda", "self")?;
        }
        11 => reviewed(y, "edmund")?,
        _ => y.ask("marigold", "in_person", "thinking_it_over")?,
    }
    y.to(month, 2)?;
    second_day(y, month)
}

fn second_day(y: &mut Year<'_>, month: usize) -> Result<(), StoryFailed> {
    match month {
        1 => {
            y.starts("amara")?;
            commissioned(y)?;
            let refused = json!({"by": "self", "reason": "He wants nothing to do with it.", "reassessOn": y.day(3, 0)});
            y.step(Seat::Coordinator, "bram", "refuse_consent", refused).map(|_| ())
        }
        2 => {
            y.starts("cosmo")?;
            y.starts("edmund")?;
            y.closes("dilys", "not_adopted", "Taken up by health.")
        }
        3 => {
            y.starts("rhoda")?;
            y.closes("bram", "consent_refused", "Looked at again; he still refuses.")
        }
        4 => y.starts("farrukh"),
        5 => {
            y.starts("greta")?;
            let offer = json!({"receivingPanel": "Oxholme Channel Panel", "receivingChair": "Aurelio Penhaligon",
                "riskOwner": y.council, "reason": "The family has moved there."});
            y.step(Seat::Chair, "farrukh", "offer_transfer", offer).map(|_| ())
        }
        6 => {
            y.starts("cosmo")?;
            moved_away(y)
        }
        7 => {
            y.starts("hamza")?;
            let withdrawn = json!({"by": "self", "reason": "She has had enough.", "reassessOn": y.day(8, 0)});
            y.step(Seat::Coordinator, "greta", "withdraw_consent", withdrawn).map(|_| ())
        }
        8 => {
            y.starts("jonty")?;
            ends(y, "/erasure/confirmation", Seat::Chair, None, 200)?;
            y.closes("greta", "consent_refused", "She was asked again, and will not come back.")
        }
        9 => {
            y.ask("keziah", "in_person", "no_answer")?;
            let pause = json!({"reason": "He was threatened on his way there.", "riskOwner": y.council, "nextReview": y.day(10, 0)});
            y.step(Seat::Chair, "jonty", "pause_support", pause).map(|_| ())
        }
        10 => {
            y.starts("lorcan")?;
            y.starts("rhoda")
        }
        11 => {
            y.closes("keziah", "consent_refused", "Nobody could reach her; those who might see her know whom to ring.")
        }
        _ => Ok(()),
    }
}

/// What was taken for more than it was need not be kept: records say so, and the chair.
fn ends(y: &mut Year<'_>, below: &str, who: Seat, body: Option<&Value>, status: u16) -> Result<(), StoryFailed> {
    let path = format!("/cases/{}{below}", y.case("oskar")?);
    y.t.send("what need not be kept", who, ("POST", &path), body, &at_the_end(), status).map(|_| ())
}

/// A mentor is asked for six sessions, and takes it on.
fn commissioned(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    let provider = y.t.agency(Body::Provider)?;
    let need = y.kept("need")?;
    let asked = json!({"need": need, "asked": "The regional list of intervention providers."});
    y.step(Seat::Coordinator, "amara", "request_provider", asked)?;
    let offer = json!({"provider": provider, "need": need, "brief": "Draws well, and is alone. Do not begin with politics.",
        "objectives": ["One friend outside the group"], "sessionsPlanned": 6, "from": y.t.today, "to": y.day(7, 0)});
    let offered = y.step(Seat::Coordinator, "amara", "commission", offer)?;
    let commission = offered.first().cloned().ok_or_else(|| y.t.failed("commission", "a record", "none"))?;
    y.step(Seat::Provider, "amara", "accept_commission", json!({"commission": commission, "briefRead": true}))?;
    y.kept.insert("commission", commission);
    Ok(())
}

/// Not adopted, and not left alone.
fn handed_to_health(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    let health = y.t.agency(Body::Health)?;
    let onward = json!({"service": "health", "owner": health, "due": y.day(2, 10), "need": "Sleep, mood and safety."});
    let made = y.step(Seat::Coordinator, "dilys", "refer_onward", onward)?;
    let onward = made.first().cloned().ok_or_else(|| y.t.failed("refer_onward", "a record", "none"))?;
    let answer = json!({"onwardReferral": onward, "answer": "accepted", "acknowledgedBy": "Dr Leocadia Brandt"});
    y.step(Seat::Coordinator, "dilys", "acknowledge_onward", answer).map(|_| ())
}

/// Something that education owes the panel, and is late with.
fn asks_education(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    let (education, cosmo) = (y.t.agency(Body::Education)?, y.case("cosmo")?);
    let action = json!({"what": "Find him a place at the college.", "owner": education, "agreedOn": y.t.today, "due": y.day(5, 15)});
    let path = format!("/cases/{cosmo}/actions");
    let agreed = y.t.post("an action for education", Seat::Coordinator, &path, &action, 201)?;
    let id = y.t.needed("an action for education", &agreed, "/id")?;
    y.kept.insert("action", id);
    Ok(())
}

/// Asked himself now; education has done its part; the girl whose mentor came once is done with him; a family has moved.
fn summer(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    y.consents("cosmo", "self")?;
    let (cosmo, action) = (y.case("cosmo")?, y.kept("action")?);
    let done = json!({"status": "done", "done": y.t.today});
    y.t.post("education is done", Seat::Education, &format!("/cases/{cosmo}/actions/{action}/done"), &done, 200)?;
    let ended = json!({"commission": y.kept("commission")?, "reason": "One session of six was held."});
    y.step(Seat::Coordinator, "amara", "end_commission", ended)?;
    let taken = json!({"answeredBy": "Aurelio Penhaligon", "note": "By telephone; confirmed in writing."});
    y.step(Seat::Chair, "farrukh", "accept_transfer", taken).map(|_| ())
}

/// The neighbours open a case of their own from what was released to them, and this one is closed.
fn moved_away(y: &mut Year<'_>) -> Result<(), StoryFailed> {
    let taken = json!({"origin": "transfer_in", "receivedOn": y.day(4, -20), "stage": "panel", "stageOn": y.t.today,
        "evidence": evidence(y, 4),
        "identity": {"forenames": "Farrukh", "surname": "Pemberley", "approximateAge": 16}});
    y.t.post("take the case over", Seat::NeighbourCoordinator, "/cases", &taken, 201)?;
    y.closes("farrukh", "transferred_out", "Oxholme has taken the case, and the risk with it.")
}
