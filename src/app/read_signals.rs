//! What stands out in how a panel's cases are read: to its auditors all of it, to the chair who broke a glass.
//! It shows process facts and never content; and to a chair nothing of a case that they may know nothing of.

use super::answer::{Answer, Reply};
use super::break_glass;
use super::case_file::believe;
use super::cursors::Cursors;
use super::read_ledger::committed;
use super::registry;
use super::session::Session;
use crate::access::{Access, Authentic, CaseVerb, Header, PanelVerb, Particulars, Purpose};
use crate::casework::ids::{AgencyId, CaseId, LedgerId, PersonId};
use crate::clock::Moment;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{CaseMark, DetailValue, Manifest};
use crate::store::rows::StoredEntry;
use crate::store::{EntryFilter, EntryPage, Watched};
use chrono::{Days, NaiveDate};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub const MOST: usize = 200;

/// Days that one question may be about.
const LONGEST: i64 = 31;
/// Days before, from which one's usual is taken.
const USUAL: u8 = 28;
const BATCH: i64 = 100;

/// The refusals that say somebody tried a door: a form with a mistake, or a change that came too late, is ordinary work.
const REFUSALS: [Kind; 8] = [
    Kind::NotFound,
    Kind::NotAllowed,
    Kind::AgreementNotInForce,
    Kind::PurposeRequired,
    Kind::StepUpRequired,
    Kind::StrongSignInRequired,
    Kind::MembershipRequired,
    Kind::WithheldMarker,
];

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalList {
    pub signals: Vec<SignalView>,
    /// Give it as `before` for older ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalView {
    #[schema(value_type = String, format = "uuid")]
    pub person: PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(flatten)]
    pub what: Signal,
}

#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Signal {
    BreakGlass {
        #[schema(value_type = Option<String>, format = "uuid")]
        agency: Option<AgencyId>,
        role: Option<String>,
        from: String,
        until: Option<String>,
        /// Of the list `break_glass_reason`.
        reason: Option<String>,
        /// Its name in the ledger, for auditors.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, format = "uuid")]
        ledger_id: Option<LedgerId>,
        /// For the chair, who may not be able to open it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, format = "uuid")]
        case: Option<CaseId>,
    },
    RefusalsInSeries {
        #[schema(value_type = Option<String>, format = "uuid")]
        agency: Option<AgencyId>,
        from: String,
        until: String,
        refusals: i64,
    },
    ReadsAboveUsual {
        #[schema(value_type = String, format = Date)]
        date: NaiveDate,
        /// Cases opened that day.
        cases: i64,
        /// The median of the 28 days before, of those on which the person opened any.
        usual: f64,
    },
}

/// What a page asks for.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// The first and the last day; without them the week that ends today.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub before: Option<&'a str>,
    pub limit: Option<usize>,
}

/// A signal, the entry by which it has its place, and the case it tells the chair of.
struct Found {
    last: i64,
    person: PersonId,
    what: Signal,
    mark: Option<CaseMark>,
}

/// # Errors
/// `invalid` for days that are none or too many; the policies' refusal; `integrity`.
pub fn read_signals(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadBrokenGlass)?;
    let every = session.evaluator.panel(PanelVerb::ReadSignals, session.panel()).allowed();
    let days = days(session, wanted)?;
    let limit = wanted.limit.unwrap_or(50).min(MOST);
    let cursors = Cursors::before(session, "signals");
    // The entry before which a page begins.
    let before: i64 = cursors.open(wanted.before)?.unwrap_or(i64::MAX);
    // One more than asked for tells that there is a next page.
    let watched =
        Watched { panel: session.panel(), before, limit: i64::try_from(limit).unwrap_or(50).saturating_add(1) };
    let mut found = broken(session, &watched, &days, every)?;
    if every {
        found.extend(refusals(session, &watched, &days)?);
        found.extend(reads(session, &watched, &days)?);
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.last));
    let more = found.len() > limit;
    found.truncate(limit);
    let next = match found.last() {
        Some(last) if more => Some(cursors.seal(&last.last)?),
        _ => None,
    };
    let names = registry::names(session)?;
    let shown = found.iter().filter_map(|one| Some((one.mark?, Manifest::default()))).collect();
    let signals: Vec<SignalView> = found
        .into_iter()
        .map(|one| SignalView { person: one.person, display_name: names.get(&one.person).cloned(), what: one.what })
        .collect();
    let count = DetailValue::count(signals.len());
    Ok(session.show(Reply::json(200, &SignalList { signals, next })?, shown, vec![("count", count)]))
}

/// The days asked about, as the moments at which they begin in London, after those from which one's usual is taken; and
/// the end of the last.
struct Span {
    first: NaiveDate,
    begins: Vec<Moment>,
}

impl Span {
    fn asked(&self) -> (Moment, Moment) {
        let from = self.begins.get(usize::from(USUAL)).copied().unwrap_or(Moment(0));
        (from, self.begins.last().copied().unwrap_or(Moment(0)))
    }
}

fn days(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Span, Problem> {
    let bad = |field, rule, message| Problem::field(Kind::Invalid, field, rule, message);
    let today = session.now.london_date();
    let to = wanted.to.unwrap_or(today);
    let week = || to.checked_sub_days(Days::new(6)).unwrap_or(to);
    let from = wanted.from.unwrap_or_else(week);
    if to < from {
        return Err(bad("to", "before_start", "must not be before the first day"));
    }
    if (to - from).num_days() >= LONGEST {
        return Err(bad("to", "too_long", "must be at most 31 days, the first and the last among them"));
    }
    let outside = || bad("from", "date", "must be a day of this calendar");
    let first = from.checked_sub_days(Days::new(u64::from(USUAL))).ok_or_else(outside)?;
    let end = to.checked_add_days(Days::new(1)).ok_or_else(outside)?;
    let begins = first.iter_days().take_while(|day| *day <= end).map(Moment::begin_of).collect();
    Ok(Span { first, begins })
}

/// The chair's pages are filled from cases that they may hear of, and end where those end: what is left out leaves no trace.
fn broken(session: &Session<'_>, watched: &Watched, span: &Span, every: bool) -> Result<Vec<Found>, Problem> {
    let (from, until) = span.asked();
    let filter = EntryFilter {
        panel: Some(watched.panel),
        operation: Some(break_glass::OPERATION.to_owned()),
        outcome: Some("changed"),
        purpose: Some(Purpose::BreakGlass.name()),
        from: Some(from),
        until: Some(until),
        below: Some(watched.before),
        ..EntryFilter::default()
    };
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let rows = session.reader().entries(&filter, EntryPage { before, limit: BATCH })?;
        let heard = if every { BTreeMap::new() } else { heard_of(session, &rows)? };
        for row in &rows {
            before = Some(row.place());
            let case = row.case.and_then(|id| heard.get(&id));
            if !every && case.is_none() {
                continue;
            }
            found.extend(one_broken(session, row, case)?);
        }
        if i64::try_from(rows.len()).unwrap_or(0) < BATCH {
            return Ok(found);
        }
    }
}

fn one_broken(
    session: &Session<'_>,
    row: &StoredEntry,
    case: Option<&Authentic<Header>>,
) -> Result<Option<Found>, Problem> {
    let body = committed(session, row)?;
    let (reason, until) = break_glass::told(&body);
    let Some(person) = row.actor else { return Ok(None) };
    let what = Signal::BreakGlass {
        agency: row.agency,
        role: row.role.clone(),
        from: row.at.rfc3339(),
        until: until.map(Moment::rfc3339),
        reason,
        ledger_id: if case.is_none() { row.case } else { None },
        case: case.map(|header| header.case),
    };
    let mark = case.map(|header| CaseMark { ledger_id: header.ledger_id, version: header.version, header_hash: None });
    Ok(Some(Found { last: row.id, person, what, mark }))
}

/// Of these entries' cases those that the chair may be told of: not where they are recused, or off the list.
fn heard_of(session: &Session<'_>, rows: &[StoredEntry]) -> Result<BTreeMap<LedgerId, Authentic<Header>>, Problem> {
    let ids: Vec<LedgerId> = rows.iter().filter_map(|row| row.case).collect();
    let cases = session.reader().cases_by_ledger_id(&ids)?;
    // A case that was closed since is told of all the same.
    let later = session.under(Access::asked(Purpose::EarlierHistory, true));
    let may = |header: &Authentic<Header>| {
        let asked = [&session.evaluator, &later];
        asked.iter().any(|e| e.case(CaseVerb::HearOfBrokenGlass, header, &Particulars::default()).allowed())
    };
    Ok(cases
        .into_iter()
        .filter_map(|row| believe(session, row).ok())
        .filter(|(_, header)| may(header))
        .map(|(row, header)| (row.ledger_id, header))
        .collect())
}

fn refusals(session: &Session<'_>, watched: &Watched, span: &Span) -> Result<Vec<Found>, Problem> {
    let rules = &session.service.rules;
    let within = rules.refusals_within_minutes.saturating_mul(60);
    let problems = REFUSALS.map(Kind::slug);
    let series =
        session.reader().refusals_in_series(watched, span.asked(), (rules.refusals_in_series, within), &problems)?;
    Ok(series
        .into_iter()
        .map(|one| Found {
            last: one.last,
            person: one.person,
            what: Signal::RefusalsInSeries {
                agency: one.agency,
                from: one.from.rfc3339(),
                until: one.until.rfc3339(),
                refusals: one.refusals,
            },
            mark: None,
        })
        .collect())
}

fn reads(session: &Session<'_>, watched: &Watched, span: &Span) -> Result<Vec<Found>, Problem> {
    let rules = &session.service.rules;
    let bounds = (rules.reads_a_day, rules.reads_times_usual);
    let days = session.reader().reads_above_usual(watched, &span.begins, usize::from(USUAL), bounds)?;
    Ok(days
        .into_iter()
        .filter_map(|one| {
            let date = span.first.checked_add_days(Days::new(u64::try_from(one.day).ok()?))?;
            let half = f64::from(i32::try_from(one.twice_usual).unwrap_or(i32::MAX)) / 2.0;
            let what = Signal::ReadsAboveUsual { date, cases: one.cases, usual: half };
            Some(Found { last: one.last, person: one.person, what, mark: None })
        })
        .collect())
}

super::opaque!(SignalList, SignalView, Signal);
