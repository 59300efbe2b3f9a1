//! Names and contents of the files beneath `tile/` (C2SP, tlog-tiles).

use crate::limits;
use crate::merkle::Hash;

/// Hashes of a full tile, and entries of a full bundle.
pub(super) const WIDTH: u64 = 256;
/// Levels of the tree that one level of tiles spans.
pub(super) const HEIGHT: u32 = 8;

/// Which files: the entries themselves, or the hashes of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Row {
    /// `tile/entries`.
    Entries,
    /// `tile/<L>`: level 0 has the leaves.
    Level(u32),
}

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tile {
    pub(super) row: Row,
    pub(super) number: u64,
    /// 1 to 256, in which case the tile is full.
    pub(super) width: u64,
}

impl Row {
    /// How many hashes, or entries, the row has in a tree of `size` leaves.
    pub(super) fn count(self, size: u64) -> u64 {
        match self {
            Self::Entries => size,
            Self::Level(level) => {
                size.checked_shr(level.saturating_mul(HEIGHT)).unwrap_or_default()
            }
        }
    }

    /// The tile that is not full at the right edge of a tree of `size` leaves.
    pub(super) fn edge(self, size: u64) -> Option<Tile> {
        let count = self.count(size);
        let tile = Tile { row: self, number: count / WIDTH, width: count % WIDTH };
        (tile.width > 0).then_some(tile)
    }
}

/// The rows of a tree of `size` leaves: the entries, and each level of tiles that has any.
pub(super) fn rows(size: u64) -> Vec<Row> {
    let levels = (0..HEIGHT).map(Row::Level).filter(|row| row.count(size) > 0);
    std::iter::once(Row::Entries).chain(levels).collect()
}

impl Tile {
    pub(super) fn full(row: Row, number: u64) -> Self {
        Self { row, number, width: WIDTH }
    }

    pub(super) fn is_full(self) -> bool {
        self.width == WIDTH
    }

    /// The name of the file in the log's folder: `tile/0/x001/234`, `tile/entries/000.p/5`.
    pub(super) fn path(self) -> String {
        let folder = self.partials();
        match folder.strip_suffix(".p") {
            Some(full) if self.is_full() => full.to_owned(),
            Some(_) | None => format!("{folder}/{}", self.width),
        }
    }

    /// The folder of the files of this tile that are not full.
    pub(super) fn partials(self) -> String {
        let mut number = format!("{:03}", self.number % 1000);
        let mut rest = self.number / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        match self.row {
            Row::Entries => format!("tile/entries/{number}.p"),
            Row::Level(level) => format!("tile/{level}/{number}.p"),
        }
    }

    /// Most bytes that the file may have.
    pub(super) fn limit(self) -> u64 {
        let entry = u64::try_from(limits::LOG_ENTRY_BYTES).unwrap_or(u64::MAX).saturating_add(2);
        match self.row {
            Row::Entries => self.width.saturating_mul(entry),
            Row::Level(_) => self.width.saturating_mul(32),
        }
    }
}

/// The entries of a bundle: each a length of two bytes, most significant first, and its bytes.
/// Nothing when the bytes are no bundle.
pub(super) fn split_bundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length)?;
        if length > limits::LOG_ENTRY_BYTES {
            return None;
        }
        entries.push(entry);
        bytes = rest;
    }
    bytes.is_empty().then_some(entries)
}

/// Adds an entry to a bundle; nothing when it is too long.
pub(super) fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Option<()> {
    let length = u16::try_from(entry.len()).ok()?;
    if entry.len() > limits::LOG_ENTRY_BYTES {
        return None;
    }
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Some(())
}

/// The hashes of a tile; nothing when the bytes are no whole number of them.
pub(super) fn split_tile(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks();
    rest.is_empty().then(|| hashes.to_vec())
}
