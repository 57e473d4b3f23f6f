//! Taking panels, agencies, people, memberships and agreements into the registry: each row tagged, each change an entry.
//! Every membership is proposed by one and confirmed by another; a file that says otherwise is refused whole.

use super::recorder::{Change, Recorder, Share};
use super::registry::issue;
use super::service::Service;
use crate::access::rows::PanelFacts;
use crate::access::{AgencyFacts, AgreementFacts, MembershipFacts, PersonFacts};
use crate::casework::ids::{LedgerId, RequestId};
use crate::digest::sha256;
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
/// `invalid` for a membership that nobody else confirmed; `conflict` where a row has moved on; `unavailable`.
pub async fn take_in(service: &Service, register: Register) -> Result<(), Problem> {
    for membership in &register.memberships {
        if !membership.confirmed() {
            return Err(Problem::field(
                Kind::Invalid,
                "/memberships",
                "not_confirmed",
                "another person must have confirmed a membership",
            ));
        }
    }
    let count = |n: usize| DetailValue::Number(i64::try_from(n).unwrap_or(i64::MAX));
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
    /// Each row with its version, for the entry: so that an ended membership put back is noticed, after a restart too.
    fn marks(&self) -> Vec<CaseMark> {
        let mark = |id: Uuid, version, facts: &str| CaseMark {
            ledger_id: LedgerId(id),
            version,
            header_hash: Some(sha256(&[facts.as_bytes()])),
        };
        let mut marks: Vec<CaseMark> = self.panels.iter().map(|row| mark(row.id.0, row.version, &row.facts)).collect();
        marks.extend(self.agencies.iter().map(|row| mark(row.id.0, row.version, &row.facts)));
        marks.extend(self.people.iter().map(|row| mark(row.id.0, row.version, &row.facts)));
        marks.extend(self.memberships.iter().map(|row| mark(row.id.0, row.version, &row.facts)));
        marks.extend(self.agreements.iter().map(|row| mark(row.id.0, row.version, &row.facts)));
        marks
    }
}

fn rows(service: &Service, register: Register) -> Result<Rows, Problem> {
    let mac = &service.sealer;
    let panel = |facts: PanelFacts| {
        let (f, facts, tag) = issue(mac, facts)?;
        Ok(PanelRow { id: f.id, version: f.version, facts, tag })
    };
    let agency = |facts: AgencyFacts| {
        let (f, facts, tag) = issue(mac, facts)?;
        Ok(AgencyRow { id: f.id, kind: f.kind, version: f.version, facts, tag })
    };
    let person = |facts: PersonFacts| {
        let (f, facts, tag) = issue(mac, facts)?;
        Ok(PersonRow { id: f.id, issuer: f.issuer.clone(), subject: f.subject.clone(), version: f.version, facts, tag })
    };
    let membership = |facts: MembershipFacts| {
        let (f, facts, tag) = issue(mac, facts)?;
        Ok(MembershipRow {
            id: f.id,
            person: f.person,
            agency: f.agency,
            role: f.role,
            panel: Some(f.panel),
            version: f.version,
            facts,
            tag,
        })
    };
    let agreement = |facts: AgreementFacts| {
        let (f, facts, tag) = issue(mac, facts)?;
        Ok(AgreementRow { id: f.id, agency: f.agency, panel: f.panel, version: f.version, facts, tag })
    };
    Ok(Rows {
        panels: register.panels.into_iter().map(panel).collect::<Result<_, Problem>>()?,
        agencies: register.agencies.into_iter().map(agency).collect::<Result<_, Problem>>()?,
        people: register.people.into_iter().map(person).collect::<Result<_, Problem>>()?,
        memberships: register.memberships.into_iter().map(membership).collect::<Result<_, Problem>>()?,
        agreements: register.agreements.into_iter().map(agreement).collect::<Result<_, Problem>>()?,
    })
}
