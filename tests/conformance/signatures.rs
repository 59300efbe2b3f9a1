//! OpenSSH and minisign signatures, verified as `vidimus verify FILE --signature SIG` does.

use crate::verdict::{Row, bytes, controls, detached, detached_bytes, text, trust};
use crate::{files, tally};
use serde_json::Value;
use std::path::Path;
use vidimus::finding::{Code, Coded as _};
use vidimus::policy::allowed_signers;
use vidimus::signature::{minisign, sshsig};

pub(crate) const ROWS: &[Row] = &[
    (
        "openssh-sshsig",
        "OpenSSH by Ed25519, P-256, FIDO and WebAuthn keys: verified",
        openssh_verified,
    ),
    ("openssh-sshsig", "OpenSSH by RSA and ML-DSA keys: `unsupported`", openssh_unsupported),
    ("hostile-controls/sshsig.json", "OpenSSH: accepted, or refused with its code", |path| {
        controls(path, sshsig_control)
    }),
    ("hostile-controls/minisign.json", "minisign: accepted, or refused with its code", |path| {
        controls(path, minisign_control)
    }),
];

/// Keys that this version does not handle.
const UNSUPPORTED: &[&str] = &["rsa.sig", "mldsa44-ed25519.sig"];

/// The samples whose name is in [`UNSUPPORTED`], or the others.
fn openssh(
    folder: &Path,
    unsupported: bool,
    right: impl Fn(&Path, &[u8], &str) -> bool,
) -> (usize, usize) {
    let namespace = std::fs::read_to_string(folder.join("namespace")).unwrap();
    tally(files(folder).into_iter().filter_map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let signature = path.extension().is_some_and(|extension| extension == "sig");
        let wanted = signature && UNSUPPORTED.contains(&name) == unsupported;
        let read = || std::fs::read(&path).unwrap();
        wanted.then(|| (name.to_owned(), right(&path, &read(), &namespace)))
    }))
}

fn openssh_verified(folder: &Path) -> (usize, usize) {
    let (data, other) = (folder.join("signed-data"), folder.join("namespace"));
    openssh(folder, false, |path, signature, namespace| {
        let trust = trust(&std::fs::read(path.with_extension("pub")).unwrap(), 1).unwrap();
        let found = |file, namespace| detached(file, signature, &trust, namespace);
        let printed = sshsig::parse(signature).unwrap().print();
        found(&data, namespace).is_none()
            && found(&other, namespace).as_deref() == Some("bad-signature")
            && found(&data, "file").as_deref() == Some("namespace")
            && detached(&data, printed.as_bytes(), &trust, namespace).is_none()
    })
}

/// Both the key and the signature are refused by name, the signature whatever key is given.
fn openssh_unsupported(folder: &Path) -> (usize, usize) {
    let unsupported = Some(Code::Unsupported.as_str().to_owned());
    let known = trust(&std::fs::read(folder.join("ed25519.pub")).unwrap(), 1).unwrap();
    openssh(folder, true, |path, signature, namespace| {
        let key = trust(&std::fs::read(path.with_extension("pub")).unwrap(), 1);
        key.err() == unsupported
            && detached(&folder.join("signed-data"), signature, &known, namespace) == unsupported
    })
}

fn sshsig_control(case: &Value) -> Option<String> {
    let list = match allowed_signers::parse(text(case, "allowed_signers").as_bytes()) {
        Ok(list) => list,
        Err(error) => return Some(error.code().as_str().to_owned()),
    };
    let trust = allowed_signers::trust(&list.entries, text(case, "principal"));
    let (artifact, signature) = (bytes(case, "artifact_b64"), bytes(case, "sig_b64"));
    detached_bytes(&artifact, &signature, &trust, text(case, "namespace"))
}

fn minisign_control(case: &Value) -> Option<String> {
    let trust = match trust(&bytes(case, "pubkey_b64"), 1) {
        Ok(trust) => trust,
        Err(code) => return Some(code),
    };
    let signature = bytes(case, "sig_b64");
    if let Ok(read) = minisign::parse(&signature) {
        assert_eq!(read.print().as_bytes(), signature);
    }
    detached_bytes(&bytes(case, "artifact_b64"), &signature, &trust, "file")
}
