//! Which meetings there are. How many cases lie before one is not told here: that would count what a reader may not see.

use super::believe;
use crate::access::{MeetingFacts, PanelVerb};
use crate::app::answer::{Answer, Reply};
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::casework::meeting::{Forum, MeetingStage};
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

const MOST: i64 = 200;

#[derive(Serialize, ToSchema)]
pub struct MeetingList {
    /// The latest first; at most 200.
    pub meetings: Vec<MeetingView>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingView {
    #[schema(value_type = String, format = "uuid")]
    pub id: MeetingId,
    pub forum: Forum,
    #[schema(value_type = String, format = Date)]
    pub on: NaiveDate,
    pub stage: MeetingStage,
    /// First and last day on which the papers of its items are open.
    #[schema(value_type = String, format = Date)]
    pub papers_from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    pub papers_to: NaiveDate,
}

crate::app::opaque!(MeetingList, MeetingView);

impl MeetingView {
    pub fn of(facts: &MeetingFacts) -> Self {
        Self {
            id: facts.id,
            forum: facts.forum,
            on: facts.on,
            stage: facts.stage,
            papers_from: facts.papers_from,
            papers_to: facts.papers_to,
        }
    }
}

/// `from` and `to`: days, a year back and a year ahead where absent.
///
/// # Errors
/// `invalid`; the policies' refusal; `unavailable`.
pub fn list(session: &Session<'_>, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::ReadMeetings)?;
    let year = Days::new(366);
    let from = from.or_else(|| session.today.checked_sub_days(year)).unwrap_or(session.today);
    let to = to.or_else(|| session.today.checked_add_days(year)).unwrap_or(session.today);
    if to < from {
        return Err(Problem::field(Kind::Invalid, "to", "before_start", "must not be before `from`"));
    }
    let rows = session.reader().meetings_of_panel(session.panel(), (from, to), MOST)?;
    // One that cannot be believed is alarmed, and is not there.
    let known = rows.iter().filter_map(|row| believe(session, row).ok());
    let meetings: Vec<MeetingView> = known.map(|facts| MeetingView::of(&facts)).collect();
    let detail = vec![("count", DetailValue::count(meetings.len()))];
    Ok(session.show(Reply::json(200, &MeetingList { meetings })?, Vec::new(), detail))
}
