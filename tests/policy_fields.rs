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

use common::{Bench, DESK, PRESS};

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

const PAST: &str = "2020-01-01T00:00:00Z";
const FUTURE: &str = "2100-01-01T00:00:00Z";

/// A collection `seeds` signed by `press` and `desk`, under a policy with every field in it.
/// Passes as it is.
fn full() -> Bench {
    let bench = Bench::archive();
    bench.keygen("desk");
    bench.write("a/keys/desk.pub.pem", bench.read("keyring/desk.pub.pem"));
    let sha256 =
        vidimus::codec::hex::encode(&vidimus::digest::sha256(&bench.read("a/keys/desk.pub.pem")));
    bench.write(
        POLICY,
        format!(
            "version = 2
id = \"example.org/test\"
collections = [\"seeds\"]
expires = \"{FUTURE}\"

[[signer]]
name = \"press\"
key = \"{}\"
valid-after = \"{PAST}\"
valid-before = \"{FUTURE}\"
revoked = {{ at = \"{FUTURE}\", reason = \"retired\" }}

[[signer]]
name = \"desk\"
key-file = \"desk.pub.pem\"
sha256 = \"{sha256}\"

[[rule]]
collections = [\"seeds\"]
signers = [\"press\", \"desk\"]
threshold = 2
require = []
",
            bench.public("press")
        ),
    );
    for key in [PRESS, DESK] {
        bench.run_in("a", &["policy", "sign", "--key", key]).ok();
        bench.sign(key, &[]).expect(0, &[]);
    }
    bench.json_in("a", &["verify"]).expect(0, &[]);
    bench
}

/// Signs the policy by both again, as far as it lets them.
fn sign_policy_again(bench: &Bench) {
    // A policy that does not load is not signed; then there is nothing to remove afterwards.
    drop(std::fs::remove_file(bench.path("a/keys/policy.toml.dsse.json")));
    for key in [PRESS, DESK] {
        bench.json_in("a", &["policy", "sign", "--key", key]);
    }
}

type Change = (&'static str, &'static str, &'static str, i32, &'static [&'static str]);

#[test]
fn every_field_alone_changes_the_verdict() {
    let table: &[Change] = &[
        // The field, what stood there, what stands there now, the exit and its codes.
        ("nothing", "version = 2", "version = 2", 0, &[]),
        ("version", "version = 2", "version = 0", 3, &["malformed"]),
        ("id", "id = \"example.org/test\"", "id = \"example.org/best\"", 11, &["scope"]),
        (
            "collections, and the rule with them",
            "[\"seeds\"]",
            "[\"other\"]",
            1,
            &["missing", "unexpected"],
        ),
        ("expires", "expires = \"2100", "expires = \"2020", 12, &["expired"]),
        ("signer.name", "name = \"desk\"", "name = \"tidy\"", 3, &["malformed"]),
        ("signer.valid-after", "after = \"2020", "after = \"2099", 12, &["expired"]),
        ("signer.valid-before", "before = \"2100", "before = \"2021", 12, &["expired"]),
        ("signer.revoked.at", "at = \"2100", "at = \"2021", 12, &["revoked"]),
        ("signer.revoked.reason", "\"retired\"", "\"compromised\"", 12, &["revoked"]),
        ("signer.revoked.reason", "\"retired\"", "\"superseded\"", 0, &[]),
        (
            "rule.signers and threshold",
            "\"press\", \"desk\"]\nthreshold = 2",
            "\"press\"]\nthreshold = 1",
            0,
            &[],
        ),
        ("rule.signers", "\"press\", \"desk\"]", "\"press\"]", 11, &["threshold"]),
        ("rule.threshold", "threshold = 2", "threshold = 0", 3, &["malformed"]),
        ("rule.threshold", "threshold = 2", "threshold = 3", 11, &["threshold"]),
        ("rule.require", "require = []", "require = [\"timestamp\"]", 13, &["no-time"]),
        ("rule.require", "require = []", "require = [\"log\"]", 14, &["inclusion"]),
        ("rule.require", "require = []", "require = [\"witness\"]", 14, &["quorum"]),
        ("rule.require", "require = []", "require = [\"blessing\"]", 3, &["unsupported"]),
        (
            "no rule for it",
            "[[rule]]\ncollections = [\"seeds\"]",
            "[[rule]]\ncollections = []",
            3,
            &["malformed"],
        ),
        ("an unknown field", "version = 2", "version = 2\nstrict = false", 3, &["malformed"]),
        (
            "an unknown field of a signer",
            "name = \"desk\"",
            "name = \"desk\"\nrole = \"x\"",
            3,
            &["malformed"],
        ),
        (
            "an unknown field of a rule",
            "require = []",
            "require = []\nskip = true",
            3,
            &["malformed"],
        ),
    ];
    let bench = full();
    let good = bench.text(POLICY);
    for (what, from, to, exit, codes) in table {
        println!("{what}: {to}");
        assert!(good.contains(from), "{what}");
        bench.write(POLICY, good.replace(from, to));
        sign_policy_again(&bench);
        bench.json_in("a", &["verify"]).expect(*exit, codes);
    }
}

#[test]
fn the_name_of_a_signer_is_what_rules_and_the_verdict_call_it() {
    let bench = full();
    let good = bench.text(POLICY);
    bench.write(POLICY, good.replace("\"desk\"", "\"night-desk\""));
    sign_policy_again(&bench);
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(0, &[]);
    assert!(outcome.json["signers"].to_string().contains("night-desk"));
}

#[test]
fn the_key_of_a_signer_decides_whose_signatures_count() {
    let bench = full();
    bench.keygen("thief");
    let good = bench.text(POLICY);
    // Another key under the same name: what press signed is a stranger's now, in the policy too.
    bench.write(POLICY, good.replace(&bench.public("press"), &bench.public("thief")));
    sign_policy_again(&bench);
    bench.run_in("a", &["policy", "sign", "--key", "../keyring/thief.key.pem"]).ok();
    bench.json_in("a", &["verify"]).expect(11, &["untrusted-key"]);
    // A key that anybody can sign for, and the same key twice, load no policy.
    let small = format!("ed25519:{}=", "A".repeat(43));
    bench.write(POLICY, good.replace(&bench.public("press"), &small));
    bench.json_in("a", &["verify"]).expect(3, &["weak-key"]);
    bench.write(POLICY, good.replace(&bench.public("press"), &bench.public("desk")));
    bench.json_in("a", &["verify"]).expect(3, &["malformed"]);
}

#[test]
fn a_key_file_counts_only_with_the_digest_that_the_policy_holds() {
    let bench = full();
    let good = bench.text(POLICY);
    let sha256 = good.split("sha256 = \"").nth(1).unwrap()[..64].to_owned();
    for (from, to, exit, code) in [
        (sha256.clone(), "0".repeat(64), 1, "digest-mismatch"),
        (format!("sha256 = \"{sha256}\"\n"), String::new(), 3, "malformed"),
        ("\"desk.pub.pem\"".to_owned(), "\"none.pub.pem\"".to_owned(), 4, "io"),
        (
            "\"desk.pub.pem\"".to_owned(),
            "\"../../keyring/desk.pub.pem\"".to_owned(),
            3,
            "unsafe-path",
        ),
    ] {
        bench.write(POLICY, good.replace(&from, &to));
        sign_policy_again(&bench);
        bench.json_in("a", &["verify"]).expect(exit, &[code]);
    }
    // The file changed, the policy not.
    bench.write(POLICY, &good);
    sign_policy_again(&bench);
    bench.write("a/keys/desk.pub.pem", bench.read("keyring/press.pub.pem"));
    bench.json_in("a", &["verify"]).expect(1, &["digest-mismatch"]);
}

#[test]
fn a_signature_counts_only_where_a_rule_covers_the_collection() {
    let bench = full();
    bench.write("a/notes/n.txt", "n");
    bench.edit(
        POLICY,
        "collections = [\"seeds\"]\nexpires",
        "collections = [\"seeds\", \"notes\"]\nexpires",
    );
    sign_policy_again(&bench);
    for key in [PRESS, DESK] {
        bench.sign(key, &["notes"]).expect(11, &["scope"]);
    }
    // The same with a rule, and then without it again.
    let bare = bench.text(POLICY);
    bench.write(
        POLICY,
        bare.replace("collections = [\"seeds\"]\nsigners", "collections = [\"*\"]\nsigners"),
    );
    sign_policy_again(&bench);
    for key in [PRESS, DESK] {
        bench.sign(key, &["notes"]).expect(0, &[]);
    }
    bench.json_in("a", &["verify"]).expect(0, &[]);
    bench.write(POLICY, bare);
    sign_policy_again(&bench);
    bench.json_in("a", &["verify", "notes"]).expect(11, &["scope"]);
    bench.json_in("a", &["verify", "seeds"]).expect(0, &[]);
}

#[test]
fn the_version_never_falls() {
    let bench = full();
    bench.edit(POLICY, "version = 2", "version = 3");
    // Both versions are kept; the signature moves with the one it is over.
    bench.run_in("a", &["policy", "sign", "--key", PRESS]).ok();
    bench.run_in("a", &["policy", "sign", "--key", DESK]).ok();
    assert!(bench.text("a/keys/history/2/policy.toml").contains("version = 2"));
    bench.json_in("a", &["verify"]).expect(0, &[]);
    assert_eq!(bench.json_in("a", &["verify"]).json["trust"]["policy_version"], 3);
    let before = bench.tree("a/keys/history");
    for version in ["version = 2", "version = 3 "] {
        bench.edit(POLICY, "version = 3", version);
        let outcome = bench.json_in("a", &["policy", "sign", "--key", PRESS]);
        outcome.expect(15, &["rollback"]);
        bench.json_in("a", &["verify"]).expect(10, &["bad-signature"]);
        bench.edit(POLICY, version, "version = 3");
    }
    assert_eq!(bench.tree("a/keys/history"), before);
}

#[test]
fn keys_are_judged_at_the_time_that_is_named() {
    let bench = full();
    // The bounds of `press`: a time belongs to it from valid-after on and before valid-before.
    bench.edit(POLICY, "before = \"2100-01-01T00:00:00Z\"", "before = \"2099-01-01T00:00:00Z\"");
    sign_policy_again(&bench);
    for (at, exit, codes) in [
        ("2019-12-31T23:59:59Z", 12, &["expired"][..]),
        ("2020-01-01T00:00:00Z", 0, &[]),
        ("2098-12-31T23:59:59Z", 0, &[]),
        ("2099-01-01T00:00:00Z", 12, &["expired"]),
        ("2100-01-01T00:00:00Z", 12, &["expired", "revoked"]),
    ] {
        let outcome = bench.json_in("a", &["verify", "--at", at]);
        assert_eq!(outcome.exit, exit, "{at}: {:#}", outcome.json);
        assert!(outcome.errors().iter().all(|code| codes.contains(&code.as_str())), "{at}");
        assert_eq!(outcome.json["judged_at"], serde_json::json!({"time": at, "source": "--at"}));
    }
    for at in ["2026-01-01", "2026-01-01T00:00:00+00:00", "2026-13-01T00:00:00Z", "now", ""] {
        assert_eq!(bench.json_in("a", &["verify", "--at", at]).json["verdict"], "refused", "{at}");
    }
}

#[test]
fn a_policy_from_outside_pins_the_trust() {
    let bench = full();
    bench.write("pinned/policy.toml", bench.read(POLICY));
    bench.write("pinned/desk.pub.pem", bench.read("a/keys/desk.pub.pem"));
    let sha256 = vidimus::codec::hex::encode(&vidimus::digest::sha256(&bench.read(POLICY)));
    let pinned = ["verify", "--require-pinned", "--policy", "../pinned/policy.toml"];
    let hashed = ["verify", "--require-pinned", "--policy-sha256", &sha256];
    for arguments in [pinned, hashed] {
        let outcome = bench.json_in("a", &arguments);
        outcome.expect(0, &[]);
        assert_eq!(outcome.json["trust"]["pinned"], true);
        assert_eq!(outcome.json["trust"]["policy_sha256"], sha256);
    }
    bench.json_in("a", &["verify", "--require-pinned"]).expect(11, &["unpinned"]);
    let unpinned = bench.json_in("a", &["verify"]);
    assert_eq!(unpinned.json["trust"]["pinned"], false);

    // Whoever rewrites the whole archive, policy and all, meets the pinned one.
    bench.keygen("thief");
    let thief = "../keyring/thief.key.pem";
    bench.write(
        POLICY,
        format!(
            "version = 9\nid = \"example.org/test\"\ncollections = [\"seeds\"]\n[[signer]]\nname = \"press\"\n\
             key = \"{}\"\n[[rule]]\ncollections = [\"*\"]\nsigners = [\"press\"]\nthreshold = 1\n",
            bench.public("thief")
        ),
    );
    bench.write("a/seeds/one.txt", "forged");
    bench.remove("a/keys/policy.toml.dsse.json");
    bench.run_in("a", &["policy", "sign", "--key", thief]).ok();
    std::fs::remove_dir_all(bench.path("a/manifests/seeds")).unwrap();
    bench.sign(thief, &[]).expect(0, &[]);
    bench.json_in("a", &["verify"]).expect(0, &[]);
    bench.json_in("a", &pinned).expect(11, &["threshold", "untrusted-key"]);
    let hashed = bench.json_in("a", &hashed);
    hashed.expect(11, &["unpinned"]);
    assert_eq!(hashed.finding("unpinned")["expected"], format!("sha256:{sha256}"));

    for bad in ["", "00", &"g".repeat(64)] {
        let outcome = bench.json_in("a", &["verify", "--policy-sha256", bad]);
        assert_eq!(outcome.json["verdict"], "refused", "{bad}");
    }
}

#[test]
fn keys_given_replace_the_policy_but_for_its_collections() {
    let bench = full();
    bench.edit(POLICY, "require = []", "require = [\"timestamp\"]");
    let key = bench.public("press");
    // The bytes were changed, so nobody outside vouches for the list of collections any more.
    let pinned = ["verify", "--key", key.as_str(), "--require-pinned"];
    bench.json_in("a", &pinned).expect(11, &["unpinned"]);
    bench.resign_policy(PRESS);
    let outcome = bench.json_in("a", &pinned);
    outcome.expect(0, &[]);
    assert!(outcome.json["not_checked"].to_string().contains("the policy's signature and rules"));
    bench.keygen("other");
    let other = bench.public("other");
    bench.json_in("a", &["verify", "--key", &other]).expect(11, &["untrusted-key"]);
}

#[test]
fn signers_go_to_openssh_and_come_back() {
    let bench = full();
    let exported = bench.run_in("a", &["policy", "export"]).ok().stdout;
    bench.write("allowed", &exported);
    for name in ["press", "desk"] {
        assert!(exported.lines().any(|line| line.starts_with(name)), "{exported}");
    }
    let imported = bench.run_in("a", &["policy", "import", "../allowed"]).ok().stdout;
    let policy = format!(
        "version = 1\nid = \"x\"\ncollections = [\"seeds\"]\n{imported}\n[[rule]]\ncollections = [\"*\"]\n\
         signers = [\"press\", \"desk\"]\nthreshold = 2\n"
    );
    bench.write("b/keys/policy.toml", policy);
    bench.run_in("b", &["policy", "check"]).ok();
    let lines = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    };
    let again = bench.run_in("b", &["policy", "export"]).ok().stdout;
    assert_eq!(lines(&again), lines(&exported));
    for (name, key) in [("press", bench.public("press")), ("desk", bench.public("desk"))] {
        let table = format!("name = \"{name}\"\nkey = \"{key}\"");
        assert!(imported.contains(&table), "{imported}");
    }
    assert!(imported.contains(PAST) && imported.contains(FUTURE), "{imported}");
}
