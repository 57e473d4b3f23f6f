//! A PostgreSQL server of the process's own, made with the machine's binaries in a new folder.
//! It must never outlive the process, listen on a network or touch a cluster that is already there.

use super::folder;
use diesel::Connection;
use diesel::pg::PgConnection;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs the server, and ends it and removes its folder when its standard input closes. The kernel closes that when the
/// process ends, however it ends, which no destructor can promise (statics have none, and `kill -9` runs none).
const GUARD: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c dynamic_shared_memory_type=mmap $3 >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server"
wait "$server"
rm -rf "$2"
"#;

pub struct Server {
    folder: PathBuf,
    /// Held, never written: its closing is the guard's signal.
    _lifeline: ChildStdin,
}

impl Server {
    /// With these settings, as `-c name=value` each.
    pub fn start(settings: &str) -> Self {
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
            .args([binaries.as_path(), folder.as_path(), Path::new(settings)])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lifeline = guard.stdin.take().unwrap();
        let server = Self { folder, _lifeline: lifeline };
        server.wait_until_ready(&mut guard);
        server
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

    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@/{database}?host={}", self.folder.display())
    }
}

/// Where the server's programs may be: the newest of Debian's versioned folders first, then wherever PATH leads.
pub fn search_path() -> Vec<PathBuf> {
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
