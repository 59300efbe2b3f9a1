//! Tells menus, banners, forms and share buttons from the document itself.
//!
//! Nothing is removed on its word: what it takes for boilerplate is marked. It judges by elements
//! and roles first, then by names and by how much of the text is links, and where a whole page
//! would be boilerplate it says no.

use super::attributes::Hint;
use super::page::{Element, Sums};
use super::tag::Tag;

/// Whether an element of a page with these sums is not the document itself.
pub(super) fn is_boilerplate(element: &Element, page: &Sums) -> bool {
    let sums = &element.sums;
    if sums.mains > 0 || element.hint == Hint::Content {
        return false;
    }
    match element.tag {
        Tag::Main | Tag::Article | Tag::Heading | Tag::Cell | Tag::Row | Tag::Pre => false,
        Tag::Select | Tag::Textarea | Tag::Dialog => true,
        Tag::Button => sums.titles == 0,
        Tag::Nav | Tag::Aside => sums.titles == 0 || is_minor(sums, page),
        Tag::Header | Tag::Footer if !element.inside => is_minor(sums, page),
        Tag::Form => sums.titles == 0 && is_minor(sums, page),
        _ => judged_by_names(element, page) || is_link_list(element, page),
    }
}

fn judged_by_names(element: &Element, page: &Sums) -> bool {
    let named = match element.hint {
        Hint::Boilerplate | Hint::Named => true,
        Hint::None | Hint::Content | Hint::Heading => false,
    };
    named && element.sums.titles == 0 && is_minor(&element.sums, page)
}

/// At most half of the page's text.
const fn is_minor(sums: &Sums, page: &Sums) -> bool {
    sums.text.saturating_mul(2) <= page.text
}

/// A block of at least three short links and little else, outside of an article.
fn is_link_list(element: &Element, page: &Sums) -> bool {
    const SHORT: usize = 30;
    let sums = &element.sums;
    let menu = matches!(element.tag, Tag::List | Tag::Block(_) | Tag::Paragraph | Tag::Table);
    menu && !element.inside
        && sums.links >= 3
        && sums.linked.saturating_mul(10) >= sums.text.saturating_mul(8)
        && sums.linked <= sums.links.saturating_mul(SHORT)
        && is_minor(sums, page)
}
