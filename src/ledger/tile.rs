//! Tiles of the log as C2SP tlog-tiles names them, 256 hashes of one level or 256 leaves; and the tree as tiles show it.
//! It must never take a name that is written in a second way, and never ask for more than one tile of a level for a proof.

use crate::ledger::tree::{Frontier, Hash, Nodes};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Hashes of a full tile.
pub const WIDTH: u64 = 256;

/// Levels of the tree that a tile spans: 256 is 2 to the power of this.
pub const HEIGHT: u32 = 8;

/// The last level there is a name for.
const LAST_LEVEL: u8 = 63;

/// A number in a path is written in groups of so many: three digits each.
const GROUP: u64 = 1000;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The leaves themselves, 33 bytes each.
    Entries,
    /// Roots of the complete subtrees of height eight times this.
    Hashes(u8),
}

/// A tile: the part of `tile/0/x001/067.p/8` after `tile/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileName {
    pub level: Level,
    pub index: u64,
    /// From 1; of a full tile [`WIDTH`].
    pub width: u64,
}

impl TileName {
    pub fn is_full(&self) -> bool {
        self.width == WIDTH
    }

    /// How many leaves the tree must have for all of the tile to be there; `None` where no tree has so many.
    pub fn reach(&self) -> Option<u64> {
        let height = match self.level {
            Level::Entries => 0,
            Level::Hashes(level) => HEIGHT.checked_mul(level.into())?,
        };
        let end = self.index.checked_mul(WIDTH)?.checked_add(self.width)?;
        end.checked_mul(1u64.checked_shl(height)?)
    }
}

impl fmt::Display for TileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Entries => f.write_str("entries/")?,
            Level::Hashes(level) => write!(f, "{level}/")?,
        }
        let (mut groups, mut rest) = (vec![self.index % GROUP], self.index / GROUP);
        while rest > 0 {
            groups.push(rest % GROUP);
            rest /= GROUP;
        }
        let last = groups.first().copied().unwrap_or(0);
        groups.iter().skip(1).rev().try_for_each(|group| write!(f, "x{group:03}/"))?;
        write!(f, "{last:03}")?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Not the name of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTile;

impl FromStr for TileName {
    type Err = NoTile;

    fn from_str(text: &str) -> Result<Self, NoTile> {
        read(text).filter(|name| name.to_string() == text).ok_or(NoTile)
    }
}

/// Generous: that a name is written in no other way is seen by writing it again.
fn read(text: &str) -> Option<TileName> {
    let (level, rest) = text.split_once('/')?;
    let level = match level {
        "entries" => Level::Entries,
        number => Level::Hashes(number.parse().ok().filter(|level| *level <= LAST_LEVEL)?),
    };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|width| (1..WIDTH).contains(width))?),
        None => (rest, WIDTH),
    };
    let group = |index: u64, group: &str| {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(GROUP)?.checked_add(digits)
    };
    Some(TileName { level, index: number.split('/').try_fold(0, group)?, width })
}

/// A bundle of leaves as `tile/entries/…` serves it: each after its length as a big-endian u16.
pub fn bundle(leaves: impl IntoIterator<Item = [u8; 33]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        bytes.extend_from_slice(&33u16.to_be_bytes());
        bytes.extend_from_slice(&leaf);
    }
    bytes
}

/// Reads what [`bundle`] writes, and nothing else.
pub fn parse_bundle(bytes: &[u8]) -> Option<Vec<[u8; 33]>> {
    let (leaves, rest) = bytes.as_chunks::<35>();
    let leaf = |chunk: &[u8; 35]| {
        let (length, leaf) = chunk.split_first_chunk::<2>()?;
        if u16::from_be_bytes(*length) == 33 { leaf.try_into().ok() } else { None }
    };
    if rest.is_empty() { leaves.iter().map(leaf).collect() } else { None }
}

/// Where tiles come from.
pub trait Tiles {
    /// The first `width` hashes of the tile, 32 bytes each and no fewer; `None` where they are not all there.
    fn tile(&self, level: u8, index: u64, width: u64) -> Option<Vec<Hash>>;
}

/// `None` where its hashes were not all there.
type ReadTile = Option<Vec<Hash>>;

/// A tree of which only the frontier is at hand; the rest is in tiles. What lies on the road from a leaf to the top is in one
/// tile of each level, and what is beside the road at the right edge is in the frontier.
pub struct TiledTree<T> {
    tiles: T,
    frontier: Frontier,
    read: RefCell<BTreeMap<(u8, u64), ReadTile>>,
}

impl<T> fmt::Debug for TiledTree<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TiledTree").field("size", &self.frontier.size()).finish_non_exhaustive()
    }
}

impl<T: Tiles> TiledTree<T> {
    pub fn new(tiles: T, frontier: Frontier) -> Self {
        Self { tiles, frontier, read: RefCell::default() }
    }

    pub fn source(&self) -> &T {
        &self.tiles
    }

    /// `count` hashes of a level from `first` on; they must not cross from one tile into the next.
    fn hashes(&self, level: u8, first: u64, count: u64) -> Option<Vec<Hash>> {
        let (index, offset) = (first / WIDTH, first % WIDTH);
        let of_level = self.frontier.size().checked_shr(HEIGHT.checked_mul(level.into())?)?;
        let width = of_level.checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
        let mut read = self.read.borrow_mut();
        let tile = read.entry((level, index)).or_insert_with(|| self.tiles.tile(level, index, width));
        let from = usize::try_from(offset).ok()?;
        let to = usize::try_from(offset.checked_add(count)?).ok()?;
        tile.as_ref()?.get(from..to).map(<[Hash]>::to_vec)
    }
}

impl<T: Tiles> Nodes for TiledTree<T> {
    fn node(&self, height: u32, index: u64) -> Option<Hash> {
        if let Some(root) = self.frontier.node(height, index) {
            return Some(root);
        }
        let (level, within) = (u8::try_from(height / HEIGHT).ok()?, height % HEIGHT);
        let count = 1u64.checked_shl(within)?;
        let mut subtree = Frontier::default();
        self.hashes(level, index.checked_mul(count)?, count)?.into_iter().for_each(|hash| subtree.push(hash));
        Some(subtree.root())
    }
}
