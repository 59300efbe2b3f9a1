//! Why a text is no tlog-policy, and in which line.

use crate::envelope::note::VkeyError;
use crate::finding::{Code, Coded};
use crate::limits;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the witness policy: {problem}")]
pub struct TlogPolicyError {
    pub(super) line: usize,
    /// What is wrong there.
    #[source]
    pub(super) problem: TlogProblem,
}

impl TlogPolicyError {
    /// The line, from 1; the last one for what is missing.
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong there.
    pub fn problem(&self) -> &TlogProblem {
        &self.problem
    }
}

/// What is wrong in a line. Names from the text are escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProblem {
    /// More bytes than [`limits::POLICY_BYTES`].
    #[error("longer than {} bytes", limits::POLICY_BYTES)]
    TooLong,
    /// More logs, witnesses or groups than [`limits::WITNESSES`].
    #[error("more than {} of them", limits::WITNESSES)]
    TooMany,
    /// A control character other than tab and line feed.
    #[error("it holds a control character")]
    Control,
    /// Names or URLs that are not UTF-8.
    #[error("it is not UTF-8")]
    NotText,
    /// A line that begins with another word.
    #[error("'{word}' is none of log, witness, group and quorum")]
    Keyword {
        /// The word, escaped.
        word: String,
    },
    /// Too few or too many words.
    #[error("it is not of the form '{form}'")]
    Form {
        /// The form of such lines.
        form: &'static str,
    },
    /// A key that does not load.
    #[error("{0}")]
    Key(VkeyError),
    /// A log with a cosigner's key, or the other way round.
    #[error("a log has a key of type 0x01 and a witness one of type 0x04")]
    KeyType,
    /// A key that stands there already, be it under another name.
    #[error("its key stands there already")]
    SameKey,
    /// The name `none`, which has its own meaning.
    #[error("nothing can be called 'none'")]
    NoneName,
    /// A name that stands for something already.
    #[error("the name '{name}' is taken")]
    SameName {
        /// The name, escaped.
        name: String,
    },
    /// A name that no line above defines.
    #[error("no line above defines '{name}'")]
    Undefined {
        /// The name, escaped.
        name: String,
    },
    /// A second membership: each witness counts in one way only.
    #[error("'{name}' is a member of a group already")]
    MemberTwice {
        /// The name, escaped.
        name: String,
    },
    /// A threshold that is no decimal number from 1 to the number of members.
    #[error("the threshold is none of all, any and a number from 1 to the number of members")]
    Threshold,
    /// A second quorum.
    #[error("a second quorum")]
    SecondQuorum,
    /// The text ends without a quorum.
    #[error("no line above is 'quorum NAME' or 'quorum none'")]
    NoQuorum,
}

impl Coded for TlogPolicyError {
    fn code(&self) -> Code {
        match &self.problem {
            TlogProblem::TooLong | TlogProblem::TooMany => Code::Limit,
            TlogProblem::Key(error) => error.code(),
            TlogProblem::Control
            | TlogProblem::NotText
            | TlogProblem::Keyword { .. }
            | TlogProblem::Form { .. }
            | TlogProblem::KeyType
            | TlogProblem::SameKey
            | TlogProblem::NoneName
            | TlogProblem::SameName { .. }
            | TlogProblem::Undefined { .. }
            | TlogProblem::MemberTwice { .. }
            | TlogProblem::Threshold
            | TlogProblem::SecondQuorum
            | TlogProblem::NoQuorum => Code::Malformed,
        }
    }
}
