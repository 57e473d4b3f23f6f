//! A case on its way from one panel of this service to another: what the sender's state says of it, and how far it has come.
//! Nothing of what is released may enter: both are stored in clear.

use super::ids::{PanelId, TransferId};
use super::state::codes;
use serde::{Deserialize, Serialize};

codes! {
    /// Of the transfer itself, which is the receiving panel's.
    TransferStage { Offered = "offered", Accepted = "accepted", Declined = "declined", Withdrawn = "withdrawn", }
}

/// That the case is on offer to a panel of this service. Gone when that panel's answer has come, or the offer was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Passage {
    pub transfer: TransferId,
    pub panel: PanelId,
}
