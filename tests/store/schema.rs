//! The schema is the same on both databases, is what the program says, and what must not change does not.

use super::{SERVICE, a_case, a_panel, as_owner, draft, open, settings, somebody, start, wait};
use crate::harness::{Backend, Database, Schema, on_both};
use channel_panel::app::recorder::Limits;
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::RecordId;
use channel_panel::clock::{Clock, Moment};
use channel_panel::store::rows::{EventRow, HeaderVersionRow, RecordRow, VersionRow};
use channel_panel::store::{Store, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    required: i64,
}

const OF_SQLITE: &str = "SELECT m.name AS table_name, p.name AS column_name, lower(p.type) AS kind, p.\"notnull\" AS required \
    FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
const OF_POSTGRES: &str = "SELECT table_name::text, column_name::text, data_type::text AS kind, \
    (is_nullable = 'NO')::int::bigint AS required FROM information_schema.columns WHERE table_schema = 'public'";

fn columns(db: &Database) -> BTreeMap<String, BTreeSet<(String, String, bool)>> {
    let rows: Vec<Column> = match db.backend() {
        Backend::Sqlite => diesel::sql_query(OF_SQLITE).load(&mut SqliteConnection::establish(db.url()).unwrap()),
        Backend::Postgres => diesel::sql_query(OF_POSTGRES).load(&mut PgConnection::establish(db.url()).unwrap()),
    }
    .unwrap();
    let mut tables: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.table_name != "__diesel_schema_migrations") {
        let kind = match (row.kind.as_str(), row.table_name.as_str(), row.column_name.as_str()) {
            // SQLite's own row number is always of 64 bits and must be called INTEGER.
            ("integer", "ledger_entry", "id") => "bigint",
            ("bytea", _, _) => "binary",
            (kind, _, _) => kind,
        };
        tables.entry(row.table_name).or_default().insert((row.column_name, kind.to_owned(), row.required == 1));
    }
    tables
}

#[test]
fn both_databases_have_the_same_tables() {
    let sqlite = columns(&Database::new(Backend::Sqlite, &SERVICE));
    let postgres = columns(&Database::new(Backend::Postgres, &SERVICE));
    assert_eq!(sqlite, postgres);
    assert!(sqlite.len() > 15);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<_> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn a_schema_is_current_after_migrating_and_migrating_again_changes_nothing() {
    on_both(&Schema::EMPTY, |db| {
        let store = open(db.url());
        assert_eq!(store.schema_is_current(), Ok(false));
        store.migrate().unwrap();
        store.migrate().unwrap();
        assert_eq!(store.schema_is_current(), Ok(true));
    });
}

#[test]
fn an_unknown_scheme_is_refused() {
    for url in
        ["mysql://u@h/d", "", "sqlite:", "sqlite::memory:", "sqlite:x?mode=memory", "/tmp/x", "file:x", "postgres"]
    {
        assert_eq!(Store::open(url, &settings()).map(|_| ()), Err(StoreError::Scheme), "{url}");
    }
}

#[test]
fn a_sqlite_file_is_its_owners_only() {
    let db = Database::new(Backend::Sqlite, &SERVICE);
    let store = open(db.url());
    a_panel(&store);
    for file in fs::read_dir(db.folder().path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.file_name());
    }
}

#[test]
fn what_is_append_only_can_be_neither_changed_nor_removed() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let case = a_case(a_panel(&store));
        fill(&store, &case);
        let tables = [
            "ledger_entry",
            "ledger_leaf",
            "ledger_node",
            "ledger_mark",
            "ledger_checkpoint",
            "ledger_cosigned",
            "case_version",
            "case_header_version",
        ];
        let column = |table: &str| match table {
            "ledger_entry" => "body = 'x'",
            "ledger_checkpoint" | "ledger_cosigned" => "note = 'x'",
            "ledger_leaf" => "seq = seq + 1",
            "ledger_node" => "idx = idx + 1",
            "ledger_mark" => "version = version + 1",
            "event" => "name = 'x'",
            _ => "recorded_at = 0",
        };
        for table in tables.into_iter().chain(["case_record", "event"]) {
            for sql in [format!("UPDATE {table} SET {}", column(table)), format!("DELETE FROM {table}")] {
                let refused = as_owner(db, &sql).unwrap_err();
                assert!(refused.contains("append-only"), "{sql}: {refused}");
            }
            if db.backend() == Backend::Postgres {
                assert!(
                    as_owner(db, &format!("TRUNCATE {table} CASCADE")).unwrap_err().contains("append-only"),
                    "{table}"
                );
            }
        }
    });
}

/// Of what entries say nothing can be changed but all of it at once, once, and of no entry of the log's own.
#[test]
fn an_entry_expires_whole_and_once_and_only_in_its_place() {
    on_both(&SERVICE, |db| {
        let store = open(db.url());
        let recorder = start(&store, "expiry", &Limits::default());
        let enter = |operation| wait(recorder.record(somebody(), draft(operation))).unwrap();
        ["case.open", "case.list", "eraseCase"].into_iter().for_each(enter);
        super::sequencer::place_all(&store);
        enter("case.late");
        let bytes = if db.backend() == Backend::Sqlite { "x'01'" } else { "decode('01', 'hex')" };
        let of = |operation: &str| format!("WHERE operation = '{operation}'");
        let copies = "at = NULL, panel = NULL, actor = NULL, agency = NULL, role = NULL, operation = NULL, outcome = NULL, \
            problem = NULL, purpose = NULL, case_lid = NULL";
        let word = format!("commitment = {bytes}, expired_by = 'x'");
        let expire = |more: &str, which: &str| {
            as_owner(db, &format!("UPDATE ledger_entry SET {copies}, body = NULL, salt = NULL, {word}{more} {which}"))
        };
        for operation in ["ledger.writer", "eraseCase", "case.late"] {
            assert!(expire("", &of(operation)).unwrap_err().contains("append-only"), "{operation}");
        }
        for more in [", n = n + 1000", ", writer = 'x'", &format!(", leaf = {bytes}"), ", id = id + 1000"] {
            // PostgreSQL lets nobody set its row numbers at all.
            let refused = expire(more, &of("case.open")).unwrap_err();
            assert!(refused.contains("append-only") || refused.contains("\"id\""), "{more}: {refused}");
        }
        for part in [
            format!("body = NULL, salt = NULL, {word}"),
            format!("{copies}, salt = NULL, {word}"),
            format!("{copies}, body = NULL, salt = NULL, expired_by = 'x'"),
            format!("body = 'x', {word}"),
        ] {
            let refused = as_owner(db, &format!("UPDATE ledger_entry SET {part} {}", of("case.open"))).unwrap_err();
            assert!(refused.contains("ledger_entry_whole_or_expired"), "{part}: {refused}");
        }
        let nulled = format!("UPDATE ledger_entry SET body = NULL, salt = NULL {}", of("case.open"));
        assert!(as_owner(db, &nulled).unwrap_err().contains("append-only"));
        expire("", &of("case.open")).unwrap();
        for again in ["body = 'x'", "expired_by = 'y'", "expired_by = NULL", &word] {
            let refused = as_owner(db, &format!("UPDATE ledger_entry SET {again} WHERE expired_by = 'x'")).unwrap_err();
            assert!(refused.contains("append-only"), "{again}: {refused}");
        }
        assert!(as_owner(db, "DELETE FROM ledger_entry WHERE expired_by = 'x'").unwrap_err().contains("append-only"));
    });
}

/// A row in every append-only table.
fn fill(store: &Store, case: &channel_panel::store::rows::CaseRow) {
    let at = Clock::default().instant();
    let version = VersionRow {
        case: case.id,
        category: Category::Identity,
        version: 1,
        sealed: "{}".to_owned(),
        recorded_at: at,
        membership: None,
    };
    let header =
        HeaderVersionRow { case: case.id, version: 1, header: "{}".to_owned(), header_tag: vec![0], recorded_at: at };
    let record = a_record(case.id, at);
    let event = EventRow {
        case: case.id,
        seq: 0,
        name: "open".to_owned(),
        occurred_on: at.london_date(),
        recorded_at: at,
        membership: None,
        agency: None,
        role: None,
    };
    let recorder = start(store, "fill", &Limits::default());
    let (case, draft) = (case.clone(), super::change_of(case));
    let change = channel_panel::app::recorder::Change::new(draft, move |tx, _| {
        tx.insert_case(&case)?;
        tx.append_version(&version)?;
        tx.append_header(&header)?;
        assert_eq!((tx.append_record(&record)?, tx.append_event(&event)?), (1, 1));
        Ok(())
    });
    wait(recorder.change(somebody(), change)).unwrap();
    wait(recorder.record(somebody(), draft_of_a_read())).unwrap();
    drop(recorder);
    super::sequencer::place_all(store);
    let row = channel_panel::store::rows::CheckpointRow {
        size: 2,
        root: [0; 32],
        frontier: Vec::new(),
        note: "n".to_owned(),
        at,
    };
    let node = channel_panel::store::rows::NodeRow { level: 1, index: 0, hash: [0; 32] };
    let written = store.writer().unwrap().transaction(|tx| {
        tx.insert_checkpoint(&row)?;
        tx.insert_cosigned(row.size, &row.note, row.at)?;
        tx.insert_node(&node)
    });
    written.unwrap();
}

fn draft_of_a_read() -> channel_panel::ledger::entry::Draft {
    draft("case.open")
}

pub fn a_record(case: channel_panel::casework::ids::CaseId, at: Moment) -> RecordRow {
    RecordRow {
        case,
        seq: 0,
        category: Category::Log,
        record: RecordId::new(),
        record_version: 1,
        kind: "note".to_owned(),
        occurred_on: Some(at.london_date()),
        recorded_at: at,
        by_membership: None,
        agency: None,
        on_behalf: None,
        sealed: "{}".to_owned(),
    }
}
