//! Timestamps (RFC 3161), through the functions that `vidimus stamp check` calls.

use crate::verdict::{Row, array, bytes, document, text};
use crate::{folders, tally};
use serde_json::Value;
use std::path::Path;
use vidimus::envelope::bundle::{self, Content};
use vidimus::finding::Coded as _;
use vidimus::timestamp::{self, Certificate, Token, TokenError};

const BUNDLES: &str = "sigstore-conformance/bundle-verify";

pub(crate) const ROWS: &[Row] = &[
    ("hostile-controls/rfc3161.json", "timestamps: accepted, or refused with its code", controls),
    (BUNDLES, "timestamps over the signatures of bundles: verified to the suite's roots", bundles),
    (BUNDLES, "the same to the roots of the other: refused", crossed),
];

fn verdict(
    token: &[u8],
    message: &[u8],
    roots: &[Certificate],
    helpers: &[Certificate],
) -> Result<timestamp::Stamp, TokenError> {
    timestamp::verify(&Token::parse(token)?, message, roots, helpers)
}

/// Root and helper stand beside the cases, and all are over one artifact.
fn controls(path: &Path) -> (usize, usize) {
    let family = document(path);
    let artifact = bytes(&family, "artifact_b64");
    let certificates =
        |name| timestamp::certificates_from_pem(text(&family, name).as_bytes()).unwrap();
    let (roots, helpers) = (certificates("trusted_root_pem"), certificates("tsa_cert_pem"));
    tally(array(&family, "cases").iter().map(|case| {
        let expected = case["reject_class"].as_str();
        assert_eq!(text(case, "expect") == "accept", expected.is_none());
        let found = verdict(&bytes(case, "tsr_b64"), &artifact, &roots, &helpers);
        let found = found.err().map(|error| error.code().as_str());
        (format!("{}: {found:?}", text(case, "id")), found == expected)
    }))
}

/// The certificates of the authorities in a trusted root, the roots last.
fn authorities(path: &Path) -> Vec<Certificate> {
    let root = document(path);
    let chains = array(&root, "timestampAuthorities").iter().flat_map(|authority| {
        let certificates = array(&authority["certChain"], "certificates").iter();
        certificates.map(|each: &Value| Certificate::from_der(&bytes(each, "rawBytes")).unwrap())
    });
    chains.collect()
}

/// Every token in a bundle of the suite: with its own roots where it brings some, else with those
/// of the suite; or the other way round.
fn tokens(folder: &Path, crossed: bool) -> Vec<(String, Result<timestamp::Stamp, TokenError>)> {
    let default = folder.parent().unwrap().join("default-root/trusted_root.json");
    let mock = folder.join("intoto-tsa-timestamp-outside-cert-validity_fail/trusted_root.json");
    let mut found = Vec::new();
    for case in folders(folder) {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let file = std::fs::read(case.join("bundle.sigstore.json")).unwrap();
        let Ok(bundle) = bundle::parse(&file) else { continue };
        let signature = match &bundle.content {
            Content::Dsse(envelope) => envelope.signatures[0].sig.clone(),
            Content::Message { signature, .. } => signature.clone(),
        };
        let own = case.join("trusted_root.json").exists();
        let roots = authorities(if own == crossed { &default } else { &mock });
        for token in &bundle.timestamps {
            found.push((name.clone(), verdict(token, &signature, &roots, &[])));
        }
    }
    found
}

/// The case with a time outside of the signer's certificate is about that certificate: its token
/// is good, and says so.
fn bundles(folder: &Path) -> (usize, usize) {
    tally(tokens(folder, false).into_iter().map(|(name, verdict)| {
        let time = verdict.as_ref().map(|stamp| stamp.gen_time.to_string());
        let mock = name.starts_with("intoto-tsa");
        let expected = if mock { "2023-02-02T00:00:00Z" } else { "2025-12-18T17:04:39Z" };
        (format!("{name}: {verdict:?}"), time.as_deref() == Ok(expected))
    }))
}

/// Their certificates are not in the tokens, so that with other roots there is no signer at all.
fn crossed(folder: &Path) -> (usize, usize) {
    tally(tokens(folder, true).into_iter().map(|(name, verdict)| {
        (format!("{name}: {verdict:?}"), verdict == Err(TokenError::NoSigner))
    }))
}
