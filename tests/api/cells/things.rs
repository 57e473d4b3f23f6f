//! Memberships and agreements that are there to be confirmed, ended and shut out: of each agency, in both panels, and by a
//! sponsor's own proposal. Whoever is let in meets a conflict, so that none of them ever changes.
//! It must never lay one that gives a seat anything.

use super::cast::{Cast, ISSUER};
use super::rows::{Changed, span};
use super::setting::Window;
use crate::harness::Running;
use channel_panel::access::{AgreementFacts, MembershipFacts, PersonFacts, PersonKind};
use channel_panel::app::enrolled;
use channel_panel::casework::ids::{AgencyId, AgreementId, MembershipId, PanelId, PersonId};
use channel_panel::casework::role::Role;
use channel_panel::demo::seats::{Body, Seat};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Ended, as are all but the next.
    Agency { body: Body, elsewhere: bool },
    /// Of the agency that no seat belongs to. `serving`: in force, held by somebody who is suspended already.
    Beyond { elsewhere: bool, serving: bool },
    /// Of the seat's own agency in its own panel.
    ProposedBy(Seat),
}

/// What policy may know of it.
#[derive(Debug, Clone, Copy)]
pub struct Of {
    pub panel: PanelId,
    pub agency: AgencyId,
    pub person: PersonId,
    pub proposed_by: PersonId,
    pub in_force: bool,
}

/// A membership, and an agreement of the same agency on the same panel.
pub struct Thing {
    pub of: Of,
    pub membership: MembershipId,
    pub agreement: AgreementId,
}

pub type Things = BTreeMap<Whose, Thing>;

fn every() -> Vec<Whose> {
    let both = [false, true];
    let of = |body: &Body| both.map(|elsewhere| Whose::Agency { body: *body, elsewhere });
    let mut all: Vec<Whose> = Body::ALL.iter().flat_map(of).collect();
    all.extend(both.map(|elsewhere| Whose::Beyond { elsewhere, serving: true }));
    all.push(Whose::Beyond { elsewhere: false, serving: false });
    all.extend(Seat::ALL.iter().filter(|seat| seat.post().sponsor).map(|seat| Whose::ProposedBy(*seat)));
    all
}

fn of(cast: &Cast, whose: Whose) -> Of {
    let (agency, panel) = match whose {
        Whose::Agency { body, elsewhere } => (cast.agency(body), cast.panel_of(body, elsewhere)),
        Whose::Beyond { elsewhere, .. } => (cast.beyond, if elsewhere { cast.neighbour } else { cast.panel }),
        Whose::ProposedBy(seat) => (cast.agency(seat.body()), cast.panel_of(seat.body(), false)),
    };
    let proposed_by = if let Whose::ProposedBy(seat) = whose { cast.person(seat) } else { PersonId::new() };
    let in_force = matches!(whose, Whose::Beyond { serving: true, .. });
    Of { panel, agency, person: PersonId::new(), proposed_by, in_force }
}

/// Writes them all.
pub fn lay(running: &Running, cast: &Cast) -> Things {
    let mut rows = Changed::default();
    let things: Things = every()
        .into_iter()
        .map(|whose| {
            let (of, membership, agreement) = (of(cast, whose), MembershipId::new(), AgreementId::new());
            (whose, Thing { of, membership, agreement })
        })
        .collect();
    for thing in things.values() {
        add(running, cast, thing, &mut rows);
    }
    rows.write(running);
    things
}

fn add(running: &Running, cast: &Cast, thing: &Thing, rows: &mut Changed) {
    let (mac, now) = (&running.service.sealer, running.service.clock.instant());
    let (from, to) = span(Window::Open, running.service.clock.today());
    let Of { panel, agency, person, proposed_by, in_force } = thing.of;
    let somebody = PersonFacts {
        id: person,
        issuer: ISSUER.to_owned(),
        subject: person.to_string(),
        display_name: "Somebody".to_owned(),
        kind: PersonKind::Person,
        suspended: in_force,
        notices: None,
        version: 1,
    };
    rows.people.push(enrolled::person(mac, somebody).unwrap());
    let held = MembershipFacts {
        id: thing.membership,
        person,
        agency,
        role: Role::Partner,
        unit: None,
        panel,
        safeguarding_lead: false,
        sponsor: false,
        from,
        to,
        proposed_by,
        confirmed_by: Some(cast.approver),
        confirmed_at: Some(now),
        ended: !in_force,
        version: 1,
    };
    rows.memberships.push(enrolled::membership(mac, held).unwrap());
    let agreed = AgreementFacts {
        id: thing.agreement,
        agency,
        panel,
        reference: "ISA of old".to_owned(),
        categories: BTreeSet::new(),
        from,
        to,
        proposed_by,
        confirmed_by: Some(cast.approver),
        confirmed_at: Some(now),
        ended: true,
        version: 1,
    };
    rows.agreements.push(enrolled::agreement(mac, agreed).unwrap());
}
