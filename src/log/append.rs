//! Appending entries. They are published by the next checkpoint, not here.

use super::error::LogError;
use super::read::Log;
use super::tile::{self, Row, Tile, WIDTH};
use super::writer::{self, State};
use super::{Entry, FOLDER};
use crate::limits;
use crate::merkle::{Hash, leaf_hash};
use std::collections::BTreeMap;
use std::path::Path;

/// Appends entries to the log of the archive at `archive`, whose origin is `origin`, and gives the
/// index of each, from 0. An entry that is in the log already gets the index it has.
///
/// # Errors
/// [`LogError`], also when entries or tiles do not fit the present checkpoint, and after three
/// seconds when another run is writing. What was written before the error is found by the next
/// run.
pub fn append(archive: &Path, origin: &str, entries: &[Entry]) -> Result<Vec<u64>, LogError> {
    let folder = archive.join(FOLDER);
    let root = writer::folder(archive)?;
    let _lock = writer::lock(&folder)?;
    let log = Log::open(&root, Some(origin))?;
    let mut state = State::of(&log)?;
    let before = state.rows.size();
    let leaves: Vec<Hash> = entries.iter().map(Entry::leaf).collect();
    let mut places = log.find_leaves(&leaves)?;
    for (place, entry) in (log.size()..).zip(&state.pending) {
        places.entry(leaf_hash(entry)).or_insert(place);
    }
    let bundles = add(&mut state, &mut places, entries)?;
    writer::write(&root, &folder, bundles)?;
    writer::write_tiles(&root, &folder, &state.tiles())?;
    if before > log.size() && before < state.rows.size() {
        writer::remove_edge(&folder, &root, before, &[log.size(), state.rows.size()]);
    }
    Ok(leaves.iter().filter_map(|leaf| places.get(leaf).copied()).collect())
}

/// Adds the entries that have no place yet, and gives the bundles to write.
fn add(
    state: &mut State,
    places: &mut BTreeMap<Hash, u64>,
    entries: &[Entry],
) -> Result<Vec<(Tile, Vec<u8>)>, LogError> {
    let mut bundles = Vec::new();
    let mut bundle = Vec::new();
    for entry in &state.edge {
        tile::push_entry(&mut bundle, entry).ok_or(LogError::EntryTooLong)?;
    }
    let start = state.rows.size();
    for entry in entries {
        let (bytes, leaf) = (entry.to_bytes(), entry.leaf());
        if places.contains_key(&leaf) {
            continue;
        }
        tile::push_entry(&mut bundle, &bytes).ok_or(LogError::EntryTooLong)?;
        places.insert(leaf, state.rows.size());
        state.rows.push(leaf, &mut state.full);
        let size = state.rows.size();
        if size.saturating_sub(start) > limits::LOG_PENDING || size > limits::LOG_ENTRIES {
            return Err(LogError::TooMany { found: size });
        }
        if size.is_multiple_of(WIDTH) {
            let number = (size / WIDTH).saturating_sub(1);
            bundles.push((Tile::full(Row::Entries, number), std::mem::take(&mut bundle)));
        }
    }
    let size = state.rows.size();
    if size > start
        && let Some(edge) = Row::Entries.edge(size)
    {
        bundles.push((edge, bundle));
    }
    Ok(bundles)
}
