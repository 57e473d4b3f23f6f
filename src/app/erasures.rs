//! The list of what was erased, in the database and once more beside the signer's memory, where no restored backup reaches.
//! At each start what is in it and has its keys back is erased again, before anybody is answered.
//! A line must never be believed without its tag: whoever could add one would have us destroy a living case.

use super::answer::Answer;
use super::erase_case::Erasing;
use super::recorder::ApplyError;
use super::service::Service;
use super::session::Session;
use crate::access::{Authentic, Header, Mac, Principal, Purpose, SystemName};
use crate::casework::ids::{CaseId, LedgerId, PanelId};
use crate::casework::state::Stage;
use crate::error::Problem;
use crate::ledger::body::{hex, unhex};
use crate::store::StoreError;
use crate::store::rows::{CaseRow, ErasureRow};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// In the signer's folder.
pub const FILE: &str = "erasures";
const LABEL: &str = "cp-erasure-v1";

/// Why a service does not start on this list, or with what has come back.
#[derive(Debug, thiserror::Error)]
pub enum ErasuresError {
    #[error("{0}: cannot be read or written")]
    File(PathBuf),
    #[error("{path}: line {line} is not of this service's making")]
    Line { path: PathBuf, line: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("case {0} was erased, has come back, and could not be erased again")]
    Back(CaseId),
}

/// The list outside the database.
#[derive(Debug)]
pub struct Erasures {
    path: PathBuf,
}

impl Erasures {
    /// In this folder; a list that is not there is empty.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(FILE) }
    }

    fn unusable(&self) -> ErasuresError {
        ErasuresError::File(self.path.clone())
    }

    /// # Errors
    /// `File`; `Line` for one that does not bear our tag.
    pub fn read(&self, mac: &dyn Mac) -> Result<Vec<ErasureRow>, ErasuresError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(_) => return Err(self.unusable()),
        };
        let mut rows = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            let row = parse(line).filter(|row| is_sound(mac, row));
            rows.push(row.ok_or_else(|| ErasuresError::Line { path: self.path.clone(), line: at.saturating_add(1) })?);
        }
        Ok(rows)
    }

    /// Takes away a line that a crash left half written: the database has it whole, and the next start adds it again.
    fn mend(&self) -> Result<(), ErasuresError> {
        let Ok(text) = std::fs::read(&self.path) else { return Ok(()) };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        if whole == text.len() {
            return Ok(());
        }
        let cut = |file: File| file.set_len(u64::try_from(whole).unwrap_or(0)).and_then(|()| file.sync_all());
        OpenOptions::new().write(true).open(&self.path).and_then(cut).map_err(|_| self.unusable())
    }

    /// Adds a line, durably.
    ///
    /// # Errors
    /// `File`.
    pub fn append(&self, row: &ErasureRow) -> Result<(), ErasuresError> {
        let line = format!("{}\t{}\n", said(row.case, row.panel, row.on, &row.keks), hex_of(&row.tag));
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).mode(0o600).open(&self.path);
        file.and_then(|mut file| file.write_all(line.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()))
            .map_err(|_| self.unusable())
    }
}

fn hex_of(tag: &[u8]) -> String {
    tag.try_into().map(|tag: [u8; 32]| hex(&tag)).unwrap_or_default()
}

fn said(case: CaseId, panel: PanelId, on: NaiveDate, keks: &str) -> String {
    format!("{case}\t{panel}\t{on}\t{keks}")
}

fn parse(line: &str) -> Option<ErasureRow> {
    let mut parts = line.split('\t');
    let (case, panel, on, keks, tag) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let tag = unhex(tag)?.to_vec();
    let row = ErasureRow {
        case: case.parse().ok()?,
        panel: panel.parse().ok()?,
        on: on.parse().ok()?,
        keks: keks.into(),
        tag,
    };
    parts.next().is_none().then_some(row)
}

/// A line with its tag.
pub fn signed(mac: &dyn Mac, case: CaseId, panel: PanelId, on: NaiveDate, keks: String) -> ErasureRow {
    let tag = mac.tag(LABEL, said(case, panel, on, &keks).as_bytes()).to_vec();
    ErasureRow { case, panel, on, keks, tag }
}

fn is_sound(mac: &dyn Mac, row: &ErasureRow) -> bool {
    mac.verify(LABEL, said(row.case, row.panel, row.on, &row.keks).as_bytes(), &row.tag)
}

/// Brings both lists to the same, and erases again what has come back: by the lists, and by the names that the log says
/// were erased. Gives how many.
///
/// # Errors
/// `ErasuresError`: then nothing may be served.
pub async fn replay(service: &Service, named: &[LedgerId]) -> Result<usize, ErasuresError> {
    service.erasures.mend()?;
    let mut known: BTreeMap<CaseId, ErasureRow> = BTreeMap::new();
    for row in service.erasures.read(&service.sealer)? {
        known.insert(row.case, row);
    }
    for row in service.store.reader()?.erasures()? {
        if !is_sound(&service.sealer, &row) {
            // Whoever owns the database put it in: it erases nothing.
            tracing::error!(case = %row.case, "an erasure in the database is not of our making");
        } else if let Entry::Vacant(new) = known.entry(row.case) {
            service.erasures.append(&row)?;
            new.insert(row);
        }
    }
    let mut back: Vec<(CaseRow, Option<ErasureRow>)> = Vec::new();
    for (case, noted) in known {
        let found = service.store.reader()?.case_by_id(case)?;
        back.extend(found.filter(|row| !is_shell(service, row)).map(|row| (row, Some(noted))));
    }
    for name in named {
        let found = service.store.reader()?.case_by_ledger_id(*name)?;
        let new = found.filter(|row| !back.iter().any(|(known, _)| known.id == row.id));
        back.extend(new.map(|row| (row, None)));
    }
    let count = back.len();
    for (row, noted) in back {
        again(service, &row, noted).await.map_err(|_| ErasuresError::Back(row.id))?;
    }
    Ok(count)
}

/// Nothing but that there was a case.
fn is_shell(service: &Service, row: &CaseRow) -> bool {
    let header: Result<Authentic<Header>, _> = Authentic::open(&service.sealer, row.id, &row.header, &row.header_tag);
    let stage = header.map(|header| header.state.stage);
    row.wrapped_keys.is_empty() && row.singles.is_empty() && stage == Ok(Stage::Erased)
}

/// No policy is asked: two people decided it, and a backup does not take that back. Nothing of the case is opened.
async fn again(service: &Service, row: &CaseRow, noted: Option<ErasureRow>) -> Result<(), Problem> {
    tracing::warn!(case = %row.id, "a case that was erased has come back and is erased again");
    let eraser = Principal::system(SystemName::Eraser, row.panel);
    let session = Session::of_job(service, &eraser, "eraseCaseAgain", Purpose::Retention)?;
    let new = noted.is_none();
    let (erasing, mark) = Erasing::of(&session, row, noted)?;
    let line = erasing.noted().clone();
    let answer = erasing.answer(&session, mark, Vec::new());
    let Answer::Change(change) = answer else { return Err(Problem::internal("an erasure is a change")) };
    match change.commit(service).await {
        Ok(_) if new => service.erasures.append(&line).map_err(|_| Problem::internal("an erasure could not be noted")),
        Ok(_) => Ok(()),
        Err(ApplyError::Stale) => Err(Problem::internal("a case changed while nobody is served")),
        Err(_) => Err(Problem::unavailable("an erasure could not be committed")),
    }
}
