//! Rights written, widened or woken up in the registry's tables.

use super::{Expected, Scene, Try, get};
use crate::store::wait;
use channel_panel::access::{AgencyFacts, MembershipFacts, PersonFacts};
use channel_panel::app::register::{Register, take_in};
use channel_panel::demo::seats::{Body, Seat};
use uuid::Uuid;

const ME: &str = "/api/v1/me";
const CODES: &str = "/api/v1/codes";

pub fn attacks(scene: &mut Scene<'_>) {
    planted(scene);
    widened(scene);
    agreements(scene);
    woken(scene);
}

fn membership(scene: &Scene<'_>, seat: Seat) -> String {
    scene.running.borough.membership(seat).to_string()
}

fn planted(scene: &mut Scene<'_>) {
    let (chair, school) = (membership(scene, Seat::Chair), scene.running.borough.person(Seat::School).to_string());
    let chair_person = scene.running.borough.person(Seat::Chair).to_string();
    let new = Uuid::new_v4().to_string();
    let works = get(Seat::School, ME);
    let tried = Try { acting: Some(new.clone()), ..get(Seat::School, CODES) };
    let copy = |facts: &str| {
        format!(
            "INSERT INTO membership (id, person, agency, role, panel, version, facts, tag) \
             SELECT '{new}', '{school}', agency, role, panel, version, {facts}, tag FROM membership WHERE id = '{chair}'"
        )
    };
    let refused = |what| Expected::Refused("membership-required", what);
    scene.attack(
        "insert a membership: a chair's row under another id",
        (&works, &tried),
        &refused("another row's facts"),
        &[&new],
        |scene| scene.owner.run(&copy("facts")),
    );
    scene.attack(
        "insert a membership: a chair's row, its facts rewritten",
        (&works, &tried),
        &refused("tag"),
        &[&new],
        |scene| {
            scene
                .owner
                .run(&copy(&format!("replace(replace(facts, '{chair}', '{new}'), '{chair_person}', '{school}')")));
        },
    );
    let tried = Try { acting: Some(chair.clone()), ..get(Seat::School, CODES) };
    scene.attack(
        "move a chair's membership to another person by its column",
        (&works, &tried),
        &Expected::Denied("membership-required", "the facts name their own person"),
        &[],
        |scene| scene.owner.run(&format!("UPDATE membership SET person = '{school}' WHERE id = '{chair}'")),
    );
    let tried = get(Seat::School, "/api/v1/cases");
    scene.attack(
        "give a referrer the chair's sign-in by the person's columns",
        (&get(Seat::Coordinator, ME), &Try { acting: Some(chair.clone()), ..tried }),
        &Expected::Denied("not-authenticated", "the facts name their own sign-in"),
        &[],
        |scene| {
            let subject = |seat: Seat| format!("'{}'", seat.name());
            scene.owner.run(&format!(
                "UPDATE person SET subject = 'nobody' WHERE subject = {}; UPDATE person SET subject = {} WHERE subject = {}",
                subject(Seat::School),
                subject(Seat::School),
                subject(Seat::Chair)
            ));
        },
    );
}

fn widened(scene: &mut Scene<'_>) {
    let guest = membership(scene, Seat::Guest);
    let which = format!("id = '{guest}'");
    let works = get(Seat::Coordinator, scene.case_a());
    let tried = get(Seat::Guest, CODES);
    for (name, from, to) in [
        ("extend a membership", "\"to\":\"20", "\"to\":\"21"),
        ("make a guest a coordinator", "\"role\":\"guest\"", "\"role\":\"council\""),
        ("make oneself a sponsor", "\"sponsor\":false", "\"sponsor\":true"),
        ("make oneself a safeguarding lead", "\"safeguardingLead\":false", "\"safeguardingLead\":true"),
    ] {
        let edit = |facts: &str| facts.replacen(from, to, 1);
        let expected = Expected::Refused("membership-required", "tag");
        scene.attack(name, (&works, &tried), &expected, &[&guest], |scene| {
            scene.owner.edit("membership", "facts", &which, edit);
        });
    }
    scene.attack(
        "delete a membership",
        (&works, &tried),
        &Expected::Denied("membership-required", "there is none"),
        &[],
        |scene| scene.owner.run(&format!("DELETE FROM membership WHERE {which}")),
    );
}

fn agreements(scene: &mut Scene<'_>) {
    let health = scene.running.borough.agency(Body::Health).to_string();
    let agreement = scene.owner.text(&format!("SELECT id AS v FROM agreement WHERE agency = '{health}'"));
    let (works, tried) = (get(Seat::Coordinator, scene.case_a()), get(Seat::Health, scene.case_a()));
    let refused = |what| Expected::Refused("agreement-not-in-force", what);
    for (name, from, to) in [
        ("widen an agreement to another category", "\"health\"", "\"health\",\"police\""),
        ("extend an agreement", "\"to\":\"20", "\"to\":\"21"),
    ] {
        scene.attack(name, (&works, &tried), &refused("tag"), &[&agreement], |scene| {
            let edit = |facts: &str| facts.replacen(from, to, 1);
            scene.owner.edit("agreement", "facts", &format!("id = '{agreement}'"), edit);
        });
    }
    let council = scene.running.borough.agency(Body::Council).to_string();
    scene.attack(
        "give an agency another's agreement by its column",
        (&works, &tried),
        &Expected::Denied("agreement-not-in-force", "the facts name their own agency"),
        &[],
        |scene| {
            scene.owner.run(&format!(
                "DELETE FROM agreement WHERE agency = '{health}'; \
                 UPDATE agreement SET agency = '{health}' WHERE agency = '{council}'"
            ));
        },
    );
}

/// What was ended is put back: by a row that once was good.
fn woken(scene: &mut Scene<'_>) {
    scene.owner.keep("asleep", &["person", "membership", "agency"]);
    let running = scene.running;
    let (partner, education) = (membership(scene, Seat::Partner), running.borough.person(Seat::Education).to_string());
    let provider = running.borough.agency(Body::Provider).to_string();
    let facts = |table: &str, id: &str| scene.owner.text(&format!("SELECT facts AS v FROM {table} WHERE id = '{id}'"));
    for seat in [Seat::Partner, Seat::Education, Seat::Provider] {
        get(seat, ME).send(running).expect(200);
    }
    let was: MembershipFacts = serde_json::from_str(&facts("membership", &partner)).unwrap();
    let person: PersonFacts = serde_json::from_str(&facts("person", &education)).unwrap();
    let agency: AgencyFacts = serde_json::from_str(&facts("agency", &provider)).unwrap();
    let register = Register {
        memberships: vec![MembershipFacts { ended: true, version: 2, ..was }],
        people: vec![PersonFacts { suspended: true, version: 2, ..person }],
        agencies: vec![AgencyFacts { suspended: true, version: 2, ..agency }],
        ..Register::default()
    };
    wait(take_in(&running.service, register)).unwrap();
    let works = get(Seat::Coordinator, scene.case_a());
    let rows = [
        ("wake an ended membership: its old row put back", "membership", partner, Seat::Partner, "membership-required"),
        ("wake a suspended person: the old row put back", "person", education, Seat::Education, "integrity"),
        ("wake a suspended agency: the old row put back", "agency", provider, Seat::Provider, "membership-required"),
    ];
    for (name, table, id, seat, slug) in rows {
        // Nobody has asked since: what is known of version 2 comes from its commit.
        scene.attack(
            name,
            (&works, &get(seat, CODES)),
            &Expected::Refused(slug, "an older version"),
            &[&id],
            |scene| {
                scene.owner.run(&format!(
                    "UPDATE {table} SET (version, facts, tag) = \
                 (SELECT version, facts, tag FROM asleep_{table} o WHERE o.id = '{id}') WHERE id = '{id}'"
                ));
            },
        );
    }
}
