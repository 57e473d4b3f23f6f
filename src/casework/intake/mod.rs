//! What comes in from outside: the referral, the consultation, the question whether somebody is known.
//! Nothing here may change a referrer's words; what is added later stands beside them.

pub mod concern;
pub mod consultation;
pub mod individual;
pub mod on_behalf;
pub mod referral;
pub mod referrer;
pub mod split;
pub mod subject_search;
