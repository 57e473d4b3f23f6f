//! One transfer, opened by the panel it is for: what was released, as it was when it was offered.
//! It must never show more than that, nor the sender's case.

use super::list::TransferLine;
use super::released::Released;
use super::{opened, panel_name, transfer_or_decoy};
use crate::access::{Authentic, TransferFacts, TransferVerb};
use crate::app::answer::{Answer, Reply};
use crate::app::session::Session;
use crate::casework::category::Category;
use crate::casework::ids::{LedgerId, TransferId};
use crate::casework::state::TransferStage;
use crate::error::{Kind, Problem};
use crate::ledger::entry::{CaseMark, DetailValue, Manifest};
use crate::store::rows::TransferRow;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct TransferView {
    #[serde(flatten)]
    pub line: TransferLine,
    /// By category, while it is on offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub released: Option<BTreeMap<&'static str, ReleasedView>>,
}

/// Either `fields` (a category of one) or `records` (a category of many).
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleasedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<ReleasedRecord>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleasedRecord {
    pub kind: String,
    pub occurred_on: Option<NaiveDate>,
    pub fields: Map<String, Value>,
    /// By the category it came from, where that was released too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<&'static str, Map<String, Value>>,
}

crate::app::opaque!(TransferView, ReleasedView, ReleasedRecord);

/// # Errors
/// `not-found` for whatever is not this panel's; the policies' refusal; `integrity`.
pub fn read_transfer(session: &Session<'_>, id: TransferId) -> Result<Answer, Problem> {
    let (row, facts) = readable(session, id)?;
    let mark = CaseMark { ledger_id: LedgerId(id.0), version: facts.version, header_hash: None };
    let line = TransferLine::of(&facts, panel_name(session, facts.from_panel)?);
    let (released, manifest) = if facts.stage == TransferStage::Offered {
        let (released, withheld) = released(session, &row, &facts)?;
        let manifest = released.manifest(withheld);
        (Some(view(released)), manifest)
    } else {
        (None, Manifest::default())
    };
    let reply = Reply::json(200, &TransferView { line, released })?;
    Ok(session.show(reply, vec![(mark, manifest)], vec![("transfer", DetailValue::Id(id.0))]))
}

/// # Errors
/// `not-found` for whoever may not know of it.
pub(super) fn readable(
    session: &Session<'_>,
    id: TransferId,
) -> Result<(TransferRow, Authentic<TransferFacts>), Problem> {
    let (row, facts, there) = transfer_or_decoy(session, id)?;
    let may = session.evaluator.transfer(TransferVerb::ReadTransfer, &facts);
    if there && may.allowed() {
        return Ok((row, facts));
    }
    // Of one's own agreement and sign-in, which are so whether it is there or not.
    let told = matches!(may.kind(), Kind::AgreementNotInForce | Kind::StrongSignInRequired);
    Err(if told { may.kind() } else { Kind::NotFound }.into())
}

/// What was released, and of it what the reader's agreement does not cover.
///
/// # Errors
/// `agreement-not-in-force` where it covers not even who it is; `integrity`.
pub(super) fn released(
    session: &Session<'_>,
    row: &TransferRow,
    facts: &Authentic<TransferFacts>,
) -> Result<(Released, Vec<Category>), Problem> {
    let permit = session.evaluator.transfer_permit(facts).ok_or(Kind::NotAllowed)?;
    let withheld: Vec<Category> =
        facts.categories.iter().copied().filter(|category| permit.reads(*category).is_none()).collect();
    if withheld.contains(&Category::Identity) {
        return Err(Kind::AgreementNotInForce.into());
    }
    let parts = opened(session, row, facts, (Category::Identity, &permit))?;
    Ok((Released::from_parts(parts)?, withheld))
}

fn view(released: Released) -> BTreeMap<&'static str, ReleasedView> {
    let mut views: BTreeMap<&'static str, ReleasedView> = BTreeMap::new();
    for (category, fields) in released.singles {
        views.entry(category.name()).or_default().fields = Some(fields);
    }
    for record in released.records {
        views.entry(record.category.name()).or_default().records.push(ReleasedRecord {
            kind: record.kind,
            occurred_on: record.occurred_on,
            fields: record.fields,
            evidence: record.parts.into_iter().map(|(source, fields)| (source.name(), fields)).collect(),
        });
    }
    views
}
