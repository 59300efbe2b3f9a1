//! `--kernel` and `VIDIMUS_SHA256`: every kernel of this machine gives the same digests, and what
//! is not here is a usage error.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read their own files"
)]

mod common;

use common::{Bench, Outcome, Ran, say};
use vidimus::digest::Kernel;

const VARIABLE: &str = "VIDIMUS_SHA256";

/// Files of many lengths, more than there are lanes.
fn tree() -> Bench {
    let bench = Bench::new();
    for length in (0..40).map(|at| at * 37) {
        let bytes: Vec<u8> =
            (0..length).map(|at| u8::try_from(at * length % 251).unwrap()).collect();
        bench.write(&format!("tree/{length:04}"), bytes);
    }
    bench
}

fn hash(bench: &Bench, arguments: &[&str], variable: &str) -> Ran {
    let mut command = bench.command(".", &[&["hash", "tree"], arguments].concat());
    Ran::of(&command.env(VARIABLE, variable).output().unwrap())
}

#[test]
fn every_kernel_gives_the_digests_of_sha2() {
    let bench = tree();
    let expected = hash(&bench, &["--kernel", "sha2"], "").ok().stdout;
    assert_eq!(expected.lines().count(), 40);
    assert_eq!(hash(&bench, &[], "").ok().stdout, expected);
    for kernel in Kernel::ALL {
        if !kernel.is_available() {
            say(&format!("not run here: the kernel {}", kernel.as_str()));
            continue;
        }
        assert_eq!(hash(&bench, &["--kernel", kernel.as_str()], "").ok().stdout, expected);
        assert_eq!(hash(&bench, &[], kernel.as_str()).ok().stdout, expected);
        // The flag wins, and then nobody looks at the variable.
        assert_eq!(hash(&bench, &["--kernel", kernel.as_str()], "none").ok().stdout, expected);
    }
}

#[test]
fn a_kernel_that_is_not_here_is_a_usage_error_that_names_those_that_are() {
    let bench = tree();
    let mut command = bench.command(".", &["hash", "tree", "--format", "json"]);
    let by_variable = Outcome::of(&command.env(VARIABLE, "sse1").output().unwrap());
    by_variable.expect(2, &["usage"]);
    let by_flag = bench.json_in(".", &["--kernel", "AVX512", "hash", "tree"]);
    by_flag.expect(2, &["usage"]);
    bench.json_in(".", &["hash", "tree", "--kernel="]).expect(2, &["usage"]);
    let said = by_flag.finding("usage").to_string();
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        assert!(said.contains(kernel.as_str()), "no {} in {said}", kernel.as_str());
    }
    for kernel in Kernel::ALL.into_iter().filter(|kernel| !kernel.is_available()) {
        bench.json_in(".", &["hash", "tree", "--kernel", kernel.as_str()]).expect(2, &["usage"]);
    }
}

#[test]
fn the_flag_is_in_no_help_text_and_on_no_man_page() {
    let bench = Bench::new();
    for arguments in [&["--help"][..], &["-h"], &["hash", "--help"], &["help", "verify"]] {
        assert!(!bench.run_in(".", arguments).ok().stdout.contains("--kernel"), "{arguments:?}");
    }
    bench.write("man/empty", "");
    bench.run_in(".", &["man", "--out", "man"]).ok();
    for (name, page) in bench.tree("man") {
        assert!(!String::from_utf8(page).unwrap().contains("kernel"), "{}", name.display());
    }
}
