//! Why a tag file of a bag was refused.

use crate::finding::{Code, Coded};
use crate::manifest::ManifestError;
use crate::path::PathError;

/// Why a tag file of a bag was refused. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BagError {
    /// `bagit.txt` begins with a byte order mark.
    #[error("bagit.txt begins with a byte order mark")]
    Bom,
    /// `bagit.txt` has fewer lines or more.
    #[error("bagit.txt has not exactly two lines")]
    TwoLines,
    /// The first line of `bagit.txt`.
    #[error("line 1 of bagit.txt is not 'BagIt-Version: M.N'")]
    Version,
    /// The second line of `bagit.txt`.
    #[error("line 2 of bagit.txt is not 'Tag-File-Character-Encoding: NAME'")]
    EncodingLine,
    /// White space before the colon, which 1.0 refuses.
    #[error("bagit.txt of version 1.0 has white space before a colon")]
    SpaceBeforeColon,
    /// A version that is not read.
    #[error("BagIt version {major}.{minor} is not supported; 0.93 to 0.97 and 1.0 are")]
    UnsupportedVersion {
        /// Before the point.
        major: u32,
        /// After the point.
        minor: u32,
    },
    /// An encoding that is not read.
    #[error(
        "the encoding of the tag files is not supported: UTF-8, UTF-16, ISO-8859-1 and US-ASCII are"
    )]
    UnsupportedEncoding,
    /// Bytes that are not of the encoding declared.
    #[error("the bytes are not {name}, which bagit.txt declares")]
    NotEncoded {
        /// The encoding.
        name: &'static str,
    },
    /// A line of `fetch.txt` that is none.
    #[error("line {line} is not 'URL LENGTH NAME'")]
    Fetch {
        /// The line.
        line: u64,
    },
    /// A name that must not lead anywhere.
    #[error("line {line} has a name that is refused")]
    Name {
        /// The line.
        line: u64,
        /// What is wrong with the name.
        source: NameError,
    },
    /// A name outside the payload where only payload belongs.
    #[error("line {line} names a file outside data/")]
    NotPayload {
        /// The line.
        line: u64,
    },
    /// A payload file in a tag manifest.
    #[error("line {line} names a file of data/ in a tag manifest")]
    Payload {
        /// The line.
        line: u64,
    },
    /// What can be wrong with any list.
    #[error(transparent)]
    List(#[from] ManifestError),
}

/// Why a name is refused on every system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No path beneath a root.
    #[error(transparent)]
    Path(PathError),
    /// `C:` or the like.
    #[error("a drive letter")]
    Drive,
    /// Begins with a backslash: absolute, or a server's name, on Windows.
    #[error("an absolute path of Windows")]
    Backslash,
    /// `..` between backslashes.
    #[error("a path with '..' behind a backslash")]
    Parent,
    /// Begins with `~`.
    #[error("a path that a shell would take for a home folder")]
    Home,
    /// A part that is `%NAME%`, or a path that begins with it.
    #[error("a path with a variable of Windows")]
    Variable,
}

impl BagError {
    /// The line that was refused, from 1.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Bom | Self::Version => Some(1),
            Self::EncodingLine | Self::UnsupportedEncoding => Some(2),
            Self::TwoLines
            | Self::SpaceBeforeColon
            | Self::UnsupportedVersion { .. }
            | Self::NotEncoded { .. } => None,
            Self::Fetch { line }
            | Self::Name { line, .. }
            | Self::NotPayload { line }
            | Self::Payload { line } => Some(*line),
            Self::List(error) => error.line(),
        }
    }
}

impl Coded for BagError {
    fn code(&self) -> Code {
        match self {
            Self::UnsupportedVersion { .. } | Self::UnsupportedEncoding => Code::Unsupported,
            Self::Name { source: NameError::Path(source), .. } => source.code(),
            Self::Name { .. } => Code::UnsafePath,
            Self::List(error) => error.code(),
            Self::Bom
            | Self::TwoLines
            | Self::Version
            | Self::EncodingLine
            | Self::SpaceBeforeColon
            | Self::NotEncoded { .. }
            | Self::Fetch { .. }
            | Self::NotPayload { .. }
            | Self::Payload { .. } => Code::Malformed,
        }
    }
}
