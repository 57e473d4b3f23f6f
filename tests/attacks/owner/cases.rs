//! The case's own row: facts, cells, keys.

use super::{Expected, Scene, get};
use crate::attacks::sql::columns_from;
use crate::attacks::work::path;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};

const FACTS: &[&str] = &["panel_id", "subject_id", "version", "stage", "due_on", "header", "header_tag"];
const CELLS: &[&str] = &[
    "wrapped_keys",
    "identity",
    "contact",
    "source",
    "concern",
    "ideology",
    "monitoring",
    "social_care",
    "social_care_summary",
    "health",
    "health_summary",
    "education",
    "education_summary",
    "police",
    "plan",
    "safety",
];

pub fn attacks(scene: &mut Scene<'_>) {
    facts(scene);
    copies(scene);
    older(scene);
    cells(scene);
    exchanged(scene);
}

fn tampered(what: &'static str) -> Expected {
    Expected::Refused("integrity", what)
}

/// The header rewritten, its tag left as it was.
fn facts(scene: &mut Scene<'_>) {
    let borough = &scene.running.borough;
    let deputy = borough.person(Seat::Deputy).to_string();
    let social = json!({"agency": borough.agency(Body::SocialCare), "why": "plan", "reference": scene.b});
    let guest = json!({"item": scene.b, "agency": null, "person": borough.person(Seat::Guest), "from": "2020-01-01", "to": "2120-01-01"});
    let neighbour = borough.neighbour.to_string();
    let (a, off) = (scene.a.clone(), scene.closed_off.clone());
    type Change = Box<dyn Fn(&mut Value)>;
    let push = |field: &'static str, item: Value| -> Change {
        Box::new(move |header| header[field].as_array_mut().unwrap().push(item.clone()))
    };
    let attacks: Vec<(&'static str, &str, Seat, Change)> = vec![
        ("delete a recusal", &a, Seat::Deputy, {
            Box::new(move |h| h["recusals"].as_array_mut().unwrap().retain(|p| p != deputy.as_str()))
        }),
        ("remove a restriction", &off, Seat::Deputy, Box::new(|h| h["restricted"] = Value::Null)),
        (
            "change the stage, header and column",
            &a,
            Seat::Coordinator,
            Box::new(|h| h["state"]["stage"] = json!("intervention")),
        ),
        (
            "change the panel, header and column",
            &a,
            Seat::NeighbourCoordinator,
            Box::new(move |h| h["panel"] = json!(neighbour)),
        ),
        ("add an assignment", &a, Seat::SocialCare, push("assignments", social)),
        ("add a listing", &a, Seat::Guest, push("listings", guest)),
        ("mark a case as decided", &a, Seat::Chair, Box::new(|h| h["decided"] = json!(true))),
    ];
    for (name, case, thief, change) in attacks {
        let works = get(Seat::Coordinator, path(case));
        let lid = scene.ledger_id(case);
        scene.attack(name, (&works, &get(thief, path(case))), &tampered("tag"), &[&lid], |scene| {
            scene.owner.edit("case_file", "header", &format!("id = '{case}'"), |text| {
                let mut header: Value = serde_json::from_str(text).unwrap();
                change(&mut header);
                header.to_string()
            });
            let neighbour = scene.running.borough.neighbour;
            if name.contains("panel") {
                scene.owner.run(&format!("UPDATE case_file SET panel_id = '{neighbour}' WHERE id = '{case}'"));
            }
            if name.contains("stage") {
                scene.owner.run(&format!("UPDATE case_file SET stage = 'intervention' WHERE id = '{case}'"));
            }
        });
    }
}

/// The columns for queries alone.
fn copies(scene: &mut Scene<'_>) {
    let (a, neighbour) = (scene.a.clone(), scene.running.borough.neighbour);
    let lid = scene.ledger_id(&a);
    let works = get(Seat::Coordinator, scene.case_a());
    for (name, set) in [
        ("change the stage's column", "stage = 'closed'".to_owned()),
        ("change the panel's column", format!("panel_id = '{neighbour}'")),
        ("change the subject's column", format!("subject_id = '{a}'")),
        ("change the version's column", "version = version + 1".to_owned()),
    ] {
        scene.attack(name, (&works, &works), &tampered("row and header differ"), &[&lid], |scene| {
            scene.owner.run(&format!("UPDATE case_file SET {set} WHERE id = '{a}'"));
        });
    }
}

/// What was good once.
fn older(scene: &mut Scene<'_>) {
    let a = scene.a.clone();
    let lid = scene.ledger_id(&a);
    let works = get(Seat::Coordinator, scene.case_a());
    let deputy = get(Seat::Deputy, scene.case_a());
    let from_early = |columns: &[&str]| columns_from(columns, "early_case_file o", &format!("o.id = '{a}'"));
    let all: Vec<&str> = FACTS.iter().chain(CELLS).copied().collect();
    for (name, columns, what) in [
        ("put an old header back, with its version", FACTS.to_vec(), "an older version"),
        ("put an old header and tag under the new version", vec!["header", "header_tag"], "row and header differ"),
        ("put the whole old row back", all, "an older version"),
        ("put an old cell back", vec!["contact"], "a category's content"),
    ] {
        let tried = if columns.len() == 1 { &works } else { &deputy };
        scene.attack(name, (&works, tried), &tampered(what), &[&lid], |scene| {
            scene.owner.run(&format!("UPDATE case_file SET {} WHERE id = '{a}'", from_early(&columns)));
        });
    }
}

fn cells(scene: &mut Scene<'_>) {
    let a = scene.a.clone();
    let lid = scene.ledger_id(&a);
    let works = get(Seat::Coordinator, scene.case_a());
    let attacks = [
        ("null a column", "contact = NULL", "a category is missing or was planted", Seat::Coordinator),
        (
            "plant a column that nobody wrote",
            "education_summary = contact",
            "a category is missing or was planted",
            Seat::Coordinator,
        ),
        (
            "swap two categories' columns",
            "identity = contact, contact = identity",
            "a category's content",
            Seat::Coordinator,
        ),
        ("copy the common detail over an agency's", "health = identity", "a category's content", Seat::Health),
        ("flip a byte of a cell", "identity = replace(identity, 'A', 'B')", "a category's content", Seat::Coordinator),
    ];
    for (name, set, what, who) in attacks {
        scene.attack(name, (&works, &get(who, path(&a))), &tampered(what), &[&lid], |scene| {
            scene.owner.run(&format!("UPDATE case_file SET {set} WHERE id = '{a}'"));
        });
    }
}

fn exchanged(scene: &mut Scene<'_>) {
    let (a, b) = (scene.a.clone(), scene.b.clone());
    let (lid, other) = (scene.ledger_id(&a), scene.ledger_id(&b));
    let works = get(Seat::Coordinator, scene.case_a());
    let all: Vec<&str> = FACTS.iter().chain(CELLS).copied().collect();
    let attacks: [(&'static str, Vec<&str>, &'static str); 5] = [
        ("swap two cases' rows, all but their ids", all, "tag"),
        ("swap two cases' headers", vec!["header", "header_tag", "version", "stage"], "tag"),
        ("swap two cases' cells", CELLS.to_vec(), "a category's content"),
        ("swap one column of two cases", vec!["identity"], "a category's content"),
        ("swap two cases' wrapped keys", vec!["wrapped_keys"], "seal: wrapped key fails authentication"),
    ];
    for (name, columns, what) in attacks {
        scene.attack(name, (&works, &works), &tampered(what), &[&lid, &other], |scene| {
            let swap = |to: &str, from: &str| {
                let set = columns_from(&columns, "kept_case_file o", &format!("o.id = '{from}'"));
                scene.owner.run(&format!("UPDATE case_file SET {set} WHERE id = '{to}'"));
            };
            swap(&a, &b);
            swap(&b, &a);
        });
    }
}
