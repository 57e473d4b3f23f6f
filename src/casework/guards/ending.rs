//! Guards of holds, transfer, joining and closing. Whoever may place or release a hold is told its kind, so the hold's
//! own guards disclose nothing; one that did would have to name a category.

use super::{Guard, at, decided, decided_on, guard, hold_on, is_police_ct, nothing, transfer_on};
use crate::casework::agenda::settled_without_consent;
use crate::casework::category::Category as C;
use crate::casework::state::{CaseOutcome, ConsentTrack, Decided, Gateway, Hold, Section36, Stage, State, Transfer};

pub const HOLD_FREE: Guard = guard(
    "hold_free",
    "nothing holds the case, unless police put their own hold over another",
    &[],
    |f| {
        let police_over_other = is_police_ct(&f.actor)
            && f.content.place_hold().is_ok_and(|h| h.kind == Hold::Police)
            && f.state.hold != Hold::Police;
        f.state.hold == Hold::None || police_over_other
    },
    hold_on,
);
pub const HOLD_IS_ACTORS_TO_PLACE: Guard = at(
    "/content/kind",
    guard(
        "police_hold_by_police",
        "only counter-terrorism police place a police hold",
        &[],
        |f| is_police_ct(&f.actor) || f.content.place_hold().is_ok_and(|h| h.kind != Hold::Police),
        nothing,
    ),
);
pub const HELD: Guard = guard("held", "a hold is in force", &[], |f| f.state.hold != Hold::None, hold_on);
pub const HOLD_IS_ACTORS_TO_RELEASE: Guard = guard(
    "police_release_police_hold",
    "only counter-terrorism police release a police hold",
    &[],
    |f| is_police_ct(&f.actor) || f.state.hold != Hold::Police,
    nothing,
);
/// A death ends a case whatever holds it.
pub const HOLD_PERMITS_CLOSING: Guard = guard(
    "hold_permits_closing",
    "nothing holds the case, or the person has died",
    &[],
    |f| f.state.hold == Hold::None || f.content.close().is_ok_and(|c| c.outcome == CaseOutcome::Died),
    hold_on,
);
pub const TRANSFER_FREE: Guard = guard(
    "transfer_free",
    "no transfer is on offer or accepted",
    &[],
    |f| matches!(f.state.transfer, Transfer::None | Transfer::Declined),
    transfer_on,
);
pub const TRANSFER_OFFERED: Guard =
    guard("transfer_offered", "a transfer is on offer", &[], |f| f.state.transfer == Transfer::Offered, transfer_on);
/// What it says comes from it, by the service; whoever keyed an answer of theirs would take the case for them.
pub const ANSWERED_ELSEWHERE: Guard = guard(
    "answered_elsewhere",
    "a panel of this service answers for itself",
    &[],
    |f| f.state.passage.is_none() || f.actor.role.is_none(),
    nothing,
);
/// An offer that nobody stands behind any more is withdrawn first: it could be accepted at this moment.
pub const NOT_ON_ITS_WAY: Guard = guard(
    "not_on_its_way",
    "no panel of this service has the case on offer",
    &[],
    |f| f.state.passage.is_none(),
    nothing,
);
pub const JOINED: Guard =
    guard("joined", "the case was closed by joining", &[], |f| f.state.joined.is_some(), |s| Some(s.stage_on));

/// An outcome says something that the case must bear out.
pub const OUTCOME_FITS: Guard = at(
    "/content/outcome",
    guard(
        "outcome_fits",
        "the case bears the outcome out",
        &[C::PoliceOutcome, C::Panel, C::Consent],
        |f| {
            let state = f.state;
            let Ok(close) = f.content.close() else { return false };
            match close.outcome {
                CaseOutcome::Died | CaseOutcome::LeftUk | CaseOutcome::KeyedInError => true,
                // Before police or panel were asked: afterwards the case is ours, and goes by transfer.
                CaseOutcome::Redirected => {
                    matches!(state.stage, Stage::Referred | Stage::Triage) && state.gateway == Gateway::NotSent
                }
                CaseOutcome::NotSuitable => {
                    state.gateway == Gateway::NotSuitable || state.section36 == Section36::Declined
                }
                CaseOutcome::PoliceLed => state.gateway == Gateway::PoliceLed,
                CaseOutcome::NotAdopted => state.stage == Stage::Panel && decided(state, Decided::NotAdopted),
                CaseOutcome::ConsentRefused => state.stage == Stage::Consent && without_consent(state),
                CaseOutcome::Completed => state.stage == Stage::Exited && decided(state, Decided::NoFurtherAction),
                CaseOutcome::TransferredOut => state.transfer == Transfer::Accepted,
                CaseOutcome::AdviceGiven | CaseOutcome::Signposted | CaseOutcome::NoConcern | CaseOutcome::Joined => {
                    false
                }
            }
        },
        decided_on,
    ),
);

/// To whom it went, and that they have it, stands in the onward referral and its answer.
pub const TAKEN_ELSEWHERE: Guard = at(
    "/content/outcome",
    guard(
        "taken_elsewhere",
        "a contact that is another area's has been taken there",
        &[C::Triage],
        |f| {
            let redirected = f.content.close().is_ok_and(|c| c.outcome == CaseOutcome::Redirected);
            !redirected || f.state.redirected_on.is_some()
        },
        |s| s.redirected_on,
    ),
);

/// That consent was refused is the person's word; that nothing more is tried is the panel's, on what it knew of consent.
fn without_consent(state: &State) -> bool {
    state.consent != ConsentTrack::Given && settled_without_consent(state).is_some()
}
