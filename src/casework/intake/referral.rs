//! The referral form: the nationally used groups of fields, typed and checked all at once.
//! It must never refuse with one fault when there are ten: a school at four on a Friday mends them in one go.

use super::concern::{Attestation, Dates, Header, Ideology, Narrative, OtherAgency, Safeguarding};
use super::individual::Individual;
use super::referrer::Referrer;
use crate::casework::fields::{Content, Context, Field, content, form};
use crate::error::Violations;
use chrono::NaiveDate;

pub const MOST_PEOPLE: usize = 10;

content! {
    /// A referral of one to ten people. Sent once, kept as sent; every person named opens a case of their own.
    pub struct Referral {
        #[schema(required = true)]
        header: Header => form(Header::FIELDS).required(),
        /// One to ten.
        #[schema(required = true)]
        people: Vec<Individual> => form(Individual::FIELDS).most(MOST_PEOPLE).required(),
        #[schema(required = true)]
        concern: Narrative => form(Narrative::FIELDS).required(),
        ideology: Ideology => form(Ideology::FIELDS),
        other_agencies: Vec<OtherAgency> => form(OtherAgency::FIELDS).most(20),
        #[schema(required = true)]
        safeguarding: Safeguarding => form(Safeguarding::FIELDS).required(),
        #[schema(required = true)]
        referrer: Referrer => form(Referrer::FIELDS).required(),
        #[schema(required = true)]
        dates: Dates => form(Dates::FIELDS).required(),
        #[schema(required = true)]
        attestation: Attestation => form(Attestation::FIELDS).required(),
    }
}

impl Content for Referral {
    const FIELDS: &'static [Field] = Referral::FIELDS;

    fn relate(&self, _at: &str, context: &Context, violations: &mut Violations) {
        self.header.relate("/header", context, violations);
        self.safeguarding.relate("/safeguarding", context, violations);
        self.referrer.relate("/referrer", context, violations);
        self.dates.relate("/dates", context, violations);
        for (n, person) in self.people.iter().take(MOST_PEOPLE).enumerate() {
            person.relate(&format!("/people/{n}"), context, violations);
        }
    }
}

impl Referral {
    /// Adds every broken rule. Codes are judged by the lists of the day the referral was made, so that what was on
    /// paper in 2017 can be keyed today in its own words.
    pub fn check(&self, today: NaiveDate, violations: &mut Violations) {
        let on = self.dates.referral_made.filter(|day| *day <= today).unwrap_or(today);
        Content::check(self, &Context { today, on }, violations);
    }
}
