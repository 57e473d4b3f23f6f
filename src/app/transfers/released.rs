//! What is released of a case, as it crosses: fields of what there is one of, records of what there are many, evidence with its
//! record and under its own category. It must never take along what is not named, nor an id of the sender's: there it names
//! nobody, here it would tell of people, agencies and cases that are none of the receiver's.

use super::Parts;
use crate::app::birth::FirstRecord;
use crate::app::case_file::CaseFile;
use crate::casework::category::{Category, Shape};
use crate::error::{Kind, Problem};
use crate::ledger::entry::Manifest;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub struct Released {
    pub singles: Parts,
    /// Each category's oldest first.
    pub records: Vec<FirstRecord>,
}

crate::app::opaque!(Released, Cell);

/// A record within its category's map.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Cell {
    kind: String,
    occurred_on: Option<NaiveDate>,
    fields: Map<String, Value>,
}

/// In the name of a cell that is no field: no field of ours has one.
const OF_RECORD: char = '/';

impl Released {
    /// Read as whoever offers may read, and noted in the manifest: it is shown to others.
    ///
    /// # Errors
    /// `integrity`; `unavailable`.
    pub fn of(file: &CaseFile<'_>, categories: &BTreeSet<Category>) -> Result<Self, Problem> {
        let mut released = Released { singles: Parts::new(), records: Vec::new() };
        for category in categories {
            match category.shape() {
                Shape::Single => {
                    let fields = file.show_single(*category)?.map(|fields| fields.into_iter().collect());
                    released.singles.extend(fields.map(|fields| (*category, without_ids(fields))));
                }
                Shape::Many => released.records.extend(records(file, *category, categories)?),
            }
        }
        Ok(released)
    }

    /// By category, one cell a field and one a record.
    ///
    /// # Errors
    /// `internal`, for a record without a JSON form; ours all have one.
    pub fn into_parts(self) -> Result<Parts, Problem> {
        let mut parts = self.singles;
        for (index, record) in self.records.into_iter().enumerate() {
            let FirstRecord { category, kind, occurred_on, fields, parts: evidence } = record;
            let cell = serde_json::to_value(Cell { kind, occurred_on, fields });
            let cell = cell.map_err(|_| Problem::internal("a record has no JSON form"))?;
            parts.entry(category).or_default().insert(format!("{index:06}{OF_RECORD}record"), cell);
            for (source, fields) in evidence {
                let name = format!("{index:06}{OF_RECORD}evidence");
                parts.entry(source).or_default().insert(name, Value::Object(fields));
            }
        }
        Ok(parts)
    }

    /// # Errors
    /// `integrity` for what is not of that form.
    pub fn from_parts(parts: Parts) -> Result<Self, Problem> {
        let mut singles = Parts::new();
        let (mut records, mut evidence) = (BTreeMap::new(), Vec::new());
        for (category, map) in parts {
            for (name, value) in map {
                match name.split_once(OF_RECORD) {
                    None => {
                        singles.entry(category).or_default().insert(name, value);
                    }
                    Some((index, "record")) => {
                        records.insert(index.to_owned(), first_record(category, value)?);
                    }
                    Some((index, _)) => evidence.push((index.to_owned(), category, value)),
                }
            }
        }
        for (index, source, value) in evidence {
            // Of a record that the reader may not see.
            let Some(record) = records.get_mut(&index) else { continue };
            let Value::Object(fields) = value else { return Err(Kind::Integrity.into()) };
            record.parts.insert(source, fields);
        }
        Ok(Released { singles, records: records.into_values().collect() })
    }

    /// What a reader is shown of it, by field names.
    pub fn manifest(&self, withheld: Vec<Category>) -> Manifest {
        let mut manifest = Manifest { withheld, ..Manifest::default() };
        let mut note = |category: Category, fields: &Map<String, Value>| {
            let shown = manifest.shown.entry(category).or_default();
            let new: Vec<String> = fields.keys().filter(|field| !shown.contains(field)).cloned().collect();
            shown.extend(new);
        };
        let mut counts: BTreeMap<Category, u32> = BTreeMap::new();
        self.singles.iter().for_each(|(category, fields)| note(*category, fields));
        for record in &self.records {
            note(record.category, &record.fields);
            record.parts.iter().for_each(|(category, fields)| note(*category, fields));
            let count = counts.entry(record.category).or_default();
            *count = count.saturating_add(1);
        }
        manifest.records = counts.into_iter().collect();
        manifest
    }
}

fn first_record(category: Category, value: Value) -> Result<FirstRecord, Problem> {
    let Cell { kind, occurred_on, fields } = serde_json::from_value(value).map_err(|_| Kind::Integrity)?;
    Ok(FirstRecord { category, kind, occurred_on, fields, parts: BTreeMap::new() })
}

fn records(
    file: &CaseFile<'_>,
    category: Category,
    released: &BTreeSet<Category>,
) -> Result<Vec<FirstRecord>, Problem> {
    let mut found = Vec::new();
    for record in file.read_records(category)? {
        let parts = record.parts.into_iter().filter(|(source, _)| released.contains(source));
        let first = FirstRecord {
            category,
            kind: record.kind,
            occurred_on: record.occurred_on,
            fields: without_ids(record.fields),
            parts: parts.map(|(source, fields)| (source, without_ids(fields))).collect(),
        };
        file.note(category, first.fields.keys());
        first.parts.iter().for_each(|(source, fields)| file.note(*source, fields.keys()));
        found.push(first);
    }
    file.note_records(category, found.len());
    Ok(found)
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| Uuid::parse_str(text).is_ok())
}

fn without_ids(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().filter(|(_, value)| !is_id(value)).map(|(name, value)| (name, within(value))).collect()
}

fn within(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(without_ids(fields)),
        Value::Array(items) => Value::Array(items.into_iter().filter(|item| !is_id(item)).map(within).collect()),
        other => other,
    }
}
