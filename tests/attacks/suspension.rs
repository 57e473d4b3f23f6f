//! One command shuts a person, a system or an issuer out, whatever token they hold and on whichever instance; another lets
//! them in again. Each is tried before, in between and after, and so is somebody whom it does not concern.

use super::deployed::Deployed;
use super::sql::Owner;
use crate::harness::{Backend, Client, Service, running_on_both};
use crate::store::wait;
use channel_panel::access::{IssuerId, PersonFacts, PersonKind};
use channel_panel::app::recall;
use channel_panel::app::register::{Register, take_in};
use channel_panel::app::suspend::{Done, Who, Whom, suspend};
use channel_panel::demo::seats::Seat;
use channel_panel::demo::tokens::Issuers;

const PEOPLE: &str = "https://people.borough.test/";
const SYSTEMS: &str = "https://systems.borough.test/";
const CODES: &str = "/api/v1/codes";

#[test]
fn a_suspension_binds_every_instance_at_once() {
    let deployed = Deployed::new(Backend::Postgres);
    let another = deployed.another();
    let services = [deployed.start(), deployed.serve(&another)];
    each_in_turn(&deployed, &services);
    for service in services {
        assert!(service.stop().success());
    }
}

#[test]
fn a_suspension_binds_a_service_on_sqlite_at_once() {
    let deployed = Deployed::new(Backend::Sqlite);
    let services = [deployed.start()];
    each_in_turn(&deployed, &services);
    for service in services {
        assert!(service.stop().success());
    }
    let (code, said) = deployed.verify(&deployed.export(), &deployed.vkey(), &[]);
    assert_eq!(code, 0, "{said}");
}

/// Who is named, who is refused by it and how, and who is not concerned.
struct Order {
    words: Vec<String>,
    out: &'static [Seat],
    slug: &'static str,
    others: &'static [Seat],
}

fn orders(deployed: &Deployed) -> Vec<Order> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let id = |seat| deployed.borough.person(seat).to_string();
    let order = |words, out, slug, others| Order { words, out, slug, others };
    let by_sign_in = ["person", "--issuer", PEOPLE, "--subject", Seat::Health.name()];
    vec![
        order(words(&["person", &id(Seat::Partner)]), &[Seat::Partner], "membership-required", &[Seat::Health]),
        order(words(&by_sign_in), &[Seat::Health], "membership-required", &[Seat::Partner]),
        order(
            words(&["system", &id(Seat::PartnerSystem)]),
            &[Seat::PartnerSystem],
            "membership-required",
            &[Seat::Chair],
        ),
        order(words(&["issuer", PEOPLE]), &[Seat::Chair, Seat::Partner], "not-authenticated", &[Seat::PartnerSystem]),
        order(words(&["issuer", SYSTEMS]), &[Seat::PartnerSystem], "not-authenticated", &[Seat::Chair]),
    ]
}

fn each_in_turn(deployed: &Deployed, services: &[Service]) {
    let owner = Owner::of(&deployed.database);
    let live = |seat: Seat| -> Vec<Client> {
        let (token, membership) = (deployed.token(seat), deployed.borough.membership(seat));
        services.iter().map(|s| Client::new(s.base()).bearer(&token).acting(membership)).collect()
    };
    for Order { words, out, slug, others } in orders(deployed) {
        let config = deployed.config();
        let run = |verb: &str| {
            let mut arguments = vec![verb, "--config", &config];
            arguments.extend(words.iter().map(String::as_str));
            deployed.run(&arguments)
        };
        let (inside, outside): (Vec<Client>, Vec<Client>) =
            (others.iter().flat_map(|s| live(*s)).collect(), out.iter().flat_map(|s| live(*s)).collect());
        let all_work = |clients: &[Client]| clients.iter().for_each(|client| drop(client.get(CODES).expect(200)));
        all_work(&outside);
        let before = (entries(&owner, "suspend"), entries(&owner, "reinstate"));
        assert!(run("reinstate").starts_with("nothing done: "), "{words:?}");

        let said = run("suspend");
        assert!(said.starts_with(&format!("suspended: {} ", words[0])) && said.contains("on every instance"), "{said}");
        for client in &outside {
            let answer = client.get(CODES);
            assert_eq!(answer.problem(), slug, "{words:?}");
            let request = answer.header("x-request-id").unwrap();
            let body = format!("SELECT body AS v FROM ledger_entry WHERE body LIKE '%{request}%'");
            let entered = owner.texts(&body);
            assert!(entered.len() == 1 && entered[0].contains(&format!("\"problem\":\"{slug}\"")), "{entered:?}");
        }
        all_work(&inside);
        assert!(run("suspend").contains("is suspended already"), "{words:?}");

        let said = run("reinstate");
        assert!(said.starts_with(&format!("reinstated: {} ", words[0])), "{said}");
        all_work(&outside);
        all_work(&inside);
        // One entry each: what was so before is no change.
        assert_eq!((entries(&owner, "suspend"), entries(&owner, "reinstate")), (before.0 + 1, before.1 + 1));
    }
}

fn entries(owner: &Owner<'_>, operation: &str) -> usize {
    let bodies = owner.texts(&format!("SELECT body AS v FROM ledger_entry WHERE operation = '{operation}'"));
    assert!(bodies.iter().all(|body| body.contains("\"system\":\"suspension\"") && body.contains("\"header\":\"")));
    bodies.len()
}

#[test]
fn who_cannot_be_suspended_is_said_and_nobody_is() {
    let deployed = Deployed::new(Backend::Sqlite);
    let config = deployed.config();
    let id = |seat| deployed.borough.person(seat).to_string();
    let nobody = uuid::Uuid::new_v4().to_string();
    let (chair, system) = (id(Seat::Chair), id(Seat::PartnerSystem));
    let cases: [(&[&str], i32, &str); 9] = [
        (&["person", &nobody], 1, "no such person"),
        (&["person", "--issuer", PEOPLE, "--subject", "nobody"], 1, "no such person"),
        (&["person", &system], 1, "this is a system"),
        (&["system", &chair], 1, "this is a person"),
        (&["issuer", "https://people.borough.test"], 1, PEOPLE),
        (&["person"], 2, "Usage"),
        (&["person", "--issuer", PEOPLE], 2, "--subject"),
        (&["person", &chair, "--issuer", PEOPLE, "--subject", "chair"], 2, "cannot be used"),
        (&["person", "somebody"], 2, "invalid value"),
    ];
    for (words, code, text) in cases {
        let mut arguments = vec!["suspend", "--config", &config];
        arguments.extend(words);
        let (found, said) = deployed.refused(&arguments);
        assert!(found == code && said.contains(text), "{words:?}: {found} {said}");
    }
    let owner = Owner::of(&deployed.database);
    assert_eq!(entries(&owner, "suspend"), 0);

    // A sign-in moved by its columns leads to nobody else.
    owner.run(&format!("UPDATE person SET subject = 'moved' WHERE id = '{chair}'"));
    let moved = ["suspend", "--config", &config, "person", "--issuer", PEOPLE, "--subject", "moved"];
    assert!(deployed.refused(&moved).1.contains("not the one that this service wrote"));
    deployed.run(&["suspend", "--config", &config, "issuer", PEOPLE]);
    owner.run("DELETE FROM issuer_state");
    let (code, said) = deployed.refused(&["reinstate", "--config", &config, "issuer", PEOPLE]);
    assert!(code == 1 && said.contains("is gone"), "{said}");
}

#[test]
fn a_change_in_between_is_kept_and_so_is_the_suspension() {
    running_on_both(|running| {
        let service = &running.service;
        let id = running.borough.person(Seat::Partner);
        let facts = || -> PersonFacts {
            let row = service.store.reader().unwrap().person_by_id(id).unwrap().unwrap();
            serde_json::from_str(&row.facts).unwrap()
        };
        let (made, orders) = std::thread::scope(|scope| {
            let renaming = scope.spawn(|| {
                let mut made = 0;
                while made < 20 {
                    let was = facts();
                    let (display_name, version) = (format!("Name {made}"), was.version + 1);
                    let people = vec![PersonFacts { display_name, version, ..was }];
                    made += i64::from(wait(take_in(service, Register { people, ..Register::default() })).is_ok());
                }
                made
            });
            let whom = Whom::Person(PersonKind::Person, Who::Id(id));
            let mut orders = 0;
            for suspended in [true, false, true] {
                match wait(suspend(service, whom, suspended)) {
                    Ok(Done::Changed { .. }) => orders += 1,
                    other => panic!("{other:?}"),
                }
            }
            (renaming.join().unwrap(), orders)
        });
        let now = facts();
        assert_eq!((now.suspended, now.version, now.display_name.as_str()), (true, 1 + made + orders, "Name 19"));
    });
}

/// What another process wrote is known from the marks, for whoever has not read the row itself before it was taken away.
#[test]
fn a_row_that_another_process_wrote_is_missed_after_a_look_at_the_marks() {
    running_on_both(|running| {
        let owner = Owner::of(&running.database);
        let beside = running.beside();
        let name = Issuers::name_for(PersonKind::System);
        let system = running.client(Seat::PartnerSystem);
        system.get(CODES).expect(200);
        let done = wait(suspend(&beside.service, Whom::Issuer(name), true)).unwrap();
        assert!(matches!(done, Done::Changed { row, version: 1, .. } if row == IssuerId::of(name).0), "{done:?}");
        owner.keep("kept", &["issuer_state"]);
        owner.run("DELETE FROM issuer_state");
        recall::refresh(&running.service.store, &running.service.watermark).unwrap();
        assert_eq!(system.get(CODES).problem(), "integrity");
        owner.put_back("kept", &["issuer_state"]);
        assert_eq!(system.get(CODES).problem(), "not-authenticated");
        wait(suspend(&beside.service, Whom::Issuer(name), false)).unwrap();
        system.get(CODES).expect(200);
    });
}
