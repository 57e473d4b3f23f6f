//! The table: of each operation what it asks of the policies, in which order, and which answer says that it was let in.
//! Requests are such that whoever is let in is refused for another reason, or changes what is laid anew: so being let in can
//! be told from being refused without the world moving on. An operation without a line here fails the test.
//!
//! | answer | stands for |
//! |---|---|
//! | `membership-required` 403 | the membership may not act (ended, not begun, unconfirmed, suspended): before all else |
//! | `not-found` 404 | neither `open_case` nor `list_case` is allowed: the case is not there; another's referral |
//! | `strong-sign-in-required` 401, `purpose-required` 403, `agreement-not-in-force` 403, `step-up-required` 401 | refused by that guard, to somebody who may know the case |
//! | `not-allowed` 403 without a rule | refused, for no reason of the caller's own |
//! | what stands in `lets` | let in: 200 to 204, or refused by a form, a tag, a table of casework |

use super::questions::{
    Ask, Gate, On, Probe, amendments, below, no_body, on_behalf, open, opens, post, releases, steps,
};
use super::registry::{agreements, memberships, proposals, suspensions};
use super::setting::Setting;
use crate::api::cells::ground::Ground;
use channel_panel::api::OPERATIONS;
use channel_panel::casework::ids::RecordId;
use channel_panel::demo::seats::Seat;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const NOT_FILLED_IN: &[&str] = &["invalid"];

/// One seat in one setting.
pub struct Tried<'a> {
    pub ground: &'a Ground<'a>,
    pub setting: &'a Setting,
    pub seat: Seat,
}

impl Tried<'_> {
    /// The record of its own agency's, where the setting gives it one; one of nobody's otherwise.
    fn own(&self, there: bool, by: &BTreeMap<channel_panel::demo::seats::Body, RecordId>) -> (bool, RecordId) {
        if there { (true, by[&self.seat.body()]) } else { (false, RecordId(Uuid::nil())) }
    }
}

fn panel(action: &str) -> Vec<Ask> {
    vec![Ask::new(Gate::Panel, action)]
}

/// Whether an operation's answer can depend on a case: the others are tried once for all stages.
pub fn is_of_case(path: &str) -> bool {
    // Signals tell the chair of cases.
    path.starts_with("/cases/{") || path.starts_with("/meetings/{") || path == "/signals"
}

fn is_of_meetings(operation: &str) -> bool {
    let path = OPERATIONS.iter().find(|known| known.id == operation).map(|known| known.path);
    path.is_some_and(|path| path.starts_with("/meetings"))
}

/// Every request of an operation that this seat tries in this setting.
pub fn probes(operation: &str, t: &Tried<'_>) -> Vec<Probe> {
    let refs = &t.ground.refs;
    match operation {
        "whoAmI" => vec![open("/me", vec![Ask::new(Gate::Acts, "read_codes")])],
        "listCodes" => vec![open("/codes", panel("read_codes"))],
        "listReferrals" => vec![open("/referrals", panel("read_codes"))],
        "listAgencies" => vec![open("/agencies", panel("read_agencies"))],
        "listConsultations" => vec![open("/consultations", panel("list_consultations"))],
        "listCases" => vec![open("/cases?limit=1", panel("list_cases"))],
        "listMemberships" => vec![open("/memberships", panel("list_members"))],
        "listAgreements" => vec![open("/agreements", panel("list_agreements"))],
        "registerAgency" => {
            vec![post("/agencies", json!({"kind": "school", "name": ""}), panel("register_agency"), NOT_FILLED_IN)]
        }
        "registerPerson" => {
            let form = json!({"issuer": "", "subject": "", "displayName": "", "kind": "person"});
            vec![post("/people", form, panel("register_person"), NOT_FILLED_IN)]
        }
        "proposeMembership" => proposals(t),
        "proposeAgreement" => {
            let form = json!({"agency": t.ground.cast.beyond, "reference": "ISA", "categories": [],
                "from": t.ground.town.later(5), "to": t.ground.town.today()});
            let asks = vec![Ask::new(Gate::NewAgreement, "propose_agreement")];
            vec![post("/agreements", form, asks, NOT_FILLED_IN)]
        }
        "confirmMembership" => memberships(t, "confirm", "confirm_membership"),
        "endMembership" => memberships(t, "end", "end_membership"),
        "confirmAgreement" => agreements(t, "confirm", "confirm_agreement"),
        "endAgreement" => agreements(t, "end", "end_agreement"),
        "suspendPerson" => suspensions(t),
        "listTransfers" => vec![open("/transfers", panel("list_transfers"))],
        "readTransfer" => {
            let path = format!("/transfers/{}", t.ground.transfer);
            vec![open(&path, vec![Ask::new(Gate::Transfer, "read_transfer")])]
        }
        // It was answered before: whoever may know of it meets a conflict.
        "answerTransfer" => {
            let path = format!("/transfers/{}/answer", t.ground.transfer);
            let asks = vec![Ask::new(Gate::Transfer, "read_transfer")];
            vec![post(&path, json!({"answer": "decline"}), asks, &["conflict"])]
        }
        "readDoings" => vec![open("/digest/entries?from=2026-01-01&to=2026-12-31", panel("read_digest"))],
        "readDigest" => vec![open("/digest", panel("read_digest"))],
        "readSignals" => vec![open("/signals?limit=200", panel("read_broken_glass"))],
        "breakGlass" => {
            let asks = vec![
                Ask::new(Gate::BehindGlass, "break_glass"),
                Ask::new(Gate::Panel, "reach_for_glass"),
                Ask::new(Gate::Opens(On::Case), "break_glass"),
            ];
            vec![
                post(&below(t, On::Case, "/break-glass"), json!({"reason": "missing_child"}), asks, &["201"])
                    .changing(),
            ]
        }
        "readLedger" => {
            vec![open("/ledger/entries?from=2026-01-01&to=2026-12-31&outcome=shown&limit=1", panel("read_ledger"))]
        }
        "readCheckpoint" => vec![open("/ledger/checkpoint", panel("read_ledger"))],
        "readTile" => vec![open("/ledger/tile/0/000.p/1", panel("read_ledger"))],
        // From a size that nobody signed.
        "exportLedger" => {
            let asks = panel("export_ledger");
            vec![Probe { lets: &["invalid"], ..open("/ledger/export?from=9007199254740991", asks) }]
        }
        "readProof" => vec![open("/ledger/proof?index=0", panel("read_ledger"))],
        "keyConsultation" => vec![post("/consultations", json!({}), panel("key_consultation"), NOT_FILLED_IN)],
        "searchSubjects" => vec![post("/subjects/search", json!({}), panel("search_subjects"), NOT_FILLED_IN)],
        "submitReferral" => {
            let key = vec![("Idempotency-Key", Uuid::new_v4().to_string())];
            let sent = post("/referrals", json!({}), panel("submit_referral"), NOT_FILLED_IN);
            vec![Probe { headers: key, ..sent }]
        }
        "takeOverCase" => {
            let today = t.ground.town.today();
            let form = json!({"origin": "referral", "receivedOn": today, "stage": "referred", "stageOn": today, "identity": {}});
            vec![post("/cases", form, panel("take_over_case"), NOT_FILLED_IN)]
        }
        "readReferral" => (0..t.ground.referrals.len())
            .map(|n| {
                let path = format!("/referrals/{}", t.ground.referrals[n]);
                open(&path, vec![Ask::new(Gate::Referral(n), "read_feedback")])
            })
            .collect(),
        "openCase" => vec![open(&below(t, On::Full, ""), opens("open_case"))],
        "readAccesses" => vec![open(&below(t, On::Full, "/accesses"), opens("read_accesses"))],
        "readHistory" => vec![open(&below(t, On::Full, "/history"), opens("read_history"))],
        "listLinks" => vec![open(&below(t, On::Full, "/links"), opens("open_case"))],
        "listCandidates" => vec![open(&below(t, On::Full, "/candidates"), opens("join_case"))],
        "decideCandidate" => {
            let asks = vec![Ask::new(Gate::Opens(On::Case), "join_case"), Ask::new(Gate::Traces, "list_case")];
            let path = below(t, On::Case, &format!("/candidates/{}", t.ground.beside));
            vec![post(&path, json!({"verdict": "different_person"}), asks, &["204"]).changing()]
        }
        "linkCases" => links(t),
        "makeTransition" => steps(t),
        "amendCategory" => amendments(t),
        "releaseSummary" => releases(t),
        "addLogNote" => {
            let asks = vec![Ask::new(Gate::Opens(On::Case), "open_case"), Ask::new(Gate::Then, "write_log")];
            vec![post(&below(t, On::Case, "/log"), json!({}), asks, NOT_FILLED_IN)]
        }
        "addAction" => {
            let form = json!({"owner": t.ground.cast.beyond, "what": "Ring", "agreedOn": t.ground.town.today(),
                "due": t.ground.town.later(5)});
            vec![paper(t, "/actions", form, "manage_action")]
        }
        "requestInformation" => {
            let form = json!({"agency": t.ground.cast.beyond, "question": "Known?", "necessity": "To screen",
                "askedOn": t.ground.town.today(), "due": t.ground.town.later(5)});
            vec![paper(t, "/information-requests", form, "request_information")]
        }
        "finishAction" => {
            let (own, id) = t.own(t.setting.action, &refs.actions);
            let done = |own: bool, id: RecordId| {
                let asks = vec![Ask { own, ..Ask::new(Gate::Opens(On::Case), "manage_action") }];
                post(&below(t, On::Case, &format!("/actions/{id}/done")), json!({}), asks, NOT_FILLED_IN)
            };
            vec![done(own, id).named("its own"), done(false, refs.beyond[1]).named("another's")]
        }
        "replyInformation" => replies(t),
        "nameLead" => vec![post(
            &below(t, On::Case, "/assignments"),
            json!({"agency": Uuid::new_v4()}),
            opens("assign"),
            NOT_FILLED_IN,
        )],
        "endLead" => {
            let path = below(t, On::Case, &format!("/assignments/{}", refs.beyond[0]));
            vec![no_body(&path, opens("assign"), &["204"]).changing()]
        }
        "inviteToItem" => {
            let form = json!({"from": t.ground.town.today(), "to": t.ground.town.later(5)});
            vec![post(&below(t, On::Case, "/listings"), form, opens("list_item"), NOT_FILLED_IN)]
        }
        "recuse" => {
            let path = below(t, On::Case, "/recusals");
            let other = json!({"person": Uuid::new_v4()});
            vec![
                post(&path, json!({}), opens("recuse_self"), &["204"]).changing().named("oneself"),
                post(&path, other, opens("record_recusal"), NOT_FILLED_IN).named("another"),
            ]
        }
        "restrictCase" => {
            vec![post(
                &below(t, On::Case, "/restriction"),
                json!({"people": []}),
                opens("restrict_case"),
                NOT_FILLED_IN,
            )]
        }
        "placeLegalHold" | "releaseLegalHold" => {
            vec![ending(t, "/legal-hold", Some(json!({"reason": "none"})), "hold_legally")]
        }
        "reviewRetention" => vec![ending(t, "/retention-review", Some(json!({})), "review_retention")],
        "proposeErasure" => vec![ending(t, "/erasure", Some(json!({})), "propose_erasure")],
        "withdrawErasure" => vec![ending(t, "/erasure", Some(json!({})), "withdraw_erasure")],
        "confirmErasure" => vec![ending(t, "/erasure/confirmation", None, "confirm_erasure")],
        "readRecipients" => vec![Probe { lets: &["200"], ..ending(t, "/recipients", None, "read_recipients") }],
        _ if is_of_meetings(operation) => super::meetings::probes(operation, t),
        other => panic!(
            "operation {other} has no line in tests/api/cells/table.rs: say there which questions it asks of the policies, \
             in which order, with a request that changes nothing, and which answer stands for having been let in"
        ),
    }
}

/// About the end of a case: for its purpose, and turned back for its form.
fn ending(t: &Tried<'_>, below_it: &str, form: Option<Value>, action: &str) -> Probe {
    let asks = vec![Ask::new(Gate::Purpose, ""), Ask::new(Gate::Opens(On::Case), action)];
    let path = below(t, On::Case, below_it);
    match form {
        Some(form) => post(&path, form, asks, NOT_FILLED_IN),
        None => no_body(&path, asks, &["conflict"]),
    }
}

/// Linked already: a conflict, for whoever may link both. Asked for on either of the two.
fn links(t: &Tried<'_>) -> Vec<Probe> {
    let to = |other: channel_panel::casework::ids::CaseId| json!({"otherCase": other, "kind": "sibling"});
    let (here, there) = (Ask::new(Gate::Opens(On::Case), "link_case"), Ask::new(Gate::Opens(On::Beside), "link_case"));
    let from =
        post(&below(t, On::Case, "/links"), to(t.ground.beside), vec![here.clone(), there.clone()], &["conflict"]);
    let back = post(&below(t, On::Beside, "/links"), to(t.ground.scratch), vec![there, here], &["conflict"]);
    vec![from.named("from it"), back.named("to it")]
}

/// A paper of an agency that nobody here belongs to: written, and nobody's part in the case is another.
fn paper(t: &Tried<'_>, path: &str, form: Value, action: &str) -> Probe {
    let asks = vec![Ask::new(Gate::Opens(On::Case), action), Ask::new(Gate::Then, "write_work")];
    post(&below(t, On::Case, path), form, asks, &["201"])
}

fn replies(t: &Tried<'_>) -> Vec<Probe> {
    let (own, id) = t.own(t.setting.asked, &t.ground.refs.requests);
    let another = t.ground.refs.beyond[2];
    let reply = |id: RecordId, own: bool, behalf: bool, lets: &'static [&'static str]| {
        let asks = vec![Ask { own, on_behalf: behalf, ..Ask::new(Gate::Opens(On::Case), "reply_information") }];
        let mut form = json!({"answer": {}});
        if behalf {
            form["onBehalfOf"] = on_behalf(t);
        }
        post(&below(t, On::Case, &format!("/information-requests/{id}/reply")), form, asks, lets)
    };
    let not_its_own: &'static [&'static str] = &["not-allowed, required"];
    vec![
        reply(id, own, false, if own { NOT_FILLED_IN } else { not_its_own }).named("its own"),
        // The policies would let whoever is asked answer; that it is the one who was asked, the use case looks to.
        reply(another, false, false, not_its_own).named("another's"),
        reply(another, false, true, NOT_FILLED_IN).named("for another"),
    ]
}
