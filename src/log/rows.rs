//! The right edge of the tiles of a growing tree: of each level the tile that is not full yet.
//!
//! Memory is 256 hashes a level. Full tiles are handed out as they fill up.

use super::tile::{HEIGHT, Row, Tile, WIDTH};
use crate::merkle::{Hash, root_of_hashes, root_of_subtrees};
use std::convert::Infallible;

/// The right edge of a tree.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    size: u64,
    /// Of each level from 0 the hashes of the tile at the edge, fewer than 256.
    levels: Vec<Vec<Hash>>,
}

/// A tile and its hashes.
pub(super) type Made = (Tile, Vec<Hash>);

impl Rows {
    /// The edge of a tree of `size` leaves, with the hashes of its tiles from level 0 upwards.
    pub(super) fn resume(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, levels }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; the tiles that it fills, from below, are added to `full`.
    pub(super) fn push(&mut self, leaf: Hash, full: &mut Vec<Made>) {
        self.size = self.size.saturating_add(1);
        let mut hash = leaf;
        for level in 0..HEIGHT {
            let row = Row::Level(level);
            let place = usize::try_from(level).unwrap_or(usize::MAX);
            if self.levels.len() <= place {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(place) else { return };
            hashes.push(hash);
            if !row.count(self.size).is_multiple_of(WIDTH) {
                return;
            }
            let number = (row.count(self.size) / WIDTH).saturating_sub(1);
            let hashes = std::mem::take(hashes);
            hash = root_of_hashes(&hashes);
            full.push((Tile::full(row, number), hashes));
        }
    }

    /// The tiles at the edge, which are not full.
    pub(super) fn partial(&self) -> Vec<Made> {
        let tile = |(level, hashes): (u32, &Vec<Hash>)| {
            Row::Level(level).edge(self.size).map(|tile| (tile, hashes.clone()))
        };
        (0..).zip(&self.levels).filter_map(tile).collect()
    }

    /// The root of the tree.
    pub(super) fn root(&self) -> Hash {
        let mut subtree =
            |level: u32, place: u64| Ok::<Hash, Infallible>(self.subtree(level, place));
        root_of_subtrees(self.size, &mut subtree).unwrap_or_else(|never| match never {})
    }

    /// The root of a perfect subtree at the edge; of one that is not there that of nothing, so
    /// that no root comes out right.
    fn subtree(&self, level: u32, place: u64) -> Hash {
        let row = usize::try_from(level / HEIGHT).ok().and_then(|row| self.levels.get(row));
        let hashes = row.and_then(|hashes| part(hashes, level, place));
        root_of_hashes(hashes.unwrap_or_default())
    }
}

/// The hashes, in their tile, of the perfect subtree `place` of `level`.
pub(super) fn part(tile: &[Hash], level: u32, place: u64) -> Option<&[Hash]> {
    let inner = level % HEIGHT;
    let start = place.checked_shl(inner)? % WIDTH;
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(1_usize.checked_shl(inner)?)?;
    tile.get(start..end)
}
