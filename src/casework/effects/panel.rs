//! Effects of the panel's decisions.
//! Taking a case up afresh must leave nothing of the old decisions that a guard could rest on.

use super::Done;
use crate::casework::category::Category as C;
use crate::casework::engine::Change;
use crate::casework::state::{ConsentTrack, Decided, DecisionFact, Gateway, OnwardFact, Section36, Transfer};

/// What every decision leaves behind: which, when, who carries the risk, and when it is looked at again.
fn decided(c: &mut Change<'_>, kind: Decided) -> Done {
    let form = c.content.decision()?;
    let (owner, next) = (form.risk_owner, form.next_review);
    let (on, meeting) = (c.on, Some(form.meeting));
    let state = c.state();
    state.decision = Some(DecisionFact { kind, on, meeting });
    state.unratified = false;
    state.risk_owner = owner.or(state.risk_owner);
    state.next_review_on = next;
    Ok(())
}

fn stopped(c: &mut Change<'_>, kind: Decided) -> Done {
    let form = c.content.stop_support()?;
    let (owner, next) = (form.risk_owner, form.next_review);
    let on = c.on;
    let state = c.state();
    state.decision = Some(DecisionFact { kind, on, meeting: None });
    state.unratified = true;
    state.risk_owner = Some(owner);
    state.next_review_on = Some(next);
    Ok(())
}

pub fn adopt(c: &mut Change<'_>) -> Done {
    c.state().adopted_on = Some(c.on);
    c.state().support_paused = false;
    decided(c, Decided::Adopted)
}

pub fn not_adopt(c: &mut Change<'_>) -> Done {
    decided(c, Decided::NotAdopted)
}

pub fn defer(c: &mut Change<'_>) -> Done {
    decided(c, Decided::Deferred)
}

pub fn remain(c: &mut Change<'_>) -> Done {
    c.state().support_paused = false;
    decided(c, Decided::Remains)
}

pub fn revise_plan(c: &mut Change<'_>) -> Done {
    decided(c, Decided::PlanRevised)
}

pub fn pause_support(c: &mut Change<'_>) -> Done {
    let on = c.on;
    (c.state().support_paused, c.state().paused_on) = (true, Some(on));
    stopped(c, Decided::SupportPaused)
}

pub fn withdraw_support(c: &mut Change<'_>) -> Done {
    c.state().adopted_on = None;
    // Consent was to that support. Another plan is another question.
    forget_consent(c);
    stopped(c, Decided::SupportWithdrawn)
}

/// Where consent is asked for again, nothing of what was refused stands in the way.
pub fn try_consent_again(c: &mut Change<'_>) -> Done {
    let on = c.on;
    forget_lead(c);
    forget_consent(c);
    (c.state().consent_on, c.state().tried_again_on) = (Some(on), Some(on));
    decided(c, Decided::ConsentTriedAgain)
}

/// The case waits for the lead's answer as for that to any onward referral.
pub fn manage_elsewhere(c: &mut Change<'_>) -> Done {
    forget_lead(c);
    let due = c.content.decision()?.managed_by.as_ref().map(|by| by.due);
    let mut fields = c.content.fields()?;
    fields.extend(c.input.sitting.iter().flat_map(|sitting| sitting.told()));
    let record = c.record(C::Panel, "decision", fields, Vec::new());
    let made_on = c.on;
    c.state().onward.extend(due.map(|due| OnwardFact { record, made_on, due, redirects: false }));
    c.state().led_elsewhere = Some(record);
    decided(c, Decided::ManagedElsewhere)
}

pub fn conclude_without_consent(c: &mut Change<'_>) -> Done {
    forget_lead(c);
    decided(c, Decided::ConcludedWithoutConsent)
}

/// Another decision takes the place of the one that named a lead, who need not answer any more.
fn forget_lead(c: &mut Change<'_>) {
    let state = c.state();
    if let Some(record) = state.led_elsewhere.take() {
        state.onward.retain(|onward| onward.record != record);
    }
}

pub fn exit(c: &mut Change<'_>) -> Done {
    let on = c.on;
    let state = c.state();
    state.exited_on = Some(on);
    state.post_exit_reviews = 0;
    state.last_post_exit_review_on = None;
    decided(c, Decided::Exited)
}

pub fn no_further_action(c: &mut Change<'_>) -> Done {
    decided(c, Decided::NoFurtherAction)
}

pub fn reopen(c: &mut Change<'_>) -> Done {
    let on = c.on;
    forget_consent(c);
    super::commission::end_all(c);
    let state = c.state();
    state.gateway = Gateway::Recheck;
    state.gateway_on = Some(on);
    state.section36 = Section36::None;
    state.section36_on = None;
    state.assessed_on = None;
    state.assessed_by = None;
    state.assessed_at = None;
    state.countersigned_on = None;
    state.plan_on = None;
    state.adopted_on = None;
    state.exited_on = None;
    state.outcome = None;
    state.joined = None;
    // What another panel took, or was asked to take, was the case as it ended.
    (state.transfer, state.transfer_on) = (Transfer::None, None);
    decided(c, Decided::Reopened)
}

pub fn return_to_police(c: &mut Change<'_>) -> Done {
    c.state().gateway = Gateway::Recheck;
    c.state().gateway_on = Some(c.on);
    decided(c, Decided::ReturnedToPolice)
}

fn forget_consent(c: &mut Change<'_>) {
    let state = c.state();
    state.consent = ConsentTrack::NotSought;
    state.consent_on = None;
    state.consent_giver = None;
    state.consent_attempts = 0;
    state.tried_again_on = None;
    (state.ask_anew_by, state.asked_anew_on) = (None, None);
    state.reassess_on = None;
}
