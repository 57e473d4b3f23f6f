//! Support: plan, start, and the looks back after exit.
//! No row here begins support without consent: s.36(4)(b) puts consent before any of it.

use super::{To, Transition, Who, Writes};
use crate::casework::category::Category as C;
use crate::casework::content::FormKind as F;
use crate::casework::effects::support as effect;
use crate::casework::guards as g;
use crate::casework::state::Stage as S;

const ROW: Transition = Transition {
    name: "",
    says: "",
    from: &[S::Consent, S::Intervention],
    to: To::Same,
    who: &[Who::Council],
    guards: &[],
    form: F::PlanContent,
    deadline: None,
    writes: Writes::Nothing,
    decision: false,
    during_hold: false,
    effect: effect::write_plan,
};

pub(super) static ROWS: &[Transition] = &[
    Transition {
        name: "write_plan",
        says: "the support plan is written, or written anew (s.36(5))",
        from: &[S::Assessment, S::Panel, S::Consent, S::Intervention],
        writes: Writes::Single(C::Plan),
        ..ROW
    },
    Transition {
        name: "start_intervention",
        says: "support begins",
        from: &[S::Consent],
        to: To::Stage(S::Intervention),
        who: &[Who::Council, Who::PoliceCt],
        guards: &[g::GATEWAY_CLEAR, g::ADOPTED, g::PLAN_WRITTEN, g::CONSENT_GIVEN, g::CONSENT_FITS_AGE],
        form: F::StartOfSupport,
        writes: Writes::Record(C::Log, "support_started"),
        effect: effect::start,
        ..ROW
    },
    Transition {
        name: "post_exit_review",
        says: "the look back, some months after exit",
        from: &[S::Exited],
        guards: &[g::REVIEW_IS_NEXT],
        form: F::PostExitReview,
        deadline: Some("post_exit_review_months"),
        writes: Writes::Record(C::Panel, "post_exit_review"),
        effect: effect::post_exit_review,
        ..ROW
    },
];
