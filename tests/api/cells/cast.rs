//! Everybody of the borough once more, for one worker alone: agencies, people, memberships and agreements of its own, whose
//! rows it can break and mend without disturbing the others. It must never share a person or an agency with another worker.

use super::setting::SignIn;
use crate::harness::{Client, Running};
use channel_panel::access::mint::Mint;
use channel_panel::access::{Issuer, PersonKind};
use channel_panel::casework::ids::{AgencyId, AgreementId, MembershipId, PanelId, PersonId};
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::demo::tokens::AUDIENCE;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub const ISSUER: &str = "https://cells.test.invalid";
/// Seconds after a sign-in within which a decision may be recorded: longer than the whole product of settings takes.
const STEP_UP: i64 = 24 * 3600;

/// Ids and tokens; what the registry holds of them is in `rows`.
pub struct Cast {
    pub panel: PanelId,
    pub neighbour: PanelId,
    number: usize,
    agencies: BTreeMap<Body, AgencyId>,
    pub agreements: BTreeMap<Body, AgreementId>,
    people: BTreeMap<Seat, PersonId>,
    memberships: BTreeMap<Seat, MembershipId>,
    besides: BTreeMap<Seat, MembershipId>,
    /// An agency of the panel to which no seat belongs, for what must concern nobody.
    pub beyond: AgencyId,
    pub approver: PersonId,
    tokens: BTreeMap<(Seat, SignIn), String>,
}

/// The issuer that vouches for every cast, and the casts' agencies before there is a service.
pub struct Casting {
    mint: Mint,
    casts: Vec<(BTreeMap<Body, AgencyId>, AgencyId)>,
}

impl Casting {
    pub fn new(casts: usize) -> Self {
        let agencies = || Body::ALL.iter().map(|body| (*body, AgencyId::new())).collect();
        Self {
            mint: Mint::new(ISSUER, AUDIENCE).unwrap(),
            casts: (0..casts).map(|_| (agencies(), AgencyId::new())).collect(),
        }
    }

    /// As configuration of the service.
    pub fn issuer(&self) -> Issuer {
        let all: BTreeSet<AgencyId> =
            self.casts.iter().flat_map(|(bodies, beyond)| bodies.values().copied().chain([*beyond])).collect();
        Issuer { step_up: STEP_UP, ..self.mint.issuer(all) }
    }

    pub fn cast(&self, number: usize, running: &Running) -> Cast {
        let (agencies, beyond) = self.casts[number].clone();
        let mut tokens = BTreeMap::new();
        for seat in Seat::ALL {
            for sign_in in [SignIn::Fresh, SignIn::Old, SignIn::Weak] {
                tokens.insert((*seat, sign_in), self.token(running, &subject(number, *seat), *seat, sign_in));
            }
        }
        Cast {
            panel: running.borough.panel,
            neighbour: running.borough.neighbour,
            number,
            agencies,
            agreements: Body::ALL.iter().map(|body| (*body, AgreementId::new())).collect(),
            people: Seat::ALL.iter().map(|seat| (*seat, PersonId::new())).collect(),
            memberships: Seat::ALL.iter().map(|seat| (*seat, MembershipId::new())).collect(),
            besides: Seat::ALL.iter().map(|seat| (*seat, MembershipId::new())).collect(),
            beyond,
            approver: PersonId::new(),
            tokens,
        }
    }

    fn token(&self, running: &Running, subject: &str, seat: Seat, sign_in: SignIn) -> String {
        let at = running.service.clock.instant().seconds();
        let system = seat.post().kind == PersonKind::System;
        let signed_in = if sign_in == SignIn::Old { at - 2 * STEP_UP } else { at };
        let strong = sign_in != SignIn::Weak && !system;
        let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": subject,
            "client_id": if system { subject } else { "channel-panel-demo" }, "jti": Uuid::new_v4(),
            "iat": at, "nbf": at, "exp": at + STEP_UP, "auth_time": signed_in,
            "acr": if strong { "urn:channel-panel:strong" } else { "urn:channel-panel:password" }});
        self.mint.sign(&claims).unwrap()
    }
}

fn subject(number: usize, seat: Seat) -> String {
    format!("{number}-{}", seat.name())
}

impl Cast {
    pub fn agency(&self, body: Body) -> AgencyId {
        self.agencies[&body]
    }

    pub fn person(&self, seat: Seat) -> PersonId {
        self.people[&seat]
    }

    pub fn membership(&self, seat: Seat) -> MembershipId {
        self.memberships[&seat]
    }

    /// The second one that the seat's person holds.
    pub fn besides(&self, seat: Seat) -> MembershipId {
        self.besides[&seat]
    }

    pub fn subject(&self, seat: Seat) -> String {
        subject(self.number, seat)
    }

    /// An agency's panel or, `flipped`, the other of the two.
    pub fn panel_of(&self, body: Body, flipped: bool) -> PanelId {
        if (body == Body::NeighbourCouncil) == flipped { self.panel } else { self.neighbour }
    }

    pub fn client(&self, keep: &Client, seat: Seat, sign_in: SignIn) -> Client {
        keep.bearer(&self.tokens[&(seat, sign_in)]).acting(self.membership(seat))
    }
}
