//! What others were shown of cases, as far as somebody who answers for them may be told.
//! It must never name a category that the reader may not read of that very case: that it was shown says that it is there.

use super::case_file::believe;
use super::link_cases::Sight;
use super::session::Session;
use crate::access::{Extent, Permit};
use crate::casework::category::Category;
use crate::casework::ids::LedgerId;
use crate::error::Problem;
use crate::ledger::body::{Body, BodyManifest};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Names in one statement.
const AT_ONCE: usize = 500;

/// A category by its name in the log, if the reader may read it whole. Their own part would not do: what was shown may have
/// been another's.
fn read_whole(permit: &Permit, name: &str) -> Option<&'static str> {
    let category = Category::ALL.iter().find(|category| category.name() == name)?;
    (permit.reads(*category) == Some(Extent::Whole)).then(|| category.name())
}

/// Of what was shown of a case, what the reader may read.
pub(super) fn categories_read<'m>(
    permit: &'m Permit,
    manifest: &'m BodyManifest<'_>,
) -> impl Iterator<Item = &'static str> + 'm {
    manifest.shown.keys().filter_map(|name| read_whole(permit, name))
}

/// One reader's permits for the cases of a list of entries, by their names in the ledger.
#[derive(Debug)]
pub(super) struct ManifestSight(BTreeMap<Uuid, Permit>);

impl ManifestSight {
    /// Of these cases. One that was erased since, that they may not know of, or whose facts are not to be believed tells
    /// them nothing.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn of(session: &Session<'_>, cases: &BTreeSet<Uuid>) -> Result<Self, Problem> {
        let ids: Vec<LedgerId> = cases.iter().copied().map(LedgerId).collect();
        let sight = Sight::of(session);
        let mut permits = BTreeMap::new();
        for ids in ids.chunks(AT_ONCE) {
            let rows = session.reader().cases_by_ledger_id(ids)?;
            let believed = rows.into_iter().filter_map(|row| believe(session, row).ok());
            permits.extend(believed.filter_map(|(row, header)| Some((row.ledger_id.0, sight.permit(&header)?))));
        }
        Ok(Self(permits))
    }

    /// A category that was shown of this case, if they may be told of it.
    pub fn reads(&self, case: Uuid, name: &str) -> Option<&'static str> {
        read_whole(self.0.get(&case)?, name)
    }

    /// Each category that they may be told of, once for each case of the entry that it was shown of.
    pub fn shown<'b>(&'b self, body: &'b Body<'_>) -> impl Iterator<Item = &'static str> + 'b {
        let cases = body.cases.iter().zip(&body.manifest);
        cases.filter_map(|(case, manifest)| Some(categories_read(self.0.get(&case.id)?, manifest))).flatten()
    }
}
