//! What the verifier can say only once it has seen every entry: whether the tree leads to the signed root, whether it continues
//! what is known, whose promises it breaks, and whether the files round it are whole.
//! It must never leave undecided without a word what it could not decide.

use super::Run;
use crate::ledger::continuity::IN_FLIGHT_SECONDS;
use crate::ledger::export::{KEYS, README, SUMS, print_sum};
use crate::ledger::note::VKey;
use crate::ledger::receipt::Receipt;
use crate::ledger::report::What;
use std::io;

impl Run<'_> {
    pub(super) fn settle_root(&mut self) {
        let (by_leaves, by_lines) = self.ways.lead_to(self.checkpoint.as_ref());
        for index in std::mem::take(&mut self.disagree) {
            let what = match (by_leaves, by_lines) {
                (true, _) => What::LineNotLogged,
                (false, true) => What::LeafNotLogged,
                (false, false) => What::Disagree,
            };
            self.find(Some(index), what);
        }
        if self.checkpoint.is_some() && !by_leaves && !by_lines {
            self.find(None, What::Root);
        }
    }

    pub(super) fn settle_known(&mut self) {
        let (Some(known), Some(checkpoint)) = (self.known, &self.checkpoint) else {
            return;
        };
        let continued = self.ways.passed(&known.root);
        if known.origin != checkpoint.origin {
            self.find(None, What::Forked);
        } else if known.size > checkpoint.size {
            self.find(None, What::RolledBack);
        } else if known.size < self.report.from {
            self.report.undecided("the export begins after the known checkpoint: export from its size".to_owned());
        } else if !continued {
            self.find(None, What::Forked);
        }
    }

    pub(super) fn settle_gaps(&mut self) {
        let (gaps, in_flight) = self.continuity.gaps();
        for gap in gaps {
            self.find(Some(gap.index), What::CounterGap { writer: gap.writer, first: gap.first, last: gap.last });
        }
        self.report.note_in_flight(&in_flight);
        if self.report.bodies_withheld > 0 || self.report.from > 0 {
            self.report.notes.push("gaps in counters and versions cannot be told in a part of the log".to_owned());
        }
    }

    /// A promise is broken once the log has gone on without the entry for longer than a transaction may take.
    pub(super) fn settle_promises(&mut self) {
        let latest = self.report.period.map(|(_, latest)| latest);
        for receipt in std::mem::take(&mut self.promised).into_values() {
            let Receipt { writer, n, at, .. } = receipt.clone();
            if self.report.from > 0 {
                self.report
                    .undecided(format!("receipt {n} of {writer}: it may lie before the export: export from entry 0"));
            } else if latest.is_none_or(|latest| at.plus_seconds(IN_FLIGHT_SECONDS) >= latest) {
                self.report.undecided(format!("receipt {n} of {writer}: not in the log yet, look again"));
            } else {
                self.find(None, What::Dropped { writer, n });
            }
        }
    }

    /// The files round the entries. The sums find accidents, and changes in what no signature covers.
    pub(super) fn settle_files(&mut self) -> io::Result<()> {
        if let Some(keys) = self.small(KEYS, true)? {
            let text = std::str::from_utf8(&keys).ok().and_then(|text| text.strip_suffix('\n'));
            if !text.is_some_and(|text| text.split('\n').all(|line| line.parse::<VKey>().is_ok())) {
                self.find(None, What::FileMalformed(KEYS));
            }
        }
        self.small(README, true)?;
        let Some(listed) = self.small(SUMS, true)? else {
            return Ok(());
        };
        let mut listed: Vec<&[u8]> = listed.split_inclusive(|byte| *byte == b'\n').collect();
        for (name, sum) in std::mem::take(&mut self.sums) {
            let right = print_sum(name, &sum);
            let ending = format!("  {name}\n");
            let Some(at) = listed.iter().position(|line| line.ends_with(ending.as_bytes())) else {
                self.find(None, What::FileMalformed(SUMS));
                continue;
            };
            if listed.swap_remove(at) != right.as_bytes() {
                self.find(None, What::FileChanged(name));
            }
        }
        // A line that is left names a file that is gone, or none at all.
        if !listed.is_empty() {
            self.find(None, What::FileMalformed(SUMS));
        }
        Ok(())
    }
}
