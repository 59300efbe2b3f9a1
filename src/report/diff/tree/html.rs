//! Two folders as one HTML file: one table with links, then each document with its report.

use super::{Tree, TreeDocument, shown_of};
use crate::report::diff::Shown;
use crate::report::diff::html::{document, page, words};
use crate::report::escape;

/// The page. `lang` is the language of the texts (BCP 47), where it is known.
pub fn tree_html(tree: &Tree<'_>, shown: &Shown<'_>, lang: Option<&str>) -> String {
    let title = escape::path(tree.new.as_bytes());
    let verdict = tree.verdict().as_str();
    let sentence = tree.sentence();
    let sentence = sentence.split_once(": ").map_or(sentence.as_str(), |(_, rest)| rest);
    let mut main = format!(
        "<h1>What changed in {}</h1>\n<p class=\"verdict {verdict}\"><strong>{verdict}</strong> \
         {sentence}.</p>\n<dl class=\"files\">\n<dt>Old</dt><dd><bdi>{}</bdi></dd>\n\
         <dt>New</dt><dd><bdi>{}</bdi></dd>\n</dl>\n",
        words(&title),
        words(&escape::path(tree.old.as_bytes())),
        words(&title),
    );
    let ranked = tree.ranked();
    if !ranked.is_empty() {
        main.push_str(&table(&ranked));
        let documents = ranked.iter().enumerate();
        main.extend(documents.map(|(index, document)| article(index, document, shown, lang)));
    }
    page(&title, &main)
}

fn table(documents: &[&TreeDocument<'_>]) -> String {
    let rows: String =
        documents.iter().enumerate().map(|(index, document)| row(index, document)).collect();
    format!(
        "<h2>Documents</h2>\n<table class=\"documents\">\n<thead><tr><th scope=\"col\">Document</th>\
         <th scope=\"col\">Status</th><th scope=\"col\">Critical</th><th scope=\"col\">Major</th>\
         <th scope=\"col\">Minor</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}

/// The name of a document in the page.
fn anchor(index: usize) -> String {
    format!("d{}", index + 1)
}

fn row(index: usize, document: &TreeDocument<'_>) -> String {
    let [critical, major, minor] = document.counts();
    format!(
        "<tr><th scope=\"row\"><a href=\"#{}\"><bdi>{}</bdi></a></th><td>{}</td>\
         <td>{critical}</td><td>{major}</td><td>{minor}</td></tr>\n",
        anchor(index),
        words(&escape::path(document.path().as_bytes())),
        document.status.as_str(),
    )
}

/// One document: what became of it, and its own report.
fn article(
    index: usize,
    entry: &TreeDocument<'_>,
    shown: &Shown<'_>,
    lang: Option<&str>,
) -> String {
    let id = anchor(index);
    let path = words(&escape::path(entry.path().as_bytes()));
    let former = entry.former().map(|former| words(&escape::path(former.as_bytes())));
    let former = former.map(|former| format!(", was <bdi>{former}</bdi>")).unwrap_or_default();
    let note = entry.note.as_ref().map(|note| format!("<p>{}</p>\n", words(note)));
    let body = match entry.comparison {
        Some(comparison) => {
            document(comparison, &shown_of(entry, shown), lang, &format!("{id}-"), 3)
        }
        None => digests(entry),
    };
    format!(
        "<article id=\"{id}\">\n<h2><bdi>{path}</bdi> ({}{former})</h2>\n{}{body}</article>\n",
        entry.status.as_str(),
        note.unwrap_or_default(),
    )
}

fn digests(document: &TreeDocument<'_>) -> String {
    let sides = [("Old", &document.old_sha256), ("New", &document.new_sha256)];
    let lines: String = sides
        .into_iter()
        .filter_map(|(side, digest)| {
            let digest = words(digest.as_ref()?);
            Some(format!("<dt>{side}</dt><dd><code class=\"sha\">sha256:{digest}</code></dd>\n"))
        })
        .collect();
    format!("<dl class=\"files\">\n{lines}</dl>\n")
}
