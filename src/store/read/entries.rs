//! Entries of the ledger by what they are about, a page at a time.
//! It must never read the log from end to end for a page, nor decide who may be shown what it finds.

use super::{Reader, all};
use crate::casework::ids::{AgencyId, LedgerId, PanelId, PersonId};
use crate::casework::role::Role;
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::decode::{hash, maybe};
use crate::store::rows::StoredEntry;
use crate::store::schema::{ledger_entry, ledger_leaf};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// Which entries a list shows. Everything that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    pub panel: Option<PanelId>,
    pub actor: Option<PersonId>,
    pub agency: Option<AgencyId>,
    pub case: Option<LedgerId>,
    pub role: Option<Role>,
    pub operation: Option<String>,
    /// Any of these.
    pub operations: Option<&'static [&'static str]>,
    pub outcome: Option<&'static str>,
    pub purpose: Option<&'static str>,
    /// From the first to the last of these, in the database's own order of ids.
    pub actors: Option<(PersonId, PersonId)>,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub until: Option<Moment>,
    /// Entered before this one.
    pub below: Option<i64>,
}

/// Newest first by the writers' clocks, and among equals by id; `before` is the place of the last entry seen.
#[derive(Debug, Clone, Copy)]
pub struct EntryPage {
    pub before: Option<EntryPlace>,
    pub limit: i64,
}

/// Where an entry lies in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryPlace {
    pub at: Moment,
    pub id: i64,
}

#[derive(Queryable)]
struct RawEntry {
    id: i64,
    writer: String,
    n: i64,
    at: Option<i64>,
    panel: Option<String>,
    actor: Option<String>,
    agency: Option<String>,
    role: Option<String>,
    operation: Option<String>,
    outcome: Option<String>,
    problem: Option<String>,
    purpose: Option<String>,
    case_lid: Option<String>,
    _several: bool,
    body: Option<String>,
    salt: Option<Vec<u8>>,
    leaf: Vec<u8>,
    _commitment: Option<Vec<u8>>,
    _expired_by: Option<String>,
}

/// What no entry is without that has not expired.
fn there<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or(StoreError::Corrupt)
}

fn entry((raw, seq): (RawEntry, Option<i64>)) -> Result<StoredEntry, StoreError> {
    Ok(StoredEntry {
        id: raw.id,
        seq,
        writer: raw.writer,
        n: raw.n,
        at: Moment(there(raw.at)?),
        panel: maybe(raw.panel.as_deref())?,
        actor: maybe(raw.actor.as_deref())?,
        agency: maybe(raw.agency.as_deref())?,
        role: raw.role,
        operation: there(raw.operation)?,
        outcome: there(raw.outcome)?,
        problem: raw.problem,
        purpose: raw.purpose,
        case: maybe(raw.case_lid.as_deref())?,
        body: there(raw.body)?,
        salt: hash(&there(raw.salt)?)?,
        leaf: hash(&raw.leaf)?,
    })
}

/// How an entry is found that is about a case.
#[derive(Debug, Clone, Copy)]
enum About {
    Anything,
    /// It is the entry's only or first case.
    First(LedgerId),
    /// It is another one of several. There is no row for each: they are looked for in the bodies, after everything else that is
    /// asked, as the body names them.
    Other(LedgerId),
}

impl Reader {
    /// Not on a hot path: the statement is built for its filter, and not cached. It goes along an index that has its order,
    /// so that a page reads no more than it skips: role and outcome alone are looked for in the panel's entries of the days asked
    /// about, and a case among those that are about several. What has expired is in no list.
    pub fn entries(&mut self, filter: &EntryFilter, page: EntryPage) -> Result<Vec<StoredEntry>, StoreError> {
        let Some(case) = filter.case else { return self.entries_about(filter, page, About::Anything) };
        let mut found = self.entries_about(filter, page, About::First(case))?;
        found.extend(self.entries_about(filter, page, About::Other(case))?);
        found.sort_by_key(|entry| Reverse(entry.place()));
        found.truncate(usize::try_from(page.limit).unwrap_or(0));
        Ok(found)
    }

    fn entries_about(
        &mut self,
        filter: &EntryFilter,
        page: EntryPage,
        about: About,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let raw = self.run(|c| {
            let mut query = ledger_entry::table
                .left_join(ledger_leaf::table.on(ledger_leaf::entry_id.eq(ledger_entry::id)))
                .select((ledger_entry::all_columns, ledger_leaf::seq.nullable()))
                .filter(ledger_entry::expired_by.is_null())
                .into_boxed();
            if let Some(panel) = filter.panel {
                query = query.filter(ledger_entry::panel.eq(panel.to_string()));
            }
            if let Some(actor) = filter.actor {
                query = query.filter(ledger_entry::actor.eq(actor.to_string()));
            }
            if let Some(agency) = filter.agency {
                query = query.filter(ledger_entry::agency.eq(agency.to_string()));
            }
            if let Some(role) = filter.role {
                query = query.filter(ledger_entry::role.eq(role.name()));
            }
            if let Some(operation) = &filter.operation {
                query = query.filter(ledger_entry::operation.eq(operation));
            }
            if let Some(operations) = filter.operations {
                query = query.filter(ledger_entry::operation.eq_any(operations));
            }
            if let Some(outcome) = filter.outcome {
                query = query.filter(ledger_entry::outcome.eq(outcome));
            }
            if let Some(purpose) = filter.purpose {
                query = query.filter(ledger_entry::purpose.eq(purpose));
            }
            if let Some((first, last)) = filter.actors {
                query = query.filter(ledger_entry::actor.between(first.to_string(), last.to_string()));
            }
            if let Some(from) = filter.from {
                query = query.filter(ledger_entry::at.ge(from.0));
            }
            if let Some(until) = filter.until {
                query = query.filter(ledger_entry::at.lt(until.0));
            }
            if let Some(below) = filter.below {
                query = query.filter(ledger_entry::id.lt(below));
            }
            if let Some(EntryPlace { at, id }) = page.before {
                let later = ledger_entry::at.lt(at.0).or(ledger_entry::id.lt(id));
                query = query.filter(ledger_entry::at.le(at.0)).filter(later);
            }
            query = match about {
                About::Anything => query,
                About::First(case) => query.filter(ledger_entry::case_lid.eq(case.to_string())),
                About::Other(case) => query
                    .filter(ledger_entry::several)
                    .filter(ledger_entry::case_lid.ne(case.to_string()))
                    .filter(ledger_entry::body.like(format!("%{{\"id\":\"{case}\",%"))),
            };
            let order = (ledger_entry::at.desc(), ledger_entry::id.desc());
            query.order(order).limit(page.limit).load::<(RawEntry, Option<i64>)>(c)
        })?;
        all(raw, entry)
    }

    /// The entry that a writer numbered `n`, if it was committed and has not expired.
    pub fn entry_of_writer(&mut self, writer: &str, n: i64) -> Result<Option<StoredEntry>, StoreError> {
        let raw = self.run(|c| {
            ledger_entry::table
                .left_join(ledger_leaf::table.on(ledger_leaf::entry_id.eq(ledger_entry::id)))
                .select((ledger_entry::all_columns, ledger_leaf::seq.nullable()))
                .filter(ledger_entry::writer.eq(writer))
                .filter(ledger_entry::n.eq(n))
                .filter(ledger_entry::expired_by.is_null())
                .first::<(RawEntry, Option<i64>)>(c)
                .optional()
        })?;
        raw.map(entry).transpose()
    }
}
