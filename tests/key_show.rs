//! `vidimus key show`: every form of a key names the same key, under the id that signatures carry.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use common::Bench;
use vidimus::key::{minisign_public_with_id, parse_public};

/// The public key of RFC 8032, section 7.1, test 1.
const KEY: &str = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// minisign chooses its key ids at random, writes them into every signature, and refuses a
/// signature whose id is not the key's.
#[test]
fn a_minisign_key_keeps_its_own_id() {
    let bench = Bench::new();
    let key = parse_public(KEY.as_bytes()).unwrap().remove(0).key;
    let file = minisign_public_with_id(&key, *b"8 bytes!").unwrap();
    let line = file.lines().nth(1).unwrap();
    bench.write("key.pub", &file);
    for given in ["key.pub", line] {
        let outcome = bench.json_in(".", &["key", "show", given]);
        outcome.expect(0, &[]);
        assert_eq!(outcome.json["keys"][0]["minisign"], line, "{given}");
    }
    let outcome = bench.json_in(".", &["key", "show", KEY]);
    let ours = outcome.json["keys"][0]["minisign"].as_str().unwrap();
    assert_ne!(ours, line);
    assert_eq!(parse_public(ours.as_bytes()).unwrap()[0].key, key);
}
