//! Assessment frameworks as versioned data: an authority's own template has the same shape as VAF-2012.
//! It must never hold an item list that was not published (the PAF of 2024 is left for the authority to fill in).

use crate::error::Problem;
use chrono::NaiveDate;
use serde::Deserialize;

const VAF_2012: &str = include_str!("../../../data/vaf-2012.json");

/// One framework: its dimensions, factors and rating scale.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Template {
    pub id: String,
    pub version: u32,
    pub title: String,
    pub source: String,
    pub effective_from: NaiveDate,
    pub dimensions: Vec<String>,
    pub ratings: Vec<String>,
    pub factors: Vec<Factor>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Factor {
    pub number: u16,
    pub code: String,
    pub dimension: String,
    pub label: String,
}

impl Template {
    /// The Vulnerability Assessment Framework of 2012: 22 factors, 13 of engagement, 6 of intent, 3 of capability.
    ///
    /// # Errors
    /// `internal`, if the built-in data cannot be read; a test reads it.
    pub fn vaf_2012() -> Result<Self, Problem> {
        serde_json::from_str(VAF_2012).map_err(|_| Problem::internal("assessment template data"))
    }

    pub fn has_factor(&self, code: &str) -> bool {
        self.factors.iter().any(|f| f.code == code)
    }
}
