//! A mutation fuzzer for everything that the ledger reads from others: entries, notes, keys, receipts, proofs, tiles, the lines
//! of an export. By itself it tries so many inputs and always the same; `FUZZ_MINUTES` lets it go on with others.
//! It must never only look for panics: whatever is accepted must be what its writer would have written.

use super::receipt::promised;
use super::signer::new_signer;
use super::{draft, entry, oracle};
use channel_panel::casework::ids::LedgerId;
use channel_panel::clock::Moment;
use channel_panel::ledger::body::{Body, Skimmer};
use channel_panel::ledger::entry::{Actor, DetailValue};
use channel_panel::ledger::expired::Remnant;
use channel_panel::ledger::export::{parse_frontier, print_frontier};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::{self, VKey};
use channel_panel::ledger::receipt::Receipt;
use channel_panel::ledger::tile::{TileName, bundle, parse_bundle};
use channel_panel::ledger::tree::{
    Frontier, Hash, MemoryTree, hash_leaf, prove_consistency, prove_inclusion, root_at, verify_consistency,
    verify_inclusion,
};
use channel_panel::ledger::witness::Request;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Inputs of each target where nobody asks for more.
const INPUTS: u64 = 20_000;

/// Inputs that were accepted and are changed further; more would only be slow.
const KEPT: usize = 256;

/// SplitMix64: the same numbers on every machine.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, which is above 0.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }
}

/// Bytes that mean something to one of the formats.
const PIECES: [&[u8]; 16] = [
    b"\n",
    b"\n\n",
    b"\"",
    b",",
    b":",
    b"{",
    b"}",
    b"/",
    b"x",
    b".p/",
    b"0",
    b"-1",
    b"18446744073709551616",
    b"\xe2\x80\x94 ",
    b"\xff",
    b"\0",
];

fn mutated(chance: &mut Chance, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let to = at + chance.below(bytes.len() - at + 1);
        match chance.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
            2 => drop(bytes.drain(at..to)),
            3 if bytes.len() < 4096 => {
                let again = bytes[at..to].to_vec();
                drop(bytes.splice(at..at, again));
            }
            4 => {
                drop(bytes.splice(at..at, PIECES[chance.below(PIECES.len())].iter().copied()));
            }
            5 => {
                let other = &corpus[chance.below(corpus.len())];
                let from = chance.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => bytes.truncate(to),
        }
    }
    bytes
}

/// `accepts` says whether the input was taken, and panics where it was taken and should not have been.
fn fuzz(name: &str, seeds: Vec<Vec<u8>>, accepts: impl Fn(&[u8]) -> bool) {
    for seed in &seeds {
        assert!(accepts(seed), "{name}: an honest input is refused");
    }
    let minutes: Option<u64> = std::env::var("FUZZ_MINUTES").ok().map(|text| text.parse().unwrap());
    // Hours of the same inputs would find nothing: those runs begin elsewhere each time, and say where.
    let start = minutes
        .map_or(1, |_| (u64::from(std::process::id()) << 32) | u64::from(chrono::Utc::now().timestamp_subsec_nanos()));
    let (mut chance, mut corpus, began) = (Chance(start), seeds, Instant::now());
    let honest = corpus.len();
    let (mut tried, mut taken) = (0u64, 0u64);
    while minutes.map_or(tried < INPUTS, |minutes| began.elapsed() < Duration::from_secs(minutes * 60)) {
        let input = mutated(&mut chance, &corpus);
        let outcome = catch_unwind(AssertUnwindSafe(|| accepts(&input)));
        let accepted =
            outcome.unwrap_or_else(|_| panic!("{name}: start {start}, input {tried}: {}", input.escape_ascii()));
        if accepted {
            taken += 1;
            if corpus.len() < KEPT {
                corpus.push(input);
            } else {
                let place = honest + chance.below(KEPT - honest);
                corpus[place] = input;
            }
        }
        tried += 1;
    }
    println!("{name}: {tried} inputs, {taken} accepted");
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

#[test]
fn bodies_and_lines_of_an_export() {
    let made = entry(1, LedgerId::new(), 3, true);
    let mut bare = draft(LedgerId::new(), 3, false);
    (bare.actor, bare.panel, bare.purpose, bare.manifest) = (Actor::default(), None, None, Vec::new());
    bare.detail = vec![("least", DetailValue::Number(i64::MIN)), ("none", DetailValue::Number(0))];
    let bare = bare.finish("w/2", i64::MAX, Moment(0), [1; 32]).unwrap();
    let bodies = [&made.body, &bare.body].map(|body| body.clone().into_bytes());
    // One for all of them: what it remembers of one body must not change what it finds in another.
    let skimmer = RefCell::new(Skimmer::default());
    fuzz("body", bodies.into(), |bytes| {
        let body = Body::parse(text(bytes));
        assert_eq!(body.is_ok(), oracle::is_body(text(bytes)), "two readings of one body: {body:?}");
        assert_eq!(body.as_ref().err(), skimmer.borrow_mut().skim(text(bytes)).as_ref().err());
        body.is_ok()
    });
    let opened = Line { leaf: made.leaf, opened: Some((made.salt, made.body)), expired: None };
    let withheld = Line { leaf: made.leaf, opened: None, expired: None };
    let by = channel_panel::casework::ids::RequestId::new().0;
    let expired = Some(Remnant { writer: "host/epoch.1".to_owned(), n: 7, by });
    let expired = Line { leaf: made.leaf, opened: None, expired };
    let seeds = [opened, withheld, expired].iter().map(|line| line.print().unwrap().into_bytes()).collect();
    fuzz("line", seeds, |bytes| {
        let is_body = |line: &Line| line.opened.as_ref().is_none_or(|(_, body)| Body::parse(body).is_ok());
        let line = Line::parse(bytes).filter(is_body);
        assert_eq!(line.is_some(), oracle::is_line(bytes), "two readings of one line");
        assert!(line.as_ref().is_none_or(|line| line.print().unwrap().as_bytes() == bytes));
        line.is_some()
    });
    let mut frontier = Frontier::default();
    (0..7u8).for_each(|n| frontier.push(hash_leaf(&[n])));
    fuzz("frontier", vec![print_frontier(&frontier).into_bytes()], |bytes| {
        let frontier = parse_frontier(bytes);
        assert!(frontier.as_ref().is_none_or(|frontier| print_frontier(frontier).as_bytes() == bytes));
        frontier.is_some()
    });
}

#[test]
fn notes_keys_and_receipts() {
    let mut signer = new_signer("fuzz-note");
    let leaf = hash_leaf(b"x");
    let signed = signer.sign(1, leaf, [leaf]).unwrap();
    let key = signer.key().vkey().clone();
    let honest = note::open(signed.as_bytes(), std::slice::from_ref(&key)).unwrap();
    fuzz("note", vec![signed.into_bytes()], |bytes| {
        let opened = note::open(bytes, std::slice::from_ref(&key));
        // Lines of keys that nobody believes may come and go; what was signed may not.
        assert!(opened.as_ref().is_ok_and(|checkpoint| *checkpoint == honest) || opened.is_err());
        opened.is_ok()
    });
    let go = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    fuzz("key", vec![go.into(), key.to_string().into_bytes()], |bytes| {
        let read = text(bytes).parse::<VKey>();
        assert!(read.as_ref().is_ok_and(|key| key.to_string().as_bytes() == bytes) || read.is_err());
        read.is_ok()
    });
    let (line, keys) = promised("fuzz-receipt");
    fuzz("receipt", vec![line.clone().into_bytes()], |bytes| {
        let opened = Receipt::open(text(bytes), &keys);
        assert!(opened.is_err() || bytes == line.as_bytes(), "another line than the one that was signed");
        opened.is_ok()
    });
}

/// A claim as bytes: two numbers, then hashes.
fn claim(first: u64, size: u64, hashes: &[Hash]) -> Vec<u8> {
    [first.to_be_bytes(), size.to_be_bytes()].concat().into_iter().chain(hashes.concat()).collect()
}

fn read_claim(bytes: &[u8]) -> Option<(u64, u64, Vec<Hash>)> {
    let (first, rest) = bytes.split_first_chunk::<8>()?;
    let (size, rest) = rest.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*first), u64::from_be_bytes(*size), rest.as_chunks::<32>().0.to_vec()))
}

#[test]
fn proofs() {
    let mut tree = MemoryTree::default();
    (0..300u64).for_each(|n| tree.push(hash_leaf(&n.to_be_bytes())));
    let (root, leaf, before) = (tree.root(), hash_leaf(&77u64.to_be_bytes()), root_at(&tree, 200).unwrap());
    let path = prove_inclusion(&tree, 77, 300).unwrap();
    fuzz("inclusion", vec![claim(77, 300, &path)], |bytes| {
        let Some((index, size, hashes)) = read_claim(bytes) else { return false };
        let held = verify_inclusion(&leaf, index, size, &hashes, &root);
        // The RFC's proof does not bind the size beyond the shape of the path: the hashes it must, and all of them.
        assert!(!held || hashes == path, "another path is accepted");
        held
    });
    let grown = prove_consistency(&tree, 200, 300).unwrap();
    fuzz("consistency", vec![claim(200, 300, &grown)], |bytes| {
        let Some((old, size, hashes)) = read_claim(bytes) else { return false };
        let held = verify_consistency(old, &before, size, &root, &hashes);
        assert!(!held || hashes == grown, "another proof is accepted");
        held
    });
}

#[test]
fn requests_to_a_witness() {
    let mut signer = new_signer("fuzz-witness");
    let leaf = hash_leaf(b"x");
    let checkpoint = signer.sign(1, leaf, [leaf]).unwrap();
    let request = Request { old: 7, proof: vec![[1; 32], [2; 32]], checkpoint };
    fuzz("witness", vec![request.print().into_bytes()], |bytes| {
        let read = Request::parse(bytes);
        assert!(read.as_ref().is_none_or(|read| read.print().as_bytes() == bytes && read.proof.len() <= 63));
        read.is_some()
    });
}

#[test]
fn tiles() {
    let names = ["0/000", "1/x001/067.p/8", "entries/x123/x456/789", "63/000.p/255"];
    fuzz("tile name", names.iter().map(|name| name.as_bytes().to_vec()).collect(), |bytes| {
        let name = text(bytes).parse::<TileName>();
        assert!(
            name.is_ok_and(|name| name.to_string().as_bytes() == bytes && (1..=256).contains(&name.width))
                || name.is_err()
        );
        name.is_ok_and(|name| name.reach().is_none_or(|reach| reach > 0))
    });
    fuzz("bundle", vec![bundle([[1; 33], [2; 33]])], |bytes| {
        let leaves = parse_bundle(bytes);
        assert!(leaves.as_ref().is_none_or(|leaves| bundle(leaves.iter().copied()) == bytes));
        leaves.is_some()
    });
}

#[test]
#[should_panic(expected = "control: start")]
fn a_parser_that_takes_too_much_is_found() {
    // Negative control: takes what it should not, once in a while.
    fuzz("control", vec![b"abcdef".to_vec()], |bytes| {
        assert!(!bytes.windows(2).any(|pair| pair == b"/x"), "taken");
        true
    });
}
