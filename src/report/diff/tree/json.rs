//! Two folders as JSON, `vidimus.diff-tree/v1`: one document on one line.

use super::{Tree, TreeDocument, shown_of};
use crate::report::diff::Shown;
use crate::report::diff::json::WireDiff;
use crate::report::json::inert;
use serde::Serialize;
use serde_json::{Map, Value};

/// The name and version of the document.
pub const TREE_SCHEMA: &str = "vidimus.diff-tree/v1";

/// The document, on one line that ends in LF. Unchanged documents are only counted.
pub fn tree_json(tree: &Tree<'_>, shown: &Shown<'_>) -> String {
    let ranked = tree.ranked();
    let shown: Vec<_> = ranked.iter().map(|document| shown_of(document, shown)).collect();
    let documents = ranked.iter().zip(&shown);
    let wire = WireTree {
        schema: TREE_SCHEMA,
        verdict: tree.verdict().as_str(),
        old: WireFolder { path: tree.old },
        new: WireFolder { path: tree.new },
        summary: summary(tree),
        documents: documents.map(|(document, shown)| WireDocument::of(document, shown)).collect(),
    };
    inert(&wire) + "\n"
}

/// `documents`, the number of each status, `by_weight`.
fn summary(tree: &Tree<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("documents".to_owned(), tree.documents.len().into());
    for (status, count) in tree.by_status() {
        out.insert(status.as_str().to_owned(), count.into());
    }
    let mut weights = Map::new();
    for (at, name) in ["critical", "major", "minor"].into_iter().enumerate() {
        let compared = tree.documents.iter().filter(|document| document.comparison.is_some());
        let counts = compared.filter_map(|document| document.counts().get(at).copied());
        let count: usize = counts.sum();
        if count > 0 {
            weights.insert(name.to_owned(), count.into());
        }
    }
    out.insert("by_weight".to_owned(), weights.into());
    out
}

#[derive(Serialize)]
struct WireTree<'a> {
    schema: &'static str,
    verdict: &'static str,
    old: WireFolder<'a>,
    new: WireFolder<'a>,
    summary: Map<String, Value>,
    documents: Vec<WireDocument<'a>>,
}

#[derive(Serialize)]
struct WireFolder<'a> {
    path: &'a str,
}

#[derive(Serialize)]
struct WireDocument<'a> {
    status: &'static str,
    verdict: &'static str,
    old_path: Option<&'a str>,
    new_path: Option<&'a str>,
    old_sha256: Option<&'a str>,
    new_sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    /// What `vidimus.diff/v1` says of the two texts.
    diff: Option<WireDiff<'a>>,
}

impl<'a> WireDocument<'a> {
    fn of(document: &'a TreeDocument<'a>, shown: &'a Shown<'a>) -> Self {
        Self {
            status: document.status.as_str(),
            verdict: document.verdict().as_str(),
            old_path: document.old_path.as_deref(),
            new_path: document.new_path.as_deref(),
            old_sha256: document.old_sha256.as_deref(),
            new_sha256: document.new_sha256.as_deref(),
            note: document.note.as_deref(),
            diff: document.comparison.map(|comparison| WireDiff::of(comparison, shown)),
        }
    }
}
