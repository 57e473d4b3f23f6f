//! The forms that several stories fill in: referral, assessment, decision, consent, plan.
//! Every name, number and address is invented; telephone numbers are Ofcom's for drama.

use crate::casework::content::template::Template;
use chrono::NaiveDate;
use serde_json::{Value, json};

/// A person as a referrer describes them.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    pub forenames: &'a str,
    pub surname: &'a str,
    /// The name in another script or spelling.
    pub alias: &'a str,
    pub born: NaiveDate,
    pub postcode: &'a str,
    pub phone: &'a str,
}

impl std::fmt::Debug for Person<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person")
    }
}

/// Who refers, from which sector.
#[derive(Debug, Clone, Copy)]
pub struct Referrer<'a> {
    pub sector: &'a str,
    /// For the sector education alone.
    pub phase: Option<&'a str>,
    pub organisation: &'a str,
    pub name: &'a str,
    pub relationship: &'a str,
    pub channel: &'a str,
}

pub const TEACHER: Referrer<'static> = Referrer {
    sector: "education",
    phase: Some("secondary"),
    organisation: "Alder Lane School",
    name: "Imogen Tresillian",
    relationship: "teacher_or_tutor",
    channel: "web",
};

pub const OFFICER: Referrer<'static> = Referrer {
    sector: "police",
    phase: None,
    organisation: "Fenshire Police",
    name: "Callum Oyelaran",
    relationship: "police_officer",
    channel: "police_system",
};

/// The whole form.
pub fn referral(person: &Person<'_>, referrer: &Referrer<'_>, made: NaiveDate, concern: &str, what: &str) -> Value {
    let mut form = json!({
        "header": {"channel": referrer.channel, "marking": "official_sensitive", "urgency": "routine", "notAnEmergency": true},
        "people": [{
            "identity": {"forenames": person.forenames, "surname": person.surname, "dateOfBirth": person.born},
            "contact": {
                "addresses": [{"lines": ["14 Sedge Row", "Brackenmere"], "postcode": person.postcode, "current": true}],
                "phones": [person.phone],
            },
            "safety": {"personAware": "not_told", "knownToBeViolent": "no"},
        }],
        "concern": {"whatHappened": what},
        "ideology": {"typeOfConcern": concern},
        "safeguarding": {"considered": true, "outcome": "Discussed with the safeguarding lead.", "otherChildrenInHousehold": "not_known"},
        "referrer": {
            "confidential": false,
            "sector": referrer.sector,
            "organisation": referrer.organisation,
            "referredBy": {"name": referrer.name, "relationship": referrer.relationship},
        },
        "dates": {"referralMade": made},
        "attestation": {"nothingAboveOfficial": true, "nothingFromIntelligenceServices": true},
    });
    put(&mut form, "/people/0/identity", "aliases", (!person.alias.is_empty()).then(|| json!([person.alias])));
    put(&mut form, "/referrer", "educationPhase", referrer.phase.map(Value::from));
    form
}

/// Adds a field where there is something to add.
pub fn put(form: &mut Value, at: &str, field: &str, value: Option<Value>) {
    if let (Some(Value::Object(map)), Some(value)) = (form.pointer_mut(at), value) {
        map.insert(field.to_owned(), value);
    }
}

/// A whole assessment by VAF-2012; `evidence` are (factor, text, source category) of what is present.
pub fn vaf(evidence: &[(&str, &str, Option<&str>)], conclusion: &str) -> Value {
    let factors = Template::vaf_2012().map(|template| template.factors).unwrap_or_default();
    let rated = factors.iter().map(|factor| {
        let found = evidence.iter().filter(|(code, _, _)| *code == factor.code);
        let items: Vec<Value> =
            found.map(|(_, text, source)| json!({"text": text, "sourceCategory": source})).collect();
        let rating = if items.is_empty() { "not_present" } else { "partly_present" };
        json!({"factor": factor.code, "rating": rating, "evidence": items})
    });
    let rated: Vec<Value> = rated.collect();
    json!({"full": {"template": "vaf-2012", "templateVersion": 1, "factors": rated, "conclusion": conclusion}})
}

/// An assessment that the police hold in their own system.
pub fn held_elsewhere(on: NaiveDate, conclusion: &str) -> Value {
    json!({"heldElsewhere": {"system": "PCMT", "reference": "demo-0000", "framework": "PAF", "date": on,
        "author": "Callum Oyelaran", "countersigned": true, "conclusion": conclusion}})
}

/// A decision, but for the meeting it stands on.
pub fn decision(reason: &str) -> Value {
    json!({
        "extentOfConcern": "Set out in the assessment before the panel.",
        "suitableSupport": "Set out in the plan before the panel.",
        "reason": reason,
    })
}

/// That somebody leaves, and why (list `exit_reason`).
pub fn exit(why: &str, reason: &str) -> Value {
    let mut form = decision(reason);
    put(&mut form, "", "exitReason", Some(json!(why)));
    form
}

/// That nothing more is tried where consent was not given.
pub fn concluded(reason: &str, care: &str) -> Value {
    let mut form = decision(reason);
    put(&mut form, "", "careConsidered", Some(json!({"referred": false, "reason": care})));
    form
}

/// The same as a decision, with who carries the risk and when the panel looks again.
pub fn decision_with_review(council: &str, reason: &str, next: NaiveDate) -> Value {
    let mut form = decision(reason);
    put(&mut form, "", "riskOwner", Some(json!(council)));
    put(&mut form, "", "nextReview", Some(json!(next)));
    form
}

/// A plan of one kind of support; an agency that is named has a part in the case by it.
pub fn plan(nature: &str, by: &str, agency: Option<&str>) -> Value {
    let mut plan = json!({
        "consentRequest": {"how": "in person, at home", "when": "within a week of the panel", "byWhom": "the coordinator"},
        "support": [{"nature": nature, "providedBy": by, "howAndWhen": "weekly for three months"}],
    });
    put(&mut plan, "/support/0", "agencyId", agency.map(Value::from));
    plan
}

/// Who told the council what it keys for them.
pub fn told_by(agency: &str, id: Option<&str>, person: &str, on: NaiveDate) -> Value {
    let mut form = json!({"agency": agency, "person": person, "how": "phone", "when": on});
    put(&mut form, "", "agencyId", id.map(Value::from));
    form
}
