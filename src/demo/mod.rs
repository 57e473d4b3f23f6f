//! A synthetic borough: who sits where, their tokens, and the stories told of it through the API alone.
//! Nothing here may hold anybody real, nor reach a case by another road than a request.

pub mod borough;
pub mod calendar;
pub mod caller;
pub mod load;
pub mod seats;
pub mod stories;
pub mod tokens;
