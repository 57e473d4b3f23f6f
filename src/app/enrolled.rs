//! Facts of the registry as the rows that hold them, each with its tag, and the mark by which an entry attests one.
//! No row of the registry may be made anywhere else: one without its tag is nobody's right, one without its mark could be
//! put back after it was changed.

use super::registry::issue;
use crate::access::rows::PanelFacts;
use crate::access::{
    AgencyFacts, AgreementFacts, IssuerFacts, Mac, MeetingFacts, MembershipFacts, PersonFacts, TransferFacts,
};
use crate::casework::ids::LedgerId;
use crate::digest::sha256;
use crate::error::Problem;
use crate::ledger::entry::CaseMark;
use crate::store::rows::{
    AgencyRow, AgreementRow, IssuerRow, MeetingRow, MembershipRow, PanelRow, PersonRow, TransferRow,
};
use uuid::Uuid;

/// A row that an entry can attest.
pub trait Enrolled {
    /// Its version and the hash of its facts: so that an ended membership put back is noticed, after a restart too.
    fn mark(&self) -> CaseMark;
}

macro_rules! enrolled {
    ($($row:ident),*) => {$(
        impl Enrolled for $row {
            fn mark(&self) -> CaseMark {
                mark(self.id.0, self.version, &self.facts)
            }
        }
    )*};
}

enrolled!(PanelRow, AgencyRow, PersonRow, MembershipRow, AgreementRow, MeetingRow, TransferRow);

impl Enrolled for IssuerRow {
    fn mark(&self) -> CaseMark {
        mark(self.id, self.version, &self.facts)
    }
}

fn mark(id: Uuid, version: i64, facts: &str) -> CaseMark {
    CaseMark { ledger_id: LedgerId(id), version, header_hash: Some(sha256(&[facts.as_bytes()])) }
}

/// # Errors
/// `internal`, for facts without a JSON form; ours all have one. So in the next seven.
pub fn panel(mac: &dyn Mac, facts: PanelFacts) -> Result<PanelRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(PanelRow { id: f.id, version: f.version, facts, tag })
}

/// # Errors
/// As [`panel`].
pub fn agency(mac: &dyn Mac, facts: AgencyFacts) -> Result<AgencyRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(AgencyRow { id: f.id, kind: f.kind, version: f.version, facts, tag })
}

/// # Errors
/// As [`panel`].
pub fn person(mac: &dyn Mac, facts: PersonFacts) -> Result<PersonRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(PersonRow { id: f.id, issuer: f.issuer.clone(), subject: f.subject.clone(), version: f.version, facts, tag })
}

/// # Errors
/// As [`panel`].
pub fn membership(mac: &dyn Mac, facts: MembershipFacts) -> Result<MembershipRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(MembershipRow {
        id: f.id,
        person: f.person,
        agency: f.agency,
        role: f.role,
        panel: Some(f.panel),
        version: f.version,
        facts,
        tag,
    })
}

/// # Errors
/// As [`panel`].
pub fn agreement(mac: &dyn Mac, facts: AgreementFacts) -> Result<AgreementRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(AgreementRow { id: f.id, agency: f.agency, panel: f.panel, version: f.version, facts, tag })
}

/// # Errors
/// As [`panel`].
pub fn meeting(mac: &dyn Mac, facts: MeetingFacts) -> Result<MeetingRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(MeetingRow {
        id: f.id,
        panel: f.panel,
        on: f.on,
        stage: f.stage.name().to_owned(),
        version: f.version,
        facts,
        tag,
    })
}

/// # Errors
/// As [`panel`].
pub fn issuer(mac: &dyn Mac, facts: IssuerFacts) -> Result<IssuerRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(IssuerRow { id: f.id.0, issuer: f.issuer.clone(), version: f.version, facts, tag })
}

/// `wrapped_keys` and `sealed` are what lies under the facts' digest: both empty where nothing does.
///
/// # Errors
/// As [`panel`].
pub fn transfer(
    mac: &dyn Mac,
    facts: TransferFacts,
    wrapped_keys: String,
    sealed: String,
) -> Result<TransferRow, Problem> {
    let (f, facts, tag) = issue(mac, facts)?;
    Ok(TransferRow {
        id: f.id,
        panel: f.panel,
        stage: f.stage.name().to_owned(),
        waits: f.from_case.is_some(),
        offered_on: f.offered_on,
        version: f.version,
        wrapped_keys,
        sealed,
        facts,
        tag,
    })
}
