//! The parts of the table: a request, the questions it comes to, and the operations that come to many of them.
//! Nothing here may look at an answer.

use super::ground::Ground;
use super::table::Tried;
use super::things::Whose;
use channel_panel::casework::category::{Category, Shape};
use channel_panel::casework::transitions::{self, Transition, Who};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Which case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The one with a word in every category.
    Full,
    /// The one that may be changed; in all that decides the same.
    Case,
    Beside,
}

/// What becomes of a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Whether the membership may act; nothing else is asked.
    Acts,
    /// On the panel: told.
    Panel,
    /// The first question about a case: told to whoever may know it, `not-found` to the others.
    Opens(On),
    /// A further question, on the case that is open by now: told.
    Then,
    /// Whether the other case may be known, now or as earlier history: `not-found`.
    Traces,
    /// One of the referrals: `not-found`.
    Referral(usize),
    /// A case on its way to the panel: `not-found`, but that one's own agreement or sign-in does not do.
    Transfer,
    /// Whether the request says that it is behind a broken glass: `purpose-required`.
    BehindGlass,
    /// Whether the request says what it is for, where that must be said: `purpose-required`.
    Purpose,
    /// Whether the meeting is of the reader's own panel: `not-found`.
    Meeting,
    /// A membership there is, told to whoever may read it: `not-found` to the others.
    Membership(Whose),
    /// The same of an agreement.
    Agreement(Whose),
    /// A membership to come: told; but that nobody proposes for themselves, to whoever does.
    NewMembership { oneself: bool },
    /// An agreement to come: told.
    NewAgreement,
}

#[derive(Debug, Clone)]
pub struct Ask {
    pub gate: Gate,
    pub action: String,
    pub own: bool,
    pub on_behalf: bool,
    pub who: Vec<&'static str>,
}

impl Ask {
    pub fn new(gate: Gate, action: &str) -> Self {
        Self { gate, action: action.to_owned(), own: false, on_behalf: false, who: Vec::new() }
    }
}

pub struct Probe {
    /// Which of an operation's requests it is.
    pub name: String,
    pub path: String,
    pub body: Option<Value>,
    pub headers: Vec<(&'static str, String)>,
    pub asks: Vec<Ask>,
    /// Answers of whoever is let in: a status, or a problem and, after a comma, its first rule.
    pub lets: &'static [&'static str],
    /// Being let in changes the case.
    pub changes: bool,
    /// Tried at every stage where everybody has every part; the others take turns.
    pub leads: bool,
    /// One in three of an operation's is enough there, in the ordinary run.
    pub takes_turns: bool,
}

impl Probe {
    pub fn changing(self) -> Self {
        Self { changes: true, ..self }
    }

    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    fn by_turns(self) -> Self {
        Self { takes_turns: true, ..self }
    }

    fn following(self) -> Self {
        Self { leads: false, ..self }
    }
}

pub fn no_body(path: &str, asks: Vec<Ask>, lets: &'static [&'static str]) -> Probe {
    let (name, path) = (String::new(), format!("/api/v1{path}"));
    Probe { name, path, body: None, headers: Vec::new(), asks, lets, changes: false, leads: true, takes_turns: false }
}

pub fn open(path: &str, asks: Vec<Ask>) -> Probe {
    no_body(path, asks, &["200"])
}

pub fn post(path: &str, body: Value, asks: Vec<Ask>, lets: &'static [&'static str]) -> Probe {
    Probe { body: Some(body), ..no_body(path, asks, lets) }
}

pub fn opens(action: &str) -> Vec<Ask> {
    vec![Ask::new(Gate::Opens(On::Case), action)]
}

pub fn below(t: &Tried<'_>, on: On, rest: &str) -> String {
    let Ground { full, scratch, beside, .. } = t.ground;
    let case = match on {
        On::Full => full[&t.setting.stage],
        On::Case => *scratch,
        On::Beside => *beside,
    };
    format!("/cases/{case}{rest}")
}

/// What the council notes when it keys for another.
pub fn on_behalf(t: &Tried<'_>) -> Value {
    json!({"agency": "Beyond", "person": "A. Nurse", "how": "phone", "when": t.ground.town.today()})
}

/// A change of each category under a tag that is no version's, by oneself and for another.
pub fn amendments(t: &Tried<'_>) -> Vec<Probe> {
    let amend = |category: Category, behalf: bool| {
        let asks = vec![
            Ask::new(Gate::Opens(On::Case), "open_case"),
            Ask { on_behalf: behalf, ..Ask::new(Gate::Then, &format!("write_{category}")) },
        ];
        let lets: &'static [&'static str] = match (category, category.shape()) {
            (Category::Plan, _) | (_, Shape::Many) => &["conflict", "not-allowed, not_read"],
            _ if category.is_summary() => &["not-allowed, released_only", "not-allowed, not_read"],
            _ => &["precondition-failed", "not-allowed, not_read"],
        };
        let mut form = json!({"reason": "new_information", "fields": {"x": 1}});
        if behalf {
            form["onBehalfOf"] = on_behalf(t);
        }
        let path = below(t, On::Case, &format!("/categories/{category}"));
        let name = format!("{category}{}", if behalf { ", for another" } else { "" });
        Probe { headers: vec![("If-Match", "\"0\"".to_owned())], ..post(&path, form, asks, lets).named(&name) }
    };
    let plain = Category::ALL.iter().map(|c| amend(*c, false));
    let behalf = Category::ALL.iter().map(|c| {
        let probe = amend(*c, true).by_turns();
        if c.is_summary() || c.is_detail() { probe } else { probe.following() }
    });
    plain.chain(behalf).collect()
}

/// An empty summary, by oneself and for another.
pub fn releases(t: &Tried<'_>) -> Vec<Probe> {
    let release = |(category, behalf): (Category, bool)| {
        let asks = vec![
            Ask::new(Gate::Opens(On::Case), "open_case"),
            Ask { on_behalf: behalf, ..Ask::new(Gate::Then, &format!("write_{category}")) },
        ];
        let mut form = json!({"release": {}});
        if behalf {
            form["onBehalfOf"] = on_behalf(t);
        }
        let name = format!("{category}{}", if behalf { ", for another" } else { "" });
        let probe = post(&below(t, On::Case, &format!("/releases/{category}")), form, asks, &["invalid"]).named(&name);
        if behalf { probe.by_turns() } else { probe }
    };
    let summaries = Category::ALL.iter().filter(|category| category.is_summary());
    summaries.flat_map(|category| [(*category, false), (*category, true)]).map(release).collect()
}

/// What a step comes to when it was let in and its content is empty; `200` where it needs none.
const STEPPED: &[&str] = &["200", "invalid", "transition-refused", "transition-held", "conflict"];

/// Every step of the table without its content, three with it, and one that is none.
pub fn steps(t: &Tried<'_>) -> Vec<Probe> {
    let path = below(t, On::Case, "/transitions");
    let mut seen = BTreeSet::new();
    let mut all: Vec<Probe> = transitions::all()
        .map(|step| {
            let ask = question(step);
            let probe = post(
                &path,
                json!({"transition": step.name, "content": {}}),
                vec![Ask { gate: Gate::Opens(On::Case), ..ask.clone() }],
                STEPPED,
            );
            let probe = probe.changing().named(step.name).by_turns();
            if seen.insert((ask.action, ask.who)) { probe } else { probe.following() }
        })
        .collect();
    all.push(post(&path, json!({"transition": "no_such_step"}), opens("open_case"), &["invalid"]).named("no step"));
    if t.setting.stage.is_open() {
        let (today, later) = (t.ground.town.today(), t.ground.town.later(10));
        for (name, writes, content) in [
            ("refer_onward", "write_triage", json!({"service": "health", "ownerName": "n", "due": later, "need": "n"})),
            ("block_contact", "write_police", json!({"instruction": "i"})),
            ("tell_referrer", "write_log", json!({"progress": "progressed", "toldOn": today})),
        ] {
            let first = Ask { gate: Gate::Opens(On::Case), ..question(transitions::find(name).unwrap()) };
            let asks = vec![first, Ask::new(Gate::Then, writes)];
            let form = json!({"transition": name, "content": content});
            all.push(post(&path, form, asks, &["200"]).changing().named(&format!("{name}, in full")));
        }
    }
    all
}

/// Which action a step is for the policies, by the design: the table of casework names who.
fn question(step: &Transition) -> Ask {
    let action = match step.name {
        "accept_commission" | "decline_commission" => "answer_commission",
        "correct" => "correct",
        "join" | "unjoin" => "join_case",
        _ if step.decision => "decide",
        _ => "transition",
    };
    let who = step.who.iter().map(|who| match who {
        Who::PoliceCt => "police_ct",
        other => other.name(),
    });
    let own = step.name == "correct" || matches!(step.who, [Who::Provider]);
    Ask { own, who: who.collect(), ..Ask::new(Gate::Then, action) }
}
