//! Naming a lead agency, ending an assignment, opening the papers of an agenda item to those invited.
//! Every assignment has a reason of the four; there is no other way to be let in.

use super::add_log_note::Written;
use super::answer::{Answer, Reply};
use super::case_edit::CaseEdit;
use super::case_file::CaseFile;
use super::meetings;
use super::notices;
use super::notices::receivers::{let_in, receivers};
use super::registry;
use super::session::Session;
use super::work::known_agency;
use crate::access::{Assignment, AssignmentKind, Authentic, CaseVerb, Listing, MeetingFacts, Particulars};
use crate::casework::ids::{AgencyId, CaseId, MeetingId, PersonId, RecordId};
use crate::casework::meeting::MeetingStage;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::entry::DetailValue;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedLead {
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
}

/// Who may see the papers of one agenda item, from and to which day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invitation {
    /// An agency, or
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub agency: Option<AgencyId>,
    /// one person: a guest for this case only.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub person: Option<PersonId>,
    /// A meeting with the case before it: the papers are open as long as its own. Or
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub meeting: Option<MeetingId>,
    /// the first and the last day.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<NaiveDate>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<NaiveDate>,
}

/// # Errors
/// `invalid` for an agency not of the panel; the policies' refusal.
pub fn name_lead(session: &Session<'_>, id: CaseId, form: &NamedLead) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::Assign, &Particulars::default())?;
    let agency = known_agency(session, Some(form.agency), "/agency")?;
    // Nobody assigns their own agency: whoever wants in needs somebody else to say so.
    if Some(agency) == session.principal.agency() {
        return Err(Problem::field(Kind::NotAllowed, "/agency", "own_agency", "nobody assigns their own agency"));
    }
    let reference = RecordId::new();
    let mut edit = CaseEdit::of(&file);
    edit.header.assignments.push(Assignment { agency, why: AssignmentKind::NamedLead, reference });
    edit.event("named_lead", session.today);
    edit.finish(Reply::json(201, &Written { id: reference })?, vec![("agency", DetailValue::Id(agency.0))])
}

/// Ends a named lead. Requests and actions end by being answered or done, parts in the plan by the plan.
///
/// # Errors
/// `not-found` where there is none; the policies' refusal.
pub fn end_lead(session: &Session<'_>, id: CaseId, reference: RecordId) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::Assign, &Particulars::default())?;
    let is_it = |a: &Assignment| a.reference == reference && a.why == AssignmentKind::NamedLead;
    if !file.header.assignments.iter().any(is_it) {
        return Err(Kind::NotFound.into());
    }
    let mut edit = CaseEdit::of(&file);
    edit.header.assignments.retain(|a| !is_it(a));
    edit.event("lead_ended", session.today);
    edit.finish(Reply::empty(204), Vec::new())
}

/// # Errors
/// `invalid` for dates in the wrong order, nobody, or somebody unknown; the policies' refusal.
pub fn invite(session: &Session<'_>, id: CaseId, form: &Invitation) -> Result<Answer, Problem> {
    let file = CaseFile::open(session, id, CaseVerb::ListItem, &Particulars::default())?;
    let Window { item, from, to, meeting } = window(session, id, form)?;
    check(session, form, from, to)?;
    let mut edit = CaseEdit::of(&file);
    let listing = Listing { item, agency: form.agency, person: form.person, from, to };
    edit.header.listings.push(listing.clone());
    edit.event("invited", session.today);
    let whom = form.agency.map(|a| a.0).or(form.person.map(|p| p.0)).unwrap_or(item.0);
    let invited = let_in(session, &receivers(session)?, &edit.header, &listing);
    let letters = notices::invitations(session, invited, &listing, meeting.as_deref())?;
    let reply = Reply::json(201, &Written { id: item })?;
    edit.finish_with(reply, vec![("invited", DetailValue::Id(whom))], move |tx| notices::tell(tx, &letters))
}

struct Window {
    item: RecordId,
    from: NaiveDate,
    to: NaiveDate,
    meeting: Option<Authentic<MeetingFacts>>,
}

super::opaque!(Window);

/// The item, the days of its papers, and the meeting: of the meeting that is named, or as given; not both. Invitations to a meeting bear
/// its item's name, so that they end with it.
fn window(session: &Session<'_>, case: CaseId, form: &Invitation) -> Result<Window, Problem> {
    let invalid = |field, rule, says| Problem::field(Kind::Invalid, field, rule, says);
    match (form.meeting, form.from, form.to) {
        (None, Some(from), Some(to)) => Ok(Window { item: RecordId::new(), from, to, meeting: None }),
        (Some(id), None, None) => {
            let unknown = || invalid("/meeting", "unknown_meeting", "must be a meeting with this case before it");
            let meeting = meetings::meeting(session, id).map_err(|problem| match problem.kind {
                Kind::NotFound => unknown(),
                _ => problem,
            })?;
            let ahead = matches!(meeting.stage, MeetingStage::Planned | MeetingStage::Open);
            let item = meeting.item_of(case).filter(|_| ahead).ok_or_else(unknown)?.item;
            Ok(Window { item, from: meeting.papers_from, to: meeting.papers_to, meeting: Some(meeting) })
        }
        _ => Err(invalid("/meeting", "one_of", "name either a meeting, or the first and the last day")),
    }
}

fn check(session: &Session<'_>, form: &Invitation, from: NaiveDate, to: NaiveDate) -> Result<(), Problem> {
    let mut violations = Violations::default();
    if form.agency.is_some() == form.person.is_some() {
        violations.add("/agency", "one_of", "name either an agency or a person");
    }
    if to < from {
        violations.add("/to", "before_start", "papers cannot close before they open");
    }
    if to < session.today {
        violations.add("/to", "in_past", "papers cannot be opened for days that are over");
    }
    if (to - from).num_days() > 92 {
        violations.add("/to", "too_long", "papers are open for at most three months");
    }
    violations.finish()?;
    if let Some(agency) = form.agency {
        known_agency(session, Some(agency), "/agency")?;
    }
    if let Some(person) = form.person {
        if Some(person) == session.principal.person() {
            return Err(Problem::field(Kind::NotAllowed, "/person", "oneself", "nobody invites themselves"));
        }
        let member = registry::members(session)?.iter().any(|m| m.person == person);
        if !member {
            return Err(Problem::field(Kind::Invalid, "/person", "unknown_person", "must be a member of this panel"));
        }
    }
    Ok(())
}
