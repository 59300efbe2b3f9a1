//! `vidimus diff` as a program: every format with its exit, refusals, odd and hostile input,
//! standard input. What is said about texts is `pairs.rs`; folders and git are `diff_folders.rs`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make their own files"
)]

mod common;

use common::{Bench, Ran, finish, is_raw};
use serde_json::Value;
use std::io::Write as _;
use std::process::Stdio;

const FORMATS: [&str; 7] = ["text", "json", "html", "markdown", "unified", "sarif", "github"];

const OLD: &str = "At least 45 people must leave the harbour, the office said on Monday.\n";
const NEW: &str = "At least 54 people must leave the harbour, the office said on Monday.\n";

/// `old.txt` and `new.txt`, which differ in a number.
fn pair() -> Bench {
    let bench = Bench::new();
    bench.write("old.txt", OLD);
    bench.write("new.txt", NEW);
    bench
}

fn diff(bench: &Bench, arguments: &[&str]) -> Ran {
    bench.run_in("", &[&["diff"], arguments].concat())
}

/// The exit and the document of a run with `--format json`.
fn json(bench: &Bench, arguments: &[&str]) -> (i32, Value) {
    let ran = diff(bench, &[&["--format", "json"], arguments].concat());
    assert_eq!(ran.stderr, "", "{arguments:?}");
    (ran.exit, serde_json::from_str(&ran.stdout).expect("one JSON document"))
}

#[test]
fn every_format_says_it_and_exits_alike() {
    let bench = pair();
    let table = [
        ("text", "meaning: 1 change (1 critical); no difference of form\n  old  old.txt"),
        ("json", "{\"schema\":\"vidimus.diff/v1\",\"verdict\":\"meaning\""),
        ("html", "<!DOCTYPE html>\n"),
        ("markdown", "**meaning**"),
        ("unified", "--- old.txt\n+++ new.txt\n@@ -1 +1 @@\n-At least 45"),
        ("sarif", "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\""),
        ("github", "::error file=new.txt,line=1,title=critical%3A number::"),
    ];
    assert_eq!(table.map(|row| row.0), FORMATS);
    for (format, begin) in table {
        let ran = diff(&bench, &["--format", format, "old.txt", "new.txt"]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (1, ""), "{format}");
        assert!(ran.stdout.starts_with(begin), "{format}: {}", ran.stdout);
        assert!(ran.stdout.ends_with('\n'), "{format}");
        let same = diff(&bench, &["--format", format, "old.txt", "old.txt"]).ok();
        assert_eq!(same.stdout.is_empty(), format == "unified", "{format}");
    }
}

#[test]
fn the_weight_from_which_it_fails() {
    let bench = pair();
    bench.write("wording.txt", OLD.replace("leave", "quit"));
    bench.write("form.txt", OLD.replace(' ', "\n"));
    bench.write("added.txt", format!("{OLD}\nThe ferry goes at night.\n"));
    let table: [(&str, &str, i32); 16] = [
        ("new.txt", "critical", 1),
        ("new.txt", "major", 1),
        ("new.txt", "minor", 1),
        ("new.txt", "noise", 1),
        ("added.txt", "critical", 0),
        ("added.txt", "major", 1),
        ("added.txt", "minor", 1),
        ("wording.txt", "critical", 0),
        ("wording.txt", "major", 0),
        ("wording.txt", "minor", 1),
        ("form.txt", "critical", 0),
        ("form.txt", "minor", 0),
        ("form.txt", "noise", 1),
        ("old.txt", "noise", 0),
        ("new.txt", "all", 2),
        ("new.txt", "", 2),
    ];
    for (new, weight, exit) in table {
        let ran = diff(&bench, &["--fail-on", weight, "old.txt", new]);
        assert_eq!(ran.exit, exit, "{new} {weight}: {}", ran.stdout);
    }
    assert_eq!(diff(&bench, &["old.txt", "form.txt"]).exit, 0);
    assert_eq!(diff(&bench, &["old.txt", "wording.txt"]).exit, 1);
}

#[test]
fn only_some_kinds_and_how_they_are_shown() {
    let bench = pair();
    bench.write("new.txt", NEW.replace("must", "should") + "\nHe “stays”.\n");
    bench.write("old.txt", format!("{OLD}\nHe \"stays\".\n"));
    let ran = diff(&bench, &["--only", "number", "old.txt", "new.txt"]);
    assert_eq!(ran.exit, 1);
    assert!(ran.stdout.contains("  only number: "), "{}", ran.stdout);
    // What is not shown counts: the exit is that of both texts.
    let none = diff(&bench, &["--only", "date,name", "old.txt", "new.txt"]);
    assert_eq!(none.exit, 1);
    assert!(!none.stdout.contains("At least"), "{}", none.stdout);
    let (_, document) = json(&bench, &["--only", "modality", "old.txt", "new.txt"]);
    assert_eq!(document["only"], serde_json::json!(["modality"]));
    assert_eq!(document["changes"].as_array().unwrap().len(), 1);
    assert_eq!(document["summary"]["changes"], 2);
    let folded = diff(&bench, &["old.txt", "new.txt"]).stdout;
    assert!(folded.contains("noise, folded: 2 typography"), "{folded}");
    let listed = diff(&bench, &["--show-noise", "old.txt", "new.txt"]).stdout;
    assert!(listed.contains("  typography  (old line 3, new line 3): \" -> “"), "{listed}");
    let refused = diff(&bench, &["--only", "numbers", "old.txt", "new.txt"]);
    assert_eq!(refused.exit, 2);
    assert!(refused.stderr.contains("help: the kinds: number, date, name"), "{}", refused.stderr);
}

#[test]
fn the_order_and_what_stands_around() {
    let bench = Bench::new();
    let text = |one: &str, two: &str| {
        format!("We {one} today.\n\nThe pumps run.\n\nThe gate has {two} locks.\n\nAll is well.\n")
    };
    bench.write("old.txt", text("leave", "3"));
    bench.write("new.txt", text("depart", "4"));
    let at = |arguments: &[&str]| {
        let text = diff(&bench, &[arguments, &["old.txt", "new.txt"]].concat()).stdout;
        (text.find("minor: wording"), text.find("critical: number"), text)
    };
    let (minor, critical, text) = at(&[]);
    assert!(critical < minor && !text.contains("All is well"), "{text}");
    let (minor, critical, text) = at(&["--in-order"]);
    assert!(minor < critical, "{text}");
    assert!(at(&["--context", "1"]).2.contains("All is well"));
}

/// A run with something on standard input.
fn with_input(bench: &Bench, arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = bench.command("", arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that was refused may have ended without reading it.
    drop(child.stdin.take().unwrap().write_all(input));
    Ran::of(&child.wait_with_output().unwrap())
}

#[test]
fn one_side_from_standard_input() {
    let bench = pair();
    let old = with_input(&bench, &["diff", "-", "new.txt"], OLD.as_bytes());
    assert_eq!(old.exit, 1);
    assert!(old.stdout.contains("  old  -  13 words") && old.stdout.contains("45 -> 54 (up)"));
    let new = with_input(&bench, &["diff", "new.txt", "-"], OLD.as_bytes());
    assert!(new.stdout.contains("54 -> 45 (down)"), "{}", new.stdout);
    assert_eq!(with_input(&bench, &["diff", "new.txt", "-"], NEW.as_bytes()).exit, 0);
    let binary = with_input(&bench, &["diff", "new.txt", "-"], b"a\0b");
    assert_eq!(binary.exit, 3);
    assert!(binary.stderr.starts_with("error[unsupported]: - is no text"), "{}", binary.stderr);
    let both = with_input(&bench, &["diff", "-", "-"], b"x");
    assert_eq!(both.exit, 2);
    assert!(both.stderr.starts_with("error[usage]: "), "{}", both.stderr);
}

#[test]
fn a_refusal_is_a_finding_in_text_and_a_document_in_json() {
    let bench = pair();
    bench.write("nul.txt", "a\0b");
    bench.write("picture.txt", b"\x89PNG\r\n\x1a\n....");
    bench.write("broken.pdf", "%PDF-1.7\nnothing of the sort\n");
    bench.write("folder/a.txt", "a\n");
    let table: [(&[&str], i32, &str, &str); 10] = [
        (&["nul.txt", "new.txt"], 3, "unsupported", "vidimus hash nul.txt new.txt"),
        (&["new.txt", "picture.txt"], 3, "unsupported", "vidimus hash new.txt picture.txt"),
        (&["new.txt", "broken.pdf"], 3, "malformed", "vidimus hash"),
        (&["nul.txt", "none"], 4, "io", ""),
        (&["/dev/null", "new.txt"], 3, "not-regular", ""),
        (&["folder", "new.txt"], 2, "usage", "vidimus diff OLD/name.txt name.txt"),
        (&["-", "-"], 2, "usage", "vidimus diff - NEW"),
        (&["old.txt", "new.txt", "x"], 2, "usage", "git gives 7 or 9"),
        (&["old.txt", "new.txt", "--only", "x"], 2, "usage", "the kinds: number"),
        (&["old.txt", "new.txt", "--fail-on", "x"], 2, "usage", "the weights: "),
    ];
    for (arguments, exit, code, help) in table {
        for format in ["text", "html", "markdown", "unified", "sarif", "github"] {
            let ran = diff(&bench, &[arguments, &["--format", format]].concat());
            assert_eq!((ran.exit, ran.stdout.as_str()), (exit, ""), "{arguments:?} {format}");
            assert!(ran.stderr.contains(&format!("error[{code}]: ")), "{}", ran.stderr);
            assert!(ran.stderr.contains(help), "{arguments:?}: {}", ran.stderr);
        }
        let (found, document) = json(&bench, arguments);
        assert_eq!((found, &document["schema"]), (exit, &"vidimus.diff/v1".into()));
        assert_eq!(document["verdict"], "refused", "{arguments:?}");
        let findings = document["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["code"] == code), "{document}");
        assert_eq!(document.as_object().unwrap().len(), 3, "{document}");
    }
    // Both sides are named in one run.
    let (_, both) = json(&bench, &["nul.txt", "none"]);
    assert_eq!(both["findings"].as_array().unwrap().len(), 2);
}

#[test]
fn formats_belong_to_commands() {
    let bench = pair();
    let csv = diff(&bench, &["--format", "csv", "old.txt", "new.txt"]);
    assert_eq!(csv.exit, 2);
    assert!(csv.stdout.contains("usage,error"), "{}", csv.stdout);
    for format in ["html", "markdown", "unified", "sarif", "github"] {
        for command in [&["verify"][..], &["hash", "old.txt"], &["completions", "bash"]] {
            let ran = bench.run_in("", &[command, &["--format", format]].concat());
            assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{command:?} {format}");
            let said =
                format!("error[usage]: vidimus {} has no --format {format}\n  help: ", command[0]);
            assert!(ran.stderr.starts_with(&said), "{}", ran.stderr);
        }
    }
}

#[test]
fn odd_texts_are_read_and_what_was_assumed_is_said() {
    let bench = Bench::new();
    bench.write("empty", "");
    bench.write("also-empty", "");
    bench.write("utf8", "Die Brücke öffnet im März für 12 Gäste.\n");
    bench.write("latin1", b"Die Br\xfccke \xf6ffnet im M\xe4rz f\xfcr 12 G\xe4ste.\n");
    let wide = "\u{feff}Die Brücke öffnet im März für 12 Gäste.\n".encode_utf16();
    bench.write("utf16", wide.flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    bench.write(
        "damaged",
        b"Die Br\xc3\xbccke \xc3\xb6ffnet im M\xff\xc3\xa4rz f\xc3\xbcr 13 G\xc3\xa4ste.\n",
    );
    bench.write("cr", "Die Brücke öffnet\rim März für 12 Gäste.\r");
    let table: [(&str, &str, i32, &str); 10] = [
        ("empty", "also-empty", 0, "identical: the same bytes"),
        ("empty", "utf8", 1, "{+Die Brücke öffnet"),
        ("utf8", "empty", 1, "[-Die Brücke öffnet"),
        ("utf8", "utf8", 0, "identical: the same bytes"),
        ("utf8", "latin1", 0, "windows-1252 (assumed)"),
        ("latin1", "utf8", 0, "noise-only"),
        ("utf8", "utf16", 0, "utf-16le with BOM"),
        ("latin1", "utf16", 0, "noise-only"),
        ("utf8", "damaged", 1, "utf-8 (assumed)"),
        ("utf8", "cr", 0, "noise-only"),
    ];
    for (old, new, exit, part) in table {
        let ran = diff(&bench, &[old, new]);
        assert_eq!(ran.exit, exit, "{old} {new}: {}", ran.stdout);
        assert!(ran.stdout.contains(part), "{old} {new}: {}", ran.stdout);
    }
    let (_, document) = json(&bench, &["utf8", "latin1"]);
    assert_eq!(document["new"]["assumed"], true);
}

/// Text and names in which everything is meant for a terminal, a browser or a workflow.
fn hostile() -> Bench {
    let bench = Bench::new();
    let text = |number: u32| {
        format!(
            "It \u{1b}[31mcosts\u{1b}]0;x\u{7} {number} <script>alert(1)</script> \u{202e}now\u{9b}2J.\n\n\
             ::error file=x::forged {number}\n\n##[error]forged {number}\n\n\
             | a | <img src=x onerror=alert({number})> `b` |\n\n\u{1b}[2Jgone {number}\r\n"
        )
    };
    let name = "e\u{1b}[31m<script>\u{202e}.txt";
    bench.write(&format!("a/{name}"), text(45));
    bench.write(&format!("b/{name}"), text(54));
    bench.write(&format!("a/gone{name}"), "x\n");
    bench.write(&format!("b/::error ##[error]{name}"), "a\0\u{1b}b");
    bench
}

#[test]
fn nothing_hostile_is_raw_in_any_format() {
    let bench = hostile();
    let name = "e\u{1b}[31m<script>\u{202e}.txt";
    let (old, new) = (format!("a/{name}"), format!("b/{name}"));
    for (old, new) in [(old.as_str(), new.as_str()), ("a", "b")] {
        for format in FORMATS {
            let arguments = ["--show-noise", "--context", "3", "--format", format, old, new];
            let ran = diff(&bench, &arguments);
            assert_eq!((ran.exit, ran.stderr.as_str()), (1, ""), "{format}");
            let raw = |c: char| is_raw(c) && !matches!(c, '\n' | '\t');
            let found: Vec<char> = ran.stdout.chars().filter(|c| raw(*c)).collect();
            assert!(found.is_empty(), "{format} {old}: {found:?}");
            // In the other formats this is plain text.
            if ["html", "markdown"].contains(&format) {
                assert!(!ran.stdout.contains("<script"), "{format} {old}");
                assert!(!ran.stdout.contains("<img"), "{format} {old}");
            }
            if format == "github" {
                for line in ran.stdout.lines() {
                    let ours = line.starts_with("::") && line.contains("title=");
                    assert!(ours || !(line.starts_with("::") || line.contains("##[")), "{line}");
                }
            }
        }
    }
    for arguments in [["a/none\u{1b}", "b"], ["none\u{1b}<script>", old_name()]] {
        let ran = diff(&bench, &arguments);
        assert!(ran.exit >= 2 && !ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
}

fn old_name() -> &'static str {
    "a/e\u{1b}[31m<script>\u{202e}.txt"
}

#[test]
fn a_hundred_thousand_equal_lines_and_one_moved() {
    let bench = Bench::new();
    let line = "All pumps were checked today.\n\n";
    let moved = "The old harbour gate was painted in bright green by the crew.\n\n";
    let many = |count: usize| line.repeat(count);
    bench.write("old.txt", format!("{}{moved}{}", many(50_000), many(50_000)));
    bench.write("new.txt", format!("{}{moved}{}", many(20_000), many(80_000)));
    let (exit, document) = json(&bench, &["old.txt", "new.txt"]);
    assert_eq!(exit, 1);
    let changes = document["changes"].as_array().unwrap();
    assert!((1..=4).contains(&changes.len()), "{} changes", changes.len());
}

#[test]
fn deep_markup_ends_and_finds_the_change() {
    let bench = Bench::new();
    let page = |number: u32| {
        let (open, close) = ("<div>".repeat(20_000), "</div>".repeat(20_000));
        format!("<!doctype html><title>t</title><body>{open}<p>We saw {number} boats.</p>{close}")
    };
    bench.write("old.html", page(45));
    bench.write("new.html", page(54));
    let ran = diff(&bench, &["old.html", "new.html"]);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("45 -> 54 (up)"), "{}", ran.stdout);
}

/// 50 MB without a line feed; with `VIDIMUS_LARGE=1`, as in `large.rs`. A build for debugging takes
/// minutes for that and has 2 MB.
#[test]
fn one_line_of_fifty_megabytes() {
    if std::env::var_os("VIDIMUS_LARGE").is_none() {
        common::say("skipped: one line of 50 MB, since VIDIMUS_LARGE is not set");
        return;
    }
    let bench = Bench::in_memory();
    let times = if cfg!(debug_assertions) { 60_000 } else { 1_470_000 };
    let line = "seven boats left ".repeat(times);
    bench.write("old.txt", format!("{line}45 {line}"));
    bench.write("new.txt", format!("{line}54 {line}"));
    let ran = Ran::of(&finish(&mut bench.command("", &["diff", "old.txt", "new.txt"])));
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("  number: 45 -> 54 (up)\n"));
}
