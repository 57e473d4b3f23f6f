//! What other panels of the service offer to this one: that it is there, since when, and what kind of thing was released.
//! It must never show a word of what was released, nor whose case it is.

use super::{believe, panels};
use crate::access::{Authentic, PanelVerb, TransferFacts, TransferVerb};
use crate::app::answer::{Answer, Reply};
use crate::app::session::Session;
use crate::casework::ids::{PanelId, TransferId};
use crate::casework::state::TransferStage;
use crate::error::Problem;
use crate::ledger::entry::DetailValue;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

const MOST: i64 = 200;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferList {
    /// The latest first.
    pub transfers: Vec<TransferLine>,
    /// The other panels of the service, to which a case can be offered.
    pub panels: Vec<PanelLine>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferLine {
    #[schema(value_type = String, format = "uuid")]
    pub id: TransferId,
    /// The panel that offers it, by name.
    pub from: String,
    #[schema(value_type = String, format = Date)]
    pub offered_on: NaiveDate,
    pub stage: TransferStage,
    /// When it was accepted, declined or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub ended_on: Option<NaiveDate>,
    /// What was released.
    #[schema(value_type = Vec<String>)]
    pub categories: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub struct PanelLine {
    #[schema(value_type = String, format = "uuid")]
    pub id: PanelId,
    pub name: String,
}

crate::app::opaque!(TransferList, TransferLine, PanelLine);

impl TransferLine {
    pub(super) fn of(facts: &TransferFacts, from: String) -> Self {
        Self {
            id: facts.id,
            from,
            offered_on: facts.offered_on,
            stage: facts.stage,
            ended_on: facts.ended_on,
            categories: facts.categories.iter().map(|category| category.name()).collect(),
        }
    }
}

/// # Errors
/// The policies' refusal; `unavailable`.
pub fn list_transfers(session: &Session<'_>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ListTransfers)?;
    let panels = panels(session)?;
    let names: BTreeMap<PanelId, &str> = panels.iter().map(|panel| (panel.id, panel.name.as_str())).collect();
    let rows = session.reader().transfers_to(session.panel(), MOST)?;
    // What cannot be believed is alarmed; it must not keep the others from being seen.
    let sound = rows.iter().filter_map(|row| believe(session, row).ok());
    let may =
        |facts: &Authentic<TransferFacts>| session.evaluator.transfer(TransferVerb::ReadTransfer, facts).allowed();
    let transfers: Vec<TransferLine> = sound
        .filter(may)
        .map(|facts| TransferLine::of(&facts, names.get(&facts.from_panel).copied().unwrap_or_default().to_owned()))
        .collect();
    let others = panels.iter().filter(|panel| panel.id != session.panel());
    let panels = others.map(|panel| PanelLine { id: panel.id, name: panel.name.clone() }).collect();
    let count = DetailValue::count(transfers.len());
    let reply = Reply::json(200, &TransferList { transfers, panels })?;
    Ok(session.show(reply, Vec::new(), vec![("count", count)]))
}
