//! A witness cosigns a log that grows and nothing else, after a restart too; whoever asks for witnesses is shown a fork.

use super::second_verifier::{said, second_given};
use super::signer::{key_of, new_signer};
use super::verify::{exported, log};
use super::{ORIGIN, folder};
use channel_panel::clock::Moment;
use channel_panel::ledger::export::{self, Bundle};
use channel_panel::ledger::line::Line;
use channel_panel::ledger::note::{self, NoteError, Speaker, VKey};
use channel_panel::ledger::signer::{Signer, SignerError, create_witness_key, load_witness_key};
use channel_panel::ledger::tree::{Frontier, Hash, MemoryTree, hash_leaf, prove_consistency};
use channel_panel::ledger::verify::{Given, verify_given};
use channel_panel::ledger::witness::{Refusal, Request, Witness};
use ring::signature::{ED25519, UnparsedPublicKey};
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

const NAME: &str = "sister.example/witness";
const NOW: Moment = Moment(1_795_339_800_999_999);

fn witness(name: &str, logs: &[VKey]) -> (PathBuf, Witness, VKey) {
    let dir = folder(name);
    fs::create_dir_all(&dir).unwrap();
    let key = create_witness_key(&dir.join("key"), NAME).unwrap();
    let vkey = key.vkey().clone();
    (dir.clone(), Witness::open(&dir.join("state"), key, logs.to_vec()).unwrap(), vkey)
}

/// A log that grows, and another that shares its beginning.
pub struct Log {
    tree: MemoryTree,
    signer: Signer,
}

impl Log {
    pub fn new(name: &str) -> Self {
        Self { tree: MemoryTree::default(), signer: new_signer(name) }
    }

    pub fn grow(&mut self, leaves: &[Hash]) -> String {
        leaves.iter().for_each(|leaf| self.tree.push(*leaf));
        self.signer.sign(self.tree.size(), self.tree.root(), leaves.iter().copied()).unwrap()
    }

    pub fn request(&self, old: u64, checkpoint: &str) -> Request {
        let size = note::open(checkpoint.as_bytes(), &[self.vkey()]).unwrap().size;
        let proof = prove_consistency(&self.tree, old, size).unwrap();
        Request { old, proof, checkpoint: checkpoint.to_owned() }
    }

    pub fn vkey(&self) -> VKey {
        self.signer.key().vkey().clone()
    }
}

pub fn leaves(from: u8, to: u8) -> Vec<Hash> {
    (from..to).map(|n| hash_leaf(&[n])).collect()
}

fn ask(witness: &Witness, request: &Request) -> Result<String, Refusal> {
    witness.add_checkpoint(request.print().as_bytes(), NOW)
}

#[test]
fn a_log_that_grows_is_cosigned_as_c2sp_says() {
    let mut log = Log::new("witness-grow-log");
    let (dir, witness, vkey) = witness("witness-grow", &[log.vkey()]);
    assert_eq!(vkey.speaker(), Speaker::Witness);
    let first = log.grow(&leaves(0, 5));
    let line = ask(&witness, &log.request(0, &first)).unwrap();
    let cosigned = note::open_cosigned(format!("{first}{line}").as_bytes(), &[log.vkey(), vkey.clone()]).unwrap();
    assert_eq!((cosigned.checkpoint.size, cosigned.witnesses.values().next()), (5, Some(&1_795_339_800)));
    // By hand, from the specification: key id, time as a big-endian u64, and Ed25519 over these very bytes.
    let text = vkey.to_string();
    let typed = base64(text.splitn(3, '+').nth(2).unwrap());
    let bytes = base64(line.trim_end().rsplit(' ').next().unwrap());
    assert_eq!((typed.len(), typed[0], bytes.len(), &bytes[4..12]), (33, 4, 76, &1_795_339_800u64.to_be_bytes()[..]));
    let over = format!("cosignature/v1\ntime 1795339800\n{}\n", first.split("\n\n").next().unwrap());
    UnparsedPublicKey::new(&ED25519, &typed[1..]).verify(over.as_bytes(), &bytes[12..]).unwrap();

    assert!(ask(&witness, &log.request(5, &first)).is_ok(), "the same again");
    let second = log.grow(&leaves(5, 12));
    drop(witness);
    let key = load_witness_key(&dir.join("key"), NAME).unwrap();
    let again = Witness::open(&dir.join("state"), key, vec![log.vkey()]).unwrap();
    assert_eq!(again.known(ORIGIN).unwrap().size, 5, "what was cosigned outlives the process");
    assert!(ask(&again, &log.request(5, &second)).is_ok());
    let other = load_witness_key(&dir.join("key"), NAME).unwrap();
    assert!(matches!(Witness::open(&dir.join("state"), other, vec![]), Err(SignerError::Locked)));
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[test]
fn a_fork_a_log_that_went_back_and_one_that_nobody_signed_are_refused_and_change_nothing() {
    let mut log = Log::new("witness-refuse-log");
    let mut fork = Log::new("witness-refuse-fork");
    let mut stranger = Log::new("witness-refuse-stranger");
    let known = [log.vkey(), fork.vkey()];
    let (dir, witness, _) = witness("witness-refuse", &known);
    let (small, large) = (log.grow(&leaves(0, 4)), log.grow(&leaves(4, 9)));
    ask(&witness, &log.request(0, &large)).unwrap();
    let (fork_same, fork_larger) = (fork.grow(&leaves(100, 109)), fork.grow(&leaves(109, 115)));
    let honest = log.grow(&leaves(9, 14));
    let right = log.request(9, &honest);
    // The very log, under another key of the same name.
    let stolen = stranger.grow(&leaves(0, 14));
    let mut damaged = right.clone();
    damaged.proof[0][0] ^= 1;
    let mut longer = right.clone();
    longer.proof.push([7; 32]);
    let state = || -> Vec<u8> {
        let files = fs::read_dir(dir.join("state")).unwrap().map(|file| file.unwrap().path());
        fs::read(files.into_iter().find(|path| path.to_str().unwrap().contains("log-")).unwrap()).unwrap()
    };
    let before = state();
    type Case<'c> = (&'c str, Vec<u8>, fn(&Refusal) -> bool);
    let bytes = |request: &Request| request.print().into_bytes();
    let with = |old: u64, proof: &[Hash], checkpoint: &str| {
        bytes(&Request { old, proof: proof.to_vec(), checkpoint: checkpoint.to_owned() })
    };
    let unsigned = honest.replacen("\n14\n", "\n15\n", 1);
    let cases: [Case<'_>; 12] = [
        ("the first checkpoint again", with(0, &[], &large), |r| matches!(r, Refusal::Elsewhere(9))),
        ("back", with(0, &[], &small), |r| matches!(r, Refusal::Elsewhere(9))),
        ("back, said openly", with(9, &[], &small), |r| matches!(r, Refusal::Malformed)),
        ("a fork of the same size", with(9, &[], &fork_same), |r| matches!(r, Refusal::Elsewhere(9))),
        ("a fork that grew", bytes(&fork.request(9, &fork_larger)), |r| matches!(r, Refusal::Proof)),
        ("a damaged proof", bytes(&damaged), |r| matches!(r, Refusal::Proof)),
        ("a proof too long", bytes(&longer), |r| matches!(r, Refusal::Proof)),
        ("no proof", with(9, &[], &honest), |r| matches!(r, Refusal::Proof)),
        ("an altered checkpoint", with(9, &right.proof, &unsigned), |r| matches!(r, Refusal::NotSigned(_))),
        ("another's log", with(0, &[], &honest.replace(ORIGIN, "other.example/log")), |r| {
            matches!(r, Refusal::UnknownLog)
        }),
        ("a stranger's key", with(9, &right.proof, &stolen), |r| matches!(r, Refusal::NotSigned(_))),
        ("noise", b"old 9\n\nnothing".to_vec(), |r| matches!(r, Refusal::UnknownLog | Refusal::Malformed)),
    ];
    for (what, request, refused) in &cases {
        let refusal = witness.add_checkpoint(request, NOW).unwrap_err();
        assert!(refused(&refusal), "{what}: {refusal}");
        assert_eq!(state(), before, "{what}");
    }
    assert!(ask(&witness, &right).is_ok(), "the honest log goes on");
    drop(witness);
    let damage = |at: usize| {
        let files = fs::read_dir(dir.join("state")).unwrap().map(|file| file.unwrap().path());
        let path = files.into_iter().find(|path| path.to_str().unwrap().contains("log-")).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    damage(20);
    let key = load_witness_key(&dir.join("key"), NAME).unwrap();
    let witness = Witness::open(&dir.join("state"), key, known.to_vec()).unwrap();
    assert!(matches!(ask(&witness, &right), Err(Refusal::Damaged)), "and does not begin anew");
}

#[test]
fn requests_are_read_strictly() {
    let mut log = Log::new("witness-strict");
    let first = log.grow(&leaves(0, 3));
    log.grow(&leaves(3, 8));
    let request = Request { proof: vec![[1; 32], [2; 32]], old: 3, checkpoint: first };
    let text = request.print();
    assert_eq!(Request::parse(text.as_bytes()).unwrap(), request);
    assert!(text.starts_with("old 3\nAQEB"), "{text}");
    for bad in [
        text.replacen("old 3", "old 03", 1),
        text.replacen("old", "Old", 1),
        text.replacen("AQEB", "AQE\n", 1),
        text.replacen("old 3\n", "old 3\n\n", 1).replacen("AQ", "A", 1).replacen("\n\n", "\n", 2),
        text.replacen('\n', "\r\n", 1),
    ] {
        assert!(Request::parse(bad.as_bytes()).is_none_or(|read| read != request), "{bad}");
    }
    let many = Request { proof: vec![[1; 32]; 64], ..request };
    assert!(Request::parse(many.print().as_bytes()).is_none(), "more hashes than a proof has");
}

#[test]
fn a_witness_does_not_speak_for_the_log_and_a_log_not_for_a_witness() {
    let mut log = Log::new("witness-apart-log");
    let (_, witness, vkey) = witness("witness-apart", &[log.vkey()]);
    let first = log.grow(&leaves(0, 5));
    let line = ask(&witness, &log.request(0, &first)).unwrap();
    let text = first.split("\n\n").next().unwrap();
    let alone = format!("{text}\n\n{line}");
    assert_eq!(note::open(alone.as_bytes(), &[vkey.clone(), log.vkey()]), Err(NoteError::NoKnownSignature));
    let both = format!("{first}{line}");
    assert!(note::open_cosigned(both.as_bytes(), &[log.vkey()]).unwrap().witnesses.is_empty());
    let mut altered = both.clone().into_bytes();
    let at = both.len() - 10;
    altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
    assert_eq!(note::open(&altered, &[log.vkey(), vkey]), Err(NoteError::BadSignature), "a believed witness lies");
}

/// Both verifiers on a folder, asked for so many of these witnesses.
fn both(dir: &Path, keys: &[VKey], known: Option<&Path>, witnesses: &[VKey], quorum: usize) -> String {
    let believed = [keys, witnesses].concat();
    let opened = known.map(|path| note::open_cosigned(&fs::read(path).unwrap(), &believed).unwrap());
    let known_by: Vec<String> = opened.iter().flat_map(|known| known.witnesses.keys().cloned()).collect();
    let known_checkpoint = opened.as_ref().map(|known| &known.checkpoint);
    let given = Given { keys, known: known_checkpoint, witnesses, known_by: &known_by, quorum, ..Given::default() };
    let report = verify_given(dir, &given);
    let mut more: Vec<String> = witnesses.iter().flat_map(|key| ["--witness".to_owned(), key.to_string()]).collect();
    more.extend(["--quorum".to_owned(), quorum.to_string()]);
    assert_eq!(second_given(&[dir.to_path_buf()], keys, known, &more), [said(&report)], "{report}");
    said(&report).0
}

#[test]
fn who_asks_for_witnesses_is_not_shown_a_fork() {
    let made = exported("witnessed", &log(8), 0, |_| false);
    let key = key_of("witnessed-signer");
    let keys = vec![key.vkey().clone()];
    let (_, first, one) = witness("witnessed-one", &keys);
    let (_, _, two) = witness("witnessed-two", &keys);
    let cosigned = |note: &str| first.add_checkpoint(request_of(note).as_bytes(), NOW);
    let known = folder("witnessed-known");
    fs::create_dir_all(&known).unwrap();
    let known = known.join("checkpoint");
    fs::write(&known, format!("{}{}", made.note, cosigned(&made.note).unwrap())).unwrap();
    assert_eq!(both(&made.dir, &keys, Some(&known), std::slice::from_ref(&one), 1), "GOOD");
    assert_eq!(both(&made.dir, &keys, None, std::slice::from_ref(&one), 0), "GOOD");
    assert_eq!(both(&made.dir, &keys, None, std::slice::from_ref(&one), 1), "BAD", "nobody cosigned what is here");
    let two = [one.clone(), two];
    assert_eq!(both(&made.dir, &keys, Some(&known), &two, 1), "GOOD");
    assert_eq!(both(&made.dir, &keys, Some(&known), &two, 2), "BAD", "one of two");

    // Another past under the log's own key, as an insider has it: by itself nothing is wrong with it.
    let mut signer = Signer::init(&folder("witnessed-fork-signer"), key).unwrap();
    let entries = log(8);
    let mut tree = Frontier::default();
    entries.iter().for_each(|entry| tree.push(entry.leaf));
    let note = signer.sign(8, tree.root(), entries.iter().map(|entry| entry.leaf)).unwrap();
    let fork = folder("witnessed-fork");
    let bundle = Bundle { from: Frontier::default(), old: None, checkpoint: &note, keys: &keys };
    let lines = entries.iter().map(|entry| Line { leaf: entry.leaf, opened: Some((entry.salt, entry.body.clone())) });
    export::write(&fork, &bundle, lines.map(Ok::<_, Infallible>)).unwrap();
    assert_eq!(both(&fork, &keys, None, &[], 0), "GOOD");
    assert_eq!(both(&fork, &keys, None, std::slice::from_ref(&one), 1), "BAD");
    assert!(matches!(cosigned(&note), Err(Refusal::Elsewhere(8))), "and the witness will not cosign it");
}

fn request_of(note: &str) -> String {
    Request { old: 0, proof: Vec::new(), checkpoint: note.to_owned() }.print()
}
