//! Writing the registry: rows carry their own version, and only the next one is taken.

use super::Tx;
use crate::store::StoreError;
use crate::store::decode::text;
use crate::store::rows::{AgencyRow, AgreementRow, IssuerRow, MembershipRow, PanelRow, PersonRow};
use crate::store::schema::{agency, agreement, issuer_state, membership, panel, person};
use diesel::prelude::*;

/// Version 1 is inserted; version n+1 is written over n. So two administrators cannot both have changed the same row.
macro_rules! put {
    ($tx:ident, $table:ident, $row:ident, $columns:expr) => {{
        let columns =
            ($table::version.eq($row.version), $table::facts.eq(&$row.facts), $table::tag.eq(&$row.tag), $columns);
        let id = $row.id.to_string();
        if $row.version == 1 {
            let values = ($table::id.eq(id), columns);
            $tx.one(StoreError::Swallowed, |c| diesel::insert_into($table::table).values(values).execute(c))
        } else {
            let before = $row.version.checked_sub(1).ok_or(StoreError::Stale)?;
            let read = $table::table.filter($table::id.eq(id)).filter($table::version.eq(before));
            $tx.one(StoreError::Stale, |c| diesel::update(read).set(columns).execute(c))
        }
    }};
}

impl Tx<'_> {
    /// # Errors
    /// `Stale` if the row is not at the version before; `Unique` if version 1 exists already. So in the next four.
    pub fn put_panel(&mut self, row: &PanelRow) -> Result<(), StoreError> {
        let columns = (panel::version.eq(row.version), panel::facts.eq(&row.facts), panel::tag.eq(&row.tag));
        let id = row.id.to_string();
        if row.version == 1 {
            let values = (panel::id.eq(id), columns);
            return self.one(StoreError::Swallowed, |c| diesel::insert_into(panel::table).values(values).execute(c));
        }
        let before = row.version.checked_sub(1).ok_or(StoreError::Stale)?;
        let read = panel::table.filter(panel::id.eq(id)).filter(panel::version.eq(before));
        self.one(StoreError::Stale, |c| diesel::update(read).set(columns).execute(c))
    }

    /// # Errors
    /// As [`Tx::put_panel`].
    pub fn put_agency(&mut self, row: &AgencyRow) -> Result<(), StoreError> {
        put!(self, agency, row, agency::kind.eq(row.kind.name()))
    }

    /// # Errors
    /// As [`Tx::put_panel`]; `Unique` also where (issuer, subject) is another person's.
    pub fn put_person(&mut self, row: &PersonRow) -> Result<(), StoreError> {
        put!(self, person, row, (person::issuer.eq(&row.issuer), person::subject.eq(&row.subject)))
    }

    /// # Errors
    /// As [`Tx::put_panel`].
    pub fn put_issuer(&mut self, row: &IssuerRow) -> Result<(), StoreError> {
        put!(self, issuer_state, row, issuer_state::issuer.eq(&row.issuer))
    }

    /// # Errors
    /// As [`Tx::put_panel`]; `Refused` for an unknown person, agency or panel.
    pub fn put_membership(&mut self, row: &MembershipRow) -> Result<(), StoreError> {
        let columns = (
            membership::person.eq(row.person.to_string()),
            membership::agency.eq(row.agency.to_string()),
            membership::role.eq(row.role.name()),
            membership::panel.eq(text(row.panel)),
        );
        put!(self, membership, row, columns)
    }

    /// # Errors
    /// As [`Tx::put_panel`]; `Refused` for an unknown agency or panel.
    pub fn put_agreement(&mut self, row: &AgreementRow) -> Result<(), StoreError> {
        let columns = (agreement::agency.eq(row.agency.to_string()), agreement::panel.eq(row.panel.to_string()));
        put!(self, agreement, row, columns)
    }
}
