//! An approach about nobody in particular: what was asked and what was advised, keyed in a minute.
//! It must never name anybody; somebody with a name is a referral.

use crate::casework::fields::{Content, Context, Field, Span, code, content, day, line, number, text};
use crate::error::Violations;
use chrono::NaiveDate;

content! {
    /// A contact without a person. Four fields are required; the rest may be left.
    pub struct Consultation {
        /// The day of the contact. Required.
        #[schema(value_type = String, format = Date, required = true)]
        date: Option<NaiveDate> => day(Span::Done).required(),
        /// List `channel`. Required.
        #[schema(required = true, nullable = false)]
        channel: Option<String> => code("channel").required(),
        /// List `sector`. Required.
        #[schema(required = true, nullable = false)]
        sector: Option<String> => code("sector").required(),
        /// List `education_phase`, for the sector education.
        education_phase: Option<String> => code("education_phase"),
        organisation: Option<String> => line(200),
        /// List `type_of_concern`, as it stood on the day.
        type_of_concern: Option<String> => code("type_of_concern"),
        /// List `consultation_advice`; several may be chosen. Required.
        #[schema(required = true)]
        advice: Vec<String> => code("consultation_advice").most(5).required(),
        /// Without names: "a Year 9 pupil", not who.
        advice_given: Option<String> => text(2_000),
        /// How long it took.
        minutes: Option<u16> => number(1, 600),
    }
}

impl Content for Consultation {
    const FIELDS: &'static [Field] = Consultation::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        if self.education_phase.is_some() && self.sector.as_deref().is_some_and(|s| s != "education") {
            violations.add(
                format!("{at}/educationPhase"),
                "only_for_education",
                "Give a phase of education only for the sector education.",
            );
        }
    }
}

impl Consultation {
    /// Adds every broken rule; codes are judged by the lists of the day of the contact.
    pub fn check(&self, today: NaiveDate, violations: &mut Violations) {
        let on = self.date.filter(|day| *day <= today).unwrap_or(today);
        Content::check(self, &Context { today, on }, violations);
    }
}
