//! That the papers are true where a program can tell: every test they name exists, every link leads somewhere, every example
//! is taken by the code it is an example for. It must never check wording.

use channel_panel::access::{Policies, matrix};
use channel_panel::app::register::Register;
use channel_panel::casework::intake::referral::Referral;
use channel_panel::casework::rules::Rules;
use channel_panel::casework::{form, strict_json};
use channel_panel::config::{Config, Limits};
use channel_panel::error::{Kind, Violations};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Markdown file of the repository.
fn papers() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["", "docs", "deploy"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// What stands between `before` and `after`, each time.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split_once(after).map(|(found, _)| found)).collect()
}

// ---- names of tests ----

/// `tests/seal/cells.rs::a_name` as (file, function).
fn named_tests(text: &str) -> BTreeSet<(&str, &str)> {
    text.split('`')
        .filter(|code| code.starts_with("tests/") || code.starts_with("src/"))
        .filter_map(|code| code.split_once("::"))
        .collect()
}

/// Whether the file has a test of that name; a property inside `proptest!` is one.
fn is_test(file: &str, name: &str) -> bool {
    let source = fs::read_to_string(root().join(file)).unwrap_or_default();
    source.split("#[test]").skip(1).any(|rest| {
        let declared = rest.split_once("fn ").and_then(|(_, after)| after.split_once('('));
        declared.is_some_and(|(function, _)| function == name)
    })
}

#[test]
fn every_test_that_a_paper_names_exists() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for paper in papers() {
        let text = fs::read_to_string(&paper).unwrap();
        for (file, name) in named_tests(&text) {
            seen += 1;
            if !is_test(file, name) {
                wrong.push(format!("{}: there is no test `{file}::{name}`", paper.display()));
            }
        }
    }
    assert_none(&wrong);
    assert!(seen > 60, "only {seen} tests are named: the papers were not read");
}

#[test]
fn a_name_that_is_nobodys_is_found() {
    let named =
        named_tests("`tests/papers.rs::a_name_that_is_nobodys_is_found` and `tests/papers.rs::read`, `src/none.rs::x`");
    let missing: Vec<_> = named.into_iter().filter(|(file, name)| !is_test(file, name)).collect();
    assert_eq!(missing, [("src/none.rs", "x"), ("tests/papers.rs", "read")]);
}

// ---- links ----

#[test]
fn every_relative_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for paper in papers() {
        let text = fs::read_to_string(&paper).unwrap();
        for target in between(&text, "](", ")") {
            let file = target.split('#').next().unwrap_or_default();
            if target.contains("://") || target.starts_with("mailto:") || file.is_empty() {
                continue;
            }
            seen += 1;
            if !paper.parent().unwrap().join(file).exists() {
                wrong.push(format!("{} links to {target}, which is not there", paper.display()));
            }
        }
    }
    assert_none(&wrong);
    assert!(seen > 20, "only {seen} links were found");
}

/// Paths of the repository that stand as code, `src/app/session.rs`, exist.
#[test]
fn every_file_that_a_paper_names_exists() {
    let mut wrong = Vec::new();
    for paper in papers() {
        let text = fs::read_to_string(&paper).unwrap();
        for code in text.split('`') {
            let path = code.split("::").next().unwrap_or_default();
            let ours =
                ["src/", "tests/", "policies/", "deploy/", "docs/", "migrations/"].iter().any(|f| path.starts_with(f));
            let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            if ours && plain && !root().join(path).exists() {
                wrong.push(format!("{} names {path}, which is not there", paper.display()));
            }
        }
    }
    assert_none(&wrong);
}

// ---- the two commands ----

#[test]
fn the_readme_begins_with_two_commands_that_there_are() {
    let (readme, makefile) = (read("README.md"), read("Makefile"));
    for command in ["demo", "test"] {
        assert!(readme.contains(&format!("\nmake {command}")), "README does not give `make {command}`");
        assert!(makefile.contains(&format!("\n{command}:")), "Makefile has no {command}");
    }
    let first = |what: &str| readme.find(what).unwrap_or(usize::MAX);
    assert!(first("\nmake demo") < first("curl -s"), "the two commands come first");
}

/// `UPDATE_GOLDEN=1` writes the table of the README anew.
#[test]
fn the_readmes_table_is_what_the_policies_say() {
    let rendered = matrix::render(&Policies::load().unwrap());
    let section = between(&rendered, "## assessment / every part in the case\n", "\n\n")[0];
    let mut rows = section.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let seats = rows.next().unwrap();
    let shown: Vec<usize> = (0..seats.len())
        .filter(|at| !["referrer", "records", "auditor", "administrator"].contains(&seats[*at]))
        .collect();
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let heads = shown.iter().map(|at| seats[*at].replace('_', " "));
    let mut table = line(std::iter::once("category".to_owned()).chain(heads).collect());
    table.push_str(&"|---".repeat(shown.len() + 1));
    table.push_str("|\n");
    for row in rows {
        let cells = shown.iter().map(|at| in_words(row[at + 1]).to_owned());
        table.push_str(&line(std::iter::once(row[0].to_owned()).chain(cells).collect()));
    }
    let readme = read("README.md");
    let (begin, end) = ("<!-- matrix: begin -->\n", "<!-- matrix: end -->");
    let stands = between(&readme, begin, end)[0];
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(root().join("README.md"), readme.replace(stands, &table)).unwrap();
        return;
    }
    assert_eq!(stands, table, "the README's table is not the policies'; run with UPDATE_GOLDEN=1");
}

fn in_words(cell: &str) -> &str {
    match cell {
        "-" => "–",
        "r" => "R own",
        "rw" => "W own",
        "Rb" => "R, W for others",
        other => other,
    }
}

// ---- deploy/ ----

#[test]
fn the_example_configuration_loads_and_has_every_key() {
    let config = Config::load(&root().join("deploy/channel-panel.example.toml")).unwrap();
    let rules: Rules = config.rules.clone().try_into().unwrap();
    assert_eq!(rules, Rules::default(), "the example shows the defaults");
    assert_eq!(format!("{:?}", config.limits), format!("{:?}", Limits::default()), "the example shows the defaults");
    let text = read("deploy/channel-panel.example.toml");
    let every_rule = toml::Table::try_from(Rules::default()).unwrap();
    let source = read("src/config.rs") + &read("src/config/ledger.rs");
    let fields = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "))
        .map(|(name, _)| name.to_owned());
    let missing: Vec<String> = fields
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .chain(every_rule.keys().cloned())
        .filter(|name| {
            // A table within one, and what takes another's place, shown behind a `#`, are there too.
            let forms = ["\nNAME = ", "\n# NAME = ", "\n[NAME]", "\n[notices.NAME]", "\n# [ledger.NAME]", "\n[[NAME]]"];
            !forms.iter().any(|form| text.contains(&form.replace("NAME", name)))
        })
        .collect();
    assert_none(&missing);
}

#[test]
fn the_unit_gives_the_service_what_the_example_names() {
    let config = Config::load(&root().join("deploy/channel-panel.example.toml")).unwrap();
    let unit = read("deploy/channel-panel.service");
    let state = between(&unit, "\nStateDirectory=", "\n")[0];
    for folder in [&config.keys.directory, &config.ledger.signer_directory] {
        assert!(
            folder.starts_with(Path::new("/var/lib").join(state)),
            "{} is not writable to the unit",
            folder.display()
        );
    }
    // The program looks at the key's mode, which a credential of systemd may not keep.
    assert!(!unit.contains("LoadCredential"));
    let tls = config.tls.unwrap();
    for file in [tls.certificate, tls.key] {
        assert!(file.starts_with("/etc/channel-panel"), "{} is not where the papers put it", file.display());
        assert!(!unit.contains(&format!("Paths=-{}", file.display())), "{} is hidden from the unit", file.display());
    }
}

#[test]
fn the_example_register_is_one_that_can_be_taken_in() {
    let register: Register = serde_json::from_str(&read("deploy/register.example.json")).unwrap();
    let agencies: BTreeSet<_> = register.agencies.iter().map(|agency| agency.id).collect();
    let people: BTreeSet<_> = register.people.iter().map(|person| person.id).collect();
    let panels: BTreeSet<_> = register.panels.iter().map(|panel| panel.id).collect();
    for membership in &register.memberships {
        assert!(membership.confirmed(), "{}", membership.id);
        assert!(agencies.contains(&membership.agency) && people.contains(&membership.person), "{}", membership.id);
        assert!(panels.contains(&membership.panel) && people.contains(&membership.proposed_by), "{}", membership.id);
    }
    assert!(register.agreements.iter().all(|a| agencies.contains(&a.agency) && panels.contains(&a.panel)));
    let config = Config::load(&root().join("deploy/channel-panel.example.toml")).unwrap();
    let spoken_for: BTreeSet<_> = config.issuers.iter().flat_map(|issuer| &issuer.agencies).collect();
    assert!(agencies.iter().all(|id| spoken_for.contains(&id.0)), "an agency of the register has no issuer");
    let issuers: BTreeSet<&str> = config.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
    assert!(register.people.iter().all(|person| issuers.contains(person.issuer.as_str())));
}

// ---- docs/integrators.md ----

#[test]
fn the_integrators_referral_would_be_taken() {
    let text = read("docs/integrators.md");
    let example = between(&text, "<!-- a whole referral -->\n```json\n", "```")[0];
    let value = strict_json::parse_strict(example.as_bytes()).unwrap();
    let referral: Referral = form::parse(&value, "").unwrap();
    let mut violations = Violations::default();
    referral.check(chrono::Utc::now().date_naive(), &mut violations);
    violations.finish().unwrap();
}

#[test]
fn the_integrators_table_has_every_problem_and_no_other() {
    let text = read("docs/integrators.md");
    let stands: BTreeSet<String> = between(&text, "<!-- problems: begin -->\n", "<!-- problems: end -->")[0]
        .lines()
        .skip(2)
        .filter_map(|row| row.rsplit_once(" | ").map(|(facts, _)| facts.to_owned()))
        .collect();
    let kinds = Kind::ALL.iter().map(|kind| kind.describe());
    let expected = kinds.map(|(slug, status, title)| format!("| `{slug}` | {status} | {title}")).collect();
    assert_eq!(stands, expected);
}
