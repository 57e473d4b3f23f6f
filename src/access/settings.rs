//! The circumstances in which a right to a category may hold, put into Cedar's form once for many questions.
//! They must never outlive the reader and the case they were made for: what a guard said in them is remembered here.

use super::entities::context;
use super::facts::Circumstances;
use cedar_policy::{Context, PolicyId};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};

/// What of the circumstances was changed from the plain ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Plain,
    Own,
    OnBehalf,
}

impl Turn {
    pub(super) fn of(self, plain: &Circumstances) -> Circumstances {
        match self {
            Turn::Plain => plain.clone(),
            Turn::Own => Circumstances { own: true, ..plain.clone() },
            Turn::OnBehalf => Circumstances { on_behalf: true, ..plain.clone() },
        }
    }
}

/// Circumstances in Cedar's form, and what was said in them.
pub(super) struct Setting {
    pub context: Context,
    /// The guards that spoke; None where one erred.
    pub barred_by: OnceCell<Option<BTreeSet<PolicyId>>>,
    /// What the policies that could allow said, by what makes them alike (`Narrow::alike`).
    pub allowed: RefCell<HashMap<String, bool>>,
}

/// The three circumstances that a right to a category can depend on, for one reader and one case.
pub(super) struct Settings {
    plain: Setting,
    own: Setting,
    on_behalf: Setting,
}

impl Settings {
    /// None where the circumstances have no form in Cedar; whoever asks must then deny.
    pub(super) fn new(base: &Circumstances) -> Option<Self> {
        let setting = |turn: Turn| {
            Some(Setting { context: context(&turn.of(base))?, barred_by: OnceCell::new(), allowed: RefCell::default() })
        };
        Some(Self { plain: setting(Turn::Plain)?, own: setting(Turn::Own)?, on_behalf: setting(Turn::OnBehalf)? })
    }

    pub(super) fn of(&self, turn: Turn) -> &Setting {
        match turn {
            Turn::Plain => &self.plain,
            Turn::Own => &self.own,
            Turn::OnBehalf => &self.on_behalf,
        }
    }
}
