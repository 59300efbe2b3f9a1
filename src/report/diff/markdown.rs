//! A comparison as Markdown for a pull request: the verdict, a table of what changed in meaning,
//! everything else folded.
//!
//! Words of a document become neither markup nor links nor mentions. The whole stays below the
//! length that GitHub takes, and says what it leaves out.

use super::Shown;
use super::entries::{Entry, entries, excerpt, fact_in_words};
use super::form::invisible;
use super::inline::{Mark, Piece};
use super::text::COARSE;
use super::verdict::{counted, folded, prose};
use super::view::View;
use crate::codec::hex;
use crate::compare::{Comparison, Verdict, Weight};
use crate::report::escape;
use crate::text::Document;

/// The longest comment that GitHub takes, in UTF-16 code units, to be safe.
const MOST: usize = 65_536;
/// What is kept free for the lines at the end.
const RESERVE: usize = 2_500;

/// The comment. Ends in LF.
pub fn markdown(comparison: &Comparison, shown: &Shown<'_>) -> String {
    let mut out = Comment::new(MOST - RESERVE);
    out.always(&format!("**{}**: {}\n", comparison.verdict.as_str(), prose(comparison)));
    out.document(comparison, shown);
    out.end()
}

/// Text that grows up to a bound.
pub(super) struct Comment {
    text: String,
    left: usize,
    /// Entries that did not fit.
    dropped: usize,
}

impl Comment {
    pub(super) const fn new(most: usize) -> Self {
        Self { text: String::new(), left: most, dropped: 0 }
    }

    /// A comment of the length that GitHub takes.
    pub(super) const fn of_a_pull_request() -> Self {
        Self::new(MOST - RESERVE)
    }

    /// Adds what must be there.
    pub(super) fn always(&mut self, text: &str) {
        self.left = self.left.saturating_sub(text.encode_utf16().count());
        self.text.push_str(text);
    }

    /// Adds text if there is room for it.
    pub(super) fn add(&mut self, text: &str) -> bool {
        let fits = text.encode_utf16().count() <= self.left;
        if fits {
            self.always(text);
        } else {
            self.left = 0;
            self.dropped += 1;
        }
        fits
    }

    /// Everything below the verdict.
    pub(super) fn document(&mut self, comparison: &Comparison, shown: &Shown<'_>) {
        if comparison.verdict == Verdict::Identical {
            return;
        }
        let view = View::new(comparison, shown);
        let (heavy, light): (Vec<_>, Vec<_>) =
            entries(&view).into_iter().partition(|entry| entry.weight >= Weight::Major);
        if comparison.coarse {
            self.always(&format!("\n{COARSE}\n"));
        }
        self.table(&heavy, &view);
        self.hidden(&view);
        if !light.is_empty() {
            let count = light.iter().map(|entry| entry.changes.len()).sum();
            let count = counted(count, "change", "changes");
            self.fold(&format!("{count} of wording, spelling or place"), |comment| {
                comment.table(&light, &view);
            });
        }
        if let Some(counts) = folded(comparison) {
            self.add(&format!("\nDifferences of form, not listed: {counts}.\n"));
        }
        let files =
            [side("old", shown.old, &comparison.old), side("new", shown.new, &comparison.new)];
        self.fold("Files", |comment| {
            comment.add(&format!("\n{}", files.concat()));
        });
    }

    fn table(&mut self, entries: &[Entry], view: &View<'_>) {
        let head = "\n| Weight | Kind | Change | Place |\n| --- | --- | --- | --- |\n";
        if !entries.is_empty() && self.add(head) {
            for (index, entry) in entries.iter().enumerate() {
                if !self.add(&row(entry, view)) {
                    self.dropped += entries.len() - index - 1;
                    return;
                }
            }
        }
    }

    fn hidden(&mut self, view: &View<'_>) {
        let found = invisible(view);
        if !found.is_empty() && self.add("\nmajor: characters inside words that show nothing\n\n") {
            for word in found {
                self.add(&format!("- word {} ({})\n", inert(word.word), word.place.words()));
            }
        }
    }

    /// Adds a part that is closed at first. It is opened only where there is room to close it.
    pub(super) fn fold(&mut self, summary: &str, body: impl FnOnce(&mut Self)) {
        if self.add(&format!("\n<details><summary>{summary}</summary>\n")) {
            body(self);
            // The reserve has room for these few.
            self.always("\n</details>\n");
        }
    }

    /// The text, with a word about what is missing.
    pub(super) fn end(mut self) -> String {
        if self.dropped > 0 {
            let dropped = counted(self.dropped, "part is", "parts are");
            self.text.push_str(&format!(
                "\n{dropped} left out, because a comment has at most {MOST} characters.\n"
            ));
        }
        self.text
    }
}

/// One file.
fn side(side: &str, label: &str, document: &Document) -> String {
    format!(
        "- {side}: {}, {}, {}, sha256:{}\n",
        inert(&escape::path(label.as_bytes())),
        counted(document.words(), "word", "words"),
        document.encoding().name,
        hex::encode(document.sha256()),
    )
}

fn row(entry: &Entry, view: &View<'_>) -> String {
    let facts = entry.facts(view).into_iter().map(|fact| inert(&fact_in_words(fact)));
    let lines = entry.lines(view).into_iter().map(|line| sentence(&line));
    format!(
        "| {} | {} | {} | {} |\n",
        entry.weight.as_str(),
        entry.kinds_in_words(),
        facts.chain(lines).collect::<Vec<_>>().join("<br>"),
        entry.place(view).words(),
    )
}

/// `~~old~~ **new**` in its sentence.
fn sentence(pieces: &[Piece]) -> String {
    let mut out = String::new();
    let mut gone = false;
    for Piece { mark, text, .. } in pieces {
        let text = shortened(text);
        if gone && *mark == Mark::New {
            out.push(' ');
        }
        match mark {
            Mark::Same => out.push_str(&inert(&text)),
            Mark::Gone => out.push_str(&marked(&text, "~~", "del")),
            Mark::New => out.push_str(&marked(&text, "**", "strong")),
        }
        gone = *mark == Mark::Gone;
    }
    out
}

/// A very long text by its beginning and end.
fn shortened(text: &str) -> String {
    if text.len() <= 4_000 {
        return text.to_owned();
    }
    let short = excerpt(text);
    match short.char_indices().nth(2_000) {
        None => short,
        Some((end, _)) => format!("{} ...", short.get(..end).unwrap_or_default()),
    }
}

/// Text between marks; between tags where Markdown would not see marks beside punctuation.
fn marked(text: &str, mark: &str, tag: &str) -> String {
    let inner = inert(text);
    let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    if edge(text.chars().next()) && edge(text.chars().next_back()) {
        format!("{mark}{inner}{mark}")
    } else {
        format!("<{tag}>{inner}</{tag}>")
    }
}

/// Text that is nothing but text, in the middle of a line or a cell of a table. An empty comment
/// keeps GitHub from seeing a mention, a reference, an emoji or an address in it.
pub(super) fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = escape::message(text);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let close = rest.peek().is_none_or(|next| !next.is_whitespace());
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' | ':' if close => out.extend([c, '<', '!', '-', '-', ' ', '-', '-', '>']),
            '#' => out.push_str("\\#<!-- -->"),
            '.' if ends_with_www(&out) => out.push_str("<!-- -->."),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '|' | '~' | '$' | '^' | '!' | '+'
            | '=' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    let start = text.len().saturating_sub(3);
    text.get(start..).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Kind;
    use crate::report::diff::testing::{plainly, sample, showcase};

    #[test]
    fn words_of_a_document_are_not_markup() {
        let table = [
            ("a|b `c` *d* _e_", r"a\|b \`c\` \*d\* \_e\_"),
            ("<script> & [x](y)", r"&lt;script&gt; &amp; \[x\](y)"),
            ("@all #1 :x:", r"@<!-- -->all \#<!-- -->1 :<!-- -->x:<!-- -->"),
            ("www.x.org\n\u{202e}", r"www<!-- -->.x.org\\n\\u\{202e\}"),
        ];
        for (text, expected) in table {
            assert_eq!(inert(text), expected);
        }
    }

    #[test]
    fn marks_where_they_are_seen() {
        let comparison = sample("It [-must-]{+should+} go[-.-]{+!+}", &[&[Kind::Modality]]);
        let text = markdown(&comparison, &plainly());
        let row = "| critical | modality, wording | It ~~must~~ **should** go<del>.</del> \
                   <strong>\\!</strong> | old line 1, new line 1 |\n";
        assert!(text.contains(row), "{text}");
        assert!(
            text.starts_with("**meaning**: The meaning differs: 2 changes (1 critical, 1 minor)")
        );
    }

    #[test]
    fn a_comment_is_never_too_long() {
        let mut comparison = showcase();
        let (change, long) = (comparison.changes[0].clone(), sample(&"x".repeat(9_000), &[]));
        assert!(shortened(long.new.text()).len() < 4_100);
        let more = (0..2_000).map(|at| {
            let mut change = change.clone();
            change.old_sentence =
                change.old_sentence.map(|s| crate::compare::Span::new(s.start, s.end + at));
            change
        });
        comparison.changes.extend(more);
        let text = markdown(&comparison, &plainly());
        assert!(text.encode_utf16().count() < MOST);
        assert!(text.contains(" left out, because a comment has at most 65536 characters."));
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}
