//! Taking panels, agencies, people, memberships and agreements into the registry: each row tagged, each change an entry.
//! Every membership and agreement is proposed by one and confirmed by another; a file that says otherwise is refused whole.

use super::enrolled::{self, Enrolled};
use super::recorder::{Change, Recorder, Share};
use super::service::Service;
use crate::access::appointment::stands_alone;
use crate::access::rows::PanelFacts;
use crate::access::{AgencyFacts, AgreementFacts, MembershipFacts, PersonFacts};
use crate::casework::ids::RequestId;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Outcome};
use crate::store::rows::{AgencyRow, AgreementRow, MembershipRow, PanelRow, PersonRow};
use serde::Deserialize;
use uuid::Uuid;

/// A register as it is brought: by the demonstration, or by `channel-panel register` from a file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Register {
    pub panels: Vec<PanelFacts>,
    pub agencies: Vec<AgencyFacts>,
    pub people: Vec<PersonFacts>,
    pub memberships: Vec<MembershipFacts>,
    pub agreements: Vec<AgreementFacts>,
}

/// What one entry can attest: its body has a bound.
const MOST: usize = 400;

fn check(register: &Register) -> Result<(), Problem> {
    let refused = |field, rule, message| Err(Problem::field(Kind::Invalid, field, rule, message));
    if !register.memberships.iter().all(MembershipFacts::confirmed) {
        return refused("/memberships", "not_confirmed", "another person must have confirmed a membership");
    }
    if !register.agreements.iter().all(AgreementFacts::confirmed) {
        return refused("/agreements", "not_confirmed", "another person must have confirmed an agreement");
    }
    if register.memberships.iter().any(|m| m.sponsor && stands_alone(m.role)) {
        return refused("/memberships", "sponsor_apart", "an auditor or administrator cannot be a sponsor");
    }
    Ok(())
}

struct Rows {
    panels: Vec<PanelRow>,
    agencies: Vec<AgencyRow>,
    people: Vec<PersonRow>,
    memberships: Vec<MembershipRow>,
    agreements: Vec<AgreementRow>,
}

/// Writes the whole register in one transaction with its entry.
///
/// # Errors
/// `invalid` for a membership or agreement that nobody else confirmed, or a sponsor who audits or administers; `conflict` where a row has moved on; `unavailable`.
pub async fn take_in(service: &Service, register: Register) -> Result<(), Problem> {
    check(&register)?;
    let count = DetailValue::count;
    let detail = vec![
        ("panels", count(register.panels.len())),
        ("agencies", count(register.agencies.len())),
        ("people", count(register.people.len())),
        ("memberships", count(register.memberships.len())),
        ("agreements", count(register.agreements.len())),
    ];
    let rows = rows(service, register)?;
    let marks = rows.marks();
    if marks.len() > MOST {
        return Err(Problem::field(Kind::Invalid, "", "too_many", "bring at most 400 rows at a time"));
    }
    let draft = Draft {
        panel: None,
        actor: Actor { system: Some("register"), ..Actor::default() },
        operation: "register",
        outcome: Outcome::Changed,
        problem: None,
        cases: marks.clone(),
        policy: service.policies.hash(),
        purpose: Some("administration"),
        manifest: Vec::new(),
        request: RequestId::new(),
        detail,
    };
    let recorder: &Recorder = &service.recorder;
    recorder
        .change(
            Share::Principal(Uuid::nil()),
            Change::new(draft, move |tx, _| {
                for row in &rows.panels {
                    tx.put_panel(row)?;
                }
                for row in &rows.agencies {
                    tx.put_agency(row)?;
                }
                for row in &rows.people {
                    tx.put_person(row)?;
                }
                for row in &rows.memberships {
                    tx.put_membership(row)?;
                }
                for row in &rows.agreements {
                    tx.put_agreement(row)?;
                }
                Ok(())
            }),
        )
        .await
        .map_err(|_| Problem::new(Kind::Conflict))?;
    service.watermark.attest(&marks);
    Ok(())
}

impl Rows {
    fn marks(&self) -> Vec<CaseMark> {
        fn all<R: Enrolled>(rows: &[R]) -> impl Iterator<Item = CaseMark> {
            rows.iter().map(Enrolled::mark)
        }
        all(&self.panels)
            .chain(all(&self.agencies))
            .chain(all(&self.people))
            .chain(all(&self.memberships))
            .chain(all(&self.agreements))
            .collect()
    }
}

fn rows(service: &Service, register: Register) -> Result<Rows, Problem> {
    let mac = &service.sealer;
    let all = Rows {
        panels: register.panels.into_iter().map(|facts| enrolled::panel(mac, facts)).collect::<Result<_, _>>()?,
        agencies: register.agencies.into_iter().map(|facts| enrolled::agency(mac, facts)).collect::<Result<_, _>>()?,
        people: register.people.into_iter().map(|facts| enrolled::person(mac, facts)).collect::<Result<_, _>>()?,
        memberships: register
            .memberships
            .into_iter()
            .map(|facts| enrolled::membership(mac, facts))
            .collect::<Result<_, _>>()?,
        agreements: register
            .agreements
            .into_iter()
            .map(|facts| enrolled::agreement(mac, facts))
            .collect::<Result<_, _>>()?,
    };
    Ok(all)
}
