//! What stands out in the ledger of a panel, found by the database in one statement each: no entry is fetched to be counted.
//! It must never be proof (columns are copies for queries; the export is proof), nor put anything of a client's into SQL: what
//! is written into the text are numbers and slugs of ours.

use super::{Reader, all};
use crate::casework::ids::{AgencyId, PanelId, PersonId};
use crate::clock::Moment;
use crate::store::StoreError;
use crate::store::connection::AnyConnection;
use crate::store::decode::{maybe, parsed};
use crate::store::schema::ledger_entry;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use std::fmt::Write;

/// What is looked through, and how much of what is found.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    pub panel: PanelId,
    /// Only what was last added to before this entry.
    pub before: i64,
    pub limit: i64,
}

/// Refusals of one person, each with enough others close before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub person: PersonId,
    /// Where all of it was for one agency.
    pub agency: Option<AgencyId>,
    pub from: Moment,
    pub until: Moment,
    pub refusals: i64,
    /// The last entry of it.
    pub last: i64,
}

/// Cases that one person opened on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reads {
    pub person: PersonId,
    /// Place of the day in the list that was asked about.
    pub day: usize,
    pub cases: i64,
    /// Twice the person's median of the days before on which they opened any: halves stay whole.
    pub twice_usual: i64,
    pub last: i64,
}

#[derive(QueryableByName)]
struct RawSeries {
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = Nullable<Text>)]
    agency: Option<String>,
    #[diesel(sql_type = BigInt)]
    began: i64,
    #[diesel(sql_type = BigInt)]
    ended: i64,
    #[diesel(sql_type = BigInt)]
    refusals: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

#[derive(QueryableByName)]
struct RawReads {
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = BigInt)]
    day: i64,
    #[diesel(sql_type = BigInt)]
    cases: i64,
    #[diesel(sql_type = BigInt)]
    twice: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

impl Reader {
    /// At least `count` refusals with one of `problems` within `seconds`, the last of them from `from` to before `until`.
    /// Series that run into each other are one.
    pub fn refusals_in_series(
        &mut self,
        watched: &Watched,
        (from, until): (Moment, Moment),
        (count, seconds): (u32, u32),
        problems: &[&'static str],
    ) -> Result<Vec<Series>, StoreError> {
        let sql = series_sql(watched, (from, until), (count.max(2), seconds), problems);
        all(self.ask::<RawSeries>(&sql, watched.panel)?, |raw| {
            Ok(Series {
                person: parsed(&raw.actor)?,
                agency: maybe(raw.agency.as_deref())?,
                from: Moment(raw.began),
                until: Moment(raw.ended),
                refusals: raw.refusals,
                last: raw.last,
            })
        })
    }

    /// On the days from the `usual`-th on: more than `most` cases opened by one person, and more than `times` their own
    /// median of the `usual` days before. `days` are their beginnings, and the end of the last.
    pub fn reads_above_usual(
        &mut self,
        watched: &Watched,
        days: &[Moment],
        usual: usize,
        (most, times): (u32, u32),
    ) -> Result<Vec<Reads>, StoreError> {
        let sql = reads_sql(watched, days, usual, (most, times));
        all(self.ask::<RawReads>(&sql, watched.panel)?, |raw| {
            Ok(Reads {
                person: parsed(&raw.actor)?,
                day: usize::try_from(raw.day).map_err(|_| StoreError::Corrupt)?,
                cases: raw.cases,
                twice_usual: raw.twice,
                last: raw.last,
            })
        })
    }

    /// Whoever did anything for the agency, each once, in the database's order of ids.
    pub fn actors(
        &mut self,
        panel: PanelId,
        agency: AgencyId,
        (from, until): (Moment, Moment),
        after: Option<PersonId>,
        limit: i64,
    ) -> Result<Vec<PersonId>, StoreError> {
        let found = self.run(|c| {
            let mut query = ledger_entry::table
                .select(ledger_entry::actor)
                .distinct()
                .filter(ledger_entry::panel.eq(panel.to_string()))
                .filter(ledger_entry::agency.eq(agency.to_string()))
                .filter(ledger_entry::at.ge(from.0))
                .filter(ledger_entry::at.lt(until.0))
                .filter(ledger_entry::actor.is_not_null())
                .into_boxed();
            if let Some(after) = after {
                query = query.filter(ledger_entry::actor.gt(after.to_string()));
            }
            query.order(ledger_entry::actor).limit(limit).load::<Option<String>>(c)
        })?;
        all(found.into_iter().flatten().collect(), |id: String| parsed(&id))
    }

    /// A statement of ours with one `?`, the panel.
    fn ask<T>(&mut self, sql: &str, panel: PanelId) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
    {
        let panel = panel.to_string();
        self.run(|c| match c {
            AnyConnection::Pg(c) => diesel::sql_query(sql.replace('?', "$1")).bind::<Text, _>(&panel).load::<T>(c),
            AnyConnection::Sqlite(c) => diesel::sql_query(sql).bind::<Text, _>(&panel).load::<T>(c),
        })
    }
}

/// A refusal is a hit where so many others lie close before it; a run of hits is one series.
fn series_sql(
    Watched { before, limit, .. }: &Watched,
    (from, until): (Moment, Moment),
    (count, seconds): (u32, u32),
    problems: &[&'static str],
) -> String {
    let others = count.saturating_sub(1);
    let window = i64::from(seconds).saturating_mul(1_000_000);
    let (start, from, until) = (from.0.saturating_sub(window), from.0, until.0);
    let problems: Vec<String> = problems.iter().map(|slug| format!("'{slug}'")).collect();
    format!(
        "WITH r AS (SELECT id, at, actor, agency, lag(at, {others}) OVER w AS began FROM ledger_entry \
           WHERE panel = ? AND at >= {start} AND at < {until} AND actor IS NOT NULL AND problem IN ({problems}) \
           WINDOW w AS (PARTITION BY actor ORDER BY at, id)), \
         h AS (SELECT id, at, actor, agency, began, CASE WHEN began >= at - {window} THEN 1 ELSE 0 END AS hit FROM r), \
         b AS (SELECT id, at, actor, agency, began, hit, \
           CASE WHEN hit = 1 AND coalesce(lag(hit, 1) OVER w, 0) = 0 THEN 1 ELSE 0 END AS opens FROM h \
           WINDOW w AS (PARTITION BY actor ORDER BY at, id)), \
         s AS (SELECT id, at, actor, agency, began, hit, \
           sum(opens) OVER (PARTITION BY actor ORDER BY at, id ROWS UNBOUNDED PRECEDING) AS series FROM b) \
         SELECT actor, CASE WHEN min(agency) = max(agency) THEN min(agency) END AS agency, min(began) AS began, \
           max(at) AS ended, count(*) + {others} AS refusals, max(id) AS last FROM s WHERE hit = 1 \
         GROUP BY actor, series HAVING max(at) >= {from} AND max(id) < {before} ORDER BY max(id) DESC LIMIT {limit}",
        problems = problems.join(", "),
    )
}

/// Days on which somebody opened nothing say nothing of their usual day: who works one day a week has a usual day too.
fn reads_sql(
    Watched { before, limit, .. }: &Watched,
    days: &[Moment],
    usual: usize,
    (most, times): (u32, u32),
) -> String {
    let mut list = String::new();
    for (n, (begin, end)) in days.iter().zip(days.iter().skip(1)).enumerate() {
        let comma = if n == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(list, "{comma}({n}, {}, {})", begin.0, end.0);
    }
    format!(
        "WITH d (n, a, b) AS (VALUES {list}), \
         c AS (SELECT e.actor, d.n, count(DISTINCT e.case_lid) AS cases, max(e.id) AS last FROM d \
           JOIN ledger_entry e ON e.panel = ? AND e.at >= d.a AND e.at < d.b \
           WHERE e.operation = 'openCase' AND e.outcome = 'shown' AND e.actor IS NOT NULL GROUP BY e.actor, d.n), \
         u AS (SELECT t.actor, t.n, t.cases, t.last, p.cases AS usual, \
           row_number() OVER (PARTITION BY t.actor, t.n ORDER BY p.cases) AS place, \
           count(p.cases) OVER (PARTITION BY t.actor, t.n) AS days FROM c t \
           LEFT JOIN c p ON p.actor = t.actor AND p.n < t.n AND p.n >= t.n - {usual} \
           WHERE t.n >= {usual} AND t.cases > {most}), \
         m AS (SELECT actor, n, cases, last, \
           CAST(coalesce(sum(usual) * 2 / nullif(count(usual), 0), 0) AS BIGINT) AS twice FROM u \
           WHERE place IN ((days + 1) / 2, (days + 2) / 2) GROUP BY actor, n, cases, last) \
         SELECT actor, CAST(n AS BIGINT) AS day, cases, twice, last FROM m \
         WHERE 2 * cases > {times} * twice AND last < {before} ORDER BY last DESC LIMIT {limit}",
    )
}
