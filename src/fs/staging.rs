//! A folder made new as a whole: prepared beside its place, brought to the disk, and then put
//! in its place in one step. Until that step nothing has changed for anybody; after it
//! everything has.
//!
//! Where two names cannot be exchanged (other systems than Linux, some file systems), the old
//! folder is put aside first and the place is empty for a moment; should the run die just
//! then, the next [`Staging::begin`] puts it back.

use super::beneath::{LIST, READ, THROUGH, Way, depth_allowed, patiently};
use super::leftover::Living;
use super::place::Place;
use super::{EntryKind, FsError, Root, change, leftover, root};
use crate::path::RelPath;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Up to how many adopted files are brought to the disk one by one; for more, everything on
/// the file system is.
const ONE_BY_ONE: usize = 64;

/// A folder in the making. Dropped without [`Staging::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Staging {
    place: Place,
    /// What is to be removed in the end: the new folder while it is not wanted, then the old.
    rubbish: Option<Vec<u8>>,
    staged: Root,
    /// The staged folder, locked: one run at a time.
    lock: OwnedFd,
    present: Option<Root>,
    folders: BTreeSet<RelPath>,
    adopted: Vec<RelPath>,
    /// Whether everything asked for is there.
    whole: bool,
}

impl Staging {
    /// Begins a new folder that will stand as `name` in `parent`, and removes what killed runs
    /// left there. Read the present state after this call, not before: from here on no other
    /// run changes it.
    ///
    /// # Errors
    /// [`FsError::InUse`] while another run stages the same folder; [`FsError::NotFolder`] when
    /// something else stands there; [`FsError::Path`] when `name` is no single name;
    /// [`FsError::Io`].
    pub fn begin(parent: &Path, name: &str) -> Result<Self, FsError> {
        let place = Place::within(parent, name.as_bytes())?;
        let temporary = leftover::fresh(place.name())?;
        change::create_folder(place.folder(), &temporary)?;
        let lock = match open(&place, &temporary) {
            Ok(lock) => lock,
            Err(error) => {
                drop(change::remove_folder(place.folder(), &temporary));
                return Err(error);
            }
        };
        let staged = Root::of(lock.try_clone().map_err(FsError::io("open the folder"))?)?;
        let mut staging = Self {
            place,
            rubbish: Some(temporary.clone()),
            staged,
            lock,
            present: None,
            folders: BTreeSet::new(),
            adopted: Vec::new(),
            whole: true,
        };
        staging.settle(&temporary)?;
        Ok(staging)
    }

    /// Makes sure that we are alone, and opens what is there.
    fn settle(&mut self, temporary: &[u8]) -> Result<(), FsError> {
        if !change::lock(&self.lock) {
            return Err(FsError::InUse);
        }
        self.present = self.locked_present()?;
        let living = if self.present.is_some() { Living::WillGiveWay } else { Living::Refuses };
        leftover::clear_folders(self.place.folder(), self.place.name(), temporary, living)?;
        // Before it was locked another run may have taken it for a leftover.
        if root::lstat(self.place.folder(), temporary).is_err() {
            return Err(FsError::InUse);
        }
        if self.present.is_none() {
            self.present = self.locked_present()?;
        }
        Ok(())
    }

    /// The folder that is there, locked: of several runs that begin at one moment, one gets it,
    /// and it alone may swap the folder.
    fn locked_present(&self) -> Result<Option<Root>, FsError> {
        let Some(present) = self.present_folder()? else {
            return Ok(None);
        };
        let locked = change::lock(present.descriptor());
        // A run that ended in between has put another folder in its place.
        if locked && self.present_folder()?.is_some_and(|now| now.id() == present.id()) {
            return Ok(Some(present));
        }
        Err(FsError::InUse)
    }

    fn present_folder(&self) -> Result<Option<Root>, FsError> {
        match self.place.kind()? {
            None => Ok(None),
            Some(EntryKind::Folder) => Root::of(open(&self.place, self.place.name())?).map(Some),
            Some(_) => Err(FsError::NotFolder),
        }
    }

    /// The new folder as far as it is made, for reading.
    pub fn staged(&self) -> &Root {
        &self.staged
    }

    /// Writes a file into the new folder, with mode 0644 (less the umask), and makes the
    /// folders above it.
    ///
    /// # Errors
    /// [`FsError::Exists`] when it is there already, [`FsError::TooDeep`], [`FsError::Io`].
    /// After an error the new folder cannot be committed.
    pub fn write(&mut self, path: &RelPath, bytes: &[u8]) -> Result<(), FsError> {
        self.attempt(|staging| {
            let mut file = staging.create(path)?;
            change::fill(&mut file, bytes)
        })
    }

    /// Takes a file, or a folder with everything in it, over from the present folder: as a
    /// hard link, or as a copy where that is not possible.
    ///
    /// # Errors
    /// [`FsError::Io`] when `from` is not there; [`FsError::Exists`] when `to` is;
    /// [`FsError::NotRegular`] and its kin when there is anything else than files and folders;
    /// [`FsError::Changed`] when a file changes while it is copied. After an error the new
    /// folder cannot be committed.
    pub fn adopt(&mut self, from: &RelPath, to: &RelPath) -> Result<(), FsError> {
        self.attempt(|staging| {
            let Some(present) = staging.present.take() else {
                return Err(not_found());
            };
            let result = staging.adopt_from(&present, from, to);
            staging.present = Some(present);
            result
        })
    }

    fn attempt(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), FsError>,
    ) -> Result<(), FsError> {
        work(self).inspect_err(|_| self.whole = false)
    }

    fn adopt_from(&mut self, present: &Root, from: &RelPath, to: &RelPath) -> Result<(), FsError> {
        let mut pending = vec![(from.clone(), to.clone())];
        while let Some((from, to)) = pending.pop() {
            match present.kind(&from)? {
                None => return Err(not_found()),
                Some(EntryKind::File) => self.adopt_file(present, &from, &to)?,
                Some(EntryKind::Folder) => {
                    self.create_folder(&to)?;
                    for entry in present.list(Some(&from))? {
                        pending.push((from.join(&entry.name)?, to.join(&entry.name)?));
                    }
                }
                Some(EntryKind::Link) => return Err(present.classify_link(&from)),
                Some(kind) => {
                    return Err(FsError::NotRegular { kind: kind.as_str() });
                }
            }
        }
        Ok(())
    }

    fn adopt_file(&mut self, present: &Root, from: &RelPath, to: &RelPath) -> Result<(), FsError> {
        let folder = self.folder_above(to)?;
        let source = present.open_folder(root::split_last(from).0.as_ref(), THROUGH)?;
        if !change::link(&source, from.name(), &folder, to.name())? {
            return self.copy_file(present, from, to);
        }
        // Something else may have taken the file's place just before it was linked.
        if root::lstat(folder.as_fd(), to.name()) != Ok(EntryKind::File) {
            return Err(FsError::Changed);
        }
        self.adopted.push(to.clone());
        Ok(())
    }

    fn copy_file(&mut self, present: &Root, from: &RelPath, to: &RelPath) -> Result<(), FsError> {
        let mut source = present.open_file(from)?;
        let mut copy = self.create(to)?;
        let mut buffer = vec![0; 256 << 10];
        loop {
            let count = source.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            change::append(&mut copy, buffer.get(..count).unwrap_or_default())?;
        }
        source.finish()?;
        change::sync_file(&copy)
    }

    fn create(&mut self, path: &RelPath) -> Result<File, FsError> {
        change::create_file(self.folder_above(path)?, path.name(), 0o644)
    }

    fn create_folder(&mut self, path: &RelPath) -> Result<(), FsError> {
        let above = self.folder_above(path)?;
        change::create_folder(above, path.name())?;
        self.folders.insert(path.clone());
        Ok(())
    }

    /// The staged folder above `path`, made when it is not there.
    fn folder_above(&mut self, path: &RelPath) -> Result<OwnedFd, FsError> {
        let Some(above) = root::split_last(path).0 else {
            return self.staged.open_folder(None, THROUGH);
        };
        if !depth_allowed(path.as_bytes()) {
            return Err(FsError::TooDeep);
        }
        if !self.folders.contains(&above) {
            self.create_folders(&above)?;
        }
        self.staged.open_folder(Some(&above), THROUGH)
    }

    fn create_folders(&mut self, path: &RelPath) -> Result<(), FsError> {
        let mut folder = self.staged.open_folder(None, THROUGH)?;
        let mut here: Option<RelPath> = None;
        for part in path.parts() {
            let next = match &here {
                Some(here) => here.join(part)?,
                None => RelPath::new(part)?,
            };
            if !self.folders.contains(&next) {
                change::create_folder(&folder, part)?;
                self.folders.insert(next.clone());
            }
            folder = Way::Stepwise
                .reach(folder.as_fd(), part, THROUGH)
                .map_err(FsError::io("open the folder"))?;
            here = Some(next);
        }
        Ok(())
    }

    /// Puts the new folder in its place, in one step where the system can, and removes the old
    /// one. When this returns without an error, the new state has reached the disk.
    ///
    /// # Errors
    /// [`FsError::Changed`] when the folder at the place is not the one that was there when the
    /// staging began; [`FsError::Exists`] when one has come; [`FsError::Io`]. The old state is
    /// then still there.
    pub fn commit(mut self) -> Result<(), FsError> {
        if !self.whole {
            let source = Error::other("a part of it could not be written");
            return Err(FsError::Io { operation: "finish the folder", source });
        }
        self.sync()?;
        let before = self.present.as_ref().map(Root::id);
        let swapped = match (before, self.present_folder()?.as_ref().map(Root::id)) {
            (None, None) => self.take_free_name()?,
            (None, Some(_)) => return Err(FsError::Exists),
            (Some(before), Some(now)) if before == now => self.swap()?,
            (Some(_), _) => return Err(FsError::Changed),
        };
        change::sync_folder(self.place.folder()).inspect_err(|_| self.swap_back(swapped))
    }

    /// Brings everything staged to the disk, what lies deepest first.
    fn sync(&self) -> Result<(), FsError> {
        let all = self.adopted.len() > ONE_BY_ONE && change::sync_everything(&self.lock)?;
        for path in self.adopted.iter().filter(|_| !all) {
            change::sync_file(&File::from(self.staged.open_folder(Some(path), READ)?))?;
        }
        for folder in self.folders.iter().rev() {
            change::sync_folder(self.staged.open_folder(Some(folder), LIST)?)?;
        }
        change::sync_folder(&self.lock)
    }

    fn take_free_name(&mut self) -> Result<Swapped, FsError> {
        let temporary = self.rubbish.take().unwrap_or_default();
        let renamed = change::rename_folder_new(self.place.folder(), &temporary, self.place.name());
        if let Err(error) = renamed {
            self.rubbish = Some(temporary);
            return Err(error);
        }
        Ok(Swapped::Free { temporary })
    }

    fn swap(&mut self) -> Result<Swapped, FsError> {
        let temporary = self.rubbish.clone().unwrap_or_default();
        let (folder, place) = (self.place.folder(), self.place.name());
        if change::exchange(folder, &temporary, place)? {
            return Ok(Swapped::Exchanged { temporary });
        }
        let aside = leftover::aside(place)?;
        change::rename(folder, place, &aside)?;
        change::rename(folder, &temporary, place).inspect_err(|_| {
            drop(change::rename(folder, &aside, place));
        })?;
        self.rubbish = Some(aside.clone());
        Ok(Swapped::ByHand { temporary, aside })
    }

    fn swap_back(&mut self, swapped: Swapped) {
        let (folder, place) = (self.place.folder(), self.place.name());
        // What cannot be undone is left as it is: nothing old is removed then.
        self.rubbish = match swapped {
            Swapped::Free { temporary } => {
                change::rename(folder, place, &temporary).ok().map(|()| temporary)
            }
            Swapped::Exchanged { temporary } => {
                change::exchange(folder, &temporary, place).ok().map(|_| temporary)
            }
            Swapped::ByHand { temporary, aside } => change::rename(folder, place, &temporary)
                .and_then(|()| change::rename(folder, &aside, place))
                .ok()
                .map(|()| temporary),
        };
        drop(change::sync_folder(folder));
    }
}

/// How the new folder got its name.
enum Swapped {
    Free { temporary: Vec<u8> },
    Exchanged { temporary: Vec<u8> },
    ByHand { temporary: Vec<u8>, aside: Vec<u8> },
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Some(name) = &self.rubbish {
            drop(leftover::remove_tree(self.place.folder(), name));
        }
    }
}

fn open(place: &Place, name: &[u8]) -> Result<OwnedFd, FsError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    patiently(|| rustix::fs::openat(place.folder(), name, flags, Mode::empty()))
        .map_err(FsError::io("open the folder"))
}

fn not_found() -> FsError {
    FsError::Io { operation: "take over", source: Error::from(ErrorKind::NotFound) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fault, folder, listing, memory_folder};
    use super::*;
    use crate::fs::is_leftover;
    use std::os::unix::fs::{MetadataExt, symlink};

    type Attempt = fn(&mut Staging) -> Result<(), FsError>;

    fn path(text: &str) -> RelPath {
        RelPath::new(text.as_bytes()).unwrap()
    }

    /// What a second signing does: the old state becomes history.
    fn sign_again(parent: &Path) -> Result<(), FsError> {
        let mut staging = Staging::begin(parent, "c")?;
        staging.write(&path("SUMS"), b"two")?;
        staging.adopt(&path("history"), &path("history"))?;
        staging.adopt(&path("SUMS"), &path("history/2/SUMS"))?;
        staging.write(&path("log/deep/er"), b"x")?;
        staging.commit()
    }

    const BEFORE: [(&str, &str); 3] =
        [("c/SUMS", "one"), ("c/history/1/SUMS", "zero"), ("c/history/1/sub/sig", "s")];
    const AFTER: [&str; 5] = [
        "c/SUMS=two",
        "c/history/1/SUMS=zero",
        "c/history/1/sub/sig=s",
        "c/history/2/SUMS=one",
        "c/log/deep/er=x",
    ];

    #[test]
    fn a_folder_is_made_and_made_anew() {
        fault::each_file_system(|| {
            let folder = folder(&[]);
            let mut staging = Staging::begin(folder.path(), "c").unwrap();
            staging.write(&path("a/b"), b"1").unwrap();
            staging.write(&path("a/c"), b"2").unwrap();
            assert!(!folder.path().join("c").exists());
            staging.commit().unwrap();
            assert_eq!(listing(folder.path()), ["c/a/b=1", "c/a/c=2"].map(str::to_owned));

            let mut staging = Staging::begin(folder.path(), "c").unwrap();
            staging.adopt(&path("a/b"), &path("b")).unwrap();
            let before = std::fs::metadata(folder.path().join("c/a/b")).unwrap().ino();
            staging.commit().unwrap();
            assert_eq!(listing(folder.path()), ["c/b=1".to_owned()]);
            let after = std::fs::metadata(folder.path().join("c/b")).unwrap().ino();
            assert_eq!(after == before, !fault::without_links());
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        });
    }

    #[test]
    fn nested_history_is_adopted() {
        fault::each_file_system(|| {
            let folder = folder(&BEFORE);
            sign_again(folder.path()).unwrap();
            assert_eq!(listing(folder.path()), AFTER.map(str::to_owned));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        });
    }

    #[test]
    fn a_failure_at_any_step_leaves_the_old() {
        fault::each_file_system(|| {
            let mut errors = 0;
            for step in 0.. {
                let folder = memory_folder(&BEFORE);
                let before = listing(folder.path());
                let (result, failed) = fault::failing_once(step, || sign_again(folder.path()));
                let mut after = listing(folder.path());
                if result.is_err() {
                    assert_eq!(after, before, "step {step}");
                    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
                    errors += 1;
                } else {
                    // Clearing up may have failed; that is all.
                    after.retain(|line| !line.contains(".vidimus-"));
                    assert_eq!(after, AFTER, "step {step}");
                }
                if !failed {
                    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
                    break;
                }
            }
            assert!(errors > 20, "{errors}");
        });
    }

    #[test]
    fn a_killed_run_leaves_old_or_new_and_the_next_one_clears_up() {
        fault::each_file_system(|| {
            for stop in 0.. {
                let folder = memory_folder(&BEFORE);
                let before = listing(folder.path());
                let (result, killed) = fault::killed_after(stop, || sign_again(folder.path()));
                let mut found = listing(folder.path());
                found.retain(|line| !line.starts_with('.'));
                let by_hand = fault::plain_renames() && found.is_empty();
                assert!(found == before || found == AFTER || by_hand, "{stop}: {found:?}");
                assert!(result.is_err() || found == AFTER);
                drop(Staging::begin(folder.path(), "c").unwrap());
                let next = listing(folder.path());
                assert!(next == before || next == AFTER, "{stop}: {next:?}");
                assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{stop}");
                if !killed {
                    break;
                }
            }
        });
    }

    #[test]
    fn everything_reaches_the_disk_before_the_name_and_the_name_before_the_old_goes() {
        let folder = folder(&BEFORE);
        let trace = fault::trace(|| sign_again(folder.path()).unwrap());
        let count = |trace: &[&str], operation: &str| {
            trace.iter().filter(|each| **each == operation).count()
        };
        let swap = trace.iter().position(|each| *each == "exchange the old and the new").unwrap();
        let (before, after) = trace.split_at(swap);
        // Two written and three adopted; history, history/1, history/1/sub, history/2, log,
        // log/deep and the folder itself.
        assert_eq!(count(before, "bring the file to the disk"), 5);
        assert_eq!(count(before, "create the folder"), 7);
        assert_eq!(count(before, "bring the folder to the disk"), 7);
        assert_eq!(after[1], "bring the folder to the disk");
        assert!(after[2..].iter().all(|each| each.starts_with("remove")));
    }

    #[test]
    fn one_run_at_a_time() {
        let folder = folder(&BEFORE);
        let mut first = Staging::begin(folder.path(), "c").unwrap();
        assert!(matches!(Staging::begin(folder.path(), "c"), Err(FsError::InUse)));
        first.write(&path("x"), b"x").unwrap();
        drop(Staging::begin(folder.path(), "d").unwrap());
        first.commit().unwrap();
        drop(Staging::begin(folder.path(), "c").unwrap());
        assert_eq!(listing(folder.path()), ["c/x=x".to_owned()]);
    }

    #[test]
    fn only_leftovers_are_removed() {
        let folder = folder(&[
            (".c.vidimus-0123456789abcdef/deep/er/x", "dead"),
            (".c.vidimus-notes/x", "mine"),
            (".d.vidimus-0123456789abcdef/x", "of another"),
            ("keep", "k"),
        ]);
        symlink("../../keep", folder.path().join(".c.vidimus-0123456789abcdef/deep/link")).unwrap();
        symlink("keep", folder.path().join(".c.vidimus-0000000000000000")).unwrap();
        drop(Staging::begin(folder.path(), "c").unwrap());
        let expected = [
            ".c.vidimus-0000000000000000->keep",
            ".c.vidimus-notes/x=mine",
            ".d.vidimus-0123456789abcdef/x=of another",
            "keep=k",
        ];
        assert_eq!(listing(folder.path()), expected.map(str::to_owned));
        assert!(is_leftover(b".d.vidimus-0123456789abcdef"));
    }

    #[test]
    fn what_is_refused() {
        let folder = folder(&[("c/f", "x"), ("c/d/e", "y"), ("file", ""), ("other/x", "")]);
        symlink("other", folder.path().join("link")).unwrap();
        symlink("f", folder.path().join("c/d/link")).unwrap();
        let before = listing(folder.path());
        for name in ["", ".", "..", "a/b", "/a", "a\0"] {
            assert!(
                matches!(Staging::begin(folder.path(), name), Err(FsError::Path(_))),
                "{name:?}"
            );
        }
        for name in ["file", "link"] {
            assert!(matches!(Staging::begin(folder.path(), name), Err(FsError::NotFolder)));
        }
        assert!(Staging::begin(&folder.path().join("none"), "c").unwrap_err().is_not_found());
        let attempts: [Attempt; 7] = [
            |staging| staging.write(&path("f"), b"").and_then(|()| staging.write(&path("f"), b"")),
            |staging| {
                staging.write(&path("f"), b"").and_then(|()| staging.write(&path("f/g"), b""))
            },
            |staging| staging.adopt(&path("none"), &path("x")),
            |staging| staging.adopt(&path("f/none"), &path("x")),
            |staging| staging.adopt(&path("d"), &path("x")),
            |staging| staging.adopt(&path("d/link"), &path("x")),
            |staging| {
                staging.write(&path("f"), b"").and_then(|()| staging.adopt(&path("f"), &path("f")))
            },
        ];
        for (number, attempt) in attempts.into_iter().enumerate() {
            let mut staging = Staging::begin(folder.path(), "c").unwrap();
            assert!(attempt(&mut staging).is_err(), "{number}");
            assert!(staging.commit().is_err(), "{number}");
            assert_eq!(listing(folder.path()), before, "{number}");
        }
    }

    #[test]
    fn a_folder_that_others_replaced_meanwhile_is_kept() {
        for meanwhile in ["replaced", "new", "gone"] {
            let folder = folder(if meanwhile == "new" { &[] } else { &BEFORE });
            let staging = Staging::begin(folder.path(), "c").unwrap();
            if meanwhile != "new" {
                std::fs::remove_dir_all(folder.path().join("c")).unwrap();
            }
            if meanwhile != "gone" {
                std::fs::create_dir(folder.path().join("c")).unwrap();
                std::fs::write(folder.path().join("c/theirs"), "t").unwrap();
            }
            let before: Vec<String> = listing(folder.path());
            assert!(staging.commit().is_err(), "{meanwhile}");
            assert_eq!(listing(folder.path()), before, "{meanwhile}");
        }
    }

    #[test]
    fn many_adopted_files() {
        let folder = folder(&[]);
        for number in 0..100 {
            std::fs::create_dir_all(folder.path().join("c/h")).unwrap();
            std::fs::write(folder.path().join(format!("c/h/{number}")), "x").unwrap();
        }
        let mut staging = Staging::begin(folder.path(), "c").unwrap();
        staging.adopt(&path("h"), &path("h")).unwrap();
        staging.commit().unwrap();
        assert_eq!(listing(folder.path()).len(), 100);
    }
}
