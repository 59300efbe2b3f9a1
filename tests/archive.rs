//! An archive, end to end: every way to tamper with it has its own finding and exit code.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests read and change their own files"
)]

mod common;

use common::Bench;

type Tampering = (&'static str, fn(&Bench), i32, &'static [&'static str]);

const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";

#[test]
fn every_tampering_has_its_finding_and_exit() {
    let table: [Tampering; 17] = [
        ("nothing", |_| {}, 0, &[]),
        ("a flipped bit", |b| b.flip("a/seeds/one.txt", 3), 1, &["digest-mismatch"]),
        ("an added file", |b| b.write("a/seeds/new.txt", "x"), 1, &["unexpected"]),
        ("an added folder with a file", |b| b.write("a/seeds/x/y/z", ""), 1, &["unexpected"]),
        ("a removed file", |b| b.remove("a/seeds/two.txt"), 1, &["missing"]),
        (
            "a renamed file",
            |b| b.rename("a/seeds/two.txt", "a/seeds/2.txt"),
            1,
            &["missing", "unexpected"],
        ),
        (
            "an edited manifest",
            |b| b.edit("a/manifests/seeds/SHA256SUMS", "one.txt", "0ne.txt"),
            1,
            &["digest-mismatch"],
        ),
        (
            "a manifest with a byte more",
            |b| b.edit("a/manifests/seeds/SHA256SUMS", "one.txt\n", "one.txt\n\n"),
            1,
            &["digest-mismatch"],
        ),
        ("no manifest", |b| b.remove("a/manifests/seeds/SHA256SUMS"), 1, &["missing"]),
        ("no bundle", |b| b.remove(BUNDLE), 11, &["missing", "threshold"]),
        ("a bundle that is no JSON", |b| b.write(BUNDLE, "{"), 3, &["malformed"]),
        (
            "an edited policy",
            |b| b.edit("a/keys/policy.toml", "version = 1", "version = 1 "),
            10,
            &["bad-signature"],
        ),
        (
            "a policy that does not load",
            |b| b.edit("a/keys/policy.toml", "version = 1", "verzion = 1"),
            3,
            &["malformed"],
        ),
        (
            "no policy signature",
            |b| b.remove("a/keys/policy.toml.dsse.json"),
            11,
            &["missing", "threshold"],
        ),
        ("no policy", |b| b.remove("a/keys/policy.toml"), 1, &["missing"]),
        (
            "a manifest of no collection",
            |b| b.write("a/manifests/other/SHA256SUMS", "x"),
            1,
            &["unexpected"],
        ),
        ("no checkpoint", |b| b.remove("a/manifests/seeds/SHA256SUMS.checkpoint"), 0, &[]),
    ];
    for (what, tamper, exit, codes) in table {
        let bench = Bench::archive();
        tamper(&bench);
        println!("{what}");
        bench.json_in("a", &["verify"]).expect(exit, codes);
    }
}

#[test]
fn a_changed_signature_in_the_bundle_is_a_bad_signature() {
    let bench = Bench::archive();
    let mut bundle: serde_json::Value = serde_json::from_slice(&bench.read(BUNDLE)).unwrap();
    let sig = bundle["dsseEnvelope"]["signatures"][0]["sig"].as_str().unwrap().to_owned();
    let other = if sig.starts_with('A') { 'B' } else { 'A' };
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = format!("{other}{}", &sig[1..]).into();
    bench.write(BUNDLE, bundle.to_string());
    bench.json_in("a", &["verify"]).expect(10, &["bad-signature"]);
}

#[test]
fn a_moved_file_is_linked() {
    let bench = Bench::archive();
    bench.rename("a/seeds/two.txt", "a/seeds/2.txt");
    let outcome = bench.json_in("a", &["verify"]);
    let moved = outcome.finding("moved");
    assert_eq!((&moved["from"], &moved["to"]), (&"seeds/two.txt".into(), &"seeds/2.txt".into()));
}

#[test]
fn the_text_names_file_hashes_and_signer() {
    let bench = Bench::archive();
    bench.write("a/seeds/two.txt", "Six people were detained.\n");
    let ran = bench.run_in("a", &["verify"]);
    assert_eq!(ran.exit, 1);
    for part in [
        "error[digest-mismatch]: seeds/two.txt is not the file that was signed",
        "  --> manifests/seeds/SHA256SUMS:3",
        "signed  sha256:",
        "found   sha256:",
        "3 files: 2 as signed, 1 changed, 0 missing, 0 unexpected; signed by press (1 of 1 required)",
        "trust: keys/policy.toml version 1, from inside this archive, not pinned",
        "rollback: not checked",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?} in:\n{}", ran.stdout);
    }
}

#[test]
fn a_policy_that_no_longer_lists_a_collection_makes_its_manifest_unexpected() {
    let bench = Bench::archive();
    bench.write("a/other/x.txt", "x");
    bench.edit("a/keys/policy.toml", "collections = [\"seeds\"]", "collections = [\"other\"]");
    bench.resign_policy("../keyring/press.key.pem");
    bench.run_in("a", &["sign", "--key", "../keyring/press.key.pem"]).ok();
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(1, &["unexpected"]);
    assert_eq!(outcome.finding("unexpected")["path"], "manifests/seeds");
    bench.json_in("a", &["verify", "seeds"]).expect(1, &["unexpected"]);
}

#[test]
fn a_further_form_that_does_not_verify_is_a_warning_and_strangers_are_named() {
    let bench = Bench::archive();
    bench
        .run_in("a", &["sign", "--key", "../keyring/press.key.pem", "--also", "minisign,sshsig"])
        .ok();
    assert_eq!(bench.json_in("a", &["verify"]).codes("warning"), Vec::<String>::new());
    for form in ["minisig", "sshsig"] {
        let name = format!("a/manifests/seeds/SHA256SUMS.{form}");
        let good = bench.read(&name);
        let other = Bench::archive();
        other
            .run_in(
                "a",
                &["sign", "--key", "../keyring/press.key.pem", "--also", "minisign,sshsig"],
            )
            .ok();
        bench.write(&name, other.read(&name));
        let outcome = bench.json_in("a", &["verify"]);
        outcome.expect(0, &[]);
        assert_eq!(outcome.codes("warning"), ["bad-signature"], "{form}");
        bench.write(&name, good);
    }
    bench.write("a/manifests/seeds/notes.txt", "x");
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(0, &[]);
    assert!(
        outcome.json["not_checked"].to_string().contains("manifests/seeds/notes.txt"),
        "{}",
        outcome.json
    );
}

#[test]
fn this_repository_is_an_archive_that_verifies() {
    let root = env!("CARGO_MANIFEST_DIR");
    let outcome = Bench::new().json_in("", &["verify", "--archive", root]);
    outcome.expect(0, &[]);
    assert_eq!(outcome.json["counts"]["unchanged"], 5);
}

#[test]
fn a_target_is_told_apart() {
    let bench = Bench::archive();
    let key = bench.path("keyring/press.pub.pem").display().to_string();
    let manifest = "manifests/seeds/SHA256SUMS";
    let table: [(&str, &[&str], i32, &[&str]); 7] = [
        ("a", &["verify", "seeds"], 0, &[]),
        ("a", &["verify", "seeds/"], 0, &[]),
        ("", &["verify", "seeds", "--archive", "a"], 0, &[]),
        ("a", &["verify", "sids"], 2, &["usage"]),
        ("a", &["verify", manifest, "--key", &key, "--dir", "seeds"], 0, &[]),
        ("a", &["verify", manifest], 2, &["usage"]),
        ("", &["verify", "SHA256SUMS", "--key", &key], 4, &["io"]),
    ];
    for (folder, arguments, exit, codes) in table {
        println!("{arguments:?}");
        bench.json_in(folder, arguments).expect(exit, codes);
    }
}

#[test]
fn an_edited_policy_is_never_said_to_be_signed() {
    let bench = Bench::archive();
    bench.edit("a/keys/policy.toml", "version = 1\n", "version = 1\n# x\n");
    let ran = bench.run_in("a", &["verify"]);
    assert_eq!(ran.exit, 10);
    assert!(
        ran.stdout.contains("signature not accepted (0 of 1 required) for keys/policy.toml"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("3 files: 3 as listed"), "{}", ran.stdout);
    // What verify will refuse, sign says, and policy sign names the step that is missing.
    let key = ["--key", "../keyring/press.key.pem"];
    let signed = bench.json_in("a", &[&["sign"], &key[..]].concat());
    assert_eq!(signed.codes("warning"), ["bad-signature"]);
    let refused = bench.run_in("a", &[&["policy", "sign"], &key[..]].concat());
    assert_eq!(refused.exit, 15);
    assert!(refused.stderr.contains("set version = 2"), "{}", refused.stderr);
}

#[test]
fn a_failed_pin_is_not_called_pinned() {
    let bench = Bench::archive();
    let outcome = bench.json_in("a", &["verify", "--policy-sha256", &"0".repeat(64)]);
    outcome.expect(11, &["unpinned"]);
    assert_eq!(outcome.json["trust"]["pinned"], false);
}
