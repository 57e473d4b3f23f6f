//! What is done while the service is down, marks and all: a new process knows only what the signed log says.

use super::{Line, get, log};
use crate::attacks::alarms;
use crate::attacks::sql::{DATA, LEDGER, Owner, columns_from};
use crate::attacks::work::{amend, cases_of, matched, path, referral, sequenced, submit};
use crate::harness::{Backend, Running};
use crate::store::wait;
use channel_panel::access::{IssuerId, MembershipFacts, PersonKind};
use channel_panel::app::compose::ComposeError;
use channel_panel::app::register::{Register, take_in};
use channel_panel::app::suspend::{Whom, suspend};
use channel_panel::demo::seats::Seat;
use channel_panel::demo::tokens::Issuers;
use channel_panel::ledger::report::Status;
use serde_json::json;

const ALL: &[&str] = &["version", "stage", "due_on", "header", "header_tag", "identity", "contact", "subject_id"];

struct Down<'r> {
    running: &'r mut Running,
    lines: Vec<Line>,
    backend: Backend,
}

pub fn attacks(running: &mut Running) -> Vec<Line> {
    let backend = running.database.backend();
    running.restart().expect("an honest database starts");
    let mut down = Down { running, lines: Vec::new(), backend };
    old_case(&mut down);
    ended_membership(&mut down);
    deleted_issuer(&mut down);
    lost_case(&mut down);
    lost_contacts(&mut down);
    altered_log(&mut down);
    old_database(&mut down);
    down.lines
}

impl Down<'_> {
    fn found(&mut self, name: &'static str, by: impl Into<String>) {
        self.lines.push(Line { name, backend: self.backend, by: by.into() });
    }

    /// A case, and its name in the log.
    fn a_case(&self, surname: &str) -> (String, String) {
        let owner = Owner::of(&self.running.database);
        let id = submit(&self.running.client(Seat::School), &referral("Ottoline", surname));
        matched(&owner);
        let case = cases_of(&owner, &id)[0].clone();
        let lid = owner.text(&format!("SELECT ledger_id AS v FROM case_file WHERE id = '{case}'"));
        (case, lid)
    }
}

fn old_case(down: &mut Down<'_>) {
    let (case, lid) = down.a_case("Harrowgate");
    let owner = Owner::of(&down.running.database);
    owner.keep("young", &["case_file", "ledger_mark", "case_header_version"]);
    amend(&down.running.client(Seat::Coordinator), &case, "contact", &json!({ "howToReach": "By letter" }));
    sequenced(&owner);
    down.running.stop();
    let owner = Owner::of(&down.running.database);
    owner.run(&format!(
        "UPDATE case_file SET {} WHERE id = '{case}'",
        columns_from(ALL, "young_case_file o", &format!("o.id = '{case}'"))
    ));
    owner.put_back("young", &["ledger_mark", "case_header_version"]);
    let mark = alarms::mark();
    down.running.start_again().unwrap();
    assert!(alarms::about(mark, std::slice::from_ref(&lid)).iter().any(|s| s == "a row is older than the log attests"));
    let answer = down.running.client(Seat::Coordinator).get(&path(&case));
    assert_eq!(answer.problem(), "integrity");
    assert!(alarms::about(mark, &[lid]).iter().any(|s| s == "an older version"));
    down.found("down: put an old case back, its marks and headers too", "at start, and integrity: an older version");
}

fn ended_membership(down: &mut Down<'_>) {
    let id = down.running.borough.membership(Seat::SocialCare);
    let owner = Owner::of(&down.running.database);
    owner.keep("young", &["membership", "ledger_mark"]);
    let facts = owner.text(&format!("SELECT facts AS v FROM membership WHERE id = '{id}'"));
    let was: MembershipFacts = serde_json::from_str(&facts).unwrap();
    get(Seat::SocialCare, "/api/v1/me").send(down.running).expect(200);
    let ended = MembershipFacts { ended: true, version: was.version + 1, ..was };
    wait(take_in(&down.running.service, Register { memberships: vec![ended], ..Register::default() })).unwrap();
    sequenced(&owner);
    down.running.stop();
    Owner::of(&down.running.database).put_back("young", &["membership", "ledger_mark"]);
    let mark = alarms::mark();
    down.running.start_again().unwrap();
    let answer = get(Seat::SocialCare, "/api/v1/codes").send(down.running);
    assert_eq!(answer.problem(), "membership-required");
    let said = alarms::about(mark, &[id.to_string()]);
    assert!(said.iter().any(|s| s == "an older version"), "{said:?}");
    assert!(said.iter().any(|s| s == "a row is older than the log attests"), "{said:?}");
    down.found(
        "down: wake an ended membership, its mark deleted",
        "at start, and membership-required: an older version",
    );
}

fn deleted_issuer(down: &mut Down<'_>) {
    let name = Issuers::name_for(PersonKind::System);
    let id = IssuerId::of(name).0.to_string();
    let tried = get(Seat::PartnerSystem, "/api/v1/codes");
    tried.send(down.running).expect(200);
    wait(suspend(&down.running.service, Whom::Issuer(name), true)).unwrap();
    sequenced(&Owner::of(&down.running.database));
    down.running.stop();
    let owner = Owner::of(&down.running.database);
    owner.keep("young", &["issuer_state"]);
    owner.run(&format!("DELETE FROM issuer_state; DELETE FROM ledger_mark WHERE case_lid = '{id}'"));
    let mark = alarms::mark();
    down.running.start_again().unwrap();
    assert_eq!(tried.send(down.running).problem(), "integrity");
    let said = alarms::about(mark, &[id]);
    assert!(said.iter().any(|s| s == "a row that the log attests is gone"), "{said:?}");
    assert!(said.iter().any(|s| s == "a row that is gone"), "{said:?}");
    Owner::of(&down.running.database).put_back("young", &["issuer_state"]);
    assert_eq!(tried.send(down.running).problem(), "not-authenticated");
    wait(suspend(&down.running.service, Whom::Issuer(name), false)).unwrap();
    tried.send(down.running).expect(200);
    down.found(
        "down: wake a suspended issuer, its row and mark deleted",
        "at start, and integrity: a row that is gone",
    );
}

fn lost_case(down: &mut Down<'_>) {
    let (case, lid) = down.a_case("Fennimore");
    sequenced(&Owner::of(&down.running.database));
    down.running.stop();
    let owner = Owner::of(&down.running.database);
    owner.keep("young", &["case_file"]);
    owner.run(&format!("DELETE FROM case_file WHERE id = '{case}'"));
    let mark = alarms::mark();
    down.running.start_again().unwrap();
    assert!(alarms::about(mark, &[lid]).iter().any(|s| s == "a row that the log attests is gone"));
    assert_eq!(down.running.client(Seat::Coordinator).get(&path(&case)).problem(), "not-found");
    Owner::of(&down.running.database).put_back("young", &["case_file"]);
    down.running.client(Seat::Coordinator).get(&path(&case)).expect(200);
    down.found("down: delete a case", "at start: a row that the log attests is gone");
}

fn lost_contacts(down: &mut Down<'_>) {
    let coordinator = down.running.client(Seat::Coordinator);
    let today = down.running.service.clock.today();
    let form = json!({ "date": today, "channel": "phone", "sector": "education", "educationPhase": "secondary", "advice": ["no_concern"] });
    let keyed = coordinator.post("/api/v1/consultations", &form).expect(201).json()["id"].as_str().unwrap().to_owned();
    let sent = submit(&down.running.client(Seat::School), &referral("Ottoline", "Summerfield"));
    let owner = Owner::of(&down.running.database);
    matched(&owner);
    sequenced(&owner);
    down.running.stop();
    for (name, table, id) in
        [("down: delete a consultation", "consultation", &keyed), ("down: delete a referral", "referral", &sent)]
    {
        let owner = Owner::of(&down.running.database);
        owner.keep("young", &[table]);
        owner.run(&format!("DELETE FROM {table} WHERE id = '{id}'"));
        let mark = alarms::mark();
        down.running.start_again().unwrap();
        assert!(
            alarms::about(mark, std::slice::from_ref(id)).iter().any(|s| s == "a row that the log attests is gone"),
            "{name}"
        );
        down.running.stop();
        Owner::of(&down.running.database).put_back("young", &[table]);
        down.found(name, "at start: a row that the log attests is gone");
    }
    let mark = alarms::mark();
    down.running.start_again().unwrap();
    assert!(alarms::about(mark, &[keyed, sent]).is_empty());
}

fn refused(down: &mut Down<'_>) -> String {
    match down.running.start_again() {
        Err(error @ ComposeError::Log(_)) => error.to_string(),
        other => panic!("started: {:?}", other.is_ok()),
    }
}

fn altered_log(down: &mut Down<'_>) {
    sequenced(&Owner::of(&down.running.database));
    down.running.stop();
    for (name, sql) in [
        ("down: delete an entry", "DELETE FROM ledger_entry WHERE id = 3"),
        ("down: rewrite an entry", "UPDATE ledger_entry SET body = replace(body, 'v', 'w') WHERE id = 3"),
        (
            "down: delete a leaf and its entry",
            "DELETE FROM ledger_leaf WHERE entry_id = 3; DELETE FROM ledger_entry WHERE id = 3",
        ),
    ] {
        let owner = Owner::of(&down.running.database);
        owner.keep("whole", &LEDGER);
        owner.run(sql);
        let why = refused(down);
        Owner::of(&down.running.database).put_back("whole", &LEDGER);
        down.found(name, format!("not started: {why}"));
    }
    down.running.start_again().unwrap();
}

fn old_database(down: &mut Down<'_>) {
    let owner = Owner::of(&down.running.database);
    sequenced(&owner);
    let everything: Vec<&str> = DATA.iter().chain(&LEDGER).copied().collect();
    owner.keep("backup", &everything);
    let (case, _) = down.a_case("Ravensworth");
    sequenced(&Owner::of(&down.running.database));
    down.running.stop();
    let owner = Owner::of(&down.running.database);
    owner.keep("today", &everything);
    owner.put_back("backup", &everything);
    let why = refused(down);
    assert!(why.contains("an older database was put back"), "{why}");
    // Nor can anybody grow another log on the old one.
    let owner = Owner::of(&down.running.database);
    owner.put_back("today", &everything);
    down.running.start_again().unwrap();
    down.running.client(Seat::Coordinator).get(&path(&case)).expect(200);
    sequenced(&Owner::of(&down.running.database));
    let (status, _, said) = log::verified(down.running.url(), &down.running.vkey);
    assert_eq!(status, Status::Good, "{said:?}");
    down.found("down: put a whole older database back", format!("not started: {why}"));
}
