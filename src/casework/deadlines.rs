//! What is due next on a case, when, whose it is, and how late.
//! It must never run a clock that a hold has stopped. A reader who is shown only `paused` is shown no due date.

use super::agenda::settled_without_consent;
use super::calendar::{Calendar, months_after, put_off};
use super::majority::rests_on_a_parent;
use super::role::{Role, Unit};
use super::rules::Rules;
use super::state::{ConsentTrack, Gateway, Hold, Section36, Stage, State};
use super::transitions;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The next thing to be done. `what` is a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub on: NaiveDate,
    pub what: &'static str,
}

/// How a due thing stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lateness {
    OnTime,
    DueSoon,
    Overdue,
    /// Overdue for so long that the chair is to know.
    Escalated,
}

impl Due {
    pub fn lateness(self, today: NaiveDate, calendar: &Calendar, rules: &Rules) -> Lateness {
        if today >= self.escalates_on(calendar, rules) {
            Lateness::Escalated
        } else if today > self.on {
            Lateness::Overdue
        } else if calendar.working_days_between(today, self.on) <= usize::from(rules.due_soon_days) {
            Lateness::DueSoon
        } else {
            Lateness::OnTime
        }
    }

    /// The first day on which it has been overdue for too long.
    pub fn escalates_on(self, calendar: &Calendar, rules: &Rules) -> NaiveDate {
        calendar.add_working_days(self.on, rules.escalate_after_days.saturating_add(1), &[])
    }

    /// Whether it is this role's to do, at this stage.
    pub fn is_for(self, stage: Stage, role: Role, unit: Option<Unit>) -> bool {
        let steps = done_by(self.what).iter().filter_map(|name| transitions::find(name));
        steps.filter(|t| t.from.contains(&stage)).any(|t| t.open_to(role, unit))
    }
}

/// The steps by which a due thing is done.
pub fn done_by(what: &str) -> &'static [&'static str] {
    match what {
        "acknowledge_onward" => &["acknowledge_onward"],
        "answer_gateway" => &["gateway_clear", "gateway_not_suitable", "gateway_police_led"],
        "ask_consent_anew" => &["ask_consent_anew", "ask_consent"],
        "begin_triage" => &["begin_triage"],
        "chase_consent" => &["ask_consent", "give_consent", "consent_not_reachable"],
        "close" => &["post_exit_no_further_action", "close"],
        "decide_section36" => &["section36_decide", "section36_decline"],
        "decide_triage" => &["advise_and_close", "send_to_gateway", "begin_assessment"],
        "first_panel" => &["list_for_panel", "adopt", "not_adopt", "defer"],
        "panel_review" => &["adopt", "not_adopt", "remain", "exit"],
        "post_exit_review" => &["post_exit_review"],
        "reassess" => &["record_assessment"],
        "look_at_missed_sessions" => &["end_commission", "pause_commission", "pause_support", "remain", "revise_plan"],
        "review_hold" => &["release_hold"],
        "review_police_led" => &["gateway_recheck"],
        _ => &[],
    }
}

struct Clocks<'a> {
    state: &'a State,
    calendar: &'a Calendar,
    rules: &'a Rules,
}

/// The earliest of what is due; none on a case that is closed.
pub fn due(state: &State, calendar: &Calendar, rules: &Rules) -> Option<Due> {
    if !state.stage.is_open() {
        return None;
    }
    if state.hold != Hold::None {
        return state.hold_review_on.map(|on| Due { on, what: "review_hold" });
    }
    let clocks = Clocks { state, calendar, rules };
    let onward = state.onward.iter().map(|o| o.due).min().map(|on| Due { on, what: "acknowledge_onward" });
    [clocks.of_gateway(), clocks.of_stage(), clocks.of_majority(), onward].into_iter().flatten().min()
}

/// What only those may be told of who read of sessions. It gives a chair no sight of a case: whatever is in support is the
/// panel's already, and before every meeting of it.
pub fn due_of_sessions(state: &State, rules: &Rules) -> Option<Due> {
    let told = state.missed_sessions(rules).filter(|_| state.hold == Hold::None);
    told.map(|on| Due { on, what: "look_at_missed_sessions" })
}

impl Clocks<'_> {
    fn days(&self, from: NaiveDate, days: u16, what: &'static str) -> Due {
        Due { on: self.calendar.add_working_days(from, days, &self.state.held), what }
    }

    fn months(&self, from: NaiveDate, months: u32, what: &'static str) -> Due {
        Due { on: put_off(from, months_after(from, months), &self.state.held), what }
    }

    fn of_gateway(&self) -> Option<Due> {
        let on = self.state.gateway_on?;
        match self.state.gateway {
            Gateway::Sent | Gateway::Recheck => Some(self.days(on, self.rules.gateway_answer_days, "answer_gateway")),
            Gateway::PoliceLed => Some(self.months(on, self.rules.police_led_review_months, "review_police_led")),
            Gateway::NotSent | Gateway::Clear | Gateway::NotSuitable => None,
        }
    }

    fn of_stage(&self) -> Option<Due> {
        let state = self.state;
        match state.stage {
            Stage::Referred => Some(self.days(state.received_on, self.rules.begin_triage_days, "begin_triage")),
            // While police have the question, theirs is the clock that runs.
            Stage::Triage if self.of_gateway().is_some() => None,
            Stage::Triage => Some(self.days(
                state.stage_on.max(state.gateway_on.unwrap_or(state.stage_on)),
                self.rules.triage_decision_days,
                "decide_triage",
            )),
            Stage::Assessment => Some(self.of_assessment()),
            Stage::Panel => Some(self.of_panel()),
            Stage::Consent => Some(self.of_consent()),
            Stage::Intervention => Some(self.of_intervention()),
            Stage::Exited => self.of_exit(),
            Stage::Closed | Stage::Erased => None,
        }
    }

    /// To ask somebody for their own consent before a parent's ends.
    fn of_majority(&self) -> Option<Due> {
        let waits = rests_on_a_parent(self.state) && self.state.asked_anew_on.is_none();
        self.state.ask_anew_by.filter(|_| waits).map(|on| Due { on, what: "ask_consent_anew" })
    }

    fn of_assessment(&self) -> Due {
        match (self.state.section36, self.state.section36_on) {
            (Section36::None, _) | (_, None) => {
                self.days(self.state.stage_on, self.rules.section36_days, "decide_section36")
            }
            (_, Some(on)) => self.days(on, self.rules.first_panel_days, "first_panel"),
        }
    }

    fn of_panel(&self) -> Due {
        if let Some(on) = self.state.next_review_on {
            return Due { on, what: "panel_review" };
        }
        let from = self.state.section36_on.unwrap_or(self.state.stage_on);
        self.days(from, self.rules.first_panel_days, "first_panel")
    }

    fn of_consent(&self) -> Due {
        let state = self.state;
        if let Some(settled) = settled_without_consent(state) {
            let owed = state.onward.iter().filter(|onward| Some(onward.record) == state.led_elsewhere).map(|o| o.due);
            return self.days(owed.fold(settled, NaiveDate::max), self.rules.close_days, "close");
        }
        let chase =
            self.months(state.consent_on.unwrap_or(state.stage_on), self.rules.consent_chase_months, "chase_consent");
        match state.consent {
            ConsentTrack::Refused | ConsentTrack::Withdrawn | ConsentTrack::NotReachable => {
                state.reassess_on.map_or(chase, |on| Due { on, what: "reassess" })
            }
            ConsentTrack::LapsedAt18 => Due { what: "ask_consent_anew", ..chase },
            ConsentTrack::NotSought | ConsentTrack::Asked | ConsentTrack::Given => chase,
        }
    }

    fn of_intervention(&self) -> Due {
        let assessed = self.state.assessed_on.unwrap_or(self.state.stage_on);
        let reassess = self.months(assessed, self.rules.assessment_max_age_months, "reassess");
        let review = self.state.next_review_on.map(|on| Due { on, what: "panel_review" });
        review.map_or(reassess, |r| r.min(reassess))
    }

    /// Review dates are counted from the exit and fixed: a late review does not put the next one off.
    fn of_exit(&self) -> Option<Due> {
        let exited = self.state.exited_on?;
        let next = self.rules.post_exit_review_months.get(usize::from(self.state.post_exit_reviews));
        Some(match next {
            Some(months) => self.months(exited, *months, "post_exit_review"),
            None => self.days(self.state.last_post_exit_review_on.unwrap_or(exited), self.rules.close_days, "close"),
        })
    }
}
