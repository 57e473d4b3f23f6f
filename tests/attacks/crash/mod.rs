//! The plug pulled in the middle of writes, again and again: what was answered is there, nothing is there by half, nothing was
//! answered that is not in the log, and the log verifies and continues what it was before.

mod load;
mod standing;

use super::deployed::Deployed;
use super::sql::Owner;
use super::work::cases_of;
use crate::harness::Backend;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::export::ENTRIES;
use channel_panel::ledger::line::Line;
use load::{Answered, Workers};
use standing::{entered, faults, unentered};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Of each database, where nobody asks for more by `KILLS`.
const KILLS: u32 = 10;

/// On one database, one after the other, so that each start has the last kill to recover from. Then a new one: an old one
/// takes ever longer to be looked through.
const OF_ONE_LIFE: u32 = 10;

const WORKERS: usize = 6;

/// A database that lives through kills.
struct Life {
    deployed: Deployed,
    vkey: String,
    /// Numbers of people.
    people: AtomicU64,
    known: Mutex<Answered>,
    /// The checkpoint that was verified last.
    checkpoint: Option<PathBuf>,
}

impl Life {
    fn new(backend: Backend) -> Self {
        let deployed = Deployed::new(backend);
        let vkey = deployed.vkey();
        Self { deployed, vkey, people: AtomicU64::new(1), known: Mutex::default(), checkpoint: None }
    }

    fn owner(&self) -> Owner<'_> {
        Owner::of(&self.deployed.database)
    }

    /// Starts, and so recovers; sends again what was left open; proves the log; gives the case to work on. Ends in a kill,
    /// or in order.
    fn turn(&mut self, moment: Option<Duration>) {
        let service = self.deployed.start();
        let school = self.deployed.client(service.base(), Seat::School);
        {
            let mut known = self.known.lock().unwrap();
            if known.referrals.is_empty() {
                known.open.push((Uuid::new_v4(), 0));
            }
            known.send_again(&school);
        }
        self.placed();
        self.proved();
        let Some(moment) = moment else {
            assert!(service.stop().success());
            return;
        };
        let (case, before) = {
            let known = self.known.lock().unwrap();
            (cases_of(&self.owner(), &known.referrals[0])[0].clone(), known.answers.len())
        };
        std::thread::scope(|scope| {
            for turn in 0..WORKERS {
                let officer = self.deployed.client(service.base(), Seat::Coordinator);
                let school = self.deployed.client(service.base(), Seat::School);
                let workers = Workers { school, officer, case: &case, people: &self.people };
                let known = &self.known;
                scope.spawn(move || workers.work(turn, known));
            }
            // At work on any machine, and then at no moment of its own.
            let began = Instant::now();
            while self.known.lock().unwrap().answers.len() < before + 2 * WORKERS {
                assert!(began.elapsed() < Duration::from_secs(60), "nothing is answered");
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(moment);
            service.kill();
        });
        self.left_alone();
        assert_eq!(faults(&self.owner(), &self.known.lock().unwrap()), [""; 0]);
    }

    /// Until whatever was answered has its place under a signed checkpoint.
    fn placed(&self) {
        let (owner, began) = (self.owner(), Instant::now());
        let signed = "SELECT CAST((SELECT count(*) FROM ledger_queue) + (SELECT size FROM ledger_tree) \
                      - (SELECT coalesce(max(size), 0) FROM ledger_checkpoint) AS TEXT) AS v";
        while owner.text(signed) != "0" {
            assert!(began.elapsed() < Duration::from_secs(30), "the sequencer does not come");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The log as an auditor gets it: good, grown out of the one before, and with an entry for each answer.
    fn proved(&mut self) {
        let export = self.deployed.export();
        let known: Vec<&str> = self.checkpoint.iter().flat_map(|path| ["--known", path.to_str().unwrap()]).collect();
        let (code, said) = self.deployed.verify(&export, &self.vkey, &known);
        assert_eq!(code, 0, "{said}");
        let lines = std::fs::read(export.join(ENTRIES)).unwrap();
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let bodies: Vec<String> = lines.map(|line| Line::parse(line).unwrap().opened.unwrap().1).collect();
        let (entered, known) = (entered(bodies.iter().map(String::as_str)), self.known.lock().unwrap());
        assert_eq!(unentered(&entered, &known), [""; 0]);
        // All that was sent is acknowledged by now: there are no more than those, either.
        let owner = Owner::of(&self.deployed.database);
        assert_eq!(owner.count("referral"), i64::try_from(known.referrals.len()).unwrap(), "a referral taken twice");
        self.checkpoint = Some(export.join("checkpoint"));
    }

    /// Until the database has ended what the killed process had begun.
    fn left_alone(&self) {
        let (owner, began) = (self.owner(), Instant::now());
        let others = "SELECT CAST(count(*) AS TEXT) AS v FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        while self.deployed.database.backend() == Backend::Postgres && owner.text(others) != "0" {
            assert!(began.elapsed() < Duration::from_secs(30), "somebody is still connected");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The control: each thing that a kill must not do, done by hand, is found.
    fn would_be_found(&self) {
        let (owner, known) = (self.owner(), self.known.lock().unwrap());
        let whole = |what: &str| assert_eq!(faults(&owner, &known), [""; 0], "{what}");
        whole("nothing done");
        let referral = known.referrals.last().unwrap();
        let event = "(SELECT max(case_id || CAST(seq AS TEXT)) FROM event)";
        for (table, sql, word) in [
            ("referral", format!("DELETE FROM referral WHERE id = '{referral}'"), "an acknowledged referral is lost"),
            (
                "case_record",
                format!("DELETE FROM case_record WHERE record_id = '{}'", known.notes[0]),
                "an acknowledged note is lost",
            ),
            (
                "referral_case",
                format!("DELETE FROM referral_case WHERE referral_id = '{referral}'"),
                "a referral without its cases",
            ),
            ("event", format!("DELETE FROM event WHERE case_id || CAST(seq AS TEXT) = {event}"), "a case by half"),
            ("ledger_mark", "DELETE FROM ledger_mark WHERE version = 1".to_owned(), "a change without its entry"),
        ] {
            owner.keep("before", &[table]);
            owner.run(&sql);
            let found = faults(&owner, &known);
            assert!(found.iter().any(|fault| fault.starts_with(word)), "{table}: {found:?}");
            owner.put_back("before", &[table]);
            whole(table);
        }
        // Of a change, of a reading and of a refusal.
        for statuses in [201..202, 200..201, 400..500] {
            let (request, status) = known.answers.iter().find(|(_, status)| statuses.contains(status)).unwrap();
            owner.keep("before", &["ledger_entry"]);
            owner.run(&format!("DELETE FROM ledger_entry WHERE body LIKE '%{request}%'"));
            assert_eq!(faults(&owner, &known), [format!("answered {status} and not entered: {request}")]);
            let (code, said) = self.deployed.verify(&self.deployed.export(), &self.vkey, &[]);
            assert_eq!(code, 1, "{said}");
            owner.put_back("before", &["ledger_entry"]);
            whole("entries");
        }
    }
}

/// Not at the same moment of each second: a different one for each kill, the same in each run.
fn moment(kill: u32) -> Duration {
    Duration::from_millis(u64::from(kill * 137 % 500))
}

#[test]
fn a_kill_in_the_middle_of_writes_leaves_all_of_each_or_none() {
    let kills: u32 = std::env::var("KILLS").map_or(KILLS, |number| number.parse().expect("KILLS is a number"));
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let began = Instant::now();
        let (mut done, mut writes, mut answers, mut unknown, mut unavailable) = (0, 0, 0, 0, 0);
        while done < kills {
            let mut life = Life::new(backend);
            let last = kills.min(done + OF_ONE_LIFE);
            (done..last).for_each(|kill| life.turn(Some(moment(kill))));
            life.turn(None);
            if last == kills {
                life.would_be_found();
            }
            let known = life.known.lock().unwrap();
            done = last;
            writes += known.referrals.len() + known.notes.len();
            answers += known.answers.len();
            unknown += known.unknown;
            unavailable += known.unavailable;
        }
        println!(
            "{backend:?}: {kills} kills in {:.0} s: {writes} acknowledged writes and {answers} answers, all there; \
             {unknown} requests without an answer, {unavailable} that could not be entered",
            began.elapsed().as_secs_f64()
        );
        let kills = usize::try_from(kills).unwrap();
        assert!(writes > 2 * kills && answers > 10 * kills && unknown >= kills, "there was no load to be killed under");
    }
}
