//! Sharing agreements: proposed by an administrator, confirmed for the panel's council by its sponsor, ended by either end.
//! One that is not confirmed opens no category; none may be without an end.

use super::answer::{Answer, Reply};
use super::appointments::{self, check_term, must_be_proposed, must_not_be_ended, next, own_person};
use super::enrolled::{self, Enrolled};
use super::registry;
use super::session::{Session, refuse_unless};
use crate::access::{AgreementFacts, AgreementVerb, SharingAgreement, Standing};
use crate::casework::category::Category;
use crate::casework::form;
use crate::casework::ids::{AgencyId, AgreementId};
use crate::error::{Problem, Violations};
use crate::ledger::entry::DetailValue;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAgreement {
    #[schema(value_type = String, format = "uuid")]
    pub agency: AgencyId,
    /// Of the paper that was signed.
    pub reference: String,
    /// What the agency may receive and write.
    #[schema(value_type = Vec<String>)]
    pub categories: BTreeSet<Category>,
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// The last day; at most so many months after `from` as the service's configuration says (60).
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementProposed {
    #[schema(value_type = String, format = "uuid")]
    pub id: AgreementId,
    /// `proposed`.
    #[schema(value_type = String)]
    pub state: Standing,
}

super::opaque!(NewAgreement);

/// The very same proposal sent twice is made once.
///
/// # Errors
/// `invalid`, naming every field and rule; the policies' refusal.
pub fn propose_agreement(session: &Session<'_>, form: &NewAgreement) -> Result<Answer, Problem> {
    let facts = AgreementFacts {
        id: AgreementId::new(),
        agency: form.agency,
        panel: session.panel(),
        reference: form.reference.clone(),
        categories: form.categories.clone(),
        from: form.from,
        to: form.to,
        proposed_by: own_person(session)?,
        confirmed_by: None,
        confirmed_at: None,
        ended: false,
        version: 1,
    };
    let about = SharingAgreement::derive(&facts);
    refuse_unless(&session.evaluator.agreement(AgreementVerb::ProposeAgreement, about))?;
    check(session, &facts)?;
    let known = registry::agreements(session)?;
    if let Some(same) = known.iter().find(|a| AgreementFacts { id: a.id, ..facts.clone() } == ***a) {
        let detail = vec![("agreement", DetailValue::Id(same.id.0))];
        return Ok(session.show(proposed(same.id)?, Vec::new(), detail));
    }
    let reply = proposed(facts.id)?;
    write(session, facts, reply)
}

fn proposed(id: AgreementId) -> Result<Reply, Problem> {
    Reply::json(201, &AgreementProposed { id, state: Standing::Proposed })
}

fn check(session: &Session<'_>, facts: &AgreementFacts) -> Result<(), Problem> {
    let mut violations = Violations::default();
    form::text(&facts.reference, "/reference", 200, &mut violations);
    check_term(facts.from, facts.to, session.service.rules.agreement_months, &mut violations);
    if facts.to < session.today {
        violations.add("/to", "too_early", "the last day has passed");
    }
    match appointments::agency(session, facts.agency)? {
        None => violations.add("/agency", "unknown_agency", "must be an agency that is registered"),
        Some(agency) if agency.suspended => violations.add("/agency", "suspended", "this agency is suspended"),
        Some(_) => {}
    }
    violations.finish()
}

/// # Errors
/// `not-found` for one the caller may not know of; `conflict` where it is no proposal any more; `step-up-required`; the
/// policies' refusal.
pub fn confirm_agreement(session: &Session<'_>, id: AgreementId) -> Result<Answer, Problem> {
    let facts = appointments::agreement(session, id, AgreementVerb::ConfirmAgreement)?.into_inner();
    must_be_proposed(facts.standing(session.today))?;
    let version = next(facts.version)?;
    let confirmed =
        AgreementFacts { confirmed_by: Some(own_person(session)?), confirmed_at: Some(session.now), version, ..facts };
    write(session, confirmed, Reply::empty(204))
}

/// At once: from the agency's next request it opens nothing.
///
/// # Errors
/// As [`confirm_agreement`].
pub fn end_agreement(session: &Session<'_>, id: AgreementId) -> Result<Answer, Problem> {
    let facts = appointments::agreement(session, id, AgreementVerb::EndAgreement)?.into_inner();
    must_not_be_ended(facts.ended)?;
    let version = next(facts.version)?;
    write(session, AgreementFacts { ended: true, version, ..facts }, Reply::empty(204))
}

fn write(session: &Session<'_>, facts: AgreementFacts, reply: Reply) -> Result<Answer, Problem> {
    let detail = vec![("agreement", DetailValue::Id(facts.id.0)), ("agency", DetailValue::Id(facts.agency.0))];
    let row = enrolled::agreement(&session.service.sealer, facts)?;
    Ok(session.change(reply, vec![row.mark()], detail, move |tx| Ok(tx.put_agreement(&row)?)))
}
