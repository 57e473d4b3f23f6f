//! The scripts beside this file, and `pgbench` to run them: what a service on PostgreSQL asks for one request, and one entry.
//! They must never ask for less, or for other than the service does: that is compared before anything is measured.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How often a request is made to see what it sends: what others send meanwhile, by the second, is less than half as often.
const TIMES: i64 = 20;

/// What is of the log is not compared. How an entry is written differs on purpose: the service writes many at once, pgbench each
/// by itself; and the sequencer, which gives entries their places meanwhile, is the service's alone.
fn is_of_the_log(statement: &str) -> bool {
    statement.contains("ledger_") || ["BEGIN", "COMMIT"].contains(&statement)
}

/// By statement, how often it is sent for one request, and how many rows come back.
type Statements = BTreeMap<String, (i64, i64)>;

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Text)]
    query: String,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

#[derive(QueryableByName)]
struct Track {
    #[diesel(sql_type = Text, column_name = "pg_stat_statements.track")]
    track: String,
}

pub struct Script {
    pub name: &'static str,
}

pub const OPEN_CASE: Script = Script { name: "open_case.sql" };
pub const AGENDA: Script = Script { name: "agenda.sql" };

/// So many transactions of one client, or as many as there is time for.
#[derive(Clone, Copy)]
pub enum Length {
    Times(i64),
    For(Duration),
}

/// `pgbench` on a database.
pub struct Pgbench {
    program: PathBuf,
    url: String,
}

impl Pgbench {
    pub fn new(program: PathBuf, url: &str) -> Self {
        Self { program, url: url.to_owned() }
    }

    fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    /// Has the server leave off noting statements, which costs.
    pub fn note_no_more(&self) {
        let mut owner = self.connect();
        owner.batch_execute("ALTER SYSTEM SET pg_stat_statements.track = 'none'").unwrap();
        owner.batch_execute("SELECT pg_reload_conf()").unwrap();
        let heard =
            || diesel::sql_query("SHOW pg_stat_statements.track").get_result::<Track>(&mut self.connect()).unwrap();
        while heard().track != "none" {}
    }

    /// What the server got, and gave, meanwhile.
    fn noted(&self, work: impl FnOnce()) -> Statements {
        let mut owner = self.connect();
        owner.batch_execute("SELECT pg_stat_statements_reset()").unwrap();
        work();
        let seen: Vec<Seen> =
            diesel::sql_query("SELECT query, calls, rows FROM pg_stat_statements").load(&mut owner).unwrap();
        let once = |count: i64| (count + TIMES / 2) / TIMES;
        seen.iter()
            .filter(|seen| once(seen.calls) > 0 && !is_of_the_log(&seen.query))
            .map(|seen| (seen.query.clone(), (once(seen.calls), once(seen.rows))))
            .collect()
    }

    /// # Panics
    /// If the script sends other statements than the request, or gets other rows.
    pub fn must_send_the_same(&self, script: &Script, values: &[(&str, String)], request: impl Fn()) {
        // Once before: what is sent only the first time is no part of it.
        request();
        let ours = self.noted(|| (0..TIMES).for_each(|_| request()));
        let theirs = self.noted(|| {
            self.run(script, 1, Length::Times(TIMES), values);
        });
        let said = |statements: &Statements| -> String {
            statements.iter().map(|(it, (calls, rows))| format!("{calls} times, {rows} rows: {it}\n")).collect()
        };
        let (ours, theirs) = (said(&ours), said(&theirs));
        assert!(!ours.is_empty() && ours == theirs, "{}: the service sends\n{ours}\n{theirs}", script.name);
    }

    /// Transactions a second of so many clients, on two threads.
    pub fn run(&self, script: &Script, clients: usize, length: Length, values: &[(&str, String)]) -> f64 {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pgbench").join(script.name);
        let long = match length {
            Length::Times(times) => ["-t".to_owned(), times.to_string()],
            Length::For(time) => ["-T".to_owned(), time.as_secs().to_string()],
        };
        let mut command = Command::new(&self.program);
        let (clients, threads) = (clients.to_string(), clients.min(2).to_string());
        command.args(["-n", "-M", "prepared", "-j", &threads, "-c", &clients]).args(long).arg("-f").arg(file);
        for (name, value) in values {
            command.arg("-D").arg(format!("{name}={value}"));
        }
        let done = command.arg(&self.url).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
        assert!(said.contains("number of failed transactions: 0 "), "{said}");
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.unwrap_or_else(|| panic!("no rate: {said}"))
    }
}
