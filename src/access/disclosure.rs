//! What a reader was shown of a case and what was kept from them, by names only.
//! It must never depend on what the case holds of the categories a reader may not read: their list is constant.

use super::permit::Permit;
use crate::casework::category::Category;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Names of categories and fields; never a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disclosure {
    pub shown: BTreeMap<Category, Vec<String>>,
    /// Every category of the matrix that this reader may not read, whether or not anything is in it.
    pub withheld: Vec<Category>,
    /// Of categories with many records, how many were shown.
    pub records: BTreeMap<Category, u32>,
}

impl Disclosure {
    pub fn of(permit: &Permit) -> Self {
        Self { withheld: permit.withheld().collect(), ..Self::default() }
    }

    /// Notes one opened map. False, and nothing noted, where the permit does not cover the category:
    /// the caller must then not show it.
    #[must_use]
    pub fn show(&mut self, permit: &Permit, category: Category, opened: &Map<String, Value>) -> bool {
        if permit.reads(category).is_none() {
            return false;
        }
        let fields = self.shown.entry(category).or_default();
        let all: BTreeSet<String> = fields.drain(..).chain(opened.keys().cloned()).collect();
        fields.extend(all);
        true
    }

    /// The same for one record of a category of which a case holds many.
    #[must_use]
    pub fn show_record(&mut self, permit: &Permit, category: Category, opened: &Map<String, Value>) -> bool {
        let shown = self.show(permit, category, opened);
        if shown {
            let count = self.records.entry(category).or_default();
            *count = count.saturating_add(1);
        }
        shown
    }
}

/// What stands in a view for a category that the reader may not read.
pub fn withheld_marker(category: Category) -> Value {
    serde_json::json!({ "withheld": true, "category": category.name() })
}
