//! Meetings over REST. Nothing here may decide who sits or who sees.

pub mod add_item;
pub mod add_to_minutes;
pub mod agenda;
pub mod approve_minutes;
pub mod attend;
pub mod draft_minutes;
pub mod list;
pub mod order;
pub mod schedule;
pub mod settle_item;
pub mod step;
