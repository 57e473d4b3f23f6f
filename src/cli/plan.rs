//! From a configuration file to a plan of a service. It must never take a demonstration's folder, issuer or key.

use super::Failed;
use super::witness::keys;
use crate::access::Issuer;
use crate::access::issuer::parse_jwks;
use crate::app::checkpoints::{Courier, Quorum, Roads};
use crate::app::compose::Plan;
use crate::casework::ids::AgencyId;
use crate::casework::rules::Rules;
use crate::clock::Clock;
use crate::config::{Config, Delivery, IssuerSource, Ledger, SponsorSource};
use crate::ledger::note::Speaker;
use crate::seal::key_folder::Mode;
use crate::store::Settings;
use crate::store::rows::Published;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// Reads, checks and resolves a configuration.
pub fn read(path: &Path) -> Result<(Config, Plan), Failed> {
    let config = Config::load(path)?;
    refuse_demo_folders(&config)?;
    let issuers =
        config.issuers.iter().map(|source| issuer(source, &config.sponsors)).collect::<Result<Vec<_>, _>>()?;
    let rules: Rules =
        config.rules.clone().try_into().map_err(|error: toml::de::Error| format!("rules: {}", error.message()))?;
    let plan = Plan {
        clock: Clock::default(),
        database_url: config.database.url.clone(),
        settings: Settings {
            statement_timeout: Duration::from_millis(u64::from(config.database.statement_timeout_ms)),
            ..Settings::default()
        },
        keys: config.keys.directory.clone(),
        mode: Mode::Serve,
        signer: config.ledger.signer_directory.clone(),
        origin: config.ledger.origin.clone(),
        signs: config.ledger.signs,
        sequence_every: Duration::from_millis(config.ledger.sequence_every_ms),
        published: if config.ledger.cosignatures_required > 0 { Published::Cosigned } else { Published::Signed },
        keep_years: config.ledger.keep_years,
        delivery: config.ledger.delivery.as_ref().map(|delivery| roads(&config.ledger, delivery)).transpose()?,
        issuers,
        rules,
        limits: config.limits.clone(),
        notices: config.notices.clone(),
    };
    Ok((config, plan))
}

fn roads(ledger: &Ledger, delivery: &Delivery) -> Result<Roads, Failed> {
    let witnesses = keys(&ledger.witnesses, Speaker::Witness, "ledger.witnesses")?;
    let distinct: BTreeSet<String> = witnesses.iter().map(ToString::to_string).collect();
    if distinct.len() < witnesses.len() {
        return Err(Failed::from("ledger.witnesses: a witness is named twice"));
    }
    let required = ledger.cosignatures_required;
    let quorum = delivery.cosignatures.clone().map(|folder| Quorum { folder, witnesses, required });
    let minutes = |minutes: u32| i64::from(minutes).saturating_mul(60);
    let limit = Duration::from_secs(u64::from(delivery.command_seconds));
    Ok(Roads {
        directory: delivery.directory.clone(),
        courier: (!delivery.command.is_empty()).then(|| Courier { argv: delivery.command.clone(), limit }),
        courier_takes: delivery.command_takes,
        every: minutes(delivery.every_minutes),
        overdue: minutes(delivery.overdue_minutes),
        quorum,
    })
}

/// The demonstration marks the folder it makes; nothing in such a folder is ever served.
pub const DEMO_MARKER: &str = "CHANNEL-PANEL-DEMO";

fn refuse_demo_folders(config: &Config) -> Result<(), Failed> {
    let database =
        config.database.url.strip_prefix("sqlite:").map(|p| Path::new(p.trim_start_matches("//")).to_owned());
    let places = [Some(config.keys.directory.clone()), Some(config.ledger.signer_directory.clone()), database];
    for place in places.into_iter().flatten() {
        let mut folder = Some(place.as_path());
        while let Some(at) = folder {
            if at.join(DEMO_MARKER).exists() {
                return Err(Failed::from(format!(
                    "{}: is in a folder of a demonstration, which is not served",
                    place.display()
                )));
            }
            folder = at.parent().filter(|p| !p.as_os_str().is_empty());
        }
    }
    Ok(())
}

fn issuer(source: &IssuerSource, sponsors: &[SponsorSource]) -> Result<Issuer, Failed> {
    let text = std::fs::read_to_string(&source.keys_file)
        .map_err(|error| format!("{}: {error}", source.keys_file.display()))?;
    let keys = parse_jwks(&text).map_err(|error| format!("{}: {error}", source.keys_file.display()))?;
    let mut sponsor_of: BTreeMap<String, BTreeSet<AgencyId>> = BTreeMap::new();
    for sponsor in sponsors.iter().filter(|sponsor| sponsor.issuer == source.issuer) {
        sponsor_of.entry(sponsor.subject.clone()).or_default().insert(AgencyId(sponsor.agency));
    }
    let issuer = Issuer {
        issuer: source.issuer.clone(),
        audience: source.audience.clone(),
        keys,
        agencies: source.agencies.iter().copied().map(AgencyId).collect(),
        sponsors: sponsor_of,
        demo: source.issuer.starts_with(crate::access::mint::DEMO_ISSUER_PREFIX),
        systems: source.systems,
        strong_acr: source.strong_acr.iter().cloned().collect(),
        strong_amr: source.strong_amr.iter().cloned().collect(),
        max_auth_age: i64::from(source.max_auth_age_minutes).saturating_mul(60),
        step_up: 300,
        max_lifetime: 3600,
    };
    issuer.check().map_err(|error| format!("issuers: {error}"))?;
    Ok(issuer)
}
