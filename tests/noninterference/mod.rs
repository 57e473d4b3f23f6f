//! Noninterference: two worlds that differ only in what a reader may not read give that reader the same bytes, at every
//! operation, in every seat. What "may not read" means is asked of the policies and never of what the service answers.
//!
//! A pair of worlds is the same database before and after one change, or several. A change serves as a pair for every seat that may
//! read nothing of what it touched (`changes` says what that is, `sight` who may). Answers are compared byte for byte:
//! status, headers, body. Only three things are made alike first: the request's own id, the order of headers (which actix
//! draws by lot), and ids that the answer to a change has just invented and that stand nowhere in the database.

mod calls;
mod changes;
mod direct;
mod judge;
mod meetings;
mod property;
mod road;
mod served;
mod sight;
mod sink;
mod targets;
mod timing;
mod watched;
mod work;
mod world;
