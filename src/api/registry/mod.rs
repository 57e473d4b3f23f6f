//! Operations on people, agencies, memberships and agreements, one verb a file.
//! Each only reads its request and names a use case.

pub mod confirm_agreement;
pub mod confirm_membership;
pub mod end_agreement;
pub mod end_membership;
pub mod list_agreements;
pub mod list_memberships;
pub mod propose_agreement;
pub mod propose_membership;
pub mod register_agency;
pub mod register_person;
pub mod suspend_person;
