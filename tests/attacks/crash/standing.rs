//! What the database holds, held to what was answered, and each case and referral to itself. It must never end at the first
//! fault, or a control could not tell which one was found.

use super::load::Answered;
use crate::attacks::sql::Owner;
use channel_panel::access::{Header, ReferralFacts};
use channel_panel::casework::category::Shape;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// By request id, how each of its entries came out.
pub type Entered = BTreeMap<String, Vec<String>>;

pub fn entered<'b>(bodies: impl IntoIterator<Item = &'b str>) -> Entered {
    let mut found = Entered::new();
    for body in bodies {
        let body: Value = serde_json::from_str(body).unwrap();
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        found.entry(text("request")).or_default().push(text("outcome"));
    }
    found
}

/// Answers without an entry of theirs, or with one that says otherwise, or with two.
pub fn unentered(entered: &Entered, known: &Answered) -> Vec<String> {
    let fits = |status: u16, outcome: &str| (status < 300) == ["shown", "changed"].contains(&outcome);
    let wrong = known.answers.iter().filter_map(|(request, status)| match entered.get(request).map(Vec::as_slice) {
        Some([outcome]) if fits(*status, outcome) => None,
        Some(outcomes) => Some(format!("answered {status} and entered as {outcomes:?}: {request}")),
        None => Some(format!("answered {status} and not entered: {request}")),
    });
    wrong.collect()
}

fn set(owner: &Owner<'_>, sql: &str) -> BTreeSet<String> {
    owner.texts(sql).into_iter().collect()
}

/// How many rows there are of each id.
fn counts(owner: &Owner<'_>, table: &str, id: &str) -> BTreeMap<String, i64> {
    let sql = format!("SELECT {id} || ' ' || CAST(count(*) AS TEXT) AS v FROM {table} GROUP BY {id}");
    let split = |row: String| row.split_once(' ').map(|(id, n)| (id.to_owned(), n.parse().unwrap())).unwrap();
    owner.texts(&sql).into_iter().map(split).collect()
}

/// Everything that is not as it was answered, or there by half.
pub fn faults(owner: &Owner<'_>, known: &Answered) -> Vec<String> {
    let bodies = owner.texts("SELECT body AS v FROM ledger_entry");
    let mut found = unentered(&entered(bodies.iter().map(String::as_str)), known);
    let (referrals, notes) =
        (set(owner, "SELECT id AS v FROM referral"), set(owner, "SELECT record_id AS v FROM case_record"));
    let lost = |kept: &BTreeSet<String>, told: &[String], what: &str| -> Vec<String> {
        told.iter().filter(|id| !kept.contains(*id)).map(|id| format!("an acknowledged {what} is lost: {id}")).collect()
    };
    found.extend(lost(&referrals, &known.referrals, "referral"));
    found.extend(lost(&notes, &known.notes, "note"));
    found.extend(referrals_by_half(owner));
    found.extend(cases_by_half(owner));
    found
}

fn referrals_by_half(owner: &Owner<'_>) -> Vec<String> {
    let cases = counts(owner, "referral_case", "referral_id");
    let headers = owner.texts("SELECT header AS v FROM referral");
    let facts = headers.iter().map(|header| serde_json::from_str::<ReferralFacts>(header).unwrap());
    facts
        .filter(|facts| cases.get(&facts.id.to_string()) != Some(&i64::from(facts.people)))
        .map(|facts| format!("a referral without its cases: {}", facts.id))
        .collect()
}

/// Per case: header versions, versions of categories, records and events that the header speaks of, and the change's mark.
fn cases_by_half(owner: &Owner<'_>) -> Vec<String> {
    let tables = ["case_header_version", "case_version", "case_record", "event"].map(|t| counts(owner, t, "case_id"));
    let marks = set(owner, "SELECT case_lid || ' ' || CAST(version AS TEXT) AS v FROM ledger_mark");
    let mut found = Vec::new();
    for header in owner.texts("SELECT header AS v FROM case_file") {
        let header: Header = serde_json::from_str(&header).unwrap();
        let id = header.case.to_string();
        let (mut singles, mut many) = (0, 0);
        for (category, fact) in &header.categories {
            match category.shape() {
                Shape::Single => singles += i64::from(fact.version),
                Shape::Many => many += i64::from(fact.version),
            }
        }
        let held = tables.each_ref().map(|of| of.get(&id).copied().unwrap_or(0));
        if held != [header.version, singles, many, i64::from(header.events.count)] {
            found.push(format!("a case by half: {id}"));
        }
        if !(1..=header.version).all(|version| marks.contains(&format!("{} {version}", header.ledger_id))) {
            found.push(format!("a change without its entry: {id}"));
        }
    }
    found
}
