//! The Merkle tree of RFC 6962 and RFC 9162 section 2.1 on SHA-256: roots, proofs and their verification.
//! It must never know what a leaf means, and never index or recurse by what a proof says: proofs come from outside.

use crate::digest::sha256;

/// SHA-256.
pub type Hash = [u8; 32];

/// Leaf hash: SHA-256(0x00 || leaf), RFC 9162 2.1.1.
pub fn hash_leaf(leaf: &[u8]) -> Hash {
    sha256(&[&[0x00], leaf])
}

/// Node hash: SHA-256(0x01 || left || right), RFC 9162 2.1.1.
pub fn hash_node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[0x01], left, right])
}

/// Root of the tree with no leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The roots of the complete subtrees of a tree, largest first: all that is needed to append to it and to know its root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// One subtree root for each 1 bit of `size`; `None` for any other number of them.
    pub fn from_parts(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (u32::try_from(roots.len()) == Ok(size.count_ones())).then_some(Self { size, roots })
    }

    /// From the roots one after the other, as [`Frontier::to_bytes`] writes them.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (roots, rest) = bytes.as_chunks::<32>();
        Self::from_parts(size, roots.to_vec()).filter(|_| rest.is_empty())
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.concat()
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// The root of the complete subtree of 2^height leaves at `index`, if it is one of the roots kept here.
    pub fn node(&self, height: u32, index: u64) -> Option<Hash> {
        let subtrees = self.size.checked_shr(height)?;
        if subtrees & 1 == 0 || subtrees.checked_sub(1) != Some(index) {
            return None;
        }
        let larger = (subtrees >> 1).count_ones();
        self.roots.get(usize::try_from(larger).ok()?).copied()
    }

    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_noting(leaf, |_, _, _| {});
    }

    /// Appends a leaf hash and tells of each subtree that it completes: height (from 1), index at that height, root.
    pub fn push_noting(&mut self, leaf: Hash, mut completed: impl FnMut(u32, u64, Hash)) {
        let mut hash = leaf;
        for below in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = hash_node(&left, &hash);
                let height = below.saturating_add(1);
                completed(height, self.size.checked_shr(height).unwrap_or(0), hash);
            }
        }
        self.roots.push(hash);
        self.size = self.size.saturating_add(1);
    }

    pub fn root(&self) -> Hash {
        let mut smallest_first = self.roots.iter().rev();
        let Some(last) = smallest_first.next() else {
            return empty_root();
        };
        smallest_first.fold(*last, |right, left| hash_node(left, &right))
    }
}

/// Where proofs get complete subtrees from: memory, or tiles.
pub trait Nodes {
    /// Root of the leaves `index << level` up to `(index + 1) << level`, if all of them are there.
    fn node(&self, level: u32, index: u64) -> Option<Hash>;
}

/// A tree that keeps every complete subtree.
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
}

impl MemoryTree {
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let completed = self.frontier.size.trailing_ones();
        self.frontier.push(leaf);
        for level in 0..=completed {
            let Ok(at) = usize::try_from(level) else {
                return;
            };
            if self.levels.len() <= at {
                self.levels.push(Vec::new());
            }
            let Some(row) = self.levels.get_mut(at) else {
                return;
            };
            let left = row.last().copied();
            row.push(hash);
            if let Some(left) = left.filter(|_| level < completed) {
                hash = hash_node(&left, &hash);
            }
        }
    }

    pub fn size(&self) -> u64 {
        self.frontier.size
    }

    pub fn root(&self) -> Hash {
        self.frontier.root()
    }
}

impl Nodes for MemoryTree {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.levels.get(usize::try_from(level).ok()?)?.get(usize::try_from(index).ok()?).copied()
    }
}

/// The largest power of two below `n`, which is above 1.
fn split(n: u64) -> u64 {
    1u64.checked_shl(n.saturating_sub(1).checked_ilog2().unwrap_or(0)).unwrap_or(1)
}

/// Root of the leaves `lo..hi`, where `lo` is a multiple of the largest power of two below or at their number.
fn range_root(nodes: &impl Nodes, lo: u64, hi: u64) -> Option<Hash> {
    let n = hi.checked_sub(lo)?;
    if n == 0 {
        return Some(empty_root());
    }
    if n.is_power_of_two() {
        let level = n.trailing_zeros();
        return nodes.node(level, lo.checked_shr(level)?);
    }
    let middle = lo.checked_add(split(n))?;
    Some(hash_node(&range_root(nodes, lo, middle)?, &range_root(nodes, middle, hi)?))
}

/// Root of the first `size` leaves; `None` if the nodes do not reach so far.
pub fn root_at(nodes: &impl Nodes, size: u64) -> Option<Hash> {
    range_root(nodes, 0, size)
}

/// PATH(index, `D[size]`) of RFC 9162 2.1.3.1; `None` if `index` is not in the tree or nodes are missing.
pub fn prove_inclusion(nodes: &impl Nodes, index: u64, size: u64) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let (mut lo, mut hi, mut path) = (0u64, size, Vec::new());
    while hi.checked_sub(lo)? > 1 {
        let middle = lo.checked_add(split(hi.checked_sub(lo)?))?;
        if index < middle {
            path.push(range_root(nodes, middle, hi)?);
            hi = middle;
        } else {
            path.push(range_root(nodes, lo, middle)?);
            lo = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// PROOF(old, `D[size]`) of RFC 9162 2.1.4.1. Empty for `old` 0 or `size`; `None` if `old` is above `size` or nodes are missing.
pub fn prove_consistency(nodes: &impl Nodes, old: u64, size: u64) -> Option<Vec<Hash>> {
    if old > size {
        return None;
    }
    if old == 0 || old == size {
        return Some(Vec::new());
    }
    let (mut lo, mut hi, mut proof) = (0u64, size, Vec::new());
    let mut whole_left = true;
    while old < hi {
        let middle = lo.checked_add(split(hi.checked_sub(lo)?))?;
        if old <= middle {
            proof.push(range_root(nodes, middle, hi)?);
            hi = middle;
        } else {
            proof.push(range_root(nodes, lo, middle)?);
            lo = middle;
            whole_left = false;
        }
    }
    if !whole_left {
        proof.push(range_root(nodes, lo, hi)?);
    }
    proof.reverse();
    Some(proof)
}

/// One step up at the right edge: skips the levels at which this node is carried up unchanged.
fn climb(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

/// RFC 9162 2.1.3.2: is `leaf` (a leaf hash) at `index` of the tree of `size` leaves with `root`?
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size.saturating_sub(1), *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = hash_node(sibling, &hash);
            climb(&mut node, &mut last);
        } else {
            hash = hash_node(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// RFC 9162 2.1.4.2: is the tree of `old` leaves a prefix of the tree of `size` leaves?
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old > size {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let mut path = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old.saturating_sub(1), size.saturating_sub(1));
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut before, mut after) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            before = hash_node(sibling, &before);
            after = hash_node(sibling, &after);
            climb(&mut node, &mut last);
        } else {
            after = hash_node(&after, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && before == *old_root && after == *root
}
