//! The files `tests/kinds/<language>/<kind>.txt`: which there must be, and what a case is.
//!
//! ```text
//! # what the file holds
//!
//! - old text, in one line
//! + new text, in one line
//! = number: 45 -> 54; quotation
//! ```
//!
//! An empty line ends a case. In the texts `\n`, `\\` and `\u{0430}` stand for a line break, a
//! backslash and a character by its number. The last line has the kinds of all changes, each once;
//! what a fact was and is stands there for the reader only. `= (nothing)`: no change at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The languages that have files.
pub(crate) const LANGUAGES: [&str; 3] = ["en", "fr", "de"];

/// What a fact is made of: none of these belongs on a pair that differs in wording or form.
pub(crate) const FACTS: [&str; 11] = [
    "number",
    "date",
    "name",
    "negation",
    "modality",
    "quantifier",
    "hedge",
    "quotation",
    "attribution",
    "homoglyph",
    "bidi-control",
];

/// The other kinds.
const OTHERS: [&str; 9] =
    ["added", "removed", "heading", "link", "wording", "move", "split", "merge", "spelling"];

/// The kinds that are measured on given pairs too; in English a few cases are enough.
const MEASURED: [&str; 7] =
    ["number", "date", "name", "negation", "modality", "quantifier", "hedge"];

/// One pair and the kinds of its changes.
pub(crate) struct Case {
    pub(crate) language: &'static str,
    /// `en/number.txt:12`
    pub(crate) place: String,
    pub(crate) without_facts: bool,
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) expected: BTreeSet<String>,
}

/// The files of a language, and how many cases each must hold.
fn files(language: &str) -> BTreeMap<String, usize> {
    let english = language == "en";
    let kinds = FACTS.iter().chain(&OTHERS).filter(|kind| **kind != "wording");
    let least = |kind: &str| if english && MEASURED.contains(&kind) { 10 } else { 20 };
    let mut files: BTreeMap<String, usize> =
        kinds.map(|kind| (format!("{kind}.txt"), least(kind))).collect();
    files.insert("none.txt".to_owned(), if english { 40 } else { 30 });
    files
}

fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kinds").join(language)
}

/// `\n`, `\\` and `\u{0430}` as the characters they stand for.
fn unescape(text: &str) -> Option<String> {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        rest = if let Some(number) = after.strip_prefix("u{") {
            let (digits, after) = number.split_once('}')?;
            plain.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
            after
        } else {
            plain.push(if after.starts_with('n') { '\n' } else { '\\' });
            after.strip_prefix(['n', '\\'])?
        };
    }
    Some(plain + rest)
}

/// The kind of one label: `link`, or `number: 45 -> 54`.
fn kind_of(label: &str) -> Option<String> {
    let kind = match label.split_once(": ") {
        Some((kind, fact)) => {
            let (old, new) = fact.split_once(" -> ")?;
            (FACTS.contains(&kind) && old != new).then_some(kind)?
        }
        None => label,
    };
    (FACTS.contains(&kind) || OTHERS.contains(&kind)).then(|| kind.to_owned())
}

/// The kinds of a `=` line, each of which must stand there once.
fn expected(labels: &str) -> Option<BTreeSet<String>> {
    if labels == "(nothing)" {
        return Some(BTreeSet::new());
    }
    let kinds: Vec<String> = labels.split("; ").map(kind_of).collect::<Option<_>>()?;
    let once: BTreeSet<String> = kinds.iter().cloned().collect();
    (once.len() == kinds.len()).then_some(once)
}

/// One case: three lines.
fn case(language: &'static str, file: &str, at: usize, lines: &[&str]) -> Option<Case> {
    let &[old, new, labels] = lines else { return None };
    let case = Case {
        language,
        place: format!("{language}/{file}:{at}"),
        without_facts: file == "none.txt",
        old: unescape(old.strip_prefix("- ")?)?,
        new: unescape(new.strip_prefix("+ ")?)?,
        expected: expected(labels.strip_prefix("= ")?)?,
    };
    let own = file.strip_suffix(".txt")?;
    let fits = if case.without_facts {
        case.expected.iter().all(|kind| kind == "wording")
    } else {
        case.expected.contains(own)
    };
    (fits && case.old != case.new).then_some(case)
}

/// The cases of one file; it fails on one that is not a case.
fn read(language: &'static str, file: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(folder(language).join(file))
        .unwrap_or_else(|error| panic!("{language}/{file}: {error}"));
    assert!(text.starts_with("# "), "{language}/{file} does not say what it holds");
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')).collect();
    let groups = lines.split(|(_, line)| line.is_empty()).filter(|group| !group.is_empty());
    groups
        .map(|group| {
            let at = group[0].0 + 1;
            let lines: Vec<&str> = group.iter().map(|(_, line)| *line).collect();
            case(language, file, at, &lines)
                .unwrap_or_else(|| panic!("{language}/{file}:{at} is not a case: {lines:#?}"))
        })
        .collect()
}

/// All cases of all files, after checking that no file is missing, unknown or too short.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for language in LANGUAGES {
        let wanted = files(language);
        let there: BTreeSet<String> = std::fs::read_dir(folder(language))
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        assert_eq!(
            there,
            wanted.keys().cloned().collect::<BTreeSet<_>>(),
            "the files of {language}"
        );
        for (file, least) in wanted {
            let found = read(language, &file);
            assert!(found.len() >= least, "{language}/{file}: {} of {least} cases", found.len());
            cases.extend(found);
        }
    }
    cases
}

#[test]
fn escapes_stand_for_what_they_say() {
    assert_eq!(unescape(r"a\nb\\n\u{0430}").as_deref(), Some("a\nb\\n\u{430}"));
    for bad in [r"\", r"\t", r"\u{", r"\u{d800}", r"\u{x}"] {
        assert_eq!(unescape(bad), None, "{bad}");
    }
    assert_eq!(expected("link; link"), None);
    assert_eq!(expected("link: a -> b"), None);
    assert_eq!(expected("nonsense"), None);
}
