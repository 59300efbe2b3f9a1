//! Merkle proofs, the proofs of a log, and the policies of witnesses (C2SP).

use crate::verdict::{Row, array, bytes, document, text};
use crate::{files, tally};
use serde_json::Value;
use std::path::Path;
use vidimus::codec::base64;
use vidimus::digest;
use vidimus::envelope::tlog_proof;
use vidimus::finding::{Code, Coded as _};
use vidimus::merkle::{self, Hash};
use vidimus::policy::tlog::TlogPolicy;

pub(crate) const ROWS: &[Row] = &[
    ("merkle/inclusion", "proofs of inclusion: verified, or refused", |folder| {
        proofs(folder, inclusion)
    }),
    ("merkle/consistency", "proofs of consistency: verified, or refused", |folder| {
        proofs(folder, consistency)
    }),
    ("c2sp/parse-vectors.json", "proofs of a log: read, or refused", tlog_proofs),
    ("c2sp/parse-vectors.json", "policies of witnesses: read, or refused", policies),
];

/// Every case of a folder, one a file.
fn proofs(folder: &Path, verify: fn(&Value) -> bool) -> (usize, usize) {
    tally(files(folder).iter().map(|path| {
        let case = document(path);
        let refused = case["wantErr"].as_bool().unwrap();
        (path.to_str().unwrap().to_owned(), verify(&case) != refused)
    }))
}

/// A hash; none when it is not 32 bytes long, which our functions cannot even be given.
fn hash(value: &Value) -> Option<Hash> {
    base64::decode_array(value.as_str().unwrap()).ok()
}

/// The root of a tree. One case compares two roots that are no hashes and equal: for such it is
/// the hash of what there is.
fn root(value: &Value) -> Hash {
    hash(value).unwrap_or_else(|| digest::sha256(value.as_str().unwrap().as_bytes()))
}

/// The hashes of a proof; `null` is a proof of none.
fn path(case: &Value) -> Vec<Hash> {
    case["proof"].as_array().map_or(Vec::new(), |all| all.iter().map(root).collect())
}

fn number(case: &Value, name: &str) -> u64 {
    case[name].as_u64().unwrap()
}

fn inclusion(case: &Value) -> bool {
    let (index, size) = (number(case, "leafIdx"), number(case, "treeSize"));
    let (Some(leaf), Some(root)) = (hash(&case["leafHash"]), hash(&case["root"])) else {
        return false;
    };
    let found = merkle::verify_inclusion(&leaf, index, size, &path(case), &root);
    assert!(found.as_ref().err().is_none_or(|error| error.code() == Code::Inclusion));
    found.is_ok()
}

fn consistency(case: &Value) -> bool {
    let (old, new) = (number(case, "size1"), number(case, "size2"));
    let (from, to) = (root(&case["root1"]), root(&case["root2"]));
    let found = merkle::verify_consistency(old, &from, new, &to, &path(case));
    assert!(found.as_ref().err().is_none_or(|error| error.code() == Code::Consistency));
    found.is_ok()
}

fn tlog_proofs(path: &Path) -> (usize, usize) {
    let vectors = document(path);
    tally(array(&vectors, "proof").iter().map(|case| {
        let bytes = bytes(case, "proof_b64");
        let printed = tlog_proof::parse(&bytes).map(|read| read.print());
        let right = match text(case, "expect") {
            "accept" => printed == Ok(bytes),
            _ => printed.is_err(),
        };
        (text(case, "id"), right)
    }))
}

fn policies(path: &Path) -> (usize, usize) {
    let vectors = document(path);
    tally(array(&vectors, "policy").iter().map(|case| {
        let read = TlogPolicy::parse(&bytes(case, "policy_b64"));
        (text(case, "id"), read.is_ok() == (text(case, "expect") == "accept"))
    }))
}
