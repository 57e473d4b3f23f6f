//! The tree that an export leads to: from its lines, and from its leaves where they say something else.
//! It must never take the one for the other: which of them was signed is what shows where the damage lies.

use crate::ledger::note::Checkpoint;
use crate::ledger::tree::{Frontier, Hash};

/// One way to the root. `tree` is `None` once a leaf of it is unknown.
#[derive(Clone, Default)]
struct Way {
    tree: Option<Frontier>,
    at_known: Option<Hash>,
}

impl Way {
    fn push(&mut self, leaf: Option<Hash>, known: Option<&Checkpoint>) {
        match (&mut self.tree, leaf) {
            (Some(tree), Some(leaf)) => tree.push(leaf),
            _ => self.tree = None,
        }
        self.look(known);
    }

    fn look(&mut self, known: Option<&Checkpoint>) {
        if let (Some(tree), Some(known)) = (&self.tree, known)
            && tree.size() == known.size
        {
            self.at_known = Some(tree.root());
        }
    }

    fn leads_to(&self, checkpoint: Option<&Checkpoint>) -> bool {
        let reached = self.tree.as_ref().map(|tree| (tree.size(), tree.root()));
        checkpoint.is_some_and(|c| reached == Some((c.size, c.root)))
    }
}

/// Both ways, which are one as long as they agree.
#[derive(Default)]
pub(super) struct Ways {
    lines: Way,
    leaves: Option<Way>,
}

impl Ways {
    pub fn from(begin: Option<Frontier>, known: Option<&Checkpoint>) -> Self {
        let mut lines = Way { tree: begin, at_known: None };
        lines.look(known);
        Self { lines, leaves: None }
    }

    pub fn push(&mut self, computed: Option<Hash>, leaf: Option<Hash>, known: Option<&Checkpoint>) {
        if self.leaves.is_none() && computed != leaf {
            self.leaves = Some(self.lines.clone());
        }
        self.lines.push(computed, known);
        if let Some(leaves) = &mut self.leaves {
            leaves.push(leaf, known);
        }
    }

    fn leaves(&self) -> &Way {
        self.leaves.as_ref().unwrap_or(&self.lines)
    }

    /// Whether the leaves lead there, and whether the lines do.
    pub fn lead_to(&self, checkpoint: Option<&Checkpoint>) -> (bool, bool) {
        (self.leaves().leads_to(checkpoint), self.lines.leads_to(checkpoint))
    }

    /// Whether one of them passed this root at the size of the known checkpoint.
    pub fn passed(&self, root: &Hash) -> bool {
        [self.leaves(), &self.lines].into_iter().any(|way| way.at_known.as_ref() == Some(root))
    }
}
