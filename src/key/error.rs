//! Why a key was refused. Nothing of a private key ever gets into these messages.

use super::public::PointError;
use super::wire::WireError;
use crate::finding::{Code, Coded};

/// Most bytes of a foreign name that a message repeats.
const SHOWN_BYTES: usize = 64;

/// Why a key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A private key where a public one is wanted.
    #[error("a private key, where a public one is wanted")]
    Private,
    /// A public key where a private one is wanted.
    #[error("a public key, where a private one is wanted")]
    Public,
    /// Nothing but comments and blank lines.
    #[error("no key in it")]
    NoKey,
    /// Not of the format that it seems to be.
    #[error("{what}")]
    Malformed {
        /// What is wrong, in lower case.
        what: &'static str,
    },
    /// The 32 bytes are no acceptable Ed25519 key.
    #[error(transparent)]
    Point(#[from] PointError),
    /// OpenSSH's binary encoding is damaged.
    #[error("damaged OpenSSH key: {0}")]
    Wire(#[from] WireError),
    /// A key, cipher or scheme that this version does not handle.
    #[error("{kind} is not supported here")]
    Unsupported {
        /// Its name, escaped and cut to 64 bytes.
        kind: String,
    },
    /// The private key is encrypted and no password was given.
    #[error("the private key is encrypted, and no password was given")]
    PasswordNeeded,
    /// The password does not open the private key, or the file is damaged; most formats
    /// cannot tell the two apart.
    #[error("the password does not open this private key")]
    WrongPassword,
    /// An empty password protects nothing, so none is written.
    #[error("the password is empty")]
    EmptyPassword,
    /// The public half that the file stores is not the one of its secret (RUSTSEC-2022-0093).
    #[error("the stored public half is not the one of this private key")]
    Mismatch,
    /// Past a stated bound.
    #[error("{what} is more than {limit}")]
    Limit {
        /// What was counted, with its unit.
        what: &'static str,
        /// The most that is taken.
        limit: u64,
    },
    /// One line of a file of several.
    #[error("line {line}: {error}")]
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        error: Box<KeyError>,
    },
}

impl KeyError {
    pub(super) fn malformed(what: &'static str) -> Self {
        Self::Malformed { what }
    }

    /// An unsupported thing, by a name that came from outside.
    pub(super) fn unsupported(name: &[u8]) -> Self {
        let shown = name.get(..SHOWN_BYTES).unwrap_or(name);
        Self::Unsupported { kind: shown.escape_ascii().to_string() }
    }

    /// What to do next, where there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Private => {
                Some("give the public key: `vidimus key show FILE` prints the one of a private key")
            }
            Self::Public => Some("give the file that holds the private key, or agent:<public key>"),
            Self::PasswordNeeded => {
                Some("type it at the prompt of a terminal, or give --password-file")
            }
            Self::Line { error, .. } => error.help(),
            Self::NoKey
            | Self::Malformed { .. }
            | Self::Point(_)
            | Self::Wire(_)
            | Self::Unsupported { .. }
            | Self::WrongPassword
            | Self::EmptyPassword
            | Self::Mismatch
            | Self::Limit { .. } => None,
        }
    }
}

impl Coded for KeyError {
    fn code(&self) -> Code {
        match self {
            Self::Point(error) => error.code(),
            Self::Unsupported { .. } => Code::Unsupported,
            Self::Limit { .. } => Code::Limit,
            Self::Line { error, .. } => error.code(),
            Self::Private
            | Self::Public
            | Self::NoKey
            | Self::Malformed { .. }
            | Self::Wire(_)
            | Self::PasswordNeeded
            | Self::WrongPassword
            | Self::EmptyPassword
            | Self::Mismatch => Code::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_are_escaped_and_cut() {
        let error = KeyError::unsupported(&[b"\x1b[31m".as_slice(), &[b'a'; 500]].concat());
        let text = error.to_string();
        assert!(text.starts_with("\\x1b[31maaa"), "{text}");
        assert!(text.len() < 120, "{text}");
        assert_eq!(error.code(), Code::Unsupported);
    }

    #[test]
    fn a_line_keeps_the_code_and_help_of_its_error() {
        let error = KeyError::Line { line: 3, error: Box::new(KeyError::Private) };
        assert_eq!(error.code(), Code::Malformed);
        assert!(error.help().is_some());
        let weak = KeyError::Line { line: 3, error: Box::new(PointError::SmallOrder.into()) };
        assert_eq!(weak.code(), Code::WeakKey);
    }
}
