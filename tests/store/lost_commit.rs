//! A commit whose answer never comes: what was committed stands, is answered for, and is looked for like any other entry.

use super::read_back::{Process, said, take_out};
use super::{SERVICE, draft, open, somebody, wait};
use crate::harness::{Backend, Database};
use channel_panel::ledger::attest::RESTORED;
use channel_panel::store::{EntryFilter, EntryPage, Store};
use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const SOCKET: &str = ".s.PGSQL.5432";

/// The network between the service and its database: whatever names the entry is passed on, once, and its answer is not.
struct Between {
    server: PathBuf,
    lost: AtomicBool,
}

impl Between {
    fn listen(folder: &Path, server: PathBuf) -> Arc<Self> {
        let listener = UnixListener::bind(folder.join(SOCKET)).unwrap();
        let between = Arc::new(Self { server, lost: AtomicBool::new(false) });
        let accepting = Arc::clone(&between);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (each, client) = (Arc::clone(&accepting), client.unwrap());
                thread::spawn(move || each.pass(&client));
            }
        });
        between
    }

    fn pass(&self, client: &UnixStream) {
        let server = UnixStream::connect(self.server.join(SOCKET)).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut from, mut to) = (client, &server);
                let mut bytes = [0; 65_536];
                while let Ok(n @ 1..) = from.read(&mut bytes) {
                    let names_it = bytes[..n].windows(12).any(|some| some == b"test.touched");
                    if names_it && !self.lost.swap(true, Ordering::AcqRel) {
                        // Nothing more reaches the client, whatever the server says.
                        client.shutdown(Shutdown::Write).unwrap();
                    }
                    to.write_all(&bytes[..n]).unwrap();
                }
                let _ = server.shutdown(Shutdown::Write);
            });
            let (mut from, mut to) = (&server, client);
            let mut bytes = [0; 65_536];
            while let Ok(n @ 1..) = from.read(&mut bytes) {
                let _ = to.write_all(&bytes[..n]);
            }
            let _ = client.shutdown(Shutdown::Both);
        });
    }
}

fn writer_of(store: &Store, operation: &str) -> String {
    let filter = EntryFilter { operation: Some(operation.to_owned()), ..EntryFilter::default() };
    let entries = store.reader().unwrap().entries(&filter, EntryPage { before: None, limit: 10 }).unwrap();
    assert_eq!(entries.len(), 1, "{operation}");
    entries[0].writer.clone()
}

#[test]
fn an_entry_whose_commit_was_not_answered_is_answered_for_and_put_back() {
    let db = Database::new(Backend::Postgres, &SERVICE);
    let (base, server) = db.url().split_once("?host=").unwrap();
    let folder = db.folder().path().join("between");
    fs::create_dir(&folder).unwrap();
    let between = Between::listen(&folder, PathBuf::from(server));
    let store = open(&format!("{base}?host={}", folder.display()));
    let mut process = Process::new(&store, "lost");
    assert_eq!(wait(process.recorder.record(somebody(), draft("test.before"))), Ok(()));
    assert_eq!(wait(process.recorder.record(somebody(), draft("test.touched"))), Ok(()), "it stands");
    assert!(between.lost.load(Ordering::Acquire), "the answer was not lost");
    assert_eq!(wait(process.recorder.record(somebody(), draft("test.after"))), Ok(()));
    let direct = open(db.url());
    let [before, lost, after] =
        ["test.before", "test.touched", "test.after"].map(|operation| writer_of(&direct, operation));
    assert!(before == lost && lost != after, "another writer goes on: {before} {lost} {after}");
    process.recorder.close();
    take_out(&db);
    assert_eq!(process.sequencer.read_back(Duration::ZERO).unwrap(), 1);
    process.place();
    assert_eq!((said(&direct, RESTORED), said(&direct, "test.touched")), (1, 1));
}
