//! Every field of `policy.toml` decides something: changed alone, with the policy signed again,
//! it changes the verdict. And the ways to say from outside which policy counts.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, PRESS};

const POLICY: &str = "a/keys/policy.toml";

#[test]
fn a_policy_inside_the_archive_is_used_when_named_and_pins_nothing() {
    let bench = Bench::archive();
    let text = bench.text(POLICY);
    // Another policy than keys/policy.toml: it knows another key, so nothing signed counts.
    bench.keygen("desk");
    let other = text.replace(&bench.public("press"), &bench.public("desk"));
    bench.write("a/other.toml", &other);
    bench.write("a/copy.toml", &text);
    for (file, exit, codes) in [
        ("other.toml", 11, &["untrusted-key"][..]),
        ("copy.toml", 0, &[]),
        ("keys/policy.toml", 0, &[]),
    ] {
        let outcome = bench.json_in("a", &["verify", "--policy", file]);
        outcome.expect(exit, codes);
        assert_eq!(outcome.json["trust"]["source"], file);
        assert_eq!(outcome.json["trust"]["pinned"], false, "{file}");
        let pinned = ["verify", "--policy", file, "--require-pinned"];
        assert!(bench.json_in("a", &pinned).errors().contains(&"unpinned".to_owned()), "{file}");
    }
    // The archive's own policy must be signed however it is named; of another that is said.
    bench.edit(POLICY, "version = 1", "version = 2");
    bench.json_in("a", &["verify", "--policy", "keys/policy.toml"]).expect(10, &["bad-signature"]);
    let named = bench.json_in("a", &["verify", "--policy", "copy.toml"]);
    named.expect(0, &[]);
    let not_checked = named.json["not_checked"].to_string();
    assert!(not_checked.contains("the signature of the policy"), "{not_checked}");
}
