//! Tables of relations: derived, or vouched for by the cases they speak of.

use super::{Expected, Scene, get};
use crate::attacks::work::{matched, path, referral, submit};
use crate::harness::Running;
use channel_panel::demo::seats::Seat;
use serde_json::json;

pub fn attacks(scene: &mut Scene<'_>) {
    candidates(scene);
    links(scene);
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
