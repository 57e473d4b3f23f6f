//! That the harness does what tests rely on. It must never use the service: a failure here is the harness's own.

use super::{Backend, Client, Database, Folder, Schema, Service, on_both, raw, server};
use diesel::prelude::*;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::Command;

const ONE_TABLE: Schema = Schema { name: "one_table", migrate: |url| execute(url, "CREATE TABLE mark (n INTEGER)") };

fn execute(url: &str, statement: &str) {
    match url.strip_prefix("sqlite://") {
        Some(path) => {
            diesel::sql_query(statement).execute(&mut SqliteConnection::establish(path).unwrap()).unwrap();
        }
        None => {
            diesel::sql_query(statement).execute(&mut PgConnection::establish(url).unwrap()).unwrap();
        }
    }
}

#[test]
fn each_database_is_migrated_and_its_own() {
    on_both(&ONE_TABLE, |first| {
        execute(first.url(), "DROP TABLE mark");
        let second = Database::new(first.backend(), &ONE_TABLE);
        assert_ne!(first.url(), second.url());
        assert!(second.folder().path().exists());
        execute(second.url(), "INSERT INTO mark VALUES (1)");
    });
}

#[test]
fn both_backends_run_even_if_the_first_fails() {
    let failure =
        catch_unwind(|| on_both(&Schema::EMPTY, |database| assert_eq!(database.backend(), Backend::Postgres)));
    let message = *failure.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(message, "failed on [Sqlite]");
}

#[test]
fn a_dropped_database_is_gone() {
    let database = Database::new(Backend::Postgres, &Schema::EMPTY);
    let url = database.url().to_owned();
    assert!(PgConnection::establish(&url).is_ok());
    drop(database);
    assert!(PgConnection::establish(&url).is_err());
}

#[test]
fn a_machine_without_postgresql_fails_the_tests_and_says_what_to_do() {
    let failure = catch_unwind(|| server::binaries(&[PathBuf::from("/nowhere")]));
    assert!(failure.unwrap_err().downcast::<String>().unwrap().contains("`make test` installs them"));
}

#[test]
fn a_folder_goes_with_its_handle() {
    let folder = Folder::new();
    let path = folder.path().to_owned();
    std::fs::write(folder.join("file"), "x").unwrap();
    drop(folder);
    assert!(!path.exists());
}

/// Answers one connection with fixed bytes; returns where, and what was sent to it.
fn answering(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = [0; 4096];
        let length = stream.read(&mut heard).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&heard[..length]).into_owned()
    });
    (base, heard)
}

#[test]
fn a_request_says_who_asks_as_whom_and_why() {
    let (base, heard) = answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nETag: \"7\"\r\n\r\n{\"a\":[1]}");
    let client = Client::new(&base).bearer("old").bearer("secret").acting("m-1").purpose("safeguarding");
    assert!(!format!("{client:?}").contains("secret"));
    let request = client.request("PATCH", "/x").if_match("\"7\"").idempotency_key("k-1");
    let answer = request.body("application/json", "{}").send().expect(200);
    assert_eq!((answer.json(), answer.header("etag"), answer.header("x")), (json!({"a": [1]}), Some("\"7\""), None));
    let heard = heard.join().unwrap().to_lowercase();
    assert!(heard.starts_with("patch /x http/1.1\r\n"), "{heard}");
    for line in [
        "authorization: bearer secret",
        "acting-membership: m-1",
        "access-purpose: safeguarding",
        "if-match: \"7\"",
        "idempotency-key: k-1",
        "content-type: application/json",
    ] {
        assert!(heard.contains(line), "{line} is not in {heard}");
    }
    assert!(!heard.contains("old"));
}

#[test]
fn a_problem_is_read_as_one() {
    const PROBLEM: &str = "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: 47\r\n\r\n\
        {\"type\":\"urn:x:problem:not-found\",\"status\":404}";
    let (base, _) = answering(PROBLEM);
    assert_eq!(Client::new(&base).get("/").expect(404).problem(), "not-found");
    let (base, heard) = answering(PROBLEM);
    assert_eq!(Client::new(&base).post("/", &json!({"b": 2})).status, 404);
    assert!(heard.join().unwrap().starts_with("POST"));
}

#[test]
fn no_redirect_is_followed_and_any_method_can_be_sent() {
    let (base, heard) = answering("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(Client::new(&base).request("TRACK", "/").send().expect(302).text(), "");
    assert!(heard.join().unwrap().starts_with("TRACK"));
    let (base, _) = answering("HTTP/1.1 415 Unsupported Media Type\r\nContent-Length: 0\r\n\r\n");
    Client::new(&base).request("POST", "/").send().expect(415);
    let (base, heard) = answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    Client::new(&base).request("GET", "/").body("text/plain", "unasked").send().expect(400);
    assert!(heard.join().unwrap().starts_with("GET"));
}

#[test]
fn raw_bytes_arrive_as_they_are() {
    let (base, heard) = answering("HTTP/1.1 400 Bad Request\r\n\r\n");
    assert!(raw(&base, b"GET \x00 nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
    assert_eq!(heard.join().unwrap(), "GET \0 nonsense\r\n\r\n");
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

#[test]
fn a_service_is_waited_for_logged_and_ended() {
    let folder = Folder::new();
    let script = "echo starting; echo oops >&2; echo 'listening on http://127.0.0.1:81/ (demo)'; exec sleep 600";
    let service = Service::start(shell(script), &folder);
    assert_eq!(service.base(), "http://127.0.0.1:81");
    assert!(!format!("{:?}", service.client()).is_empty());
    assert!(service.log().contains("starting") && service.log().contains("oops"));
    assert!(!service.stop().success(), "sleep dies of the signal");

    let again = Service::start(shell(script), &folder);
    assert_eq!(again.log().matches("starting").count(), 2);
    again.kill();
}

#[test]
fn a_service_that_ends_too_early_shows_what_it_said() {
    let folder = Folder::new();
    let failure = catch_unwind(|| Service::start(shell("echo no key file >&2; exit 1"), &folder));
    assert!(failure.unwrap_err().downcast::<String>().unwrap().contains("no key file"));
    assert!(PathBuf::from(Service::binary().get_program()).exists());
}
