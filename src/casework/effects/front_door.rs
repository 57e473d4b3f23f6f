//! Effects of the front door. Police grounds go to `police`; only their words for others go to `police_outcome`.
//! Nothing here may copy the one into the other.

use super::Done;
use crate::casework::category::Category as C;
use crate::casework::content::triage::{OnwardOutcome, OnwardService, TriageOutcome};
use crate::casework::engine::{Change, Part};
use crate::casework::role::Role;
use crate::casework::state::{CaseOutcome, Gateway, OnwardFact, Screening, Section36};
use crate::error::Problem;
use serde_json::{Map, Value};

pub fn record_triage(c: &mut Change<'_>) -> Done {
    c.state().triaged_on = Some(c.on);
    Ok(())
}

pub fn finish_screening(c: &mut Change<'_>) -> Done {
    c.state().screening = Screening::Done;
    c.state().screened_on = Some(c.on);
    Ok(())
}

pub fn agree_closure(c: &mut Change<'_>) -> Done {
    c.state().closure_agreed_by = c.input.actor.person;
    c.state().closure_agreed_on = Some(c.on);
    Ok(())
}

pub fn advise_and_close(c: &mut Change<'_>) -> Done {
    let outcome = match c.content.close_at_triage()?.outcome {
        TriageOutcome::AdviceGiven => CaseOutcome::AdviceGiven,
        TriageOutcome::Signposted => CaseOutcome::Signposted,
        TriageOutcome::NoConcern => CaseOutcome::NoConcern,
    };
    c.state().outcome = Some(outcome);
    Ok(())
}

pub fn refer_onward(c: &mut Change<'_>) -> Done {
    let form = c.content.onward_referral()?;
    let (due, redirects) = (form.due, form.service == OnwardService::AnotherArea);
    let fields = c.content.fields()?;
    let record = c.record(C::Triage, "onward_referral", fields, Vec::new());
    let made_on = c.on;
    c.state().onward.push(OnwardFact { record, made_on, due, redirects });
    Ok(())
}

pub fn acknowledge_onward(c: &mut Change<'_>) -> Done {
    let form = c.content.onward_answer()?;
    let (answered, declined, on) = (form.onward_referral, form.answer == OnwardOutcome::Declined, c.on);
    let taken = form.answer == OnwardOutcome::Accepted;
    let redirected = c.before.onward.iter().any(|o| o.record == answered && o.redirects);
    let state = c.state();
    if declined && state.led_elsewhere == Some(answered) {
        // Whom the panel named will not lead: it waits no longer for them, and decides afresh.
        state.onward.iter_mut().filter(|o| o.record == answered).for_each(|o| o.due = o.due.min(on));
        return Ok(());
    }
    state.onward.retain(|o| o.record != answered);
    if state.led_elsewhere == Some(answered) {
        state.led_elsewhere = None;
    }
    if redirected && taken {
        state.redirected_on = Some(on);
    }
    Ok(())
}

pub fn tell_referrer(c: &mut Change<'_>) -> Done {
    c.state().referrer_told = c.content.referrer_notice()?.progress;
    Ok(())
}

fn gateway(c: &mut Change<'_>, gateway: Gateway) {
    c.state().gateway = gateway;
    c.state().gateway_on = Some(c.on);
}

pub fn send_to_gateway(c: &mut Change<'_>) -> Done {
    gateway(c, Gateway::Sent);
    Ok(())
}

pub fn gateway_clear(c: &mut Change<'_>) -> Done {
    gateway(c, Gateway::Clear);
    police_words(c, "gatewayAnswer")
}

pub fn gateway_not_suitable(c: &mut Change<'_>) -> Done {
    gateway(c, Gateway::NotSuitable);
    police_words(c, "gatewayAnswer")
}

pub fn gateway_police_led(c: &mut Change<'_>) -> Done {
    gateway(c, Gateway::PoliceLed);
    police_words(c, "gatewayAnswer")
}

pub fn gateway_recheck(c: &mut Change<'_>) -> Done {
    gateway(c, Gateway::Recheck);
    police_words(c, "gatewayRecheck")
}

/// The statement does not say which answer it comes with: who may know the kind reads it in the state.
pub(super) fn police_words(c: &mut Change<'_>, field: &str) -> Done {
    let mut words = c.content.fields()?;
    if let Some(statement) = words.remove("statementForOthers") {
        let mut fields = Map::new();
        fields.insert("statement".to_owned(), statement);
        c.record(C::PoliceOutcome, "statement", fields, Vec::new());
    }
    let mut police = Map::new();
    police.insert(field.to_owned(), Value::Object(c.marked(words)));
    c.out.singles.push((C::Police, police));
    Ok(())
}

pub fn section36_decide(c: &mut Change<'_>) -> Done {
    let by_police = c.input.actor.role == Some(Role::Police);
    c.state().section36 = if by_police { Section36::DecidedByPolice } else { Section36::DecidedByCouncil };
    c.state().section36_on = Some(c.on);
    Ok(())
}

pub fn section36_decline(c: &mut Change<'_>) -> Done {
    c.state().section36 = Section36::Declined;
    c.state().section36_on = Some(c.on);
    Ok(())
}

pub fn record_assessment(c: &mut Change<'_>) -> Done {
    let form = c.content.assessment()?;
    let (dated, author) = (form.dated(c.on), c.input.actor.person);
    let countersigned = form.held_elsewhere.as_ref().is_some_and(|h| h.countersigned);
    c.state().assessed_on = Some(dated);
    // Held elsewhere, the author is a name in another system; whoever keys it in is still no second reader of it.
    c.state().assessed_by = author;
    c.state().assessed_at = Some(c.input.recorded);
    c.state().countersigned_on = countersigned.then_some(dated);
    let mut fields = c.content.fields()?;
    let parts = take_foreign_evidence(&mut fields)?;
    c.record(C::Assessment, "assessment", fields, parts);
    Ok(())
}

/// Takes evidence that came from another category out of the assessment, leaving the factor's rating and the fact that
/// its evidence is elsewhere; whoever may read both sees it whole.
fn take_foreign_evidence(fields: &mut Map<String, Value>) -> Result<Vec<Part>, Problem> {
    let mut parts: Vec<(C, Vec<Value>)> = Vec::new();
    let factors = fields.get_mut("full").and_then(|f| f.get_mut("factors")).and_then(Value::as_array_mut);
    for factor in factors.into_iter().flatten() {
        let code = factor.get("factor").cloned().unwrap_or_default();
        let Some(evidence) = factor.get_mut("evidence").and_then(Value::as_array_mut) else {
            continue;
        };
        let mut own = Vec::new();
        for item in std::mem::take(evidence) {
            let source = item.get("sourceCategory").and_then(Value::as_str).map(str::parse::<C>);
            let Some(category) = source else {
                own.push(item);
                continue;
            };
            let category = category.map_err(|()| Problem::internal("a category that has no name"))?;
            let mut part = Map::new();
            part.insert("factor".to_owned(), code.clone());
            part.insert("text".to_owned(), item.get("text").cloned().unwrap_or_default());
            match parts.iter_mut().find(|(c, _)| *c == category) {
                Some((_, list)) => list.push(Value::Object(part)),
                None => parts.push((category, vec![Value::Object(part)])),
            }
        }
        *evidence = own;
    }
    Ok(parts
        .into_iter()
        .map(|(category, list)| (category, Map::from_iter([("evidence".to_owned(), Value::Array(list))])))
        .collect())
}

pub fn countersign(c: &mut Change<'_>) -> Done {
    c.state().countersigned_on = Some(c.on);
    Ok(())
}

pub fn list_for_panel(c: &mut Change<'_>) -> Done {
    c.out.listed_for = Some(c.content.panel_listing()?.meeting_date);
    Ok(())
}
