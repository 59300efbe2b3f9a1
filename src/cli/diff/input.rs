//! What OLD and NEW are, and reading them as texts. What is no text is refused with the reason
//! and the command that compares bytes.

use super::super::{Result, usage};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use vidimus::finding::{Code, Finding};
use vidimus::fs::{self, EntryKind, FsError};
use vidimus::text::{Document, TextError};
use vidimus::{limits, manifest};

/// What an argument names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// One file, or standard input.
    Text,
    /// Many documents.
    Several(Kind),
}

/// Where many documents come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// All files of a folder.
    Folder,
    /// The files that a list names.
    Manifest,
}

impl Input {
    /// Told by what is there; a file is a list where its name ends like that of a manifest.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let shown = path.as_os_str().as_bytes();
        if shown == b"-" {
            return Ok(Self::Text);
        }
        let kind = fs::kind_named(path).map_err(|error| vec![Finding::of(&error).at(shown)])?;
        if kind == Some(EntryKind::Folder) {
            return Ok(Self::Several(Kind::Folder));
        }
        let listed = shown.ends_with(manifest::NAME.as_bytes());
        Ok(if listed { Self::Several(Kind::Manifest) } else { Self::Text })
    }
}

/// Refuses a name under which nothing is.
pub(super) fn is_there(path: &Path) -> Result<()> {
    let shown = path.as_os_str().as_bytes();
    match fs::kind_named(path) {
        _ if shown == b"-" => Ok(()),
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(vec![Finding::error(Code::Io, "is not there").at(shown)]),
        Err(error) => Err(vec![Finding::of(&error).at(shown)]),
    }
}

/// Reads both texts. What is wrong with either is said in one run.
pub(super) fn two(old: &Path, new: &Path) -> Result<[Document; 2]> {
    let stream = |path: &Path| path.as_os_str() == "-";
    if stream(old) && stream(new) {
        let finding = usage("OLD and NEW are both -, and there is one standard input");
        return Err(vec![finding.help("vidimus diff - NEW reads the old version from it")]);
    }
    let help = || {
        let names = [old, new].map(Path::to_string_lossy).join(" ");
        format!("vidimus hash {names} shows whether the bytes are the same")
    };
    match (read(old), read(new)) {
        (Ok(old), Ok(new)) => Ok([old, new]),
        (one, other) => {
            let findings = [one.err(), other.err()].into_iter().flatten();
            let with_help = |finding: Finding| {
                if is_no_text(&finding) { finding.help(help()) } else { finding }
            };
            Err(findings.map(with_help).collect())
        }
    }
}

/// Whether a finding says that something is there and is not read as a text.
pub(super) fn is_no_text(finding: &Finding) -> bool {
    matches!(finding.code, Code::Unsupported | Code::Malformed | Code::Limit)
}

/// Reads one text.
pub(super) fn read(path: &Path) -> std::result::Result<Document, Finding> {
    let shown = path.as_os_str().as_bytes();
    let bytes = bytes(path).map_err(|error| Finding::of(&error).at(shown))?;
    Document::read(&bytes, shown)
        .map_err(|error| Finding::error(code(&error), error.to_string()).at(shown))
}

fn bytes(path: &Path) -> std::result::Result<Vec<u8>, FsError> {
    if path.as_os_str() == "-" {
        return fs::read_stdin(limits::TEXT_BYTES);
    }
    fs::read_named(path, limits::TEXT_BYTES)
}

/// The code under which it is said that something is not read as a text.
pub(in crate::cli) fn code(error: &TextError) -> Code {
    match error {
        TextError::Binary { .. } | TextError::Unsupported { .. } => Code::Unsupported,
        TextError::Malformed { .. } => Code::Malformed,
        TextError::TooLarge { .. } => Code::Limit,
    }
}
