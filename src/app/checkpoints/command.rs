//! The operator's own program that carries a checkpoint away: it reads standard input, and ends with 0 if it was taken.
//! It must never be run through a shell, nor be waited for longer than was allowed.

use super::Undelivered;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How often one looks whether it has ended.
const LOOK: Duration = Duration::from_millis(50);

/// The most that is read of what it says: some cosignatures.
const MOST: u64 = 65_536;

/// For what it said before it ended to come through.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A program and its arguments.
#[derive(Debug, Clone)]
pub struct Courier {
    pub argv: Vec<String>,
    pub limit: Duration,
}

/// What became of it.
#[derive(Debug)]
pub struct Carried {
    pub accepted: bool,
    /// Its standard output.
    pub said: Vec<u8>,
}

impl Courier {
    /// Runs it once. It is ended when its time is over, or when `stopped` says so.
    ///
    /// # Errors
    /// `NotStarted`, `TooLong`, `Stopping`.
    pub fn carry(&self, text: &str, stopped: &Receiver<()>) -> Result<Carried, Undelivered> {
        let (program, arguments) = self.argv.split_first().ok_or(Undelivered::NotStarted)?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What it complains of is its own to keep: it may hold anything.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| Undelivered::NotStarted)?;
        let (told, said) = channel();
        if let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) {
            let text = text.to_owned();
            // A program that reads nothing, or says nothing, holds up its own thread and not ours.
            thread::spawn(move || input.write_all(text.as_bytes()));
            thread::spawn(move || {
                let mut bytes = Vec::new();
                let read = output.take(MOST).read_to_end(&mut bytes);
                told.send(read.map(|_| bytes))
            });
        }
        let accepted = self.wait(&mut child, stopped)?;
        let said = said.recv_timeout(LAST_WORDS).ok().and_then(Result::ok).unwrap_or_default();
        Ok(Carried { accepted, said })
    }

    fn wait(&self, child: &mut Child, stopped: &Receiver<()>) -> Result<bool, Undelivered> {
        let mut left = self.limit;
        loop {
            if let Some(status) = child.try_wait().map_err(|_| Undelivered::NotStarted)? {
                return Ok(status.success());
            }
            let over = if !matches!(stopped.recv_timeout(LOOK), Err(RecvTimeoutError::Timeout)) {
                Some(Undelivered::Stopping)
            } else if left.is_zero() {
                Some(Undelivered::TooLong)
            } else {
                None
            };
            if let Some(over) = over {
                // Both fail only if it has ended already.
                let _ = child.kill();
                let _ = child.wait();
                return Err(over);
            }
            left = left.saturating_sub(LOOK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn courier(argv: &[&str], limit: Duration) -> Courier {
        Courier { argv: argv.iter().map(|&text| text.to_owned()).collect(), limit }
    }

    #[test]
    fn a_program_reads_the_note_and_says_by_its_end_whether_it_was_taken() {
        let (_running, stopped) = channel();
        let long = Duration::from_secs(60);
        let echoed = courier(&["/bin/cat"], long).carry("a note\n", &stopped).unwrap();
        assert!(echoed.accepted);
        assert_eq!(echoed.said, b"a note\n");
        assert!(!courier(&["/bin/false"], long).carry("a note\n", &stopped).unwrap().accepted);
        // A shell would run the second command.
        let told = courier(&["/bin/echo", "$HOME; /bin/false"], long).carry("", &stopped).unwrap();
        assert_eq!((told.accepted, told.said), (true, b"$HOME; /bin/false\n".to_vec()));
        let missing = courier(&["/nonexistent/program"], long).carry("", &stopped);
        assert!(matches!(missing, Err(Undelivered::NotStarted)));
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let (running, stopped) = channel();
        let hangs = ["/bin/sleep", "3600"];
        let over = courier(&hangs, Duration::ZERO).carry("", &stopped);
        assert!(matches!(over, Err(Undelivered::TooLong)));
        drop(running);
        let over = courier(&hangs, Duration::from_secs(3600)).carry("", &stopped);
        assert!(matches!(over, Err(Undelivered::Stopping)));
    }
}
