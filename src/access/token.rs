//! Access tokens (RFC 9068): who somebody is, by whose word, and how they signed in. Never what they may do.
//! No fault ever carries text of the token, and only the signature check is remembered: time, audience and
//! binding are judged anew each time.

use super::issuer::{Issuer, IssuerError, KeyAlgorithm, PublicKey};
use super::ring_provider;
use crate::casework::ids::AgencyId;
use crate::clock::Moment;
use crate::digest::sha256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::{Deserialize, de::IgnoredAny};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest token read, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// How far an issuer's clock may be ahead of ours, in seconds. Expiry has no grace.
const SKEW: i64 = 30;
/// Remembered signatures.
const CACHE: usize = 4096;

/// A verified token.
#[derive(Debug, Clone)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    pub audience: String,
    pub auth_time: Option<Moment>,
    /// By the issuer's mapping of `acr` and `amr`.
    pub strong: bool,
    /// Signed in within the issuer's step-up time.
    pub recent: bool,
    pub expires: Moment,
    /// SHA-256 of the client certificate the token is bound to; it matched.
    pub confirmation: Option<[u8; 32]>,
    /// Issued to a system, not a person.
    pub systems: bool,
    /// By the demonstration's issuer.
    pub demo: bool,
    /// Whom the issuer speaks for.
    pub agencies: Arc<BTreeSet<AgencyId>>,
    /// Whose sponsor the configuration says this person is.
    pub sponsor_of: BTreeSet<AgencyId>,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Why a token is refused: a stable code for the ledger and the counters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        pub enum TokenFault { $($(#[$doc])* #[error($code)] $name,)* }

        impl TokenFault {
            pub const ALL: &'static [TokenFault] = &[$(TokenFault::$name,)*];
            pub fn code(self) -> &'static str {
                match self { $(TokenFault::$name => $code,)* }
            }
        }
    };
}

faults! {
    TooLarge = "too_large",
    Malformed = "malformed",
    /// `none`, HMAC, RSA, anything but EdDSA and ES256, or not the key's own algorithm.
    AlgorithmRefused = "algorithm_refused",
    /// An ID token or some other kind of JWT.
    WrongProfile = "wrong_profile",
    UnknownIssuer = "unknown_issuer",
    UnknownKey = "unknown_key",
    BadSignature = "bad_signature",
    MissingClaim = "missing_claim",
    Expired = "expired",
    NotYetValid = "not_yet_valid",
    /// Valid for longer than the issuer is trusted with.
    LivesTooLong = "lives_too_long",
    WrongAudience = "wrong_audience",
    SignInTooOld = "sign_in_too_old",
    /// Bound to a certificate or key that was not shown.
    BindingUnmet = "binding_unmet",
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Body {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<i64>,
    nbf: Option<i64>,
    iat: Option<i64>,
    auth_time: Option<i64>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    client_id: Option<String>,
    cnf: Option<BTreeMap<String, serde_json::Value>>,
    nonce: Option<IgnoredAny>,
    at_hash: Option<IgnoredAny>,
    c_hash: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn names(&self, audience: &str) -> bool {
        match self {
            Audience::One(one) => one == audience,
            Audience::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

struct Key {
    algorithm: KeyAlgorithm,
    decoding: DecodingKey,
    validation: Validation,
}

struct Known {
    issuer: Issuer,
    agencies: Arc<BTreeSet<AgencyId>>,
    keys: HashMap<String, Key>,
}

/// Verifies tokens of the configured issuers. New configuration (or keys) means a new one, and so an empty memory.
pub struct Tokens {
    issuers: HashMap<String, Known>,
    verified: Mutex<HashMap<[u8; 32], Moment>>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({} issuers)", self.issuers.len())
    }
}

impl Tokens {
    /// # Errors
    /// An issuer that is incomplete or given twice.
    pub fn new(issuers: Vec<Issuer>) -> Result<Self, IssuerError> {
        ring_provider::install();
        let mut known = HashMap::new();
        for issuer in issuers {
            issuer.check()?;
            let keys = issuer.keys.iter().map(|key| (key.kid.clone(), prepare(&issuer, key))).collect();
            let entry = Known { agencies: Arc::new(issuer.agencies.clone()), keys, issuer };
            if known.insert(entry.issuer.issuer.clone(), entry).is_some() {
                return Err(IssuerError::DuplicateIssuer);
            }
        }
        Ok(Self { issuers: known, verified: Mutex::default() })
    }

    /// `bearer`: the token alone. `certificate`: SHA-256 of the client certificate of this connection, if it has one.
    ///
    /// # Errors
    /// The first fault found; faults before `bad_signature` are about an unproven token.
    pub fn verify(&self, bearer: &str, certificate: Option<&[u8; 32]>, now: Moment) -> Result<Claims, TokenFault> {
        if bearer.len() > MAX_BYTES {
            return Err(TokenFault::TooLarge);
        }
        let (head, body) = read(bearer)?;
        check_head(&head)?;
        let issuer = body.iss.as_deref().ok_or(TokenFault::MissingClaim)?;
        let known = self.issuers.get(issuer).ok_or(TokenFault::UnknownIssuer)?;
        let key = head.kid.as_deref().and_then(|kid| known.keys.get(kid)).ok_or(TokenFault::UnknownKey)?;
        if key.algorithm.name() != head.alg {
            return Err(TokenFault::AlgorithmRefused);
        }
        let fingerprint = sha256(&[bearer.as_bytes()]);
        let seen = self.remembers(&fingerprint);
        if !seen {
            decode::<IgnoredAny>(bearer, &key.decoding, &key.validation).map_err(|error| fault(&error))?;
        }
        let claims = judge(&known.issuer, known.agencies.clone(), body, certificate, now)?;
        if !seen {
            self.remember(fingerprint, claims.expires, now);
        }
        Ok(claims)
    }

    /// Whether any issuer is the demonstration's: `serve` refuses to start with one.
    pub fn has_demo_issuer(&self) -> bool {
        self.issuers.values().any(|known| known.issuer.demo)
    }

    /// Whether there is such an issuer.
    pub fn knows(&self, issuer: &str) -> bool {
        self.issuers.contains_key(issuer)
    }

    /// Whether that issuer may say who an agency's people are.
    pub fn speaks_for(&self, issuer: &str, agency: AgencyId) -> bool {
        self.issuers.get(issuer).is_some_and(|known| known.agencies.contains(&agency))
    }

    /// Whether that issuer gives tokens to systems as well as people.
    pub fn vouches_for_systems(&self, issuer: &str) -> bool {
        self.issuers.get(issuer).is_some_and(|known| known.issuer.systems)
    }

    fn remembers(&self, fingerprint: &[u8; 32]) -> bool {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).contains_key(fingerprint)
    }

    fn remember(&self, fingerprint: [u8; 32], expires: Moment, now: Moment) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= CACHE {
            verified.retain(|_, until| *until > now);
        }
        if verified.len() < CACHE {
            verified.insert(fingerprint, expires);
        }
    }
}

fn prepare(issuer: &Issuer, key: &PublicKey) -> Key {
    let (algorithm, decoding) = match key.algorithm {
        KeyAlgorithm::EdDsa => (Algorithm::EdDSA, DecodingKey::from_ed_der(&key.bytes)),
        KeyAlgorithm::Es256 => (Algorithm::ES256, DecodingKey::from_ec_der(&key.bytes)),
    };
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[&issuer.issuer]);
    validation.set_audience(&[&issuer.audience]);
    // Time is judged in `judge`, against the moment given: this library asks the system's clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    Key { algorithm: key.algorithm, decoding, validation }
}

fn fault(error: &jsonwebtoken::errors::Error) -> TokenFault {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => TokenFault::BadSignature,
        ErrorKind::InvalidAudience => TokenFault::WrongAudience,
        ErrorKind::InvalidIssuer => TokenFault::UnknownIssuer,
        ErrorKind::MissingRequiredClaim(_) => TokenFault::MissingClaim,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm | ErrorKind::InvalidKeyFormat => {
            TokenFault::AlgorithmRefused
        }
        _ => TokenFault::Malformed,
    }
}

fn read(bearer: &str) -> Result<(Head, Body), TokenFault> {
    let mut parts = bearer.split('.');
    let (Some(head), Some(body), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenFault::Malformed);
    };
    Ok((part(head)?, part(body)?))
}

fn part<T: serde::de::DeserializeOwned>(encoded: &str) -> Result<T, TokenFault> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenFault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)
}

fn check_head(head: &Head) -> Result<(), TokenFault> {
    if ![KeyAlgorithm::EdDsa, KeyAlgorithm::Es256].iter().any(|algorithm| algorithm.name() == head.alg) {
        return Err(TokenFault::AlgorithmRefused);
    }
    if head.crit.is_some() || head.b64.is_some() || head.zip.is_some() {
        return Err(TokenFault::Malformed);
    }
    // RFC 9068 §2.1: the explicit type is what keeps an ID token from passing for an access token.
    let typ = head.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if typ == "at+jwt" || typ == "application/at+jwt" { Ok(()) } else { Err(TokenFault::WrongProfile) }
}

fn judge(
    issuer: &Issuer,
    agencies: Arc<BTreeSet<AgencyId>>,
    body: Body,
    certificate: Option<&[u8; 32]>,
    now: Moment,
) -> Result<Claims, TokenFault> {
    if body.nonce.is_some() || body.at_hash.is_some() || body.c_hash.is_some() {
        return Err(TokenFault::WrongProfile);
    }
    if !body.aud.as_ref().ok_or(TokenFault::MissingClaim)?.names(&issuer.audience) {
        return Err(TokenFault::WrongAudience);
    }
    let expires = judge_times(issuer, &body, now)?;
    let subject = body.sub.clone().filter(|subject| !subject.is_empty()).ok_or(TokenFault::MissingClaim)?;
    let systems = body.client_id.as_deref() == Some(subject.as_str());
    if systems && !issuer.systems {
        return Err(TokenFault::WrongProfile);
    }
    let auth_time = if systems { None } else { Some(judge_sign_in(issuer, &body, now)?) };
    let strong = !systems
        && (body.acr.as_ref().is_some_and(|acr| issuer.strong_acr.contains(acr))
            || body.amr.iter().any(|amr| issuer.strong_amr.contains(amr)));
    Ok(Claims {
        issuer: issuer.issuer.clone(),
        sponsor_of: issuer.sponsors.get(&subject).cloned().unwrap_or_default(),
        subject,
        audience: issuer.audience.clone(),
        recent: auth_time.is_some_and(|at| now <= at.plus_seconds(issuer.step_up)),
        auth_time,
        strong,
        expires,
        confirmation: judge_binding(body.cnf.as_ref(), certificate)?,
        systems,
        demo: issuer.demo,
        agencies,
    })
}

fn seconds(value: i64) -> Moment {
    Moment(0).plus_seconds(value)
}

fn judge_times(issuer: &Issuer, body: &Body, now: Moment) -> Result<Moment, TokenFault> {
    let exp = body.exp.ok_or(TokenFault::MissingClaim)?;
    let iat = body.iat.ok_or(TokenFault::MissingClaim)?;
    let horizon = now.plus_seconds(SKEW);
    if seconds(exp) <= now {
        return Err(TokenFault::Expired);
    }
    if seconds(iat) > horizon || body.nbf.is_some_and(|nbf| seconds(nbf) > horizon) {
        return Err(TokenFault::NotYetValid);
    }
    if exp.saturating_sub(iat) > issuer.max_lifetime {
        return Err(TokenFault::LivesTooLong);
    }
    Ok(seconds(exp))
}

fn judge_sign_in(issuer: &Issuer, body: &Body, now: Moment) -> Result<Moment, TokenFault> {
    let at = seconds(body.auth_time.ok_or(TokenFault::MissingClaim)?);
    if at > now.plus_seconds(SKEW) {
        return Err(TokenFault::NotYetValid);
    }
    if at.plus_seconds(issuer.max_auth_age) < now { Err(TokenFault::SignInTooOld) } else { Ok(at) }
}

/// RFC 8705 §3.1. Any other confirmation (`jkt`, RFC 9449) is one we cannot check, and so is unmet.
fn judge_binding(
    cnf: Option<&BTreeMap<String, serde_json::Value>>,
    certificate: Option<&[u8; 32]>,
) -> Result<Option<[u8; 32]>, TokenFault> {
    let Some(cnf) = cnf else { return Ok(None) };
    let bound = cnf.get("x5t#S256").and_then(|value| value.as_str()).filter(|_| cnf.len() == 1);
    let bound = bound.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(TokenFault::BindingUnmet)?;
    match certificate {
        Some(shown) if bound == shown.as_slice() => Ok(Some(*shown)),
        _ => Err(TokenFault::BindingUnmet),
    }
}
