//! Findings as text for people: what is wrong, where that is claimed, the evidence, the remedy.
//!
//! ```text
//! error[digest-mismatch]: seeds/000.txt is not the file that was signed
//!   --> manifests/seeds/SHA256SUMS:1
//!   signed  sha256:3f1a...
//!   found   sha256:90bc...
//!   help: vidimus diff OLD seeds/000.txt shows what changed
//! ```
//! Sentences wrap at blanks; a path or digest is never broken, nor is a line of evidence.
//! Columns are counted in characters: wide ones may stand out. Colour repeats what a word says.

use super::{closing, escape};
use crate::finding::{Evidence, Finding, Outcome, Severity};
use anstyle::AnsiColor;

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// Columns after which sentences wrap; 0 wraps nothing.
    pub width: usize,
}

/// The whole report: every finding, the signers, what the command adds, one closing line, where
/// trust came from, when keys were judged, what was not checked, the verdict. Ends in LF.
pub fn text(outcome: &Outcome, style: &Style) -> String {
    let mut out = findings(outcome, style);
    out.push_str(&closing::closing(outcome, style));
    out
}

/// The findings alone, every one, in their order; for commands whose data is something else.
pub fn findings(outcome: &Outcome, style: &Style) -> String {
    outcome.findings.iter().map(|finding| one(finding, style)).collect()
}

/// One finding, with what belongs to it indented below.
fn one(finding: &Finding, style: &Style) -> String {
    let mut out = headline(finding, style);
    if let Some((path, line)) = &finding.claimed_by {
        out.push_str(&place(path, *line));
    }
    let evidence: Vec<_> = finding
        .evidence
        .iter()
        .filter_map(|(name, value)| Some((shown_name(name, finding), shown(value)?)))
        .collect();
    out.push_str(&table(&evidence, style));
    out.extend(finding.evidence.iter().map(|(_, value)| changes(value)));
    if let Some(help) = &finding.help {
        let mut lines = Paragraph::new(style, 8);
        lines.label("  help:", &paint(style, AnsiColor::Cyan.on_default(), "help:", "  "));
        lines.sentence(&escape::message(help));
        out.push_str(&lines.end());
    }
    out
}

/// `error[code]: path message`, as a sentence where the message begins with a verb.
fn headline(finding: &Finding, style: &Style) -> String {
    let label = format!("{}[{}]", finding.severity.as_str(), finding.code.as_str());
    let color = match finding.severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Note => AnsiColor::Cyan.on_default(),
    };
    let mut lines = Paragraph::new(style, 2);
    lines.label(&format!("{label}:"), &format!("{}:", paint(style, color, &label, "")));
    if let Some(path) = &finding.path {
        let colon = if is_predicate(&finding.message) { "" } else { ":" };
        lines.word(&format!("{}{colon}", escape::path(path)));
    }
    lines.sentence(&escape::message(&finding.message));
    lines.end()
}

/// Whether a path in front makes the message a sentence.
fn is_predicate(message: &str) -> bool {
    ["is ", "was ", "has ", "holds ", "belongs "].iter().any(|verb| message.starts_with(verb))
}

/// `--> path:line`: where to look.
pub(super) fn place(path: &[u8], line: Option<u64>) -> String {
    match line {
        Some(line) => format!("  --> {}:{line}\n", escape::path(path)),
        None => format!("  --> {}\n", escape::path(path)),
    }
}

/// Names and values, one pair a line, the values below each other: two blanks after the names, or
/// one where that would be too wide. So the SHA-256 of a file fits into 80 columns.
pub(super) fn table(pairs: &[(&str, String)], style: &Style) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let widest = pairs.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
    let gap = if style.width > 0 && 2 + width + 2 + widest > style.width { " " } else { "  " };
    let mut out = String::new();
    out.extend(pairs.iter().map(|(name, value)| format!("  {name:width$}{gap}{value}\n")));
    out
}

/// The name of a piece of evidence in the words of its finding.
fn shown_name(name: &'static str, finding: &Finding) -> &'static str {
    let claimed = |word| finding.claimed_by.is_some() && finding.message.contains(word);
    match name {
        "expected" if claimed("signed") => "signed",
        "expected" if claimed("listed") => "listed",
        name => name,
    }
}

/// A piece of evidence that fits into a line, safe to show.
fn shown(value: &Evidence) -> Option<String> {
    match value {
        Evidence::Text(text) => Some(escape::message(text)),
        Evidence::Path(bytes) => Some(escape::path(bytes)),
        Evidence::Number(number) => Some(number.to_string()),
        Evidence::Changes { .. } => None,
    }
}

/// What changed in a text, indented below the finding. Its lines hold nothing hidden; should one
/// do so after all, it is escaped here.
fn changes(value: &Evidence) -> String {
    let Evidence::Changes { lines, .. } = value else {
        return String::new();
    };
    let indented = |line: &String| {
        let indent = if line.is_empty() { "" } else { "    " };
        format!("{indent}{}\n", escape::message(line))
    };
    lines.iter().map(indented).collect()
}

/// `text` in colour after a plain `before`, or without where no colour is wanted.
fn paint(style: &Style, color: anstyle::Style, text: &str, before: &str) -> String {
    if style.color { format!("{before}{color}{text}{color:#}") } else { format!("{before}{text}") }
}

/// Words laid into lines; those after the first are indented.
pub(super) struct Paragraph {
    text: String,
    column: usize,
    indent: usize,
    width: usize,
    /// Nothing but a label so far, from which the next word is not parted.
    begun: bool,
}

impl Paragraph {
    /// An empty paragraph whose second line begins after `indent` blanks.
    pub(super) fn new(style: &Style, indent: usize) -> Self {
        Self { text: String::new(), column: 0, indent, width: style.width, begun: true }
    }

    /// The beginning: `plain` says how wide it is, `painted` is what is written.
    pub(super) fn label(&mut self, plain: &str, painted: &str) {
        self.text.push_str(painted);
        self.column = plain.chars().count();
    }

    /// Whether `text` would fit into one line of its own.
    fn fits_alone(&self, text: &str) -> bool {
        self.indent + text.chars().count() <= self.width
    }

    /// Adds text on the present line, whatever its length.
    fn glue(&mut self, text: &str) {
        if self.column > 0 {
            self.text.push(' ');
            self.column += 1;
        }
        self.text.push_str(text);
        self.column += text.chars().count();
        self.begun = false;
    }

    /// Adds one word, which may hold blanks and is never broken.
    pub(super) fn word(&mut self, word: &str) {
        let end = self.column + 1 + word.chars().count();
        if self.begun || self.width == 0 || end <= self.width {
            return self.glue(word);
        }
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', self.indent));
        self.text.push_str(word);
        self.column = self.indent + word.chars().count();
    }

    /// Adds text that may be broken at each blank.
    pub(super) fn sentence(&mut self, text: &str) {
        text.split(' ').for_each(|word| self.word(word));
    }

    /// Adds text that is broken only where it is wider than a line.
    pub(super) fn clause(&mut self, text: &str) {
        if self.fits_alone(text) { self.word(text) } else { self.sentence(text) }
    }

    /// The lines, ending in LF.
    pub(super) fn end(mut self) -> String {
        self.text.push('\n');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, SignerRow, SignerStatus, Trust};
    use proptest::prelude::*;
    use serde_json::json;

    const PLAIN: Style = Style { color: false, width: 80 };

    fn changed() -> Finding {
        Finding::error(Code::DigestMismatch, "is not the file that was signed")
            .at("seeds/000.txt")
            .claimed_by("manifests/seeds/SHA256SUMS", Some(1))
            .with("expected", "sha256:3f1a")
            .with("found", "sha256:90bc")
            .help("vidimus diff OLD seeds/000.txt shows what changed")
    }

    #[test]
    fn findings_have_the_agreed_shape() {
        let table = [
            (
                changed(),
                "error[digest-mismatch]: seeds/000.txt is not the file that was signed\n\
                 \x20 --> manifests/seeds/SHA256SUMS:1\n\
                 \x20 signed  sha256:3f1a\n\
                 \x20 found   sha256:90bc\n\
                 \x20 help: vidimus diff OLD seeds/000.txt shows what changed\n",
            ),
            (
                Finding::error(Code::DigestMismatch, "is not the file that was listed")
                    .at("a b.txt")
                    .claimed_by("MD5SUMS", None)
                    .with("expected", "md5:00")
                    .with("found", "md5:01")
                    .with_number("bytes", 7),
                "error[digest-mismatch]: a b.txt is not the file that was listed\n\
                 \x20 --> MD5SUMS\n\
                 \x20 listed  md5:00\n\
                 \x20 found   md5:01\n\
                 \x20 bytes   7\n",
            ),
            (
                Finding::note(Code::Moved, "moved, with its content as it was")
                    .at("seeds/new.txt")
                    .with_path("from", b"seeds/\xff\x1b.txt")
                    .with_path("to", "seeds/new.txt"),
                "note[moved]: seeds/new.txt: moved, with its content as it was\n\
                 \x20 from  seeds/\\xff\\x1b.txt\n\
                 \x20 to    seeds/new.txt\n",
            ),
            (Finding::error(Code::Empty, "nothing to check"), "error[empty]: nothing to check\n"),
            (
                Finding::warning(Code::Unsupported, "odd \x1b[31m\nerror[io]: forged")
                    .at("\u{202e}x\n"),
                "warning[unsupported]: \\u{202e}x\\n: odd \\x1b[31m\\nerror[io]: forged\n",
            ),
        ];
        for (finding, expected) in table {
            assert_eq!(one(&finding, &PLAIN), expected);
        }
    }

    #[test]
    fn long_sentences_wrap_and_paths_do_not() {
        let path = format!("seeds/{} of the year.txt", "x".repeat(70));
        let finding = Finding::error(
            Code::Threshold,
            "was signed by one key, and the policy of this archive asks for two keys of different people",
        )
        .at(path.as_bytes())
        .help("ask a second signer to run `vidimus sign` on the same tree, and copy the bundle here afterwards");
        let expected = format!(
            "error[threshold]: {path}\n  \
             was signed by one key, and the policy of this archive asks for two keys of\n  \
             different people\n  \
             help: ask a second signer to run `vidimus sign` on the same tree, and copy the\n        \
             bundle here afterwards\n"
        );
        assert_eq!(one(&finding, &PLAIN), expected);
        let short = Finding::error(Code::Missing, "is not there").at(path.as_bytes());
        assert_eq!(one(&short, &PLAIN), format!("error[missing]: {path}\n  is not there\n"));
        let unbroken = one(&finding, &Style { color: false, width: 0 });
        assert_eq!(unbroken.lines().count(), 2);
    }

    #[test]
    fn the_digests_of_a_file_fit_into_80_columns() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let finding = Finding::error(Code::DigestMismatch, "is not the file that was signed")
            .claimed_by("manifests/seeds/SHA256SUMS", Some(1))
            .with("expected", digest.clone())
            .with("found", digest.clone());
        for (width, gap) in [(0, "  "), (80, " "), (81, "  ")] {
            let text = one(&finding, &Style { color: false, width });
            assert!(text.contains(&format!("\n  found {gap}{digest}\n")), "{width}: {text}");
            assert!(text.contains(&format!("\n  signed{gap}{digest}\n")), "{width}: {text}");
        }
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let mut outcome = Outcome::default();
        outcome.push(changed());
        outcome.push(Finding::warning(Code::WeakHash, "has only an MD5 digest").at("a"));
        let color = text(&outcome, &Style { color: true, width: 80 });
        assert!(
            color.starts_with("\x1b[1m\x1b[31merror[digest-mismatch]\x1b[0m: seeds/000.txt is"),
            "{color:?}"
        );
        assert!(color.contains("  \x1b[36mhelp:\x1b[0m vidimus diff"));
        assert!(color.contains("\x1b[33mwarning[weak-hash]\x1b[0m: a has"));
        let bare = ["\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[0m"]
            .iter()
            .fold(color, |text, code| text.replace(code, ""));
        assert_eq!(bare, text(&outcome, &PLAIN));
    }

    #[test]
    fn every_finding_is_named() {
        let mut outcome = Outcome::default();
        (0..3_000).for_each(|n| {
            outcome.push(Finding::error(Code::Missing, "is not there").at(format!("f{n}")));
        });
        assert_eq!(findings(&outcome, &PLAIN).lines().count(), 3_000);
    }

    /// An outcome in which everything that can come from outside is `bytes`.
    fn filled_with(bytes: &[u8]) -> Outcome {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let signer = |status, key| SignerRow {
            name: text.clone(),
            key: Some(format!("{key}{text}")),
            scope: Some(bytes.to_vec()),
            evidence: Some(bytes.to_vec()),
            status,
            proven: None,
            proofs: Vec::new(),
        };
        let mut outcome = Outcome {
            signers: vec![
                signer(SignerStatus::Accepted, "a"),
                signer(SignerStatus::Rejected(Code::Scope), "b"),
            ],
            thresholds: vec![(bytes.to_vec(), 1, 1), (b"other".to_vec(), 0, 1)],
            trust: Some(Trust {
                source: text.clone(),
                policy_sha256: None,
                policy_version: None,
                pinned: false,
            }),
            not_checked: vec![text.clone()],
            details: vec![
                ("text", json!(text)),
                ("list", json!([text, [text]])),
                ("members", json!({ text.clone(): {text.clone(): text} })),
            ],
            ..Outcome::default()
        };
        outcome.push(
            Finding::error(Code::Io, text.clone())
                .at(bytes)
                .claimed_by(bytes, Some(1))
                .with("text", text.clone())
                .with_path("path", bytes)
                .help(text),
        );
        outcome
    }

    proptest! {
        #[test]
        fn nothing_from_outside_acts_on_a_terminal_or_forges_a_line(
            bytes in prop::collection::vec(any::<u8>(), 0..12), rest in any::<String>(),
        ) {
            let style = Style { color: false, width: 0 };
            let hostile = [&bytes, "\n\u{202e}\u{9b}".as_bytes(), rest.as_bytes()].concat();
            let shown = text(&filled_with(&hostile), &style);
            prop_assert!(!shown.chars().any(|c| c != '\n' && escape::is_hidden(c)));
            let plain = text(&filled_with(b"plain"), &style);
            prop_assert_eq!(shown.lines().count(), plain.lines().count());
        }
    }
}
