//! The rules of the house that the compiler does not know: which room may import which, who may name the database,
//! how a file opens and how long it may be. It reads source text; it must never need the code to compile.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room imports only rooms before it. `main` is the binary.
const ROOMS: &[&str] = &[
    "clock",
    "digest",
    "error",
    "config",
    "telemetry",
    "casework",
    "access",
    "prover",
    "seal",
    "ledger",
    "store",
    "app",
    "reports",
    "api",
    "demo",
    "cli",
    "main",
];

const MOST_LINES: usize = 500;

/// Crates and parts of `std` that reach the world outside; casework decides on values alone.
const WORLD: &[&str] = &["actix_web", "cedar_policy", "diesel", "ring", "rustls", "tokio", "tracing"];
const WORLD_IN_STD: &[&str] = &["env", "fs", "io", "net", "process", "thread", "time"];

/// Split, so that this file does not hold them.
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

// ---- the rules, each over one text ----

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// `path` is relative to `src/`, with forward slashes.
fn complaints(path: &str, source: &str) -> Vec<String> {
    let code = code_only(source);
    let tokens = tokens(&code);
    let mut found = form_complaints(source);
    if path == "lib.rs" {
        found.extend(lib_complaints(&tokens));
    } else {
        found.extend(arrow_complaints(path, &tokens));
    }
    if !path.starts_with("store/") {
        let names = tokens.iter().any(|token| ["diesel", "diesel_migrations", "libsqlite3_sys"].contains(token));
        found.extend(names.then(|| "names the database's crates, which only src/store may".to_owned()));
    }
    if path.starts_with("casework/") {
        found.extend(world_complaints(&tokens));
    }
    found
}

fn form_complaints(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !source.starts_with("//! ") {
        found.push("does not open with `//!`: what it is for and what it must never do".to_owned());
    }
    let lines = source.lines().count();
    if lines > MOST_LINES {
        found.push(format!("has {lines} lines; none may have more than {MOST_LINES}"));
    }
    found
}

/// The rooms are declared in order, and nothing is re-exported: an arrow must name the room it points at.
fn lib_complaints(tokens: &[&str]) -> Vec<String> {
    let declared: Vec<&str> = tokens.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1]).collect();
    let mut found: Vec<String> = declared
        .iter()
        .filter(|room| rank(room).is_none())
        .map(|room| format!("declares `{room}`, which is no room of the house"))
        .collect();
    if !declared.is_sorted_by_key(|room| rank(room)) {
        found.push("declares the rooms out of order".to_owned());
    }
    if tokens.contains(&"use") {
        found.push("imports or re-exports; it may only declare rooms".to_owned());
    }
    found
}

fn arrow_complaints(path: &str, tokens: &[&str]) -> Vec<String> {
    let modules: Vec<&str> = path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let own = modules[0];
    let Some(own_rank) = rank(own) else {
        return vec![format!("belongs to `{own}`, which is no room of the house")];
    };
    named_from_root(tokens, modules.len())
        .iter()
        .filter(|name| rank(name).is_some_and(|target| target > own_rank))
        .map(|name| format!("`{own}` imports `{name}`, which comes after it"))
        .collect()
}

fn world_complaints(tokens: &[&str]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (at, pair) in tokens.windows(2).enumerate().filter(|(_, pair)| pair[1] == "::") {
        if WORLD.contains(&pair[0]) {
            found.insert(pair[0].to_owned());
        }
        let parts = heads(tokens, at + 2);
        let forbidden: &[&str] = match pair[0] {
            "std" => WORLD_IN_STD,
            "clock" => &["Clock"],
            _ => &[],
        };
        found.extend(parts.iter().filter(|part| forbidden.contains(part)).map(|part| format!("{}::{part}", pair[0])));
    }
    found.iter().map(|name| format!("casework is pure, and this names `{name}`")).collect()
}

// ---- reading Rust, as far as the rules need it ----

/// What is named directly under the crate's root: by `crate::`, or by enough `super::` in a module this deep.
fn named_from_root<'a>(tokens: &[&'a str], depth: usize) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let continues = at > 0 && tokens[at - 1] == "::";
        if ["crate", "channel_panel"].contains(token) && tokens.get(at + 1) == Some(&"::") {
            names.extend(heads(tokens, at + 2));
        } else if *token == "super" && !continues {
            let ups = tokens[at..].chunks(2).take_while(|step| *step == ["super", "::"]).count();
            if ups >= depth {
                names.extend(heads(tokens, at + 2 * ups));
            }
        }
    }
    names
}

/// The first names of a path that continues here: one, or one for each branch of a `{…}` list.
fn heads<'a>(tokens: &[&'a str], at: usize) -> Vec<&'a str> {
    match tokens.get(at) {
        Some(&"{") => {}
        Some(name) => return vec![name],
        None => return Vec::new(),
    }
    let mut depth = 0;
    let mut names = Vec::new();
    for (offset, token) in tokens[at..].iter().enumerate() {
        match *token {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && ["{", ","].contains(&tokens[at + offset - 1]) => names.push(name),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Identifiers, `::`, and every other character by itself.
fn tokens(code: &str) -> Vec<&str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code.trim_start();
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        found.push(token);
        rest = after.trim_start();
    }
    found
}

/// The source without comments and without what stands in quotes.
fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skip = comment(rest).or_else(|| raw_string(rest, &code)).or_else(|| quoted(rest));
        match skip {
            Some(_) => code.push(' '),
            None => code.push(first),
        }
        rest = &rest[skip.unwrap_or(first.len_utf8())..];
    }
    code
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    rest.starts_with("/*").then(|| {
        let mut depth = 0;
        for (at, _) in rest.char_indices() {
            let here = &rest[at..];
            depth += i32::from(here.starts_with("/*")) - i32::from(here.starts_with("*/"));
            if depth == 0 {
                return at + 2;
            }
        }
        rest.len()
    })
}

fn raw_string(rest: &str, before: &str) -> Option<usize> {
    let inside_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')).filter(|_| !inside_word)?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let text = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let prefix = rest.len() - text.len();
    Some(text.find(&end).map_or(rest.len(), |at| prefix + at + end.len()))
}

/// A string, or a character (which a lifetime is not).
fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c))?;
    if quote == '\'' && !rest[1..].starts_with('\\') && rest.chars().nth(2) != Some('\'') {
        return None;
    }
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return Some(at + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    Some(rest.len())
}

fn unfinished(text: &str) -> Vec<&'static str> {
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    UNFINISHED.iter().copied().filter(|word| words.contains(word)).collect()
}

// ---- the house itself ----

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the repository, leaving out what is made by running or building it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        if [".git", "target", "data/demo"].contains(&name) {
            continue;
        }
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_source_file_keeps_the_rules() {
    let src = root().join("src");
    let mut found = Vec::new();
    let all = files(&src);
    assert!(all.len() > 5, "src/ was not read");
    for file in all.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap();
        let source = fs::read_to_string(file).unwrap();
        found.extend(complaints(path, &source).iter().map(|complaint| format!("src/{path} {complaint}")));
    }
    assert_none(&found);
}

#[test]
fn every_test_file_opens_with_its_purpose_and_is_short() {
    let mut found = Vec::new();
    for folder in ["tests", "benches", "fuzz"].iter().map(|name| root().join(name)).filter(|folder| folder.exists()) {
        for file in files(&folder).iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
            let source = fs::read_to_string(file).unwrap();
            found.extend(form_complaints(&source).iter().map(|complaint| format!("{} {complaint}", file.display())));
        }
    }
    assert_none(&found);
}

#[test]
fn nothing_is_marked_unfinished() {
    let mut found = Vec::new();
    for file in files(root()) {
        // Not text: nobody marks a picture unfinished.
        let Ok(text) = fs::read_to_string(&file) else { continue };
        found.extend(unfinished(&text).iter().map(|word| format!("{} says {word}", file.display())));
    }
    assert_none(&found);
}

// ---- the rules find what they are for ----

#[test]
fn an_arrow_the_wrong_way_is_found_however_it_is_written() {
    let wrong = [
        ("casework/state.rs", "use crate::store::Pool;"),
        ("casework/state.rs", "use crate::{\n  clock::Moment,\n  store::{Pool, access},\n};"),
        ("casework/state.rs", "fn f() -> crate :: store :: Pool { todo() }"),
        ("casework/state.rs", "use super::super::store::Pool;"),
        ("casework/mod.rs", "use super::{ledger, clock};"),
        ("clock.rs", "use super::seal;"),
        ("access/facts.rs", "macro_rules! m { () => { $crate::seal::Sealer } }"),
        ("seal/cell.rs", "fn a<'a>(x: &'a str) { let quote = '\"'; crate::api::x(); let other = '\"'; }"),
    ];
    for (path, code) in wrong {
        let source = format!("//! A file.\n{code}");
        let found = complaints(path, &source);
        assert!(found.iter().any(|c| c.contains("comes after it")), "{path}: {code}: {found:?}");
    }
}

#[test]
fn an_arrow_the_right_way_is_left_alone() {
    let right = [
        ("api/cases/open.rs", "use crate::{access::Permit, store};\nuse super::super::store;"),
        ("casework/forms/mod.rs", "use super::access;"),
        (
            "casework/state.rs",
            "// crate::store::Pool\n/* /* x */ crate::store */\nconst A: &str = \"crate::store::x \\\" crate::api\";",
        ),
        ("casework/state.rs", "const A: &str = r#\"crate::store \" crate::api\"#;"),
        ("store/rows.rs", "use diesel::prelude::*;\nuse crate::ledger::Entry;"),
        ("main.rs", "fn main() { channel_panel::cli::run() }"),
    ];
    for (path, code) in right {
        let source = format!("//! A file.\n{code}");
        assert_eq!(complaints(path, &source), Vec::<String>::new(), "{path}: {code}");
    }
}

#[test]
fn each_other_rule_finds_its_breach() {
    let long = format!("//! A file.\n{}", "\n".repeat(MOST_LINES));
    let breaches = [
        ("app/open_case.rs", "//! A file.\nuse diesel::prelude::*;", "only src/store"),
        ("casework/state.rs", "use crate::clock::Moment;", "does not open"),
        ("app/open_case.rs", &long, "lines"),
        ("utils/strings.rs", "//! A file.", "no room"),
        ("casework/state.rs", "//! A file.\nuse std::{collections::BTreeMap, fs};", "std::fs"),
        ("casework/state.rs", "//! A file.\nfn f() { std::net::x() }", "std::net"),
        ("casework/state.rs", "//! A file.\nuse ring::digest;", "`ring`"),
        ("casework/state.rs", "//! A file.\nuse crate::clock::{Clock, Moment};", "clock::Clock"),
        ("lib.rs", "//! A file.\npub mod seal;\npub mod access;", "out of order"),
        ("lib.rs", "//! A file.\npub mod helpers;", "no room"),
        ("lib.rs", "//! A file.\npub mod store;\npub use store::Pool;", "re-exports"),
    ];
    for (path, source, expected) in breaches {
        let found = complaints(path, source);
        assert!(found.iter().any(|c| c.contains(expected)), "{path}: {found:?} lacks {expected}");
    }
    assert_eq!(unfinished(&format!("// {}: later", UNFINISHED[0])), [UNFINISHED[0]]);
    assert!(unfinished("a method unlike others").is_empty());
}
