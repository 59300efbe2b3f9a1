//! Names of temporaries, and what killed runs leave behind.
//!
//! A temporary for `NAME` stands beside it as `.NAME.vidimus-` and sixteen hexadecimal digits,
//! and is locked as long as its run lives. The next run that writes `NAME` removes those that
//! nobody has locked.

use super::root::read_folder;
use super::{EntryKind, FsError, Root, change};
use crate::codec::hex;
use crate::path::RelPath;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use std::path::Path;

const MARK: &[u8] = b".vidimus-";
const OLD: &[u8] = b"old-";
const DIGITS: usize = 16;
/// How much of a long name a temporary's name takes over, so that it stays within the 255
/// bytes that file systems allow.
const NAME: usize = 200;

/// Whether `name` is one that only this program gives to its temporaries, for whatever file.
pub fn is_leftover(name: &[u8]) -> bool {
    owner(name).is_some()
}

/// The name that a temporary stands beside; cut short when that is a long one.
fn owner(name: &[u8]) -> Option<&[u8]> {
    let at = name.windows(MARK.len()).rposition(|window| window == MARK)?;
    let (of, rest) = name.split_at_checked(at)?;
    let digits = rest.strip_prefix(MARK)?;
    let of = of.strip_prefix(b".").filter(|of| !of.is_empty())?;
    is_digits(digits.strip_prefix(OLD).unwrap_or(digits)).then_some(of)
}

fn is_digits(text: &[u8]) -> bool {
    text.len() == DIGITS && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A name for a new temporary of `name`.
pub(super) fn fresh(name: &[u8]) -> Result<Vec<u8>, FsError> {
    Ok([&prefix(name), random()?.as_bytes()].concat())
}

/// A name to put the old `name` aside under, where old and new cannot be exchanged.
pub(super) fn aside(name: &[u8]) -> Result<Vec<u8>, FsError> {
    Ok([&prefix(name), OLD, random()?.as_bytes()].concat())
}

fn prefix(name: &[u8]) -> Vec<u8> {
    [b".", name.get(..NAME).unwrap_or(name), MARK].concat()
}

fn random() -> Result<String, FsError> {
    let number = getrandom::u64().map_err(|error| {
        let source = error.raw_os_error().map_or_else(
            || std::io::Error::from(std::io::ErrorKind::Unsupported),
            std::io::Error::from_raw_os_error,
        );
        FsError::Io { operation: "draw a random number", source }
    })?;
    Ok(hex::encode(&number.to_be_bytes()))
}

/// What a living run that holds a temporary means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Living {
    /// We hold the lock of the folder itself, so it is about to be refused.
    WillGiveWay,
    /// Nobody holds that lock, so it may be about to finish.
    Refuses,
}

/// What an entry is to `name`.
enum Relation {
    Temporary,
    Aside,
}

fn relation(entry: &[u8], name: &[u8]) -> Option<Relation> {
    let rest = entry.strip_prefix(prefix(name).as_slice())?;
    match rest.strip_prefix(OLD) {
        Some(digits) if is_digits(digits) => Some(Relation::Aside),
        None if is_digits(rest) => Some(Relation::Temporary),
        Some(_) | None => None,
    }
}

/// Sees to the temporaries of all files in `folder` whose names `of` accepts, also of those that
/// will not be written again: puts back what a killed run had put aside, and removes what no run
/// holds. Does what it can: a leftover that stays is no reason not to go on.
pub fn clear_leftovers(folder: &Path, of: impl Fn(&[u8]) -> bool) {
    let Ok(folder) = change::open_folder(folder) else { return };
    for entry in entries(folder.as_fd()).unwrap_or_default() {
        // Of a name cut short nobody knows what it was.
        let name = owner(&entry.name).filter(|name| name.len() < NAME && of(name));
        if let Some(name) = name {
            clear_files(folder.as_fd(), name);
        }
    }
}

/// Sees to the file temporaries of `name`: puts the old file back when a run died between
/// putting it aside and naming the new one, and removes those that no run holds. Does what it
/// can: a leftover that stays is no reason not to write.
pub(super) fn clear_files(folder: BorrowedFd<'_>, name: &[u8]) {
    let entries = entries(folder).unwrap_or_default();
    let mut here = entries.iter().any(|entry| entry.name == name);
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::File) {
        match relation(&entry.name, name) {
            Some(Relation::Aside) if !here => {
                here = change::rename_file_new(folder, &entry.name, name).is_ok();
            }
            Some(Relation::Temporary | Relation::Aside) => remove_dead(folder, &entry.name),
            None => {}
        }
    }
}

fn remove_dead(folder: BorrowedFd<'_>, name: &[u8]) {
    if let Ok(file) = open(folder, name, OFlags::empty())
        && change::lock(&file)
    {
        drop(change::remove_file(folder, name));
    }
}

/// Sees to the folder temporaries of `name`, except for our own `ours`: puts the old folder
/// back when a run died between putting it aside and naming the new one, and removes what no
/// run holds.
///
/// # Errors
/// [`FsError::InUse`] when a living run holds one and `living` says that this refuses us;
/// [`FsError::Io`] when the old folder cannot be put back.
pub(super) fn clear_folders(
    folder: BorrowedFd<'_>,
    name: &[u8],
    ours: &[u8],
    living: Living,
) -> Result<(), FsError> {
    let entries = entries(folder)?;
    let mut here = entries.iter().any(|entry| entry.name == name);
    for entry in &entries {
        if entry.kind != EntryKind::Folder || entry.name == ours {
            continue;
        }
        match relation(&entry.name, name) {
            None => continue,
            Some(Relation::Aside) if !here => {
                change::rename_folder_new(folder, &entry.name, name)?;
                change::sync_folder(folder)?;
                here = true;
                continue;
            }
            Some(Relation::Temporary | Relation::Aside) => {}
        }
        match open(folder, &entry.name, OFlags::DIRECTORY) {
            Ok(held) if !change::lock(&held) => match living {
                Living::WillGiveWay => {}
                Living::Refuses => return Err(FsError::InUse),
            },
            Ok(_) => drop(remove_tree(folder, &entry.name)),
            Err(_) => {}
        }
    }
    Ok(())
}

fn entries(folder: BorrowedFd<'_>) -> Result<Vec<super::DirEntry>, FsError> {
    read_folder(open(folder, b".", OFlags::DIRECTORY)?)
}

fn open(folder: BorrowedFd<'_>, name: &[u8], more: OFlags) -> Result<OwnedFd, FsError> {
    let flags = super::beneath::READ.union(more);
    super::beneath::patiently(|| rustix::fs::openat(folder, name, flags, Mode::empty()))
        .map_err(FsError::io("open"))
}

/// Removes a folder and everything in it; links are removed, not followed.
pub(super) fn remove_tree(folder: BorrowedFd<'_>, name: &[u8]) -> Result<(), FsError> {
    let root = Root::of(open(folder, name, OFlags::DIRECTORY)?)?;
    let mut pending: Vec<Option<RelPath>> = vec![None];
    let mut folders: Vec<RelPath> = Vec::new();
    while let Some(path) = pending.pop() {
        let at = root.open_folder(path.as_ref(), super::beneath::THROUGH)?;
        for entry in root.list(path.as_ref())? {
            if entry.kind == EntryKind::Folder {
                let below = match &path {
                    Some(path) => path.join(&entry.name)?,
                    None => RelPath::new(&entry.name)?,
                };
                pending.push(Some(below.clone()));
                folders.push(below);
            } else {
                change::remove_file(&at, &entry.name)?;
            }
        }
    }
    for path in folders.iter().rev() {
        let (above, name) = super::root::split_last(path);
        let at = root.open_folder(above.as_ref(), super::beneath::THROUGH)?;
        change::remove_folder(at.as_fd(), name)?;
    }
    change::remove_folder(folder, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_temporaries() {
        for name in [&b"a"[..], b".hidden", &[b'n'; 255], b"x.vidimus-y"] {
            let names = [fresh(name).unwrap(), aside(name).unwrap()];
            for temporary in names {
                assert!(is_leftover(&temporary) && temporary.len() <= 255);
                assert_eq!(owner(&temporary).unwrap(), name.get(..NAME).unwrap_or(name));
                assert!(relation(&temporary, name).is_some());
                assert!(relation(&temporary, b"other").is_none());
            }
        }
        for name in [
            "",
            "a",
            ".a.vidimus-",
            ".a.vidimus-0123456789abcde",
            ".a.vidimus-0123456789abcdeg",
            ".a.vidimus-0123456789abcdef0",
            "a.vidimus-0123456789abcdef",
            ".a.vidimus-new-0123456789abcdef",
            ".a.vidimus-0123456789ABCDEF",
            "..vidimus-0123456789abcdef.txt",
            ".vidimus-0123456789abcdef",
        ] {
            assert!(!is_leftover(name.as_bytes()), "{name}");
            assert!(relation(name.as_bytes(), b"a").is_none(), "{name}");
        }
    }

    #[test]
    fn leftovers_of_wanted_names_are_cleared() {
        let folder = super::super::testing::folder(&[
            (".a.vidimus-0123456789abcdef", "dead"),
            (".b.vidimus-old-0123456789abcdef", "b, put aside"),
            (".c.vidimus-0123456789abcdef", "of another"),
            ("a", "a"),
        ]);
        clear_leftovers(folder.path(), |name| name != b"c");
        let left = super::super::testing::listing(folder.path());
        assert_eq!(left, [".c.vidimus-0123456789abcdef=of another", "a=a", "b=b, put aside"]);
        clear_leftovers(&folder.path().join("none"), |_| true);
    }
}
