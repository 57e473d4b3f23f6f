//! Work that goes on until the service is gone: changes, reads and requests that are refused, and what was answered to each.
//! It must never take a request without an answer for done, nor for not done.

use crate::attacks::work::{path, referral};
use crate::harness::{Answer, Client};
use channel_panel::clock::Clock;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// What was answered, and what was left open.
#[derive(Default)]
pub struct Answered {
    /// Request id and status of each answer that came, but of those that said that nothing could be entered.
    pub answers: Vec<(String, u16)>,
    pub referrals: Vec<String>,
    pub notes: Vec<String>,
    /// Referrals of which nobody knows whether they were taken: key and person.
    pub open: Vec<(Uuid, u64)>,
    pub unknown: usize,
    pub unavailable: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Refer,
    Note,
    Open,
    History,
    /// A case that is not there.
    Missing,
    /// A note of a kind that there is not.
    Faulty,
}

const KINDS: [Kind; 6] = [Kind::Refer, Kind::Open, Kind::Note, Kind::Missing, Kind::History, Kind::Faulty];

impl Kind {
    fn expects(self, status: u16) -> bool {
        let done: &[u16] = match self {
            Kind::Refer => &[201],
            // 412: two notes at once on one case, both tries overtaken.
            Kind::Note => &[201, 412],
            Kind::Open | Kind::History => &[200],
            Kind::Missing => &[404],
            Kind::Faulty => &[400, 422],
        };
        done.contains(&status) || status == 503
    }
}

/// The same person for the same number, and nobody whom the matcher would take for another.
fn form(number: u64) -> Value {
    let mut chance = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut below = |most: u64| {
        chance = (chance ^ (chance >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (chance >> 33) % most
    };
    let mut name = || {
        let letter = |set: &str, at: u64| set.chars().nth(usize::try_from(at).unwrap()).unwrap();
        let pairs = (0..4).flat_map(|_| [letter("bdfgklmnprstvz", below(14)), letter("aeiou", below(5))]);
        let mut name: Vec<char> = pairs.collect();
        name[0] = name[0].to_ascii_uppercase();
        name.into_iter().collect::<String>()
    };
    let (forenames, surname) = (name(), name());
    let born = format!("{}-{:02}-{:02}", 1990 + below(20), 2 + below(11), 2 + below(27));
    let mut form = referral(&forenames, &surname);
    form["people"][0]["identity"] =
        json!({"forenames": forenames, "surname": surname, "dateOfBirth": born, "ageBasis": "from_record"});
    form
}

fn refer(school: &Client, key: Uuid, person: u64) -> Result<Answer, ureq::Error> {
    school.request("POST", "/api/v1/referrals").idempotency_key(key).json(&form(person)).try_send()
}

impl Answered {
    /// Takes an answer down; tells whether it is one of success.
    fn take(&mut self, answer: &Answer) -> bool {
        if answer.status == 503 {
            // Nobody tampers: a reader overtaken by a writer must not be taken for it.
            assert_ne!(answer.problem(), "integrity", "a false alarm");
            self.unavailable += 1;
            return false;
        }
        self.answers.push((answer.header("x-request-id").unwrap().to_owned(), answer.status));
        answer.status < 300
    }

    fn text(answer: &Answer, member: &str) -> String {
        answer.json()[member].as_str().unwrap().to_owned()
    }

    /// Sends what was left open once more: whatever became of it, it is done once.
    pub fn send_again(&mut self, school: &Client) {
        for (key, person) in std::mem::take(&mut self.open) {
            let answer = refer(school, key, person).expect("nobody kills it now").expect(201);
            self.take(&answer);
            self.referrals.push(Self::text(&answer, "referral"));
        }
    }
}

/// Whoever works, on one case and on new ones.
pub struct Workers<'a> {
    pub school: Client,
    pub officer: Client,
    pub case: &'a str,
    /// Numbers of people, so that none is sent twice by chance.
    pub people: &'a AtomicU64,
}

impl Workers<'_> {
    /// Until the first request without an answer: the service is gone. `turn` is where to begin.
    pub fn work(&self, turn: usize, known: &Mutex<Answered>) {
        let today = Clock::default().today();
        let log = format!("{}/log", path(self.case));
        let note = |kind: &str| {
            let body = json!({"on": today, "kind": kind, "note": "Rang"});
            self.officer.request("POST", &log).json(&body).try_send()
        };
        for kind in KINDS.into_iter().cycle().skip(turn) {
            let (key, person) = (Uuid::new_v4(), self.people.fetch_add(1, Ordering::Relaxed));
            let sent = match kind {
                Kind::Refer => refer(&self.school, key, person),
                Kind::Note => note("call"),
                Kind::Faulty => note("telepathy"),
                Kind::Open => self.officer.request("GET", &path(self.case)).try_send(),
                Kind::History => self.officer.request("GET", &format!("{}/history", path(self.case))).try_send(),
                Kind::Missing => self.officer.request("GET", &path(&key.to_string())).try_send(),
            };
            let mut known = known.lock().unwrap();
            let Ok(answer) = sent else {
                known.unknown += 1;
                known.open.extend((kind == Kind::Refer).then_some((key, person)));
                return;
            };
            assert!(kind.expects(answer.status), "{}: {}", answer.status, answer.text());
            match (known.take(&answer), kind) {
                (true, Kind::Refer) => known.referrals.push(Answered::text(&answer, "referral")),
                (true, Kind::Note) => known.notes.push(Answered::text(&answer, "id")),
                (false, Kind::Refer) => known.open.push((key, person)),
                _ => {}
            }
        }
    }
}
