//! What is stored of a category: field names in clear (ours, never a client's), a cell each, in one canonical spelling.
//! It must never hold plaintext, and two spellings of one map must never exist: the header holds its digest.

use super::SealError;
use super::aad::push;
use crate::casework::category::Category;
use crate::digest::sha256;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// Canonical JSON `{"field":"base64 cell",…}`: keys in byte order, no spaces.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedMap<'a>(Cow<'a, str>);

/// A record with parts of several categories (evidence sealed under its source): `{"assessment":{…},"health":{…}}`.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedParts<'a>(BTreeMap<Category, SealedMap<'a>>);

impl<'a> SealedMap<'a> {
    /// Takes what a row holds. Nothing is believed until [`super::Keyring::open_map`] has checked it.
    pub fn from_stored(json: impl Into<Cow<'a, str>>) -> Self {
        Self(json.into())
    }

    pub(super) fn from_cells(cells: &BTreeMap<&str, String>) -> Result<Self, SealError> {
        serde_json::to_string(cells).map(Self::from_stored).map_err(|_| SealError::Malformed)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// SHA-256 of the stored bytes, as the case header holds it.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&[self.0.as_bytes()])
    }

    /// Names of the fields that are there, for the manifest: no key is needed and no content is read.
    ///
    /// # Errors
    /// `Malformed` if the bytes are not a sealed map in its canonical order.
    pub fn fields(&self) -> Result<Vec<String>, SealError> {
        Ok(self.cells()?.into_iter().map(|(field, _)| field.into_owned()).collect())
    }

    /// The cells in order; a repeated or unsorted field is refused, or two readers could see two maps.
    pub(super) fn cells(&self) -> Result<Vec<(Cow<'_, str>, &str)>, SealError> {
        let mut json = serde_json::Deserializer::from_str(&self.0);
        let cells = json.deserialize_map(Cells).map_err(|_| SealError::Malformed)?;
        json.end().map_err(|_| SealError::Malformed)?;
        Ok(cells)
    }
}

struct Cells;

/// A field's name as it stands in the text, copied only where it has an escape.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Cells {
    type Value = Vec<(Cow<'de, str>, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sealed map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cells: Self::Value = Vec::new();
        while let Some((Name(field), cell)) = map.next_entry()? {
            if cells.last().is_some_and(|(last, _)| *last >= field) {
                return Err(serde::de::Error::custom("order"));
            }
            cells.push((field, cell));
        }
        Ok(cells)
    }
}

impl<'a> SealedParts<'a> {
    pub(super) fn new(parts: BTreeMap<Category, SealedMap<'a>>) -> Self {
        Self(parts)
    }

    /// Takes what a row holds.
    ///
    /// # Errors
    /// `Malformed` if it is not the canonical spelling of known categories.
    pub fn from_stored(json: &'a str) -> Result<Self, SealError> {
        let raw: BTreeMap<Category, &RawValue> = serde_json::from_str(json).map_err(|_| SealError::Malformed)?;
        let parts = Self(raw.into_iter().map(|(c, map)| (c, SealedMap::from_stored(map.get()))).collect());
        let rest = parts.pieces().into_iter().try_fold(json, |rest, piece| rest.strip_prefix(piece));
        if rest == Some("") { Ok(parts) } else { Err(SealError::Malformed) }
    }

    /// `{"category":{cells},…}` with categories in byte order of their names.
    pub fn canonical(&self) -> String {
        self.pieces().concat()
    }

    /// What it is spelled of.
    fn pieces(&self) -> Vec<&str> {
        let by_name: BTreeMap<&str, &SealedMap<'_>> = self.0.iter().map(|(c, map)| (c.name(), map)).collect();
        let mut pieces = vec!["{"];
        for (i, (name, map)) in by_name.into_iter().enumerate() {
            pieces.extend([if i > 0 { ",\"" } else { "\"" }, name, "\":", &map.0]);
        }
        pieces.push("}");
        pieces
    }

    pub fn digest(&self) -> [u8; 32] {
        sha256(&[self.canonical().as_bytes()])
    }

    pub fn parts(&self) -> &BTreeMap<Category, SealedMap<'a>> {
        &self.0
    }
}

/// The running digest of an append-only category: the header holds the last one, so that a record taken out,
/// put back or put in another order is noticed. Starts from 32 zero bytes.
pub fn chain(prev: [u8; 32], record: Uuid, version: u32, digest: [u8; 32]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(160);
    push(&mut bytes, b"cp-chain-v1");
    push(&mut bytes, &prev);
    push(&mut bytes, record.as_bytes());
    push(&mut bytes, &version.to_be_bytes());
    push(&mut bytes, &digest);
    sha256(&[&bytes])
}

impl fmt::Debug for SealedMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedMap({} bytes)", self.0.len())
    }
}

impl fmt::Debug for SealedParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedParts({} parts)", self.0.len())
    }
}
