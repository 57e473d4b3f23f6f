//! The owner of the database, row by row. Every attack is tried on both databases, undone, and tried to have been the
//! cause: the same request works before and after it.

mod cases;
mod issuer;
mod log;
mod registry;
mod relations;
mod restart;
mod rows;

use super::alarms;
use super::sql::Owner;
use super::work::{amend, cases_of, full_referral, matched, note, path, referral, step, submit, submit_as};
use crate::harness::{Answer, Backend, Running};
use channel_panel::config::Limits;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::json;

/// One request, as somebody.
#[derive(Debug, Clone)]
pub struct Try {
    pub who: Seat,
    pub path: String,
    pub acting: Option<String>,
}

pub fn get(who: Seat, path: impl Into<String>) -> Try {
    Try { who, path: path.into(), acting: None }
}

impl Try {
    fn send(&self, running: &Running) -> Answer {
        let client = running.client(self.who);
        let client = self.acting.as_ref().map_or_else(|| client.clone(), |id| client.acting(id));
        client.get(&self.path)
    }
}

/// What an attack must come to.
pub enum Expected {
    /// Refused with this slug, and this said in the log about one of the scene's ids.
    Refused(&'static str, &'static str),
    /// Refused by what the facts say, and nothing was tampered that would be alarmed.
    Denied(&'static str, &'static str),
    /// Answered, byte for byte, as without the attack.
    Ignored(&'static str),
    /// Answered so, and this said in the log about one of the ids.
    Alarmed(&'static str),
}

pub struct Line {
    name: &'static str,
    backend: Backend,
    by: String,
}

/// Cases with a history, and the ids to find them by.
pub struct Scene<'r> {
    pub running: &'r Running,
    pub owner: Owner<'r>,
    pub referral: String,
    /// A worked case: triage begun, notes, a contact amended twice, Health its lead, the deputy recused, linked with `b`.
    pub a: String,
    pub b: String,
    /// Of a second referral of the same people, so that `a` and `b` are its candidates.
    pub again: String,
    pub c: String,
    pub d: String,
    /// Restricted to the coordinator.
    pub closed_off: String,
    pub key: String,
    pub form: serde_json::Value,
    lines: Vec<Line>,
}

impl<'r> Scene<'r> {
    fn set(running: &'r Running) -> Self {
        alarms::listen();
        let owner = Owner::of(&running.database);
        let school = running.client(Seat::School);
        let form = full_referral();
        let key = "the-first-referral".to_owned();
        let first = submit_as(&school, &form, &key);
        matched(&owner);
        let again = submit(&school, &form);
        let off = submit(&school, &referral("Wilhelmina", "Ashgrove"));
        matched(&owner);
        let (ab, cd) = (cases_of(&owner, &first), cases_of(&owner, &again));
        let closed_off = cases_of(&owner, &off)[0].clone();
        let scene = Self {
            running,
            owner,
            referral: first,
            a: ab[0].clone(),
            b: ab[1].clone(),
            again,
            c: cd[0].clone(),
            d: cd[1].clone(),
            closed_off,
            key,
            form,
            lines: Vec::new(),
        };
        scene.work();
        scene
    }

    fn work(&self) {
        let (running, a) = (self.running, self.a.as_str());
        let coordinator = running.client(Seat::Coordinator);
        let today = running.service.clock.today().to_string();
        running.client(Seat::Deputy).get(&path(a)).expect(200);
        running.client(Seat::Deputy).get(&path(&self.closed_off)).expect(200);
        step(running, Seat::Coordinator, a, "begin_triage", json!({ "earlierCasesSearched": true }));
        note(&coordinator, a, "First note", &today);
        note(&coordinator, a, "Second note", &today);
        self.owner.keep("early", &["case_file"]);
        amend(&coordinator, a, "contact", &json!({ "howToReach": "By letter" }));
        amend(&coordinator, a, "contact", &json!({ "howToReach": "By telephone" }));
        let lead = json!({ "agency": running.borough.agency(Body::Health) });
        coordinator.post(&format!("{}/assignments", path(a)), &lead).expect(201);
        let link = json!({ "otherCase": self.b, "kind": "sibling" });
        coordinator.post(&format!("{}/links", path(a)), &link).expect(204);
        running.client(Seat::Deputy).post(&format!("{}/recusals", path(a)), &json!({})).expect(204);
        let only = json!({ "people": [running.borough.person(Seat::Coordinator)] });
        coordinator.request("PUT", &format!("{}/restriction", path(&self.closed_off))).json(&only).send().expect(204);
    }

    pub fn case_a(&self) -> String {
        path(&self.a)
    }

    /// What names a case in the log of alarms.
    pub fn ledger_id(&self, case: &str) -> String {
        self.owner.text(&format!("SELECT ledger_id AS v FROM case_file WHERE id = '{case}'"))
    }

    /// Mounts an attack, tries, undoes it. `works` must be answered 200 before and after.
    pub fn attack(
        &mut self,
        name: &'static str,
        (works, tried): (&Try, &Try),
        expected: &Expected,
        ids: &[&str],
        mount: impl FnOnce(&Self),
    ) {
        let (running, backend) = (self.running, self.running.database.backend());
        works.send(running).expect(200);
        let before = tried.send(running);
        self.owner.keep("kept", &super::sql::DATA);
        mount(self);
        let mark = alarms::mark();
        let after = tried.send(running);
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        ids.extend(after.header("x-request-id").map(str::to_owned));
        let said = alarms::about(mark, &ids);
        let by = match expected {
            Expected::Ignored(by) => {
                assert_eq!(after.body, before.body, "{name} on {backend:?}");
                format!("never read: {by}")
            }
            Expected::Alarmed(what) => {
                assert_eq!(after.text(), before.text(), "{name} on {backend:?}");
                assert!(said.iter().any(|s| s == what), "{name} on {backend:?}: {said:?}");
                format!("answered from the facts, alarmed: {what}")
            }
            Expected::Denied(slug, by) => {
                assert_eq!(after.problem(), *slug, "{name} on {backend:?}: {said:?}");
                format!("{slug}: {by}")
            }
            Expected::Refused(slug, what) => {
                assert!(after.status >= 400, "{name} on {backend:?} was answered: {}", after.text());
                assert_eq!(after.problem(), *slug, "{name} on {backend:?}: {said:?}");
                assert!(said.iter().any(|s| s == what), "{name} on {backend:?}: {said:?}");
                format!("{slug}: {what}")
            }
        };
        self.owner.put_back("kept", &super::sql::DATA);
        works.send(running).expect(200);
        assert_eq!(tried.send(running).status, before.status, "{name} on {backend:?}: after it was undone");
        self.lines.push(Line { name, backend, by });
    }

    pub fn found(&mut self, name: &'static str, by: impl Into<String>) {
        self.lines.push(Line { name, backend: self.running.database.backend(), by: by.into() });
    }
}

#[test]
fn whoever_owns_the_database_is_denied_or_detected() {
    let mut lines: Vec<Line> = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        // Strangers beyond the bound are counted and answered otherwise: another test's matter.
        let limits = Limits { faults_listed_a_minute: 1000, ..Limits::default() };
        let mut running = Running::start_with(backend, limits);
        let mut scene = Scene::set(&running);
        registry::attacks(&mut scene);
        issuer::attacks(&mut scene);
        cases::attacks(&mut scene);
        rows::attacks(&mut scene);
        relations::attacks(&mut scene);
        log::attacks(&mut scene);
        rows::swallowed(&mut scene);
        lines.append(&mut scene.lines);
        lines.extend(restart::attacks(&mut running));
    }
    print(&lines);
}

fn print(lines: &[Line]) {
    println!("{:<58} | {:<6} | {:<8} | detected by", "attack", "sqlite", "postgres");
    for line in lines.iter().filter(|line| line.backend == Backend::Sqlite) {
        let other = lines.iter().find(|other| other.backend == Backend::Postgres && other.name == line.name);
        let other = other.unwrap_or_else(|| panic!("{} was tried on one database only", line.name));
        let by = if other.by == line.by { line.by.clone() } else { format!("{} / {}", line.by, other.by) };
        println!("{:<58} | {:<6} | {:<8} | {by}", line.name, "yes", "yes");
    }
}
