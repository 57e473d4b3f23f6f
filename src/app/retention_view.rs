//! How long a closed case is kept and what was said of its end, for those who may read what was written of it.
//! It must never be shown by any other right: a hold tells of a complaint, a date of a person's age.

use super::case_file::CaseFile;
use super::open_case::DueView;
use crate::casework::category::Category;
use crate::casework::deadlines::Lateness;
use crate::casework::ids::{PersonId, RecordId};
use crate::casework::retention::{Confirmed, Return, Standing};
use crate::casework::role::Role;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetentionView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueView>,
    pub holds: Vec<HoldView>,
    pub standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasure: Option<ErasureView>,
    /// Why the last decision to erase came to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<ReturnedView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldView {
    /// List `legal_hold_reason`.
    pub reason: String,
    #[schema(value_type = String, format = Date)]
    pub on: NaiveDate,
    /// Where its words are, in the category `retention`.
    #[schema(value_type = String, format = "uuid")]
    pub record: RecordId,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasureView {
    #[schema(value_type = String, format = "uuid")]
    pub record: RecordId,
    #[schema(value_type = String, format = "uuid")]
    pub proposed_by: PersonId,
    #[schema(value_type = String, format = Date)]
    pub proposed_on: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub confirmed_by: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub confirmed_on: Option<NaiveDate>,
    /// The first day on which it may be carried out; until then either may take it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub erase_on: Option<NaiveDate>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReturnedView {
    #[schema(value_type = String, format = Date)]
    pub on: NaiveDate,
    pub why: Return,
}

/// None for whoever may not read what was written about the end of the case.
pub fn retention_view(file: &CaseFile<'_>) -> Option<RetentionView> {
    if !file.can_read(Category::Retention) {
        return None;
    }
    let (session, retention) = (file.session(), &file.header.retention);
    let due = retention.due(&file.header.state, &session.service.rules);
    let confirmed = |confirmed: &Option<Confirmed>| confirmed.clone();
    Some(RetentionView {
        due: due.map(|due| {
            // What is late here is brought to nobody by itself: the case is closed.
            let late = due.lateness(session.today, &session.service.calendar, &session.service.rules);
            let standing = late.min(Lateness::Overdue);
            let whose = if due.what == "confirm_erasure" { Role::Chair } else { Role::Records };
            let yours = session.principal.role() == Some(whose) && due.what != "erase";
            DueView { on: due.on, what: due.what, overdue: standing == Lateness::Overdue, standing, yours }
        }),
        holds: retention
            .holds
            .iter()
            .map(|hold| HoldView { reason: hold.reason.clone(), on: hold.on, record: hold.record })
            .collect(),
        standing: retention.standing(session.today),
        erasure: retention.erasure.as_ref().map(|erasure| {
            let said = confirmed(&erasure.confirmed);
            ErasureView {
                record: erasure.record,
                proposed_by: erasure.proposed_by,
                proposed_on: erasure.proposed_on,
                confirmed_by: said.as_ref().map(|said| said.by),
                confirmed_on: said.as_ref().map(|said| said.on),
                erase_on: said.map(|said| said.erase_on),
            }
        }),
        returned: retention.returned.map(|returned| ReturnedView { on: returned.on, why: returned.why }),
    })
}

super::opaque!(RetentionView, HoldView, ErasureView, ReturnedView);
