//! How long a closed case is kept, who must look at it and when, and what two people have said of its end.
//! It must never let a case go by itself: its clock says only when somebody has to look.

use super::calendar::months_after;
use super::deadlines::Due;
use super::ids::{PersonId, RecordId};
use super::rules::Rules;
use super::state::{Stage, State};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// What is known of a case's keeping. No personal data: it stands in the header, in clear.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retention {
    /// Known to have been of age when the case closed. Whose age nobody knew is looked at as early as a child
    /// (R (II) v Commissioner of Police of the Metropolis 2020 EWHC 2528 (Admin)).
    pub adult: bool,
    /// What the last review said; none before the first.
    pub kept_until: Option<NaiveDate>,
    /// One of each reason at most. They outlast a reopening.
    pub holds: Vec<LegalHold>,
    pub erasure: Option<Erasure>,
    /// Why the last decision to erase came to nothing, until somebody decides anew.
    pub returned: Option<Returned>,
}

/// While it stands, nothing is erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalHold {
    /// Of the list `legal_hold_reason`.
    pub reason: String,
    pub on: NaiveDate,
    pub by: PersonId,
    /// Where its words are.
    pub record: RecordId,
}

/// What one has proposed and another may have confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Erasure {
    /// Where its grounds are.
    pub record: RecordId,
    pub proposed_by: PersonId,
    pub proposed_on: NaiveDate,
    pub confirmed: Option<Confirmed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmed {
    pub by: PersonId,
    pub on: NaiveDate,
    /// The first day on which it may be carried out: fixed when it is said, whatever the configuration becomes.
    pub erase_on: NaiveDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Returned {
    pub on: NaiveDate,
    pub why: Return,
}

/// Why a decision to erase does not stand any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Return {
    /// One of the two took it back.
    Withdrawn,
    LegalHold,
    /// The person has a case that is open, or that came in since it was proposed.
    OtherCase,
}

impl Return {
    pub fn name(self) -> &'static str {
        match self {
            Return::Withdrawn => "withdrawn",
            Return::LegalHold => "legal_hold",
            Return::OtherCase => "other_case",
        }
    }
}

/// How far a case has come towards its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    None,
    Proposed,
    /// By both, and still within the time in which either may take it back.
    Confirmed,
    /// To be carried out.
    Due,
}

impl Standing {
    pub const ALL: [Standing; 4] = [Standing::None, Standing::Proposed, Standing::Confirmed, Standing::Due];

    pub fn name(self) -> &'static str {
        match self {
            Standing::None => "none",
            Standing::Proposed => "proposed",
            Standing::Confirmed => "confirmed",
            Standing::Due => "due",
        }
    }
}

impl Retention {
    pub fn held(&self) -> bool {
        !self.holds.is_empty()
    }

    pub fn standing(&self, today: NaiveDate) -> Standing {
        match self.erasure.as_ref().map(|erasure| &erasure.confirmed) {
            None => Standing::None,
            Some(None) => Standing::Proposed,
            Some(Some(confirmed)) if today < confirmed.erase_on => Standing::Confirmed,
            Some(Some(_)) => Standing::Due,
        }
    }

    /// What is due next, and when; none on a case that is not closed.
    pub fn due(&self, state: &State, rules: &Rules) -> Option<Due> {
        if state.stage != Stage::Closed {
            return None;
        }
        let review = |on| Due { on, what: "review_retention" };
        Some(match &self.erasure {
            Some(Erasure { confirmed: Some(confirmed), .. }) => Due { on: confirmed.erase_on, what: "erase" },
            Some(Erasure { proposed_on, .. }) => Due { on: *proposed_on, what: "confirm_erasure" },
            None if self.returned.is_some() => review(self.returned.map_or(state.stage_on, |returned| returned.on)),
            None => review(self.kept_until.unwrap_or_else(|| self.first_review(state, rules))),
        })
    }

    /// The whole term counts from leaving the programme; the earlier looks, from closing. A joined case has a clock like
    /// any other: what may not go while the person's case runs is found when it is to go.
    fn first_review(&self, state: &State, rules: &Rules) -> NaiveDate {
        let left = state.exited_on.unwrap_or(state.stage_on);
        let whole = months_after(left, rules.retention_years.saturating_mul(12));
        let child = (!self.adult).then(|| months_after(state.stage_on, rules.child_review_months));
        // Of support that was withdrawn no adopting decision stands; an early look costs nothing.
        let adopted = state.adopted_on.is_some() || state.exited_on.is_some();
        let never = (!adopted).then(|| months_after(state.stage_on, rules.not_adopted_review_months));
        // Nobody has to look before there was anything to look at.
        [child, never].into_iter().flatten().fold(whole, NaiveDate::min).max(state.stage_on)
    }

    /// After a step of the case: whoever is taken up again has no term running, and a new end begins a new one.
    pub fn moved(&mut self, before: &State, after: &State, age: Option<u8>) {
        let closed = |state: &State| state.stage == Stage::Closed;
        if closed(before) == closed(after) {
            return;
        }
        let adult = closed(after) && age.is_some_and(|age| age >= super::calendar::MAJORITY);
        *self = Self { adult, holds: std::mem::take(&mut self.holds), ..Self::default() };
    }

    pub fn confirm(&mut self, by: PersonId, today: NaiveDate, rules: &Rules) {
        let erase_on = today.checked_add_days(Days::new(rules.erasure_delay_days.into())).unwrap_or(NaiveDate::MAX);
        if let Some(erasure) = &mut self.erasure {
            erasure.confirmed = Some(Confirmed { by, on: today, erase_on });
        }
    }

    /// Somebody must decide anew.
    pub fn give_back(&mut self, why: Return, today: NaiveDate) {
        if self.erasure.take().is_some() {
            self.returned = Some(Returned { on: today, why });
        }
    }
}
