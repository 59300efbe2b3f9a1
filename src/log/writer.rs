//! What every writer of a log shares: the lock, the entries that no checkpoint covers yet, and
//! writing files in an order that survives a crash.

use super::FOLDER;
use super::entry::Entry;
use super::error::LogError;
use super::read::{self, Log};
use super::rows::{Made, Rows};
use super::tile::{self, Row, Tile, WIDTH};
use crate::fs::{self, FolderLock, FsError, Root};
use crate::limits;
use crate::merkle::leaf_hash;
use crate::path::RelPath;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often, and after which pause, a log that another run holds is tried again: 3 seconds.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_millis(100);
/// How many files are open at once while they are written.
const AT_ONCE: usize = 64;

/// The log's folder beneath the archive's: a link on the way could lead anywhere, and what it
/// leads to is not to be written to.
pub(super) fn folder(archive: &Path) -> Result<Root, LogError> {
    let name = RelPath::new(FOLDER.as_bytes()).map_err(FsError::from);
    let folder = Root::open(archive).and_then(|root| root.subroot(&name?));
    folder.map_err(LogError::file(""))
}

/// Refuses a log's folder that is, or could only be made, behind a link.
pub(super) fn no_link(archive: &Path) -> Result<(), LogError> {
    match folder(archive) {
        Err(LogError::File { source, .. }) if source.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}

/// Locks the log's folder; waits a little for another run to end.
pub(super) fn lock(folder: &Path) -> Result<FolderLock, LogError> {
    for _ in 0..TRIES {
        match FolderLock::take(folder) {
            Err(FsError::InUse) => std::thread::sleep(PAUSE),
            other => return other.map_err(LogError::file("")),
        }
    }
    Err(LogError::File { path: String::new(), source: FsError::InUse })
}

/// The log as a writer finds it: the published tree, and what was appended since.
pub(super) struct State {
    /// The right edge of the tree of all entries.
    pub(super) rows: Rows,
    /// The entries that no checkpoint covers.
    pub(super) pending: Vec<Vec<u8>>,
    /// The entries of the bundle that is not full, published ones first.
    pub(super) edge: Vec<Vec<u8>>,
    /// The tiles that the pending entries filled.
    pub(super) full: Vec<Made>,
}

impl State {
    /// Reads the right edge, and checks entries and tiles against the checkpoint.
    pub(super) fn of(log: &Log<'_>) -> Result<Self, LogError> {
        let published = log.size();
        let mut state =
            Self { rows: log.edge()?, pending: Vec::new(), edge: Vec::new(), full: Vec::new() };
        let mut number = published / WIDTH;
        while let Some(tile) = widest(log.root, number)? {
            let entries = read::bundle(log.root, tile)?;
            state.edge = if tile.is_full() { Vec::new() } else { entries.clone() };
            state.take(log, tile, entries)?;
            if !tile.is_full() {
                return Ok(state);
            }
            number = number.saturating_add(1);
        }
        let found = number.saturating_mul(WIDTH);
        if found < published {
            return Err(LogError::Lost { found, size: published });
        }
        Ok(state)
    }

    /// Adds the entries of a bundle: those that are published must have the hashes of their tile;
    /// the others are pending, and must be records: what a checkpoint covers stays for ever.
    fn take(&mut self, log: &Log<'_>, bundle: Tile, entries: Vec<Vec<u8>>) -> Result<(), LogError> {
        let (published, number) = (log.size(), bundle.number);
        let first = number.saturating_mul(WIDTH);
        let known = usize::try_from(published.saturating_sub(first)).unwrap_or(usize::MAX);
        if entries.len() < known {
            let there = u64::try_from(entries.len()).unwrap_or(u64::MAX);
            return Err(LogError::Lost { found: first.saturating_add(there), size: published });
        }
        if let Some(tile) = Row::Level(0).edge(published).filter(|tile| tile.number == number) {
            let hashes = read::hashes(log.root, tile)?;
            let same = entries.iter().zip(&hashes).all(|(entry, hash)| leaf_hash(entry) == *hash);
            if !same {
                let bundle = Tile { row: Row::Entries, ..tile };
                return Err(LogError::Differs { path: bundle.path() });
            }
        }
        for entry in entries.into_iter().skip(known) {
            if Entry::parse(&entry).is_none() {
                return Err(LogError::NoRecord { path: bundle.path() });
            }
            self.rows.push(leaf_hash(&entry), &mut self.full);
            self.pending.push(entry);
        }
        if u64::try_from(self.pending.len()).is_ok_and(|count| count <= limits::LOG_PENDING) {
            return Ok(());
        }
        Err(LogError::TooMany { found: self.rows.size() })
    }

    /// The tiles of the tree that no checkpoint covers yet.
    pub(super) fn tiles(&self) -> Vec<Made> {
        [&self.full[..], &self.rows.partial()].concat()
    }
}

/// The file with the most entries of bundle `number`.
pub(super) fn widest(root: &Root, number: u64) -> Result<Option<Tile>, LogError> {
    let full = Tile::full(Row::Entries, number);
    let path = full.path();
    let name = RelPath::new(path.as_bytes()).map_err(FsError::from);
    let kind = name.and_then(|name| root.kind(&name)).map_err(LogError::file(&path))?;
    if kind.is_some() {
        return Ok(Some(full));
    }
    let width = widths(root, full)?.into_iter().max();
    Ok(width.map(|width| Tile { width, ..full }))
}

/// The widths of the files of a tile that are not full.
pub(super) fn widths(root: &Root, tile: Tile) -> Result<Vec<u64>, LogError> {
    let folder = tile.partials();
    let name = RelPath::new(folder.as_bytes()).map_err(FsError::from);
    let entries = match name.and_then(|name| root.list(Some(&name))) {
        Ok(entries) => entries,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => return Err(LogError::file(&folder)(error)),
    };
    let width = |name: &[u8]| {
        let text = std::str::from_utf8(name).ok()?;
        let width: u64 = text.parse().ok().filter(|width| (1..WIDTH).contains(width))?;
        (width.to_string() == text).then_some(width)
    };
    Ok(entries.iter().filter_map(|entry| width(&entry.name)).collect())
}

/// Writes tiles that are not there yet. One that is there must have these very bytes.
pub(super) fn write_tiles(root: &Root, folder: &Path, tiles: &[Made]) -> Result<(), LogError> {
    let files = tiles.iter().map(|(tile, hashes)| (*tile, hashes.as_flattened().to_vec()));
    write(root, folder, files.collect())
}

/// Writes files that are not there yet, in this order, and brings them to the disk. One that is
/// there must have these very bytes.
pub(super) fn write(
    root: &Root,
    folder: &Path,
    files: Vec<(Tile, Vec<u8>)>,
) -> Result<(), LogError> {
    let mut missing: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for (tile, bytes) in files {
        let path = tile.path();
        match read::read_if_there(root, &path, tile.limit())? {
            Some(present) if present == bytes => {}
            Some(_) => return Err(LogError::Differs { path }),
            None => missing.push((folder.join(path), bytes)),
        }
    }
    for group in missing.chunks(AT_ONCE) {
        for above in group.iter().filter_map(|(path, _)| path.parent()) {
            fs::create_folder(above).map_err(LogError::file("tile"))?;
        }
        fs::replace_all(group).map_err(LogError::file("tile"))?;
    }
    Ok(())
}

/// Removes the files at the right edge of a tree of `size` that was never published, but those
/// that a tree of one of `kept` has too. What is left over costs only space.
pub(super) fn remove_edge(folder: &Path, root: &Root, size: u64, kept: &[u64]) {
    for row in tile::rows(size) {
        let Some(tile) = row.edge(size) else { continue };
        if kept.iter().any(|size| row.edge(*size) == Some(tile)) {
            continue;
        }
        remove(folder, root, tile);
    }
}

/// Removes a file of a tile if it is there.
pub(super) fn remove(folder: &Path, root: &Root, tile: Tile) {
    let path = tile.path();
    let there = RelPath::new(path.as_bytes())
        .is_ok_and(|name| root.kind(&name).is_ok_and(|kind| kind.is_some()));
    if there {
        drop(fs::remove(&folder.join(path)));
    }
}
