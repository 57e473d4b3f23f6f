//! A case opened for one session: facts believed, the permit asked for, content opened only as the permit says,
//! and everything that was opened to be shown noted in the manifest as it is opened.
//! Nothing of a case may be read in `app` except through here.

use super::case_records::{Of, Vouched};
use super::session::Session;
use super::watermark::Belief;
use crate::access::{Authentic, CaseVerb, Header, Particulars, Permit};
use crate::casework::category::Category;
use crate::casework::ids::CaseId;
use crate::casework::role::Role;
use crate::error::{Kind, Problem};
pub use crate::ledger::body::hex;
use crate::ledger::body::unhex;
use crate::ledger::entry::{CaseMark, Manifest};
use crate::seal::{Fields, Keyring, Place, SealedMap, WrappedKeys};
use crate::store::rows::{CaseRow, EventRow, RecordRow};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::cell::RefCell;

pub struct CaseFile<'s> {
    session: &'s Session<'s>,
    pub row: CaseRow,
    pub header: Authentic<Header>,
    pub permit: Permit,
    keys: WrappedKeys,
    manifest: RefCell<Manifest>,
    pub(super) records: RefCell<Option<Vouched>>,
    /// Rows that were read for many cases at once, not yet held against the header.
    pub(super) laid: RefCell<Laid>,
}

#[derive(Default)]
pub(super) struct Laid {
    pub records: Option<(Vec<RecordRow>, Of)>,
    events: Option<Vec<EventRow>>,
}

impl std::fmt::Debug for CaseFile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CaseFile({})", self.row.id)
    }
}

/// Reads a case's header as this process may believe it.
///
/// # Errors
/// `integrity` for a bad tag, another row's header or an older version than was seen.
pub fn believe(session: &Session<'_>, row: CaseRow) -> Result<(CaseRow, Authentic<Header>), Problem> {
    believe_by(&session.belief, row)
}

/// The same, by a belief of the caller's own: one that remembers, or not.
///
/// # Errors
/// As `believe`.
pub fn believe_by(belief: &Belief<'_>, row: CaseRow) -> Result<(CaseRow, Authentic<Header>), Problem> {
    let case = row.ledger_id;
    let alarm = |what| {
        tracing::error!(%case, what, "a case's facts are not to be believed");
        Problem::from(Kind::Integrity)
    };
    let stored = (row.header.as_str(), row.header_tag.as_slice());
    let header = belief
        .read(row.id.0, stored, |mac| Authentic::open(mac, row.id, stored.0, stored.1))
        .map_err(|_| alarm("tag"))?;
    // Copies for queries: a row moved by them would be missing where it belongs.
    let copies = (row.version, row.ledger_id, row.panel, row.subject, row.stage.as_str());
    if copies != (header.version, header.ledger_id, header.panel, header.subject, header.state.stage.name()) {
        return Err(alarm("row and header differ"));
    }
    belief.observe(row.ledger_id.0, row.version).map_err(|_| alarm("an older version"))?;
    Ok((row, header))
}

/// The case, or one of nobody in its place: what follows is done alike, so that how long "not found" takes does not say
/// which of the two it was. Whether it is there comes with it, and must be asked before anything of it is told.
///
/// # Errors
/// What the store gives.
pub fn case_or_decoy(session: &Session<'_>, id: CaseId) -> Result<(CaseRow, bool), Problem> {
    let found = session.reader().case_by_id(id)?;
    let there = found.is_some();
    Ok((found.unwrap_or_else(|| session.service.decoys().case.clone()), there))
}

/// What is told of a case that the caller may not know of. That their agency has no agreement in force is so before every
/// case, there or not; whose role has no cases is told no more than ever.
pub fn nothing_here(session: &Session<'_>) -> Problem {
    let caseless = |role| matches!(role, Role::Referrer | Role::Administrator);
    let uncovered = session.principal.member().is_some_and(|m| !m.agreement_in_force && !caseless(m.role));
    if uncovered { Kind::AgreementNotInForce } else { Kind::NotFound }.into()
}

impl<'s> CaseFile<'s> {
    /// Opens a case for a verb. Whoever may not know of the case is told what they would be told of a case that is not there.
    ///
    /// # Errors
    /// `not-found`; the policies' refusal where the caller may know the case; `integrity`; `unavailable`.
    pub fn open(
        session: &'s Session<'s>,
        id: CaseId,
        verb: CaseVerb,
        particulars: &Particulars,
    ) -> Result<Self, Problem> {
        Self::open_as(session, id, verb, |_| particulars.clone())
    }

    /// The same, where what the caller is to the record at hand stands in the case itself.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_as(
        session: &'s Session<'s>,
        id: CaseId,
        verb: CaseVerb,
        particulars: impl FnOnce(&Header) -> Particulars,
    ) -> Result<Self, Problem> {
        let (row, there) = case_or_decoy(session, id)?;
        let (row, header) = believe(session, row)?;
        let decision = session.evaluator.case(verb, &header, &particulars(&header));
        if there && decision.allowed() {
            return Ok(Self::from_row(session, row, header));
        }
        let known = session.evaluator.may_know(&header);
        Err(if there && known { decision.kind().into() } else { nothing_here(session) })
    }

    /// For lists, after their own decision.
    pub fn from_row(session: &'s Session<'s>, row: CaseRow, header: Authentic<Header>) -> Self {
        let permit = session.evaluator.permit(&header);
        let keys = WrappedKeys::from_stored(row.wrapped_keys.clone());
        let manifest = Manifest { withheld: permit.withheld().collect(), ..Manifest::default() };
        Self {
            session,
            row,
            header,
            permit,
            keys,
            manifest: RefCell::new(manifest),
            records: RefCell::new(None),
            laid: RefCell::default(),
        }
    }

    pub fn session(&self) -> &'s Session<'s> {
        self.session
    }

    pub fn id(&self) -> CaseId {
        self.row.id
    }

    pub fn can_read(&self, category: Category) -> bool {
        self.permit.reads(category).is_some()
    }

    /// # Errors
    /// `integrity` where the stored keys have not their form.
    pub fn keyring(&self) -> Result<Keyring<'_>, Problem> {
        Ok(self.session.service.sealer.open(
            &self.keys,
            self.row.panel,
            self.row.id.0,
            &self.permit,
            self.session.now,
        )?)
    }

    /// Rows of this case that a statement for many cases brought; they are checked like any.
    pub fn lay_before(&self, (records, of): (Vec<RecordRow>, Of), events: Vec<EventRow>) {
        *self.laid.borrow_mut() = Laid { records: Some((records, of)), events: Some(events) };
    }

    pub(super) fn event_rows(&self) -> Result<Vec<EventRow>, Problem> {
        let laid = self.laid.borrow_mut().events.take();
        Ok(laid.map_or_else(|| self.session.reader().events_of(self.row.id), Ok)?)
    }

    /// The fields of a single-valued category, for use by a rule of ours and not to be shown. None where nobody wrote it.
    ///
    /// # Errors
    /// `integrity` where what is stored is not what the header vouches for; `internal` without a permit.
    pub fn read_single(&self, category: Category) -> Result<Option<Map<String, Value>>, Problem> {
        let Some((place, sealed)) = self.vouched_single(category)? else { return Ok(None) };
        Ok(Some(self.keyring()?.open_map(&place, &sealed)?))
    }

    /// What is stored of a single-valued category, if it is what the header vouches for.
    fn vouched_single(&self, category: Category) -> Result<Option<(Place, SealedMap<'_>)>, Problem> {
        match (self.header.categories.get(&category), self.row.singles.get(&category)) {
            (None, None) => Ok(None),
            (Some(fact), Some(text)) => {
                let sealed = SealedMap::from_stored(text.as_str());
                if unhex(&fact.digest) != Some(sealed.digest()) {
                    return Err(self.tampered("a category's content"));
                }
                Ok(Some((self.place(category, self.row.id.0, fact.version), sealed)))
            }
            _ => Err(self.tampered("a category is missing or was planted")),
        }
    }

    /// The same, to be shown: noted in the manifest.
    ///
    /// # Errors
    /// As `read_single`.
    pub fn show_single<T: DeserializeOwned>(&self, category: Category) -> Result<Option<Fields<T>>, Problem> {
        self.show_single_where(category, |_| true)
    }

    /// Some fields of it, to be shown; the others stay closed.
    ///
    /// # Errors
    /// As `read_single`; `integrity` too where a field has not that form.
    pub fn show_single_where<T: DeserializeOwned>(
        &self,
        category: Category,
        picked: impl Fn(&str) -> bool,
    ) -> Result<Option<Fields<T>>, Problem> {
        let Some((place, sealed)) = self.vouched_single(category)? else { return Ok(None) };
        let shown = self.keyring()?.open_fields(&place, &sealed, picked)?;
        self.note(category, shown.iter().map(|(name, _)| name));
        Ok(Some(shown))
    }

    /// How many records of a category were shown.
    pub fn note_records(&self, category: Category, count: usize) {
        if count > 0 {
            self.manifest.borrow_mut().records.push((category, u32::try_from(count).unwrap_or(u32::MAX)));
        }
    }

    /// Content shown that is a record only in part, by category and field names of ours.
    pub fn note<'n>(&self, category: Category, fields: impl Iterator<Item = &'n String>) {
        let mut manifest = self.manifest.borrow_mut();
        let shown = manifest.shown.entry(category).or_default();
        for field in fields {
            if !shown.contains(field) {
                shown.push(field.clone());
            }
        }
    }

    /// What this request showed of the case, for its entry. After that there is nothing to show it from.
    pub fn disclosed(self) -> (CaseMark, Manifest) {
        (self.mark(), self.manifest.into_inner())
    }

    pub fn mark(&self) -> CaseMark {
        CaseMark { ledger_id: self.header.ledger_id, version: self.header.version, header_hash: None }
    }

    pub fn place(&self, category: Category, record: uuid::Uuid, version: u32) -> Place {
        Place { panel: self.row.panel, case: self.row.id.0, record, category, version }
    }

    pub(super) fn tampered(&self, what: &'static str) -> Problem {
        tracing::error!(case = %self.row.ledger_id, what, "stored content is not what the case's facts vouch for");
        Kind::Integrity.into()
    }
}
