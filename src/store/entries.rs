//! Two statements that diesel's language has no words for on PostgreSQL: entries with their queue rows in one, and leaves.
//! They must never be `sql_query`: that is parsed and planned on every call, which halves the throughput (measured).

use super::StoreError;
use crate::ledger::entry::{CaseMark, Entry};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};
use diesel::{QueryResult, RunQueryDsl};

/// Inserts entries, their queue rows and, if `MARKED`, marks; gives (n, number of marks kept) for every entry whose two rows
/// were kept. A read attests nothing, and the server is not made to prepare for marks that never come.
pub(super) struct EntryBatch<const MARKED: bool> {
    writer: Vec<String>,
    n: Vec<i64>,
    at: Vec<i64>,
    panel: Vec<Option<String>>,
    actor: Vec<Option<String>>,
    agency: Vec<Option<String>>,
    role: Vec<Option<String>>,
    operation: Vec<String>,
    outcome: Vec<String>,
    problem: Vec<Option<String>>,
    purpose: Vec<Option<String>>,
    case: Vec<Option<String>>,
    several: Vec<bool>,
    body: Vec<String>,
    salt: Vec<Vec<u8>>,
    leaf: Vec<Vec<u8>>,
    mark_case: Vec<String>,
    mark_version: Vec<i64>,
    mark_header: Vec<Vec<u8>>,
    mark_panel: Vec<Option<String>>,
}

fn each<T>(entries: &[Entry], of: impl Fn(&Entry) -> T) -> Vec<T> {
    entries.iter().map(of).collect()
}

/// Puts entries into their tables; `marks` belong to the first, and those without a header's hash attest nothing.
///
/// # Errors
/// The database's.
pub(super) fn append(c: &mut PgConnection, entries: &[Entry], marks: &[CaseMark]) -> QueryResult<Vec<(i64, i64)>> {
    if marks.iter().any(|mark| mark.header_hash.is_some()) {
        EntryBatch::<true>::of(entries, marks).load(c)
    } else {
        EntryBatch::<false>::of(entries, &[]).load(c)
    }
}

impl<const MARKED: bool> EntryBatch<MARKED> {
    fn of(entries: &[Entry], marks: &[CaseMark]) -> Self {
        let attested: Vec<_> = marks.iter().filter_map(|mark| Some((mark, mark.header_hash?))).collect();
        let panel = entries.first().and_then(|entry| entry.panel).map(|id| id.to_string());
        Self {
            writer: each(entries, |e| e.writer.clone()),
            n: each(entries, |e| e.n),
            at: each(entries, |e| e.at.0),
            panel: each(entries, |e| e.panel.map(|id| id.to_string())),
            actor: each(entries, |e| e.actor.map(|id| id.to_string())),
            agency: each(entries, |e| e.agency.map(|id| id.to_string())),
            role: each(entries, |e| e.role.map(|role| role.name().to_owned())),
            operation: each(entries, |e| e.operation.clone()),
            outcome: each(entries, |e| e.outcome.name().to_owned()),
            problem: each(entries, |e| e.problem.map(str::to_owned)),
            purpose: each(entries, |e| e.purpose.map(str::to_owned)),
            case: each(entries, |e| e.case.map(|id| id.to_string())),
            several: each(entries, |e| e.several),
            body: each(entries, |e| e.body.clone()),
            salt: each(entries, |e| e.salt.to_vec()),
            leaf: each(entries, |e| e.leaf.to_vec()),
            mark_case: attested.iter().map(|(mark, _)| mark.ledger_id.to_string()).collect(),
            mark_version: attested.iter().map(|(mark, _)| mark.version).collect(),
            mark_header: attested.iter().map(|(_, header)| header.to_vec()).collect(),
            mark_panel: attested.iter().map(|_| panel.clone()).collect(),
        }
    }
}

/// The statement is the same whatever it carries: it is prepared once.
impl<const MARKED: bool> QueryId for EntryBatch<MARKED> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const MARKED: bool> QueryFragment<Pg> for EntryBatch<MARKED> {
    /// Sorted by n, so that ids follow the writer's own order.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "WITH e AS (INSERT INTO ledger_entry \
             (writer, n, at, panel, actor, agency, role, operation, outcome, problem, purpose, case_lid, several, body, salt, leaf) \
             SELECT * FROM unnest(",
        );
        out.push_bind_param::<Array<Text>, _>(&self.writer)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.n)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.at)?;
        for column in [&self.panel, &self.actor, &self.agency, &self.role] {
            out.push_sql(", ");
            out.push_bind_param::<Array<Nullable<Text>>, _>(column)?;
        }
        for column in [&self.operation, &self.outcome] {
            out.push_sql(", ");
            out.push_bind_param::<Array<Text>, _>(column)?;
        }
        for column in [&self.problem, &self.purpose, &self.case] {
            out.push_sql(", ");
            out.push_bind_param::<Array<Nullable<Text>>, _>(column)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.several)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.body)?;
        for column in [&self.salt, &self.leaf] {
            out.push_sql(", ");
            out.push_bind_param::<Array<Binary>, _>(column)?;
        }
        out.push_sql(
            ") AS t (writer, n, at, panel, actor, agency, role, operation, outcome, problem, purpose, case_lid, several, body, salt, leaf) \
             ORDER BY t.n RETURNING id, n), ",
        );
        if MARKED {
            out.push_sql("m AS (INSERT INTO ledger_mark (case_lid, version, header_hash, panel) SELECT * FROM unnest(");
            out.push_bind_param::<Array<Text>, _>(&self.mark_case)?;
            out.push_sql(", ");
            out.push_bind_param::<Array<BigInt>, _>(&self.mark_version)?;
            out.push_sql(", ");
            out.push_bind_param::<Array<Binary>, _>(&self.mark_header)?;
            out.push_sql(", ");
            out.push_bind_param::<Array<Nullable<Text>>, _>(&self.mark_panel)?;
            out.push_sql(") RETURNING version), ");
        }
        out.push_sql("q AS (INSERT INTO ledger_queue (id) SELECT id FROM e RETURNING id) SELECT e.n, ");
        out.push_sql(if MARKED { "(SELECT count(*) FROM m)" } else { "CAST(0 AS bigint)" });
        out.push_sql(" FROM e JOIN q ON q.id = e.id");
        Ok(())
    }
}

impl<const MARKED: bool> Query for EntryBatch<MARKED> {
    type SqlType = (BigInt, BigInt);
}

impl<const MARKED: bool> RunQueryDsl<PgConnection> for EntryBatch<MARKED> {}

/// Places in the tree for many entries.
#[derive(QueryId)]
pub(super) struct LeafBatch {
    seq: Vec<i64>,
    entry: Vec<i64>,
    leaf: Vec<Vec<u8>>,
}

impl LeafBatch {
    /// # Errors
    /// `Refused` beyond the range of a place.
    pub(super) fn of(first: i64, leaves: &[(i64, [u8; 32])]) -> Result<Self, StoreError> {
        let count = i64::try_from(leaves.len()).map_err(|_| StoreError::Refused)?;
        let end = first.checked_add(count).ok_or(StoreError::Refused)?;
        Ok(Self {
            seq: (first..end).collect(),
            entry: leaves.iter().map(|(id, _)| *id).collect(),
            leaf: leaves.iter().map(|(_, leaf)| leaf.to_vec()).collect(),
        })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (i64, i64, &Vec<u8>)> {
        self.seq.iter().zip(&self.entry).zip(&self.leaf).map(|((seq, entry), leaf)| (*seq, *entry, leaf))
    }
}

impl QueryFragment<Pg> for LeafBatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ledger_leaf (seq, entry_id, leaf) SELECT * FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.seq)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.entry)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.leaf)?;
        out.push_sql(")");
        Ok(())
    }
}

impl RunQueryDsl<PgConnection> for LeafBatch {}
