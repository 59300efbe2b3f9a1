//! SSHSIG and minisign against the vectors in the folder named by `VIDIMUS_VECTORS`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests read and change their own files"
)]

use serde_json::Value;
use std::path::PathBuf;
use vidimus::codec::base64;
use vidimus::digest;
use vidimus::finding::{Code, Coded as _};
use vidimus::key::{PublicKey, ed25519_point};
use vidimus::signature::{minisign, sshsig};

/// The folder of vectors, or `None` after saying that the test was skipped.
fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("VIDIMUS_VECTORS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: no vectors");
    }
    folder
}

fn cases(name: &str) -> Option<Vec<Value>> {
    let bytes = std::fs::read(vectors()?.join("hostile-controls").join(name)).unwrap();
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    Some(value["cases"].as_array().unwrap().clone())
}

fn bytes(case: &Value, name: &str) -> Vec<u8> {
    base64::decode(case[name].as_str().unwrap()).unwrap()
}

/// What a case expects: `None` for accept, the class of the refusal otherwise.
fn expected(case: &Value) -> Option<&str> {
    assert!(matches!(case["expect"].as_str(), Some("accept" | "reject")));
    case["reject_class"].as_str()
}

#[test]
fn openssh_samples() {
    let Some(folder) = vectors() else { return };
    let folder = folder.join("openssh-sshsig");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let (data, namespace) = (read("signed-data"), read("namespace"));
    let (mut verified, mut unsupported) = (0, 0);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sig") {
            continue;
        }
        match sshsig::parse(&std::fs::read(&path).unwrap()) {
            Ok(signature) => {
                assert_eq!(signature.namespace.as_bytes(), namespace);
                assert_eq!(
                    signature.verify(&digest::of(signature.hash, &data)),
                    Ok(()),
                    "{path:?}"
                );
                assert!(signature.verify(&digest::of(signature.hash, b"other")).is_err());
                assert_eq!(sshsig::parse(signature.print().as_bytes()), Ok(signature));
                verified += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), Code::Unsupported, "{path:?}: {error}");
                unsupported += 1;
            }
        }
    }
    assert_eq!((verified, unsupported), (5, 2));
}

#[test]
fn sshsig_controls() {
    for case in cases("sshsig.json").unwrap_or_default() {
        let found = match sshsig::parse(&bytes(&case, "sig_b64")) {
            Err(error) => Some(error.code().as_str()),
            Ok(signature) => {
                let line = case["allowed_signers"].as_str().unwrap();
                let blob = base64::decode(line.split_whitespace().nth(2).unwrap()).unwrap();
                let raw: [u8; 32] = blob.get(blob.len() - 32..).unwrap().try_into().unwrap();
                assert_eq!(signature.key, PublicKey::Ed25519(ed25519_point(&raw).unwrap()));
                assert_eq!(signature.namespace, case["namespace"].as_str().unwrap());
                let digest = digest::of(signature.hash, &bytes(&case, "artifact_b64"));
                signature.verify(&digest).err().map(|error| error.code().as_str())
            }
        };
        assert_eq!(found, expected(&case), "{}", case["id"]);
    }
}

#[test]
fn minisign_controls() {
    for case in cases("minisign.json").unwrap_or_default() {
        let text = String::from_utf8(bytes(&case, "pubkey_b64")).unwrap();
        let blob = base64::decode(text.lines().nth(1).unwrap()).unwrap();
        let raw: [u8; 32] = blob.get(10..).unwrap().try_into().unwrap();
        let key = PublicKey::Ed25519(ed25519_point(&raw).unwrap());
        let sig = bytes(&case, "sig_b64");
        let found = match minisign::parse(&sig) {
            Err(error) => Some(error.code().as_str()),
            Ok(signature) => {
                assert!(signature.prehashed);
                assert_eq!(Some(&signature.key_id[..]), blob.get(2..10));
                assert_eq!(signature.print().as_bytes(), sig);
                let mut prehash = minisign::Prehash::new();
                prehash.update(&bytes(&case, "artifact_b64"));
                let verdict = signature.verify(&key, &prehash.finish());
                verdict.err().map(|error| error.code().as_str())
            }
        };
        assert_eq!(found, expected(&case), "{}", case["id"]);
    }
}
