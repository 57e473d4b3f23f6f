//! Notes, actions, requests, releases, links, on-behalf: one whole example of each, and each thing that may be wrong with it.

use super::today;
use channel_panel::casework::category::Category;
use channel_panel::casework::fields::{Content, Context};
use channel_panel::casework::form;
use channel_panel::casework::intake::on_behalf::OnBehalfOf;
use channel_panel::casework::records::action::{Action, ActionDone};
use channel_panel::casework::records::information::{InformationReply, InformationRequest};
use channel_panel::casework::records::link::CaseLink;
use channel_panel::casework::records::log::LogNote;
use channel_panel::casework::records::release::Release;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ID: &str = "6f0ca9a3-5b3f-4b8f-9a53-6f2f3e0a4f11";

/// The first thing wrong, as "pointer rule"; empty if nothing is.
fn wrong<T: Content + DeserializeOwned + std::fmt::Debug>(value: &Value) -> String {
    let read = form::parse::<T>(value, "").and_then(|form| {
        let shown = format!("{form:?}");
        assert!(shown.chars().all(|c| c.is_ascii_alphabetic()), "{shown}");
        let mut violations = channel_panel::error::Violations::default();
        form.check(&Context::today(today()), &mut violations);
        violations.finish()
    });
    read.err().map(|p| format!("{} {}", p.violations[0].field, p.violations[0].rule)).unwrap_or_default()
}

fn try_all<T: Content + DeserializeOwned + std::fmt::Debug>(whole: &Value, cases: &[(Value, &str)]) {
    assert_eq!(wrong::<T>(whole), "");
    for field in T::FIELDS.iter().filter(|f| f.rule.required) {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(&field.wire_name());
        let first = wrong::<T>(&less);
        assert!(first.starts_with(&format!("/{}", field.wire_name())) && first.ends_with(" missing"), "{first}");
    }
    for (change, expected) in cases {
        let mut changed = whole.clone();
        changed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(wrong::<T>(&changed), *expected, "{change}");
    }
}

#[test]
fn a_log_note() {
    let whole = json!({"on": "2026-03-01", "kind": "call", "note": "Spoke to the mother."});
    try_all::<LogNote>(
        &whole,
        &[
            (json!({"on": "2026-03-03"}), "/on in_the_future"),
            (json!({"kind": "attempt"}), "/outcome missing"),
            (json!({"kind": "attempt", "outcome": "no_answer"}), ""),
            (json!({"kind": "seance"}), "/kind unknown_code"),
            (json!({"on": "yesterday"}), "/on not_a_date"),
        ],
    );
}

#[test]
fn an_action_and_its_end() {
    let whole = json!({"what": "Ask the school", "owner": ID, "agreedOn": "2026-03-02", "due": "2026-03-09"});
    try_all::<Action>(
        &whole,
        &[
            (json!({"due": "2026-03-01"}), "/due before_start"),
            (json!({"due": "2036-03-01"}), "/due too_late"),
            (json!({"owner": "the school"}), "/owner not_an_id"),
        ],
    );
    try_all::<ActionDone>(
        &json!({"status": "done", "done": "2026-03-02"}),
        &[(json!({"status": "not_possible"}), "/note missing")],
    );
}

#[test]
fn a_request_and_its_reply() {
    let whole = json!({"agency": ID, "question": "Is he known?", "necessity": "To decide on section 36", "askedOn": "2026-03-02", "due": "2026-03-09"});
    try_all::<InformationRequest>(
        &whole,
        &[(json!({"due": "2026-03-01"}), "/due before_start"), (json!({"question": " "}), "/question blank")],
    );
    try_all::<InformationReply>(
        &json!({"reply": "not_known", "repliedOn": "2026-03-02"}),
        &[
            (json!({"reply": "known"}), "/text missing"),
            (json!({"reply": "declined"}), "/text missing"),
            (json!({"reply": "declined", "text": "Live inquiry"}), ""),
        ],
    );
}

#[test]
fn a_release() {
    let whole = json!({
        "summary": "Known to a clinic; no risk to others.", "recipients": ["council", "police"], "purpose": "Panel", "lawfulBasis": ["public_task"],
        "necessity": "The panel cannot plan without it", "consent": {"sought": false, "whyNot": "Would raise the risk"}, "writtenOn": "2026-03-02",
    });
    try_all::<Release>(
        &whole,
        &[
            (json!({"recipients": ["everybody"]}), "/recipients/0 unknown_code"),
            (json!({"consent": {"sought": false}}), "/consent/whyNot missing"),
            (json!({"consent": {"sought": true}}), "/consent/given missing"),
            (json!({"consent": {"sought": true, "given": "yes"}}), ""),
            (json!({"lawfulBasis": ["because"]}), "/lawfulBasis/0 unknown_code"),
        ],
    );
    assert_eq!(Release::target(Category::Health), Some(Category::HealthSummary));
    assert_eq!(Category::ALL.iter().filter(|c| Release::target(**c).is_some_and(Category::is_summary)).count(), 3);
}

#[test]
fn a_link_and_a_word_on_behalf() {
    try_all::<CaseLink>(
        &json!({"otherCase": ID, "kind": "sibling"}),
        &[(json!({"kind": "cousin"}), "/kind unknown_code")],
    );
    let told = json!({"agency": "Example School", "person": "Zoë Ngũgĩ", "how": "phone", "when": "2026-03-02"});
    try_all::<OnBehalfOf>(
        &told,
        &[
            (json!({"when": "2026-03-03"}), "/when in_the_future"),
            (json!({"how": "telepathy"}), "/how unknown_code"),
            (json!({"agencyId": ID}), ""),
        ],
    );
}
