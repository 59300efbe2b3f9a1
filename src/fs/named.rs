//! Files that the user named, and standard input.

use super::beneath::{READ, patiently};
use super::{EntryKind, FileId, FsError, OpenFile};
use rustix::event::{PollFd, PollFlags};
use rustix::fd::AsFd;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Opens a regular file that the user named; links are followed. Anything else is not opened.
///
/// # Errors
/// [`FsError::NotRegular`], [`FsError::LinkLoop`], [`FsError::Io`].
pub fn open_named(path: &Path) -> Result<OpenFile, FsError> {
    let metadata = std::fs::metadata(path).map_err(FsError::named("open"))?;
    let kind = EntryKind::of(&metadata);
    if kind != EntryKind::File {
        return Err(FsError::NotRegular { kind: kind.as_str() });
    }
    let flags = READ.difference(OFlags::NOFOLLOW);
    let file = patiently(|| rustix::fs::open(path, flags, Mode::empty()));
    OpenFile::new(file.map_err(FsError::named("open"))?)
}

/// Reads a whole regular file that the user named, of at most `limit` bytes.
///
/// # Errors
/// [`FsError::TooLarge`], [`FsError::Changed`], and those of [`open_named`].
pub fn read_named(path: &Path, limit: u64) -> Result<Vec<u8>, FsError> {
    open_named(path)?.read_whole(limit)
}

/// Like [`read_named`], and says which file it was: both from one opening.
///
/// # Errors
/// As [`read_named`].
pub fn read_named_id(path: &Path, limit: u64) -> Result<(Vec<u8>, FileId), FsError> {
    let file = open_named(path)?;
    let id = file.id();
    Ok((file.read_whole(limit)?, id))
}

/// Reads standard input to its end, at most `limit` bytes. Waits for whoever writes it.
///
/// # Errors
/// [`FsError::TooLarge`], [`FsError::Io`].
pub fn read_stdin(limit: u64) -> Result<Vec<u8>, FsError> {
    let input = std::io::stdin();
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let count = read_waiting(&input, &mut piece)?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(piece.get(..count).unwrap_or_default());
        if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
            return Err(FsError::TooLarge { limit });
        }
    }
}

/// Reads once, waiting when the other side made the descriptor one that does not wait.
pub(super) fn read_waiting(input: impl AsFd, buffer: &mut [u8]) -> Result<usize, FsError> {
    loop {
        match rustix::io::read(&input, &mut *buffer) {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut wait = [PollFd::new(&input, PollFlags::IN)];
                match rustix::event::poll(&mut wait, None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(FsError::io("wait for input")(error)),
                }
            }
            result => return result.map_err(FsError::io("read")),
        }
    }
}

/// How long a peer on a socket may be silent: long enough for a person to touch a security key.
const SILENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// Connects to a socket of this machine. Reading and writing give up after a minute of silence.
///
/// # Errors
/// [`FsError::Io`].
pub fn connect_unix(path: &Path) -> Result<UnixStream, FsError> {
    let stream = UnixStream::connect(path).map_err(FsError::named("connect to the socket"))?;
    let bounded = stream
        .set_read_timeout(Some(SILENCE))
        .and_then(|()| stream.set_write_timeout(Some(SILENCE)));
    bounded.map_err(FsError::named("bound the waiting on the socket"))?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fifo, folder};
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::fs::symlink;

    #[test]
    fn named_files_may_be_links_and_must_be_regular() {
        let folder = folder(&[("file", "12345")]);
        let at = |path: &str| folder.path().join(path);
        symlink("file", at("link")).unwrap();
        symlink("loop", at("loop")).unwrap();
        fifo(&at("fifo"));
        assert_eq!(read_named(&at("link"), 5).unwrap(), b"12345");
        assert!(matches!(read_named(&at("file"), 4), Err(FsError::TooLarge { limit: 4 })));
        assert!(matches!(open_named(&at("loop")), Err(FsError::LinkLoop)));
        assert!(open_named(&at("none")).unwrap_err().is_not_found());
        assert!(open_named(&at("file/none")).unwrap_err().is_not_found());
        let table =
            [(at("fifo"), "FIFO"), (at("."), "folder"), ("/dev/zero".into(), "character device")];
        for (path, expected) in table {
            let error = open_named(&path).unwrap_err();
            assert!(matches!(error, FsError::NotRegular { kind } if kind == expected), "{error}");
        }
    }

    #[test]
    fn sockets() {
        let folder = folder(&[]);
        let path = folder.path().join("s");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        connect_unix(&path).unwrap().write_all(b"hello").unwrap();
        let mut heard = String::new();
        listener.accept().unwrap().0.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "hello");
        assert!(matches!(open_named(&path), Err(FsError::NotRegular { kind: "socket" })));
        assert!(connect_unix(&folder.path().join("none")).unwrap_err().is_not_found());
    }

    #[test]
    fn waits_for_a_writer_that_does_not_wait() {
        let (reader, mut writer) = UnixStream::pair().unwrap();
        reader.set_nonblocking(true).unwrap();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            writer.write_all(b"late").unwrap();
        });
        let mut buffer = [0; 8];
        assert_eq!(read_waiting(&reader, &mut buffer).unwrap(), 4);
        thread.join().unwrap();
        assert_eq!(read_waiting(&reader, &mut buffer).unwrap(), 0);
    }
}
