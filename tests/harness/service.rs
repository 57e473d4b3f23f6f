//! The service as its users meet it: the real binary in a process of its own, which can be killed at any moment.
//! It must never be left running: the process ends with its handle.

use super::{Client, Folder};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// The binary's promise on standard output, once it answers requests: this, then `http://address:port`.
const READY: &str = "listening on ";

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Service {
    child: Child,
    base: String,
    log: PathBuf,
}

impl Service {
    /// The binary under test, with arguments and environment still to be given.
    pub fn binary() -> Command {
        Command::new(env!("CARGO_BIN_EXE_channel-panel"))
    }

    /// Starts it and waits until it is ready. What it prints is appended to `service.log` in the folder, so that a
    /// service started again on the same folder has one log.
    ///
    /// # Panics
    /// If it ends, or is not ready after a minute, showing what it printed.
    pub fn start(mut command: Command, folder: &Folder) -> Self {
        let log = folder.join("service.log");
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let errors = file.try_clone().unwrap();
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).spawn().expect("the binary starts");
        let (ready, wait) = channel();
        let output = child.stdout.take().unwrap();
        std::thread::spawn(move || follow(output, file, &ready));
        // From here the handle owns the process: a panic below ends it.
        let mut service = Self { child, base: String::new(), log };
        match wait.recv_timeout(PATIENCE) {
            Ok(base) => service.base = base,
            Err(RecvTimeoutError::Timeout) => panic!("not ready after {PATIENCE:?}:\n{}", service.log()),
            Err(RecvTimeoutError::Disconnected) => panic!("ended before it was ready:\n{}", service.log()),
        }
        service
    }

    /// `http://address:port`.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// All it has printed, on both streams.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// `kill -9`: no destructor, no flush, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as systemd and Ctrl-C do, and waits.
    ///
    /// # Panics
    /// If it is still there after a minute.
    pub fn stop(mut self) -> ExitStatus {
        let asked = Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(asked.success());
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "still running after being asked to end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies what the service prints into its log, and tells of the line that says where it listens.
fn follow(output: ChildStdout, mut log: File, ready: &Sender<String>) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { return };
        let _ = writeln!(log, "{line}");
        if let Some((_, base)) = line.split_once(READY) {
            let base: String = base.chars().take_while(|c| !c.is_whitespace()).collect();
            let _ = ready.send(base.trim_end_matches('/').to_owned());
        }
    }
}
