//! Two folders as Markdown for a pull request: one table, then each document folded.

use super::{Tree, TreeDocument, shown_of};
use crate::report::diff::Shown;
use crate::report::diff::markdown::{Comment, inert};
use crate::report::escape;

/// The comment. Ends in LF.
pub fn tree_markdown(tree: &Tree<'_>, shown: &Shown<'_>) -> String {
    let mut out = Comment::of_a_pull_request();
    out.always(&format!("**{}**\n", tree.sentence()));
    let ranked = tree.ranked();
    let head =
        "\n| Critical | Major | Minor | Status | Document |\n| --: | --: | --: | --- | --- |\n";
    if !ranked.is_empty() && out.add(head) {
        for document in &ranked {
            out.add(&row(document));
        }
        for document in &ranked {
            one(document, shown, &mut out);
        }
    }
    out.end()
}

fn path(path: &str) -> String {
    inert(&escape::path(path.as_bytes()))
}

fn row(document: &TreeDocument<'_>) -> String {
    let [critical, major, minor] = document.counts();
    let former = document.former().map(|former| format!(" (was {})", path(former)));
    let note = document.note.as_ref().map(|note| format!("<br>{}", inert(note)));
    format!(
        "| {critical} | {major} | {minor} | {} | {}{}{} |\n",
        document.status.as_str(),
        path(document.path()),
        former.unwrap_or_default(),
        note.unwrap_or_default(),
    )
}

/// The report on one document, where there is one.
fn one(document: &TreeDocument<'_>, shown: &Shown<'_>, out: &mut Comment) {
    if let Some(comparison) = document.comparison {
        let shown = shown_of(document, shown);
        out.fold(&path(document.path()), |out| out.document(comparison, &shown));
    }
}
