//! Use cases and what carries them: the session, the recorder that everything shown or changed passes, the sequencer behind it.
//! It must never answer before the ledger has the entry.

pub mod add_log_note;
pub mod amend_category;
pub mod answer;
pub mod assign;
pub mod birth;
pub mod case_edit;
pub mod case_file;
pub mod compose;
pub mod consultations;
pub mod decoy;
pub mod flood;
pub mod idempotency;
pub mod jobs;
pub mod ledger_export;
pub mod link_cases;
pub mod list_cases;
pub mod make_transition;
pub mod match_people;
pub mod on_behalf;
pub mod open_case;
pub mod read_history;
pub mod read_ledger;
pub mod read_referrals;
pub mod recall;
pub mod recorder;
pub mod register;
pub mod registry;
pub mod release_summary;
pub mod restrict_case;
pub mod search_subjects;
pub mod sequencer;
pub mod service;
pub mod session;
pub mod submit_referral;
pub mod take_over_case;
pub mod vouched;
pub mod watermark;
pub mod who_am_i;
pub mod work;

// What shows content must not print it.
pub(crate) use crate::casework::content::opaque;
