//! Roots, proofs and tiles against `ct-merkle` and `tlog_tiles`, byte for byte, and the published vectors. Sizes come at random:
//! it must never try one that nobody could try again.

use super::fuzz::Chance;
use channel_panel::ledger::body::hex;
use channel_panel::ledger::tree::{
    Frontier, Hash, MemoryTree, Nodes, empty_root, hash_leaf, prove_consistency, prove_inclusion, root_at,
    verify_consistency, verify_inclusion,
};
use ct_merkle::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update, consts::U32};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tlog_tiles::tile::Tile;
use tlog_tiles::tlog;

/// SHA-256 for ct-merkle, which brings none.
#[derive(Clone)]
struct Sha(ring::digest::Context);

impl Default for Sha {
    fn default() -> Self {
        Self(ring::digest::Context::new(&ring::digest::SHA256))
    }
}
impl HashMarker for Sha {}
impl OutputSizeUser for Sha {
    type OutputSize = U32;
}
impl Update for Sha {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}
impl FixedOutput for Sha {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(self.0.finish().as_ref());
    }
}

/// Stored hashes of tlog_tiles, in memory.
#[derive(Default)]
struct Stored(Vec<tlog::Hash>);

impl tlog::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|i| self.0[usize::try_from(*i).unwrap()]).collect())
    }
}

fn leaf(i: u64) -> Vec<u8> {
    i.to_be_bytes().to_vec()
}

fn flat(proof: &[Hash]) -> Vec<u8> {
    proof.concat()
}

#[test]
fn vectors_of_rfc_6962_and_transparency_dev() {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    assert_eq!(hex(&empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let mut tree = Frontier::default();
    assert_eq!(tree.root(), empty_root());
    for (leaf, root) in leaves.iter().zip(roots) {
        tree.push(hash_leaf(leaf));
        assert_eq!(hex(&tree.root()), root);
    }
}

#[test]
fn roots_and_proofs_agree_with_two_other_implementations_up_to_300() {
    let (mut ours, mut frontier, mut stored) = (MemoryTree::default(), Frontier::default(), Stored::default());
    let mut ct: MemoryBackedTree<Sha, Vec<u8>> = MemoryBackedTree::new();
    let mut roots = vec![empty_root()];
    for size in 1..=300u64 {
        let bytes = leaf(size);
        let more = tlog::stored_hashes(size - 1, &bytes, &stored).unwrap();
        stored.0.extend(more);
        ours.push(hash_leaf(&bytes));
        frontier.push(hash_leaf(&bytes));
        ct.push(bytes);
        let root = ours.root();
        assert_eq!((frontier.root(), root_at(&ours, size).unwrap()), (root, root));
        assert_eq!(tlog::tree_hash(size, &stored).unwrap().0, root);
        assert_eq!(ct.root().as_bytes().as_slice(), root);
        assert_eq!(Frontier::from_parts(size, frontier.roots().to_vec()).unwrap().root(), root);
        roots.push(root);
        for i in 0..size {
            let proof = prove_inclusion(&ours, i, size).unwrap();
            let theirs = tlog::prove_record(size, i, &stored).unwrap();
            assert_eq!(flat(&proof), theirs.iter().flat_map(|h| h.0).collect::<Vec<_>>(), "{i} in {size}");
            assert_eq!(flat(&proof), ct.prove_inclusion(usize::try_from(i).unwrap()).as_bytes());
            let hash = hash_leaf(&leaf(i + 1));
            assert!(verify_inclusion(&hash, i, size, &proof, &root));
            assert!(!verify_inclusion(&hash, i + 1, size, &proof, &root), "{i} in {size}");
            assert!(!verify_inclusion(&[0; 32], i, size, &proof, &root));
        }
        for old in 1..size {
            let proof = prove_consistency(&ours, old, size).unwrap();
            let theirs = tlog::prove_tree(size, old, &stored).unwrap();
            assert_eq!(flat(&proof), theirs.iter().flat_map(|h| h.0).collect::<Vec<_>>(), "{old} to {size}");
            assert_eq!(flat(&proof), ct.prove_consistency(usize::try_from(size - old).unwrap()).as_bytes());
            let before = roots[usize::try_from(old).unwrap()];
            assert!(verify_consistency(old, &before, size, &root, &proof));
            assert!(!verify_consistency(old, &[1; 32], size, &root, &proof));
            assert!(!verify_consistency(old, &before, size, &[1; 32], &proof));
        }
        assert!(
            verify_consistency(size, &root, size, &root, &[]) && verify_consistency(0, &empty_root(), size, &root, &[])
        );
        assert!(!verify_consistency(size + 1, &root, size, &root, &[]));
    }
    assert!(prove_inclusion(&ours, 300, 300).is_none() && prove_inclusion(&ours, 0, 301).is_none());
    assert!(prove_consistency(&ours, 301, 300).is_none() && Frontier::from_parts(3, vec![[0; 32]]).is_none());
}

/// Random sizes go up to this.
const MILLION: u64 = 1_000_000;

/// How many random sizes, where nobody asks for more by `RANDOM_SIZES`.
const SIZES: usize = 60;

/// The same leaves in our tree and in two others, which grow together: one of them proves things of its present size only.
#[derive(Default)]
struct Three {
    ours: MemoryTree,
    stored: Stored,
    ct: MemoryBackedTree<Sha, Vec<u8>>,
    /// Proofs and tiles that were compared.
    compared: usize,
}

impl Three {
    fn grow(&mut self, to: u64) {
        for i in self.ours.size()..to {
            let more = tlog::stored_hashes(i, &leaf(i), &self.stored).unwrap();
            self.stored.0.extend(more);
            self.ours.push(hash_leaf(&leaf(i)));
            self.ct.push(leaf(i));
        }
    }

    fn agree(&mut self, chance: &mut Chance) {
        let (size, root) = (self.ours.size(), self.ours.root());
        assert_eq!(tlog::tree_hash(size, &self.stored).unwrap().0, root, "{size}");
        assert_eq!(self.ct.root().as_bytes().as_slice(), root, "{size}");
        for index in [0, size - 1, chance.next() % size, chance.next() % size] {
            self.included(index, chance);
        }
        for old in [1, size - 1, 1 + chance.next() % (size - 1), 1 + chance.next() % (size - 1)] {
            self.continued(old, chance);
        }
        for level in 0..8 {
            let nodes = size >> (8 * u32::from(level));
            if nodes >= 256 {
                self.tile(level, chance.next() % (nodes / 256), 256);
            }
            if nodes % 256 > 0 {
                self.tile(level, nodes / 256, nodes % 256);
            }
        }
    }

    fn included(&mut self, index: u64, chance: &mut Chance) {
        let (size, root) = (self.ours.size(), self.ours.root());
        let mut proof = prove_inclusion(&self.ours, index, size).unwrap();
        let theirs = tlog::prove_record(size, index, &self.stored).unwrap();
        assert_eq!(flat(&proof), theirs.iter().flat_map(|h| h.0).collect::<Vec<_>>(), "{index} in {size}");
        assert_eq!(flat(&proof), self.ct.prove_inclusion(usize::try_from(index).unwrap()).as_bytes());
        let hash = hash_leaf(&leaf(index));
        tlog::check_record(&theirs, size, tlog::Hash(root), index, tlog::Hash(hash)).unwrap();
        assert!(verify_inclusion(&hash, index, size, &proof, &root));
        assert!(!verify_inclusion(&hash, index ^ 1, size, &proof, &root), "{index} in {size}");
        damage(&mut proof, chance);
        assert!(!verify_inclusion(&hash, index, size, &proof, &root), "{index} in {size}");
        self.compared += 1;
    }

    fn continued(&mut self, old: u64, chance: &mut Chance) {
        let (size, root) = (self.ours.size(), self.ours.root());
        let before = root_at(&self.ours, old).unwrap();
        assert_eq!(tlog::tree_hash(old, &self.stored).unwrap().0, before, "{old}");
        let mut proof = prove_consistency(&self.ours, old, size).unwrap();
        let theirs = tlog::prove_tree(size, old, &self.stored).unwrap();
        assert_eq!(flat(&proof), theirs.iter().flat_map(|h| h.0).collect::<Vec<_>>(), "{old} to {size}");
        assert_eq!(flat(&proof), self.ct.prove_consistency(usize::try_from(size - old).unwrap()).as_bytes());
        tlog::check_tree(&theirs, size, tlog::Hash(root), old, tlog::Hash(before)).unwrap();
        assert!(verify_consistency(old, &before, size, &root, &proof));
        damage(&mut proof, chance);
        assert!(!verify_consistency(old, &before, size, &root, &proof), "{old} to {size}");
        self.compared += 1;
    }

    fn tile(&mut self, level: u8, index: u64, width: u64) {
        let nodes = index * 256..index * 256 + width;
        let ours: Vec<Hash> = nodes.map(|i| self.ours.node(8 * u32::from(level), i).unwrap()).collect();
        let theirs = Tile::new(8, level, index, u32::try_from(width).unwrap(), false).read_data(&self.stored).unwrap();
        assert_eq!(flat(&ours), theirs, "tile {level}/{index} of {width}");
        self.compared += 1;
    }
}

fn damage(proof: &mut [Hash], chance: &mut Chance) {
    let at = chance.below(proof.len());
    proof[at][chance.below(32)] ^= 1 << chance.below(8);
}

/// A number that is asked for in the environment.
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn random_sizes_to_a_million_agree_with_two_other_implementations() {
    let began = Instant::now();
    let seed = asked("SEED")
        .unwrap_or_else(|| u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()));
    println!("SEED={seed} tries the same sizes again");
    let mut chance = Chance(seed);
    let count = asked("RANDOM_SIZES").map_or(SIZES, |count| usize::try_from(count).unwrap());
    let mut sizes: BTreeSet<u64> = (1..count).map(|_| 2 + chance.next() % (MILLION - 1)).collect();
    sizes.insert(MILLION);
    let mut three = Three::default();
    for size in &sizes {
        three.grow(*size);
        three.agree(&mut chance);
    }
    println!("{} sizes, {} proofs and tiles: {:.1} s", sizes.len(), three.compared, began.elapsed().as_secs_f64());
}

proptest! {
    #[test]
    fn any_proof_is_taken_without_panic(index in any::<u64>(), size in any::<u64>(), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let _ = verify_inclusion(&[0; 32], index, size, &hashes, &[0; 32]);
        let _ = verify_consistency(index, &[0; 32], size, &[0; 32], &hashes);
    }
}
