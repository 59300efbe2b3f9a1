//! DSSE, statements, bundles, notes and checkpoints against the vectors in the folder named by
//! `VIDIMUS_VECTORS`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests read and change their own files"
)]

use p256::pkcs8::DecodePublicKey as _;
use serde_json::Value;
use std::path::PathBuf;
use vidimus::codec::{base64, hex};
use vidimus::digest;
use vidimus::envelope::bundle::{Bundle, BundleError, Content, KeyMaterial, Version};
use vidimus::envelope::{bundle, checkpoint, dsse, note, statement};
use vidimus::finding::{Code, Coded as _};
use vidimus::key::{PublicKey, ed25519_point};

/// The folder of vectors, or `None` after saying that the test was skipped.
fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("VIDIMUS_VECTORS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: no vectors");
    }
    folder
}

fn document(name: &str) -> Option<Value> {
    let bytes = std::fs::read(vectors()?.join(name)).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn array<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    base64::decode(text(value, name)).unwrap()
}

fn p256_key(pem: &str) -> Option<PublicKey> {
    p256::ecdsa::VerifyingKey::from_public_key_pem(pem).ok().map(PublicKey::P256)
}

fn ed25519_key(value: &Value) -> PublicKey {
    let raw = hex::decode_array(value.as_str().unwrap().as_bytes()).unwrap();
    PublicKey::Ed25519(ed25519_point(&raw).unwrap())
}

#[test]
fn dsse_specification() {
    let Some(vector) = document("dsse-spec/spec-vector.json") else {
        return;
    };
    let key = p256_key(text(&vector, "public_key_pem")).unwrap();
    let envelope = dsse::parse(vector["envelope"].to_string().as_bytes()).unwrap();
    assert_eq!(envelope.pae(), text(&vector, "pae").as_bytes());
    assert_eq!(envelope.verified_by(&key), [0]);
    let mut changed = envelope;
    changed.payload.push(b'!');
    assert!(changed.verified_by(&key).is_empty());
}

#[test]
fn dsse_controls() {
    let Some(family) = document("hostile-controls/dsse.json") else {
        return;
    };
    for row in array(&family, "pae") {
        let body = hex::decode(text(row, "body_hex").as_bytes()).unwrap();
        let encoded = dsse::pae(text(row, "type"), &body);
        assert_eq!(hex::encode(&encoded), text(row, "pae_hex"));
    }
    for case in array(&family, "cases") {
        let found = dsse_verdict(case).err();
        let expected = case["reject_class"].as_str();
        assert_eq!(found.map(Code::as_str), expected, "{}", case["id"]);
    }
}

/// What a verifier does with a case: the type, the threshold of distinct keys, the digest.
fn dsse_verdict(case: &Value) -> Result<(), Code> {
    let envelope = dsse::parse(&bytes(case, "envelope_b64")).map_err(|error| error.code())?;
    assert_eq!(dsse::parse(&envelope.to_json()).as_ref(), Ok(&envelope));
    let keys = array(case, "trusted_pubkeys_hex");
    let good = keys.iter().filter(|key| !envelope.verified_by(&ed25519_key(key)).is_empty());
    if (good.count() as u64) < case["threshold"].as_u64().unwrap() {
        return Err(Code::Threshold);
    }
    if envelope.payload_type != text(case, "payload_type") {
        return Err(Code::PayloadType);
    }
    let statement = statement::parse(&envelope.payload).map_err(|error| error.code())?;
    let artifact = digest::sha256(&bytes(case, "artifact_b64"));
    let same = statement.subjects.iter().any(|subject| subject.sha256() == Some(artifact));
    same.then_some(()).ok_or(Code::DigestMismatch)
}

fn read_bundle(name: &str) -> Option<Result<Bundle, BundleError>> {
    let folder = vectors()?.join("sigstore-conformance/bundle-verify").join(name);
    Some(bundle::parse(&std::fs::read(folder.join("bundle.sigstore.json")).unwrap()))
}

#[test]
fn sigstore_bundles_parse_or_say_why_not() {
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
    for (name, expected) in table {
        let Some(read) = read_bundle(name) else {
            return;
        };
        let found = read.map_err(|error| error.code()).map(|bundle| {
            let managed = matches!(bundle.key, KeyMaterial::PublicKeyHint(Some(_)));
            assert_eq!(managed, name.starts_with("managed-key"), "{name}");
            let dsse = matches!(bundle.content, Content::Dsse(_));
            (bundle.version, dsse, bundle.log_entries, bundle.timestamps.len())
        });
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn sigstore_managed_keys() {
    let Some(folder) = vectors() else { return };
    let folder = folder.join("sigstore-conformance/bundle-verify");
    let artifact = std::fs::read(folder.join("a.txt")).unwrap();
    for (name, loads) in [
        ("managed-key-happy-path", true),
        ("managed-key-and-trusted-root", true),
        ("managed-key-wrong-key_fail", false),
    ] {
        let pem = std::fs::read_to_string(folder.join(name).join("key.pub")).unwrap();
        let key = p256_key(&pem);
        assert_eq!(key.is_some(), loads, "{name}");
        let Some(Ok(bundle)) = read_bundle(name) else { panic!("{name}") };
        let Content::Message { digest, signature } = bundle.content else { panic!("{name}") };
        assert_eq!(digest, Some(("SHA2_256".into(), digest::sha256(&artifact).to_vec())));
        if let Some(key) = key {
            assert_eq!(key.verify(&artifact, &signature), Ok(()), "{name}");
            assert!(key.verify(b"other", &signature).is_err());
            assert_eq!(bundle.key, KeyMaterial::PublicKeyHint(Some(key.key_id())));
        }
    }
}

#[test]
fn sigstore_statement_of_another_predicate() {
    let Some(Ok(bundle)) = read_bundle("happy-path-intoto-in-dsse-v3") else {
        return;
    };
    let Content::Dsse(envelope) = bundle.content else { panic!("an envelope") };
    assert_eq!(envelope.payload_type, statement::PAYLOAD_TYPE);
    let read = statement::parse(&envelope.payload).unwrap();
    assert_eq!(read.predicate_type, "https://slsa.dev/provenance/v1");
    assert_eq!(statement::parse(&read.to_json()), Ok(read));
}

#[test]
fn note_controls() {
    let Some(family) = document("hostile-controls/note.json") else {
        return;
    };
    for case in array(&family, "cases") {
        let found = note_verdict(case).err();
        let expected = case["reject_class"].as_str();
        assert_eq!(found.map(Code::as_str), expected, "{}", case["id"]);
    }
}

fn note_verdict(case: &Value) -> Result<(), Code> {
    let whole = bytes(case, "note_b64");
    let read = note::parse(&whole).map_err(|error| error.code())?;
    assert_eq!(read.print(), whole);
    let vkeys = array(case, "vkeys").iter().map(|vkey| vkey.as_str().unwrap());
    let known: Vec<_> = vkeys.map(|vkey| note::Verifier::parse(vkey).unwrap()).collect();
    read.verified_by(&known).map_err(|error| error.code())?;
    let head = checkpoint::parse(&read.text).map_err(|error| error.code())?;
    assert_eq!(head.print().as_bytes(), read.text);
    (head.origin == text(case, "origin")).then_some(()).ok_or(Code::Origin)
}

#[test]
fn c2sp_checkpoints() {
    let Some(vector) = document("c2sp/parse-vectors.json") else {
        return;
    };
    let cases = array(&vector, "checkpoint");
    assert_eq!(cases.len(), 7);
    for case in cases {
        let text_of = bytes(case, "text_b64");
        let read = checkpoint::parse(&text_of);
        assert_eq!(read.is_ok(), text(case, "expect") == "accept", "{}", case["id"]);
        if let Ok(read) = read {
            assert_eq!(read.print().as_bytes(), text_of);
        }
    }
}

#[test]
fn checksum_database_checkpoint() {
    let Some(folder) = vectors() else { return };
    let exchanges = std::fs::read_to_string(folder.join("c2sp/sumdb-exchanges.txt")).unwrap();
    let (_, rest) = exchanges.split_once("old 0\n\n").unwrap();
    let (signed, _) = rest.split_once("```").unwrap();
    let read = note::parse(signed.as_bytes()).unwrap();
    let known = note::Verifier::parse(
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    );
    assert_eq!(read.verified_by(&[known.unwrap()]), Ok(vec![0]));
    assert_eq!(checkpoint::parse(&read.text).map(|head| head.size), Ok(35_225_469));
}
