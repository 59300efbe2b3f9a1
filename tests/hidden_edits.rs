//! Edits that somebody would like to pass as form, or as wording: each must be named for what it is.
//! Found by attacking the differ; what is still missed is at the end of `docs/differ-scores.md`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests write and read their own files"
)]

use std::process::Command;

/// A long sentence that stays, so that the language is known and the edit is a small part.
const BEFORE: &str =
    "The committee of the town has read the report and will answer it in the autumn.\n\n";

/// Old text, new text, and a kind that must be among those that are named.
const PAIRS: [(&str, &str, &str); 26] = [
    ("Share on all fronts the prisoners we shot.", "", "removed"),
    ("Join us on killing every prisoner in the camp.", "", "removed"),
    ("It was so. Join us on killing every prisoner. It ended.", "It was so. It ended.", "removed"),
    ("More 900", "", "removed"),
    ("More from Orlen: army kills civilians", "More from Orlen: army saves civilians", "heading"),
    ("-5 degrees were measured.", "5 degrees were measured.", "number"),
    ("\u{2013}5 degrees were measured.", "5 degrees were measured.", "number"),
    ("Profit changed by -5 percent.", "Profit changed by 5 percent.", "number"),
    ("It was on 2024-05-06 at noon.", "It was on 2024-06-05 at noon.", "date"),
    ("It was on 06/05/2024 at noon.", "It was on 05/06/2024 at noon.", "date"),
    ("There were 3-4 people.", "There were 34 people.", "number"),
    ("There were 10<sup>2</sup> people.", "There were 102 people.", "added"),
    ("They did ~~not~~ sign.", "They did not sign.", "wording"),
    ("It has 5 mW of power.", "It has 5 MW of power.", "number"),
    ("A dose of 10mg is safe.", "A dose of 10Mg is safe.", "number"),
    ("profit > loss this year.", "profit loss this year.", "wording"),
    ("There are 5 * 3 apples.", "There are 5 3 apples.", "wording"),
    ("It was ----5 degrees.", "It was 5 degrees.", "number"),
    ("He is <not> guilty.", "He is guilty.", "negation"),
    ("He is unable to go.", "He is able to go.", "negation"),
    ("It is 10\u{b2} metres.", "It is 102 metres.", "number"),
    ("They told us.", "They told US.", "name"),
    ("It is 5\u{2032} long.", "It is 5\u{2033} long.", "wording"),
    ("Copyright 2025 Bank", "Copyright 2026 Bank", "number"),
    ("The paypal account is theirs.", "The p\u{430}ypal account is theirs.", "homoglyph"),
    ("They must sign.", "They\u{202e} must sign.", "bidi-control"),
];

fn kinds(old: &str, new: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("old.txt"), format!("{BEFORE}{old}\n")).expect("written");
    std::fs::write(folder.path().join("new.txt"), format!("{BEFORE}{new}\n")).expect("written");
    let run = Command::new(env!("CARGO_BIN_EXE_vidimus"))
        .args(["diff", "--format", "json", "old.txt", "new.txt"])
        .current_dir(folder.path())
        .output()
        .expect("a run");
    let found: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let changes = found["changes"].as_array().expect("changes").iter();
    let kinds = changes.flat_map(|change| change["kinds"].as_array().expect("kinds"));
    kinds.map(|kind| kind.as_str().expect("a word").to_owned()).collect()
}

#[test]
fn no_edit_hides() {
    let mut missed = Vec::new();
    for (old, new, kind) in PAIRS {
        let found = kinds(old, new);
        if !found.iter().any(|found| found == kind) {
            missed.push(format!("{old:?} -> {new:?}: {kind} wanted, {found:?} found"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn long_words_and_runs_end() {
    let pairs = [
        ("tausend".repeat(70_000), "hundert".repeat(70_000)),
        (format!("http://{}", ")".repeat(90_000)), format!("http://{}", "(.".repeat(45_000))),
        ("a".to_owned() + &"\u{200b}".repeat(30_000), "b".to_owned() + &"\u{200b}".repeat(30_000)),
    ];
    for (old, new) in pairs {
        assert!(!kinds(&old, &new).is_empty());
    }
}
