//! Effects on the consent track.
//! Only `give` may set it to given.

use super::Done;
use crate::casework::engine::Change;
use crate::casework::state::ConsentTrack;

fn track(c: &mut Change<'_>, consent: ConsentTrack) {
    c.state().consent = consent;
    c.state().consent_on = Some(c.on);
    (c.state().ask_anew_by, c.state().asked_anew_on) = (None, None);
}

pub fn ask(c: &mut Change<'_>) -> Done {
    track(c, ConsentTrack::Asked);
    let state = c.state();
    state.consent_attempts = state.consent_attempts.saturating_add(1);
    Ok(())
}

pub fn give(c: &mut Change<'_>) -> Done {
    track(c, ConsentTrack::Given);
    c.state().consent_giver = Some(c.content.consent_given()?.given_by);
    c.state().reassess_on = None;
    Ok(())
}

fn ended(c: &mut Change<'_>, consent: ConsentTrack) -> Done {
    track(c, consent);
    c.state().consent_giver = None;
    c.state().reassess_on = Some(c.content.consent_refused()?.reassess_on);
    Ok(())
}

pub fn refuse(c: &mut Change<'_>) -> Done {
    ended(c, ConsentTrack::Refused)
}

pub fn withdraw(c: &mut Change<'_>) -> Done {
    ended(c, ConsentTrack::Withdrawn)
}

pub fn not_reachable(c: &mut Change<'_>) -> Done {
    track(c, ConsentTrack::NotReachable);
    c.state().reassess_on = Some(c.content.not_reachable()?.reassess_on);
    Ok(())
}

/// Asked ahead of the birthday: what stands until then is the parent's word.
pub fn ask_anew(c: &mut Change<'_>) -> Done {
    c.state().asked_anew_on = Some(c.on);
    Ok(())
}

pub fn lapse(c: &mut Change<'_>) -> Done {
    track(c, ConsentTrack::LapsedAt18);
    c.state().consent_giver = None;
    Ok(())
}
