//! Tags, sealed tokens, ETags and buckets.

use super::*;
use channel_panel::seal::{Mac, Retention, SealError};
use chrono::NaiveDate;

#[test]
fn a_tag_holds_for_its_label_and_bytes_only() {
    let sealer = Bench::new().sealer;
    let tag = sealer.tag("membership-v1", b"row");
    assert!(sealer.verify("membership-v1", b"row", &tag));
    assert!(!sealer.verify("agreement-v1", b"row", &tag));
    assert!(!sealer.verify("membership-v1", b"rows", &tag));
    assert!(!sealer.verify("membership-v1r", b"ow", &tag), "the label's length is bound");
    assert!(!sealer.verify("membership-v1", b"row", &tag[..31]));
    assert!(!sealer.verify("membership-v1", b"row", &[]));
    assert!(!sealer.verify("membership-v1", b"row", &[0; 32]));
    for at in 0..32 {
        let mut bent = tag;
        bent[at] ^= 0x80;
        assert!(!sealer.verify("membership-v1", b"row", &bent));
    }
    assert!(!Bench::new().sealer.verify("membership-v1", b"row", &tag), "another service's key");
}

#[test]
fn a_token_opens_here_under_its_label_and_unchanged() {
    let sealer = Bench::new().sealer;
    let token = sealer.seal_token("cursor", b"after=canary").unwrap();
    assert!(token.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_'));
    assert_eq!(sealer.open_token("cursor", &token).unwrap(), b"after=canary");
    assert_eq!(sealer.seal_token("cursor", b"after=canary").unwrap(), token, "a cursor is compared byte for byte");
    // Another plaintext, or another label, is sealed under another key: nothing but the version is common.
    for other in [sealer.seal_token("cursor", b"after=canarz"), sealer.seal_token("cursos", b"after=canary")] {
        assert_ne!(other.unwrap()[2..24], token[2..24], "salts");
    }
    assert_eq!(sealer.open_token("other", &token), Err(SealError::Integrity));
    assert_eq!(Bench::new().sealer.open_token("cursor", &token), Err(SealError::Integrity));
    for at in 0..token.len() {
        assert!(sealer.open_token("cursor", &token[..at]).is_err());
        let mut bent = token.clone().into_bytes();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        assert!(sealer.open_token("cursor", std::str::from_utf8(&bent).unwrap()).is_err(), "character {at}");
    }
    assert_eq!(sealer.open_token("cursor", &sealer.seal_token("cursor", b"").unwrap()).unwrap(), b"");
}

#[test]
fn etags_and_idempotency_marks_depend_on_every_part() {
    let sealer = Bench::new().sealer;
    assert_eq!(sealer.etag("view", b"a"), sealer.etag("view", b"a"));
    assert_ne!(sealer.etag("view", b"a"), sealer.etag("view", b"b"));
    assert_ne!(sealer.etag("view", b"a"), sealer.etag("category", b"a"));
    assert_eq!(sealer.etag("view", b"a").len(), 22);
    let mark = sealer.idempotency(&[b"agency", b"submit"], b"body");
    assert_eq!(mark, sealer.idempotency(&[b"agency", b"submit"], b"body"));
    assert_ne!(mark, sealer.idempotency(&[b"agencys", b"ubmit"], b"body"));
    assert_ne!(mark, sealer.idempotency(&[b"agency", b"submit"], b"bodY"));
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn buckets_are_quarters_after_retention_and_margin() {
    let keep = |years, margin_months| Retention { years, margin_months };
    for (opened, retention, expected) in [
        ("2024-01-01", keep(6, 0), "2030-Q1"),
        ("2024-03-31", keep(6, 0), "2030-Q1"),
        ("2024-04-01", keep(6, 0), "2030-Q2"),
        ("2024-02-29", keep(6, 18), "2031-Q3"),
        ("2024-12-31", keep(6, 3), "2031-Q1"),
        ("2024-12-31", keep(u32::MAX, 0), "9999-Q4"),
    ] {
        assert_eq!(Bucket::for_case(day(opened), retention).to_string(), expected, "{opened}");
    }
    for bad in ["", "2031", "2031-Q0", "2031-Q5", "2031-Q04", "02031-Q4", "+2031-Q4", "2031-Q+4", "1969-Q4", "../x-Q1"]
    {
        assert!(bad.parse::<Bucket>().is_err(), "{bad}");
    }
    let span = Bucket::span(day("2024-01-01"), day("2025-02-01"), keep(6, 0));
    let span: Vec<_> = span.iter().map(ToString::to_string).collect();
    assert_eq!(span, ["2030-Q1", "2030-Q2", "2030-Q3", "2030-Q4", "2031-Q1"]);
    assert_eq!(Bucket::span(day("2024-01-01"), day("2020-01-01"), keep(6, 0)).len(), 1);
}
