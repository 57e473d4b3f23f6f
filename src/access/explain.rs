//! Which policy decided, for a made-up reader and a made-up case. It must never be given the facts of a real one:
//! an explanation is for people who write policies, and nothing here is recorded.

use super::action::Action;
use super::facts::{CaseFacts, Circumstances, MemberFacts, PrincipalFacts, ResourceFacts};
use super::matrix;
use super::policies::{FILES, Policies};
use super::purpose::Purpose;
use crate::casework::category::Category;
use crate::casework::role::{AgencyKind, Role, Unit};
use crate::casework::state::Stage;
use std::collections::BTreeSet;
use std::str::FromStr;

/// A fact that could not be taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactFault {
    #[error("a fact is written name=value")]
    Form,
    #[error("there is no fact {0}; there are: {names}", names = NAMES.join(", "))]
    Unknown(String),
    #[error("{0} does not take that value")]
    Value(&'static str),
}

/// A seat before a case at stage panel in which it has every part, all conditions met; then as told otherwise.
#[derive(Debug)]
pub struct Situation {
    member: MemberFacts,
    case: CaseFacts,
    circumstances: Circumstances,
}

/// An answer and what it rests on.
#[derive(Debug, PartialEq, Eq)]
pub struct Explanation {
    pub allowed: bool,
    /// File and name of each policy that decided. None where nothing permits it.
    pub by: Vec<(&'static str, String)>,
}

/// The facts that can be told, named as in the schema.
pub const NAMES: [&str; 33] = [
    "acting",
    "agencyKind",
    "agreementCategories",
    "agreementInForce",
    "allowed",
    "asked",
    "assigned",
    "brokenBy",
    "commissioned",
    "confirmed",
    "decided",
    "escalated",
    "hasReason",
    "inForce",
    "invitedAgencies",
    "invitedPeople",
    "listed",
    "offered",
    "onBehalf",
    "own",
    "purpose",
    "purposeGiven",
    "recentSignIn",
    "recused",
    "restricted",
    "rolesInPanel",
    "safeguardingLead",
    "samePanel",
    "sponsor",
    "stage",
    "strong",
    "suspended",
    "system",
];

fn yes(name: &'static str, value: &str) -> Result<bool, FactFault> {
    match value {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(FactFault::Value(name)),
    }
}

fn put<T: Ord>(set: &mut BTreeSet<T>, one: T, there: bool) {
    set.clear();
    set.extend(there.then_some(one));
}

impl Situation {
    pub fn new(role: Role, unit: Option<Unit>) -> Self {
        Self {
            member: matrix::member(role, unit),
            case: matrix::case(Stage::Panel),
            circumstances: Circumstances::new(matrix::purpose(role)),
        }
    }

    /// `stage=closed`, `recused=true`, `agreementCategories=identity,contact`; of a set of agencies or people, whether the
    /// reader's own is in it.
    ///
    /// # Errors
    /// Where there is no such fact, or it takes no such value.
    pub fn tell(&mut self, fact: &str) -> Result<(), FactFault> {
        let (name, value) = fact.split_once('=').ok_or(FactFault::Form)?;
        let name = NAMES.into_iter().find(|n| *n == name).ok_or_else(|| FactFault::Unknown(name.to_owned()))?;
        let (m, c, k) = (&mut self.member, &mut self.case, &mut self.circumstances);
        let (agency, person) = (m.agency, m.person);
        let bad = || FactFault::Value(name);
        match name {
            "agencyKind" => m.agency_kind = AgencyKind::from_str(value).map_err(|()| bad())?,
            "agreementCategories" => {
                let listed = value.split(',').filter(|part| !part.is_empty());
                m.agreement_categories =
                    listed.map(Category::from_str).collect::<Result<_, ()>>().map_err(|()| bad())?;
            }
            "rolesInPanel" => {
                let besides = value.split(',').filter(|part| !part.is_empty()).map(Role::from_str);
                let besides = besides.collect::<Result<BTreeSet<_>, ()>>().map_err(|()| bad())?;
                m.roles_in_panel = besides.into_iter().chain([m.role]).collect();
            }
            "purpose" if value == "none" => k.purpose = None,
            "purpose" => k.purpose = Some(Purpose::from_str(value).map_err(|()| bad())?),
            "stage" => c.stage = Stage::ALL.iter().copied().find(|s| s.name() == value).ok_or_else(bad)?,
            _ => {
                let is = yes(name, value)?;
                match name {
                    "acting" => put(&mut c.acting, agency, is),
                    "asked" => put(&mut c.asked, agency, is),
                    "assigned" => put(&mut c.assigned, agency, is),
                    "commissioned" => put(&mut c.commissioned, agency, is),
                    "offered" => put(&mut c.offered, agency, is),
                    "invitedAgencies" => put(&mut c.invited_agencies, agency, is),
                    "invitedPeople" => put(&mut c.invited_people, person, is),
                    "recused" => put(&mut c.recused, person, is),
                    "allowed" => put(&mut c.allowed, person, is),
                    "brokenBy" => put(&mut c.broken_by, person, is),
                    "restricted" => c.restricted = is,
                    "listed" => c.listed = is,
                    "escalated" => c.escalated = is,
                    "decided" => c.decided = is,
                    "samePanel" => c.panel = if is { m.panel } else { matrix::OTHER_PANEL },
                    "agreementInForce" => m.agreement_in_force = is,
                    "confirmed" => m.confirmed = is,
                    "inForce" => m.in_force = is,
                    "recentSignIn" => m.recent_sign_in = is,
                    "safeguardingLead" => m.safeguarding_lead = is,
                    "sponsor" => m.sponsor = is,
                    "strong" => m.strong = is,
                    "suspended" => m.suspended = is,
                    "system" => m.system = is,
                    "hasReason" => k.has_reason = is,
                    "onBehalf" => k.on_behalf = is,
                    "own" => k.own = is,
                    _ => k.purpose_given = is,
                }
            }
        }
        Ok(())
    }

    pub fn explain(&self, policies: &Policies, action: Action) -> Explanation {
        let principal = PrincipalFacts::Member(self.member.clone());
        let decision =
            policies.decide(&principal, action, &ResourceFacts::Case(self.case.clone()), &self.circumstances);
        let file = |id: &str| {
            let mark = format!("@id(\"{id}\")");
            FILES.iter().find(|(_, text)| text.contains(&mark)).map_or("?", |(file, _)| *file)
        };
        Explanation {
            allowed: decision.allowed(),
            by: decision.policies().iter().map(|id| (file(id), id.clone())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_can_be_told_and_changes_the_situation() {
        for name in NAMES {
            let values: &[&str] = match name {
                "agencyKind" => &["school", "health"],
                "agreementCategories" => &["identity,contact", ""],
                "purpose" => &["none", "match"],
                "rolesInPanel" => &["auditor", ""],
                "stage" => &["closed", "triage"],
                _ => &["true", "false"],
            };
            let told: BTreeSet<String> = values
                .iter()
                .map(|value| {
                    let mut situation = Situation::new(Role::Council, None);
                    situation.tell(&format!("{name}={value}")).unwrap();
                    format!("{:?} {:?} {:?}", situation.member, situation.case, situation.circumstances)
                })
                .collect();
            assert_eq!(told.len(), 2, "{name}");
            assert_eq!(
                Situation::new(Role::Council, None).tell(&format!("{name}=perhaps")),
                Err(FactFault::Value(name))
            );
        }
        assert_eq!(Situation::new(Role::Council, None).tell("stage"), Err(FactFault::Form));
        assert!(matches!(Situation::new(Role::Council, None).tell("name=x"), Err(FactFault::Unknown(_))));
    }

    #[test]
    fn an_explanation_names_the_policy_and_its_file() {
        let policies = Policies::load().unwrap();
        let mut situation = Situation::new(Role::Health, None);
        let read = Action::Read(Category::Health);
        let said = situation.explain(&policies, read);
        assert_eq!(said, Explanation { allowed: true, by: vec![("health.cedar", "health_reads".to_owned())] });
        situation.tell("recused=true").unwrap();
        let said = situation.explain(&policies, read);
        assert_eq!(said, Explanation { allowed: false, by: vec![("guards.cedar", "guard_recused".to_owned())] });
        situation.tell("recused=false").unwrap();
        let said = situation.explain(&policies, Action::Read(Category::Police));
        assert_eq!(said, Explanation { allowed: false, by: vec![] });
    }
}
