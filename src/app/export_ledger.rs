//! The log as one stream for an auditor: every leaf, and the bodies of their own panel.
//! It must never give another panel's body, begin before its entry is committed, hold a connection while the reader takes its
//! time, nor more of the log than a few pieces.

use super::answer::{Answer, Reply};
use super::expiries::Covered;
use super::ledger_export::{Lines, line};
use super::pipe::Inlet;
use super::read_tile::frontier_of;
use super::session::Session;
use crate::access::PanelVerb;
use crate::casework::ids::{PanelId, PersonId};
use crate::error::{Kind, Problem};
use crate::ledger::archive;
use crate::ledger::attest::{KEY, RETIRED};
use crate::ledger::body::{Body, Skimmer};
use crate::ledger::entry::DetailValue;
use crate::ledger::expired::EXPIRE;
use crate::ledger::export::{Bundle, ExportError};
use crate::ledger::line::Line;
use crate::ledger::note::VKey;
use crate::ledger::tree::Frontier;
use crate::store::rows::CheckpointRow;
use crate::store::{Store, StoreError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// At a time. Each is a thread that reads all there is, beside people who work.
const MOST: usize = 2;

/// zstd's own default: more costs time and saves little, for half of an entry is hashes.
const LEVEL: i32 = 3;

/// Exports under way, by whom. Each may have one: a reader who takes their time keeps nobody else's place.
#[derive(Debug, Default)]
pub struct Exports(Arc<Mutex<Vec<PersonId>>>);

/// One of them; given back wherever it ends.
struct Slot {
    of: PersonId,
    among: Arc<Mutex<Vec<PersonId>>>,
}

/// Changed in one step each time.
fn locked(people: &Mutex<Vec<PersonId>>) -> MutexGuard<'_, Vec<PersonId>> {
    people.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Exports {
    /// How many have a place.
    pub fn under_way(&self) -> usize {
        locked(&self.0).len()
    }

    fn take(&self, person: PersonId) -> Option<Slot> {
        let mut people = locked(&self.0);
        if people.len() >= MOST || people.contains(&person) {
            return None;
        }
        people.push(person);
        Some(Slot { of: person, among: Arc::clone(&self.0) })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        locked(&self.among).retain(|person| *person != self.of);
    }
}

struct Export {
    store: Store,
    panel: PanelId,
    from: Frontier,
    old: Option<String>,
    checkpoint: CheckpointRow,
    keys: Vec<VKey>,
    covered: Covered,
    _slot: Slot,
}

/// From the first entry, or from the size of an earlier checkpoint, to the newest.
///
/// # Errors
/// `invalid` for a size that was not signed; `too-many-requests` where one of the reader's is under way, or as many as may be;
/// `not-found` before the first checkpoint; the policies' refusal.
pub fn export_ledger(session: &Session<'_>, from: Option<usize>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ExportLedger)?;
    let checkpoint = session.reader().latest_published(session.service.published)?;
    let (from, old) = match from.unwrap_or(0) {
        0 => (Frontier::default(), None),
        size => {
            let size =
                i64::try_from(size).ok().filter(|size| checkpoint.as_ref().is_some_and(|last| *size < last.size));
            let earlier = size.map(|size| session.reader().checkpoint(size)).transpose()?.flatten();
            let earlier = earlier.ok_or_else(not_signed)?;
            (frontier_of(&earlier).ok_or(Kind::Integrity)?, Some(earlier.note))
        }
    };
    let checkpoint = checkpoint.ok_or(Kind::NotFound)?;
    let keys = vec![session.service.log_key().clone()];
    let covered = Covered::of(&mut session.reader(), &keys, checkpoint.size)?;
    let covered =
        covered.map_err(|_| Problem::unavailable("entries have just expired, and no checkpoint covers that"))?;
    let person = session.principal.person().ok_or_else(|| Problem::internal("an export for nobody"))?;
    let slot = session.service.exports.take(person).ok_or(Kind::TooManyRequests)?;
    let number = |n: u64| DetailValue::Number(i64::try_from(n).unwrap_or(i64::MAX));
    let detail = vec![("from", number(from.size())), ("size", DetailValue::Number(checkpoint.size))];
    let export = Export {
        store: session.service.store.clone(),
        panel: session.panel(),
        from,
        old,
        checkpoint,
        keys,
        covered,
        _slot: slot,
    };
    Ok(session.show(Reply::streamed(move |inlet| export.run(inlet)), Vec::new(), detail))
}

fn not_signed() -> Problem {
    Problem::field(Kind::Invalid, "from", "not_signed", "must be the size of an earlier checkpoint")
}

impl Export {
    fn run(self, inlet: Inlet) {
        if let Err(error) = self.write(inlet) {
            // A reader who left is no fault; an altered log is.
            tracing::warn!(%error, "an export of the log ended before its end");
        }
    }

    fn write(self, inlet: Inlet) -> Result<(), ExportError<StoreError>> {
        let mut out = zstd::stream::write::Encoder::new(inlet, LEVEL)?;
        out.include_checksum(true)?;
        let bundle = Bundle {
            from: self.from.clone(),
            old: self.old.as_deref(),
            checkpoint: &self.checkpoint.note,
            keys: &self.keys,
        };
        let begin = i64::try_from(self.from.size()).unwrap_or(i64::MAX);
        let count = u64::try_from(self.checkpoint.size.saturating_sub(begin)).unwrap_or(0);
        let at = u64::try_from(self.checkpoint.at.seconds()).unwrap_or(0);
        archive::write(&mut out, &bundle, (count, at), || {
            // A connection is borrowed for a batch and given back before anything of it is sent.
            let leaves = |from, to, limit| {
                let mut reader = self.store.reader()?;
                let leaves = reader.leaves(from, to, limit)?;
                self.covered.check(&mut reader, &leaves).map(|()| leaves)
            };
            let (export, mut skimmer) = (&self, Skimmer::default());
            let lines = Lines::new(begin, self.checkpoint.size, leaves);
            lines.map(move |leaf| leaf.map(|leaf| export.own(line(leaf), &mut skimmer)))
        })?;
        let inlet = out.finish()?;
        // Whoever has the whole may ask for the next at once: the place is given back before the end is told.
        drop(self);
        Ok(inlet.finish()?)
    }

    /// With its body only where that is of the auditor's panel: the body says so, which its leaf commits to, not the column. What
    /// the log says of its keys and of what expired is of nobody, and everybody verifies by it.
    fn own(&self, line: Line, skimmer: &mut Skimmer) -> Line {
        let mut own = |body: &str| {
            let of_all = |body: &Body| body.panel.is_none() && [KEY, RETIRED, EXPIRE].contains(&&*body.operation);
            skimmer.skim(body).is_ok_and(|body| body.panel == Some(self.panel.0) || of_all(&body))
        };
        Line { opened: line.opened.filter(|(_, body)| own(body)), ..line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_place_and_all_together_two() {
        let exports = Exports::default();
        let [one, other, third] = [(); 3].map(|()| PersonId::new());
        let first = exports.take(one).unwrap();
        assert!(exports.take(one).is_none());
        let second = exports.take(other).unwrap();
        assert!(exports.take(third).is_none());
        drop(first);
        assert!(exports.take(other).is_none());
        let again = exports.take(one).unwrap();
        assert_eq!(exports.under_way(), 2);
        drop((second, again));
        assert_eq!(exports.under_way(), 0);
    }
}
