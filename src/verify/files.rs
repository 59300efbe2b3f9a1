//! A list against a tree: every file named was read, every file there was looked for in the list.
//!
//! Compares what others parsed and hashed; opens nothing itself and believes the list without
//! asking who signed it.

use super::judge::{Judgement, judge, shown_digests, sizes, strongest};
use super::moved::pairs;
use super::not_checked::named;
use super::settled::Settled;
use crate::digest::Digest;
use crate::finding::{Code, Coded, Counts, FileRow, Finding, Outcome, RowStatus};
use crate::manifest::Entry;
use crate::path::RelPath;
use crate::tree::{Problem, Snapshot, TreeFile};
use std::ops::Range;

/// What is compared, and how it is talked about.
pub(super) struct Comparison<'a> {
    /// The files of the list, in any order; each path once.
    pub(super) listed: &'a [Entry],
    /// The files of the tree, hashed with every algorithm that the list has.
    pub(super) found: &'a Snapshot,
    /// Put before every path in findings and rows, such as `seeds/`; may be empty.
    pub(super) prefix: &'a [u8],
    /// The path of the list.
    pub(super) claimed_by: &'a [u8],
    /// Whether files that the list does not name are only counted and named as not checked.
    pub(super) listed_only: bool,
    /// Whether to fill [`Outcome::rows`], in the order of the paths.
    pub(super) rows: bool,
    /// The entries that were found as listed while the tree was read, which `found` does not
    /// name.
    pub(super) settled: Option<&'a Settled<'a>>,
    /// `signed` or `listed`.
    pub(super) word: &'static str,
}

/// Where the claim about an entry stands, by the index of the entry and of its digest.
pub(super) type Claim<'a> = dyn Fn(usize, usize) -> (Vec<u8>, Option<u64>) + 'a;

/// Adds to `outcome` the findings `digest-mismatch`, those of problems, `missing`, `unexpected`
/// and `moved` in this order, the counts, the rows if asked for, and what was not checked.
pub(super) fn compare(comparison: &Comparison<'_>, outcome: &mut Outcome) {
    let claim = |entry: usize, _| {
        let line = comparison.listed.get(entry).map(|entry| entry.line);
        (comparison.claimed_by.to_vec(), line)
    };
    compare_claims(comparison, &claim, outcome);
}

/// Like [`compare`], for entries whose digests stand in several lists.
pub(super) fn compare_claims(
    comparison: &Comparison<'_>,
    claim: &Claim<'_>,
    outcome: &mut Outcome,
) {
    let mut run = Run::new(comparison, claim, outcome);
    run.problems();
    run.merge();
    run.missing();
    run.unexpected();
    run.moved();
    run.finish();
}

struct Run<'r, 'a> {
    c: &'r Comparison<'a>,
    claim: &'r Claim<'r>,
    outcome: &'r mut Outcome,
    counts: Counts,
    /// Indices into the list, by path.
    order: Vec<usize>,
    /// By place in the order: whether a problem says why the entry was not found.
    unread: Vec<bool>,
    missing: Vec<usize>,
    unexpected: Vec<&'r TreeFile>,
    not_checked: Vec<&'r [u8]>,
    rows: Vec<FileRow>,
}

impl<'r, 'a> Run<'r, 'a> {
    fn new(c: &'r Comparison<'a>, claim: &'r Claim<'r>, outcome: &'r mut Outcome) -> Self {
        let mut order: Vec<usize> = (0..c.listed.len()).collect();
        if !c.listed.is_sorted_by(|a, b| a.path <= b.path) {
            order.sort_by_key(|&at| c.listed.get(at).map(|entry| &entry.path));
        }
        let counts = Counts {
            files: number(c.listed.len()),
            bytes: c.found.bytes,
            ignored: number(c.found.ignored.len().saturating_add(c.found.skipped_links.len())),
            ..Counts::default()
        };
        Self {
            c,
            claim,
            outcome,
            counts,
            order,
            unread: vec![false; c.listed.len()],
            missing: Vec::new(),
            unexpected: Vec::new(),
            not_checked: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn entry(&self, at: usize) -> Option<(usize, &'r Entry)> {
        let index = *self.order.get(at)?;
        Some((index, self.c.listed.get(index)?))
    }

    /// The entries, as a range of the order, that are `path` itself or beneath it.
    fn entries_within(&self, path: &[u8]) -> Range<usize> {
        let listed = self.c.listed;
        let name = |&at: &usize| listed.get(at).map_or(&b""[..], |entry| entry.path.as_bytes());
        if path.is_empty() {
            return 0..self.order.len();
        }
        if let Ok(at) = self.order.binary_search_by(|at| name(at).cmp(path)) {
            return at..at.saturating_add(1);
        }
        let folder = [path, b"/"].concat();
        let from = self.order.partition_point(|at| name(at) < folder.as_slice());
        let beneath = self.order.get(from..).unwrap_or_default();
        let length = beneath.partition_point(|at| name(at).starts_with(&folder));
        from..from.saturating_add(length)
    }

    fn shown(&self, path: &[u8]) -> Vec<u8> {
        match [self.c.prefix, path].concat() {
            shown if shown.is_empty() => b".".to_vec(),
            shown => shown,
        }
    }

    fn problems(&mut self) {
        for problem in &self.c.found.problems {
            let path = place(problem);
            let listed = self.entries_within(path);
            if listed.is_empty() && self.c.listed_only {
                self.not_checked.push(path);
            } else if !(problem.error.is_not_found() && is_itself(self.entry(listed.start), path)) {
                self.problem(problem, listed);
            }
        }
    }

    fn problem(&mut self, problem: &Problem, listed: Range<usize>) {
        let path = place(problem);
        let itself = is_itself(self.entry(listed.start), path);
        let mut finding = Finding::of(&problem.error).at(self.shown(path));
        if let Some((index, _)) = self.entry(listed.start).filter(|_| !listed.is_empty()) {
            let (list, line) = (self.claim)(index, 0);
            finding = finding.claimed_by(list, line);
        }
        if !itself && !listed.is_empty() {
            finding = finding.with_number("listed_beneath", number(listed.len()));
        }
        if itself || hides(problem) {
            let unread = self.unread.get_mut(listed.clone()).unwrap_or_default();
            unread.fill(true);
        }
        if listed.is_empty() || !(itself || hides(problem)) {
            self.counts.unread = self.counts.unread.saturating_add(1);
            self.row(path, RowStatus::Unread, None, None);
        }
        self.outcome.push(finding);
    }

    /// Walks the list and the tree side by side, both by path.
    fn merge(&mut self) {
        let mut files = self.c.found.files.iter().peekable();
        for at in 0..self.order.len() {
            let Some((index, entry)) = self.entry(at) else {
                continue;
            };
            while let Some(file) = files.next_if(|file| file.path < entry.path) {
                self.not_listed(file);
            }
            match files.next_if(|file| file.path == entry.path) {
                Some(file) => self.judge(index, entry, file),
                None if self.c.settled.is_some_and(|settled| settled.is_settled(index)) => {
                    self.counts.unchanged = self.counts.unchanged.saturating_add(1);
                }
                None => self.not_found(at, index, entry),
            }
        }
        for file in files {
            self.not_listed(file);
        }
    }

    fn not_listed(&mut self, file: &'r TreeFile) {
        if self.c.listed_only {
            self.not_checked.push(file.path.as_bytes());
        } else {
            self.counts.unexpected = self.counts.unexpected.saturating_add(1);
            self.row(file.path.as_bytes(), RowStatus::Unexpected, None, Some(file));
            self.unexpected.push(file);
        }
    }

    fn not_found(&mut self, at: usize, index: usize, entry: &'r Entry) {
        if self.unread.get(at) == Some(&true) {
            self.counts.unread = self.counts.unread.saturating_add(1);
            self.row(entry.path.as_bytes(), RowStatus::Unread, Some(entry), None);
        } else {
            self.counts.missing = self.counts.missing.saturating_add(1);
            self.row(entry.path.as_bytes(), RowStatus::Missing, Some(entry), None);
            self.missing.push(index);
        }
    }

    fn judge(&mut self, index: usize, entry: &Entry, file: &TreeFile) {
        match judge(entry, file) {
            Judgement::Same => {
                self.counts.unchanged = self.counts.unchanged.saturating_add(1);
                self.row(entry.path.as_bytes(), RowStatus::Unchanged, Some(entry), Some(file));
            }
            Judgement::Uncomputed => {
                self.counts.unread = self.counts.unread.saturating_add(1);
                self.row(entry.path.as_bytes(), RowStatus::Unread, Some(entry), Some(file));
                let message = "a digest that was not computed, so the file was not checked";
                self.report(Finding::error(Code::Unsupported, message), index, 0, &entry.path);
            }
            Judgement::Digest { at, expected, found } => {
                self.changed(entry, file);
                let message = format!("is not the file that was {}", self.c.word);
                let finding = Finding::error(Code::DigestMismatch, message)
                    .with("expected", expected.to_string())
                    .with("found", found.to_string());
                self.report(sizes(finding, entry, file), index, at, &entry.path);
            }
            Judgement::Size => {
                self.changed(entry, file);
                let message = format!("not the size that was {}", self.c.word);
                let finding = Finding::error(Code::DigestMismatch, message);
                self.report(sizes(finding, entry, file), index, 0, &entry.path);
            }
        }
    }

    fn changed(&mut self, entry: &Entry, file: &TreeFile) {
        self.counts.changed = self.counts.changed.saturating_add(1);
        self.row(entry.path.as_bytes(), RowStatus::Changed, Some(entry), Some(file));
    }

    fn report(&mut self, finding: Finding, index: usize, digest: usize, path: &RelPath) {
        let (list, line) = (self.claim)(index, digest);
        let finding = finding.at(self.shown(path.as_bytes())).claimed_by(list, line);
        self.outcome.push(finding);
    }

    fn missing(&mut self) {
        for index in self.missing.clone() {
            let Some(entry) = self.c.listed.get(index) else {
                continue;
            };
            let mut finding =
                Finding::error(Code::Missing, format!("{}, but not there", self.c.word));
            if let Some(digest) = entry.digests.first() {
                finding = finding.with("expected", digest.to_string());
            }
            self.report(finding, index, 0, &entry.path);
        }
    }

    fn unexpected(&mut self) {
        for file in self.unexpected.clone() {
            let mut finding =
                Finding::error(Code::Unexpected, format!("there, but not {}", self.c.word))
                    .at(self.shown(file.path.as_bytes()))
                    .claimed_by(self.c.claimed_by, None);
            if let Some(digest) = strongest(&file.digests) {
                finding = finding.with("found", digest.to_string());
            }
            self.outcome.push(finding);
        }
    }

    fn moved(&mut self) {
        let listed = self.c.listed;
        let missing = self.missing.iter().filter_map(|&index| listed.get(index));
        let findings: Vec<Finding> = pairs(missing, &self.unexpected)
            .into_iter()
            .map(|(entry, file, digest)| {
                let from = self.shown(entry.path.as_bytes());
                moved(from, self.shown(file.path.as_bytes()), digest)
            })
            .collect();
        for finding in findings {
            self.outcome.push(finding);
        }
    }

    fn finish(self) {
        let prefix = self.c.prefix;
        let total = self.outcome.counts.get_or_insert_default();
        total.add(self.counts);
        let found = self.c.found;
        let ignored = found.ignored.iter().map(|(name, _)| name.as_slice());
        let links = found.skipped_links.iter().map(Vec::as_slice);
        let unlisted = self.not_checked.iter().copied();
        let file = format!("file that is not {}", self.c.word);
        let files = format!("files that are not {}", self.c.word);
        self.outcome.not_checked.extend(
            [
                named(("ignored entry", "ignored entries"), prefix, ignored),
                named(("skipped symbolic link", "skipped symbolic links"), prefix, links),
                named((&file, &files), prefix, unlisted),
            ]
            .into_iter()
            .flatten(),
        );
        let mut rows = self.rows;
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        self.outcome.rows.append(&mut rows);
    }

    fn row(
        &mut self,
        path: &[u8],
        status: RowStatus,
        entry: Option<&Entry>,
        file: Option<&TreeFile>,
    ) {
        if !self.c.rows {
            return;
        }
        let (expected, found) = shown_digests(entry, file);
        self.rows.push(FileRow {
            path: self.shown(path),
            status,
            expected: expected.map(ToString::to_string),
            found: found.map(ToString::to_string),
            bytes: file.map(|file| file.bytes),
        });
    }
}

fn moved(from: Vec<u8>, to: Vec<u8>, digest: &Digest) -> Finding {
    Finding::note(Code::Moved, "the content of a missing file under another name")
        .at(to.clone())
        .with_path("from", from)
        .with_path("to", to)
        .with("found", digest.to_string())
}

/// The path of a problem beneath the root; empty for the root itself.
fn place(problem: &Problem) -> &[u8] {
    problem.path.as_ref().map_or(&problem.raw, RelPath::as_bytes)
}

/// Whether whatever is beneath the place could not be seen. A link or a device has nothing
/// beneath it: what is listed there is missing.
fn hides(problem: &Problem) -> bool {
    let unseen = matches!(problem.error.code(), Code::Io | Code::Limit | Code::ChangedWhileReading);
    unseen && !problem.error.is_not_found()
}

fn is_itself(entry: Option<(usize, &Entry)>, path: &[u8]) -> bool {
    entry.is_some_and(|(_, entry)| entry.path.as_bytes() == path)
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the trees they compare")]
mod tests {
    use super::super::settled::Pending;
    use super::*;
    use crate::digest::{Algorithm, of};
    use crate::finding::{Evidence, Severity};
    use crate::fs::Root;
    use crate::tree::{Expected, Ignore, NoProgress, Rules, SymlinkRule, snapshot};
    use std::path::Path;

    const BOTH: [Algorithm; 2] = [Algorithm::Md5, Algorithm::Sha256];

    fn entry(line: u64, path: &str, content: &str) -> Entry {
        let digests = BOTH.map(|algorithm| of(algorithm, content.as_bytes())).to_vec();
        Entry {
            path: RelPath::new(path.as_bytes()).expect("path"),
            digests: digests.into(),
            size: None,
            line,
        }
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("folder");
        for (path, content) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, content).expect("file");
        }
        folder
    }

    fn found(folder: &Path) -> Snapshot {
        let root = Root::open(folder).expect("root");
        let rules = Rules { ignore: Ignore::none(), symlinks: SymlinkRule::Refuse };
        snapshot(&root, &rules, &BOTH, &[], &NoProgress)
    }

    fn run(listed: &[Entry], found: &Snapshot, listed_only: bool) -> Outcome {
        let mut outcome = Outcome::default();
        let (prefix, claimed_by) = (&b"s/"[..], &b"LIST"[..]);
        let (word, rows, settled) = ("signed", true, None);
        let plain =
            Comparison { listed, found, prefix, claimed_by, listed_only, rows, settled, word };
        compare(&plain, &mut outcome);
        if found.problems.is_empty() && listed.is_sorted_by(|a, b| a.path < b.path) {
            for late in 0..=found.files.len() {
                ticking_off_changes_nothing(&plain, late, &outcome);
            }
        }
        outcome
    }

    /// The files that are as listed may be left out of the snapshot, and nothing else changes;
    /// also where the list comes `late`, after so many files.
    fn ticking_off_changes_nothing(plain: &Comparison<'_>, late: usize, expected: &Outcome) {
        let (list, mut hint) = (Pending::default(), 0);
        let mut rest = Snapshot { bytes: plain.found.bytes, ..Snapshot::default() };
        for (at, file) in plain.found.files.iter().enumerate() {
            if at == late {
                list.set_list(Settled::new(plain.listed));
            }
            if list.is_met(&file.path, file.bytes, &file.digests, &mut hint) {
                rest.settled += 1;
            } else {
                rest.files.push(file.clone());
            }
        }
        rest.ignored.clone_from(&plain.found.ignored);
        rest.skipped_links.clone_from(&plain.found.skipped_links);
        let mut outcome = Outcome::default();
        let settled = list.settled();
        compare(&Comparison { found: &rest, rows: false, settled, ..*plain }, &mut outcome);
        assert_eq!(outcome.counts, expected.counts);
        assert_eq!(outcome.not_checked, expected.not_checked);
        assert_eq!(outcome.findings, expected.findings);
    }

    fn seen(outcome: &Outcome) -> Vec<(Code, String)> {
        let path = |finding: &Finding| finding.path.clone().unwrap_or_default();
        let text = |path: Vec<u8>| String::from_utf8(path).expect("UTF-8");
        outcome.findings.iter().map(|finding| (finding.code, text(path(finding)))).collect()
    }

    #[test]
    fn everything_has_its_finding_and_its_count() {
        let folder = folder(&[("a", "1"), ("b", "x"), ("d/new", "3"), ("z", "9")]);
        let listed = [entry(3, "c", "3"), entry(1, "a", "1"), entry(2, "b", "2")];
        let outcome = run(&listed, &found(folder.path()), false);
        let at = |path: &str| path.to_owned();
        assert_eq!(
            seen(&outcome),
            [
                (Code::DigestMismatch, at("s/b")),
                (Code::Missing, at("s/c")),
                (Code::Unexpected, at("s/d/new")),
                (Code::Unexpected, at("s/z")),
                (Code::Moved, at("s/d/new")),
            ]
        );
        let counts = outcome.counts.expect("counts");
        let expected = Counts {
            files: 3,
            unchanged: 1,
            changed: 1,
            missing: 1,
            unexpected: 2,
            bytes: 4,
            ..Counts::default()
        };
        assert_eq!(counts, expected);
        assert_eq!(outcome.findings[0].claimed_by, Some((b"LIST".to_vec(), Some(2))));
        assert_eq!(outcome.findings[4].severity, Severity::Note);
        let rows: Vec<_> =
            outcome.rows.iter().map(|row| row.path.escape_ascii().to_string()).collect();
        assert_eq!(rows, ["s/a", "s/b", "s/c", "s/d/new", "s/z"]);
    }

    #[test]
    fn one_finding_for_several_digests() {
        let folder = folder(&[("a", "1")]);
        let mut listed = [entry(1, "a", "1")];
        listed[0].digests = vec![listed[0].digests[0], of(Algorithm::Sha256, b"2")].into();
        let outcome = run(&listed, &found(folder.path()), false);
        assert_eq!(outcome.findings.len(), 1);
        let expected = Evidence::Text(of(Algorithm::Sha256, b"2").to_string());
        assert_eq!(outcome.findings[0].evidence[0], ("expected", expected));
        assert_eq!(outcome.rows[0].status, RowStatus::Changed);
    }

    #[test]
    fn sizes_count() {
        let folder = folder(&[("a", "1")]);
        let mut listed = [entry(1, "a", "1")];
        listed[0].size = Some(1);
        assert!(run(&listed, &found(folder.path()), false).findings.is_empty());
        listed[0].size = Some(2);
        let outcome = run(&listed, &found(folder.path()), false);
        assert_eq!(seen(&outcome), [(Code::DigestMismatch, "s/a".to_owned())]);
        assert_eq!(outcome.findings[0].evidence[0], ("expected_bytes", Evidence::Number(2)));
    }

    #[test]
    fn a_digest_that_was_not_computed_never_passes() {
        let folder = folder(&[("a", "1")]);
        let mut listed = [entry(1, "a", "1")];
        listed[0].digests.push(of(Algorithm::Sha512, b"1"));
        let outcome = run(&listed, &found(folder.path()), false);
        assert_eq!(seen(&outcome), [(Code::Unsupported, "s/a".to_owned())]);
    }

    #[test]
    fn a_problem_on_a_listed_path_is_not_missing_too() {
        let folder = folder(&[("a", "1")]);
        std::os::unix::fs::symlink("a", folder.path().join("b")).expect("link");
        let found = found(folder.path());
        let outcome = run(&[entry(1, "a", "1"), entry(2, "b", "1")], &found, false);
        assert_eq!(outcome.findings.len(), 1);
        assert_eq!(outcome.findings[0].path.as_deref(), Some(&b"s/b"[..]));
        assert_eq!(outcome.findings[0].claimed_by, Some((b"LIST".to_vec(), Some(2))));
        let counts = outcome.counts.expect("counts");
        assert_eq!((counts.unread, counts.missing, counts.unexpected), (1, 0, 0));
        let unlisted = run(&[entry(1, "a", "1")], &found, false);
        assert_eq!((unlisted.findings.len(), unlisted.counts.expect("counts").unread), (1, 1));
        let listed_only = run(&[entry(1, "a", "1")], &found, true);
        assert!(listed_only.findings.is_empty());
        assert_eq!(listed_only.not_checked, ["1 file that is not signed: s/b"]);
    }

    #[test]
    fn a_folder_that_became_a_link_leaves_its_files_missing() {
        let folder = folder(&[("d/a", "1")]);
        std::os::unix::fs::symlink("d", folder.path().join("e")).expect("link");
        let outcome =
            run(&[entry(1, "d/a", "1"), entry(2, "e/a", "1")], &found(folder.path()), false);
        let codes: Vec<_> = outcome.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes[1..], [Code::Missing]);
        assert_eq!(outcome.findings[0].path.as_deref(), Some(&b"s/e"[..]));
    }

    #[test]
    fn what_could_not_be_seen_is_not_called_missing() {
        let folder = folder(&[("a", "1")]);
        let mut found = found(folder.path());
        let listed =
            [entry(1, "a", "1"), entry(2, "d/x", "2"), entry(3, "d/y", "3"), entry(4, "e", "4")];
        let path = RelPath::new(b"d").expect("path");
        let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = crate::fs::FsError::Io { operation: "list", source };
        found.problems = vec![Problem { raw: b"d".to_vec(), path: Some(path), error }];
        let outcome = run(&listed, &found, false);
        assert_eq!(
            seen(&outcome),
            [(Code::Io, "s/d".to_owned()), (Code::Missing, "s/e".to_owned())]
        );
        let counts = outcome.counts.expect("counts");
        assert_eq!((counts.unchanged, counts.unread, counts.missing), (1, 2, 1));
        let number = ("listed_beneath", Evidence::Number(2));
        assert_eq!(outcome.findings[0].evidence, [number]);
    }

    #[test]
    fn unlisted_files_are_named_when_only_listed_ones_count() {
        let folder = folder(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let outcome = run(&[entry(1, "a", "1")], &found(folder.path()), true);
        assert!(outcome.findings.is_empty());
        assert_eq!(outcome.not_checked, ["2 files that are not signed: s/b, s/c"]);
    }

    #[test]
    fn equal_files_are_paired_once_in_order() {
        let folder = folder(&[("x", "1"), ("y", "1"), ("z", "2")]);
        let listed = [entry(1, "a", "1"), entry(2, "b", "1"), entry(3, "c", "1")];
        let outcome = run(&listed, &found(folder.path()), false);
        let moved: Vec<_> = outcome
            .findings
            .iter()
            .filter(|finding| finding.code == Code::Moved)
            .map(|finding| finding.evidence[..2].to_vec())
            .collect();
        let pair = |from: &str, to: &str| {
            let path = |name: &str| Evidence::Path(name.as_bytes().to_vec());
            vec![("from", path(from)), ("to", path(to))]
        };
        assert_eq!(moved, [pair("s/a", "s/x"), pair("s/b", "s/y")]);
    }
}
