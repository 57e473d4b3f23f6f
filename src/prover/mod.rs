//! What the policies can never allow, decided by an SMT solver for every request there could be, not for those somebody
//! thought of. For people who change policies and for CI: nothing that serves a request may come here, and it must never
//! report a theorem as holding that no request could break (`Verdict::Vacuous`).

pub mod document;
mod ground;
mod health;
mod run;
mod solver;
pub mod theorems;

pub use ground::{Ground, Kind};
pub use health::Fault;
pub use run::{Outcome, prove, share, workers};
pub use solver::{Change, Counterexample, Prover, Verdict};
pub use theorems::Theorem;

/// Why nothing could be proved or refuted. Never a verdict.
#[derive(Debug, thiserror::Error)]
pub enum ProverError {
    #[error(transparent)]
    Policies(#[from] crate::access::PolicyError),
    #[error("{file}: {fault}")]
    Theorem { file: String, fault: &'static str },
    #[error("the solver cannot be run: {0} (install cvc5, or name it in the environment variable CVC5)")]
    Start(String),
    #[error("the solver gave no answer: {0}")]
    Solver(String),
    #[error("the solver's counterexample to {0} is none: the policies or the theorem do not allow it")]
    NoCounterexample(String),
    #[error("a worker stopped without an answer")]
    Worker,
}
