//! The verbs that policies speak of: one a verb and, for content, one a category. The schema declares the same
//! (loading fails where it does not). It must never decide anything.

use crate::casework::category::Category;

macro_rules! verbs {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $name:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$variant_doc])* $name,)* }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$name,)*];
            pub fn name(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }
    };
}

verbs! {
    /// What is done to a case.
    CaseVerb {
        /// To find it in a list.
        ListCase = "list_case",
        OpenCase = "open_case",
        ReadHistory = "read_history",
        /// To be told who opened it.
        ReadAccesses = "read_accesses",
        /// Hold and gateway by kind; whoever may not sees `paused`.
        ReadTracks = "read_tracks",
        Transition = "transition",
        /// Adopt, remain, exit, approve minutes: what stands on a meeting.
        Decide = "decide",
        Assign = "assign",
        RequestInformation = "request_information",
        ReplyInformation = "reply_information",
        ManageAction = "manage_action",
        JoinCase = "join_case",
        RecuseSelf = "recuse_self",
        RecordRecusal = "record_recusal",
        ListItem = "list_item",
        /// To write minutes, and what is added to them.
        WriteMinutes = "write_minutes",
        RestrictCase = "restrict_case",
        LinkCase = "link_case",
        Correct = "correct",
        Commission = "commission",
        /// The provider's yes or no to a commission, before which it sees nothing of the case.
        AnswerCommission = "answer_commission",
        /// To read for some hours what is not one's own: somebody's life may hang on it.
        BreakGlass = "break_glass",
        /// To be told that a glass was broken here.
        HearOfBrokenGlass = "hear_of_broken_glass",
        /// To place a legal hold, and to release it.
        HoldLegally = "hold_legally",
        /// To keep a closed case for longer.
        ReviewRetention = "review_retention",
        ReadRecipients = "read_recipients",
        ProposeErasure = "propose_erasure",
        ConfirmErasure = "confirm_erasure",
        /// To take it back, or to give it back to those who decide.
        WithdrawErasure = "withdraw_erasure",
        /// To destroy a case's keys.
        EraseCase = "erase_case",
        /// To bring to the chair what is overdue. The timekeeper's only right.
        EscalateCase = "escalate_case",
        /// To note that a parent's consent is about to end, and that it has. The service's own.
        TendConsent = "tend_consent",
        /// To tell people that something is due. The notifier's only right.
        TellOfDue = "tell_of_due",
        /// To write down what another panel of this service answered to a transfer. The courier's own.
        HearAnswer = "hear_answer",
    }
}

verbs! {
    /// What is done in a panel, to no one case.
    PanelVerb {
        SubmitReferral = "submit_referral",
        KeyConsultation = "key_consultation",
        ListConsultations = "list_consultations",
        ListCases = "list_cases",
        SearchSubjects = "search_subjects",
        ReadLedger = "read_ledger",
        /// All of it at once, to take away.
        ExportLedger = "export_ledger",
        /// A case from another panel or from older records.
        TakeOverCase = "take_over_case",
        ReadAgencies = "read_agencies",
        ReadCodes = "read_codes",
        /// The sequencer's only right.
        SequenceLedger = "sequence_ledger",
        RegisterAgency = "register_agency",
        RegisterPerson = "register_person",
        /// Which of them one is shown, `read_membership` decides; so with agreements.
        ListMembers = "list_members",
        ListAgreements = "list_agreements",
        /// Asked before a case is looked at, so that the answer to who may break no glass says nothing of the case.
        ReachForGlass = "reach_for_glass",
        /// Signals that a glass was broken.
        ReadBrokenGlass = "read_broken_glass",
        /// Signals of every kind.
        ReadSignals = "read_signals",
        /// Planned, held, closed: that there are meetings, and one's own agenda.
        ReadMeetings = "read_meetings",
        /// To plan, open, record who came, order and close.
        HoldMeetings = "hold_meetings",
        ReadAttendance = "read_attendance",
        /// Who of one's own agency read what.
        ReadDigest = "read_digest",
        /// Cases that other panels of this service offer to one's own. Which of them one is shown, `read_transfer` decides.
        ListTransfers = "list_transfers",
    }
}

verbs! {
    /// What is done to a referral as sent.
    ReferralVerb {
        ReadReferral = "read_referral",
        ReadFeedback = "read_feedback",
        GiveFeedback = "give_feedback",
    }
}

verbs! {
    /// What is done to a case on its way from another panel.
    TransferVerb {
        ReadTransfer = "read_transfer",
        /// To take it, or not to.
        AnswerTransfer = "answer_transfer",
        /// To lay it down, to take it back, to bring its answer home. The courier's own.
        CarryTransfer = "carry_transfer",
    }
}

verbs! {
    /// What is done to a membership: it grants nothing before it is confirmed.
    AppointmentVerb {
        ReadMembership = "read_membership",
        ProposeMembership = "propose_membership",
        ConfirmMembership = "confirm_membership",
        EndMembership = "end_membership",
        /// Of the person who holds it, in every panel.
        SuspendPerson = "suspend_person",
    }
}

verbs! {
    /// What is done to a sharing agreement.
    AgreementVerb {
        ReadAgreement = "read_agreement",
        ProposeAgreement = "propose_agreement",
        ConfirmAgreement = "confirm_agreement",
        EndAgreement = "end_agreement",
    }
}

/// Any action, as Cedar knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Read(Category),
    Write(Category),
    Case(CaseVerb),
    Panel(PanelVerb),
    Referral(ReferralVerb),
    Transfer(TransferVerb),
    Appointment(AppointmentVerb),
    Agreement(AgreementVerb),
}

impl Action {
    /// Every action there is.
    pub fn all() -> impl Iterator<Item = Action> {
        let read = Category::ALL.iter().copied().map(Action::Read);
        let write = Category::ALL.iter().copied().map(Action::Write);
        let case = CaseVerb::ALL.iter().copied().map(Action::Case);
        let panel = PanelVerb::ALL.iter().copied().map(Action::Panel);
        let referral = ReferralVerb::ALL.iter().copied().map(Action::Referral);
        let transfer = TransferVerb::ALL.iter().copied().map(Action::Transfer);
        let appointment = AppointmentVerb::ALL.iter().copied().map(Action::Appointment);
        let agreement = AgreementVerb::ALL.iter().copied().map(Action::Agreement);
        let of_cases = read.chain(write).chain(case);
        of_cases.chain(panel).chain(referral).chain(transfer).chain(appointment).chain(agreement)
    }

    pub fn name(self) -> String {
        match self {
            Action::Read(category) => format!("read_{}", category.name()),
            Action::Write(category) => format!("write_{}", category.name()),
            Action::Case(verb) => verb.name().to_owned(),
            Action::Panel(verb) => verb.name().to_owned(),
            Action::Referral(verb) => verb.name().to_owned(),
            Action::Transfer(verb) => verb.name().to_owned(),
            Action::Appointment(verb) => verb.name().to_owned(),
            Action::Agreement(verb) => verb.name().to_owned(),
        }
    }
}
