//! `ledger verify --against-db`: what the owner of the database did to rows and log after an auditor had the export, by the
//! command; each beside the same database as it was.

use super::deployed::Deployed;
use super::sql::{LEDGER, Owner};
use super::work::{amend, cases_of, matched, path, referral, sequenced, submit};
use crate::harness::Backend;
use channel_panel::demo::seats::Seat;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

struct Scene<'d> {
    deployed: &'d Deployed,
    owner: Owner<'d>,
    vkey: String,
    export: PathBuf,
}

impl Scene<'_> {
    fn verify(&self, more: &[&str]) -> (i32, String) {
        let config = self.deployed.config();
        let more = [&["--against-db", "--config", &config], more].concat();
        self.deployed.verify(&self.export, &self.vkey, &more)
    }

    /// Does it, expects the word, and puts everything back.
    fn found(&self, what: &str, tables: &[&str], sql: &str, word: &str) {
        self.owner.keep("before", tables);
        self.owner.run(sql);
        let (code, said) = self.verify(&[]);
        assert!(code == 1 && said.contains(word), "{what}: {code}: {said}");
        let alone = self.deployed.verify(&self.export, &self.vkey, &[]).0;
        assert_eq!(alone, 0, "{what}: the export alone is good");
        self.owner.put_back("before", tables);
        let (code, said) = self.verify(&[]);
        assert_eq!(code, 0, "{what}: {said}");
    }
}

#[test]
fn a_database_that_does_not_hold_what_was_exported_is_found_by_name() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let owner = Owner::of(&deployed.database);
        let service = deployed.start();
        let school = deployed.client(service.base(), Seat::School);
        let case = cases_of(&owner, &submit(&school, &referral("Philomena", "Gatsby")))[0].clone();
        let officer = deployed.client(service.base(), Seat::Coordinator);
        matched(&owner);
        owner.keep("old", &["case_file"]);
        amend(&officer, &case, "contact", &json!({ "howToReach": "By letter" }));
        sequenced(&owner);
        owner.keep("old", &LEDGER);
        officer.get(&path(&case)).expect(200);
        sequenced(&owner);
        assert!(service.stop().success());
        let scene = Scene { vkey: deployed.vkey(), export: deployed.export(), deployed: &deployed, owner };
        let (code, said) = scene.verify(&[]);
        assert!(code == 0 && said.contains("every row is as far as it attests"), "{backend:?}: {said}");

        let which = format!("id = '{case}'");
        let older = "older row was put back";
        scene.found(
            "an older case",
            &["case_file"],
            "DELETE FROM case_file; INSERT INTO case_file SELECT * FROM old_case_file",
            older,
        );
        scene.found(
            "no case",
            &["case_file"],
            &format!("DELETE FROM case_file WHERE {which}"),
            "is gone and was not erased",
        );
        let facts = format!("UPDATE case_file SET header = replace(header, 'referred', 'triage') WHERE {which}");
        scene.found("other facts", &["case_file"], &facts, "has not the facts that the log attests");
        let member = "DELETE FROM membership WHERE id = (SELECT min(id) FROM membership)";
        scene.found("no membership", &["membership"], member, "is gone and was not erased");
        let edited =
            "UPDATE ledger_entry SET body = body || ' ' WHERE id = (SELECT entry_id FROM ledger_leaf WHERE seq = 1)";
        scene.found("an edited entry", &["ledger_entry"], edited, "entry 1 is missing or altered");
        let swapped = "UPDATE ledger_leaf SET seq = -1 WHERE seq = 1; UPDATE ledger_leaf SET seq = 1 WHERE seq = 2; UPDATE ledger_leaf SET seq = 2 WHERE seq = -1";
        scene.found("swapped entries", &["ledger_leaf"], swapped, "the tree is not one that grew out of the export's");
        scene.owner.keep("now", &LEDGER);
        scene.owner.put_back("old", &LEDGER);
        let (code, said) = scene.verify(&[]);
        assert!(code == 1 && said.contains("an older database was put back"), "{said}");
        scene.owner.put_back("now", &LEDGER);

        // It grew on: the older export still stands, and what is good is kept for the next time.
        let service = deployed.start();
        amend(
            &deployed.client(service.base(), Seat::Coordinator),
            &case,
            "contact",
            &json!({ "howToReach": "By phone" }),
        );
        let asks = deployed.client(service.base(), Seat::Coordinator).with("Ledger-Receipt", "wanted".to_owned());
        let answer = asks.get("/api/v1/me").expect(200);
        deployed.write("receipt", &format!("{}\n", answer.header("ledger-receipt").unwrap()));
        sequenced(&scene.owner);
        assert!(service.stop().success());
        // Of a receipt that is younger than the export nothing can be said, and of the database all the same.
        let young = ["--receipt", &deployed.path("receipt")];
        let (code, said) = scene.verify(&young);
        assert!(code == 2 && said.contains("every row is as far as it attests"), "{code}: {said}");
        scene.owner.keep("before", &["membership"]);
        scene.owner.run(member);
        let (code, said) = scene.verify(&young);
        assert!(code == 1 && said.contains("is gone and was not erased"), "{code}: {said}");
        scene.owner.put_back("before", &["membership"]);
        let known = deployed.path("known");
        let (code, said) = scene.verify(&["--write-known", &known]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(fs::read(&known).unwrap(), fs::read(scene.export.join("checkpoint")).unwrap());
        let later = deployed.export();
        assert_eq!(deployed.verify(&later, &scene.vkey, &["--known", &known, "--write-known", &known]).0, 0);
        let kept = fs::read(&known).unwrap();
        assert_eq!(kept, fs::read(later.join("checkpoint")).unwrap());
        let (code, said) = deployed.verify(&scene.export, &scene.vkey, &["--known", &known, "--write-known", &known]);
        assert!(code == 1 && said.contains("not written"), "{said}");
        assert_eq!(fs::read(&known).unwrap(), kept, "what is not good is not kept");
    }
}
