//! A regular file open for reading, watched for change.

use super::beneath::patiently;
use super::{EntryKind, FileId, FsError, Stamp};
use rustix::fd::OwnedFd;
use rustix::fs::FileType;

/// A regular file open for reading. Read it to its end, then call [`OpenFile::finish`]: only
/// that says that the bytes read are one state of one file.
#[derive(Debug)]
pub struct OpenFile {
    file: OwnedFd,
    /// What must not change while it is read.
    before: Stamp,
    mode: u32,
    taken: u64,
}

impl OpenFile {
    /// Takes over a descriptor that was opened without waiting.
    #[allow(clippy::useless_conversion, reason = "modes are shorter on other systems")]
    pub(super) fn new(file: OwnedFd) -> Result<Self, FsError> {
        let stat = rustix::fs::fstat(&file).map_err(FsError::io("examine the open file"))?;
        let kind = EntryKind::from(FileType::from_raw_mode(stat.st_mode));
        if kind != EntryKind::File {
            return Err(FsError::NotRegular { kind: kind.as_str() });
        }
        let before = Stamp::of(&stat).ok_or(FsError::Changed)?;
        Ok(Self { file, before, mode: u32::from(stat.st_mode) & 0o7777, taken: 0 })
    }

    /// The size in bytes when it was opened.
    pub fn size(&self) -> u64 {
        self.before.size
    }

    /// Which file it is.
    pub fn id(&self) -> FileId {
        self.before.id
    }

    /// Its stamp when it was opened; it is that of the bytes read once [`OpenFile::finish`] says
    /// so.
    pub fn stamp(&self) -> Stamp {
        self.before
    }

    /// The permission bits when it was opened.
    pub(super) fn mode(&self) -> u32 {
        self.mode
    }

    /// Reads the next bytes into `buffer` and returns how many; 0 at the end.
    ///
    /// # Errors
    /// [`FsError::Changed`] as soon as there are more bytes than the file had when it was
    /// opened, so that an endless file ends; [`FsError::Io`] from the system.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, FsError> {
        let read = patiently(|| rustix::io::read(&self.file, &mut *buffer));
        let count = read.map_err(FsError::io("read"))?;
        self.taken = self.taken.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if self.taken > self.before.size { Err(FsError::Changed) } else { Ok(count) }
    }

    /// Whether as many bytes were read as the file had when it was opened. That there are no
    /// more by now is for [`OpenFile::finish`] to find.
    pub(crate) fn is_at_end(&self) -> bool {
        self.taken >= self.before.size
    }

    /// Reads a file that fits into `buffer` with one byte to spare, and ends it. Returns the size
    /// in bytes.
    ///
    /// # Errors
    /// [`FsError::Changed`], [`FsError::Io`].
    pub(crate) fn read_small(mut self, buffer: &mut [u8]) -> Result<u64, FsError> {
        let mut filled = 0_usize;
        loop {
            let count = self.read(buffer.get_mut(filled..).unwrap_or_default())?;
            filled = filled.saturating_add(count);
            if count == 0 || self.is_at_end() {
                return self.finish();
            }
        }
    }

    /// Ends the reading and returns the size in bytes.
    ///
    /// # Errors
    /// [`FsError::Changed`] when the file is not the one it was, or was not read to its end.
    pub fn finish(self) -> Result<u64, FsError> {
        let stat = rustix::fs::fstat(&self.file).map_err(FsError::io("examine the open file"))?;
        let same = Stamp::of(&stat) == Some(self.before) && self.taken == self.before.size;
        if same { Ok(self.before.size) } else { Err(FsError::Changed) }
    }

    /// Reads the whole file.
    pub(super) fn read_whole(mut self, limit: u64) -> Result<Vec<u8>, FsError> {
        if self.size() > limit {
            return Err(FsError::TooLarge { limit });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.size()).unwrap_or(0));
        let mut piece = vec![0; PIECE];
        loop {
            let count = self.read(&mut piece)?;
            if count == 0 {
                break;
            }
            bytes.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
        self.finish()?;
        Ok(bytes)
    }
}

/// How much is read at once.
const PIECE: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::super::testing::{fallback_too, folder};
    use super::*;
    use crate::path::RelPath;
    use std::fs::File;
    use std::io::Write;

    /// What happens to the file `f` of ten bytes when `disturb` runs after five were read.
    fn read_disturbed(disturb: impl Fn(&std::path::Path)) {
        let folder = folder(&[("f", "0123456789")]);
        let path = folder.path().join("f");
        fallback_too(folder.path(), |root| {
            std::fs::write(&path, "0123456789").unwrap();
            let mut file = root.open_file(&RelPath::new(b"f").unwrap()).unwrap();
            let mut buffer = [0; 5];
            assert_eq!(file.read(&mut buffer).unwrap(), 5);
            disturb(&path);
            let result = loop {
                match file.read(&mut buffer) {
                    Ok(0) => break file.finish().map(drop),
                    Ok(_) => {}
                    Err(error) => break Err(error),
                }
            };
            assert!(matches!(result, Err(FsError::Changed)), "{result:?}");
        });
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        read_disturbed(|path| drop(File::options().write(true).truncate(true).open(path)));
        read_disturbed(|path| {
            File::options().write(true).open(path).unwrap().set_len(7).unwrap();
        });
        read_disturbed(|path| {
            File::options().append(true).open(path).unwrap().write_all(b"x").unwrap();
        });
        // Same length, other bytes, in place.
        read_disturbed(|path| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            File::options().write(true).open(path).unwrap().write_all(b"x").unwrap();
        });
        // Even with the time of the last change set back.
        read_disturbed(|path| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let mut file = File::options().write(true).open(path).unwrap();
            let before = file.metadata().unwrap().modified().unwrap();
            file.write_all(b"x").unwrap();
            file.set_modified(before).unwrap();
        });
        // Appended after the last byte was read.
        let folder = folder(&[("f", "0123456789")]);
        fallback_too(folder.path(), |root| {
            let mut file = root.open_file(&RelPath::new(b"f").unwrap()).unwrap();
            while file.read(&mut [0; 64]).unwrap() > 0 {}
            let path = folder.path().join("f");
            File::options().append(true).open(path).unwrap().write_all(b"x").unwrap();
            assert!(matches!(file.finish(), Err(FsError::Changed)));
        });
    }

    #[test]
    fn a_file_must_be_read_to_its_end() {
        let folder = folder(&[("f", "0123456789"), ("empty", "")]);
        fallback_too(folder.path(), |root| {
            let mut file = root.open_file(&RelPath::new(b"f").unwrap()).unwrap();
            assert_eq!(file.read(&mut [0; 3]).unwrap(), 3);
            assert!(matches!(file.finish(), Err(FsError::Changed)));
            let file = root.open_file(&RelPath::new(b"empty").unwrap()).unwrap();
            assert_eq!(file.finish().unwrap(), 0);
        });
    }

    #[test]
    fn bytes_beyond_the_stated_size_are_a_change() {
        // Files of /proc say that they are empty.
        let root = super::super::Root::open(std::path::Path::new("/proc/self")).unwrap();
        let mut file = root.open_file(&RelPath::new(b"status").unwrap()).unwrap();
        assert_eq!(file.size(), 0);
        assert!(matches!(file.read(&mut [0; 100]), Err(FsError::Changed)));
    }
}
