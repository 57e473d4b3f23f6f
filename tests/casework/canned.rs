//! A valid form for every transition, and a small desk to act from.

use channel_panel::casework::calendar::Calendar;
use channel_panel::casework::category::Category;
use channel_panel::casework::content::FormKind;
use channel_panel::casework::content::template::Template;
use channel_panel::casework::engine::{ActorRef, Effect, Input, apply};
use channel_panel::casework::ids::{AgencyId, MeetingId, PersonId, RecordId};
use channel_panel::casework::meeting::{Capacity, Forum, Present, Sitting};
use channel_panel::casework::role::{AgencyKind, Role, Unit};
use channel_panel::casework::rules::Rules;
use channel_panel::casework::state::{FrontDoor, Opening, State};
use channel_panel::casework::transitions::{Transition, Who, find};
use channel_panel::clock::Moment;
use channel_panel::error::Problem;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use uuid::Uuid;

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub const PROVIDER: AgencyId = AgencyId(Uuid::from_u128(77));

/// Everybody acts as one person a role, so that "another person" can be asked for by number.
pub fn actor(who: Who, person: u128) -> ActorRef {
    let (role, unit) = match who {
        Who::Service => return ActorRef::SERVICE,
        Who::Mash => (Role::Mash, None),
        Who::Council => (Role::Council, None),
        Who::Chair => (Role::Chair, None),
        Who::PoliceCt => (Role::Police, Some(Unit::CounterTerrorism)),
        Who::Provider => (Role::Provider, None),
    };
    let agency = if who == Who::Provider { PROVIDER } else { AgencyId(Uuid::from_u128(50)) };
    ActorRef { person: Some(PersonId(Uuid::from_u128(person))), agency: Some(agency), role: Some(role), unit }
}

pub struct Desk {
    pub calendar: Calendar,
    pub rules: Rules,
    pub today: NaiveDate,
    pub age: Option<u8>,
    /// At which meeting decisions are tried; where there is none, each at a quorate one of its own.
    pub sitting: Option<Option<Sitting>>,
    ids: Cell<u128>,
}

impl Desk {
    pub fn new(today: &str, age: u8) -> Self {
        Self {
            calendar: Calendar::england_and_wales().expect("calendar"),
            rules: Rules::default(),
            today: day(today),
            age: Some(age),
            sitting: None,
            ids: Cell::new(1000),
        }
    }

    pub fn act(
        &self,
        t: &Transition,
        state: &State,
        actor: ActorRef,
        on: NaiveDate,
        body: &Value,
    ) -> Result<Effect, Problem> {
        self.act_reading(t, state, actor, on, body, None, &|_| true)
    }

    #[expect(clippy::too_many_arguments, reason = "a canned form has as many parts as the form")]
    pub fn act_reading(
        &self,
        t: &Transition,
        state: &State,
        actor: ActorRef,
        on: NaiveDate,
        body: &Value,
        previous: Option<&State>,
        can_read: &dyn Fn(Category) -> bool,
    ) -> Result<Effect, Problem> {
        let ids = || {
            self.ids.set(self.ids.get() + 1);
            RecordId(Uuid::from_u128(self.ids.get()))
        };
        let own = self.sitting.clone().unwrap_or_else(|| Some(quorate(on, ids().0)));
        let input = Input {
            body,
            occurred_on: on,
            today: self.today,
            recorded: Moment(0),
            actor,
            age_on_occurred: self.age,
            previous,
            rules: &self.rules,
            calendar: &self.calendar,
            sitting: own.as_ref().filter(|_| t.form == FormKind::Decision),
            ids: &ids,
        };
        apply(t, state, &input, can_read)
    }

    /// Does `name` as the first who may, with its first canned form; panics with the problem if refused.
    pub fn does(&self, state: &State, name: &str, on: &str) -> State {
        let t = find(name).expect("a transition");
        let body = bodies(t.name, state, day(on)).remove(0);
        self.act(t, state, actor(t.who[0], 1), day(on), &body).unwrap_or_else(|p| panic!("{name}: {p:?}")).state
    }

    /// The rules that `name` breaks.
    pub fn refuses(&self, state: &State, name: &str, on: &str, body: Option<Value>) -> Vec<&'static str> {
        let t = find(name).expect("a transition");
        let body = body.unwrap_or_else(|| bodies(t.name, state, day(on)).remove(0));
        let problem = self.act(t, state, actor(t.who[0], 1), day(on), &body).expect_err(name);
        problem.violations.iter().map(|v| v.rule).collect()
    }
}

pub fn referred(on: &str, door: FrontDoor, repeat: bool) -> State {
    State::opened(&Opening::referral(day(on), day("2030-01-01"), door, repeat)).expect("opened")
}

pub fn vaf() -> Value {
    let template = Template::vaf_2012().expect("template");
    let factors: Vec<Value> = template.factors.iter().map(|f| json!({"factor": f.code, "rating": "unknown"})).collect();
    json!({"full": {"template": "vaf-2012", "templateVersion": 1, "factors": factors, "conclusion": "c"}})
}

/// The chair (as `actor` makes one) and one officer.
pub fn quorate(on: NaiveDate, meeting: Uuid) -> Sitting {
    let present = |person: u128, agency: u128, kind, capacity| Present {
        person: PersonId(Uuid::from_u128(person)),
        agency: AgencyId(Uuid::from_u128(agency)),
        kind,
        capacity,
    };
    Sitting {
        meeting: MeetingId(meeting),
        forum: Forum::Scheduled,
        on,
        opened_at: Moment(1),
        present: vec![
            present(1, 50, AgencyKind::Council, Capacity::Chair),
            present(2, 51, AgencyKind::Police, Capacity::Police),
        ],
        considered: BTreeMap::from([(Category::Assessment, 1)]),
    }
}

pub fn decision(on: NaiveDate) -> Value {
    json!({
        "meeting": Uuid::from_u128(60), "extentOfConcern": "e", "suitableSupport": "s", "reason": "r",
        "riskOwner": Uuid::from_u128(50), "nextReview": on + Days::new(28),
        "careConsidered": {"referred": false, "reason": "r"}, "exitReason": "concerns_resolved",
        "managedBy": {"leadName": "n", "due": on + Days::new(20), "need": "n"},
    })
}

pub fn consent(by: &str) -> Value {
    let mut body = json!({"givenBy": by, "giverName": "n", "capacity": "c", "scope": ["mentoring"], "form": "written", "takenBy": "t"});
    let instrument = match by {
        "authority_with_parental_responsibility" => Some("care_order"),
        "attorney" => Some("lasting_power_of_attorney"),
        "deputy" => Some("court_of_protection_order"),
        _ => None,
    };
    if let Some(instrument) = instrument {
        body["instrument"] = json!(instrument);
        body["instrumentReference"] = json!("x");
    }
    if ["parent", "guardian", "authority_with_parental_responsibility"].contains(&by) {
        body["childsView"] = json!("v");
    }
    body
}

/// Well-formed forms for a transition in this state; the explorer tries all of them.
pub fn bodies(name: &str, state: &State, on: NaiveDate) -> Vec<Value> {
    let later = on + Days::new(20);
    let onward = state.onward.first().map_or(RecordId(Uuid::nil()), |o| o.record);
    let commission = state.commissions.last().map_or(RecordId(Uuid::nil()), |c| c.record);
    let need = state.needs.last().map_or(RecordId(Uuid::nil()), |n| n.record);
    let one = |v: Value| vec![v];
    match name {
        "begin_triage" => one(json!({"earlierCasesSearched": true})),
        "record_triage" => one(json!({"findings": "f", "childConcerned": false})),
        "finish_screening" => one(json!({"screeningOutcome": "no_safeguarding_concern", "summary": "s"})),
        "agree_closure" => one(json!({"earlierContactsRead": true, "reason": "r"})),
        "advise_and_close" => {
            one(json!({"outcome": "advice_given", "reason": "r", "advice": "a", "onwardConsidered": "o"}))
        }
        "refer_onward" => one(json!({"service": "health", "ownerName": "n", "due": later, "need": "n"})),
        "acknowledge_onward" => one(json!({"onwardReferral": onward, "answer": "accepted", "acknowledgedBy": "n"})),
        "tell_referrer" => one(json!({"progress": "progressed", "toldOn": on})),
        "send_to_gateway" => one(json!({"referralComplete": true})),
        "gateway_clear" => one(json!({"statementForOthers": "s"})),
        "gateway_not_suitable" => one(json!({"reason": "misguided", "grounds": "g", "needIdentified": false})),
        "gateway_police_led" | "gateway_recheck" => one(json!({"grounds": "g"})),
        "section36_decide" | "section36_decline" => one(json!({"grounds": "g"})),
        "record_assessment" => {
            one(json!({"heldElsewhere": {"system": "PCMT", "reference": "1", "framework": "PAF", "date": on,
            "author": "a", "countersigned": false, "conclusion": "c"}}))
        }
        "countersign_assessment" => one(json!({"agreed": true})),
        "list_for_panel" => one(json!({"meetingDate": later})),
        "pause_support" | "withdraw_support" => {
            one(json!({"reason": "r", "riskOwner": Uuid::from_u128(50), "nextReview": later}))
        }
        "ask_consent" | "ask_consent_anew" => one(json!({"askedBy": "a", "how": "telephone", "result": "asked"})),
        "give_consent" => {
            ["self", "parent", "guardian", "authority_with_parental_responsibility", "attorney", "deputy"]
                .map(consent)
                .to_vec()
        }
        "refuse_consent" | "withdraw_consent" => one(json!({"by": "self", "reassessOn": later})),
        "consent_not_reachable" => one(json!({"tried": ["telephone"], "reassessOn": later})),
        "consent_lapsed_at_18" | "start_intervention" => one(json!({})),
        "write_plan" => one(json!({"consentRequest": {"how": "h", "when": "w", "byWhom": "b"},
            "support": [{"nature": "n", "providedBy": "p", "howAndWhen": "h"}]})),
        "commission" => one(
            json!({"provider": PROVIDER, "brief": "b", "objectives": ["o"], "sessionsPlanned": 6, "from": on, "to": on + Days::new(200)}),
        ),
        "accept_commission" => one(json!({"commission": commission, "briefRead": true})),
        "decline_commission" | "end_commission" | "pause_commission" | "resume_commission" => {
            one(json!({"commission": commission, "reason": "r"}))
        }
        "begin_commission" => one(json!({"commission": commission})),
        "note_need" => one(json!({"support": "s", "need": "n"})),
        "request_provider" => one(json!({"need": need, "asked": "a"})),
        "log_session" => vec![
            json!({"commission": commission, "status": "held", "sessionOn": on, "report": "r"}),
            json!({"commission": commission, "status": "planned", "sessionOn": on}),
            json!({"commission": commission, "status": "missed", "sessionOn": on, "wasPlanned": true}),
        ],
        "post_exit_review" => [6, 12].map(|m| json!({"month": m, "findings": "f", "newConcern": false})).to_vec(),
        "place_hold" => ["custody", "police"].map(|k| json!({"kind": k, "reviewOn": later})).to_vec(),
        "block_contact" | "allow_contact" => one(json!({"instruction": "i"})),
        "offer_transfer" => {
            let outside =
                json!({"receivingPanel": "p", "receivingChair": "c", "riskOwner": Uuid::from_u128(50), "reason": "r"});
            let mut inside = outside.clone();
            (inside["panel"], inside["released"]) = (json!(Uuid::from_u128(60)), json!(["identity"]));
            vec![outside, inside]
        }
        "accept_transfer" | "decline_transfer" => one(json!({"answeredBy": "a"})),
        "close" => [
            "died",
            "not_suitable",
            "not_adopted",
            "consent_refused",
            "police_led",
            "completed",
            "left_uk",
            "redirected",
            "transferred_out",
            "keyed_in_error",
        ]
        .map(|o| json!({"outcome": o, "reason": "r", "report": "r"}))
        .to_vec(),
        "join" => one(json!({"into": Uuid::from_u128(9), "reason": "r"})),
        "begin_assessment" | "release_hold" | "unjoin" | "withdraw_transfer" => one(json!({"reason": "r"})),
        "correct" => one(json!({"remedy": "restore", "reason": "r"})),
        // What is left are the decisions: one that stands, and one that no quorum took.
        _ => {
            let mut inquorate = decision(on);
            inquorate["policeForResidence"] = json!(Uuid::from_u128(99));
            vec![decision(on), inquorate]
        }
    }
}
