//! The pages in `docs/` lead somewhere: every relative link has a file and every anchor a heading,
//! and every test that `docs/threats.md` names is there.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read the files of the repository"
)]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown pages of the repository's root, of `docs/` and of `docs/spec/`.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["", "docs", "docs/spec"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// What stands between the backquotes of a text that is no code block.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.split('`').skip(1).step_by(2)
}

/// The targets of the links of a page, outside of code blocks.
fn links(page: &str) -> Vec<String> {
    let prose = page.split("```").step_by(2).collect::<String>();
    let targets = prose.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned());
    targets.filter(|target| !target.contains("://")).collect()
}

/// Headings as GitHub makes anchors of them: lower case, blanks to hyphens, nothing else but
/// letters, digits, `-` and `_`.
fn anchors(page: &str) -> Vec<String> {
    let mut code = false;
    let mut anchors = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if line.starts_with('#') && !code {
            let heading = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            anchors.push(
                heading.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect(),
            );
        }
    }
    anchors
}

#[test]
fn every_link_leads_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let own = text(&page);
        for link in links(&own) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target =
                if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", page.display());
            let there =
                anchor.is_empty() || anchors(&text(&target)).iter().any(|own| own == anchor);
            assert!(there, "{}: {link} has no such heading", page.display());
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} links seen");
}

#[test]
fn every_test_that_the_threats_name_is_there() {
    let page = text(&root().join("docs/threats.md"));
    let named: Vec<(&str, &str)> = quoted(&page)
        .filter_map(|word| word.split_once("::"))
        .filter(|(file, _)| *file != "file")
        .collect();
    assert!(named.len() > 60, "only {} tests named", named.len());
    for (file, function) in named {
        let source = text(&root().join(file));
        let at = source
            .find(&format!("fn {function}("))
            .unwrap_or_else(|| panic!("docs/threats.md: {file} has no {function}"));
        let before = source[..at].trim_end();
        assert!(before.ends_with("#[test]"), "docs/threats.md: {file}::{function} is no test");
    }
}

#[test]
fn every_row_of_the_threats_has_a_test_or_says_that_there_is_none() {
    let page = text(&root().join("docs/threats.md"));
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    let heads = rows.iter().filter(|row| row.starts_with("| adversary |")).count();
    assert!(heads >= 4 && rows.len() > heads + 30, "{heads} tables, {} rows", rows.len());
    for row in rows.iter().filter(|row| !row.starts_with("| adversary |")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 4, "{row}");
        let test = cells[3];
        assert!(test.contains("::") || test.contains("no test yet"), "{row}");
    }
}

#[test]
fn links_and_headings_are_read_as_they_are_shown() {
    let page = "# A `b`: c\n[x](y.md#z) and [u](https://example.org)\n```\n[no](no.md)\n# no\n```\n[v](#w)\n";
    assert_eq!(links(page), ["y.md#z", "#w"]);
    assert_eq!(anchors(page), ["a-b-c"]);
}
