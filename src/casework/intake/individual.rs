//! The person referred: who they are, how to reach them, and what is known of them that only some may know.
//! A field must never sit in two groups: a group is a category, and a category is what a permit opens.

use crate::casework::fields::{COUNTRY, Content, Context, EMAIL, Field, NHS_NUMBER, PHONE, Span, UPRN};
use crate::casework::fields::{code, content, day, flag, form, line, name, number, text};
use crate::error::Violations;
use chrono::{Datelike, NaiveDate};

content! {
    /// One person of a referral. Each group is the beginning of one category of the case.
    pub struct Individual {
        /// Required: at least one name, alias or online handle.
        #[schema(required = true)]
        identity: Identity => form(Identity::FIELDS).required(),
        contact: Contact => form(Contact::FIELDS),
        monitoring: Monitoring => form(Monitoring::FIELDS),
        health: ReferredHealth => form(ReferredHealth::FIELDS),
        police: ReferredPolice => form(ReferredPolice::FIELDS),
        /// List `complex_need`; several may be chosen, and they may overlap.
        complex_needs: Vec<String> => code("complex_need").most(30),
        /// List `contributory_factor`.
        contributory_factors: Vec<String> => code("contributory_factor").most(20),
        safety: Safety => form(Safety::FIELDS),
    }

    /// Category `identity`.
    pub struct Identity {
        /// Given names, in the order and script in which the person uses them.
        forenames: Option<String> => name(),
        surname: Option<String> => name(),
        /// Aliases, former names, other spellings and scripts: each makes a match with an earlier case likelier.
        aliases: Vec<String> => name().most(20),
        #[schema(value_type = Option<String>, format = Date)]
        date_of_birth: Option<NaiveDate> => day(Span::Birth),
        /// In years on the day of the referral, where the date of birth is not known.
        approximate_age: Option<u8> => number(0, 120),
        /// List `age_basis`.
        age_basis: Option<String> => code("age_basis"),
        /// List `sex`.
        sex: Option<String> => code("sex"),
        /// List `gender`.
        gender: Option<String> => code("gender"),
        /// Three-letter codes as in a passport; a person may have several.
        nationalities: Vec<String> => COUNTRY.most(5),
        country_of_birth: Option<String> => COUNTRY,
        /// List `language`.
        first_language: Option<String> => code("language"),
        other_languages: Vec<String> => code("language").most(10),
        interpreter_needed: Option<bool> => flag(),
        online_handles: Vec<OnlineHandle> => form(OnlineHandle::FIELDS).most(20),
        places_of_study_or_work: Vec<Place> => form(Place::FIELDS).most(10),
        /// For a twin, or anybody easily taken for another: how to tell them apart.
        distinguishing_note: Option<String> => text(500),
    }

    pub struct OnlineHandle {
        /// The site, game or app. Required.
        #[schema(required = true, nullable = false)]
        service: Option<String> => line(100).required(),
        /// Required.
        #[schema(required = true, nullable = false)]
        handle: Option<String> => line(200).required(),
    }

    /// A school, college, employer.
    pub struct Place {
        /// List `place_kind`. Required.
        #[schema(required = true, nullable = false)]
        kind: Option<String> => code("place_kind").required(),
        /// Required.
        #[schema(required = true, nullable = false)]
        name: Option<String> => line(200).required(),
        /// The school's unique reference number, where it has one.
        urn: Option<String> => line(20),
        year_group_or_role: Option<String> => line(100),
        #[schema(value_type = Option<String>, format = Date)]
        left_on: Option<NaiveDate> => day(Span::Past),
    }

    /// Category `contact`.
    pub struct Contact {
        addresses: Vec<Address> => form(Address::FIELDS).most(10),
        phones: Vec<String> => PHONE.most(10),
        emails: Vec<String> => EMAIL.most(10),
        guardians: Vec<Guardian> => form(Guardian::FIELDS).most(10),
        /// When, and in what way, the person can safely be reached.
        how_to_reach: Option<String> => text(500),
    }

    pub struct Address {
        #[schema(required = true)]
        lines: Vec<String> => line(100).most(5).required(),
        postcode: Option<String> => line(20),
        uprn: Option<String> => UPRN,
        /// Where the person lives now. Required.
        #[schema(required = true, nullable = false)]
        current: Option<bool> => flag().required(),
        #[schema(value_type = Option<String>, format = Date)]
        from: Option<NaiveDate> => day(Span::Past),
        #[schema(value_type = Option<String>, format = Date)]
        to: Option<NaiveDate> => day(Span::Past),
    }

    pub struct Guardian {
        /// Required.
        #[schema(required = true, nullable = false)]
        name: Option<String> => name().required(),
        /// List `relationship_to_person`. Required.
        #[schema(required = true, nullable = false)]
        relationship: Option<String> => code("relationship_to_person").required(),
        /// Children Act 1989 s.3; list `yes_no_unknown`. Required: consent for a child turns on it.
        #[schema(required = true, nullable = false)]
        parental_responsibility: Option<String> => code("yes_no_unknown").required(),
        phone: Option<String> => PHONE,
        email: Option<String> => EMAIL,
        /// List `language`, where an interpreter would be needed.
        language: Option<String> => code("language"),
        same_household: Option<bool> => flag(),
    }

    /// Category `monitoring`. Each may be left out, and each may say `not_asked`, `refused` or `unknown`.
    pub struct Monitoring {
        ethnicity: Option<String> => code("ethnicity"),
        religion: Option<String> => code("religion"),
        political_opinion: Option<Answer> => form(Answer::FIELDS),
        disability: Option<String> => code("disability"),
        sexual_orientation: Option<String> => code("sexual_orientation"),
        immigration_status: Option<String> => code("immigration_status"),
    }

    /// An answer in words, or why there is none.
    pub struct Answer {
        /// List `answer`. Required.
        #[schema(required = true, nullable = false)]
        answer: Option<String> => code("answer").required(),
        words: Option<String> => text(500),
    }

    /// The beginning of category `health`: nothing of it is shown outside the health agencies.
    pub struct ReferredHealth {
        nhs_number: Option<String> => NHS_NUMBER,
        gp_practice: Option<String> => line(200),
        condition: Option<Answer> => form(Answer::FIELDS),
    }

    /// The beginning of category `police`: nothing of it is shown outside the police.
    pub struct ReferredPolice {
        police_reference: Option<String> => line(60),
    }

    /// Category `safety`: what anybody must know before they visit or write.
    pub struct Safety {
        /// List `awareness`: whether the person or family knows of the referral.
        person_aware: Option<String> => code("awareness"),
        visit_alert: Option<String> => text(1_000),
        known_to_be_violent: Option<String> => code("yes_no_unknown"),
        /// For example: only in pairs, not at home, not after dark.
        precautions: Option<String> => text(1_000),
        animals_at_address: Option<String> => line(200),
    }
}

super::super::fields::plain!(
    OnlineHandle,
    Place,
    Contact,
    Guardian,
    Monitoring,
    ReferredHealth,
    ReferredPolice,
    Safety
);

impl Content for Address {
    const FIELDS: &'static [Field] = Address::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to < from
        {
            violations.add(format!("{at}/to"), "before_start", "The day they left is before the day they came.");
        }
    }
}

impl Content for Answer {
    const FIELDS: &'static [Field] = Answer::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        let given = self.answer.as_deref() == Some("given");
        if given != self.words.is_some() && self.answer.is_some() {
            violations.add(
                format!("{at}/words"),
                "words_with_given",
                "Write the words if the answer was given, and only then.",
            );
        }
    }
}

impl Identity {
    /// Years completed on that day; somebody born on 29 February has their birthday on 1 March in common years.
    pub fn age_on(&self, day: NaiveDate) -> Option<i32> {
        let Some(born) = self.date_of_birth else {
            return self.approximate_age.map(i32::from);
        };
        let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
        day.year().checked_sub(born.year())?.checked_sub(i32::from(!had_birthday))
    }
}

impl Content for Identity {
    const FIELDS: &'static [Field] = Identity::FIELDS;

    fn relate(&self, at: &str, context: &Context, violations: &mut Violations) {
        if self.forenames.is_none()
            && self.surname.is_none()
            && self.aliases.is_empty()
            && self.online_handles.is_empty()
        {
            violations.add(
                at,
                "some_name",
                "Give at least one name, alias or online handle; if nobody is named, send a consultation instead.",
            );
        }
        if self.date_of_birth.is_some() && self.approximate_age.is_some() {
            violations.add(
                format!("{at}/approximateAge"),
                "one_age",
                "Give the date of birth or an approximate age, not both.",
            );
        }
        if self.date_of_birth.is_some_and(|born| born > context.on && born <= context.today) {
            violations.add(
                format!("{at}/dateOfBirth"),
                "after_referral",
                "The date of birth is after the day of the referral.",
            );
        }
    }
}

impl Content for Individual {
    const FIELDS: &'static [Field] = Individual::FIELDS;

    fn relate(&self, at: &str, context: &Context, violations: &mut Violations) {
        if self.complex_needs.len() > 1 && self.complex_needs.iter().any(|need| need == "none_known") {
            violations.add(
                format!("{at}/complexNeeds"),
                "none_or_some",
                "Choose \"none_known\" alone, or the needs that are known.",
            );
        }
        self.identity.relate(&format!("{at}/identity"), context, violations);
        for (n, address) in self.contact.addresses.iter().take(10).enumerate() {
            address.relate(&format!("{at}/contact/addresses/{n}"), context, violations);
        }
        if let Some(answer) = &self.monitoring.political_opinion {
            answer.relate(&format!("{at}/monitoring/politicalOpinion"), context, violations);
        }
        if let Some(answer) = &self.health.condition {
            answer.relate(&format!("{at}/health/condition"), context, violations);
        }
    }
}
