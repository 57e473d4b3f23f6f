//! From referred to the panel's door: triage, screening, gateway, section 36, assessment.
//! No row here may let deconfliction be forgotten: what was asked of police is answered before a case ends.

use super::{OPEN, To, Transition, Who, Writes};
use crate::casework::category::Category as C;
use crate::casework::content::FormKind as F;
use crate::casework::effects::front_door as effect;
use crate::casework::guards as g;
use crate::casework::state::Stage as S;

const ROW: Transition = Transition {
    name: "",
    says: "",
    from: &[],
    to: To::Same,
    who: &[],
    guards: &[],
    form: F::Grounds,
    deadline: None,
    writes: Writes::Nothing,
    decision: false,
    during_hold: false,
    effect: crate::casework::effects::none,
};

const POLICE_WORDS: Writes = Writes::Special(&[(C::Police, ""), (C::PoliceOutcome, "statement")]);

pub(super) static ROWS: &[Transition] = &[
    Transition {
        name: "begin_triage",
        says: "the referral is taken up, after a search for earlier cases",
        from: &[S::Referred],
        to: To::Stage(S::Triage),
        who: &[Who::Council, Who::Mash],
        form: F::BeginTriage,
        deadline: Some("begin_triage_days"),
        writes: Writes::Record(C::Triage, "triage_begun"),
        ..ROW
    },
    Transition {
        name: "record_triage",
        says: "what triage found is written down",
        from: &[S::Triage],
        who: &[Who::Council, Who::Mash],
        form: F::TriageRecord,
        writes: Writes::Record(C::Triage, "triage"),
        effect: effect::record_triage,
        ..ROW
    },
    Transition {
        name: "finish_screening",
        says: "the safeguarding screening is done",
        from: &[S::Referred, S::Triage, S::Assessment],
        who: &[Who::Mash],
        guards: &[g::SCREENING_OPEN],
        form: F::Screened,
        writes: Writes::Record(C::Triage, "screening"),
        effect: effect::finish_screening,
        ..ROW
    },
    Transition {
        name: "agree_closure",
        says: "a second person agrees that a repeat referral may be closed",
        from: &[S::Referred, S::Triage],
        who: &[Who::Council, Who::Mash],
        form: F::ClosureAgreement,
        writes: Writes::Record(C::Triage, "closure_agreed"),
        effect: effect::agree_closure,
        ..ROW
    },
    Transition {
        name: "advise_and_close",
        says: "the case ends at triage, with advice",
        from: &[S::Triage],
        to: To::Stage(S::Closed),
        who: &[Who::Council],
        guards: &[g::NO_OPEN_DECONFLICTION, g::NO_OPEN_ONWARD, g::SECOND_PERSON],
        form: F::CloseAtTriage,
        deadline: Some("triage_decision_days"),
        writes: Writes::Record(C::Triage, "closed_at_triage"),
        effect: effect::advise_and_close,
        ..ROW
    },
    Transition {
        name: "refer_onward",
        says: "a need is handed to another service, which must acknowledge it",
        from: OPEN,
        who: &[Who::Council, Who::Mash],
        form: F::OnwardReferral,
        writes: Writes::Special(&[(C::Triage, "onward_referral")]),
        during_hold: true,
        effect: effect::refer_onward,
        ..ROW
    },
    Transition {
        name: "acknowledge_onward",
        says: "the other service has answered",
        from: OPEN,
        who: &[Who::Council, Who::Mash],
        guards: &[g::ONWARD_KNOWN],
        form: F::OnwardAnswer,
        writes: Writes::Record(C::Triage, "onward_answer"),
        during_hold: true,
        effect: effect::acknowledge_onward,
        ..ROW
    },
    Transition {
        name: "tell_referrer",
        says: "what the referrer is shown changes, because a person decided so",
        from: &[S::Referred, S::Triage, S::Assessment, S::Panel, S::Consent, S::Intervention, S::Exited, S::Closed],
        who: &[Who::Council],
        form: F::ReferrerNotice,
        writes: Writes::Record(C::Log, "referrer_told"),
        effect: effect::tell_referrer,
        ..ROW
    },
    Transition {
        name: "send_to_gateway",
        says: "police are asked for deconfliction",
        from: &[S::Triage],
        who: &[Who::Council, Who::Mash],
        guards: &[g::GATEWAY_NOT_SENT],
        form: F::GatewayRequest,
        deadline: Some("triage_decision_days"),
        writes: Writes::Record(C::Triage, "gateway_request"),
        effect: effect::send_to_gateway,
        ..ROW
    },
    Transition {
        name: "gateway_clear",
        says: "police find nothing that stands in the way",
        from: OPEN,
        who: &[Who::PoliceCt],
        guards: &[g::GATEWAY_ASKED],
        form: F::GatewayAnswer,
        deadline: Some("gateway_answer_days"),
        writes: POLICE_WORDS,
        effect: effect::gateway_clear,
        ..ROW
    },
    Transition {
        name: "gateway_not_suitable",
        says: "police find that this is not for Channel",
        from: OPEN,
        who: &[Who::PoliceCt],
        guards: &[g::GATEWAY_ASKED],
        form: F::NotSuitable,
        deadline: Some("gateway_answer_days"),
        writes: POLICE_WORDS,
        effect: effect::gateway_not_suitable,
        ..ROW
    },
    Transition {
        name: "gateway_police_led",
        says: "police lead",
        from: OPEN,
        who: &[Who::PoliceCt],
        guards: &[g::GATEWAY_MAY_BE_LED],
        form: F::PoliceLed,
        deadline: Some("gateway_answer_days"),
        writes: POLICE_WORDS,
        during_hold: true,
        effect: effect::gateway_police_led,
        ..ROW
    },
    Transition {
        name: "gateway_recheck",
        says: "police look again, as they may at any time",
        from: OPEN,
        who: &[Who::PoliceCt],
        guards: &[g::GATEWAY_ANSWERED],
        form: F::GatewayRecheck,
        writes: Writes::Special(&[(C::Police, "")]),
        during_hold: true,
        effect: effect::gateway_recheck,
        ..ROW
    },
    Transition {
        name: "begin_assessment",
        says: "the case goes forward: information is gathered",
        from: &[S::Triage],
        to: To::Stage(S::Assessment),
        who: &[Who::Council, Who::PoliceCt],
        guards: &[g::GATEWAY_CLEAR, g::SCREENING_DONE],
        form: F::Grounds,
        writes: Writes::Record(C::Assessment, "assessment_begun"),
        ..ROW
    },
    Transition {
        name: "section36_decide",
        says: "reasonable grounds, in writing, to refer the person to the panel (CTSA 2015 s.36(3))",
        from: &[S::Assessment],
        who: &[Who::PoliceCt, Who::Council],
        guards: &[g::GATEWAY_CLEAR, g::SECTION36_OPEN],
        form: F::Section36Decision,
        deadline: Some("section36_days"),
        writes: Writes::Record(C::Assessment, "section36"),
        effect: effect::section36_decide,
        ..ROW
    },
    Transition {
        name: "section36_decline",
        says: "no reasonable grounds",
        from: &[S::Assessment],
        who: &[Who::PoliceCt, Who::Council],
        guards: &[g::SECTION36_OPEN],
        form: F::Section36Decision,
        deadline: Some("section36_days"),
        writes: Writes::Record(C::Assessment, "section36_declined"),
        effect: effect::section36_decline,
        ..ROW
    },
    Transition {
        name: "record_assessment",
        says: "an assessment, whole or held elsewhere",
        from: &[S::Assessment, S::Panel, S::Consent, S::Intervention, S::Exited],
        who: &[Who::PoliceCt, Who::Council],
        guards: &[g::ASSESSMENT_NEWER],
        form: F::Assessment,
        deadline: Some("assessment_max_age_months"),
        writes: Writes::Special(&[(C::Assessment, "assessment")]),
        effect: effect::record_assessment,
        ..ROW
    },
    Transition {
        name: "countersign_assessment",
        says: "a second reader signs",
        from: &[S::Assessment, S::Panel, S::Consent, S::Intervention, S::Exited],
        who: &[Who::PoliceCt, Who::Council],
        guards: &[g::ASSESSMENT_UNSIGNED, g::OTHER_THAN_AUTHOR],
        form: F::Countersignature,
        writes: Writes::Record(C::Assessment, "countersignature"),
        effect: effect::countersign,
        ..ROW
    },
    Transition {
        name: "list_for_panel",
        says: "the case goes on a panel's agenda",
        from: &[S::Assessment],
        to: To::Stage(S::Panel),
        who: &[Who::Council],
        guards: &[g::GATEWAY_CLEAR, g::SCREENING_DONE, g::SECTION36_DECIDED, g::ASSESSED],
        form: F::PanelListing,
        deadline: Some("first_panel_days"),
        writes: Writes::Record(C::Panel, "listing"),
        effect: effect::list_for_panel,
        ..ROW
    },
];
