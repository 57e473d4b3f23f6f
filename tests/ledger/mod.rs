//! The ledger's formats and arithmetic against independent implementations, and against every kind of damage.

mod entry;
mod expired;
mod fences;
mod fuzz;
mod lineage;
mod note;
mod oracle;
mod race;
mod receipt;
pub mod second_verifier;
mod signer;
mod tile;
mod tree;
mod verify;
mod watch;
mod witness;
mod writers;

use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, LedgerId, MembershipId, PanelId, PersonId, RequestId};
use channel_panel::casework::role::Role;
use channel_panel::clock::Moment;
use channel_panel::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Entry, Manifest, Outcome};
use std::path::PathBuf;

pub const ORIGIN: &str = "panel.example/ledger";
pub const START: i64 = 1_760_000_000_000_000;

/// A folder of its own for a test, empty; under the target folder, so that runs do not fill the machine's /tmp.
pub fn folder(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("ledger-{name}"));
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

pub fn draft(case: LedgerId, version: i64, changed: bool) -> Draft {
    Draft {
        panel: Some(PanelId::new()),
        actor: Actor {
            person: Some(PersonId::new()),
            membership: Some(MembershipId::new()),
            agency: Some(AgencyId::new()),
            role: Some(Role::Council),
            system: None,
        },
        operation: "cases.open",
        outcome: if changed { Outcome::Changed } else { Outcome::Shown },
        problem: None,
        cases: vec![CaseMark { ledger_id: case, version, header_hash: changed.then_some([7; 32]) }],
        policy: [9; 32],
        purpose: Some("direct_care"),
        manifest: vec![Manifest {
            shown: [(Category::Identity, vec!["fullName".to_owned(), "dateOfBirth".to_owned()])].into(),
            withheld: vec![Category::Health],
            records: vec![(Category::Log, 2)],
        }],
        request: RequestId::new(),
        detail: vec![("population", DetailValue::Number(12)), ("rule", DetailValue::Code("v3"))],
    }
}

pub fn entry(n: i64, case: LedgerId, version: i64, changed: bool) -> Entry {
    let salt = [u8::try_from(n & 0xff).unwrap(); 32];
    draft(case, version, changed).finish("w1", n, Moment(START + n * 1_000_000), salt).unwrap()
}
