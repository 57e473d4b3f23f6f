//! Effects of plan, start and post-exit reviews.
//! What is done after exit must never look like support that goes on.

use super::Done;
use crate::casework::engine::Change;

pub fn write_plan(c: &mut Change<'_>) -> Done {
    c.state().plan_on = Some(c.on);
    Ok(())
}

pub fn start(c: &mut Change<'_>) -> Done {
    c.state().support_paused = false;
    Ok(())
}

pub fn post_exit_review(c: &mut Change<'_>) -> Done {
    let on = c.on;
    let state = c.state();
    state.post_exit_reviews = state.post_exit_reviews.saturating_add(1);
    state.last_post_exit_review_on = Some(on);
    Ok(())
}
