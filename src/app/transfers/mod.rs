//! A case that goes from one panel of this service to another. What crosses is a transfer: from its first moment a thing of the
//! panel it is for, with keys of its own, as a school's referral is. That panel reads nothing else of the other, and the other
//! nothing of it: the courier, a job of the service, lays it down, takes it back and brings its answer home.
//! Nothing here may open what was released for anybody but the panel it is for, nor leave it there once it was answered.

pub mod answer;
pub mod home;
pub mod list;
pub mod offer;
pub mod read;
pub mod released;

use super::case_file::hex;
use super::enrolled::{self, Enrolled};
use super::registry;
use super::session::Session;
use crate::access::rows::PanelFacts;
use crate::access::{Access, Authentic, Evaluator, Permit, Principal, Purpose, SystemName, TransferFacts};
use crate::casework::category::Category;
use crate::casework::ids::{PanelId, TransferId};
use crate::casework::transfer::TransferStage;
use crate::error::{Kind, Problem};
use crate::ledger::entry::CaseMark;
use crate::seal::{Bucket, Place, SealedParts, WrappedKeys};
use crate::store::rows::TransferRow;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Parts = BTreeMap<Category, Map<String, Value>>;

/// The transfer, or one of nobody in its place, and whether it is there: to be asked before anything of it is told.
///
/// # Errors
/// `integrity`; `unavailable`.
pub fn transfer_or_decoy(
    session: &Session<'_>,
    id: TransferId,
) -> Result<(TransferRow, Authentic<TransferFacts>, bool), Problem> {
    let found = session.reader().transfer_by_id(id)?;
    let there = found.is_some();
    let row = found.unwrap_or_else(|| session.service.decoys().transfer.clone());
    let facts = believe(session, &row)?;
    Ok((row, facts, there))
}

/// # Errors
/// `integrity`, where row, copies and what is sealed are not what the facts vouch for.
pub fn believe(session: &Session<'_>, row: &TransferRow) -> Result<Authentic<TransferFacts>, Problem> {
    let facts = registry::transfer(&session.belief, row)?;
    let copies = (row.panel, row.stage.as_str(), row.waits, row.offered_on, row.version);
    let vouched = (facts.panel, facts.stage.name(), facts.from_case.is_some(), facts.offered_on, facts.version);
    let digest = match row.sealed.as_str() {
        "" => String::new(),
        sealed => hex(&SealedParts::from_stored(sealed)?.digest()),
    };
    if copies == vouched && digest == facts.digest {
        return Ok(facts);
    }
    let what = "a transfer's row and its facts differ";
    tracing::error!(row = %row.id, what, "what is stored of a transfer is not what its facts vouch for");
    Err(Kind::Integrity.into())
}

fn courier(panel: PanelId) -> Principal {
    Principal::system(SystemName::Courier, panel)
}

/// What a job of the service may, in this request.
fn evaluator<'s>(session: &Session<'s>, job: &'s Principal) -> Evaluator<'s> {
    let access = Access::by_default(Purpose::CaseWork);
    Evaluator::new(&session.service.policies, job, access, session.request, session.today, session.now)
}

fn may_not_carry() -> Problem {
    Problem::internal("the courier may not carry")
}

fn place(facts: &TransferFacts, category: Category) -> Place {
    // Sealed with the first version and with the second, or not at all.
    let version = u32::try_from(facts.version).unwrap_or(u32::MAX);
    Place { panel: facts.panel, case: facts.id.0, record: facts.id.0, category, version }
}

/// The row with something sealed in it, under keys that are new.
///
/// # Errors
/// `unavailable` without keys; `internal`.
fn sealed(
    session: &Session<'_>,
    facts: TransferFacts,
    (category, parts): (Category, &Parts),
) -> Result<(TransferRow, CaseMark), Problem> {
    let service = session.service;
    let courier = courier(facts.panel);
    let (known, _) = Authentic::issue(&service.sealer, facts.clone());
    let permit = evaluator(session, &courier).carriers_permit(&known).ok_or_else(may_not_carry)?;
    let bucket = Bucket::for_case(session.now.london_date(), service.retention);
    let keys = service.sealer.new_keys(facts.panel, facts.id.0, bucket)?;
    let keyring = service.sealer.open(&keys, facts.panel, facts.id.0, &permit, session.now)?;
    let sealed = keyring.seal_parts(&place(&facts, category), parts)?;
    let facts = TransferFacts { digest: hex(&sealed.digest()), ..facts };
    let row = enrolled::transfer(&service.sealer, facts, keys.as_str().to_owned(), sealed.canonical())?;
    let mark = row.mark();
    Ok((row, mark))
}

/// The row without keys and without anything sealed.
///
/// # Errors
/// `internal`.
fn emptied(session: &Session<'_>, facts: TransferFacts) -> Result<(TransferRow, CaseMark), Problem> {
    let facts = TransferFacts { digest: String::new(), ..facts };
    let row = enrolled::transfer(&session.service.sealer, facts, String::new(), String::new())?;
    let mark = row.mark();
    Ok((row, mark))
}

/// # Errors
/// `integrity`; `internal` without the permit.
fn opened(
    session: &Session<'_>,
    row: &TransferRow,
    facts: &TransferFacts,
    (category, permit): (Category, &Permit),
) -> Result<Parts, Problem> {
    let keys = WrappedKeys::from_stored(row.wrapped_keys.clone());
    let keyring = session.service.sealer.open(&keys, facts.panel, facts.id.0, permit, session.now)?;
    Ok(keyring.open_parts(&place(facts, category), &SealedParts::from_stored(&row.sealed)?)?.parts)
}

/// The facts as their next version, at this stage from today.
fn ended(session: &Session<'_>, facts: &TransferFacts, stage: TransferStage) -> TransferFacts {
    let version = facts.version.saturating_add(1);
    TransferFacts { stage, version, ended_on: Some(session.today), ..facts.clone() }
}

/// Every panel of the service that can be believed.
///
/// # Errors
/// `unavailable`.
fn panels(session: &Session<'_>) -> Result<Vec<Authentic<PanelFacts>>, Problem> {
    let rows = session.reader().panels()?;
    Ok(rows.iter().filter_map(|row| registry::panel(&session.belief, row).ok()).collect())
}

/// # Errors
/// `integrity` where the panel's row cannot be believed.
fn panel_name(session: &Session<'_>, panel: PanelId) -> Result<String, Problem> {
    Ok(registry::panel_facts(session, panel)?.ok_or(Kind::Integrity)?.name.clone())
}
