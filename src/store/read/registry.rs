//! Panels, agencies, people, memberships, agreements.

use super::{Reader, all, asked};
use crate::casework::ids::{AgencyId, AgreementId, MembershipId, PanelId, PersonId};
use crate::store::StoreError;
use crate::store::decode::{maybe, parsed};
use crate::store::rows::{AgencyRow, AgreementRow, Identity, IssuerRow, MembershipRow, PanelRow, PersonRow};
use crate::store::schema::{agency, agreement, issuer_state, membership, panel, person};
use diesel::prelude::*;

type RawPanel = (String, i64, String, Vec<u8>);
type RawAgency = (String, String, i64, String, Vec<u8>);
type RawPerson = (String, String, String, i64, String, Vec<u8>);
type RawIssuer = (String, String, i64, String, Vec<u8>);
type RawMembership = (String, String, String, String, Option<String>, i64, String, Vec<u8>);
type RawAgreement = (String, String, String, i64, String, Vec<u8>);

fn a_panel((id, version, facts, tag): RawPanel) -> Result<PanelRow, StoreError> {
    Ok(PanelRow { id: parsed(&id)?, version, facts, tag })
}

fn an_agency((id, kind, version, facts, tag): RawAgency) -> Result<AgencyRow, StoreError> {
    Ok(AgencyRow { id: parsed(&id)?, kind: parsed(&kind)?, version, facts, tag })
}

fn a_person((id, issuer, subject, version, facts, tag): RawPerson) -> Result<PersonRow, StoreError> {
    Ok(PersonRow { id: parsed(&id)?, issuer, subject, version, facts, tag })
}

fn an_issuer((id, issuer, version, facts, tag): RawIssuer) -> Result<IssuerRow, StoreError> {
    Ok(IssuerRow { id: parsed(&id)?, issuer, version, facts, tag })
}

fn a_membership(
    (id, person, agency, role, panel, version, facts, tag): RawMembership,
) -> Result<MembershipRow, StoreError> {
    Ok(MembershipRow {
        id: parsed(&id)?,
        person: parsed(&person)?,
        agency: parsed(&agency)?,
        role: parsed(&role)?,
        panel: maybe(panel.as_deref())?,
        version,
        facts,
        tag,
    })
}

fn an_agreement((id, agency, panel, version, facts, tag): RawAgreement) -> Result<AgreementRow, StoreError> {
    Ok(AgreementRow { id: parsed(&id)?, agency: parsed(&agency)?, panel: parsed(&panel)?, version, facts, tag })
}

impl Reader {
    /// Everything the registry holds on who signed in, in two statements; `None` for a stranger.
    pub fn identity_by_subject(&mut self, issuer: &str, subject: &str) -> Result<Option<Identity>, StoreError> {
        type Row = (RawPerson, Option<RawMembership>, Option<RawAgency>, Option<RawIssuer>);
        let rows = asked!(self, |c| {
            person::table
                .left_join(membership::table.on(membership::person.eq(person::id)))
                .left_join(agency::table.on(agency::id.nullable().eq(membership::agency.nullable())))
                .left_join(issuer_state::table.on(issuer_state::issuer.eq(person::issuer)))
                .filter(person::issuer.eq(issuer))
                .filter(person::subject.eq(subject))
                .select((
                    person::all_columns,
                    membership::all_columns.nullable(),
                    agency::all_columns.nullable(),
                    issuer_state::all_columns.nullable(),
                ))
                .load::<Row>(c)
        })?;
        let mut found: Option<Identity> = None;
        for (raw_person, raw_membership, raw_agency, raw_issuer) in rows {
            let identity = match &mut found {
                Some(identity) => identity,
                None => found.insert(Identity {
                    person: a_person(raw_person)?,
                    issuer: raw_issuer.map(an_issuer).transpose()?,
                    memberships: Vec::new(),
                    agencies: Vec::new(),
                    agreements: Vec::new(),
                }),
            };
            if let Some(raw) = raw_membership {
                identity.memberships.push(a_membership(raw)?);
            }
            if let Some(raw) = raw_agency {
                let row = an_agency(raw)?;
                if !identity.agencies.iter().any(|known| known.id == row.id) {
                    identity.agencies.push(row);
                }
            }
        }
        let Some(mut identity) = found else { return Ok(None) };
        identity.agreements = self.agreements_of_person(identity.person.id)?;
        Ok(Some(identity))
    }

    /// The agreements of every agency that the person is a member of.
    fn agreements_of_person(&mut self, id: PersonId) -> Result<Vec<AgreementRow>, StoreError> {
        let agreements = agreement::table
            .inner_join(membership::table.on(membership::agency.eq(agreement::agency)))
            .filter(membership::person.eq(id.to_string()))
            .select(agreement::all_columns)
            .distinct();
        all(asked!(self, |c| agreements.clone().load::<RawAgreement>(c))?, an_agreement)
    }

    pub fn panels(&mut self) -> Result<Vec<PanelRow>, StoreError> {
        all(self.run(|c| panel::table.order(panel::id).load::<RawPanel>(c))?, a_panel)
    }

    pub fn panel_by_id(&mut self, id: PanelId) -> Result<Option<PanelRow>, StoreError> {
        let id = id.to_string();
        self.run(|c| panel::table.filter(panel::id.eq(&id)).first::<RawPanel>(c).optional())?.map(a_panel).transpose()
    }

    pub fn agencies(&mut self) -> Result<Vec<AgencyRow>, StoreError> {
        all(self.run(|c| agency::table.order(agency::id).load::<RawAgency>(c))?, an_agency)
    }

    pub fn agency_by_id(&mut self, id: AgencyId) -> Result<Option<AgencyRow>, StoreError> {
        let id = id.to_string();
        self.run(|c| agency::table.filter(agency::id.eq(&id)).first::<RawAgency>(c).optional())?
            .map(an_agency)
            .transpose()
    }

    /// The agencies that have a member on the panel, each once.
    pub fn agencies_of_panel(&mut self, id: PanelId) -> Result<Vec<AgencyRow>, StoreError> {
        let agencies = agency::table
            .inner_join(membership::table.on(membership::agency.eq(agency::id)))
            .filter(membership::panel.eq(id.to_string()))
            .select(agency::all_columns)
            .distinct()
            .order(agency::id);
        all(self.run(|c| agencies.clone().load::<RawAgency>(c))?, an_agency)
    }

    pub fn person_by_id(&mut self, id: PersonId) -> Result<Option<PersonRow>, StoreError> {
        let id = id.to_string();
        self.run(|c| person::table.filter(person::id.eq(&id)).first::<RawPerson>(c).optional())?
            .map(a_person)
            .transpose()
    }

    pub fn issuer_state(&mut self, issuer: &str) -> Result<Option<IssuerRow>, StoreError> {
        let raw =
            self.run(|c| issuer_state::table.filter(issuer_state::issuer.eq(issuer)).first::<RawIssuer>(c).optional())?;
        raw.map(an_issuer).transpose()
    }

    pub fn person_by_subject(&mut self, issuer: &str, subject: &str) -> Result<Option<PersonRow>, StoreError> {
        let named = person::table.filter(person::issuer.eq(issuer)).filter(person::subject.eq(subject));
        self.run(|c| named.first::<RawPerson>(c).optional())?.map(a_person).transpose()
    }

    /// Everybody who holds, has held or is proposed for a membership of the panel, each once.
    pub fn people_of_panel(&mut self, id: PanelId) -> Result<Vec<PersonRow>, StoreError> {
        let people = person::table
            .inner_join(membership::table.on(membership::person.eq(person::id)))
            .filter(membership::panel.eq(id.to_string()))
            .select(person::all_columns)
            .distinct()
            .order(person::id);
        all(self.run(|c| people.clone().load::<RawPerson>(c))?, a_person)
    }

    pub fn membership_by_id(&mut self, id: MembershipId) -> Result<Option<MembershipRow>, StoreError> {
        let id = id.to_string();
        let raw =
            self.run(|c| membership::table.filter(membership::id.eq(&id)).first::<RawMembership>(c).optional())?;
        raw.map(a_membership).transpose()
    }

    pub fn memberships_of_person(&mut self, id: PersonId) -> Result<Vec<MembershipRow>, StoreError> {
        let of_person = membership::table.filter(membership::person.eq(id.to_string())).order(membership::id);
        all(self.run(|c| of_person.clone().load::<RawMembership>(c))?, a_membership)
    }

    pub fn memberships_of_panel(&mut self, id: PanelId) -> Result<Vec<MembershipRow>, StoreError> {
        let of_panel = membership::table.filter(membership::panel.eq(id.to_string())).order(membership::id);
        all(self.run(|c| of_panel.clone().load::<RawMembership>(c))?, a_membership)
    }

    pub fn agreement_by_id(&mut self, id: AgreementId) -> Result<Option<AgreementRow>, StoreError> {
        let id = id.to_string();
        let raw = self.run(|c| agreement::table.filter(agreement::id.eq(&id)).first::<RawAgreement>(c).optional())?;
        raw.map(an_agreement).transpose()
    }

    pub fn agreements_of_panel(&mut self, id: PanelId) -> Result<Vec<AgreementRow>, StoreError> {
        let of_panel = agreement::table.filter(agreement::panel.eq(id.to_string())).order(agreement::id);
        all(self.run(|c| of_panel.clone().load::<RawAgreement>(c))?, an_agreement)
    }
}
