//! What the service does by itself: each job opens a session of its own, with its own policy and entries.
//! No job may touch a case by another road than a person would.

pub mod count_floods;
pub mod match_referrals;
