//! What a witness remembers: a folder with the last checkpoint cosigned of each log, as it was
//! submitted, and the evidence of logs that contradicted themselves.
//!
//! Reading, judging and replacing happen under one lock, so that of two requests at once the
//! second sees what the first left. A file that cannot be read stops the witness for that log: it
//! is never taken for a log that was not seen yet.

use crate::codec::hex;
use crate::digest::sha256;
use crate::envelope::checkpoint::{self, Checkpoint};
use crate::envelope::note;
use crate::finding::{Code, Coded};
use crate::fs::{self, EntryKind, FolderLock, FsError, Root};
use crate::limits;
use crate::path::RelPath;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The folder of the evidence, in that of the state.
const EVIDENCE: &str = "evidence";
/// How often, and how long after one another, another run is waited for that holds the lock.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// The state of a witness.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    /// Whether the folder was never there in this run. One that goes missing later is an error: a
    /// witness that begins anew would cosign whatever it is shown.
    new: AtomicBool,
    /// Whose turn it is in this process; the folder's lock is for other processes.
    turn: Mutex<()>,
}

/// Why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or the folder cannot be used.
    #[error("the state of the witness cannot be used")]
    Fs {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: FsError,
    },
    /// A file that is not what was written there.
    #[error("the witness's memory of a log is damaged, and nothing of that log is cosigned")]
    Damaged {
        /// Which one.
        path: PathBuf,
    },
    /// No room for more evidence.
    #[error("{} files of evidence are kept already, and no more", limits::WITNESS_EVIDENCE)]
    Full {
        /// Their folder.
        path: PathBuf,
    },
}

impl StateError {
    /// The file or folder it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Fs { path, .. } | Self::Damaged { path } | Self::Full { path } => path,
        }
    }

    /// Whether another run has the state for longer than is waited.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Fs { source: FsError::InUse, .. })
    }
}

impl Coded for StateError {
    fn code(&self) -> Code {
        match self {
            Self::Fs { source, .. } => source.code(),
            Self::Damaged { .. } => Code::Malformed,
            Self::Full { .. } => Code::Limit,
        }
    }
}

/// The last checkpoint of a log that was cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// What it says.
    pub head: Checkpoint,
    /// The signed note as it was submitted.
    pub note: Vec<u8>,
}

/// The state while nobody else can change it.
pub(super) struct Held<'a> {
    state: &'a State,
    _lock: FolderLock,
    _turn: MutexGuard<'a, ()>,
}

fn failed(path: &Path) -> impl FnOnce(FsError) -> StateError {
    let path = path.to_path_buf();
    |source| StateError::Fs { path, source }
}

impl State {
    /// The state in `folder`. One that is not there yet is made when there is something to keep.
    ///
    /// # Errors
    /// [`StateError::Fs`] when something else stands there, or that cannot be told.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let new = match fs::kind_named(folder).map_err(failed(folder))? {
            None => true,
            Some(EntryKind::Folder) => false,
            Some(_) => return Err(failed(folder)(FsError::NotFolder)),
        };
        Ok(Self { folder: folder.to_path_buf(), new: new.into(), turn: Mutex::new(()) })
    }

    /// The state in `folder`, which is made now when it is not there, and whether it was not.
    ///
    /// # Errors
    /// [`StateError::Fs`].
    pub fn make(folder: &Path) -> Result<(Self, bool), StateError> {
        let state = Self::open(folder)?;
        let new = state.is_new();
        state.begin()?;
        Ok((state, new))
    }

    /// Whether nothing was ever kept here.
    pub fn is_new(&self) -> bool {
        self.new.load(Ordering::Relaxed)
    }

    fn begin(&self) -> Result<(), StateError> {
        if self.is_new() {
            fs::create_folder(&self.folder).map_err(failed(&self.folder))?;
            self.new.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Makes the folder if need be, and waits for the lock on it.
    pub(super) fn hold(&self) -> Result<Held<'_>, StateError> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.begin()?;
        for _ in 1..TRIES {
            match FolderLock::take(&self.folder) {
                Err(FsError::InUse) => std::thread::sleep(PAUSE),
                Err(error) => return Err(failed(&self.folder)(error)),
                Ok(lock) => return Ok(Held { state: self, _lock: lock, _turn: turn }),
            }
        }
        Err(failed(&self.folder)(FsError::InUse))
    }
}

impl Held<'_> {
    /// The file of a log. Origins are long and hold what no file name can.
    fn file(&self, origin: &str) -> PathBuf {
        self.state.folder.join(format!("{}.checkpoint", hex::encode(&sha256(origin.as_bytes()))))
    }

    /// The last checkpoint of a log that was cosigned.
    pub(super) fn last(&self, origin: &str) -> Result<Option<Last>, StateError> {
        let path = self.file(origin);
        if !self.stands(&path)? {
            return Ok(None);
        }
        let note = fs::read_named(&path, limits::WITNESS_REQUEST_BYTES).map_err(failed(&path))?;
        let head = note::parse(&note).ok().and_then(|note| checkpoint::parse(&note.text).ok());
        match head.filter(|head| head.origin == origin) {
            Some(head) => Ok(Some(Last { head, note })),
            None => Err(StateError::Damaged { path }),
        }
    }

    /// Whether anything at all stands in a file's place. A link that leads nowhere does: what was
    /// remembered lay behind it.
    fn stands(&self, path: &Path) -> Result<bool, StateError> {
        let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
        let name = RelPath::new(name).map_err(FsError::from);
        let kind = Root::open(&self.state.folder).and_then(|root| root.kind(&name?));
        kind.map(|kind| kind.is_some()).map_err(failed(path))
    }

    /// Remembers a checkpoint as the last one; it has reached the disk when this returns.
    pub(super) fn keep(&self, origin: &str, note: &[u8]) -> Result<(), StateError> {
        let path = self.file(origin);
        fs::replace_private(&path, note).map_err(failed(&path))
    }

    /// Keeps checkpoints for ever, each under its own hash, and gives their places.
    pub(super) fn keep_evidence(&self, notes: [&[u8]; 2]) -> Result<Vec<PathBuf>, StateError> {
        let folder = self.state.folder.join(EVIDENCE);
        fs::create_folder(&folder).map_err(failed(&folder))?;
        let root = Root::open(&folder).map_err(failed(&folder))?;
        let mut kept = root.list(None).map_err(failed(&folder))?.len();
        let mut paths = Vec::new();
        for note in notes {
            let path = folder.join(format!("{}.checkpoint", hex::encode(&sha256(note))));
            let there = fs::kind_named(&path).map_err(failed(&path))?.is_some();
            if !there && kept >= limits::WITNESS_EVIDENCE {
                return Err(StateError::Full { path: folder });
            }
            if !there {
                fs::create_new(&path, note, 0o600).map_err(failed(&path))?;
                kept = kept.saturating_add(1);
            }
            paths.push(path);
        }
        Ok(paths)
    }
}
