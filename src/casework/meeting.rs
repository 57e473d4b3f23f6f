//! The panel's meeting as a thing a decision stands on (CTSA 2015 ss.36-37; DOMAIN §5): who sat for one person, under which
//! quorum, on which papers. It must never count somebody who was recused, had left, or had not heard the confidentiality
//! statement, nor hold a word that was said.

use super::calendar::{Calendar, months_after};
use super::category::Category;
use super::ids::{AgencyId, MeetingId, PersonId};
use super::role::AgencyKind;
use super::rules::Rules;
use crate::clock::Moment;
use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How the panel meets. Quorum and recusal are the same for all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Forum {
    /// Of the monthly kind: its agenda builds itself.
    Scheduled,
    Extraordinary,
    /// By telephone or video, for what cannot wait: papers are open at once.
    UrgentByCall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    Chair,
    /// Holds a chair's membership by a dated delegation.
    DeputyChair,
    /// For a police area (s.37(3)).
    Police,
    Member,
    Guest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingStage {
    Planned,
    Open,
    Closed,
    Cancelled,
}

impl MeetingStage {
    pub fn name(self) -> &'static str {
        match self {
            MeetingStage::Planned => "planned",
            MeetingStage::Open => "open",
            MeetingStage::Closed => "closed",
            MeetingStage::Cancelled => "cancelled",
        }
    }
}

/// Somebody who sits while one person is discussed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Present {
    pub person: PersonId,
    pub agency: AgencyId,
    pub kind: AgencyKind,
    pub capacity: Capacity,
}

/// An open meeting at one item of its agenda that nobody has settled yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    pub meeting: MeetingId,
    pub forum: Forum,
    pub on: NaiveDate,
    pub opened_at: Moment,
    /// Without whoever is recused from this case or out of the room for it.
    pub present: Vec<Present>,
    /// The versions of the papers as they lay on the table.
    pub considered: BTreeMap<Category, u32>,
}

impl Sitting {
    /// What the record of a decision says of the meeting it stands on.
    pub fn told(&self) -> [(String, Value); 4] {
        let present = self.present.iter().map(|p| json!({"agency": p.agency, "capacity": p.capacity})).collect();
        let considered = self.considered.iter().map(|(category, version)| (category.name().to_owned(), json!(version)));
        [
            ("forum".to_owned(), json!(self.forum)),
            ("meetingDate".to_owned(), json!(self.on)),
            ("agenciesPresent".to_owned(), Value::Array(present)),
            ("considered".to_owned(), Value::Object(considered.collect())),
        ]
    }

    /// The council's representative presides (s.37(5)).
    pub fn chaired_by(&self, person: PersonId) -> bool {
        self.present.iter().any(|p| p.person == person && presides(p))
    }

    /// Chair or deputy, police for where the person lives (s.37(3)), and whom the authority adds.
    /// `police` names the officer for that area; it may be left out where one officer alone sits.
    pub fn is_quorate(&self, police: Option<PersonId>, also: &[AgencyKind]) -> bool {
        let officers: Vec<&Present> =
            self.present.iter().filter(|p| p.capacity == Capacity::Police && p.kind == AgencyKind::Police).collect();
        let for_residence = match police {
            Some(named) => officers.iter().any(|p| p.person == named),
            None => officers.len() == 1,
        };
        let added = also.iter().all(|kind| self.present.iter().any(|p| p.kind == *kind));
        self.present.iter().any(presides) && for_residence && added
    }
}

fn presides(p: &Present) -> bool {
    matches!(p.capacity, Capacity::Chair | Capacity::DeputyChair) && p.kind == AgencyKind::Council
}

/// First and last day on which the papers of an item are open. An urgent meeting's, and those of a meeting that is keyed
/// afterwards, open at once.
pub fn papers(
    forum: Forum,
    on: NaiveDate,
    today: NaiveDate,
    calendar: &Calendar,
    rules: &Rules,
) -> (NaiveDate, NaiveDate) {
    let opens = match forum {
        Forum::UrgentByCall => today,
        Forum::Scheduled | Forum::Extraordinary => calendar.working_days_before(on, rules.papers_open_days),
    };
    let held = on.max(today);
    let closes = held.checked_add_days(Days::new(u64::from(rules.papers_close_days))).unwrap_or(held);
    (if on < today { today } else { opens }, closes)
}

/// `count` days, a month apart, on the weekday of the month that `first` is (its second Tuesday, say); where that is no
/// working day, the next that is. The fifth of a weekday is the last where a month has no fifth.
pub fn monthly(first: NaiveDate, count: u8, calendar: &Calendar) -> Vec<NaiveDate> {
    let nth = first.day0() / 7;
    let of_month = |months: u32| {
        let month = months_after(first.with_day(1).unwrap_or(first), months);
        let weeks = (0..=nth).rev();
        let found = weeks.filter_map(|n| {
            NaiveDate::from_weekday_of_month_opt(
                month.year(),
                month.month(),
                first.weekday(),
                u8::try_from(n + 1).ok()?,
            )
        });
        found.take(1).next().unwrap_or(month)
    };
    let days = (0..u32::from(count)).map(|months| if months == 0 { first } else { of_month(months) });
    days.map(|day| day.iter_days().find(|d| day == first || calendar.is_working_day(*d)).unwrap_or(day)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn present(person: u128, kind: AgencyKind, capacity: Capacity) -> Present {
        let id = Uuid::from_u128(person);
        Present { person: PersonId(id), agency: AgencyId(id), kind, capacity }
    }

    fn sitting(present: Vec<Present>) -> Sitting {
        let on = NaiveDate::default();
        let meeting = MeetingId(Uuid::from_u128(1));
        let considered = BTreeMap::new();
        Sitting { meeting, forum: Forum::Scheduled, on, opened_at: Moment(0), present, considered }
    }

    #[test]
    fn a_quorum_is_the_councils_chair_and_the_police_of_the_persons_area() {
        let chair = present(1, AgencyKind::Council, Capacity::Chair);
        let officer = present(2, AgencyKind::Police, Capacity::Police);
        let other = present(3, AgencyKind::Police, Capacity::Police);
        let carer = present(4, AgencyKind::SocialCare, Capacity::Member);
        let named = |n: u128| Some(PersonId(Uuid::from_u128(n)));
        assert!(sitting(vec![chair, officer]).is_quorate(None, &[]));
        assert!(!sitting(vec![officer, carer]).is_quorate(None, &[]), "nobody presides");
        assert!(!sitting(vec![chair, carer]).is_quorate(None, &[]), "no police");
        assert!(!sitting(vec![chair, officer, other]).is_quorate(None, &[]), "for which of two areas?");
        assert!(sitting(vec![chair, officer, other]).is_quorate(named(3), &[]));
        assert!(!sitting(vec![chair, officer]).is_quorate(named(3), &[]), "the officer named is not there");
        assert!(!sitting(vec![chair, officer]).is_quorate(None, &[AgencyKind::SocialCare]));
        assert!(sitting(vec![chair, officer, carer]).is_quorate(None, &[AgencyKind::SocialCare]));
        let pretended = present(5, AgencyKind::Health, Capacity::Chair);
        assert!(!sitting(vec![pretended, officer]).is_quorate(None, &[]), "the council presides, and nobody else");
        let plain = present(6, AgencyKind::Council, Capacity::Police);
        assert!(!sitting(vec![chair, plain]).is_quorate(None, &[]), "police are police");
        assert!(sitting(vec![chair]).chaired_by(chair.person) && !sitting(vec![officer]).chaired_by(officer.person));
    }

    #[test]
    fn papers_open_some_working_days_before_and_at_once_where_it_is_urgent() {
        let calendar = Calendar::england_and_wales().expect("calendar");
        let rules = Rules { papers_open_days: 5, papers_close_days: 5, ..Rules::default() };
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        // 2026-04-03 is Good Friday and 2026-04-06 Easter Monday.
        let found = papers(Forum::Scheduled, day("2026-04-09"), day("2026-03-20"), &calendar, &rules);
        assert_eq!(found, (day("2026-03-31"), day("2026-04-14")));
        let urgent = papers(Forum::UrgentByCall, day("2026-04-09"), day("2026-04-07"), &calendar, &rules);
        assert_eq!(urgent, (day("2026-04-07"), day("2026-04-14")));
        let past = papers(Forum::Scheduled, day("2026-01-09"), day("2026-04-07"), &calendar, &rules);
        assert_eq!(past, (day("2026-04-07"), day("2026-04-12")));
    }

    #[test]
    fn monthly_meetings_keep_their_weekday_and_avoid_bank_holidays() {
        let calendar = Calendar::england_and_wales().expect("calendar");
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        // The first Monday of May 2026 is a bank holiday.
        let found = monthly(day("2026-04-06").succ_opt().expect("a day"), 2, &calendar);
        assert_eq!(found, [day("2026-04-07"), day("2026-05-05")]);
        assert_eq!(monthly(day("2026-03-02"), 3, &calendar).last(), Some(&day("2026-05-05")));
        // 2026-07-31 is a fifth Friday; August has four.
        assert_eq!(monthly(day("2026-07-31"), 2, &calendar), [day("2026-07-31"), day("2026-08-28")]);
    }
}
