//! Reading a log: its checkpoint, entries, and proofs from its tiles.
//!
//! Tiles are believed only as far as the proofs made from them lead to the checkpoint's root, and
//! that is checked before a proof is handed out. Who signed the checkpoint is for the caller.

use super::error::LogError;
use super::rows::{Rows, part};
use super::tile::{self, HEIGHT, Row, Tile, WIDTH};
use super::{CHECKPOINT, Entry, TILES};
use crate::envelope::checkpoint::{self, Checkpoint};
use crate::envelope::note::{self, Note};
use crate::fs::{FsError, Root};
use crate::limits;
use crate::merkle::{self, Hash, leaf_hash, root_of_hashes};
use crate::path::RelPath;
use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

/// An open log, at the size of its checkpoint.
#[derive(Debug)]
pub struct Log<'a> {
    pub(super) root: &'a Root,
    bytes: Vec<u8>,
    note: Note,
    head: Checkpoint,
}

/// Reads a file of the log.
pub(super) fn read(root: &Root, path: &str, limit: u64) -> Result<Vec<u8>, LogError> {
    RelPath::new(path.as_bytes())
        .map_err(FsError::from)
        .and_then(|name| root.read(&name, limit))
        .map_err(LogError::file(path))
}

/// [`read`], where a file that is not there is no error.
pub(super) fn read_if_there(
    root: &Root,
    path: &str,
    limit: u64,
) -> Result<Option<Vec<u8>>, LogError> {
    match read(root, path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(LogError::File { source, .. }) if source.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there are, or were, entries in the log.
pub(super) fn has_tiles(root: &Root) -> Result<bool, LogError> {
    let name = RelPath::new(TILES.as_bytes()).map_err(FsError::from);
    let kind = name.and_then(|name| root.kind(&name)).map_err(LogError::file(TILES))?;
    Ok(kind.is_some())
}

/// A tile's file; one that is no longer there because the full one is, from the full one.
fn either(root: &Root, tile: Tile) -> Result<(Tile, Vec<u8>), LogError> {
    if let Some(bytes) = read_if_there(root, &tile.path(), tile.limit())? {
        return Ok((tile, bytes));
    }
    let full = Tile::full(tile.row, tile.number);
    match read_if_there(root, &full.path(), full.limit())? {
        Some(bytes) => Ok((full, bytes)),
        None => read(root, &tile.path(), tile.limit()).map(|bytes| (tile, bytes)),
    }
}

/// The hashes of a tile, as many as it is wide.
pub(super) fn hashes(root: &Root, tile: Tile) -> Result<Vec<Hash>, LogError> {
    let (found, bytes) = either(root, tile)?;
    let wrong = || LogError::Tile { path: found.path(), width: found.width };
    let mut hashes = tile::split_tile(&bytes).ok_or_else(wrong)?;
    if u64::try_from(hashes.len()).ok() != Some(found.width) {
        return Err(wrong());
    }
    hashes.truncate(usize::try_from(tile.width).unwrap_or(usize::MAX));
    Ok(hashes)
}

/// The entries of a bundle, as many as it is wide.
pub(super) fn bundle(root: &Root, tile: Tile) -> Result<Vec<Vec<u8>>, LogError> {
    let (found, bytes) = either(root, tile)?;
    let wrong = || LogError::Bundle { path: found.path(), width: found.width };
    let entries = tile::split_bundle(&bytes).ok_or_else(wrong)?;
    if u64::try_from(entries.len()).ok() != Some(found.width) {
        return Err(wrong());
    }
    let width = usize::try_from(tile.width).unwrap_or(usize::MAX);
    Ok(entries.into_iter().take(width).map(<[u8]>::to_vec).collect())
}

impl<'a> Log<'a> {
    /// Opens the log in the folder `root`, of this origin where one is given.
    ///
    /// # Errors
    /// [`LogError`] when the checkpoint cannot be read or is that of another log.
    pub fn open(root: &'a Root, origin: Option<&str>) -> Result<Self, LogError> {
        let bytes = match read(root, CHECKPOINT, limits::ENVELOPE_BYTES) {
            Err(LogError::File { source, .. }) if source.is_not_found() && has_tiles(root)? => {
                return Err(LogError::Headless);
            }
            read => read?,
        };
        let log = Self::with(root, bytes)?;
        match origin.filter(|origin| *origin != log.head.origin) {
            None => Ok(log),
            Some(expected) => {
                let expected = expected.to_owned();
                Err(LogError::Origin { expected, found: log.head.origin })
            }
        }
    }

    /// The log at the size of a checkpoint that need not stand in its place.
    pub(super) fn with(root: &'a Root, bytes: Vec<u8>) -> Result<Self, LogError> {
        let note = note::parse(&bytes)?;
        let head = checkpoint::parse(&note.text)?;
        Ok(Self { root, bytes, note, head })
    }

    /// The checkpoint as it stands in its file.
    pub fn checkpoint_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The checkpoint with its signatures, which are not checked.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// What the checkpoint says.
    pub fn head(&self) -> &Checkpoint {
        &self.head
    }

    /// Number of published entries.
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// Entry `index`, from 0; nothing past the published ones.
    ///
    /// # Errors
    /// [`LogError`] when its bundle does not read.
    pub fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, LogError> {
        if index >= self.size() {
            return Ok(None);
        }
        let tile = self.tile(Row::Entries, index / WIDTH);
        let entries = bundle(self.root, tile)?;
        let place = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
        Ok(entries.into_iter().nth(place))
    }

    /// Tile `number` of a row, as wide as it is in the published tree.
    fn tile(&self, row: Row, number: u64) -> Tile {
        let left = row.count(self.size()).saturating_sub(number.saturating_mul(WIDTH));
        Tile { row, number, width: left.min(WIDTH) }
    }

    /// Where these entries stand among the published ones; the first place of each.
    ///
    /// # Errors
    /// [`LogError`] when a tile does not read, or its hash is not that of its entry.
    pub fn find(&self, entries: &[Entry]) -> Result<Vec<Option<u64>>, LogError> {
        let wanted: Vec<Hash> = entries.iter().map(Entry::leaf).collect();
        let places = self.find_leaves(&wanted)?;
        Ok(wanted.iter().map(|leaf| places.get(leaf).copied()).collect())
    }

    pub(super) fn find_leaves(&self, wanted: &[Hash]) -> Result<BTreeMap<Hash, u64>, LogError> {
        if self.size() > limits::LOG_ENTRIES {
            return Err(LogError::TooMany { found: self.size() });
        }
        let wanted: BTreeSet<&Hash> = wanted.iter().collect();
        let mut found = BTreeMap::new();
        let row = Row::Level(0);
        for number in 0..self.size().div_ceil(WIDTH) {
            let tile = self.tile(row, number);
            let first = number.saturating_mul(WIDTH);
            for (place, leaf) in (first..).zip(hashes(self.root, tile)?) {
                if wanted.contains(&leaf) && !found.contains_key(&leaf) {
                    // A hash in a tile is not yet an entry.
                    let entry = self.entry(place)?;
                    if entry.is_none_or(|entry| leaf_hash(&entry) != leaf) {
                        return Err(LogError::Differs { path: tile.path() });
                    }
                    found.insert(leaf, place);
                }
            }
        }
        Ok(found)
    }

    /// Proves entry `index`, from 0, in the published tree; the proof was checked.
    ///
    /// # Errors
    /// [`LogError`] when a tile does not read or the tiles do not lead to the checkpoint's root.
    pub fn inclusion(&self, index: u64, leaf: &Hash) -> Result<Vec<Hash>, LogError> {
        let mut tiles = BTreeMap::new();
        let mut subtree = |level, place| self.subtree(&mut tiles, level, place);
        let proof = merkle::prove_inclusion(index, self.size(), &mut subtree)?;
        merkle::verify_inclusion(leaf, index, self.size(), &proof, &self.head.root)?;
        Ok(proof)
    }

    /// Proves that the published tree begins with its first `old` entries. No hashes when `old` is
    /// 0 or the present size.
    ///
    /// # Errors
    /// [`LogError`] when `old` is larger, a tile does not read or the tiles do not lead to the
    /// checkpoint's root.
    pub fn consistency(&self, old: u64) -> Result<Vec<Hash>, LogError> {
        let new = self.size();
        if old > new {
            return Err(merkle::ProofError::Sizes { old, new }.into());
        }
        let mut tiles = BTreeMap::new();
        let mut subtree = |level, place| self.subtree(&mut tiles, level, place);
        let proof = merkle::prove_consistency(old, new, &mut subtree)?;
        if old > 0 {
            let root = merkle::root_of_subtrees(old, &mut subtree)?;
            merkle::verify_consistency(old, &root, new, &self.head.root, &proof)?;
        }
        Ok(proof)
    }

    /// The root of a perfect subtree, from the tile that it lies in.
    fn subtree(
        &self,
        tiles: &mut BTreeMap<Tile, Vec<Hash>>,
        level: u32,
        place: u64,
    ) -> Result<Hash, LogError> {
        let row = Row::Level(level / HEIGHT);
        let first = place.checked_shl(level % HEIGHT).unwrap_or(u64::MAX);
        let tile = self.tile(row, first / WIDTH);
        let hashes = match tiles.entry(tile) {
            Slot::Occupied(read) => read.into_mut(),
            Slot::Vacant(slot) => slot.insert(hashes(self.root, tile)?),
        };
        part(hashes, level, place)
            .map(root_of_hashes)
            .ok_or_else(|| LogError::Tile { path: tile.path(), width: tile.width })
    }

    /// The right edge of the published tree, checked against the checkpoint's root.
    pub(super) fn edge(&self) -> Result<Rows, LogError> {
        let size = self.size();
        let levels = tile::rows(size).into_iter().skip(1).map(|row| match row.edge(size) {
            Some(tile) => hashes(self.root, tile),
            None => Ok(Vec::new()),
        });
        let rows = Rows::resume(size, levels.collect::<Result<_, _>>()?);
        if rows.root() != self.head.root {
            return Err(LogError::Root { size });
        }
        Ok(rows)
    }
}
