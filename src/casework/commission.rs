//! Needs, commissions and sessions as facts: who was asked, who took it on, since when somebody waits, what came of it.
//! No word may enter here: what is needed, and what a brief says, is sealed.

use super::ids::{AgencyId, RecordId};
use super::rules::Rules;
use super::state::{Stage, State, codes};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

codes! {
    /// How far a need has come before anybody is named who might meet it.
    NeedStatus { Needed = "needed", Requested = "requested", Ended = "ended", }
    CommissionStatus {
        Offered = "offered",
        Accepted = "accepted",
        Started = "started",
        Paused = "paused",
        Declined = "declined",
        Ended = "ended",
    }
}

/// A need for support that somebody outside is to give. Those who wait, wait from the day it was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NeedFact {
    pub record: RecordId,
    pub status: NeedStatus,
    pub needed_on: NaiveDate,
    /// When somebody was asked to find a provider.
    pub requested_on: Option<NaiveDate>,
    /// When it took its present status.
    pub status_on: NaiveDate,
}

/// A commission as guards and policy need it: whose, from when to when, and whether taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommissionFact {
    pub record: RecordId,
    pub provider: AgencyId,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub status: CommissionStatus,
    /// When it took its present status.
    pub status_on: NaiveDate,
    /// The need that it answers.
    pub need: Option<RecordId>,
    /// The commission that came to nothing, or to an end, and in whose place it stands.
    pub replaces: Option<RecordId>,
    /// Since when the person waits for what it is to give.
    pub needed_on: NaiveDate,
    /// The day of the first session that was held, or the provider's word for it.
    pub started_on: Option<NaiveDate>,
    pub sessions: SessionCount,
}

impl CommissionFact {
    /// The provider has said yes and nobody has ended it.
    pub fn is_taken(&self) -> bool {
        matches!(self.status, CommissionStatus::Accepted | CommissionStatus::Started | CommissionStatus::Paused)
    }

    pub fn is_over(&self) -> bool {
        matches!(self.status, CommissionStatus::Declined | CommissionStatus::Ended)
    }

    /// Calendar days from the need to the start, or until today; none where it ended before it began.
    pub fn waited(&self, today: NaiveDate) -> Option<i64> {
        let until = self.started_on.or((!self.is_over()).then_some(today))?;
        Some((until - self.needed_on).num_days().max(0))
    }

    /// Since when somebody waits for what takes its place: for what never began, as long as for it.
    pub fn leaves_waiting_since(&self) -> NaiveDate {
        if self.started_on.is_some() { self.status_on } else { self.needed_on }
    }
}

/// Sessions of one commission by result. `awaiting` are planned and not yet accounted for (DOMAIN §6.4: held against planned).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionCount {
    pub awaiting: u16,
    pub held: u16,
    pub missed: u16,
    pub cancelled: u16,
    /// Planned, never accounted for by the provider, and left at that by the council with a reason.
    pub written_off: u16,
    /// Missed one after the other since the last that was held.
    pub missed_in_row: u16,
    pub held_last: Option<NaiveDate>,
    pub missed_last: Option<NaiveDate>,
    /// When the newest miss was told: late, perhaps, and nobody could have known before.
    pub missed_told_on: Option<NaiveDate>,
}

/// What became of a session that is accounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    Held,
    Missed,
    Cancelled,
}

impl SessionCount {
    pub fn plan(&mut self) {
        self.awaiting = self.awaiting.saturating_add(1);
    }

    /// `on`: the session's own day; `told`: today. Sessions are told in any order: what is in a row goes by their days, and
    /// where that cannot be known it rather counts than not.
    pub fn account(&mut self, came: Came, was_planned: bool, on: NaiveDate, told: NaiveDate) {
        if was_planned {
            self.awaiting = self.awaiting.saturating_sub(1);
        }
        match came {
            Came::Cancelled => self.cancelled = self.cancelled.saturating_add(1),
            Came::Held => {
                self.held = self.held.saturating_add(1);
                if self.missed_last.is_none_or(|missed| missed < on) {
                    self.missed_in_row = 0;
                }
                self.held_last = self.held_last.max(Some(on));
            }
            Came::Missed => {
                self.missed = self.missed.saturating_add(1);
                if self.held_last.is_none_or(|held| held <= on) {
                    self.missed_in_row = self.missed_in_row.saturating_add(1);
                    self.missed_told_on = Some(told);
                }
                self.missed_last = self.missed_last.max(Some(on));
            }
        }
    }

    /// The provider will not say any more what became of what it planned.
    pub fn write_off(&mut self) {
        self.written_off = self.written_off.saturating_add(std::mem::take(&mut self.awaiting));
    }
}

impl State {
    /// A commission as it stands: while support is paused, nothing of it goes on.
    pub fn stands(&self, commission: &CommissionFact) -> CommissionStatus {
        if self.support_paused && commission.is_taken() { CommissionStatus::Paused } else { commission.status }
    }

    /// Since when it is known that too many sessions were missed in a row, and no panel has decided anything since. A decision
    /// of the same day may have come before the news.
    pub fn missed_sessions(&self, rules: &Rules) -> Option<NaiveDate> {
        if self.stage != Stage::Intervention {
            return None;
        }
        let rows =
            self.commissions.iter().filter(|c| c.is_taken() && c.sessions.missed_in_row >= rules.missed_sessions);
        let told = rows.filter_map(|c| c.sessions.missed_told_on);
        told.filter(|told| self.decision.is_none_or(|decision| decision.on <= *told)).min()
    }
}
