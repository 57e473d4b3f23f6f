//! Why somebody is worried: the referrer's narrative, which other agencies are about, and whether safeguarding was thought of.
//! The narrative is the referrer's own words: nothing here may shorten, tidy or translate it.

use crate::casework::fields::{Content, Context, EMAIL, Field, PHONE, Span};
use crate::casework::fields::{code, content, day, flag, form, line, name, plain, stated, text};
use crate::error::Violations;
use chrono::NaiveDate;

content! {
    /// The narrative, in the order in which the department's guidance asks it of schools.
    pub struct Narrative {
        /// What has made you concerned, and how you came to know of it. Required.
        #[schema(required = true, nullable = false)]
        what_happened: Option<String> => text(20_000).required().as_sent(),
        /// One event that brought it about, if there was one.
        specific_event: Option<String> => text(10_000).as_sent(),
        changes_noticed: Option<String> => text(10_000).as_sent(),
        threats: Option<Threats> => form(Threats::FIELDS).as_sent(),
        online_activity: Option<String> => text(10_000).as_sent(),
        /// How the phone, device or internet use came to light.
        how_online_activity_was_found: Option<String> => text(5_000).as_sent(),
        additional_needs: Option<String> => text(5_000).as_sent(),
        other_safeguarding_concerns: Option<String> => text(10_000).as_sent(),
        discussed_with_person: Option<String> => text(5_000).as_sent(),
        discussed_with_parents: Option<String> => text(5_000).as_sent(),
        parental_support: Option<String> => text(5_000).as_sent(),
        what_may_happen_if_nothing_is_done: Option<String> => text(5_000).as_sent(),
        strengths_and_protective_factors: Option<String> => text(5_000).as_sent(),
        other_information: Option<String> => text(10_000).as_sent(),
    }

    pub struct Threats {
        to_whom: Option<String> => text(1_000),
        /// Required, if threats are told of at all.
        #[schema(required = true, nullable = false)]
        what_was_said: Option<String> => text(5_000).required(),
        #[schema(value_type = Option<String>, format = Date)]
        when: Option<NaiveDate> => day(Span::Past),
    }

    /// Category `ideology`.
    pub struct Ideology {
        /// List `type_of_concern`, as it stood on the day of the referral. A referrer need not choose one.
        type_of_concern: Option<String> => code("type_of_concern"),
        /// List `type_of_concern_barnet_2018`: for keying earlier local records.
        local_type_of_concern: Option<String> => code("type_of_concern_barnet_2018"),
        /// Interest in hate crime, extremism or terrorism, school attackers or mass attacks.
        sympathetic_interest: Option<String> => text(10_000),
        /// Contacts with groups or people: who, how, how often.
        groups_and_contacts: Option<String> => text(10_000),
        symbols_and_material: Option<String> => text(5_000),
    }

    pub struct OtherAgency {
        /// Required.
        #[schema(required = true, nullable = false)]
        agency: Option<String> => line(200).required(),
        worker: Option<String> => name(),
        phone: Option<String> => PHONE,
        email: Option<String> => EMAIL,
        involvement: Option<String> => text(1_000),
    }

    pub struct Safeguarding {
        /// Whether an ordinary safeguarding referral was considered or made. Required.
        #[schema(required = true, nullable = false)]
        considered: Option<bool> => flag().required().as_sent(),
        outcome: Option<String> => text(2_000).as_sent(),
        /// What might happen if the person or family learnt of this referral.
        risk_if_told: Option<String> => text(2_000).as_sent(),
        /// List `yes_no_unknown`; "yes" brings in the MASH. Required.
        #[schema(required = true, nullable = false)]
        other_children_in_household: Option<String> => code("yes_no_unknown").required().as_sent(),
        other_children: Vec<Child> => form(Child::FIELDS).most(20).as_sent(),
    }

    pub struct Child {
        name: Option<String> => name(),
        #[schema(value_type = Option<String>, format = Date)]
        date_of_birth: Option<NaiveDate> => day(Span::Birth),
        /// List `relationship_to_person`.
        relationship: Option<String> => code("relationship_to_person"),
        school: Option<String> => line(200),
    }

    pub struct Dates {
        #[schema(value_type = Option<String>, format = Date)]
        concern_arose: Option<NaiveDate> => day(Span::Past).as_sent(),
        /// Required; its day decides which code lists apply.
        #[schema(value_type = String, format = Date, required = true)]
        referral_made: Option<NaiveDate> => day(Span::Done).required().as_sent(),
        /// When the referrer last saw the person.
        #[schema(value_type = Option<String>, format = Date)]
        last_seen: Option<NaiveDate> => day(Span::Past).as_sent(),
    }

    pub struct Header {
        /// List `channel`. Required.
        #[schema(required = true, nullable = false)]
        channel: Option<String> => code("channel").required().as_sent(),
        /// List `marking`. Required.
        #[schema(required = true, nullable = false)]
        marking: Option<String> => code("marking").required().as_sent(),
        /// Required with the marking that names one.
        handling_instruction: Option<String> => text(500).as_sent(),
        /// List `urgency`. Required.
        #[schema(required = true, nullable = false)]
        urgency: Option<String> => code("urgency").required().as_sent(),
        /// Required, and must be true.
        #[schema(required = true, nullable = false)]
        not_an_emergency: Option<bool> => stated("Confirm that nobody is in immediate danger. If somebody is, ring 999 first and refer afterwards.").required().as_sent(),
    }

    /// CTSA 2015 s.38(5): nothing held by or derived from the intelligence services may come this way.
    pub struct Attestation {
        /// Required, and must be true.
        #[schema(required = true, nullable = false)]
        nothing_above_official: Option<bool> => stated("Confirm that nothing in this referral is marked above OFFICIAL. If something is, do not send it here; speak to the police.").required().as_sent(),
        /// Required, and must be true.
        #[schema(required = true, nullable = false)]
        nothing_from_intelligence_services: Option<bool> => stated("Confirm that nothing in this referral was held by, or comes from, the intelligence services. If something does, do not send it here; speak to the police.").required().as_sent(),
    }
}

plain!(Narrative, Threats, Ideology, OtherAgency, Child, Attestation);

impl Content for Safeguarding {
    const FIELDS: &'static [Field] = Safeguarding::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        if !self.other_children.is_empty() && self.other_children_in_household.as_deref().is_some_and(|a| a != "yes") {
            violations.add(
                format!("{at}/otherChildrenInHousehold"),
                "children_listed",
                "Children are listed, so this must be \"yes\".",
            );
        }
    }
}

impl Content for Dates {
    const FIELDS: &'static [Field] = Dates::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        let Some(made) = self.referral_made else {
            return;
        };
        if self.concern_arose.is_some_and(|day| day > made) {
            violations.add(
                format!("{at}/concernArose"),
                "after_referral",
                "The concern cannot have arisen after the referral was made.",
            );
        }
        if self.last_seen.is_some_and(|day| day > made) {
            violations.add(
                format!("{at}/lastSeen"),
                "after_referral",
                "The person cannot have been last seen after the referral was made.",
            );
        }
    }
}

impl Content for Header {
    const FIELDS: &'static [Field] = Header::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        let named = self.marking.as_deref() == Some("official_sensitive_handling");
        if named && self.handling_instruction.is_none() {
            violations.add(
                format!("{at}/handlingInstruction"),
                "missing",
                "The marking names a handling instruction; write it here.",
            );
        }
        if !named && self.marking.is_some() && self.handling_instruction.is_some() {
            violations.add(
                format!("{at}/marking"),
                "needs_handling",
                "There is a handling instruction, so choose the marking \"official_sensitive_handling\".",
            );
        }
    }
}
