//! Checkpoints and verifier keys, against `signed_note`, `tlog_tiles` and the C2SP example.

use super::ORIGIN;
use super::signer::new_signer;
use channel_panel::ledger::note::{self, NoteError, VKey};
use channel_panel::ledger::tree::{empty_root, hash_leaf};
use proptest::prelude::*;
use signed_note::{Note, StandardVerifier, VerifierList};

fn signed(name: &str) -> (String, VKey) {
    let mut signer = new_signer(name);
    let leaf = hash_leaf(b"x");
    (signer.sign(1, leaf, [leaf]).unwrap(), signer.key().vkey().clone())
}

#[test]
fn signed_note_and_tlog_tiles_accept_our_checkpoint() {
    let (text, key) = signed("note-oracle");
    let note = Note::from_bytes(text.as_bytes()).unwrap();
    let verifiers = VerifierList::new(vec![Box::new(StandardVerifier::new(&key.to_string()).unwrap())]);
    assert_eq!(note.verify(&verifiers).unwrap().0.len(), 1);
    let theirs = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    let ours = note::open(text.as_bytes(), std::slice::from_ref(&key)).unwrap();
    assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (ORIGIN, 1, ours.root));
    assert_eq!(key.to_string().parse::<VKey>().unwrap(), key);
}

#[test]
fn unknown_signatures_are_ignored_and_known_ones_must_verify() {
    let (text, key) = signed("note-a");
    let (other_text, other) = signed("note-b");
    let keys = [key];
    let other_line = other_text.lines().last().unwrap().to_owned() + "\n";
    let both = format!("{text}{other_line}");
    assert!(note::open(both.as_bytes(), &keys).is_ok());
    assert_eq!(note::open(other_text.as_bytes(), &keys), Err(NoteError::NoKnownSignature));
    assert_eq!(note::open(text.as_bytes(), &[]), Err(NoteError::NoKnownSignature));
    let moved = text.replacen("\n1\n", "\n2\n", 1);
    assert_eq!(note::open(moved.as_bytes(), &keys), Err(NoteError::BadSignature));
    assert_eq!(note::open(moved.as_bytes(), &[keys[0].clone(), other]), Err(NoteError::BadSignature));
}

#[test]
fn a_change_of_any_byte_is_refused() {
    let (text, key) = signed("note-flip");
    let keys = [key];
    for at in 0..text.len() {
        for mask in [0x01, 0x20, 0x80] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= mask;
            assert!(note::open(&bytes, &keys).is_err(), "byte {at}");
        }
        assert!(note::open(&text.as_bytes()[..at], &keys).is_err());
    }
    for bad in ["\r\n", "\n", " "] {
        assert!(note::open(format!("{text}{bad}").as_bytes(), &keys).is_err());
    }
    assert_eq!(note::open(&vec![b'a'; 1_000_001], &keys), Err(NoteError::TooLarge));
    let many = format!("{text}{}", (text.lines().last().unwrap().to_owned() + "\n").repeat(100));
    assert_eq!(note::open(many.as_bytes(), &keys), Err(NoteError::TooLarge));
}

#[test]
fn verifier_keys_are_read_strictly() {
    // The key of the C2SP signed-note and Go sumdb examples.
    let go = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(go.parse::<VKey>().unwrap().to_string(), go);
    for at in 0..go.len() {
        let mut bytes = go.as_bytes().to_vec();
        bytes[at] ^= 0x01;
        assert!(String::from_utf8(bytes).unwrap().parse::<VKey>().is_err(), "byte {at}");
    }
    for bad in ["", "a+b", "a b+00000000+AQ==", "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"] {
        assert_eq!(bad.parse::<VKey>(), Err(NoteError::Key));
    }
    let example = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    // The signature holds; that the text is no checkpoint is found after.
    assert_eq!(note::open(example.as_bytes(), &[go.parse().unwrap()]), Err(NoteError::Checkpoint));
}

#[test]
fn a_key_speaks_for_its_own_log_only() {
    let mut signer = new_signer("note-origin");
    let note = signer.sign(0, empty_root(), []).unwrap();
    assert!(note::open(note.as_bytes(), &[signer.key().vkey().clone()]).is_ok());
    assert!(note.starts_with(&format!("{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n")));
}

proptest! {
    #[test]
    fn bytes_never_panic_the_parsers(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,80}") {
        let _ = note::open(&bytes, &[]);
        let _ = text.parse::<VKey>();
        let _ = note::open(format!("{text}\n1\n{text}\n\n\u{2014} {text}\n").as_bytes(), &[]);
    }
}
