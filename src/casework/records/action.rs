//! Who is to do what by when, and that it was done.
//! An action must never be without an owner: an open one is what gives an agency its sight of the case.

use crate::casework::fields::{Content, Context, Field, ID, Span, code, content, day, text};
use crate::casework::ids::AgencyId;
use crate::error::Violations;
use chrono::NaiveDate;

content! {
    pub struct Action {
        /// Required.
        #[schema(required = true, nullable = false)]
        what: Option<String> => text(2_000).required(),
        /// The agency that is to do it. Required.
        #[schema(value_type = String, format = "uuid", required = true)]
        owner: Option<AgencyId> => ID.required(),
        /// The day it was agreed. Required.
        #[schema(value_type = String, format = Date, required = true)]
        agreed_on: Option<NaiveDate> => day(Span::Done).required(),
        /// Required.
        #[schema(value_type = String, format = Date, required = true)]
        due: Option<NaiveDate> => day(Span::Planned).required(),
    }

    /// The end of an action.
    pub struct ActionDone {
        /// List `action_status`. Required.
        #[schema(required = true, nullable = false)]
        status: Option<String> => code("action_status").required(),
        /// Required.
        #[schema(value_type = String, format = Date, required = true)]
        done: Option<NaiveDate> => day(Span::Done).required(),
        /// What came of it; required unless it was simply done.
        note: Option<String> => text(2_000),
    }
}

impl Content for Action {
    const FIELDS: &'static [Field] = Action::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        if let (Some(agreed), Some(due)) = (self.agreed_on, self.due)
            && due < agreed
        {
            violations.add(
                format!("{at}/due"),
                "before_start",
                "An action cannot be due before the day it was agreed.",
            );
        }
    }
}

impl Content for ActionDone {
    const FIELDS: &'static [Field] = ActionDone::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        if self.note.is_none() && self.status.as_deref().is_some_and(|s| s != "done") {
            violations.add(format!("{at}/note"), "missing", "Write why the action was not carried out.");
        }
    }
}
