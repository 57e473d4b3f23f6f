//! Who came forward. Where they asked for confidence, the whole of this is the confidential source and stands nowhere else.
//! No field here may be copied into another group: one copy outside would undo the confidence.

use super::on_behalf::OnBehalfOf;
use crate::casework::fields::{Content, Context, EMAIL, Field, PHONE};
use crate::casework::fields::{code, content, flag, form, line, name, plain};
use crate::error::Violations;

content! {
    pub struct Referrer {
        /// Whether the source is to be kept confidential. Required: nobody may have to guess.
        #[schema(required = true, nullable = false)]
        confidential: Option<bool> => flag().required().as_sent(),
        /// List `sector`. Required.
        #[schema(required = true, nullable = false)]
        sector: Option<String> => code("sector").required(),
        /// List `education_phase`. Required for the sector education.
        education_phase: Option<String> => code("education_phase"),
        organisation: Option<String> => line(200),
        /// The sender's own number for this referral.
        sender_reference: Option<String> => line(100),
        /// The desk or scheme through which it came, where there is one.
        front_door: Option<String> => line(100),
        /// Who makes the referral. Required.
        #[schema(required = true, nullable = false)]
        referred_by: Option<Reporter> => form(Reporter::FIELDS).required(),
        /// Who first saw the concern, if it was somebody else.
        identified_by: Option<Reporter> => form(Reporter::FIELDS),
        safeguarding_lead: Option<Reporter> => form(Reporter::FIELDS),
        safeguarding_lead_consulted: Option<bool> => flag(),
        /// For council or MASH keying what they were told.
        on_behalf_of: Option<OnBehalfOf> => form(OnBehalfOf::FIELDS).as_sent(),
    }

    pub struct Reporter {
        /// Required, unless the source is confidential and the name was not given.
        name: Option<String> => name(),
        role: Option<String> => line(100),
        /// List `referrer_relationship`: what they are to the person referred. Required.
        #[schema(required = true, nullable = false)]
        relationship: Option<String> => code("referrer_relationship").required(),
        phone: Option<String> => PHONE,
        email: Option<String> => EMAIL,
        /// Whether they agree to be contacted about this.
        may_be_contacted: Option<bool> => flag(),
    }
}

plain!(Reporter);

impl Content for Referrer {
    const FIELDS: &'static [Field] = Referrer::FIELDS;

    fn relate(&self, at: &str, _context: &Context, violations: &mut Violations) {
        let education = self.sector.as_deref() == Some("education");
        if education && self.education_phase.is_none() {
            violations.add(
                format!("{at}/educationPhase"),
                "missing",
                "For the sector education, choose the phase as well, for example \"secondary\".",
            );
        }
        if !education && self.sector.is_some() && self.education_phase.is_some() {
            violations.add(
                format!("{at}/educationPhase"),
                "only_for_education",
                "Give a phase of education only for the sector education.",
            );
        }
        let Some(by) = &self.referred_by else { return };
        if by.name.is_none() && self.confidential != Some(true) {
            violations.add(
                format!("{at}/referredBy/name"),
                "missing",
                "Give the name of whoever makes the referral, or mark the source as confidential.",
            );
        }
        if by.may_be_contacted == Some(true) && by.phone.is_none() && by.email.is_none() {
            violations.add(
                format!("{at}/referredBy/phone"),
                "no_way_to_reach",
                "Give a telephone number or an e-mail address, since the referrer may be contacted.",
            );
        }
    }
}
