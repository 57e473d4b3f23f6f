//! A request of each operation that its fitting seat is allowed, with whatever must be there before it.
//! An operation without a sample stops every test that goes through them all: nothing is left out by being new.

use super::registry::{agree, agreement, enter, newcomer, proposal, register};
use super::town::{Town, amendment, least_referral};
use crate::harness::{Answer, Client};
use channel_panel::api::OPERATIONS;
use channel_panel::api::operation::Operation;
use channel_panel::demo::seats::{Body, Seat};
use serde_json::{Value, json};
use uuid::Uuid;

pub struct Sample {
    pub operation: &'static Operation,
    /// Who may.
    pub seat: Seat,
    /// Below the origin, ids filled in.
    pub path: String,
    pub body: Option<Value>,
    pub headers: Vec<(&'static str, String)>,
}

impl Sample {
    pub fn send(&self, client: &Client) -> Answer {
        let mut request = client.request(self.operation.method, &self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match &self.body {
            Some(body) => request.json(body).send(),
            None => request.send(),
        }
    }
}

/// A case that the council runs and health has been asked about, for the samples to act on.
pub struct Ground {
    pub case: String,
    /// Another case of a person of the same name, proposed as the same.
    pub again: String,
    /// Somebody else altogether.
    pub other: String,
    pub referral: String,
}

impl Ground {
    pub fn lay(town: &Town<'_>) -> Self {
        // Lists show names as forenames and surname: the second of one name is whichever the first is not.
        let sent = town.refer(Seat::School, &super::town::referral("Trevanion", true)).expect(201).json();
        let case = town.case_named("Trevanion");
        town.refer(Seat::School, &super::town::referral("Trevanion", false)).expect(201);
        let again = town.until("the second case", || {
            let queue = town.seat(Seat::Coordinator).get("/api/v1/cases").expect(200).json();
            let ids = queue["cases"].as_array().unwrap().iter().filter(|c| c["name"] == "Anwen Trevanion");
            ids.filter_map(|c| c["id"].as_str()).find(|id| *id != case).map(str::to_owned)
        });
        let other = town.open("Quartermaine", false);
        Self { case, again, other, referral: sent["referral"].as_str().unwrap().to_owned() }
    }
}

/// Each on a closed case of its own.
fn at_the_end(town: &Town<'_>, id: &str) -> Sample {
    let case = town.ended("Olearius");
    let hold = json!({"reason": "complaint", "words": "About the visit in March."});
    match id {
        "releaseLegalHold" => {
            drop(town.at_the_end(Seat::Records, "PUT", &case, "/legal-hold", Some(&hold)).expect(204));
        }
        "confirmErasure" | "withdrawErasure" => town.propose_erasure(&case),
        _ => {}
    }
    let body = match id {
        "placeLegalHold" | "releaseLegalHold" => Some(hold),
        "reviewRetention" => Some(json!({"until": town.later(90), "words": "A sister is in support."})),
        "proposeErasure" | "withdrawErasure" => Some(json!({"words": "Looked at again."})),
        _ => None,
    };
    Sample {
        operation: operation(id),
        seat: if id == "confirmErasure" { Seat::Chair } else { Seat::Records },
        path: format!("/api/v1{}", operation(id).path.replace("{case}", &case)),
        body,
        headers: vec![("Access-Purpose", "retention".into())],
    }
}

/// A case of this panel on offer to the neighbour's; gives the transfer's id.
pub fn on_offer(town: &Town<'_>) -> String {
    let case = super::transfers::assessed(town, "Emberley");
    super::transfers::offered(town, &case, &["identity", "contact"])
}

pub fn operation(id: &str) -> &'static Operation {
    OPERATIONS.iter().copied().find(|operation| operation.id == id).unwrap_or_else(|| panic!("no operation {id}"))
}

pub fn said() -> Value {
    json!({"discussion": [{"text": "The school spoke first."}]})
}

/// A meeting that sits, and its item of this case.
fn heard(town: &Town<'_>, case: &str) -> (String, String) {
    let meeting = town.sits(case);
    let agenda = town.seat(Seat::Chair).get(&format!("/api/v1/meetings/{meeting}/agenda")).expect(200).json();
    (meeting, agenda["items"][0]["item"].as_str().unwrap().to_owned())
}

fn minuted(town: &Town<'_>, case: &str) -> (String, String) {
    let (meeting, item) = heard(town, case);
    let path = format!("/api/v1/meetings/{meeting}/items/{item}/minutes");
    town.seat(Seat::Coordinator).request("PUT", &path).json(&said()).send().expect(200);
    (meeting, item)
}

/// A sample of the operation. Whatever it needs that may be used up (a question, an action) is made anew.
///
/// # Panics
/// For an operation that has none: give it one.
pub fn sample(town: &Town<'_>, ground: &Ground, id: &str) -> Sample {
    use Seat::{
        Administrator, Auditor, Chair, Coordinator, Deputy, Health, Mash, NeighbourChair, NeighbourCoordinator, School,
        SchoolLead, SocialCare,
    };
    let case = &ground.case;
    let today = town.today();
    let below = |rest: &str| format!("/cases/{case}{rest}");
    let plain = |seat, path: String| Sample {
        operation: operation(id),
        seat,
        path: format!("/api/v1{path}"),
        body: None,
        headers: vec![],
    };
    let with = |seat, path: String, body: Value| Sample { body: Some(body), ..plain(seat, path) };
    match id {
        "listReferrals" => plain(School, "/referrals".into()),
        "readReferral" => plain(School, format!("/referrals/{}", ground.referral)),
        "submitReferral" => Sample {
            headers: vec![("Idempotency-Key", Uuid::new_v4().to_string())],
            ..with(School, "/referrals".into(), least_referral("Sample"))
        },
        "listAgencies" => plain(Coordinator, "/agencies".into()),
        "listCodes" => plain(Coordinator, "/codes".into()),
        "listConsultations" => plain(Coordinator, "/consultations".into()),
        "keyConsultation" => with(
            Coordinator,
            "/consultations".into(),
            json!({"date": today, "channel": "phone", "sector": "education", "advice": ["no_concern"], "minutes": 10}),
        ),
        "whoAmI" => plain(Coordinator, "/me".into()),
        "searchSubjects" => Sample {
            headers: vec![("Access-Purpose", "case_work".into())],
            ..with(
                Coordinator,
                "/subjects/search".into(),
                json!({"purpose": "duplicate_check", "surname": "Trevanion"}),
            )
        },
        "addAction" => with(Coordinator, below("/actions"), town.action(Body::Health)),
        "amendCategory" => Sample {
            headers: vec![("If-Match", format!("\"{}\"", town.etag(Coordinator, case, "contact")))],
            ..with(Coordinator, below("/categories/contact"), amendment(&json!({"howToReach": "Write first"})))
        },
        "breakGlass" => Sample {
            headers: vec![("Access-Purpose", "break_glass".into())],
            ..with(SocialCare, below("/break-glass"), json!({"reason": "missing_child"}))
        },
        "listCandidates" => plain(Coordinator, format!("/cases/{}/candidates", ground.again)),
        "decideCandidate" => {
            let path = format!("/api/v1/cases/{}/candidates", ground.again);
            town.until("the candidate", || {
                let found = town.seat(Coordinator).get(&path).expect(200).json();
                found["candidates"].as_array().unwrap().iter().any(|c| c["case"] == **case).then_some(())
            });
            with(
                Coordinator,
                format!("/cases/{}/candidates/{case}", ground.again),
                json!({"verdict": "different_person"}),
            )
        }
        "endLead" => plain(Coordinator, below(&format!("/assignments/{}", town.name_lead(case, Body::Education)))),
        "finishAction" => {
            let action =
                town.post(Coordinator, case, "actions", &town.action(Body::Council))["id"].as_str().unwrap().to_owned();
            with(Coordinator, below(&format!("/actions/{action}/done")), json!({"status": "done", "done": today}))
        }
        "readAccesses" => {
            heard(town, case);
            plain(Chair, below("/accesses"))
        }
        "readHistory" => plain(Coordinator, below("/history")),
        "inviteToItem" => with(Coordinator, below("/listings"), town.invitation(Seat::Guest)),
        "linkCases" => with(Coordinator, below("/links"), json!({"otherCase": ground.other, "kind": "household"})),
        "listLinks" => plain(Coordinator, below("/links")),
        "listCases" => plain(Coordinator, "/cases".into()),
        "takeOverCase" => with(
            Coordinator,
            "/cases".into(),
            json!({"origin": "legacy", "receivedOn": today, "stage": "referred", "stageOn": today,
                   "identity": {"forenames": "Ilse", "surname": "Vanderhorst", "dateOfBirth": "1999-02-03"}}),
        ),
        "addLogNote" => {
            with(Coordinator, below("/log"), json!({"on": today, "kind": "note", "note": "The school rang."}))
        }
        "nameLead" => with(Coordinator, below("/assignments"), json!({"agency": town.agency(Body::SocialCare)})),
        "openCase" => plain(Coordinator, below("")),
        "recuse" => with(Deputy, format!("/cases/{}/recusals", ground.other), json!({})),
        "releaseSummary" => {
            town.ask(case, Body::Health, "Is he known to you?");
            with(Health, below("/releases/health_summary"), town.release("Known to us; no risk."))
        }
        "replyInformation" => {
            let asked = town.ask(case, Body::Health, "Is he known to you?");
            let answer = json!({"answer": {"reply": "not_known", "repliedOn": today}});
            with(Health, below(&format!("/information-requests/{asked}/reply")), answer)
        }
        "requestInformation" => {
            with(Coordinator, below("/information-requests"), town.question(Body::SocialCare, "Is he known?"))
        }
        "restrictCase" => {
            let everyone: Vec<_> = Seat::ALL
                .iter()
                .filter(|seat| seat.body() != Body::NeighbourCouncil)
                .map(|seat| town.running.borough.person(*seat))
                .collect();
            with(Coordinator, below("/restriction"), json!({"people": everyone}))
        }
        "placeLegalHold" | "releaseLegalHold" | "reviewRetention" | "proposeErasure" | "confirmErasure"
        | "withdrawErasure" | "readRecipients" => at_the_end(town, id),
        "makeTransition" => with(
            Mash,
            below("/transitions"),
            json!({"transition": "refer_onward", "content": {"service": "health", "ownerName": "A. Nurse", "due": town.later(10), "need": "Sleep"}}),
        ),
        "registerAgency" => {
            let name = format!("Sample School {}", Uuid::new_v4());
            with(Administrator, "/agencies".into(), json!({"kind": "school", "name": name}))
        }
        "registerPerson" => with(Administrator, "/people".into(), newcomer(&Uuid::new_v4().to_string())),
        "suspendPerson" => {
            let new = enter(town, Body::Health, "health");
            town.seat(Health)
                .request("POST", &format!("/api/v1/memberships/{}/confirm", new.membership))
                .send()
                .expect(204);
            plain(Administrator, format!("/people/{}/suspend", new.person))
        }
        "proposeMembership" => {
            let person = register(town, &Uuid::new_v4().to_string());
            with(Administrator, "/memberships".into(), proposal(town, &person, Body::Health, "health"))
        }
        "confirmMembership" => {
            plain(Health, format!("/memberships/{}/confirm", enter(town, Body::Health, "health").membership))
        }
        "endMembership" => {
            plain(Administrator, format!("/memberships/{}/end", enter(town, Body::Health, "health").membership))
        }
        "scheduleMeeting" => with(Coordinator, "/meetings".into(), json!({"forum": "extraordinary", "on": today})),
        "listMeetings" => plain(Health, "/meetings".into()),
        "readAgenda" => plain(Chair, format!("/meetings/{}/agenda", town.sits(case))),
        "stepMeeting" => {
            with(Coordinator, format!("/meetings/{}/steps", town.meeting("extraordinary")), json!({"step": "cancel"}))
        }
        "recordAttendance" => {
            let came = town.attendee(Chair, "chair");
            with(Coordinator, format!("/meetings/{}/attendance", town.sits(case)), json!({"present": [came]}))
        }
        "orderAgenda" => {
            let meeting = town.meeting("extraordinary");
            let item = town.item(&meeting, case);
            with(Chair, format!("/meetings/{meeting}/order"), json!({"items": [item]}))
        }
        "addAgendaItem" => {
            let path = format!("/meetings/{}/items", town.meeting("extraordinary"));
            with(Coordinator, path, json!({"case": case, "reason": "It does not wait"}))
        }
        "settleAgendaItem" => {
            let (meeting, item) = heard(town, case);
            let path = format!("/meetings/{meeting}/items/{item}/outcome");
            with(Chair, path, json!({"outcome": "noted", "reason": "Heard"}))
        }
        "draftMinutes" => {
            let (meeting, item) = heard(town, case);
            with(Coordinator, format!("/meetings/{meeting}/items/{item}/minutes"), said())
        }
        "approveMinutes" => {
            let (meeting, item) = minuted(town, case);
            with(Chair, format!("/meetings/{meeting}/items/{item}/minutes/approval"), json!({"version": 1}))
        }
        "addToMinutes" => {
            let (meeting, item) = minuted(town, case);
            let below = format!("/meetings/{meeting}/items/{item}/minutes");
            let path = format!("/api/v1{below}/approval");
            town.seat(Chair).post(&path, &json!({"version": 1})).expect(204);
            with(Chair, format!("{below}/addenda"), said())
        }
        "listMemberships" => plain(Administrator, "/memberships".into()),
        "proposeAgreement" => with(Administrator, "/agreements".into(), agreement(town, Body::Health)),
        "confirmAgreement" => plain(Deputy, format!("/agreements/{}/confirm", agree(town, Body::Health))),
        "endAgreement" => plain(Administrator, format!("/agreements/{}/end", agree(town, Body::Health))),
        "listAgreements" => plain(Administrator, "/agreements".into()),
        "listTransfers" => plain(NeighbourCoordinator, "/transfers".into()),
        "readTransfer" => plain(NeighbourCoordinator, format!("/transfers/{}", on_offer(town))),
        "answerTransfer" => {
            with(NeighbourChair, format!("/transfers/{}/answer", on_offer(town)), super::transfers::taken(town))
        }
        "readSignals" => plain(Auditor, "/signals".into()),
        "readDoings" => plain(SchoolLead, format!("/digest/entries?from={today}&to={today}")),
        "readDigest" => plain(SchoolLead, format!("/digest?date={today}")),
        "readCheckpoint" => plain(Auditor, "/ledger/checkpoint".into()),
        "readLedger" => plain(Auditor, format!("/ledger/entries?from={today}&to={today}&outcome=shown")),
        "readTile" => {
            town.signed();
            plain(Auditor, "/ledger/tile/0/000.p/1".into())
        }
        "exportLedger" => {
            town.signed();
            plain(Auditor, "/ledger/export".into())
        }
        "readProof" => {
            town.signed();
            plain(Auditor, "/ledger/proof?index=0".into())
        }
        other => panic!("operation {other} has no sample: give it one, or nobody tries it with a forged token"),
    }
}
