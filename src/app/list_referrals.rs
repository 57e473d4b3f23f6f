//! What one has sent, and how far each has come; to an organisation's safeguarding lead what the organisation has sent.
//! A row that policy refuses must leave no trace: not in the page's length, not in the cursor.

use super::answer::{Answer, Reply};
use super::batches::in_batches;
use super::cursors::Cursors;
use super::read_referrals::{ReferralView, facts, summary};
use super::session::Session;
use crate::access::{PanelVerb, ReferralVerb};
use crate::casework::ids::ReferralId;
use crate::clock::Moment;
use crate::error::{Kind, Problem};
use crate::ledger::entry::DetailValue;
use serde::Serialize;
use utoipa::ToSchema;

/// Referrals on a page.
pub const MOST: usize = 200;

#[derive(Serialize, ToSchema)]
pub struct ReferralList {
    /// Oldest first; ids and status only.
    pub referrals: Vec<ReferralView>,
    /// Give it as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What a page asks for.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    pub limit: Option<usize>,
    pub after: Option<&'a str>,
}

/// # Errors
/// `invalid` for a cursor that is none; `strong-sign-in-required`; `integrity`; `unavailable`.
pub fn list_referrals(session: &Session<'_>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    // The least right there is, for its guards: a weak sign-in is told so, and not that there is nothing.
    session.authorize(PanelVerb::ReadCodes)?;
    let sender = session.principal.person().ok_or(Kind::NotAllowed)?;
    let organisation = session.principal.member().filter(|member| member.safeguarding_lead).map(|member| member.agency);
    let limit = wanted.limit.unwrap_or(MOST).min(MOST);
    let cursors = Cursors::after(session, "referrals");
    // When and which the last one of a page was.
    let start: Option<(Moment, ReferralId)> = cursors.open(wanted.after)?;
    let mut list = ReferralList { referrals: Vec::new(), next: None };
    let mut last = start;
    let fetch = |after: Option<_>, most| session.reader().referrals_sent(sender, organisation, after.or(start), most);
    for row in in_batches(fetch) {
        let row = row?;
        let facts = facts(session, &row)?;
        if !session.evaluator.referral(ReferralVerb::ReadFeedback, &facts).allowed() {
            continue;
        }
        // One more than asked for tells that there is a next page, and where the last one ended.
        if list.referrals.len() == limit {
            list.next = last.map(|last| cursors.seal(&last)).transpose()?;
            break;
        }
        list.referrals.push(summary(session, &row, &facts)?);
        last = Some((row.received_at, row.id));
    }
    let count = DetailValue::count(list.referrals.len());
    Ok(session.show(Reply::json(200, &list)?, Vec::new(), vec![("count", count)]))
}

super::opaque!(ReferralList);
