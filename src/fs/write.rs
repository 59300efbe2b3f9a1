//! Durable writing of files: on success the bytes and the name have reached the disk; on
//! failure what was there before is there still, and nothing else.
//!
//! Several files together are not one step: a power cut in the middle may leave some old and
//! some new, each of them whole. For one step use [`super::Staging`].

use super::place::Place;
use super::{EntryKind, FsError, change, leftover, root};
use rustix::io::Errno;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Makes a new file with the permissions `mode` (less the umask); it gets its name only when
/// it is whole.
///
/// # Errors
/// [`FsError::Exists`] when anything stands there, [`FsError::Io`], [`FsError::Path`] for a
/// path that ends in no name.
pub fn create_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FsError> {
    let place = Place::named(path)?;
    if place.kind()?.is_some() {
        return Err(FsError::Exists);
    }
    let mut temporary = Temporary::filled(&place, bytes, mode)?;
    temporary.take_free_name()?;
    change::sync_folder(place.folder()).inspect_err(|_| {
        drop(change::remove_file(place.folder(), place.name()));
    })
}

/// Removes a file; its absence has reached the disk when this returns.
///
/// # Errors
/// [`FsError::Io`]; [`FsError::Path`] for a path that ends in no name.
pub fn remove(path: &Path) -> Result<(), FsError> {
    let place = Place::named(path)?;
    change::remove_file(place.folder(), place.name())?;
    change::sync_folder(place.folder())
}

/// Replaces a file, or makes it, with mode 0644 (less the umask).
///
/// # Errors
/// [`FsError::Io`]; [`FsError::Path`] for a path that ends in no name. The old file is then as
/// it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    change_each(&[(path, Some(bytes))], 0o644)
}

/// Like [`replace`], with mode 0600: for what is nobody else's business.
///
/// # Errors
/// As [`replace`].
pub fn replace_private(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    change_each(&[(path, Some(bytes))], 0o600)
}

/// Takes the next bytes of a file that is being written.
pub type Sink<'a> = dyn FnMut(&[u8]) -> Result<(), FsError> + 'a;

/// Like [`replace_private`], for more bytes than should be in memory at once: `fill` hands them
/// over piece by piece. Small pieces are gathered.
///
/// # Errors
/// As [`replace`], and what `fill` gives.
pub fn replace_private_by(
    path: &Path,
    fill: &mut dyn FnMut(&mut Sink<'_>) -> Result<(), FsError>,
) -> Result<(), FsError> {
    let places = [Place::named(path)?];
    let [place] = &places;
    let mut temporary = Temporary::create(place, 0o600)?;
    if let Some(file) = temporary.file.as_mut() {
        let mut gathered = Vec::with_capacity(GATHERED);
        fill(&mut |bytes| {
            gathered.extend_from_slice(bytes);
            if gathered.len() < GATHERED {
                return Ok(());
            }
            change::append(file, &std::mem::take(&mut gathered))
        })?;
        change::append(file, &gathered)?;
        change::sync_file(file)?;
    }
    bring(vec![temporary], &places)
}

/// How many bytes are handed to the system at once.
const GATHERED: usize = 1 << 20;

/// Like [`replace`] for several files: all bytes are on the disk before the first name changes.
///
/// # Errors
/// As [`replace`]; all old files are then as they were.
pub fn replace_all(files: &[(PathBuf, Vec<u8>)]) -> Result<(), FsError> {
    let files: Vec<(&Path, Option<&[u8]>)> =
        files.iter().map(|(path, bytes)| (path.as_path(), Some(bytes.as_slice()))).collect();
    change_each(&files, 0o644)
}

/// Like [`replace_all`], and removes the files that come without bytes. The names change in the
/// order given: what says that the others belong together comes last, so that a run which dies
/// in the middle has not said it.
///
/// # Errors
/// As [`replace`]; all old files are then as they were, also those that were to be removed.
pub fn change_all(files: &[(PathBuf, Option<Vec<u8>>)]) -> Result<(), FsError> {
    let files: Vec<(&Path, Option<&[u8]>)> =
        files.iter().map(|(path, bytes)| (path.as_path(), bytes.as_deref())).collect();
    change_each(&files, 0o644)
}

fn change_each(files: &[(&Path, Option<&[u8]>)], mode: u32) -> Result<(), FsError> {
    let places =
        files.iter().map(|(path, _)| Place::named(path)).collect::<Result<Vec<_>, FsError>>()?;
    let mut temporaries = Vec::with_capacity(files.len());
    for (place, (_, bytes)) in places.iter().zip(files) {
        temporaries.push(match bytes {
            Some(bytes) => Temporary::filled(place, bytes, mode)?,
            None => Temporary::nothing(place),
        });
    }
    bring(temporaries, &places)
}

/// Gives all temporaries their names, or none.
fn bring(mut temporaries: Vec<Temporary<'_>>, places: &[Place]) -> Result<(), FsError> {
    let swapped = swap_each(&mut temporaries);
    if let Err((error, done)) = swapped {
        for temporary in temporaries.iter_mut().take(done).rev() {
            temporary.swap_back();
        }
        drop(sync_each(places));
        return Err(error);
    }
    Ok(())
}

/// Gives each temporary its name and brings the folders to the disk. On failure says how many
/// have, or may have, their name.
fn swap_each(temporaries: &mut [Temporary<'_>]) -> Result<(), (FsError, usize)> {
    for (done, temporary) in temporaries.iter_mut().enumerate() {
        temporary.swap().map_err(|error| (error, done))?;
    }
    let done = temporaries.len();
    for temporary in temporaries {
        change::sync_folder(temporary.place.folder()).map_err(|error| (error, done))?;
    }
    Ok(())
}

fn sync_each(places: &[Place]) -> Result<(), FsError> {
    places.iter().try_for_each(|place| change::sync_folder(place.folder()))
}

/// A locked file beside its place. Whatever stands under its name is removed in the end: the
/// new bytes when they were not wanted, or the old ones when they were replaced.
struct Temporary<'a> {
    place: &'a Place,
    /// `None` while and once nothing of ours has that name.
    name: Option<Vec<u8>>,
    /// `None` when the place is to be empty.
    file: Option<File>,
    swapped: Swapped,
}

/// How a temporary got its name.
enum Swapped {
    /// It has not.
    No,
    /// Nothing stood there.
    Free,
    /// What stood there now has the temporary's name; there may be nothing in its stead.
    Exchanged,
}

impl<'a> Temporary<'a> {
    fn filled(place: &'a Place, bytes: &[u8], mode: u32) -> Result<Self, FsError> {
        let mut temporary = Self::create(place, mode)?;
        temporary.file.as_mut().map_or(Ok(()), |file| change::fill(file, bytes))?;
        Ok(temporary)
    }

    /// For a place that is to be empty.
    fn nothing(place: &'a Place) -> Self {
        Self { place, name: None, file: None, swapped: Swapped::No }
    }

    fn create(place: &'a Place, mode: u32) -> Result<Self, FsError> {
        leftover::clear_files(place.folder(), place.name());
        loop {
            let name = leftover::fresh(place.name())?;
            let file = change::create_file(place.folder(), &name, mode)?;
            let temporary =
                Self { place, name: Some(name), file: Some(file), swapped: Swapped::No };
            if temporary.is_ours()? {
                return Ok(temporary);
            }
        }
    }

    /// Locks it. Between its making and its locking another run may have taken it for a
    /// leftover; then there must be another.
    fn is_ours(&self) -> Result<bool, FsError> {
        let locked = self.file.as_ref().is_some_and(change::lock);
        let Some(name) = self.name.as_ref().filter(|_| locked) else {
            return Ok(false);
        };
        match root::lstat(self.place.folder(), name) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(FsError::io("examine")(error)),
        }
    }

    /// Renames it to its place, where nothing may stand.
    fn take_free_name(&mut self) -> Result<(), FsError> {
        if let Some(name) = &self.name {
            change::rename_file_new(self.place.folder(), name, self.place.name())?;
        }
        self.name = None;
        self.swapped = Swapped::Free;
        Ok(())
    }

    /// Brings it to its place; what stood there is kept until the end.
    fn swap(&mut self) -> Result<(), FsError> {
        match self.place.kind()? {
            None if self.file.is_none() => return Ok(()),
            None => return self.take_free_name(),
            Some(EntryKind::Folder) => {
                let source = std::io::Error::from(std::io::ErrorKind::IsADirectory);
                return Err(FsError::Io { operation: "replace", source });
            }
            Some(_) => {}
        }
        let Some(name) = &self.name else {
            return self.take_away();
        };
        if !change::exchange(self.place.folder(), name, self.place.name())? {
            self.name = Some(self.exchange_by_hand(name)?);
        }
        self.swapped = Swapped::Exchanged;
        Ok(())
    }

    /// Gives what stands at the place the name of a temporary, and so leaves the place empty.
    fn take_away(&mut self) -> Result<(), FsError> {
        let kept = leftover::fresh(self.place.name())?;
        change::rename(self.place.folder(), self.place.name(), &kept)?;
        self.name = Some(kept);
        self.swapped = Swapped::Exchanged;
        Ok(())
    }

    /// Keeps what stands at the place under another name, which is returned, and renames the
    /// temporary over it. Where a file cannot have two names the place is empty for a moment.
    fn exchange_by_hand(&self, name: &[u8]) -> Result<Vec<u8>, FsError> {
        let (folder, place) = (self.place.folder(), self.place.name());
        let kept = leftover::aside(place)?;
        if !change::link(folder, place, folder, &kept)? {
            change::rename(folder, place, &kept)?;
        }
        match change::rename(folder, name, place) {
            Ok(()) => Ok(kept),
            Err(error) => {
                // When these are two names of one file, renaming does nothing.
                if change::rename(folder, &kept, place).is_ok() {
                    drop(change::remove_file(folder, &kept));
                }
                Err(error)
            }
        }
    }

    /// Undoes [`Temporary::swap`].
    fn swap_back(&mut self) {
        let (folder, place) = (self.place.folder(), self.place.name());
        match (&self.swapped, &self.name) {
            (Swapped::Free, _) => drop(change::remove_file(folder, place)),
            (Swapped::Exchanged, Some(kept)) => {
                drop(change::rename(folder, kept, place));
                // Should that have failed, the old bytes are still there, and stay.
                self.name = None;
            }
            (Swapped::Exchanged, None) | (Swapped::No, _) => {}
        }
        self.swapped = Swapped::No;
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            drop(change::remove_file(self.place.folder(), name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fault, folder, listing, memory_folder};
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode_of(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn writes_and_replaces() {
        fault::each_file_system(|| {
            let folder = folder(&[("old", "before")]);
            let path = |name: &str| folder.path().join(name);
            create_new(&path("secret"), b"s", 0o600).unwrap();
            assert_eq!(mode_of(&path("secret")), 0o600);
            replace(&path("old"), b"after").unwrap();
            replace(&path("new"), b"").unwrap();
            assert_eq!(mode_of(&path("new")), 0o644);
            replace_all(&[(path("old"), b"1".to_vec()), (path("third"), b"3".to_vec())]).unwrap();
            assert_eq!(
                listing(folder.path()),
                ["new=", "old=1", "secret=s", "third=3"].map(str::to_owned)
            );
            replace_all(&[]).unwrap();
            change_all(&[(path("old"), None), (path("new"), Some(b"2".to_vec()))]).unwrap();
            assert_eq!(listing(folder.path()), ["new=2", "secret=s", "third=3"].map(str::to_owned));
            for name in ["new", "private"] {
                replace_private(&path(name), b"p").unwrap();
                assert_eq!(mode_of(&path(name)), 0o600);
            }
        });
    }

    #[test]
    fn new_files_replace_nothing() {
        fault::each_file_system(|| {
            let folder = folder(&[("old", "before"), ("d/x", "")]);
            symlink("nowhere", folder.path().join("link")).unwrap();
            let before = listing(folder.path());
            for name in ["old", "d", "link"] {
                let result = create_new(&folder.path().join(name), b"x", 0o600);
                assert!(matches!(result, Err(FsError::Exists)), "{name}");
            }
            let result = create_new(&folder.path().join("none/x"), b"x", 0o600);
            assert!(result.unwrap_err().is_not_found());
            for path in ["..", "/", "a/.."] {
                let path = folder.path().join(path);
                assert!(matches!(create_new(&path, b"x", 0o600), Err(FsError::Path(_))));
                assert!(matches!(replace(&path, b"x"), Err(FsError::Path(_))));
            }
            assert!(matches!(replace(&folder.path().join("d"), b"x"), Err(FsError::Io { .. })));
            let files = ["old", "new", "d"].map(|name| (folder.path().join(name), b"x".to_vec()));
            assert!(replace_all(&files).is_err());
            assert_eq!(listing(folder.path()), before);
        });
    }

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        fault::each_file_system(|| {
            let folder = folder(&[("target", "t")]);
            symlink("target", folder.path().join("link")).unwrap();
            replace(&folder.path().join("link"), b"new").unwrap();
            assert_eq!(listing(folder.path()), ["link=new", "target=t"].map(str::to_owned));
        });
    }

    /// Runs `work` with each of its changes failing in turn. An error must leave the folder as
    /// it was; a success may at most have failed to clear up.
    fn each_failure_leaves_the_old(work: impl Fn(&Path) -> Result<(), FsError>) {
        fault::each_file_system(|| {
            let mut errors = 0;
            for step in 0.. {
                let folder = memory_folder(&[("a", "old a"), ("b", "old b"), ("d/c", "old c")]);
                let before = listing(folder.path());
                let (result, failed) = fault::failing_once(step, || work(folder.path()));
                let after = listing(folder.path());
                if result.is_err() {
                    assert_eq!(after, before, "step {step}");
                    errors += 1;
                } else {
                    assert_ne!(after, before, "step {step}");
                }
                if !failed {
                    assert!(!after.iter().any(|line| line.contains("vidimus-")), "{after:?}");
                    break;
                }
            }
            assert!(errors >= 5, "{errors}");
        });
    }

    #[test]
    fn a_failure_at_any_step_leaves_the_old() {
        each_failure_leaves_the_old(|folder| replace(&folder.join("a"), b"new a"));
        each_failure_leaves_the_old(|folder| create_new(&folder.join("n"), b"new n", 0o600));
        each_failure_leaves_the_old(|folder| {
            let files = ["a", "n", "d/c", "b", "d/n", "a"];
            replace_all(&files.map(|name| (folder.join(name), b"new".to_vec())))
        });
        each_failure_leaves_the_old(|folder| {
            let files = [("d/c", None), ("n", Some("new")), ("none", None), ("a", Some("new"))];
            change_all(&files.map(|(name, bytes)| (folder.join(name), bytes.map(Into::into))))
        });
    }

    #[test]
    fn a_killed_run_leaves_old_or_new_and_the_next_one_clears_up() {
        fault::each_file_system(|| {
            for stop in 0.. {
                let folder = memory_folder(&[("a", "old")]);
                let path = folder.path().join("a");
                let (result, killed) = fault::killed_after(stop, || replace(&path, b"new bytes"));
                let found = std::fs::read_to_string(&path).ok();
                let aside = fault::without_links() && found.is_none();
                assert!(
                    aside || matches!(found.as_deref(), Some("old" | "new bytes")),
                    "{stop}: {found:?}"
                );
                assert!(result.is_err() || found.as_deref() == Some("new bytes"));
                leftover::clear_files(
                    Place::named(&path).unwrap().folder(),
                    path.file_name().unwrap().as_encoded_bytes(),
                );
                let next = listing(folder.path());
                assert!(next == ["a=old"] || next == ["a=new bytes"], "{stop}: {next:?}");
                if !killed {
                    break;
                }
            }
        });
    }

    #[test]
    fn bytes_reach_the_disk_before_the_name_and_the_name_before_the_end() {
        const WRITTEN: [&str; 4] =
            ["create the file", "write", "write", "bring the file to the disk"];
        let folder = folder(&[("a", "old")]);
        let at = |name: &str| folder.path().join(name);
        let trace = fault::trace(|| replace(&at("a"), b"new").unwrap());
        let named =
            ["exchange the old and the new", "bring the folder to the disk", "remove the file"];
        assert_eq!(trace, [&WRITTEN[..], &named].concat());
        let trace = fault::trace(|| create_new(&at("n"), b"new", 0o600).unwrap());
        let named = ["rename", "bring the folder to the disk"];
        assert_eq!(trace, [&WRITTEN[..], &named].concat());
        let files = ["a", "m"].map(|name| (at(name), b"newer".to_vec()));
        let trace = fault::trace(|| replace_all(&files).unwrap());
        let named = [
            "exchange the old and the new",
            "rename",
            "bring the folder to the disk",
            "bring the folder to the disk",
            "remove the file",
        ];
        assert_eq!(trace, [&WRITTEN[..], &WRITTEN, &named].concat());
    }

    #[test]
    fn the_temporary_of_a_living_run_stays() {
        let folder = folder(&[("a", "old")]);
        let place = Place::named(&folder.path().join("a")).unwrap();
        let mut living = Temporary::create(&place, 0o600).unwrap();
        replace(&folder.path().join("a"), b"by another").unwrap();
        change::fill(living.file.as_mut().unwrap(), b"mine").unwrap();
        living.swap().unwrap();
        drop(living);
        assert_eq!(listing(folder.path()), ["a=mine".to_owned()]);
    }
}
