//! How a story is told: one request a step, and a failure that says which step went otherwise.
//! A failure must never carry content: status, problem type, field and rule only.

use super::super::caller::{Caller, Sent};
use super::super::seats::{Body, Seat};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A step that went otherwise than told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{story}: {step}: expected {expected}, got {got}")]
pub struct StoryFailed {
    pub story: &'static str,
    pub step: String,
    pub expected: String,
    /// Status, problem type, and each field with the rule it broke.
    pub got: String,
}

/// What a story leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub story: &'static str,
    /// Ids of referrals and cases, in the order in which they came.
    pub referrals: Vec<String>,
    pub cases: Vec<String>,
    pub requests: usize,
}

pub type Headers<'h> = &'h [(&'static str, String)];

/// How often a request that was lost to somebody else's is sent again.
const AGAIN: usize = 3;

/// How often a story looks again for what a job of the service brings.
const PATIENCE: usize = 200;

pub struct Telling<'c> {
    pub told: Told,
    pub today: NaiveDate,
    caller: &'c mut dyn Caller,
    agencies: BTreeMap<String, String>,
}

impl std::fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Telling({})", self.told.story)
    }
}

impl<'c> Telling<'c> {
    pub fn begin(story: &'static str, caller: &'c mut dyn Caller) -> Self {
        let told = Told { story, referrals: Vec::new(), cases: Vec::new(), requests: 0 };
        Self { told, today: caller.stay_today(), caller, agencies: BTreeMap::new() }
    }

    /// So many days ago.
    pub fn ago(&self, days: u64) -> NaiveDate {
        self.today.checked_sub_days(Days::new(days)).unwrap_or(self.today)
    }

    /// So many days ahead.
    pub fn ahead(&self, days: u64) -> NaiveDate {
        self.today.checked_add_days(Days::new(days)).unwrap_or(self.today)
    }

    /// Goes to another day, for everybody at once.
    pub fn move_to(&mut self, day: NaiveDate) {
        self.caller.move_to(day);
        self.today = day;
    }

    pub fn failed(&self, step: &str, expected: impl Into<String>, got: impl Into<String>) -> StoryFailed {
        StoryFailed { story: self.told.story, step: step.to_owned(), expected: expected.into(), got: got.into() }
    }

    /// # Errors
    /// Another status than the one told.
    pub fn send(
        &mut self,
        step: &str,
        who: Seat,
        (method, path): (&str, &str),
        body: Option<&Value>,
        headers: Headers<'_>,
        status: u16,
    ) -> Result<Sent, StoryFailed> {
        let mut sent = self.caller.call(who, method, path, body, headers);
        self.told.requests = self.told.requests.saturating_add(1);
        // Lost to a job of the service, which was at the same case or meeting: sent again, as anybody would.
        let lost =
            |sent: &Sent| sent.status == 412 && status != 412 && headers.iter().all(|(name, _)| *name != "if-match");
        for _ in 0..AGAIN {
            if lost(&sent) {
                sent = self.caller.call(who, method, path, body, headers);
            }
        }
        if sent.status == status {
            Ok(sent)
        } else {
            Err(self.failed(&format!("{step} ({})", who.name()), status.to_string(), outcome(&sent)))
        }
    }

    /// # Errors
    /// Another status than 200.
    pub fn get(&mut self, step: &str, who: Seat, path: &str) -> Result<Value, StoryFailed> {
        Ok(self.send(step, who, ("GET", path), None, &[], 200)?.body)
    }

    /// # Errors
    /// Another status than the one told.
    pub fn post(&mut self, step: &str, who: Seat, path: &str, body: &Value, status: u16) -> Result<Value, StoryFailed> {
        Ok(self.send(step, who, ("POST", path), Some(body), &[], status)?.body)
    }

    /// An agency's id, as the registry tells the coordinator.
    ///
    /// # Errors
    /// The agencies cannot be read, or it is not among them.
    pub fn agency(&mut self, body: Body) -> Result<String, StoryFailed> {
        if self.agencies.is_empty() {
            let list = self.get("list the agencies", Seat::Coordinator, "/agencies")?;
            for agency in list.get("agencies").and_then(Value::as_array).into_iter().flatten() {
                if let (Some(name), Some(id)) = (text(agency, "/name"), text(agency, "/id")) {
                    self.agencies.insert(name, id);
                }
            }
        }
        let name = body.describe().0;
        let found = self.agencies.get(name).cloned();
        found.ok_or_else(|| self.failed("find an agency", name, "it is not listed"))
    }

    /// Sends a referral; gives its id.
    ///
    /// # Errors
    /// It is not received.
    pub fn refer(&mut self, who: Seat, form: &Value) -> Result<String, StoryFailed> {
        let key = [("idempotency-key", Uuid::new_v4().to_string())];
        let sent = self.send("refer", who, ("POST", "/referrals"), Some(form), &key, 201)?;
        let id = self.needed("refer", &sent.body, "/referral")?;
        self.told.referrals.push(id.clone());
        Ok(id)
    }

    /// Sends a referral and finds the case it opened in the coordinator's queue, by the person's name.
    ///
    /// # Errors
    /// It is not received, or not in the queue.
    pub fn refer_and_find(&mut self, who: Seat, form: &Value) -> Result<String, StoryFailed> {
        self.refer(who, form)?;
        let part = |field: &str| text(form, &format!("/people/0/identity/{field}"));
        let name = [part("forenames"), part("surname")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let case = self.find("find the case in the queue", &name)?;
        self.told.cases.push(case.clone());
        Ok(case)
    }

    fn find(&mut self, step: &str, name: &str) -> Result<String, StoryFailed> {
        let mut path = "/cases?stage=referred".to_owned();
        loop {
            let page = self.get(step, Seat::Coordinator, &path)?;
            let lines = page.get("cases").and_then(Value::as_array).into_iter().flatten();
            if let Some(id) =
                lines.filter(|line| text(line, "/name").as_deref() == Some(name)).find_map(|l| text(l, "/id"))
            {
                return Ok(id);
            }
            match text(&page, "/next") {
                Some(next) => path = format!("/cases?stage=referred&after={next}"),
                None => return Err(self.failed(step, "the case", "no case of that name")),
            }
        }
    }

    /// Makes a transition; gives the ids of the records that it wrote.
    ///
    /// # Errors
    /// It is refused.
    pub fn step(
        &mut self,
        who: Seat,
        case: &str,
        name: &str,
        on: NaiveDate,
        content: Value,
    ) -> Result<Vec<String>, StoryFailed> {
        let body = json!({"transition": name, "occurredAt": on, "content": content});
        self.transition(who, case, name, &body, 200).map(|body| records(&body))
    }

    /// The same, keyed for the agency that said it.
    ///
    /// # Errors
    /// It is refused.
    pub fn step_for(
        &mut self,
        who: Seat,
        case: &str,
        (name, on): (&str, NaiveDate),
        content: Value,
        on_behalf_of: &Value,
    ) -> Result<Vec<String>, StoryFailed> {
        let body = json!({"transition": name, "occurredAt": on, "content": content, "onBehalfOf": on_behalf_of});
        self.transition(who, case, name, &body, 200).map(|body| records(&body))
    }

    /// Tries a transition that must be refused by this rule.
    ///
    /// # Errors
    /// It is allowed, or refused for another reason.
    pub fn refused(
        &mut self,
        who: Seat,
        case: &str,
        (name, on): (&str, NaiveDate),
        content: Value,
        rule: &str,
    ) -> Result<(), StoryFailed> {
        let body = json!({"transition": name, "occurredAt": on, "content": content});
        let answer = self.transition(who, case, name, &body, 409)?;
        let rules = answer.get("errors").and_then(Value::as_array).into_iter().flatten();
        if rules.filter_map(|error| text(error, "/rule")).any(|broken| broken == rule) {
            Ok(())
        } else {
            Err(self.failed(name, rule, "another rule"))
        }
    }

    fn transition(
        &mut self,
        who: Seat,
        case: &str,
        name: &str,
        body: &Value,
        status: u16,
    ) -> Result<Value, StoryFailed> {
        self.post(name, who, &format!("/cases/{case}/transitions"), body, status)
    }

    /// Opens the case: these categories must be shown, and those withheld.
    ///
    /// # Errors
    /// The case is not shown, or shows something else.
    pub fn sees(&mut self, who: Seat, case: &str, shown: &[&str], withheld: &[&str]) -> Result<Value, StoryFailed> {
        let view = self.get("open the case", who, &format!("/cases/{case}"))?;
        let step = format!("open the case ({})", who.name());
        for name in shown {
            if view.pointer(&format!("/categories/{name}")).is_none() {
                return Err(self.failed(&step, format!("{name} shown"), "it is not there"));
            }
        }
        let hidden: Vec<&str> =
            view.get("withheld").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        for name in withheld {
            if !hidden.contains(name) || view.pointer(&format!("/categories/{name}")).is_some() {
                return Err(self.failed(&step, format!("{name} withheld"), "it is not"));
            }
        }
        Ok(view)
    }

    /// Writes fields of a category, on the version that was just read.
    ///
    /// # Errors
    /// The category cannot be read or written.
    pub fn amend(&mut self, who: Seat, case: &str, category: &str, fields: &Value) -> Result<(), StoryFailed> {
        let view = self.sees(who, case, &[category], &[])?;
        let etag = self.needed("find the category's etag", &view, &format!("/categories/{category}/etag"))?;
        let body = json!({"reason": "new_information", "fields": fields});
        let path = format!("/cases/{case}/categories/{category}");
        self.send("amend", who, ("PATCH", &path), Some(&body), &[("if-match", format!("\"{etag}\""))], 200)?;
        Ok(())
    }

    /// Looks again and again until there is something, letting the service's jobs work in between.
    ///
    /// # Errors
    /// It does not come.
    pub fn wait_for(&mut self, step: &str, who: Seat, path: &str, pointer: &str) -> Result<Value, StoryFailed> {
        self.wait_until(step, (who, path), &[], |sent| sent.body.pointer(pointer).is_some())
    }

    /// The same, until the answer is the one that is waited for.
    ///
    /// # Errors
    /// It does not come.
    pub fn wait_until(
        &mut self,
        step: &str,
        (who, path): (Seat, &str),
        headers: Headers<'_>,
        come: impl Fn(&Sent) -> bool,
    ) -> Result<Value, StoryFailed> {
        for _ in 0..PATIENCE {
            let sent = self.caller.call(who, "GET", path, None, headers);
            self.told.requests = self.told.requests.saturating_add(1);
            if come(&sent) {
                return Ok(sent.body);
            }
            self.caller.pause();
        }
        Err(self.failed(step, "something to come", "nothing came"))
    }

    /// # Errors
    /// The answer lacks it.
    pub fn needed(&self, step: &str, body: &Value, pointer: &str) -> Result<String, StoryFailed> {
        text(body, pointer).ok_or_else(|| self.failed(step, pointer, "an answer without it"))
    }
}

pub fn text(body: &Value, pointer: &str) -> Option<String> {
    body.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn records(body: &Value) -> Vec<String> {
    let ids = body.get("records").and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Status, problem type, and the rules that were broken: nothing of the content.
fn outcome(sent: &Sent) -> String {
    let kind = text(&sent.body, "/type").and_then(|t| t.rsplit('/').next().map(str::to_owned)).unwrap_or_default();
    let errors = sent.body.get("errors").and_then(Value::as_array).into_iter().flatten();
    let rules: Vec<String> =
        errors.filter_map(|e| Some(format!("{}: {}", text(e, "/field")?, text(e, "/rule")?))).collect();
    format!("{} {kind} {}", sent.status, rules.join(", ")).trim_end().to_owned()
}
