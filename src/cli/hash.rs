//! `vidimus hash`: digests of files and folders to stdout, as a list that every tool reads.

use super::context::Context;
use super::memory::{JOURNAL_AFTER, State};
use super::progress::Bar;
use super::verify::{open, prefix};
use super::{Format, Result, Run};
use clap::Args;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::digest::{Algorithm, Digest};
use vidimus::finding::{Code, Counts, FileRow, Finding, Outcome, RowStatus};
use vidimus::fs::{self, EntryKind};
use vidimus::manifest;
use vidimus::state::{Journal, Journals};
use vidimus::tree::{self, Ignore, Rules, SymlinkRule};

/// Print the SHA-256 of files and folders, as sha256sum does
///
/// Of a folder, every file in it is hashed; links and devices in it are refused. The list is
/// sorted within each folder and can be read by sha256sum -c and by vidimus check.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus hash photos > photos.SHA256SUMS")]
pub(crate) struct Hash {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Digest algorithm: sha256 or sha512
    #[arg(long, value_name = "NAME", default_value = "sha256")]
    algorithm: String,
    #[command(flatten)]
    state: State,
    /// Seconds before a run keeps what it read; for tests
    #[arg(long, value_name = "SECONDS", default_value_t = JOURNAL_AFTER, hide = true)]
    journal_after: u64,
}

impl Hash {
    pub(crate) fn run(&self, context: &Context) -> Result {
        let algorithm = self.algorithm()?;
        let bar = Bar::new(context);
        let mut outcome = Outcome { counts: Some(Counts::default()), ..Outcome::default() };
        let mut lines = Vec::new();
        // A journal of other digests than SHA-256 would be of no use.
        let sha256 = algorithm == Algorithm::Sha256;
        let journals = self.state.journals(self.journal_after).filter(|_| sha256);
        let mut work = Work { algorithm, bar: &bar, journals, open: Vec::new() };
        for path in &self.paths {
            work.hash(path, &mut lines, &mut outcome);
        }
        work.finish(context, &mut outcome);
        if lines.is_empty() && !outcome.has_errors() {
            outcome.push(Finding::error(Code::Empty, "there is no file to hash"));
        }
        Ok(Run::data(text(&lines), finish(outcome, &lines, context)))
    }

    fn algorithm(&self) -> Result<Algorithm> {
        match Algorithm::parse(&self.algorithm) {
            Some(algorithm) if !algorithm.is_weak() => Ok(algorithm),
            Some(algorithm) => {
                let message = format!(
                    "{} collides at will, so no new list is made with it",
                    algorithm.name()
                );
                Err(vec![Finding::error(Code::WeakHash, message).help("use --algorithm sha256")])
            }
            None => {
                let message = format!("the digest algorithm '{}' is not known", self.algorithm);
                Err(vec![
                    Finding::error(Code::Unsupported, message)
                        .help("use --algorithm sha256 or sha512"),
                ])
            }
        }
    }
}

struct Line {
    path: Vec<u8>,
    digest: Digest,
    bytes: u64,
}

/// What is shared by the paths of one run.
struct Work<'a> {
    algorithm: Algorithm,
    bar: &'a Bar,
    journals: Option<Journals>,
    /// Those of the folders hashed so far: what was read is of use until all of them are read.
    open: Vec<Journal>,
}

/// What is said of files that an interrupted run had read.
pub(super) fn continued(files: u64) -> Option<String> {
    match files {
        0 => None,
        1 => Some("continued: 1 file was read by a run that did not end\n".to_owned()),
        _ => Some(format!("continued: {files} files were read by a run that did not end\n")),
    }
}

impl Work<'_> {
    /// Says how much was taken over, and removes what is of no use any more.
    fn finish(self, context: &Context, outcome: &mut Outcome) {
        let files = self.open.iter().map(Journal::continued).sum();
        outcome.details.push(("continued", serde_json::Value::from(files)));
        if let Some(line) = continued(files).filter(|_| context.format == Format::Text) {
            // Whoever cannot be told is not kept from the digests.
            drop(std::io::stderr().write_all(line.as_bytes()));
        }
        self.open.into_iter().filter_map(Journal::finish).for_each(|note| outcome.push(note));
    }

    /// The journal of a folder, where there is to be one.
    fn journal(&mut self, root: &fs::Root, outcome: &mut Outcome) -> Option<&Journal> {
        let journals = self.journals.as_ref()?;
        let (journal, note) = journals.open(root.id(), "hash sha256\n")?;
        note.into_iter().for_each(|note| outcome.push(note));
        self.open.push(journal);
        self.open.last()
    }

    fn hash(&mut self, path: &Path, lines: &mut Vec<Line>, outcome: &mut Outcome) {
        let shown = path.as_os_str().as_bytes();
        match fs::kind_named(path) {
            Ok(Some(EntryKind::Folder)) => match open(path) {
                Ok(root) => self.hash_folder(&root, &prefix(path), lines, outcome),
                Err(findings) => findings.into_iter().for_each(|finding| outcome.push(finding)),
            },
            Ok(_) => match fs::open_named(path)
                .and_then(|file| tree::hash_open(file, &[self.algorithm]))
            {
                Ok((digests, bytes)) => lines.extend(digests.first().map(|&digest| Line {
                    path: shown.to_vec(),
                    digest,
                    bytes,
                })),
                Err(error) => outcome.push(Finding::of(&error).at(shown)),
            },
            Err(error) => outcome.push(Finding::of(&error).at(shown)),
        }
    }

    fn hash_folder(
        &mut self,
        root: &fs::Root,
        shown: &[u8],
        lines: &mut Vec<Line>,
        outcome: &mut Outcome,
    ) {
        let rules = Rules { ignore: Ignore::none(), symlinks: SymlinkRule::Refuse };
        let (algorithms, bar) = ([self.algorithm], self.bar);
        let found = match self.journal(root, outcome) {
            Some(journal) => tree::snapshot_with(root, &rules, &algorithms, journal, bar),
            None => tree::snapshot(root, &rules, &algorithms, &[], bar),
        };
        for problem in &found.problems {
            outcome.push(Finding::of(&problem.error).at([shown, &problem.raw].concat()));
        }
        for file in found.files {
            let path = [shown, file.path.as_bytes()].concat();
            let bytes = file.bytes;
            lines.extend(file.digests.first().map(|&digest| Line { path, digest, bytes }));
        }
    }
}

fn text(lines: &[Line]) -> Vec<u8> {
    let mut text = Vec::new();
    lines.iter().for_each(|line| manifest::push_line(&mut text, &line.path, &line.digest));
    text
}

fn finish(mut outcome: Outcome, lines: &[Line], context: &Context) -> Outcome {
    if let Some(counts) = &mut outcome.counts {
        counts.files = lines.len() as u64;
        counts.bytes = lines.iter().map(|line| line.bytes).sum();
    }
    let row = |line: &Line| FileRow {
        path: line.path.clone(),
        status: RowStatus::Recorded,
        expected: None,
        found: Some(line.digest.to_string()),
        bytes: Some(line.bytes),
    };
    if context.rows() {
        outcome.rows = lines.iter().map(row).collect();
    }
    let files: Vec<serde_json::Value> = lines.iter().map(json).collect();
    outcome.details.push(("files", files.into()));
    outcome
}

fn json(line: &Line) -> serde_json::Value {
    let mut file = serde_json::json!({
        "path": String::from_utf8_lossy(&line.path),
        "digest": line.digest.to_string(),
        "bytes": line.bytes,
    });
    if std::str::from_utf8(&line.path).is_err() {
        file["path_b64"] = vidimus::codec::base64::encode(&line.path).into();
    }
    file
}
