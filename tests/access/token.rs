//! Every fault of a token, each refused by its own code; and what a good one says.

use super::world::{AUDIENCE, ISSUER, NOW};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channel_panel::access::issuer::parse_jwks;
use channel_panel::access::{Issuer, IssuerError, KeyAlgorithm, PublicKey, TokenFault, Tokens};
use channel_panel::casework::ids::AgencyId;
use channel_panel::clock::Moment;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use ring::{digest, hmac};
use serde_json::{Value, json};
use std::collections::BTreeMap;

struct Keys {
    ed: Ed25519KeyPair,
    ec: EcdsaKeyPair,
    other: Ed25519KeyPair,
}

fn keys() -> Keys {
    let rng = SystemRandom::new();
    let ed = || Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&rng).unwrap().as_ref()).unwrap();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &rng).unwrap();
    Keys { ed: ed(), ec, other: ed() }
}

fn issuer(keys: &Keys) -> Issuer {
    let key = |kid: &str, algorithm, bytes: &[u8]| PublicKey { kid: kid.to_owned(), algorithm, bytes: bytes.to_vec() };
    Issuer {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        keys: vec![
            key("ed", KeyAlgorithm::EdDsa, keys.ed.public_key().as_ref()),
            key("ec", KeyAlgorithm::Es256, keys.ec.public_key().as_ref()),
        ],
        agencies: [AgencyId::new()].into(),
        sponsors: BTreeMap::new(),
        demo: false,
        systems: true,
        strong_acr: ["strong".to_owned()].into(),
        strong_amr: ["hwk".to_owned()].into(),
        max_auth_age: 3600,
        step_up: 300,
        max_lifetime: 900,
    }
}

fn at(offset: i64) -> i64 {
    NOW.seconds() + offset
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "s-1", "client_id": "app", "jti": "1", "iat": at(0), "exp": at(600), "auth_time": at(-60), "acr": "strong"})
}

fn changed(name: &str, value: Value) -> Value {
    let mut all = claims();
    all[name] = value;
    all
}

fn without(name: &str) -> Value {
    let mut all = claims();
    all.as_object_mut().unwrap().remove(name);
    all
}

fn head(alg: &str, kid: &str) -> Value {
    json!({"alg": alg, "typ": "at+jwt", "kid": kid})
}

fn jwt(head: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn ed(keys: &Keys, claims: &Value) -> String {
    jwt(&head("EdDSA", "ed"), claims, |m| keys.ed.sign(m).as_ref().to_vec())
}

fn ec(keys: &Keys, head: &Value) -> String {
    jwt(head, &claims(), |m| keys.ec.sign(&SystemRandom::new(), m).unwrap().as_ref().to_vec())
}

#[test]
fn good_tokens_of_both_algorithms_say_who() {
    let keys = keys();
    let tokens = Tokens::new(vec![issuer(&keys)]).unwrap();
    for token in
        [ed(&keys, &claims()), ec(&keys, &head("ES256", "ec")), ed(&keys, &changed("aud", json!(["x", AUDIENCE])))]
    {
        for _again in 0..2 {
            let claims = tokens.verify(&token, None, NOW).unwrap();
            assert_eq!((claims.issuer.as_str(), claims.subject.as_str()), (ISSUER, "s-1"));
            assert!(claims.strong && claims.recent && !claims.systems && !claims.demo);
            assert_eq!(claims.expires, NOW.plus_seconds(600));
        }
    }
    let weak = tokens.verify(&ed(&keys, &changed("acr", json!("password"))), None, NOW).unwrap();
    assert!(!weak.strong);
    let mut by_amr = changed("acr", json!("password"));
    by_amr["amr"] = json!(["pwd", "hwk"]);
    assert!(tokens.verify(&ed(&keys, &by_amr), None, NOW).unwrap().strong);
    let stale = tokens.verify(&ed(&keys, &changed("auth_time", json!(at(-301)))), None, NOW).unwrap();
    assert!(!stale.recent);
    let system = tokens.verify(&ed(&keys, &changed("sub", json!("app"))), None, NOW).unwrap();
    assert!(system.systems && !system.strong && !system.recent);
}

#[test]
fn each_fault_of_the_claims_has_its_code() {
    let keys = keys();
    let tokens = Tokens::new(vec![issuer(&keys)]).unwrap();
    let table = [
        (changed("exp", json!(at(0))), TokenFault::Expired),
        (changed("exp", json!(at(-1))), TokenFault::Expired),
        (changed("exp", json!("soon")), TokenFault::Malformed),
        (changed("exp", json!(i64::MAX)), TokenFault::LivesTooLong),
        (changed("exp", json!(at(901))), TokenFault::LivesTooLong),
        (changed("nbf", json!(at(31))), TokenFault::NotYetValid),
        (changed("iat", json!(at(31))), TokenFault::NotYetValid),
        (changed("auth_time", json!(at(31))), TokenFault::NotYetValid),
        (changed("auth_time", json!(at(-3601))), TokenFault::SignInTooOld),
        (changed("aud", json!("https://elsewhere.test")), TokenFault::WrongAudience),
        (changed("aud", json!([])), TokenFault::WrongAudience),
        (changed("iss", json!("https://evil.test")), TokenFault::UnknownIssuer),
        (changed("iss", json!(format!("{ISSUER}/"))), TokenFault::UnknownIssuer),
        (changed("sub", json!("")), TokenFault::MissingClaim),
        (changed("nonce", json!("n")), TokenFault::WrongProfile),
        (changed("at_hash", json!("h")), TokenFault::WrongProfile),
        (changed("cnf", json!({"jkt": "abc"})), TokenFault::BindingUnmet),
        (without("exp"), TokenFault::MissingClaim),
        (without("iss"), TokenFault::MissingClaim),
        (without("aud"), TokenFault::MissingClaim),
        (without("sub"), TokenFault::MissingClaim),
        (without("iat"), TokenFault::MissingClaim),
        (without("auth_time"), TokenFault::MissingClaim),
    ];
    for (claims, fault) in table {
        assert_eq!(tokens.verify(&ed(&keys, &claims), None, NOW).unwrap_err(), fault, "{claims}");
    }
}

#[test]
fn the_clock_decides_to_the_second() {
    let keys = keys();
    let tokens = Tokens::new(vec![issuer(&keys)]).unwrap();
    let token = ed(&keys, &claims());
    let verdict = |now: Moment| tokens.verify(&token, None, now).map(|_| ());
    assert_eq!(verdict(NOW.plus_seconds(-30)), Ok(()));
    assert_eq!(verdict(NOW.plus_seconds(-31)), Err(TokenFault::NotYetValid));
    assert_eq!(verdict(Moment(NOW.plus_seconds(600).0 - 1)), Ok(()));
    assert_eq!(
        verdict(NOW.plus_seconds(600)),
        Err(TokenFault::Expired),
        "a remembered signature does not outlive the token"
    );
}

#[test]
fn algorithms_and_keys_are_not_the_senders_choice() {
    let keys = keys();
    let tokens = Tokens::new(vec![issuer(&keys)]).unwrap();
    let public = keys.ed.public_key().as_ref().to_vec();
    let hmac = |m: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), m).as_ref().to_vec();
    let by_ed = |m: &[u8]| keys.ed.sign(m).as_ref().to_vec();
    let other = |m: &[u8]| keys.other.sign(m).as_ref().to_vec();
    let table = [
        (jwt(&head("none", "ed"), &claims(), |_| vec![]), TokenFault::AlgorithmRefused),
        (jwt(&head("HS256", "ed"), &claims(), hmac), TokenFault::AlgorithmRefused),
        (jwt(&head("RS256", "ed"), &claims(), by_ed), TokenFault::AlgorithmRefused),
        (jwt(&head("eddsa", "ed"), &claims(), by_ed), TokenFault::AlgorithmRefused),
        (jwt(&head("EdDSA", "ec"), &claims(), by_ed), TokenFault::AlgorithmRefused),
        (ec(&keys, &head("ES256", "ed")), TokenFault::AlgorithmRefused),
        (jwt(&head("EdDSA", "nobody"), &claims(), by_ed), TokenFault::UnknownKey),
        (jwt(&json!({"alg": "EdDSA", "typ": "at+jwt"}), &claims(), by_ed), TokenFault::UnknownKey),
        (jwt(&head("EdDSA", "ed"), &claims(), other), TokenFault::BadSignature),
        (jwt(&head("EdDSA", "ed"), &claims(), |_| vec![]), TokenFault::BadSignature),
        (jwt(&json!({"alg": "EdDSA", "typ": "JWT", "kid": "ed"}), &claims(), by_ed), TokenFault::WrongProfile),
        (jwt(&json!({"alg": "EdDSA", "kid": "ed"}), &claims(), by_ed), TokenFault::WrongProfile),
        (
            jwt(
                &json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "ed", "crit": ["b64"], "b64": false}),
                &claims(),
                by_ed,
            ),
            TokenFault::Malformed,
        ),
    ];
    for (token, fault) in table {
        assert_eq!(tokens.verify(&token, None, NOW).unwrap_err(), fault, "{token}");
    }
}

#[test]
fn what_is_no_token_is_malformed_and_what_is_huge_is_not_read() {
    let keys = keys();
    let tokens = Tokens::new(vec![issuer(&keys)]).unwrap();
    let good = ed(&keys, &claims());
    let twice =
        format!("{}.{}.x", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"ed"}"#), "e30");
    for text in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", &good.replace('.', ""), &format!("{good}.x"), &twice] {
        assert_eq!(tokens.verify(text, None, NOW).unwrap_err(), TokenFault::Malformed, "{text}");
    }
    assert_eq!(tokens.verify(&"a".repeat(8193), None, NOW).unwrap_err(), TokenFault::TooLarge);
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(tokens.verify(std::str::from_utf8(&bytes).unwrap(), None, NOW).is_err(), "byte {at}");
    }
}

#[test]
fn a_bound_token_needs_its_certificate() {
    let keys = keys();
    let tokens = Tokens::new(vec![issuer(&keys)]).unwrap();
    let hash: [u8; 32] = digest::digest(&digest::SHA256, b"certificate").as_ref().try_into().unwrap();
    let bound = ed(&keys, &changed("cnf", json!({"x5t#S256": URL_SAFE_NO_PAD.encode(hash)})));
    assert_eq!(tokens.verify(&bound, Some(&hash), NOW).unwrap().confirmation, Some(hash));
    assert_eq!(tokens.verify(&bound, None, NOW).unwrap_err(), TokenFault::BindingUnmet);
    assert_eq!(tokens.verify(&bound, Some(&[0; 32]), NOW).unwrap_err(), TokenFault::BindingUnmet);
    let both = json!({"x5t#S256": URL_SAFE_NO_PAD.encode(hash), "jkt": "abc"});
    assert_eq!(
        tokens.verify(&ed(&keys, &changed("cnf", both)), Some(&hash), NOW).unwrap_err(),
        TokenFault::BindingUnmet
    );
}

#[test]
fn an_issuer_must_be_whole_and_a_key_set_readable() {
    let keys = keys();
    let good = issuer(&keys);
    let fault = |change: fn(&mut Issuer)| {
        let mut issuer = good.clone();
        change(&mut issuer);
        Tokens::new(vec![issuer]).unwrap_err()
    };
    assert_eq!(fault(|i| i.keys.clear()), IssuerError::Incomplete);
    assert_eq!(fault(|i| i.audience.clear()), IssuerError::Incomplete);
    assert_eq!(fault(|i| i.max_auth_age = 0), IssuerError::Incomplete);
    assert_eq!(fault(|i| i.keys[0].bytes.truncate(31)), IssuerError::Key);
    assert_eq!(fault(|i| i.keys[1].kid = "ed".to_owned()), IssuerError::DuplicateKey);
    assert_eq!(Tokens::new(vec![good.clone(), good.clone()]).unwrap_err(), IssuerError::DuplicateIssuer);

    let public = keys.ec.public_key().as_ref();
    let set = json!({"keys": [
        {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "kid": "h", "k": "AAAA"},
        {"kty": "EC", "crv": "P-256", "kid": "ec", "x": URL_SAFE_NO_PAD.encode(&public[1..33]), "y": URL_SAFE_NO_PAD.encode(&public[33..])},
        {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "use": "sig", "x": URL_SAFE_NO_PAD.encode(keys.ed.public_key().as_ref())},
    ]});
    let read = parse_jwks(&set.to_string()).unwrap();
    assert_eq!(read, good.keys.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(parse_jwks("{}").unwrap_err(), IssuerError::Malformed);
    assert_eq!(parse_jwks(r#"{"keys":[{"kty":"RSA","kid":"r"}]}"#).unwrap_err(), IssuerError::NoKey);
}

/// The same words of a token are strong with one issuer and not with the other.
#[test]
fn what_is_a_strong_sign_in_is_each_issuers_own_setting() {
    let keys = keys();
    let second = "https://second.test";
    let other = Issuer {
        issuer: second.to_owned(),
        strong_acr: ["urn:second:mfa".to_owned()].into(),
        strong_amr: ["otp".to_owned()].into(),
        step_up: 60,
        ..issuer(&keys)
    };
    let tokens = Tokens::new(vec![issuer(&keys), other]).unwrap();
    let strong = |iss: &str, acr: &str, amr: &str| {
        let mut said = changed("acr", json!(acr));
        (said["iss"], said["amr"]) = (json!(iss), json!([amr]));
        let claims = tokens.verify(&ed(&keys, &said), None, NOW).unwrap();
        // The token's sign-in was a minute ago: recent for both, for the second to the second.
        assert!(claims.recent);
        claims.strong
    };
    for (acr, amr, first, then) in [
        ("strong", "pwd", true, false),
        ("urn:second:mfa", "pwd", false, true),
        ("password", "hwk", true, false),
        ("password", "otp", false, true),
        ("password", "pwd", false, false),
    ] {
        assert_eq!((strong(ISSUER, acr, amr), strong(second, acr, amr)), (first, then), "{acr}, {amr}");
    }
}
