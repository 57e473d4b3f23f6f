//! The commands, and what they refuse.

use super::deployed::Deployed;
use super::sql::Owner;
use crate::harness::{Backend, Service};
use channel_panel::casework::ids::AgencyId;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

#[test]
fn a_configuration_is_refused_by_name_and_rule() {
    let deployed = Deployed::new(Backend::Sqlite);
    let config = deployed.config();
    let check = |text: &str| {
        deployed.write("config.toml", text);
        let done = deployed.try_run(&["check-config", "--config", &config]);
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let sound = deployed.toml("127.0.0.1:0", "");
    assert_eq!(check(&sound).0, 0);
    let health = deployed.borough.agency(Body::Health);
    let sponsor = |agency: &AgencyId, by: &str, subject: &str| {
        format!(
            "[[sponsors]]\nagency = \"{agency}\"\nissuer = \"https://{by}.borough.test/\"\nsubject = \"{subject}\"\n"
        )
    };
    assert_eq!(check(&deployed.toml("127.0.0.1:0", &sponsor(&health, "people", "a"))).0, 0);
    for (text, named) in [
        (format!("listne = \"x\"\n{sound}"), "listne"),
        (sound.replace("sequence_every_ms", "sequence_evry_ms"), "sequence_evry_ms"),
        (deployed.toml("127.0.0.1:0", "[rules]\nbegin_triage_dayz = 3\n"), "begin_triage_dayz"),
        (deployed.toml("0.0.0.0:0", ""), "listen"),
        (sound.replace("127.0.0.1:0", "everywhere"), "socket address"),
        (sound.replace("agencies = [\"", "agencies = []\n# [\""), "issuers.agencies"),
        (sound.replace("https://people.borough.test/", "https://demo.channel-panel.invalid/people"), "demo"),
        (deployed.toml("127.0.0.1:0", "[limits]\nbody_bytes = 0\n"), "limits"),
        (deployed.toml("127.0.0.1:0", &sponsor(&AgencyId::new(), "people", "a")), "speak for the agency"),
        (deployed.toml("127.0.0.1:0", &sponsor(&health, "nobody", "a")), "speak for the agency"),
        (deployed.toml("127.0.0.1:0", &sponsor(&health, "people", " ")), "sponsors.subject"),
        (deployed.toml("127.0.0.1:0", "[ledger.delivery]\n"), "ledger.delivery"),
        (deployed.toml("127.0.0.1:0", "[ledger.delivery]\ncommand = [\"scp\"]\n"), "ledger.delivery.command"),
        (deployed.toml("127.0.0.1:0", "[ledger.delivery]\ndirectory = \"/d\"\novrdue_minutes = 3\n"), "ovrdue_minutes"),
        (
            deployed.toml("127.0.0.1:0", "[ledger.delivery]\ndirectory = \"/d\"\noverdue_minutes = 3\n"),
            "ledger.delivery.overdue_minutes",
        ),
        (
            sound.replace("[ledger]", "[ledger]\nsigns = false") + "[ledger.delivery]\ndirectory = \"/d\"\n",
            "belongs to the instance that signs",
        ),
    ] {
        let (code, said) = check(&text);
        if named == "demo" {
            // The issuer's own words come from serve, which makes the token verifier.
            assert_eq!(deployed.refused(&["serve", "--config", &config]).0, 1);
            continue;
        }
        assert!(code != 0 && said.contains(named), "{named}: {code} {said}");
        assert!(deployed.refused(&["serve", "--config", &config]).1.contains(named), "serve, {named}");
    }
    assert_eq!(check(&format!("behind_proxy = true\n{}", deployed.toml("0.0.0.0:0", ""))).0, 0);
}

#[test]
fn keys_that_others_could_read_and_folders_of_a_demonstration_are_not_served() {
    let deployed = Deployed::new(Backend::Sqlite);
    let config = deployed.config();
    let serve = || deployed.refused(&["serve", "--config", &config]);
    let mut keys: Vec<_> = fs::read_dir(deployed.path("keys")).unwrap().map(|entry| entry.unwrap().path()).collect();
    keys.retain(|path| path.is_file());
    let key = keys.iter().find(|path| path.to_str().unwrap().contains("common")).unwrap_or(&keys[0]).clone();
    let log_key = deployed.folder.join("signer/log.key");
    for file in [&key, &log_key] {
        fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
        let (code, said) = serve();
        assert!(code == 1 && said.contains("0600"), "{}: {said}", file.display());
        assert!(deployed.refused(&["check-config", "--config", &config]).1.contains("0600"));
        fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
    }
    fs::set_permissions(deployed.path("keys"), Permissions::from_mode(0o755)).unwrap();
    assert!(serve().1.contains("0700"), "{}", serve().1);
    fs::set_permissions(deployed.path("keys"), Permissions::from_mode(0o700)).unwrap();
    assert!(deployed.start().stop().success(), "as it was, it is served");

    deployed.write("CHANNEL-PANEL-DEMO", "");
    assert!(serve().1.contains("demonstration"), "{}", serve().1);
    fs::remove_file(deployed.folder.join("CHANNEL-PANEL-DEMO")).unwrap();

    // What was never made is not made by serving.
    let bare = Deployed::configured(Backend::Sqlite);
    assert_eq!(bare.refused(&["serve", "--config", &bare.config()]).0, 1);
    bare.run(&["keys", "init", "--config", &bare.config()]);
    let (_, said) = bare.refused(&["serve", "--config", &bare.config()]);
    assert!(said.contains("migrate"), "{said}");
    // A lost signer's state is not begun anew, but by somebody who says so.
    fs::remove_file(deployed.folder.join("signer/state")).unwrap();
    assert!(serve().1.contains("state is lost"), "{}", serve().1);
    let (code, said) = deployed.refused(&["keys", "init", "--config", &config]);
    assert!(code == 1 && said.contains("--accept-log"), "{said}");
    assert!(serve().1.contains("state is lost"), "{}", serve().1);
    deployed.run(&["keys", "init", "--accept-log", "--config", &config]);
    assert!(deployed.start().stop().success());
    assert!(deployed.refused(&["keys", "init", "--accept-log", "--config", &config]).1.contains("has a state already"));
}

#[test]
fn keys_and_signer_are_their_owners_only_whatever_the_umask() {
    let deployed = Deployed::configured(Backend::Sqlite);
    let made = Command::new("/bin/sh")
        .args(["-c", "umask 0; exec \"$0\" \"$@\""])
        .arg(Service::binary().get_program())
        .args(["keys", "init", "--config", &deployed.config()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for (folder, files) in [("keys", 1), ("signer", 3)] {
        let folder = deployed.folder.join(folder);
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        let found: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(found.len() >= files);
        for file in found.iter().filter(|path| path.is_file()) {
            assert_eq!(mode(file), 0o600, "{}", file.display());
        }
    }
}

#[test]
fn a_reader_that_has_gone_ends_no_command_in_a_panic() {
    let deployed = Deployed::new(Backend::Sqlite);
    assert!(deployed.start().stop().success(), "a log, with a checkpoint");
    let (export, vkey) = (deployed.export(), deployed.vkey());
    let verify = ["ledger", "verify", export.to_str().unwrap(), "--key", &vkey];
    let nowhere = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    for arguments in [&verify[..], &["policy", "matrix"], &["openapi"], &["transitions"]] {
        let done = Service::binary().args(arguments).stdout(nowhere()).output().unwrap();
        assert_eq!(
            (done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()),
            (Some(0), ""),
            "{arguments:?}"
        );
        // A disk that is full is another thing: what was to be written is lost.
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let done = Service::binary().args(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.code() == Some(1) && said.contains("standard output cannot be written"), "{said}");
    }
    let refused = Service::binary().args(["ledger", "export", "x"]).stderr(nowhere()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_register_is_taken_in_beside_a_running_service() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let deployed = Deployed::new(backend);
        let service = deployed.start();
        let me = |seat| deployed.client(service.base(), seat).get("/api/v1/me");
        me(Seat::Partner).expect(200);
        let take_in = |name: &str, text: &str| {
            deployed.write(name, text);
            deployed.try_run(&["register", "--config", &deployed.config(), &deployed.path(name)])
        };
        let owner = Owner::of(&deployed.database);
        let id = deployed.borough.membership(Seat::Partner);
        let facts = owner.text(&format!("SELECT facts AS v FROM membership WHERE id = '{id}'"));
        let mut ended: serde_json::Value = serde_json::from_str(&facts).unwrap();
        (ended["ended"], ended["version"]) = (json!(true), json!(2));
        let mut alone = ended.clone();
        alone["confirmedBy"] = alone["proposedBy"].clone();
        let refused = take_in("alone.json", &json!({ "memberships": [alone] }).to_string());
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("another person"));
        let mut watched = ended.clone();
        (watched["role"], watched["sponsor"]) = (json!("auditor"), json!(true));
        let refused = take_in("watched.json", &json!({ "memberships": [watched] }).to_string());
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("cannot be a sponsor"));
        let facts = owner.text("SELECT facts AS v FROM agreement ORDER BY id LIMIT 1");
        let mut agreed: serde_json::Value = serde_json::from_str(&facts).unwrap();
        (agreed["confirmedBy"], agreed["version"]) = (agreed["proposedBy"].clone(), json!(2));
        let refused = take_in("agreed.json", &json!({ "agreements": [agreed] }).to_string());
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("an agreement"));
        assert!(!take_in("odd.json", &json!({ "memberships": [ended], "extra": 1 }).to_string()).status.success());
        me(Seat::Partner).expect(200);
        let taken = take_in("ended.json", &json!({ "memberships": [ended] }).to_string());
        assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
        assert_eq!(me(Seat::Partner).problem(), "membership-required");
        assert!(!take_in("ended.json", &json!({ "memberships": [ended] }).to_string()).status.success(), "twice");
        super::work::sequenced(&owner);
        let (code, said) = deployed.verify(&deployed.export(), &deployed.vkey(), &[]);
        assert_eq!(code, 0, "{said}");
        assert!(service.stop().success());
    }
}

#[test]
fn tls_is_1_3_or_1_2_and_nothing_older() {
    let deployed = Deployed::new(Backend::Sqlite);
    let (certificate, key) = (deployed.path("tls.pem"), deployed.path("tls.key"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            &key,
            "-out",
            &certificate,
        ])
        .output()
        .expect("openssl is on every Debian");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tls = format!("[tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n");
    deployed.write("config.toml", &deployed.toml("127.0.0.1:0", &tls));
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    assert!(deployed.refused(&["serve", "--config", &deployed.config()]).1.contains("0600"));
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    let service = deployed.start();
    let address = service.base().strip_prefix("https://").expect("https").to_owned();
    let hello = |version: &str| {
        Command::new("openssl")
            .args(["s_client", "-connect", &address, "-CAfile", &certificate, "-cipher", "ALL:@SECLEVEL=0", version])
            .stdin(Stdio::null())
            .output()
            .map(|done| {
                (
                    done.status.success(),
                    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
                )
            })
            .unwrap()
    };
    for (version, name) in [("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2")] {
        let (worked, said) = hello(version);
        assert!(worked && said.contains(&format!("New, {name}")) && said.contains("Verify return code: 0"), "{said}");
    }
    for version in ["-tls1_1", "-tls1"] {
        let (worked, said) = hello(version);
        assert!(!worked && said.contains("SSL alert number"), "{version}: {said}");
    }
    // And it serves: over TLS, to somebody with a token; nothing to plain HTTP.
    let asked = Command::new("curl")
        .args(["-s", "--cacert", &certificate, "-H", &format!("Authorization: Bearer {}", deployed.token(Seat::Chair))])
        .arg(format!("https://{address}/api/v1/me"))
        .output();
    if let Ok(asked) = asked {
        assert!(
            String::from_utf8_lossy(&asked.stdout).contains("memberships"),
            "{}",
            String::from_utf8_lossy(&asked.stdout)
        );
    }
    assert!(
        !crate::harness::raw(&format!("http://{address}"), b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n")
            .contains("200 OK")
    );
    assert!(service.stop().success());
}
