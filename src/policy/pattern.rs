//! Patterns as OpenSSH writes them (ssh_config(5), PATTERNS): `*`, `?`, and `!` before one.
//!
//! Compared byte by byte and case by case. Unlike the pattern code of many tools this one
//! takes at most the product of the two lengths, whatever the pattern.

/// Whether one pattern, without a leading `!`, matches the whole of `text`.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut rest, mut left) = (pattern, text);
    // Where to go back to: what follows the last `*`, and the text it has not eaten yet.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (rest.split_first(), left.split_first()) {
            (Some((b'*', after)), _) => {
                retry = Some((after, left));
                rest = after;
            }
            (None, None) => return true,
            (Some((wanted, after)), Some((found, others)))
                if *wanted == b'?' || wanted == found =>
            {
                (rest, left) = (after, others);
            }
            (_, _) => match retry {
                Some((after, [_, eaten @ ..])) => {
                    retry = Some((after, eaten));
                    (rest, left) = (after, eaten);
                }
                Some((_, [])) | None => return false,
            },
        }
    }
}

/// Whether a list of patterns matches: one without `!` must, and none with `!` may.
pub(super) fn list_matches(patterns: &[String], text: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if matches(negated.as_bytes(), text.as_bytes()) => return false,
            Some(_) => {}
            None => found |= matches(pattern.as_bytes(), text.as_bytes()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn single_patterns() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "ab", true),
            ("?", "", false),
            ("?", "a", true),
            ("??", "é", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("*@example.org", "press@example.org", true),
            ("*@example.org", "press@example.org.evil", false),
            ("*a*b", "aab", true),
            ("*a*b*", "cb", false),
            ("A", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
        assert!(!matches("*a".repeat(5_000).as_bytes(), "a".repeat(4_999).as_bytes()));
    }

    #[test]
    fn lists() {
        for (list, text, expected) in [
            ("a,b", "b", true),
            ("!a", "b", false),
            ("!a,*", "b", true),
            ("*,!a", "a", false),
            ("!*", "a", false),
            ("!!a,*", "a", true),
            ("", "a", false),
        ] {
            let patterns: Vec<String> = list.split(',').map(str::to_owned).collect();
            assert_eq!(list_matches(&patterns, text), expected, "{list} {text}");
        }
    }

    /// The definition, slowly.
    fn plain(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => (0..=text.len()).any(|skip| plain(rest, &text[skip..])),
            (Some((b'?', rest)), Some((_, left))) => plain(rest, left),
            (Some((a, rest)), Some((b, left))) => a == b && plain(rest, left),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                plain(pattern.as_bytes(), text.as_bytes())
            );
        }
    }
}
