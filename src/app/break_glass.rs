//! Breaking the glass: for some hours somebody of a named role reads what is not theirs, for a life or a serious harm.
//! It must never let anybody write, nor stand in for anything but a part in the case; and it is never quiet: an entry, a
//! signal to auditors and chair, a line in the service's log.

use super::answer::{Answer, Reply};
use super::case_edit::CaseEdit;
use super::case_file::CaseFile;
use super::session::Session;
use crate::access::{CaseVerb, Glass, PanelVerb, Particulars};
use crate::casework::codes;
use crate::casework::ids::CaseId;
use crate::clock::Moment;
use crate::error::{Kind, Problem, Violations};
use crate::ledger::body::{Body, BodyValue};
use crate::ledger::entry::DetailValue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The operation's name in the ledger, by which signals find it.
pub const OPERATION: &str = "breakGlass";

/// Longer is no emergency: somebody can assign the case by then. No configuration reaches beyond.
const MOST_HOURS: u8 = 3;

/// More people than a panel has; a header must not grow without end.
const MOST_OPEN: usize = 100;

const REASONS: &str = "break_glass_reason";

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlassBreaking {
    /// Of the list `break_glass_reason`.
    pub reason: String,
    /// Whole hours, 1 to 3; 1 where absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3)]
    pub hours: Option<u8>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GlassBroken {
    from: String,
    /// The first moment at which nothing is open any more.
    until: String,
}

/// # Errors
/// `purpose-required`, `step-up-required` or another refusal that speaks of the caller alone; `invalid`; `not-found`.
pub fn break_glass(session: &Session<'_>, id: CaseId, form: &GlassBreaking) -> Result<Answer, Problem> {
    // All of this before the case is looked at: whoever learns that there is one has broken its glass.
    if !session.is_behind_glass() {
        let say = "say with Access-Purpose: break_glass that the glass is to be broken";
        return Err(Problem::field(Kind::PurposeRequired, "Access-Purpose", "required", say));
    }
    session.authorize(PanelVerb::ReachForGlass)?;
    let (reason, hours) = check(session, form)?;
    let file = CaseFile::open(session, id, CaseVerb::BreakGlass, &Particulars::default())?;
    let glass = glass(session, reason, hours)?;
    let mut edit = CaseEdit::of(&file);
    let kept = &mut edit.header.glass;
    // One glass a person; what is over, the ledger remembers.
    kept.retain(|known| session.now < known.until && known.person != glass.person);
    if kept.len() >= MOST_OPEN {
        return Err(Problem::field(
            Kind::Conflict,
            "/",
            "too_many",
            "the glass of this case is broken by too many people",
        ));
    }
    kept.push(glass.clone());
    edit.event("glass_broken", session.today);
    let reply = Reply::json(201, &GlassBroken { from: glass.from.rfc3339(), until: glass.until.rfc3339() })?;
    let detail = vec![("grounds", DetailValue::Code(reason)), ("until", DetailValue::Number(glass.until.0))];
    let answer = edit.finish(reply, detail)?;
    let (case, role) = (file.header.ledger_id, session.principal.role().map(|role| role.name()));
    let request = session.request;
    Ok(answer.once_committed(move || {
        let Glass { person, membership, .. } = glass;
        tracing::warn!(%request, %case, %person, %membership, role, reason, hours, "a glass was broken");
    }))
}

fn check(session: &Session<'_>, form: &GlassBreaking) -> Result<(&'static str, u8), Problem> {
    let mut violations = Violations::default();
    let list = codes::list(REASONS);
    let code = list.filter(|list| list.accepts(&form.reason, session.today)).and_then(|list| list.find(&form.reason));
    if code.is_none() {
        violations.add("/reason", "unknown_code", "must be one of the reasons for breaking the glass");
    }
    let hours = form.hours.unwrap_or(1);
    if !(1..=session.service.rules.break_glass_hours.min(MOST_HOURS)).contains(&hours) {
        violations.add("/hours", "number", "must be a whole number within the allowed range");
    }
    violations.finish()?;
    let code = code.ok_or_else(|| Problem::internal("a reason was lost"))?;
    Ok((&code.code, hours))
}

fn glass(session: &Session<'_>, reason: &str, hours: u8) -> Result<Glass, Problem> {
    let (Some(person), Some(membership)) = (session.principal.person(), session.principal.membership()) else {
        return Err(Problem::internal("a glass broken by nobody"));
    };
    let until = session.now.plus_seconds(i64::from(hours).saturating_mul(3600));
    Ok(Glass { person, membership, from: session.now, until, reason: reason.to_owned() })
}

/// What the entry of a breaking says besides who, when and which case: the reason's code, and until when.
pub fn told(body: &Body) -> (Option<String>, Option<Moment>) {
    let find = |name: &str| body.detail.iter().find(|(code, _)| code == name).map(|(_, value)| value);
    let reason = match find("grounds") {
        Some(BodyValue::Text(code)) => Some(code.clone().into_owned()),
        _ => None,
    };
    let until = match find("until") {
        Some(BodyValue::Number(until)) => Some(Moment(*until)),
        _ => None,
    };
    (reason, until)
}
