//! Tables of relations: derived, or vouched for by the cases they speak of.

use super::{Expected, Scene, get};
use crate::attacks::alarms;
use crate::attacks::sql::Owner;
use crate::attacks::work::{cases_of, matched, path, referral, submit, until};
use crate::harness::{Backend, Running};
use channel_panel::demo::seats::Seat;
use serde_json::json;

pub fn attacks(scene: &mut Scene<'_>) {
    candidates(scene);
    unmatched(scene);
    hidden(scene);
    links(scene);
    items(scene);
    referrals(scene);
    consultations(scene);
    replay(scene);
}

fn candidates(scene: &mut Scene<'_>) {
    let (a, c, d) = (scene.a.clone(), scene.c.clone(), scene.d.clone());
    let lid = scene.ledger_id(&c);
    let works = get(Seat::Coordinator, path(&c));
    let tried = get(Seat::Coordinator, format!("{}/candidates", path(&c)));
    let known = tried.send(scene.running).expect(200).json();
    assert!(known["candidates"].as_array().unwrap().iter().any(|x| x["case"] == a.as_str()), "{known}");
    let one = format!("case_id = '{c}' AND other_case_id = '{a}'");
    let attacks = [
        ("hide an earlier case: delete a candidate", format!("DELETE FROM match_candidate WHERE {one}")),
        ("dismiss a candidate", format!("UPDATE match_candidate SET state = 'dismissed' WHERE {one}")),
        ("change a candidate's score", format!("UPDATE match_candidate SET score = 1 WHERE {one}")),
        (
            "invent a candidate",
            format!(
                "INSERT INTO match_candidate SELECT '{c}', '{d}', score, reasons, rule_version, state FROM kept_match_candidate WHERE {one}"
            ),
        ),
    ];
    let expected = Expected::Refused("integrity", "the candidates of a case");
    for (name, sql) in attacks {
        scene.attack(name, (&works, &tried), &expected, &[&lid], |scene| scene.owner.run(&sql));
    }
}

/// A case is taken off an agenda, which its meeting's own facts still name: it must be heard all the same.
fn items(scene: &mut Scene<'_>) {
    let (running, a) = (scene.running, scene.a.clone());
    let coordinator = running.client(Seat::Coordinator);
    let plan = json!({"forum": "extraordinary", "on": running.service.clock.today()});
    let planned = coordinator.post("/api/v1/meetings", &plan).expect(201).json();
    let meeting = planned["meetings"][0].as_str().unwrap().to_owned();
    let item = json!({"case": a, "reason": "It does not wait"});
    coordinator.post(&format!("/api/v1/meetings/{meeting}/items"), &item).expect(201);
    let lid = scene.ledger_id(&a);
    let tried = get(Seat::Coordinator, format!("/api/v1/meetings/{meeting}/agenda"));
    assert_eq!(tried.send(running).expect(200).json()["items"][0]["case"], a.as_str());
    scene.attack(
        "take a case off an agenda: delete its item",
        (&get(Seat::Coordinator, path(&a)), &tried),
        &Expected::Alarmed("a case was taken off an agenda's table"),
        &[&lid],
        |scene| scene.owner.run(&format!("DELETE FROM meeting_item WHERE case_id = '{a}'")),
    );
    scene.attack(
        "put a case on an agenda that does not name it",
        (&get(Seat::Coordinator, path(&a)), &tried),
        &Expected::Ignored("the meeting's facts do not name it"),
        &[],
        |scene| {
            let other = &scene.b;
            scene.owner.run(&format!("INSERT INTO meeting_item (meeting_id, case_id) VALUES ('{meeting}', '{other}')"));
        },
    );
}

/// No referral is marked as matched until they are let go: so that the matcher does not come first. Gives how they are.
fn hold(owner: &Owner<'_>, backend: Backend) -> &'static str {
    owner.run(match backend {
        Backend::Sqlite => "CREATE TRIGGER hold BEFORE UPDATE ON referral BEGIN SELECT RAISE(ABORT, 'held'); END",
        Backend::Postgres => {
            "CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''held''; END'; \
            CREATE TRIGGER hold BEFORE UPDATE ON referral FOR EACH ROW EXECUTE FUNCTION hold()"
        }
    });
    if backend == Backend::Sqlite { "DROP TRIGGER hold;" } else { "DROP TRIGGER hold ON referral;" }
}

/// A referral that is said to have been matched before the matcher saw it.
fn unmatched(scene: &mut Scene<'_>) {
    let running: &Running = scene.running;
    let owner = &scene.owner;
    let let_go = hold(owner, running.database.backend());
    let id = submit(&running.client(Seat::School), &scene.form);
    let case = cases_of(owner, &id)[0].clone();
    let at = format!("{}/candidates", path(&case));
    running.client(Seat::Coordinator).get(&at).expect(200);
    owner.run(&format!("{let_go} UPDATE referral SET match_state = 'matched' WHERE id = '{id}'"));
    assert_eq!(running.client(Seat::Coordinator).get(&at).problem(), "integrity");
    owner.run(&format!("UPDATE referral SET match_state = 'pending' WHERE id = '{id}'"));
    running.service.referral_arrived.notify_one();
    matched(owner);
    running.client(Seat::Coordinator).get(&at).expect(200);
    scene.found("say that a referral was matched", "integrity: the matching of a case");
}

/// An earlier case of the same person is put among those that a referral opened: people named together are not each other.
fn hidden(scene: &mut Scene<'_>) {
    let running: &Running = scene.running;
    let (owner, a, school) = (&scene.owner, &scene.a, running.client(Seat::School));
    let let_go = hold(owner, running.database.backend());
    let id = submit(&school, &scene.form);
    let opened = cases_of(owner, &id);
    let to = |referral: &str, index: usize, case: &str| {
        format!("UPDATE referral_case SET referral_id = '{referral}', person_index = {index} WHERE case_id = '{case}';")
    };
    let state = |id: &str| owner.text(&format!("SELECT match_state AS v FROM referral WHERE id = '{id}'"));
    let alarmed = |mark: usize| {
        running.service.referral_arrived.notify_one();
        let said = || alarms::about(mark, std::slice::from_ref(&id));
        until("the alarm", || said().iter().any(|what| what == "a referral to be matched"));
        assert!(said().iter().any(|what| what == "the cases it opened"));
        assert_eq!(state(&id), "pending");
    };
    // One more than it names people; then as many, of which one is another's.
    owner.run(&to(&id, 7, a));
    alarmed(alarms::mark());
    // From here on nothing but the matcher itself keeps it from being marked.
    owner.run(let_go);
    owner.run(&to("x", 1, &opened[1]));
    alarmed(alarms::mark());
    let after = submit(&school, &referral("Zuleika", "Nobodybefore"));
    until("the matching of another referral", || state(&after) == "matched");
    assert_eq!(state(&id), "pending");
    owner.run(&to(&scene.referral, 0, a));
    owner.run(&to(&id, 1, &opened[1]));
    running.service.referral_arrived.notify_one();
    matched(owner);
    let at = format!("{}/candidates", path(&opened[0]));
    let found = running.client(Seat::Coordinator).get(&at).expect(200).json();
    assert!(found["candidates"].as_array().unwrap().iter().any(|one| one["case"] == a.as_str()), "{found}");
    scene.found("hide an earlier case: put it among a referral's own", "the matcher: the cases it opened");
}

fn links(scene: &mut Scene<'_>) {
    let (a, c) = (scene.a.clone(), scene.c.clone());
    let works = get(Seat::Coordinator, path(&a));
    let tried = get(Seat::Coordinator, format!("{}/links", path(&a)));
    assert_eq!(tried.send(scene.running).json()["links"][0]["case"], scene.b.as_str());
    let ignored = Expected::Ignored("both cases' headers hold their links");
    let attacks = [
        ("delete a link", "DELETE FROM case_link".to_owned()),
        (
            "invent a link",
            format!(
                "INSERT INTO case_link SELECT '{a}', '{c}', 'household', recorded_at, membership FROM kept_case_link"
            ),
        ),
        ("change a link's kind", "UPDATE case_link SET kind = 'household'".to_owned()),
    ];
    for (name, sql) in attacks {
        scene.attack(name, (&works, &tried), &ignored, &[], |scene| scene.owner.run(&sql));
    }
}

fn referrals(scene: &mut Scene<'_>) {
    let (first, again) = (scene.referral.clone(), scene.again.clone());
    let works = get(Seat::Coordinator, scene.case_a());
    let tried = get(Seat::School, format!("/api/v1/referrals/{first}"));
    let thief = get(Seat::PartnerSystem, format!("/api/v1/referrals/{first}"));
    let system = scene.running.borough.person(Seat::PartnerSystem);
    let school = scene.running.borough.person(Seat::School);
    let swap = |column: &str| {
        format!(
            "UPDATE referral SET {column} = (SELECT o.{column} FROM kept_referral o WHERE o.id = '{again}') WHERE id = '{first}'"
        )
    };
    let cases = "the cases it opened";
    let attacks = [
        (
            "point a referral at another's cases",
            ["x", &first, &again]
                .iter()
                .zip([&first, &again, "x"])
                .map(|(to, from)| {
                    format!("UPDATE referral_case SET referral_id = '{to}' WHERE referral_id = '{from}';")
                })
                .collect(),
            cases,
            &tried,
        ),
        (
            "take a case from a referral",
            format!("DELETE FROM referral_case WHERE referral_id = '{first}' AND person_index = 1"),
            cases,
            &tried,
        ),
        (
            "give a referral to another sender",
            format!(
                "UPDATE referral SET sender_person = '{system}', header = replace(header, '{school}', '{system}') WHERE id = '{first}'"
            ),
            "tag",
            &thief,
        ),
        ("swap two referrals' content", swap("sealed"), "a referral's content", &tried),
        ("swap two referrals' keys", swap("wrapped_keys"), "seal: wrapped key fails authentication", &tried),
    ];
    for (name, sql, what, tried) in attacks {
        scene.attack(name, (&works, tried), &Expected::Refused("integrity", what), &[&first], |scene| {
            scene.owner.run(&sql)
        });
    }
}

fn consultations(scene: &mut Scene<'_>) {
    let coordinator = scene.running.client(Seat::Coordinator);
    let today = scene.running.service.clock.today();
    let form = json!({ "date": today, "channel": "phone", "sector": "education", "educationPhase": "secondary", "advice": ["no_concern"], "adviceGiven": "A question." });
    let ids: Vec<String> = (0..2)
        .map(|_| coordinator.post("/api/v1/consultations", &form).expect(201).json()["id"].as_str().unwrap().to_owned())
        .collect();
    let works = get(Seat::Coordinator, scene.case_a());
    let tried = get(Seat::Coordinator, "/api/v1/consultations");
    let swap = |column: &str| {
        format!(
            "UPDATE consultation SET {column} = (SELECT o.{column} FROM kept_consultation o WHERE o.id = '{}') WHERE id = '{}'",
            ids[0], ids[1]
        )
    };
    for (name, sql, what) in [
        ("swap two consultations' content", swap("sealed"), "a consultation's content"),
        ("swap two consultations' facts", swap("header") + ";" + &swap("header_tag"), "another row's facts"),
    ] {
        scene.attack(name, (&works, &tried), &Expected::Refused("integrity", what), &[&ids[1]], |scene| {
            scene.owner.run(&sql)
        });
    }
}

/// The answer to a request sent twice, pointed at another's referral.
fn replay(scene: &mut Scene<'_>) {
    let running: &Running = scene.running;
    let police = running.client(Seat::PoliceCt);
    let theirs = submit(&police, &referral("Percival", "Thornbury"));
    let again = || {
        let school = running.client(Seat::School);
        school.request("POST", "/api/v1/referrals").idempotency_key(&scene.key).json(&scene.form).send()
    };
    matched(&scene.owner);
    assert_eq!(again().expect(201).json()["referral"], scene.referral.as_str());
    let known = format!("result = '{}'", scene.referral);
    scene.owner.run(&format!("UPDATE idempotency SET result = '{theirs}' WHERE {known}"));
    assert_eq!(again().problem(), "integrity");
    scene.owner.run(&format!(
        "UPDATE idempotency SET result = '{}' WHERE result = '{theirs}' AND scope LIKE '%{}%'",
        scene.referral,
        running.borough.person(Seat::School)
    ));
    assert_eq!(again().expect(201).json()["referral"], scene.referral.as_str());
    scene.found("point an earlier answer at another's referral", "integrity: the referral names its sender");
}
