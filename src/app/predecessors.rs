//! The runs of this service before this one, by the names that they had in the log: kept with the log's signer, which only one
//! run at a time can hold. Whoever has it knows that the others are over.
//! It must never name a run that may still be at work: that run's entries would be forgeries for ever.

use crate::ledger::files::{MAX_FILE, read_small, replace};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

const FILE: &str = "epochs";

/// Lines that the file can hold, of 37 bytes. A service that dies so often before it comes to fence its former runs leaves the
/// oldest of them unfenced.
const MOST: usize = 200;

#[derive(Debug)]
pub struct Predecessors {
    dir: PathBuf,
    own: Uuid,
    former: Mutex<Vec<Uuid>>,
    since: Instant,
}

impl Predecessors {
    /// For the holder of the signer in `dir`: writes down this run, before its first entry, beside those that are not fenced.
    ///
    /// # Errors
    /// The file.
    pub fn open(dir: &Path, own: Uuid) -> io::Result<Self> {
        let mut former = match read_small(&dir.join(FILE)) {
            Ok(bytes) => parse(&bytes).unwrap_or_else(|| {
                tracing::error!("which runs of the service were before this one is damaged: they are not fenced");
                Vec::new()
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        former.drain(..former.len().saturating_sub(MOST));
        let lines: Vec<Uuid> = former.iter().copied().chain([own]).collect();
        keep(dir, &lines)?;
        Ok(Self { dir: dir.to_owned(), own, former: Mutex::new(former), since: Instant::now() })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Uuid>> {
        self.former.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are not fenced, once this run is so old that no transaction of theirs can still be committed.
    pub fn over(&self, since: Duration) -> Vec<Uuid> {
        if self.since.elapsed() < since { Vec::new() } else { self.lock().clone() }
    }

    /// They are fenced, and that is committed.
    ///
    /// # Errors
    /// The file: they are fenced again, which is no harm.
    pub fn forget(&self) -> io::Result<()> {
        let mut former = self.lock();
        keep(&self.dir, &[self.own])?;
        former.clear();
        Ok(())
    }
}

fn keep(dir: &Path, epochs: &[Uuid]) -> io::Result<()> {
    let lines: String = epochs.iter().map(|epoch| format!("{epoch}\n")).collect();
    replace(dir, FILE, lines.as_bytes())
}

fn parse(bytes: &[u8]) -> Option<Vec<Uuid>> {
    let whole = u64::try_from(bytes.len()).is_ok_and(|length| length < MAX_FILE);
    let text = str::from_utf8(bytes).ok().filter(|_| whole)?;
    text.lines().map(|line| Uuid::try_parse(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_finds_those_before_it_until_they_are_fenced() {
        let dir = std::env::temp_dir().join(format!("channel-panel-epochs-{}", Uuid::new_v4()));
        std::fs::create_dir(&dir).unwrap();
        let [a, b, c, d] = [(); 4].map(|()| Uuid::new_v4());
        assert!(Predecessors::open(&dir, a).unwrap().over(Duration::ZERO).is_empty());
        assert_eq!(Predecessors::open(&dir, b).unwrap().over(Duration::ZERO), [a]);
        let third = Predecessors::open(&dir, c).unwrap();
        assert!(third.over(Duration::from_secs(60)).is_empty(), "too soon");
        assert_eq!(third.over(Duration::ZERO), [a, b]);
        third.forget().unwrap();
        assert!(third.over(Duration::ZERO).is_empty());
        assert_eq!(Predecessors::open(&dir, d).unwrap().over(Duration::ZERO), [c]);
        for _ in 0..2 * MOST {
            Predecessors::open(&dir, Uuid::new_v4()).unwrap();
        }
        assert_eq!(Predecessors::open(&dir, a).unwrap().over(Duration::ZERO).len(), MOST);
        std::fs::write(dir.join(FILE), "not a run\n").unwrap();
        assert!(Predecessors::open(&dir, a).unwrap().over(Duration::ZERO).is_empty());
        assert_eq!(Predecessors::open(&dir, b).unwrap().over(Duration::ZERO), [a], "it is begun anew");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
