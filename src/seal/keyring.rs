//! One case's keys in the hands of one permit: seals and opens maps of cells, each at its place.
//! It must never open a category that the grant does not cover, nor unwrap a domain that no such category needs.

use super::aead::Aead;
use super::sealer::{Owner, Sealer};
use super::wrapped::WrappedKey;
use super::{SealError, SealedMap, SealedParts, UnwrapContext, aad, cell};
use crate::access::{Permit, Purpose};
use crate::casework::category::Category;
use crate::casework::ids::{PanelId, RequestId};
use crate::clock::Moment;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// What a permit says to this room.
pub trait Grant {
    fn covers(&self, case: Uuid, category: Category) -> bool;
    fn may_write(&self, case: Uuid, category: Category) -> bool;
    /// SHA-256 that stands for the whole permit.
    fn digest(&self) -> [u8; 32];
    /// A purpose code.
    fn purpose(&self) -> &'static str;
    fn request(&self) -> RequestId;
}

/// The one grant there is outside tests: what the policies said, for one request.
impl Grant for Permit {
    fn covers(&self, case: Uuid, category: Category) -> bool {
        self.covers_id(case, category)
    }

    fn may_write(&self, case: Uuid, category: Category) -> bool {
        self.may_write_id(case, category)
    }

    fn digest(&self) -> [u8; 32] {
        Permit::digest(self)
    }

    fn purpose(&self) -> &'static str {
        Permit::purpose(self).map_or("none", Purpose::name)
    }

    fn request(&self) -> RequestId {
        Permit::request(self)
    }
}

/// Where a map belongs. A cell opens at its own place and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub panel: PanelId,
    /// The case's or the referral's id.
    pub case: Uuid,
    /// The record's id; of a category with one map per case, the case's own id.
    pub record: Uuid,
    pub category: Category,
    /// The record's (or the category's) version, from 1.
    pub version: u32,
}

/// The fields of a map, in the order of their names.
pub type Fields<T> = Vec<(String, T)>;

/// What a permit could open of a record's parts.
#[derive(Clone, Default, PartialEq)]
pub struct Opened {
    pub parts: BTreeMap<Category, Map<String, Value>>,
    /// Parts that are there and not covered.
    pub withheld: Vec<Category>,
}

/// Made by `Sealer::open` for one grant, which every opening and sealing then asks.
///
/// ```compile_fail,E0277
/// use channel_panel::{casework::ids::PanelId, clock::Moment, seal::{Sealer, WrappedKeys}};
/// fn without_a_grant(sealer: &Sealer, keys: &WrappedKeys, panel: PanelId, case: uuid::Uuid) {
///     let _ = sealer.open(keys, panel, case, &(), Moment(0));
/// }
/// ```
pub struct Keyring<'a> {
    sealer: &'a Sealer,
    keys: &'a [WrappedKey],
    owner: Owner,
    grant: &'a dyn Grant,
    now: Moment,
    /// Those that were asked for: a category's records lie under one key.
    ciphers: RefCell<Vec<(Category, u32, Aead)>>,
}

impl<'a> Keyring<'a> {
    pub(super) fn new(
        sealer: &'a Sealer,
        keys: &'a [WrappedKey],
        owner: Owner,
        grant: &'a dyn Grant,
        now: Moment,
    ) -> Self {
        Self { sealer, keys, owner, grant, now, ciphers: RefCell::default() }
    }

    /// Seals a map of fields under the category's key, each field a cell of its own.
    ///
    /// # Errors
    /// `NotPermitted` if the grant may not write the category, `Misplaced`, `Kek`, `NoKey`, `NoRandom`, `TooLarge`.
    pub fn seal_map(&self, place: &Place, map: &Map<String, Value>) -> Result<SealedMap<'static>, SealError> {
        self.may_write(place)?;
        self.seal_at(place, map)
    }

    /// Opens a map at its place.
    ///
    /// # Errors
    /// `NotPermitted` if the grant does not cover the category; `Integrity` if anything was changed or moved;
    /// `Malformed`, `Misplaced`, `Kek`, `NoKey`.
    pub fn open_map(&self, place: &Place, sealed: &SealedMap<'_>) -> Result<Map<String, Value>, SealError> {
        Ok(self.open_fields(place, sealed, |_| true)?.into_iter().collect())
    }

    /// The same of those fields that `picked` names, each in a form of the caller's: what the form does not name is not kept.
    ///
    /// # Errors
    /// As [`Keyring::open_map`]; `Malformed` too where a field has not that form.
    pub fn open_fields<T: DeserializeOwned>(
        &self,
        place: &Place,
        sealed: &SealedMap<'_>,
        picked: impl Fn(&str) -> bool,
    ) -> Result<Fields<T>, SealError> {
        self.may_read(place)?;
        tracing::trace!(target: "work", "a map opened");
        let mut bound = Vec::with_capacity(192);
        let cells = sealed.cells()?;
        let mut fields = Vec::with_capacity(cells.len());
        for (field, text) in cells.into_iter().filter(|(field, _)| picked(field)) {
            let framed = cell::frame(text)?;
            let version = framed.key_version;
            aad::cell(&mut bound, place, &field, version);
            let opened = self.with_cipher(place.category, version, |aead| framed.open(aead, &bound))?;
            fields.push((field.into_owned(), opened));
        }
        Ok(fields)
    }

    /// Seals a record with parts of several categories. Writing the record's own category suffices: evidence is
    /// laid *into* its source's key and cannot be read back without that category.
    ///
    /// # Errors
    /// As [`Keyring::seal_map`], for the record's own category.
    pub fn seal_parts(
        &self,
        place: &Place,
        parts: &BTreeMap<Category, Map<String, Value>>,
    ) -> Result<SealedParts<'static>, SealError> {
        self.may_write(place)?;
        let sealed: Result<BTreeMap<_, _>, _> = parts
            .iter()
            .map(|(category, map)| Ok((*category, self.seal_at(&Place { category: *category, ..*place }, map)?)))
            .collect();
        sealed.map(SealedParts::new)
    }

    /// Opens those parts that the grant covers and names the others. The record's own category must be covered:
    /// evidence needs both permits.
    ///
    /// # Errors
    /// As [`Keyring::open_map`], for the record's own category.
    pub fn open_parts(&self, place: &Place, sealed: &SealedParts<'_>) -> Result<Opened, SealError> {
        let covered = self.open_covered(place, sealed)?.into_iter();
        let withheld = sealed.parts().keys().copied().filter(|category| !self.grant.covers(place.case, *category));
        Ok(Opened {
            withheld: withheld.collect(),
            parts: covered.map(|(category, fields)| (category, fields.into_iter().collect())).collect(),
        })
    }

    /// Those parts that the grant covers, each field in a form of the caller's.
    ///
    /// # Errors
    /// As [`Keyring::open_parts`]; `Malformed` too where a field has not that form.
    pub fn open_covered<T: DeserializeOwned>(
        &self,
        place: &Place,
        sealed: &SealedParts<'_>,
    ) -> Result<BTreeMap<Category, Fields<T>>, SealError> {
        self.may_read(place)?;
        let covered = sealed.parts().iter().filter(|(category, _)| self.grant.covers(place.case, **category));
        covered
            .map(|(category, map)| {
                Ok((*category, self.open_fields(&Place { category: *category, ..*place }, map, |_| true)?))
            })
            .collect()
    }

    /// Of a record's parts the one of its own category, and of that these fields, each in a form of the caller's; everything
    /// else stays closed.
    ///
    /// # Errors
    /// As [`Keyring::open_map`]; `Malformed` too where a field has not that form.
    pub fn open_own_part<T: DeserializeOwned>(
        &self,
        place: &Place,
        sealed: &SealedParts<'_>,
        fields: &[&str],
    ) -> Result<Fields<T>, SealError> {
        match sealed.parts().get(&place.category) {
            Some(map) => self.open_fields(place, map, |field| fields.contains(&field)),
            None => self.may_read(place).map(|()| Vec::new()),
        }
    }

    fn seal_at(&self, place: &Place, map: &Map<String, Value>) -> Result<SealedMap<'static>, SealError> {
        let domain = place.category.domain();
        let key = self.keys.iter().rfind(|k| k.domain == domain).ok_or(SealError::NoKey)?;
        let aead = self.cipher(place.category, key)?;
        let mut bound = Vec::with_capacity(192);
        let mut cells = BTreeMap::new();
        for (field, value) in map {
            aad::cell(&mut bound, place, field, key.version);
            cells.insert(field.as_str(), cell::seal(&aead, key.version, self.sealer.nonces.next()?, &bound, value)?);
        }
        SealedMap::from_cells(&cells)
    }

    fn key(&self, category: Category, version: u32) -> Result<&WrappedKey, SealError> {
        self.keys.iter().find(|k| k.domain == category.domain() && k.version == version).ok_or(SealError::NoKey)
    }

    /// Opens with a category's key of that version.
    fn with_cipher<T>(
        &self,
        category: Category,
        version: u32,
        open: impl FnOnce(&Aead) -> Result<T, SealError>,
    ) -> Result<T, SealError> {
        let mut ciphers = self.ciphers.borrow_mut();
        let known = |(c, v, _): &&(Category, u32, Aead)| (*c, *v) == (category, version);
        if ciphers.iter().find(known).is_none() {
            ciphers.push((category, version, self.cipher(category, self.key(category, version)?)?));
        }
        let (_, _, aead) = ciphers.iter().find(known).ok_or(SealError::NoKey)?;
        open(aead)
    }

    fn cipher(&self, category: Category, key: &WrappedKey) -> Result<Aead, SealError> {
        let context = || UnwrapContext {
            request: self.grant.request(),
            permit: self.grant.digest(),
            purpose: self.grant.purpose(),
        };
        self.sealer.category(self.owner, key, category, context, self.now)
    }

    fn may_read(&self, place: &Place) -> Result<(), SealError> {
        self.belongs(place)?;
        if self.grant.covers(place.case, place.category) { Ok(()) } else { Err(SealError::NotPermitted) }
    }

    fn may_write(&self, place: &Place) -> Result<(), SealError> {
        self.belongs(place)?;
        if self.grant.may_write(place.case, place.category) { Ok(()) } else { Err(SealError::NotPermitted) }
    }

    fn belongs(&self, place: &Place) -> Result<(), SealError> {
        let ours = place.panel == self.owner.panel && place.case == self.owner.case;
        if ours { Ok(()) } else { Err(SealError::Misplaced) }
    }
}

impl fmt::Debug for Keyring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} parts)", self.parts.len())
    }
}
