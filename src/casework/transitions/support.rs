//! Support: plan, start, commissions, sessions, and the looks back after exit.
//! No row here arranges support without consent: s.36(4)(b) puts consent before any of it.

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
        name: "commission",
        says: "a provider is asked, with a written brief",
        guards: &[g::GATEWAY_CLEAR, g::ADOPTED, g::PLAN_WRITTEN, g::CONSENT_GIVEN, g::CONSENT_FITS_AGE],
        form: F::CommissionOffer,
        writes: Writes::Special(&[(C::Brief, "commission")]),
        effect: effect::commission,
        ..ROW
    },
    Transition {
        name: "accept_commission",
        says: "the provider takes it, and from then on reads the brief",
        who: &[Who::Provider],
        guards: &[g::COMMISSION_OFFERED],
        form: F::CommissionAccepted,
        writes: Writes::Record(C::Sessions, "commission_accepted"),
        effect: effect::accept,
        ..ROW
    },
    Transition {
        name: "decline_commission",
        says: "the provider declines it",
        who: &[Who::Provider],
        guards: &[g::COMMISSION_OFFERED],
        form: F::CommissionDeclined,
        writes: Writes::Record(C::Sessions, "commission_declined"),
        during_hold: true,
        effect: effect::decline,
        ..ROW
    },
    Transition {
        name: "end_commission",
        says: "the council ends a commission",
        from: &[S::Panel, S::Consent, S::Intervention, S::Exited],
        guards: &[g::COMMISSION_RUNS],
        form: F::CommissionDeclined,
        writes: Writes::Record(C::Brief, "commission_ended"),
        during_hold: true,
        effect: effect::end,
        ..ROW
    },
    Transition {
        name: "log_session",
        says: "a session is planned or accounted for",
        who: &[Who::Provider],
        guards: &[g::COMMISSION_OWN, g::SUPPORT_RUNS, g::SESSION_PLANNED],
        form: F::SessionLog,
        writes: Writes::Record(C::Sessions, "session"),
        effect: effect::log_session,
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
