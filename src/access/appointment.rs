//! Memberships and sharing agreements as things to be proposed, confirmed and ended: what policy is asked about, where each
//! stands on a day, and which roles do not go together.
//! It must never say who may propose, confirm or end; the policies do.

use super::rows::{AgreementFacts, MembershipFacts};
use crate::casework::ids::{AgencyId, PanelId, PersonId};
use crate::casework::role::Role;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeSet;

/// A membership, as policy sees it when it is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Appointment {
    pub panel: PanelId,
    pub agency: AgencyId,
    /// Whoever would hold it.
    pub person: PersonId,
    pub proposed_by: PersonId,
    /// Confirmed, begun and not over.
    pub in_force: bool,
}

/// A sharing agreement, as policy sees it when it is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SharingAgreement {
    pub panel: PanelId,
    pub agency: AgencyId,
    pub proposed_by: PersonId,
}

/// Where a membership or an agreement stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Grants nothing yet.
    Proposed,
    /// Confirmed, for a day to come.
    NotBegun,
    InForce,
    /// By somebody, before its last day.
    Ended,
    /// Past its last day, whether or not it was ever confirmed.
    Lapsed,
}

impl Standing {
    fn of(ended: bool, confirmed: bool, (from, to): (NaiveDate, NaiveDate), today: NaiveDate) -> Self {
        match (ended, confirmed) {
            (true, _) => Standing::Ended,
            _ if to < today => Standing::Lapsed,
            (_, false) => Standing::Proposed,
            _ if today < from => Standing::NotBegun,
            _ => Standing::InForce,
        }
    }

    /// Whether it is, or may yet come to be, in force.
    pub fn is_open(self) -> bool {
        matches!(self, Standing::Proposed | Standing::NotBegun | Standing::InForce)
    }
}

impl Appointment {
    pub fn derive(facts: &MembershipFacts, today: NaiveDate) -> Self {
        Self {
            panel: facts.panel,
            agency: facts.agency,
            person: facts.person,
            proposed_by: facts.proposed_by,
            in_force: facts.standing(today) == Standing::InForce,
        }
    }

    /// Of nobody, in a panel of nobody: asked about in place of one that is not there.
    pub fn decoy() -> Self {
        Self {
            panel: PanelId::new(),
            agency: AgencyId::new(),
            person: PersonId::new(),
            proposed_by: PersonId::new(),
            in_force: true,
        }
    }
}

impl SharingAgreement {
    pub fn derive(facts: &AgreementFacts) -> Self {
        Self { panel: facts.panel, agency: facts.agency, proposed_by: facts.proposed_by }
    }

    /// As [`Appointment::decoy`].
    pub fn decoy() -> Self {
        Self { panel: PanelId::new(), agency: AgencyId::new(), proposed_by: PersonId::new() }
    }
}

impl MembershipFacts {
    pub fn standing(&self, today: NaiveDate) -> Standing {
        Standing::of(self.ended, self.confirmed(), (self.from, self.to), today)
    }
}

impl AgreementFacts {
    pub fn standing(&self, today: NaiveDate) -> Standing {
        Standing::of(self.ended, self.confirmed(), (self.from, self.to), today)
    }

    /// The days left after today, of one in force that has no more than `ahead` of them.
    pub fn ends_in_days(&self, today: NaiveDate, ahead: u16) -> Option<i64> {
        let left = self.to.signed_duration_since(today).num_days();
        (self.in_force(today) && left <= i64::from(ahead)).then_some(left)
    }
}

/// Whoever watches or administers a panel does nothing else in it: the role is held alone, and without a sponsor's say.
pub fn stands_alone(role: Role) -> bool {
    matches!(role, Role::Auditor | Role::Administrator)
}

/// The rule that keeps a role from being held beside others in the same panel, where one does.
pub fn barred_beside(role: Role, held: &BTreeSet<Role>) -> Option<&'static str> {
    let others: BTreeSet<Role> = held.iter().copied().filter(|other| *other != role).collect();
    let concerns = |alone: Role| (role == alone && !others.is_empty()) || others.contains(&alone);
    if concerns(Role::Auditor) {
        Some("auditor_alone")
    } else if concerns(Role::Administrator) {
        Some("administrator_alone")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auditors_and_administrators_hold_nothing_beside() {
        for role in Role::ALL {
            for other in Role::ALL {
                let rule = barred_beside(*role, &BTreeSet::from([*other]));
                assert_eq!(rule.is_some(), role != other && (stands_alone(*role) || stands_alone(*other)));
            }
            assert_eq!(barred_beside(*role, &BTreeSet::new()), None);
        }
        let many = BTreeSet::from([Role::Administrator, Role::Council]);
        assert_eq!(barred_beside(Role::Administrator, &many), Some("administrator_alone"));
    }

    #[test]
    fn what_stands_where() {
        let day = |n| NaiveDate::from_ymd_opt(2026, 3, n).unwrap_or_default();
        let on = |ended, confirmed, today| Standing::of(ended, confirmed, (day(2), day(4)), day(today));
        assert_eq!(on(false, false, 1), Standing::Proposed);
        assert_eq!(on(false, false, 5), Standing::Lapsed);
        assert_eq!(on(false, true, 1), Standing::NotBegun);
        assert_eq!(on(false, true, 2), Standing::InForce);
        assert_eq!(on(false, true, 4), Standing::InForce);
        assert_eq!(on(false, true, 5), Standing::Lapsed);
        assert_eq!(on(true, true, 3), Standing::Ended);
        assert_eq!(on(true, false, 3), Standing::Ended);
    }
}
