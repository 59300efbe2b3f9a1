//! What a run of `vidimus verify FILE --signature SIG` or `vidimus check` comes to, in codes.

use serde_json::Value;
use std::path::Path;
use vidimus::codec::base64;
use vidimus::finding::{Coded as _, Exit, Outcome, Severity, SignerStatus};
use vidimus::fs;
use vidimus::key;
use vidimus::policy::TrustSet;
use vidimus::time::Time;
use vidimus::verify::{Detached, verify_detached};

/// One row: set, what is counted, and the function that counts.
pub(crate) type Row = (&'static str, &'static str, fn(&Path) -> (usize, usize));

/// The codes of all findings of one severity, in their order.
pub(crate) fn codes(outcome: &Outcome, severity: Severity) -> String {
    let findings = outcome.findings.iter().filter(|finding| finding.severity == severity);
    findings.map(|finding| finding.code.as_str()).collect::<Vec<_>>().join(" ")
}

/// `None` when everything passed, else the codes of the errors.
pub(crate) fn refusal(outcome: &Outcome) -> Option<String> {
    let errors = codes(outcome, Severity::Error);
    assert_eq!(errors.is_empty(), outcome.exit() == Exit::Done);
    (!errors.is_empty()).then_some(errors)
}

/// The keys in a text, each as `--key` takes it, or the code of why they are not taken.
pub(crate) fn trust(keys: &[u8], threshold: u64) -> Result<TrustSet, String> {
    let keys = key::parse_public(keys).map_err(|error| error.code().as_str().to_owned())?;
    let named = keys.into_iter().map(|named| (named.key.to_string(), named.key, named.minisign_id));
    Ok(TrustSet::of_keys(named, threshold))
}

/// Verifies one file with a signature: `None` when an accepted signer signed it, else why not.
pub(crate) fn detached(
    file: &Path,
    signature: &[u8],
    trust: &TrustSet,
    namespace: &str,
) -> Option<String> {
    let outcome = verify_detached(Detached {
        file: fs::open_named(file).unwrap(),
        file_shown: b"file",
        signature,
        signature_shown: b"signature",
        trust,
        source: "--key",
        namespace,
        allow_legacy: false,
        at: (Time::from_unix(1_800_000_000).unwrap(), true),
    });
    let refusal = refusal(&outcome);
    let accepted = outcome.signers.iter().any(|row| row.status == SignerStatus::Accepted);
    assert!(accepted || refusal.is_some(), "passed without a signer");
    refusal
}

/// [`detached`] for a file that is not on the disk yet.
pub(crate) fn detached_bytes(
    file: &[u8],
    signature: &[u8],
    trust: &TrustSet,
    namespace: &str,
) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, file).unwrap();
    detached(&path, signature, trust, namespace)
}

/// Reads a file of vectors.
pub(crate) fn document(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

pub(crate) fn array<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}

/// Base64 in a member.
pub(crate) fn bytes(value: &Value, name: &str) -> Vec<u8> {
    base64::decode(text(value, name)).unwrap()
}

/// Runs every case of a family of hostile controls: each must be refused with its class, or
/// accepted where it has none.
pub(crate) fn controls(path: &Path, run: fn(&Value) -> Option<String>) -> (usize, usize) {
    let family = document(path);
    crate::tally(array(&family, "cases").iter().map(|case| {
        let expected = case["reject_class"].as_str();
        assert_eq!(text(case, "expect") == "accept", expected.is_none());
        let found = run(case);
        let right = found.as_deref() == expected;
        (format!("{}: {found:?}", text(case, "id")), right)
    }))
}
