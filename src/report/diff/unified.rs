//! A unified diff of the lines, for readers and tools that know nothing else. It says nothing
//! about meaning, and white space and quotation marks are differences like any other.
//!
//! Hidden characters are escaped, so that a terminal can show it; where there are any, it does not
//! apply as a patch.

use super::Shown;
use crate::compare::{Comparison, Verdict};
use crate::report::escape;
use similar::{ChangeTag, TextDiff};

/// How many lines stand around each stretch that differs.
const AROUND: usize = 3;

/// The diff; empty for the same bytes.
pub fn unified(comparison: &Comparison, shown: &Shown<'_>) -> String {
    if comparison.verdict == Verdict::Identical {
        return String::new();
    }
    let old: Vec<_> = comparison.old.text().split_inclusive('\n').collect();
    let new: Vec<_> = comparison.new.text().split_inclusive('\n').collect();
    let diff = TextDiff::from_slices(&old, &new);
    let mut out = String::new();
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        if out.is_empty() {
            out.push_str(&header(shown));
        }
        out.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            out.push_str(&line(change.tag(), change.value()));
        }
    }
    out
}

fn header(shown: &Shown<'_>) -> String {
    let (old, new) = (escape::path(shown.old.as_bytes()), escape::path(shown.new.as_bytes()));
    format!("--- {old}\n+++ {new}\n")
}

fn line(tag: ChangeTag, text: &str) -> String {
    let sign = match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    };
    let tabs = |text: &str| text.split('\t').map(escape::message).collect::<Vec<_>>().join("\t");
    match text.strip_suffix('\n') {
        Some(text) => format!("{sign}{}\n", tabs(text)),
        None => format!("{sign}{}\n\\ No newline at end of file\n", tabs(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diff::testing::{plainly, sample};

    #[test]
    fn lines_with_three_around() {
        let comparison = sample("1\n2\n3\n4\n[-5-]{+f\u{202e}\t+}\r\n6\n7\n8\n9", &[]);
        assert_eq!(
            unified(&comparison, &plainly()),
            "--- old.txt\n+++ new.txt\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\\r\n+f\\u{202e}\t\\r\n 6\n 7\n 8\n"
        );
        let comparison = sample("a[-b-]{+c+}", &[]);
        assert!(unified(&comparison, &plainly()).ends_with(
            "@@ -1 +1 @@\n-ab\n\\ No newline at end of file\n+ac\n\\ No newline at end of file\n"
        ));
        assert_eq!(unified(&sample("a", &[]), &plainly()), "");
    }
}
