//! Where the entries of this test go: a service on a database of its own, which takes every change and forgets it at once.
//! The world that is asked must stay as it is while it is asked, and nothing may be answered around the recorder.

use crate::harness::{Backend, Database, Running};
use crate::store::{SERVICE, as_owner};
use channel_panel::access::MeetingFacts;
use channel_panel::app::compose::Composed;
use channel_panel::app::service::Service;
use channel_panel::store::rows::{CandidateRow, CaseRow, TransferRow};
use std::fmt::Write;

/// Undoes what is written, in the statement that writes it: whoever writes sees that one row was written.
const FORGETTING: &str = "
    CREATE TRIGGER forget_case AFTER UPDATE ON case_file WHEN NEW.version > OLD.version
    BEGIN UPDATE case_file SET version = OLD.version WHERE id = OLD.id; END;
    CREATE TRIGGER forget_meeting AFTER UPDATE ON meeting WHEN NEW.version > OLD.version
    BEGIN UPDATE meeting SET version = OLD.version WHERE id = OLD.id; END;
    CREATE TRIGGER forget_new_meeting AFTER INSERT ON meeting WHEN NEW.facts <> ''
    BEGIN DELETE FROM meeting WHERE id = NEW.id; END;
    CREATE TRIGGER forget_transfer AFTER UPDATE ON transfer WHEN NEW.version > OLD.version
    BEGIN UPDATE transfer SET version = OLD.version WHERE id = OLD.id; END;
    CREATE TRIGGER forget_new_transfer AFTER INSERT ON transfer WHEN NEW.facts <> ''
    BEGIN DELETE FROM transfer WHERE id = NEW.id; END;
    CREATE TRIGGER forget_candidate AFTER UPDATE ON match_candidate WHEN NEW.state <> 'proposed'
    BEGIN UPDATE match_candidate SET state = 'proposed' WHERE case_id = OLD.case_id AND other_case_id = OLD.other_case_id; END;";

const FORGETFUL: [&str; 9] = [
    "case_version",
    "case_header_version",
    "case_record",
    "event",
    "case_link",
    "meeting_item",
    "idempotency",
    "ledger_mark",
    "notice",
];

pub struct Sink {
    database: Database,
    composed: Composed,
}

impl Sink {
    pub fn new(running: &Running) -> Self {
        let database = Database::new(Backend::Sqlite, &SERVICE);
        let mut sql = String::from(FORGETTING);
        for table in FORGETFUL {
            let _ = write!(
                sql,
                "DROP TRIGGER IF EXISTS {table}_no_delete; CREATE TRIGGER forget_{table} AFTER INSERT ON {table} \
                 BEGIN DELETE FROM {table} WHERE rowid = NEW.rowid; END;"
            );
        }
        for panel in [running.borough.panel, running.borough.neighbour] {
            let _ = write!(sql, "INSERT INTO panel (id, version, facts, tag) VALUES ('{panel}', 1, '{{}}', X'01');");
        }
        as_owner(&database, &sql).unwrap();
        let composed = running.beside_on(database.url());
        Self { database, composed }
    }

    pub fn service(&self) -> &Service {
        &self.composed.service
    }

    /// So much of the world as a change compares before it writes.
    pub fn follow(
        &self,
        cases: &[CaseRow],
        candidates: &[CandidateRow],
        meetings: &[MeetingFacts],
        transfers: &[TransferRow],
    ) {
        let mut sql = String::from(
            "BEGIN; DELETE FROM meeting; DELETE FROM transfer; DELETE FROM match_candidate; DELETE FROM referral_case; DELETE FROM case_file;",
        );
        for meeting in meetings {
            let _ = write!(
                sql,
                "INSERT INTO meeting (id, panel_id, held_on, stage, version, facts, tag) VALUES ('{}', '{}', '', '', {}, '', X'');",
                meeting.id, meeting.panel, meeting.version
            );
        }
        for row in transfers {
            let _ = write!(
                sql,
                "INSERT INTO transfer (id, panel_id, stage, waits, offered_on, version, wrapped_keys, sealed, facts, tag) \
                 VALUES ('{}', '{}', '', '', '', {}, '', '', '', X'');",
                row.id, row.panel, row.version
            );
        }
        for row in cases {
            let _ = write!(
                sql,
                "INSERT INTO case_file (id, panel_id, subject_id, ledger_id, version, stage, due_on, review_on, header, header_tag, wrapped_keys) \
                 VALUES ('{}', '{}', '{}', '{}', {}, '', '', '', '', X'', '');",
                row.id, row.panel, row.subject, row.ledger_id, row.version
            );
        }
        for row in candidates {
            let _ = write!(
                sql,
                "INSERT INTO match_candidate (case_id, other_case_id, score, reasons, rule_version, state) \
                 VALUES ('{}', '{}', 0, '', '', '{}');",
                row.case,
                row.other,
                row.state.name()
            );
        }
        sql.push_str("COMMIT;");
        as_owner(&self.database, &sql).unwrap();
    }
}
