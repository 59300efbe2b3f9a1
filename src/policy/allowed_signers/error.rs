//! Why a list of allowed signers does not load.

use crate::finding::{Code, Coded, Finding};
use crate::key::KeyError;
use crate::limits;
use crate::policy::name::Shown;

/// Why a list does not load.
#[derive(Debug, thiserror::Error)]
pub enum AllowedSignersError {
    /// Larger than [`limits::POLICY_BYTES`].
    #[error("the list of allowed signers is larger than {} bytes", limits::POLICY_BYTES)]
    TooLarge,
    /// More keys than [`limits::KEYS`].
    #[error("the list of allowed signers has more than {} keys", limits::KEYS)]
    TooManyKeys {
        /// The line of the first key too many, from 1.
        line: u64,
    },
    /// A line that is not as it should be.
    #[error("line {line} of the list of allowed signers does not load")]
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        problem: LineError,
    },
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not text.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A control character other than a tab.
    #[error("it holds the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// No principals.
    #[error("it names no principal")]
    NoPrincipal,
    /// A quote that does not end, or stands inside of a word.
    #[error("a double quote is out of place")]
    Quote,
    /// No key.
    #[error("it ends before the key")]
    NoKey,
    /// An option that OpenSSH does not know either.
    #[error("the option {} is not known", Shown(.0))]
    UnknownOption(String),
    /// An option given twice.
    #[error("the option {0} is given twice")]
    OptionTwice(&'static str),
    /// A value without quotes, or an option without its value.
    #[error("the option {0} needs a value in double quotes")]
    Value(&'static str),
    /// A time that is none.
    #[error("the time of {0} is not of the form 20260131Z, 202601311200Z or 20260131120000Z")]
    Time(&'static str),
    /// A key that is never valid.
    #[error("valid-before is not later than valid-after")]
    NeverValid,
    /// No canonical base64.
    #[error("the key is not base64")]
    NotBase64,
    /// A key of another kind than the line says.
    #[error("the key is not of the kind that the line names, {}", Shown(.0))]
    OtherKind(String),
    /// No public key, or a weak one.
    #[error("the key does not load")]
    Key(#[source] KeyError),
}

impl Coded for LineError {
    fn code(&self) -> Code {
        match self {
            Self::Key(error) => error.code(),
            Self::NotUtf8
            | Self::Control(_)
            | Self::NoPrincipal
            | Self::Quote
            | Self::NoKey
            | Self::UnknownOption(_)
            | Self::OptionTwice(_)
            | Self::Value(_)
            | Self::Time(_)
            | Self::NeverValid
            | Self::NotBase64
            | Self::OtherKind(_) => Code::Malformed,
        }
    }
}

impl Coded for AllowedSignersError {
    fn code(&self) -> Code {
        match self {
            Self::TooLarge | Self::TooManyKeys { .. } => Code::Limit,
            Self::Line { problem, .. } => problem.code(),
        }
    }
}

impl AllowedSignersError {
    /// The line at fault, from 1.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::TooLarge => None,
            Self::TooManyKeys { line } | Self::Line { line, .. } => Some(*line),
        }
    }

    /// The finding that reports this about the list at `path`.
    pub fn finding(&self, path: &[u8]) -> Finding {
        Finding::of(self).at(path).claimed_by(path, self.line())
    }
}
