//! The table of what changed in meaning, each entry with a link to its place, and below it,
//! folded, what did not change it. A very long table is cut and says so; the text below has all.

use super::forms::{MOST, more};
use super::inert::{attribute, words};
use super::markup::{Ids, line};
use crate::compare::Weight;
use crate::report::diff::context;
use crate::report::diff::entries::{Entry, entries, fact_in_words};
use crate::report::diff::form::invisible;
use crate::report::diff::verdict::counted;
use crate::report::diff::view::View;

/// The section.
pub(super) fn section(view: &View<'_>, ids: &Ids<'_>, lang: &str) -> String {
    let (heavy, light): (Vec<_>, Vec<_>) =
        entries(view).into_iter().partition(|entry| entry.weight >= Weight::Major);
    let mut out = ids.heading("changes", "What changed in meaning");
    out.push_str(&left_out(view));
    if heavy.is_empty() {
        out.push_str("<p>Nothing that is on the lists.</p>\n");
    } else {
        out.push_str(&table(&heavy, view, ids, lang));
    }
    out.push_str(&hidden(view));
    if !light.is_empty() {
        let count = light.iter().map(|entry| entry.changes.len()).sum();
        let count = counted(count, "change", "changes");
        let table = table(&light, view, ids, lang);
        out.push_str(&format!(
            "<details><summary>{count} of wording, spelling or place</summary>\n{table}</details>\n"
        ));
    }
    out
}

/// What was not asked for.
fn left_out(view: &View<'_>) -> String {
    if view.shown.only.is_empty() {
        return String::new();
    }
    let kinds: Vec<_> = view.shown.only.iter().map(|kind| kind.as_str()).collect();
    format!("<p>The tables show only: {}.</p>\n", kinds.join(", "))
}

fn table(entries: &[Entry], view: &View<'_>, ids: &Ids<'_>, lang: &str) -> String {
    let shown = entries.iter().take(MOST);
    let rows: String = shown.map(|entry| row(entry, view, ids, lang)).collect();
    format!(
        "<table>\n<thead><tr><th scope=\"col\">Weight</th><th scope=\"col\">Kind</th>\
         <th scope=\"col\">Change</th><th scope=\"col\">Place</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n{}",
        more(entries.len()),
    )
}

fn row(entry: &Entry, view: &View<'_>, ids: &Ids<'_>, lang: &str) -> String {
    let weight = entry.weight.as_str();
    let first = entry.changes.first().copied().unwrap_or_default();
    let kinds = entry.kinds.iter().map(|kind| {
        format!("<abbr title=\"{}\">{}</abbr>", attribute(kind.meaning()), kind.as_str())
    });
    let facts = entry.facts(view).into_iter().map(fact_in_words);
    let facts: String = facts.map(|fact| format!("<li><bdi>{}</bdi></li>", words(&fact))).collect();
    let facts = if facts.is_empty() { facts } else { format!("<ul>{facts}</ul>") };
    format!(
        "<tr><th scope=\"row\"><span class=\"weight {weight}\">{weight}</span></th>\
         <td>{}</td><td>{facts}{}</td><td><a href=\"#{}\">{}</a></td></tr>\n",
        kinds.collect::<Vec<_>>().join(", "),
        sentence(entry, view, lang),
        ids.change(first),
        words(&entry.place(view).words()),
    )
}

/// The lines that show it, with the sentences around it where they are asked for.
fn sentence(entry: &Entry, view: &View<'_>, lang: &str) -> String {
    let (before, after) = context::around(entry, view);
    let lines = before.into_iter().chain(entry.lines(view)).chain(after);
    lines.map(|pieces| format!("<p lang=\"{lang}\"><bdi>{}</bdi></p>", line(&pieces))).collect()
}

/// Words with characters in them that show nothing.
fn hidden(view: &View<'_>) -> String {
    let found = invisible(view);
    if found.is_empty() {
        return String::new();
    }
    let one = |word: &crate::report::diff::form::Invisible<'_>| {
        format!("<li><bdi>{}</bdi> ({})</li>\n", words(word.word), word.place.words())
    };
    let list: String = found.iter().take(MOST).map(one).collect();
    let left = more(found.len());
    format!(
        "<p><span class=\"weight major\">major</span> Characters inside words that show \
         nothing:</p>\n<ul>\n{list}</ul>\n{left}"
    )
}
