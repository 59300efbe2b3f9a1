//! What was not checked, in a few words and with its names (promise 2).

use crate::envelope::predicate::ManifestPredicate;

/// What a believed statement says of files that its signers did not read for it.
pub(super) fn not_read(name: &str, predicate: &ManifestPredicate) -> Option<String> {
    let ManifestPredicate { not_read, files, .. } = predicate;
    (*not_read > 0).then(|| {
        format!("{name}: {not_read} of {files} not read when signed; their digests were taken over from the signing before")
    })
}

/// `3 ignored entries: a, b, c`; past a thousand names only their number.
pub(super) fn named<'n>(
    what: (&str, &str),
    prefix: &[u8],
    names: impl ExactSizeIterator<Item = &'n [u8]>,
) -> Option<String> {
    const SHOWN: usize = 1_000;
    let number = names.len();
    let shown: Vec<String> = names
        .take(SHOWN)
        .map(|name| String::from_utf8_lossy(&[prefix, name].concat()).into_owned())
        .collect();
    let shown = shown.join(", ");
    let rest = number.saturating_sub(SHOWN);
    match (number, rest) {
        (0, _) => None,
        (1, _) => Some(format!("1 {}: {shown}", what.0)),
        (_, 0) => Some(format!("{number} {}: {shown}", what.1)),
        (_, _) => Some(format!("{number} {}: {shown} and {rest} more", what.1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted() {
        let names: Vec<Vec<u8>> = (0..1_002).map(|n: u32| n.to_string().into_bytes()).collect();
        let say = |n: usize| named(("link", "links"), b"a/", names[..n].iter().map(Vec::as_slice));
        assert_eq!(say(0), None);
        assert_eq!(say(1).as_deref(), Some("1 link: a/0"));
        assert_eq!(say(2).as_deref(), Some("2 links: a/0, a/1"));
        assert!(say(1_000).is_some_and(|text| text.ends_with("a/998, a/999")));
        assert!(say(1_002).is_some_and(|text| text.ends_with("a/999 and 2 more")));
    }
}
