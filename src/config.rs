//! The configuration of a running service: one TOML file, a few values from the environment, unknown keys refused.
//! It must never hold a secret itself: keys are files that it names.

mod ledger;

pub use ledger::{Delivery, Ledger, Sends};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why a configuration is refused. The text names the key and the rule; the file holds no secret, so it may be quoted.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: {message}")]
    Invalid { path: PathBuf, message: String },
    #[error("{key}: {rule}")]
    Rule { key: &'static str, rule: &'static str },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on. Anything but loopback needs `[tls]` or `behind_proxy = true`.
    pub listen: SocketAddr,
    /// True only where a proxy on the same host or private network terminates TLS.
    #[serde(default)]
    pub behind_proxy: bool,
    pub tls: Option<Tls>,
    pub database: Database,
    pub keys: Keys,
    pub ledger: Ledger,
    #[serde(default)]
    pub issuers: Vec<IssuerSource>,
    #[serde(default)]
    pub sponsors: Vec<SponsorSource>,
    /// Letters that say that something waits; none are written without.
    pub notices: Option<Notices>,
    #[serde(default)]
    pub limits: Limits,
    /// What casework leaves to local practice (BG in the domain notes): deadlines, review months, retention. Read by `casework::Rules`, which refuses unknown keys.
    #[serde(default)]
    pub rules: toml::Table,
}

/// Letters to people whose row of the register has an address. None says a word of any case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// What a letter points to: where people reach the service.
    pub url: String,
    /// The sender's address.
    pub from: String,
    /// Where answers go, if anywhere else.
    pub reply_to: Option<String>,
    /// A folder to write letters to, one file each: for trials. This or `smtp`.
    pub files: Option<PathBuf>,
    pub smtp: Option<Smtp>,
}

/// The server that takes letters. It is spoken to in TLS, or not at all.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// As its certificate names it.
    pub host: String,
    pub port: u16,
    /// The connection begins in the clear and must turn to TLS before anything is said; else it is TLS from the first byte.
    #[serde(default)]
    pub starttls: bool,
    /// PEM: the authorities that may vouch for the server, and no others; without it those that the machine trusts.
    pub authorities: Option<PathBuf>,
    /// A file of two lines, name and password, mode 0600; without it nobody signs in.
    pub credentials: Option<PathBuf>,
    /// Seconds that each answer may take.
    #[serde(default = "default_answer_seconds")]
    pub answer_seconds: u16,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM certificate chain.
    pub certificate: PathBuf,
    /// PEM private key, mode 0600.
    pub key: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`. A password belongs in a libpq passfile, not here.
    pub url: String,
    #[serde(default = "default_statement_timeout")]
    pub statement_timeout_ms: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub directory: PathBuf,
    /// Days for which the oldest backup of the database is kept. No key is destroyed sooner after the last row left it.
    #[serde(default = "default_backup_horizon")]
    pub backup_horizon_days: u16,
}

/// Who may say who somebody is, and for which agencies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSource {
    pub issuer: String,
    pub audience: String,
    /// A JWK set file (Ed25519 or P-256 public keys).
    pub keys_file: PathBuf,
    /// Agency ids this issuer may speak for.
    pub agencies: Vec<uuid::Uuid>,
    #[serde(default)]
    pub strong_acr: Vec<String>,
    #[serde(default)]
    pub strong_amr: Vec<String>,
    #[serde(default = "default_auth_age")]
    pub max_auth_age_minutes: u32,
    /// Partner systems rather than people: no interactive sign-in, so no `auth_time`.
    #[serde(default)]
    pub systems: bool,
}

/// Who answers for an agency before anybody there could have been appointed over the API: its first sponsor. Whoever is
/// named is sponsor in every membership of theirs at that agency, but for administrator and auditor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SponsorSource {
    pub agency: uuid::Uuid,
    /// One of `issuers`, and one that speaks for the agency.
    pub issuer: String,
    /// Exactly the `sub` of their tokens.
    pub subject: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    pub body_bytes: usize,
    pub request_seconds: u64,
    pub recorder_queue: usize,
    /// Places in the recorder's queue that one principal may hold.
    pub recorder_share: usize,
    /// Invalid tokens a minute from one network prefix that are listed one by one; more are counted.
    pub faults_listed_a_minute: u32,
    /// Days for which an `Idempotency-Key` is remembered.
    pub idempotency_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            request_seconds: 10,
            recorder_queue: 1024,
            recorder_share: 64,
            faults_listed_a_minute: 10,
            idempotency_days: 7,
        }
    }
}

fn default_backup_horizon() -> u16 {
    35
}

fn default_statement_timeout() -> u32 {
    5_000
}

fn default_answer_seconds() -> u16 {
    10
}

fn default_auth_age() -> u32 {
    600
}

impl Config {
    /// Reads and checks a file. `CHANNEL_PANEL_LISTEN` and `CHANNEL_PANEL_DATABASE_URL` win over it.
    ///
    /// # Errors
    /// `ConfigError` naming the file, the key and the rule.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let mut config: Config = toml::from_str(&text)
            .map_err(|error| ConfigError::Invalid { path: path.to_owned(), message: error.message().to_owned() })?;
        if let Ok(listen) = std::env::var("CHANNEL_PANEL_LISTEN") {
            config.listen = listen
                .parse()
                .map_err(|_| ConfigError::Rule { key: "CHANNEL_PANEL_LISTEN", rule: "must be ADDRESS:PORT" })?;
        }
        if let Ok(url) = std::env::var("CHANNEL_PANEL_DATABASE_URL") {
            config.database.url = url;
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let rule = |key, rule| Err(ConfigError::Rule { key, rule });
        if self.tls.is_none() && !self.listen.ip().is_loopback() && !self.behind_proxy {
            return rule("listen", "plain HTTP is served on loopback only; give [tls] or say behind_proxy = true");
        }
        self.ledger.check()?;
        if self.issuers.iter().any(|i| i.agencies.is_empty()) {
            return rule("issuers.agencies", "an issuer must be bound to the agencies it speaks for");
        }
        let spoken_for = |sponsor: &SponsorSource| {
            self.issuers.iter().any(|i| i.issuer == sponsor.issuer && i.agencies.contains(&sponsor.agency))
        };
        if !self.sponsors.iter().all(spoken_for) {
            return rule("sponsors", "a sponsor's issuer must be one of the issuers, and speak for the agency");
        }
        if self.sponsors.iter().any(|sponsor| sponsor.subject.trim().is_empty()) {
            return rule("sponsors.subject", "must be the subject of the sponsor's tokens");
        }
        if let Some(notices) = &self.notices {
            if !notices.url.starts_with("https://") || !notices.url.chars().all(|c| c.is_ascii_graphic()) {
                return rule("notices.url", "must be an https address in ASCII");
            }
            if notices.files.is_some() == notices.smtp.is_some() {
                return rule("notices", "must have either `files` or `[notices.smtp]`");
            }
            if notices.smtp.as_ref().is_some_and(|smtp| !(1..=30).contains(&smtp.answer_seconds)) {
                return rule("notices.smtp.answer_seconds", "must be from 1 to 30");
            }
        }
        if self.limits.body_bytes == 0 || self.limits.request_seconds == 0 || self.limits.recorder_queue == 0 {
            return rule("limits", "limits must be positive");
        }
        if self.limits.idempotency_days == 0 {
            return rule("limits.idempotency_days", "a key must be remembered for a day at least");
        }
        Ok(())
    }
}
