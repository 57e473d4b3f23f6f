//! The body of every category of which a case holds one, and how a reader with the right amends it.
//! An amendment must never write a withheld marker back, touch the referrer's own words, or make a summary.

use super::category::Category;
use super::fields::{
    self, Content, Context, EMAIL, Field, NHS_NUMBER, PHONE, Span, code, content, day, flag, form as group, line,
    plain, text,
};
use super::form;
use super::ids::AgencyId;
use super::intake::concern::{Attestation, Dates, Header, Ideology, OtherAgency, Safeguarding, Threats};
use super::intake::individual::{Answer, Contact, Identity, Monitoring, Safety};
use super::intake::on_behalf::OnBehalfOf;
use super::intake::referrer::{Referrer, Reporter};
use crate::error::{Kind, Problem, Violations};
use chrono::NaiveDate;
use serde_json::{Map, Value};

content! {
    /// Category `source`: the referrer of a confidential referral.
    pub struct Source {
        confidential: Option<bool> => flag().as_sent(),
        /// List `sector`.
        sector: Option<String> => code("sector"),
        /// List `education_phase`.
        education_phase: Option<String> => code("education_phase"),
        organisation: Option<String> => line(200),
        sender_reference: Option<String> => line(100),
        front_door: Option<String> => line(100),
        referred_by: Option<Reporter> => group(Reporter::FIELDS),
        identified_by: Option<Reporter> => group(Reporter::FIELDS),
        safeguarding_lead: Option<Reporter> => group(Reporter::FIELDS),
        safeguarding_lead_consulted: Option<bool> => flag(),
        on_behalf_of: Option<OnBehalfOf> => group(OnBehalfOf::FIELDS).as_sent(),
        /// How the source may be approached, and by whom.
        handling: Option<String> => text(2_000),
    }

    /// Category `concern`: the referrer's words as sent, and what is added to them.
    pub struct Concern {
        what_happened: Option<String> => text(20_000).as_sent(),
        specific_event: Option<String> => text(10_000).as_sent(),
        changes_noticed: Option<String> => text(10_000).as_sent(),
        threats: Option<Threats> => group(Threats::FIELDS).as_sent(),
        online_activity: Option<String> => text(10_000).as_sent(),
        how_online_activity_was_found: Option<String> => text(5_000).as_sent(),
        additional_needs: Option<String> => text(5_000).as_sent(),
        other_safeguarding_concerns: Option<String> => text(10_000).as_sent(),
        discussed_with_person: Option<String> => text(5_000).as_sent(),
        discussed_with_parents: Option<String> => text(5_000).as_sent(),
        parental_support: Option<String> => text(5_000).as_sent(),
        what_may_happen_if_nothing_is_done: Option<String> => text(5_000).as_sent(),
        strengths_and_protective_factors: Option<String> => text(5_000).as_sent(),
        other_information: Option<String> => text(10_000).as_sent(),
        header: Option<Header> => group(Header::FIELDS).as_sent(),
        dates: Option<Dates> => group(Dates::FIELDS).as_sent(),
        safeguarding: Option<Safeguarding> => group(Safeguarding::FIELDS).as_sent(),
        attestation: Option<Attestation> => group(Attestation::FIELDS).as_sent(),
        /// The referrer, where the source is not confidential.
        referrer: Option<Referrer> => group(Referrer::FIELDS).as_sent(),
        other_agencies: Vec<OtherAgency> => group(OtherAgency::FIELDS).most(20),
        /// List `complex_need`.
        complex_needs: Vec<String> => code("complex_need").most(30),
        /// List `contributory_factor`.
        contributory_factors: Vec<String> => code("contributory_factor").most(20),
        /// What has been learnt since the referral.
        further_information: Option<String> => text(20_000),
    }

    /// Category `social_care`: the detail of social care.
    pub struct SocialCare {
        case_reference: Option<String> => line(60),
        worker: Option<String> => fields::name(),
        worker_phone: Option<String> => PHONE,
        worker_email: Option<String> => EMAIL,
        /// For example: child in need, child protection plan, looked after, Care Act assessment.
        legal_status: Option<String> => line(200),
        history: Option<String> => text(20_000),
        current_involvement: Option<String> => text(10_000),
        household: Option<String> => text(5_000),
        mental_capacity: Option<String> => text(5_000),
        risks: Option<String> => text(10_000),
    }

    /// Category `health`: the detail of health.
    pub struct Health {
        nhs_number: Option<String> => NHS_NUMBER,
        gp_practice: Option<String> => line(200),
        /// What the referrer said of it.
        condition: Option<Answer> => group(Answer::FIELDS),
        diagnoses: Option<String> => text(10_000),
        medication: Option<String> => text(5_000),
        services_involved: Option<String> => text(10_000),
        mental_health_act_status: Option<String> => line(200),
        risk_to_self_or_others: Option<String> => text(10_000),
        lead_professional: Option<String> => fields::name(),
        lead_professional_phone: Option<String> => PHONE,
        history: Option<String> => text(20_000),
    }

    /// Category `education`: the detail of education.
    pub struct Education {
        unique_pupil_number: Option<String> => line(20),
        attendance: Option<String> => text(2_000),
        exclusions: Option<String> => text(2_000),
        attainment: Option<String> => text(2_000),
        /// Education, health and care plan or SEN support.
        special_needs: Option<String> => text(5_000),
        behaviour: Option<String> => text(10_000),
        safeguarding_file: Option<String> => text(10_000),
        school_contact: Option<String> => fields::name(),
        school_contact_phone: Option<String> => PHONE,
        school_contact_email: Option<String> => EMAIL,
    }

    /// Category `police`: the detail of the police. Nothing above OFFICIAL.
    pub struct Police {
        police_reference: Option<String> => line(60),
        case_officer: Option<String> => fields::name(),
        case_officer_phone: Option<String> => PHONE,
        case_officer_email: Option<String> => EMAIL,
        offending_history: Option<String> => text(20_000),
        intelligence_at_official: Option<String> => text(20_000),
        bail_or_licence_conditions: Option<String> => text(5_000),
        associates: Option<String> => text(10_000),
        /// For example: no contact until told otherwise.
        handling_instruction: Option<String> => text(2_000),
    }

    /// Category `plan` (CTSA 2015 s.36(5)): how consent is asked, what support, by whom, how and when.
    pub struct Plan {
        objectives: Vec<String> => text(1_000).most(20),
        /// How, when and by whom consent is to be asked: s.36(5)(a).
        consent_request: Option<String> => text(2_000),
        parts: Vec<PlanPart> => group(PlanPart::FIELDS).most(30),
        /// What the plan does about each risk, and who owns it.
        risk_management: Option<String> => text(10_000),
        contingency: Option<String> => text(5_000),
        #[schema(value_type = Option<String>, format = Date)]
        next_review: Option<NaiveDate> => day(Span::Planned),
    }

    /// One kind of support: s.36(5)(b) to (d).
    pub struct PlanPart {
        /// List `support_type`. Required.
        #[schema(required = true, nullable = false)]
        support: Option<String> => code("support_type").required(),
        /// What is to be reached.
        aim: Option<String> => text(1_000),
        /// Who provides it. Required.
        #[schema(required = true, nullable = false)]
        provided_by: Option<String> => line(200).required(),
        /// The agency in this service, where it has been set up: its part in the plan is what lets it see the case.
        #[schema(value_type = Option<String>, format = "uuid")]
        agency_id: Option<AgencyId> => fields::ID,
        /// How and how often. Required.
        #[schema(required = true, nullable = false)]
        how: Option<String> => text(1_000).required(),
        #[schema(value_type = Option<String>, format = Date)]
        from: Option<NaiveDate> => day(Span::Planned),
        #[schema(value_type = Option<String>, format = Date)]
        to: Option<NaiveDate> => day(Span::Planned),
        /// List `support_progress`.
        progress: Option<String> => code("support_progress"),
    }
}

plain!(Source, Concern, SocialCare, Education, Police);

impl Content for Health {
    const FIELDS: &'static [Field] = Health::FIELDS;

    fn relate(&self, at: &str, context: &Context, violations: &mut Violations) {
        if let Some(answer) = &self.condition {
            answer.relate(&format!("{at}/condition"), context, violations);
        }
    }
}

impl Content for Plan {
    const FIELDS: &'static [Field] = Plan::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        for (n, part) in self.parts.iter().take(30).enumerate() {
            if let (Some(from), Some(to)) = (part.from, part.to)
                && to < from
            {
                violations.add(
                    format!("{at}/parts/{n}/to"),
                    "before_start",
                    "This part of the plan ends before it begins.",
                );
            }
        }
    }
}

/// The fields of a category that can be amended; none where it cannot: records are appended, summaries released.
pub fn fields_of(category: Category) -> Option<&'static [Field]> {
    Some(match category {
        Category::Identity => Identity::FIELDS,
        Category::Contact => Contact::FIELDS,
        Category::Source => Source::FIELDS,
        Category::Concern => Concern::FIELDS,
        Category::Ideology => Ideology::FIELDS,
        Category::Monitoring => Monitoring::FIELDS,
        Category::SocialCare => SocialCare::FIELDS,
        Category::Health => Health::FIELDS,
        Category::Education => Education::FIELDS,
        Category::Police => Police::FIELDS,
        Category::Plan => Plan::FIELDS,
        Category::Safety => Safety::FIELDS,
        _ => return None,
    })
}

/// Applies a JSON merge patch (RFC 7396) to the whole of a category and gives back its new whole.
///
/// # Errors
/// `withheld-marker` where a marker stands anywhere in the patch; `invalid` naming each broken rule by its pointer in
/// the patch (an unknown field, the referrer's words, a value that breaks its field's rule); `not-allowed` for a
/// summary (it is released) and `conflict` for a category of many records (they are appended).
pub fn amend(
    category: Category,
    current: &Map<String, Value>,
    patch: &Value,
    context: &Context,
) -> Result<Map<String, Value>, Problem> {
    if let Some(pointer) = marker_in(patch, "") {
        return Err(Problem::field(
            Kind::WithheldMarker,
            &pointer,
            "withheld_marker",
            "This was withheld from you; leave the field out of the change.",
        ));
    }
    let Some(known) = fields_of(category) else {
        return Err(not_amendable(category));
    };
    let Value::Object(changes) = patch else {
        return Err(Problem::field(Kind::Invalid, "", "wrong_type", "Send an object with the fields to change."));
    };
    if changes.is_empty() {
        return Err(Problem::field(Kind::Invalid, "", "nothing_to_change", "Name at least one field to change."));
    }
    refuse_as_sent(known, changes)?;
    // What a step of the table laid beside the form (police's answers and instructions) stands as it was said.
    let (own, kept): (Map<_, _>, Map<_, _>) =
        current.clone().into_iter().partition(|(key, _)| known.iter().any(|field| field.wire_name() == *key));
    let mut merged = Value::Object(own);
    merge(&mut merged, patch);
    let mut amended = amended(category, &merged, changes, context)?;
    amended.extend(kept);
    Ok(amended)
}

fn amended(
    category: Category,
    merged: &Value,
    changes: &Map<String, Value>,
    context: &Context,
) -> Result<Map<String, Value>, Problem> {
    match category {
        Category::Identity => whole::<Identity>(merged, changes, context),
        Category::Contact => whole::<Contact>(merged, changes, context),
        Category::Source => whole::<Source>(merged, changes, context),
        Category::Concern => whole::<Concern>(merged, changes, context),
        Category::Ideology => whole::<Ideology>(merged, changes, context),
        Category::Monitoring => whole::<Monitoring>(merged, changes, context),
        Category::SocialCare => whole::<SocialCare>(merged, changes, context),
        Category::Health => whole::<Health>(merged, changes, context),
        Category::Education => whole::<Education>(merged, changes, context),
        Category::Police => whole::<Police>(merged, changes, context),
        Category::Plan => whole::<Plan>(merged, changes, context),
        Category::Safety => whole::<Safety>(merged, changes, context),
        other => Err(not_amendable(other)),
    }
}

fn not_amendable(category: Category) -> Problem {
    if category.is_summary() {
        Problem::field(
            Kind::NotAllowed,
            "",
            "released_only",
            "A summary is written by its agency as a release, not amended.",
        )
    } else {
        Problem::field(Kind::Conflict, "", "appended_only", "These are records: add a new one instead of amending.")
    }
}

/// Anything that calls itself withheld: a client that writes back what it was shown must not blank what it was not.
fn marker_in(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::Object(map) if map.contains_key("withheld") => Some(at.to_owned()),
        Value::Object(map) => map
            .iter()
            .find_map(|(key, inner)| marker_in(inner, &format!("{at}/{}", if is_wire_name(key) { key } else { "*" }))),
        Value::Array(items) => items.iter().enumerate().find_map(|(n, inner)| marker_in(inner, &format!("{at}/{n}"))),
        _ => None,
    }
}

fn is_wire_name(key: &str) -> bool {
    key.len() <= 40 && key.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn refuse_as_sent(known: &'static [Field], changes: &Map<String, Value>) -> Result<(), Problem> {
    let mut violations = Violations::default();
    for field in known.iter().filter(|f| f.rule.as_sent) {
        let key = field.wire_name();
        if changes.contains_key(&key) {
            violations.add(
                format!("/{key}"),
                "as_sent",
                "This is what the referrer sent and never changes; write what is new under furtherInformation.",
            );
        }
    }
    violations.finish()
}

/// RFC 7396: null removes, an object merges, anything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    for (key, change) in changes {
        if change.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// Reads the merged whole as its form and checks what was changed. What stands unchanged was right when it was written:
/// a code that has gone out of use since must not keep a clerk from correcting a telephone number.
fn whole<T: Content + serde::de::DeserializeOwned>(
    merged: &Value,
    changes: &Map<String, Value>,
    context: &Context,
) -> Result<Map<String, Value>, Problem> {
    let body: T = form::parse(merged, "")?;
    let mut violations = Violations::default();
    body.check(context, &mut violations);
    let Err(problem) = violations.finish() else {
        return Ok(body.to_map());
    };
    let fresh: Vec<_> = problem
        .violations
        .into_iter()
        .filter(|v| v.rule != "code_not_in_force" || changes.keys().any(|key| touches(&v.field, key)))
        .collect();
    if fresh.is_empty() { Ok(body.to_map()) } else { Err(Problem::invalid(fresh)) }
}

fn touches(pointer: &str, key: &str) -> bool {
    pointer.strip_prefix('/').is_some_and(|p| p == key || p.strip_prefix(key).is_some_and(|rest| rest.starts_with('/')))
}
