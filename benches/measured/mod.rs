//! What Criterion has just measured, for ratios. It must never be asked in a smoke run, which measures nothing.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// Criterion's median of one measurement, in nanoseconds.
pub fn median(group: &str, what: &str) -> f64 {
    let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
    let path = target.join("criterion").join(group).join(what).join("new/estimates.json");
    let estimates: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    estimates["median"]["point_estimate"].as_f64().unwrap()
}

/// Whether this run only looks if the measurement still runs.
pub fn is_smoke() -> bool {
    let given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    !given("--bench") || given("--test")
}
