//! What Criterion has just measured, for ratios. It must never pass on a figure of another run.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub struct Measured {
    since: SystemTime,
}

impl Measured {
    /// To be begun before anything is measured.
    #[allow(clippy::disallowed_methods, reason = "compared with the time that the file system gives to files")]
    pub fn begin() -> Self {
        Self { since: SystemTime::now() }
    }

    /// How many times as long as the other the one takes, by Criterion's medians; none where one of them was not measured now,
    /// as when only some groups are asked for.
    pub fn ratio(&self, group: &str, one: &str, other: &str) -> Option<f64> {
        Some(self.median(group, one)? / self.median(group, other)?)
    }

    /// In nanoseconds.
    fn median(&self, group: &str, what: &str) -> Option<f64> {
        let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
        let path = target.join("criterion").join(group).join(what).join("new/estimates.json");
        let written = std::fs::metadata(&path).ok()?.modified().unwrap();
        let estimates: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (written >= self.since).then(|| estimates["median"]["point_estimate"].as_f64().unwrap())
    }
}

/// Whether this run only looks if the measurement still runs.
pub fn is_smoke() -> bool {
    let given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    !given("--bench") || given("--test")
}
