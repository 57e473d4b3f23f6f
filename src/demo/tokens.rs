//! The demonstration's two issuers, and a token for every seat.
//! A token book must never be printed by Debug, nor made for anything but a demonstration's own issuers.

use super::borough::Borough;
use super::seats::Seat;
use crate::access::mint::{Mint, MintError, Order};
use crate::access::{Issuer, PersonKind};
use crate::casework::ids::MembershipId;
use crate::clock::Moment;
use serde_json::{Value, json};
use std::collections::BTreeMap;

// Both begin with `mint::DEMO_ISSUER_PREFIX`.
const PEOPLE: &str = "https://demo.channel-panel.invalid/people";
const SYSTEMS: &str = "https://demo.channel-panel.invalid/systems";
pub const AUDIENCE: &str = "channel-panel-demo";

/// Seconds a token lives: the longest that the demonstration's issuers allow.
pub const LIFETIME: i64 = 30 * 24 * 60 * 60;

/// One issuer for people and one for partners' systems, as a borough would have.
#[derive(Debug)]
pub struct Issuers {
    pub people: Mint,
    pub systems: Mint,
}

impl Issuers {
    /// With fresh keys.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn fresh() -> Result<Self, MintError> {
        Ok(Self { people: Mint::new(PEOPLE, AUDIENCE)?, systems: Mint::new(SYSTEMS, AUDIENCE)? })
    }

    /// With the keys that `Mint::pkcs8` gave.
    ///
    /// # Errors
    /// Not Ed25519 keys in PKCS#8.
    pub fn kept(people: &[u8], systems: &[u8]) -> Result<Self, MintError> {
        Ok(Self {
            people: Mint::from_pkcs8(PEOPLE, AUDIENCE, people)?,
            systems: Mint::from_pkcs8(SYSTEMS, AUDIENCE, systems)?,
        })
    }

    /// The `iss` of whoever vouches for a person, or for a system.
    pub fn name_for(kind: PersonKind) -> &'static str {
        match kind {
            PersonKind::Person => PEOPLE,
            PersonKind::System => SYSTEMS,
        }
    }

    /// As configuration: each speaks for every agency of the borough.
    pub fn config(&self, borough: &Borough) -> Vec<Issuer> {
        // Only the second may say of somebody that it is a system.
        let people = Issuer { systems: false, ..self.people.issuer(borough.agencies()) };
        vec![people, self.systems.issuer(borough.agencies())]
    }

    fn mint(&self, kind: PersonKind) -> &Mint {
        match kind {
            PersonKind::Person => &self.people,
            PersonKind::System => &self.systems,
        }
    }
}

/// A seat's ready credentials.
#[derive(Clone)]
pub struct Credential {
    pub token: String,
    pub membership: MembershipId,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credential({})", self.membership)
    }
}

/// A token for every seat.
#[derive(Clone)]
pub struct TokenBook(BTreeMap<Seat, Credential>);

impl std::fmt::Debug for TokenBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenBook({} seats)", self.0.len())
    }
}

impl TokenBook {
    /// Signed `now`, each good for [`LIFETIME`].
    ///
    /// # Errors
    /// The keys cannot sign.
    pub fn issue(issuers: &Issuers, borough: &Borough, now: Moment) -> Result<Self, MintError> {
        let mut book = BTreeMap::new();
        for seat in Seat::ALL {
            let post = seat.post();
            let system = post.kind == PersonKind::System;
            let order = Order { subject: post.name.to_owned(), lifetime: LIFETIME, strong: !system, system };
            let token = issuers.mint(post.kind).token(&order, now)?;
            book.insert(*seat, Credential { token, membership: borough.membership(*seat) });
        }
        Ok(Self(book))
    }

    pub fn get(&self, seat: Seat) -> Option<&Credential> {
        self.0.get(&seat)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Seat, &Credential)> {
        self.0.iter().map(|(seat, credential)| (*seat, credential))
    }

    /// For `tokens.json`, which scripts read: seat name -> who, role, token, membership.
    pub fn to_json(&self) -> Value {
        let seats = self.iter().map(|(seat, held)| {
            let post = seat.post();
            let entry = json!({
                "who": post.says,
                "name": post.person,
                "agency": post.body.describe().0,
                "role": post.role.name(),
                "sponsor": post.sponsor,
                "membership": held.membership,
                "token": held.token,
            });
            (post.name.to_owned(), entry)
        });
        Value::Object(seats.collect())
    }
}
