//! Pairs of verdicts: the tool's and ours, over the same files, before and after one byte changed.
//!
//! A test counts the pairs in which both accept and in which both refuse; the figures must be those
//! in the table of `docs/conformance.md`.

use crate::common::{Bench, Outcome, Ran};
use std::path::{Path, PathBuf};

const DOC: &str = include_str!("../../docs/conformance.md");

/// What a test needs beside this crate.
pub(crate) enum Need {
    /// A program on the PATH.
    Tool(&'static str),
    /// `VIDIMUS_PYTHON`: a Python interpreter with bagit and securesystemslib.
    Python,
    /// `VIDIMUS_NODE_MODULES`: a folder with @sigstore/verify and @sigstore/bundle.
    NodeModules,
    /// Debian's `golang-golang-x-mod-dev`.
    GoMod,
}

impl Need {
    fn is_met(&self) -> bool {
        match self {
            Self::Tool(name) => crate::common::has_tool(name),
            Self::Python => place("VIDIMUS_PYTHON").is_some(),
            Self::NodeModules => place("VIDIMUS_NODE_MODULES").is_some(),
            Self::GoMod => {
                Path::new(crate::tool::GOPATH).join("src/golang.org/x/mod").is_dir()
                    || missing("golang.org/x/mod")
            }
        }
    }
}

/// The file or folder that an environment variable names, such as `VIDIMUS_PYTHON`; says so where
/// it is not set. A name that leads nowhere is a failure.
pub(crate) fn place(variable: &str) -> Option<PathBuf> {
    let Some(place) = std::env::var_os(variable) else {
        missing(variable);
        return None;
    };
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(place);
    assert!(place.exists(), "{variable} leads nowhere: {}", place.display());
    Some(place)
}

/// Says that something is not there, and fails where tools are required.
fn missing(what: &str) -> bool {
    let required = std::env::var_os("VIDIMUS_REQUIRE_TOOLS").is_some();
    assert!(!required, "no {what} here, and tools are required");
    crate::common::say(&format!("skipped: no {what}"));
    false
}

/// Runs a test whose needs are met, and compares its figures with the table.
pub(crate) fn interop(name: &str, needs: &[Need], test: impl FnOnce(&Bench, &mut Pairs)) {
    let unmet = needs.iter().filter(|need| !need.is_met()).count();
    if unmet == 0 {
        let mut pairs = Pairs::default();
        test(&Bench::new(), &mut pairs);
        let figures = pairs.figures(name);
        crate::common::say(&format!("interop {figures}"));
        let listed = DOC.lines().any(|line| line.ends_with(&format!("| {figures} |")));
        assert!(listed, "no row of docs/conformance.md ends in: | {figures} |");
    }
}

/// One byte of a file that is changed for a while, and what we must say then.
pub(crate) struct Spoil {
    file: PathBuf,
    after: &'static str,
    skip: usize,
    exit: i32,
    codes: &'static [&'static str],
}

/// A byte of a file of the scratch folder: `skip` bytes after the first `after` in it.
pub(crate) fn spoil(
    file: impl Into<PathBuf>,
    (after, skip): (&'static str, usize),
    exit: i32,
    codes: &'static [&'static str],
) -> Spoil {
    Spoil { file: file.into(), after, skip, exit, codes }
}

impl Spoil {
    /// Another letter for a letter of base64, so that base64 stays base64; else another bit.
    fn apply(&self, bytes: &mut [u8]) {
        let mut start = 0;
        if !self.after.is_empty() {
            let after = self.after.as_bytes();
            let found = bytes.windows(after.len()).position(|window| window == after);
            start = found.expect("the place to change is there") + after.len();
        }
        let byte = &mut bytes[start + self.skip];
        *byte = match *byte {
            b'A' => b'B',
            letter if letter.is_ascii_alphanumeric() || b"+/".contains(&letter) => b'A',
            other => other ^ 1,
        };
    }
}

/// The figures of one test.
#[derive(Default)]
pub(crate) struct Pairs {
    accepted: u32,
    refused: u32,
    refused_here_only: u32,
}

impl Pairs {
    /// Both accept; then, for each spoilt byte, both refuse.
    pub(crate) fn agree(
        &mut self,
        bench: &Bench,
        what: &str,
        theirs: impl Fn() -> Ran,
        ours: impl Fn() -> Outcome,
        spoils: &[Spoil],
    ) {
        assert!(!spoils.is_empty(), "{what}: nothing was spoilt");
        self.accept(what, &theirs(), &ours());
        for spoil in spoils {
            let path = bench.path(".").join(&spoil.file);
            let good = std::fs::read(&path).expect("a file to spoil");
            let mut bad = good.clone();
            spoil.apply(&mut bad);
            std::fs::write(&path, bad).expect("a spoilt file");
            let what = format!("{what}, {} spoilt", spoil.file.display());
            self.refuse(&what, &theirs(), &ours(), spoil.exit, spoil.codes);
            std::fs::write(&path, good).expect("the file as it was");
        }
    }

    /// Both accept.
    pub(crate) fn accept(&mut self, what: &str, theirs: &Ran, ours: &Outcome) {
        assert_eq!(theirs.exit, 0, "{what}: {}{}", theirs.stdout, theirs.stderr);
        println!("{what}: both accept");
        ours.expect(0, &[]);
        self.accepted += 1;
    }

    /// Both refuse, and we say why.
    pub(crate) fn refuse(
        &mut self,
        what: &str,
        theirs: &Ran,
        ours: &Outcome,
        exit: i32,
        codes: &[&str],
    ) {
        assert_ne!(theirs.exit, 0, "{what}: {}{}", theirs.stdout, theirs.stderr);
        println!("{what}: both refuse, {codes:?}");
        ours.expect(exit, codes);
        self.refused += 1;
    }

    /// The tool accepts and we refuse, on purpose.
    pub(crate) fn refuse_here_only(
        &mut self,
        what: &str,
        theirs: &Ran,
        ours: &Outcome,
        exit: i32,
        codes: &[&str],
    ) {
        assert_eq!(theirs.exit, 0, "{what}: {}{}", theirs.stdout, theirs.stderr);
        println!("{what}: refused here only, {codes:?}");
        ours.expect(exit, codes);
        self.refused_here_only += 1;
    }

    fn figures(&self, name: &str) -> String {
        let both = format!("`{name}`: {} accepted, {} refused", self.accepted, self.refused);
        match self.refused_here_only {
            0 => both,
            number => format!("{both}; {number} refused here only"),
        }
    }
}
