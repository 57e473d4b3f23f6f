//! Consent to support: asked, given, refused, withdrawn, lapsed.
//! Saying no is never held up: refusal and withdrawal have no guard but their order and pass through any hold.

use super::{To, Transition, Who, Writes};
use crate::casework::category::Category as C;
use crate::casework::content::FormKind as F;
use crate::casework::effects::consent as effect;
use crate::casework::guards as g;
use crate::casework::state::Stage as S;

const ROW: Transition = Transition {
    name: "",
    says: "",
    from: &[S::Consent],
    to: To::Same,
    who: &[Who::Council, Who::PoliceCt],
    guards: &[],
    form: F::ConsentAttempt,
    deadline: None,
    writes: Writes::Nothing,
    decision: false,
    during_hold: false,
    effect: effect::ask,
};

pub(super) static ROWS: &[Transition] = &[
    Transition {
        name: "ask_consent",
        says: "somebody tries to ask for consent",
        guards: &[g::ADOPTED, g::PLAN_WRITTEN, g::CONTACT_ALLOWED, g::CONSENT_NOT_GIVEN],
        deadline: Some("consent_chase_months"),
        writes: Writes::Record(C::Consent, "attempt"),
        ..ROW
    },
    Transition {
        name: "give_consent",
        says: "consent is given, by someone who can give it",
        guards: &[g::ADOPTED, g::PLAN_WRITTEN, g::CONSENT_NOT_GIVEN, g::GIVER_FITS_AGE],
        form: F::ConsentGiven,
        deadline: Some("consent_chase_months"),
        writes: Writes::Record(C::Consent, "given"),
        effect: effect::give,
        ..ROW
    },
    Transition {
        name: "refuse_consent",
        says: "consent is refused",
        guards: &[g::CONSENT_NOT_GIVEN],
        form: F::ConsentRefused,
        writes: Writes::Record(C::Consent, "refused"),
        during_hold: true,
        effect: effect::refuse,
        ..ROW
    },
    Transition {
        name: "withdraw_consent",
        says: "consent is withdrawn; support stops",
        from: &[S::Consent, S::Intervention],
        to: To::ConsentIfSupported,
        guards: &[g::CONSENT_GIVEN],
        form: F::ConsentRefused,
        writes: Writes::Record(C::Consent, "withdrawn"),
        during_hold: true,
        effect: effect::withdraw,
        ..ROW
    },
    Transition {
        name: "consent_not_reachable",
        says: "nobody could be reached to ask",
        guards: &[g::ATTEMPTED, g::CONSENT_NOT_GIVEN],
        form: F::NotReachable,
        writes: Writes::Record(C::Consent, "not_reachable"),
        effect: effect::not_reachable,
        ..ROW
    },
    Transition {
        name: "ask_consent_anew",
        says: "somebody who is about to be 18 is asked for their own consent; the parent's stands until the birthday",
        from: &[S::Consent, S::Intervention],
        guards: &[g::CONSENT_GIVEN, g::CONSENT_PARENTAL, g::COMING_OF_AGE, g::CONTACT_ALLOWED],
        deadline: Some("coming_of_age_days"),
        writes: Writes::Record(C::Consent, "attempt"),
        effect: effect::ask_anew,
        ..ROW
    },
    Transition {
        name: "consent_lapsed_at_18",
        says: "the person is 18, and a parent's consent has ended",
        from: &[S::Consent, S::Intervention],
        to: To::ConsentIfSupported,
        who: &[Who::Council, Who::PoliceCt, Who::Service],
        guards: &[g::CONSENT_GIVEN, g::CONSENT_PARENTAL, g::ADULT_NOW],
        form: F::ConsentLapsed,
        writes: Writes::Record(C::Consent, "lapsed_at_18"),
        during_hold: true,
        effect: effect::lapse,
        ..ROW
    },
];
