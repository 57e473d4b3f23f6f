//! Use cases and what carries them: the recorder that everything shown or changed passes, and the sequencer behind it.
//! It must never answer before the ledger has the entry.

pub mod recorder;
pub mod sequencer;
