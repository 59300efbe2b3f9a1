//! `--state DIR`, `--no-state`: what runs remember of archives, and where.

use super::clock;
use super::context::variable;
use clap::Args;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use vidimus::finding::{Code, Finding, Outcome, Severity};
use vidimus::fs::Root;
use vidimus::seal::Keep;
use vidimus::state::{Journals, Memory, Record, StateError};
use vidimus::verify::Learned;

/// How long a run lasts before it keeps what it read, in seconds.
pub(crate) const JOURNAL_AFTER: u64 = 5;

/// Where runs remember what they saw.
#[derive(Args)]
pub(crate) struct State {
    /// Folder in which runs remember the highest version, serial and log size of each archive
    /// whose policy is pinned, what the last signing read, and what an interrupted run read
    /// (default: vidimus in the XDG state folder)
    #[arg(long, value_name = "DIR", conflicts_with = "no_state")]
    state: Option<PathBuf>,
    /// Remember nothing, and look at nothing remembered
    #[arg(long)]
    no_state: bool,
}

impl State {
    /// The memory, where there is to be one.
    fn memory(&self) -> Option<Memory> {
        self.folder().map(|folder| Memory::at(&folder))
    }

    fn folder(&self) -> Option<PathBuf> {
        if self.no_state { None } else { self.state.clone().or_else(default_folder) }
    }

    /// Says where a changed file has the size and time that the last signing here saw.
    pub(crate) fn bit_rot(&self, root: &Root, id: &str, outcome: &mut Outcome) {
        let Some(memory) = self.memory() else { return };
        vidimus::verify::bit_rot(root, &|name| memory.stamps_file(id, name), outcome);
    }

    /// Where a signing of the collection `name` of the archive `id` remembers what it read;
    /// `None` where nothing is to be remembered.
    pub(crate) fn keep(&self, id: &str, name: &str, reuse: bool, after: u64) -> Option<Keep> {
        let stamps = self.memory()?.stamps_file(id, name);
        let journals = self.journals(after)?;
        Some(Keep { stamps, reuse, named: self.state.is_some(), journals })
    }

    /// Where runs that last longer than `after` seconds keep what they read; `None` where nothing
    /// is to be kept.
    pub(crate) fn journals(&self, after: u64) -> Option<Journals> {
        Some(Journals { folder: self.folder()?, clock: clock::now, after })
    }

    /// What is remembered of the archive `id`; `None` where nothing is to be.
    pub(crate) fn recall(&self, id: &str) -> Result<Option<Record>, Finding> {
        let Some(memory) = self.memory() else { return Ok(None) };
        memory.read(id).map(Some).map_err(|error| {
            Finding::of(&error)
                .at(memory.file(id).as_os_str().as_bytes())
                .help("--no-state leaves it alone; move the file away to begin anew")
        })
    }

    /// Remembers what a run saw, and keeps what contradicts it.
    pub(crate) fn learn(&self, learned: &Learned, outcome: &mut Outcome) {
        let Some(memory) = self.memory() else { return };
        let pieces: Vec<_> = learned
            .contradictions()
            .iter()
            .map(|(kind, bytes)| (*kind, bytes.as_slice()))
            .collect();
        if !pieces.is_empty() {
            match memory.keep(learned.archive(), &pieces) {
                Ok(files) => outcome.push(kept(&files)),
                Err(error) => outcome.push(Finding::of(&error)),
            }
        }
        let Some(record) = learned.record() else { return };
        if let Err(error) = memory.remember(record) {
            // A folder that the user named must do what it is there for.
            let fork = matches!(error, StateError::Fork);
            let severity =
                if self.state.is_some() || fork { Severity::Error } else { Severity::Warning };
            let finding =
                Finding::of(&error).at(memory.file(&record.archive).as_os_str().as_bytes());
            outcome.push(Finding { severity, ..finding });
        }
    }
}

fn kept(files: &[PathBuf]) -> Finding {
    let finding = Finding::note(Code::Fork, "both pieces are kept as evidence");
    files
        .iter()
        .fold(finding, |finding, file| finding.with_path("kept", file.as_os_str().as_bytes()))
}

/// XDG Base Directory Specification: `$XDG_STATE_HOME`, else `~/.local/state`; a path that is not
/// absolute is no folder.
fn default_folder() -> Option<PathBuf> {
    let state = absolute(variable("XDG_STATE_HOME"));
    let state = state.or_else(|| Some(absolute(variable("HOME"))?.join(".local/state")));
    state.map(|folder| folder.join("vidimus"))
}

fn absolute(value: Option<OsString>) -> Option<PathBuf> {
    value.map(PathBuf::from).filter(|path| path.is_absolute())
}
