//! A referral as its sender sees it: what was sent, and how far it has come in three words that a person released.
//! It must never show a case, a case's id, or that there are several.

use super::answer::{Answer, Reply};
use super::case_file::{believe, hex};
use super::registry;
use super::session::Session;
use crate::access::{Authentic, Header, Permit, ReferralFacts, ReferralVerb};
use crate::casework::category::Category;
use crate::casework::ids::ReferralId;
use crate::casework::state::Progress;
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use crate::seal::{Place, SealedParts, WrappedKeys};
use crate::store::rows::{CaseRow, ReferralCaseRow, ReferralRow};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferralView {
    #[schema(value_type = String, format = "uuid")]
    pub id: ReferralId,
    /// received, progressed or closed.
    pub status: &'static str,
    pub received_at: String,
    /// As it was sent, by category; absent for a system, which learns only the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub sent: Option<BTreeMap<&'static str, Map<String, Value>>>,
}

/// # Errors
/// `not-found` for any referral but one's own (or one's organisation's, for its safeguarding lead).
pub fn read_referral(session: &Session<'_>, id: ReferralId) -> Result<Answer, Problem> {
    let found = session.reader().referral_by_id(id)?;
    let there = found.is_some();
    let row = found.unwrap_or_else(|| session.service.decoys().referral.clone());
    let facts = facts(session, &row)?;
    // The status alone may be had by whoever may not read the referral: a partner's system.
    let may = session.evaluator.referral(ReferralVerb::ReadFeedback, &facts);
    if !(there && may.allowed()) {
        return Err(Kind::NotFound.into());
    }
    let mut view = summary(session, &row, &facts)?;
    if let Some(permit) = session.evaluator.referral_permit(&facts) {
        view.sent = Some(as_sent(session, &row, &facts, &permit)?);
    }
    let detail = vec![("referral", DetailValue::Id(id.0))];
    Ok(session.show(Reply::json(200, &view)?, Vec::new(), detail))
}

pub(super) fn facts(session: &Session<'_>, row: &ReferralRow) -> Result<Authentic<ReferralFacts>, Problem> {
    let facts: Authentic<ReferralFacts> = registry::believe(&session.belief, row.id.0, &row.header, &row.header_tag)?;
    let sealed = SealedParts::from_stored(&row.sealed)?;
    if hex(&sealed.digest()) == facts.digest { Ok(facts) } else { Err(tampered(row.id, "a referral's content")) }
}

fn tampered(id: ReferralId, what: &'static str) -> Problem {
    tracing::error!(row = %id, what, "what is stored of a referral is not what its facts vouch for");
    Kind::Integrity.into()
}

pub(super) fn summary(
    session: &Session<'_>,
    row: &ReferralRow,
    facts: &ReferralFacts,
) -> Result<ReferralView, Problem> {
    Ok(ReferralView {
        id: row.id,
        status: told(session, facts)?.name(),
        received_at: row.received_at.rfc3339(),
        sent: None,
    })
}

/// How far a person has told the referrer it came: the least of the people named, so that one child's closing is not
/// taken for the other's.
fn told(session: &Session<'_>, facts: &ReferralFacts) -> Result<Progress, Problem> {
    let mut least = None;
    for (_, _, header) in opened_cases(session, facts)? {
        let progress = header.state.referrer_told;
        least = Some(least.map_or(progress, |known: Progress| known.min(progress)));
    }
    Ok(least.unwrap_or(Progress::Received))
}

/// A case that a referral opened, as its own facts say, with its place among the people named.
pub(super) type Opened = (ReferralCaseRow, CaseRow, Authentic<Header>);

/// The cases that a referral opened, all of them and no other. The relation is a row like any other: how many there are the
/// referral's facts say, and that a case came from it the case's own header.
///
/// # Errors
/// `integrity` where one is missing, was put in, or cannot be believed.
pub(super) fn opened_cases(session: &Session<'_>, facts: &ReferralFacts) -> Result<Vec<Opened>, Problem> {
    let alarm = || tampered(facts.id, "the cases it opened");
    let opened = session.reader().cases_of_referral(facts.id)?;
    if u32::try_from(opened.len()) != Ok(facts.people) {
        return Err(alarm());
    }
    let believed = opened.into_iter().map(|of_it| {
        let row = session.reader().case_by_id(of_it.case)?.ok_or_else(alarm)?;
        let (row, header) = believe(session, row)?;
        let own = header.opened_from == Some(facts.id) && header.panel == facts.panel;
        if own { Ok((of_it, row, header)) } else { Err(alarm()) }
    });
    believed.collect()
}

fn as_sent(
    session: &Session<'_>,
    row: &ReferralRow,
    facts: &ReferralFacts,
    permit: &Permit,
) -> Result<BTreeMap<&'static str, Map<String, Value>>, Problem> {
    let keys = WrappedKeys::from_stored(row.wrapped_keys.clone());
    let keyring = session.service.sealer.open(&keys, facts.panel, facts.id.0, permit, session.now)?;
    let place =
        Place { panel: facts.panel, case: facts.id.0, record: facts.id.0, category: Category::Concern, version: 1 };
    let opened = keyring.open_parts(&place, &SealedParts::from_stored(&row.sealed)?)?;
    Ok(opened.parts.into_iter().map(|(category, map)| (category.name(), map)).collect())
}

super::opaque!(ReferralView);
