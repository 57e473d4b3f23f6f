//! From the registry's rows to facts that may be believed: tag checked, copies compared, old versions refused.
//! No other road may lead from a row of the registry to policy.

use super::session::Session;
use super::watermark::Belief;
use crate::access::rows::{ConsultationFacts, PanelFacts};
use crate::access::{AgencyFacts, AgreementFacts, Authentic, Fact, Mac, MembershipFacts, PersonFacts, ReferralFacts};
use crate::access::{IssuerFacts, IssuerId, MeetingFacts, TransferFacts};
use crate::casework::ids::{AgencyId, PanelId, PersonId};
use crate::casework::role::AgencyKind;
use crate::error::{Kind, Problem};
use crate::store::rows::{
    AgencyRow, AgreementRow, Identity, IssuerRow, MeetingRow, MembershipRow, PanelRow, PersonRow, TransferRow,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What a row is and which version of it, for the watermark.
pub trait Registered: Fact + Serialize + DeserializeOwned + Send + Sync + 'static {
    fn row_id(&self) -> Uuid;
    fn row_version(&self) -> i64;
}

macro_rules! registered {
    ($($facts:ty),*) => {$(
        impl Registered for $facts {
            fn row_id(&self) -> Uuid {
                self.id.0
            }
            fn row_version(&self) -> i64 {
                self.version
            }
        }
    )*};
}

registered!(IssuerFacts, MeetingFacts, TransferFacts);
registered!(PanelFacts, AgencyFacts, PersonFacts, MembershipFacts, AgreementFacts, ConsultationFacts, ReferralFacts);

/// Reads the facts of one row.
///
/// # Errors
/// `integrity` where the tag is wrong or an older version came back. The alarm names the row's kind and id only.
pub fn believe<T: Registered>(belief: &Belief<'_>, id: Uuid, facts: &str, tag: &[u8]) -> Result<Authentic<T>, Problem> {
    let alarm = |what| {
        tracing::error!(kind = T::LABEL, row = %id, what, "a row of the registry is not to be believed");
        Problem::from(Kind::Integrity)
    };
    let authentic = belief.read(id, (facts, tag), |mac| {
        let plain: T = serde_json::from_str(facts).map_err(|_| alarm("unreadable"))?;
        let authentic = Authentic::check(mac, plain, tag).map_err(|_| alarm("tag"))?;
        if authentic.row_id() == id { Ok(authentic) } else { Err(alarm("another row's facts")) }
    })?;
    belief.observe(id, authentic.row_version()).map_err(|_| alarm("an older version"))?;
    Ok(authentic)
}

/// A row's text and tag, ready to be written.
///
/// # Errors
/// `internal`, for facts without a JSON form; ours all have one.
pub fn issue<T: Registered>(mac: &dyn Mac, facts: T) -> Result<(Authentic<T>, String, Vec<u8>), Problem> {
    let text = serde_json::to_string(&facts).map_err(|_| Problem::internal("facts have no JSON form"))?;
    let (authentic, tag) = Authentic::issue(mac, facts);
    Ok((authentic, text, tag.to_vec()))
}

/// What the registry says of an issuer; `None` for one that was never suspended.
///
/// # Errors
/// `integrity` for a row that is not to be believed, and where there was one and none is there: else to delete the row would
/// be to reinstate the issuer.
pub fn issuer(
    belief: &Belief<'_>,
    name: &str,
    row: Option<&IssuerRow>,
) -> Result<Option<Authentic<IssuerFacts>>, Problem> {
    let IssuerId(id) = IssuerId::of(name);
    match row {
        Some(row) => believe(belief, id, &row.facts, &row.tag).map(Some),
        None if belief.knew(id) => {
            let (kind, what) = (IssuerFacts::LABEL, "a row that is gone");
            tracing::error!(kind, row = %id, what, "a row of the registry is not to be believed");
            Err(Kind::Integrity.into())
        }
        None => Ok(None),
    }
}

/// All that the registry holds on somebody who signed in, believed.
#[derive(Debug)]
pub struct Known {
    pub person: Authentic<PersonFacts>,
    pub memberships: Vec<Authentic<MembershipFacts>>,
    pub agencies: Vec<Authentic<AgencyFacts>>,
    pub agreements: Vec<Authentic<AgreementFacts>>,
}

/// Believes what can be believed. A bad person row refuses; a bad membership, agency or agreement is alarmed and left out,
/// so that a planted row takes nobody's real right away.
/// `issuer` is the one that vouches for the person now: while it is suspended, whoever it names is a stranger.
///
/// # Errors
/// `not-authenticated` under a suspended issuer; `integrity` where its row or the person's own is not to be believed.
pub fn known(belief: &Belief<'_>, issuer: &str, identity: &Identity) -> Result<Known, Problem> {
    // Whoever asks for themselves is told nothing by how long it takes.
    let belief = &belief.remembering();
    if self::issuer(belief, issuer, identity.issuer.as_ref())?.is_some_and(|facts| facts.suspended) {
        tracing::info!(fault = "issuer_suspended", "a token was refused");
        return Err(Kind::NotAuthenticated.into());
    }
    Ok(Known {
        person: person(belief, &identity.person)?,
        memberships: identity.memberships.iter().filter_map(|row| membership(belief, row).ok()).collect(),
        agencies: identity.agencies.iter().filter_map(|row| agency(belief, row).ok()).collect(),
        agreements: identity.agreements.iter().filter_map(|row| agreement(belief, row).ok()).collect(),
    })
}

/// The memberships of the session's panel that can be believed; a planted one is alarmed and left out.
///
/// # Errors
/// `unavailable`.
pub fn members(session: &Session<'_>) -> Result<Vec<Authentic<MembershipFacts>>, Problem> {
    let panel = session.panel();
    let rows = session.reader().memberships_of_panel(panel)?;
    let sound = |row: &MembershipRow| membership(&session.belief, row).ok();
    Ok(rows.iter().filter_map(sound).filter(|member| member.panel == panel).collect())
}

/// What kind each agency of the panel is; one that cannot be believed is alarmed and left out.
///
/// # Errors
/// `unavailable`.
pub fn agency_kinds(session: &Session<'_>) -> Result<HashMap<AgencyId, AgencyKind>, Problem> {
    let rows = session.reader().agencies_of_panel(session.panel())?;
    let sound = |row: &AgencyRow| agency(&session.belief, row).ok();
    Ok(rows.iter().filter_map(sound).map(|agency| (agency.id, agency.kind)).collect())
}

/// The agreements of the session's panel that can be believed; a planted one is alarmed and left out.
///
/// # Errors
/// `unavailable`.
pub fn agreements(session: &Session<'_>) -> Result<Vec<Authentic<AgreementFacts>>, Problem> {
    let panel = session.panel();
    let rows = session.reader().agreements_of_panel(panel)?;
    let sound = |row: &AgreementRow| agreement(&session.belief, row).ok();
    Ok(rows.iter().filter_map(sound).filter(|agreement| agreement.panel == panel).collect())
}

/// A panel of the service; none where there is none such.
///
/// # Errors
/// `integrity` where its row cannot be believed; `unavailable`.
pub fn panel_facts(session: &Session<'_>, id: PanelId) -> Result<Option<Authentic<PanelFacts>>, Problem> {
    let rows = session.reader().panels()?;
    rows.iter().find(|row| row.id == id).map(|row| panel(&session.belief, row)).transpose()
}

/// Everybody with a membership of the panel; who cannot be believed is alarmed and left out, with what they would hold.
///
/// # Errors
/// `unavailable`.
pub fn people(session: &Session<'_>) -> Result<HashMap<PersonId, Authentic<PersonFacts>>, Problem> {
    let rows = session.reader().people_of_panel(session.panel())?;
    let sound = |row: &PersonRow| person(&session.belief, row).ok();
    Ok(rows.iter().filter_map(sound).map(|person| (person.id, person)).collect())
}

/// Their names.
///
/// # Errors
/// `unavailable`.
pub fn names(session: &Session<'_>) -> Result<BTreeMap<PersonId, String>, Problem> {
    Ok(people(session)?.into_iter().map(|(id, person)| (id, person.display_name.clone())).collect())
}

macro_rules! believed {
    ($($name:ident: $row:ty => $facts:ty,)*) => {$(
        /// # Errors
        /// `integrity`.
        pub fn $name(belief: &Belief<'_>, row: &$row) -> Result<Authentic<$facts>, Problem> {
            believe(belief, row.id.0, &row.facts, &row.tag)
        }
    )*};
}

believed! {
    panel: PanelRow => PanelFacts,
    agency: AgencyRow => AgencyFacts,
    person: PersonRow => PersonFacts,
    membership: MembershipRow => MembershipFacts,
    agreement: AgreementRow => AgreementFacts,
    meeting: MeetingRow => MeetingFacts,
    transfer: TransferRow => TransferFacts,
}
