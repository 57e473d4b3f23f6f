//! Asking an agency what it knows, and its answer.
//! The question must never carry more of the case than the agency needs to answer it: the asked agency reads it.

use crate::casework::fields::{Content, Context, Field, ID, Span, code, content, day, text};
use crate::casework::ids::AgencyId;
use crate::error::Violations;
use chrono::NaiveDate;

content! {
    pub struct InformationRequest {
        /// Who is asked. Required.
        #[schema(value_type = String, format = "uuid", required = true)]
        agency: Option<AgencyId> => ID.required(),
        /// Required.
        #[schema(required = true, nullable = false)]
        question: Option<String> => text(2_000).required(),
        /// Why it is necessary and proportionate to ask (DPA 2018; CTSA 2015 s.38). Required.
        #[schema(required = true, nullable = false)]
        necessity: Option<String> => text(2_000).required(),
        /// Required.
        #[schema(value_type = String, format = Date, required = true)]
        asked_on: Option<NaiveDate> => day(Span::Done).required(),
        /// Required.
        #[schema(value_type = String, format = Date, required = true)]
        due: Option<NaiveDate> => day(Span::Planned).required(),
    }

    pub struct InformationReply {
        /// List `information_reply`. Required.
        #[schema(required = true, nullable = false)]
        reply: Option<String> => code("information_reply").required(),
        /// Required.
        #[schema(value_type = String, format = Date, required = true)]
        replied_on: Option<NaiveDate> => day(Span::Done).required(),
        /// For `known`: that there is something and where it can be had; the detail goes to the agency's own category.
        /// For `declined`: the ground. Required for both.
        text: Option<String> => text(5_000),
    }
}

impl Content for InformationRequest {
    const FIELDS: &'static [Field] = InformationRequest::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        if let (Some(asked), Some(due)) = (self.asked_on, self.due)
            && due < asked
        {
            violations.add(
                format!("{at}/due"),
                "before_start",
                "An answer cannot be due before the day it was asked for.",
            );
        }
    }
}

impl Content for InformationReply {
    const FIELDS: &'static [Field] = InformationReply::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        match self.reply.as_deref() {
            Some("known") if self.text.is_none() => {
                violations.add(format!("{at}/text"), "missing", "Write what is known, or where it can be had.");
            }
            Some("declined") if self.text.is_none() => {
                violations.add(format!("{at}/text"), "missing", "Write on what ground the agency declines.");
            }
            _ => {}
        }
    }
}
