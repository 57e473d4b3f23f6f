//! What is said when a closed case is held, kept, or proposed for erasure. The words are for records and the chair.

use crate::casework::fields::{Span, code, content, day, plain, text};
use chrono::NaiveDate;

content! {
    pub struct HoldPlaced {
        /// List `legal_hold_reason`. Required; one hold of each reason.
        #[schema(required = true, nullable = false)]
        reason: Option<String> => code("legal_hold_reason").required(),
        /// What it is about: which complaint, whose request. Required.
        #[schema(required = true, nullable = false)]
        words: Option<String> => text(2_000).required(),
    }

    pub struct HoldReleased {
        /// List `legal_hold_reason`: which hold. Required.
        #[schema(required = true, nullable = false)]
        reason: Option<String> => code("legal_hold_reason").required(),
        /// Why it is over. Required.
        #[schema(required = true, nullable = false)]
        words: Option<String> => text(2_000).required(),
    }

    pub struct Kept {
        /// The day of the next review. Required.
        #[schema(value_type = String, format = Date, required = true)]
        until: Option<NaiveDate> => day(Span::Planned).required(),
        /// Why the case is still needed. Required.
        #[schema(required = true, nullable = false)]
        words: Option<String> => text(2_000).required(),
    }

    pub struct ErasureGrounds {
        /// Why the case is not needed any more, or why the decision is taken back. Required.
        #[schema(required = true, nullable = false)]
        words: Option<String> => text(2_000).required(),
    }
}

plain!(HoldPlaced, HoldReleased, Kept, ErasureGrounds);
