//! What erasing a case comes to: its keys overwritten with nothing, and a shell left that says there was one.
//! It must never leave in the shell, nor in what vouches for it, anything by which the case's name in the log could be found.

use super::answer::{Answer, Reply};
use super::case_file::believe;
use super::case_row::{Dues, case_row};
use super::erasures::signed;
use super::recorder::ApplyError;
use super::session::Session;
use crate::access::{Authentic, Header};
use crate::casework::ids::{CaseId, ReferralId};
use crate::casework::opening::Opening;
use crate::casework::state::{FrontDoor, Progress, Stage, State};
use crate::clock::Moment;
use crate::digest::sha256;
use crate::error::Problem;
use crate::ledger::entry::{CaseMark, DetailValue};
use crate::seal::WrappedKeys;
use crate::store::Tx;
use crate::store::rows::{CaseRow, ErasureRow};
use std::collections::{BTreeMap, BTreeSet};

/// What the log has in place of the hash of the new header: that hash would lead from an entry to the shell.
pub fn erased_mark() -> [u8; 32] {
    sha256(&[b"cp-erased-v1"])
}

/// An erasure decided and sealed, waiting for its transaction.
pub struct Erasing {
    shell: CaseRow,
    expected: i64,
    /// Where no other case hangs on it.
    referral: Option<ReferralId>,
    noted: ErasureRow,
}

impl std::fmt::Debug for Erasing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Erasing")
    }
}

impl Erasing {
    /// `noted`: where it was erased before. What cannot be believed of the row is let go with it.
    ///
    /// # Errors
    /// `integrity` of another case of the same referral; `unavailable`.
    pub fn of(session: &Session<'_>, row: &CaseRow, noted: Option<ErasureRow>) -> Result<(Self, CaseMark), Problem> {
        let service = session.service;
        let header: Option<Authentic<Header>> =
            Authentic::open(&service.sealer, row.id, &row.header, &row.header_tag).ok();
        let from = header.as_ref().and_then(|header| header.opened_from);
        // Of a case that came back alone its referral is gone.
        let from = match from {
            Some(referral) => session.reader().referral_by_id(referral)?.map(|row| row.id),
            None => None,
        };
        let told = header.as_ref().map_or(Progress::Received, |header| header.state.referrer_told);
        let others = from.map(|referral| others_hang_on(session, referral, row.id)).transpose()?.unwrap_or(false);
        let referral = from.filter(|_| !others);
        let kept = from.filter(|_| others).map(|referral| (referral, told));
        let noted = match noted {
            Some(noted) => noted,
            None => {
                let keks = keks(session, row, referral)?;
                signed(&service.sealer, row.id, row.panel, session.today, keks)
            }
        };
        let version = row.version.saturating_add(1);
        let shell = shell(session, row, version, kept)?;
        // Of a row that was put back the log knows later versions already, and attests none of them twice.
        let known = service.watermark.highest(row.ledger_id.0).unwrap_or(row.version).max(row.version);
        let mark =
            CaseMark { ledger_id: row.ledger_id, version: known.saturating_add(1), header_hash: Some(erased_mark()) };
        Ok((Self { shell, expected: row.version, referral, noted }, mark))
    }

    pub fn noted(&self) -> &ErasureRow {
        &self.noted
    }

    pub fn answer(self, session: &Session<'_>, mark: CaseMark, mut detail: Vec<(&'static str, DetailValue)>) -> Answer {
        detail.extend(self.referral.map(|referral| ("referral", DetailValue::Id(referral.0))));
        session.change(Reply::empty(204), vec![mark], detail, move |tx| self.write(tx))
    }

    fn write(&self, tx: &mut Tx<'_>) -> Result<(), ApplyError> {
        tx.erase_case(&self.shell, self.expected)?;
        if let Some(referral) = self.referral {
            tx.erase_referral(referral)?;
        }
        Ok(tx.note_erasure(&self.noted)?)
    }
}

/// A referral names several people: it goes with the last of them.
fn others_hang_on(session: &Session<'_>, referral: ReferralId, case: CaseId) -> Result<bool, Problem> {
    let opened = session.reader().cases_of_referral(referral)?;
    for other in opened.iter().filter(|other| other.case != case) {
        let Some(row) = session.reader().case_by_id(other.case)? else { continue };
        let (_, header) = believe(session, row)?;
        if header.state.stage != Stage::Erased {
            return Ok(true);
        }
    }
    Ok(false)
}

fn keks(session: &Session<'_>, row: &CaseRow, referral: Option<ReferralId>) -> Result<String, Problem> {
    let mut all = BTreeSet::new();
    let of_referral = match referral {
        Some(id) => session.reader().referral_by_id(id)?.map(|row| row.wrapped_keys),
        None => None,
    };
    for keys in [Some(row.wrapped_keys.clone()), of_referral].into_iter().flatten() {
        // Keys that have not their form open nothing, here or in a backup.
        all.extend(WrappedKeys::from_stored(keys).keks().unwrap_or_default());
    }
    let names: Vec<String> = all.iter().map(ToString::to_string).collect();
    Ok(names.join(" "))
}

/// Ids of case and panel, and that it is erased. The day is all that is left of when: to the microsecond it would lead to the
/// entry. `kept`: while a referral is there, its sender is told how far it came.
fn shell(
    session: &Session<'_>,
    row: &CaseRow,
    version: i64,
    kept: Option<(ReferralId, Progress)>,
) -> Result<CaseRow, Problem> {
    let today = session.today;
    let opened = State::opened(&Opening::referral(today, today, FrontDoor::Council, false))?;
    let referrer_told = kept.map_or(Progress::Received, |(_, told)| told);
    let state = State { stage: Stage::Erased, referrer_told, ..opened };
    let blank = Header::blank(row.panel, kept.map(|(referral, _)| referral), state, Moment::begin_of(today));
    let header = Header { case: row.id, version, ..blank };
    let (row, _) = case_row(&session.service.sealer, header, Dues::default(), String::new(), BTreeMap::new())?;
    Ok(row)
}
