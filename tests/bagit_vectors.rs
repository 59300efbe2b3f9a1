//! Every bag of the Library of Congress conformance suite, which is not part of this tree: name
//! the folder that holds `bagit-conformance-suite` in `VIDIMUS_VECTORS`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::use_debug,
    clippy::disallowed_methods,
    reason = "a test that prints its table"
)]

use std::path::{Path, PathBuf};
use vidimus::finding::{Exit, Outcome, Severity};
use vidimus::fs::Root;
use vidimus::tree::NoProgress;
use vidimus::verify::check_bag;

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    all.sort();
    all
}

fn words(outcome: &Outcome) -> String {
    let words: Vec<String> = outcome
        .findings
        .iter()
        .map(|finding| {
            let path = finding.path.as_deref().unwrap_or_default().escape_ascii().to_string();
            format!("{}[{}] {path}", finding.severity.as_str(), finding.code.as_str())
        })
        .collect();
    words.join(", ")
}

#[test]
fn every_bag_of_the_suite() {
    let Some(vectors) = std::env::var_os("VIDIMUS_VECTORS") else {
        println!("skipped: no vectors");
        return;
    };
    let mut wrong = Vec::new();
    let mut number = std::collections::BTreeMap::new();
    for version in folders(&Path::new(&vectors).join("bagit-conformance-suite")) {
        for sort in folders(&version) {
            let name = sort.file_name().unwrap().to_str().unwrap().to_owned();
            for bag in folders(&sort) {
                *number.entry(name.clone()).or_insert(0) += 1;
                let outcome = check_bag(&Root::open(&bag).unwrap(), &NoProgress, false);
                let shown = bag.strip_prefix(&vectors).unwrap().display().to_string();
                let exit = outcome.exit();
                println!("{:2} {shown}: {}", exit.number(), words(&outcome));
                let warned = outcome.findings.iter().any(|f| f.severity > Severity::Note);
                let right = match name.as_str() {
                    "valid" => exit == Exit::Done,
                    "warning" => warned,
                    _ => exit != Exit::Done,
                };
                if !right {
                    wrong.push(shown);
                }
            }
        }
    }
    println!("{number:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    let expected =
        [("invalid", 15), ("linux-only", 4), ("valid", 27), ("warning", 6), ("windows-only", 6)];
    assert!(number.iter().map(|(name, n)| (name.as_str(), *n)).eq(expected));
}
