//! What an interrupted run read, so that the next one need not read it again: `vidimus.journal/v1`.
//!
//! One file for each folder and set of options, private, locked by the run that writes it, begun
//! only when a run takes long, removed when it ends well. A frame says for which folder and options
//! it is; then come batches of lines `STAMP SHA256 PATH`, each with its length and SHA-256, so that
//! a torn end is seen and cut off. That is no signature: whoever may write the state folder can
//! have a run believe that it read what it did not.

use super::Known;
use super::stamps::{Line, parse_line};
use crate::codec::hex;
use crate::digest;
use crate::finding::{Code, Finding, Severity};
use crate::fs::{self, Appended, FileId, FsError, Stamp};
use crate::path::RelPath;
use crate::time::Time;
use crate::tree::Memo;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

const FORM: &str = "vidimus.journal/v1";
/// How long a journal is worth something, in seconds.
const AGE: i64 = 7 * 24 * 3600;
/// Lines are handed to the system when they are so many bytes,
const BATCH: usize = 64 << 10;
/// or so many seconds old.
const SECONDS: i64 = 1;
/// Largest body of a frame: a batch that was full but for a byte, and one line of the longest path.
const BODY: usize = BATCH + (1 << 18);
/// Longest head of a frame.
const HEAD: u64 = 256;

/// Where journals are kept, by which clock, and from when on.
#[derive(Debug, Clone)]
pub struct Journals {
    /// The state folder.
    pub folder: PathBuf,
    /// What time it is; `None` keeps no journal.
    pub clock: fn() -> Option<Time>,
    /// How many seconds a run must have lasted before it begins a journal.
    pub after: u64,
}

/// The journal of one run over one folder.
#[derive(Debug)]
pub struct Journal {
    keep: Journals,
    path: PathBuf,
    binding: Vec<u8>,
    /// When this run began: what changed later, or shortly before, is read again.
    began: i64,
    known: Known,
    continued: AtomicU64,
    /// Which file it is, once it is begun: gone when the run ends well, and so no part of the folder
    /// should it lie there.
    own: OnceLock<FileId>,
    writing: Mutex<Writing>,
}

#[derive(Debug, Default)]
struct Writing {
    file: Option<Appended>,
    batch: Vec<u8>,
    handed_over: i64,
    /// Nothing is written any more, or never was to be.
    off: bool,
    problem: Option<FsError>,
}

impl Journals {
    /// The journal for the folder `root` and these options, with what an interrupted run left; and
    /// a note where there is something that cannot be used. `None` without a clock.
    pub fn open(&self, root: FileId, options: &str) -> Option<(Journal, Option<Finding>)> {
        let began = (self.clock)()?.unix();
        let binding = format!("root {} {}\n{options}", root.dev, root.ino).into_bytes();
        let name = format!("{}.journal", hex::encode(&digest::sha256(&binding)));
        let path = self.folder.join(name);
        let (mut known, mut writing) = (Known::default(), Writing::default());
        let own = OnceLock::new();
        let why = match Appended::open(&path, false) {
            Ok(None) => None,
            Ok(Some(mut file)) => {
                let (found, why) = load(&mut file, &binding, began);
                known = found;
                own.get_or_init(|| file.id());
                writing.file = Some(file);
                why
            }
            // Another's, or not ours to touch.
            Err(error) => {
                writing.off = true;
                Some(Finding { severity: Severity::Note, ..Finding::of(&error) })
            }
        };
        let why = why.map(|why| {
            let message = format!("{}; this journal of an earlier run was not used", why.message);
            Finding { message, ..why }.at(path.as_os_str().as_bytes())
        });
        let journal = Journal {
            keep: self.clone(),
            path,
            binding,
            began,
            known,
            continued: AtomicU64::new(0),
            own,
            writing: Mutex::new(writing),
        };
        Some((journal, why))
    }
}

/// Reads what can be believed, and leaves the file ready for more.
fn load(file: &mut Appended, binding: &[u8], now: i64) -> (Known, Option<Finding>) {
    let note = |code, message: &str| Some(Finding::note(code, message));
    let (mut known, mut old) = (Known::default(), false);
    let mut source = BufReader::with_capacity(1 << 18, &mut *file);
    let mut whole = match next_frame(&mut source, FORM) {
        Some((0, body, length)) if body == binding => length,
        Some(_) => {
            return begin_anew(
                file,
                binding,
                note(Code::Malformed, "is for another folder or other options"),
            );
        }
        None => return begin_anew(file, binding, note(Code::Malformed, "is not readable")),
    };
    while let Some((began, body, length)) = next_frame(&mut source, "batch") {
        if began < now.saturating_sub(AGE) || began > now {
            old = true;
        } else if !add(&mut known, &body, began) {
            break;
        }
        whole = whole.saturating_add(length);
    }
    drop(source);
    match file.cut(whole) {
        Err(error) => {
            (Known::default(), Some(Finding { severity: Severity::Note, ..Finding::of(&error) }))
        }
        Ok(()) if old && known.is_empty() => {
            begin_anew(file, binding, note(Code::Expired, "is older than seven days"))
        }
        Ok(()) => (known.sorted(), None),
    }
}

fn begin_anew(
    file: &mut Appended,
    binding: &[u8],
    why: Option<Finding>,
) -> (Known, Option<Finding>) {
    let begun = file.cut(0).and_then(|()| file.append(&frame(FORM, 0, binding)));
    let failed =
        begun.err().map(|error| Finding { severity: Severity::Note, ..Finding::of(&error) });
    (Known::default(), failed.or(why))
}

/// Takes in the lines of a batch by a run that began at `began`; `false` when one is no line.
fn add(known: &mut Known, body: &[u8], began: i64) -> bool {
    body.split_inclusive(|byte| *byte == 0).all(|line| {
        let line = line.strip_suffix(b"\0").and_then(parse_line);
        let Some((stamp, sha256, path)) = line else { return false };
        if stamp.settled_by(began) {
            known.add(&stamp, &path, sha256);
        }
        true
    })
}

/// `KIND BEGAN LENGTH SHA256 LF BODY`; the digest is over all of it but itself.
fn frame(kind: &str, began: i64, body: &[u8]) -> Vec<u8> {
    let head = format!("{kind} {began} {}", body.len());
    let sum = digest::sha256(&[head.as_bytes(), b"\n", body].concat());
    [format!("{head} {}\n", hex::encode(&sum)).as_bytes(), body].concat()
}

/// The time and body of the next frame, and the length of all of it; `None` at the end or where it
/// is none.
fn next_frame(source: &mut impl BufRead, kind: &str) -> Option<(i64, Vec<u8>, u64)> {
    let mut head = Vec::new();
    source.by_ref().take(HEAD).read_until(b'\n', &mut head).ok()?;
    let text = std::str::from_utf8(&head).ok()?.strip_suffix('\n')?;
    let mut parts = text.strip_prefix(kind)?.strip_prefix(' ')?.split(' ');
    let began: i64 = parts.next()?.parse().ok()?;
    let length: usize = parts.next()?.parse().ok().filter(|length| *length <= BODY)?;
    let mut body = vec![0; length];
    source.read_exact(&mut body).ok()?;
    let printed = frame(kind, began, &body);
    let same = printed.starts_with(&head) && printed.len() == head.len().checked_add(length)?;
    same.then_some((began, body, u64::try_from(printed.len()).ok()?))
}

impl Journal {
    /// Counts from nothing: the folder is read once more.
    pub fn count_anew(&self) {
        self.continued.store(0, Ordering::Relaxed);
    }

    /// How many files an interrupted run had read.
    pub fn continued(&self) -> u64 {
        self.continued.load(Ordering::Relaxed)
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        // A thread that panicked ends the run anyway.
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, writing: &mut Writing, line: &Line<'_>, now: i64) -> Result<(), FsError> {
        if writing.file.is_none() {
            let after = i64::try_from(self.keep.after).unwrap_or(i64::MAX);
            if now < self.began.saturating_add(after) {
                return Ok(());
            }
            fs::create_folder(&self.keep.folder)?;
            let file = Appended::open(&self.path, true)?.ok_or(FsError::InUse)?;
            self.own.get_or_init(|| file.id());
            // Held from here on, so that no document gets its inode.
            writing.file.insert(file).append(&frame(FORM, 0, &self.binding))?;
            writing.handed_over = now;
        }
        writing.batch.extend_from_slice(&line.print());
        let due = now >= writing.handed_over.saturating_add(SECONDS);
        if due || writing.batch.len() >= BATCH {
            writing.handed_over = now;
            return self.hand_over(writing);
        }
        Ok(())
    }

    fn hand_over(&self, writing: &mut Writing) -> Result<(), FsError> {
        let batch = std::mem::take(&mut writing.batch);
        match &mut writing.file {
            Some(file) if !batch.is_empty() => file.append(&frame("batch", self.began, &batch)),
            Some(_) | None => Ok(()),
        }
    }

    /// Ends it: what was read is of use to nobody any more. Says as a note what was wrong with it.
    pub fn finish(self) -> Option<Finding> {
        let mut writing = std::mem::take(&mut *self.writing());
        let removed = writing.file.take().map_or(Ok(()), Appended::remove);
        let problem = writing.problem.or(removed.err())?;
        let note = Finding { severity: Severity::Note, ..Finding::of(&problem) };
        Some(note.at(self.path.as_os_str().as_bytes()))
    }
}

impl Memo for Journal {
    fn known(&self, path: &RelPath, stamp: &Stamp) -> Option<[u8; 32]> {
        let sha256 = self.known.get(stamp, path)?;
        self.continued.fetch_add(1, Ordering::Relaxed);
        Some(sha256)
    }

    fn hashed(&self, path: &RelPath, stamp: &Stamp, sha256: &[u8; 32]) {
        let mut writing = self.writing();
        let Some(now) = (self.keep.clock)().filter(|_| !writing.off) else { return };
        if let Err(error) = self.put(&mut writing, &Line { stamp, sha256, path }, now.unix()) {
            // A run does not fail for want of a journal.
            (writing.off, writing.problem) = (true, Some(error));
        }
    }

    fn is_own(&self, file: FileId) -> bool {
        self.own.get() == Some(&file)
    }
}

/// A run that ends without [`Journal::finish`] leaves what it read to the next.
impl Drop for Journal {
    fn drop(&mut self) {
        let mut writing = std::mem::take(&mut *self.writing());
        if !writing.off {
            drop(self.hand_over(&mut writing));
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests damage the journals they made")]
mod tests {
    use super::*;
    use crate::fs::FileTime;
    use std::path::Path;

    const NOW: i64 = 1_800_000_000;
    const ROOT: FileId = FileId { dev: 1, ino: 2 };

    fn keep(folder: &Path, clock: fn() -> Option<Time>) -> Journals {
        Journals { folder: folder.to_path_buf(), clock, after: 0 }
    }

    fn now() -> Option<Time> {
        Time::from_unix(NOW).ok()
    }

    fn stamp(number: u64, seconds: i64) -> Stamp {
        let time = FileTime::new(seconds, 0).unwrap();
        Stamp { id: FileId { dev: 1, ino: number }, size: number, modified: time, changed: time }
    }

    fn path(number: u64) -> RelPath {
        RelPath::new(format!("f{number}").as_bytes()).unwrap()
    }

    /// A journal that a run left after it read so many files, and its file.
    fn left(keep: &Journals, files: u64) -> PathBuf {
        let (journal, why) = keep.open(ROOT, "o").unwrap();
        assert_eq!(why, None);
        for number in 0..files {
            journal.hashed(
                &path(number),
                &stamp(number, NOW - 2),
                &[u8::try_from(number).unwrap(); 32],
            );
        }
        journal.path.clone()
    }

    /// How many of the first hundred files are known, and what is said.
    fn found(keep: &Journals) -> (usize, Option<&'static str>) {
        let (journal, why) = keep.open(ROOT, "o").unwrap();
        let known = (0..100).filter(|&number| {
            let digest = journal.known(&path(number), &stamp(number, NOW - 2));
            digest.is_some_and(|digest| digest == [u8::try_from(number).unwrap(); 32])
        });
        let known = known.count();
        assert_eq!(journal.continued(), known as u64);
        (known, why.map(|why| why.code.as_str()))
    }

    #[test]
    fn what_a_run_left_is_taken_over_until_one_ends() {
        let folder = tempfile::tempdir().unwrap();
        let keep = keep(&folder.path().join("not/there"), now);
        assert_eq!(found(&keep), (0, None));
        let file = left(&keep, 3);
        assert_eq!(found(&keep), (3, None));
        let (journal, _) = keep.open(ROOT, "o").unwrap();
        journal.hashed(&path(3), &stamp(3, NOW - 2), &[3; 32]);
        // One of another folder, one of other options, and one of another run.
        assert!(keep.open(FileId { dev: 1, ino: 3 }, "o").unwrap().0.known.is_empty());
        assert!(keep.open(ROOT, "p").unwrap().0.known.is_empty());
        assert_eq!(found(&keep), (0, Some("io")));
        drop(journal);
        assert_eq!(found(&keep), (4, None));
        assert_eq!(keep.open(ROOT, "o").unwrap().0.finish(), None);
        assert!(!file.exists());
    }

    #[test]
    fn young_stamps_and_old_journals_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let keep = keep(folder.path(), now);
        left(&keep, 2);
        let (journal, _) = keep.open(ROOT, "o").unwrap();
        journal.hashed(&path(5), &stamp(5, NOW - 1), &[5; 32]);
        drop(journal);
        assert_eq!(found(&keep), (2, None));
        let later = |clock: fn() -> Option<Time>| Journals { clock, ..keep.clone() };
        assert_eq!(found(&later(|| Time::from_unix(NOW + AGE).ok())), (2, None));
        assert_eq!(found(&later(|| Time::from_unix(NOW + AGE + 1).ok())), (0, Some("expired")));
        left(&keep, 2);
        assert_eq!(found(&later(|| Time::from_unix(NOW - 1).ok())), (0, Some("expired")));
        assert!(later(|| None).open(ROOT, "o").is_none());
    }

    #[test]
    fn a_short_run_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Journals { after: 1, ..keep(folder.path(), now) };
        assert!(!left(&keep, 9).exists());
    }

    #[test]
    fn a_torn_end_is_cut_off_and_more_follows() {
        let folder = tempfile::tempdir().unwrap();
        let keep = keep(folder.path(), now);
        let file = left(&keep, 2);
        let first = std::fs::read(&file).unwrap().len();
        let (journal, _) = keep.open(ROOT, "o").unwrap();
        journal.hashed(&path(2), &stamp(2, NOW - 2), &[2; 32]);
        drop(journal);
        let whole = std::fs::read(&file).unwrap();
        for length in (0..whole.len()).rev() {
            std::fs::write(&file, &whole[..length]).unwrap();
            let (known, why) = found(&keep);
            assert_eq!(known, if length < first { 0 } else { 2 }, "{length}");
            assert!(why.is_none() || why == Some("malformed"), "{length}");
            left(&keep, 1);
            assert_eq!(found(&keep).0, known.max(1), "{length}");
        }
    }

    #[test]
    fn damage_is_never_believed() {
        let folder = tempfile::tempdir().unwrap();
        let keep = keep(folder.path(), now);
        let file = left(&keep, 3);
        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(found(&keep).0, 0, "{at}");
        }
        for garbage in [&b"garbage"[..], b"\n", b"vidimus.journal/v1 0 99999999999999 00\n"] {
            std::fs::write(&file, garbage).unwrap();
            assert_eq!(found(&keep), (0, Some("malformed")));
        }
        // That of another folder, in this one's place.
        let other = frame(FORM, 0, b"root 9 9\no");
        let batch = &whole[frame(FORM, 0, b"root 1 2\no").len()..];
        std::fs::write(&file, [&other, batch].concat()).unwrap();
        assert_eq!(found(&keep), (0, Some("malformed")));
    }

    #[test]
    fn what_stands_in_its_place_is_left_alone() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let keep = keep(folder.path(), now);
        let file = left(&keep, 3);
        let whole = std::fs::read(&file).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o660)).unwrap();
        assert_eq!(found(&keep), (0, Some("weak-key")));
        assert_eq!(std::fs::read(&file).unwrap(), whole);
        let elsewhere = folder.path().join("elsewhere");
        std::fs::rename(&file, &elsewhere).unwrap();
        std::fs::set_permissions(&elsewhere, PermissionsExt::from_mode(0o600)).unwrap();
        symlink(&elsewhere, &file).unwrap();
        assert_eq!(found(&keep), (0, Some("not-regular")));
        let (journal, _) = keep.open(ROOT, "o").unwrap();
        journal.hashed(&path(7), &stamp(7, NOW - 2), &[7; 32]);
        assert_eq!(journal.finish(), None);
        assert_eq!(std::fs::read(&elsewhere).unwrap(), whole);
        assert!(file.is_symlink());
    }
}
