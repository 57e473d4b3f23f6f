//! Planning meetings: monthly ones in a row, or one that cannot wait.
//! It must never plan two of the monthly kind on one day.

use crate::access::{MeetingFacts, PanelVerb};
use crate::app::answer::{Answer, Reply};
use crate::app::enrolled::{self, Enrolled};
use crate::app::notices;
use crate::app::notices::ics::Method;
use crate::app::session::Session;
use crate::casework::ids::MeetingId;
use crate::casework::meeting::{Forum, MeetingStage, monthly, papers};
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// More than a year ahead nobody knows who sits.
const MOST: u8 = 12;
const AHEAD: Days = Days::new(400);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeetingPlan {
    pub forum: Forum,
    /// A day that is over is for a meeting that was held and is keyed afterwards.
    #[schema(value_type = String, format = Date)]
    pub on: NaiveDate,
    /// So many in all, one a month, each on the same weekday of its month (the second Tuesday); 1 where absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 12)]
    pub monthly: Option<u8>,
}

#[derive(Serialize, ToSchema)]
pub struct Planned {
    /// In the order of their days.
    #[schema(value_type = Vec<String>)]
    pub meetings: Vec<MeetingId>,
}

crate::app::opaque!(Planned);

/// # Errors
/// `invalid`; `conflict` where the panel meets on that day already; the policies' refusal.
pub fn schedule(session: &Session<'_>, form: &MeetingPlan) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::HoldMeetings)?;
    let days = days(session, form)?;
    let mut facts = Vec::new();
    for on in days {
        if form.forum == Forum::Scheduled {
            must_be_free(session, on)?;
        }
        facts.push(planned(session, form.forum, on));
    }
    let letters = notices::of_meetings(session, &facts, Method::Request, &BTreeSet::new())?;
    let enrol = |facts| enrolled::meeting(&session.service.sealer, facts);
    let rows = facts.into_iter().map(enrol).collect::<Result<Vec<_>, _>>()?;
    let meetings: Vec<MeetingId> = rows.iter().map(|row| row.id).collect();
    let marks = rows.iter().map(Enrolled::mark).collect();
    let detail = vec![("meetings", DetailValue::count(meetings.len()))];
    let reply = Reply::json(201, &Planned { meetings })?;
    Ok(session.change(reply, marks, detail, move |tx| {
        rows.iter().try_for_each(|row| tx.put_meeting(row))?;
        Ok(notices::tell(tx, &letters)?)
    }))
}

fn days(session: &Session<'_>, form: &MeetingPlan) -> Result<Vec<NaiveDate>, Problem> {
    let bad = |field, rule, says| Err(Problem::field(Kind::Invalid, field, rule, says));
    let count = form.monthly.unwrap_or(1);
    if !(1..=MOST).contains(&count) {
        return bad("/monthly", "number", "must be a whole number within the allowed range");
    }
    if count > 1 && form.forum != Forum::Scheduled {
        return bad("/monthly", "one_of", "only the monthly kind is planned in a row");
    }
    if form.on.checked_sub_days(AHEAD).is_none_or(|day| day > session.today) {
        return bad("/on", "too_late", "must be a day of the coming year");
    }
    if form.on < session.today && count > 1 {
        return bad("/on", "in_past", "meetings that are over are keyed one by one");
    }
    Ok(monthly(form.on, count, &session.service.calendar))
}

fn must_be_free(session: &Session<'_>, on: NaiveDate) -> Result<(), Problem> {
    let that_day = session.reader().meetings_of_panel(session.panel(), (on, on), 50)?;
    for row in that_day {
        let known = super::believe(session, &row)?;
        if known.forum == Forum::Scheduled && known.stage != MeetingStage::Cancelled {
            return Err(Problem::field(Kind::Conflict, "/on", "taken", "the panel has a meeting on that day"));
        }
    }
    Ok(())
}

fn planned(session: &Session<'_>, forum: Forum, on: NaiveDate) -> MeetingFacts {
    let (papers_from, papers_to) = papers(forum, on, session.today, &session.service.calendar, &session.service.rules);
    MeetingFacts {
        id: MeetingId::new(),
        panel: session.panel(),
        forum,
        on,
        papers_from,
        papers_to,
        stage: MeetingStage::Planned,
        opened_at: None,
        closed_at: None,
        gathered_on: None,
        attendance: Vec::new(),
        gone: Vec::new(),
        items: Vec::new(),
        version: 1,
    }
}
