//! Folders and paths that the user named.

use super::{EntryKind, FsError, change};
use crate::path::PathError;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Makes a folder and those above it that are missing, and brings them to the disk. One that
/// is there already is fine.
///
/// # Errors
/// [`FsError::NotFolder`] when something else stands on the way; [`FsError::Io`].
pub fn create_folder(path: &Path) -> Result<(), FsError> {
    let mut missing = Vec::new();
    for path in path.ancestors().take_while(|path| !path.as_os_str().is_empty()) {
        match kind_named(path)? {
            Some(EntryKind::Folder) => break,
            Some(_) => return Err(FsError::NotFolder),
            None => missing.push(path),
        }
    }
    missing.into_iter().rev().try_for_each(create_one)
}

fn create_one(path: &Path) -> Result<(), FsError> {
    // A last part `..` names a folder that stands by now.
    let Some(name) = path.file_name() else {
        return Ok(());
    };
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        Some(_) | None => Path::new("."),
    };
    let above = change::open_folder(above)?;
    match change::create_folder(&above, name.as_bytes()) {
        Ok(()) => {}
        Err(FsError::Exists) if kind_named(path)? == Some(EntryKind::Folder) => {}
        Err(FsError::Exists) => return Err(FsError::NotFolder),
        Err(error) => return Err(error),
    }
    change::sync_folder(change::open_folder(path)?)?;
    change::sync_folder(above)
}

/// The path without links, `.` and `..`, absolute.
///
/// # Errors
/// [`FsError::Io`], also when nothing is there; [`FsError::LinkLoop`].
pub fn real_path(path: &Path) -> Result<PathBuf, FsError> {
    std::fs::canonicalize(path).map_err(FsError::named("find the folder"))
}

/// What stands at `path`, links followed; `None` when nothing does.
///
/// # Errors
/// [`FsError::LinkLoop`], [`FsError::Io`].
pub fn kind_named(path: &Path) -> Result<Option<EntryKind>, FsError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(EntryKind::of(&metadata))),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(FsError::named("examine")(error)),
    }
}

/// The nearest folder at or above the real place of `path` in which there is an entry of the
/// name `marker`, one part an element. Of a `path` that is not there yet, the nearest folder
/// above it that is counts.
///
/// # Errors
/// [`FsError::Io`] when a folder above cannot be looked into; [`FsError::LinkLoop`].
pub fn enclosing(path: &Path, marker: &[&str]) -> Result<Option<PathBuf>, FsError> {
    let marker: PathBuf = marker.iter().collect();
    for folder in nearest_real(path)?.ancestors() {
        match std::fs::symlink_metadata(folder.join(&marker)) {
            Ok(_) => return Ok(Some(folder.to_path_buf())),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(FsError::named("examine")(error)),
        }
    }
    Ok(None)
}

/// The real path of `path`, or of the nearest path above it that is there.
fn nearest_real(path: &Path) -> Result<PathBuf, FsError> {
    for path in path.ancestors() {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        match std::fs::canonicalize(path) {
            Err(error) if is_missing(&error) => {}
            result => return result.map_err(FsError::named("find the folder")),
        }
    }
    Err(FsError::Path(PathError::Empty))
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{folder, listing};
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn folders_are_made_with_those_above() {
        let folder = folder(&[("file", "x"), ("d/x", "")]);
        let at = |path: &str| folder.path().join(path);
        symlink("d", at("link")).unwrap();
        for path in ["a/b/c", "a/b/c", "d", "link/e", "new/../other", "a/b/f/"] {
            create_folder(&at(path)).unwrap();
            assert_eq!(kind_named(&at(path)).unwrap(), Some(EntryKind::Folder), "{path}");
        }
        assert!(at("d/e").is_dir());
        for path in ["file", "file/x", "d/x/y"] {
            assert!(matches!(create_folder(&at(path)), Err(FsError::NotFolder)), "{path}");
        }
        assert_eq!(listing(folder.path()).len(), 3);
    }

    #[test]
    fn enclosing_folders_are_found_through_links() {
        let folder =
            folder(&[("repo/.the-mark/config", ""), ("repo/a/b/x", ""), ("elsewhere/x", "")]);
        let at = |path: &str| folder.path().join(path);
        symlink("../repo/a", at("elsewhere/in")).unwrap();
        let repo = Some(real_path(&at("repo")).unwrap());
        let table = [
            ("repo", &repo),
            ("repo/a/b", &repo),
            ("repo/a/b/x", &repo),
            ("repo/not/there/yet", &repo),
            ("repo/a/b/x/y", &repo),
            ("elsewhere/in/b", &repo),
            ("elsewhere/in/new", &repo),
            ("elsewhere", &None),
            ("repo/..", &None),
        ];
        for (path, expected) in table {
            assert_eq!(&enclosing(&at(path), &[".the-mark"]).unwrap(), expected, "{path}");
        }
        assert_eq!(enclosing(&at("repo/a"), &[".the-mark", "config"]).unwrap(), repo);
        assert_eq!(enclosing(&at("repo/a"), &[".the-mark", "none"]).unwrap(), None);
        assert!(enclosing(Path::new("not-there"), &["Cargo.toml"]).unwrap().is_some());
    }

    #[test]
    fn kinds_of_named_paths() {
        let folder = folder(&[("file", "x")]);
        let at = |path: &str| folder.path().join(path);
        symlink("file", at("link")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        assert_eq!(kind_named(&at("link")).unwrap(), Some(EntryKind::File));
        assert_eq!(kind_named(&at("dangling")).unwrap(), None);
        assert_eq!(kind_named(&at("file/x")).unwrap(), None);
        assert!(matches!(kind_named(&at("loop")), Err(FsError::LinkLoop)));
        assert_eq!(kind_named(Path::new("/dev/null")).unwrap(), Some(EntryKind::CharDevice));
    }
}
