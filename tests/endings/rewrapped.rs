//! Keys wrapped anew, and old ones destroyed when no backup needs them: only then is an erasure complete.

use super::{closed, erased, row};
use crate::api::town::Town;
use crate::attacks::deployed::Deployed;
use crate::attacks::sql::Owner;
use crate::attacks::work::{amend, cases_of, matched, path, referral, submit};
use crate::harness::{Backend, running_on_both};
use crate::store::wait;
use channel_panel::app::keep_keys::{KeysError, Waiting, census, destroy, rewrap, unfinished};
use channel_panel::casework::ids::RequestId;
use channel_panel::demo::seats::Seat;
use channel_panel::seal::key_file::FileKeks;
use channel_panel::seal::key_folder::{Mode, rotate};
use channel_panel::seal::{KekError, KekId, SealError, UnwrapContext, WrappedKeys};
use serde_json::json;

const HORIZON: u16 = 35;

fn context() -> UnwrapContext {
    UnwrapContext { request: RequestId::new(), permit: [0; 32], purpose: "administration" }
}

#[test]
fn the_commands_rotate_rewrap_and_destroy_beside_a_running_service() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let service = deployed.start();
        let (owner, config) = (Owner::of(&deployed.database), deployed.config());
        let (school, officer) =
            (deployed.client(service.base(), Seat::School), deployed.client(service.base(), Seat::Coordinator));
        let case = cases_of(&owner, &submit(&school, &referral("Philomena", "Gatsby")))[0].clone();
        matched(&owner);
        amend(&officer, &case, "contact", &json!({"howToReach": "By letter"}));
        let keys = |case: &str| owner.text(&format!("SELECT wrapped_keys AS v FROM case_file WHERE id = '{case}'"));
        let old: KekId = keys(&case).split("\"kek\":\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        let bucket = old.bucket.to_string();

        let made = deployed.run(&["keys", "rotate", "--config", &config, "--bucket", &bucket]);
        assert_eq!(made.lines().count(), 6, "{made}");
        // At once, and without a restart: what is new lives under the new key, what is old under the old.
        let next = cases_of(&owner, &submit(&school, &referral("Euphemia", "Ambersley")))[0].clone();
        assert!(keys(&next).contains(&format!("{old}.2")) && !keys(&case).contains(&format!("{old}.2")));
        let name = old.to_string();
        let (_, said) = deployed.refused(&["keys", "destroy", "--config", &config, &name]);
        assert!(said.contains("rows live under"), "{said}");

        assert!(!deployed.run(&["keys", "rewrap", "--config", &config]).starts_with("0 "));
        assert!(deployed.run(&["keys", "rewrap", "--config", &config]).starts_with("0 "), "a second time nothing");
        assert!(keys(&case).contains(&format!("{old}.2")) && !keys(&case).contains(&format!("\"{old}\"")));
        let reached =
            || officer.get(&path(&case)).expect(200).json()["categories"]["contact"]["fields"]["howToReach"].clone();
        assert_eq!(reached(), "By letter");
        amend(&officer, &case, "contact", &json!({"howToReach": "By bus"}));

        let (_, said) = deployed.refused(&["keys", "destroy", "--config", &config, &name]);
        assert!(said.contains("backups may still need"), "{said}");
        let at_once = deployed.path("at-once.toml");
        let toml = std::fs::read_to_string(&config).unwrap().replace("[keys]\n", "[keys]\nbackup_horizon_days = 0\n");
        deployed.write("at-once.toml", &toml);
        deployed.run(&["keys", "destroy", "--config", &at_once, &name]);
        let (_, said) = deployed.refused(&["keys", "destroy", "--config", &at_once, &format!("{old}.2")]);
        assert!(said.contains("rows live under"), "the newest is in use: {said}");
        assert_eq!(reached(), "By bus");
        let shown = String::from_utf8(deployed.try_run(&["keys", "status", "--config", &config, "--erasures"]).stdout);
        assert!(shown.unwrap().contains("every erasure is complete"));
        let operations =
            owner.texts("SELECT operation AS v FROM ledger_entry WHERE operation IN ('rewrapKeys', 'destroyKey')");
        assert_eq!(operations.iter().filter(|operation| *operation == "destroyKey").count(), 1);
        assert!(operations.iter().any(|operation| operation == "rewrapKeys"));
        assert!(service.stop().success());
    }
}

#[test]
fn an_erasure_is_complete_when_no_backup_opens() {
    running_on_both(|running| {
        let town = Town::new(running);
        let (case, living) = (closed(&town, "Barberry"), closed(&town, "Serviceberry"));
        let (service, folder) = (&*running.service, running.key_folder());
        let backup = row(running, &case);
        let of_backup = || {
            let keys = WrappedKeys::from_stored(backup.wrapped_keys.clone());
            service.sealer.rewrap(&keys, backup.panel, backup.id.0, &context())
        };
        let provider = FileKeks::open(&folder, Mode::Demo).unwrap();
        let old = WrappedKeys::from_stored(backup.wrapped_keys.clone()).keks().unwrap();
        erased(&town, &case);
        let waiting = || unfinished(service, &folder, HORIZON).unwrap();
        assert_eq!(waiting().len(), 6);
        assert!(waiting().values().all(|(count, why)| *count == 1 && matches!(why, Waiting::InUse(_))));

        rotate(&folder, Mode::Demo, backup_bucket(&old)).unwrap();
        assert!(of_backup().unwrap().is_some(), "the backup opens");
        assert!(wait(rewrap(service, &folder)).unwrap() > 0);
        let today = service.clock.today();
        let until = today + chrono::Days::new(HORIZON.into());
        assert!(waiting().values().all(|(_, why)| *why == Waiting::Until(until)), "{:?}", waiting());
        for kek in &old {
            let early = wait(destroy(service, &provider, &folder, *kek, HORIZON));
            assert!(matches!(early, Err(KeysError::Horizon(_, on)) if on == until));
        }
        running.service.clock.move_calendar(30 + i64::from(HORIZON));
        for kek in &old {
            wait(destroy(service, &provider, &folder, *kek, HORIZON)).unwrap();
        }
        assert_eq!(waiting().len(), 0);
        assert_eq!(of_backup().unwrap_err(), SealError::Kek(KekError::Destroyed), "no backup opens any more");
        assert!(census(service).unwrap().keys().all(|kek| !old.contains(kek)));
        running.service.clock.move_calendar(0);
        let shown = super::seen(&town, &living);
        assert_eq!(shown["categories"]["identity"]["fields"]["surname"], "Serviceberry", "who is left is read as ever");
    });
}

fn backup_bucket(keks: &std::collections::BTreeSet<KekId>) -> channel_panel::seal::Bucket {
    keks.iter().next().unwrap().bucket
}

/// A change that was decided before the keys were wrapped anew must not bring the old wrapping back: its key may be gone.
#[test]
fn a_change_never_writes_old_keys_over_new_ones() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = town.open("Chokeberry", false);
        let read = row(running, &case);
        let keks = WrappedKeys::from_stored(read.wrapped_keys.clone()).keks().unwrap();
        rotate(&running.key_folder(), Mode::Demo, backup_bucket(&keks)).unwrap();
        wait(rewrap(&running.service, &running.key_folder())).unwrap();
        let new = row(running, &case).wrapped_keys;
        assert_ne!(new, read.wrapped_keys);
        let mut writer = running.service.store.writer().unwrap();
        writer.transaction(|tx| tx.update_case(&read, read.version)).unwrap();
        assert_eq!(row(running, &case).wrapped_keys, new);
    });
}
