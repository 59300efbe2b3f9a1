//! Reading what must stay private: into memory that is wiped when it is no longer needed, and
//! never through a buffer that is not.

use super::named::read_waiting;
use super::{FsError, OpenFile, open_named};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use std::path::Path;
use zeroize::Zeroizing;

/// Most bytes of a secret, whatever limit the caller gives: the memory is taken beforehand,
/// because growing it would leave copies behind.
const MOST: u64 = 16 << 20;

/// Reads a private file that the user named, of at most `limit` bytes (and never more than
/// 16 MiB).
///
/// # Errors
/// [`FsError::ReadableByOthers`] when its group or everybody has any permission on it;
/// otherwise as [`super::read_named`].
pub fn read_private(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FsError> {
    let mut file = open_private(path)?;
    let limit = limit.min(MOST);
    if file.size() > limit {
        return Err(FsError::TooLarge { limit });
    }
    let bytes = collect(file.size(), |buffer| OpenFile::read(&mut file, buffer))?;
    file.finish()?;
    Ok(bytes)
}

/// Opens a private file that the user named.
///
/// # Errors
/// [`FsError::ReadableByOthers`] when its group or everybody has any permission on it;
/// otherwise as [`super::open_named`].
pub fn open_private(path: &Path) -> Result<OpenFile, FsError> {
    let file = open_named(path)?;
    if file.mode() & 0o077 != 0 {
        return Err(FsError::ReadableByOthers { mode: file.mode() });
    }
    Ok(file)
}

/// Reads what a descriptor of this process still holds, of whatever kind, to its end: at most
/// `limit` bytes (and never more than 16 MiB). Waits for whoever writes it.
///
/// # Errors
/// [`FsError::TooLarge`]; [`FsError::Io`], also when there is no such descriptor.
pub fn read_descriptor(fd: u32, limit: u64) -> Result<Zeroizing<Vec<u8>>, FsError> {
    let input = duplicate(fd)?;
    collect(limit.min(MOST), |buffer| read_waiting(&input, buffer))
}

/// Reads to the end, at most `limit` bytes.
fn collect(
    limit: u64,
    mut read: impl FnMut(&mut [u8]) -> Result<usize, FsError>,
) -> Result<Zeroizing<Vec<u8>>, FsError> {
    let too_large = FsError::TooLarge { limit };
    let Ok(room) = usize::try_from(limit.saturating_add(1)) else {
        return Err(too_large);
    };
    let mut bytes = Zeroizing::new(vec![0; room]);
    let mut length = 0_usize;
    loop {
        // One byte more than allowed fits, so that there is always room to see the end.
        let count = read(bytes.get_mut(length..).unwrap_or_default())?;
        if count == 0 {
            bytes.truncate(length);
            return Ok(bytes);
        }
        length = length.saturating_add(count);
        if length >= room {
            return Err(too_large);
        }
    }
}

/// A descriptor of our own for the same open file as number `fd`.
fn duplicate(fd: u32) -> Result<OwnedFd, FsError> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Ok(own) = duplicate_exactly(fd) {
        return Ok(own);
    }
    reopen(fd)
}

/// Copies the descriptor as the system does for another process, which takes a plain number
/// and cannot be misused; needs Linux 5.6 and may be forbidden in a sandbox.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn duplicate_exactly(fd: u32) -> Result<OwnedFd, rustix::io::Errno> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let number = i32::try_from(fd).map_err(|_| rustix::io::Errno::BADF)?;
    let process = pidfd_open(getpid(), PidfdFlags::empty())?;
    pidfd_getfd(process, number, PidfdGetfdFlags::empty())
}

/// Opens what the descriptor stands for; good for pipes and files, not for sockets.
fn reopen(fd: u32) -> Result<OwnedFd, FsError> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    rustix::fs::open(format!("/dev/fd/{fd}"), flags, Mode::empty())
        .map_err(FsError::io("open the descriptor"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::folder;
    use super::*;
    use std::fs::File;
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    #[test]
    fn files_that_others_can_read_are_refused() {
        let folder = folder(&[("key", "secret")]);
        let path = folder.path().join("key");
        let set = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        for mode in [0o600, 0o400, 0o700] {
            set(mode);
            assert_eq!(read_private(&path, 6).unwrap().as_slice(), b"secret", "{mode:o}");
        }
        assert!(matches!(read_private(&path, 5), Err(FsError::TooLarge { limit: 5 })));
        for mode in [0o604, 0o640, 0o620, 0o601, 0o644, 0o777] {
            set(mode);
            let error = read_private(&path, 9).unwrap_err();
            assert!(matches!(error, FsError::ReadableByOthers { mode: found } if found == mode));
        }
    }

    fn number(fd: &impl AsRawFd) -> u32 {
        u32::try_from(fd.as_raw_fd()).unwrap()
    }

    #[test]
    fn descriptors_of_any_kind_are_read_to_the_end() {
        let folder = folder(&[("f", "in a file")]);
        let file = File::open(folder.path().join("f")).unwrap();
        assert_eq!(read_descriptor(number(&file), 9).unwrap().as_slice(), b"in a file");
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"in a pipe").unwrap();
        drop(writer);
        assert_eq!(read_descriptor(number(&reader), 100).unwrap().as_slice(), b"in a pipe");
        let (reader, mut writer) = UnixStream::pair().unwrap();
        writer.write_all(b"in a socket").unwrap();
        let result = read_descriptor(number(&reader), 10);
        assert!(matches!(result, Err(FsError::TooLarge { limit: 10 })));
        drop(writer);
        assert_eq!(read_descriptor(number(&reader), u64::MAX).unwrap().len(), 0);
        assert!(read_descriptor(9_999, 1).is_err());
        assert!(read_descriptor(u32::MAX, 1).is_err());
    }

    #[test]
    fn descriptors_are_read_without_the_newer_call_too() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"pipe").unwrap();
        let mut buffer = [0; 9];
        let again = reopen(number(&reader)).unwrap();
        assert_eq!(read_waiting(again, &mut buffer).unwrap(), 4);
    }
}
