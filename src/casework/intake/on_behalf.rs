//! Council or MASH keying what another agency told them (DESIGN §3, `onBehalfOf`).
//! It must never carry an agency's own detail: who may key it and for which category is decided by the caller.

use crate::casework::fields::{self, ID, Span, code, content, day, line, plain};
use crate::casework::ids::AgencyId;
use chrono::NaiveDate;

content! {
    /// Who said it, how, and when.
    pub struct OnBehalfOf {
        /// The agency's name, as it is known locally. Required.
        #[schema(required = true, nullable = false)]
        agency: Option<String> => line(200).required(),
        /// The agency in this service, where it has been set up.
        #[schema(value_type = Option<String>, format = "uuid")]
        agency_id: Option<AgencyId> => ID,
        /// Who there said it. Required.
        #[schema(required = true, nullable = false)]
        person: Option<String> => fields::name().required(),
        person_role: Option<String> => line(100),
        /// List `how_told`. Required.
        #[schema(required = true, nullable = false)]
        how: Option<String> => code("how_told").required(),
        /// The day it was told. Required.
        #[schema(value_type = String, format = Date, required = true)]
        when: Option<NaiveDate> => day(Span::Done).required(),
    }
}

plain!(OnBehalfOf);
