//! From the lines of manifests to entries: which reading of a name is meant, names listed
//! twice, and the union of several manifests.

use super::open::TagFile;
use crate::digest::Digest;
use crate::finding::{Code, Finding, Outcome};
use crate::manifest::Entry;
use crate::manifest::bagit::{Declaration, Line};
use crate::path::RelPath;
use std::collections::BTreeSet;

/// One digest of one manifest.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    /// Index of the manifest.
    pub(super) manifest: usize,
    /// Its line, from 1.
    pub(super) line: u64,
}

/// Every path that any of some manifests lists.
#[derive(Default)]
pub(super) struct Union {
    /// By path, each once.
    pub(super) entries: Vec<Entry>,
    /// For each entry, where each of its digests stands.
    pub(super) claims: Vec<Vec<Claim>>,
}

struct Listed {
    path: RelPath,
    digest: Digest,
    claim: Claim,
}

impl Union {
    /// Resolves every line. `folder` (`data/`, or nothing) is taken from the front of each path
    /// before `present` is asked whether something is there.
    pub(super) fn new(
        manifests: &[TagFile],
        folder: &[u8],
        declaration: Declaration,
        present: &dyn Fn(&RelPath) -> bool,
        outcome: &mut Outcome,
    ) -> Self {
        let mut all = Vec::new();
        for (manifest, file) in manifests.iter().enumerate() {
            let mut lines = resolve(manifest, file, folder, present, outcome);
            lines.sort_by(|a, b| a.path.cmp(&b.path).then(a.claim.line.cmp(&b.claim.line)));
            refuse_twice(&lines, file, folder, declaration, outcome);
            lines.dedup_by(|later, first| later.path == first.path);
            all.append(&mut lines);
        }
        all.sort_by(|a, b| a.path.cmp(&b.path));
        let mut union = Self::default();
        for listed in all {
            union.add(listed);
        }
        union
    }

    fn add(&mut self, listed: Listed) {
        match (self.entries.last_mut(), self.claims.last_mut()) {
            (Some(entry), Some(claims)) if entry.path == listed.path => {
                entry.digests.push(listed.digest);
                claims.push(listed.claim);
            }
            _ => {
                let (path, digests, line) = (listed.path, vec![listed.digest], listed.claim.line);
                self.entries.push(Entry { path, digests: digests.into(), size: None, line });
                self.claims.push(vec![listed.claim]);
            }
        }
    }

    /// Whether any manifest lists the path.
    pub(super) fn has(&self, path: &RelPath) -> bool {
        self.entries.binary_search_by(|entry| entry.path.cmp(path)).is_ok()
    }
}

/// Takes `folder` from the front of a path.
pub(super) fn beneath(path: &RelPath, folder: &[u8]) -> Option<RelPath> {
    RelPath::new(path.as_bytes().strip_prefix(folder)?).ok()
}

fn resolve(
    manifest: usize,
    file: &TagFile,
    folder: &[u8],
    present: &dyn Fn(&RelPath) -> bool,
    outcome: &mut Outcome,
) -> Vec<Listed> {
    let escaped = file.lines.iter().any(|line| line.decoded.is_some());
    let plain = file.lines.iter().filter(|line| escaped && line.decoded.is_none());
    let plain: BTreeSet<&RelPath> = plain.map(|line| &line.literal).collect();
    let mut listed = Vec::with_capacity(file.lines.len());
    let mut literal: Vec<&Line> = Vec::new();
    for line in &file.lines {
        let decoded = line.decoded.as_ref().filter(|path| !plain.contains(path));
        let read = reading(decoded, &line.literal, folder, present);
        if line.decoded.is_some() && read == &line.literal {
            literal.push(line);
        }
        let Some(path) = beneath(read, folder) else {
            continue;
        };
        listed.push(Listed {
            path,
            digest: line.digest,
            claim: Claim { manifest, line: line.line },
        });
    }
    let message = "names with '%0A', '%0D' or '%25' that are meant as they stand; RFC 8493 writes '%25' for '%'";
    warn(file, &literal, message, outcome);
    let marked: Vec<&Line> = file.lines.iter().filter(|line| line.marked).collect();
    warn(file, &marked, "names with the mark '*' of md5sum, which BagIt does not have", outcome);
    let dotted: Vec<&Line> = file.lines.iter().filter(|line| line.dotted).collect();
    warn(file, &dotted, "names that begin with './', which BagIt does not need", outcome);
    listed
}

/// The decoded reading if it is there or the literal one is not; else the literal one.
fn reading<'a>(
    decoded: Option<&'a RelPath>,
    literal: &'a RelPath,
    folder: &[u8],
    present: &dyn Fn(&RelPath) -> bool,
) -> &'a RelPath {
    let there = |path: &RelPath| beneath(path, folder).is_some_and(|path| present(&path));
    match decoded {
        Some(decoded) if there(decoded) || !there(literal) => decoded,
        Some(_) | None => literal,
    }
}

fn warn(file: &TagFile, lines: &[&Line], message: &str, outcome: &mut Outcome) {
    if let Some(first) = lines.first() {
        outcome.push(
            Finding::warning(Code::Malformed, message)
                .at(file.name.as_bytes())
                .claimed_by(file.name.as_bytes(), Some(first.line))
                .with_number("names", u64::try_from(lines.len()).unwrap_or(u64::MAX)),
        );
    }
}

/// RFC 8493 section 2.1.3: a path is listed once. The drafts bore the same digest twice.
fn refuse_twice(
    lines: &[Listed],
    file: &TagFile,
    folder: &[u8],
    declaration: Declaration,
    outcome: &mut Outcome,
) {
    let pairs = lines.iter().zip(lines.iter().skip(1));
    for (first, again) in pairs.filter(|(first, again)| first.path == again.path) {
        let borne = !declaration.is_final() && first.digest == again.digest;
        let message = format!("listed twice: the first time in line {}", first.claim.line);
        let finding = if borne {
            Finding::warning(Code::Malformed, message)
        } else {
            Finding::error(Code::Malformed, message)
        };
        let path = [folder, again.path.as_bytes()].concat();
        outcome.push(finding.at(path).claimed_by(file.name.as_bytes(), Some(again.claim.line)));
    }
}
