//! Rows as plain values, free of diesel, crypto and policy. Those that hold sealed content, facts or a subject show only
//! their id in `Debug`.

mod ledger;

pub use ledger::{
    CheckpointRow, ExpiredRow, ExpiringRow, MarkRow, NodeRow, OldEntry, Published, StoredEntry, TreeLeaf, TreeRow,
};

use crate::casework::category::Category;
use crate::casework::ids::{
    AgencyId, AgreementId, CaseId, ConsultationId, LedgerId, MeetingId, MembershipId, PanelId, PersonId, RecordId,
    ReferralId, SubjectId, TransferId,
};
use crate::casework::role::{AgencyKind, Role};
use crate::clock::Moment;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

macro_rules! opaque {
    ($($row:ident { $($field:ident),* })*) => {$(
        impl fmt::Debug for $row {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($row))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    )*};
}

opaque! {
    PanelRow { id, version }
    AgencyRow { id, kind, version }
    PersonRow { id, version }
    IssuerRow { id, version }
    MembershipRow { id, version }
    AgreementRow { id, version }
    MeetingRow { id, version }
    Identity {}
    CaseRow { id, version }
    KeysRow { holder, id }
    VersionRow { case, category, version }
    HeaderVersionRow { case, version }
    RecordRow { case, seq, category }
    ReferralRow { id }
    TransferRow { id, version }
    ConsultationRow { id }
    IdempotencyRow { at }
}

#[derive(Clone, PartialEq, Eq)]
pub struct PanelRow {
    pub id: PanelId,
    pub version: i64,
    /// Canonical text, authenticated by `tag`. So in every row of the registry.
    pub facts: String,
    pub tag: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct AgencyRow {
    pub id: AgencyId,
    pub kind: AgencyKind,
    pub version: i64,
    pub facts: String,
    pub tag: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub id: PersonId,
    pub issuer: String,
    pub subject: String,
    pub version: i64,
    pub facts: String,
    pub tag: Vec<u8>,
}

/// Of an issuer that was ever suspended.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuerRow {
    /// Follows from `issuer`.
    pub id: Uuid,
    pub issuer: String,
    pub version: i64,
    pub facts: String,
    pub tag: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct MembershipRow {
    pub id: MembershipId,
    pub person: PersonId,
    pub agency: AgencyId,
    pub role: Role,
    /// Empty for a role of the whole service.
    pub panel: Option<PanelId>,
    pub version: i64,
    pub facts: String,
    pub tag: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct AgreementRow {
    pub id: AgreementId,
    pub agency: AgencyId,
    pub panel: PanelId,
    pub version: i64,
    pub facts: String,
    pub tag: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct MeetingRow {
    pub id: MeetingId,
    pub panel: PanelId,
    pub on: NaiveDate,
    pub stage: String,
    pub version: i64,
    pub facts: String,
    pub tag: Vec<u8>,
}

/// What the registry knows of one (issuer, subject). Nothing in it is believed before its tag is checked.
#[derive(Clone)]
pub struct Identity {
    pub person: PersonRow,
    /// Of the person's issuer, if it has one.
    pub issuer: Option<IssuerRow>,
    pub memberships: Vec<MembershipRow>,
    /// The agencies of those memberships, each once.
    pub agencies: Vec<AgencyRow>,
    /// The agreements of those agencies, each once.
    pub agreements: Vec<AgreementRow>,
}

/// A letter of the outbox. `payload` and all before it are authenticated by `tag`; the rest is how far its sending has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    pub id: Uuid,
    pub panel: PanelId,
    pub person: PersonId,
    pub kind: String,
    pub thing: Uuid,
    pub round: String,
    pub made_at: Moment,
    pub payload: String,
    pub tag: Vec<u8>,
    pub state: NoticeState,
    pub attempts: u32,
    pub next_at: Moment,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    Waiting,
    Sent,
    /// The mail server will not have it, or it is not of our making.
    Refused,
    /// There is nobody to send it to.
    Dropped,
    /// Another letter of the same moment told of it.
    Covered,
}

impl NoticeState {
    pub fn name(self) -> &'static str {
        match self {
            NoticeState::Waiting => "waiting",
            NoticeState::Sent => "sent",
            NoticeState::Refused => "refused",
            NoticeState::Dropped => "dropped",
            NoticeState::Covered => "covered",
        }
    }
}

impl std::str::FromStr for NoticeState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        use NoticeState::{Covered, Dropped, Refused, Sent, Waiting};
        [Waiting, Sent, Refused, Dropped, Covered].into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// That a job did its work for a panel on one day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnRow {
    pub job: String,
    pub panel: PanelId,
    pub day: NaiveDate,
    pub tag: Vec<u8>,
}

/// A case: facts in `header` (authenticated by `header_tag`), content sealed in `singles`; the rest are copies for queries.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseRow {
    pub id: CaseId,
    pub panel: PanelId,
    pub subject: SubjectId,
    pub ledger_id: LedgerId,
    pub version: i64,
    pub stage: String,
    pub due_on: Option<NaiveDate>,
    /// Of a closed case.
    pub review_on: Option<NaiveDate>,
    pub header: String,
    pub header_tag: Vec<u8>,
    pub wrapped_keys: String,
    /// One sealed map for each single-valued category that anyone has written.
    pub singles: BTreeMap<Category, String>,
}

/// Of which table a row with wrapped keys is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHolder {
    Case,
    Referral,
    Consultation,
    Transfer,
}

impl KeyHolder {
    pub const ALL: [KeyHolder; 4] =
        [KeyHolder::Case, KeyHolder::Referral, KeyHolder::Consultation, KeyHolder::Transfer];
}

/// A row's keys, as they are wrapped.
#[derive(Clone, PartialEq, Eq)]
pub struct KeysRow {
    pub holder: KeyHolder,
    pub id: Uuid,
    pub panel: PanelId,
    pub wrapped_keys: String,
}

/// That a case was erased. `tag` vouches for all of it; there is no name here by which the log knew the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRow {
    pub case: CaseId,
    pub panel: PanelId,
    pub on: NaiveDate,
    /// Ids of key-encryption keys, sorted, with spaces between.
    pub keks: String,
    pub tag: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct VersionRow {
    pub case: CaseId,
    pub category: Category,
    pub version: u32,
    pub sealed: String,
    pub recorded_at: Moment,
    pub membership: Option<MembershipId>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct HeaderVersionRow {
    pub case: CaseId,
    pub version: i64,
    pub header: String,
    pub header_tag: Vec<u8>,
    pub recorded_at: Moment,
}

#[derive(Clone, PartialEq, Eq)]
pub struct RecordRow {
    pub case: CaseId,
    /// Given by the store when appended: 1, 2, 3… within the case.
    pub seq: i64,
    pub category: Category,
    pub record: RecordId,
    pub record_version: u32,
    pub kind: String,
    pub occurred_on: Option<NaiveDate>,
    pub recorded_at: Moment,
    pub by_membership: Option<MembershipId>,
    pub agency: Option<AgencyId>,
    /// For whom the council keyed it.
    pub on_behalf: Option<AgencyId>,
    pub sealed: String,
}

/// What happened to a case, without content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub case: CaseId,
    /// Given by the store when appended: 1, 2, 3… within the case.
    pub seq: i64,
    pub name: String,
    pub occurred_on: NaiveDate,
    pub recorded_at: Moment,
    pub membership: Option<MembershipId>,
    pub agency: Option<AgencyId>,
    pub role: Option<Role>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct ReferralRow {
    pub id: ReferralId,
    pub panel: PanelId,
    pub sender_person: PersonId,
    pub sender_agency: AgencyId,
    pub received_at: Moment,
    pub wrapped_keys: String,
    pub sealed: String,
    pub header: String,
    pub header_tag: Vec<u8>,
    pub match_state: MatchState,
}

/// Whether a referral's people have been compared with those known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchState {
    Pending,
    Matched,
    Failed,
}

impl MatchState {
    pub fn name(self) -> &'static str {
        match self {
            MatchState::Pending => "pending",
            MatchState::Matched => "matched",
            MatchState::Failed => "failed",
        }
    }
}

/// Which case a referral opened for its n-th person (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferralCaseRow {
    pub referral: ReferralId,
    pub case: CaseId,
    pub person_index: u32,
}

#[derive(Clone, PartialEq, Eq)]
pub struct ConsultationRow {
    pub id: ConsultationId,
    pub panel: PanelId,
    pub occurred_on: NaiveDate,
    pub recorded_at: Moment,
    pub membership: MembershipId,
    pub wrapped_keys: String,
    pub sealed: String,
    pub header: String,
    pub header_tag: Vec<u8>,
}

/// A case on its way to a panel: facts in `facts`, authenticated by `tag`; what was released sealed in `sealed`, while it is
/// there.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferRow {
    pub id: TransferId,
    pub panel: PanelId,
    pub stage: String,
    /// Whether the sender's case has still to hear what became of it.
    pub waits: bool,
    pub offered_on: NaiveDate,
    pub version: i64,
    pub wrapped_keys: String,
    pub sealed: String,
    pub facts: String,
    pub tag: Vec<u8>,
}

/// A possible earlier case of the same person. `reasons` is JSON of rule codes, never of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRow {
    pub case: CaseId,
    pub other: CaseId,
    /// 0 to 100.
    pub score: u32,
    pub reasons: String,
    pub rule_version: String,
    pub state: CandidateState,
}

/// What a person decided about a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateState {
    Proposed,
    Joined,
    Dismissed,
}

impl CandidateState {
    pub fn name(self) -> &'static str {
        match self {
            CandidateState::Proposed => "proposed",
            CandidateState::Joined => "joined",
            CandidateState::Dismissed => "dismissed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    pub a: CaseId,
    pub b: CaseId,
    /// `sibling`, `household`, `same_incident`, `peer_group`, `joined`.
    pub kind: String,
    pub recorded_at: Moment,
    pub membership: Option<MembershipId>,
}

/// An answer already given: what came with this key before, and what became of it.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// Agency, person and operation.
    pub scope: String,
    pub key_mac: Vec<u8>,
    pub body_mac: Vec<u8>,
    pub result: String,
    pub at: Moment,
}
