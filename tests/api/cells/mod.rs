//! Every operation, seat, stage, category and broken condition over HTTP, against what Cedar itself says of it.
//!
//! The oracle shares nothing with the service's road to a decision: `setting` says what is so, `rows` and `header` make it so in
//! the database, `described` tells Cedar of it in entities of its own, and `table` says what each operation asks. Any slip in
//! between (a fact taken from the wrong place, a question not asked, an answer shown all the same) is a difference.
//!
//! What is tried:
//!
//! - In the ordinary run on SQLite, where everybody has every part and nothing is broken: every operation by every seat at every
//!   stage. Each answer of `openCase` and `readHistory` is compared in every category, and each category has its own request to
//!   change it. Of the steps, and of changes keyed for another, a third at each stage, by turns. The seats that have no case
//!   whatever is so (referrers, the administrator, the neighbours) try one request of each operation at each stage.
//! - Under each broken condition (`setting::conditions`): every seat opens the case, at one stage that takes turns, and again
//!   each answer is compared in every category; every operation is tried by one or two seats, at one stage, with one of its
//!   requests, seats, stages and requests taking turns by a fixed seed. Operations that are about no case pass over the
//!   conditions that are about one.
//! - On PostgreSQL a sample of the same at four stages.
//! - `controls`: with a policy left out, or a fact laid otherwise than Cedar is told, there are differences. `lists`: lists.
//!
//! With `CELLS_EVERYTHING` set (`make drill`) nothing takes turns on SQLite: every operation is tried by every seat under every
//! condition at every stage, in every category where it is of one; and where nothing is broken with every request it has. With a
//! range of conditions in it (`38..40`) only those are looked at again, and with `CELLS_OPERATIONS` only the operations it names.

pub mod cast;
mod controls;
mod described;
pub mod ground;
mod header;
mod judge;
mod lists;
mod meetings;
mod oracle;
mod plan;
mod questions;
mod registry;
mod rows;
mod seen;
pub mod setting;
mod table;
mod things;

use crate::harness::{Backend, Running};
use cast::{Cast, Casting};
use channel_panel::casework::state::Stage;
use channel_panel::config::Limits;
use channel_panel::demo::seats::Seat;
use described::{Said, What, Who};
use ground::Ground;
use judge::Tally;
use oracle::Oracle;
use plan::{Plan, Reach};
use setting::Setting;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use things::Of;

const WORKERS: usize = 3;

/// A service, and casts for so many workers.
fn service(backend: Backend, casts: usize) -> (Running, Casting) {
    let casting = Casting::new(casts);
    let running = Running::start_trusting(backend, Limits::default(), vec![casting.issuer()]);
    (running, casting)
}

/// The plan on a service of its own, by several workers.
fn carried_out(plan: &Plan, backend: Backend) -> Tally {
    let oracle = Oracle::new();
    let (running, casting) = service(backend, WORKERS);
    let casts: Vec<_> = (0..WORKERS).map(|number| casting.cast(number, &running)).collect();
    must_fit(&oracle, &casts[0]);
    let mut tally = Tally::default();
    let work = |cast| plan.work(&oracle, &Ground::prepare(&running, cast, &plan.stages));
    let work = &work;
    std::thread::scope(|scope| {
        let workers: Vec<_> = casts.iter().map(|cast| scope.spawn(move || work(cast))).collect();
        workers.into_iter().for_each(|done| tally.add(done.join().unwrap()));
    });
    tally
}

fn must_fit(oracle: &Oracle, cast: &Cast) {
    let (setting, seat) = (Setting::every_part(Stage::Panel), Seat::Coordinator);
    let of = Of {
        panel: cast.panel,
        agency: cast.beyond,
        person: cast.approver,
        proposed_by: cast.approver,
        in_force: true,
    };
    let registry = [What::appointment(&of), What::agreement(&of)];
    let cases = [What::case(cast, &setting), What::referral(cast, Seat::School), What::transfer(cast)];
    for what in cases.into_iter().chain(registry) {
        oracle.must_fit(&Who::of(cast, &setting, seat), &what, &Said::of(&setting, seat, "openCase"));
    }
}

fn report(backend: Backend, tally: &Tally, began: Instant) {
    let (cells, requests, took) = (tally.cells(), tally.requests, began.elapsed().as_secs());
    println!(
        "{backend:?}: {cells} cells in {requests} requests ({} let in; {} times the service was busy and was asked again), {took} s",
        tally.let_in, tally.busy
    );
    let by: Vec<String> = tally.by_operation.iter().map(|(operation, cells)| format!("{operation} {cells}")).collect();
    println!("  {}", by.join(", "));
    let different = &tally.different;
    let shown = different.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(different.is_empty(), "{backend:?}: {} of {cells} cells differ:\n{shown}", different.len());
}

/// PostgreSQL answers for itself at these.
const SOME: [Stage; 4] = [Stage::Triage, Stage::Panel, Stage::Closed, Stage::Erased];

#[test]
fn every_cell_over_http_is_as_cedar_says() {
    let everything = std::env::var("CELLS_EVERYTHING");
    let (reach, mut at_least, one_in) =
        if everything.is_ok() { (Reach::Everything, 1_000_000, 8) } else { (Reach::Ordinary, 45_000, 48) };
    let mut on_postgres = Plan::of_everything(Reach::OneIn(one_in));
    on_postgres.stages = SOME.to_vec();
    let mut on_sqlite = Plan::of_everything(reach);
    if let Some(range) = everything.ok().filter(|range| !range.is_empty()) {
        on_sqlite.only(&range);
        at_least = 0;
    }
    if let Ok(named) = std::env::var("CELLS_OPERATIONS") {
        on_sqlite.operations.retain(|operation| named.split(',').any(|id| id == operation.id));
        at_least = 0;
    }
    let plans = [(Backend::Sqlite, on_sqlite, at_least), (Backend::Postgres, on_postgres, 1_000)];
    let failed: Vec<Backend> = plans
        .into_iter()
        .filter(|(backend, plan, at_least)| {
            let run = || {
                let began = Instant::now();
                let tally = carried_out(plan, *backend);
                report(*backend, &tally, began);
                assert!(tally.cells() > *at_least, "{} cells are too few", tally.cells());
            };
            catch_unwind(AssertUnwindSafe(run)).is_err()
        })
        .map(|(backend, ..)| backend)
        .collect();
    assert!(failed.is_empty(), "failed on {failed:?}");
}
