//! Why a list of checksums was refused.

use crate::digest::Algorithm;
use crate::finding::{Code, Coded};
use crate::path::PathError;

/// Why a list of checksums was refused. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The whole list is too large.
    #[error("a list of more than {limit} bytes")]
    TooLarge {
        /// The bound in bytes.
        limit: u64,
    },
    /// A line is too long.
    #[error("line {line} has more than {limit} bytes")]
    LineTooLong {
        /// The line.
        line: u64,
        /// The bound in bytes.
        limit: usize,
    },
    /// Too many entries.
    #[error("more than {limit} entries, at line {line}")]
    TooManyEntries {
        /// The line of the first entry too many.
        line: u64,
        /// The bound.
        limit: usize,
    },
    /// There is no entry at all.
    #[error("a list without an entry")]
    Empty,
    /// The last line of a signed or NUL-terminated list does not end.
    #[error("line {line} is cut off: its end is missing")]
    Unterminated {
        /// The line.
        line: u64,
    },
    /// A line that is no entry of the form that the list has.
    #[error("line {line} is no line of a {form} checksum list")]
    Garbage {
        /// The line.
        line: u64,
        /// The form that was expected.
        form: &'static str,
    },
    /// Two forms in one list.
    #[error("line {line} is of the {found} form in a list of the {form} form")]
    Mixed {
        /// The line.
        line: u64,
        /// The form of the lines before it.
        form: &'static str,
        /// Its own form.
        found: &'static str,
    },
    /// A header of hashdeep that cannot be read.
    #[error("line {line} is no header of a hashdeep list of version 1.0")]
    Header {
        /// The line.
        line: u64,
    },
    /// A backslash before something that is never escaped.
    #[error("line {line} has an escape other than '\\\\', '\\n' and '\\r'")]
    Escape {
        /// The line.
        line: u64,
    },
    /// A digest of another length.
    #[error(
        "line {line} has a digest of {digits} digits, and {} has {}{}",
        algorithm.name(), algorithm.length().saturating_mul(2), fitting(*fits)
    )]
    Length {
        /// The line.
        line: u64,
        /// The algorithm that the list was taken to have.
        algorithm: Algorithm,
        /// The number of digits found.
        digits: usize,
        /// The algorithm to which that number would fit.
        fits: Option<Algorithm>,
    },
    /// A digest that is not hexadecimal.
    #[error("line {line} has a digest that is not hexadecimal")]
    Hex {
        /// The line.
        line: u64,
    },
    /// A tag that names an algorithm other than the one asked for.
    #[error("line {line} is tagged {}, and {} was asked for", found.name(), asked.name())]
    Tag {
        /// The line.
        line: u64,
        /// The algorithm of the tag.
        found: Algorithm,
        /// The algorithm that the user named.
        asked: Algorithm,
    },
    /// An algorithm that Vidimus does not compute.
    #[error("line {line} needs a digest algorithm that is not supported")]
    Algorithm {
        /// The line.
        line: u64,
    },
    /// A name that must not lead anywhere.
    #[error("line {line} has a name that is refused")]
    Path {
        /// The line.
        line: u64,
        /// What is wrong with the name.
        source: PathError,
    },
    /// The same path twice.
    #[error("line {line} names the same file as line {first}")]
    Duplicate {
        /// The line.
        line: u64,
        /// The line that named it before.
        first: u64,
    },
    /// A signed list out of order.
    #[error("line {line} is not in order: signed lists are sorted by the bytes of the name")]
    Unsorted {
        /// The line.
        line: u64,
    },
    /// A signed list in a spelling that Vidimus does not write.
    #[error("line {line} is not spelt as signed lists are: {expected}")]
    Spelling {
        /// The line.
        line: u64,
        /// What the line should have.
        expected: &'static str,
    },
}

fn fitting(fits: Option<Algorithm>) -> String {
    match fits {
        Some(algorithm) => format!("; that many fit {0}: --algorithm {0}", algorithm.name()),
        None => String::new(),
    }
}

impl ManifestError {
    /// The line that was refused, from 1.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::TooLarge { .. } | Self::Empty => None,
            Self::LineTooLong { line, .. }
            | Self::TooManyEntries { line, .. }
            | Self::Unterminated { line }
            | Self::Garbage { line, .. }
            | Self::Mixed { line, .. }
            | Self::Header { line }
            | Self::Escape { line }
            | Self::Length { line, .. }
            | Self::Hex { line }
            | Self::Tag { line, .. }
            | Self::Algorithm { line }
            | Self::Path { line, .. }
            | Self::Duplicate { line, .. }
            | Self::Unsorted { line }
            | Self::Spelling { line, .. } => Some(*line),
        }
    }
}

impl Coded for ManifestError {
    fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } | Self::LineTooLong { .. } | Self::TooManyEntries { .. } => {
                Code::Limit
            }
            Self::Path { source, .. } => source.code(),
            Self::Algorithm { .. } => Code::Unsupported,
            Self::Empty
            | Self::Unterminated { .. }
            | Self::Garbage { .. }
            | Self::Mixed { .. }
            | Self::Header { .. }
            | Self::Escape { .. }
            | Self::Length { .. }
            | Self::Hex { .. }
            | Self::Tag { .. }
            | Self::Duplicate { .. }
            | Self::Unsorted { .. }
            | Self::Spelling { .. } => Code::Malformed,
        }
    }
}
