//! Suspending a person, a system or an issuer at once, and reinstating them: one row and its entry, which the next request
//! on any instance reads. It must never write a row over one that it did not read, nor change anything else in it.

use super::enrolled::{self, Enrolled};
use super::recorder::{ApplyError, Change, Share};
use super::registry;
use super::service::Service;
use crate::access::{IssuerFacts, IssuerId, PersonFacts, PersonKind};
use crate::casework::ids::{PersonId, RequestId};
use crate::clock::Moment;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{Actor, CaseMark, DetailValue, Draft, Outcome};
use crate::store::rows::{IssuerRow, PersonRow};
use crate::store::{StoreError, Tx};
use std::fmt;
use uuid::Uuid;

/// Who is meant.
#[derive(Clone, Copy)]
pub enum Whom<'a> {
    /// A person or a system, which must be of that kind: whoever typed it must have meant it.
    Person(PersonKind, Who<'a>),
    /// Exactly the `iss` of its tokens.
    Issuer(&'a str),
}

#[derive(Clone, Copy)]
pub enum Who<'a> {
    Id(PersonId),
    SignIn { issuer: &'a str, subject: &'a str },
}

impl fmt::Debug for Whom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whom({})", self.kind())
    }
}

impl fmt::Debug for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Who")
    }
}

impl Whom<'_> {
    pub fn kind(&self) -> &'static str {
        match self {
            Whom::Person(kind, _) => kind.name(),
            Whom::Issuer(_) => "issuer",
        }
    }
}

/// What came of it. `row` and `version` are those of the row as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// No request that began after `since` was served otherwise. `request` is the entry's.
    Changed { row: Uuid, version: i64, since: Moment, request: RequestId },
    /// It was so before: nothing was written, and nothing entered.
    Already { row: Uuid, version: i64 },
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SuspendError {
    #[error("the registry has no such person or system")]
    Unknown,
    #[error("this is a {0}")]
    OtherKind(&'static str),
    #[error("the row is not the one that this service wrote, or is gone: put the true one back from a backup")]
    Integrity,
    #[error("others kept changing the row: try again")]
    Contended,
    #[error("the database or the log cannot take it now; run it again, it says whether it was done")]
    Unavailable,
}

impl From<StoreError> for SuspendError {
    fn from(_: StoreError) -> Self {
        SuspendError::Unavailable
    }
}

impl From<Problem> for SuspendError {
    fn from(problem: Problem) -> Self {
        if problem.kind == Kind::Integrity { SuspendError::Integrity } else { SuspendError::Unavailable }
    }
}

/// How often a change that somebody else made in between is read again.
const TRIES: usize = 100;

/// Suspends or reinstates. A concurrent change of the row is read again and kept.
///
/// # Errors
/// [`SuspendError`]; then nothing was changed, but for `Unavailable`, where it may have been.
pub async fn suspend(service: &Service, whom: Whom<'_>, suspended: bool) -> Result<Done, SuspendError> {
    for _ in 0..TRIES {
        let next = match prepare(service, whom, suspended)? {
            Prepared::Write(next) => next,
            Prepared::Already(row, version) => return Ok(Done::Already { row, version }),
        };
        let (mark, request) = (next.mark, RequestId::new());
        let draft = draft(service, whom, suspended, mark, request);
        let written =
            service.recorder.change(Share::Principal(Uuid::nil()), Change::new(draft, move |tx, _| next.put(tx)));
        match written.await {
            Ok(()) => {
                service.watermark.attest(&[mark]);
                let (row, version) = (mark.ledger_id.0, mark.version);
                return Ok(Done::Changed { row, version, since: service.clock.instant(), request });
            }
            Err(ApplyError::Stale | ApplyError::Unique) => {}
            Err(_) => return Err(SuspendError::Unavailable),
        }
    }
    Err(SuspendError::Contended)
}

enum Prepared {
    Write(Next),
    Already(Uuid, i64),
}

/// The row's next version.
struct Next {
    row: Row,
    mark: CaseMark,
}

enum Row {
    Person(PersonRow),
    Issuer(IssuerRow),
}

impl Next {
    fn put(self, tx: &mut Tx<'_>) -> Result<(), ApplyError> {
        match &self.row {
            Row::Person(row) => tx.put_person(row)?,
            Row::Issuer(row) => tx.put_issuer(row)?,
        }
        Ok(())
    }
}

fn prepare(service: &Service, whom: Whom<'_>, suspended: bool) -> Result<Prepared, SuspendError> {
    match whom {
        Whom::Person(kind, who) => person(service, kind, who, suspended),
        Whom::Issuer(name) => issuer(service, name, suspended),
    }
}

fn person(service: &Service, kind: PersonKind, who: Who<'_>, suspended: bool) -> Result<Prepared, SuspendError> {
    let (belief, mut reader) = (service.belief(), service.store.reader()?);
    let row = match who {
        Who::Id(id) => reader.person_by_id(id)?,
        Who::SignIn { issuer, subject } => reader.identity_by_subject(issuer, subject)?.map(|found| found.person),
    };
    let row = row.ok_or(SuspendError::Unknown)?;
    drop(reader);
    let was = registry::person(&belief, &row)?.into_inner();
    // Found by columns, which are copies: somebody else's row may have been given this sign-in.
    if matches!(who, Who::SignIn { issuer, subject } if was.issuer != issuer || was.subject != subject) {
        return Err(SuspendError::Integrity);
    }
    if was.kind != kind {
        return Err(SuspendError::OtherKind(was.kind.name()));
    }
    if was.suspended == suspended {
        return Ok(Prepared::Already(was.id.0, was.version));
    }
    let version = was.version.saturating_add(1);
    let row = enrolled::person(&service.sealer, PersonFacts { suspended, version, ..was })?;
    Ok(Prepared::Write(Next { mark: row.mark(), row: Row::Person(row) }))
}

fn issuer(service: &Service, name: &str, suspended: bool) -> Result<Prepared, SuspendError> {
    let belief = service.belief();
    let row = service.store.reader()?.issuer_state(name)?;
    let was = registry::issuer(&belief, name, row.as_ref())?;
    let (was_suspended, version) = was.map_or((false, 0), |was| (was.suspended, was.version));
    let id = IssuerId::of(name);
    if was_suspended == suspended {
        return Ok(Prepared::Already(id.0, version));
    }
    let version = version.saturating_add(1);
    let row = enrolled::issuer(&service.sealer, IssuerFacts { id, issuer: name.to_owned(), suspended, version })?;
    Ok(Prepared::Write(Next { mark: row.mark(), row: Row::Issuer(row) }))
}

fn draft(service: &Service, whom: Whom<'_>, suspended: bool, mark: CaseMark, request: RequestId) -> Draft {
    Draft {
        panel: None,
        actor: Actor { system: Some("suspension"), ..Actor::default() },
        operation: if suspended { "suspend" } else { "reinstate" },
        outcome: Outcome::Changed,
        problem: None,
        cases: vec![mark],
        policy: service.policies.hash(),
        purpose: Some("administration"),
        manifest: Vec::new(),
        request,
        detail: vec![("kind", DetailValue::Code(whom.kind())), ("row", DetailValue::Id(mark.ledger_id.0))],
    }
}
