//! What one signing saw of the files of a collection: `vidimus.stamps/v1`, in the state folder.
//!
//! Lines that end in NUL, since a path may hold anything else: the form, archive, collection,
//! serial and time of the signing; then `STAMP SHA256 PATH` for each file, sorted by path; then
//! `end` with the SHA-256 of all before it. A record that is torn or altered is seen as such, and
//! none of it is used. That says nothing about who wrote it: the closing line is no signature.

use super::StateError;
use crate::codec::hex;
use crate::digest::{Algorithm, Hasher};
use crate::fs::{self, FsError, OpenFile, Stamp};
use crate::limits;
use crate::path::RelPath;
use crate::time::Time;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

const FORM: &str = "vidimus.stamps/v1";
/// Longest line: a path, and what stands before it.
const LINE: usize = limits::PATH_BYTES + 512;

/// Which signing a record is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The archive's id.
    pub archive: String,
    /// The collection.
    pub collection: String,
    /// Serial of the statement.
    pub serial: u64,
    /// When the signing began, by the clock of the machine: nothing was read before.
    pub began: Time,
}

/// A file as it was when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its stamp.
    pub stamp: &'a Stamp,
    /// SHA-256 of its bytes.
    pub sha256: &'a [u8; 32],
    /// Where it is.
    pub path: &'a RelPath,
}

impl Line<'_> {
    /// The bytes of the line, with its NUL.
    pub(super) fn print(&self) -> Vec<u8> {
        let mut line = format!("{} {} ", self.stamp, hex::encode(self.sha256)).into_bytes();
        line.extend_from_slice(self.path.as_bytes());
        line.push(0);
        line
    }
}

/// Reads a line without its NUL.
pub(super) fn parse_line(line: &[u8]) -> Option<(Stamp, [u8; 32], RelPath)> {
    let end =
        line.iter().enumerate().filter(|(_, byte)| **byte == b' ').map(|(at, _)| at).nth(4)?;
    let (stamp, rest) = (line.get(..end)?, line.get(end.saturating_add(1)..)?);
    let (digits, path) = rest.split_at_checked(64)?;
    let stamp = Stamp::parse(std::str::from_utf8(stamp).ok()?)?;
    let sha256 =
        hex::decode_array(digits).filter(|sha256| hex::encode(sha256).as_bytes() == digits)?;
    let path = RelPath::new(path.strip_prefix(b" ")?).ok()?;
    Some((stamp, sha256, path))
}

/// Writes a record; `lines` are sorted by path.
///
/// # Errors
/// [`FsError`]; then the old record is still there.
pub fn write(
    file: &Path,
    signing: &Signing,
    lines: &mut dyn Iterator<Item = Line<'_>>,
) -> Result<(), FsError> {
    fs::replace_private_by(file, &mut |sink| {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let mut put = |bytes: &[u8]| {
            hasher.update(bytes);
            sink(bytes)
        };
        put(&head(signing))?;
        for line in &mut *lines {
            put(&line.print())?;
        }
        let end = format!("end {}\0", hasher.finish().to_hex());
        sink(end.as_bytes())
    })
}

fn head(signing: &Signing) -> Vec<u8> {
    let Signing { archive, collection, serial, began } = signing;
    format!("{FORM}\0archive {archive}\0collection {collection}\0serial {serial}\0began {began}\0")
        .into_bytes()
}

/// Reads a record line by line; `None` where there is none. Nothing that `visit` was told counts
/// before this has returned without an error.
///
/// # Errors
/// [`StateError::Stamps`] when it is torn, altered or of another form; [`StateError::Files`], also
/// when others may read or write it.
pub fn read(
    file: &Path,
    visit: &mut dyn FnMut(&Signing, Line<'_>),
) -> Result<Option<Signing>, StateError> {
    let mut open = match fs::open_private(file) {
        Err(error) if error.is_not_found() => return Ok(None),
        open => open?,
    };
    let mut lines = Lines {
        source: BufReader::with_capacity(1 << 18, Source(&mut open)),
        hasher: Hasher::new(Algorithm::Sha256),
    };
    let signing = read_head(&mut lines)?;
    loop {
        let before = lines.hasher.clone();
        let line = lines.next()?;
        if let Some(digits) = line.strip_prefix(b"end ") {
            let whole = before.finish().to_hex().as_bytes() == digits && lines.at_end()?;
            return if whole { Ok(Some(signing)) } else { Err(StateError::Stamps) };
        }
        let (stamp, sha256, path) = parse_line(&line).ok_or(StateError::Stamps)?;
        visit(&signing, Line { stamp: &stamp, sha256: &sha256, path: &path });
    }
}

fn read_head(lines: &mut Lines<'_>) -> Result<Signing, StateError> {
    if lines.next()? != FORM.as_bytes() {
        return Err(StateError::Stamps);
    }
    let mut member = |name: &str| {
        let line = String::from_utf8(lines.next()?).ok();
        let value = line.as_deref().and_then(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map(str::to_owned).ok_or(StateError::Stamps)
    };
    let (archive, collection) = (member("archive")?, member("collection")?);
    let (serial, began) = (member("serial")?, member("began")?);
    let number = serial.parse::<u64>().ok().filter(|number| number.to_string() == serial);
    let serial = number.ok_or(StateError::Stamps)?;
    let began = Time::parse(&began).map_err(|_| StateError::Stamps)?;
    Ok(Signing { archive, collection, serial, began })
}

/// The lines of a record, hashed as they are read.
struct Lines<'a> {
    source: BufReader<Source<'a>>,
    hasher: Hasher,
}

impl Lines<'_> {
    /// The next line without its NUL.
    fn next(&mut self) -> Result<Vec<u8>, StateError> {
        let mut line = Vec::new();
        let most = u64::try_from(LINE).unwrap_or(u64::MAX);
        self.source.by_ref().take(most).read_until(0, &mut line).map_err(unread)?;
        self.hasher.update(&line);
        line.pop_if(|byte| *byte == 0).map(|_| line).ok_or(StateError::Stamps)
    }

    fn at_end(&mut self) -> Result<bool, StateError> {
        Ok(self.source.fill_buf().map_err(unread)?.is_empty())
    }
}

fn unread(source: std::io::Error) -> StateError {
    StateError::Files(FsError::Io { operation: "read", source })
}

/// An open file, for readers of the standard library.
struct Source<'a>(&'a mut OpenFile);

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer).map_err(std::io::Error::other)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests damage the records they made")]
mod tests {
    use super::*;
    use crate::fs::{FileId, FileTime};
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    fn stamp(number: u64) -> Stamp {
        let time = FileTime::new(-5, 9).unwrap();
        Stamp { id: FileId { dev: 7, ino: number }, size: number, modified: time, changed: time }
    }

    fn signing() -> Signing {
        Signing {
            archive: "example.org/a b".to_owned(),
            collection: "seeds".to_owned(),
            serial: 3,
            began: Time::parse("2026-01-31T12:00:00Z").unwrap(),
        }
    }

    type Seen = Vec<(Stamp, [u8; 32], RelPath)>;

    fn put(file: &Path, lines: &Seen) {
        let mut lines = lines.iter().map(|(stamp, sha256, path)| Line { stamp, sha256, path });
        write(file, &signing(), &mut lines).unwrap();
    }

    fn get(file: &Path) -> Result<Option<(Signing, Seen)>, StateError> {
        let mut seen = Seen::new();
        let head = read(file, &mut |_, line| {
            seen.push((*line.stamp, *line.sha256, line.path.clone()));
        })?;
        Ok(head.map(|head| (head, seen)))
    }

    fn sample() -> Seen {
        let names: [&[u8]; 4] = [b" a ", b"b\nc", b"d\xff/e", b"end 00"];
        let line = |(number, name): (usize, &&[u8])| {
            (stamp(number as u64), [u8::try_from(number).unwrap(); 32], RelPath::new(name).unwrap())
        };
        names.iter().enumerate().map(line).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("r");
        assert_eq!(get(&file).unwrap(), None);
        for lines in [Seen::new(), sample()] {
            put(&file, &lines);
            assert_eq!(get(&file).unwrap(), Some((signing(), lines)));
        }
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn any_damage_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("r");
        put(&file, &sample());
        let whole = std::fs::read(&file).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&file, &whole[..length]).unwrap();
            assert!(matches!(get(&file), Err(StateError::Stamps)), "cut to {length}");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&file, bytes).unwrap();
            assert!(get(&file).is_err(), "flipped {at}");
        }
        std::fs::write(&file, [&whole[..], b"\0"].concat()).unwrap();
        assert!(get(&file).is_err());
        std::fs::write(&file, &whole).unwrap();
        assert!(get(&file).is_ok());
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(matches!(get(&file), Err(StateError::Files(FsError::ReadableByOthers { .. }))));
    }

    proptest! {
        #[test]
        fn print_and_parse_are_inverse(ino: u64, sha256: [u8; 32], name in "[^\0/.]{1,9}(/[^\0/.]{1,9})?") {
            let (stamp, path) = (stamp(ino), RelPath::new(name.as_bytes()).unwrap());
            let line = Line { stamp: &stamp, sha256: &sha256, path: &path }.print();
            let (last, rest) = line.split_last().unwrap();
            prop_assert_eq!(*last, 0);
            prop_assert_eq!(parse_line(rest), Some((stamp, sha256, path)));
        }

        #[test]
        fn one_spelling(line in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some((stamp, sha256, path)) = parse_line(&line) {
                let printed = Line { stamp: &stamp, sha256: &sha256, path: &path }.print();
                prop_assert_eq!(&printed[..printed.len() - 1], &line[..]);
            }
        }
    }
}
