//! Facts that decide access, and the proof that this service wrote them.
//! Nothing here may make an `Authentic` value from a row without checking its tag: a row written into the
//! database by hand must not open a case.

use crate::casework::ids::CaseId;
use std::ops::Deref;
use std::sync::Arc;

/// Authenticates bytes under a key that the database does not hold. Implemented by `seal`.
/// `label` separates kinds of row: a membership's tag proves nothing about an agreement.
pub trait Mac {
    fn tag(&self, label: &str, bytes: &[u8]) -> [u8; 32];
    /// In constant time.
    fn verify(&self, label: &str, bytes: &[u8], tag: &[u8]) -> bool;
}

/// A row's facts in the one form that is authenticated.
pub trait Fact {
    /// Versioned name of the row kind.
    const LABEL: &'static str;
    /// Every column, length-prefixed, in a fixed order: two different rows never give the same bytes.
    fn canonical(&self) -> Vec<u8>;
}

/// The row does not carry the tag this service would have given it: altered, planted, or put at another row's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("facts are not authentic")]
pub struct NotAuthentic;

/// Facts whose tag was checked (or that this process has just tagged, on their way to the database).
///
/// ```compile_fail,E0423
/// fn believe(facts: channel_panel::access::PersonFacts) -> channel_panel::access::Authentic<channel_panel::access::PersonFacts> {
///     channel_panel::access::Authentic(facts)
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Authentic<T>(Arc<T>);

/// The same facts, not a copy of them: they never change, and an agenda of forty cases hands their headers about.
impl<T> Clone for Authentic<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Fact> Authentic<T> {
    /// # Errors
    /// `NotAuthentic` where `tag` is not the tag of these columns.
    pub fn check(mac: &dyn Mac, facts: T, tag: &[u8]) -> Result<Self, NotAuthentic> {
        if mac.verify(T::LABEL, &facts.canonical(), tag) { Ok(Self(Arc::new(facts))) } else { Err(NotAuthentic) }
    }

    /// For a row about to be written: the facts and the tag to store beside them.
    pub fn issue(mac: &dyn Mac, facts: T) -> (Self, [u8; 32]) {
        let tag = mac.tag(T::LABEL, &facts.canonical());
        (Self(Arc::new(facts)), tag)
    }
}

impl Authentic<super::header::Header> {
    /// Checks the stored text before reading a byte of it. `case` is the id of the row it was found in:
    /// two rows swapped whole still carry good tags.
    ///
    /// # Errors
    /// `NotAuthentic` where the tag, the form or the case is not right.
    pub fn open(mac: &dyn Mac, case: CaseId, stored: &str, tag: &[u8]) -> Result<Self, NotAuthentic> {
        if !mac.verify(super::header::Header::LABEL, stored.as_bytes(), tag) {
            return Err(NotAuthentic);
        }
        let header: super::header::Header = serde_json::from_str(stored).map_err(|_| NotAuthentic)?;
        if header.case == case && header.v == super::header::Header::VERSION {
            Ok(Self(Arc::new(header)))
        } else {
            Err(NotAuthentic)
        }
    }

    /// For a header about to be written.
    ///
    /// # Errors
    /// `NotAuthentic` where the header has no JSON form, which no header made of our types lacks.
    pub fn seal(
        mac: &dyn Mac,
        header: super::header::Header,
    ) -> Result<(Self, super::header::StoredHeader), NotAuthentic> {
        let json = header.canonical().ok_or(NotAuthentic)?;
        let tag = mac.tag(super::header::Header::LABEL, json.as_bytes());
        let stored = super::header::StoredHeader::new(json, tag);
        Ok((Self(Arc::new(header)), stored))
    }
}

impl<T> Deref for Authentic<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> Authentic<T> {
    /// The plain facts, to build the next version from.
    pub fn into_inner(self) -> T {
        Arc::unwrap_or_clone(self.0)
    }
}
