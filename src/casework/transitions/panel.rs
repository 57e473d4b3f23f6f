//! The panel's decisions. Each is the chair's, on a quorate meeting for this person; only stopping waits for none.
//! No row here may adopt without a plan, nor exit on an old assessment.

use super::{To, Transition, Who, Writes};
use crate::casework::category::Category as C;
use crate::casework::content::FormKind as F;
use crate::casework::effects::panel as effect;
use crate::casework::guards as g;
use crate::casework::state::Stage as S;

/// The guards of a decision that a meeting takes, before those of its own.
macro_rules! sitting {
    ($($own:ident),*) => {
        &[g::MEETING_SITS, g::DECIDED_AT_MEETING, g::PRESIDES, g::QUORATE, g::DECIDED_ONCE, $(g::$own),*]
    };
}

const ROW: Transition = Transition {
    name: "",
    says: "",
    from: &[],
    to: To::Same,
    who: &[Who::Chair],
    guards: &[],
    form: F::Decision,
    deadline: None,
    writes: Writes::Record(C::Panel, "decision"),
    decision: true,
    during_hold: false,
    effect: effect::adopt,
};

pub(super) static ROWS: &[Transition] = &[
    Transition {
        name: "adopt",
        says: "the panel takes the person on, with a plan",
        from: &[S::Panel],
        to: To::Stage(S::Consent),
        guards: sitting![
            RISK_OWNED,
            REVIEW_SET,
            GATEWAY_CLEAR,
            SECTION36_DECIDED,
            ASSESSED_BEFORE,
            PLAN_WRITTEN,
            DECISIONS_IN_ORDER
        ],
        deadline: Some("first_panel_days"),
        ..ROW
    },
    Transition {
        name: "not_adopt",
        says: "the panel does not take the person on, and considers care instead",
        from: &[S::Panel],
        guards: sitting![CARE_CONSIDERED, DECISIONS_IN_ORDER],
        deadline: Some("first_panel_days"),
        effect: effect::not_adopt,
        ..ROW
    },
    Transition {
        name: "defer",
        says: "the panel wants to know more first",
        from: &[S::Panel],
        guards: sitting![RISK_OWNED, REVIEW_SET, DECISIONS_IN_ORDER],
        deadline: Some("first_panel_days"),
        effect: effect::defer,
        ..ROW
    },
    Transition {
        name: "remain",
        says: "the person stays in the programme; support that was paused goes on",
        from: &[S::Consent, S::Intervention],
        guards: sitting![RISK_OWNED, REVIEW_SET, GATEWAY_CLEAR, ADOPTED, ASSESSED_BEFORE, DECISIONS_IN_ORDER],
        effect: effect::remain,
        ..ROW
    },
    Transition {
        name: "revise_plan",
        says: "the panel revises the support plan",
        from: &[S::Consent, S::Intervention],
        guards: sitting![RISK_OWNED, REVIEW_SET, PLAN_WRITTEN, DECISIONS_IN_ORDER],
        effect: effect::revise_plan,
        ..ROW
    },
    Transition {
        name: "pause_support",
        says: "support stops for now, without waiting for a meeting",
        from: &[S::Intervention],
        guards: &[g::DECISIONS_IN_ORDER],
        form: F::StopSupport,
        during_hold: true,
        effect: effect::pause_support,
        ..ROW
    },
    Transition {
        name: "withdraw_support",
        says: "support ends, without waiting for a meeting; the panel decides afresh",
        from: &[S::Consent, S::Intervention],
        to: To::Stage(S::Panel),
        guards: &[g::DECISIONS_IN_ORDER],
        form: F::StopSupport,
        during_hold: true,
        effect: effect::withdraw_support,
        ..ROW
    },
    Transition {
        name: "try_consent_again",
        says: "consent was not given: the panel has it tried once more, and attempts and days count anew",
        from: &[S::Consent],
        guards: sitting![RISK_OWNED, REVIEW_SET, CONSENT_UNRESOLVED, DECISIONS_IN_ORDER],
        effect: effect::try_consent_again,
        ..ROW
    },
    Transition {
        name: "manage_elsewhere",
        says: "consent was not given: another agency manages the concern, and is to say that it does",
        from: &[S::Consent],
        guards: sitting![LEAD_NAMED, RISK_OWNED, CONSENT_UNRESOLVED, DECISIONS_IN_ORDER],
        writes: Writes::Special(&[(C::Panel, "decision")]),
        effect: effect::manage_elsewhere,
        ..ROW
    },
    Transition {
        name: "conclude_without_consent",
        says: "consent was not given: the panel leaves it at that, and considers care; the case may close",
        from: &[S::Consent],
        guards: sitting![CARE_CONSIDERED, CONSENT_UNRESOLVED, DECISIONS_IN_ORDER],
        effect: effect::conclude_without_consent,
        ..ROW
    },
    Transition {
        name: "exit",
        says: "the panel decides at review that the person leaves the programme",
        from: &[S::Intervention],
        to: To::Stage(S::Exited),
        guards: sitting![EXIT_REASON, ASSESSED_BEFORE, ASSESSMENT_CURRENT, SESSIONS_RECONCILED, DECISIONS_IN_ORDER],
        effect: effect::exit,
        ..ROW
    },
    Transition {
        name: "post_exit_no_further_action",
        says: "after the last post-exit review, nothing more is needed",
        from: &[S::Exited],
        guards: sitting![REVIEWS_DONE, DECISIONS_IN_ORDER],
        effect: effect::no_further_action,
        ..ROW
    },
    Transition {
        name: "reopen",
        says: "a new concern: police look again, and section 36 is decided again",
        from: &[S::Exited, S::Closed],
        to: To::Stage(S::Assessment),
        guards: sitting![RISK_OWNED, DECISIONS_IN_ORDER],
        effect: effect::reopen,
        ..ROW
    },
    Transition {
        name: "return_to_police",
        says: "the panel asks police to look again",
        from: &[S::Panel, S::Consent, S::Intervention],
        guards: sitting![RISK_OWNED, GATEWAY_ANSWERED, DECISIONS_IN_ORDER],
        effect: effect::return_to_police,
        ..ROW
    },
];
