//! A PostgreSQL cluster of the test process's own, made with the machine's binaries at first use.
//! It must never outlive the process, listen on a network or touch a cluster that is already there.

use super::{Schema, folder};
use diesel::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Runs the server, and ends it and removes its folder when its standard input closes. The kernel closes that when the
/// test process ends, however it ends, which no destructor can promise (statics have none, and `kill -9` runs none).
const GUARD: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
    -c shared_buffers=32MB -c max_connections=200 -c dynamic_shared_memory_type=mmap -c autovacuum=off >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server"
wait "$server"
rm -rf "$2"
"#;

struct Cluster {
    folder: PathBuf,
    templates: Mutex<BTreeSet<&'static str>>,
    databases: Mutex<u32>,
    /// Held, never written: its closing is the guard's signal.
    _lifeline: ChildStdin,
}

/// A new database, cloned from the schema's template.
pub fn create(schema: &Schema) -> String {
    cluster().clone_of(schema)
}

/// Drops a database made by `create`, whoever is still connected to it.
pub fn remove(url: &str) {
    let name = url.split(['/', '?']).nth(3).unwrap();
    let _ = cluster().admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    fn start() -> Self {
        let binaries = binaries(&search_path());
        let folder = folder::create();
        let server_user = server_user();
        if let Some((user, group)) = server_user {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let run_as = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir(&folder).env_remove("PGOPTIONS").process_group(0);
            if let Some((user, group)) = server_user {
                command.uid(user).gid(group);
            }
            command
        };

        let made = run_as(&binaries.join("initdb"))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(folder.join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));

        let mut guard = run_as(Path::new("/bin/sh"))
            .args(["-c", GUARD, "guard"])
            .args([&binaries, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lifeline = guard.stdin.take().unwrap();
        let cluster = Self { folder, templates: Mutex::default(), databases: Mutex::default(), _lifeline: lifeline };
        cluster.wait_until_ready(&mut guard);
        cluster
    }

    fn wait_until_ready(&self, guard: &mut Child) {
        let began = Instant::now();
        while PgConnection::establish(&self.url("postgres")).is_err() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(guard.try_wait().unwrap().is_none(), "PostgreSQL did not start: {}", log());
            assert!(began.elapsed() < Duration::from_secs(60), "PostgreSQL is not ready after 60 s: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@/{database}?host={}", self.folder.display())
    }

    fn admin(&self, statement: &str) -> QueryResult<usize> {
        let mut connection = PgConnection::establish(&self.url("postgres")).unwrap();
        diesel::sql_query(statement).execute(&mut connection)
    }

    fn clone_of(&self, schema: &Schema) -> String {
        // Poisoned by a failed migration: the next test shall report it again, not a poisoned lock.
        let mut templates = self.templates.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let template = format!("template_{}", schema.name);
        if !templates.contains(schema.name) {
            self.admin(&format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)")).unwrap();
            self.admin(&format!("CREATE DATABASE {template} TEMPLATE template0")).unwrap();
            (schema.migrate)(&self.url(&template));
            templates.insert(schema.name);
        }
        let name = {
            let mut count = self.databases.lock().unwrap();
            *count += 1;
            format!("test_{count}")
        };
        self.copy(&template, &name);
        self.url(&name)
    }

    /// A template cannot be copied while someone is connected to it, and a server process ends a little after its client.
    fn copy(&self, template: &str, name: &str) {
        let began = Instant::now();
        while let Err(failure) = self.admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")) {
            assert!(began.elapsed() < Duration::from_secs(10), "{template} cannot be copied: {failure}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Where the server's programs may be: the newest of Debian's versioned folders first, then wherever PATH leads.
fn search_path() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path)).collect()
}

/// The first folder that holds both programs.
///
/// # Panics
/// If none does. A suite that left PostgreSQL out would be green and prove half.
pub fn binaries(folders: &[PathBuf]) -> PathBuf {
    let runs =
        |program: PathBuf| fs::metadata(program).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    folders
        .iter()
        .find(|folder| runs(folder.join("initdb")) && runs(folder.join("postgres")))
        .cloned()
        .expect("PostgreSQL's server programs (initdb, postgres) are not on this machine: `make test` installs them")
}

/// PostgreSQL refuses to run as root: then (user, group) of Debian's `postgres`.
fn server_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let entry = users.lines().find(|line| line.starts_with("postgres:"));
    let numbers: Vec<u32> = entry
        .expect("there is no user `postgres` to run PostgreSQL as: `make test` installs it")
        .split(':')
        .skip(2)
        .take(2)
        .map(|number| number.parse().unwrap())
        .collect();
    Some((numbers[0], numbers[1]))
}
