//! Bodies and lines read in another way: by serde, printed again, and compared. Slower and looser in between, and so a judge of
//! the reader that goes by the shape. It must never call anything of the program's that reads.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    v: u8,
    writer: String,
    n: i64,
    at: String,
    panel: Option<Uuid>,
    actor: Actor,
    operation: String,
    outcome: Outcome,
    problem: Option<String>,
    cases: Vec<Case>,
    policy: String,
    purpose: Option<String>,
    manifest: Vec<Manifest>,
    request: Uuid,
    detail: Vec<(String, Value)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Shown,
    Changed,
    Refused,
    NotFound,
    Failed,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Actor {
    Known(Known),
    Nobody(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    person: Option<Uuid>,
    membership: Option<Uuid>,
    agency: Option<Uuid>,
    role: Option<String>,
    system: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: Uuid,
    version: i64,
    header: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    shown: BTreeMap<String, Vec<String>>,
    withheld: Vec<String>,
    records: Vec<(String, u32)>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(i64),
    Text(String),
}

fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(allowed)
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
}

fn is_time(text: &str) -> bool {
    let canonical = |at: chrono::DateTime<chrono::FixedOffset>| {
        at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true) == text
    };
    text.len() == 27 && chrono::DateTime::parse_from_rfc3339(text).is_ok_and(canonical)
}

fn names(body: &Body) -> Vec<&String> {
    let mut names = vec![&body.writer, &body.operation];
    names.extend(body.problem.iter().chain(&body.purpose));
    if let Actor::Known(known) = &body.actor {
        names.extend(known.role.iter().chain(&known.system));
    }
    for manifest in &body.manifest {
        names.extend(manifest.shown.keys().chain(manifest.shown.values().flatten()).chain(&manifest.withheld));
        names.extend(manifest.records.iter().map(|(category, _)| category));
    }
    for (code, value) in &body.detail {
        names.push(code);
        names.extend(if let Value::Text(text) = value { Some(text) } else { None });
    }
    names
}

pub fn is_body(text: &str) -> bool {
    let Ok(body) = serde_json::from_str::<Body>(text) else { return false };
    let somebody = match &body.actor {
        Actor::Nobody(dash) => dash == "-",
        Actor::Known(Known { person, membership, agency, role, system }) => {
            person.or(*membership).or(*agency).is_some() || role.is_some() || system.is_some()
        }
    };
    let hashes = body.cases.iter().filter_map(|case| case.header.as_ref()).all(|hash| is_hash(hash));
    let manifests = body.manifest.is_empty() || body.manifest.len() == body.cases.len();
    let sound = body.v == 1 && body.n > 0 && is_time(&body.at) && is_hash(&body.policy) && hashes && manifests;
    sound
        && somebody
        && names(&body).into_iter().all(|name| is_name(name))
        && serde_json::to_string(&body).unwrap() == text
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    leaf: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
}

pub fn is_line(bytes: &[u8]) -> bool {
    let Ok(line) = serde_json::from_slice::<Line>(bytes) else { return false };
    let opened = match (&line.salt, &line.body) {
        (Some(salt), Some(body)) => is_hash(salt) && body.get().len() <= 65_535 && is_body(body.get()),
        (None, None) => true,
        _ => false,
    };
    opened && is_hash(&line.leaf) && serde_json::to_string(&line).unwrap().as_bytes() == bytes
}
