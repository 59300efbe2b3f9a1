//! Tests: whatever stands in the documents and in their names, no renderer writes it as markup,
//! as a command or as a control character.

use super::testing::{plainly, sample};
use super::*;
use crate::compare::{Comparison, Noise, NoiseKind, Span, Weight};
use crate::report::escape;
use proptest::prelude::*;

/// Pieces that one format or another would obey.
const PIECES: [&str; 36] = [
    "<script>alert(1)</script>",
    "</bdi></p></style>",
    "<!--",
    "-->",
    "\" onload='x'",
    "&lt;",
    "\x1b[31m",
    "\x1b]8;;http://x\x07",
    "\u{9b}2J",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{ad}",
    "`code`",
    "```",
    "|",
    "~~a~~",
    "**b**",
    "[x](javascript:y)",
    "![i](http://t.example/p.png)",
    "@everyone",
    "#1",
    "https://www.example.org",
    "$$x$$",
    "::error file=x::y",
    "%0A::stop-commands::x",
    "\r",
    "\n",
    "\n\n",
    "\t",
    "\0",
    "\\",
    "{0}",
    " word ",
    "45",
    "@@ -1 +1 @@",
];

/// Every format, with its name.
fn all(comparison: &Comparison, shown: &Shown<'_>) -> Vec<(&'static str, String)> {
    let document = TreeDocument {
        status: Status::RenamedChanged,
        old_path: Some(shown.old.to_owned()),
        new_path: Some(shown.new.to_owned()),
        old_sha256: Some(shown.old.to_owned()),
        new_sha256: None,
        comparison: Some(comparison),
        note: Some(shown.new.to_owned()),
    };
    let unread = TreeDocument { comparison: None, ..document.clone() };
    let documents = [document, unread];
    let tree = Tree { old: shown.old, new: shown.new, documents: &documents };
    vec![
        ("text", text(comparison, shown)),
        ("json", json(comparison, shown)),
        ("html", html(comparison, shown, Some(shown.new))),
        ("markdown", markdown(comparison, shown)),
        ("unified", unified(comparison, shown)),
        ("sarif", sarif(comparison, shown)),
        ("github", github(comparison, shown)),
        ("text", tree_text(&tree, shown)),
        ("json", tree_json(&tree, shown)),
        ("html", tree_html(&tree, shown, Some(shown.old))),
        ("markdown", tree_markdown(&tree, shown)),
    ]
}

/// The names of the tags in some markup.
fn tags(markup: &str) -> Vec<&str> {
    let starts = markup.match_indices('<').map(|(at, _)| markup[at + 1..].trim_start_matches('/'));
    starts.map(|rest| rest.split([' ', '>', '\n']).next().unwrap()).collect()
}

const HTML: [&str; 41] = [
    "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p",
    "strong", "dl", "dt", "dd", "code", "bdi", "br", "nav", "ul", "li", "a", "table", "thead",
    "tbody", "tr", "th", "td", "span", "abbr", "ins", "del", "sup", "details", "summary", "ol",
    "div", "q", "article", "em",
];

const MARKDOWN: [&str; 6] = ["details", "summary", "br", "del", "strong", "!--"];

fn check(name: &str, out: &str) {
    for c in out.chars() {
        let allowed = c == '\n' || (c == '\t' && name == "unified");
        assert!(allowed || !escape::is_hidden(c), "{name}: {c:?} in {out}");
    }
    match name {
        "json" | "sarif" => {
            assert_eq!(out.matches('\n').count(), 1);
            assert!(serde_json::from_str::<serde_json::Value>(out).is_ok(), "{out}");
        }
        "html" => {
            for tag in tags(out) {
                assert!(HTML.contains(&tag), "<{tag}> in {out}");
            }
            assert_eq!(out.matches("<style>").count(), 1);
        }
        "markdown" => {
            for tag in tags(out) {
                assert!(MARKDOWN.contains(&tag), "<{tag}> in {out}");
            }
            for mark in ["`", "[", "]", "$"] {
                let all = out.matches(mark).count();
                assert_eq!(all, out.matches(&format!("\\{mark}")).count(), "{mark} in {out}");
            }
            assert!(!out.contains("://") && !out.contains("www.") && !out.contains("@e"), "{out}");
        }
        "github" => {
            for line in out.lines().rev().skip(1) {
                let (level, _) = line.split_once(' ').unwrap();
                assert!(["::error", "::warning", "::notice"].contains(&level), "{line}");
            }
            assert!(!out.lines().last().unwrap().starts_with("::"));
        }
        "unified" => {
            let first = |line: &str| line.starts_with([' ', '+', '-', '@', '\\']);
            assert!(out.lines().all(first), "{out}");
        }
        _ => {}
    }
}

fn try_all(pieces: &[&str]) {
    let marked = pieces.iter().enumerate().map(|(at, piece)| match at % 3 {
        0 => format!("{piece} "),
        1 => format!("[-{piece}-]{{+{piece}1+}}"),
        _ => format!("{{+{piece}+}}"),
    });
    let mut comparison = sample(&marked.collect::<String>(), &[]);
    let len = comparison.new.text().len();
    let end = comparison.new.text().ceil_char_boundary(len.min(9));
    for (kind, weight) in
        [(NoiseKind::Typography, Weight::Noise), (NoiseKind::Invisible, Weight::Major)]
    {
        let noise = Noise { kind, weight, old: Span::new(0, 0), new: Span::new(0, end) };
        comparison.noise.push(noise);
    }
    for change in &mut comparison.changes {
        change.facts = vec![crate::compare::FactChange {
            kind: Kind::Number,
            old: pieces.first().map(|piece| (*piece).to_owned()),
            new: pieces.last().map(|piece| (*piece).to_owned()),
            direction: None,
        }];
    }
    let label: String = pieces.concat();
    let shown = Shown { old: &label, new: &label, show_noise: true, context: 1, ..plainly() };
    for (name, out) in all(&comparison, &shown) {
        check(name, &out);
    }
}

#[test]
fn no_piece_is_obeyed() {
    for piece in PIECES {
        try_all(&[piece, piece, piece, "word"]);
    }
    try_all(&PIECES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_mixture_is_obeyed(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..9)) {
        try_all(&pieces);
    }
}
