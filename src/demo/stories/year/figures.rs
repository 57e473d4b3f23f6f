//! What the year comes to, counted by the service's own lists and held against what was told.
//! It must never count by what the story remembers of itself.

use super::super::super::caller::Caller;
use super::super::super::seats::Seat;
use super::super::telling::{StoryFailed, Telling, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub consultations: usize,
    /// Cases by stage; those that are closed by outcome.
    pub cases: BTreeMap<String, usize>,
    /// Meetings by kind and stage.
    pub meetings: BTreeMap<String, usize>,
    /// Those that came to a monthly meeting for more than assurance.
    pub before_the_panel: usize,
}

/// As the year was told. Of the thirty-one referrals one is erased, and counted by nobody.
pub fn told() -> Figures {
    let cases = [
        ("referred", 1),
        ("triage", 1),
        ("consent", 1),
        ("intervention", 5),
        ("exited", 2),
        ("advice_given", 6),
        ("signposted", 2),
        ("no_concern", 2),
        ("not_suitable", 3),
        ("police_led", 1),
        ("redirected", 1),
        ("not_adopted", 1),
        ("consent_refused", 3),
        ("transferred_out", 1),
    ];
    let meetings = [("scheduled closed", 12), ("extraordinary closed", 1)];
    let owned = |pairs: &[(&str, usize)]| pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    Figures { consultations: 9, cases: owned(&cases), meetings: owned(&meetings), before_the_panel: 13 }
}

/// As the service counts.
///
/// # Errors
/// Something cannot be read.
pub fn counted(caller: &mut dyn Caller) -> Result<Figures, StoryFailed> {
    let mut t = Telling::begin("year", caller);
    let consultations = t.get("count consultations", Seat::Coordinator, "/consultations")?;
    let mut figures = Figures {
        consultations: lines(&consultations, "consultations").count(),
        cases: BTreeMap::new(),
        meetings: BTreeMap::new(),
        before_the_panel: 0,
    };
    let history = [("access-purpose", "earlier_history".to_owned()), ("access-reason", "lessons_learned".to_owned())];
    let mut path = "/cases".to_owned();
    loop {
        let page = t.send("list every case", Seat::Coordinator, ("GET", &path), None, &history, 200)?.body;
        for line in lines(&page, "cases") {
            let stood = text(line, "/state/outcome").or_else(|| text(line, "/state/stage")).unwrap_or_default();
            add(&mut figures.cases, stood);
        }
        match text(&page, "/next") {
            Some(next) => path = format!("/cases?after={next}"),
            None => break,
        }
    }
    let list = t.get("list the meetings", Seat::Coordinator, "/meetings")?;
    let mut seen = std::collections::BTreeSet::new();
    for meeting in lines(&list, "meetings") {
        let word = |at| text(meeting, at).unwrap_or_default();
        add(&mut figures.meetings, format!("{} {}", word("/forum"), word("/stage")));
        let path = format!("/meetings/{}/agenda", word("/id"));
        let agenda = t.get("read an agenda", Seat::Coordinator, &path)?;
        let heard = lines(&agenda, "items").filter(|item| !lines(item, "reasons").any(for_assurance));
        seen.extend(heard.filter_map(|item| text(item, "/case")));
    }
    figures.before_the_panel = seen.len();
    Ok(figures)
}

fn for_assurance(reason: &Value) -> bool {
    reason.as_str().is_some_and(|code| code.starts_with("closed_"))
}

fn add(to: &mut BTreeMap<String, usize>, name: String) {
    let count = to.entry(name).or_default();
    *count = count.saturating_add(1);
}

fn lines<'v>(body: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    body.get(name).and_then(Value::as_array).into_iter().flatten()
}
