//! Who of us read what: one agency's own people on one day, to whoever answers for them.
//! It must never show another agency's people, nor anything but names of cases in the ledger, of categories that the reader
//! may read of the case too, and counts.

use super::answer::{Answer, Reply};
use super::batches::in_batches;
use super::break_glass;
use super::cursors::Cursors;
use super::entry_pages::is_told;
use super::manifest_sight::ManifestSight;
use super::read_ledger::committed;
use super::registry;
use super::session::Session;
use crate::access::{PanelVerb, Purpose};
use crate::casework::ids::{AgencyId, PersonId};
use crate::clock::Moment;
use crate::error::Problem;
use crate::ledger::body::Body;
use crate::ledger::entry::{DetailValue, Outcome};
use crate::store::rows::StoredEntry;
use crate::store::{EntryFilter, EntryPage};
use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// People on a page.
pub const MOST: usize = 50;

/// Cases that are named of one person's day; the count says how many there were.
const NAMED: usize = 200;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    #[schema(value_type = String, format = Date)]
    pub date: NaiveDate,
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    pub people: Vec<PersonsDay>,
    /// Give it as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonsDay {
    #[schema(value_type = String, format = "uuid")]
    pub person: PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// By which they acted that day.
    pub roles: BTreeSet<String>,
    pub cases_opened: usize,
    /// The first 200 of them, by their names in the ledger.
    #[schema(value_type = Vec<String>)]
    pub cases: Vec<Uuid>,
    /// How often each category of a case was shown, in lists too, where the reader may read it of that case.
    pub categories: BTreeMap<&'static str, u64>,
    pub refusals: u64,
    pub glasses_broken: u64,
    /// Cases shown behind a broken glass.
    pub read_behind_glass: u64,
}

/// What a page asks for.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// Yesterday where absent.
    pub date: Option<NaiveDate>,
    pub after: Option<&'a str>,
    pub limit: Option<usize>,
}

#[derive(Default)]
struct Tally {
    roles: BTreeSet<String>,
    cases: BTreeSet<Uuid>,
    /// How often each category was shown of each case.
    shown: BTreeMap<(Uuid, String), u64>,
    refusals: u64,
    glasses_broken: u64,
    read_behind_glass: u64,
}

/// # Errors
/// `invalid` for a cursor that is none; the policies' refusal; `integrity`.
pub fn read_digest(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadDigest)?;
    let agency = session.principal.agency().ok_or_else(|| Problem::internal("a digest of no agency"))?;
    let yesterday = || session.now.london_date().checked_sub_days(Days::new(1)).unwrap_or_default();
    let date = wanted.date.unwrap_or_else(yesterday);
    let end = date.checked_add_days(Days::new(1)).unwrap_or(date);
    let day = (Moment::begin_of(date), Moment::begin_of(end));
    let limit = wanted.limit.unwrap_or(MOST).min(MOST);
    let cursors = Cursors::after(session, "digest");
    let after: Option<PersonId> = cursors.open(wanted.after)?;
    let ask = i64::try_from(limit).unwrap_or(0).saturating_add(1);
    let mut actors = session.reader().actors(session.panel(), agency, day, after, ask)?;
    let more = actors.len() > limit;
    actors.truncate(limit);
    let next = match actors.last() {
        Some(last) if more => Some(cursors.seal(last)?),
        _ => None,
    };
    let mut tallies = tally(session, agency, day, &actors)?;
    let names = registry::names(session)?;
    let cases = tallies.values().flat_map(|tally| tally.shown.keys().map(|(case, _)| *case)).collect();
    let sight = ManifestSight::of(session, &cases)?;
    let people: Vec<PersonsDay> = actors
        .into_iter()
        .map(|person| (person, names.get(&person).cloned(), tallies.remove(&person).unwrap_or_default()))
        .map(|(person, name, tally)| persons_day(person, name, tally, &sight))
        .collect();
    let count = DetailValue::count(people.len());
    let on = i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day());
    let detail = vec![("date", DetailValue::Number(on)), ("count", count)];
    Ok(session.show(Reply::json(200, &Digest { date, agency, people, next })?, Vec::new(), detail))
}

/// Reads the entries of these people's day, so many at a time.
fn tally(
    session: &Session<'_>,
    agency: AgencyId,
    (from, until): (Moment, Moment),
    actors: &[PersonId],
) -> Result<BTreeMap<PersonId, Tally>, Problem> {
    let mut tallies: BTreeMap<PersonId, Tally> = BTreeMap::new();
    let (Some(first), Some(last)) = (actors.first(), actors.last()) else { return Ok(tallies) };
    let filter = EntryFilter {
        panel: Some(session.panel()),
        agency: Some(agency),
        actors: Some((*first, *last)),
        from: Some(from),
        until: Some(until),
        ..EntryFilter::default()
    };
    for row in in_batches(|before, limit| session.reader().entries(&filter, EntryPage { before, limit })) {
        let row = row?;
        if let Some(person) = row.actor {
            tallies.entry(person).or_default().add(&row, &committed(session, &row)?);
        }
    }
    Ok(tallies)
}

impl Tally {
    fn add(&mut self, row: &StoredEntry, body: &Body) {
        self.roles.extend(row.role.clone());
        match body.outcome {
            Outcome::Shown if is_told(body) => self.shown(body),
            Outcome::Refused | Outcome::NotFound => self.refusals = self.refusals.saturating_add(1),
            Outcome::Changed if body.operation == break_glass::OPERATION => {
                self.glasses_broken = self.glasses_broken.saturating_add(1);
            }
            Outcome::Shown | Outcome::Changed | Outcome::Failed => {}
        }
    }

    fn shown(&mut self, body: &Body) {
        if body.operation == "openCase" {
            self.cases.extend(body.cases.iter().map(|case| case.id));
        }
        if body.purpose.as_deref() == Some(Purpose::BreakGlass.name()) {
            let cases = u64::try_from(body.cases.len()).unwrap_or(u64::MAX);
            self.read_behind_glass = self.read_behind_glass.saturating_add(cases);
        }
        for (case, manifest) in body.cases.iter().zip(&body.manifest) {
            for category in manifest.shown.keys() {
                let count = self.shown.entry((case.id, category.clone().into_owned())).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    fn categories(&self, sight: &ManifestSight) -> BTreeMap<&'static str, u64> {
        let mut categories = BTreeMap::<_, u64>::new();
        for ((case, name), count) in &self.shown {
            if let Some(category) = sight.reads(*case, name) {
                let of_all = categories.entry(category).or_default();
                *of_all = of_all.saturating_add(*count);
            }
        }
        categories
    }
}

fn persons_day(person: PersonId, display_name: Option<String>, tally: Tally, sight: &ManifestSight) -> PersonsDay {
    let categories = tally.categories(sight);
    PersonsDay {
        person,
        display_name,
        roles: tally.roles,
        cases_opened: tally.cases.len(),
        cases: tally.cases.into_iter().take(NAMED).collect(),
        categories,
        refusals: tally.refusals,
        glasses_broken: tally.glasses_broken,
        read_behind_glass: tally.read_behind_glass,
    }
}

super::opaque!(Digest, PersonsDay);
