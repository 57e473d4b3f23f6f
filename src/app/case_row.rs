//! A case's row out of its header: sealed, with the copies that queries need, and the mark that the entry carries.
//! It must never be made otherwise, or a copy could differ from the header that vouches for it.

use crate::access::{Authentic, Header};
use crate::casework::category::Category;
use crate::error::Problem;
use crate::ledger::entry::CaseMark;
use crate::seal::Sealer;
use crate::store::rows::CaseRow;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// By when something is due of a case: while it runs, and once it is closed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dues {
    pub step: Option<NaiveDate>,
    pub review: Option<NaiveDate>,
}

/// # Errors
/// `internal` where the header has no JSON form, which no header made of our types lacks.
pub fn case_row(
    sealer: &Sealer,
    header: Header,
    dues: Dues,
    wrapped_keys: String,
    singles: BTreeMap<Category, String>,
) -> Result<(CaseRow, CaseMark), Problem> {
    let (header, stored) =
        Authentic::seal(sealer, header).map_err(|_| Problem::internal("a header has no JSON form"))?;
    let mark = CaseMark { ledger_id: header.ledger_id, version: header.version, header_hash: Some(stored.hash) };
    let row = CaseRow {
        id: header.case,
        panel: header.panel,
        subject: header.subject,
        ledger_id: header.ledger_id,
        version: header.version,
        stage: header.state.stage.name().to_owned(),
        due_on: dues.step,
        review_on: dues.review,
        header: stored.json,
        header_tag: stored.tag.to_vec(),
        wrapped_keys,
        singles,
    };
    Ok((row, mark))
}
