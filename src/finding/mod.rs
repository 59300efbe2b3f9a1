//! Findings: what a run has to say, as data. Renderers turn them into text, JSON or CSV;
//! nothing below the renderers makes sentences about exit codes.
//!
//! A finding is a verdict on one thing. An error of the library says why something could not
//! be decided; [`Coded`] gives it the stable code under which it is reported.

mod code;
mod outcome;

pub use code::{Code, Exit, Verdict};
pub use outcome::{Counts, FileRow, Outcome, ProofRow, RowStatus, SignerRow, SignerStatus, Trust};

/// An error that has a stable finding code.
pub trait Coded: std::error::Error {
    /// The code under which this error is reported.
    fn code(&self) -> Code;
}

/// How much a finding matters: only errors set the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something to know; changes nothing.
    Note,
    /// Something to look into; changes nothing.
    Warning,
    /// Sets the exit code.
    Error,
}

impl Severity {
    /// The word used in text and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One piece of evidence: enough, with the others, to convince a third party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A digest, key, time or other text of our own making.
    Text(String),
    /// Bytes from outside, a path or a name: escaped by whoever shows them.
    Path(Vec<u8>),
    /// A number.
    Number(u64),
    /// What changed in a text: lines for people, made harmless already, and the same for programs.
    Changes {
        /// The lines, without what names both files.
        lines: Vec<String>,
        /// The document of the differ.
        document: serde_json::Value,
    },
}

/// One verdict on one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The stable code.
    pub code: Code,
    /// Whether it sets the exit code.
    pub severity: Severity,
    /// The file it is about, as bytes; relative to the archive or as the user named it.
    pub path: Option<Vec<u8>>,
    /// Where the claim stands that was checked, such as `manifests/seeds/SHA256SUMS` and line.
    pub claimed_by: Option<(Vec<u8>, Option<u64>)>,
    /// What is wrong, in lower case without a full stop; may hold bytes from outside that
    /// are already lossy text, so renderers escape it.
    pub message: String,
    /// Named evidence in the order to show; the names are stable JSON members.
    pub evidence: Vec<(&'static str, Evidence)>,
    /// A command to type or a step to take next.
    pub help: Option<String>,
    /// The exit it asks for, where that is not the one of its code: what is wrong with a
    /// timestamp token always asks for 13, with a log for 14.
    pub exit_as: Option<Exit>,
}

impl Finding {
    /// An error finding.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            path: None,
            claimed_by: None,
            message: message.into(),
            evidence: Vec::new(),
            help: None,
            exit_as: None,
        }
    }

    /// A warning, which leaves the exit code alone.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// A note, which leaves the exit code alone.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message) }
    }

    /// The finding that reports `error`, with the whole chain of causes in its message.
    pub fn of(error: &dyn Coded) -> Self {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            message.push_str(": ");
            message.push_str(&error.to_string());
            cause = error.source();
        }
        Self::error(error.code(), message)
    }

    /// Names the file that the finding is about.
    pub fn at(mut self, path: impl Into<Vec<u8>>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Names the file, and the line from 1, that claims what was checked.
    pub fn claimed_by(mut self, path: impl Into<Vec<u8>>, line: Option<u64>) -> Self {
        self.claimed_by = Some((path.into(), line));
        self
    }

    /// Adds a piece of evidence in text.
    pub fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.evidence.push((name, Evidence::Text(text.into())));
        self
    }

    /// Adds a path as evidence.
    pub fn with_path(mut self, name: &'static str, path: impl Into<Vec<u8>>) -> Self {
        self.evidence.push((name, Evidence::Path(path.into())));
        self
    }

    /// Adds a number as evidence.
    pub fn with_number(mut self, name: &'static str, number: u64) -> Self {
        self.evidence.push((name, Evidence::Number(number)));
        self
    }

    /// Adds what to do next.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Lets the finding, if it is an error, ask for this exit instead of that of its code.
    pub fn exiting(mut self, exit: Exit) -> Self {
        self.exit_as = Some(exit);
        self
    }

    /// The exit that this finding asks for.
    pub fn exit(&self) -> Exit {
        match self.severity {
            Severity::Error => self.exit_as.unwrap_or_else(|| self.code.exit()),
            Severity::Warning | Severity::Note => Exit::Done,
        }
    }
}
