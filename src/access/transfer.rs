//! A case on its way between two panels of this service, from its row. It belongs to the panel it is for, from the first.
//! No word of what is released may enter: it is stored unsealed.

use super::authentic::Fact;
use crate::casework::category::Category;
use crate::casework::ids::{CaseId, PanelId, TransferId};
use crate::casework::transfer::TransferStage;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferFacts {
    pub id: TransferId,
    /// Whom it is for.
    pub panel: PanelId,
    pub from_panel: PanelId,
    /// The sender's case, until it has heard the answer: never shown to whom it is for, and gone before the case can be erased.
    pub from_case: Option<CaseId>,
    /// What was released.
    pub categories: BTreeSet<Category>,
    pub stage: TransferStage,
    pub offered_on: NaiveDate,
    /// When it was accepted, declined or withdrawn.
    pub ended_on: Option<NaiveDate>,
    /// SHA-256 of what lies sealed in the row, lower-case hex; empty where nothing does.
    pub digest: String,
    pub version: i64,
}

impl Fact for TransferFacts {
    const LABEL: &'static str = "cp-transfer-v1";
    /// JSON of a fixed member order, as a meeting's.
    fn canonical(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
