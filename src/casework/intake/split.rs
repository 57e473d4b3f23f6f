//! Which category each field of a referral begins: the one place where a referral becomes the content of cases.
//! A field must land in exactly one category, and with a confidential source nothing of the referrer may land outside it.

use super::referral::Referral;
use crate::casework::category::Category;
use crate::casework::fields::{Blank, Content};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Category -> field -> value, as they are sealed.
pub type Split = BTreeMap<Category, Map<String, Value>>;

impl Referral {
    /// What the case of the person at `person_index` begins with. Categories of which nothing was said are absent;
    /// an index beyond the people named gives nothing at all.
    pub fn split(&self, person_index: usize) -> Split {
        let Some(person) = self.people.get(person_index) else {
            return Split::new();
        };
        let mut split = Split::new();
        put(&mut split, Category::Identity, person.identity.to_map());
        put(&mut split, Category::Contact, person.contact.to_map());
        put(&mut split, Category::Monitoring, person.monitoring.to_map());
        put(&mut split, Category::Health, person.health.to_map());
        put(&mut split, Category::Police, person.police.to_map());
        put(&mut split, Category::Safety, person.safety.to_map());
        put(&mut split, Category::Ideology, self.ideology.to_map());

        put(&mut split, Category::Concern, self.concern.to_map());
        put(&mut split, Category::Concern, group("header", &self.header));
        put(&mut split, Category::Concern, group("dates", &self.dates));
        put(&mut split, Category::Concern, group("safeguarding", &self.safeguarding));
        put(&mut split, Category::Concern, group("attestation", &self.attestation));
        put(&mut split, Category::Concern, group("otherAgencies", &self.other_agencies));
        put(&mut split, Category::Concern, group("complexNeeds", &person.complex_needs));
        put(&mut split, Category::Concern, group("contributoryFactors", &person.contributory_factors));

        // Anything but a plain "not confidential" keeps the source apart: a missing answer must not publish a name.
        if self.referrer.confidential == Some(false) {
            put(&mut split, Category::Concern, group("referrer", &self.referrer));
        } else {
            put(&mut split, Category::Source, self.referrer.to_map());
        }
        split
    }
}

fn put(split: &mut Split, category: Category, fields: Map<String, Value>) {
    if !fields.is_empty() {
        split.entry(category).or_default().extend(fields);
    }
}

fn group<T: Serialize + Blank>(name: &str, value: &T) -> Map<String, Value> {
    let mut map = Map::new();
    if !value.is_blank()
        && let Ok(json) = serde_json::to_value(value)
    {
        map.insert(name.to_owned(), json);
    }
    map
}
