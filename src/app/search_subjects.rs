//! "Is this person known?": the panel's identities opened in memory by the matcher, the answer only what the asker may know.
//! It must never find anybody, or say why, by what the asker may not read of the case.
//! The entry says how many were looked at and how many were found; a search must leave no other trace of the question.

use super::add_log_note::check;
use super::answer::{Answer, Reply};
use super::link_cases::Sight;
use super::match_people::{likely, population};
use super::session::Session;
use crate::access::{PanelVerb, Permit, Principal, Purpose, SystemName};
use crate::casework::ids::{CaseId, SubjectId};
use crate::casework::intake::subject_search::SubjectSearch;
use crate::casework::matching::{Born, Identity, RULE_VERSION, prepare};
use crate::casework::state::{CaseOutcome, Stage};
use crate::error::Problem;
use crate::ledger::entry::{DetailValue, Manifest};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

const MOST: usize = 20;

#[derive(Serialize, ToSchema)]
pub struct Found {
    pub subjects: Vec<SubjectFound>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectFound {
    #[schema(value_type = String, format = "uuid")]
    pub case: CaseId,
    #[schema(value_type = String, format = "uuid")]
    pub subject: SubjectId,
    #[schema(value_type = String)]
    pub stage: Stage,
    #[schema(value_type = Option<String>)]
    pub outcome: Option<CaseOutcome>,
    #[schema(value_type = String, format = Date)]
    pub received_on: NaiveDate,
    /// 60 to 100.
    pub score: u8,
    pub reasons: Vec<&'static str>,
}

/// # Errors
/// The form's problems; `purpose-required`; the policies' refusal.
pub fn search_subjects(session: &Session<'_>, form: &SubjectSearch) -> Result<Answer, Problem> {
    session.authorize(PanelVerb::SearchSubjects)?;
    check(form, session)?;
    let matcher = Principal::system(SystemName::Matcher, session.panel());
    let matching = Session::of_job(session.service, &matcher, "searchSubjects", Purpose::Match)?;
    let known = population(&matching)?;
    let wanted = prepare(&identity(form, session.today));
    let mut subjects = Vec::new();
    let mut shown = Vec::new();
    let sight = Sight::of(session);
    // Asked of every case and not of those found: how long it takes must not say that one was found and withheld.
    let permits: BTreeMap<CaseId, Permit> =
        known.iter().filter_map(|one| Some((one.file.id(), sight.permit(&one.file.header)?))).collect();
    for (found, likeness) in likely(&known, &wanted, |one| one.as_read_by(permits.get(&one.file.id())?)) {
        if subjects.len() == MOST {
            break;
        }
        shown.push((found.file.mark(), Manifest::default()));
        let (header, state) = (&found.file.header, &found.file.header.state);
        subjects.push(SubjectFound {
            case: header.case,
            subject: header.subject,
            stage: state.stage,
            outcome: state.outcome,
            received_on: state.received_on,
            score: likeness.score,
            reasons: likeness.reasons.iter().map(|reason| reason.code()).collect(),
        });
    }
    let count = DetailValue::count;
    let detail = vec![
        ("population", count(known.len())),
        ("candidates", count(subjects.len())),
        ("rules", DetailValue::Code(RULE_VERSION)),
    ];
    Ok(session.show(Reply::json(200, &Found { subjects })?, shown, detail))
}

fn identity(form: &SubjectSearch, today: NaiveDate) -> Identity {
    let words = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|t| t.split_whitespace()).map(str::to_owned).collect()
    };
    let born = match (form.date_of_birth, form.approximate_age) {
        (Some(date), _) => Born::Date(date),
        (None, Some(age)) => Born::ApproxAge { age, on: today },
        (None, None) => Born::Unknown,
    };
    Identity {
        forenames: words(&form.forenames),
        surname: form.surname.clone(),
        aliases: form.aliases.clone(),
        born,
        postcodes: form.postcode.iter().cloned().collect(),
        phones: form.phone.iter().cloned().collect(),
        handles: form.email.iter().chain(&form.online_handle).cloned().collect(),
    }
}

super::opaque!(Found, SubjectFound);
