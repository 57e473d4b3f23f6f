//! The right to touch content: for one case, one version of its facts, one purpose, one request.
//! It can be made only by an `Evaluator` that asked the policies; there must be no other constructor.

use super::purpose::Purpose;
use crate::casework::category::Category;
use crate::casework::ids::{CaseId, ConsultationId, PanelId, ReferralId, RequestId, TransferId};
use crate::digest::Sha256;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How far a right to one category goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// Only what is the reader's own agency's (of a guest: their own item's). Whoever renders must filter.
    Own,
    /// Only for the agency that said it (`onBehalfOf`). Writing only.
    OnBehalf,
    Whole,
}

/// What a permit is about, to be proved against the place of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A case and, with it, the referral it was opened from.
    Case {
        case: CaseId,
        opened_from: Option<ReferralId>,
    },
    Referral(ReferralId),
    Consultation(ConsultationId),
    Transfer(TransferId),
}

/// What the policies allowed. Only an `Evaluator` makes one; its fields and its constructor are closed to everyone else.
///
/// ```compile_fail,E0624
/// let _ = channel_panel::access::Permit::from_decisions;
/// ```
///
/// ```compile_fail,E0451
/// fn for_another_case(permit: channel_panel::access::Permit, other: channel_panel::access::permit::Holder) {
///     let _ = channel_panel::access::Permit { holder: other, ..permit };
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    holder: Holder,
    panel: PanelId,
    version: i64,
    reads: BTreeMap<Category, Extent>,
    writes: BTreeMap<Category, Extent>,
    tracks: bool,
    purpose: Option<Purpose>,
    request: RequestId,
    policy: [u8; 32],
}

/// All that a permit says, from the evaluator.
pub(super) struct Grounds {
    pub holder: Holder,
    pub panel: PanelId,
    pub version: i64,
    pub reads: BTreeMap<Category, Extent>,
    pub writes: BTreeMap<Category, Extent>,
    /// Hold and gateway by kind.
    pub tracks: bool,
    pub purpose: Option<Purpose>,
    pub request: RequestId,
    pub policy: [u8; 32],
}

impl Permit {
    pub(super) fn from_decisions(grounds: Grounds) -> Self {
        let Grounds { holder, panel, version, reads, writes, tracks, purpose, request, policy } = grounds;
        Self { holder, panel, version, reads, writes, tracks, purpose, request, policy }
    }

    pub fn case(&self) -> Option<CaseId> {
        match self.holder {
            Holder::Case { case, .. } => Some(case),
            Holder::Referral(_) | Holder::Consultation(_) | Holder::Transfer(_) => None,
        }
    }

    pub fn panel(&self) -> PanelId {
        self.panel
    }

    /// The version of the header (0 for a referral, which never changes) that was decided upon.
    pub fn version(&self) -> i64 {
        self.version
    }

    pub fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    pub fn request(&self) -> RequestId {
        self.request
    }

    /// Hash of the policies that decided.
    pub fn policy(&self) -> [u8; 32] {
        self.policy
    }

    /// Whether the category of this case may be opened, in whole or in the reader's own part (`reads` says which).
    pub fn covers(&self, case: CaseId, category: Category) -> bool {
        self.covers_id(case.0, category)
    }

    /// The same for whatever has keys of its own: the case, or the referral it was opened from.
    pub fn covers_id(&self, id: Uuid, category: Category) -> bool {
        self.is_about(id) && self.reads.contains_key(&category)
    }

    pub fn may_write(&self, case: CaseId, category: Category) -> bool {
        self.case() == Some(case) && self.writes.contains_key(&category)
    }

    /// The same by id, for whatever has keys of its own.
    pub fn may_write_id(&self, id: Uuid, category: Category) -> bool {
        let holder = match self.holder {
            Holder::Case { case, .. } => case.0,
            Holder::Referral(referral) => referral.0,
            Holder::Consultation(consultation) => consultation.0,
            Holder::Transfer(transfer) => transfer.0,
        };
        holder == id && self.writes.contains_key(&category)
    }

    pub fn reads(&self, category: Category) -> Option<Extent> {
        self.reads.get(&category).copied()
    }

    pub fn writes(&self, category: Category) -> Option<Extent> {
        self.writes.get(&category).copied()
    }

    /// Whether hold and gateway are shown by kind. A role alone does not say so: an agency that is only asked sees `paused`.
    pub fn shows_tracks(&self) -> bool {
        self.tracks
    }

    pub fn readable(&self) -> impl Iterator<Item = Category> + '_ {
        self.reads.keys().copied()
    }

    /// Constant for a reader: what the case holds plays no part.
    pub fn withheld(&self) -> impl Iterator<Item = Category> + '_ {
        Category::ALL.iter().copied().filter(|category| !self.reads.contains_key(category))
    }

    fn is_about(&self, id: Uuid) -> bool {
        match self.holder {
            Holder::Case { case, opened_from } => case.0 == id || opened_from.is_some_and(|referral| referral.0 == id),
            Holder::Referral(referral) => referral.0 == id,
            Holder::Consultation(consultation) => consultation.0 == id,
            Holder::Transfer(transfer) => transfer.0 == id,
        }
    }

    /// SHA-256 over all it says, so that a key holder can log what it was shown and refuse it.
    pub fn digest(&self) -> [u8; 32] {
        let mut sum = Sha256::default();
        let mut put = |bytes: &[u8]| sum.put(bytes);
        put(b"cp-permit-v1");
        match self.holder {
            Holder::Case { case, opened_from } => {
                put(case.as_bytes());
                put(opened_from.as_ref().map_or(&[][..], |referral| referral.as_bytes()));
            }
            Holder::Referral(referral) => {
                put(b"referral");
                put(referral.as_bytes());
            }
            Holder::Consultation(consultation) => {
                put(b"consultation");
                put(consultation.as_bytes());
            }
            Holder::Transfer(transfer) => {
                put(b"transfer");
                put(transfer.as_bytes());
            }
        }
        put(self.panel.as_bytes());
        put(&self.version.to_be_bytes());
        for (kind, rights) in [("read", &self.reads), ("write", &self.writes)] {
            put(kind.as_bytes());
            for (category, extent) in rights {
                put(category.name().as_bytes());
                put(match extent {
                    Extent::Own => b"own",
                    Extent::OnBehalf => b"on_behalf",
                    Extent::Whole => b"whole",
                });
            }
        }
        put(&[u8::from(self.tracks)]);
        put(self.purpose.map_or("", Purpose::name).as_bytes());
        put(self.request.as_bytes());
        put(&self.policy);
        sum.finish()
    }
}
