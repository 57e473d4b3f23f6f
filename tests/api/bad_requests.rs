//! Requests that no client library sends: every method everywhere, lengths that lie, bytes that are no HTTP.
//! The service must stay up, say nothing back, and enter what it could read as a request.

use super::entered;
use super::town::{Town, least_referral};
use crate::harness::{Backend, Running, haltingly, raw, running_on_both};
use channel_panel::api::OPERATIONS;
use channel_panel::config::Limits;
use channel_panel::demo::seats::Seat;
use std::collections::BTreeSet;
use uuid::Uuid;

const CANARY: &str = "Zq9Canary_q9Z";
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "OPTIONS"];

#[test]
fn a_method_that_a_path_does_not_take_is_refused_and_entered() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let running = &Running::start_with(backend, Limits { faults_listed_a_minute: 1000, ..Limits::default() });
        let town = Town::new(running);
        let paths: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.path).collect();
        let mut tried = 0;
        for path in paths {
            let taken: BTreeSet<&str> = OPERATIONS.iter().filter(|o| o.path == path).map(|o| o.method).collect();
            let address = format!("/api/v1{}", fill(path));
            for method in METHODS.iter().filter(|method| !taken.contains(**method)) {
                let client = town.seat(Seat::Coordinator);
                let answer = client.request(method, &address).header("X-Canary", CANARY).send();
                let at = format!("{method} {path}");
                assert_eq!(answer.status, 405, "{at}: {}", answer.text());
                if *method != "HEAD" {
                    assert_eq!(answer.problem(), "method-not-allowed", "{at}");
                }
                let allowed: BTreeSet<&str> = answer.header("allow").unwrap_or_default().split(", ").collect();
                assert_eq!(allowed, taken, "{at}");
                assert!(!answer.text().contains(CANARY), "{at}");
                let entry = entered::one(running, &answer);
                assert_eq!(
                    (entry["operation"].as_str(), entry["problem"].as_str()),
                    (Some("unknownOperation"), Some("method-not-allowed")),
                    "{at}"
                );
                // Without a token one does not learn which paths there are.
                assert_eq!(town.nobody().request(method, &address).send().status, 401, "{at}");
                tried += 1;
            }
        }
        println!("{backend:?}: {tried} methods refused");
    }
}

/// Whoever is refused by the head of a request is still sending its body. A connection that is closed on it may take along the
/// answer, or the next request that was sent on it in good faith.
#[test]
fn whoever_is_refused_before_they_have_sent_everything_hears_why() {
    let running = &Running::start(Backend::Sqlite);
    for size in [100, 5_000, 60_000] {
        let line = |line: &str| {
            let head = format!(
                "{line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
            );
            (head, vec![b' '; size])
        };
        let lines = ["POST /api/v1/referrals", "POST /api/v1/subjects/search", "DELETE /api/v1/referrals"].map(line);
        let answers = haltingly(&running.base, &lines);
        assert_eq!(answers.len(), lines.len(), "{answers:?}");
        for answer in answers {
            assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("not-authenticated"), "{size}: {answer}");
        }
    }
}

fn fill(path: &str) -> String {
    let of = |segment: &str| match segment {
        "{category}" => "contact".to_owned(),
        s if s.starts_with('{') => Uuid::new_v4().to_string(),
        s => s.to_owned(),
    };
    path.split('/').map(of).collect::<Vec<_>>().join("/")
}

/// Status codes of the answers in what came back.
fn statuses(text: &str) -> Vec<u16> {
    text.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()).collect()
}

#[test]
fn bytes_that_are_no_request_get_nothing_back_and_harm_nobody() {
    running_on_both(|running| {
        let town = Town::new(running);
        let before = entered::all(running).len();
        let noise: Vec<Vec<u8>> = vec![
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            CANARY.as_bytes().to_vec(),
            format!("{CANARY}\r\n\r\n").into_bytes(),
            format!("GET /api/v1/me?{CANARY} HTTP/9.9\r\n\r\n").into_bytes(),
            format!("GET /api/v1/\0{CANARY} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes(),
            format!("GET /api/v1/me HTTP/1.1\r\nHost: a\r\n{CANARY}\r\n\r\n").into_bytes(),
            format!("GET /api/v1/me HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", CANARY.repeat(20_000)).into_bytes(),
            format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", CANARY.repeat(20_000)).into_bytes(),
            [
                b"GET /api/v1/me HTTP/1.1\r\nHost: a\r\n".to_vec(),
                format!("X: {CANARY}\r\n").repeat(300).into_bytes(),
                b"\r\n".to_vec(),
            ]
            .concat(),
            vec![0; 70_000],
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        ];
        for bytes in &noise {
            let text = raw(&running.base, bytes);
            let shown: String = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
            assert!(!text.contains(CANARY), "{shown}: {text}");
            assert!(statuses(&text).iter().all(|status| (400..500).contains(status)), "{shown}: {text}");
        }
        // What is no request is no entry: there is nobody and nothing to enter.
        let after = entered::all(running).len();
        assert!(after - before <= noise.len(), "{before} {after}");
        town.seat(Seat::Coordinator).get("/api/v1/me").expect(200);
    });
}

#[test]
fn lengths_that_lie_write_nothing() {
    running_on_both(|running| {
        let town = Town::new(running);
        let token = &running.book.get(Seat::School).unwrap().token;
        let body = least_referral(CANARY).to_string();
        let head = |length: &str, more: &str| {
            format!(
                "POST /api/v1/referrals HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                 Idempotency-Key: {}\r\n{length}{more}Connection: close\r\n\r\n",
                Uuid::new_v4()
            )
        };
        let length = |n: usize| format!("Content-Length: {n}\r\n");
        let too_large = "x".repeat(300 * 1024);
        let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
        let sent: Vec<(&str, String, &[u16])> = vec![
            ("longer than it is", format!("{}{body}", head(&length(body.len() + 100), "")), &[400, 408]),
            ("shorter than it is", format!("{}{body}", head(&length(body.len() - 100), "")), &[400]),
            ("of no length", format!("{}{body}", head(&length(0), "")), &[400]),
            ("longer than is taken", format!("{}{body}", head(&length(300 * 1024), "")), &[413]),
            (
                "longer than a number",
                format!("{}{body}", head("Content-Length: 99999999999999999999999\r\n", "")),
                &[400, 413],
            ),
            ("less than nothing", format!("{}{body}", head("Content-Length: -1\r\n", "")), &[400]),
            ("of a length in words", format!("{}{body}", head(&format!("Content-Length: {CANARY}\r\n"), "")), &[400]),
            ("of two lengths", format!("{}{body}", head(&length(body.len()), &length(10))), &[400]),
            (
                "of a length and in chunks",
                format!("{}{}0\r\n\r\n", head(&length(5), "Transfer-Encoding: chunked\r\n"), chunk(&body)),
                &[400],
            ),
            (
                "in chunks beyond the bound",
                format!("{}{}0\r\n\r\n", head("Transfer-Encoding: chunked\r\n", ""), chunk(&too_large)),
                &[413],
            ),
            (
                "in a chunk that breaks off",
                format!("{}{:x}\r\n{body}", head("Transfer-Encoding: chunked\r\n", ""), body.len() + 50),
                &[400, 408],
            ),
            (
                "in chunks of no length",
                format!("{}{CANARY}\r\n{body}\r\n0\r\n\r\n", head("Transfer-Encoding: chunked\r\n", "")),
                &[400],
            ),
            (
                "in an encoding of theirs",
                format!("{}{body}", head(&format!("Transfer-Encoding: {CANARY}\r\n"), "")),
                &[400, 501],
            ),
        ];
        for (what, bytes, statuses_taken) in &sent {
            let text = raw(&running.base, bytes.as_bytes());
            assert!(!text.contains(CANARY), "{what}: {text}");
            // Hanging up without a word is an answer too; what must not be is success.
            for status in statuses(&text) {
                assert!(statuses_taken.contains(&status), "{what}: {status} {text}");
            }
        }
        let queue = town.seat(Seat::Coordinator).get("/api/v1/cases").expect(200).json();
        assert_eq!(queue["cases"].as_array().unwrap().len(), 0);
        let list = town.seat(Seat::School).get("/api/v1/referrals").expect(200).json();
        assert_eq!(list["referrals"].as_array().unwrap().len(), 0);
    });
}

#[test]
fn a_header_that_is_no_text_is_not_taken_for_absent() {
    running_on_both(|running| {
        let token = &running.book.get(Seat::Coordinator).unwrap().token;
        for name in ["Acting-Membership", "Access-Purpose", "Access-Reason", "If-Match", "Idempotency-Key"] {
            let mut bytes = format!(
                "GET /api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{name}: "
            )
            .into_bytes();
            bytes.extend(b"\xff\xfe\r\n\r\n");
            let text = raw(&running.base, &bytes);
            assert_eq!(statuses(&text), [400], "{name}: {text}");
            assert!(text.contains("\"unreadable\"") && text.contains(name), "{name}: {text}");
        }
    });
}
