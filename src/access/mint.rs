//! An issuer in a box, for the demonstration and the tests: an Ed25519 key that signs access tokens.
//! `serve` must never be given what it makes: its issuers are marked `demo`, and `serve` refuses those.

use super::issuer::{Issuer, KeyAlgorithm, PublicKey};
use super::ring_provider;
use crate::casework::ids::AgencyId;
use crate::clock::Moment;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The key could not be made or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the demonstration's signing key cannot be used")]
pub struct MintError;

pub struct Mint {
    issuer: String,
    audience: String,
    pkcs8: zeroize::Zeroizing<Vec<u8>>,
    public: Vec<u8>,
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint")
    }
}

/// Every demonstration's issuer begins like this; `.invalid` can be nobody's (RFC 2606).
pub const DEMO_ISSUER_PREFIX: &str = "https://demo.channel-panel.invalid/";

const KID: &str = "demo-1";
/// What the mint writes for a sign-in with two factors.
const STRONG: &str = "urn:channel-panel:strong";

/// Whose token to make.
#[derive(Debug, Clone)]
pub struct Order {
    pub subject: String,
    /// Seconds it lives.
    pub lifetime: i64,
    pub strong: bool,
    pub system: bool,
}

impl Mint {
    /// With a fresh key.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new(issuer: &str, audience: &str) -> Result<Self, MintError> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| MintError)?;
        Self::from_pkcs8(issuer, audience, pkcs8.as_ref())
    }

    /// With a kept key.
    ///
    /// # Errors
    /// Not an Ed25519 key in PKCS#8.
    pub fn from_pkcs8(issuer: &str, audience: &str, pkcs8: &[u8]) -> Result<Self, MintError> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| MintError)?;
        Ok(Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            pkcs8: zeroize::Zeroizing::new(pkcs8.to_vec()),
            public: pair.public_key().as_ref().to_vec(),
        })
    }

    /// To keep in the demonstration's folder.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The issuer as configuration, speaking for these agencies. Limits are thirty days: a visitor
    /// comes back to a demonstration, and nobody signs in to one anew.
    pub fn issuer(&self, agencies: BTreeSet<AgencyId>) -> Issuer {
        const DAY: i64 = 24 * 60 * 60;
        Issuer {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            keys: vec![PublicKey { kid: KID.to_owned(), algorithm: KeyAlgorithm::EdDsa, bytes: self.public.clone() }],
            agencies,
            sponsors: BTreeMap::new(),
            demo: true,
            systems: true,
            strong_acr: BTreeSet::from([STRONG.to_owned()]),
            strong_amr: BTreeSet::new(),
            max_auth_age: 30 * DAY,
            step_up: 30 * DAY,
            max_lifetime: 30 * DAY,
        }
    }

    /// An access token as of RFC 9068, signed in `now`.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn token(&self, order: &Order, now: Moment) -> Result<String, MintError> {
        let at = now.seconds();
        let claims = json!({
            "iss": self.issuer,
            "aud": self.audience,
            "sub": order.subject,
            "client_id": if order.system { order.subject.as_str() } else { "channel-panel-demo" },
            "jti": uuid::Uuid::new_v4(),
            "iat": at,
            "nbf": at,
            "exp": at.saturating_add(order.lifetime),
            "auth_time": at,
            "acr": if order.strong { STRONG } else { "urn:channel-panel:password" },
        });
        self.sign(&claims)
    }

    /// Any claims, as an access token: for tests of what is refused.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign(&self, claims: &serde_json::Value) -> Result<String, MintError> {
        ring_provider::install();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(KID.to_owned());
        encode(&header, claims, &EncodingKey::from_ed_der(&self.pkcs8)).map_err(|_| MintError)
    }
}
