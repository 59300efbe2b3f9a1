//! What a file system says of one file: enough to notice that it may have changed.
//!
//! Not promised: that equal stamps mean equal bytes. Whoever can set the clock or write to the
//! device below the file system can make them equal, a write through shared memory may not move
//! the times at once, and times are only as fine as the file system keeps them.

use super::FileId;
use rustix::fs::Stat;
use std::fmt;

/// A time as a file system keeps it: seconds since 1970 UTC, and nanoseconds into that second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime {
    seconds: i64,
    nanoseconds: u32,
}

/// Which file it is, how long, and when its bytes and when anything of it last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Device and inode.
    pub id: FileId,
    /// Size in bytes.
    pub size: u64,
    /// When its bytes were last changed (mtime). Anybody who may write the file can set it.
    pub modified: FileTime,
    /// When anything of it was last changed (ctime). Only the system sets it, by its clock.
    pub changed: FileTime,
}

impl FileTime {
    /// `None` when there are more nanoseconds than a second has.
    pub fn new(seconds: i64, nanoseconds: u32) -> Option<Self> {
        (nanoseconds < 1_000_000_000).then_some(Self { seconds, nanoseconds })
    }

    fn parse(text: &str) -> Option<Self> {
        let (seconds, nanoseconds) = text.split_once('.')?;
        Self::new(seconds.parse().ok()?, nanoseconds.parse().ok()?)
    }

    /// Whether it is at least `seconds` before the second `moment` (since 1970 UTC) began.
    pub fn precedes(self, moment: i64, seconds: i64) -> bool {
        let bound = Self { seconds: moment.saturating_sub(seconds), nanoseconds: 0 };
        self <= bound
    }
}

impl Stamp {
    /// `None` for numbers that no system gives.
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_fallible_conversions,
        reason = "they differ on other systems"
    )]
    pub(super) fn of(stat: &Stat) -> Option<Self> {
        let time = |seconds, nanoseconds| FileTime::new(i64::from(seconds), nanoseconds);
        Some(Self {
            id: FileId::of_stat(stat)?,
            size: u64::try_from(stat.st_size).ok()?,
            modified: time(stat.st_mtime, u32::try_from(stat.st_mtime_nsec).ok()?)?,
            changed: time(stat.st_ctime, u32::try_from(stat.st_ctime_nsec).ok()?)?,
        })
    }

    /// Reads what is printed; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut next = || parts.next();
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        let id = FileId { dev: number(next()?)?, ino: number(next()?)? };
        let size = next()?.parse().ok()?;
        let (modified, changed) = (FileTime::parse(next()?)?, FileTime::parse(next()?)?);
        let stamp = Self { id, size, modified, changed };
        (stamp.to_string() == text).then_some(stamp)
    }

    /// Whether size and mtime are those of `before`, so that nobody who goes by them looks at the
    /// bytes again.
    pub fn same_content_expected(&self, before: &Self) -> bool {
        (self.size, self.modified) == (before.size, before.modified)
    }

    /// Whether both times are at least two seconds older than the second `moment` (since 1970
    /// UTC). A file may change again within one tick of the clock that stamps it, which is two
    /// seconds long on the coarsest file systems: a younger stamp does not tell two states apart.
    pub fn settled_by(&self, moment: i64) -> bool {
        [self.modified, self.changed].iter().all(|time| time.precedes(moment, TICK))
    }
}

/// The length of the longest tick, in seconds.
const TICK: i64 = 2;

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.seconds, self.nanoseconds)
    }
}

/// Device and inode, in 16 hex digits each, size, mtime, ctime, with one blank between them.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileId { dev, ino } = self.id;
        write!(f, "{dev:016x} {ino:016x} {} {} {}", self.size, self.modified, self.changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stamp(seconds: i64, nanoseconds: u32) -> Stamp {
        let time = FileTime::new(seconds, nanoseconds).unwrap();
        Stamp { id: FileId { dev: 1, ino: 2 }, size: 3, modified: time, changed: time }
    }

    #[test]
    fn one_spelling_only() {
        let id = "0000000000000001 0000000000000002";
        let text = format!("{id} 3 4.000000005 4.000000005");
        assert_eq!(Stamp::parse(&text), Some(stamp(4, 5)));
        for bad in [
            "",
            "1 2 3 4.000000005 4.000000005",
            "ID 3 4.000000005",
            "ID 3 4.000000005 4.000000005 6",
            "ID 03 4.000000005 4.000000005",
            "ID +3 4.000000005 4.000000005",
            "ID 3 4.5 4.000000005",
            "ID 3 4.1000000000 4.000000005",
            "ID 3 4 4.000000005",
            "ID -3 4.000000005 4.000000005",
            " ID 3 4.000000005 4.000000005",
        ] {
            assert_eq!(Stamp::parse(&bad.replace("ID", id)), None, "{bad}");
        }
    }

    #[test]
    fn a_stamp_settles_two_seconds_after_its_younger_time() {
        for (seconds, nanoseconds, settled) in [
            (98, 0, true),
            (98, 1, false),
            (97, 999_999_999, true),
            (99, 0, false),
            (200, 0, false),
            (i64::MIN, 0, true),
        ] {
            assert_eq!(stamp(seconds, nanoseconds).settled_by(100), settled, "{seconds}");
        }
        let old = FileTime::new(1, 0).unwrap();
        assert!(!Stamp { modified: old, ..stamp(99, 0) }.settled_by(100));
        assert!(!Stamp { changed: old, ..stamp(99, 0) }.settled_by(100));
        assert!(!stamp(i64::MAX, 0).settled_by(i64::MIN));
    }

    #[test]
    fn a_stamp_is_that_of_the_file() {
        use std::os::unix::fs::MetadataExt;
        let folder = super::super::testing::folder(&[("f", "12345")]);
        let metadata = std::fs::metadata(folder.path().join("f")).unwrap();
        let file = std::fs::File::open(folder.path().join("f")).unwrap();
        let stamp = Stamp::of(&rustix::fs::fstat(&file).unwrap()).unwrap();
        assert_eq!((stamp.id.ino, stamp.size), (metadata.ino(), 5));
        assert_eq!(stamp.modified.seconds, metadata.mtime());
        assert_eq!(i64::from(stamp.changed.nanoseconds), metadata.ctime_nsec());
        assert_eq!(Stamp::parse(&stamp.to_string()), Some(stamp));
    }

    proptest! {
        #[test]
        fn print_and_parse_are_inverse(
            id in any::<(u64, u64)>(),
            size: u64,
            modified in (any::<i64>(), 0_u32..1_000_000_000),
            changed in (any::<i64>(), 0_u32..1_000_000_000),
        ) {
            let time = |(seconds, nanoseconds)| FileTime::new(seconds, nanoseconds).unwrap();
            let (modified, changed) = (time(modified), time(changed));
            let stamp = Stamp { id: FileId { dev: id.0, ino: id.1 }, size, modified, changed };
            prop_assert_eq!(Stamp::parse(&stamp.to_string()), Some(stamp));
        }
    }
}
