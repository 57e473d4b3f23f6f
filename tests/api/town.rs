//! The borough at work, for tests that need a case: every step is a request of the seat whose step it is.
//! It must never reach a case by another road than the API.

use super::cells::cast::Cast;
use super::cells::setting::SignIn;
use crate::harness::{Answer, Client, Running};
use channel_panel::access::PersonKind;
use channel_panel::casework::ids::{AgencyId, PersonId};
use channel_panel::demo::seats::{Body, Seat};
use channel_panel::demo::tokens::{AUDIENCE, Issuers};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// One pool of connections, and whoever speaks through it.
pub struct Town<'r> {
    pub running: &'r Running,
    keep: Client,
    /// Who sits on the seats, where it is not the borough's own people.
    cast: Option<&'r Cast>,
}

impl<'r> Town<'r> {
    pub fn new(running: &'r Running) -> Self {
        Self { running, keep: Client::new(&running.base), cast: None }
    }

    pub fn of(running: &'r Running, cast: &'r Cast) -> Self {
        Self { cast: Some(cast), ..Self::new(running) }
    }

    pub fn nobody(&self) -> &Client {
        &self.keep
    }

    pub fn seat(&self, seat: Seat) -> Client {
        match self.cast {
            Some(cast) => cast.client(&self.keep, seat, SignIn::Fresh),
            None => {
                let held = self.running.book.get(seat).unwrap();
                self.keep.bearer(&held.token).acting(held.membership)
            }
        }
    }

    /// The same seat with a token of somebody who signed in so many seconds ago.
    pub fn signed_in(&self, seat: Seat, seconds_ago: i64) -> Client {
        let at = self.running.service.clock.instant().seconds();
        let said = json!({"iss": Issuers::name_for(PersonKind::Person), "aud": AUDIENCE, "sub": seat.name(),
            "client_id": "channel-panel-demo", "jti": Uuid::new_v4(), "iat": at, "nbf": at, "exp": at + 3600,
            "auth_time": at - seconds_ago, "acr": "urn:channel-panel:strong"});
        self.seat(seat).bearer(&self.running.issuers.people.sign(&said).unwrap())
    }

    pub fn agency(&self, body: Body) -> AgencyId {
        self.cast.map_or_else(|| self.running.borough.agency(body), |cast| cast.agency(body))
    }

    pub fn person(&self, seat: Seat) -> PersonId {
        self.cast.map_or_else(|| self.running.borough.person(seat), |cast| cast.person(seat))
    }

    pub fn today(&self) -> NaiveDate {
        self.running.service.clock.today()
    }

    pub fn later(&self, days: u64) -> NaiveDate {
        self.today() + Days::new(days)
    }

    /// Sends a referral of one person and gives its answer.
    pub fn refer(&self, seat: Seat, referral: &Value) -> Answer {
        let client = self.seat(seat);
        client.request("POST", "/api/v1/referrals").idempotency_key(Uuid::new_v4()).json(referral).send()
    }

    /// A new case of somebody of this name; the name must not have been used before.
    pub fn open(&self, surname: &str, confidential: bool) -> String {
        self.refer(Seat::School, &referral(surname, confidential)).expect(201);
        self.case_named(surname)
    }

    /// A closed case of somebody taken over from older records; gives its id.
    pub fn ended(&self, surname: &str) -> String {
        let body = json!({"origin": "legacy", "receivedOn": self.today(), "stage": "referred", "stageOn": self.today(),
            "identity": {"forenames": "Ilse", "surname": surname, "dateOfBirth": "1999-02-03"}});
        let opened = self.seat(Seat::Coordinator).post("/api/v1/cases", &body).expect(201).json();
        let case = opened["id"].as_str().unwrap().to_owned();
        self.step(Seat::Coordinator, &case, "close", json!({"outcome": "left_uk", "reason": "Moved"}));
        case
    }

    /// As records or a chair, at the end of a case.
    pub fn at_the_end(&self, seat: Seat, method: &str, case: &str, below: &str, body: Option<&Value>) -> Answer {
        let client = self.seat(seat).purpose("retention");
        let request = client.request(method, &format!("/api/v1/cases/{case}{below}"));
        match body {
            Some(body) => request.json(body).send(),
            None => request.send(),
        }
    }

    /// Proposed by records.
    pub fn propose_erasure(&self, case: &str) {
        let grounds = json!({"words": "Its time is over."});
        self.at_the_end(Seat::Records, "POST", case, "/erasure", Some(&grounds)).expect(204);
    }

    pub fn case_named(&self, surname: &str) -> String {
        let queue = self.seat(Seat::Coordinator).get("/api/v1/cases").expect(200).json();
        let of_that_name = |case: &&Value| case["name"].as_str().is_some_and(|name| name.ends_with(surname));
        let case = queue["cases"].as_array().unwrap().iter().find(of_that_name).expect("the case is in the queue");
        case["id"].as_str().unwrap().to_owned()
    }

    pub fn view(&self, seat: Seat, case: &str) -> Value {
        self.seat(seat).get(&format!("/api/v1/cases/{case}")).expect(200).json()
    }

    /// As `seat`, below the case; panics where it is refused, and gives the answer's body.
    #[track_caller]
    pub fn post(&self, seat: Seat, case: &str, below: &str, body: &Value) -> Value {
        let answer = self.seat(seat).post(&format!("/api/v1/cases/{case}/{below}"), body);
        assert!(answer.status < 300, "{} {below}: {} {}", seat.name(), answer.status, answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    #[track_caller]
    pub fn step(&self, seat: Seat, case: &str, transition: &str, content: Value) -> Value {
        let body = json!({"transition": transition, "content": content});
        let answer = self.seat(seat).post(&format!("/api/v1/cases/{case}/transitions"), &body);
        assert_eq!(answer.status, 200, "{transition}: {}", answer.text());
        answer.json()
    }

    /// The tag of a category, as somebody who may write it is shown it.
    #[track_caller]
    pub fn etag(&self, seat: Seat, case: &str, category: &str) -> String {
        let view = self.view(seat, case);
        let tag = view["categories"][category]["etag"].as_str();
        tag.unwrap_or_else(|| panic!("{} may not write {category}", seat.name())).to_owned()
    }

    pub fn patch(&self, seat: Seat, case: &str, category: &str, etag: &str, fields: &Value) -> Answer {
        let client = self.seat(seat);
        let request = client.request("PATCH", &format!("/api/v1/cases/{case}/categories/{category}"));
        request.if_match(&format!("\"{etag}\"")).json(&amendment(fields)).send()
    }

    #[track_caller]
    pub fn amend(&self, seat: Seat, case: &str, category: &str, fields: &Value) {
        let etag = self.etag(seat, case, category);
        self.patch(seat, case, category, &etag, fields).expect(200);
    }

    #[track_caller]
    pub fn name_lead(&self, case: &str, body: Body) -> String {
        let written = self.post(Seat::Coordinator, case, "assignments", &json!({"agency": self.agency(body)}));
        written["id"].as_str().unwrap().to_owned()
    }

    /// A question to an agency; gives its id.
    #[track_caller]
    pub fn ask(&self, case: &str, body: Body, question: &str) -> String {
        let written = self.post(Seat::Coordinator, case, "information-requests", &self.question(body, question));
        written["id"].as_str().unwrap().to_owned()
    }

    pub fn question(&self, body: Body, question: &str) -> Value {
        json!({"agency": self.agency(body), "question": question, "necessity": "To screen for safeguarding needs",
            "askedOn": self.today(), "due": self.later(5)})
    }

    pub fn action(&self, body: Body) -> Value {
        json!({"what": "Ring the family", "owner": self.agency(body), "agreedOn": self.today(), "due": self.later(7)})
    }

    pub fn invitation(&self, seat: Seat) -> Value {
        json!({"person": self.person(seat), "from": self.today(), "to": self.later(20)})
    }

    pub fn release(&self, summary: &str) -> Value {
        json!({"release": {"summary": summary, "recipients": ["council", "police"], "purpose": "For the panel",
            "lawfulBasis": ["public_task"], "necessity": "This much and no more",
            "consent": {"sought": false, "whyNot": "It would put the person at risk"}, "writtenOn": self.today()}})
    }

    pub fn attendee(&self, seat: Seat, capacity: &str) -> Value {
        let held = || self.running.book.get(seat).unwrap().membership;
        let membership = self.cast.map_or_else(held, |cast| cast.membership(seat));
        json!({"membership": membership, "capacity": capacity, "confidentiality": true})
    }

    /// Plans a meeting of today; gives its id.
    pub fn meeting(&self, forum: &str) -> String {
        let plan = json!({"forum": forum, "on": self.today()});
        let planned = self.seat(Seat::Coordinator).post("/api/v1/meetings", &plan).expect(201).json();
        planned["meetings"][0].as_str().unwrap().to_owned()
    }

    /// Puts a case on an agenda; gives the item's id.
    pub fn item(&self, meeting: &str, case: &str) -> String {
        let item = json!({"case": case, "reason": "It does not wait"});
        let written = self.seat(Seat::Coordinator).post(&format!("/api/v1/meetings/{meeting}/items"), &item);
        written.expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    pub fn seated(&self, meeting: &str, present: &[Value]) {
        let path = format!("/api/v1/meetings/{meeting}/attendance");
        let body = json!({"present": present});
        self.seat(Seat::Coordinator).request("PUT", &path).json(&body).send().expect(204);
    }

    #[track_caller]
    pub fn meeting_step(&self, meeting: &str, step: &str) -> Answer {
        self.seat(Seat::Coordinator).post(&format!("/api/v1/meetings/{meeting}/steps"), &json!({"step": step}))
    }

    /// An open, quorate meeting of today with this case on its agenda; gives its id.
    pub fn sits(&self, case: &str) -> String {
        let meeting = self.meeting("extraordinary");
        self.item(&meeting, case);
        self.seated(&meeting, &[self.attendee(Seat::Chair, "chair"), self.attendee(Seat::PoliceCt, "police")]);
        self.meeting_step(&meeting, "open").expect(204);
        meeting
    }

    /// A decision of a quorate meeting that is held for it today.
    pub fn decision(&self, case: &str, reason: &str) -> Value {
        self.decision_at(&self.sits(case), reason)
    }

    pub fn decision_at(&self, meeting: &str, reason: &str) -> Value {
        json!({"meeting": meeting, "extentOfConcern": "Considerable", "suitableSupport": "Mentoring", "reason": reason,
            "riskOwner": self.agency(Body::Council), "nextReview": self.later(28),
            "careConsidered": {"referred": false, "reason": "Not needed"}, "exitReason": "concerns_resolved"})
    }

    /// Polls until the answer is there: for what the service's own jobs bring after a request.
    #[track_caller]
    /// Waits for the first checkpoint.
    pub fn signed(&self) {
        let checkpoint = || self.running.service.store.reader().unwrap().latest_checkpoint().unwrap();
        self.until("a signed checkpoint", || checkpoint().map(|_| ()));
    }

    pub fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{what} did not come");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

pub fn amendment(fields: &Value) -> Value {
    json!({"reason": "new_information", "fields": fields})
}

/// An adult, with every group of the form filled in.
pub fn referral(surname: &str, confidential: bool) -> Value {
    let mut form: Value = serde_json::from_str(include_str!("../casework_forms/full-referral.json")).unwrap();
    form["people"].as_array_mut().unwrap().truncate(1);
    form["referrer"]["confidential"] = json!(confidential);
    // Nobody of another test: matching would find the one in the other.
    form["people"][0]["identity"] =
        json!({"forenames": "Anwen", "surname": surname, "dateOfBirth": "2001-04-17", "ageBasis": "from_record"});
    form["people"][0]["contact"] = json!({"howToReach": "Ring the mother after 5pm"});
    form
}

/// What the form asks for and no more.
pub fn least_referral(surname: &str) -> Value {
    let mut form = referral(surname, false);
    form["people"] = json!([{"identity": {"forenames": "Anwen", "surname": surname}}]);
    form.as_object_mut().unwrap().remove("ideology");
    form.as_object_mut().unwrap().remove("otherAgencies");
    form["concern"] = json!({"whatHappened": "She showed classmates a film of an attack."});
    form
}
