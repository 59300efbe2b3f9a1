//! Many documents in every format. Text, JSON, HTML and Markdown have forms for that; the other
//! three are those of one document, put together within the limits of their readers: one SARIF
//! run of at most 5,000 results, at most ten annotations of each level.

use super::super::Format;
use super::Wishes;
use super::documents::Pair;
use serde_json::{Value, json};
use vidimus::compare::Comparison;
use vidimus::report::diff::{self, Status, Tree};
use vidimus::report::escape;

/// The most annotations of one level that GitHub shows for a step.
const ANNOTATIONS: usize = 10;
/// The most results of one run that GitHub takes.
const RESULTS: usize = 5_000;

/// Renders the documents of two folders with these names; `within` says that the paths lie in
/// them.
pub(super) fn render(names: [&str; 2], pairs: &[Pair], within: bool, wishes: &Wishes) -> String {
    let documents: Vec<_> = pairs.iter().map(Pair::shown).collect();
    let [old, new] = names;
    let tree = Tree { old, new, documents: &documents };
    let shown = wishes.shown(old, new);
    let several = Several { folders: within.then_some(names), pairs: ranked(pairs), wishes };
    match wishes.format {
        // CSV was refused.
        Format::Text | Format::Csv => diff::tree_text(&tree, &shown),
        Format::Json => diff::tree_json(&tree, &shown),
        Format::Html => diff::tree_html(&tree, &shown, None),
        Format::Markdown => diff::tree_markdown(&tree, &shown),
        Format::Unified => several.unified(),
        Format::Github => several.github(),
        Format::Sarif => several.sarif(),
    }
}

/// The documents that are not unchanged, the heaviest first.
fn ranked(pairs: &[Pair]) -> Vec<&Pair> {
    let mut ranked: Vec<&Pair> =
        pairs.iter().filter(|pair| pair.status != Status::Unchanged).collect();
    ranked.sort_by_key(|pair| std::cmp::Reverse(pair.weight()));
    ranked
}

struct Several<'a> {
    /// The folders in which the paths lie.
    folders: Option<[&'a str; 2]>,
    pairs: Vec<&'a Pair>,
    wishes: &'a Wishes,
}

impl Several<'_> {
    /// What both sides of a document are called from here.
    fn labels(&self, pair: &Pair) -> [String; 2] {
        let sides = [&pair.old, &pair.new];
        let folders = self.folders.map_or([None, None], |folders| folders.map(Some));
        let mut labels = [String::new(), String::new()];
        for ((label, side), folder) in labels.iter_mut().zip(sides).zip(folders) {
            *label = match (side, folder) {
                (None, _) => "/dev/null".to_owned(),
                (Some((path, _)), None) => path.clone(),
                (Some((path, _)), Some(folder)) => {
                    format!("{}/{path}", folder.trim_end_matches('/'))
                }
            };
        }
        labels
    }

    fn one(
        &self,
        pair: &Pair,
        render: impl Fn(&Comparison, &diff::Shown<'_>) -> String,
    ) -> Option<String> {
        let [old, new] = self.labels(pair);
        let comparison = pair.comparison.as_ref()?;
        Some(render(comparison, &self.wishes.shown(&old, &new)))
    }

    /// One after the other; what has no text in the words of `diff -r`.
    fn unified(&self) -> String {
        let mut out = String::new();
        for pair in &self.pairs {
            let said = self.one(pair, diff::unified);
            out.push_str(&said.unwrap_or_else(|| self.in_words(pair) + "\n"));
        }
        out
    }

    /// What became of a document, in one line without anything hidden.
    fn in_words(&self, pair: &Pair) -> String {
        let [old, new] = self.labels(pair).map(|label| escape::path(label.as_bytes()));
        let said = match pair.status {
            Status::Added => format!("Added: {new}"),
            Status::Removed => format!("Removed: {old}"),
            Status::Renamed => format!("Renamed: {old} to {new}"),
            Status::Changed | Status::RenamedChanged => format!("Files {old} and {new} differ"),
            Status::Unchanged => format!("Files {old} and {new} are identical"),
        };
        let note = pair.note.as_ref().map(|note| format!(" ({})", escape::message(note)));
        said + &note.unwrap_or_default()
    }

    /// The annotations of all, the heaviest documents first, and what each comes to in a line.
    fn github(&self) -> String {
        let mut shown: [usize; 3] = [0; 3];
        let (mut out, mut sums, mut left) = (String::new(), String::new(), 0_usize);
        for pair in &self.pairs {
            let Some(said) = self.one(pair, diff::github) else {
                sums.push_str(&no_command(&self.in_words(pair)));
                continue;
            };
            let [_, new] = self.labels(pair).map(|label| escape::path(label.as_bytes()));
            for line in said.lines() {
                match level(line).and_then(|level| shown.get_mut(level)) {
                    Some(count) if *count < ANNOTATIONS => {
                        *count += 1;
                        out.push_str(&format!("{line}\n"));
                    }
                    Some(_) => left += 1,
                    None => sums.push_str(&no_command(&format!("In {new}: {line}"))),
                }
            }
        }
        if left > 0 {
            sums.push_str(&format!(
                "{left} more left out, GitHub shows {ANNOTATIONS} of each level\n"
            ));
        }
        out + &sums
    }

    /// One run with the results of all, the heaviest where they are too many.
    fn sarif(&self) -> String {
        let logs: Vec<Value> = self
            .pairs
            .iter()
            .filter_map(|pair| serde_json::from_str(&self.one(pair, diff::sarif)?).ok())
            .collect();
        let of = |pointer: &str| -> Vec<Value> {
            let lists = logs.iter().filter_map(|log| log.pointer(pointer)?.as_array());
            lists.flatten().cloned().collect()
        };
        let mut results = of("/runs/0/results");
        let mut notes = of("/runs/0/invocations/0/toolExecutionNotifications");
        let told = self.pairs.iter().filter(|pair| pair.comparison.is_none());
        notes.extend(told.map(|pair| notification(&self.in_words(pair))));
        let all = results.len();
        if all > RESULTS {
            results.sort_by_key(rank);
            results.truncate(RESULTS);
            let text = format!("{RESULTS} of {all} changes are listed, the heaviest ones");
            notes.push(notification(&text));
        }
        let artifacts = of("/runs/0/artifacts");
        let mut log = logs.into_iter().next().unwrap_or_else(empty);
        for (pointer, list) in [
            ("/runs/0/results", results),
            ("/runs/0/artifacts", artifacts),
            ("/runs/0/invocations/0/toolExecutionNotifications", notes),
        ] {
            if let Some(place) = log.pointer_mut(pointer) {
                *place = Value::Array(list);
            }
        }
        // Everything in it was made harmless for its own log already.
        format!("{log}\n")
    }
}

/// A line in which a name is no workflow command: the old form counts anywhere in it.
fn no_command(line: &str) -> String {
    line.replace("##[", "## [") + "\n"
}

/// The level of an annotation; `None` for another line.
fn level(line: &str) -> Option<usize> {
    ["::error ", "::warning ", "::notice "].iter().position(|level| line.starts_with(level))
}

fn rank(result: &Value) -> Option<usize> {
    let level = result.get("level")?.as_str()?;
    ["error", "warning", "note"].iter().position(|known| *known == level)
}

fn notification(text: &str) -> Value {
    json!({"level": "warning", "message": {"text": text}})
}

/// A log of nothing, where no document was compared as text.
fn empty() -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "vidimus", "version": env!("CARGO_PKG_VERSION")}},
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": []}],
            "artifacts": [],
            "results": [],
        }],
    })
}
