//! One monthly meeting, from its opening to its approved minutes.
//! It must never pass over a case that is on the agenda and not in the script, nor one that is in the script alone.

use super::super::super::seats::Seat;
use super::super::forms;
use super::super::meeting::at_meeting;
use super::super::telling::{StoryFailed, text};
use super::Year;
use super::agendas::{Item, Then};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Who comes every month.
const TABLE: [(Seat, &str); 4] =
    [(Seat::Chair, "chair"), (Seat::PoliceCt, "police"), (Seat::SocialCare, "member"), (Seat::Health, "member")];

/// # Errors
/// The agenda is another than expected, or a step is refused.
pub fn holds(y: &mut Year<'_>, month: usize, expected: &[Item]) -> Result<(), StoryFailed> {
    y.to(month, 0)?;
    let meeting = y.meeting(month)?;
    y.t.seats(&meeting, &TABLE)?;
    y.t.meeting_step(&meeting, "open")?;
    let path = format!("/meetings/{meeting}/agenda");
    let agenda = y.t.get("read the agenda", Seat::Coordinator, &path)?;
    compare(y, &format!("the agenda of month {month}"), &agenda, expected)?;
    let also = agenda.get("alsoMet").and_then(Value::as_array).map_or(0, Vec::len);
    if also != usize::from(month == 5) {
        return Err(y.t.failed("meetings out of turn", "one, before the fifth", also.to_string()));
    }
    let chairs = y.t.get("read the agenda", Seat::Chair, &path)?;
    compare(y, &format!("the chair's agenda of month {month}"), &chairs, expected)?;
    let items = by_case(&agenda, "/item");
    for known in expected.iter().filter(|known| known.then != Then::Heard) {
        let case = y.case(known.case)?;
        let item = items.get(&case).cloned().unwrap_or_default();
        if month == 5 && known.case == "amara" {
            unaccounted(y, &meeting)?;
        }
        settles(y, (&meeting, &item), known)?;
        minutes(y, &meeting, &item)?;
    }
    y.t.meeting_step(&meeting, "close")
}

/// A field of each line of an agenda, by case.
fn by_case(agenda: &Value, field: &str) -> BTreeMap<String, String> {
    let lines = agenda.get("items").and_then(Value::as_array).into_iter().flatten();
    lines.filter_map(|line| Some((text(line, "/case")?, text(line, field)?))).collect()
}

fn compare(y: &Year<'_>, step: &str, agenda: &Value, expected: &[Item]) -> Result<(), StoryFailed> {
    let key = |case: &str| y.cases.iter().find(|(_, id)| *id == case).map_or("a stranger", |(key, _)| key);
    let lines = agenda.get("items").and_then(Value::as_array).into_iter().flatten();
    let codes = |line: &Value| {
        let found = line.get("reasons").and_then(Value::as_array).into_iter().flatten();
        found.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut found: Vec<(String, Vec<String>)> =
        lines.filter_map(|line| Some((key(&text(line, "/case")?).to_owned(), codes(line)))).collect();
    let wanted = expected.iter().map(|i| (i.case.to_owned(), i.reasons.iter().map(|r| (*r).to_owned()).collect()));
    let mut wanted: Vec<(String, Vec<String>)> = wanted.collect();
    found.sort();
    wanted.sort();
    if found == wanted {
        return Ok(());
    }
    let only = |these: &[(String, Vec<String>)], those: &[(String, Vec<String>)]| {
        let odd = these.iter().filter(|one| !those.contains(one));
        odd.map(|(case, reasons)| format!("{case} ({})", reasons.join(", "))).collect::<Vec<_>>().join("; ")
    };
    Err(y.t.failed(step, only(&wanted, &found), only(&found, &wanted)))
}

/// She might leave; but five of six sessions were planned, and nobody has said what became of them.
fn unaccounted(y: &mut Year<'_>, meeting: &str) -> Result<(), StoryFailed> {
    let (case, today) = (y.case("amara")?, y.t.today);
    let exit = at_meeting(forms::exit("concerns_resolved", "She has found other company."), meeting);
    y.t.refused(Seat::Chair, &case, ("exit", today), exit, "sessions_reconciled")
}

fn settles(y: &mut Year<'_>, at: (&str, &str), known: &Item) -> Result<(), StoryFailed> {
    let reviewed = |y: &Year<'_>, reason, month| forms::decision_with_review(&y.council, reason, y.day(month, 0));
    let (name, form) = match known.then {
        Then::Heard => return Ok(()),
        Then::Noted => return outcome(y, at, "noted", "Heard; nothing to decide today."),
        Then::HeldOver => return outcome(y, at, "held_over", "There was no time left."),
        Then::Ratified => return outcome(y, at, "ratified", "The pause was right."),
        Then::Adopt(next) => ("adopt", reviewed(y, "Support is likely to help.", next)),
        Then::Defer(next) => ("defer", reviewed(y, "The panel wants to hear the college first.", next)),
        Then::Remain(next) => ("remain", reviewed(y, "It helps; go on.", next)),
        Then::NotAdopt => {
            let mut form = forms::decision("The need is one of health, not of Channel.");
            let care = json!({"referred": true, "reason": "Health is asked to see her this week."});
            forms::put(&mut form, "", "careConsidered", Some(care));
            ("not_adopt", form)
        }
        Then::Exit => ("exit", forms::exit("concerns_resolved", "What drew them in has no hold any more.")),
        Then::TryAgain(next) => {
            ("try_consent_again", reviewed(y, "She is to be asked in person, and by somebody else.", next))
        }
        Then::Conclude => {
            let form =
                forms::concluded("Nothing more can be offered to somebody who will not have it.", "No need of care.");
            ("conclude_without_consent", form)
        }
        Then::Reopen => {
            let mut form = forms::decision("She is back in the group, and speaks of a day.");
            forms::put(&mut form, "", "riskOwner", Some(json!(y.council)));
            ("reopen", form)
        }
    };
    y.step(Seat::Chair, known.case, name, at_meeting(form, at.0)).map(|_| ())
}

fn outcome(y: &mut Year<'_>, (meeting, item): (&str, &str), outcome: &str, reason: &str) -> Result<(), StoryFailed> {
    let path = format!("/meetings/{meeting}/items/{item}/outcome");
    let body = json!({"outcome": outcome, "reason": reason});
    y.t.post("settle an item", Seat::Chair, &path, &body, 204).map(|_| ())
}

/// Drafted by the coordinator, approved by the chair.
fn minutes(y: &mut Year<'_>, meeting: &str, item: &str) -> Result<(), StoryFailed> {
    let path = format!("/meetings/{meeting}/items/{item}/minutes");
    let said = json!({"discussion": [{"text": "Each agency spoke in turn; the chair summed up."}]});
    y.t.send("draft the minutes", Seat::Coordinator, ("PUT", &path), Some(&said), &[], 200)?;
    let read = json!({"version": 1});
    y.t.post("approve the minutes", Seat::Chair, &format!("{path}/approval"), &read, 204).map(|_| ())
}
