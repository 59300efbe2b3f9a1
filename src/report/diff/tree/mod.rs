//! Two folders or manifests: which documents came, went, were renamed or changed, the heaviest
//! change first, and then each with its own report.
//!
//! What could not be read as text is listed with its digests and with the reason, never guessed.

mod html;
mod json;
mod markdown;
mod text;

pub use html::tree_html;
pub use json::{TREE_SCHEMA, tree_json};
pub use markdown::tree_markdown;
pub use text::tree_text;

use super::Shown;
use super::verdict::{by_weight, counted};
use crate::compare::{Comparison, Verdict, Weight};

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Only the new side has it.
    Added,
    /// Only the old side has it.
    Removed,
    /// Other bytes under the same path.
    Changed,
    /// The same bytes under another path.
    Renamed,
    /// Other bytes under another path.
    RenamedChanged,
    /// The same bytes under the same path.
    Unchanged,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Added,
        Self::Removed,
        Self::Changed,
        Self::Renamed,
        Self::RenamedChanged,
        Self::Unchanged,
    ];

    /// The word used in text and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
            Self::RenamedChanged => "renamed-changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One document of two folders.
#[derive(Debug, Clone)]
pub struct TreeDocument<'a> {
    /// What became of it.
    pub status: Status,
    /// Its path in the old folder, as it is.
    pub old_path: Option<String>,
    /// Its path in the new folder.
    pub new_path: Option<String>,
    /// SHA-256 of the old file in hexadecimal.
    pub old_sha256: Option<String>,
    /// SHA-256 of the new file.
    pub new_sha256: Option<String>,
    /// What changed in it, where both sides could be read as text.
    pub comparison: Option<&'a Comparison>,
    /// What a reader has to know: `is no text: compared by digest`.
    pub note: Option<String>,
}

/// Two folders, and all documents in them.
#[derive(Debug, Clone)]
pub struct Tree<'a> {
    /// What the old folder is called, as it is.
    pub old: &'a str,
    /// What the new folder is called.
    pub new: &'a str,
    /// The documents in any order.
    pub documents: &'a [TreeDocument<'a>],
}

impl TreeDocument<'_> {
    /// How many changes of each weight it has: critical, major, minor. A document that came, went
    /// or cannot be read counts as one major change, because nobody can say more.
    pub(super) fn counts(&self) -> [usize; 3] {
        match (self.comparison, self.status) {
            (Some(comparison), _) => {
                let counts = by_weight(comparison);
                let of = |weight| counts.iter().find(|(other, _)| *other == weight);
                [Weight::Critical, Weight::Major, Weight::Minor]
                    .map(|weight| of(weight).map_or(0, |(_, count)| *count))
            }
            (None, Status::Unchanged) => [0, 0, 0],
            (None, Status::Renamed) => [0, 0, 1],
            (None, Status::Added | Status::Removed | Status::Changed | Status::RenamedChanged) => {
                [0, 1, 0]
            }
        }
    }

    /// What it comes to by itself.
    pub(super) fn verdict(&self) -> Verdict {
        let form = self.comparison.map_or(Verdict::Identical, |comparison| comparison.verdict);
        match self.counts() {
            [0, 0, 0] => form,
            [0, 0, _] => form.max(Verdict::Surface),
            [_, _, _] => Verdict::Meaning,
        }
    }

    /// The path under which it is listed: the new one, where there is one.
    pub(super) fn path(&self) -> &str {
        self.new_path.as_deref().or(self.old_path.as_deref()).unwrap_or_default()
    }

    /// The path that it had, where that is another one.
    pub(super) fn former(&self) -> Option<&str> {
        let old = self.old_path.as_deref();
        old.filter(|_| self.new_path.is_some() && self.new_path != self.old_path)
    }
}

impl<'a> Tree<'a> {
    /// The documents that are not unchanged, the heaviest first.
    pub(super) fn ranked(&self) -> Vec<&'a TreeDocument<'a>> {
        let documents = self.documents.iter();
        let mut ranked: Vec<_> =
            documents.filter(|document| document.status != Status::Unchanged).collect();
        ranked.sort_by_cached_key(|document| {
            (std::cmp::Reverse(document.counts()), document.status, document.path().to_owned())
        });
        ranked
    }

    /// What it all comes to: the heaviest verdict.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.documents.iter().map(TreeDocument::verdict);
        verdicts.max().unwrap_or(Verdict::Identical)
    }

    /// How many documents have each status; none with 0.
    pub(super) fn by_status(&self) -> Vec<(Status, usize)> {
        let count =
            |status| self.documents.iter().filter(|document| document.status == status).count();
        let counts = Status::ALL.into_iter().map(|status| (status, count(status)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// `meaning: 3 documents: 1 added, 2 changed`.
    pub(super) fn sentence(&self) -> String {
        let counts = self.by_status().into_iter();
        let counts: Vec<_> =
            counts.map(|(status, count)| format!("{count} {}", status.as_str())).collect();
        let documents = counted(self.documents.len(), "document", "documents");
        let counts =
            if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
        format!("{}: {documents}{counts}", self.verdict().as_str())
    }
}

/// What is shown of one document: the wishes for the whole, under its own paths.
fn shown_of<'a>(document: &'a TreeDocument<'_>, shown: &Shown<'_>) -> Shown<'a> {
    Shown {
        old: document.old_path.as_deref().unwrap_or("/dev/null"),
        new: document.new_path.as_deref().unwrap_or("/dev/null"),
        style: shown.style,
        in_order: shown.in_order,
        show_noise: shown.show_noise,
        context: shown.context,
        only: shown.only.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diff::testing::{plainly, sample, showcase};
    use serde_json::Value;

    fn document<'a>(
        status: Status,
        old: &str,
        new: &str,
        comparison: Option<&'a Comparison>,
    ) -> TreeDocument<'a> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        TreeDocument {
            status,
            old_path: some(old),
            new_path: some(new),
            old_sha256: some(old).map(|_| "0a".repeat(32)),
            new_sha256: some(new).map(|_| "0b".repeat(32)),
            comparison,
            note: comparison.is_none().then(|| "is no text: compared by digest".to_owned()),
        }
    }

    #[test]
    fn the_heaviest_comes_first_and_what_is_unchanged_is_counted() {
        let heavy = showcase();
        let light = sample("a {+b+} c", &[]);
        let documents = [
            document(Status::Unchanged, "same.txt", "same.txt", None),
            document(Status::Changed, "b|<b>.txt", "b|<b>.txt", Some(&light)),
            document(Status::Removed, "gone\n.bin", "", None),
            document(Status::RenamedChanged, "old.txt", "new.txt", Some(&heavy)),
        ];
        let tree = Tree { old: "2024", new: "2025", documents: &documents };
        let text = tree_text(&tree, &plainly());
        let digest = "0a".repeat(32);
        let expected = "meaning: 4 documents: 1 removed, 1 changed, 1 renamed-changed, 1 unchanged\n\
             \x20 old  2024\n  new  2025\n\n\
             critical  major  minor  form  status           document\n\
             \x20      8      1      2     3  renamed-changed  new.txt\n\
             \x20      0      1      0     0  removed          gone\\n.bin\n\
             \x20      0      0      1     0  changed          b|<b>.txt\n\n\
             document: new.txt (renamed-changed, was old.txt)\nmeaning: 11 changes";
        assert!(text.starts_with(expected), "{text}");
        let removed = format!(
            "\n\ndocument: gone\\n.bin (removed)\n  is no text: compared by digest\n\
             \x20 old  sha256:{digest}\n\ndocument: b|<b>.txt (changed)\nsurface: 1 change"
        );
        assert!(text.contains(&removed), "{text}");

        let json: Value = serde_json::from_str(&tree_json(&tree, &plainly())).unwrap();
        assert_eq!(json["schema"], TREE_SCHEMA);
        assert_eq!(json["summary"]["unchanged"], 1);
        assert_eq!(json["documents"].as_array().map(Vec::len), Some(3));
        assert_eq!(json["documents"][0]["diff"]["summary"]["changes"], 11);
        assert_eq!(json["documents"][1]["diff"], Value::Null);
        assert_eq!(json["documents"][1]["old_path"], "gone\n.bin");

        let page = tree_html(&tree, &plainly(), None);
        assert!(page.contains("href=\"#d1\"") && page.contains("id=\"d1-c1\""));
        assert!(page.contains("b|&lt;b&gt;.txt") && !page.contains("<b>"));
        let comment = tree_markdown(&tree, &plainly());
        assert!(comment.contains("b\\|&lt;b&gt;.txt") && comment.contains("compared by digest"));
    }

    #[test]
    fn verdicts() {
        let noise = {
            let mut comparison = sample("a", &[]);
            comparison.verdict = Verdict::NoiseOnly;
            comparison
        };
        let table = [
            (document(Status::Unchanged, "a", "a", None), Verdict::Identical),
            (document(Status::Changed, "a", "a", Some(&noise)), Verdict::NoiseOnly),
            (document(Status::Renamed, "a", "b", None), Verdict::Surface),
            (document(Status::Changed, "a", "a", None), Verdict::Meaning),
            (document(Status::Added, "", "a", None), Verdict::Meaning),
        ];
        for (document, expected) in table {
            let documents = [document];
            assert_eq!(Tree { old: "", new: "", documents: &documents }.verdict(), expected);
        }
        let none = Tree { old: "", new: "", documents: &[] };
        assert_eq!(none.sentence(), "identical: 0 documents");
    }
}
