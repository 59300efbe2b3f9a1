//! A comparison as one HTML file that needs nothing else: no script, no network, one style that
//! its Content-Security-Policy names by digest.
//!
//! The verdict comes first, then both files, a table of what changed in meaning with links to the
//! place, the new text with what is gone and what is new in it, both texts side by side, and the
//! differences in form, folded. Nothing is said by colour alone. Words of the documents stand in
//! `<bdi>`, in their language where the caller knows it.

mod columns;
mod forms;
mod inert;
mod markup;
mod page;
mod reading;
mod rows;
mod table;

use super::Shown;
use super::text::COARSE;
use super::verdict::prose;
use super::view::View;
use crate::codec::hex;
use crate::compare::{Comparison, Verdict};
use crate::report::escape;
use crate::text::Document;
use inert::attribute;
pub(in crate::report) use inert::words;
use markup::Ids;
pub(super) use page::page;
pub(in crate::report) use page::titled;
use rows::Rows;

/// The page. `lang` is the language of both texts (BCP 47), where it is known.
pub fn html(comparison: &Comparison, shown: &Shown<'_>, lang: Option<&str>) -> String {
    let title = escape::path(shown.new.as_bytes());
    let main = format!("<h1>What changed in {}</h1>\n", words(&title));
    page(&title, &(main + &document(comparison, shown, lang, "", 2)))
}

/// Everything about one pair of texts; `prefix` keeps its anchors apart from those of others, and
/// its sections have headings of that level.
pub(super) fn document(
    comparison: &Comparison,
    shown: &Shown<'_>,
    lang: Option<&str>,
    prefix: &str,
    level: u8,
) -> String {
    let view = View::new(comparison, shown);
    let mut out = verdict(comparison, shown);
    if comparison.verdict == Verdict::Identical {
        return out;
    }
    let rows = Rows::of(&view);
    let ids = Ids { prefix, level };
    let lang = attribute(lang.unwrap_or("und"));
    out.push_str(&skip(&ids));
    out.push_str(&table::section(&view, &ids, &lang));
    out.push_str(&reading::section(&view, &rows, &ids, &lang));
    out.push_str(&columns::section(&view, &rows, &ids, &lang));
    out.push_str(&forms::section(&view, &ids));
    out
}

/// The verdict in a sentence, and what was compared.
fn verdict(comparison: &Comparison, shown: &Shown<'_>) -> String {
    let class = comparison.verdict.as_str();
    let mut out = format!(
        "<p class=\"verdict {class}\"><strong>{class}</strong> {}</p>\n",
        words(&prose(comparison))
    );
    if comparison.coarse {
        out.push_str(&format!("<p class=\"coarse\">{}</p>\n", words(COARSE)));
    }
    let (old, new) =
        (side("Old", shown.old, &comparison.old), side("New", shown.new, &comparison.new));
    out.push_str(&format!("<dl class=\"files\">\n{old}{new}</dl>\n"));
    out
}

/// One of the two files.
fn side(side: &str, label: &str, document: &Document) -> String {
    let encoding = document.encoding();
    let assumed = if encoding.assumed { " (assumed)" } else { "" };
    let bom = if encoding.bom { " with BOM" } else { "" };
    format!(
        "<dt>{side}</dt><dd><bdi>{}</bdi>, {}, {}{assumed}{bom}\
         <br><code class=\"sha\">sha256:{}</code></dd>\n",
        words(&escape::path(label.as_bytes())),
        super::verdict::counted(document.words(), "word", "words"),
        encoding.name,
        hex::encode(document.sha256()),
    )
}

/// The way to each part.
fn skip(ids: &Ids<'_>) -> String {
    let parts = [
        ("changes", "What changed"),
        ("text", "The new text with its changes"),
        ("columns", "Side by side"),
        ("form", "Differences of form"),
    ];
    let links =
        parts.map(|(part, name)| format!("<li><a href=\"#{}\">{name}</a></li>", ids.part(part)));
    format!("<nav aria-label=\"Parts\"><ul>{}</ul></nav>\n", links.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diff::testing::{plainly, showcase};
    use std::collections::HashSet;

    /// What stands in `attribute="..."`, everywhere in a page.
    fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
        let opening = format!(" {attribute}=\"");
        let starts = page.match_indices(&opening).map(|(at, found)| at + found.len());
        starts.map(|at| page[at..].split('"').next().unwrap()).collect()
    }

    #[test]
    fn every_link_leads_somewhere_and_every_change_has_its_place() {
        let comparison = showcase();
        let page = html(&comparison, &plainly(), Some("en"));
        let ids = values(&page, "id");
        let known: HashSet<_> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "an id stands there twice");
        for link in values(&page, "href") {
            assert!(known.contains(link.trim_start_matches('#')), "{link}");
        }
        for index in 0..comparison.changes.len() {
            assert!(known.contains(format!("c{}", index + 1).as_str()), "change {index}");
        }
        assert!(known.contains("c8-from"));
    }

    #[test]
    fn tags_are_balanced_and_nothing_runs() {
        let page = html(&showcase(), &plainly(), None);
        for tag in [
            "p", "div", "bdi", "ins", "del", "span", "details", "table", "tr", "td", "li", "q",
            "a", "code", "sup",
        ] {
            let open = page.matches(&format!("<{tag}>")).count()
                + page.matches(&format!("<{tag} ")).count();
            assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        assert!(page.contains("lang=\"und\"") && page.contains("&lt;b&gt;with markup&lt;/b&gt;"));
        assert!(!page.contains("<b>") && !page.contains("<script") && !page.contains('\u{202e}'));
        assert!(page.contains("paragraphs without a change"));
    }

    #[test]
    fn identical_files_need_no_more_than_a_sentence() {
        let mut comparison = showcase();
        comparison.verdict = Verdict::Identical;
        let page = html(&comparison, &plainly(), None);
        assert!(page.contains("Both files are the same") && !page.contains("<h2"));
    }

    #[test]
    #[ignore = "writes a page to look at"]
    fn look() {
        println!("{}", html(&showcase(), &plainly(), Some("en")));
    }
}
