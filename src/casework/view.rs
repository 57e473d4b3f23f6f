//! What each reader is shown of where a case stands.
//! It must never let a hold, a gateway answer or a police outcome be told apart by somebody who sees only `paused`.

use super::category::Category;
use super::role::Role;
use super::state::{CaseOutcome, ConsentTrack, Gateway, Hold, Progress, Screening, Section36, Stage, State, Transfer};
use chrono::NaiveDate;
use serde::Serialize;

/// A state as one reader sees it. What the reader may not see is absent, whatever it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateView {
    /// For a referrer alone, and alone for a referrer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub stage_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screening: Option<Screening>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section36: Option<Section36>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentTrack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<CaseOutcome>,
    /// By kind, for police, council, chair and mash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_blocked: Option<bool>,
    /// For everyone else: something waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub next_review_on: Option<NaiveDate>,
}

/// Whether this reader is told which hold and which gateway answer it is (DESIGN §3).
pub fn sees_kind(role: Role) -> bool {
    matches!(role, Role::Police | Role::Council | Role::Chair | Role::Mash)
}

fn works_the_case(role: Role) -> bool {
    matches!(role, Role::Council | Role::Chair | Role::Police | Role::Mash)
}

/// What a broken glass shows of `state`, whoever broke it: where the case stands, and that something waits.
pub fn behind_glass(state: &State) -> StateView {
    let plain = view_of(state, Role::SocialCare, false, &|_| false);
    StateView { stage: plain.stage, stage_on: plain.stage_on, paused: plain.paused, ..StateView::default() }
}

/// What `role` may see of `state`: a track is a fact of the category it comes from, and of no one who may not read that
/// (`reads`). `kinds`: hold and gateway by kind, which the policies decide. The auditor sees process facts, without kinds; the administrator sees nothing.
pub fn view_of(state: &State, role: Role, kinds: bool, reads: &dyn Fn(Category) -> bool) -> StateView {
    match role {
        Role::Referrer => {
            return StateView { progress: Some(state.referrer_told), ..StateView::default() };
        }
        Role::Administrator => return StateView::default(),
        _ => {}
    }
    let waits = state.hold != Hold::None || !matches!(state.gateway, Gateway::NotSent | Gateway::Clear);
    // An outcome that names the gateway's answer would tell what `paused` hides.
    let outcome = state.outcome.filter(|o| kinds || !matches!(o, CaseOutcome::PoliceLed | CaseOutcome::NotSuitable));
    let works = |category| works_the_case(role) && reads(category);
    StateView {
        progress: None,
        stage: Some(state.stage),
        stage_on: Some(state.stage_on),
        screening: works(Category::Triage).then_some(state.screening),
        section36: works(Category::Assessment).then_some(state.section36),
        consent: reads(Category::Consent).then_some(state.consent),
        transfer: works(Category::Panel).then_some(state.transfer),
        outcome,
        gateway: kinds.then_some(state.gateway),
        hold: kinds.then_some(state.hold),
        contact_blocked: kinds.then_some(state.contact_blocked),
        // A closed case waits for nothing; saying `paused` of it would say how the gateway answered.
        paused: (!kinds).then_some(waits && state.stage.is_open()),
        next_review_on: state
            .next_review_on
            .filter(|_| role == Role::Auditor || (role != Role::Guest && reads(Category::Panel))),
    }
}
