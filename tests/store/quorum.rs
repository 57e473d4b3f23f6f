//! A checkpoint counts when enough witnesses have cosigned it: those that were named, each once, and this very checkpoint.

use super::SERVICE;
use super::delivery::{ORIGIN, OVERDUE, Scene};
use crate::harness::on_both;
use channel_panel::app::ask_witness::request;
use channel_panel::app::checkpoints::{Quorum, Roads};
use channel_panel::ledger::note::{self, VKey};
use channel_panel::ledger::signer::create_witness_key;
use channel_panel::ledger::witness::Witness;
use channel_panel::store::rows::Published;
use std::fs;

/// A witness of the log, and its public key.
fn witness(scene: &Scene<'_>, name: &str) -> (Witness, VKey) {
    let key = create_witness_key(&scene.path(&format!("{name}.key")), &format!("{name}.example/witness")).unwrap();
    let vkey = key.vkey().clone();
    (Witness::open(&scene.path(name), key, vec![scene.key.clone()]).unwrap(), vkey)
}

/// What a witness that was at `old` says of the log of `size`.
fn word(scene: &Scene<'_>, witness: &Witness, old: u64, size: i64) -> String {
    let row = scene.store.reader().unwrap().checkpoint(size).unwrap().unwrap();
    let request = request(&scene.store, &row, old).unwrap();
    witness.add_checkpoint(request.print().as_bytes(), scene.clock.instant()).unwrap()
}

#[test]
fn enough_words_of_named_witnesses_make_a_checkpoint_count_and_nothing_else_does() {
    on_both(&SERVICE, |db| {
        let mut scene = Scene::new(db);
        let (north, south, west) = (witness(&scene, "north"), witness(&scene, "south"), witness(&scene, "west"));
        let stranger = witness(&scene, "stranger");
        fs::create_dir(scene.path("words")).unwrap();
        let witnesses = vec![north.1.clone(), south.1.clone(), west.1.clone()];
        let quorum = Some(Quorum { folder: scene.path("words"), witnesses, required: 2 });
        let mut delivery = scene.delivery(Roads { quorum, ..scene.by_folder() });
        let standing = delivery.standing();
        let counts = |scene: &Scene<'_>| {
            let latest = scene.store.reader().unwrap().latest_published(Published::Cosigned).unwrap();
            latest.map_or(0, |row| row.size)
        };
        let words = scene.path("words");
        let put = |name: &str, lines: &str| fs::write(words.join(name), lines).unwrap();
        put("notes", "none of ours");

        scene.grow(3);
        delivery.turn(&scene.stopped).unwrap();
        assert!(matches!(delivery.gather(), Ok(None)));
        let of_north = word(&scene, &north.0, 0, 3);
        put("3.north", &of_north);
        put("3.north-again", &word(&scene, &north.0, 3, 3));
        put("3.stranger", &word(&scene, &stranger.0, 0, 3));
        let of_south = word(&scene, &south.0, 0, 3);
        let mut damaged: Vec<char> = of_south.chars().collect();
        let last = damaged.len() - 4;
        damaged[last] = if damaged[last] == 'A' { 'B' } else { 'A' };
        put("3.south-damaged", &damaged.iter().collect::<String>());
        put("3.noise", "\u{2014} north.example/witness\n\n\u{2014} a b\nnoise\n");
        put("7.south", &of_south);
        put("3.south.new", &of_south);
        assert!(matches!(delivery.gather(), Ok(None)), "one witness of two");
        assert_eq!(counts(&scene), 0);
        scene.pass(OVERDUE + 1);
        assert!(standing.is_overdue(scene.clock.instant()), "what nobody cosigned is as good as not delivered");
        put("3.south", &format!("a greeting\n{of_south}"));
        assert!(matches!(delivery.gather(), Ok(Some(3))));
        assert!(!standing.is_overdue(scene.clock.instant()));

        let row = scene.store.reader().unwrap().latest_published(Published::Cosigned).unwrap().unwrap();
        let keys = [scene.key.clone(), north.1.clone(), south.1.clone(), west.1.clone(), stranger.1.clone()];
        let opened = note::open_cosigned(row.note.as_bytes(), &keys).unwrap();
        let by: Vec<_> = opened.witnesses.keys().cloned().collect();
        assert_eq!((opened.checkpoint.size, opened.checkpoint.origin.as_str()), (3, ORIGIN));
        assert_eq!(by, [north.1.to_string(), south.1.to_string()]);
        assert_eq!(scene.dropped().checkpoint(3).unwrap(), row.note.as_bytes(), "and so it lies in the folder");

        scene.grow(2);
        assert!(matches!(delivery.gather(), Ok(None)), "old words are for the old one");
        assert_eq!(
            (counts(&scene), scene.store.reader().unwrap().latest_published(Published::Signed).unwrap().unwrap().size),
            (3, 5)
        );
        assert!(scene.store.reader().unwrap().published(Published::Cosigned, 5).unwrap().is_none());
        scene.pass(OVERDUE);
        delivery.turn(&scene.stopped).unwrap();
        put("5.both", &format!("{}{}", word(&scene, &south.0, 3, 5), "\u{2014} nobody AAAAAAAA\n"));
        // By the delivery command, or any other road: the name of the file says only of which size.
        assert!(matches!(delivery.gather(), Ok(None)));
        put("5.west", &word(&scene, &west.0, 0, 5));
        assert!(matches!(delivery.gather(), Ok(Some(5))));
        assert_eq!(counts(&scene), 5);
    });
}
