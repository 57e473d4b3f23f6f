//! Each run of the service knows those before it, and the log says that they are over.

use super::deployed::Deployed;
use crate::api::entered;
use crate::harness::{Backend, running_on_both};
use crate::store::wait;
use channel_panel::app::jobs::fence_runs;
use channel_panel::app::predecessors::Predecessors;
use channel_panel::ledger::attest::fences;
use std::fs;
use std::time::Duration;
use uuid::Uuid;

#[test]
fn the_log_says_once_of_each_former_run_that_it_is_over() {
    running_on_both(|running| {
        let dir = running.database.folder().path().join("runs");
        fs::create_dir(&dir).unwrap();
        let former = Uuid::new_v4();
        drop(Predecessors::open(&dir, former).unwrap());
        let runs = Predecessors::open(&dir, Uuid::new_v4()).unwrap();
        let enter = |over: u64| wait(fence_runs::enter(&running.service, &runs, Duration::from_secs(over))).unwrap();
        assert_eq!([enter(3600), enter(0), enter(0)], [0, 1, 0], "not before its last commit must have come, and once");
        let said: Vec<_> = entered::all(running).into_iter().filter(|e| e["operation"] == "ledger.fence").collect();
        assert_eq!((said.len(), said[0]["detail"][0][1].as_str()), (1, Some(&*former.to_string())));
        let signature = said[0]["detail"][1][1].as_str().unwrap();
        let bytes: Vec<u8> = (0..64).map(|n| u8::from_str_radix(&signature[2 * n..2 * n + 2], 16).unwrap()).collect();
        assert!(fences(running.service.log_key(), former, &bytes.try_into().unwrap()));
    });
}

#[test]
fn a_service_that_was_killed_is_known_to_the_next() {
    let deployed = Deployed::new(Backend::Sqlite);
    let known = || fs::read_to_string(deployed.folder.join("signer/epochs")).unwrap();
    let service = deployed.start();
    let first = known();
    service.kill();
    let service = deployed.start();
    let second = known();
    assert!(first.lines().count() == 1 && second.lines().count() == 2 && second.starts_with(&first), "{second}");
    assert!(service.stop().success());
}
