//! Needs, commissions and sessions: looking for a provider, asking one, and what came of it.
//! No row here arranges support without consent (s.36(4)(b)): a need may be noted before it, and nobody asked.

use super::{To, Transition, Who, Writes};
use crate::casework::category::Category as C;
use crate::casework::content::FormKind as F;
use crate::casework::effects::commission as effect;
use crate::casework::guards as g;
use crate::casework::state::Stage as S;

const ROW: Transition = Transition {
    name: "",
    says: "",
    from: &[S::Consent, S::Intervention],
    to: To::Same,
    who: &[Who::Council],
    guards: &[],
    form: F::CommissionPaused,
    deadline: None,
    writes: Writes::Nothing,
    decision: false,
    during_hold: false,
    effect: effect::need,
};

pub(super) static ROWS: &[Transition] = &[
    Transition {
        name: "note_need",
        says: "a need is written down that somebody outside is to meet; from then on the person waits",
        from: &[S::Panel, S::Consent, S::Intervention],
        guards: &[g::PLAN_WRITTEN],
        form: F::ProviderNeed,
        writes: Writes::Special(&[(C::Brief, "need")]),
        ..ROW
    },
    Transition {
        name: "request_provider",
        says: "somebody is asked to find a provider",
        guards: &[
            g::GATEWAY_CLEAR,
            g::ADOPTED,
            g::PLAN_WRITTEN,
            g::CONSENT_GIVEN,
            g::CONSENT_FITS_AGE,
            g::NEED_UNASKED,
        ],
        form: F::ProviderRequest,
        writes: Writes::Record(C::Brief, "provider_requested"),
        effect: effect::request,
        ..ROW
    },
    Transition {
        name: "commission",
        says: "a provider is asked, with a written brief; instead of another, perhaps, that declined or was ended",
        guards: &[
            g::GATEWAY_CLEAR,
            g::ADOPTED,
            g::PLAN_WRITTEN,
            g::CONSENT_GIVEN,
            g::CONSENT_FITS_AGE,
            g::NEED_UNANSWERED,
            g::REPLACES_WHAT_ENDED,
        ],
        form: F::CommissionOffer,
        writes: Writes::Special(&[(C::Brief, "commission")]),
        effect: effect::commission,
        ..ROW
    },
    Transition {
        name: "accept_commission",
        says: "the provider takes it, and from then on reads the brief",
        who: &[Who::Provider],
        guards: &[g::COMMISSION_OFFERED, g::CONSENT_GIVEN],
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
        name: "begin_commission",
        says: "the provider says that it has begun; a first session says it too",
        who: &[Who::Provider],
        guards: &[g::COMMISSION_TAKEN, g::SUPPORT_RUNS],
        form: F::CommissionBegun,
        writes: Writes::Record(C::Sessions, "commission_begun"),
        effect: effect::begin,
        ..ROW
    },
    Transition {
        name: "pause_commission",
        says: "the council lets one commission rest, while other support goes on",
        guards: &[g::COMMISSION_GOES_ON],
        writes: Writes::Record(C::Brief, "commission_paused"),
        during_hold: true,
        effect: effect::pause,
        ..ROW
    },
    Transition {
        name: "resume_commission",
        says: "a commission that rested goes on",
        guards: &[g::COMMISSION_RESTS],
        writes: Writes::Record(C::Brief, "commission_resumed"),
        effect: effect::resume,
        ..ROW
    },
    Transition {
        name: "end_commission",
        says: "the council ends a commission, or a need that is no more",
        from: &[S::Panel, S::Consent, S::Intervention, S::Exited],
        guards: &[g::COMMISSION_RUNS, g::SESSIONS_TOLD],
        form: F::CommissionEnded,
        writes: Writes::Record(C::Brief, "commission_ended"),
        during_hold: true,
        effect: effect::end,
        ..ROW
    },
    Transition {
        name: "log_session",
        says: "a session is planned or accounted for; the first that is held is the start",
        who: &[Who::Provider],
        guards: &[g::COMMISSION_OWN, g::SUPPORT_RUNS, g::SESSION_PLANNED],
        form: F::SessionLog,
        writes: Writes::Record(C::Sessions, "session"),
        effect: effect::log_session,
        ..ROW
    },
];
