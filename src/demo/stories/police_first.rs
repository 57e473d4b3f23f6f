//! A contact that comes to the police first: the gateway is asked already, the hub still has to screen. Support runs today.

use super::super::caller::Caller;
use super::super::seats::{Body, Seat};
use super::forms::{self, OFFICER, Person};
use super::telling::{StoryFailed, Telling, Told};
use serde_json::json;

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("police-first", caller);
    let case = screened(&mut t)?;
    let council = t.agency(Body::Council)?;
    let (provider, probation) = (t.agency(Body::Provider)?, t.agency(Body::Probation)?);
    t.step(
        Seat::PoliceCt,
        &case,
        "section36_decide",
        t.ago(75),
        json!({"grounds": "Shared instructions and asked for more."}),
    )?;
    t.step(
        Seat::PoliceCt,
        &case,
        "record_assessment",
        t.ago(70),
        forms::held_elsewhere(t.ago(72), "Engaged; some intent."),
    )?;
    t.send("no part in it yet", Seat::Partner, ("GET", &format!("/cases/{case}")), None, &[], 404)?;
    let stranger = forms::plan("ideological_mentoring", "Nobody of this panel", Some(&case));
    let stranger = json!({"transition": "write_plan", "content": stranger});
    let path = format!("/cases/{case}/transitions");
    t.send("a part for a stranger", Seat::Coordinator, ("POST", &path), Some(&stranger), &[], 422)?;
    let plan = forms::plan("ideological_mentoring", "Fenshire Probation", Some(&probation));
    t.step(Seat::Coordinator, &case, "write_plan", t.ago(69), plan)?;
    t.sees(Seat::Partner, &case, &["identity", "plan"], &["contact", "consent", "log"])?;
    t.step(Seat::Coordinator, &case, "list_for_panel", t.ago(69), json!({"meetingDate": t.ago(60)}))?;
    let adopt = forms::decision_with_review(&council, "Support and supervision together.", t.ago(30));
    t.decides(&case, "adopt", t.ago(60), adopt)?;
    let asked = json!({"askedBy": "Callum Oyelaran", "how": "in_person", "result": "asked"});
    t.step(Seat::PoliceCt, &case, "ask_consent", t.ago(58), asked)?;
    let given = json!({"givenBy": "self", "giverName": "Ruslan Petrenko-Wild", "capacity": "Adult, with capacity.",
        "scope": ["mentoring"], "form": "written", "takenBy": "Callum Oyelaran"});
    t.step(Seat::PoliceCt, &case, "give_consent", t.ago(57), given)?;
    t.step(Seat::PoliceCt, &case, "start_intervention", t.ago(56), json!({}))?;
    let offer = json!({"provider": provider, "brief": "Reads widely and argues well. Alone since his release.",
        "objectives": ["Tests what he reads"], "sessionsPlanned": 8, "from": t.ago(55), "to": t.ahead(120)});
    let offered = t.step(Seat::Coordinator, &case, "commission", t.ago(55), offer)?;
    let commission = offered.first().cloned().ok_or_else(|| t.failed("commission", "a record", "none"))?;
    t.step(
        Seat::Provider,
        &case,
        "accept_commission",
        t.ago(54),
        json!({"commission": commission, "briefRead": true}),
    )?;
    let held =
        json!({"commission": commission, "status": "held", "sessionOn": t.ago(45), "report": "A first, guarded talk."});
    t.step(Seat::Provider, &case, "log_session", t.ago(45), held)?;
    let planned = json!({"commission": commission, "status": "planned", "sessionOn": t.ahead(7)});
    t.step(Seat::Provider, &case, "log_session", t.today, planned)?;
    let remain = forms::decision_with_review(&council, "It has begun well.", t.ahead(14));
    t.decides(&case, "remain", t.ago(30), remain)?;
    Ok(t.told)
}

fn screened(t: &mut Telling<'_>) -> Result<String, StoryFailed> {
    let person = Person {
        forenames: "Ruslan",
        surname: "Petrenko-Wild",
        alias: "Руслан Петренко",
        born: t.ago(8_900),
        postcode: "ZZ3 1LD",
        phone: "020 7946 0233",
    };
    let what = "Officers found material on a telephone seized in another matter, and messages that ask for more.";
    let form = forms::referral(&person, &OFFICER, t.ago(90), "islamist", what);
    let case = t.refer_and_find(Seat::PoliceCt, &form)?;
    t.amend(
        Seat::PoliceCt,
        &case,
        "police",
        &json!({"caseOfficer": "Callum Oyelaran", "offendingHistory": "One caution."}),
    )?;
    t.step(Seat::Coordinator, &case, "begin_triage", t.ago(89), json!({"earlierCasesSearched": true}))?;
    let clear = json!({"grounds": "Known, and compatible with support.", "statementForOthers": "Nothing stands in the way of Channel."});
    t.step(Seat::PoliceCt, &case, "gateway_clear", t.ago(85), clear)?;
    let forward = json!({"reason": "Support may help."});
    t.refused(Seat::Coordinator, &case, ("begin_assessment", t.ago(84)), forward.clone(), "screening_done")?;
    let screened =
        json!({"screeningOutcome": "no_safeguarding_concern", "summary": "Adult; no child in the household."});
    t.step(Seat::Mash, &case, "finish_screening", t.ago(84), screened)?;
    t.step(Seat::PoliceCt, &case, "begin_assessment", t.ago(83), forward)?;
    Ok(case)
}
