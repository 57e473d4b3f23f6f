//! Whether the people of a referral may be known already: every identity of the panel, opened in memory under the
//! matcher's own permit, compared by rule, and forgotten. What is kept is a score, codes and two case ids.
//! It must never run inside a referral's request, join anything, or write a name.

use super::batches::in_batches;
use super::case_file::{CaseFile, believe};
use super::session::Session;
use crate::access::Permit;
use crate::casework::category::Category;
use crate::casework::ids::CaseId;
use crate::casework::matching::{Born, Identity, Match, Prepared, compare, prepare};
use crate::error::Problem;
use chrono::NaiveDate;
use serde_json::{Map, Value};
use std::str::FromStr;

/// Somebody known to the panel, ready to be compared.
pub struct Known<'s> {
    pub file: CaseFile<'s>,
    whole: Prepared,
    /// Without what comes from their contact points.
    of_identity: Prepared,
}

impl Known<'_> {
    /// What may be compared for somebody who may read so much of the case: likeness by what is withheld would tell it, for
    /// whoever asks tries one number after another.
    pub fn as_read_by(&self, permit: &Permit) -> Option<&Prepared> {
        permit.reads(Category::Identity)?;
        Some(if permit.reads(Category::Contact).is_some() { &self.whole } else { &self.of_identity })
    }
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({})", self.file.id())
    }
}

/// Everybody whom the session's principal may read the identity of. The session must be a matcher's.
///
/// # Errors
/// `unavailable`; a case that cannot be believed or opened is alarmed and left out, so that it hides nobody else.
pub fn population<'s>(session: &'s Session<'s>) -> Result<Vec<Known<'s>>, Problem> {
    let mut known = Vec::new();
    for row in in_batches(|after, most| session.reader().cases_of_panel(session.panel(), None, after, most)) {
        let Ok((row, header)) = believe(session, row?) else { continue };
        let file = CaseFile::from_row(session, row, header);
        if let Some((whole, of_identity)) = prepared(&file) {
            known.push(Known { file, whole, of_identity });
        }
    }
    Ok(known)
}

fn prepared(file: &CaseFile<'_>) -> Option<(Prepared, Prepared)> {
    if !file.can_read(Category::Identity) {
        return None;
    }
    let identity = file.read_single(Category::Identity).ok()??;
    let contact = file.read_single(Category::Contact).ok().flatten().unwrap_or_default();
    let with = |contact| prepare(&identity_of(&identity, contact, file.header.state.received_on));
    Some((with(&contact), with(&Map::new())))
}

/// Who in the population may be this person, the likeliest first.
pub fn candidates<'k, 's>(population: &'k [Known<'s>], of: CaseId) -> Vec<(&'k Known<'s>, Match)> {
    let Some(subject) = population.iter().find(|known| known.file.id() == of) else { return Vec::new() };
    let mut found = likely(population, &subject.whole, |known| Some(&known.whole));
    found.retain(|(known, _)| known.file.id() != of);
    found
}

/// The same, for somebody asked about, by that form of each which may be compared.
pub fn likely<'k, 's>(
    population: &'k [Known<'s>],
    wanted: &Prepared,
    form: impl Fn(&'k Known<'s>) -> Option<&'k Prepared>,
) -> Vec<(&'k Known<'s>, Match)> {
    let mut found: Vec<_> =
        population.iter().filter_map(|known| Some((known, compare(form(known)?, wanted)?))).collect();
    found.sort_by(|(a, x), (b, y)| y.score.cmp(&x.score).then(a.file.id().cmp(&b.file.id())));
    found
}

/// What the matching rules look at, from the fields of two categories.
pub fn identity_of(identity: &Map<String, Value>, contact: &Map<String, Value>, said_on: NaiveDate) -> Identity {
    let text = |field: &str| identity.get(field).and_then(Value::as_str);
    let born = match (
        text("dateOfBirth").and_then(|t| NaiveDate::from_str(t).ok()),
        identity.get("approximateAge").and_then(Value::as_u64),
    ) {
        (Some(date), _) => Born::Date(date),
        (None, Some(age)) => Born::ApproxAge { age: u8::try_from(age).unwrap_or(u8::MAX), on: said_on },
        (None, None) => Born::Unknown,
    };
    let mut handles = strings(contact.get("emails"));
    handles.extend(inner(identity.get("onlineHandles"), "handle"));
    Identity {
        forenames: text("forenames")
            .map(|names| names.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
        surname: text("surname").map(str::to_owned),
        aliases: strings(identity.get("aliases")),
        born,
        postcodes: inner(contact.get("addresses"), "postcode"),
        phones: strings(contact.get("phones")),
        handles,
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn inner(value: Option<&Value>, field: &str) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    items.into_iter().flatten().filter_map(|item| item.get(field)?.as_str().map(str::to_owned)).collect()
}
