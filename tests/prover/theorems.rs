//! Each theorem holds, and each is refuted by the slip written beside it.

use super::{POLICIES, at};
use channel_panel::prover::theorems::FILES;
use channel_panel::prover::{Ground, Kind, ProverError, Theorem, Verdict, document, prove, share, workers};
use std::collections::BTreeSet;
use std::time::Instant;

fn names_in(folder: &str) -> BTreeSet<String> {
    std::fs::read_dir(at(folder))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".cedar").map(str::to_owned))
        .collect()
}

#[test]
fn every_file_is_a_theorem_and_has_its_slip() {
    let theorems = Theorem::all().unwrap();
    let known: BTreeSet<String> = theorems.iter().map(|theorem| theorem.id().to_owned()).collect();
    assert_eq!(known.len(), FILES.len());
    assert_eq!(names_in("policies/theorems"), known);
    assert_eq!(names_in("policies/theorems/mutations"), known);
    let claims: BTreeSet<&str> = theorems.iter().map(Theorem::claim).collect();
    assert_eq!(claims.len(), theorems.len(), "two theorems claim the same");
}

#[test]
fn what_is_no_theorem_is_refused() {
    let whole = r#"@id("x") @about("A") @claim("B.") permit (principal, action, resource);"#;
    assert!(Theorem::parse("x", whole).is_ok());
    for (bad, name) in [
        (whole.to_owned(), "y"),
        (whole.replace("permit", "forbid"), "x"),
        (whole.replace("B.", "B"), "x"),
        (whole.replace("@about(\"A\")", ""), "x"),
        (format!("{whole} {whole}"), "x"),
        (String::new(), "x"),
        ("permit".to_owned(), "x"),
    ] {
        assert!(matches!(Theorem::parse(name, &bad), Err(ProverError::Theorem { .. })), "{bad}");
    }
}

#[test]
fn theorems_md_is_the_files() {
    let (path, text) = (at("docs/theorems.md"), document::render(&Theorem::all().unwrap()));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == text, "docs/theorems.md is stale; run with UPDATE_GOLDEN=1");
}

#[test]
fn all_theorems_hold() {
    let begun = Instant::now();
    let theorems = Theorem::all().unwrap();
    let outcomes = prove(&Ground::new(&POLICIES).unwrap(), &theorems).unwrap();
    let mut kinds = 0;
    for (theorem, outcome) in theorems.iter().zip(&outcomes) {
        match &outcome.verdict {
            Verdict::Holds { kinds: covered } => kinds += covered,
            Verdict::Refuted(found) => panic!("{} is refuted:\n{found}", theorem.id()),
            Verdict::Vacuous => panic!("{} speaks of no request", theorem.id()),
        }
    }
    println!("{} theorems, {kinds} kinds of request, {:?}", theorems.len(), begun.elapsed());
    assert!(theorems.len() >= 30);
}

#[test]
fn every_policy_is_alive_and_never_errs() {
    let ground = Ground::new(&POLICIES).unwrap();
    let policies: Vec<_> = ground.set().policies().cloned().collect();
    let faults = share(&policies, workers(), |prover, policy| prover.fault(&ground, policy)).unwrap();
    let ill: Vec<_> =
        policies.iter().zip(&faults).filter_map(|(policy, fault)| Some((policy.id(), fault.as_ref()?))).collect();
    assert!(ill.is_empty(), "{ill:?}");
}

/// What one slip lets through: the theorem beside it must say so, in a request that Cedar itself then allows.
fn refuted(prover: &mut channel_panel::prover::Prover, theorem: &Theorem) -> Result<String, ProverError> {
    let file = at("policies/theorems/mutations").join(format!("{}.cedar", theorem.id()));
    let slip = POLICIES.amended(theorem.id(), &std::fs::read_to_string(file).unwrap())?;
    let ground = Ground::new(&slip)?;
    // What either speaks of, the policy as it was and as the slip has it: elsewhere nothing has changed.
    let changed: BTreeSet<&str> = slip
        .set()
        .policies()
        .filter(|policy| POLICIES.set().policy(policy.id()) != Some(*policy))
        .flat_map(|policy| [Some(policy), POLICIES.set().policy(policy.id())])
        .flatten()
        .flat_map(|policy| ground.admitted(policy).map(Kind::name).collect::<Vec<_>>())
        .collect();
    let kinds = ground.admitted(theorem.policy()).filter(|kind| changed.contains(kind.name()));
    Ok(match prover.theorem_in(&ground, theorem, kinds)? {
        Verdict::Refuted(found) => found.to_string(),
        other => panic!("{} is not refuted by its slip: {other:?}", theorem.id()),
    })
}

#[test]
fn every_theorem_is_refuted_by_its_slip() {
    let begun = Instant::now();
    let theorems = Theorem::all().unwrap();
    let found = share(&theorems, workers(), refuted).unwrap();
    for (theorem, found) in theorems.iter().zip(&found) {
        for part in ["principal ", "action    Action::", "resource  ", "context   {", "allowed by "] {
            assert!(found.contains(part), "{}: {found}", theorem.id());
        }
    }
    println!("{} slips refuted in {:?}, the first so:\n{}", found.len(), begun.elapsed(), found[0]);
}

/// The guard for closed cases once asked for the role, where all permits ask for the seat.
#[test]
fn a_guard_that_asks_for_the_role_is_refuted() {
    let text = std::fs::read_to_string(at("policies/guards.cedar")).unwrap();
    let start = text.find("@id(\"guard_closed\")").unwrap();
    let guard = text[start..].split_inclusive("};").next().unwrap().replace("principal.seat ==", "principal.role ==");
    let ground = Ground::new(&POLICIES.amended("guards.cedar", &guard).unwrap()).unwrap();
    let theorems = Theorem::all().unwrap();
    let theorem =
        theorems.iter().find(|theorem| theorem.id() == "a_closed_case_opens_to_records_or_with_a_reason").unwrap();
    let mut prover = channel_panel::prover::Prover::new().unwrap();
    assert!(matches!(prover.theorem(&ground, theorem).unwrap(), Verdict::Refuted(_)));
}

#[test]
fn a_theorem_that_speaks_of_no_request_proves_nothing() {
    let text = r#"@id("x") @about("A") @claim("B.") permit (principal is Membership, action, resource is Case)
        when { resource.listed && !resource.listed };"#;
    let ground = Ground::new(&POLICIES).unwrap();
    let mut prover = channel_panel::prover::Prover::new().unwrap();
    let verdict = prover.theorem(&ground, &Theorem::parse("x", text).unwrap()).unwrap();
    assert!(matches!(verdict, Verdict::Vacuous));
}
