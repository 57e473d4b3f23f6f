//! Witness and receipt by the commands themselves: a sister authority cosigns the log as it grows, an auditor asks for its word,
//! and a log without a promised entry is bad.

use super::deployed::{Deployed, ORIGIN};
use super::sql::Owner;
use super::work::sequenced;
use crate::harness::{Backend, Client, Service};
use channel_panel::demo::seats::Seat;
use std::fs;
use std::time::{Duration, Instant};

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

/// Carries a request to a witness as an operator's program does: prints what it answers, and ends with 0 if it is a word.
const CARRY: &str = "import sys, urllib.error, urllib.request\n\
    try:\n    answer = urllib.request.urlopen(sys.argv[1] + '/add-checkpoint', sys.stdin.buffer.read(), 20)\n\
    except urllib.error.HTTPError as error:\n    answer = error\n\
    sys.stdout.write(answer.read().decode())\nsys.exit(0 if answer.status == 200 else 22)\n";

#[test]
fn a_witness_answers_over_http_as_c2sp_says() {
    let deployed = Deployed::new(Backend::Sqlite);
    let service = deployed.start();
    deployed.client(service.base(), Seat::Coordinator).get("/api/v1/me").expect(200);
    sequenced(&Owner::of(&deployed.database));
    assert!(service.stop().success());
    let sister = Sister::new(&deployed);
    let request = deployed.run(&["ledger", "ask-witness", "--config", &deployed.config()]);
    let size: u64 = request.split_once("\n\n").unwrap().1.lines().nth(1).unwrap().parse().unwrap();
    let ask = |text: &str| {
        let answer =
            Client::new(sister.service.base()).request("POST", "/add-checkpoint").body("text/plain", text).send();
        (answer.status, answer.header("content-type").unwrap_or_default().to_owned(), answer.text())
    };
    let note = request.split_once("\n\n").unwrap().1;
    let other = request.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1));
    for (what, text, expected) in [
        ("noise", "old 0\nnothing".to_owned(), 400),
        ("from beyond", format!("old {}\n\n{note}", size + 1), 400),
        ("another's log", request.replace(ORIGIN, "other.example/log"), 404),
        ("not signed", other, 403),
    ] {
        assert_eq!(ask(&text).0, expected, "{what}");
    }
    let (status, kind, line) = ask(&request);
    assert_eq!((status, kind.starts_with("text/plain")), (200, true));
    assert!(line.starts_with(&format!("\u{2014} {NAME} ")) && line.ends_with('\n'), "{line}");
    let (status, kind, body) = ask(&request);
    assert_eq!((status, kind.as_str(), body), (409, "text/x.tlog.size", format!("{size}\n")), "it knows it already");
    assert_eq!(ask(&format!("old {size}\n\n{note}")).0, 200, "and says it again from there");
    let beyond = Client::new(sister.service.base()).get("/api/v1/me");
    assert_eq!(beyond.status, 404);
    let huge = ask(&format!("old 0\n\n{}", "x".repeat(1_100_000)));
    assert_eq!(huge.0, 413);

    // The log goes on; a proof of something else does not convince.
    let service = deployed.start();
    deployed.client(service.base(), Seat::Coordinator).get("/api/v1/me").expect(200);
    sequenced(&Owner::of(&deployed.database));
    assert!(service.stop().success());
    let honest = deployed.run(&["ledger", "ask-witness", "--config", &deployed.config(), "--old", &size.to_string()]);
    let (_, after) = honest.split_once("\n\n").unwrap();
    assert_eq!(ask(&format!("old {size}\n\n{after}")).0, 422, "no proof");
    assert_eq!(ask(&honest).0, 200);
    let public = [
        "ledger",
        "witness",
        "serve",
        &deployed.path("w2"),
        "--name",
        NAME,
        "--log",
        &sister.log,
        "--listen",
        "0.0.0.0:0",
    ];
    deployed.run(&["ledger", "witness", "init", &deployed.path("w2"), "--name", NAME]);
    let (code, said) = deployed.refused(&public);
    assert!(code == 2 && said.contains("loopback"), "{said}");
}

/// A witness that serves.
struct Sister {
    service: Service,
    /// Its public key, and the log's.
    vkey: String,
    log: String,
}

impl Sister {
    fn new(deployed: &Deployed) -> Self {
        let (folder, log) = (deployed.path("sister"), deployed.vkey());
        let vkey = deployed.run(&["ledger", "witness", "init", &folder, "--name", NAME]).trim_end().to_owned();
        let mut command = Service::binary();
        command.args(["ledger", "witness", "serve", &folder, "--name", NAME, "--log", &log, "--listen", "127.0.0.1:0"]);
        Self { service: Service::start(command, &deployed.folder), vkey, log }
    }
}

#[test]
fn what_no_witness_has_cosigned_is_not_published() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let sister = Sister::new(&deployed);
        let (words, script) = (deployed.path("words"), deployed.path("carry.py"));
        fs::create_dir(&words).unwrap();
        deployed.write("carry.py", CARRY);
        let configured = |base: &str| {
            let toml = deployed.toml("127.0.0.1:0", "").replace(
                "sequence_every_ms = 50",
                &format!("sequence_every_ms = 50\nwitnesses = [\"{}\"]\ncosignatures_required = 1", sister.vkey),
            );
            format!(
                "{toml}[ledger.delivery]\ncommand = [\"/usr/bin/env\", \"python3\", \"{script}\", \"{base}\"]\n\
                 command_takes = \"request\"\ncosignatures = \"{words}\"\n"
            )
        };
        // Nobody is there yet.
        deployed.write("config.toml", &configured("http://127.0.0.1:9"));
        let service = deployed.start();
        let checkpoint = |base: &str| {
            deployed.client(base, Seat::Auditor).get("/api/v1/ledger/checkpoint").expect(200).json()["checkpoint"]
                .clone()
        };
        let owner = Owner::of(&deployed.database);
        checkpoint(service.base());
        sequenced(&owner);
        assert!(checkpoint(service.base()).is_null(), "{backend:?}: signed, and counts for nothing");
        let tile = "/api/v1/ledger/tile/0/000.p/1";
        deployed.client(service.base(), Seat::Auditor).get(tile).expect(404);
        let to = deployed.path("too-early");
        let (_, said) = deployed.refused(&["ledger", "export", &to, "--config", &deployed.config()]);
        assert!(said.contains("no checkpoint yet that counts"), "{said}");
        assert!(service.stop().success());

        deployed.write("config.toml", &configured(sister.service.base()));
        let service = deployed.start();
        let began = Instant::now();
        while checkpoint(service.base()).is_null() {
            assert!(began.elapsed() < Duration::from_secs(30), "nobody cosigns: {}", service.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        let note = checkpoint(service.base()).as_str().unwrap().to_owned();
        assert!(note.lines().last().unwrap().starts_with(&format!("\u{2014} {NAME} ")), "{note}");
        deployed.client(service.base(), Seat::Auditor).get(tile).expect(200);
        sequenced(&owner);
        let signed: u64 = owner.text("SELECT CAST(max(size) AS TEXT) AS v FROM ledger_checkpoint").parse().unwrap();
        let counts: u64 = note.lines().nth(1).unwrap().parse().unwrap();
        assert!(counts < signed, "the log has grown beyond what counts");
        assert!(service.stop().success());
        let (code, said) = deployed.verify(&deployed.export(), &sister.log, &["--witness", &sister.vkey]);
        assert!(code == 0 && said.contains(&format!("{counts} entries")), "{backend:?}: {said}");
    }
}
