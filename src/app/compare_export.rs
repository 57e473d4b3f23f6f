//! A verified export against the database as it is now: whether the log there grew out of the export's, and whether every row is
//! as far as that log attests.
//! It must never take the database's word: what the log says there is hashed, and must lead to what the export's key signed.

use super::erase_case::erased_mark;
use super::recall::{Erased, RecallError, Signed, from_log, lagging};
use crate::casework::ids::LedgerId;
use crate::digest::sha256;
use crate::ledger::continuity::Head;
use crate::ledger::note::VKey;
use crate::ledger::report::Report;
use crate::store::{Reader, Store, StoreError};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A service may be writing: what looks amiss is looked at again so often, as long as something moves.
const LOOKS: usize = 5;

/// One thing in the database that is not as the export says it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Amiss {
    #[error(
        "database: the log has {have} entries and the export {size}: an older database was put back, or entries were taken"
    )]
    Shorter { have: i64, size: u64 },
    #[error("database: entry {0} is missing or altered")]
    Entry(i64),
    #[error("database: the tree is not one that grew out of the export's")]
    OtherTree,
    #[error("database: row {row} is gone and was not erased; the log attests version {attested}")]
    Gone { row: Uuid, attested: i64 },
    #[error("database: row {row} is at version {found} and the log attests {attested}: an older row was put back")]
    Older { row: Uuid, found: i64, attested: i64 },
    #[error("database: case {row} at version {version} has not the facts that the log attests of it")]
    OtherFacts { row: Uuid, version: i64 },
}

/// What is amiss, `keys` being the log's; nothing for a database that holds what the export says, or what came of it since.
///
/// # Errors
/// The database.
pub fn against_database(store: &Store, report: &Report, keys: &[VKey]) -> Result<Vec<Amiss>, StoreError> {
    let (Some(size), Some(root)) = (report.size, report.root) else { return Ok(Vec::new()) };
    let mut reader = store.reader()?;
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        let before = (reader.tree()?, reader.entry_count()?);
        found = look(&mut reader, (&Signed { size, root }, keys), &report.heads)?;
        if found.is_empty() || before == (reader.tree()?, reader.entry_count()?) {
            break;
        }
    }
    Ok(found)
}

fn look(
    reader: &mut Reader,
    (signed, keys): (&Signed, &[VKey]),
    heads: &BTreeMap<LedgerId, Head>,
) -> Result<Vec<Amiss>, StoreError> {
    let mut found = Vec::new();
    let have = reader.tree()?.map_or(0, |head| head.size);
    let shorter = u64::try_from(have).is_ok_and(|have| have < signed.size);
    if shorter {
        found.push(Amiss::Shorter { have, size: signed.size });
    }
    let (attested, erased) = match from_log(reader, signed, keys) {
        Ok(said) => said,
        Err(RecallError::Store(error)) => return Err(error),
        // The export is what was signed: rows are held to it, and what it says was erased is not missed.
        Err(error) => {
            match error {
                RecallError::Entry(seq) => found.push(Amiss::Entry(seq)),
                _ if !shorter => found.push(Amiss::OtherTree),
                _ => {}
            }
            (by_export(heads), Erased::default())
        }
    };
    found.extend(lagging(reader, &attested, &erased)?.into_iter().map(|lag| match lag.found {
        None => Amiss::Gone { row: lag.row, attested: lag.attested },
        Some(version) => Amiss::Older { row: lag.row, found: version, attested: lag.attested },
    }));
    found.extend(other_facts(reader, heads)?);
    Ok(found)
}

fn by_export(heads: &BTreeMap<LedgerId, Head>) -> HashMap<Uuid, i64> {
    let living = heads.iter().filter(|(_, head)| head.header != erased_mark());
    living.map(|(case, head)| (case.0, head.version)).collect()
}

/// Of cases that have not moved since the export: those that moved carry a tag that the service checks.
fn other_facts(reader: &mut Reader, heads: &BTreeMap<LedgerId, Head>) -> Result<Vec<Amiss>, StoreError> {
    let other = |(row, version, header): (Uuid, i64, String)| {
        let head = heads.get(&LedgerId(row)).filter(|head| head.version == version)?;
        (sha256(&[header.as_bytes()]) != head.header).then_some(Amiss::OtherFacts { row, version })
    };
    Ok(reader.case_headers()?.into_iter().filter_map(other).collect())
}
