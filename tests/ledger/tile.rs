//! Tiles and proofs out of tiles against `tlog_tiles`, and how many tiles a proof reads.

use channel_panel::ledger::tile::{Level, TileName, TiledTree, Tiles, bundle, parse_bundle};
use channel_panel::ledger::tree::{
    Frontier, Hash, MemoryTree, Nodes, hash_leaf, prove_consistency, prove_inclusion, root_at, verify_consistency,
    verify_inclusion,
};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use tlog_tiles::tile::{Tile, TileHashReader, TileReader};
use tlog_tiles::tlog;

fn grown(size: u64) -> MemoryTree {
    let mut tree = MemoryTree::default();
    (0..size).for_each(|i| tree.push(hash_leaf(&i.to_be_bytes())));
    tree
}

static MILLION: LazyLock<MemoryTree> = LazyLock::new(|| grown(1_000_000));

/// The tree as it was at a size, tile by tile; remembers which it was asked for.
struct Counted<'t> {
    tree: &'t MemoryTree,
    size: u64,
    read: RefCell<Vec<(u8, u64)>>,
}

impl Tiles for Counted<'_> {
    fn tile(&self, level: u8, index: u64, width: u64) -> Option<Vec<Hash>> {
        self.read.borrow_mut().push((level, index));
        let height = 8 * u32::from(level);
        assert!((index * 256 + width) << height <= self.size, "tile {level}/{index} of {width} is not there yet");
        (index * 256..index * 256 + width).map(|i| self.tree.node(height, i)).collect()
    }
}

fn frontier(tree: &MemoryTree, size: u64) -> Frontier {
    let heights = (0..64).rev().filter(|height| size >> height & 1 == 1);
    Frontier::from_parts(size, heights.map(|height| tree.node(height, (size >> height) - 1).unwrap()).collect())
        .unwrap()
}

fn tiled(tree: &MemoryTree, size: u64) -> TiledTree<Counted<'_>> {
    TiledTree::new(Counted { tree, size, read: RefCell::default() }, frontier(tree, size))
}

/// At most one tile of each level was read; how many in all.
fn read_one_of_a_level(tree: &TiledTree<Counted<'_>>) -> usize {
    let read = tree.source().read.borrow();
    let levels: BTreeSet<u8> = read.iter().map(|(level, _)| *level).collect();
    assert_eq!(levels.len(), read.len(), "of {}: {read:?}", tree.source().size);
    read.len()
}

fn included(whole: &MemoryTree, index: u64, size: u64) -> usize {
    let tree = tiled(whole, size);
    let (leaf, root) = (tree.node(0, index).unwrap(), root_at(whole, size).unwrap());
    let proof = prove_inclusion(&tree, index, size).unwrap();
    assert_eq!(proof, prove_inclusion(whole, index, size).unwrap(), "{index} in {size}");
    assert!(verify_inclusion(&leaf, index, size, &proof, &root));
    let theirs: Vec<_> = proof.iter().map(|hash| tlog::Hash(*hash)).collect();
    tlog::check_record(&theirs, size, tlog::Hash(root), index, tlog::Hash(leaf)).unwrap();
    read_one_of_a_level(&tree)
}

fn continued(whole: &MemoryTree, old: u64, size: u64) -> usize {
    let tree = tiled(whole, size);
    let (before, root) = (root_at(&tree, old).unwrap(), root_at(whole, size).unwrap());
    let proof = prove_consistency(&tree, old, size).unwrap();
    assert_eq!(before, root_at(whole, old).unwrap());
    assert_eq!(proof, prove_consistency(whole, old, size).unwrap(), "{old} to {size}");
    assert!(verify_consistency(old, &before, size, &root, &proof));
    if old > 0 {
        let theirs: Vec<_> = proof.iter().map(|hash| tlog::Hash(*hash)).collect();
        tlog::check_tree(&theirs, size, tlog::Hash(root), old, tlog::Hash(before)).unwrap();
    }
    read_one_of_a_level(&tree)
}

#[test]
fn a_proof_reads_at_most_one_tile_of_a_level_at_every_size_up_to_300() {
    let whole = grown(300);
    let (mut proofs, mut most) = (0, 0);
    for size in 1..=300 {
        for at in 0..size {
            most = most.max(included(&whole, at, size)).max(continued(&whole, at, size));
            proofs += 2;
        }
        assert_eq!(continued(&whole, size, size), 0, "nothing is to be read where nothing grew");
    }
    println!("{proofs} proofs, of at most {most} tiles");
    assert_eq!(most, 1);
}

#[test]
fn the_rule_would_be_broken_without_the_frontier() {
    // Negative control: the root of 300 leaves is made of two tiles of the lowest level.
    let whole = grown(300);
    let counted = Counted { tree: &whole, size: 300, read: RefCell::default() };
    let (first, last) = (counted.tile(0, 0, 256), counted.tile(0, 1, 44));
    assert!(first.is_some() && last.is_some() && counted.read.borrow().len() == 2);
    let blind = TiledTree::new(counted, Frontier::default());
    assert!(prove_inclusion(&blind, 0, 300).is_none());
}

/// Our tiles, as their reader asks for them.
struct Served<'t>(Counted<'t>);

impl TileReader for Served<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        let one = |tile: &Tile| {
            let name: TileName = of_theirs(tile).parse().unwrap();
            assert!(name.reach().unwrap() <= self.0.size);
            let Level::Hashes(level) = name.level else { panic!("no hashes") };
            self.0.tile(level, name.index, name.width).unwrap().concat()
        };
        Ok(tiles.iter().map(one).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// `tile/8/1/000` as we and C2SP write it: the height is always eight, and data is called entries.
fn of_theirs(tile: &Tile) -> String {
    let path = tile.path();
    let (level, rest) = path.strip_prefix("tile/8/").unwrap().split_once('/').unwrap();
    format!("{}/{rest}", if level == "data" { "entries" } else { level })
}

/// What their reader, which checks each tile against the root, makes of our tiles.
fn as_they_read(whole: &MemoryTree, size: u64, index: u64, old: u64) {
    let served = Served(Counted { tree: whole, size, read: RefCell::default() });
    let root = root_at(whole, size).unwrap();
    let reader = TileHashReader::new(size, tlog::Hash(root), &served);
    assert_eq!(tlog::tree_hash(size, &reader).unwrap().0, root, "{size}");
    let record: Vec<Hash> = tlog::prove_record(size, index, &reader).unwrap().iter().map(|hash| hash.0).collect();
    assert_eq!(record, prove_inclusion(&tiled(whole, size), index, size).unwrap(), "{index} in {size}");
    let tree: Vec<Hash> = tlog::prove_tree(size, old, &reader).unwrap().iter().map(|hash| hash.0).collect();
    assert_eq!(tree, prove_consistency(&tiled(whole, size), old, size).unwrap(), "{old} to {size}");
}

#[test]
fn another_implementation_reads_our_tiles_at_every_size_up_to_300() {
    let whole = grown(300);
    for size in 1..=300 {
        for at in [0, size / 3, size / 2, size - 1] {
            as_they_read(&whole, size, at, at.max(1));
        }
    }
    for size in [65_535, 65_536, 65_537, 70_000, 131_072, 1_000_000] {
        for at in [0, 255, 256, size / 2, size - 2, size - 1] {
            as_they_read(&MILLION, size, at, at.max(1));
            assert!(included(&MILLION, at, size) <= 3 && continued(&MILLION, at, size) <= 3);
        }
    }
}

#[test]
fn names_are_those_of_c2sp_and_are_written_in_one_way() {
    for (path, level, index, width) in [
        ("0/000", Level::Hashes(0), 0, 256),
        ("0/x001/067", Level::Hashes(0), 1067, 256),
        ("4/x001/x234/067.p/1", Level::Hashes(4), 1_234_067, 1),
        ("entries/x123/x456/789", Level::Entries, 123_456_789, 256),
        ("63/000.p/255", Level::Hashes(63), 0, 255),
    ] {
        let name: TileName = path.parse().unwrap();
        assert_eq!(name, TileName { level, index, width });
        assert_eq!(name.to_string(), path);
    }
    for bad in [
        "",
        "0",
        "0/",
        "/000",
        "0/0",
        "0/00",
        "0/0000",
        "0/1000",
        "0/x000/000",
        "0/x000",
        "0/000/000",
        "0/001/x002",
        "0/x001/67",
        "0/000.p",
        "0/000.p/",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/+1",
        "0/000.p/1/",
        "00/000",
        "+0/000",
        "64/000",
        "256/000",
        "-1/000",
        "data/000",
        "Entries/000",
        "0/000/",
        "0//000",
        "0/x001.p/1",
        "0/ 00",
        "0/000.p/1.p/1",
        "0/x018/x446/x744/x073/x709/x551/616",
    ] {
        assert!(bad.parse::<TileName>().is_err(), "{bad}");
    }
    assert_eq!("0/000.p/5".parse::<TileName>().unwrap().reach(), Some(5));
    assert_eq!("1/001.p/2".parse::<TileName>().unwrap().reach(), Some(258 << 8));
    assert_eq!("entries/001".parse::<TileName>().unwrap().reach(), Some(512));
    assert_eq!("8/000".parse::<TileName>().unwrap().reach(), None, "no tree has so many");
}

#[test]
fn bundles_read_back_and_only_as_written() {
    let leaves = [[1; 33], [2; 33]];
    let bytes = bundle(leaves);
    assert_eq!((bytes.len(), &bytes[..3]), (70, &[0, 33, 1][..]));
    assert_eq!(parse_bundle(&bytes).unwrap(), leaves);
    assert!(parse_bundle(&bytes[..69]).is_none() && parse_bundle(&[0; 35]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn random_sizes_to_a_million_read_one_tile_of_a_level(size in 1u64..=1_000_000, a in any::<u64>(), b in any::<u64>()) {
        prop_assert!(included(&MILLION, a % size, size) <= 3);
        prop_assert!(continued(&MILLION, b % (size + 1), size) <= 3);
        as_they_read(&MILLION, size, a % size, 1 + b % size);
    }

    #[test]
    fn names_agree_with_another_implementation(level in 0u8..64, index in any::<u64>(), shift in 0u32..64, width in 1u32..=256, data in any::<bool>()) {
        let tile = Tile::new(8, if data { 0 } else { level }, index >> shift, width, data);
        let name: TileName = of_theirs(&tile).parse().unwrap();
        prop_assert_eq!((name.index, name.width), (index >> shift, u64::from(width)));
        prop_assert_eq!(name.to_string(), of_theirs(&tile));
    }

    #[test]
    fn any_name_is_taken_without_panic(text in "[0-9x./pentries]{0,30}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(name) = text.parse::<TileName>() {
            prop_assert_eq!(name.to_string(), text);
        }
        let _ = parse_bundle(&bytes);
    }
}
