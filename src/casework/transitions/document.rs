//! The table as a page for people: `docs/transitions.md` is this text, and a test compares them.
//! It must never say anything that the table does not.

use super::{To, Transition, Writes, all};
use crate::casework::state::Stage;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The whole of `docs/transitions.md`.
pub fn document() -> String {
    let mut out = String::from(
        "# Transitions\n\nWritten from the table in `src/casework/transitions/`; do not edit. `UPDATE_GOLDEN=1 make test` writes it anew.\n\n\
         Police means the counter-terrorism unit. \"Hold\" says whether it may be done while a hold is in force. Deadlines name their \
         key in the configuration's rules.\n\n\
         | transition | from | to | who | guards | form | writes | deadline | hold |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for t in all() {
        row(&mut out, t);
    }
    out.push_str("\n## What each does\n\n");
    for t in all() {
        let decision = if t.decision { " A decision of the panel." } else { "" };
        let _ = writeln!(out, "- `{}`: {}.{decision}", t.name, t.says);
    }
    out.push_str("\n## Guards\n\nWho may not read a category named here is told `transition-held` and no more.\n\n| guard | holds when | tells of |\n|---|---|---|\n");
    let guards: BTreeMap<_, _> = all().flat_map(|t| t.guards).map(|g| (g.code, g)).collect();
    for (code, guard) in guards {
        let reads: Vec<_> = guard.reads.iter().map(|c| c.name()).collect();
        let _ = writeln!(out, "| `{code}` | {} | {} |", guard.says, or_dash(&reads.join(", ")));
    }
    out
}

fn row(out: &mut String, t: &Transition) {
    let who: Vec<_> = t.who.iter().map(|w| w.name()).collect();
    let guards: Vec<_> = t.guards.iter().map(|g| format!("`{}`", g.code)).collect();
    let _ = writeln!(
        out,
        "| `{}` | {} | {} | {} | {} | {} | {} | {} | {} |",
        t.name,
        stages(t.from),
        destination(t.to),
        who.join(", "),
        or_dash(&guards.join(", ")),
        t.form.name(),
        or_dash(&writes(t.writes)),
        t.deadline.unwrap_or("–"),
        if t.during_hold { "yes" } else { "no" },
    );
}

fn stages(from: &[Stage]) -> String {
    let open = Stage::ALL.iter().filter(|s| s.is_open()).count();
    if from.len() == open && from.iter().all(|s| s.is_open()) {
        return "any open".to_owned();
    }
    from.iter().map(|s| s.name()).collect::<Vec<_>>().join(", ")
}

fn destination(to: To) -> &'static str {
    match to {
        To::Same => "same",
        To::Stage(stage) => stage.name(),
        To::ConsentIfSupported => "consent",
        To::Restored => "as before",
    }
}

fn writes(writes: Writes) -> String {
    writes
        .targets()
        .iter()
        .map(|(c, kind)| if kind.is_empty() { c.name().to_owned() } else { format!("{} ({kind})", c.name()) })
        .collect::<Vec<_>>()
        .join(", ")
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
