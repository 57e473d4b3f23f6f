//! Asks everything of one world as every seat, and compares what two worlds answered.
//! A difference is a leak unless it is one of the two that the design permits, and those are named here and counted.

use super::calls::{self, Asking};
use super::road::{Answered, Asked, ask_all};
use super::sight::{self, Sights, Touch};
use super::targets::Target;
use super::watched;
use super::world::World;
use channel_panel::api::OPERATIONS;
use channel_panel::demo::seats::Seat;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What one seat asked and was answered, by the question's key.
pub type Heard = BTreeMap<String, (Asked, Answered)>;

/// A leak put in by the test, to see that it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    None,
    /// An ETag over the whole case instead of over what the reader sees.
    EtagOfWholeCase,
    /// A list says how many rows there are.
    CountOfHidden,
    /// A guard that holds says why.
    GuardSaysWhy,
    /// A colleague's readings are told with every category, whether or not their watcher may read it there.
    DoingsTellAll,
}

/// Everything that is asked: each operation of the panel, each case opened, and each operation on the cases named.
pub fn hear(world: &World<'_>, (whole, salts): (&[&str], &[u64]), plant: Plant) -> BTreeMap<Seat, Heard> {
    let next = AtomicUsize::new(0);
    let heard = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                while let Some(seat) = Seat::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut of_seat = runtime.block_on(as_seat(world, *seat, whole, salts));
                    for (asked, answered) in of_seat.values_mut() {
                        plant.put_in(world, asked, answered);
                    }
                    heard.lock().unwrap().insert(*seat, of_seat);
                }
            });
        }
    });
    heard.into_inner().unwrap()
}

/// `salts` choose the requests: this world is compared with the one before it by one of them, and with the one after it
/// by the other.
async fn as_seat(world: &World<'_>, seat: Seat, whole: &[&str], salts: &[u64]) -> Heard {
    let mut heard = Heard::new();
    // The case at hand, and in turn some of the others.
    let turn = |n: usize| salts.iter().any(|salt| (salt.wrapping_add(n as u64)) % 3 == 0);
    let shown = world.targets.iter().enumerate().filter(|(n, target)| whole.contains(&target.name) || turn(*n));
    for (_, target) in shown {
        let mut view = Value::Null;
        let opened = on_case(world, seat, (target, &view, 0), |id| id == "openCase").await;
        if let Some((_, shown)) = opened.values().find(|(_, answered)| answered.status == 200) {
            view = shown.json();
        }
        heard.extend(opened);
        if whole.contains(&target.name) {
            for salt in salts {
                heard.extend(on_case(world, seat, (target, &view, *salt), |id| id != "openCase").await);
            }
        }
    }
    let of_panel = OPERATIONS.iter().filter(|operation| !operation.path.contains("{case}"));
    let asked: BTreeMap<String, Asked> = of_panel
        .flat_map(|operation| salts.iter().flat_map(move |salt| calls::of_panel(operation, world, seat, *salt)))
        .map(|asked| (asked.key(), asked))
        .collect();
    let asked: Vec<Asked> = asked.into_values().collect();
    let answered = ask_all(world, seat, &asked).await;
    for (asked, answered) in asked.into_iter().zip(answered) {
        further(world, seat, &asked, &answered, &mut heard).await;
        heard.insert(asked.key(), (asked, answered));
    }
    heard
}

/// Every operation on one case whose id is wanted: the case, what was shown of it, and what chooses the requests.
pub async fn on_case(
    world: &World<'_>,
    seat: Seat,
    (target, view, salt): (&Target, &Value, u64),
    wanted: impl Fn(&str) -> bool,
) -> Heard {
    let asking = Asking { world, seat, target, view, salt };
    let of_cases = OPERATIONS.iter().filter(|operation| operation.path.contains("{case}") && wanted(operation.id));
    let asked: Vec<Asked> = of_cases.flat_map(|operation| calls::of_case(operation, &asking)).collect();
    let answered = ask_all(world, seat, &asked).await;
    let named = |asked: &Asked| format!("{}: {}", target.name, asked.key());
    asked.into_iter().zip(answered).map(|(asked, answered)| (named(&asked), (asked, answered))).collect()
}

/// Follows a list's cursor to the end.
async fn further(world: &World<'_>, seat: Seat, first: &Asked, answered: &Answered, heard: &mut Heard) {
    let Some(parameter) =
        ["after", "before"].into_iter().find(|name| first.operation.query.iter().any(|(known, _)| known == name))
    else {
        return;
    };
    let mut next = answered.json()["next"].as_str().map(str::to_owned);
    let mut page = 2;
    while let Some(cursor) = next {
        let join = if first.path.contains('?') { '&' } else { '?' };
        let asked = Asked {
            label: format!("{}, page {page}", first.label),
            path: format!("{}{join}{parameter}={cursor}", first.path),
            ..first.clone()
        };
        let answered = ask_all(world, seat, std::slice::from_ref(&asked)).await.remove(0);
        next = answered.json()["next"].as_str().map(str::to_owned).filter(|_| page < 12);
        heard.insert(asked.key(), (asked, answered));
        page += 1;
    }
}

impl Plant {
    fn put_in(self, world: &World<'_>, asked: &Asked, answered: &mut Answered) {
        match (self, asked.operation.id) {
            (Plant::EtagOfWholeCase, "openCase") if answered.status == 200 => {
                let case = answered.json()["id"].as_str().unwrap().parse().unwrap();
                let whole = world.service().sealer.etag("planted", world.row(case).header.as_bytes());
                answered
                    .headers
                    .iter_mut()
                    .filter(|(name, _)| name == "etag")
                    .for_each(|(_, value)| value.clone_from(&whole));
            }
            (Plant::CountOfHidden, "listCases") if answered.status == 200 => {
                let panel = world.identified(Seat::Coordinator).panel();
                let rows = world.cases().iter().filter(|row| Some(row.panel) == panel).count();
                answered.headers.push(("x-total".to_owned(), rows.to_string()));
            }
            (Plant::GuardSaysWhy, "makeTransition" | "addLogNote") if answered.problem() == Some("transition-held") => {
                let case = asked.path.split('/').nth(2).unwrap().parse().unwrap();
                let state = &world.header(case).state;
                answered.body.push_str(&format!("{} {}", state.hold.name(), state.gateway.name()));
            }
            (Plant::DoingsTellAll, "readDoings") if answered.status == 200 => {
                answered.body = answered.body.replace("\"categories\":[", "\"categories\":[\"police\",");
            }
            _ => {}
        }
    }
}

/// What a comparison came to.
#[derive(Debug, Default)]
pub struct Verdict {
    pub pairs: usize,
    /// Of them, those that one change lies between.
    pub steps: usize,
    pub comparisons: usize,
    /// A guard on something unreadable held in one world and not in the other (DESIGN §3: the answer is
    /// `transition-held`, without cause; that something holds cannot be hidden from whoever tries).
    pub held: usize,
    /// Readings of the ledger, and of what is made of it, which show that something was done (DESIGN §3: process facts).
    pub ledger: usize,
    /// Categories that watchers were told colleagues had been shown; each was looked at.
    pub watched: usize,
    pub seats: BTreeMap<Seat, usize>,
    pub leaks: Vec<String>,
}

/// So many worlds back a seat's answers are compared: with all of them, not only with the last.
const BACK: usize = 8;

/// What every seat has heard since it was last shown a change.
pub struct Judge {
    heard: BTreeMap<Seat, VecDeque<Heard>>,
    pub verdict: Verdict,
}

impl Judge {
    pub fn new(first: BTreeMap<Seat, Heard>) -> Self {
        let heard = first.into_iter().map(|(seat, heard)| (seat, VecDeque::from([heard]))).collect();
        Self { heard, verdict: Verdict::default() }
    }

    /// The next world: compared, for every seat that may read nothing of what was touched, with each world since that
    /// seat last could. Each is a pair of worlds that differ only in what the seat may not read.
    pub fn hear_on(
        &mut self,
        world: &World<'_>,
        name: &str,
        touches: &[Touch],
        sights: [&Sights; 2],
        after: BTreeMap<Seat, Heard>,
    ) {
        for (seat, now) in after {
            let earlier = self.heard.entry(seat).or_default();
            if touches.iter().any(|touch| sight::may_read(world, seat, touch, sights)) {
                earlier.clear();
            } else {
                self.verdict.steps += 1;
            }
            let (beyond, looked_at) = watched::told_beyond(world, seat, &now, sights[1]);
            self.verdict.leaks.extend(beyond.into_iter().map(|leak| format!("{name}\n  {leak}")));
            self.verdict.watched += looked_at;
            for before in earlier.iter() {
                self.verdict.pairs += 1;
                *self.verdict.seats.entry(seat).or_default() += 1;
                compare(name, seat, [before, &now], &mut self.verdict);
            }
            earlier.push_back(now);
            if earlier.len() > BACK {
                earlier.pop_front();
            }
        }
    }
}

fn compare(name: &str, seat: Seat, [before, after]: [&Heard; 2], verdict: &mut Verdict) {
    for (key, (asked, was)) in before {
        let Some((asks, is)) = after.get(key) else {
            // Chosen for the pair before or after; or a page that is not there, which is seen in the page before it.
            continue;
        };
        verdict.comparisons += 1;
        if asked.same(asks) && was == is {
            continue;
        }
        if was.status == 200 && is.status == 200 && watched::only_more_was_done(asked, seat, was, is) {
            verdict.ledger += 1;
        } else if asked.same(asks) && one_is_held(asked, was, is) {
            verdict.held += 1;
        } else {
            verdict.leaks.push(format!("{name}\n  to {}: {key}\n{}", seat.name(), difference(asked, asks, was, is)));
        }
    }
}

/// Held in one world, done in the other, and told no more: nothing else stood in the way.
fn one_is_held(asked: &Asked, was: &Answered, is: &Answered) -> bool {
    let guarded = ["makeTransition", "addLogNote"].contains(&asked.operation.id);
    let held = |answered: &Answered| {
        let document = answered.json();
        answered.problem() == Some("transition-held") && document.is_object() && document["errors"].is_null()
    };
    guarded && ((held(was) && is.status < 300) || (held(is) && was.status < 300))
}

fn difference(asked: &Asked, asks: &Asked, was: &Answered, is: &Answered) -> String {
    if !asked.same(asks) {
        return format!("    what there was to ask differs:\n    {asked:?}\n    {asks:?}");
    }
    let whole = |answered: &Answered| {
        let headers: Vec<String> = answered.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{} {} {}", answered.status, headers.join("; "), answered.body)
    };
    let (was, is) = (whole(was), whole(is));
    let at = was.bytes().zip(is.bytes()).position(|(a, b)| a != b).unwrap_or(was.len().min(is.len()));
    let around = |text: &str| {
        String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(80)..text.len().min(at + 120)]).into_owned()
    };
    format!("    …{}…\n    …{}…", around(&was), around(&is))
}
