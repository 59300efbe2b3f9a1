//! Digests by stamp and path: 64 bytes a file, whatever its name.

use crate::digest;
use crate::fs::Stamp;
use crate::path::RelPath;

/// Digests of files, each under a digest of its stamp and path.
#[derive(Debug, Clone, Default)]
pub struct Known {
    entries: Vec<([u8; 32], [u8; 32])>,
    sorted: bool,
}

impl Known {
    /// Takes in a file. Of two with one stamp and path and different digests none counts.
    pub fn add(&mut self, stamp: &Stamp, path: &RelPath, sha256: [u8; 32]) {
        self.entries.push((key(stamp, path), sha256));
        self.sorted = false;
    }

    /// Makes it ready to be asked.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.entries.sort_unstable();
        self.sorted = true;
        self
    }

    /// The digest of the file with this very stamp at this path.
    pub fn get(&self, stamp: &Stamp, path: &RelPath) -> Option<[u8; 32]> {
        debug_assert!(self.sorted || self.entries.is_empty(), "asked before it was sorted");
        let key = key(stamp, path);
        let begin = self.entries.partition_point(|(other, _)| *other < key);
        let mut found = self.entries.iter().skip(begin).take_while(|(other, _)| *other == key);
        let (_, sha256) = found.next()?;
        found.all(|(_, other)| other == sha256).then_some(*sha256)
    }

    /// How many files are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A collision of SHA-256 would be needed to take one file for another.
fn key(stamp: &Stamp, path: &RelPath) -> [u8; 32] {
    let mut text = format!("{stamp} ").into_bytes();
    text.extend_from_slice(path.as_bytes());
    digest::sha256(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{FileId, FileTime};

    #[test]
    fn one_difference_is_enough() {
        let time = |nanoseconds| FileTime::new(1, nanoseconds).unwrap();
        let id = |dev, ino| FileId { dev, ino };
        let path = |text: &str| RelPath::new(text.as_bytes()).unwrap();
        let stamp = Stamp { id: id(1, 2), size: 3, modified: time(4), changed: time(5) };
        let mut known = Known::default();
        known.add(&stamp, &path("a"), [1; 32]);
        known.add(&Stamp { size: 9, ..stamp }, &path("a"), [2; 32]);
        known.add(&stamp, &path("a"), [1; 32]);
        let mut known = known.sorted();
        assert_eq!(known.get(&stamp, &path("a")), Some([1; 32]));
        assert_eq!(known.get(&stamp, &path("b")), None);
        for other in [
            Stamp { id: id(2, 2), ..stamp },
            Stamp { id: id(1, 3), ..stamp },
            Stamp { size: 4, ..stamp },
            Stamp { modified: time(5), ..stamp },
            Stamp { changed: time(4), ..stamp },
        ] {
            assert_eq!(known.get(&other, &path("a")), None, "{other}");
        }
        assert_eq!(Known::default().get(&stamp, &path("a")), None);
        known.add(&stamp, &path("a"), [3; 32]);
        assert_eq!(known.sorted().get(&stamp, &path("a")), None);
    }
}
