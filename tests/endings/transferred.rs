//! What a transfer leaves behind: its keys are wrapped anew like any, and no shell of it leads from an erased case to the log.

use super::{close, erased, log_is_good};
use crate::api::town::Town;
use crate::api::transfers::{RELEASED, assessed, offered, taken};
use crate::harness::running_on_both;
use crate::store::wait;
use channel_panel::app::keep_keys::{KeysError, destroy, rewrap};
use channel_panel::casework::ids::TransferId;
use channel_panel::demo::seats::Seat;
use channel_panel::seal::WrappedKeys;
use channel_panel::seal::key_file::FileKeks;
use channel_panel::seal::key_folder::{Mode, rotate};
use channel_panel::store::rows::TransferRow;
use serde_json::json;

fn row(town: &Town<'_>, transfer: &str) -> TransferRow {
    let id: TransferId = transfer.parse().unwrap();
    town.running.service.store.reader().unwrap().transfer_by_id(id).unwrap().unwrap()
}

#[test]
fn what_is_on_offer_is_wrapped_anew_and_keeps_its_key_alive() {
    running_on_both(|running| {
        let (town, folder) = (Town::new(running), running.key_folder());
        let transfer = offered(&town, &assessed(&town, "Danby"), &RELEASED);
        let keks = |row: &TransferRow| WrappedKeys::from_stored(row.wrapped_keys.clone()).keks().unwrap();
        let old = keks(&row(&town, &transfer));
        let bucket = old.iter().next().unwrap().bucket;
        rotate(&folder, Mode::Demo, bucket).unwrap();
        let provider = FileKeks::open(&folder, Mode::Demo).unwrap();
        for kek in &old {
            let early = wait(destroy(&running.service, &provider, &folder, *kek, 0));
            assert!(matches!(early, Err(KeysError::InUse(..))), "{early:?}");
        }
        wait(rewrap(&running.service, &folder)).unwrap();
        assert!(keks(&row(&town, &transfer)).is_disjoint(&old));
        for kek in &old {
            wait(destroy(&running.service, &provider, &folder, *kek, 0)).unwrap();
        }
        running.service.sealer.forget();
        let read = town.seat(Seat::NeighbourChair).get(&format!("/api/v1/transfers/{transfer}")).expect(200).json();
        assert_eq!(read["released"]["identity"]["fields"]["surname"], "Danby");
    });
}

#[test]
fn the_shell_of_a_transfer_leads_from_neither_erased_case_to_the_log() {
    running_on_both(|running| {
        let town = Town::new(running);
        let case = assessed(&town, "Egton");
        let transfer = offered(&town, &case, &RELEASED);
        assert!(row(&town, &transfer).facts.contains(&case), "while the answer has to find it");
        let path = format!("/api/v1/transfers/{transfer}/answer");
        let answered = town.seat(Seat::NeighbourChair).post(&path, &taken(&town)).expect(200).json();
        town.until("the answer", || (!row(&town, &transfer).waits).then_some(()));
        close(&town, &case);
        erased(&town, &case);
        let shell = row(&town, &transfer);
        assert!(!shell.facts.contains(&case) && shell.wrapped_keys.is_empty() && shell.sealed.is_empty());
        // What was taken is theirs, and lives on.
        let there = answered["case"].as_str().unwrap();
        assert!(!shell.facts.contains(there));
        let view = town.view(Seat::NeighbourCoordinator, there);
        assert_eq!(view["categories"]["identity"]["fields"]["surname"], json!("Egton"));
        log_is_good(&town);
    });
}
