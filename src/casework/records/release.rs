//! A summary that the owning agency wrote for the others, with the law and the need on which it is given.
//! It is the only road into a `*_summary` category, and must never be made by copying an agency's detail.

use crate::casework::category::Category;
use crate::casework::fields::{Content, Context, Field, Span, code, content, day, flag, form, text};
use crate::error::Violations;
use chrono::NaiveDate;
use serde_json::{Map, Value};

content! {
    pub struct Release {
        /// The text written for the others. Required.
        #[schema(required = true, nullable = false)]
        summary: Option<String> => text(10_000).required(),
        /// For which kinds of agency it is written, by their kind ("council", "police" …). Required.
        #[schema(required = true)]
        recipients: Vec<String> => code("agency_kind").most(10).required(),
        /// What they need it for. Required.
        #[schema(required = true, nullable = false)]
        purpose: Option<String> => text(1_000).required(),
        /// List `lawful_basis`; several may apply. Required.
        #[schema(required = true)]
        lawful_basis: Vec<String> => code("lawful_basis").most(5).required(),
        /// Why this much and no less, this much and no more. Required.
        #[schema(required = true, nullable = false)]
        necessity: Option<String> => text(2_000).required(),
        /// Required.
        #[schema(required = true, nullable = false)]
        consent: Option<SharingConsent> => form(SharingConsent::FIELDS).required(),
        /// The day it was written. Required.
        #[schema(value_type = String, format = Date, required = true)]
        written_on: Option<NaiveDate> => day(Span::Done).required(),
    }

    /// Whether consent to share was sought; health has to try first, or record why not (NHS England, Prevent guidance).
    pub struct SharingConsent {
        /// Required.
        #[schema(required = true, nullable = false)]
        sought: Option<bool> => flag().required(),
        /// List `yes_no_unknown`; required if it was sought.
        given: Option<String> => code("yes_no_unknown"),
        /// Required if it was not sought.
        why_not: Option<String> => text(1_000),
    }
}

impl Content for SharingConsent {
    const FIELDS: &'static [Field] = SharingConsent::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        match self.sought {
            Some(true) if self.given.is_none() => {
                violations.add(format!("{at}/given"), "missing", "Consent was sought, so say whether it was given.");
            }
            Some(false) if self.why_not.is_none() => {
                violations.add(format!("{at}/whyNot"), "missing", "Write why consent to share was not sought.");
            }
            _ => {}
        }
    }
}

impl Content for Release {
    const FIELDS: &'static [Field] = Release::FIELDS;

    fn relate(&self, at: &str, context: &Context, violations: &mut Violations) {
        if let Some(consent) = &self.consent {
            consent.relate(&format!("{at}/consent"), context, violations);
        }
    }
}

impl Release {
    /// The summary category that an agency's detail is released into; none for what is released in no such way.
    pub fn target(detail: Category) -> Option<Category> {
        match detail {
            Category::SocialCare => Some(Category::SocialCareSummary),
            Category::Health => Some(Category::HealthSummary),
            Category::Education => Some(Category::EducationSummary),
            _ => None,
        }
    }

    /// What is sealed under the summary category: the text with its grounds, so that a reader sees both.
    pub fn body(&self) -> Map<String, Value> {
        self.to_map()
    }
}
