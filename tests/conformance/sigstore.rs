//! Bundles of the Sigstore conformance suite, verified as `vidimus verify FILE --signature SIG`
//! does. Plain ("managed") keys are verified; bundles with certificates are `unsupported`, and
//! so are those of them that are wrong in some way, before anybody looks at what is wrong.

use crate::verdict::{Row, detached, trust};
use crate::{folders, tally};
use std::path::Path;
use vidimus::envelope::bundle::{self, Content, KeyMaterial, Version};
use vidimus::envelope::statement;
use vidimus::finding::{Code, Coded as _};
use vidimus::key;
use vidimus::policy::TrustSet;

const SET: &str = "sigstore-conformance/bundle-verify";

pub(crate) const ROWS: &[Row] = &[
    (SET, "plain keys: accepted", |folder| verified(folder, &MANAGED)),
    (SET, "plain keys: refused (`_fail`)", |folder| verified(folder, &MANAGED_FAIL)),
    (SET, "broken bundles: refused (`_fail`)", |folder| verified(folder, &BROKEN)),
    (SET, "certificates, to be accepted: `unsupported`", |folder| verified(folder, &CERTIFICATE)),
    (SET, "certificates, to be refused (`_fail`): `unsupported`, for no better reason", |folder| {
        verified(folder, &CERTIFICATE_FAIL)
    }),
    (SET, "bundles read as what they are, or refused", read),
    (SET, "hints: the id that we give to the key", hints),
    (SET, "statements of another predicate read", other_predicate),
];

/// A case and the code of its refusal.
type Case = (&'static str, Option<&'static str>);

const MANAGED: [Case; 2] =
    [("managed-key-happy-path", None), ("managed-key-and-trusted-root", None)];
/// The wrong key is no key at all: no P-256 point, so it is refused as it is loaded.
const MANAGED_FAIL: [Case; 2] = [
    ("managed-key-no-key_fail", Some("untrusted-key")),
    ("managed-key-wrong-key_fail", Some("malformed")),
];
const BROKEN: [Case; 3] = [
    ("bundle-invalid-base64-signature_fail", Some("malformed")),
    ("bundle-malformed-json_fail", Some("malformed")),
    ("bundle-unknown-version_fail", Some("unsupported")),
];
const CERTIFICATE: [Case; 2] = [
    ("happy-path-intoto-in-dsse-v3", Some("unsupported")),
    ("happy-path-v0.3-new-mediaType", Some("unsupported")),
];
const CERTIFICATE_FAIL: [Case; 5] = [
    ("dsse-invalid-sig_fail", Some("unsupported")),
    ("inclusion-proof-corrupted-hash_fail", Some("unsupported")),
    ("intoto-tsa-timestamp-outside-cert-validity_fail", Some("unsupported")),
    ("message-digest-mismatch_fail", Some("unsupported")),
    ("signature-mismatch_fail", Some("unsupported")),
];

fn every_case() -> impl Iterator<Item = &'static Case> {
    MANAGED.iter().chain(&MANAGED_FAIL).chain(&BROKEN).chain(&CERTIFICATE).chain(&CERTIFICATE_FAIL)
}

fn bundle_of(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name).join("bundle.sigstore.json")).unwrap()
}

/// Verifies the case's own artifact, or `a.txt`, with its key, or with none.
fn verdict(folder: &Path, name: &str) -> Option<String> {
    let case = folder.join(name);
    let own = case.join("artifact");
    let artifact = if own.exists() { own } else { folder.join("a.txt") };
    let trust = match std::fs::read(case.join("key.pub")) {
        Ok(key) => match trust(&key, 1) {
            Ok(trust) => trust,
            Err(code) => return Some(code),
        },
        Err(_) => TrustSet::of_keys([], 1),
    };
    detached(&artifact, &bundle_of(folder, name), &trust, "file")
}

fn verified(folder: &Path, cases: &[Case]) -> (usize, usize) {
    tally(cases.iter().map(|&(name, expected)| {
        let found = verdict(folder, name);
        (format!("{name}: {found:?}"), found.as_deref() == expected)
    }))
}

/// Every case of the suite: version, whether DSSE, number of log entries and of timestamps.
fn read(folder: &Path) -> (usize, usize) {
    let table = [
        ("bundle-invalid-base64-signature_fail", Err(Code::Malformed)),
        ("bundle-malformed-json_fail", Err(Code::Malformed)),
        ("bundle-unknown-version_fail", Err(Code::Unsupported)),
        ("dsse-invalid-sig_fail", Ok((Version::V03, true, 1, 0))),
        ("happy-path-intoto-in-dsse-v3", Ok((Version::V03, true, 1, 0))),
        ("happy-path-v0.3-new-mediaType", Ok((Version::V03, false, 1, 0))),
        ("inclusion-proof-corrupted-hash_fail", Ok((Version::V03, false, 1, 0))),
        ("intoto-tsa-timestamp-outside-cert-validity_fail", Ok((Version::V02, true, 1, 1))),
        ("managed-key-and-trusted-root", Ok((Version::V03, false, 1, 0))),
        ("managed-key-happy-path", Ok((Version::V03, false, 1, 1))),
        ("managed-key-no-key_fail", Ok((Version::V03, false, 1, 1))),
        ("managed-key-wrong-key_fail", Ok((Version::V03, false, 1, 1))),
        ("message-digest-mismatch_fail", Ok((Version::V03, false, 1, 0))),
        ("signature-mismatch_fail", Ok((Version::V01, false, 1, 0))),
    ];
    tally(folders(folder).iter().map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(every_case().any(|(case, _)| *case == name), "{name} is not verified");
        let found = bundle::parse(&bundle_of(folder, name));
        let found = found.map_err(|error| error.code()).map(|bundle| {
            let plain = matches!(bundle.key, KeyMaterial::PublicKeyHint(Some(_)));
            assert_eq!(plain, name.starts_with("managed-key"), "{name}");
            let dsse = matches!(bundle.content, Content::Dsse(_));
            (bundle.version, dsse, bundle.log_entries, bundle.timestamps.len())
        });
        (name.to_owned(), table.contains(&(name, found)))
    }))
}

fn hints(folder: &Path) -> (usize, usize) {
    tally(MANAGED.iter().map(|&(name, _)| {
        let pem = std::fs::read(folder.join(name).join("key.pub")).unwrap();
        let key = &key::parse_public(&pem).unwrap()[0].key;
        let found = bundle::parse(&bundle_of(folder, name)).unwrap().key;
        (name, found == KeyMaterial::PublicKeyHint(Some(key.key_id())))
    }))
}

fn other_predicate(folder: &Path) -> (usize, usize) {
    const NAME: &str = "happy-path-intoto-in-dsse-v3";
    let Content::Dsse(envelope) = bundle::parse(&bundle_of(folder, NAME)).unwrap().content else {
        panic!("{NAME} has an envelope")
    };
    let read = statement::parse(&envelope.payload).unwrap();
    let right = envelope.payload_type == statement::PAYLOAD_TYPE
        && read.predicate_type == "https://slsa.dev/provenance/v1"
        && statement::parse(&read.to_json()).as_ref() == Ok(&read);
    tally([(NAME, right)])
}
