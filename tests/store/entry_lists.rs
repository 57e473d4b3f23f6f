//! A page of entries is found along an index in the order of the page, whatever is asked for: no page reads the log to its end.

use super::{SERVICE, as_owner, open};
use crate::harness::{Backend, Database, on_both};
use channel_panel::casework::ids::{AgencyId, LedgerId, PanelId, PersonId};
use channel_panel::casework::role::Role;
use channel_panel::clock::Moment;
use channel_panel::store::{EntryFilter, EntryPage, EntryPlace};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::cell::RefCell;
use uuid::Uuid;

thread_local! {
    /// Statements that this thread sent, as they were sent.
    static SENT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn listener() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let statement = text.split(" -- binds:").next().unwrap_or_default().to_owned();
            SENT.with_borrow_mut(|sent| sent.push(statement));
        }
    }))
}

/// So many entries of one panel that reading all of them is not the cheapest road for any planner.
const ENTRIES: u32 = 20_000;

/// Named second by entries about several cases, and alone by some.
const OTHER: &str = "00000000-0000-4000-8000-000000000037";

/// An id out of a number and how many different ones there are.
type Spelled = Box<dyn Fn(&str, u32) -> String>;

fn fill(db: &Database, panel: PanelId) {
    let id =
        |part: &str, of: u32| format!("'00000000-0000-4000-8000-' || substr('00000000000{part}' || (i % {of}), -12)");
    let (series, id): (String, Spelled) = match db.backend() {
        Backend::Sqlite => (
            format!("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {ENTRIES})"),
            Box::new(id),
        ),
        Backend::Postgres => (
            format!("WITH s AS (SELECT i FROM generate_series(1, {ENTRIES}) i)"),
            Box::new(|part, of| format!("'00000000-0000-4000-8000-' || lpad('{part}' || (i % {of}), 12, '0')")),
        ),
    };
    let (salt, leaf) = match db.backend() {
        Backend::Sqlite => ("zeroblob(32)", "zeroblob(32)"),
        Backend::Postgres => ("decode(repeat('00', 32), 'hex')", "decode(repeat('00', 32), 'hex')"),
    };
    let sql = format!(
        "{series} INSERT INTO ledger_entry (writer, n, at, panel, actor, agency, role, operation, outcome, purpose, case_lid, several, body, salt, leaf) \
         SELECT 'w', i, CAST(i AS BIGINT) * 1000000, '{panel}', {actor}, {agency}, CASE i % 3 WHEN 0 THEN 'council' ELSE 'police' END, \
         'op' || (i % 40), CASE i % 50 WHEN 0 THEN 'refused' ELSE 'shown' END, 'p' || (i % 9), {case}, i % 50 = 8, \
         CASE i % 50 WHEN 8 THEN '{{\"cases\":[{{\"id\":\"{OTHER}\",\"version\":1}}]}}' ELSE '{{}}' END, {salt}, {leaf} FROM s; \
         INSERT INTO ledger_leaf (seq, entry_id, leaf) SELECT id - 1, id, leaf FROM ledger_entry; ANALYZE;",
        actor = id("1", 200),
        agency = id("2", 30),
        case = id("3", 900),
    );
    as_owner(db, &sql).unwrap();
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// How the database goes about a statement whose values it does not know.
fn plan(db: &Database, statement: &str) -> String {
    let lines: Vec<Line> = match db.backend() {
        Backend::Sqlite => {
            let mut c = SqliteConnection::establish(db.url()).unwrap();
            diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(&mut c).unwrap()
        }
        Backend::Postgres => {
            let mut c = PgConnection::establish(db.url()).unwrap();
            let values = vec!["NULL"; statement.matches('$').count()].join(", ");
            let values = if values.is_empty() { values } else { format!("({values})") };
            diesel::connection::SimpleConnection::batch_execute(
                &mut c,
                &format!("SET plan_cache_mode = force_generic_plan; PREPARE page AS {statement};"),
            )
            .unwrap();
            let rows: Vec<Plan> = diesel::sql_query(format!("EXPLAIN EXECUTE page{values}")).load(&mut c).unwrap();
            rows.into_iter().map(|row| Line { detail: row.line }).collect()
        }
    };
    lines.into_iter().map(|line| line.detail).collect::<Vec<_>>().join("\n")
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

#[test]
fn a_page_of_entries_goes_along_an_index_whatever_is_asked_for() {
    set_default_instrumentation(listener).unwrap();
    on_both(&SERVICE, |db| {
        let panel = PanelId(Uuid::new_v4());
        open(db.url());
        fill(db, panel);
        let days = EntryFilter {
            panel: Some(panel),
            from: Some(Moment(1_000_000)),
            until: Some(Moment(i64::from(ENTRIES) * 500_000)),
            ..EntryFilter::default()
        };
        let id = |part: u8| Uuid::parse_str(&format!("00000000-0000-4000-8000-0000000000{part}7")).unwrap();
        let case = Some(LedgerId(OTHER.parse().unwrap()));
        let asked = [
            (vec!["by_time"], days.clone()),
            (vec!["by_time"], EntryFilter { role: Some(Role::Council), ..days.clone() }),
            (vec!["by_time"], EntryFilter { outcome: Some("refused"), ..days.clone() }),
            (vec!["by_case", "of_several"], EntryFilter { case, ..days.clone() }),
            (vec!["by_case", "of_several"], EntryFilter { panel: Some(panel), case, ..EntryFilter::default() }),
            (vec!["by_actor"], EntryFilter { actor: Some(PersonId(id(1))), ..days.clone() }),
            (vec!["by_agency"], EntryFilter { agency: Some(AgencyId(id(2))), ..days.clone() }),
            (vec!["by_operation"], EntryFilter { operation: Some("op7".to_owned()), ..days.clone() }),
            (vec!["by_purpose"], EntryFilter { purpose: Some("p7"), ..days.clone() }),
        ];
        let store = open(db.url());
        let mut reader = store.reader().unwrap();
        for (indices, filter) in asked {
            for before in [None, Some(EntryPlace { at: Moment(9_000_000_000), id: 9_000 })] {
                SENT.with_borrow_mut(Vec::clear);
                assert!(!reader.entries(&filter, EntryPage { before, limit: 50 }).unwrap().is_empty(), "{indices:?}");
                let sent = SENT.with_borrow(Clone::clone);
                assert_eq!(sent.len(), indices.len(), "{sent:?}");
                for (index, statement) in indices.iter().zip(sent) {
                    let plan = plan(db, &statement);
                    assert!(plan.contains(&format!("ledger_entry_{index}")), "{index}: {plan}\n{statement}");
                    for bad in ["Seq Scan on ledger_entry", "SCAN ledger_entry", "TEMP B-TREE", "Sort"] {
                        assert!(!plan.contains(bad), "{index}: {plan}");
                    }
                }
            }
        }
    });
    // The check can fail: what nobody made an index for is read to its end.
    on_both(&SERVICE, |db| {
        fill(db, PanelId(Uuid::new_v4()));
        let plan = plan(db, "SELECT id FROM ledger_entry WHERE salt = leaf ORDER BY n DESC LIMIT 5");
        assert!(["Seq Scan on ledger_entry", "SCAN ledger_entry"].iter().any(|scan| plan.contains(scan)), "{plan}");
    });
}

#[test]
fn the_pages_of_a_case_join_what_is_about_it_alone_and_what_is_about_several() {
    on_both(&SERVICE, |db| {
        fill(db, PanelId(Uuid::new_v4()));
        let store = open(db.url());
        let mut reader = store.reader().unwrap();
        let filter = EntryFilter { case: Some(LedgerId(OTHER.parse().unwrap())), ..EntryFilter::default() };
        let (mut before, mut found) = (None, Vec::new());
        loop {
            let page = reader.entries(&filter, EntryPage { before, limit: 30 }).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.place());
            found.extend(page.iter().map(|entry| entry.n));
        }
        let about = |i: &i64| i % 900 == 7 || i % 50 == 8;
        let expected: Vec<i64> = (1..=i64::from(ENTRIES)).filter(about).rev().collect();
        assert!(found == expected, "{} of {}", found.len(), expected.len());
    });
}
