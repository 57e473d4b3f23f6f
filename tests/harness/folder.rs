//! A folder of a test's own, removed with it. It must never be given a path from outside.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Not TMPDIR: that may be too long for a socket in it, or closed to the user that PostgreSQL runs as.
const PARENT: &str = "/tmp";

/// A new private (0700) folder, gone when dropped. Its path is short enough for a Unix socket in it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        Self(create())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A failed test's folder would be the best evidence, but CI machines would fill with them.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folder without its remover, for a caller that has it removed otherwise.
pub fn create() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(PARENT).join(format!("cp-{}-{n}", std::process::id()));
        // Taken: left by an earlier process of the same number.
        if fs::DirBuilder::new().mode(0o700).create(&path).is_ok() {
            return path;
        }
        assert!(n < 100_000, "no folder can be made in {PARENT}");
    }
}
