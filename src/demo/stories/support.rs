//! One boy's whole road: a school's referral, triage, police, section 36, assessment, panel, consent, support, exit, both
//! reviews after it, and closure. What each agency may see is looked at on the way.

use super::super::caller::Caller;
use super::super::seats::{Body, Seat};
use super::forms::{self, Person, TEACHER};
use super::meeting::{QUORUM, at_meeting};
use super::telling::{StoryFailed, Telling, Told};
use serde_json::{Value, json};

/// The ids that the later chapters need.
struct Ids {
    case: String,
    council: String,
    health: String,
    provider: String,
}

/// Days ago of each turn, so that twelve months have passed since the exit.
const MADE: u64 = 620;
const EXIT: u64 = 400;

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("support", caller);
    let ids = front_door(&mut t)?;
    partners_answer(&mut t, &ids)?;
    assessed(&mut t, &ids)?;
    adopted(&mut t, &ids)?;
    let commission = supported(&mut t, &ids)?;
    left(&mut t, &ids, &commission)?;
    Ok(t.told)
}

fn front_door(t: &mut Telling<'_>) -> Result<Ids, StoryFailed> {
    let made = t.ago(MADE);
    let person = Person {
        forenames: "Theo",
        surname: "Vasilakis-Thorne",
        alias: "Θεόδωρος Βασιλάκης",
        born: t.ago(MADE + 15 * 365 + 90),
        postcode: "ZZ1 4QT",
        phone: "020 7946 0018",
    };
    let what = "In history he praised an attack on a place of worship and drew its symbols. He has left his old friends \
        and speaks of a group he met in a game.";
    let mut form = forms::referral(&person, &TEACHER, made, "extreme_right_wing", what);
    forms::put(&mut form, "/people/0", "complexNeeds", Some(json!(["autism", "bullying"])));
    let case = t.refer_and_find(Seat::School, &form)?;
    let ids = Ids {
        case,
        council: t.agency(Body::Council)?,
        health: t.agency(Body::Health)?,
        provider: t.agency(Body::Provider)?,
    };
    let case = &ids.case;
    t.sees(Seat::Mash, case, &["identity", "concern"], &["monitoring", "health", "police"])?;
    t.step(Seat::Coordinator, case, "begin_triage", t.ago(619), json!({"earlierCasesSearched": true}))?;
    let found =
        json!({"findings": "Isolated, and drawn to an online group.", "childConcerned": true, "mashInformed": true});
    t.step(Seat::Coordinator, case, "record_triage", t.ago(619), found)?;
    t.step(
        Seat::Coordinator,
        case,
        "tell_referrer",
        t.ago(618),
        json!({"progress": "progressed", "toldOn": t.ago(618)}),
    )?;
    t.step(Seat::Coordinator, case, "send_to_gateway", t.ago(618), json!({"referralComplete": true}))?;
    let early = json!({"reason": "before the police have answered"});
    t.refused(Seat::Coordinator, case, ("begin_assessment", t.ago(617)), early, "gateway_clear")?;
    let clear = json!({"grounds": "No trace.", "statementForOthers": "Nothing stands in the way of Channel."});
    t.step(Seat::PoliceCt, case, "gateway_clear", t.ago(615), clear)?;
    t.step(
        Seat::Coordinator,
        case,
        "begin_assessment",
        t.ago(614),
        json!({"reason": "A need that support may meet."}),
    )?;
    Ok(ids)
}

/// Health is asked, says that it knows him, and writes for the others what they need; its detail stays with it.
fn partners_answer(t: &mut Telling<'_>, ids: &Ids) -> Result<(), StoryFailed> {
    let case = &ids.case;
    t.send("a case nobody let health into", Seat::Health, ("GET", &format!("/cases/{case}")), None, &[], 404)?;
    let question = json!({"agency": ids.health, "question": "Is he known to child mental health services?",
        "necessity": "His support must fit what he is already offered.", "askedOn": t.ago(614), "due": t.ago(604)});
    let asked =
        t.post("ask health", Seat::Coordinator, &format!("/cases/{case}/information-requests"), &question, 201)?;
    let request = t.needed("ask health", &asked, "/id")?;
    t.sees(Seat::Health, case, &["identity", "contact"], &["concern", "ideology", "assessment"])?;
    let reply = json!({"answer": {"reply": "known", "repliedOn": t.ago(608), "text": "Known; a summary follows."}});
    t.post(
        "health answers",
        Seat::Health,
        &format!("/cases/{case}/information-requests/{request}/reply"),
        &reply,
        200,
    )?;
    let action = json!({"what": "Write for the panel what it needs to know.", "owner": ids.health,
        "agreedOn": t.ago(608), "due": t.ago(600)});
    let agreed = t.post("an action for health", Seat::Coordinator, &format!("/cases/{case}/actions"), &action, 201)?;
    let action = t.needed("an action for health", &agreed, "/id")?;
    let detail =
        json!({"diagnoses": "Autism spectrum condition, diagnosed at nine.", "leadProfessional": "Dr Leocadia Brandt"});
    t.amend(Seat::Health, case, "health", &detail)?;
    let release = json!({"release": {
        "summary": "He is supported by our service. New people and changed plans distress him; tell him beforehand.",
        "recipients": ["council", "police"], "purpose": "So that support is offered in a way he can take.",
        "lawfulBasis": ["public_task", "safeguarding"], "necessity": "How to meet him, and nothing of treatment.",
        "consent": {"sought": true, "given": "yes"}, "writtenOn": t.ago(606)}});
    t.post("health releases", Seat::Health, &format!("/cases/{case}/releases/health_summary"), &release, 200)?;
    let done = json!({"status": "done", "done": t.ago(606)});
    t.post("health is done", Seat::Health, &format!("/cases/{case}/actions/{action}/done"), &done, 200)?;
    t.send("health's part has ended", Seat::Health, ("GET", &format!("/cases/{case}")), None, &[], 404)?;
    t.sees(Seat::Coordinator, case, &["health_summary"], &["health", "police", "social_care", "education"])?;
    Ok(())
}

fn assessed(t: &mut Telling<'_>, ids: &Ids) -> Result<(), StoryFailed> {
    let case = &ids.case;
    let grounds = json!({"grounds": "Repeated praise of an attack and contact with a group that recruits.", "supervisor": "Greta Lindqvist-Shah"});
    t.step(Seat::PoliceCt, case, "section36_decide", t.ago(605), grounds)?;
    let vaf = forms::vaf(
        &[
            ("grievance", "Bullied for two years and told nobody.", None),
            ("group_influence", "Invited to a private server by an adult.", Some("police")),
            ("identity_and_belonging", "The group is where he is not alone.", None),
        ],
        "Engaged, without intent or capability. Support is likely to help.",
    );
    t.step(Seat::PoliceCt, case, "record_assessment", t.ago(603), vaf)?;
    t.refused(
        Seat::PoliceCt,
        case,
        ("countersign_assessment", t.ago(602)),
        json!({"agreed": true}),
        "other_than_author",
    )?;
    t.step(Seat::PoliceCtSupervisor, case, "countersign_assessment", t.ago(602), json!({"agreed": true}))?;
    t.step(
        Seat::Coordinator,
        case,
        "write_plan",
        t.ago(601),
        forms::plan("practical_mentoring", "Waymark Mentoring", None),
    )?;
    t.send("not listed yet", Seat::Chair, ("GET", &format!("/cases/{case}")), None, &[], 404)?;
    t.step(Seat::Coordinator, case, "list_for_panel", t.ago(601), json!({"meetingDate": t.ago(595)}))?;
    invite_the_school(t, case)
}

/// The head comes for this one pupil: identity and safety, and the outcome of the item.
fn invite_the_school(t: &mut Telling<'_>, case: &str) -> Result<(), StoryFailed> {
    let me = t.get("who the guest is", Seat::Guest, "/me")?;
    let guest = t.needed("who the guest is", &me, "/person")?;
    let invitation = json!({"person": guest, "from": t.today, "to": t.ahead(28)});
    t.post("invite the head", Seat::Coordinator, &format!("/cases/{case}/listings"), &invitation, 201)?;
    t.sees(Seat::Guest, case, &["identity"], &["concern", "contact", "assessment", "health_summary"])?;
    Ok(())
}

fn adopted(t: &mut Telling<'_>, ids: &Ids) -> Result<(), StoryFailed> {
    let case = &ids.case;
    t.sees(
        Seat::Chair,
        case,
        &["identity", "assessment", "plan", "health_summary"],
        &["health", "police", "monitoring"],
    )?;
    let on = t.ago(595);
    let adopt = forms::decision_with_review(&ids.council, "Support is likely to draw him away.", t.ago(567));
    let alone = t.meets(case, on, &[(Seat::Chair, "chair"), (Seat::SocialCare, "member")])?;
    t.refused(Seat::Chair, case, ("adopt", on), at_meeting(adopt.clone(), &alone), "quorate")?;
    let nothing = json!({"outcome": "held_over", "reason": "No police at the table."});
    let agenda = t.get("read the agenda", Seat::Chair, &format!("/meetings/{alone}/agenda"))?;
    let item = t.needed("read the agenda", &agenda, "/items/0/item")?;
    let path = format!("/meetings/{alone}/items/{item}/outcome");
    t.post("hold it over", Seat::Chair, &path, &nothing, 204)?;
    t.meeting_step(&alone, "close")?;
    t.decides(case, "adopt", on, adopt)?;
    let asked = json!({"askedBy": "Niamh Castellano", "how": "in_person", "result": "thinking_it_over"});
    t.step(Seat::Coordinator, case, "ask_consent", t.ago(592), asked)?;
    let given = json!({"givenBy": "parent", "giverName": "Eleni Vasilakis", "capacity": "Understood it, and was free to refuse.",
        "childsView": "He would like somebody to talk to.", "scope": ["mentoring"], "form": "written", "takenBy": "Niamh Castellano"});
    t.step(Seat::Coordinator, case, "give_consent", t.ago(588), given)?;
    t.step(Seat::Coordinator, case, "start_intervention", t.ago(587), json!({}))?;
    Ok(())
}

fn supported(t: &mut Telling<'_>, ids: &Ids) -> Result<String, StoryFailed> {
    let case = &ids.case;
    // The provider's sight of the case ends with the commission: it is ended when the case is left, not by its last day.
    let offer = json!({"provider": ids.provider, "brief": "Meets people online who use him. Likes maps and trains.",
        "objectives": ["One friend offline", "Sees what the group wants of him"], "sessionsPlanned": 3,
        "from": t.ago(586), "to": t.ahead(60)});
    let offered = t.step(Seat::Coordinator, case, "commission", t.ago(586), offer)?;
    let commission = offered.first().cloned().ok_or_else(|| t.failed("commission", "a record", "none"))?;
    t.send("offered, not accepted", Seat::Provider, ("GET", &format!("/cases/{case}")), None, &[], 403)?;
    let accepted = json!({"commission": commission, "briefRead": true});
    t.step(Seat::Provider, case, "accept_commission", t.ago(583), accepted)?;
    t.sees(
        Seat::Provider,
        case,
        &["identity", "brief"],
        &["concern", "health_summary", "assessment", "panel", "consent"],
    )?;
    for (days, report) in
        [(575, "We walked the old railway. He talked."), (561, "He showed me the server."), (540, "He has left it.")]
    {
        t.step(
            Seat::Provider,
            case,
            "log_session",
            t.ago(days),
            session(&commission, "held", t.ago(days), Some(report)),
        )?;
    }
    t.step(Seat::Provider, case, "log_session", t.ago(530), session(&commission, "missed", t.ago(530), None))?;
    let remain = forms::decision_with_review(&ids.council, "It helps; go on.", t.ago(430));
    t.decides(case, "remain", t.ago(520), remain)?;
    Ok(commission)
}

fn session(commission: &str, status: &str, on: chrono::NaiveDate, report: Option<&str>) -> Value {
    let mut form = json!({"commission": commission, "status": status, "sessionOn": on});
    forms::put(&mut form, "", "report", report.map(Value::from));
    form
}

fn left(t: &mut Telling<'_>, ids: &Ids, commission: &str) -> Result<(), StoryFailed> {
    let case = &ids.case;
    let on = t.ago(EXIT);
    let exit = forms::exit("concerns_resolved", "The group has no hold on him any more.");
    let early = t.meets(case, on, &QUORUM)?;
    t.refused(Seat::Chair, case, ("exit", on), at_meeting(exit.clone(), &early), "assessment_current")?;
    let vaf =
        forms::vaf(&[("grievance", "Still hurt by the bullying, and has people to tell.", None)], "No longer engaged.");
    t.step(Seat::PoliceCt, case, "record_assessment", t.ago(EXIT + 20), vaf)?;
    t.step(Seat::Deputy, case, "countersign_assessment", t.ago(EXIT + 18), json!({"agreed": true}))?;
    // Written down after that meeting began, it is nothing that meeting can rest on.
    t.refused(Seat::Chair, case, ("exit", on), at_meeting(exit.clone(), &early), "assessed_before")?;
    t.decides(case, "exit", on, exit)?;
    t.step(
        Seat::Coordinator,
        case,
        "end_commission",
        t.ago(EXIT - 1),
        json!({"commission": commission, "reason": "The work is done."}),
    )?;
    t.send("the commission has ended", Seat::Provider, ("GET", &format!("/cases/{case}")), None, &[], 404)?;
    let review = |month: u32| json!({"month": month, "findings": "Settled; in a band.", "newConcern": false});
    let soon = t.ago(EXIT - 60);
    t.refused(Seat::Coordinator, case, ("post_exit_review", soon), review(6), "review_is_next")?;
    t.step(Seat::Coordinator, case, "post_exit_review", t.ago(EXIT - 183), review(6))?;
    t.step(Seat::Coordinator, case, "post_exit_review", t.ago(EXIT - 365), review(12))?;
    let enough = forms::decision("Nothing more is needed.");
    t.decides(case, "post_exit_no_further_action", t.ago(30), enough)?;
    t.step(Seat::Coordinator, case, "tell_referrer", t.ago(29), json!({"progress": "closed", "toldOn": t.ago(29)}))?;
    let close = json!({"outcome": "completed", "reason": "Both reviews held.", "report": "Left the group; back among friends."});
    t.step(Seat::Coordinator, case, "close", t.ago(28), close)?;
    t.send("closed", Seat::Coordinator, ("GET", &format!("/cases/{case}")), None, &[], 404)?;
    let referral = t.told.referrals.first().cloned().unwrap_or_default();
    let told = t.get("what the school is told", Seat::School, &format!("/referrals/{referral}"))?;
    if super::telling::text(&told, "/status").as_deref() == Some("closed") {
        Ok(())
    } else {
        Err(t.failed("what the school is told", "closed", "another word"))
    }
}
