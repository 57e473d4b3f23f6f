//! The signer's refusals: each must stop it, persist, and leave its state where it was.

use super::{ORIGIN, folder};
use channel_panel::ledger::note::{self, LogKey};
use channel_panel::ledger::signer::{Signer, SignerError, create_key, load_key};
use channel_panel::ledger::tree::{Frontier, Hash, hash_leaf};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub fn new_signer(name: &str) -> Signer {
    let dir = folder(name);
    fs::create_dir_all(&dir).unwrap();
    let key = create_key(&dir.join("key"), ORIGIN).unwrap();
    Signer::init(&dir.join("signer"), key).unwrap()
}

/// The key of a signer that was made by `new_signer`.
pub fn key_of(name: &str) -> LogKey {
    let dir = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("ledger-{name}"));
    load_key(&dir.join("key"), ORIGIN).unwrap()
}

fn open(dir: &Path) -> Result<Signer, SignerError> {
    Signer::open(&dir.join("signer"), load_key(&dir.join("key"), ORIGIN).unwrap())
}

fn leaves(from: u64, to: u64) -> Vec<Hash> {
    (from..to).map(|i| hash_leaf(&i.to_be_bytes())).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Frontier::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

#[test]
fn signs_growth_and_carries_on_after_a_restart() {
    let dir = folder("grow");
    let mut signer = new_signer("grow");
    signer.sign(5, root(&leaves(0, 5)), leaves(0, 5)).unwrap();
    signer.sign(5, root(&leaves(0, 5)), []).unwrap();
    drop(signer);
    let mut signer = open(&dir).unwrap();
    assert_eq!((signer.size(), signer.root()), (5, root(&leaves(0, 5))));
    let text = signer.sign(9, root(&leaves(0, 9)), leaves(5, 9)).unwrap();
    let checkpoint = note::open(text.as_bytes(), &[signer.key().vkey().clone()]).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (9, root(&leaves(0, 9))));
}

#[test]
fn refuses_and_stays_stopped_until_a_person_has_looked() {
    type Case = (&'static str, u64, Vec<Hash>, Hash, fn(&SignerError) -> bool);
    let mut forged = leaves(5, 9);
    forged[0] = [1; 32];
    let cases: [Case; 6] = [
        ("smaller", 4, vec![], root(&leaves(0, 4)), |e| matches!(e, SignerError::Smaller)),
        ("other-root", 5, vec![], root(&leaves(1, 6)), |e| matches!(e, SignerError::OtherRoot)),
        ("rewritten-past", 9, leaves(5, 9), root(&leaves(1, 10)), |e| matches!(e, SignerError::Inconsistent)),
        ("forged-leaf", 9, forged, root(&leaves(0, 9)), |e| matches!(e, SignerError::Inconsistent)),
        ("too-few", 9, leaves(5, 8), root(&leaves(0, 9)), |e| matches!(e, SignerError::Inconsistent)),
        ("too-many", 9, leaves(5, 10), root(&leaves(0, 9)), |e| matches!(e, SignerError::Inconsistent)),
    ];
    for (name, size, new, claimed, refused) in cases {
        let (dir, mut signer) = (folder(name), new_signer(name));
        signer.sign(5, root(&leaves(0, 5)), leaves(0, 5)).unwrap();
        let error = signer.sign(size, claimed, new).unwrap_err();
        assert!(refused(&error), "{name}: {error}");
        assert!(matches!(signer.sign(5, root(&leaves(0, 5)), []), Err(SignerError::Alarmed)), "{name}");
        drop(signer);
        assert!(matches!(open(&dir), Err(SignerError::Alarmed)), "{name}");
        fs::remove_file(dir.join("signer/alarm")).unwrap();
        assert_eq!(open(&dir).unwrap().size(), 5, "{name}: a refusal must not move the state");
    }
}

#[test]
fn a_lost_or_damaged_state_is_refused() {
    let (dir, mut signer) = (folder("lost"), new_signer("lost"));
    signer.sign(5, root(&leaves(0, 5)), leaves(0, 5)).unwrap();
    drop(signer);
    let again = || load_key(&dir.join("key"), ORIGIN).unwrap();
    assert!(matches!(Signer::init(&dir.join("signer"), again()), Err(SignerError::AlreadyInitialised)));
    let state = fs::read(dir.join("signer/state")).unwrap();
    for at in 0..state.len() {
        let mut bytes = state.clone();
        bytes[at] ^= 0x01;
        fs::write(dir.join("signer/state"), &bytes).unwrap();
        assert!(matches!(open(&dir), Err(SignerError::DamagedState)), "byte {at}");
        fs::write(dir.join("signer/state"), &state[..at]).unwrap();
        assert!(matches!(open(&dir), Err(SignerError::DamagedState)), "cut at {at}");
    }
    fs::remove_file(dir.join("signer/state")).unwrap();
    assert!(matches!(open(&dir), Err(SignerError::LostState)));
    assert!(Signer::init(&dir.join("signer"), again()).is_ok());
}

#[test]
fn two_do_not_share_a_state() {
    let (dir, signer) = (folder("shared"), new_signer("shared"));
    assert!(matches!(open(&dir), Err(SignerError::Locked)));
    drop(signer);
    assert!(open(&dir).is_ok());
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let (dir, _signer) = (folder("key-mode"), new_signer("key-mode"));
    let path = dir.join("key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(load_key(&path, ORIGIN), Err(SignerError::KeyFile)));
    assert!(create_key(&path, ORIGIN).is_err(), "never over an existing key");
}
