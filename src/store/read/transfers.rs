//! Cases on their way between panels of the service.

use super::{Reader, all};
use crate::casework::ids::{PanelId, TransferId};
use crate::store::StoreError;
use crate::store::decode::parsed;
use crate::store::rows::TransferRow;
use crate::store::schema::transfer;
use diesel::prelude::*;

/// What stands in `waits` while the sender's case has still to hear of it.
pub const WAITS: &str = "yes";
/// And once it has, or had nothing to hear.
pub const WAITS_NO_MORE: &str = "no";

type RawTransfer = (String, String, String, String, String, i64, String, String, String, Vec<u8>);

fn a_transfer(raw: RawTransfer) -> Result<TransferRow, StoreError> {
    let (id, panel, stage, waits, offered_on, version, wrapped_keys, sealed, facts, tag) = raw;
    Ok(TransferRow {
        id: parsed(&id)?,
        panel: parsed(&panel)?,
        stage,
        waits: waits == WAITS,
        offered_on: parsed(&offered_on)?,
        version,
        wrapped_keys,
        sealed,
        facts,
        tag,
    })
}

impl Reader {
    /// # Errors
    /// `Unavailable`, `Corrupt`. So in every function here.
    pub fn transfer_by_id(&mut self, id: TransferId) -> Result<Option<TransferRow>, StoreError> {
        let id = id.to_string();
        let raw = self.run(|c| transfer::table.filter(transfer::id.eq(&id)).first::<RawTransfer>(c).optional())?;
        raw.map(a_transfer).transpose()
    }

    /// What is or was offered to a panel, the latest first.
    pub fn transfers_to(&mut self, panel: PanelId, limit: i64) -> Result<Vec<TransferRow>, StoreError> {
        let latest = transfer::table
            .filter(transfer::panel_id.eq(panel.to_string()))
            .order((transfer::offered_on.desc(), transfer::id))
            .limit(limit);
        all(self.run(|c| latest.clone().load::<RawTransfer>(c))?, a_transfer)
    }

    /// What has this stage, of every panel, while the sender's case has still to hear of it.
    pub fn transfers_to_tell(
        &mut self,
        stage: &str,
        after: Option<TransferId>,
        limit: i64,
    ) -> Result<Vec<TransferRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let waiting = transfer::table
            .filter(transfer::waits.eq(WAITS))
            .filter(transfer::stage.eq(stage))
            .filter(transfer::id.gt(after))
            .order(transfer::id)
            .limit(limit);
        all(self.run(|c| waiting.clone().load::<RawTransfer>(c))?, a_transfer)
    }
}
