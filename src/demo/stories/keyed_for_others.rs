//! Nobody but the council uses the service: the coordinator keys what a landlord, the hub and the education service say by
//! telephone. What is an agency's own detail cannot be keyed for it.

use super::super::caller::Caller;
use super::super::seats::{Body, Seat};
use super::forms::{self, Person, Referrer};
use super::telling::{StoryFailed, Telling, Told};
use serde_json::json;

const LANDLORD: Referrer<'static> = Referrer {
    sector: "community",
    phase: None,
    organisation: "Reedbank Housing",
    name: "Fergus Nwosu-Pryce",
    relationship: "housing_officer",
    channel: "phone",
};

/// # Errors
/// The first step that went otherwise.
pub fn tell(caller: &mut dyn Caller) -> Result<Told, StoryFailed> {
    let mut t = Telling::begin("keyed-for-others", caller);
    let person = Person {
        forenames: "Ottoline",
        surname: "Bakare",
        alias: "Ọ̀tọ́líìn Bákàrè",
        born: t.ago(11_000),
        postcode: "ZZ7 3GP",
        phone: "020 7946 0677",
    };
    let what = "A caretaker saw posters in the flat and heard shouting about the neighbours' mosque.";
    let mut form = forms::referral(&person, &LANDLORD, t.ago(50), "extreme_right_wing", what);
    let told = forms::told_by("Reedbank Housing", None, "Fergus Nwosu-Pryce", t.ago(50));
    forms::put(&mut form, "/referrer", "onBehalfOf", Some(told));
    let case = t.refer_and_find(Seat::Coordinator, &form)?;
    let (mash, education) = (t.agency(Body::Mash)?, t.agency(Body::Education)?);
    let hub = forms::told_by("Brackenmere Safeguarding Hub", Some(&mash), "Yewande Pargeter", t.ago(48));
    t.step(Seat::Coordinator, &case, "begin_triage", t.ago(49), json!({"earlierCasesSearched": true}))?;
    let found = json!({"findings": "Two children stay at weekends; the hub knows of them.", "childConcerned": true, "mashInformed": true});
    t.step_for(Seat::Coordinator, &case, ("record_triage", t.ago(48)), found, &hub)?;
    education_by_telephone(&mut t, &case, &education)?;
    let onward = json!({"service": "housing", "ownerName": "Reedbank Housing", "due": t.ago(30), "need": "A dispute between neighbours."});
    let made = t.step(Seat::Coordinator, &case, "refer_onward", t.ago(40), onward)?;
    let onward = made.first().cloned().ok_or_else(|| t.failed("refer_onward", "a record", "none"))?;
    let landlord = forms::told_by("Reedbank Housing", None, "Fergus Nwosu-Pryce", t.ago(35));
    let answer = json!({"onwardReferral": onward, "answer": "accepted", "acknowledgedBy": "Fergus Nwosu-Pryce"});
    t.step_for(Seat::Coordinator, &case, ("acknowledge_onward", t.ago(35)), answer, &landlord)?;
    let close = json!({"outcome": "signposted", "reason": "A dispute, met by mediation.", "advice": "Report threats to the police.",
        "onwardConsidered": "Housing has taken it up."});
    t.step(Seat::Coordinator, &case, "advise_and_close", t.ago(34), close)?;
    Ok(t.told)
}

fn education_by_telephone(t: &mut Telling<'_>, case: &str, education: &str) -> Result<(), StoryFailed> {
    let question = json!({"agency": education, "question": "Are the children at school here?",
        "necessity": "Whether the hub must act.", "askedOn": t.ago(48), "due": t.ago(44)});
    let asked =
        t.post("ask education", Seat::Coordinator, &format!("/cases/{case}/information-requests"), &question, 201)?;
    let request = t.needed("ask education", &asked, "/id")?;
    let said = forms::told_by("Brackenmere Education Service", Some(education), "Owain Mbeki-Rhys", t.ago(46));
    let answer = json!({"reply": "known", "repliedOn": t.ago(46), "text": "Both attend; no concern."});
    let reply = json!({"answer": answer, "onBehalfOf": said});
    let path = format!("/cases/{case}/information-requests/{request}/reply");
    t.send(
        "nobody answers for another unsaid",
        Seat::Coordinator,
        ("POST", &path),
        Some(&json!({"answer": answer})),
        &[],
        403,
    )?;
    t.post("education's answer", Seat::Coordinator, &path, &reply, 200)?;
    let release = json!({"release": {
        "summary": "Both children attend and are well.", "recipients": ["council"], "purpose": "Whether the hub must act.",
        "lawfulBasis": ["public_task"], "necessity": "That they attend, and nothing of their files.",
        "consent": {"sought": false, "whyNot": "It would tell the household of the referral."}, "writtenOn": t.ago(46)},
        "onBehalfOf": said});
    t.post(
        "education's summary",
        Seat::Coordinator,
        &format!("/cases/{case}/releases/education_summary"),
        &release,
        200,
    )?;
    let detail =
        json!({"reason": "agency_update", "fields": {"attendance": "Not for the council to key."}, "onBehalfOf": said});
    let path = format!("/cases/{case}/categories/education");
    t.send(
        "no detail is keyed for an agency",
        Seat::Coordinator,
        ("PATCH", &path),
        Some(&detail),
        &[("if-match", "\"any\"".to_owned())],
        403,
    )?;
    Ok(())
}
