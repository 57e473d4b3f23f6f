//! A suspended issuer woken up: its row deleted, edited, moved away, exchanged for the one that once was good.

use super::{Expected, Scene, get};
use crate::store::wait;
use channel_panel::access::{IssuerId, PersonKind};
use channel_panel::app::suspend::{Whom, suspend};
use channel_panel::demo::seats::Seat;
use channel_panel::demo::tokens::Issuers;

pub fn attacks(scene: &mut Scene<'_>) {
    let running = scene.running;
    let name = Issuers::name_for(PersonKind::System);
    let id = IssuerId::of(name).0.to_string();
    let order = |suspended| wait(suspend(&running.service, Whom::Issuer(name), suspended)).unwrap();
    let (works, tried) = (get(Seat::Coordinator, scene.case_a()), get(Seat::PartnerSystem, "/api/v1/codes"));
    tried.send(running).expect(200);
    order(true);
    order(false);
    tried.send(running).expect(200);
    scene.owner.keep("awake", &["issuer_state"]);
    order(true);
    let refused = |what| Expected::Refused("integrity", what);
    let old = "UPDATE issuer_state SET (version, facts, tag) = (SELECT version, facts, tag FROM awake_issuer_state)";
    scene.attack(
        "wake a suspended issuer: the old row put back",
        (&works, &tried),
        &refused("an older version"),
        &[&id],
        |scene| scene.owner.run(old),
    );
    scene.attack(
        "wake a suspended issuer: its row deleted",
        (&works, &tried),
        &refused("a row that is gone"),
        &[&id],
        |scene| {
            scene.owner.run(&format!("DELETE FROM issuer_state; DELETE FROM ledger_mark WHERE case_lid = '{id}'"));
        },
    );
    scene.attack("wake a suspended issuer by its facts", (&works, &tried), &refused("tag"), &[&id], |scene| {
        scene.owner.edit("issuer_state", "facts", &format!("id = '{id}'"), |facts| facts.replace("true", "false"));
    });
    scene.attack(
        "move an issuer's suspension to another by its column",
        (&works, &tried),
        &refused("a row that is gone"),
        &[&id],
        |scene| scene.owner.run("UPDATE issuer_state SET issuer = 'https://elsewhere.test/'"),
    );
    scene.attack(
        "wake a suspended issuer: another's good row in its place",
        (&works, &tried),
        &refused("another row's facts"),
        &[&id],
        |scene| {
            let other = "https://unsuspected.test/";
            wait(suspend(&scene.running.service, Whom::Issuer(other), true)).unwrap();
            wait(suspend(&scene.running.service, Whom::Issuer(other), false)).unwrap();
            scene.owner.run(&format!(
                "DELETE FROM issuer_state WHERE id = '{id}'; UPDATE issuer_state SET issuer = '{name}', id = '{id}'"
            ));
        },
    );
    assert_eq!(tried.send(running).problem(), "not-authenticated");
    order(false);
    tried.send(running).expect(200);
}
