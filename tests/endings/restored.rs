//! A backup from before an erasure, put back: the case is erased again before anybody is answered, or nobody is.

use super::{closed, erased, log_is_good, row};
use crate::api::town::Town;
use crate::attacks::sql::{DATA, LEDGER, Owner};
use crate::attacks::work::sequenced;
use crate::harness::{Backend, ORIGIN, Running};
use channel_panel::app::compose::{ComposeError, LOG_KEY};
use channel_panel::app::erasures::FILE;
use channel_panel::demo::seats::Seat;
use channel_panel::ledger::signer::{Signer, load_key};
use std::fs;

fn everything() -> Vec<&'static str> {
    DATA.iter().chain(&LEDGER).copied().collect()
}

/// As an operator does who restores: the log is taken as it stands.
fn accept_log(running: &Running) {
    let folder = running.signer_folder();
    fs::remove_file(folder.join("state")).unwrap();
    drop(Signer::init(&folder, load_key(&folder.join(LOG_KEY), ORIGIN).unwrap()).unwrap());
}

/// A closed case, a backup with it, and the same service after its erasure, stopped. Gives the case.
fn backed_up_and_erased(running: &mut Running, surname: &str) -> String {
    let case = closed(&Town::new(running), surname);
    let owner = Owner::of(&running.database);
    sequenced(&owner);
    owner.keep("backup", &everything());
    erased(&Town::new(running), &case);
    running.service.clock.move_calendar(0);
    sequenced(&Owner::of(&running.database));
    running.stop();
    case
}

fn restore(running: &Running) {
    Owner::of(&running.database).put_back("backup", &everything());
    accept_log(running);
}

fn opened(running: &Running, case: &str) -> u16 {
    Town::new(running).at_the_end(Seat::Records, "GET", case, "", None).status
}

#[test]
fn what_was_erased_is_erased_again_before_the_first_request() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let case = backed_up_and_erased(&mut running, "Tayberry");
        let list = fs::read_to_string(running.signer_folder().join(FILE)).unwrap();
        assert!(list.contains(&case) && list.lines().count() == 1, "{list}");
        restore(&running);
        running.start_again().unwrap();
        let town = Town::new(&running);
        assert_eq!((row(&running, &case).stage.as_str(), row(&running, &case).wrapped_keys.as_str()), ("erased", ""));
        assert_eq!(opened(&running, &case), 404);
        let entries = crate::api::entered::all(&running);
        let again = entries.iter().filter(|entry| entry["operation"] == "eraseCaseAgain").count();
        assert_eq!(again, 1);
        let rows = running.service.store.reader().unwrap().erasures().unwrap();
        assert_eq!(rows.len(), 1, "the database knows again");
        log_is_good(&town);
        // Nothing is done a second time.
        running.restart().unwrap();
        let entries = crate::api::entered::all(&running);
        assert_eq!(entries.iter().filter(|entry| entry["operation"] == "eraseCaseAgain").count(), 1);
    }
}

/// Without the list the backup is back: it is the list that keeps the promise, and nothing else would have.
#[test]
fn it_is_the_list_outside_the_database_that_remembers() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let case = backed_up_and_erased(&mut running, "Loganberry");
        fs::remove_file(running.signer_folder().join(FILE)).unwrap();
        restore(&running);
        running.start_again().unwrap();
        assert_eq!(opened(&running, &case), 200);
    }
}

/// A row put back into a database that is otherwise of today: the log knows that the name was erased.
#[test]
fn a_single_row_put_back_is_erased_again_by_what_the_log_says() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let case = backed_up_and_erased(&mut running, "Dewberry");
        fs::remove_file(running.signer_folder().join(FILE)).unwrap();
        let owner = Owner::of(&running.database);
        owner.run("DELETE FROM erasure");
        owner.put_back("backup", &["case_file", "case_version", "case_record", "case_header_version", "event"]);
        running.start_again().unwrap();
        assert_eq!(row(&running, &case).wrapped_keys, "");
        assert_eq!(opened(&running, &case), 404);
        let list = fs::read_to_string(running.signer_folder().join(FILE)).unwrap();
        assert!(list.contains(&case), "and it is in the list again");
    }
}

#[test]
fn a_list_that_lost_a_line_has_it_again_and_a_torn_one_is_mended() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let case = backed_up_and_erased(&mut running, "Boysenberry");
        let path = running.signer_folder().join(FILE);
        let whole = fs::read_to_string(&path).unwrap();
        for damaged in ["", &whole[..whole.len() / 2]] {
            fs::write(&path, damaged).unwrap();
            running.start_again().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), whole);
            assert_eq!(opened(&running, &case), 404);
            running.stop();
        }
    }
}

/// Whoever could add a line would have the service destroy a living case.
#[test]
fn a_line_that_nobody_signed_erases_nothing() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        let case = backed_up_and_erased(&mut running, "Salmonberry");
        let path = running.signer_folder().join(FILE);
        let whole = fs::read_to_string(&path).unwrap();
        running.start_again().unwrap();
        let living = closed(&Town::new(&running), "Thimbleberry");
        sequenced(&Owner::of(&running.database));
        running.stop();
        // In the file nobody but the host can have written it: the service does not start.
        fs::write(&path, whole.replace(&case, &living)).unwrap();
        match running.start_again() {
            Err(ComposeError::Erasures(error)) => assert!(error.to_string().contains("line 1"), "{error}"),
            other => panic!("started: {}", other.is_ok()),
        }
        fs::write(&path, &whole).unwrap();
        // In the database anybody may have who owns it: it is alarmed, and erases nothing.
        let columns = "panel_id, erased_on, keks, tag";
        let sql = format!("INSERT INTO erasure (case_id, {columns}) SELECT '{living}', {columns} FROM erasure");
        Owner::of(&running.database).run(&sql);
        let mark = crate::attacks::alarms::mark();
        crate::attacks::alarms::listen();
        running.start_again().unwrap();
        let said = crate::attacks::alarms::about(mark, std::slice::from_ref(&living));
        assert!(said.is_empty() || said.iter().any(|s| s.contains("not of our making")), "{said:?}");
        assert_eq!(opened(&running, &living), 200);
    }
}
