//! What guidance and local practice set and an authority may change: terms, ages of papers, review months.
//! It must never hold what an Act fixes; that is code, with its section.

use super::role::AgencyKind;
use serde::{Deserialize, Serialize};

/// Configuration with the defaults of DOMAIN §2. Days are working days; months are calendar months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    pub begin_triage_days: u16,
    pub triage_decision_days: u16,
    /// "On average takes up to 5 days": an average, so an alarm and not a limit.
    pub gateway_answer_days: u16,
    pub police_led_review_months: u32,
    /// Partners answer, then the section 36 decision is made.
    pub section36_days: u16,
    /// From the section 36 decision to the first panel.
    pub first_panel_days: u16,
    pub consent_chase_months: u32,
    /// In support, and at exit, no assessment may be older.
    pub assessment_max_age_months: u32,
    /// Months after exit at which the panel looks again.
    pub post_exit_review_months: Vec<u32>,
    /// How many calendar days before its date a post-exit review may be held: panels meet monthly.
    pub post_exit_review_early_days: u16,
    /// How many working days before a meeting its papers open, and how many calendar days after it they close.
    pub papers_open_days: u16,
    pub papers_close_days: u16,
    /// Kinds of agency that must sit beside chair and police for a decision to stand (s.37(4)).
    pub quorum_also: Vec<AgencyKind>,
    /// After so many attempts, or so many working days since adoption, consent that nobody gave comes before the panel.
    pub consent_attempts: u16,
    pub consent_days: u16,
    /// So many sessions missed in a row are brought to the coordinator and the panel.
    pub missed_sessions: u16,
    /// How many working days before its date a thing is due soon.
    pub due_soon_days: u16,
    /// Overdue for more working days than this, a case is brought to the chair.
    pub escalate_after_days: u16,
    /// How many calendar days before a child in support is 18, at the least, somebody is told to ask them for their own
    /// consent. It is counted from the beginning of the birthday's month to that of another, so that the day tells no birthday.
    pub coming_of_age_days: u16,
    /// The shortest time in working days in which that is to be done.
    pub ask_anew_days: u16,
    /// From the last post-exit review to closure.
    pub close_days: u16,
    /// How many calendar days before the end of a sharing agreement its agency's people are warned.
    pub agreement_warning_days: u16,
    /// How long a membership may run before somebody must say yes to it again.
    pub membership_months: u32,
    /// The same of a sharing agreement.
    pub agreement_months: u32,
    /// The longest that a glass stays broken; never above three, whatever is set.
    pub break_glass_hours: u8,
    /// So many refusals of one person, within so many minutes, are a signal.
    pub refusals_in_series: u32,
    pub refusals_within_minutes: u32,
    /// More cases opened in a day than this, and than so many times the person's own median, are a signal.
    pub reads_a_day: u32,
    pub reads_times_usual: u32,
    /// The most days of the log that one list may be about.
    pub ledger_days: u16,
    /// How long a case is kept after the person left the programme.
    pub retention_years: u32,
    /// The same, when somebody must look earlier: at a child's case, at one that was never adopted.
    pub child_review_months: u32,
    pub not_adopted_review_months: u32,
    /// Calendar days from the second person's word to the erasure, in which either may take it back.
    pub erasure_delay_days: u16,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            begin_triage_days: 2,
            triage_decision_days: 1,
            gateway_answer_days: 5,
            police_led_review_months: 1,
            section36_days: 10,
            first_panel_days: 20,
            consent_chase_months: 1,
            assessment_max_age_months: 3,
            post_exit_review_months: vec![6, 12],
            post_exit_review_early_days: 31,
            papers_open_days: 5,
            papers_close_days: 5,
            quorum_also: Vec::new(),
            consent_attempts: 3,
            consent_days: 20,
            missed_sessions: 2,
            due_soon_days: 3,
            escalate_after_days: 5,
            coming_of_age_days: 60,
            ask_anew_days: 5,
            close_days: 10,
            agreement_warning_days: 30,
            membership_months: 24,
            agreement_months: 60,
            break_glass_hours: 3,
            refusals_in_series: 10,
            refusals_within_minutes: 10,
            reads_a_day: 20,
            reads_times_usual: 3,
            ledger_days: 400,
            retention_years: 6,
            child_review_months: 12,
            not_adopted_review_months: 36,
            erasure_delay_days: 30,
        }
    }
}
