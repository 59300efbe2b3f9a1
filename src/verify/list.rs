//! `vidimus check LIST`: a tree against a list of another tool, nobody's signature asked for.
//!
//! Strict: nothing is ignored, links are refused, and a file that the list does not name is
//! `unexpected`. What is proven is that the tree is as the list says, not who said it.

use super::files::{Comparison, compare};
use super::settled::Settled;
use crate::digest::Algorithm;
use crate::finding::{Code, Finding, Outcome, Trust};
use crate::fs::{FileId, Root};
use crate::manifest::{Entry, ListOptions, ManifestError, names, read_list};
use crate::path::RelPath;
use crate::tree::{Ignore, NothingExpected, Progress, Rules, SymlinkRule, snapshot_against};

/// Checks the tree beneath `root` against the bytes of a list, which is shown as `list_path`.
/// `list_id` is that of the list itself when it lies in the tree, where nothing lists it.
pub fn check_list(
    root: &Root,
    list_bytes: &[u8],
    list_path: &[u8],
    list_id: Option<FileId>,
    options: &ListOptions<'_>,
    progress: &dyn Progress,
    rows: bool,
) -> Outcome {
    let mut outcome = unsigned();
    let list = match read_list(list_bytes, options) {
        Ok(list) => list,
        Err(error) => {
            outcome.push(refused(&error, list_path));
            outcome.not_checked.push("the files: the list could not be read".to_owned());
            return outcome;
        }
    };
    let leave_out: Vec<FileId> = list_id.into_iter().collect();
    // A list in order can be ticked off while the tree is read.
    let in_order = !rows && list.entries.is_sorted_by(|one, other| one.path < other.path);
    let settled = in_order.then(|| Settled::new(&list.entries));
    let found = snapshot_against(
        root,
        &strict(),
        &list.algorithms,
        &leave_out,
        progress,
        settled.as_ref().map_or(&NothingExpected, |settled| settled),
    );
    outcome.not_checked.extend(list.not_checked);
    if list_id.is_some() {
        outcome
            .not_checked
            .push(format!("the list itself: {}", String::from_utf8_lossy(list_path)));
    }
    let (prefix, claimed_by) = (&b""[..], list_path);
    let listed = &list.entries;
    let listed_only = false;
    compare(
        &Comparison {
            listed,
            found: &found,
            prefix,
            claimed_by,
            listed_only,
            rows,
            settled: settled.as_ref(),
            word: "listed",
        },
        &mut outcome,
    );
    warn(listed, list_path, &mut outcome);
    outcome
}

/// An outcome that says that no signature was asked for.
pub(super) fn unsigned() -> Outcome {
    Outcome {
        trust: Some(Trust {
            source: Trust::NONE.to_owned(),
            policy_sha256: None,
            policy_version: None,
            pinned: false,
        }),
        not_checked: vec!["signatures: nobody's signature was asked for".to_owned()],
        ..Outcome::default()
    }
}

/// The rules of `check`: nothing is ignored, nothing is skipped.
pub(super) fn strict() -> Rules {
    Rules { ignore: Ignore::none(), symlinks: SymlinkRule::Refuse }
}

fn refused(error: &ManifestError, list_path: &[u8]) -> Finding {
    Finding::of(error).at(list_path).claimed_by(list_path, error.line())
}

/// Adds the warnings about names that collide and about entries with weak digests only.
fn warn(listed: &[Entry], list_path: &[u8], outcome: &mut Outcome) {
    for (algorithm, number) in weak(listed) {
        outcome.push(weak_hash(algorithm, list_path).with_number("files", number));
    }
    let paths: Vec<&RelPath> = listed.iter().map(|entry| &entry.path).collect();
    for finding in names::collisions(&paths) {
        outcome.push(finding);
    }
}

/// The warning that nothing but a weak digest stands for some files.
pub(super) fn weak_hash(algorithm: Algorithm, claimed_by: &[u8]) -> Finding {
    let name = algorithm.name();
    let message = format!("{name} proves no identity: two files can be made to have the same");
    Finding::warning(Code::WeakHash, message).claimed_by(claimed_by, None).with("algorithm", name)
}

/// How many entries have none but weak digests, by the highest of them.
pub(super) fn weak(listed: &[Entry]) -> impl Iterator<Item = (Algorithm, u64)> {
    let best = |entry: &Entry| entry.digests.iter().map(crate::digest::Digest::algorithm).max();
    Algorithm::ALL.into_iter().filter(|algorithm| algorithm.is_weak()).filter_map(move |weak| {
        let number = listed.iter().filter(|entry| best(entry) == Some(weak)).count();
        (number > 0).then(|| (weak, u64::try_from(number).unwrap_or(u64::MAX)))
    })
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the trees they check")]
mod tests {
    use super::*;
    use crate::digest::of;
    use crate::finding::Exit;
    use crate::tree::NoProgress;

    fn check(list: &str, files: &[&str]) -> Outcome {
        let folder = tempfile::tempdir().expect("folder");
        for path in files {
            std::fs::write(folder.path().join(path), path).expect("file");
        }
        let root = Root::open(folder.path()).expect("root");
        let options = ListOptions { file_name: b"MD5SUMS", ..ListOptions::default() };
        check_list(&root, list.as_bytes(), b"MD5SUMS", None, &options, &NoProgress, false)
    }

    fn line(name: &str) -> String {
        format!("{}  {name}\n", of(Algorithm::Md5, name.as_bytes()).to_hex())
    }

    #[test]
    fn a_weak_list_passes_with_a_warning() {
        let outcome = check(&line("a"), &["a"]);
        assert_eq!(outcome.exit(), Exit::Done);
        assert_eq!(outcome.findings.len(), 1);
        assert_eq!(outcome.findings[0].code, Code::WeakHash);
        assert_eq!(outcome.not_checked, ["signatures: nobody's signature was asked for"]);
        // The words that the closing line goes by.
        let trust = outcome.trust.expect("where trust came from");
        assert_eq!((trust.source.as_str(), trust.pinned), (Trust::NONE, false));
    }

    #[test]
    fn nothing_is_overlooked() {
        let table = [
            (line("a"), &["a", "b"][..], Exit::Differs),
            (line("a") + &line("b"), &["a"], Exit::Differs),
            (line("a").replace("  a", "  b"), &["b"], Exit::Differs),
            ("garbage\n".to_owned(), &["a"], Exit::Refused),
            (String::new(), &["a"], Exit::Refused),
            (line("../a"), &["a"], Exit::Refused),
        ];
        for (list, files, exit) in table {
            assert_eq!(check(&list, files).exit(), exit, "{list}");
        }
        let refused = check("garbage\n", &["a"]);
        assert_eq!(refused.findings[0].claimed_by, Some((b"MD5SUMS".to_vec(), Some(1))));
        assert_eq!(refused.counts, None);
    }

    #[test]
    fn names_that_collide_are_warned_of() {
        let outcome = check(&(line("a") + &line("A")), &["a", "A"]);
        assert_eq!(outcome.exit(), Exit::Done);
        assert_eq!(outcome.findings.last().map(|finding| finding.code), Some(Code::UnsafePath));
    }

    #[test]
    fn the_list_itself_is_left_out_by_name() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("a"), "a").expect("file");
        std::fs::write(folder.path().join("MD5SUMS"), line("a")).expect("list");
        let root = Root::open(folder.path()).expect("root");
        let name = RelPath::new(b"MD5SUMS").expect("path");
        let id = root.open_file(&name).expect("list").id();
        let options = ListOptions { file_name: b"MD5SUMS", ..ListOptions::default() };
        let list = line("a");
        let check =
            |id| check_list(&root, list.as_bytes(), b"MD5SUMS", id, &options, &NoProgress, false);
        assert_eq!(check(None).exit(), Exit::Differs);
        let outcome = check(Some(id));
        assert_eq!(outcome.exit(), Exit::Done);
        assert_eq!(outcome.not_checked[1], "the list itself: MD5SUMS");
    }
}
