//! The part of the table that is about people and agencies: memberships and agreements to propose, confirm and end, and
//! people to shut out. Nothing here may look at an answer.

use super::questions::{Ask, Gate, Probe, no_body, post};
use super::table::Tried;
use super::things::{Thing, Whose};
use channel_panel::demo::seats::Body;
use serde_json::json;
use uuid::Uuid;

/// It was ended before, or shut out.
const ALREADY: &[&str] = &["conflict"];

/// What stands in every relation that the policies know to this seat; of those that are there.
pub fn own_and_others(t: &Tried<'_>) -> Vec<Whose> {
    let body = t.seat.body();
    let other = if body == Body::Health { Body::Police } else { Body::Health };
    vec![
        Whose::Agency { body, elsewhere: false },
        Whose::Agency { body, elsewhere: true },
        Whose::Agency { body: other, elsewhere: false },
        Whose::Beyond { elsewhere: false, serving: false },
        Whose::ProposedBy(t.seat),
    ]
}

fn probes(t: &Tried<'_>, each: impl Fn(Whose, &Thing) -> Probe) -> Vec<Probe> {
    let there = |whose: Whose| t.ground.things.get(&whose).map(|thing| each(whose, thing).named(&format!("{whose:?}")));
    own_and_others(t).into_iter().filter_map(there).collect()
}

pub fn memberships(t: &Tried<'_>, verb: &str, action: &str) -> Vec<Probe> {
    probes(t, |whose, thing| {
        let path = format!("/memberships/{}/{verb}", thing.membership);
        no_body(&path, vec![Ask::new(Gate::Membership(whose), action)], ALREADY)
    })
}

pub fn agreements(t: &Tried<'_>, verb: &str, action: &str) -> Vec<Probe> {
    probes(t, |whose, thing| {
        let path = format!("/agreements/{}/{verb}", thing.agreement);
        no_body(&path, vec![Ask::new(Gate::Agreement(whose), action)], ALREADY)
    })
}

/// Somebody in force, somebody of another panel, and somebody whose membership has ended: whom the policies let nobody shut out.
pub fn suspensions(t: &Tried<'_>) -> Vec<Probe> {
    let of = |whose: Whose| {
        let path = format!("/people/{}/suspend", t.ground.things[&whose].of.person);
        let asks = vec![Ask::new(Gate::Membership(whose), "suspend_person")];
        no_body(&path, asks, ALREADY).named(&format!("{whose:?}"))
    };
    vec![
        of(Whose::Beyond { elsewhere: false, serving: true }),
        of(Whose::Beyond { elsewhere: true, serving: true }),
        of(Whose::Beyond { elsewhere: false, serving: false }),
    ]
}

/// For somebody else and for oneself, over before it begins.
pub fn proposals(t: &Tried<'_>) -> Vec<Probe> {
    let of = |oneself: bool| {
        let person = if oneself { t.ground.cast.person(t.seat).0 } else { Uuid::new_v4() };
        let form = json!({"person": person, "agency": t.ground.cast.beyond, "role": "partner",
            "from": t.ground.town.later(5), "to": t.ground.town.today()});
        let asks = vec![Ask::new(Gate::NewMembership { oneself }, "propose_membership")];
        post("/memberships", form, asks, &["invalid"])
    };
    vec![of(false).named("for another"), of(true).named("for oneself")]
}
