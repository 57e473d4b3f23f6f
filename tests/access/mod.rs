//! Access: tokens, authenticated facts, policies and permits. Nothing here may need a database.

mod appointments;
mod conditions;
mod facts;
mod matrix;
mod policies;
mod token;
mod transitions;
mod verbs;
mod world;
