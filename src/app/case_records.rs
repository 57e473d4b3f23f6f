//! The records of a case: believed row by row against its header, opened as far as the permit goes, noted as shown.
//! No record may be opened before the whole category was found to be what the header vouches for.

use super::case_file::CaseFile;
use super::vouched::Spelled;
use crate::access::Extent;
use crate::casework::category::{Category, Shape};
use crate::casework::ids::{AgencyId, MembershipId, RecordId};
use crate::clock::Moment;
use crate::error::{Kind, Problem};
use crate::ledger::body::unhex;
use crate::seal::{Fields, Keyring, Place, SealError, SealedParts, chain};
use crate::store::rows::RecordRow;
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Fields of which nothing is asked but to be shown: each as it was sealed, not taken apart.
pub type Shown = Fields<Box<RawValue>>;

/// One record of a many-valued category, with those of its parts that the reader may see.
pub struct OpenRecord<F = Map<String, Value>> {
    pub id: RecordId,
    pub version: u32,
    pub kind: String,
    pub occurred_on: Option<NaiveDate>,
    pub recorded_at: Moment,
    pub by: Option<MembershipId>,
    pub agency: Option<AgencyId>,
    pub on_behalf: Option<AgencyId>,
    pub fields: F,
    pub parts: BTreeMap<Category, F>,
}

impl<F> fmt::Debug for OpenRecord<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenRecord")
    }
}

/// Records that were found to be what the header vouches for.
pub(super) struct Vouched {
    rows: Vec<RecordRow>,
    of: Of,
}

/// Of which categories records were read.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    All,
    Only(&'static [Category]),
}

impl Of {
    fn has(self, category: Category) -> bool {
        match self {
            Self::All => true,
            Self::Only(some) => some.contains(&category),
        }
    }

    /// Whether nothing that is asked for was left out; nothing in particular stands for all.
    fn holds(self, category: Option<Category>) -> bool {
        category.map_or(matches!(self, Self::All), |category| self.has(category))
    }
}

/// Fields of one record, and the day it is of.
pub type Dated<T> = (Option<NaiveDate>, Fields<T>);

impl CaseFile<'_> {
    /// Records of a many-valued category, the newest version of each, oldest first; of a reader's own part only those.
    ///
    /// # Errors
    /// `integrity` where a record was taken out, put back, altered or moved.
    pub fn read_records(&self, category: Category) -> Result<Vec<OpenRecord>, Problem> {
        self.records_where(category, |_| true, |keyring, place, sealed| Ok(keyring.open_parts(place, sealed)?.parts))
    }

    /// Some of them, chosen before they are opened, and as `parts` opens them.
    fn records_where<F: Default>(
        &self,
        category: Category,
        of: impl Fn(&RecordRow) -> bool,
        parts: impl Fn(&Keyring<'_>, &Place, &SealedParts<'_>) -> Result<BTreeMap<Category, F>, SealError>,
    ) -> Result<Vec<OpenRecord<F>>, Problem> {
        self.each_newest(category, of, |keyring, row| {
            let sealed = SealedParts::from_stored(&row.sealed)?;
            let mut parts = parts(keyring, &self.place_of(row), &sealed)?;
            Ok(OpenRecord {
                id: row.record,
                version: row.record_version,
                kind: row.kind.clone(),
                occurred_on: row.occurred_on,
                recorded_at: row.recorded_at,
                by: row.by_membership,
                agency: row.agency,
                on_behalf: row.on_behalf,
                fields: parts.remove(&category).unwrap_or_default(),
                parts,
            })
        })
    }

    /// The same, to be shown.
    ///
    /// # Errors
    /// As `read_records`.
    pub fn show_records(&self, category: Category) -> Result<Vec<OpenRecord<Shown>>, Problem> {
        self.show_records_where(category, |_| true)
    }

    /// Some of them, to be shown; the others stay closed.
    ///
    /// # Errors
    /// As `read_records`.
    pub fn show_records_where(
        &self,
        category: Category,
        of: impl Fn(&RecordRow) -> bool,
    ) -> Result<Vec<OpenRecord<Shown>>, Problem> {
        let records = self.records_where(category, of, |keyring, place, sealed| keyring.open_covered(place, sealed))?;
        for record in &records {
            for (part, fields) in record.parts.iter().chain([(&category, &record.fields)]) {
                self.note(*part, fields.iter().map(|(name, _)| name));
            }
        }
        self.note_records(category, records.len());
        Ok(records)
    }

    /// Of some of them these fields, each in a form of the caller's, to be shown; the others stay closed, and what was laid
    /// into a record of another category. Each record with the day it is of.
    ///
    /// # Errors
    /// As `read_records`; `integrity` too where a field has not that form.
    pub fn show_fields<T: DeserializeOwned>(
        &self,
        category: Category,
        fields: &[&str],
        of: impl Fn(&RecordRow) -> bool,
    ) -> Result<Vec<Dated<T>>, Problem> {
        let shown = self.each_newest(category, of, |keyring, row| {
            let sealed = SealedParts::from_stored(&row.sealed)?;
            Ok((row.occurred_on, keyring.open_own_part(&self.place_of(row), &sealed, fields)?))
        })?;
        for (_, fields) in &shown {
            self.note(category, fields.iter().map(|(name, _)| name));
        }
        self.note_records(category, shown.len());
        Ok(shown)
    }

    /// What `open` makes of the newest version of each record that the reader may see and `of` picks, oldest first.
    fn each_newest<T>(
        &self,
        category: Category,
        of: impl Fn(&RecordRow) -> bool,
        open: impl Fn(&Keyring<'_>, &RecordRow) -> Result<T, Problem>,
    ) -> Result<Vec<T>, Problem> {
        let Some(extent) = self.permit.reads(category) else { return Ok(Vec::new()) };
        self.load_records(Some(category))?;
        let records = self.records.borrow();
        let mut newest: Vec<&RecordRow> = Vec::new();
        for row in records.iter().flat_map(|known| &known.rows).filter(|row| row.category == category) {
            match newest.iter_mut().find(|known| known.record == row.record) {
                Some(known) => *known = row,
                None => newest.push(row),
            }
        }
        // Only of the newest is it asked whose it is: an earlier version must not pass for the record.
        newest.retain(|row| (extent == Extent::Whole || self.is_own(row)) && of(row));
        let keyring = self.keyring()?;
        newest.into_iter().map(|row| open(&keyring, row)).collect()
    }

    fn place_of(&self, row: &RecordRow) -> Place {
        self.place(row.category, row.record.0, row.record_version)
    }

    /// What the case's header vouches for of one version of a record: its sealed parts and all that stands beside them.
    ///
    /// # Errors
    /// `integrity`; `not-found` where there is no such version.
    pub fn digest_of(&self, record: RecordId, version: u32) -> Result<[u8; 32], Problem> {
        self.load_records(None)?;
        let records = self.records.borrow();
        let mut rows = records.iter().flat_map(|known| &known.rows);
        let found = rows.find(|row| row.record == record && row.record_version == version);
        found.map(record_digest).ok_or_else(|| Kind::NotFound.into())
    }

    /// Whether a record is the reader's agency's: of a working paper that is whoever is asked or is to act, and not whoever
    /// asks. A row of the panel's record does not say whose item it is about, and so is nobody's own.
    fn is_own(&self, row: &RecordRow) -> bool {
        let of = row.on_behalf.or(row.agency).filter(|_| row.category != Category::Panel);
        of.is_some() && of == self.session().principal.agency()
    }

    /// Those of a category, or of all; what was laid before the file serves if that category was not left out of it.
    fn load_records(&self, wanted: Option<Category>) -> Result<(), Problem> {
        if self.records.borrow().as_ref().is_some_and(|known| known.of.holds(wanted)) {
            return Ok(());
        }
        let laid = self.laid.borrow_mut().records.take().filter(|(_, of)| of.holds(wanted));
        let (rows, of) = match laid {
            Some(laid) => laid,
            None => (self.session().reader().records_of(self.row.id)?, Of::All),
        };
        *self.records.borrow_mut() = Some(Vouched { rows: self.vouch(rows, of)?, of });
        Ok(())
    }

    /// The rows, if those of each of these categories are what the header vouches for.
    fn vouch(&self, mut rows: Vec<RecordRow>, of: Of) -> Result<Vec<RecordRow>, Problem> {
        let mut chains: BTreeMap<Category, (u32, [u8; 32])> = BTreeMap::new();
        let mut more = false;
        rows.retain(|row| {
            if !of.has(row.category) {
                return false;
            }
            let (count, running) = chains.entry(row.category).or_insert((0, [0; 32]));
            // What was appended since the header was read is not yet ours to read.
            if *count >= self.header.categories.get(&row.category).map_or(0, |fact| fact.version) {
                more = true;
                return false;
            }
            *count = count.saturating_add(1);
            *running = chain(*running, row.record.0, row.record_version, record_digest(row));
            true
        });
        for category in Category::ALL.iter().filter(|c| c.shape() == Shape::Many && of.has(**c)) {
            let stored = chains.get(category).filter(|(count, _)| *count > 0);
            let stored = stored.map(|(count, running)| (*count, Some(*running)));
            let vouched = self.header.categories.get(category).map(|fact| (fact.version, unhex(&fact.digest)));
            if stored != vouched {
                return Err(self.tampered("the records of a category"));
            }
        }
        self.only_later(more, "records were put in")?;
        Ok(rows)
    }
}

/// What the chain of a category takes of a record: its sealed parts and everything that is kept beside them in clear.
pub fn record_digest(row: &RecordRow) -> [u8; 32] {
    let mut sum = Spelled::new(b"cp-record-v1");
    sum.put(row.category.name().as_bytes());
    sum.put(row.kind.as_bytes());
    match row.occurred_on {
        Some(day) => sum.shown(&day),
        None => sum.put(b""),
    }
    sum.put(&row.recorded_at.0.to_be_bytes());
    sum.name(row.by_membership.map(|id| id.0));
    sum.name(row.agency.map(|id| id.0));
    sum.name(row.on_behalf.map(|id| id.0));
    sum.finish_with(row.sealed.as_bytes())
}
