//! Lists of entries: their days, their pages, and cursors that go with one question of one reader.
//! It must never show anything: what a reader may see of an entry is for whoever asked for the page.

use super::cursors::Cursors;
use super::read_ledger::committed;
use super::session::Session;
use crate::access::Purpose;
use crate::clock::Moment;
use crate::digest::Sha256;
use crate::error::{Problem, Violations};
use crate::ledger::body::{Body, hex};
use crate::store::rows::StoredEntry;
use crate::store::{EntryFilter, EntryPage, EntryPlace};
use chrono::{Days, NaiveDate};

/// Entries on a page.
pub const MOST: usize = 200;

/// A list as one question makes it.
pub(super) struct List<'a> {
    pub name: &'static str,
    /// What was asked besides the days, each in its place.
    pub asked: &'a [Option<&'a str>],
    pub before: Option<&'a str>,
    pub limit: Option<usize>,
}

/// Entries that are what was committed, and where the next page begins.
pub(super) struct Page {
    pub entries: Vec<(StoredEntry, Body<'static>)>,
    pub next: Option<String>,
}

impl List<'_> {
    /// # Errors
    /// `invalid` for a cursor that is none, another reader's or of another question; `integrity` for an entry that was altered.
    pub fn page(&self, session: &Session<'_>, filter: &EntryFilter) -> Result<Page, Problem> {
        let limit = self.limit.unwrap_or(50).min(MOST);
        let cursors = Cursors::before(session, &self.label(filter));
        let before: Option<EntryPlace> = cursors.open(self.before)?;
        // One more than asked for tells that there is a next page.
        let ask = i64::try_from(limit).unwrap_or(0).saturating_add(1);
        let mut rows = session.reader().entries(filter, EntryPage { before, limit: ask })?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(last) if more => Some(cursors.seal(&last.place())?),
            _ => None,
        };
        let entries = rows.into_iter().map(|row| Ok((committed(session, &row)?, row)));
        let entries = entries.map(|entry| entry.map(|(body, row)| (row, body))).collect::<Result<_, Problem>>()?;
        Ok(Page { entries, next })
    }

    /// Under another label a cursor does not open: none carries a reader from one question to the middle of another.
    fn label(&self, filter: &EntryFilter) -> String {
        let mut sum = Sha256::default();
        for moment in [filter.from, filter.until] {
            sum.put(&moment.map_or(0, |moment| moment.0).to_be_bytes());
        }
        for asked in self.asked {
            sum.put(asked.map_or(&[], |_| &[1]));
            sum.put(asked.unwrap_or_default().as_bytes());
        }
        format!("{}/{}", self.name, hex(&sum.finish()))
    }
}

/// From the beginning of the first of two days in London to the end of the last, by the clock of the log; with `one_more`
/// where a filter besides them was given or none is wanted. Everything that is missing is told at once.
///
/// # Errors
/// `invalid`, naming the fields.
pub(super) fn days(
    session: &Session<'_>,
    asked: (Option<NaiveDate>, Option<NaiveDate>),
    one_more: bool,
) -> Result<(Moment, Moment), Problem> {
    let most = session.service.rules.ledger_days;
    let mut broken = Violations::default();
    let mut span = (Moment(0), Moment(0));
    match asked {
        (Some(from), Some(to)) if to < from => broken.add("to", "before_start", "must not be before the first day"),
        (Some(from), Some(to)) if (to - from).num_days() >= i64::from(most) => {
            broken.add("to", "too_long", "must not be more days after the first than the service allows");
        }
        (Some(from), Some(to)) => match to.checked_add_days(Days::new(1)) {
            Some(end) => span = (Moment::begin_of(from), Moment::begin_of(end)),
            None => broken.add("to", "date", "must be a day of this calendar"),
        },
        (from, to) => {
            for (name, _) in [("from", from), ("to", to)].into_iter().filter(|(_, day)| day.is_none()) {
                broken.add(name, "required", "say from which to which day");
            }
        }
    }
    if !one_more {
        let message = "give one of case, actor, agency, role, operation, outcome and purpose besides the days";
        broken.add("case", "one_of_required", message);
    }
    broken.finish()?;
    Ok(span)
}

/// The purposes that whoever answers for a case or for people is told of (DESIGN 3). That somebody asked for their records,
/// or complained, is told to those who deal with it.
pub(super) fn told_purpose(body: &Body) -> Option<&'static str> {
    let told = [Purpose::BreakGlass, Purpose::EarlierHistory].map(Purpose::name);
    told.into_iter().find(|purpose| body.purpose.as_deref() == Some(*purpose))
}

/// Whether they are told what it was that was shown, and of which case. What is looked up for the end of a case, or because
/// somebody asked for their records, tells by itself that there is a hold or a request (DESIGN 3).
pub(super) fn is_told(body: &Body) -> bool {
    let untold = [Purpose::Retention, Purpose::RightsRequest].map(Purpose::name);
    !untold.into_iter().any(|purpose| body.purpose.as_deref() == Some(purpose))
}
