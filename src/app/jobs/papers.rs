//! Tells people that papers are open for them: of the items that lie before a meeting, and of those they are invited to. Of all
//! that opens at once one letter is sent, and of what somebody was told before none.
//! It must never open a category, nor tell somebody of papers that the policies keep from them.

use super::turn::in_every_panel;
use crate::access::facts::MemberFacts;
use crate::access::{CaseVerb, Header, Particulars, Principal, Purpose, SystemName};
use crate::app::answer::{Answer, Reply};
use crate::app::batches::in_batches;
use crate::app::case_file::believe;
use crate::app::notices::receivers::{let_in, receivers};
use crate::app::notices::{Kind, letters, tell_together};
use crate::app::service::Service;
use crate::app::session::Session;
use crate::casework::ids::{PanelId, PersonId, RecordId};
use crate::error::Problem;
use crate::ledger::entry::DetailValue;
use std::collections::{BTreeMap, BTreeSet};

/// Gives how many people were told.
///
/// # Errors
/// `unavailable`; who was not told is at the next run.
pub async fn run(service: &Service) -> Result<usize, Problem> {
    if service.outbox.is_none() {
        return Ok(0);
    }
    in_every_panel(service, of_panel).await
}

/// Two instances may both try: of what the one wrote down the other writes nothing.
async fn of_panel(service: &Service, panel: PanelId) -> Result<usize, Problem> {
    let notifier = Principal::system(SystemName::Notifier, panel);
    let Some((Answer::Change(change), count)) = prepare(service, &notifier)? else { return Ok(0) };
    match change.commit(service).await {
        Ok(_) => Ok(count),
        Err(_) => Err(Problem::unavailable("that papers are open could not be committed")),
    }
}

fn prepare(service: &Service, notifier: &Principal) -> Result<Option<(Answer, usize)>, Problem> {
    let session = Session::of_job(service, notifier, "tellOfPapers", Purpose::CaseWork)?;
    let members = receivers(&session)?;
    if members.is_empty() {
        return Ok(None);
    }
    let before: BTreeSet<_> = session.reader().told(session.panel(), "papers")?.into_iter().collect();
    let mut lists = Vec::new();
    for (person, items) in open_for(&session, &members)? {
        let mut list = Vec::new();
        for item in items.into_iter().filter(|item| !before.contains(&(person, item.0))) {
            let about = (item.0, String::new());
            list.extend(letters(service, session.panel(), [person], &Kind::Papers(None), about)?);
        }
        lists.extend(Some(list).filter(|list| !list.is_empty()));
    }
    if lists.is_empty() {
        return Ok(None);
    }
    let count = lists.len();
    let detail = vec![("told", DetailValue::count(count))];
    let change = session.change(Reply::empty(204), Vec::new(), detail, move |tx| Ok(tell_together(tx, &lists)?));
    Ok(Some((change, count)))
}

/// The items whose papers are open today, by who may read them for that.
fn open_for(session: &Session<'_>, members: &[MemberFacts]) -> Result<BTreeMap<PersonId, BTreeSet<RecordId>>, Problem> {
    let mut found = BTreeMap::new();
    for row in in_batches(|after, most| session.reader().cases_of_panel(session.panel(), None, after, most)) {
        let Ok((_, header)) = believe(session, row?) else { continue };
        if session.evaluator.case(CaseVerb::TellOfDue, &header, &Particulars::default()).allowed() {
            of_case(session, &header, members, &mut found);
        }
    }
    Ok(found)
}

fn of_case(
    session: &Session<'_>,
    header: &Header,
    members: &[MemberFacts],
    found: &mut BTreeMap<PersonId, BTreeSet<RecordId>>,
) {
    let today = session.today;
    for listing in header.listings.iter().filter(|listing| listing.from <= today && today <= listing.to) {
        for person in let_in(session, members, header, listing) {
            found.entry(person).or_default().insert(listing.item);
        }
    }
}
