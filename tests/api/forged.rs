//! Tokens that must not be taken, made as an attacker would make them: from a good one, with one thing wrong.
//! It must never make a token that is good.

use super::town::Town;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channel_panel::access::PersonKind;
use channel_panel::access::mint::Mint;
use channel_panel::demo::seats::Seat;
use channel_panel::demo::tokens::{AUDIENCE, Issuers};
use ring::hmac;
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};
use uuid::Uuid;

/// What is wrong with what a caller sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    None,
    NotBearer,
    NotAToken,
    Truncated,
    ForgedSignature,
    SwappedClaims,
    Expired,
    NotYetValid,
    LivesTooLong,
    SignInTooOld,
    OtherAudience,
    AlgNone,
    HmacWithPublicKey,
    IdTokenByType,
    IdTokenByNonce,
    UnknownIssuer,
    UnknownKey,
    OtherIssuer,
    Stranger,
    BoundToACertificate,
    NotStrong,
    /// A good token by an issuer that does not speak for this agency.
    IssuerOfAnotherAgency,
    ColleaguesMembership,
    NeighboursMembership,
    NoSuchMembership,
    NotAMembership,
}

pub const FAULTS: &[Fault] = &[
    Fault::None,
    Fault::NotBearer,
    Fault::NotAToken,
    Fault::Truncated,
    Fault::ForgedSignature,
    Fault::SwappedClaims,
    Fault::Expired,
    Fault::NotYetValid,
    Fault::LivesTooLong,
    Fault::SignInTooOld,
    Fault::OtherAudience,
    Fault::AlgNone,
    Fault::HmacWithPublicKey,
    Fault::IdTokenByType,
    Fault::IdTokenByNonce,
    Fault::UnknownIssuer,
    Fault::UnknownKey,
    Fault::OtherIssuer,
    Fault::Stranger,
    Fault::BoundToACertificate,
    Fault::NotStrong,
    Fault::IssuerOfAnotherAgency,
    Fault::ColleaguesMembership,
    Fault::NeighboursMembership,
    Fault::NoSuchMembership,
    Fault::NotAMembership,
];

/// What is sent: the whole `Authorization` header, and the membership named.
pub struct Presented {
    pub authorization: Option<String>,
    pub membership: String,
}

const DAY: i64 = 24 * 60 * 60;

/// The issuer that speaks for nobody of the borough, with a key of its own that the service knows.
pub const ELSEWHERE: &str = "https://elsewhere.test.invalid";

pub fn present(town: &Town<'_>, seat: Seat, fault: Fault, elsewhere: &Mint) -> Presented {
    let running = town.running;
    let good = running.book.get(seat).unwrap();
    let bearer = |token: String| Some(format!("Bearer {token}"));
    let mut presented =
        Presented { authorization: bearer(good.token.clone()), membership: good.membership.to_string() };
    let other = if seat == Seat::Coordinator { Seat::Deputy } else { Seat::Coordinator };
    match fault {
        Fault::None => presented.authorization = None,
        Fault::NotBearer => presented.authorization = Some(format!("Basic {}", good.token)),
        Fault::NotAToken => presented.authorization = bearer("one.two.three".into()),
        Fault::Truncated => presented.authorization = bearer(good.token[..good.token.len() - 4].to_owned()),
        Fault::ColleaguesMembership => presented.membership = running.borough.membership(other).to_string(),
        Fault::NeighboursMembership => {
            let theirs = if seat == Seat::NeighbourChair { Seat::Chair } else { Seat::NeighbourChair };
            presented.membership = running.borough.membership(theirs).to_string();
        }
        Fault::NoSuchMembership => presented.membership = Uuid::new_v4().to_string(),
        Fault::NotAMembership => presented.membership = "coordinator".into(),
        Fault::IssuerOfAnotherAgency => {
            presented.authorization = bearer(elsewhere.sign(&claims(town, seat, ELSEWHERE)).unwrap())
        }
        _ => presented.authorization = bearer(token(town, seat, fault, &good.token)),
    }
    presented
}

fn kind(seat: Seat) -> PersonKind {
    seat.post().kind
}

fn mint<'t>(town: &'t Town<'_>, kind: PersonKind) -> &'t Mint {
    match kind {
        PersonKind::Person => &town.running.issuers.people,
        PersonKind::System => &town.running.issuers.systems,
    }
}

/// What a good token of this seat says.
fn claims(town: &Town<'_>, seat: Seat, issuer: &str) -> Value {
    let at = town.running.service.clock.instant().seconds();
    let subject = seat.name();
    let client = if kind(seat) == PersonKind::System { subject } else { "channel-panel-demo" };
    json!({"iss": issuer, "aud": AUDIENCE, "sub": subject, "client_id": client, "jti": Uuid::new_v4(),
        "iat": at, "nbf": at, "exp": at + 3600, "auth_time": at, "acr": "urn:channel-panel:strong"})
}

fn token(town: &Town<'_>, seat: Seat, fault: Fault, good: &str) -> String {
    let issuer = Issuers::name_for(kind(seat));
    let mint = mint(town, kind(seat));
    let mut said = claims(town, seat, issuer);
    let at = said["iat"].as_i64().unwrap();
    let head = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "demo-1"});
    let ours = |head: &Value, said: &Value| jws(head, said, |input| sign(mint, input));
    match fault {
        Fault::ForgedSignature => return Mint::new(issuer, AUDIENCE).unwrap().sign(&said).unwrap(),
        Fault::SwappedClaims => {
            let parts: Vec<&str> = good.split('.').collect();
            said["sub"] = json!(if seat == Seat::Chair { "coordinator" } else { "chair" });
            return format!("{}.{}.{}", parts[0], encode(&said), parts[2]);
        }
        Fault::AlgNone => {
            return format!("{}.{}.", encode(&json!({"alg": "none", "typ": "at+jwt", "kid": "demo-1"})), encode(&said));
        }
        Fault::HmacWithPublicKey => {
            let public = mint.issuer(Default::default()).keys.remove(0).bytes;
            let key = hmac::Key::new(hmac::HMAC_SHA256, &public);
            let head = json!({"alg": "HS256", "typ": "at+jwt", "kid": "demo-1"});
            return jws(&head, &said, |input| hmac::sign(&key, input).as_ref().to_vec());
        }
        Fault::IdTokenByType => return ours(&json!({"alg": "EdDSA", "typ": "JWT", "kid": "demo-1"}), &said),
        Fault::UnknownKey => return ours(&json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "demo-2"}), &said),
        Fault::OtherIssuer => {
            // The other of the two issuers signs, in its own name, for somebody it does not vouch for.
            let (other, name) = match kind(seat) {
                PersonKind::Person => (PersonKind::System, Issuers::name_for(PersonKind::System)),
                PersonKind::System => (PersonKind::Person, Issuers::name_for(PersonKind::Person)),
            };
            said["iss"] = json!(name);
            said["client_id"] = json!("channel-panel-demo");
            return jws(&head, &said, |input| sign(self::mint(town, other), input));
        }
        Fault::IdTokenByNonce => said["nonce"] = json!("n-0S6_WzA2Mj"),
        Fault::Expired => (said["iat"], said["exp"]) = (json!(at - 7200), json!(at - 1)),
        Fault::NotYetValid => said["nbf"] = json!(at + 600),
        Fault::LivesTooLong => said["exp"] = json!(at + 31 * DAY),
        // A system signs in each time it asks for a token: for it the token itself is what is too old.
        Fault::SignInTooOld => (said["auth_time"], said["iat"]) = (json!(at - 31 * DAY), json!(at - 31 * DAY)),
        Fault::OtherAudience => said["aud"] = json!("another-service"),
        Fault::UnknownIssuer => said["iss"] = json!("https://people.demo.invalid.example"),
        Fault::Stranger => {
            said["sub"] = json!("nobody-here");
            if kind(seat) == PersonKind::System {
                said["client_id"] = json!("nobody-here");
            }
        }
        Fault::BoundToACertificate => said["cnf"] = json!({"x5t#S256": URL_SAFE_NO_PAD.encode([7; 32])}),
        Fault::NotStrong => said["acr"] = json!("urn:channel-panel:password"),
        other => panic!("{other:?} is not a fault of a token"),
    }
    ours(&head, &said)
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn jws(head: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", encode(head), encode(claims));
    let signature = sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn sign(mint: &Mint, input: &[u8]) -> Vec<u8> {
    Ed25519KeyPair::from_pkcs8(mint.pkcs8()).unwrap().sign(input).as_ref().to_vec()
}
