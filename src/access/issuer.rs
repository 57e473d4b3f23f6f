//! Who may say who somebody is: token issuers as configuration, and their public keys.
//! It must never accept a key of a kind that the verifier was not told of: EdDSA on Ed25519 and ES256 on P-256 only.
//! RSA is refused on purpose: partners' identity systems all offer one of these two, and each algorithm is one more to get wrong.

use crate::casework::ids::AgencyId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    EdDsa,
    Es256,
}

impl KeyAlgorithm {
    /// As in a token's `alg` (RFC 8037, RFC 7518).
    pub fn name(self) -> &'static str {
        match self {
            KeyAlgorithm::EdDsa => "EdDSA",
            KeyAlgorithm::Es256 => "ES256",
        }
    }

    fn length(self) -> usize {
        match self {
            KeyAlgorithm::EdDsa => 32,
            KeyAlgorithm::Es256 => 65,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub kid: String,
    pub algorithm: KeyAlgorithm,
    /// Ed25519: 32 bytes. P-256: the uncompressed point, 65 bytes.
    pub bytes: Vec<u8>,
}

/// One token issuer. It speaks only for `agencies`, whatever its tokens claim.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Exactly the `iss` of its tokens.
    pub issuer: String,
    /// What `aud` must name.
    pub audience: String,
    pub keys: Vec<PublicKey>,
    pub agencies: BTreeSet<AgencyId>,
    /// By subject: the agencies whose sponsor that person is by configuration, so that an agency's first sponsor is made by
    /// no administrator.
    pub sponsors: BTreeMap<String, BTreeSet<AgencyId>>,
    /// Made by the demonstration; `serve` refuses it.
    pub demo: bool,
    /// Also issues tokens to systems (client credentials, RFC 9068 §2.2: `sub` is `client_id`).
    pub systems: bool,
    /// `acr` values, or any one of `amr`, that count as strong sign-in.
    pub strong_acr: BTreeSet<String>,
    pub strong_amr: BTreeSet<String>,
    /// Seconds since sign-in after which a person's token is refused.
    pub max_auth_age: i64,
    /// Seconds since sign-in within which a step-up action is allowed.
    pub step_up: i64,
    /// Longest `exp - iat` in seconds.
    pub max_lifetime: i64,
}

/// What is wrong with the configuration of issuers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    #[error("the key set is not JSON of the form of RFC 7517")]
    Malformed,
    #[error("the key set holds no Ed25519 or P-256 signing key with a kid")]
    NoKey,
    #[error("a key has the wrong length or form")]
    Key,
    #[error("a key id is given twice")]
    DuplicateKey,
    #[error("an issuer is given twice")]
    DuplicateIssuer,
    #[error("a sponsor is named for an agency that the issuer does not speak for")]
    Sponsor,
    #[error("an issuer has an empty name, audience or key set, or a limit that is not positive")]
    Incomplete,
}

impl Issuer {
    /// # Errors
    /// The first thing missing or doubled.
    pub fn check(&self) -> Result<(), IssuerError> {
        let limits = self.max_auth_age > 0 && self.step_up > 0 && self.max_lifetime > 0;
        if self.issuer.is_empty() || self.audience.is_empty() || self.keys.is_empty() || !limits {
            return Err(IssuerError::Incomplete);
        }
        if !self.sponsors.values().all(|agencies| agencies.is_subset(&self.agencies)) {
            return Err(IssuerError::Sponsor);
        }
        let mut seen = BTreeSet::new();
        for key in &self.keys {
            key.check()?;
            if !seen.insert(&key.kid) {
                return Err(IssuerError::DuplicateKey);
            }
        }
        Ok(())
    }
}

impl PublicKey {
    fn check(&self) -> Result<(), IssuerError> {
        let uncompressed = self.algorithm != KeyAlgorithm::Es256 || self.bytes.first() == Some(&4);
        if self.bytes.len() == self.algorithm.length() && uncompressed && !self.kid.is_empty() {
            Ok(())
        } else {
            Err(IssuerError::Key)
        }
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    crv: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The usable keys of a JWKS document (RFC 7517); keys of other kinds or uses are passed over.
///
/// # Errors
/// Unreadable, or nothing usable in it.
pub fn parse_jwks(text: &str) -> Result<Vec<PublicKey>, IssuerError> {
    let set: KeySet = serde_json::from_str(text).map_err(|_| IssuerError::Malformed)?;
    let mut keys = Vec::new();
    for jwk in set.keys {
        keys.extend(read_jwk(jwk)?);
    }
    if keys.is_empty() { Err(IssuerError::NoKey) } else { Ok(keys) }
}

fn read_jwk(jwk: Jwk) -> Result<Option<PublicKey>, IssuerError> {
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return Ok(None);
    }
    let part = |text: Option<&String>| text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(IssuerError::Key);
    let (algorithm, bytes) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => (KeyAlgorithm::EdDsa, part(jwk.x.as_ref())?),
        ("EC", Some("P-256")) => {
            (KeyAlgorithm::Es256, [vec![4], part(jwk.x.as_ref())?, part(jwk.y.as_ref())?].concat())
        }
        _ => return Ok(None),
    };
    let Some(kid) = jwk.kid else { return Ok(None) };
    let key = PublicKey { kid, algorithm, bytes };
    key.check()?;
    Ok(Some(key))
}
