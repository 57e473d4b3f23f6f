//! The service as an administrator sets it up: a folder with configuration, keys, signer and issuer, made by the
//! commands themselves, and the real binary serving it.

use crate::harness::{Backend, Client, Database, Folder, Schema, Service};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channel_panel::access::PersonKind;
use channel_panel::access::mint::{Mint, Order};
use channel_panel::app::register::Register;
use channel_panel::clock::Clock;
use channel_panel::demo::borough::Borough;
use channel_panel::demo::seats::Seat;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use uuid::Uuid;

const AUDIENCE: &str = "channel-panel.borough.test";
pub const ORIGIN: &str = "channel-panel.borough.test/log";

pub struct Deployed {
    pub database: Database,
    pub folder: Folder,
    pub borough: Borough,
    people: Mint,
    systems: Mint,
}

impl Deployed {
    /// Configured, with keys, schema and register; not running.
    pub fn new(backend: Backend) -> Self {
        let deployed = Self::configured(backend);
        deployed.run(&["keys", "init", "--config", &deployed.config()]);
        deployed.run(&["migrate", "--config", &deployed.config()]);
        deployed.write("register.json", &deployed.register().to_string());
        deployed.run(&["register", "--config", &deployed.config(), &deployed.path("register.json")]);
        deployed
    }

    /// A configuration and an issuer; nothing made yet.
    pub fn configured(backend: Backend) -> Self {
        let mint = |name: &str| Mint::new(&format!("https://{name}.borough.test/"), AUDIENCE).unwrap();
        let deployed = Self {
            database: Database::new(backend, &Schema::EMPTY),
            folder: Folder::new(),
            borough: Borough::fresh(),
            people: mint("people"),
            systems: mint("systems"),
        };
        for (name, mint) in [("people", &deployed.people), ("systems", &deployed.systems)] {
            let pair = Ed25519KeyPair::from_pkcs8(mint.pkcs8()).unwrap();
            let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
            let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "demo-1", "use": "sig", "alg": "EdDSA", "x": x});
            deployed.write(&format!("{name}.jwks"), &json!({ "keys": [key] }).to_string());
        }
        deployed.write("config.toml", &deployed.toml("127.0.0.1:0", ""));
        deployed
    }

    /// The configuration, with `more` tables after it.
    pub fn toml(&self, listen: &str, more: &str) -> String {
        let agencies: Vec<String> = self.borough.agencies().iter().map(|id| format!("\"{id}\"")).collect();
        let agencies = agencies.join(", ");
        let issuer = |name: &str, more: &str| {
            format!(
                "[[issuers]]\nissuer = \"https://{name}.borough.test/\"\naudience = \"{AUDIENCE}\"\n\
                 keys_file = \"{}\"\nagencies = [{agencies}]\n{more}\n",
                self.path(&format!("{name}.jwks"))
            )
        };
        format!(
            "listen = \"{listen}\"\n[database]\nurl = \"{}\"\n[keys]\ndirectory = \"{}\"\n\
             [ledger]\norigin = \"{ORIGIN}\"\nsigner_directory = \"{}\"\nsequence_every_ms = 50\n{}{}{more}",
            self.database.url(),
            self.path("keys"),
            self.path("signer"),
            issuer("people", "strong_acr = [\"urn:channel-panel:strong\"]"),
            issuer("systems", "systems = true"),
        )
    }

    /// The borough's register, of people whom this issuer vouches for.
    pub fn register(&self) -> Value {
        let clock = Clock::default();
        let Register { panels, agencies, mut people, memberships, agreements } =
            self.borough.register(clock.today(), clock.instant());
        for person in &mut people {
            let by = if person.kind == PersonKind::System { "systems" } else { "people" };
            person.issuer = format!("https://{by}.borough.test/");
        }
        json!({"panels": panels, "agencies": agencies, "people": people, "memberships": memberships, "agreements": agreements})
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    pub fn config(&self) -> String {
        self.path("config.toml")
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    pub fn try_run(&self, arguments: &[&str]) -> Output {
        Service::binary().args(arguments).output().unwrap()
    }

    /// Standard output of a command that must succeed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let done = self.try_run(arguments);
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(done.status.success(), "{arguments:?}: {}{}", said(&done.stdout), said(&done.stderr));
        said(&done.stdout)
    }

    /// The exit code and standard error of a command that must not succeed.
    pub fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let done = self.try_run(arguments);
        assert!(!done.status.success(), "{arguments:?} succeeded");
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stderr).into_owned())
    }

    pub fn start(&self) -> Service {
        self.serve(&self.config())
    }

    pub fn serve(&self, config: &str) -> Service {
        let mut command = Service::binary();
        command.args(["serve", "--config", config]).env("CHANNEL_PANEL_LOG", "debug");
        Service::start(command, &self.folder)
    }

    /// The configuration of another instance on the same database and keys, with a signer of its own: gives its path.
    pub fn another(&self) -> String {
        let toml = self.toml("127.0.0.1:0", "").replace(&self.path("signer"), &self.path("another-signer"));
        self.write("another.toml", &toml);
        self.run(&["keys", "init", "--config", &self.path("another.toml")]);
        self.path("another.toml")
    }

    pub fn token(&self, seat: Seat) -> String {
        let system = seat.post().kind == PersonKind::System;
        let order = Order { subject: seat.name().to_owned(), lifetime: 3500, strong: !system, system };
        let mint = if system { &self.systems } else { &self.people };
        mint.token(&order, Clock::default().instant()).unwrap()
    }

    pub fn client(&self, base: &str, seat: Seat) -> Client {
        Client::new(base).bearer(&self.token(seat)).acting(self.borough.membership(seat))
    }

    /// The log's public key, as `keys init` says it again.
    pub fn vkey(&self) -> String {
        let said = self.run(&["keys", "init", "--config", &self.config()]);
        said.lines().find_map(|line| line.strip_prefix("the log's public key: ")).unwrap().to_owned()
    }

    /// An export into a new folder.
    pub fn export(&self) -> PathBuf {
        let to = self.folder.join(&format!("export-{}", Uuid::new_v4()));
        self.run(&["ledger", "export", to.to_str().unwrap(), "--config", &self.config()]);
        to
    }

    pub fn verify(&self, export: &std::path::Path, vkey: &str, more: &[&str]) -> (i32, String) {
        let mut arguments = vec!["ledger", "verify", export.to_str().unwrap(), "--key", vkey];
        arguments.extend(more);
        let done = self.try_run(&arguments);
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        (done.status.code().unwrap(), said)
    }
}
