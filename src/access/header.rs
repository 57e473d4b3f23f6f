//! What a case row says of itself in clear: everything that policy and guards need, under one tag.
//! No personal data may enter: it is stored unsealed. It must never be taken apart into columns that policy reads.

use crate::casework::category::Category;
use crate::casework::ids::{
    AgencyId, CaseId, LedgerId, MembershipId, PanelId, PersonId, RecordId, ReferralId, SubjectId,
};
use crate::casework::retention::Retention;
use crate::casework::state::State;
use crate::clock::Moment;
use crate::digest::sha256;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// Form of this header; `Header::VERSION`.
    pub v: u8,
    pub case: CaseId,
    pub panel: PanelId,
    pub ledger_id: LedgerId,
    pub subject: SubjectId,
    pub version: i64,
    /// When this version was written: an old version's own date, wherever else it may be altered.
    pub recorded_at: Moment,
    pub opened_from: Option<ReferralId>,
    pub state: State,
    /// Open ones only.
    pub assignments: Vec<Assignment>,
    /// Whoever recused themselves or was recused; from then on nothing of the case, by any road.
    pub recusals: Vec<PersonId>,
    pub listings: Vec<Listing>,
    pub commissions: Vec<CommissionFact>,
    /// The only people who may know of the case, where it is restricted.
    pub restricted: Option<Vec<PersonId>>,
    /// Glasses broken, the newest last; what is over goes when the next is broken. The ledger keeps them all.
    pub glass: Vec<Glass>,
    /// Minutes of this case, one an agenda item.
    pub minutes: Vec<MinutesFact>,
    /// Brought to the chair outside a meeting.
    pub escalated: bool,
    /// What was overdue for so long that the service brought the case to the chair; with it that ends.
    pub late: Option<LateFact>,
    /// A decision of the panel stands on it.
    pub decided: bool,
    pub categories: BTreeMap<Category, CategoryFact>,
    /// What happened, row after row.
    pub events: RowsFact,
    /// The cases that people said belong with this one.
    pub links: Vec<LinkFact>,
    /// What the matcher found and people said of it; none before it looked.
    pub candidates: Option<RowsFact>,
    /// Of a closed case: how long it is kept, and who has said that it may go.
    pub retention: Retention,
}

/// One due thing, by its code and its day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LateFact {
    pub what: String,
    pub due: NaiveDate,
}

/// That somebody broke the glass: for so long they may read what is not theirs (`policies/break_glass.cedar`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Glass {
    pub person: PersonId,
    /// By which they acted.
    pub membership: MembershipId,
    pub from: Moment,
    /// The first moment at which it is over.
    pub until: Moment,
    /// Of the list `break_glass_reason`.
    pub reason: String,
}

impl Glass {
    /// A clock that was set back before the breaking opens nothing.
    pub fn is_open(&self, now: Moment) -> bool {
        self.from <= now && now < self.until
    }
}

/// The minutes of one item: which record, how far it has come, and who approved it. After that it has no next version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MinutesFact {
    pub item: RecordId,
    pub record: RecordId,
    pub version: u32,
    pub approved: Option<PersonId>,
}

/// Rows beside the case: how many there are, and a digest over all of them (lower-case hex; empty for no rows).
/// Without it whoever owns the database could take one away, or add one, and nothing would show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RowsFact {
    pub count: u32,
    pub digest: String,
}

/// That another case belongs with this one, and in what way (list `case_link`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkFact {
    pub case: CaseId,
    pub kind: String,
}

/// An agency's part in a case, and through what it has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assignment {
    pub agency: AgencyId,
    pub why: AssignmentKind,
    /// The request, action or plan it comes from.
    pub reference: RecordId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentKind {
    /// An open information request: identity, contact and the question, nothing else.
    Request,
    Action,
    Plan,
    NamedLead,
}

/// Who may see the papers of one agenda item, and on which days (both inclusive).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listing {
    pub item: RecordId,
    pub agency: Option<AgencyId>,
    pub person: Option<PersonId>,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// A provider's commission. In force from its acceptance, between its days (both inclusive), until ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommissionFact {
    pub id: RecordId,
    pub agency: AgencyId,
    pub accepted: bool,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub ended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CategoryFact {
    pub version: u32,
    /// SHA-256 of the sealed map (single) or of the running list of sealed maps (many), lower-case hex.
    pub digest: String,
}

/// A header as the row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHeader {
    pub json: String,
    pub tag: [u8; 32],
    /// SHA-256 of `json`: what the ledger entry of the change carries.
    pub hash: [u8; 32],
}

impl StoredHeader {
    pub(super) fn new(json: String, tag: [u8; 32]) -> Self {
        let hash = sha256(&[json.as_bytes()]);
        Self { json, tag, hash }
    }
}

impl Header {
    pub const VERSION: u8 = 1;
    pub const LABEL: &'static str = "cp-header-v1";

    /// A case of which nothing is known yet but where it stands, under ids of its own.
    pub fn blank(panel: PanelId, opened_from: Option<ReferralId>, state: State, recorded_at: Moment) -> Self {
        Self {
            v: Header::VERSION,
            case: CaseId::new(),
            panel,
            ledger_id: LedgerId::new(),
            subject: SubjectId::new(),
            version: 1,
            recorded_at,
            opened_from,
            state,
            assignments: Vec::new(),
            recusals: Vec::new(),
            listings: Vec::new(),
            commissions: Vec::new(),
            restricted: None,
            glass: Vec::new(),
            minutes: Vec::new(),
            escalated: false,
            late: None,
            decided: false,
            categories: BTreeMap::new(),
            events: RowsFact::default(),
            links: Vec::new(),
            candidates: None,
            retention: Retention::default(),
        }
    }

    /// The JSON that is stored and authenticated: fixed member order, maps sorted.
    pub(super) fn canonical(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// SHA-256 of the canonical form, as in the ledger.
    pub fn hash(&self) -> Option<[u8; 32]> {
        self.canonical().map(|json| sha256(&[json.as_bytes()]))
    }
}
