//! Reading one file to its end, a few pieces ahead of who uses them.

use super::hash::BUFFER;
use crate::fs::{FsError, OpenFile};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Files up to this size in bytes are not worth a thread.
const WORTH: u64 = 4 << 20;

/// How many pieces are under way.
const PIECES: usize = 4;

type Piece = Result<(Vec<u8>, usize), FsError>;

/// Gives every piece of `file` to `take`, in order, and returns the size in bytes; or what `take`
/// breaks off with. A large file is read by a thread of its own, if one can be had.
///
/// # Errors
/// [`FsError::Changed`] when it changes meanwhile, [`FsError::Io`]; then what `take` was given
/// means nothing.
pub(super) fn read_ahead<B>(
    mut file: OpenFile,
    mut take: impl FnMut(&[u8]) -> ControlFlow<B>,
) -> Result<ControlFlow<B, u64>, FsError> {
    if file.size() > WORTH
        && let Some(flow) = beside(&mut file, &mut take)?
    {
        return ended(file, flow);
    }
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return ended(file, ControlFlow::Continue(()));
        }
        let flow = take(buffer.get(..count).unwrap_or_default());
        if flow.is_break() {
            return ended(file, flow);
        }
    }
}

fn ended<B>(file: OpenFile, flow: ControlFlow<B>) -> Result<ControlFlow<B, u64>, FsError> {
    match flow {
        ControlFlow::Continue(()) => Ok(ControlFlow::Continue(file.finish()?)),
        ControlFlow::Break(why) => Ok(ControlFlow::Break(why)),
    }
}

/// Reads in one thread and takes in this; `None` when there is no other thread, and then nothing
/// was read.
fn beside<B>(
    file: &mut OpenFile,
    take: &mut impl FnMut(&[u8]) -> ControlFlow<B>,
) -> Result<Option<ControlFlow<B>>, FsError> {
    let (fill, filled) = sync_channel::<Piece>(PIECES);
    let (give_back, empty) = sync_channel::<Vec<u8>>(PIECES);
    // The ends of both channels that are here end with the closure, and the reader with them.
    std::thread::scope(move |scope| {
        let reader = move || read_all(file, &fill, &empty);
        if std::thread::Builder::new().spawn_scoped(scope, reader).is_err() {
            return Ok(None);
        }
        for _ in 0..PIECES {
            // The reader may be done already.
            drop(give_back.try_send(vec![0; BUFFER]));
        }
        for piece in filled {
            let (buffer, count) = piece?;
            let flow = take(buffer.get(..count).unwrap_or_default());
            if flow.is_break() {
                return Ok(Some(flow));
            }
            drop(give_back.try_send(buffer));
        }
        Ok(Some(ControlFlow::Continue(())))
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
