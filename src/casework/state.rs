//! Where a case stands: one stage and, beside it, tracks that move on their own (DESIGN §3).
//! No personal data may enter here: this is stored in clear, authenticated, and read by every guard.

pub use super::commission::{CommissionFact, CommissionStatus, NeedFact, NeedStatus, SessionCount};
pub use super::opening::{Opening, OpeningEvidence};
pub use super::transfer::{Passage, TransferStage};
pub use super::view::{StateView, view_of};

use super::calendar::Period;
use super::ids::{AgencyId, CaseId, MeetingId, PersonId, RecordId};
use crate::clock::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $type:ident { $($name:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $(#[serde(rename = $text)] $name,)* }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$name,)*];
            pub fn name(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }
    )*};
}
pub(in crate::casework) use codes;

codes! {
    Stage {
        Referred = "referred",
        Triage = "triage",
        Assessment = "assessment",
        Panel = "panel",
        Consent = "consent",
        Intervention = "intervention",
        Exited = "exited",
        Closed = "closed",
        Erased = "erased",
    }
    Screening { Open = "open", Done = "done", }
    Gateway {
        NotSent = "not_sent",
        Sent = "sent",
        Clear = "clear",
        NotSuitable = "not_suitable",
        PoliceLed = "police_led",
        Recheck = "recheck",
    }
    Section36 { None = "none", DecidedByPolice = "decided_by_police", DecidedByCouncil = "decided_by_council", Declined = "declined", }
    ConsentTrack {
        NotSought = "not_sought",
        Asked = "asked",
        Given = "given",
        Refused = "refused",
        Withdrawn = "withdrawn",
        NotReachable = "not_reachable",
        LapsedAt18 = "lapsed_at_18",
    }
    Hold {
        None = "none",
        Police = "police",
        Custody = "custody",
        Hospital = "hospital",
        MissingOrAbroad = "missing_or_abroad",
        NoProvider = "no_provider",
        Other = "other",
    }
    Transfer { None = "none", Offered = "offered", Accepted = "accepted", Declined = "declined", }
    /// The one outcome of a closed case.
    CaseOutcome {
        AdviceGiven = "advice_given",
        Signposted = "signposted",
        NoConcern = "no_concern",
        NotSuitable = "not_suitable",
        NotAdopted = "not_adopted",
        ConsentRefused = "consent_refused",
        PoliceLed = "police_led",
        Completed = "completed",
        Died = "died",
        LeftUk = "left_uk",
        Redirected = "redirected",
        TransferredOut = "transferred_out",
        Joined = "joined",
        KeyedInError = "keyed_in_error",
    }
    Origin { Referral = "referral", TransferIn = "transfer_in", Legacy = "legacy", }
    /// Who takes a contact in first. Police-first starts with the gateway sent (DOMAIN §2).
    FrontDoor { Council = "council", Mash = "mash", PoliceFirst = "police_first", }
    /// The panel's last decision (DOMAIN §5).
    Decided {
        Adopted = "adopted",
        NotAdopted = "not_adopted",
        Deferred = "deferred",
        Remains = "remains",
        PlanRevised = "plan_revised",
        SupportPaused = "support_paused",
        SupportWithdrawn = "support_withdrawn",
        Exited = "exited",
        NoFurtherAction = "no_further_action",
        Reopened = "reopened",
        ReturnedToPolice = "returned_to_police",
        ConsentTriedAgain = "consent_tried_again",
        ManagedElsewhere = "managed_elsewhere",
        ConcludedWithoutConsent = "concluded_without_consent",
    }
    /// In which capacity consent to support was given (DOMAIN §6.1).
    Giver {
        Person = "self",
        Parent = "parent",
        Guardian = "guardian",
        AuthorityWithParentalResponsibility = "authority_with_parental_responsibility",
        Attorney = "attorney",
        Deputy = "deputy",
    }
    /// What the referrer has been told; changed by a person's act, never by the case moving.
    Progress { Received = "received", Progressed = "progressed", Closed = "closed", }
}

impl Stage {
    /// Closed and erased are the two in which nothing is done to a person any more.
    pub fn is_open(self) -> bool {
        !matches!(self, Stage::Closed | Stage::Erased)
    }
}

impl Giver {
    /// Speaks for somebody under 18 (CTSA 2015 s.36(4)(b), Explanatory Notes para 206).
    pub fn is_parental(self) -> bool {
        matches!(self, Giver::Parent | Giver::Guardian | Giver::AuthorityWithParentalResponsibility)
    }

    /// Whether this capacity can consent for somebody of this age. A parent's word ends where majority begins.
    pub fn fits(self, age: u8) -> bool {
        (age < super::calendar::MAJORITY) == self.is_parental()
    }
}

/// One decision of the panel, as a fact for guards; its words are sealed in the `panel` category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DecisionFact {
    pub kind: Decided,
    pub on: NaiveDate,
    /// On which it stands; none for what waits for no meeting, and for what was decided before this service.
    pub meeting: Option<MeetingId>,
}

/// An onward referral that nobody has acknowledged yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OnwardFact {
    pub record: RecordId,
    pub made_on: NaiveDate,
    pub due: NaiveDate,
    /// The whole contact is handed over, because it is another area's.
    pub redirects: bool,
}

/// Where a joined case stood, so that the joining can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    pub to: CaseId,
    pub stage: Stage,
    pub stage_on: NaiveDate,
    #[serde(default)]
    pub stage_at: Option<Moment>,
}

/// Stage, tracks, dates and counters. Every date is the day the thing happened, not the day it was keyed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub stage: Stage,
    pub screening: Screening,
    pub gateway: Gateway,
    pub section36: Section36,
    pub consent: ConsentTrack,
    pub hold: Hold,
    pub transfer: Transfer,
    pub outcome: Option<CaseOutcome>,
    pub origin: Origin,
    pub front_door: FrontDoor,
    /// The person was referred before: closing at triage then takes two people (DOMAIN §2).
    pub repeat: bool,
    /// When the concern reached the service, which no later event may precede.
    pub received_on: NaiveDate,
    /// When the present stage was entered.
    pub stage_on: NaiveDate,
    /// When that was recorded: a closure keyed late is news to the meeting after, whatever day it is of.
    #[serde(default)]
    pub stage_at: Option<Moment>,
    pub screened_on: Option<NaiveDate>,
    pub triaged_on: Option<NaiveDate>,
    /// When the gateway took its present value; likewise the tracks below.
    pub gateway_on: Option<NaiveDate>,
    pub section36_on: Option<NaiveDate>,
    /// The newest assessment: its date, its author (none if held elsewhere) and its countersigning.
    pub assessed_on: Option<NaiveDate>,
    pub assessed_by: Option<PersonId>,
    /// When it was recorded: one that was written after the meeting began is not what the meeting had before it.
    pub assessed_at: Option<Moment>,
    pub countersigned_on: Option<NaiveDate>,
    /// The newest support plan under s.36(5).
    pub plan_on: Option<NaiveDate>,
    pub decision: Option<DecisionFact>,
    /// The adopting decision that stands; none once support is withdrawn or the case is taken up afresh.
    pub adopted_on: Option<NaiveDate>,
    pub next_review_on: Option<NaiveDate>,
    pub risk_owner: Option<AgencyId>,
    pub consent_on: Option<NaiveDate>,
    pub consent_giver: Option<Giver>,
    pub consent_attempts: u16,
    /// When the panel said that it be tried once more: attempts and days are counted anew from there.
    pub tried_again_on: Option<NaiveDate>,
    /// The decision by which somebody else is to manage the concern, until they have said that they do.
    pub led_elsewhere: Option<RecordId>,
    /// By when a person about to be 18 is to be asked for themselves. The end of a month, from which no birthday can be read
    /// (`casework::majority`); set by the service.
    pub ask_anew_by: Option<NaiveDate>,
    /// When they were.
    pub asked_anew_on: Option<NaiveDate>,
    /// When a refusal or withdrawal is looked at again (s.36(4)(e)).
    pub reassess_on: Option<NaiveDate>,
    pub support_paused: bool,
    /// When it was paused last.
    pub paused_on: Option<NaiveDate>,
    /// Something was done without waiting for a meeting, and the next one has not ratified it yet.
    pub unratified: bool,
    pub needs: Vec<NeedFact>,
    pub commissions: Vec<CommissionFact>,
    pub exited_on: Option<NaiveDate>,
    pub post_exit_reviews: u16,
    pub last_post_exit_review_on: Option<NaiveDate>,
    pub hold_on: Option<NaiveDate>,
    pub hold_review_on: Option<NaiveDate>,
    /// Holds that are over: the days on which clocks stood still.
    pub held: Vec<Period>,
    /// Police have said that nobody is to approach the person.
    pub contact_blocked: bool,
    pub transfer_on: Option<NaiveDate>,
    /// Where the offer went to a panel of this service, which answers for itself.
    pub passage: Option<Passage>,
    pub onward: Vec<OnwardFact>,
    /// When another area took the contact that was theirs.
    pub redirected_on: Option<NaiveDate>,
    pub closure_agreed_by: Option<PersonId>,
    pub closure_agreed_on: Option<NaiveDate>,
    pub joined: Option<Joined>,
    pub referrer_told: Progress,
}
