//! Text made harmless for HTML: nothing of a document becomes markup, and what shows nothing or
//! reorders text is written out.

use crate::report::escape;

/// Text between tags. Line feeds part paragraphs; hidden characters stand in `<code>`.
pub(in crate::report) fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br><br>"),
            c if escape::is_hidden(c) => {
                let code = escape::message(c.encode_utf8(&mut [0; 4]));
                out.push_str(&format!("<code class=\"hidden\">{code}</code>"));
            }
            c => push(&mut out, c),
        }
    }
    out
}

/// The value of an attribute that stands in double quotes.
pub(super) fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape::message(text).chars().for_each(|c| push(&mut out, c));
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(words("<a b='\"'>&amp;\n"), "&lt;a b=&#39;&quot;&#39;&gt;&amp;amp;<br><br>");
        assert_eq!(words("x\u{202e}y"), "x<code class=\"hidden\">\\u{202e}</code>y");
        assert_eq!(attribute("\"\n\x1b<"), "&quot;\\n\\x1b&lt;");
    }
}
