//! The policy as a whole: each field alone changes the verdict, each refusal has its code and
//! line, and no input makes the reader panic.

use super::testing::{SAMPLE, fido_key, key, p256_key, parse, parse_with, sample_key_file, time};
use super::*;
use crate::finding::{Code, Coded as _, Finding};
use crate::key;
use crate::limits;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What a policy says about `seeds`, signed by the keys 1 and 2, in one line.
fn verdict(text: &str, at: &str) -> String {
    let policy = match parse(text) {
        Ok(policy) => policy,
        Err(error) => return format!("refused {}", error.code().as_str()),
    };
    let at = time(at);
    let judgement =
        policy.trust.judge("seeds", &[SignedBy::at(&key(1), at), SignedBy::at(&key(2), at)]);
    let codes: Vec<_> = judgement.rejected.iter().map(|r| r.reason.code().as_str()).collect();
    let rules: Vec<_> =
        judgement.rules.iter().map(|r| format!("{}/{}", r.signed, r.need)).collect();
    let listed = policy.collections.iter().any(|name| name == "seeds");
    format!(
        "v{} {} {} {} [{}] [{}] {:?}",
        policy.version,
        policy.id,
        if listed { "listed" } else { "unlisted" },
        if policy.expired(at) { "expired" } else { "current" },
        codes.join(" "),
        rules.join(" "),
        judgement.rules.iter().flat_map(|rule| &rule.lacking).collect::<BTreeSet<_>>(),
    )
}

/// Each line changes one field of the sample and nothing else.
#[test]
fn every_field_alone_changes_the_verdict() {
    let (y26, y27) = ("2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z");
    let base = "v3 example.org/statements listed current [] [2/2] {Log}";
    assert_eq!(verdict(SAMPLE, y26), base);
    let other_key = key(9).to_string();
    let replace_key = format!("key = \"{other_key}\"");
    let table: [(&str, &str, &str, &str); 18] = [
        (
            "version = 3",
            "version = 4",
            y26,
            "v4 example.org/statements listed current [] [2/2] {Log}",
        ),
        ("version = 3", "version = 0", y26, "refused malformed"),
        ("statements\"", "others\"", y26, "v3 example.org/others listed current [] [2/2] {Log}"),
        ("[\"seeds\", ", "[", y26, "v3 example.org/statements unlisted current [] [2/2] {Log}"),
        ("\"2030-", "\"2026-", y26, "v3 example.org/statements listed expired [] [2/2] {Log}"),
        ("name = \"a\"", "name = \"c\"", y26, "refused malformed"),
        (
            "key = \"ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=\"",
            &replace_key,
            y26,
            "v3 example.org/statements listed current [untrusted-key] [1/2] {Log}",
        ),
        (
            "valid-after = \"2026-01",
            "valid-after = \"2026-07",
            y26,
            "v3 example.org/statements listed current [expired] [1/2] {Log}",
        ),
        ("valid-before = \"2028", "valid-before = \"2026-02", y26, "refused malformed"),
        (
            "valid-before = \"2028-01",
            "valid-before = \"2026-06",
            y26,
            "v3 example.org/statements listed current [expired] [1/2] {Log}",
        ),
        (
            "at = \"2027",
            "at = \"2026",
            y26,
            "v3 example.org/statements listed current [revoked] [1/2] {Log}",
        ),
        (
            "\"retired\"",
            "\"compromised\"",
            y26,
            "v3 example.org/statements listed current [revoked] [1/2] {Log}",
        ),
        ("\"b.pub\"", "\"c.pub\"", y26, "refused io"),
        (
            "SHA256",
            "0000000000000000000000000000000000000000000000000000000000000000",
            y26,
            "refused digest-mismatch",
        ),
        (
            "[\"*\"]",
            "[\"notes\"]",
            y26,
            "v3 example.org/statements listed current [scope scope] [] {}",
        ),
        ("signers = [\"a\", \"b\"]", "signers = [\"b\"]", y26, "refused threshold"),
        (
            "threshold = 2",
            "threshold = 1",
            y26,
            "v3 example.org/statements listed current [] [2/1] {Log}",
        ),
        (
            "[\"log\"]",
            "[\"witness\"]",
            y26,
            "v3 example.org/statements listed current [] [2/2] {Witness}",
        ),
    ];
    for (from, to, at, expected) in table {
        assert_eq!(SAMPLE.matches(from).count(), 1, "{from}");
        assert_eq!(verdict(&SAMPLE.replace(from, to), at), expected, "{to}");
    }
    let later = "v3 example.org/statements listed current [revoked] [1/2] {Log}";
    assert_eq!(verdict(SAMPLE, y27), later);
    assert_eq!(verdict(&SAMPLE.replace("revoked =", "# revoked ="), y27), base);
    let superseded = SAMPLE.replace("\"retired\"", "\"superseded\"");
    assert_eq!(
        (verdict(&superseded, y26).as_str(), verdict(&superseded, y27).as_str()),
        (base, later)
    );
    let one = SAMPLE.replace("threshold = 2", "threshold = 1");
    let fewer = one.replace("signers = [\"a\", \"b\"]", "signers = [\"b\"]");
    assert_eq!(
        verdict(&fewer, y26),
        "v3 example.org/statements listed current [scope] [1/1] {Log}"
    );
}

/// Changes one place of the sample; expects the code, the line, and words of the message.
#[test]
fn refusals_have_code_and_line() {
    let weak = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let fido = key::openssh_line(&fido_key(1), "");
    let a = "ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=";
    let b = key(2).to_string();
    let only_key = format!("key = \"{b}\"");
    let file_and_key = format!("key-file = \"b.pub\"\nkey = \"{b}\"");
    let long = format!("\"{}\"", "x".repeat(300));
    let m = Code::Malformed;
    let table: Vec<(&str, &str, Code, u64, &str)> = vec![
        ("version = 3", "version = 3\ncolour = 1", m, 3, "the field colour is not known"),
        ("version = 3", "version = 3\n\"a\\u001bb\" = 1", m, 3, "a\\u{1b}b"),
        ("version = 3", "version = 3\nversion = 4", m, 3, "duplicate key"),
        ("version = 3", "version = -3", m, 2, "invalid value"),
        ("version = 3", "version = \"3\"", m, 2, "invalid type"),
        ("version = 3", "version = 3.0", m, 2, "invalid type"),
        ("version = 3", "", m, 1, "missing field `version`"),
        ("version = 3", "version = 0", m, 2, "`version` must be 1 or more"),
        ("version = 3", "version = ", m, 2, "not well-formed"),
        ("\"example.org/statements\"", "\"a b\"", m, 3, "U+0020"),
        ("\"example.org/statements\"", "\"\"", m, 3, "empty"),
        ("\"example.org/statements\"", "\"SSHSIG/x\"", m, 3, "another format"),
        ("\"example.org/statements\"", &long, m, 3, "longer than 255 bytes"),
        ("\"notes\"]", "\"seeds\"]", m, 4, "collection seeds is listed twice"),
        ("\"notes\"]", "\"a/b\"]", Code::UnsafePath, 4, "not one part of a path"),
        ("\"notes\"]", "\"log\"]", m, 4, "reserved"),
        ("\"notes\"]", "\"a\\u202Eb\"]", m, 4, "U+202E"),
        ("\"2030-01-01T00:00:00Z\"", "2030-01-01T00:00:00Z", m, 5, "in quotes"),
        ("\"2030-01-01T00:00:00Z\"", "\"2030-01-01\"", m, 5, "not a time"),
        ("\"2026-01-01T00:00:00Z\"", "2026-01-01T00:00:00Z", m, 10, "signer a: `valid-after`"),
        ("at = \"2027-01-01T00:00:00Z\"", "at = 2027-01-01", m, 12, "signer a: `revoked.at`"),
        ("\"2028-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00Z\"", m, 11, "not later"),
        ("\"retired\"", "\"lost\"", m, 12, "the reason lost is not retired"),
        (
            "reason = \"retired\"",
            "reason = \"retired\", by = \"me\"",
            m,
            12,
            "the field by is not known",
        ),
        ("name = \"a\"", "name = \"a b\"", m, 8, "U+0020"),
        ("name = \"a\"", "name = \"../a\"", Code::UnsafePath, 8, "not one part"),
        ("name = \"a\"", "name = \"b\"", m, 15, "the same but for case"),
        ("name = \"a\"", "name = \"B\"", m, 15, "the signer names B and b"),
        ("name = \"a\"", "name = \"a\"\nemail = \"x\"", m, 9, "the field email is not known"),
        ("key-file = \"b.pub\"", &only_key, m, 17, "`sha256` belongs to"),
        ("key-file = \"b.pub\"", &file_and_key, m, 16, "both `key`"),
        ("key-file = \"b.pub\"", "", m, 14, "neither `key`"),
        ("sha256 = \"SHA256\"", "", m, 16, "needs the file's `sha256`"),
        ("\"SHA256\"", "\"00\"", m, 17, "64 hexadecimal digits"),
        ("\"b.pub\"", "\"../b.pub\"", Code::UnsafePath, 16, "a path with '..'"),
        ("\"b.pub\"", "\"/b.pub\"", Code::UnsafePath, 16, "an absolute path"),
        (a, weak, Code::WeakKey, 9, "signer a: the key does not load"),
        (a, "ed25519:AA==", m, 9, "signer a: the key does not load"),
        (a, "", m, 9, "signer a"),
        (a, &fido, Code::Unsupported, 9, "a FIDO key cannot sign statements"),
        (a, &b, m, 14, "signer a and signer b have the same key"),
        ("[\"*\"]", "[]", m, 19, "rule 1: it names no collection"),
        ("[\"*\"]", "[\"other\"]", m, 20, "rule 1: it names the collection other"),
        ("[\"*\"]", "[\"seeds\", \"seeds\"]", m, 20, "twice"),
        (
            "signers = [\"a\", \"b\"]",
            "signers = [\"a\", \"c\"]",
            m,
            21,
            "it names the signer c, whom",
        ),
        (
            "signers = [\"a\", \"b\"]",
            "signers = [\"a\", \"a\"]",
            m,
            21,
            "it names the signer a twice",
        ),
        ("threshold = 2", "threshold = 3", Code::Threshold, 22, "threshold is 3, but it has 2"),
        ("threshold = 2", "threshold = 0", m, 22, "threshold is 0"),
        ("threshold = 2", "threshold = -1", m, 22, "invalid value"),
        ("threshold = 2", "", m, 19, "missing field `threshold`"),
        ("[\"log\"]", "[\"seal\"]", Code::Unsupported, 23, "it requires seal, which"),
        ("[\"log\"]", "[\"log\", \"log\"]", m, 23, "it requires log twice"),
        ("[\"log\"]", "[\"log\"]\nexcept = []", m, 24, "the field except is not known"),
        ("signers = [\"a\", \"b\"]", "signers = []", Code::Threshold, 22, "it has 0 distinct keys"),
    ];
    for (from, to, code, line, words) in table {
        assert_eq!(SAMPLE.matches(from).count(), 1, "{from}");
        let error = parse(&SAMPLE.replace(from, to)).expect_err(to);
        let message = Finding::of(&error).message;
        assert_eq!((error.code(), error.line()), (code, Some(line)), "{to}: {message}");
        assert!(message.contains(words), "{to}: {message}");
        assert!(!message.chars().any(name::is_hidden), "{message:?}");
    }
}

#[test]
fn the_finding_names_the_file_and_line_once() {
    let error = parse(&SAMPLE.replace("threshold = 2", "threshold = 3")).unwrap_err();
    let finding = error.finding(b"keys/policy.toml");
    assert_eq!(finding.message, "rule 1: its threshold is 3, but it has 2 distinct keys");
    assert_eq!(finding.claimed_by, Some((b"keys/policy.toml".to_vec(), Some(22))));
}

#[test]
fn bytes_that_are_no_text_or_too_many() {
    let error = parse_with(b"version = 1\n\xff", &[]).unwrap_err();
    assert!(matches!(error.problem, Problem::NotUtf8) && error.line() == Some(2));
    let large = vec![b'\n'; usize::try_from(limits::POLICY_BYTES).unwrap() + 1];
    assert_eq!(parse_with(&large, &[]).unwrap_err().code(), Code::Limit);
    assert_eq!(parse_with(b"", &[]).unwrap_err().code(), Code::Malformed);
    for hostile in
        ["a=[".repeat(200_000), "[".repeat(1 << 20), "a.".repeat(1 << 20), "{a=".repeat(1 << 18)]
    {
        assert_eq!(parse_with(hostile.as_bytes(), &[]).unwrap_err().code(), Code::Malformed);
    }
}

#[test]
fn more_signers_than_the_limit() {
    let signers = (0..=limits::KEYS).map(|number| format!("[[signer]]\nname=\"s{number}\"\n"));
    let text = format!("version=1\nid=\"x\"\ncollections=[]\n{}", signers.collect::<String>());
    let error = parse(&text).unwrap_err();
    assert!(matches!(error.problem, Problem::TooManySigners));
    assert_eq!((error.code(), error.line()), (Code::Limit, Some(4 + 2 * limits::KEYS as u64)));
}

#[test]
fn a_p256_key_and_a_key_file_load() {
    let p256 = key::openssh_line(&p256_key(5), "");
    let a = "ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=";
    let policy = parse(&SAMPLE.replace(a, p256.trim_end())).unwrap();
    assert_eq!(policy.trust.signers[0].key, p256_key(5));
    assert_eq!(policy.trust.named("b").map(|signer| &signer.key), Some(&key(2)));
    let two = [sample_key_file(), format!("{}\n", key(3)).into_bytes()].concat();
    let text = SAMPLE.replace("SHA256", &crate::codec::hex::encode(&crate::digest::sha256(&two)));
    assert_eq!(parse_with(text.as_bytes(), &two).unwrap_err().code(), Code::Malformed);
}

#[test]
fn the_policy_expires_in_its_own_second() {
    let policy = parse(SAMPLE).unwrap();
    assert!(!policy.expired(time("2029-12-31T23:59:59Z")));
    assert!(policy.expired(time("2030-01-01T00:00:00Z")));
    let forever = parse(&SAMPLE.replace("expires", "# expires")).unwrap();
    assert!(!forever.expired(time("9999-01-01T00:00:00Z")));
}

proptest! {
    #[test]
    fn no_change_of_bytes_panics(at in 0..SAMPLE.len(), with in any::<Vec<u8>>(), cut in 0usize..40) {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        if let Err(error) = parse_with(&bytes, &sample_key_file()) {
            prop_assert!(!Finding::of(&error).message.chars().any(name::is_hidden));
        }
    }
}
