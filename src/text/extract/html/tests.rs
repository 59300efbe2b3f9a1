//! Pages in, text and marks out.

#![allow(
    clippy::disallowed_methods,
    reason = "hostile pages must end: quadratic time would take minutes"
)]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::html;
use crate::text::extract::{Extracted, What};

fn text(page: &str) -> String {
    html(page).unwrap().text
}

/// The marks as `name:words`, in order.
fn marks(page: &str) -> Vec<String> {
    let out = html(page).unwrap();
    let name = |what: &What| match what {
        What::Boilerplate => "boilerplate".to_owned(),
        What::Heading => "heading".to_owned(),
        What::ListItem => "item".to_owned(),
        What::Quote => "quote".to_owned(),
        What::Caption => "caption".to_owned(),
        What::Link(target) => format!("link({target})"),
    };
    out.marks.iter().map(|m| format!("{}:{}", name(&m.what), &out.text[m.start..m.end])).collect()
}

#[test]
fn text_is_parted_as_a_browser_shows_it() {
    let cases = [
        ("<p>one  two\n three</p><p>four", "one two three\n\nfour"),
        ("a<br>b<br/>c<br><br>d", "a\nb\nc\n\nd"),
        ("<p>a<div>b</div>c", "a\n\nb\n\nc"),
        ("<b>bo</b>ld <i> it</i>", "bold it"),
        ("a&nbsp;b &amp;&lt;&eacute;&#8364;&#x1F600;&notit;", "a\u{a0}b &<é€😀¬it;"),
        ("<pre>\n  x\n    y  z\n</pre>w", "  x\n    y  z\n\nw"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>d", "a\n\nb\n\nc\n\nd"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "a\n\nb\n\nc"),
        ("<q>so</q> 10<sup>2</sup> m<sup>er</sup> CO<sub>2</sub>", "“so” 10² mer CO2"),
        ("<b><p>one</b> two</p>three", "one two\n\nthree"),
        ("<img alt='never'><input value=never>x<hr>y", "x\n\ny"),
        ("soft&shy;ly a<wbr>b", "soft\u{ad}ly ab"),
        ("a<p>&nbsp;</p>b&nbsp;<b>&nbsp;</b>c", "a\n\nb\u{a0}\u{a0}c"),
        ("", ""),
        (" \n ", ""),
    ];
    for (page, expected) in cases {
        assert_eq!(text(page), expected, "{page}");
    }
}

#[test]
fn tables_keep_their_cells() {
    let cases = [
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>e", "a\tb\nc\td\n\ne"),
        ("<table><caption>t</caption><thead><tr><th>a</thead><tr><td>b</table>", "t\n\na\nb"),
        ("<table><tr><td><p>a</p></td> <td></td><td><p>b</p></td></tr></table>", "a\t\tb"),
        ("<table><tr><td>a</td></div><td>b<table><tr><td>c</table>d</table>", "a\tb\n\nc\n\nd"),
        ("x<table><td>a<td>b</table><td>y", "x\n\na\tb\n\ny"),
    ];
    for (page, expected) in cases {
        assert_eq!(text(page), expected, "{page}");
    }
}

#[test]
fn what_is_not_shown_is_left_out() {
    let page = "<title>t</title><style>p{}</style><!-- c --><p>a<script>'</p><b>no'</script>b\
        <template><p>no</p></template><span hidden>no <b>no</b></span><p style='display: none'>no\
        <p hidden=until-found>c<noscript>no</noscript><svg><title>no</title></svg><video>no</video>";
    assert_eq!(text(page), "ab\n\nc");
}

#[test]
fn structure_is_marked() {
    let page = "<h1>Head <a href=' /x '>line</a></h1><ul><li>one</ul><blockquote><p>said</blockquote>\
        <figure><img><figcaption>seen</figcaption></figure><a href=/a>open <a href=/b>two</a> end\
        <div role=heading>h</div><a>none</a><a href=/empty></a>";
    let expected = [
        "heading:Head line",
        "link(/x):line",
        "item:one",
        "quote:said",
        "caption:seen",
        "link(/a):open",
        "link(/b):two",
        "heading:h",
    ];
    assert_eq!(marks(page), expected);
}

const PROSE: &str = "The council of Northmere said that the ferry will not run before the spring, \
    and that everybody who holds a ticket may return it at the harbour office.";

#[test]
fn boilerplate_is_marked_and_kept() {
    let cases = [
        ("<nav><a href=/>Home</a> News</nav>", "Home News"),
        ("<div class='site-cookieBar'>We bake.<button>Fine</button></div>", "We bake. Fine"),
        ("<div role=banner>Northmere Post</div>", "Northmere Post"),
        ("<aside>Also read this</aside>", "Also read this"),
        ("<header>Northmere Post</header>", "Northmere Post"),
        (
            "<ul><li><a href=a>One</a><li><a href=b>Two</a><li><a href=c>Six</a></ul>",
            "One\n\nTwo\n\nSix",
        ),
        (
            "<form><label>Mail <input></label><select><option>a<option>b</select></form>",
            "Mail\n\na\n\nb",
        ),
        ("<footer>Imprint</footer>", "Imprint"),
    ];
    for (part, expected) in cases {
        for page in [format!("{part}<p>{PROSE}</p>"), format!("<p>{PROSE}</p>{part}")] {
            let found: Vec<_> =
                marks(&page).into_iter().filter(|m| m.starts_with("boilerplate")).collect();
            assert_eq!(found, [format!("boilerplate:{expected}")], "{page}");
            assert!(text(&page).contains(PROSE) && text(&page).contains(expected));
        }
    }
}

#[test]
fn a_document_is_not_taken_for_boilerplate() {
    let links = "<ul><li><a href=a>One</a><li><a href=b>Two</a><li><a href=c>Six</a></ul>";
    let pages = [
        format!("<form><p>{PROSE}</p><p>more</p></form>"),
        format!("<body class='has-sidebar nav-open'><p>{PROSE}</p>"),
        format!("<div class=sidebar><main><p>{PROSE}</p></main></div>"),
        format!("<article><header><p>By Ilse Vandermoor</p></header><p>{PROSE}</p></article>"),
        format!("<nav><h1>Never closed</h1><p>{PROSE}</p>"),
        format!("<a href=x>Never closed<p>{PROSE}</p>"),
        format!("<main><p>{PROSE}</p>{links}</main>"),
        format!("<p>{PROSE}</p><ul><li>one<li>two</ul>"),
        links.to_owned(),
    ];
    for page in pages {
        assert!(!marks(&page).iter().any(|mark| mark.starts_with("boilerplate")), "{page}");
    }
}

#[test]
fn the_only_title_is_no_boilerplate() {
    let page = format!("<header>Post <h1>Ferry stops</h1> Menu</header><p>{PROSE}</p>");
    assert_eq!(marks(&page), ["boilerplate:Post", "heading:Ferry stops", "boilerplate:Menu"]);
}

#[test]
fn hostile_pages_end_in_time() {
    let deep = |tag: &str| {
        let count = 100_000 / tag.split('<').count();
        format!("<{tag}>").repeat(count) + "deep" + &format!("</{tag}>").repeat(count)
    };
    let mut attributes = String::from("<p");
    for index in 0..100_000 {
        let _ = write!(attributes, " a{index}=x class=nav");
    }
    let pages = [
        deep("div"),
        deep("span"),
        deep("table><tr><td"),
        deep("ul><li"),
        deep("a href=x"),
        deep("nav"),
        deep("q"),
        "<div>".repeat(511) + &"<p><b><span>x</div>".repeat(50_000),
        "<p>".repeat(200_000),
        "&amp;&#x41;&notanentity;&".repeat(50_000),
        format!("<p class='{}'>x", "nav ".repeat(500_000)),
        format!("<a href='{}'>x</a>", "y".repeat(2_000_000)),
        attributes + ">x",
        "<".repeat(500_000),
        "<!--".repeat(200_000),
        "<td>".repeat(200_000),
    ];
    for page in pages {
        check(&html(&page).unwrap());
    }
}

#[test]
fn what_lies_deep_is_still_shown() {
    let page = "<div>".repeat(1000) + "deep" + &"</div>".repeat(1000) + "<p>after";
    assert_eq!(text(&page), "deep\n\nafter");
}

#[test]
fn every_prefix_is_read() {
    let page = "<!doctype html><h1 class='a'>É&eacute;</h1><table><tr><td>a</table><script>x</script>\
        <a href=\"/ü\">ü</a><pre>\n p</pre><!-- c --><ul><li>x</ul><q>y</q>";
    for (end, _) in page.char_indices() {
        check(&html(&page[..end]).unwrap());
    }
}

fn check(out: &Extracted) {
    let mut before = 0;
    for mark in &out.marks {
        assert!(mark.start >= before && mark.start < mark.end);
        assert!(out.text.get(mark.start..mark.end).is_some());
        before = mark.start;
    }
    assert!(!out.text.contains("\n\n\n"));
}

/// Bits of markup in any order.
fn soup() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<div class=nav>",
        "</div>",
        "<a href=x>",
        "</a>",
        "<li>",
        "<ul>",
        "</ul>",
        "<td>",
        "<tr>",
        "<table>",
        "</table>",
        "<pre>",
        "</pre>",
        "<br>",
        "<h1>",
        "</h1>",
        "<nav>",
        "</nav>",
        "<span hidden>",
        "</span>",
        "<q>",
        "</q>",
        "<sup>",
        "</sup>",
        "&#12",
        "é",
        " x ",
        "<script>",
        "</script>",
        "<template>",
        "</template>",
        "\n",
        "<select><option>",
        "<header>",
        "</header>",
        "<blockquote>",
        "<title>",
        "<textarea>",
        "<caption>",
        "<b hidden>",
        "</b>",
        "<main>",
        "12",
        "<button>",
        "</button>",
        "</td>",
        "</tr>",
    ]);
    prop::collection::vec(bits, 0..40).prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn marks_lie_in_the_text_in_order(page in soup()) {
        check(&html(&page).unwrap());
    }

    #[test]
    fn no_text_makes_it_panic(page: String, tail in "[<>/a-z=\"' &;#!-]*") {
        check(&html(&(page + &tail)).unwrap());
    }
}
