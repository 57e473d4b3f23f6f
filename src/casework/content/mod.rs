//! The typed content of every transition: what must be said when a thing is done to a case.
//! Nothing here may print what it holds: `Debug` of a form is its name.

pub mod assessment;
pub mod closing;
pub mod commission;
pub mod consent;
pub mod decision;
pub mod police;
pub mod support;
pub mod template;
pub mod triage;

use super::form;
use super::state::State;
use crate::error::{Problem, Violations};
use assessment::{Assessment, Countersignature};
use chrono::NaiveDate;
use closing::{Close, Correction, Grounds, Join, TransferAnswer, TransferOffer};
use commission::{
    CommissionAccepted, CommissionBegun, CommissionDeclined, CommissionEnded, CommissionOffer, CommissionPaused,
    ProviderNeed, ProviderRequest, SessionLog,
};
use consent::{ConsentAttempt, ConsentGiven, ConsentLapsed, ConsentRefused, NotReachable};
use decision::{Decision, PanelListing, StopSupport};
use police::{ContactInstruction, GatewayAnswer, GatewayRecheck, NotSuitable, PlaceHold, PoliceLed, Section36Decision};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use support::{PlanContent, PostExitReview, StartOfSupport};
use triage::{
    BeginTriage, CloseAtTriage, ClosureAgreement, GatewayRequest, OnwardAnswer, OnwardReferral, ReferrerNotice,
    Screened, TriageRecord,
};

/// Where a form is filled in: what its dates are held against.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub state: &'a State,
    pub occurred_on: NaiveDate,
    pub today: NaiveDate,
}

/// A form: its shape is its fields, its rules are here. Pointers of violations begin with `/content`.
pub trait Form: DeserializeOwned + Serialize {
    fn check(&self, at: Standing<'_>, v: &mut Violations);
}

/// `Debug` for what holds content: the type's name and no more.
macro_rules! opaque {
    ($($type:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(..)"))
            }
        }
    )+};
}
pub(crate) use opaque;

macro_rules! forms {
    ($($type:ident = $accessor:ident;)*) => {
        /// Which form a transition takes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FormKind { $($type,)* }

        /// A form, read and checked.
        pub enum Content { $($type(Box<$type>),)* }

        impl FormKind {
            pub const ALL: &'static [FormKind] = &[$(FormKind::$type,)*];

            pub fn name(self) -> &'static str {
                match self { $(FormKind::$type => stringify!($type),)* }
            }

            /// # Errors
            /// `invalid`, naming every field that breaks a rule.
            pub fn read(self, body: &Value, at: Standing<'_>) -> Result<Content, Problem> {
                let mut v = Violations::default();
                let content = match self {
                    $(FormKind::$type => {
                        let form: $type = form::parse(body, "/content")?;
                        form.check(at, &mut v);
                        Content::$type(Box::new(form))
                    })*
                };
                v.finish().map(|()| content)
            }
        }

        impl Content {
            pub fn kind(&self) -> FormKind {
                match self { $(Content::$type(_) => FormKind::$type,)* }
            }

            fn value(&self) -> Option<Value> {
                match self { $(Content::$type(form) => serde_json::to_value(form).ok(),)* }
            }

            $(
                /// # Errors
                /// `internal`, if a row of the table names an effect that does not go with its form; a test tries every row.
                pub fn $accessor(&self) -> Result<&$type, Problem> {
                    match self {
                        Content::$type(form) => Ok(form),
                        _ => Err(Problem::internal("a transition's effect was given another form")),
                    }
                }
            )*
        }

        opaque!(Content, $($type),*);
    };
}

forms! {
    BeginTriage = begin_triage;
    TriageRecord = triage_record;
    Screened = screened;
    CloseAtTriage = close_at_triage;
    ClosureAgreement = closure_agreement;
    OnwardReferral = onward_referral;
    OnwardAnswer = onward_answer;
    GatewayRequest = gateway_request;
    ReferrerNotice = referrer_notice;
    GatewayAnswer = gateway_answer;
    NotSuitable = not_suitable;
    PoliceLed = police_led;
    GatewayRecheck = gateway_recheck;
    Section36Decision = section36_decision;
    PlaceHold = place_hold;
    ContactInstruction = contact_instruction;
    Assessment = assessment;
    Countersignature = countersignature;
    PanelListing = panel_listing;
    Decision = decision;
    StopSupport = stop_support;
    ConsentAttempt = consent_attempt;
    ConsentGiven = consent_given;
    ConsentRefused = consent_refused;
    NotReachable = not_reachable;
    ConsentLapsed = consent_lapsed;
    PlanContent = plan;
    StartOfSupport = start_of_support;
    ProviderNeed = provider_need;
    ProviderRequest = provider_request;
    CommissionOffer = commission_offer;
    CommissionAccepted = commission_accepted;
    CommissionDeclined = commission_declined;
    CommissionBegun = commission_begun;
    CommissionPaused = commission_paused;
    CommissionEnded = commission_ended;
    SessionLog = session_log;
    PostExitReview = post_exit_review;
    TransferOffer = transfer_offer;
    TransferAnswer = transfer_answer;
    Close = close;
    Join = join;
    Grounds = grounds;
    Correction = correction;
}

impl Content {
    /// The form's fields as they are stored. What was not filled in is absent, never null.
    ///
    /// # Errors
    /// `internal`, if the form is not an object, which no form is.
    pub fn fields(&self) -> Result<Map<String, Value>, Problem> {
        match self.value().map(without_nulls) {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(Problem::internal("a form is not an object")),
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// Long enough for a page of grounds; short enough to be one cell.
pub(crate) const LONG: usize = 10_000;
pub(crate) const SHORT: usize = 500;
/// How far ahead anything may be put in the diary.
pub(crate) const AHEAD_MONTHS: u32 = 24;

/// A date to come: after the act itself, within the diary.
pub(crate) fn to_come(date: NaiveDate, pointer: &str, at: Standing<'_>, v: &mut Violations) {
    let latest = super::calendar::months_after(at.occurred_on, AHEAD_MONTHS);
    form::date_between(date, pointer, at.occurred_on, latest, v);
}

/// A date that has been: since the case began, up to the act.
pub(crate) fn has_been(date: NaiveDate, pointer: &str, at: Standing<'_>, v: &mut Violations) {
    form::date_between(date, pointer, at.state.received_on, at.occurred_on, v);
}

/// A box that must be ticked, because the sentence beside it must be true.
pub(crate) fn affirmed(value: bool, pointer: &str, v: &mut Violations) {
    if !value {
        v.add(pointer, "must_be_true", "This must be so before the step can be taken");
    }
}
