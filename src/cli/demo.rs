//! `demo`: a synthetic borough in a folder of its own, served on loopback. It must never touch a folder it did not make,
//! nor listen anywhere else: its tokens are printed for whoever looks.

use super::{Failed, keys, serve};
use crate::app::compose::{Composed, Plan, compose};
use crate::app::register::take_in;
use crate::casework::rules::Rules;
use crate::clock::Clock;
use crate::config::{Limits, Notices};
use crate::demo::borough::Borough;
use crate::demo::calendar;
use crate::demo::load;
use crate::demo::seats::Seat;
use crate::demo::tokens::{Issuers, TokenBook};
use crate::seal::key_folder::Mode;
use crate::store::rows::Published;
use crate::store::{Settings, Store};
use chrono::NaiveDate;
use clap::Args;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Options {
    /// The folder; made if it is not there
    #[arg(long)]
    pub data: PathBuf,
    /// Of 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Agencies and people, but no cases
    #[arg(long)]
    pub empty: bool,
}

pub const ORIGIN: &str = "demo.channel-panel.invalid/log";
/// Written first: the folder is ours. Written last: it is whole.
const MARKER: &str = super::plan::DEMO_MARKER;
const WHOLE: &str = "WHOLE";

pub fn run(options: &Options) -> Result<ExitCode, Failed> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = TcpListener::bind(address).map_err(|error| format!("{address}: {error}"))?;
    crate::telemetry::start();
    let place = Place::take(&options.data)?;
    let (composed, borough, issuers) = if place.is_whole() { place.open()? } else { place.make(options.empty)? };
    let book = TokenBook::issue(&issuers, &borough, composed.service.clock.instant())?;
    let mut json = serde_json::to_vec_pretty(&book.to_json())?;
    json.push(b'\n');
    write_private(&options.data.join("tokens.json"), &json)?;
    let bound = listener.local_addr()?;
    introduce(&book, bound, &options.data);
    let follower = calendar::follow(&options.data, Arc::clone(&composed.service))?;
    serve::listen(listener, None, Arc::clone(&composed.service), || serve::announce("http", bound))?;
    println!("stopped; start it again with the same command, on the same data");
    drop(follower);
    drop(composed);
    Ok(ExitCode::SUCCESS)
}

/// Database address, signer's folder and origin of a demonstration.
pub fn places(data: &Path) -> Result<(String, PathBuf, String), Failed> {
    if !data.join(MARKER).exists() {
        return Err(Failed::unusable(format!("{}: is not a folder of a demonstration", data.display())));
    }
    let place = Place { folder: data.to_owned() };
    Ok((place.url(), place.folder.join("signer"), ORIGIN.to_owned()))
}

/// Whether a demonstration was made here to the end.
pub fn is_whole(data: &Path) -> bool {
    Place { folder: data.to_owned() }.is_whole()
}

struct Place {
    folder: PathBuf,
}

impl Place {
    /// Takes a folder that this command made, or makes one.
    fn take(folder: &Path) -> Result<Self, Failed> {
        let place = Self { folder: folder.to_owned() };
        if folder.join(MARKER).exists() {
            return Ok(place);
        }
        let taken = folder.exists() && std::fs::read_dir(folder)?.next().is_some();
        if taken {
            return Err(Failed::from(format!(
                "{}: was not made by a demonstration and is left alone",
                folder.display()
            )));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        write_private(&folder.join(MARKER), b"Synthetic people only. `serve` refuses this folder.\n")?;
        Ok(place)
    }

    fn is_whole(&self) -> bool {
        self.folder.join(WHOLE).exists()
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.join("panel.db").display())
    }

    fn plan(&self, issuers: &Issuers, borough: &Borough, clock: Clock) -> Plan {
        Plan {
            clock,
            database_url: self.url(),
            settings: Settings::default(),
            keys: self.folder.join("keys"),
            mode: Mode::Demo,
            signer: self.folder.join("signer"),
            origin: ORIGIN.to_owned(),
            signs: true,
            sequence_every: Duration::from_millis(200),
            published: Published::Signed,
            keep_years: 6,
            delivery: None,
            issuers: issuers.config(borough),
            rules: Rules::default(),
            limits: Limits::default(),
            notices: Some(Notices {
                url: "https://channel-panel.invalid/".to_owned(),
                from: "channel-panel@brackenmere.invalid".to_owned(),
                reply_to: None,
                files: Some(self.folder.join("outbox")),
                smtp: None,
            }),
        }
    }

    fn open(&self) -> Result<(Composed, Borough, Issuers), Failed> {
        let read = |name: &str| std::fs::read(self.folder.join(name)).map_err(|error| format!("{name}: {error}"));
        let borough: Borough = serde_json::from_slice(&read("borough.json")?)?;
        let issuers = Issuers::kept(&read("people.pk8")?, &read("systems.pk8")?)?;
        let composed = compose(self.plan(&issuers, &borough, calendar::clock(&self.folder)?))?;
        println!("opened {}", self.folder.display());
        Ok((composed, borough, issuers))
    }

    /// Makes everything. What an interrupted run left is begun again: it was ours, and nobody has worked in it.
    fn make(&self, empty: bool) -> Result<(Composed, Borough, Issuers), Failed> {
        self.clear()?;
        println!("1/4 making keys in {}", self.folder.display());
        keys::make(&self.folder.join("keys"), Mode::Demo, 1)?;
        keys::make_signer(&self.folder.join("signer"), ORIGIN, false)?;
        let (borough, issuers) = (Borough::fresh(), Issuers::fresh()?);
        write_private(&self.folder.join("borough.json"), &serde_json::to_vec_pretty(&borough)?)?;
        write_private(&self.folder.join("people.pk8"), issuers.people.pkcs8())?;
        write_private(&self.folder.join("systems.pk8"), issuers.systems.pkcs8())?;
        println!("2/4 making the database");
        Store::open(&self.url(), &Settings::default())?.migrate()?;
        let composed = compose(self.plan(&issuers, &borough, Clock::default()))?;
        println!("3/4 taking in agencies, people, memberships and agreements");
        let clock = Clock::default();
        let register = borough.register(clock.today(), clock.instant());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime
            .block_on(take_in(&composed.service, register))
            .map_err(|problem| format!("the borough was not taken in: {}", problem.kind.slug()))?;
        if empty {
            println!("4/4 no cases, as asked");
        } else {
            println!("4/4 telling the borough's stories through the API");
            let book = TokenBook::issue(&issuers, &borough, clock.instant())?;
            load::load(&composed.service, &book, &runtime, &mut |line| println!("    {line}"))?;
        }
        write_private(&self.folder.join(WHOLE), b"")?;
        Ok((composed, borough, issuers))
    }

    fn clear(&self) -> Result<(), Failed> {
        for name in [
            "panel.db",
            "panel.db-wal",
            "panel.db-shm",
            "borough.json",
            "people.pk8",
            "systems.pk8",
            "tokens.json",
            calendar::FILE,
        ] {
            remove(std::fs::remove_file(self.folder.join(name)))?;
        }
        for name in ["keys", "signer", "outbox"] {
            remove(std::fs::remove_dir_all(self.folder.join(name)))?;
        }
        Ok(())
    }
}

fn remove(done: std::io::Result<()>) -> Result<(), Failed> {
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Mode 0600 from its first byte: written beside, then moved into place.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    let beside = path.with_extension("new");
    remove(std::fs::remove_file(&beside))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    Ok(())
}

/// Who is who, with a token and a line to try.
fn introduce(book: &TokenBook, address: SocketAddr, data: &Path) {
    // The log goes by the machine's clock, wherever the demonstration's calendar stands.
    let log_day = Clock::default().instant().london_date();
    println!();
    for (seat, held) in book.iter() {
        println!("{}: {}", seat.name(), seat.describe());
        println!("  token: {}", held.token);
        println!(
            "  try:   curl -s -H \"Authorization: Bearer {}\" \"http://{address}/api/v1{}\"",
            held.token,
            try_path(seat, log_day)
        );
        println!();
    }
    println!("The same, for scripts: {}", data.join("tokens.json").display());
}

fn try_path(seat: Seat, log_day: NaiveDate) -> String {
    use crate::casework::role::Role;
    let path = match seat.role() {
        Role::Referrer => "/referrals",
        Role::Auditor => return format!("/ledger/entries?from={log_day}&to={log_day}&operation=openCase"),
        Role::Administrator => "/agencies",
        _ => "/cases?limit=5",
    };
    path.to_owned()
}
