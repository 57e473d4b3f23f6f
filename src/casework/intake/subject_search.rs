//! The question "is this person known?", asked by somebody with a reason.
//! It must never be a way to leaf through people: a name, handle or number is asked for, and why.

use crate::casework::fields::{
    Content, Context, EMAIL, Field, PHONE, Span, code, content, day, line, name, number, text,
};
use crate::error::Violations;
use chrono::NaiveDate;

content! {
    pub struct SubjectSearch {
        /// List `search_purpose`. Required; it is recorded in the ledger.
        #[schema(required = true, nullable = false)]
        purpose: Option<String> => code("search_purpose").required(),
        /// Why this search, in words; sealed with its record.
        reason: Option<String> => text(500),
        forenames: Option<String> => name(),
        surname: Option<String> => name(),
        aliases: Vec<String> => name().most(10),
        #[schema(value_type = Option<String>, format = Date)]
        date_of_birth: Option<NaiveDate> => day(Span::Birth),
        approximate_age: Option<u8> => number(0, 120),
        address_line: Option<String> => line(100),
        postcode: Option<String> => line(20),
        phone: Option<String> => PHONE,
        email: Option<String> => EMAIL,
        online_handle: Option<String> => line(200),
    }
}

impl Content for SubjectSearch {
    const FIELDS: &'static [Field] = SubjectSearch::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        let named = self.forenames.is_some() || self.surname.is_some() || !self.aliases.is_empty();
        let reached = self.phone.is_some() || self.email.is_some() || self.online_handle.is_some();
        if !named && !reached {
            violations.add(
                at,
                "too_wide",
                "Search by a name, an alias, an online handle, a telephone number or an e-mail address.",
            );
        }
        if self.date_of_birth.is_some() && self.approximate_age.is_some() {
            violations.add(
                format!("{at}/approximateAge"),
                "one_age",
                "Give the date of birth or an approximate age, not both.",
            );
        }
    }
}
