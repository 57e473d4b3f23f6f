//! The log's own retention: bodies go when their time is over, and the log says, signed, of which entries.
//! It must never let go what speaks of a case that is not erased or of a row that is there, what the log says of itself or of a
//! case's end, nor anything that no published checkpoint covers; and never an entry that is not what it commits to: that is evidence.

use crate::app::batches::in_batches;
use crate::app::expiries::committed;
use crate::app::recall::taken_in;
use crate::app::recorder::{ApplyError, Change, Share};
use crate::app::service::Service;
use crate::casework::calendar::months_before;
use crate::casework::ids::RequestId;
use crate::clock::Moment;
use crate::error::Problem;
use crate::ledger::body::Body;
use crate::ledger::entry::{Draft, Outcome, leaf_bytes};
use crate::ledger::expired::{Batch, ERASING, EXPIRE, erases};
use crate::store::rows::{ExpiringRow, OldEntry};
use crate::store::{EntryFilter, EntryPage};
use std::collections::HashSet;
use uuid::Uuid;

/// Entries that expire in one transaction, which keeps others from writing meanwhile.
const BATCH: usize = 500;

/// Places that are looked at in one query.
const WINDOW: i64 = 4096;

/// Gives how many entries expired. What another instance is at is left to it.
///
/// # Errors
/// `unavailable`; what was not done comes again.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    let Some(oldest) = months_before(service.clock.today(), service.keep_years.saturating_mul(12)) else {
        return Ok(0);
    };
    let before = Moment::begin_of(oldest);
    let Some(published) = service.store.reader()?.latest_published(service.published)? else { return Ok(0) };
    let erased = erased(service, before, published.size)?;
    let (mut gone, mut batch, mut from) = (0_usize, Vec::with_capacity(BATCH), 0_i64);
    while from < published.size {
        let to = from.saturating_add(WINDOW).min(published.size);
        let old = service.store.reader()?.old_entries(from, to, before)?;
        for entry in old.into_iter().filter(|entry| may_go(entry, before, &erased)) {
            batch.push(entry);
            if batch.len() >= BATCH {
                if service.is_stopping() || !expire(service, std::mem::take(&mut batch)).await? {
                    return Ok(gone);
                }
                gone = gone.saturating_add(BATCH);
            }
        }
        from = to;
    }
    let rest = batch.len();
    if rest > 0 && expire(service, batch).await? {
        gone = gone.saturating_add(rest);
    }
    Ok(gone)
}

/// Names of cases that were erased before that moment: the log says so, it has its place, and no row has the name any more.
fn erased(service: &Service, before: Moment, size: i64) -> Result<HashSet<Uuid>, Problem> {
    let filter = EntryFilter {
        operations: Some(&ERASING),
        outcome: Some(Outcome::Changed.name()),
        until: Some(before),
        ..EntryFilter::default()
    };
    let mut names = HashSet::new();
    for row in in_batches(|before, limit| service.store.reader()?.entries(&filter, EntryPage { before, limit })) {
        let row = row?;
        if row.seq.is_none_or(|seq| seq >= size) {
            continue;
        }
        let said = committed(&row).filter(|body| erases(body) && body.at < before);
        names.extend(said.iter().flat_map(|body| &body.cases).map(|case| case.id));
    }
    if !names.is_empty() {
        for (row, _) in service.store.reader()?.marked_rows()? {
            names.remove(&row);
        }
    }
    Ok(names)
}

/// The body says what it is of; it goes when everything that it names is gone for as long. Of no case are those that name none.
fn may_go(entry: &OldEntry, before: Moment, erased: &HashSet<Uuid>) -> bool {
    let body = Body::committed(&entry.body, &entry.salt, &entry.leaf);
    let Some(body) = body.filter(|body| body.writer == entry.writer && body.n == entry.n) else {
        tracing::error!(entry = entry.seq, "an old entry is not the one that was committed, and is kept");
        return false;
    };
    let of_the_log = body.operation.starts_with("ledger.") || ERASING.contains(&&*body.operation);
    // What came in with an entry of no case is a row that nothing erases: its entry is all that attests it.
    let attests = body.cases.is_empty() && !taken_in(&body).is_empty();
    body.at < before && !of_the_log && !attests && body.cases.iter().all(|case| erased.contains(&case.id))
}

/// Whether these expired, and not by another instance's hand.
async fn expire(service: &Service, entries: Vec<OldEntry>) -> Result<bool, Problem> {
    let (mut together, request) = (Batch::default(), RequestId::new());
    for entry in &entries {
        together.add(u64::try_from(entry.seq).unwrap_or(0), &entry.leaf, &entry.writer, entry.n);
    }
    let detail = service.sign_expiry(request, &together.claim())?;
    let draft = Draft { request, ..Draft::of_the_log("ledger.retention", EXPIRE, Outcome::Changed, detail) };
    let expiring = |entry: OldEntry| {
        let commitment = leaf_bytes(&entry.salt, entry.body.as_bytes());
        ExpiringRow { id: entry.id, leaf: entry.leaf, commitment }
    };
    let rows: Vec<ExpiringRow> = entries.into_iter().map(expiring).collect();
    let change = Change::new(draft, move |tx, _| Ok(tx.expire_entries(&rows, request)?));
    match service.recorder.change(Share::Principal(Uuid::nil()), change).await {
        Ok(()) => Ok(true),
        Err(ApplyError::Stale) => Ok(false),
        Err(_) => Err(Problem::unavailable("entries whose time is over could not be let go")),
    }
}
