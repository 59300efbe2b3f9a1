//! `vidimus check BAG`: a bag against its own manifests (RFC 8493 and the drafts 0.93 to 0.97),
//! nobody's signature asked for.
//!
//! Valid means here: `bagit.txt` is well-formed, every payload file is there with every digest
//! that any manifest gives for it, no other payload file is there, in 1.0 every manifest lists
//! every payload file, and what tag manifests list is as they list it. A file that `fetch.txt`
//! promises and that is not there is `missing`, as RFC 8493 section 3 calls such a bag
//! incomplete; nothing is fetched. `bag-info.txt` is not interpreted.

mod open;
mod payload;
mod resolve;
mod tags;

use super::files::{Comparison, compare_claims};
use super::list::{unsigned, weak, weak_hash};
use crate::finding::Outcome;
use crate::fs::Root;
use crate::manifest::Entry;
use crate::tree::{Progress, Snapshot};
use open::{Bag, TagFile};
use resolve::Union;

/// Checks the bag whose base folder is `root`. Paths in the outcome are relative to it.
pub fn check_bag(root: &Root, progress: &dyn Progress, rows: bool) -> Outcome {
    let mut outcome = unsigned();
    let Some(bag) = Bag::open(root, &mut outcome) else {
        outcome.not_checked.push("the files: the bag could not be read".to_owned());
        return outcome;
    };
    payload::check(root, &bag, progress, rows, &mut outcome);
    tags::check(root, &bag, progress, rows, &mut outcome);
    outcome
}

/// Compares what some manifests list with what was found, and warns of weak digests.
fn compare(
    manifests: &[TagFile],
    union: &Union,
    found: &Snapshot,
    prefix: &[u8],
    listed_only: bool,
    rows: bool,
    outcome: &mut Outcome,
) {
    let listed: &[Entry] = &union.entries;
    let claimed_by = manifests.first().map_or(&b""[..], |manifest| manifest.name.as_bytes());
    let claim = |entry: usize, digest: usize| {
        let claim = union.claims.get(entry).and_then(|claims| claims.get(digest));
        let manifest = claim.and_then(|claim| manifests.get(claim.manifest));
        let name = manifest.map_or(claimed_by, |manifest| manifest.name.as_bytes());
        (name.to_vec(), claim.map(|claim| claim.line))
    };
    let word = "listed";
    let settled = None;
    let comparison =
        Comparison { listed, found, prefix, claimed_by, listed_only, rows, settled, word };
    compare_claims(&comparison, &claim, outcome);
    for (algorithm, number) in weak(listed) {
        let weakest = manifests.iter().find(|manifest| manifest.algorithm == algorithm);
        let name = weakest.map_or(claimed_by, |manifest| manifest.name.as_bytes());
        outcome.push(weak_hash(algorithm, name).with_number("files", number));
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the bags they check")]
mod tests {
    use super::*;
    use crate::digest::{Algorithm, of};
    use crate::finding::{Code, Exit, Severity};
    use crate::tree::NoProgress;

    /// A line for `name` as written, with the digest of its last part.
    fn line(algorithm: Algorithm, name: &str, content: &str) -> String {
        format!("{}  {name}\n", of(algorithm, content.as_bytes()).to_hex())
    }

    fn sha(name: &str, content: &str) -> String {
        line(Algorithm::Sha256, name, content)
    }

    fn declaration(version: &str) -> String {
        format!("BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n")
    }

    fn check(version: &str, files: &[(&str, &str)]) -> Outcome {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::create_dir(folder.path().join("data")).expect("data");
        std::fs::write(folder.path().join("bagit.txt"), declaration(version)).expect("bagit.txt");
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, content).expect("file");
        }
        check_bag(&Root::open(folder.path()).expect("root"), &NoProgress, false)
    }

    fn codes(outcome: &Outcome) -> Vec<Code> {
        let errors = outcome.findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.code).collect()
    }

    #[test]
    fn what_rfc_8493_asks_of_a_bag() {
        const LIST: &str = "manifest-sha256.txt";
        let (a, b) = (sha("data/a", "1"), sha("data/b", "2"));
        let both = a.clone() + &b;
        let md5 = line(Algorithm::Md5, "data/a", "1");
        type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, Vec<Code>);
        let table: Vec<Case<'_>> = vec![
            ("1.0", vec![(LIST, &a), ("data/a", "1")], vec![]),
            ("1.0", vec![(LIST, &a), ("data/a", "2")], vec![Code::DigestMismatch]),
            ("1.0", vec![(LIST, &both), ("data/a", "1")], vec![Code::Missing]),
            ("1.0", vec![(LIST, &a), ("data/a", "1"), ("data/b", "2")], vec![Code::Unexpected]),
            ("1.0", vec![(LIST, ""), ("x", "1")], vec![Code::Empty]),
            ("1.0", vec![("data/a", "1")], vec![Code::Malformed]),
            ("1.1", vec![(LIST, &a), ("data/a", "1")], vec![Code::Unsupported]),
            (
                "1.0",
                vec![(LIST, &both), ("manifest-md5.txt", &md5), ("data/a", "1"), ("data/b", "2")],
                vec![Code::Unexpected],
            ),
            (
                "0.97",
                vec![(LIST, &b), ("manifest-md5.txt", &md5), ("data/a", "1"), ("data/b", "2")],
                vec![],
            ),
            (
                "1.0",
                vec![(LIST, &a), ("manifest-blake2b.txt", "x"), ("data/a", "1")],
                vec![Code::Unsupported],
            ),
        ];
        for (version, files, expected) in table {
            assert_eq!(codes(&check(version, &files)), expected, "{version} {}", files.len());
        }
    }

    #[test]
    fn a_path_twice() {
        let (same, other) =
            (sha("data/a", "1").repeat(2), sha("data/a", "1") + &sha("data/a", "2"));
        for (version, list, exit) in [
            ("1.0", &same, Exit::Refused),
            ("1.0", &other, Exit::Refused),
            ("0.97", &same, Exit::Done),
            ("0.97", &other, Exit::Refused),
        ] {
            let outcome = check(version, &[("manifest-sha256.txt", list), ("data/a", "1")]);
            assert_eq!(outcome.exit(), exit, "{version}");
            assert_eq!(outcome.findings[0].code, Code::Malformed);
        }
    }

    #[test]
    fn names_with_percent_are_read_both_ways() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], usize);
        let table: [Case<'_>; 5] = [
            (&[("data/a%25b", "1")], &["data/a%b"], 0),
            (&[("data/a%25b", "1")], &["data/a%25b"], 1),
            (&[("data/a%25b", "1"), ("data/a%b", "1")], &["data/a%25b", "data/a%b"], 1),
            (&[("data/a%0Ab", "1")], &["data/a\nb"], 0),
            (&[("data/%7Ea", "1")], &["data/%7Ea"], 0),
        ];
        for (lines, names, warnings) in table {
            let list: String = lines.iter().map(|(name, content)| sha(name, content)).collect();
            let mut files: Vec<(&str, &str)> = names.iter().map(|name| (*name, "1")).collect();
            files.push(("manifest-sha256.txt", &list));
            let outcome = check("1.0", &files);
            assert_eq!(outcome.exit(), Exit::Done, "{names:?}");
            assert_eq!(outcome.findings.len(), warnings, "{names:?}");
        }
    }

    #[test]
    fn files_to_be_fetched_are_missing() {
        let (list, fetch) = (sha("data/a", "1"), "https://example.org/a 1 data/a\n");
        let outcome = check("1.0", &[("manifest-sha256.txt", &list), ("fetch.txt", fetch)]);
        assert_eq!(codes(&outcome), [Code::Missing]);
        assert!(outcome.findings[0].help.is_some());
        let fetch = "https://example.org/b - data/b\n";
        let files = [("manifest-sha256.txt", list.as_str()), ("fetch.txt", fetch), ("data/a", "1")];
        assert_eq!(codes(&check("1.0", &files)), [Code::Malformed]);
    }

    #[test]
    fn tag_manifests_are_checked() {
        let list = sha("data/a", "1");
        let manifest = sha("manifest-sha256.txt", &list);
        let check = |tags: &str, version| {
            let files = [
                ("manifest-sha256.txt", list.as_str()),
                ("data/a", "1"),
                ("tagmanifest-sha256.txt", tags),
                ("meta/x", "x"),
            ];
            check(version, &files)
        };
        let good = check(&(manifest.clone() + &sha("bagit.txt", &declaration("1.0"))), "1.0");
        assert_eq!(good.exit(), Exit::Done);
        let names = "2 tag files that no tag manifest lists: meta/x, tagmanifest-sha256.txt";
        assert!(good.not_checked.iter().any(|text| text == names), "{:?}", good.not_checked);
        let table = [
            (manifest.clone() + &sha("meta/x", "y"), "1.0", vec![Code::DigestMismatch]),
            (manifest.clone() + &sha("meta/y", "y"), "1.0", vec![Code::Missing]),
            (manifest.clone() + &sha("meta", "y"), "1.0", vec![Code::NotRegular]),
            (sha("manifest-sha256.txt", "y"), "0.97", vec![Code::DigestMismatch]),
            (sha("meta/x", "x"), "0.97", vec![]),
            (sha("meta/x", "x"), "1.0", vec![Code::Malformed]),
            (sha("data/a", "1"), "1.0", vec![Code::Malformed]),
        ];
        for (tags, version, expected) in table {
            assert_eq!(codes(&check(&tags, version)), expected, "{version} {tags}");
        }
    }

    #[test]
    fn names_that_collide_are_warned_of_beneath_data() {
        let list = sha("data/a", "1") + &sha("data/A", "2");
        let files = [("manifest-sha256.txt", list.as_str()), ("data/a", "1"), ("data/A", "2")];
        let outcome = check("1.0", &files);
        assert_eq!(outcome.exit(), Exit::Done);
        assert_eq!(outcome.findings[0].path.as_deref(), Some(&b"data/A"[..]));
    }
}
