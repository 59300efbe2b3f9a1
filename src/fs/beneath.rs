//! Reaching a path beneath an open folder without following a symbolic link.
//!
//! Two ways with one meaning. Linux since 5.6 does it in one call (`openat2`); elsewhere, and
//! where a sandbox forbids that call, every part is opened from the one before. Paths longer
//! than the system takes at once are walked in pieces, by descriptor.

use crate::limits;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::time::Duration;

/// How much of a path is handed to the system at once; it takes 4,096 bytes with the final NUL.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PIECE: usize = 4_000;

/// For reading a file: never waits for a writer, never becomes the controlling terminal.
pub(super) const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOCTTY)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOFOLLOW);

/// For listing a folder, or for bringing it to the disk.
pub(super) const LIST: OFlags = READ.union(OFlags::DIRECTORY);

/// For passing through a folder; needs no permission to list it where the system can do that.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const THROUGH: OFlags =
    OFlags::PATH.union(OFlags::CLOEXEC).union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);
/// For passing through a folder.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const THROUGH: OFlags = LIST;

/// How paths are resolved beneath a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// `openat2` with `RESOLVE_BENEATH`, and no links.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Beneath,
    /// One part after the other with `O_NOFOLLOW`.
    Stepwise,
}

impl Way {
    /// The better way that works on this system, tried out on `folder`.
    pub(super) fn probe(folder: BorrowedFd<'_>) -> Self {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if Self::Beneath.open(folder, b".", THROUGH).is_ok() {
            return Self::Beneath;
        }
        // Only Linux has anything to try it on.
        let _ = folder;
        Self::Stepwise
    }

    /// Opens `path` beneath `root` with `flags`; the path has no `.`, `..` or empty part.
    ///
    /// A link on the way or at the end gives `ELOOP`, or `ENOTDIR` where a folder was wanted.
    pub(super) fn reach(
        self,
        root: BorrowedFd<'_>,
        path: &[u8],
        flags: OFlags,
    ) -> Result<OwnedFd, Errno> {
        let mut folder: Option<OwnedFd> = None;
        let mut rest = path;
        loop {
            let at = folder.as_ref().map_or(root, AsFd::as_fd);
            let (piece, after) = self.split(rest);
            let Some(after) = after else {
                return self.open(at, piece, flags);
            };
            folder = Some(self.open(at, piece, THROUGH)?);
            rest = after;
        }
    }

    /// The first piece of `path`, and what comes after its `/`.
    fn split(self, path: &[u8]) -> (&[u8], Option<&[u8]>) {
        let slash = match self {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Beneath if path.len() <= PIECE => None,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Beneath => path
                .get(..PIECE)
                .and_then(|piece| piece.iter().rposition(|&byte| byte == b'/'))
                .or_else(|| path.iter().position(|&byte| byte == b'/')),
            Self::Stepwise => path.iter().position(|&byte| byte == b'/'),
        };
        match slash.and_then(|slash| path.split_at_checked(slash)) {
            Some((piece, after)) => (piece, after.get(1..)),
            None => (path, None),
        }
    }

    fn open(self, at: BorrowedFd<'_>, piece: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::NOFOLLOW;
        patiently(|| match self {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Self::Beneath => {
                use rustix::fs::ResolveFlags;
                let resolve = ResolveFlags::BENEATH
                    .union(ResolveFlags::NO_SYMLINKS)
                    .union(ResolveFlags::NO_MAGICLINKS);
                rustix::fs::openat2(at, piece, flags, Mode::empty(), resolve)
            }
            Self::Stepwise => rustix::fs::openat(at, piece, flags, Mode::empty()),
        })
    }
}

/// Whether `path` has no more parts than [`limits::PATH_DEPTH`].
pub(super) fn depth_allowed(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/').count() <= limits::PATH_DEPTH
}

/// Repeats a call that was interrupted, or that the system asks to repeat: `openat2` while
/// another process renames folders, or an open that waits for another process's lease.
/// Gives up after about a second.
pub(super) fn patiently<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    let mut tries = 0_u32;
    loop {
        match call() {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) if tries < 120 => {
                if tries >= 20 {
                    std::thread::sleep(Duration::from_millis(10));
                }
                tries += 1;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_paths_are_cut_at_slashes() {
        let part = vec![b'x'; 250];
        let path = vec![part; 40].join(&b'/');
        for way in [Way::Beneath, Way::Stepwise] {
            let (mut pieces, mut rest) = (Vec::new(), Some(path.as_slice()));
            while let Some(path) = rest {
                let (piece, after) = way.split(path);
                assert!(!piece.is_empty() && piece.len() <= PIECE);
                pieces.push(piece);
                rest = after;
            }
            assert_eq!(pieces.join(&b'/'), path);
            assert_eq!(pieces.len(), if way == Way::Stepwise { 40 } else { 3 });
        }
        // One part that no system takes is handed over whole, for the system to refuse.
        let long = [&[b'y'; 5000][..], b"/z"].concat();
        assert_eq!(Way::Beneath.split(&long).1, Some(&b"z"[..]));
        assert_eq!(Way::Beneath.split(&long[..5000]).1, None);
    }

    #[test]
    fn repeats_what_may_be_repeated() {
        let mut answers = vec![Ok(7), Err(Errno::AGAIN), Err(Errno::INTR)];
        assert_eq!(patiently(|| answers.pop().unwrap()), Ok(7));
        assert_eq!(patiently(|| Err::<(), _>(Errno::NOENT)), Err(Errno::NOENT));
    }
}
