//! A meeting of the panel, from its row: when, who was there, which cases lie before it.
//! No word said, and no reason a person gave, may enter: it is stored unsealed.

use super::authentic::Fact;
use crate::casework::agenda::Reason;
use crate::casework::ids::{AgencyId, CaseId, MeetingId, PanelId, PersonId, RecordId};
use crate::casework::meeting::{Capacity, Forum, MeetingStage};
use crate::casework::role::AgencyKind;
use crate::clock::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeetingFacts {
    pub id: MeetingId,
    pub panel: PanelId,
    pub forum: Forum,
    pub on: NaiveDate,
    /// First and last day of the papers of its items.
    pub papers_from: NaiveDate,
    pub papers_to: NaiveDate,
    pub stage: MeetingStage,
    pub opened_at: Option<Moment>,
    pub closed_at: Option<Moment>,
    /// The day on which its agenda was last gathered from what is due.
    pub gathered_on: Option<NaiveDate>,
    pub attendance: Vec<Attendance>,
    /// Who was out of the room for an item and is not on the list now: whoever took them off it did not see that item.
    #[serde(default)]
    pub gone: Vec<Gone>,
    /// In the order in which they are heard.
    pub items: Vec<AgendaItem>,
    pub version: i64,
}

/// Somebody who came, having heard the confidentiality statement and said yes to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attendance {
    pub person: PersonId,
    pub agency: AgencyId,
    pub kind: AgencyKind,
    pub capacity: Capacity,
    /// The items for which they were out of the room.
    pub away: Vec<Away>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gone {
    pub person: PersonId,
    pub away: Away,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Away {
    pub item: RecordId,
    /// `HH:MM`, where it matters when.
    pub left: Option<String>,
    pub returned: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgendaItem {
    pub item: RecordId,
    pub case: CaseId,
    pub reasons: Vec<Reason>,
    /// The name of the group that this is heard in, new with each ordering.
    pub group: Option<RecordId>,
    /// Settled otherwise than by a decision on the case.
    pub settled: Option<Settled>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// To the next meeting, for a reason that is kept with the case.
    HeldOver,
    /// Heard; nothing had to be decided.
    Noted,
    /// What had been done without a meeting stands.
    Ratified,
}

impl MeetingFacts {
    pub fn item(&self, item: RecordId) -> Option<&AgendaItem> {
        self.items.iter().find(|known| known.item == item)
    }

    /// Whether they were out of the room for an item, be they still on the list of who came or not.
    pub fn was_out(&self, person: PersonId, item: RecordId) -> bool {
        let listed = self.attendance.iter().filter(|a| a.person == person).flat_map(|a| &a.away);
        let gone = self.gone.iter().filter(|gone| gone.person == person).map(|gone| &gone.away);
        listed.chain(gone).any(|away| away.item == item)
    }

    pub fn item_of(&self, case: CaseId) -> Option<&AgendaItem> {
        self.items.iter().find(|known| known.case == case)
    }
}

impl Fact for MeetingFacts {
    const LABEL: &'static str = "cp-meeting-v1";
    /// JSON of a fixed member order, as the header's: lists within lists have no columns.
    fn canonical(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
