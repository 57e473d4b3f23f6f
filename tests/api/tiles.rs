//! The log over HTTP as a transparency log: another implementation reads its tiles and checks its proofs, and an altered tree
//! is not passed off for the signed one.

use super::entered;
use super::town::Town;
use crate::attacks::alarms;
use crate::attacks::sql::Owner;
use crate::attacks::work::sequenced;
use crate::harness::{Backend, Client, running_on_both};
use crate::store::{draft, somebody, wait};
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::body::unhex;
use channel_panel::ledger::note::{self, Checkpoint};
use channel_panel::ledger::tile::parse_bundle;
use channel_panel::ledger::tree::hash_leaf;
use serde_json::{Value, json};
use tlog_tiles::tile::{Tile, TileHashReader, TileReader};
use tlog_tiles::tlog;

/// Tiles as an auditor's tool gets them.
struct OverHttp(Client);

impl TileReader for OverHttp {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let one = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "/api/v1/ledger/tile/", 1);
            self.0.get(&path).expect(200).body
        };
        Ok(tiles.iter().map(one).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// So many entries that there is more than one tile, and the signed log of them.
fn filled(town: &Town<'_>, entries: usize) -> Checkpoint {
    for _ in 0..entries / 50 {
        let recorder = &town.running.service.recorder;
        let answers: Vec<_> = (0..50).map(|_| recorder.record(somebody(), draft("test.fill"))).collect();
        answers.into_iter().for_each(|answer| wait(answer).unwrap());
    }
    sequenced(&Owner::of(&town.running.database));
    signed(town)
}

fn signed(town: &Town<'_>) -> Checkpoint {
    let note = town.seat(Seat::Auditor).get("/api/v1/ledger/checkpoint").expect(200).json();
    let key = town.running.vkey.parse().unwrap();
    note::open(note["checkpoint"].as_str().unwrap().as_bytes(), &[key]).unwrap()
}

fn hashes(proof: &Value) -> Vec<tlog::Hash> {
    let texts = proof["hashes"].as_array().unwrap().iter();
    texts.map(|hash| tlog::Hash(unhex(hash.as_str().unwrap()).unwrap())).collect()
}

#[test]
fn another_implementation_reads_the_tree_and_its_leaves_and_checks_the_proofs() {
    running_on_both(|running| {
        let town = Town::new(running);
        let auditor = town.seat(Seat::Auditor);
        let older = filled(&town, 300);
        let newer = filled(&town, 300);
        assert!(older.size > 256 && newer.size > 512);
        let (root, served) = (tlog::Hash(newer.root), OverHttp(auditor.clone()));
        let reader = TileHashReader::new(newer.size, root, &served);
        assert_eq!(tlog::tree_hash(newer.size, &reader).unwrap().0, newer.root);

        // Each leaf of the bundles is the one whose hash is in the tree.
        let full = auditor.get("/api/v1/ledger/tile/entries/001").expect(200);
        let leaves = parse_bundle(&full.body).unwrap();
        let tile = auditor.get("/api/v1/ledger/tile/0/001").expect(200).body;
        assert_eq!(leaves.iter().flat_map(|leaf| hash_leaf(leaf)).collect::<Vec<_>>(), tile);

        for index in [0, 255, 256, newer.size - 1] {
            let path = format!("/api/v1/ledger/proof?index={index}&size={}", newer.size);
            let proof = auditor.get(&path).expect(200).json();
            let leaf = tlog::Hash(unhex(proof["leaf"].as_str().unwrap()).unwrap());
            tlog::check_record(&hashes(&proof), newer.size, root, index, leaf).unwrap();
            assert_eq!((&proof["index"], &proof["size"]), (&json!(index), &json!(newer.size)));
            let note = proof["checkpoint"].as_str().unwrap();
            assert_eq!(note::open(note.as_bytes(), &[running.vkey.parse().unwrap()]).unwrap(), newer);
        }
        let grew = format!("/api/v1/ledger/proof?from={}&size={}", older.size, newer.size);
        let proof = auditor.get(&grew).expect(200).json();
        tlog::check_tree(&hashes(&proof), newer.size, root, older.size, tlog::Hash(older.root)).unwrap();
        assert!(tlog::check_tree(&hashes(&proof), newer.size, root, older.size, root).is_err());
    });
}

#[test]
fn what_no_checkpoint_covers_is_not_there_and_each_look_is_an_entry() {
    running_on_both(|running| {
        let town = Town::new(running);
        let size = filled(&town, 300).size;
        let auditor = town.seat(Seat::Auditor);
        let get = |tile: &str| auditor.get(&format!("/api/v1/ledger/tile/{tile}"));
        let (full, part) = (get("0/000").expect(200), get("entries/000.p/7").expect(200));
        assert_eq!((full.body.len(), part.body.len()), (256 * 32, 7 * 35));
        assert_eq!(full.header("content-type"), Some("application/octet-stream"));
        assert_eq!(full.header("cache-control"), Some("private, max-age=31536000, immutable"));
        assert_eq!(part.header("cache-control"), Some("no-store"));
        assert_eq!(full.body[..32], get("0/000.p/1").expect(200).body[..], "a part is the beginning of the whole");
        assert_eq!(get("1/000.p/1").expect(200).body.len(), 32);
        let entry = entered::one(running, &part);
        assert_eq!((&entry["operation"], &entry["outcome"]), (&json!("readTile"), &json!("shown")));
        let said = ["level", "tile", "width"].map(|name| entered::detail(&entry, name));
        assert_eq!(said, [json!("entries"), json!(0), json!(7)]);
        let beyond =
            ["0/001", "entries/001", "1/000", "1/000.p/2", "2/000.p/1", "63/000", "0/x999/999", "0/000.p/0", "none"];
        for tile in beyond {
            let answer = get(tile);
            assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"), "{tile}");
            assert_eq!(entered::one(running, &answer)["operation"], "readTile", "{tile}");
        }
        let most = size - 256;
        get(&format!("0/001.p/{most}")).expect(200);
        for (query, status) in [
            (format!("index={size}&size={size}"), 404),
            (format!("from={}&size={size}", size + 1), 404),
            (format!("index=0&size={}", size + 100_000), 404),
            ("index=0&from=0".to_owned(), 422),
            (String::new(), 422),
            ("index=-1".to_owned(), 422),
        ] {
            let answer = auditor.get(&format!("/api/v1/ledger/proof?{query}"));
            let expected = if status == 404 { "not-found" } else { "invalid" };
            assert_eq!(answer.problem(), expected, "{query}: {}", answer.text());
        }
        // To others the log's shape says how much is done: they have no business with it.
        for seat in [Seat::Coordinator, Seat::Chair, Seat::Administrator, Seat::School] {
            for path in ["tile/0/000", "tile/entries/000.p/1", "proof?index=0"] {
                let refused = town.seat(seat).get(&format!("/api/v1/ledger/{path}"));
                assert_eq!(refused.problem(), "not-allowed", "{}: {path}", seat.name());
            }
        }
    });
}

#[test]
fn an_altered_tree_is_not_passed_off_for_the_signed_one() {
    alarms::listen();
    running_on_both(|running| {
        let town = Town::new(running);
        let honest = filled(&town, 600);
        let size = honest.size;
        let (owner, auditor) = (Owner::of(&running.database), town.seat(Seat::Auditor));
        let zeros = match running.database.backend() {
            Backend::Sqlite => "zeroblob(32)",
            Backend::Postgres => "decode(repeat('00', 32), 'hex')",
        };
        let proof = format!("/api/v1/ledger/proof?index=300&size={size}");
        let (leaves, entries) = ("/api/v1/ledger/tile/0/000".to_owned(), "/api/v1/ledger/tile/entries/001".to_owned());
        owner.keep("kept", &["ledger_leaf", "ledger_node", "ledger_checkpoint"]);
        let from_kept = |table: &str, column: &str, key: &str| {
            format!(
                "UPDATE {table} SET {column} = (SELECT o.{column} FROM kept_{table} o WHERE o.{key} = {table}.{key}) WHERE {column} = {zeros}"
            )
        };
        let attacks = [
            (
                "a leaf's hash",
                format!("UPDATE ledger_leaf SET leaf = {zeros} WHERE seq = 301"),
                &proof,
                from_kept("ledger_leaf", "leaf", "seq"),
            ),
            (
                "a node",
                format!("UPDATE ledger_node SET hash = {zeros} WHERE idx = 0"),
                &proof,
                from_kept("ledger_node", "hash", "idx"),
            ),
            (
                "no node",
                "DELETE FROM ledger_node".to_owned(),
                &proof,
                "INSERT INTO ledger_node SELECT * FROM kept_ledger_node".to_owned(),
            ),
            (
                "a frontier",
                format!("UPDATE ledger_checkpoint SET frontier = {zeros} WHERE size = {size}"),
                &proof,
                from_kept("ledger_checkpoint", "frontier", "size"),
            ),
            (
                "no leaf",
                "DELETE FROM ledger_leaf WHERE seq = 3".to_owned(),
                &leaves,
                "INSERT INTO ledger_leaf SELECT * FROM kept_ledger_leaf WHERE seq = 3".to_owned(),
            ),
            (
                "an entry",
                "UPDATE ledger_entry SET body = replace(body, 'test.fill', 'test.full')".to_owned(),
                &entries,
                "UPDATE ledger_entry SET body = replace(body, 'test.full', 'test.fill')".to_owned(),
            ),
        ];
        for (what, sql, path, undo) in attacks {
            auditor.get(path).expect(200);
            owner.run(&sql);
            let mark = alarms::mark();
            assert_eq!(auditor.get(path).problem(), "integrity", "{what}");
            assert!(alarms::since(mark).contains("the tree in the database is not the one that was signed"), "{what}");
            owner.run(&undo);
            auditor.get(path).expect(200);
        }
        // A tile is shown as it is stored: a proof that is made of it does not lead to the signed root.
        let leaf = auditor.get(&proof).expect(200).json()["leaf"].as_str().and_then(unhex).unwrap();
        let (root, served) = (tlog::Hash(honest.root), OverHttp(auditor.clone()));
        let reader = TileHashReader::new(size, root, &served);
        let proves = || {
            let proof = tlog::prove_record(size, 300, &reader)?;
            tlog::check_record(&proof, size, root, 300, tlog::Hash(leaf))
        };
        assert!(proves().is_ok());
        owner.run(&format!("UPDATE ledger_leaf SET leaf = {zeros} WHERE seq = 301"));
        assert!(proves().is_err());
    });
}
