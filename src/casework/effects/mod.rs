//! What each row of the table does to the state. The chapters are those of `transitions`.
//! An effect decides nothing: every condition is a guard or a rule of a form, and was met before it runs.

pub mod commission;
pub mod consent;
pub mod ending;
pub mod front_door;
pub mod panel;
pub mod support;

use super::engine::Change;
use crate::error::Problem;

type Done = Result<(), Problem>;

/// The stage moves, and nothing else.
///
/// # Errors
/// None.
pub fn none(_: &mut Change<'_>) -> Done {
    Ok(())
}
