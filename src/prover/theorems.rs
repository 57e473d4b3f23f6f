//! The theorems: each a file with one `permit` that must have nothing in common with the policies, and what it claims in
//! plain English. It must never hold a theorem without a claim, for the claims are what people read.

use super::ProverError;
use cedar_policy::{ActionConstraint, Authorizer, Decision, Effect, Entities, Policy, PolicyId, PolicySet, Request};
use std::str::FromStr;

macro_rules! theorem_files {
    ($($name:literal,)*) => {
        /// Every theorem's name and text, in the order of the claims for readers.
        pub const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../policies/theorems/", $name, ".cedar"))),)*];
    };
}

theorem_files! {
    "police_detail_is_read_by_counter_terrorism_police",
    "health_detail_is_read_by_health",
    "social_care_detail_is_read_by_social_care_and_mash",
    "education_detail_is_read_by_education",
    "police_detail_is_written_by_counter_terrorism_police",
    "health_detail_is_written_by_health",
    "social_care_detail_is_written_by_social_care_and_mash",
    "education_detail_is_written_by_education",
    "detail_is_never_keyed_for_another",
    "source_is_read_by_police_ct_council_and_chair",
    "source_is_written_by_the_council",
    "monitoring_is_read_by_police_ct_council_and_records",
    "monitoring_is_written_by_police_ct_and_council",
    "social_care_summary_is_written_by_its_owner",
    "health_summary_is_written_by_its_owner",
    "education_summary_is_written_by_its_owner",
    "police_outcome_is_written_by_its_owner",
    "only_the_council_keys_for_others",
    "the_common_record_is_written_by_police_ct_and_council",
    "triage_is_written_by_mash_and_council",
    "assessment_consent_and_brief_are_written_by_police_ct_and_council",
    "the_plan_is_written_by_the_council",
    "the_panel_record_is_written_by_council_and_chair",
    "the_log_is_written_by_social_care_police_ct_and_council",
    "safety_alerts_are_written_by_those_who_visit",
    "sessions_are_written_by_their_provider",
    "working_papers_are_answered_by_the_one_who_is_asked",
    "working_papers_are_read_by_the_one_who_is_asked",
    "sessions_are_read_by_few",
    "the_brief_is_read_by_few",
    "the_log_is_read_by_few",
    "ideology_and_consent_are_not_for_partners_and_education",
    "tracks_are_shown_to_police_council_chair_and_mash",
    "auditors_see_the_process_and_no_category",
    "auditors_look_at_cases_only_to_audit",
    "auditors_see_no_referral",
    "administrators_know_no_case",
    "administrators_only_administer",
    "referrers_know_no_case",
    "a_referral_is_read_by_those_who_sent_it",
    "feedback_is_read_by_sender_and_council",
    "feedback_is_given_by_the_council",
    "partner_systems_submit_and_read_feedback",
    "providers_have_a_case_only_under_a_commission",
    "providers_read_no_summary_and_no_detail",
    "providers_do_nothing_to_a_case_but_their_own_work",
    "providers_work_only_on_their_own",
    "guests_have_only_their_item",
    "guests_read_little_and_write_nothing",
    "local_police_read_three_categories",
    "agencies_have_only_cases_they_have_a_part_in",
    "an_agency_only_asked_sees_little",
    "mash_leaves_the_case_after_triage",
    "the_hub_only_asked_sees_little",
    "the_chair_has_cases_that_come_to_the_panel",
    "records_have_closed_cases",
    "records_read_no_detail_and_no_source",
    "records_chair_and_auditors_write_no_category_but_the_panel",
    "only_a_chair_decides",
    "a_step_is_taken_by_whom_the_table_names",
    "a_correction_mends_ones_own",
    "an_action_is_managed_by_its_owner",
    "corrections_are_for_those_who_write",
    "a_recusal_is_recorded_by_the_chair",
    "who_opened_a_case_is_told_to_its_chair",
    "a_case_is_restricted_by_few",
    "assigning_and_joining_are_the_councils",
    "asking_linking_and_commissioning_are_for_council_and_police_ct",
    "the_agenda_is_made_by_council_and_chair",
    "a_question_is_answered_by_whom_it_was_put_to",
    "an_offer_is_answered_by_its_provider",
    "the_access_log_is_read_by_auditors",
    "the_log_is_taken_away_by_auditors_who_just_signed_in",
    "search_is_for_those_who_take_contacts_in",
    "consultations_are_keyed_and_read_by_few",
    "a_case_is_taken_over_by_the_council",
    "a_transfer_is_for_chair_and_coordinator",
    "transfers_are_listed_to_chair_and_coordinator",
    "agencies_are_listed_to_those_who_run_the_panel",
    "referrals_are_submitted_by_those_who_meet_people",
    "no_one_confirms_what_they_proposed_or_hold",
    "only_a_sponsor_of_the_receiving_agency_confirms_a_membership",
    "only_a_sponsor_of_the_council_confirms_an_agreement",
    "confirming_needs_a_recent_sign_in",
    "only_administrators_propose_and_never_for_themselves",
    "only_administrators_register_and_suspend",
    "an_auditor_has_no_other_role_in_the_panel",
    "an_administrator_has_no_other_role_in_the_panel",
    "no_auditor_and_no_administrator_is_a_sponsor",
    "memberships_are_seen_and_ended_by_administrators_and_the_agencys_sponsor",
    "agreements_are_seen_and_ended_by_few",
    "members_and_agreements_are_listed_to_administrators_and_sponsors",
    "meetings_are_held_by_council_and_chair",
    "who_came_is_known_to_council_chair_and_auditors",
    "meetings_are_no_business_of_referrers_providers_and_administrators",
    "minutes_are_written_by_council_and_chair",
    "a_broken_glass_is_told_to_chairs_and_auditors",
    "signals_are_read_by_auditors",
    "the_digest_is_never_for_auditors_and_administrators",
    "break_glass_never_opens_police_health_or_source",
    "break_glass_reads_ten_categories_and_does_nothing_else",
    "nothing_behind_a_glass_that_is_whole",
    "no_transfer_behind_a_broken_glass",
    "the_glass_is_broken_by_named_roles",
    "the_glass_is_broken_under_its_own_purpose",
    "breaking_the_glass_needs_a_recent_sign_in",
    "nothing_across_panels",
    "nothing_without_a_membership_in_force",
    "nothing_without_confirmation",
    "nothing_for_the_suspended",
    "nothing_without_strong_sign_in",
    "nothing_without_a_purpose",
    "roles_fit_their_agency",
    "no_case_without_an_agreement",
    "no_category_without_an_agreement_that_covers_it",
    "no_list_or_search_without_an_agreement",
    "no_others_referral_without_an_agreement",
    "no_transfer_without_an_agreement",
    "nothing_for_the_recused",
    "nothing_off_the_restricted_list",
    "matching_is_no_persons_purpose",
    "retention_and_rights_are_purposes_of_records",
    "an_erased_case_opens_to_no_one",
    "a_closed_case_opens_to_records_or_with_a_reason",
    "a_closed_case_is_not_rewritten",
    "a_closed_case_starts_no_work",
    "the_matcher_reads_identity_and_contact",
    "intake_writes_at_the_very_beginning",
    "the_records_job_finds_closed_cases",
    "the_notifier_tells_that_something_is_due",
    "erasure_is_proposed_by_records",
    "erasure_needs_two",
    "erasing_is_the_erasers_and_only_of_what_two_decided",
    "erasure_is_taken_back_by_records_chair_or_the_eraser",
    "erasure_needs_a_recent_sign_in",
    "holding_and_keeping_are_for_records",
    "retention_papers_are_between_records_and_chair",
    "for_retention_the_chair_takes_no_other_step",
    "the_eraser_does_nothing_else",
    "the_agenda_job_lists_and_opens_nothing",
    "the_timekeeper_escalates_alone",
    "a_parents_consent_is_ended_by_its_own_job",
    "the_courier_carries_and_brings_answers_home",
    "a_transfers_intake_writes_at_the_very_beginning",
    "the_sequencer_orders_the_log_alone",
    "no_unknown_job_does_anything",
}

/// What the policies must never allow.
#[derive(Debug, Clone)]
pub struct Theorem {
    id: String,
    about: String,
    claim: String,
    policy: Policy,
    of_every_action: bool,
}

impl Theorem {
    /// From a file named like its `@id`, with `@about` (a heading) and `@claim` (one sentence).
    ///
    /// # Errors
    /// Where the text is anything but one such `permit`.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProverError> {
        let fault = |fault| ProverError::Theorem { file: format!("{name}.cedar"), fault };
        let set = PolicySet::from_str(text).map_err(|_| fault("is not Cedar"))?;
        let mut policies = set.policies();
        let (Some(policy), None) = (policies.next(), policies.next()) else {
            return Err(fault("must hold one policy"));
        };
        if policy.effect() != Effect::Permit {
            return Err(fault("must be a permit: what must never be allowed"));
        }
        let said = |key| policy.annotation(key).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let id = said("id").filter(|id| id == name).ok_or_else(|| fault("must have its file's name as @id"))?;
        let about = said("about").ok_or_else(|| fault("has no @about"))?;
        let claim = said("claim").filter(|claim| claim.ends_with('.')).ok_or_else(|| fault("has no @claim"))?;
        let form = policy.to_json().map_err(|_| fault("has no JSON form"))?.to_string();
        let of_every_action =
            policy.action_constraint() == ActionConstraint::Any && !form.contains(r#""Var":"action""#);
        Ok(Self { of_every_action, policy: policy.new_id(PolicyId::new(&id)), id, about, claim })
    }

    /// All of them.
    ///
    /// # Errors
    /// The first that is none.
    pub fn all() -> Result<Vec<Self>, ProverError> {
        FILES.iter().map(|(name, text)| Self::parse(name, text)).collect()
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn about(&self) -> &str {
        &self.about
    }

    pub fn claim(&self) -> &str {
        &self.claim
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether this is a request that must never be allowed.
    pub fn excludes(&self, request: &Request, entities: &Entities) -> bool {
        PolicySet::from_policies([self.policy.clone()])
            .is_ok_and(|alone| Authorizer::new().is_authorized(request, &alone, entities).decision() == Decision::Allow)
    }

    /// Neither its scope nor its conditions look at the action.
    pub(super) fn is_of_every_action(&self) -> bool {
        self.of_every_action
    }
}
