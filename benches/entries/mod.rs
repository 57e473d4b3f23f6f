//! Entries as a log has most of: readings of one case. They must never be shorter than what the service enters.

use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, LedgerId, MembershipId, PanelId, PersonId, RequestId};
use channel_panel::casework::role::Role;
use channel_panel::clock::Moment;
use channel_panel::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Entry, Manifest, Outcome};

const START: Moment = Moment(1_795_339_800_000_000);

/// Of a case before its first panel, opened by a coordinator.
fn manifest() -> Manifest {
    let shown = [
        (Category::Assessment, "occurredOn reason recordedAt recordedBy recordedByAgency grounds full agreed"),
        (Category::Concern, "attestation dates header referrer safeguarding whatHappened"),
        (
            Category::Consent,
            "askedBy how occurredOn recordedAt recordedBy recordedByAgency result capacity form givenBy",
        ),
        (Category::Contact, "addresses phones"),
        (Category::Identity, "dateOfBirth forenames surname"),
        (Category::Log, "occurredOn progress recordedAt recordedBy recordedByAgency toldOn"),
        (Category::Safety, "knownToBeViolent personAware"),
        (
            Category::Triage,
            "earlierCasesSearched occurredOn recordedAt recordedBy recordedByAgency findings mashInformed",
        ),
    ];
    Manifest {
        shown: shown
            .into_iter()
            .map(|(category, fields)| (category, fields.split(' ').map(str::to_owned).collect()))
            .collect(),
        withheld: vec![Category::SocialCare, Category::Health, Category::Education, Category::Police],
        records: vec![(Category::Triage, 3), (Category::Assessment, 6), (Category::Consent, 3), (Category::Log, 2)],
    }
}

/// A reading of one case, as most of a log is.
pub fn entry(writer: &str, n: i64) -> Entry {
    let mut salt = [0; 32];
    salt.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
    let draft = Draft {
        panel: Some(PanelId::new()),
        actor: Actor {
            person: Some(PersonId::new()),
            membership: Some(MembershipId::new()),
            agency: Some(AgencyId::new()),
            role: Some(Role::Council),
            system: None,
        },
        operation: "openCase",
        outcome: Outcome::Shown,
        problem: None,
        cases: vec![CaseMark { ledger_id: LedgerId::new(), version: 1, header_hash: None }],
        policy: [7; 32],
        purpose: Some("case_work"),
        manifest: vec![manifest()],
        request: RequestId::new(),
        detail: vec![("count", DetailValue::Number(1))],
    };
    draft.finish(writer, n, START.plus_seconds(n), salt).unwrap()
}
