//! Who asks, what they may see and do, and the right to do it: values in, values out.
//! It must never read a clock, a database or the network, and nothing here may show content.

pub mod action;
pub mod appointment;
pub mod authentic;
pub mod decide;
mod decided;
pub mod disclosure;
mod entities;
pub mod explain;
pub mod facts;
pub mod header;
pub mod issuer;
pub mod issuer_state;
pub mod matrix;
pub mod meeting;
pub mod mint;
pub mod permit;
pub mod policies;
pub mod principal;
pub mod probe;
pub mod purpose;
pub mod ring_provider;
pub mod rows;
mod settings;
mod slices;
pub mod token;
pub mod transfer;
pub mod verb_matrix;

pub use action::{Action, AgreementVerb, AppointmentVerb, CaseVerb, PanelVerb, ReferralVerb, TransferVerb};
pub use appointment::{Appointment, SharingAgreement, Standing};
pub use authentic::{Authentic, Fact, Mac, NotAuthentic};
pub use decide::{Access, Decision, Evaluator, Particulars};
pub use facts::{ReferralFacts, SystemName};
pub use header::{
    Assignment, AssignmentKind, CategoryFact, CommissionFact, Glass, Header, LateFact, LinkFact, Listing, MinutesFact,
    RowsFact, StoredHeader,
};
pub use issuer::{Issuer, IssuerError, KeyAlgorithm, PublicKey};
pub use issuer_state::{IssuerFacts, IssuerId};
pub use meeting::{AgendaItem, Attendance, Away, Gone, MeetingFacts, Settled};
pub use permit::{Extent, Permit};
pub use policies::{Policies, PolicyError};
pub use principal::{Holdings, Principal, Refusal};
pub use purpose::Purpose;
pub use rows::{AgencyFacts, AgreementFacts, MembershipFacts, PersonFacts, PersonKind};
pub use token::{Claims, TokenFault, Tokens};
pub use transfer::TransferFacts;
