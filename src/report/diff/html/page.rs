//! The file around the report: its head, its policy, its style.

use super::inert::words;
use crate::codec::base64;
use sha2::{Digest, Sha256};

/// The only style; the policy allows no other, and nothing else at all.
const STYLE: &str = include_str!("page.css");

/// A whole page about a comparison; `main` is markup, `title` is text.
pub(in crate::report::diff) fn page(title: &str, main: &str) -> String {
    titled(&format!("What changed in {title}"), main)
}

/// A whole page; `main` is markup, `title` is text.
pub(in crate::report) fn titled(title: &str, main: &str) -> String {
    let digest = base64::encode(&Sha256::digest(STYLE.as_bytes()));
    let title = words(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{main}</main>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_style() {
        let page = page("a<b", "<p>x</p>\n");
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let digest = base64::encode(&Sha256::digest(style.as_bytes()));
        assert!(page.contains(&format!("style-src 'sha256-{digest}'")));
        assert!(page.contains("<title>What changed in a&lt;b</title>"));
        assert!(!page.contains(" style=\"") && !page.contains("<script"));
    }
}
