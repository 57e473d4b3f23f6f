//! That the harness's service runs, and that everybody in the borough can sign in to it.

use crate::harness::{Backend, Running, running_on_both};
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::ledger::verify::verify;
use channel_panel::seal::key_folder;

#[test]
fn every_seat_signs_in_and_is_who_the_borough_says() {
    running_on_both(|running| {
        for seat in Seat::ALL {
            let answer = running.client(*seat).get("/api/v1/codes");
            assert_eq!(answer.status, 200, "{}: {}", seat.name(), answer.text());
            let me = running.client(*seat).get("/api/v1/me").json();
            assert_eq!(me["memberships"][0]["role"], seat.role().name());
        }
    });
}

#[test]
fn what_a_stopped_service_leaves_can_be_verified() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut running = Running::start(backend);
        assert_ne!(running.borough.agency(Body::Council), running.borough.agency(Body::NeighbourCouncil));
        assert_eq!(running.issuers.config(&running.borough).len(), 2);
        running.client(Seat::Coordinator).get("/api/v1/cases").expect(200);
        running.stop();
        assert!(key_folder::status(&running.key_folder()).unwrap().iter().all(|kek| kek.fault.is_none()));
        assert!(running.signer_folder().exists() && running.database.backend() == backend);
        let log = running.folder.join("export");
        assert!(running.export(&log) >= 2, "the register and the list");
        let report = verify(&log, &[running.vkey.parse().unwrap()], None, None);
        assert_eq!(report.status.exit_code(), 0, "{report}");
    }
}
