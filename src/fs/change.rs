//! Every call that changes something on disk, one function each. They repeat what was
//! interrupted, and in tests each of them can be made to fail.

use super::FsError;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write};

/// Does one change, again when it was interrupted.
fn change<T>(
    operation: &'static str,
    mut call: impl FnMut() -> io::Result<T>,
) -> Result<T, FsError> {
    #[cfg(test)]
    super::testing::fault::step(operation).map_err(FsError::io(operation))?;
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map_err(FsError::io(operation)),
        }
    }
}

/// Makes a file that was not there, open for writing.
pub(super) fn create_file(at: impl AsFd, name: &[u8], mode: u32) -> Result<File, FsError> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = change("create the file", || {
        Ok(rustix::fs::openat(&at, name, flags, Mode::from_bits_truncate(mode_bits(mode)))?)
    });
    file.map(File::from).map_err(exists)
}

/// Makes a folder that was not there.
pub(super) fn create_folder(at: impl AsFd, name: &[u8]) -> Result<(), FsError> {
    let mode = Mode::from_bits_truncate(mode_bits(0o755));
    change("create the folder", || Ok(rustix::fs::mkdirat(&at, name, mode)?)).map_err(exists)
}

/// Writes all bytes and brings them to the disk.
pub(super) fn fill(file: &mut File, bytes: &[u8]) -> Result<(), FsError> {
    // In two calls, so that tests see a file half written.
    let (first, second) = bytes.split_at_checked(bytes.len() / 2).unwrap_or((bytes, b""));
    change("write", || file.write_all(first))?;
    change("write", || file.write_all(second))?;
    sync_file(file)
}

/// Writes some of a file's bytes.
pub(super) fn append(file: &mut File, bytes: &[u8]) -> Result<(), FsError> {
    change("write", || file.write_all(bytes))
}

/// Brings an open file's bytes and length to the disk.
pub(super) fn sync_file(file: &File) -> Result<(), FsError> {
    change("bring the file to the disk", || file.sync_all())
}

/// Brings an open folder's entries to the disk. File systems that know no such thing for
/// folders say so with `EINVAL`; there is nothing more to be done on them.
pub(super) fn sync_folder(folder: impl AsFd) -> Result<(), FsError> {
    change("bring the folder to the disk", || match rustix::fs::fsync(&folder) {
        Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        result => Ok(result?),
    })
}

/// Brings everything on the file system of `folder` to the disk; `false` where there is no
/// such call.
pub(super) fn sync_everything(folder: impl AsFd) -> Result<bool, FsError> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return change("bring the file system to the disk", || {
        // A descriptor that only names the folder will not do.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(&folder, ".", flags, Mode::empty())?;
        rustix::fs::syncfs(folder)?;
        Ok(true)
    });
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        drop(folder);
        Ok(false)
    }
}

/// Renames within one folder, over whatever stands there.
pub(super) fn rename(at: impl AsFd, from: &[u8], to: &[u8]) -> Result<(), FsError> {
    change("rename", || Ok(rustix::fs::renameat(&at, from, &at, to)?))
}

/// Renames a file within one folder; [`FsError::Exists`] when something stands there.
pub(super) fn rename_file_new(at: impl AsFd, from: &[u8], to: &[u8]) -> Result<(), FsError> {
    rename_new(&at, from, to, || create_file(&at, to, 0o600).map(drop))
}

/// Renames a folder within one folder; [`FsError::Exists`] when something stands there.
pub(super) fn rename_folder_new(at: impl AsFd, from: &[u8], to: &[u8]) -> Result<(), FsError> {
    rename_new(&at, from, to, || create_folder(&at, to))
}

/// Renames to a free name. Where the system cannot do that in one call, `hold` takes the name
/// first with something empty, which fails when it is not free.
fn rename_new(
    at: &impl AsFd,
    from: &[u8],
    to: &[u8],
    hold: impl FnOnce() -> Result<(), FsError>,
) -> Result<(), FsError> {
    let done = change("rename", || {
        supported(flagged::rename_no_replace(at, from, to)).map_err(io::Error::from)
    });
    match done {
        Ok(true) => Ok(()),
        Ok(false) => {
            hold()?;
            rename(at, from, to).inspect_err(|_| {
                let undone = remove_file(at, to).or_else(|_| remove_folder(at, to));
                drop(undone);
            })
        }
        Err(error) => Err(exists(error)),
    }
}

/// Exchanges two entries of one folder in one step; `false` where the system cannot do that,
/// and then nothing has changed.
pub(super) fn exchange(at: impl AsFd, one: &[u8], other: &[u8]) -> Result<bool, FsError> {
    change("exchange the old and the new", || {
        supported(flagged::rename_exchange(&at, one, other)).map_err(io::Error::from)
    })
}

/// Tells "this cannot be done here" (`false`) from "this failed". `EPERM` may be either (a
/// sandbox says it too), and then the other way of doing it will find out.
fn supported(result: Result<(), Errno>) -> Result<bool, Errno> {
    match result {
        Ok(()) => Ok(true),
        Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP | Errno::PERM) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Renaming with flags.
mod flagged {
    use rustix::fd::AsFd;
    use rustix::io::Errno;

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn rename(
        at: impl AsFd,
        from: &[u8],
        to: &[u8],
        flags: rustix::fs::RenameFlags,
    ) -> Result<(), Errno> {
        #[cfg(test)]
        if super::super::testing::fault::plain_renames() {
            return Err(Errno::NOSYS);
        }
        rustix::fs::renameat_with(&at, from, &at, to, flags)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn rename_no_replace(at: impl AsFd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        rename(at, from, to, rustix::fs::RenameFlags::NOREPLACE)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn rename_exchange(at: impl AsFd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        rename(at, from, to, rustix::fs::RenameFlags::EXCHANGE)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn rename_no_replace(_: impl AsFd, _: &[u8], _: &[u8]) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn rename_exchange(_: impl AsFd, _: &[u8], _: &[u8]) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }
}

/// Gives a file a second name; `false` where the file system or its rules do not allow that.
pub(super) fn link(
    from: impl AsFd,
    name: &[u8],
    to: impl AsFd,
    new_name: &[u8],
) -> Result<bool, FsError> {
    let linked = change("link the file", || {
        #[cfg(test)]
        if super::testing::fault::without_links() {
            return Ok(false);
        }
        match rustix::fs::linkat(&from, name, &to, new_name, AtFlags::empty()) {
            Err(Errno::PERM | Errno::XDEV | Errno::MLINK | Errno::NOTSUP | Errno::NOSYS) => {
                Ok(false)
            }
            result => Ok(result.map(|()| true)?),
        }
    });
    linked.map_err(exists)
}

/// Removes a name that is no folder.
pub(super) fn remove_file(at: impl AsFd, name: &[u8]) -> Result<(), FsError> {
    change("remove the file", || Ok(rustix::fs::unlinkat(&at, name, AtFlags::empty())?))
}

/// Removes an empty folder.
pub(super) fn remove_folder(at: impl AsFd, name: &[u8]) -> Result<(), FsError> {
    change("remove the folder", || Ok(rustix::fs::unlinkat(&at, name, AtFlags::REMOVEDIR)?))
}

/// Takes the lock that says "somebody is at work on this"; it ends with the last descriptor,
/// also of a killed process. `false` when another run has it. File systems without locks let
/// everybody have it.
pub(super) fn lock(file: impl AsFd) -> bool {
    !matches!(
        rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive),
        Err(Errno::WOULDBLOCK)
    )
}

/// Takes the same lock, after whoever holds it.
pub(super) fn wait_for_lock(file: impl AsFd) -> Result<(), FsError> {
    match super::beneath::patiently(|| rustix::fs::flock(&file, FlockOperation::LockExclusive)) {
        Ok(()) | Err(Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        Err(error) => Err(FsError::io("lock the folder")(error)),
    }
}

/// Opens a folder for changes in it.
pub(super) fn open_folder(path: &std::path::Path) -> Result<OwnedFd, FsError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    super::beneath::patiently(|| rustix::fs::open(path, flags, Mode::empty()))
        .map_err(FsError::named("open the folder"))
}

fn exists(error: FsError) -> FsError {
    if let FsError::Io { source, .. } = &error
        && source.kind() == io::ErrorKind::AlreadyExists
    {
        return FsError::Exists;
    }
    error
}

fn mode_bits(mode: u32) -> rustix::fs::RawMode {
    // Sixteen bits wide on some systems; permissions are twelve.
    rustix::fs::RawMode::try_from(mode & 0o7777).unwrap_or(0o600)
}
