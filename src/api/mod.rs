//! The REST API: a table of operations, the one road they share, and what describes them.
//! Nothing here may decide who sees what; it carries requests to use cases and answers back.

pub mod cases;
pub mod endpoint;
pub mod flowing;
pub mod grain;
pub mod headers;
pub mod health;
pub mod incoming;
pub mod ledger;
pub mod meetings;
pub mod openapi;
pub mod operation;
pub mod panel;
pub mod problem;
pub mod referrals;
pub mod registry;
pub mod router;
pub mod server;
pub mod subjects;
pub mod transfers;
pub mod watching;

use operation::Operation;

/// Every operation there is. The router, the OpenAPI document and the tests read this and nothing else.
pub static OPERATIONS: &[&Operation] = &[
    &referrals::list::OPERATION,
    &referrals::read::OPERATION,
    &referrals::submit::OPERATION,
    &panel::agencies::OPERATION,
    &panel::codes::OPERATION,
    &panel::consultations::OPERATION,
    &panel::key_consultation::OPERATION,
    &panel::me::OPERATION,
    &registry::confirm_agreement::OPERATION,
    &registry::confirm_membership::OPERATION,
    &registry::end_agreement::OPERATION,
    &registry::end_membership::OPERATION,
    &registry::list_agreements::OPERATION,
    &registry::list_memberships::OPERATION,
    &registry::propose_agreement::OPERATION,
    &registry::propose_membership::OPERATION,
    &registry::register_agency::OPERATION,
    &registry::register_person::OPERATION,
    &registry::suspend_person::OPERATION,
    &subjects::search::OPERATION,
    &cases::accesses::OPERATION,
    &cases::add_action::OPERATION,
    &cases::amend::OPERATION,
    &cases::break_glass::OPERATION,
    &cases::candidates::OPERATION,
    &cases::confirm_erasure::OPERATION,
    &cases::decide_candidate::OPERATION,
    &cases::end_lead::OPERATION,
    &cases::finish_action::OPERATION,
    &cases::history::OPERATION,
    &cases::invite::OPERATION,
    &cases::link::OPERATION,
    &cases::links::OPERATION,
    &cases::list::OPERATION,
    &cases::log::OPERATION,
    &cases::name_lead::OPERATION,
    &cases::open::OPERATION,
    &cases::place_hold::OPERATION,
    &cases::propose_erasure::OPERATION,
    &cases::recipients::OPERATION,
    &cases::recuse::OPERATION,
    &cases::release::OPERATION,
    &cases::release_hold::OPERATION,
    &cases::reply_information::OPERATION,
    &cases::request_information::OPERATION,
    &cases::restrict::OPERATION,
    &cases::review_retention::OPERATION,
    &cases::take_over::OPERATION,
    &cases::transition::OPERATION,
    &cases::withdraw_erasure::OPERATION,
    &ledger::checkpoint::OPERATION,
    &ledger::entries::OPERATION,
    &ledger::export::OPERATION,
    &ledger::proof::OPERATION,
    &ledger::tile::OPERATION,
    &meetings::add_item::OPERATION,
    &meetings::add_to_minutes::OPERATION,
    &meetings::agenda::OPERATION,
    &meetings::approve_minutes::OPERATION,
    &meetings::attend::OPERATION,
    &meetings::draft_minutes::OPERATION,
    &meetings::list::OPERATION,
    &meetings::order::OPERATION,
    &meetings::schedule::OPERATION,
    &meetings::settle_item::OPERATION,
    &meetings::step::OPERATION,
    &transfers::answer::OPERATION,
    &transfers::list::OPERATION,
    &transfers::read::OPERATION,
    &watching::digest::OPERATION,
    &watching::entries::OPERATION,
    &watching::signals::OPERATION,
];
