//! Rows that lie beside a case and that its header vouches for: events, earlier headers, old versions, candidates.
//! None of them may be shown or decided on before it was compared with the header: their tables are anyone's who owns
//! the database.

use super::case_file::{CaseFile, hex};
use crate::access::{Authentic, Header, RowsFact};
use crate::casework::category::Category;
use crate::casework::role::Role;
use crate::clock::Moment;
use crate::digest::{Sha256, sha256};
use crate::error::Problem;
use crate::ledger::body::unhex;
use crate::seal::{SealedMap, chain};
use crate::store::rows::{CandidateRow, EventRow, MatchState, VersionRow};
use std::fmt::Display;
use std::io::Write;
use uuid::Uuid;

/// A version of a single-valued category, with the moment that an authentic header gives it.
pub struct Version {
    pub row: VersionRow,
    pub sealed: SealedMap<'static>,
    pub recorded_at: Moment,
}

super::opaque!(Version);

impl CaseFile<'_> {
    /// What happened, in the order it was recorded.
    ///
    /// # Errors
    /// `integrity` where a row was taken out, put in, altered or moved.
    pub fn events(&self) -> Result<Vec<EventRow>, Problem> {
        let mut rows = self.event_rows()?;
        let known = usize::try_from(self.header.events.count).unwrap_or(usize::MAX);
        self.only_later(rows.len() > known, "events were put in")?;
        rows.truncate(known);
        let (count, digest) = rows.iter().fold((0, [0; 32]), link);
        let found = if count == 0 { RowsFact::default() } else { RowsFact { count, digest: hex(&digest) } };
        if found == self.header.events { Ok(rows) } else { Err(self.tampered("the events of a case")) }
    }

    /// Every header the case has had, oldest first, the present one last.
    ///
    /// # Errors
    /// `integrity` where one is missing or altered.
    pub fn headers(&self) -> Result<Vec<Authentic<Header>>, Problem> {
        let rows = self.session().reader().header_versions(self.id())?;
        let mut headers = Vec::with_capacity(rows.len());
        for (version, row) in (1..=self.header.version).zip(&rows) {
            let mac = &self.session().service.sealer;
            let header = Authentic::open(mac, self.id(), &row.header, &row.header_tag);
            let header = header.map_err(|_| self.tampered("an earlier header"))?;
            if header.version != version {
                return Err(self.tampered("earlier headers are missing"));
            }
            headers.push(header);
        }
        if headers.last().map(|header| &**header) == Some(&*self.header) {
            Ok(headers)
        } else {
            Err(self.tampered("earlier headers are missing"))
        }
    }

    /// Every version of a single-valued category, oldest first; `headers` as [`CaseFile::headers`] gives them.
    ///
    /// # Errors
    /// `integrity` where a version is missing, or is not what the header of its time vouched for.
    pub fn versions(&self, category: Category, headers: &[Authentic<Header>]) -> Result<Vec<Version>, Problem> {
        let newest = self.header.categories.get(&category).map_or(0, |fact| fact.version);
        let rows = self.session().reader().versions_of(self.id(), category)?;
        let mut versions = Vec::with_capacity(rows.len());
        for (number, row) in (1..=newest).zip(rows) {
            let vouched = headers.iter().find_map(|header| {
                let fact = header.categories.get(&category).filter(|fact| fact.version == number)?;
                Some((fact.digest.clone(), header.recorded_at))
            });
            let sealed = SealedMap::from_stored(row.sealed.clone());
            match vouched {
                Some((digest, recorded_at)) if row.version == number && hex(&sealed.digest()) == digest => {
                    versions.push(Version { row, sealed, recorded_at });
                }
                _ => return Err(self.tampered("the versions of a category")),
            }
        }
        if u32::try_from(versions.len()) == Ok(newest) {
            Ok(versions)
        } else {
            Err(self.tampered("the versions of a category"))
        }
    }

    /// What the matcher found, likeliest first, with what people said of it.
    ///
    /// # Errors
    /// `integrity` where a row was taken out, put in or altered; `unavailable` where it changes at this moment.
    pub fn candidates(&self) -> Result<Vec<CandidateRow>, Problem> {
        let rows = self.session().reader().candidates_of(self.id())?;
        if self.header.candidates.is_none() && self.said_to_be_matched()? {
            return Err(self.tampered("the matching of a case"));
        }
        let found = (self.header.candidates.is_some() || !rows.is_empty()).then(|| candidates_fact(&rows));
        if found == self.header.candidates {
            return Ok(rows);
        }
        self.only_later(true, "the candidates of a case")?;
        Err(Problem::moved("the case moved on while it was read"))
    }

    /// The referral's row says that the matcher has looked; were it so, the header would know.
    fn said_to_be_matched(&self) -> Result<bool, Problem> {
        let Some(referral) = self.header.opened_from else { return Ok(false) };
        let row = self.session().reader().referral_by_id(referral)?;
        if row.is_none_or(|row| row.match_state == MatchState::Pending) {
            return Ok(false);
        }
        let now = self.session().reader().case_by_id(self.id())?;
        Ok(now.is_none_or(|row| row.version == self.header.version))
    }

    /// More rows than the header knows of were put in, unless the case has moved on since its row was read.
    pub(super) fn only_later(&self, more: bool, what: &'static str) -> Result<(), Problem> {
        if !more {
            return Ok(());
        }
        let now = self.session().reader().case_by_id(self.id())?;
        if now.is_some_and(|row| row.version > self.header.version) { Ok(()) } else { Err(self.tampered(what)) }
    }
}

/// The header's account of events after one more.
pub fn follow(before: &RowsFact, row: &EventRow) -> RowsFact {
    let (count, digest) = link((before.count, so_far(&before.digest)), row);
    RowsFact { count, digest: hex(&digest) }
}

fn link((count, digest): (u32, [u8; 32]), row: &EventRow) -> (u32, [u8; 32]) {
    let count = count.saturating_add(1);
    let mut sum = Spelled::new(b"cp-event-v1");
    sum.put(row.name.as_bytes());
    sum.shown(&row.occurred_on);
    sum.shown(&row.recorded_at.0);
    sum.name(row.membership.map(|id| id.0));
    sum.name(row.agency.map(|id| id.0));
    sum.put(row.role.map_or("", Role::name).as_bytes());
    (count, chain(digest, Uuid::nil(), count, sum.finish()))
}

/// A digest over values as they are spelled, each after its length: gathered first, for of short parts hashing one by one is
/// twice the work.
pub(super) struct Spelled(Vec<u8>);

impl Spelled {
    pub(super) fn new(label: &[u8]) -> Self {
        let mut sum = Self(Vec::with_capacity(512));
        sum.put(label);
        sum
    }

    pub(super) fn put(&mut self, part: &[u8]) {
        self.length_of(part);
        self.0.extend_from_slice(part);
    }

    fn length_of(&mut self, part: &[u8]) {
        self.0.extend_from_slice(&spelled_length(part.len()));
    }

    /// As it is displayed, written where it is hashed.
    pub(super) fn shown(&mut self, value: &impl Display) {
        let before = self.0.len();
        self.0.extend_from_slice(&spelled_length(0));
        let begun = self.0.len();
        // Into memory: that cannot fail.
        let _ = write!(self.0, "{value}");
        let length = spelled_length(self.0.len().saturating_sub(begun));
        if let Some(place) = self.0.get_mut(before..begun) {
            place.copy_from_slice(&length);
        }
    }

    /// Nothing is spelled as an empty part.
    pub(super) fn name(&mut self, id: Option<Uuid>) {
        let mut text = Uuid::encode_buffer();
        self.put(id.map_or("", |id| id.hyphenated().encode_lower(&mut text)).as_bytes());
    }

    pub(super) fn finish(self) -> [u8; 32] {
        sha256(&[&self.0])
    }

    /// With a last part that is long, and not copied for it.
    pub(super) fn finish_with(mut self, part: &[u8]) -> [u8; 32] {
        self.length_of(part);
        sha256(&[&self.0, part])
    }
}

fn spelled_length(bytes: usize) -> [u8; 8] {
    u64::try_from(bytes).unwrap_or(u64::MAX).to_be_bytes()
}

/// The header's account of candidates, whatever order they come in.
pub fn candidates_fact(rows: &[CandidateRow]) -> RowsFact {
    let mut sorted: Vec<&CandidateRow> = rows.iter().collect();
    sorted.sort_by_key(|row| row.other);
    let running = sorted.iter().fold([0; 32], |before, row| {
        let texts = [
            row.other.to_string(),
            row.score.to_string(),
            row.reasons.clone(),
            row.rule_version.clone(),
            row.state.name().to_owned(),
        ];
        chain(before, row.other.0, row.score, digest_of("cp-candidate-v1", &texts))
    });
    RowsFact { count: u32::try_from(rows.len()).unwrap_or(u32::MAX), digest: hex(&running) }
}

fn digest_of(label: &str, texts: &[String]) -> [u8; 32] {
    let mut sum = Sha256::default();
    for text in std::iter::once(label).chain(texts.iter().map(String::as_str)) {
        sum.put(text.as_bytes());
    }
    sum.finish()
}

/// A chain's end as the header holds it; of no rows it is empty, and the chain begins with zeros. A header is authentic by
/// now: a digest that is none would be ours, and chains nothing.
pub fn so_far(digest: &str) -> [u8; 32] {
    unhex(digest).unwrap_or([0; 32])
}
