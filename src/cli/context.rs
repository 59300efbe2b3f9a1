//! What a run knows of its surroundings: terminal, colours, environment.

use super::Format;
use rustix::termios::isatty;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// How progress is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Nobody is looking.
    Not,
    /// A plain line now and then, where colours and movement are not wanted.
    Lines,
    /// A moving bar.
    Bar,
}

/// The surroundings of one run.
pub(crate) struct Context {
    /// The form of the outcome.
    pub(crate) format: Format,
    /// Columns of the terminal; 0, which wraps nothing, where stdout is none: what is piped or kept
    /// is searched line by line.
    pub(crate) width: usize,
    /// Whether a terminal shows stdout.
    pub(crate) terminal: bool,
    /// Whether stdout takes colours.
    pub(crate) color: bool,
    /// Whether a person can be asked: stdin and stderr are terminals.
    pub(crate) can_ask: bool,
    /// How progress is shown on stderr.
    pub(crate) progress: Shown,
}

impl Context {
    /// Looks at the process. `--format json` is found here already, because a usage error must
    /// be JSON too.
    pub(crate) fn of_process(arguments: &[OsString]) -> Self {
        let plain = variable("NO_COLOR").is_some_and(|value| !value.is_empty())
            || variable("TERM").is_some_and(|term| term == "dumb");
        let stderr = isatty(std::io::stderr());
        let terminal = isatty(std::io::stdout());
        Self {
            format: asked_format(arguments),
            width: width(),
            terminal,
            color: terminal && !plain,
            can_ask: isatty(std::io::stdin()) && stderr,
            progress: match (stderr, plain) {
                (false, _) => Shown::Not,
                (true, true) => Shown::Lines,
                (true, false) => Shown::Bar,
            },
        }
    }

    pub(crate) fn with_format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Whether one row a file is wanted.
    pub(crate) fn rows(&self) -> bool {
        self.format == Format::Csv
    }
}

fn asked_format(arguments: &[OsString]) -> Format {
    let mut before: &OsStr = OsStr::new("");
    for argument in arguments {
        let value = argument.to_str().and_then(|text| text.strip_prefix("--format="));
        let value = if before == "--format" { argument.to_str() } else { value };
        match value {
            Some("json") => return Format::Json,
            Some("csv") => return Format::Csv,
            Some(_) | None => before = argument,
        }
    }
    Format::Text
}

fn width() -> usize {
    if !isatty(std::io::stdout()) {
        return 0;
    }
    let size = rustix::termios::tcgetwinsize(std::io::stdout());
    let columns = size.map(|size| usize::from(size.ws_col));
    columns.ok().filter(|columns| *columns >= 20).unwrap_or(80)
}

/// An environment variable; unset is `None`, set but empty is not.
#[allow(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// `path`, or `default` where none was given.
pub(crate) fn or_default(path: Option<&PathBuf>, default: &str) -> PathBuf {
    path.cloned().unwrap_or_else(|| Path::new(default).to_path_buf())
}
