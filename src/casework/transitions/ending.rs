//! Holds, transfer, joining, closing and putting right.
//! No row here may leave a need or a question to police open behind a closed case.

use super::{OPEN, To, Transition, Who, Writes};
use crate::casework::category::Category as C;
use crate::casework::content::FormKind as F;
use crate::casework::effects::ending as effect;
use crate::casework::guards as g;
use crate::casework::state::Stage as S;

const ROW: Transition = Transition {
    name: "",
    says: "",
    from: OPEN,
    to: To::Same,
    who: &[Who::Council],
    guards: &[],
    form: F::Grounds,
    deadline: None,
    writes: Writes::Nothing,
    decision: false,
    during_hold: false,
    effect: effect::place_hold,
};

const NOT_ERASED: &[S] =
    &[S::Referred, S::Triage, S::Assessment, S::Panel, S::Consent, S::Intervention, S::Exited, S::Closed];

pub(super) static ROWS: &[Transition] = &[
    Transition {
        name: "place_hold",
        says: "the case waits, and its clock with it",
        who: &[Who::Council, Who::PoliceCt],
        guards: &[g::HOLD_IS_ACTORS_TO_PLACE, g::HOLD_FREE],
        form: F::PlaceHold,
        during_hold: true,
        ..ROW
    },
    Transition {
        name: "release_hold",
        says: "the case goes on",
        who: &[Who::Council, Who::PoliceCt],
        guards: &[g::HELD, g::HOLD_IS_ACTORS_TO_RELEASE],
        during_hold: true,
        effect: effect::release_hold,
        ..ROW
    },
    Transition {
        name: "block_contact",
        says: "police ask that nobody approach the person",
        who: &[Who::PoliceCt],
        form: F::ContactInstruction,
        writes: Writes::Special(&[(C::Police, "")]),
        during_hold: true,
        effect: effect::block_contact,
        ..ROW
    },
    Transition {
        name: "allow_contact",
        says: "the person may be approached again",
        who: &[Who::PoliceCt],
        form: F::ContactInstruction,
        writes: Writes::Special(&[(C::Police, "")]),
        during_hold: true,
        effect: effect::allow_contact,
        ..ROW
    },
    Transition {
        name: "offer_transfer",
        says: "the panel where the person now lives is asked to take the case",
        from: &[S::Assessment, S::Panel, S::Consent, S::Intervention, S::Exited],
        who: &[Who::Chair],
        guards: &[g::TRANSFER_FREE],
        form: F::TransferOffer,
        writes: Writes::Special(&[(C::Panel, "transfer_offered")]),
        effect: effect::offer_transfer,
        ..ROW
    },
    Transition {
        name: "accept_transfer",
        says: "the receiving chair takes it, and the risk with it",
        who: &[Who::Chair, Who::Service],
        guards: &[g::TRANSFER_OFFERED, g::ANSWERED_ELSEWHERE],
        form: F::TransferAnswer,
        writes: Writes::Record(C::Panel, "transfer_accepted"),
        // Theirs to say, whatever holds the case here.
        during_hold: true,
        effect: effect::accept_transfer,
        ..ROW
    },
    Transition {
        name: "decline_transfer",
        says: "the receiving chair does not take it",
        who: &[Who::Chair, Who::Service],
        guards: &[g::TRANSFER_OFFERED, g::ANSWERED_ELSEWHERE],
        form: F::TransferAnswer,
        writes: Writes::Record(C::Panel, "transfer_declined"),
        // Theirs to say, whatever holds the case here.
        during_hold: true,
        effect: effect::decline_transfer,
        ..ROW
    },
    Transition {
        name: "withdraw_transfer",
        says: "the offer stands no more",
        who: &[Who::Chair],
        guards: &[g::TRANSFER_OFFERED],
        writes: Writes::Record(C::Panel, "transfer_withdrawn"),
        during_hold: true,
        effect: effect::withdraw_transfer,
        ..ROW
    },
    Transition {
        name: "close",
        says: "the case ends, with one outcome that it bears out",
        to: To::Stage(S::Closed),
        guards: &[
            g::OUTCOME_FITS,
            g::TAKEN_ELSEWHERE,
            g::HOLD_PERMITS_CLOSING,
            g::NO_OPEN_DECONFLICTION,
            g::NO_OPEN_ONWARD,
            g::SECOND_PERSON,
            g::NOT_ON_ITS_WAY,
        ],
        form: F::Close,
        deadline: Some("close_days"),
        writes: Writes::Record(C::Log, "closed"),
        during_hold: true,
        effect: effect::close,
        ..ROW
    },
    Transition {
        name: "join",
        says: "the same person's other case takes this one's place",
        to: To::Stage(S::Closed),
        guards: &[g::NO_OPEN_DECONFLICTION, g::NO_OPEN_ONWARD, g::NOT_ON_ITS_WAY],
        form: F::Join,
        writes: Writes::Record(C::Log, "joined"),
        effect: effect::join,
        ..ROW
    },
    Transition {
        name: "unjoin",
        says: "it was somebody else after all: the case stands where it stood",
        from: &[S::Closed],
        to: To::Restored,
        guards: &[g::JOINED],
        writes: Writes::Record(C::Log, "unjoined"),
        effect: effect::unjoin,
        ..ROW
    },
    Transition {
        name: "correct",
        says: "the last event is taken back, or put right in words, by somebody whose it was to say",
        from: NOT_ERASED,
        to: To::Restored,
        who: &[Who::Council, Who::Mash, Who::PoliceCt, Who::Chair, Who::Provider],
        form: F::Correction,
        writes: Writes::Special(&[
            (C::Log, "correction"),
            (C::Triage, "correction"),
            (C::Panel, "correction"),
            (C::Sessions, "correction"),
        ]),
        during_hold: true,
        effect: effect::correct,
        ..ROW
    },
];
