//! Two folders as text for people: one table, then each document.

use super::{Tree, TreeDocument, shown_of};
use crate::report::diff::{self, Shown};
use crate::report::escape;

/// The report. Ends in LF.
pub fn tree_text(tree: &Tree<'_>, shown: &Shown<'_>) -> String {
    let mut out = format!("{}\n", tree.sentence());
    for (side, label) in [("old", tree.old), ("new", tree.new)] {
        out.push_str(&format!("  {side}  {}\n", escape::path(label.as_bytes())));
    }
    let ranked = tree.ranked();
    if !ranked.is_empty() {
        out.push_str(&table(&ranked));
        out.extend(ranked.iter().map(|document| one(document, shown)));
    }
    out
}

/// The path stands last: it may be long, and is never broken.
fn table(documents: &[&TreeDocument<'_>]) -> String {
    let width = documents.iter().map(|document| document.status.as_str().len()).max().unwrap_or(0);
    let mut out = format!("\ncritical  major  minor  form  {:width$}  document\n", "status");
    for document in documents {
        let [critical, major, minor] = document.counts();
        let form = document.comparison.map_or(0, |comparison| comparison.noise.len());
        let status = document.status.as_str();
        let path = escape::path(document.path().as_bytes());
        out.push_str(&format!(
            "{critical:>8}  {major:>5}  {minor:>5}  {form:>4}  {status:width$}  {path}\n"
        ));
    }
    out
}

/// One document: what became of it, and its own report.
fn one(document: &TreeDocument<'_>, shown: &Shown<'_>) -> String {
    let path = escape::path(document.path().as_bytes());
    let former = document.former().map(|former| escape::path(former.as_bytes()));
    let former = former.map(|former| format!(", was {former}")).unwrap_or_default();
    let mut out = format!("\ndocument: {path} ({}{former})\n", document.status.as_str());
    if let Some(note) = &document.note {
        out.push_str(&format!("  {}\n", escape::message(note)));
    }
    match document.comparison {
        Some(comparison) => out.push_str(&diff::text(comparison, &shown_of(document, shown))),
        None => out.push_str(&digests(document)),
    }
    out
}

fn digests(document: &TreeDocument<'_>) -> String {
    let sides = [("old", &document.old_sha256), ("new", &document.new_sha256)];
    let lines = sides.into_iter().filter_map(|(side, digest)| {
        digest.as_ref().map(|digest| format!("  {side}  sha256:{}\n", escape::message(digest)))
    });
    lines.collect()
}
