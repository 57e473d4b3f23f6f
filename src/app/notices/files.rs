//! Letters as files in a folder, one each, under their own names: for demonstrations and trials.
//! Nobody but the owner may read them, and a letter sent again is the same file.

use super::letter::Letter;
use super::{Transport, Undelivered};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Makes the folder where it is not.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(folder: PathBuf) -> Result<Self, &'static str> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|_| "files: the folder cannot be made")?;
        Ok(Self { folder })
    }

    /// Written beside and moved into place: whoever looks finds all of a letter or none.
    fn write(&self, letter: &Letter) -> io::Result<()> {
        let beside = self.folder.join(format!("{}.new", letter.id));
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(letter.text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, self.folder.join(format!("{}.eml", letter.id)))
    }
}

impl Transport for Files {
    fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        self.write(letter).map_err(|_| Undelivered::NoRoad)
    }
}
