//! Operations on one case, one verb a file.
//! Each only reads its request and names a use case.

pub mod accesses;
pub mod add_action;
pub mod amend;
pub mod break_glass;
pub mod candidates;
pub mod confirm_erasure;
pub mod decide_candidate;
pub mod end_lead;
pub mod finish_action;
pub mod history;
pub mod invite;
pub mod link;
pub mod links;
pub mod list;
pub mod log;
pub mod name_lead;
pub mod open;
pub mod place_hold;
pub mod propose_erasure;
pub mod recipients;
pub mod recuse;
pub mod release;
pub mod release_hold;
pub mod reply_information;
pub mod request_information;
pub mod restrict;
pub mod review_retention;
pub mod take_over;
pub mod transition;
pub mod withdraw_erasure;
