//! That two cases belong together: siblings, one household, one incident, one group.
//! A link must never show one case to the reader of the other: it is readable only by who may read both.

use crate::casework::fields::{ID, code, content, plain, text};
use crate::casework::ids::CaseId;

content! {
    pub struct CaseLink {
        /// The other case. Required.
        #[schema(value_type = String, format = "uuid", required = true)]
        other_case: Option<CaseId> => ID.required(),
        /// List `case_link`. Required.
        #[schema(required = true, nullable = false)]
        kind: Option<String> => code("case_link").required(),
        reason: Option<String> => text(1_000),
    }
}

plain!(CaseLink);
