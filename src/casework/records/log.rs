//! A dated note of a call, a visit, an attempt to reach somebody.
//! It must never hold an agency's own detail: that belongs to the agency's category, the log is the council's.

use crate::casework::fields::{Content, Context, Field, Span, code, content, day, line, text};
use crate::error::Violations;
use chrono::NaiveDate;

content! {
    pub struct LogNote {
        /// Required; the past may be keyed, the future not.
        #[schema(value_type = String, format = Date, required = true)]
        on: Option<NaiveDate> => day(Span::Done).required(),
        /// List `log_kind`. Required.
        #[schema(required = true, nullable = false)]
        kind: Option<String> => code("log_kind").required(),
        /// Whom it was with, or whom one tried to reach.
        with: Option<String> => line(200),
        /// List `log_outcome`. Required for an attempt.
        outcome: Option<String> => code("log_outcome"),
        /// Required.
        #[schema(required = true, nullable = false)]
        note: Option<String> => text(10_000).required(),
    }
}

impl Content for LogNote {
    const FIELDS: &'static [Field] = LogNote::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        if self.kind.as_deref() == Some("attempt") && self.outcome.is_none() {
            violations.add(
                format!("{at}/outcome"),
                "missing",
                "For an attempt, choose what came of it, for example \"no_answer\".",
            );
        }
    }
}
