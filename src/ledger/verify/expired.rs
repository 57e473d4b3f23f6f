//! Entries without a body because their time was over: each is held to the log's signed word that it let it go.
//! It must never let the place of one pass in its writer's chain or counter: the tree, and who wrote what, stay whole.

use super::Run;
use crate::ledger::body::Body;
use crate::ledger::expired::Remnant;
use crate::ledger::lineage::Believed;
use crate::ledger::tree::Hash;

impl Run<'_> {
    pub(super) fn remnant(&mut self, index: u64, leaf: &Hash, remnant: &Remnant) {
        self.report.bodies_expired = self.report.bodies_expired.saturating_add(1);
        let Remnant { writer, n, .. } = remnant;
        let mut wrong = self.continuity.pass(index, writer, *n);
        wrong.extend(self.writers.pass(index, writer, *n, leaf));
        wrong.extend(self.expiries.line(index, leaf, remnant));
        for what in wrong {
            self.find(Some(index), what);
        }
    }

    pub(super) fn expiry(&mut self, index: u64, body: &Body<'_>) {
        if let Some((at, what)) = self.expiries.take(index, body) {
            self.find(Some(at), what);
        }
    }

    pub(super) fn settle_expired(&mut self, keys: &Believed) {
        let (wrong, undecided) = std::mem::take(&mut self.expiries).finish(keys);
        for (index, what) in wrong.into_iter().chain(self.continuity.skipped()) {
            self.find(Some(index), what);
        }
        if undecided > 0 {
            let note = format!("{undecided} expiries reach back before the export: they can be told from entry 0");
            self.report.notes.push(note);
        }
    }
}
