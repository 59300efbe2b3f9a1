//! Reading one file to its end, a few pieces ahead of who uses them.

use super::hash::BUFFER;
use crate::fs::{FsError, OpenFile};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Files up to this size in bytes are not worth a thread.
const WORTH: u64 = 4 << 20;

/// How many pieces are under way.
const PIECES: usize = 4;

type Piece = Result<(Vec<u8>, usize), FsError>;

/// Gives every piece of `file` to `take`, in order, and returns the size in bytes. A large file
/// is read by a thread of its own, if one can be had.
///
/// # Errors
/// [`FsError::Changed`] when it changes meanwhile, [`FsError::Io`]; then what `take` was given
/// means nothing.
pub(super) fn read_ahead(mut file: OpenFile, mut take: impl FnMut(&[u8])) -> Result<u64, FsError> {
    if file.size() > WORTH && beside(&mut file, &mut take)? {
        return file.finish();
    }
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return file.finish();
        }
        take(buffer.get(..count).unwrap_or_default());
    }
}

/// Reads in one thread and takes in this; `false` when there is no other thread, and then nothing
/// was read.
fn beside(file: &mut OpenFile, take: &mut impl FnMut(&[u8])) -> Result<bool, FsError> {
    let (fill, filled) = sync_channel::<Piece>(PIECES);
    let (give_back, empty) = sync_channel::<Vec<u8>>(PIECES);
    std::thread::scope(|scope| {
        let reader = move || read_all(file, &fill, &empty);
        if std::thread::Builder::new().spawn_scoped(scope, reader).is_err() {
            return Ok(false);
        }
        for _ in 0..PIECES {
            // The reader may be done already.
            drop(give_back.try_send(vec![0; BUFFER]));
        }
        for piece in filled {
            let (buffer, count) = piece?;
            take(buffer.get(..count).unwrap_or_default());
            drop(give_back.try_send(buffer));
        }
        Ok(true)
    })
}

/// Fills every empty buffer that comes, until the end of the file or of the one who takes them.
fn read_all(file: &mut OpenFile, fill: &SyncSender<Piece>, empty: &Receiver<Vec<u8>>) {
    for mut buffer in empty {
        let piece = match file.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok((buffer, count)),
            Err(error) => Err(error),
        };
        let last = piece.is_err();
        if fill.send(piece).is_err() || last {
            return;
        }
    }
}
