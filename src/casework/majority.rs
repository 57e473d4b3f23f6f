//! When a child who is supported on a parent's word comes of age: when to ask them for their own, and that it has ended.
//! It must never give out a day from which a birthday could be read before it has come: what this says stands in clear.

use super::calendar::{Calendar, MAJORITY, age_on, attains, months_before};
use super::rules::Rules;
use super::state::{ConsentTrack, Giver, Stage, State};
use chrono::{Datelike, Days, NaiveDate};

/// What is to be noted of a case today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// The person is to be asked for themselves by this day.
    AskBy(NaiveDate),
    /// The parent's consent ended on this day.
    Lapsed(NaiveDate),
}

/// Between which days somebody was born, as far as is known: both are the same where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birth {
    earliest: NaiveDate,
    latest: NaiveDate,
}

impl From<NaiveDate> for Birth {
    fn from(day: NaiveDate) -> Self {
        Self { earliest: day, latest: day }
    }
}

impl Birth {
    /// Of somebody who was said to be of this age on that day: their birthday may be that day, or have been the day after it.
    pub fn of_age(age: u8, on: NaiveDate) -> Option<Self> {
        let years = |age: u8| months_before(on, u32::from(age).saturating_mul(12));
        Some(Self { earliest: years(age.checked_add(1)?)?.succ_opt()?, latest: years(age)? })
    }

    /// The age in whole years that they have at least; none before birth or beyond 150 years.
    pub fn age_on(self, on: NaiveDate) -> Option<u8> {
        age_on(self.latest, on)
    }
}

/// Whether anything here rests on a parent's word, so that the day of birth matters.
pub fn rests_on_a_parent(state: &State) -> bool {
    matches!(state.stage, Stage::Consent | Stage::Intervention)
        && state.consent == ConsentTrack::Given
        && state.consent_giver.is_some_and(Giver::is_parental)
}

/// What today brings to such a case of somebody born at `birth`; none where nothing is new.
///
/// Notice is given from the first day of a month and runs to the last working day of the month before the birthday's: of
/// all who are born in one month both are the same. Where only an age is known, notice is for the first day on which they
/// may come of age, and a parent's word ends on the last: it is nobody's to give for somebody who is 18 for certain.
pub fn coming(
    state: &State,
    birth: impl Into<Birth>,
    today: NaiveDate,
    calendar: &Calendar,
    rules: &Rules,
) -> Option<Coming> {
    let birth = birth.into();
    let of_age = attains(birth.latest, MAJORITY).filter(|_| rests_on_a_parent(state))?;
    if of_age <= today {
        let order = [Some(of_age), state.consent_on, Some(state.stage_on)];
        return order.into_iter().flatten().max().filter(|on| *on <= today).map(Coming::Lapsed);
    }
    let month = attains(birth.earliest, MAJORITY)?.with_day(1)?;
    let opens = month.checked_sub_days(Days::new(u64::from(rules.coming_of_age_days)))?.with_day(1)?;
    if state.ask_anew_by.is_some() || today < opens {
        return None;
    }
    let by = last_working_day_before(month, calendar)?;
    Some(Coming::AskBy(by.max(calendar.add_working_days(today, rules.ask_anew_days, &[]))))
}

fn last_working_day_before(day: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
    std::iter::successors(day.pred_opt(), NaiveDate::pred_opt).find(|day| calendar.is_working_day(*day))
}
