//! Making oneself a reader, as whoever administers people could try it: each way over HTTP, on both databases, each refused
//! for its reason and each an entry; and beside them the honest way, after which the new member reads.

use crate::api::entered;
use crate::api::registry::{agree, confirm, enter, proposal, propose, register, token};
use crate::api::town::Town;
use crate::harness::{Answer, Backend, Client, Running};
use crate::store::wait;
use channel_panel::access::mint::Mint;
use channel_panel::access::{Issuer, MembershipFacts, PersonFacts};
use channel_panel::app::register::{Register, take_in};
use channel_panel::casework::ids::{AgencyId, MembershipId, PanelId, PersonId};
use channel_panel::casework::role::Role;
use channel_panel::config::Limits;
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::demo::tokens::AUDIENCE;
use serde_json::{Value, json};
use std::cell::Cell;
use uuid::Uuid;

/// An issuer of the health trust's own: it speaks for the trust and for nobody else, and a sign-in is recent for five minutes.
const TRUST: &str = "https://trust.test.invalid";
/// Named in the configuration as the trust's sponsor.
const NAMED: &str = "head-of-safeguarding";

struct Scene<'r> {
    town: Town<'r>,
    trust: &'r Mint,
    refused: Cell<usize>,
}

impl<'r> Scene<'r> {
    fn running(&self) -> &'r Running {
        self.town.running
    }

    /// A refusal with its problem, and its one entry that says so.
    #[track_caller]
    fn refused(&self, what: &str, answer: &Answer, operation: &str, problem: &str) -> Value {
        assert!(answer.status >= 400, "{what}: {} {}", answer.status, answer.text());
        assert_eq!(answer.problem(), problem, "{what}: {}", answer.text());
        let entry = entered::one(self.running(), answer);
        assert_eq!(entry["operation"], operation, "{what}");
        assert_eq!(entry["outcome"], entered::outcome(answer.status, true), "{what}");
        assert_eq!(entry["problem"], problem, "{what}");
        self.refused.set(self.refused.get() + 1);
        entry
    }

    #[track_caller]
    fn ruled(&self, what: &str, answer: &Answer, operation: &str, (problem, field, rule): (&str, &str, &str)) {
        self.refused(what, answer, operation, problem);
        let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.iter().any(|e| e["field"] == field && e["rule"] == rule), "{what}: {errors:?}");
    }

    fn seat(&self, seat: Seat) -> Client {
        self.town.seat(seat)
    }

    fn signed(&self, subject: &str, seconds_ago: i64, bound: bool) -> String {
        let at = self.running().service.clock.instant().seconds();
        let mut claims = json!({"iss": TRUST, "aud": AUDIENCE, "sub": subject, "client_id": "app", "jti": Uuid::new_v4(),
            "iat": at, "nbf": at, "exp": at + 600, "auth_time": at - seconds_ago, "acr": "urn:channel-panel:strong"});
        if bound {
            claims["cnf"] = json!({"x5t#S256": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"});
        }
        self.trust.sign(&claims).unwrap()
    }

    /// Takes rows in as the operator would, from a file.
    fn take_in(&self, register: Register) {
        wait(take_in(&self.running().service, register)).unwrap();
    }

    /// Another person with a membership, by the operator's file.
    fn seated(
        &self,
        subject: &str,
        like: Seat,
        change: impl FnOnce(&mut MembershipFacts),
    ) -> (Client, MembershipFacts) {
        let (running, person) = (self.running(), PersonId::new());
        let borough = running.borough.register(running.service.clock.today(), running.service.clock.instant());
        let known = borough.people.iter().find(|p| p.id == running.borough.person(like)).unwrap();
        let held = borough.memberships.iter().find(|m| m.id == running.borough.membership(like)).unwrap();
        let mut membership = MembershipFacts { id: MembershipId::new(), person, ..held.clone() };
        change(&mut membership);
        self.take_in(Register {
            people: vec![PersonFacts { id: person, subject: subject.to_owned(), ..known.clone() }],
            memberships: vec![membership.clone()],
            ..Register::default()
        });
        let client = self.town.nobody().bearer(&token(&self.town, subject)).acting(membership.id);
        (client, membership)
    }
}

fn end(client: &Client, membership: &str) -> Answer {
    client.request("POST", &format!("/api/v1/memberships/{membership}/end")).send()
}

fn suspend(client: &Client, person: &str) -> Answer {
    client.request("POST", &format!("/api/v1/people/{person}/suspend")).send()
}

#[test]
fn nobody_makes_a_reader_alone() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let trust = Mint::new(TRUST, AUDIENCE).unwrap();
        let running = Running::start_among(backend, Limits::default(), |borough| {
            let health = borough.agency(Body::Health);
            let sponsors = [(NAMED.to_owned(), [health].into())].into();
            vec![Issuer { step_up: 300, sponsors, systems: false, ..trust.issuer([health].into()) }]
        });
        let town = Town::new(&running);
        let case = town.open("Zabriskie", false);
        town.name_lead(&case, Body::Health);
        let scene = Scene { town, trust: &trust, refused: Cell::new(0) };
        let case = format!("/api/v1/cases/{case}");
        the_honest_way(&scene, &case);
        sock_puppet(&scene, &case);
        self_confirmation(&scene);
        two_administrators_in_league(&scene);
        an_issuer_asserts_anothers_person(&scene, &case);
        a_sponsor_of_another_agency_or_panel(&scene);
        a_suspended_person_with_a_live_token(&scene, &case);
        a_bound_or_stale_token(&scene);
        a_second_role(&scene);
        println!("{backend:?}: {} attempts refused, each an entry", scene.refused.get());
    }
}

fn the_honest_way(scene: &Scene<'_>, case: &str) {
    let new = enter(&scene.town, Body::Health, "health");
    scene.refused("before anybody confirmed", &new.client.get(case), "openCase", "membership-required");
    confirm(&scene.seat(Seat::Health), &new.membership).expect(204);
    let shown = new.client.get(case).expect(200).json();
    assert_eq!(shown["categories"]["identity"]["fields"]["surname"], "Zabriskie");
}

/// An administrator with a second account, and the wish to read.
fn sock_puppet(scene: &Scene<'_>, case: &str) {
    let admin = scene.seat(Seat::Administrator);
    let puppet = enter(&scene.town, Body::Council, "council");
    scene.refused("the puppet reads", &puppet.client.get(case), "openCase", "membership-required");
    let own = confirm(&puppet.client, &puppet.membership);
    scene.refused("the puppet confirms itself", &own, "confirmMembership", "membership-required");
    let by_admin = confirm(&admin, &puppet.membership);
    scene.refused("its maker confirms it", &by_admin, "confirmMembership", "not-allowed");
    let oneself = proposal(
        &scene.town,
        &scene.running().borough.person(Seat::Administrator).to_string(),
        Body::Council,
        "council",
    );
    let answer = admin.post("/api/v1/memberships", &oneself);
    scene.ruled("an administrator for themselves", &answer, "proposeMembership", ("not-allowed", "/person", "oneself"));
    // Nor by a confirmation brought along, nor by an agency of one's own making.
    let mut brought = proposal(&scene.town, &register(&scene.town, "puppet-2"), Body::Council, "council");
    brought["confirmedBy"] = json!(scene.running().borough.person(Seat::Deputy));
    let answer = admin.post("/api/v1/memberships", &brought);
    scene.ruled("a confirmation brought along", &answer, "proposeMembership", ("invalid", "", "unknown_field"));
    let shell =
        admin.post("/api/v1/agencies", &json!({"kind": "police", "name": "Fenshire Police "})).expect(201).json();
    let mut of_shell = proposal(&scene.town, &register(&scene.town, "puppet-3"), Body::Police, "police");
    (of_shell["agency"], of_shell["unit"]) = (shell["id"].clone(), json!("counter_terrorism"));
    let answer = admin.post("/api/v1/memberships", &of_shell);
    let rule = ("invalid", "/agency", "issuer_not_of_agency");
    scene.ruled("an agency of one's own making", &answer, "proposeMembership", rule);
    for seat in [Seat::Coordinator, Seat::Chair, Seat::Auditor] {
        let answer = scene
            .seat(seat)
            .post("/api/v1/memberships", &proposal(&scene.town, &puppet.person, Body::Council, "guest"));
        scene.refused("whoever is no administrator proposes", &answer, "proposeMembership", "not-allowed");
    }
}

fn self_confirmation(scene: &Scene<'_>) {
    let running = scene.running();
    let health = running.borough.person(Seat::Health).to_string();
    let renewal = propose(&scene.town, &proposal(&scene.town, &health, Body::Health, "referrer"));
    let answer = confirm(&scene.seat(Seat::Health), &renewal);
    scene.refused("a sponsor confirms their own", &answer, "confirmMembership", "not-allowed");
    // Whoever proposed it as administrator, and is the sponsor by now.
    let (client, membership) =
        scene.seated("turncoat", Seat::Administrator, |m| m.agency = running.borough.agency(Body::Health));
    let person = register(&scene.town, "friend-of-turncoat");
    let body = proposal(&scene.town, &person, Body::Health, "health");
    let proposed = client.post("/api/v1/memberships", &body).expect(201).json()["id"].as_str().unwrap().to_owned();
    let now = MembershipFacts { id: MembershipId::new(), role: Role::Referrer, sponsor: true, ..membership.clone() };
    let ended = MembershipFacts { ended: true, version: 2, ..membership };
    let sponsor = client.acting(now.id);
    scene.take_in(Register { memberships: vec![ended, now], ..Register::default() });
    let answer = confirm(&sponsor, &proposed);
    scene.refused("a sponsor confirms what they proposed", &answer, "confirmMembership", "not-allowed");
    confirm(&sponsor, &enter(&scene.town, Body::Health, "health").membership).expect(204);
}

fn two_administrators_in_league(scene: &Scene<'_>) {
    let first = scene.seat(Seat::Administrator);
    let (second, held) = scene.seated("second-administrator", Seat::Administrator, |_| ());
    let mut accomplice = proposal(&scene.town, &register(&scene.town, "accomplice"), Body::Health, "referrer");
    accomplice["sponsor"] = json!(true);
    let appointed = propose(&scene.town, &accomplice);
    let answer = confirm(&second, &appointed);
    scene.refused("the other administrator confirms a sponsor", &answer, "confirmMembership", "not-allowed");
    let reader = enter(&scene.town, Body::Health, "health");
    let unconfirmed = scene.town.nobody().bearer(&token(&scene.town, "accomplice")).acting(&appointed);
    let answer = confirm(&unconfirmed, &reader.membership);
    scene.refused("a sponsor whom nobody confirmed", &answer, "confirmMembership", "membership-required");
    // Each makes the other a sponsor: an administrator is nothing besides.
    let mut other = proposal(&scene.town, &held.person.to_string(), Body::Health, "referrer");
    other["sponsor"] = json!(true);
    let answer = first.post("/api/v1/memberships", &other);
    let rule = ("invalid", "/role", "administrator_alone");
    scene.ruled("an administrator made a sponsor besides", &answer, "proposeMembership", rule);
    let mut both = proposal(&scene.town, &reader.person, Body::Council, "administrator");
    both["sponsor"] = json!(true);
    let answer = first.post("/api/v1/memberships", &both);
    scene.ruled(
        "administrator and sponsor in one",
        &answer,
        "proposeMembership",
        ("invalid", "/sponsor", "sponsor_apart"),
    );
    let agreement = agree(&scene.town, Body::Health);
    let answer = second.request("POST", &format!("/api/v1/agreements/{agreement}/confirm")).send();
    scene.refused("the other administrator confirms an agreement", &answer, "confirmAgreement", "not-allowed");
    // Rows of both roles, from a file: then neither acts.
    let sponsor = MembershipFacts { id: MembershipId::new(), role: Role::Referrer, sponsor: true, ..held };
    let id = sponsor.id;
    scene.take_in(Register { memberships: vec![sponsor], ..Register::default() });
    scene.refused("as sponsor", &second.acting(id).get("/api/v1/memberships"), "listMemberships", "not-allowed");
    scene.refused("as administrator", &second.get("/api/v1/memberships"), "listMemberships", "not-allowed");
    scene.refused("even the code lists", &second.get("/api/v1/codes"), "listCodes", "not-allowed");
}

fn an_issuer_asserts_anothers_person(scene: &Scene<'_>, case: &str) {
    let (running, admin) = (scene.running(), scene.seat(Seat::Administrator));
    let theirs = |subject: &str| json!({"issuer": TRUST, "subject": subject, "displayName": "T", "kind": "person"});
    let person = admin.post("/api/v1/people", &theirs("mole")).expect(201).json()["id"].as_str().unwrap().to_owned();
    let mut officer = proposal(&scene.town, &person, Body::Police, "police");
    officer["unit"] = json!("counter_terrorism");
    let answer = admin.post("/api/v1/memberships", &officer);
    let rule = ("invalid", "/agency", "issuer_not_of_agency");
    scene.ruled("a health trust's police officer", &answer, "proposeMembership", rule);
    let unknown =
        json!({"issuer": "https://nobody.test.invalid", "subject": "x", "displayName": "X", "kind": "person"});
    let answer = admin.post("/api/v1/people", &unknown);
    scene.ruled("an issuer of nobody's", &answer, "registerPerson", ("invalid", "/issuer", "unknown_issuer"));
    // It signs in its own name for somebody whom another issuer vouches for.
    let officer = scene.town.nobody().bearer(&scene.signed("police-ct", 0, false));
    let entry = scene.refused(
        "another issuer's subject",
        &officer.acting(running.borough.membership(Seat::PoliceCt)).get(case),
        "openCase",
        "not-authenticated",
    );
    assert_eq!(entry["actor"], "-");
    // Confirmed rows of another agency count for nothing by its word.
    let confirmed = MembershipFacts {
        id: MembershipId::new(),
        person: person.parse().unwrap(),
        ..running
            .borough
            .register(running.service.clock.today(), running.service.clock.instant())
            .memberships
            .into_iter()
            .find(|m| m.id == running.borough.membership(Seat::PoliceCt))
            .unwrap()
    };
    let id = confirmed.id;
    scene.take_in(Register { memberships: vec![confirmed], ..Register::default() });
    let mole = scene.town.nobody().bearer(&scene.signed("mole", 0, false));
    scene.refused("a row without the issuer's word", &mole.acting(id).get(case), "openCase", "membership-required");
    // And for its own agency the honest way works, by the sponsor of the configuration.
    let boss = admin.post("/api/v1/people", &theirs(NAMED)).expect(201).json()["id"].as_str().unwrap().to_owned();
    let first = propose(&scene.town, &proposal(&scene.town, &boss, Body::Health, "referrer"));
    confirm(&scene.seat(Seat::Health), &first).expect(204);
    let named = scene.town.nobody().bearer(&scene.signed(NAMED, 0, false)).acting(&first);
    confirm(&named, &enter(&scene.town, Body::Health, "health").membership).expect(204);
    scene.refused("and it opens no case", &named.get(case), "openCase", "not-found");
}

fn a_sponsor_of_another_agency_or_panel(scene: &Scene<'_>) {
    let borough = &scene.running().borough;
    let proposed = enter(&scene.town, Body::Health, "health");
    for (what, seat) in [
        ("another agency's sponsor", Seat::PoliceCtSupervisor),
        ("the council's sponsor", Seat::Deputy),
        ("another panel's sponsor", Seat::NeighbourChair),
        ("somebody of the agency's panel who is none", Seat::Coordinator),
    ] {
        scene.refused(what, &confirm(&scene.seat(seat), &proposed.membership), "confirmMembership", "not-found");
        scene.refused(what, &end(&scene.seat(seat), &proposed.membership), "endMembership", "not-found");
        let nothing = confirm(&scene.seat(seat), &Uuid::new_v4().to_string());
        scene.refused("as what is not there", &nothing, "confirmMembership", "not-found");
    }
    let panel: PanelId = borough.neighbour;
    let council: AgencyId = borough.agency(Body::NeighbourCouncil);
    let (neighbour, _) = scene.seated("neighbours-administrator", Seat::Administrator, |m| {
        (m.panel, m.agency) = (panel, council);
    });
    scene.refused(
        "another panel's administrator",
        &end(&neighbour, &proposed.membership),
        "endMembership",
        "not-found",
    );
    let coordinator = borough.person(Seat::Coordinator).to_string();
    scene.refused("somebody of another panel", &suspend(&neighbour, &coordinator), "suspendPerson", "not-found");
    // A proposal would be a foot in the door: it must not be one for shutting people out.
    let body = proposal(&scene.town, &coordinator, Body::NeighbourCouncil, "guest");
    neighbour.post("/api/v1/memberships", &body).expect(201);
    scene.refused("by a proposal of one's own", &suspend(&neighbour, &coordinator), "suspendPerson", "not-allowed");
    scene.seat(Seat::Coordinator).get("/api/v1/me").expect(200);
}

fn a_suspended_person_with_a_live_token(scene: &Scene<'_>, case: &str) {
    let new = enter(&scene.town, Body::Health, "health");
    confirm(&scene.seat(Seat::Health), &new.membership).expect(204);
    new.client.get(case).expect(200);
    let by_sponsor = suspend(&scene.seat(Seat::Health), &new.person);
    scene.refused("suspending is the administrator's", &by_sponsor, "suspendPerson", "not-allowed");
    suspend(&scene.seat(Seat::Administrator), &new.person).expect(204);
    let shut = new.client.get(case);
    assert!(["membership-required", "suspended"].contains(&shut.problem().as_str()), "{}", shut.text());
    let problem = shut.problem();
    scene.refused("the same token, a moment later", &shut, "openCase", &problem);
    let again = suspend(&scene.seat(Seat::Administrator), &new.person);
    scene.ruled("once is enough", &again, "suspendPerson", ("conflict", "", "suspended"));
    // To be registered or proposed anew does not let them in.
    let body = proposal(&scene.town, &new.person, Body::Health, "guest");
    let answer = scene.seat(Seat::Administrator).post("/api/v1/memberships", &body);
    scene.ruled("a new seat", &answer, "proposeMembership", ("invalid", "/person", "suspended"));
    // Proposed before, suspended since: the sponsor's yes comes too late.
    let late = enter(&scene.town, Body::Health, "health");
    confirm(&scene.seat(Seat::Health), &late.membership).expect(204);
    let second = propose(&scene.town, &proposal(&scene.town, &late.person, Body::Health, "guest"));
    suspend(&scene.seat(Seat::Administrator), &late.person).expect(204);
    let answer = confirm(&scene.seat(Seat::Health), &second);
    scene.ruled("confirmed after", &answer, "confirmMembership", ("conflict", "/person", "suspended"));
}

fn a_bound_or_stale_token(scene: &Scene<'_>) {
    let (running, admin) = (scene.running(), scene.seat(Seat::Administrator));
    let body = json!({"issuer": TRUST, "subject": "trust-sponsor", "displayName": "S", "kind": "person"});
    let person = admin.post("/api/v1/people", &body).expect(201).json()["id"].as_str().unwrap().to_owned();
    let mut appointment = proposal(&scene.town, &person, Body::Health, "referrer");
    appointment["sponsor"] = json!(true);
    let id = propose(&scene.town, &appointment);
    confirm(&running.client(Seat::Health), &id).expect(204);
    let proposed = enter(&scene.town, Body::Health, "health").membership;
    let sponsor = |ago, bound| scene.town.nobody().bearer(&scene.signed("trust-sponsor", ago, bound)).acting(&id);
    let bound = confirm(&sponsor(0, true), &proposed);
    let entry =
        scene.refused("bound to a certificate that is not shown", &bound, "confirmMembership", "not-authenticated");
    assert_eq!(entry["actor"], "-");
    let stale = confirm(&sponsor(600, false), &proposed);
    scene.refused("signed in ten minutes ago", &stale, "confirmMembership", "step-up-required");
    assert!(stale.header("www-authenticate").unwrap().contains("max_age"));
    confirm(&sponsor(0, false), &proposed).expect(204);
    end(&sponsor(600, false), &proposed).expect(204);
}

fn a_second_role(scene: &Scene<'_>) {
    let (borough, admin) = (&scene.running().borough, scene.seat(Seat::Administrator));
    let alone = |seat: Seat, body, role: &str, rule| {
        let wanted = proposal(&scene.town, &borough.person(seat).to_string(), body, role);
        let answer = admin.post("/api/v1/memberships", &wanted);
        scene.ruled(
            &format!("{role} beside {}", seat.name()),
            &answer,
            "proposeMembership",
            ("invalid", "/role", rule),
        );
    };
    alone(Seat::Auditor, Body::Council, "council", "auditor_alone");
    alone(Seat::Coordinator, Body::Council, "auditor", "auditor_alone");
    alone(Seat::Deputy, Body::Council, "administrator", "administrator_alone");
    // Both proposed while neither was held: the second is refused when it is to be confirmed.
    let new = enter(&scene.town, Body::Health, "health");
    let second = propose(&scene.town, &proposal(&scene.town, &new.person, Body::Health, "auditor"));
    confirm(&scene.seat(Seat::Health), &new.membership).expect(204);
    let answer = confirm(&scene.seat(Seat::Health), &second);
    scene.ruled("an auditor who has a seat", &answer, "confirmMembership", ("conflict", "/role", "auditor_alone"));
}
