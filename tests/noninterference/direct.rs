//! Changes to facts that no single act makes alone: the kind of a hold while the case stays held, one gateway answer for
//! another, what only a header holds. Written as the service writes, header sealed and entry appended, by nobody's right.

use super::changes::{Chance, Planned, touch};
use super::sight::{Facet, Touch};
use super::world::World;
use crate::store::wait;
use channel_panel::access::{Access, CaseVerb, Header, Listing, Particulars, Purpose};
use channel_panel::app::answer::{Answer, Reply};
use channel_panel::app::case_edit::CaseEdit;
use channel_panel::app::case_file::CaseFile;
use channel_panel::app::session::Session;
use channel_panel::casework::category::Category;
use channel_panel::casework::ids::{AgencyId, CaseId, PersonId, RecordId, RequestId};
use channel_panel::casework::state::{Gateway, Hold};
use channel_panel::demo::seats::{Body, Seat};
use chrono::Days;
use serde_json::json;

/// Searched for by everybody who may search.
pub const PHONE: &str = "07700 900123";

/// Rewrites a case's header, as counter-terrorism police's session.
fn rewrite(world: &World<'_>, case: CaseId, change: impl FnOnce(&mut Header)) {
    let who = world.identified(Seat::PoliceCt);
    let access = Access::by_default(Purpose::CaseWork);
    let purpose = (access.purpose, access.given);
    let session = Session::begin(world.service(), &who, "makeTransition", purpose, RequestId::new()).unwrap();
    let file = CaseFile::open(&session, case, CaseVerb::OpenCase, &Particulars::default()).unwrap();
    let mut edit = CaseEdit::of(&file);
    change(&mut edit.header);
    let Answer::Change(change) = edit.finish(Reply::empty(204), Vec::new()).unwrap() else { panic!("not a change") };
    drop(file);
    drop(session);
    wait(change.commit(world.service())).unwrap();
}

fn direct(
    target: &'static str,
    name: &str,
    facets: &'static [Facet],
    change: impl Fn(&World<'_>, &mut Chance, &mut Header) + 'static,
) -> Planned {
    Planned {
        name: format!("{target}: {name}"),
        target,
        run: Box::new(move |world, chance| {
            rewrite(world, world.case(target), |header| change(world, chance, header));
            facets.iter().map(|facet| touch(world, target, *facet)).collect()
        }),
    }
}

const HOLDS: [Hold; 6] =
    [Hold::Police, Hold::Custody, Hold::Hospital, Hold::MissingOrAbroad, Hold::NoProvider, Hold::Other];
const WAITING: [Gateway; 4] = [Gateway::Sent, Gateway::NotSuitable, Gateway::PoliceLed, Gateway::Recheck];

/// A case that waits is `paused` to outsiders, whatever it waits for: from one reason to another. One that did not wait
/// begins to, which everybody who knows it is shown.
fn waits_for_something_else(target: &'static str, n: usize) -> Planned {
    let run = move |world: &World<'_>, chance: &mut Chance| {
        let (today, case) = (world.service().clock.today(), world.case(target));
        let before = world.header(case).state.clone();
        rewrite(world, case, |header| {
            let state = &mut header.state;
            while (before.hold, before.gateway) == (state.hold, state.gateway) || !waits(state.hold, state.gateway) {
                state.hold = if chance.below(2) == 0 { Hold::None } else { *chance.of(&HOLDS) };
                state.gateway = if chance.below(2) == 0 { Gateway::Clear } else { *chance.of(&WAITING) };
            }
            state.hold_on = (state.hold != Hold::None).then_some(today);
            state.hold_review_on = state.hold_on.map(|on| on + Days::new(20));
            state.gateway_on = Some(today);
        });
        let facet = if waits(before.hold, before.gateway) { Facet::Kinds } else { Facet::Case };
        vec![touch(world, target, facet)]
    };
    Planned { name: format!("{target}: waits for something else ({n})"), target, run: Box::new(run) }
}

fn waits(hold: Hold, gateway: Gateway) -> bool {
    hold != Hold::None || !matches!(gateway, Gateway::Clear | Gateway::NotSent)
}

fn contact_blocked(target: &'static str, n: usize) -> Planned {
    direct(target, &format!("contact is blocked or not ({n})"), &[Facet::Kinds], |_, _, header| {
        header.state.contact_blocked = !header.state.contact_blocked;
    })
}

fn somebody_else_is_recused(target: &'static str) -> Planned {
    direct(target, "somebody of no seat is recused", &[Facet::Process], |_, _, header| {
        header.recusals.push(PersonId::new());
    })
}

fn another_is_invited(target: &'static str) -> Planned {
    direct(target, "somebody of no seat is invited", &[Facet::Process], |world, _, header| {
        let from = world.service().clock.today();
        let to = from + Days::new(3);
        header.listings.push(Listing { item: RecordId::new(), agency: None, person: Some(PersonId::new()), from, to });
    })
}

fn list_grows() -> Planned {
    direct("restricted", "somebody else is let in", &[Facet::Process], |_, _, header| {
        header.restricted.get_or_insert_default().push(PersonId::new());
    })
}

/// What other providers do is not this one's.
fn another_provider(target: &'static str) -> Planned {
    direct(target, "another provider is asked", &[Facet::Category(Category::Brief)], |_, _, header| {
        let Some(known) = header.state.commissions.first().copied() else { return };
        let other = channel_panel::casework::state::CommissionFact {
            record: RecordId::new(),
            provider: AgencyId::new(),
            ..known
        };
        header.state.commissions.push(other);
    })
}

/// The telephone that everybody searches for comes to stand in a case that most may not know.
fn telephone(target: &'static str) -> Planned {
    Planned {
        name: format!("{target}: the telephone that is searched for"),
        target,
        run: Box::new(move |world, _| {
            let case = &world.target(target).case;
            let view = world.act(Seat::Coordinator, "GET", &format!("/cases/{case}"), None, None);
            let etag = view["categories"]["contact"]["etag"].as_str().unwrap().to_owned();
            let body = crate::api::town::amendment(&json!({"phones": [PHONE]}));
            let path = format!("/cases/{case}/categories/contact");
            world.act(Seat::Coordinator, "PATCH", &path, Some(&body), Some(format!("\"{etag}\"")));
            vec![touch(world, target, Facet::Category(Category::Contact))]
        }),
    }
}

fn part_in_the_plan() -> Planned {
    let mut planned = direct("offered", "an agency of no seat has a part", &[], |world, _, header| {
        let reference = RecordId::new();
        header.assignments.push(channel_panel::access::Assignment {
            agency: world.agency(Body::Audit),
            why: channel_panel::access::AssignmentKind::Plan,
            reference,
        });
    });
    let run = planned.run;
    planned.run = Box::new(move |world, chance| {
        let mut touches: Vec<Touch> = run(world, chance);
        touches.push(touch(world, "offered", Facet::Part(world.agency(Body::Audit))));
        touches
    });
    planned
}

pub fn all() -> Vec<Planned> {
    vec![
        waits_for_something_else("triage", 1),
        waits_for_something_else("triage", 2),
        waits_for_something_else("triage", 3),
        waits_for_something_else("intervention", 1),
        waits_for_something_else("intervention", 2),
        waits_for_something_else("intervention", 3),
        waits_for_something_else("offered", 1),
        waits_for_something_else("offered", 2),
        waits_for_something_else("apart", 1),
        waits_for_something_else("restricted", 1),
        contact_blocked("intervention", 1),
        contact_blocked("triage", 1),
        contact_blocked("asked", 1),
        somebody_else_is_recused("triage"),
        somebody_else_is_recused("intervention"),
        another_is_invited("intervention"),
        another_is_invited("asked"),
        list_grows(),
        another_provider("intervention"),
        another_provider("offered"),
        telephone("triage"),
        telephone("restricted"),
        telephone("apart"),
        part_in_the_plan(),
    ]
}
