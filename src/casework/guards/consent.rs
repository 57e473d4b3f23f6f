//! Guards of consent.
//! None may take one person's consent for another's.

use super::{Guard, always, at, consent_on, guard, nothing};
use crate::casework::calendar::MAJORITY;
use crate::casework::category::Category as C;
use crate::casework::state::ConsentTrack;

pub const CONSENT_IN_ORDER: Guard =
    guard("consent_in_order", "it is not before what was last said of consent", &[C::Consent], always, consent_on);
pub const CONSENT_NOT_GIVEN: Guard = guard(
    "consent_not_given",
    "consent does not stand already",
    &[C::Consent],
    |f| f.state.consent != ConsentTrack::Given,
    consent_on,
);
pub const CONSENT_GIVEN: Guard =
    guard("consent_given", "consent is given", &[C::Consent], |f| f.state.consent == ConsentTrack::Given, consent_on);
/// A parent's consent does not survive the eighteenth birthday, nor does it ever serve for an adult (DOMAIN §6.1).
pub const CONSENT_FITS_AGE: Guard = guard(
    "consent_fits_age",
    "whoever gave consent can give it for a person of this age",
    &[C::Identity, C::Consent],
    |f| f.age.is_some_and(|age| f.state.consent_giver.is_some_and(|giver| giver.fits(age))),
    nothing,
);
pub const GIVER_FITS_AGE: Guard = at(
    "/content/givenBy",
    guard(
        "giver_fits_age",
        "this capacity can consent for a person of this age",
        &[C::Identity],
        |f| f.age.is_some_and(|age| f.content.consent_given().is_ok_and(|c| c.given_by.fits(age))),
        nothing,
    ),
);
pub const ATTEMPTED: Guard =
    guard("attempted", "somebody has tried to ask", &[C::Consent], |f| f.state.consent_attempts > 0, consent_on);
pub const CONTACT_ALLOWED: Guard = guard(
    "contact_allowed",
    "police have not asked that nobody approach the person",
    &[C::PoliceOutcome],
    |f| !f.state.contact_blocked,
    nothing,
);
pub const ADULT_NOW: Guard =
    guard("adult_now", "the person is 18 or over", &[C::Identity], |f| f.age.is_some_and(|a| a >= MAJORITY), nothing);
pub const CONSENT_PARENTAL: Guard = guard(
    "consent_parental",
    "the consent was given for a child",
    &[C::Consent],
    |f| f.state.consent_giver.is_some_and(crate::casework::state::Giver::is_parental),
    consent_on,
);

pub const COMING_OF_AGE: Guard = guard(
    "coming_of_age",
    "the person is about to be 18 and has not been asked for themselves yet",
    &[C::Identity, C::Consent],
    |f| f.state.ask_anew_by.is_some() && f.state.asked_anew_on.is_none(),
    consent_on,
);
