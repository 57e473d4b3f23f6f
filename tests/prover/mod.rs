//! The theorems about the policies: that they hold, that the prover refutes what is false, and that between them and the
//! matrices no line of a policy can go missing.

mod board;
mod mutants;
mod mutations;
mod siblings;
mod theorems;

use channel_panel::access::Policies;
use std::path::PathBuf;
use std::sync::LazyLock;

static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load().unwrap());

fn at(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}
