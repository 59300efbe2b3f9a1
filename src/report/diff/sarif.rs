//! SARIF 2.1.0 (OASIS), for code scanning: one result for each change, one rule for each kind.
//!
//! Places are those in the new file, with the old ones as related; documents that are no plain
//! text have no region, because their offsets are not those of the file. Differences in form are
//! left out. Paths have to be relative to the repository.

use super::Shown;
use super::entries::{excerpt, fact_in_words};
use super::inline::collapse;
use super::view::{View, new_start, old_start};
use crate::codec::hex;
use crate::compare::{Change, Comparison, Kind, Weight};
use crate::report::escape;
use crate::report::json::inert;
use crate::text::{Document, Format};
use serde_json::{Value, json};

/// The most results of one run that GitHub takes.
const MOST: usize = 5_000;

/// The log file, on one line that ends in LF.
pub fn sarif(comparison: &Comparison, shown: &Shown<'_>) -> String {
    let view = View::new(comparison, shown);
    let mut changes: Vec<&Change> = comparison.changes.iter().collect();
    changes.retain(|change| shown.asks_for(&change.kinds));
    let all = changes.len();
    if all > MOST {
        changes.sort_by_key(|change| std::cmp::Reverse(change.weight));
        changes.truncate(MOST);
    }
    let results: Vec<_> = changes.iter().map(|change| result(change, &view)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "vidimus",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": Kind::ALL.map(rule),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications(comparison, all, results.len()),
            }],
            "artifacts": [
                artifact(shown.new, &comparison.new),
                artifact(shown.old, &comparison.old),
            ],
            "results": results,
        }],
    });
    inert(&log) + "\n"
}

fn rule(kind: Kind) -> Value {
    json!({"id": kind.as_str(), "shortDescription": {"text": kind.meaning()}})
}

fn artifact(label: &str, document: &Document) -> Value {
    json!({"location": {"uri": uri(label)}, "hashes": {"sha-256": hex::encode(document.sha256())}})
}

/// What the reader of the log has to know about the run.
fn notifications(comparison: &Comparison, all: usize, shown: usize) -> Vec<Value> {
    let mut out = Vec::new();
    let mut say = |text: String| out.push(json!({"level": "warning", "message": {"text": text}}));
    if shown < all {
        say(format!("{shown} of {all} changes are listed, the heaviest ones"));
    }
    if comparison.coarse {
        say(super::text::COARSE.to_owned());
    }
    out
}

fn result(change: &Change, view: &View<'_>) -> Value {
    let level = match change.weight {
        Weight::Critical => "error",
        Weight::Major => "warning",
        Weight::Minor | Weight::Noise => "note",
    };
    let kind = change.kinds.first().copied().unwrap_or(Kind::Wording);
    let kinds: Vec<_> = change.kinds.iter().map(|kind| kind.as_str()).collect();
    let Comparison { old, new, .. } = view.comparison;
    let (old_at, new_at) = (old_start(change), new_start(change));
    let old_end = change.old.first().map_or(old_at, |span| span.end);
    let new_end = change.new.first().map_or(new_at, |span| span.end);
    let old_line = view.old_line(old_at).0;
    let new_line = view.new_line(new_at).0;
    let mut related = location(view.shown.old, old, (old_at, old_end), old_line);
    if let Some(related) = related.as_object_mut() {
        related.insert("message".to_owned(), json!({"text": "in the old text"}));
    }
    json!({
        "ruleId": kind.as_str(),
        "ruleIndex": Kind::ALL.iter().position(|other| *other == kind),
        "level": level,
        "message": {"text": message(change, view)},
        "locations": [location(view.shown.new, new, (new_at, new_end), new_line)],
        "relatedLocations": [related],
        "properties": {"kinds": kinds, "weight": change.weight.as_str(), "op": change.op.as_str()},
    })
}

fn location(label: &str, document: &Document, (start, end): (usize, usize), line: usize) -> Value {
    let place = json!({"uri": uri(label)});
    if document.format() != Format::Plain {
        return json!({"physicalLocation": {"artifactLocation": place}});
    }
    let (start, end) = (document.original(start), document.original(end));
    json!({"physicalLocation": {
        "artifactLocation": place,
        "region": {
            "startLine": line,
            "byteOffset": start,
            "byteLength": end.saturating_sub(start),
        },
    }})
}

/// The facts, or both sides; then the sentence as it is now.
fn message(change: &Change, view: &View<'_>) -> String {
    let Comparison { old, new, .. } = view.comparison;
    let kinds = change.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    let facts = change.facts.iter().map(fact_in_words).collect::<Vec<_>>().join("; ");
    let side = |spans: &[crate::compare::Span], text| {
        let text = spans.iter().map(|span| excerpt(span.of(text))).collect::<Vec<_>>().join(" | ");
        if text.is_empty() { "nothing".to_owned() } else { format!("\"{}\"", cut(&text)) }
    };
    let sides = [side(&change.old, old.text()), side(&change.new, new.text())].join(" -> ");
    let said = if facts.is_empty() { format!("{kinds}: {sides}") } else { facts };
    let sentence = change.new_sentence.map(|span| collapse(span.of(new.text())));
    let sentence = sentence.map(|text| format!(", in: {}", cut(&text))).unwrap_or_default();
    literal(&format!("{said}{sentence}"))
}

/// A text of at most a thousand characters.
fn cut(text: &str) -> String {
    match text.char_indices().nth(1_000) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} ...", text.get(..end).unwrap_or_default()),
    }
}

/// A message in which nothing is a link or a placeholder (sections 3.11.5 and 3.11.6).
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape::message(text).chars() {
        match c {
            '[' | ']' | '\\' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out
}

/// A path as a URI reference: everything but letters, digits, `-._~` and `/` is percent-encoded
/// (RFC 3986). An absolute path becomes a `file` URI.
fn uri(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diff::testing::{plainly, sample, showcase};

    #[test]
    fn a_result_says_where_and_how_heavy() {
        let comparison = sample("At least\n[-45-]{+54+} people [x](y) {0}", &[&[Kind::Number]]);
        let shown = Shown { new: "a b/ü:.txt", ..plainly() };
        let log: Value = serde_json::from_str(&sarif(&comparison, &shown)).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), Kind::ALL.len());
        assert_eq!(run["invocations"][0]["toolExecutionNotifications"], json!([]));
        let result = &run["results"][0];
        assert_eq!((&result["ruleId"], &result["level"]), (&"number".into(), &"error".into()));
        assert_eq!(
            result["message"]["text"],
            r#"number: "45" -> "54", in: At least 54 people \[x\](y) {{0}}"#
        );
        assert_eq!(
            result["locations"][0]["physicalLocation"],
            json!({
                "artifactLocation": {"uri": "a%20b/%C3%BC%3A.txt"},
                "region": {"startLine": 2, "byteOffset": 9, "byteLength": 2},
            })
        );
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], "number");
    }

    #[test]
    fn too_many_results_are_cut_and_said() {
        let mut comparison = showcase();
        let change = comparison.changes[0].clone();
        comparison.changes.extend(std::iter::repeat_n(change, MOST));
        let log: Value = serde_json::from_str(&sarif(&comparison, &plainly())).unwrap();
        let run = &log["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), MOST);
        assert_eq!(
            run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
            "5000 of 5011 changes are listed, the heaviest ones"
        );
        assert_eq!(uri("/a%"), "file:///a%25");
    }
}
