//! Rows that hang on a case: records, events, earlier versions and headers.

use super::{Expected, Scene, get};
use crate::attacks::work::path;
use channel_panel::demo::seats::Seat;

const LOG: &str = "category = 'log'";

pub fn attacks(scene: &mut Scene<'_>) {
    records(scene);
    events(scene);
    versions(scene);
}

fn records(scene: &mut Scene<'_>) {
    let (a, b) = (scene.a.clone(), scene.b.clone());
    let lid = scene.ledger_id(&a);
    let works = get(Seat::Coordinator, path(&b));
    let tried = get(Seat::Coordinator, path(&a));
    let of = format!("case_id = '{a}' AND {LOG}");
    let last =
        format!("case_id = '{a}' AND seq = (SELECT max(seq) FROM kept_case_record WHERE case_id = '{a}' AND {LOG})");
    let first = last.replace("max(seq)", "min(seq)");
    let agency = scene.running.borough.agency(channel_panel::demo::seats::Body::Police);
    let taken = "the records of a category";
    let planted = "records were put in";
    let attacks = [
        ("delete the last record", format!("DELETE FROM case_record WHERE {last}"), taken),
        ("delete the first record", format!("DELETE FROM case_record WHERE {first}"), taken),
        ("delete every record of a category", format!("DELETE FROM case_record WHERE {of}"), taken),
        (
            "swap two records' content",
            format!(
                "UPDATE case_record SET sealed = (SELECT o.sealed FROM kept_case_record o WHERE o.case_id = '{a}' AND o.{LOG} AND o.seq <> case_record.seq LIMIT 1) WHERE {of}"
            ),
            taken,
        ),
        ("change a record's agency", format!("UPDATE case_record SET agency = '{agency}' WHERE {last}"), taken),
        ("change a record's day", format!("UPDATE case_record SET occurred_on = '2020-01-01' WHERE {last}"), taken),
        (
            "change a record's moment",
            format!("UPDATE case_record SET recorded_at = recorded_at - 1 WHERE {last}"),
            taken,
        ),
        ("change a record's kind", format!("UPDATE case_record SET kind = 'triage' WHERE {last}"), taken),
        ("change a record's author", format!("UPDATE case_record SET by_membership = NULL WHERE {last}"), taken),
        ("put records in another order", format!("UPDATE case_record SET seq = 1000 - seq WHERE {of}"), taken),
        (
            "move a record to another category",
            format!("UPDATE case_record SET category = 'triage' WHERE {last}"),
            taken,
        ),
        (
            "insert a record: a copy under a new id",
            format!(
                "INSERT INTO case_record SELECT case_id, seq + 1000, category, '{b}', 1, kind, occurred_on, recorded_at, by_membership, agency, on_behalf, sealed FROM kept_case_record WHERE {last}"
            ),
            planted,
        ),
        (
            "insert a record of a category that has none",
            format!(
                "INSERT INTO case_record SELECT case_id, seq + 1000, 'panel', '{b}', 1, kind, occurred_on, recorded_at, by_membership, agency, on_behalf, sealed FROM kept_case_record WHERE {last}"
            ),
            planted,
        ),
    ];
    for (name, sql, what) in attacks {
        scene.attack(name, (&works, &tried), &Expected::Refused("integrity", what), &[&lid], |scene| {
            scene.owner.run(&sql)
        });
    }
}

fn events(scene: &mut Scene<'_>) {
    let a = scene.a.clone();
    let lid = scene.ledger_id(&a);
    let (works, tried) = (get(Seat::Coordinator, path(&a)), get(Seat::Coordinator, format!("{}/history", path(&a))));
    let one = format!("case_id = '{a}' AND seq = 2");
    let attacks = [
        ("rename an event", format!("UPDATE event SET name = 'gateway_clear' WHERE {one}"), "the events of a case"),
        (
            "date an event back",
            format!("UPDATE event SET occurred_on = '2020-01-01' WHERE {one}"),
            "the events of a case",
        ),
        (
            "give an event to another role",
            format!("UPDATE event SET role = 'chair' WHERE {one}"),
            "the events of a case",
        ),
        ("delete an event", format!("DELETE FROM event WHERE {one}"), "the events of a case"),
        (
            "delete the newest event",
            format!(
                "DELETE FROM event WHERE case_id = '{a}' AND seq = (SELECT max(seq) FROM kept_event WHERE case_id = '{a}')"
            ),
            "the events of a case",
        ),
        (
            "insert an event",
            format!(
                "INSERT INTO event SELECT case_id, seq + 1000, 'gateway_clear', occurred_on, recorded_at, membership, agency, role FROM kept_event WHERE {one}"
            ),
            "events were put in",
        ),
    ];
    for (name, sql, what) in attacks {
        scene.attack(name, (&works, &tried), &Expected::Refused("integrity", what), &[&lid], |scene| {
            scene.owner.run(&sql)
        });
    }
}

fn versions(scene: &mut Scene<'_>) {
    let (a, b) = (scene.a.clone(), scene.b.clone());
    let lid = scene.ledger_id(&a);
    let (works, tried) = (get(Seat::Coordinator, path(&a)), get(Seat::Coordinator, format!("{}/history", path(&a))));
    let old = format!("case_id = '{a}' AND category = 'contact' AND version = 2");
    let lost = "the versions of a category";
    let attacks = [
        ("delete an old version", format!("DELETE FROM case_version WHERE {old}"), lost),
        (
            "delete every version of a category",
            format!("DELETE FROM case_version WHERE case_id = '{a}' AND category = 'contact'"),
            lost,
        ),
        ("empty an old version", format!("UPDATE case_version SET sealed = '{{}}' WHERE {old}"), lost),
        (
            "put an older version in an old one's place",
            format!(
                "UPDATE case_version SET sealed = (SELECT o.sealed FROM kept_case_version o WHERE o.case_id = '{a}' AND o.category = 'contact' AND o.version = 1) WHERE {old}"
            ),
            lost,
        ),
        (
            "take another case's version",
            format!(
                "UPDATE case_version SET sealed = (SELECT o.sealed FROM kept_case_version o WHERE o.case_id = '{b}' AND o.category = 'identity' AND o.version = 1) WHERE {old}"
            ),
            lost,
        ),
        (
            "delete an earlier header",
            format!("DELETE FROM case_header_version WHERE case_id = '{a}' AND version = 2"),
            "earlier headers are missing",
        ),
        (
            "rewrite an earlier header",
            format!(
                "UPDATE case_header_version SET header = replace(header, 'triage', 'closed') WHERE case_id = '{a}' AND version > 2"
            ),
            "an earlier header",
        ),
    ];
    for (name, sql, what) in attacks {
        scene.attack(name, (&works, &tried), &Expected::Refused("integrity", what), &[&lid], |scene| {
            scene.owner.run(&sql)
        });
    }
    let ignored = Expected::Ignored("the header dates its version");
    scene.attack("change an old version's moment", (&works, &tried), &ignored, &[], |scene| {
        scene.owner.run(&format!("UPDATE case_version SET recorded_at = 0, membership = NULL WHERE {old}"));
    });
}
