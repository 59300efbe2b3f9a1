//! Lists and bags that others made, we check: as strict as their makers, and no less.

use crate::common::{Bench, Outcome, Ran};
use crate::pairs::{Need, Pairs, interop, spoil};
use crate::tool::{self, run};

const FILES: [&str; 4] = ["one.txt", "sub/two.txt", "new\nline", "back\\slash"];

fn tree(bench: &Bench, files: &[&str]) {
    for (number, file) in files.iter().enumerate() {
        bench.write(&format!("d/{file}"), format!("document {number}\n"));
    }
}

fn check(bench: &Bench, list: &str) -> Outcome {
    bench.json_in(".", &["check", "--manifest", list, "d"])
}

/// Has a tool write `list` with these flags, and compares its verdict with ours.
fn sum_pairs(bench: &Bench, pairs: &mut Pairs, tool: &str, flags: &[&str], list: &str) {
    let made = tool::output(bench, "d", tool, &[flags, &FILES].concat());
    bench.write(list, made);
    let up = format!("../{list}");
    let codes: &[&str] = &["digest-mismatch"];
    pairs.agree(
        bench,
        &format!("{tool} {}", flags.join(" ")),
        || run(bench, "d", tool, &["-c", "--strict", &up]),
        || check(bench, list),
        &[
            spoil("d/one.txt", ("", 3), 1, codes),
            spoil("d/new\nline", ("", 3), 1, codes),
            spoil("d/back\\slash", ("", 3), 1, codes),
        ],
    );
}

/// Whether our verdict warns of a weak hash.
fn warns(bench: &Bench, list: &str) -> bool {
    check(bench, list).codes("warning").contains(&"weak-hash".to_owned())
}

#[test]
fn sha256sum_lists_are_checked() {
    interop("sha256sum_lists_are_checked", &[Need::Tool("sha256sum")], |bench, pairs| {
        tree(bench, &FILES);
        for (flag, list) in [("--text", "SHA256SUMS"), ("--binary", "sums"), ("--tag", "tags")] {
            sum_pairs(bench, pairs, "sha256sum", &[flag], list);
            assert!(!warns(bench, list), "{flag}");
        }
    });
}

#[test]
fn sha512sum_lists_are_checked() {
    interop("sha512sum_lists_are_checked", &[Need::Tool("sha512sum")], |bench, pairs| {
        tree(bench, &FILES);
        for (flag, list) in [("--text", "SHA512SUMS"), ("--tag", "tags")] {
            sum_pairs(bench, pairs, "sha512sum", &[flag], list);
            assert!(!warns(bench, list), "{flag}");
        }
    });
}

#[test]
fn weak_lists_are_checked_with_a_warning() {
    let needs = [Need::Tool("md5sum"), Need::Tool("sha1sum")];
    interop("weak_lists_are_checked_with_a_warning", &needs, |bench, pairs| {
        tree(bench, &FILES);
        for (tool, list) in [("md5sum", "MD5SUMS"), ("sha1sum", "SHA1SUMS")] {
            for (flag, list) in [("--text", list), ("--tag", "tags")] {
                sum_pairs(bench, pairs, tool, &[flag], list);
                assert!(warns(bench, list), "{tool} {flag}");
            }
        }
    });
}

#[test]
fn hashdeep_lists_are_checked() {
    interop("hashdeep_lists_are_checked", &[Need::Tool("hashdeep")], |bench, pairs| {
        tree(bench, &["one.txt", "sub/two.txt", "with, comma", "back\\slash"]);
        for (algorithms, weak) in [("sha256", false), ("md5,sha256", false), ("md5", true)] {
            let list = format!("{algorithms}.hashdeep");
            let made = tool::output(bench, "d", "hashdeep", &["-c", algorithms, "-l", "-r", "."]);
            bench.write(&list, made);
            let audit = format!("../{list}");
            let arguments = ["-c", algorithms, "-a", "-k", &audit, "-l", "-r", "."];
            let theirs = || run(bench, "d", "hashdeep", &arguments);
            pairs.agree(
                bench,
                algorithms,
                theirs,
                || check(bench, &list),
                &[
                    spoil("d/sub/two.txt", ("", 3), 1, &["digest-mismatch"]),
                    spoil("d/with, comma", ("", 3), 1, &["digest-mismatch"]),
                ],
            );
            assert_eq!(warns(bench, &list), weak, "{algorithms}");
            bench.write("d/added", "x");
            let what = format!("{algorithms}, an added file");
            pairs.refuse(&what, &theirs(), &check(bench, &list), 1, &["unexpected"]);
            bench.remove("d/added");
        }
    });
}

#[test]
fn bags_of_bagit_py_are_checked() {
    interop("bags_of_bagit_py_are_checked", &[Need::Python], |bench, pairs| {
        for (bag, weak) in [("sha256", false), ("sha512", false), ("md5", true)] {
            for name in ["one.txt", "sub/two.txt", "ünïcode.txt"] {
                bench.write(&format!("{bag}/{name}"), format!("document {name}\n"));
            }
            let bagit = |arguments: &[&str]| {
                let mut python = tool::python(bench, ".");
                Ran::of(&python.args(["-m", "bagit"]).args(arguments).output().expect("it runs"))
            };
            bagit(&[&format!("--{bag}"), bag]).ok();
            let ours = || bench.json_in(".", &["check", bag]);
            let theirs = || bagit(&["--validate", bag]);
            let codes: &[&str] = &["digest-mismatch"];
            pairs.agree(
                bench,
                &format!("a bag with {bag}"),
                theirs,
                ours,
                &[
                    spoil(format!("{bag}/data/one.txt"), ("", 3), 1, codes),
                    spoil(format!("{bag}/data/sub/two.txt"), ("", 3), 1, codes),
                    spoil(format!("{bag}/bag-info.txt"), ("Bagging-Date: ", 3), 1, codes),
                ],
            );
            let warned = ours().codes("warning").contains(&"weak-hash".to_owned());
            assert_eq!(warned, weak, "{bag}");
            bench.write(&format!("{bag}/data/added"), "x");
            let what = format!("a bag with {bag}, an added file");
            pairs.refuse(&what, &theirs(), &ours(), 1, &["unexpected"]);
        }
    });
}
