//! Whether an issuer's word counts at present. An issuer that was never suspended has no row; one that was keeps it for good.
//! The row's id must follow from the issuer alone: whoever remembers the id notices that the row is gone.

use super::authentic::Fact;
use super::rows::Columns;
use crate::digest::Sha256;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssuerId(pub Uuid);

impl IssuerId {
    /// `issuer`: exactly the `iss` of its tokens.
    pub fn of(issuer: &str) -> Self {
        let mut sum = Sha256::default();
        sum.put(b"cp-issuer-id-v1");
        sum.put(issuer.as_bytes());
        let first = sum.finish().first_chunk::<16>().copied().unwrap_or_default();
        Self(Builder::from_custom_bytes(first).into_uuid())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssuerFacts {
    pub id: IssuerId,
    pub issuer: String,
    pub suspended: bool,
    pub version: i64,
}

impl Fact for IssuerFacts {
    const LABEL: &'static str = "cp-issuer-v1";
    fn canonical(&self) -> Vec<u8> {
        Columns::default()
            .bytes(self.id.0.as_bytes())
            .text(&self.issuer)
            .flag(self.suspended)
            .number(self.version)
            .done()
    }
}
