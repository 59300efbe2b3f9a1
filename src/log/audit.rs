//! Deriving every tile and the root anew from the entries, and comparing them with what is there.
//!
//! A finding for each file that differs, is missing or belongs to no log of these entries. What is
//! compared is the log with itself and its checkpoint: whether somebody was shown another log is
//! for witnesses to say.

use super::CHECKPOINT;
use super::entry::Entry;
use super::error::LogError;
use super::read::{self, Log};
use super::rows::{Made, Rows};
use super::tile::{self, Tile, WIDTH};
use super::writer;
use crate::codec::hex;
use crate::envelope::note::Verifier;
use crate::finding::{Code, Finding, Outcome};
use crate::fs::{EntryKind, FsError, Root, is_leftover};
use crate::limits;
use crate::merkle::leaf_hash;
use crate::path::RelPath;
use std::collections::BTreeSet;

/// One audit in the making.
struct Audit<'a> {
    root: &'a Root,
    published: u64,
    /// How paths of the log begin in findings.
    shown: &'a [u8],
    /// The files that were compared.
    seen: BTreeSet<String>,
    outcome: &'a mut Outcome,
}

/// Audits the log in the folder `root`, whose paths are shown after `shown`; every difference is
/// added to `outcome`. The checkpoint must be signed by one of `known`, unless that is empty.
/// Gives the number of entries that the log has, published or not.
pub fn audit(root: &Root, known: &[Verifier], shown: &[u8], outcome: &mut Outcome) -> u64 {
    let log = match Log::open(root, None) {
        Ok(log) => log,
        Err(error) => {
            outcome.push(error.finding(shown));
            return 0;
        }
    };
    if known.is_empty() {
        outcome.not_checked.push("who signed the checkpoint: no --key was given".to_owned());
    } else if let Err(error) = log.note().verified_by(known) {
        outcome.push(LogError::from(error).finding(shown));
    }
    let seen = BTreeSet::from([CHECKPOINT.to_owned()]);
    let mut audit = Audit { root, published: log.size(), shown, seen, outcome };
    let found = audit.entries(&log);
    if found < audit.published {
        let words =
            format!("the log past its first {found} entries, which nothing could be derived from");
        audit.outcome.not_checked.push(words);
    } else {
        audit.strays();
    }
    found
}

impl Audit<'_> {
    fn push(&mut self, error: &LogError) {
        self.outcome.push(error.finding(self.shown));
    }

    fn report(&mut self, code: Code, message: &str, path: &str) {
        let at = [self.shown, path.as_bytes()].concat();
        self.outcome.push(Finding::error(code, message).at(at));
    }

    /// Reads all bundles in order and derives everything from them.
    fn entries(&mut self, log: &Log<'_>) -> u64 {
        let mut rows = Rows::default();
        let mut number: u64 = 0;
        self.head(&rows, log);
        loop {
            let tile = match writer::widest(self.root, number) {
                Ok(Some(tile)) if rows.size() < limits::LOG_ENTRIES => tile,
                Ok(Some(_)) => {
                    self.push(&LogError::TooMany { found: rows.size() });
                    break;
                }
                Ok(None) => break,
                Err(error) => {
                    self.push(&error);
                    break;
                }
            };
            if !self.bundle(log, tile, &mut rows) || !tile.is_full() {
                break;
            }
            number = number.saturating_add(1);
        }
        for made in rows.partial() {
            self.tile(&made);
        }
        if rows.size() < self.published {
            self.push(&LogError::Lost { found: rows.size(), size: self.published });
        }
        rows.size()
    }

    /// Derives what follows from one bundle; false when it does not read.
    fn bundle(&mut self, log: &Log<'_>, tile: Tile, rows: &mut Rows) -> bool {
        let path = tile.path();
        let bytes = match read::read(self.root, &path, tile.limit()) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.push(&error);
                return false;
            }
        };
        let entries = tile::split_bundle(&bytes).unwrap_or_default();
        if u64::try_from(entries.len()).ok() != Some(tile.width) {
            self.push(&LogError::Bundle { path, width: tile.width });
            return false;
        }
        let mut ends: Vec<usize> = Vec::new();
        for entry in &entries {
            let end = ends.last().copied().unwrap_or(0).saturating_add(2);
            ends.push(end.saturating_add(entry.len()));
        }
        self.files(tile, &|width| {
            let last = usize::try_from(width).ok()?.checked_sub(1)?;
            bytes.get(..*ends.get(last)?)
        });
        let mut full = Vec::new();
        for entry in entries {
            if Entry::parse(entry).is_none() {
                self.report(
                    Code::Malformed,
                    "holds an entry that is no record of a signature",
                    &path,
                );
            }
            rows.push(leaf_hash(entry), &mut full);
            self.head(rows, log);
        }
        full.iter().for_each(|made| self.tile(made));
        true
    }

    /// At the size of the checkpoint: whether the root is the one it says.
    fn head(&mut self, rows: &Rows, log: &Log<'_>) {
        if rows.size() != self.published {
            return;
        }
        let (found, expected) = (rows.root(), log.head().root);
        if found != expected {
            let at = [self.shown, CHECKPOINT.as_bytes()].concat();
            let message = "has another root than the entries have";
            let finding = Finding::error(Code::Consistency, message).at(at);
            let finding = finding.with("expected", hex::encode(&expected));
            self.outcome.push(finding.with("found", hex::encode(&found)));
        }
    }

    fn tile(&mut self, (tile, hashes): &Made) {
        self.files(*tile, &|width| {
            hashes.get(..usize::try_from(width).ok()?).map(<[_]>::as_flattened)
        });
    }

    /// Compares every file of a tile with what it must hold: all of it, or as much as it is wide.
    fn files<'b>(&mut self, tile: Tile, expected: &dyn Fn(u64) -> Option<&'b [u8]>) {
        let mut widths = match writer::widths(self.root, tile) {
            Ok(widths) => widths,
            Err(error) => return self.push(&error),
        };
        let full = Tile::full(tile.row, tile.number);
        // One that is full although its entries are not is wider than it may be.
        if self.is_there(full) {
            widths.push(WIDTH);
        }
        if let Some(needed) = self.needed(tile)
            && !widths.contains(&needed)
            && !self.is_there(full)
        {
            widths.push(needed);
        }
        for width in widths {
            let file = Tile { width, ..tile };
            let path = file.path();
            match (read::read_if_there(self.root, &path, file.limit()), expected(width)) {
                (Ok(Some(found)), Some(expected)) if found == expected => {}
                (Ok(Some(_)), _) => self.push(&LogError::Differs { path: path.clone() }),
                (Ok(None), _) => self.report(Code::Missing, "is missing from the log", &path),
                (Err(error), _) => self.push(&error),
            }
            self.seen.insert(path);
        }
    }

    /// The widths in which a tile must be there: those that the published tree has.
    fn needed(&self, tile: Tile) -> Option<u64> {
        let left = tile.row.count(self.published).checked_sub(tile.number.checked_mul(WIDTH)?)?;
        (left > 0).then_some(left.min(WIDTH))
    }

    fn is_there(&self, tile: Tile) -> bool {
        RelPath::new(tile.path().as_bytes())
            .is_ok_and(|name| self.root.kind(&name).is_ok_and(|kind| kind.is_some()))
    }

    /// Names what lies in the log's folder and was not compared.
    fn strays(&mut self) {
        let mut folders: Vec<Option<RelPath>> = vec![None];
        while let Some(folder) = folders.pop() {
            let entries = match self.root.list(folder.as_ref()) {
                Ok(entries) => entries,
                Err(error) => {
                    let path = folder.as_ref().map_or(&b""[..], RelPath::as_bytes);
                    let at = [self.shown, path].concat();
                    self.outcome.push(Finding::of(&error).at(at));
                    continue;
                }
            };
            for entry in entries {
                let path = match &folder {
                    Some(folder) => folder.join(&entry.name),
                    None => RelPath::new(&entry.name),
                };
                match path {
                    Ok(path) if entry.kind == EntryKind::Folder => folders.push(Some(path)),
                    Ok(path) => self.stray(&path),
                    Err(error) => self.outcome.push(Finding::of(&FsError::from(error))),
                }
            }
        }
    }

    fn stray(&mut self, path: &RelPath) {
        let known = std::str::from_utf8(path.as_bytes()).is_ok_and(|path| self.seen.contains(path));
        if known || is_leftover(path.name()) {
            return;
        }
        let at = [self.shown, path.as_bytes()].concat();
        let message = "belongs to no log of these entries";
        self.outcome.push(Finding::error(Code::Unexpected, message).at(at));
    }
}
