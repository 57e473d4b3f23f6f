//! Witness and receipt by the commands themselves: a sister authority cosigns the log as it grows, an auditor asks for its word,
//! and a log without a promised entry is bad.

use super::deployed::Deployed;
use super::sql::Owner;
use super::work::sequenced;
use crate::harness::Backend;
use channel_panel::demo::seats::Seat;
use std::fs;

const NAME: &str = "sister.borough.test/witness";

/// The request's checkpoint with the witness's line at its end, in a file: what the auditor is given.
fn cosigned(deployed: &Deployed, vkey: &str, old: u64) -> String {
    let request = deployed.run(&["ledger", "ask-witness", "--config", &deployed.config(), "--old", &old.to_string()]);
    assert!(request.starts_with(&format!("old {old}\n")), "{request}");
    deployed.write("request", &request);
    let folder = deployed.path("witness");
    let line = deployed.run(&[
        "ledger",
        "witness",
        "cosign",
        &folder,
        "--name",
        NAME,
        "--log",
        vkey,
        &deployed.path("request"),
    ]);
    let name = format!("cosigned-{old}");
    deployed.write(&name, &format!("{}{line}", request.split_once("\n\n").unwrap().1));
    deployed.path(&name)
}

fn size(checkpoint: &str) -> u64 {
    fs::read_to_string(checkpoint).unwrap().lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_sister_authority_cosigns_the_log_and_an_auditor_asks_for_its_word() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let service = deployed.start();
        let work = |base: &str| deployed.client(base, Seat::Coordinator).get("/api/v1/me").expect(200);
        work(service.base());
        sequenced(&Owner::of(&deployed.database));
        let vkey = deployed.vkey();
        let witness = deployed.run(&["ledger", "witness", "init", &deployed.path("witness"), "--name", NAME]);
        let witness = witness.trim_end();
        let first = cosigned(&deployed, &vkey, 0);
        work(service.base());
        sequenced(&Owner::of(&deployed.database));
        let second = cosigned(&deployed, &vkey, size(&first));
        assert!(size(&second) > size(&first));
        assert!(service.stop().success());

        let export = deployed.export();
        let asked = |more: &[&str]| deployed.verify(&export, &vkey, more);
        let (code, said) = asked(&["--known", &second, "--witness", witness]);
        assert_eq!(code, 0, "{backend:?}: {said}");
        let (code, said) = asked(&["--witness", witness]);
        assert!(code == 1 && said.contains("1 witnesses must have cosigned"), "{code}: {said}");
        assert_eq!(asked(&["--witness", witness, "--quorum", "0"]).0, 0);
        assert_eq!(asked(&["--witness", &vkey]).0, 2, "the log is no witness of itself");
        // What it has cosigned it does not cosign from another beginning.
        let again = deployed.path("request");
        fs::write(&again, format!("old 0\n\n{}", fs::read_to_string(&first).unwrap())).unwrap();
        let folder = deployed.path("witness");
        let (code, said) =
            deployed.refused(&["ledger", "witness", "cosign", &folder, "--name", NAME, "--log", &vkey, &again]);
        assert!(code == 1 && said.contains("409"), "{code}: {said}");
    }
}

#[test]
fn a_receipt_is_honoured_or_the_log_is_bad() {
    let deployed = Deployed::new(Backend::Sqlite);
    let service = deployed.start();
    let client = deployed.client(service.base(), Seat::Coordinator).with("Ledger-Receipt", "wanted".to_owned());
    let answer = client.get("/api/v1/me").expect(200);
    deployed.write("receipt", &format!("{}\n", answer.header("ledger-receipt").unwrap()));
    assert!(service.stop().success());
    let (export, vkey, receipt) = (deployed.export(), deployed.vkey(), deployed.path("receipt"));
    let (code, said) = deployed.verify(&export, &vkey, &["--receipt", &receipt]);
    assert_eq!(code, 0, "{said}");
    deployed.write("receipt", &answer.header("ledger-receipt").unwrap().replacen(", n=", ", n=1", 1));
    let (code, said) = deployed.verify(&export, &vkey, &["--receipt", &receipt]);
    assert!(code == 2 && said.contains("no believed key signed it"), "{code}: {said}");
}
