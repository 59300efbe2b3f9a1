//! The policy changes hands: version n+1 is agreed to by the signers of n and by its own, every
//! version is kept, and whoever trusts an old one has a way to the present one.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, DESK, Outcome, PRESS};
use vidimus::codec::hex;
use vidimus::digest::sha256;

const POLICY: &str = "a/keys/policy.toml";
const SIGNATURE: &str = "a/keys/policy.toml.dsse.json";

/// A policy of these signers, of whom `threshold` must sign.
fn policy(bench: &Bench, version: u64, signers: &[&str], threshold: u64) -> String {
    let tables: String = signers
        .iter()
        .map(|name| format!("[[signer]]\nname = \"{name}\"\nkey = \"{}\"\n\n", bench.public(name)))
        .collect();
    format!(
        "version = {version}\nid = \"example.org/test\"\ncollections = [\"seeds\"]\n\n{tables}\
         [[rule]]\ncollections = [\"*\"]\nsigners = {signers:?}\nthreshold = {threshold}\n"
    )
}

fn key(name: &str) -> String {
    format!("../keyring/{name}.key.pem")
}

/// Puts a version in place, signed by `by`.
fn next(bench: &Bench, text: &str, by: &[&str]) {
    bench.write(POLICY, text);
    for name in by {
        bench.run_in("a", &["policy", "sign", "--key", &key(name)]).ok();
    }
}

fn sha256_of(bench: &Bench, file: &str) -> String {
    hex::encode(&sha256(&bench.read(file)))
}

fn verify(bench: &Bench) -> Outcome {
    bench.json_in("a", &["verify"])
}

fn pinned(bench: &Bench, sha256: &str) -> Outcome {
    bench.json_in("a", &["verify", "--no-state", "--require-pinned", "--policy-sha256", sha256])
}

/// The places of findings of severity error.
fn places(outcome: &Outcome) -> Vec<&str> {
    let findings = outcome.json["findings"].as_array().unwrap().iter();
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors.map(|finding| finding["path"].as_str().unwrap()).collect()
}

#[test]
fn the_new_signers_alone_cannot_take_over() {
    let bench = Bench::archive();
    bench.keygen("desk");
    let first = sha256_of(&bench, POLICY);
    // `press` is in no rule of version 2.
    next(&bench, &policy(&bench, 2, &["desk"], 1), &["desk"]);
    // What `press` signed is a stranger's now; this is about the policy alone.
    std::fs::remove_dir_all(bench.path("a/manifests/seeds")).unwrap();
    bench.sign(DESK, &[]).expect(0, &[]);
    let taken = verify(&bench);
    taken.expect(11, &["threshold"]);
    assert_eq!(places(&taken), ["keys/policy.toml.dsse.json"]);
    assert_eq!(taken.finding("threshold")["version"], 2);
    pinned(&bench, &first).expect(11, &["threshold", "unpinned"]);
    // A signer of the old version agrees, though the new one does not name it.
    bench.run_in("a", &["policy", "sign", "--key", PRESS]).ok();
    let agreed = verify(&bench);
    agreed.expect(0, &[]);
    assert_eq!(agreed.json["trust"]["policy_version"], 2);
    let old = pinned(&bench, &first);
    old.expect(0, &[]);
    assert_eq!(old.json["trust"]["pinned"], true);
    // Signing again changes nothing, and the order does not matter.
    let before = bench.read(SIGNATURE);
    bench.run_in("a", &["policy", "sign", "--key", DESK]).ok();
    bench.run_in("a", &["policy", "sign", "--key", PRESS]).ok();
    assert_eq!(bench.read(SIGNATURE).len(), before.len());
    verify(&bench).expect(0, &[]);
    bench.remove(SIGNATURE);
    for name in ["press", "desk"] {
        bench.run_in("a", &["policy", "sign", "--key", &key(name)]).ok();
    }
    verify(&bench).expect(0, &[]);
    // Two versions on, `press` has no say any more, neither alone nor at all.
    next(&bench, &policy(&bench, 3, &["desk"], 1), &[]);
    bench.json_in("a", &["policy", "sign", "--key", PRESS]).expect(11, &["untrusted-key"]);
    bench.run_in("a", &["policy", "sign", "--key", DESK]).ok();
    verify(&bench).expect(0, &[]);
    pinned(&bench, &first).expect(0, &[]);
}

#[test]
fn the_old_signers_alone_cannot_impose_new_ones() {
    let bench = Bench::archive();
    bench.keygen("desk");
    next(&bench, &policy(&bench, 2, &["desk"], 1), &["press"]);
    let imposed = verify(&bench);
    assert_eq!(imposed.exit, 11);
    assert!(places(&imposed).contains(&"keys/policy.toml.dsse.json"), "{:#}", imposed.json);
    bench.run_in("a", &["policy", "sign", "--key", DESK]).ok();
    std::fs::remove_dir_all(bench.path("a/manifests/seeds")).unwrap();
    bench.sign(DESK, &[]).expect(0, &[]);
    verify(&bench).expect(0, &[]);
}

#[test]
fn both_thresholds_are_met() {
    let table: [(&[&str], i32); 7] = [
        (&["c", "d"], 11),
        (&["d", "e"], 11),
        (&["press", "b"], 11),
        (&["press", "c"], 11),
        (&["press", "b", "d", "e"], 0),
        (&["press", "c", "d"], 0),
        (&["press", "b", "c", "e"], 0),
    ];
    for (by, exit) in table {
        let bench = Bench::archive();
        ["b", "c", "d", "e"].iter().for_each(|name| bench.keygen(name));
        bench.remove(SIGNATURE);
        let first = policy(&bench, 1, &["press", "b", "c"], 2);
        next(&bench, &first, &["press", "b"]);
        bench.sign(&key("c"), &[]).expect(0, &[]);
        verify(&bench).expect(0, &[]);
        let first = sha256_of(&bench, POLICY);
        next(&bench, &policy(&bench, 2, &["c", "d", "e"], 2), by);
        bench.json_in("a", &["sign", "--key", &key("d")]);
        let outcome = verify(&bench);
        assert_eq!(outcome.exit, exit, "{by:?}: {:#}", outcome.json);
        assert_eq!(pinned(&bench, &first).exit, exit, "{by:?}");
        if exit != 0 {
            assert!(places(&outcome).iter().all(|place| place.starts_with("keys/")), "{by:?}");
        }
    }
}

/// Three versions of one signer, each with its own words.
fn three() -> (Bench, [String; 3]) {
    let bench = Bench::archive();
    let mut hashes = vec![sha256_of(&bench, POLICY)];
    for version in [2, 3] {
        next(&bench, &policy(&bench, version, &["press"], 1), &["press"]);
        hashes.push(sha256_of(&bench, POLICY));
    }
    verify(&bench).expect(0, &[]);
    (bench, hashes.try_into().unwrap())
}

#[test]
fn every_version_leads_to_the_present_one() {
    let (bench, hashes) = three();
    for hash in &hashes {
        let outcome = pinned(&bench, hash);
        outcome.expect(0, &[]);
        assert_eq!(outcome.json["trust"]["pinned"], true);
        assert_eq!(outcome.json["trust"]["policy_sha256"], hashes[2]);
    }
    pinned(&bench, &"0".repeat(64)).expect(11, &["unpinned"]);
    for (version, hash) in (1..).zip(&hashes[..2]) {
        assert_eq!(&sha256_of(&bench, &format!("a/keys/history/{version}/policy.toml")), hash);
    }
}

#[test]
fn a_kept_version_that_is_not_as_signed_is_refused() {
    let (bench, hashes) = three();
    let kept = |version: u64, end: &str| format!("a/keys/history/{version}/policy.toml{end}");
    let comment = |bytes: &[u8]| [bytes, b"# more\n"].concat();
    let junk = |_: &[u8]| b"nothing".to_vec();
    let other_signature = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, tail) = text.split_once("\"sig\":\"").expect("a signature");
        let first = if tail.starts_with('A') { "B" } else { "A" };
        format!("{head}\"sig\":\"{first}{}", &tail[1..]).into_bytes()
    };
    type Change<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
    let table: [(u64, &str, Change, i32, &str); 5] = [
        (2, "", &comment, 10, "bad-signature"),
        (1, "", &comment, 10, "bad-signature"),
        (2, "", &junk, 3, "malformed"),
        (2, ".dsse.json", &junk, 3, "malformed"),
        (2, ".dsse.json", &other_signature, 10, "bad-signature"),
    ];
    for (version, end, change, exit, code) in table {
        let file = kept(version, end);
        let before = bench.read(&file);
        bench.write(&file, change(&before));
        let outcome = verify(&bench);
        outcome.expect(exit, &[code]);
        assert!(places(&outcome)[0].starts_with(&format!("keys/history/{version}/")));
        // Nobody comes past it.
        assert_eq!(pinned(&bench, &hashes[0]).json["trust"]["pinned"], false);
        bench.write(&file, before);
    }
    // One version in another's place.
    for end in ["", ".dsse.json"] {
        bench.write(&kept(2, end), bench.read(&kept(1, end)));
    }
    verify(&bench).expect(10, &["bad-signature"]);
}

#[test]
fn a_version_that_is_skipped_or_not_kept_ends_the_way() {
    let (bench, hashes) = three();
    next(&bench, &policy(&bench, 5, &["press"], 1), &["press"]);
    let skipped = verify(&bench);
    skipped.expect(0, &[]);
    let said = skipped.json["not_checked"].to_string();
    assert!(said.contains("version 4 of the policy"), "{said}");
    for hash in &hashes {
        pinned(&bench, hash).expect(11, &["unpinned"]);
    }
    pinned(&bench, &sha256_of(&bench, POLICY)).expect(0, &[]);

    let (bench, hashes) = three();
    for file in ["policy.toml", "policy.toml.dsse.json"] {
        bench.rename(&format!("a/keys/history/2/{file}"), "aside");
        verify(&bench).expect(0, &[]);
        pinned(&bench, &hashes[0]).expect(11, &["unpinned"]);
        pinned(&bench, &hashes[1]).expect(11, &["unpinned"]);
        pinned(&bench, &hashes[2]).expect(0, &[]);
        bench.rename("aside", &format!("a/keys/history/2/{file}"));
    }
    pinned(&bench, &hashes[0]).expect(0, &[]);
}

#[test]
fn a_forged_past_deceives_nobody_who_knows_the_true_one() {
    let (bench, hashes) = three();
    bench.keygen("thief");
    std::fs::remove_dir_all(bench.path("a/keys/history")).unwrap();
    std::fs::remove_dir_all(bench.path("a/manifests/seeds")).unwrap();
    bench.remove(SIGNATURE);
    for version in [1, 2, 3] {
        next(&bench, &policy(&bench, version, &["thief"], 1), &["thief"]);
    }
    bench.sign(&key("thief"), &[]).expect(0, &[]);
    verify(&bench).expect(0, &[]);
    for hash in &hashes {
        pinned(&bench, hash).expect(11, &["unpinned"]);
    }
}

#[test]
fn keys_and_roots_in_files_are_kept_with_their_version() {
    let bench = Bench::archive();
    bench.keygen("desk");
    let write = |name: &str, bytes: &[u8]| {
        bench.write(&format!("a/keys/{name}"), bytes);
        hex::encode(&sha256(bytes))
    };
    let key_sha256 = write("desk.pub.pem", &bench.read("keyring/desk.pub.pem"));
    let root_sha256 = write("sub/root.pem", include_bytes!("tokens/root.pem"));
    let first = format!(
        "version = 1\nid = \"example.org/test\"\ncollections = [\"seeds\"]\n\n\
         [[time-authority]]\nname = \"t\"\nroot-file = \"sub/root.pem\"\nsha256 = \"{root_sha256}\"\n\n\
         [[signer]]\nname = \"desk\"\nkey-file = \"desk.pub.pem\"\nsha256 = \"{key_sha256}\"\n\n\
         [[signer]]\nname = \"press\"\nkey = \"{}\"\n\n\
         [[rule]]\ncollections = [\"*\"]\nsigners = [\"desk\", \"press\"]\nthreshold = 1\n",
        bench.public("press")
    );
    bench.remove(SIGNATURE);
    next(&bench, &first, &["desk"]);
    verify(&bench).expect(0, &[]);
    let first = sha256_of(&bench, POLICY);
    next(&bench, &policy(&bench, 2, &["press"], 1), &["desk", "press"]);
    let kept = ["desk.pub.pem", "sub/root.pem"];
    for name in kept {
        let copy = format!("a/keys/history/1/{name}");
        assert_eq!(bench.read(&copy), bench.read(&format!("a/keys/{name}")));
        bench.remove(&format!("a/keys/{name}"));
    }
    verify(&bench).expect(0, &[]);
    pinned(&bench, &first).expect(0, &[]);
    for name in kept {
        let copy = format!("a/keys/history/1/{name}");
        let before = bench.read(&copy);
        bench.write(&copy, "other");
        verify(&bench).expect(1, &["digest-mismatch"]);
        bench.write(&copy, before);
    }
    verify(&bench).expect(0, &[]);
}
