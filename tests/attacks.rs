//! A hostile reviewer's attempts: to have something verified that should not be, to have an
//! honest signer sign or lose what was not meant, to have a check left out without a word.

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
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use vidimus::envelope::dsse::pae;
use vidimus::envelope::statement;
use vidimus::key::SigningKey;
use vidimus::{codec::hex, digest};

const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const RELEASE: &str = "a/dist/SHA256SUMS.sigstore.json";

fn not_checked(json: &Value) -> String {
    let said = json["not_checked"].as_array().unwrap();
    said.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Adds a subject that has nothing to do with the tree.
fn foreign_subject(statement: &mut Value) {
    let sha256 = hex::encode(&digest::sha256(b"malware"));
    let subject = json!({"name": "tool.exe", "digest": {"sha256": sha256}});
    statement["subject"].as_array_mut().unwrap().push(subject);
}

// ---- what an honest signer is made to sign

#[test]
fn a_collection_is_signed_again_and_again() {
    let bench = Bench::archive();
    for serial in 2..6 {
        bench.write("a/seeds/more.txt", serial.to_string());
        let signed = bench.sign(PRESS, &[]);
        signed.expect(0, &[]);
        assert_eq!(signed.json["signed"][0]["serial"], serial);
        bench.json_in("a", &["verify"]).expect(0, &[]);
    }
}

#[test]
fn a_second_signer_signs_nothing_that_the_tree_does_not_say() {
    let changes: [fn(&mut Value); 6] = [
        foreign_subject,
        |s| s["subject"][0]["digest"]["sha512"] = "0".repeat(128).into(),
        |s| s["predicateType"] = "https://slsa.dev/provenance/v1".into(),
        |s| s["predicate"]["collection"] = "other".into(),
        |s| s["predicate"]["archive"] = "example.com/other".into(),
        |s| s["predicate"]["listedOnly"] = true.into(),
    ];
    for change in changes {
        let bench = Bench::archive_of_two(2);
        bench.forge(BUNDLE, "desk", change);
        bench.write("evil/tool.exe", "malware");
        bench.sign(PRESS, &[]);
        let press = bench.public("press");
        for bundle in bench.tree("a/manifests/seeds").keys() {
            let bundle = bundle.to_str().unwrap();
            if bundle.contains("/history/") || !bundle.ends_with(".sigstore.json") {
                continue;
            }
            let arguments =
                ["verify", "../evil/tool.exe", "--signature", bundle, "--key", press.as_str()];
            let outcome = bench.json_in("a", &arguments);
            assert_ne!(outcome.exit, 0, "press has signed malware: {:#}", outcome.json);
        }
        // What the other wrote is never what press signs.
        let (theirs, _) = bench.payload(BUNDLE);
        let second = bench.path("a/manifests/seeds/SHA256SUMS.press.sigstore.json");
        assert!(!second.exists(), "{}", String::from_utf8_lossy(&theirs));
    }
}

#[test]
fn a_release_is_never_signed_over_a_strangers_words() {
    type Change = fn(&mut Value);
    let changes: [(Change, i32, &[&str]); 3] = [
        (foreign_subject, 0, &[]),
        (|s| s["subject"][0]["digest"]["sha512"] = "0".repeat(128).into(), 0, &[]),
        (|s| s["predicateType"] = "https://slsa.dev/provenance/v1".into(), 3, &["unsupported"]),
    ];
    for (change, exit, codes) in changes {
        let bench = Bench::new();
        bench.keygen("press");
        bench.keygen("mallory");
        bench.write("a/dist/app", "app");
        bench.write("a/tool.exe", "malware");
        bench.sign("../keyring/mallory.key.pem", &["dist"]).expect(0, &[]);
        bench.forge(RELEASE, "mallory", change);
        bench.sign(PRESS, &["dist"]).expect(exit, codes);
        let press = bench.public("press");
        for bundle in bench.tree("a/dist").keys() {
            let bundle = bundle.to_str().unwrap();
            if bundle.ends_with(".sigstore.json") {
                let arguments = ["verify", "tool.exe", "--signature", bundle, "--key", &press];
                assert_ne!(bench.json_in("a", &arguments).exit, 0, "press has signed malware");
            }
        }
        if exit == 0 {
            let verify = ["verify", "dist/SHA256SUMS", "--key", &press];
            bench.json_in("a", &verify).expect(0, &[]);
        }
    }
}

#[test]
fn rules_are_not_taken_over_from_a_statement_that_no_signer_of_the_collection_signed() {
    // Nobody, a stranger, a signer of another collection.
    let forgeries: [fn(&Bench); 3] = [
        |b| b.forge(BUNDLE, "mallory", |s| s["predicate"]["ignore"] = json!(["two.txt"])),
        |b| {
            let key = b.public("mallory");
            let table = format!("[[signer]]\nname = \"mallory\"\nkey = \"{key}\"\n\n[[rule]]");
            b.edit("a/keys/policy.toml", "[[rule]]", &table);
            b.resign_policy(PRESS);
            b.forge(BUNDLE, "mallory", |s| s["predicate"]["symlinks"] = "skip".into());
        },
        |b| {
            let (_, mut statement) = b.payload(BUNDLE);
            statement["predicate"]["serial"] = u64::MAX.into();
            let mut bundle: Value = serde_json::from_slice(&b.read(BUNDLE)).unwrap();
            let payload = vidimus::codec::base64::encode(statement.to_string().as_bytes());
            bundle["dsseEnvelope"]["payload"] = payload.into();
            b.write(BUNDLE, bundle.to_string());
        },
    ];
    for forgery in forgeries {
        let bench = Bench::archive();
        bench.keygen("mallory");
        forgery(&bench);
        bench.write("a/seeds/two.txt", "Six people were detained.\n");
        let before = bench.tree("a");
        bench.sign(PRESS, &[]).expect(11, &["untrusted-key"]);
        assert_eq!(bench.tree("a"), before);
    }
}

#[test]
fn a_chain_does_not_begin_anew_because_its_newest_statement_was_taken_away() {
    let bench = Bench::archive();
    bench.write("a/seeds/two.txt", "Six people were detained.\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    bench.remove(BUNDLE);
    bench.write("a/seeds/two.txt", "Nobody was detained.\n");
    let before = bench.tree("a");
    bench.sign(PRESS, &[]).expect(1, &["missing"]);
    assert_eq!(bench.tree("a"), before);
}

#[test]
fn a_retired_signer_hands_over_and_a_compromised_one_hands_over_no_rules() {
    for (reason, ignore) in [("retired", vec![".git", "two.txt"]), ("compromised", vec![".git"])] {
        let bench = Bench::archive_of_two(1);
        bench.sign(PRESS, &["--ignore", "two.txt"]).expect(0, &[]);
        let revoked = format!(
            "name = \"press\"\nrevoked = {{ at = \"2026-01-01T00:00:00Z\", reason = \"{reason}\" }}"
        );
        bench.edit("a/keys/policy.toml", "name = \"press\"", &revoked);
        bench.resign_policy(DESK);
        bench.write("a/seeds/more.txt", "more");
        let signed = bench.sign(DESK, &[]);
        signed.expect(0, &[]);
        let (_, statement) = bench.payload(BUNDLE);
        assert_eq!(statement["predicate"]["ignore"], json!(ignore), "{reason}");
        assert_eq!(statement["predicate"]["serial"], 3);
    }
}

#[test]
fn what_the_rules_leave_out_is_said_when_it_is_signed() {
    let bench = Bench::archive();
    bench.sign(PRESS, &["--ignore", "*.tmp", "--symlinks", "skip"]).expect(0, &[]);
    bench.write("a/seeds/more.txt", "more");
    let signed = bench.run_in("a", &["sign", "--key", PRESS]).ok();
    assert!(signed.stdout.contains("leaves out what matches *.tmp"), "{}", signed.stdout);
    assert!(signed.stdout.contains("leaves out symbolic links"), "{}", signed.stdout);
}

// ---- what an honest signer loses

#[test]
fn a_release_leaves_the_evidence_of_other_lists_alone() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("a/dist/app", "app");
    let others =
        ["SHA256SUMS-2023.minisig", "SHA256SUMS.txt.minisig", "SHA256SUMS.txt.sigstore.json"];
    for other in others {
        bench.write(&format!("a/out/{other}"), "theirs");
    }
    bench.sign(PRESS, &["dist", "--out", "out"]).expect(0, &[]);
    for other in others {
        assert_eq!(bench.text(&format!("a/out/{other}")), "theirs", "{other}");
    }
}

#[test]
fn a_list_of_somebody_else_is_not_overwritten() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("a/dist/app", "app");
    let line = |text: &[u8]| format!("{}  app\n", hex::encode(&digest::sha256(text)));
    bench.write("a/dist/SHA256SUMS", line(b"ape"));
    bench.write("a/dist/SHA256SUMS.minisig", "theirs");
    let before = bench.tree("a");
    bench.sign(PRESS, &["dist"]).expect(4, &["io"]);
    assert_eq!(bench.tree("a"), before);
    // The same list is the one we would write, and what others signed of it stays.
    bench.write("a/dist/SHA256SUMS", line(b"app"));
    bench.sign(PRESS, &["dist"]).expect(0, &[]);
    assert_eq!(bench.text("a/dist/SHA256SUMS.minisig"), "theirs");
}

#[test]
fn the_private_key_is_not_signed_and_published_with_the_rest() {
    let bench = Bench::archive();
    bench.write("a/dist/app", "app");
    let copy = |place: &str| {
        let (from, to) = (bench.path("keyring/press.key.pem"), bench.path(place));
        std::fs::copy(from, to).unwrap();
    };
    copy("a/dist/key.pem");
    copy("a/seeds/key.pem");
    let before = bench.tree("a");
    let table: [&[&str]; 4] = [
        &["sign", "dist", "--key", "dist/key.pem"],
        &["sign", "dist/app", "dist/key.pem", "--key", "dist/../dist/key.pem"],
        &["sign", "dist", "--out", "out", "--key", "dist/key.pem"],
        &["sign", "--key", "seeds/key.pem"],
    ];
    for arguments in table {
        bench.json_in("a", arguments).expect(3, &["unsafe-path"]);
        assert_eq!(bench.tree("a"), before, "{arguments:?}");
    }
    bench.json_in("a", &["sign", "dist/app", "--key", "dist/key.pem"]).expect(0, &[]);
}

#[test]
fn signers_of_a_release_whose_keys_have_one_comment_do_not_overwrite_each_other() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("a/dist/app", "app");
    bench.sign(PRESS, &["dist"]).expect(0, &[]);
    let keys: Vec<String> = [7, 8].map(|seed| minisign_like(&bench, seed)).to_vec();
    for key in &keys {
        bench.sign(key, &["dist"]).expect(0, &[]);
    }
    let public: Vec<String> =
        [7, 8].map(|seed| SigningKey::from_seed(&[seed; 32]).public().to_string()).to_vec();
    let arguments =
        ["verify", "dist/SHA256SUMS", "--key", &public[0], "--key", &public[1], "--threshold", "2"];
    bench.json_in("a", &arguments).expect(0, &[]);
}

/// An OpenSSH private key with the comment `ci`, whatever its seed.
fn minisign_like(bench: &Bench, seed: u8) -> String {
    use vidimus::key::{openssh_blob, wire::put_string};
    let secret = [seed; 32];
    let signing = SigningKey::from_seed(&secret);
    let blob = openssh_blob(signing.public());
    let public = signing.public().ed25519().unwrap().to_bytes();
    let mut private = vec![1; 8];
    put_string(&mut private, b"ssh-ed25519");
    put_string(&mut private, &public);
    put_string(&mut private, &[secret, public].concat());
    put_string(&mut private, b"ci");
    (1..).take((8 - private.len() % 8) % 8).for_each(|pad| private.push(pad));
    let mut all = b"openssh-key-v1\0".to_vec();
    put_string(&mut all, b"none");
    put_string(&mut all, b"none");
    put_string(&mut all, b"");
    all.extend_from_slice(&1_u32.to_be_bytes());
    put_string(&mut all, &blob);
    put_string(&mut all, &private);
    let text = vidimus::codec::base64::encode(&all);
    let lines: Vec<&str> =
        text.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let name = format!("keyring/ssh{seed}");
    bench.write(
        &name,
        format!(
            "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n",
            lines.join("\n")
        ),
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(bench.path(&name), mode).unwrap();
    format!("../{name}")
}

#[test]
fn policy_sign_writes_through_no_link_and_over_no_history() {
    let raise = |bench: &Bench| bench.edit("a/keys/policy.toml", "version = 1", "version = 2");
    let sign = ["policy", "sign", "--key", PRESS];

    let bench = Bench::archive();
    bench.write("victim/policy.toml", "theirs");
    std::fs::create_dir_all(bench.path("a/keys/history")).unwrap();
    std::os::unix::fs::symlink(bench.path("victim"), bench.path("a/keys/history/1")).unwrap();
    raise(&bench);
    let refused = bench.json_in("a", &sign);
    assert_eq!(bench.text("victim/policy.toml"), "theirs");
    refused.expect(3, &["unsafe-path"]);

    let bench = Bench::archive();
    bench.write("victim/x", "theirs");
    std::os::unix::fs::symlink(bench.path("victim"), bench.path("a/keys/history")).unwrap();
    raise(&bench);
    bench.json_in("a", &sign).expect(3, &["unsafe-path"]);

    let bench = Bench::archive();
    bench.write("a/keys/history/1/policy.toml", "what was signed then");
    raise(&bench);
    bench.json_in("a", &sign).expect(4, &["io"]);
    assert_eq!(bench.text("a/keys/history/1/policy.toml"), "what was signed then");
}

#[test]
fn junk_signatures_on_a_policy_do_not_pile_up_until_it_cannot_be_read() {
    let bench = Bench::archive();
    let file = "a/keys/policy.toml.dsse.json";
    let mut envelope: Value = serde_json::from_slice(&bench.read(file)).unwrap();
    let junk: Vec<Value> =
        (0..64).map(|n| json!({"sig": "AAAA", "keyid": n.to_string()})).collect();
    envelope["signatures"] = junk.into();
    bench.write(file, envelope.to_string());
    bench.json_in("a", &["policy", "sign", "--key", PRESS]).expect(0, &[]);
    bench.json_in("a", &["verify"]).expect(0, &[]);
}

// ---- checks that were asked for, or promised, and left out

#[test]
fn no_option_is_left_out_without_a_word() {
    let bench = Bench::archive();
    bench.write("a/dist/app", "app");
    bench.sign(PRESS, &["dist", "--also", "minisign"]).expect(0, &[]);
    let key = bench.public("press");
    let zero = "0".repeat(64);
    let (manifest, signature) = ("dist/SHA256SUMS", "dist/SHA256SUMS.minisig");
    let table: [(&[&str], i32, &str); 9] = [
        (&["--policy-sha256", &zero], 11, "unpinned"),
        (&["seeds", "--policy-sha256", &zero], 11, "unpinned"),
        (&[manifest, "--policy-sha256", &zero], 2, "usage"),
        (&[manifest, "--policy", "keys/policy.toml"], 2, "usage"),
        (&[manifest, "--signature", signature, "--policy-sha256", &zero], 2, "usage"),
        (&[manifest, "--signature", signature, "--policy", "nowhere"], 2, "usage"),
        (&[manifest, "--signature", signature, "--archive", "."], 2, "usage"),
        (&[manifest, "--signature", signature, "--dir", "dist"], 2, "usage"),
        (&["--archive", ".", manifest], 2, "usage"),
    ];
    for (arguments, exit, code) in table {
        let all = [&["verify"], arguments, &["--key", &key]].concat();
        eprintln!("{all:?}");
        bench.json_in("a", &all).expect(exit, &[code]);
    }
}

#[test]
fn a_policy_from_elsewhere_in_the_archive_is_the_one_used_and_is_not_pinned() {
    let bench = Bench::archive();
    bench.keygen("mallory");
    // The named file trusts press; the archive's own was taken over.
    bench.write("a/trusted.toml", bench.read("a/keys/policy.toml"));
    let own = bench.text("a/keys/policy.toml");
    let press = bench.public("press");
    let mallory = bench.public("mallory");
    bench.write("a/keys/policy.toml", own.replace(&press, &mallory));
    bench.resign_policy("../keyring/mallory.key.pem");
    bench.forge(BUNDLE, "mallory", |_| {});
    let outcome = bench.json_in("a", &["verify", "--policy", "trusted.toml"]);
    assert_ne!(outcome.exit, 0, "{:#}", outcome.json);
    assert_eq!(outcome.json["trust"]["source"], "trusted.toml");
    assert_eq!(outcome.json["trust"]["pinned"], false);
    let pinned = ["verify", "--policy", "trusted.toml", "--require-pinned"];
    assert!(bench.json_in("a", &pinned).errors().contains(&"unpinned".to_owned()));
}

#[test]
fn everything_in_keys_and_manifests_is_checked_or_named() {
    let bench = Bench::archive();
    bench.write("a/seeds/two.txt", "Nine people were detained!\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    let stray = [
        "manifests/seeds/run-me.sh",
        "keys/other.pem",
        "manifests/seeds/history/1/note.txt",
        "manifests/seeds/history/README",
    ];
    for file in stray {
        bench.write(&format!("a/{file}"), "x");
    }
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(0, &[]);
    let said = not_checked(&outcome.json);
    for file in stray {
        assert!(said.contains(file), "{file} is not in:\n{said}");
    }
    assert!(said.contains("signatures over the statements before serial 2"), "{said}");
}

#[test]
fn an_older_statement_beside_its_own_successor_is_noticed() {
    let bench = Bench::archive();
    bench.write("a/seeds/two.txt", "Six people were detained.\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    bench.write("a/seeds/two.txt", "Nobody was detained.\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    // Back to serial 1, with the later history left lying there.
    for file in ["SHA256SUMS", "SHA256SUMS.sigstore.json", "SHA256SUMS.checkpoint"] {
        let old = bench.read(&format!("a/manifests/seeds/history/1/{file}"));
        bench.write(&format!("a/manifests/seeds/{file}"), old);
    }
    bench.write("a/seeds/two.txt", "Nine people were detained.\n");
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(1, &["unexpected"]);
    let path = &outcome.finding("unexpected")["path"];
    assert_eq!(path, "manifests/seeds/history/1");
}

#[test]
fn an_archive_takes_no_statement_that_leaves_other_files_open() {
    let bench = Bench::archive();
    bench.forge(BUNDLE, "press", |s| s["predicate"]["listedOnly"] = true.into());
    bench.remove("a/manifests/seeds/SHA256SUMS.checkpoint");
    bench.write("a/seeds/new.txt", "x");
    bench.json_in("a", &["verify"]).expect(11, &["scope"]);
}

#[test]
fn nothing_hides_behind_the_names_of_a_releases_evidence() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("a/dist/app", "app");
    bench.sign(PRESS, &["dist", "--also", "minisign,sshsig,dsse"]).expect(0, &[]);
    bench.keygen("desk");
    bench.sign(DESK, &["dist"]).expect(0, &[]);
    let key = bench.public("press");
    let verify = ["verify", "dist/SHA256SUMS", "--key", &key];
    bench.json_in("a", &verify).expect(0, &[]);
    for name in ["SHA256SUMS.exe", "SHA256SUMS.d/run.sh"] {
        bench.write(&format!("a/dist/{name}"), "x");
        let outcome = bench.json_in("a", &verify);
        outcome.expect(1, &["unexpected"]);
        std::fs::remove_file(bench.path(&format!("a/dist/{name}"))).unwrap();
    }
}

// ---- words

#[test]
fn signed_by_is_not_said_of_a_statement_about_another_archive() {
    let bench = Bench::archive();
    bench.edit("a/keys/policy.toml", "example.org/test", "example.org/else");
    bench.resign_policy(PRESS);
    let ran = bench.run_in("a", &["verify"]);
    assert_eq!(ran.exit, 11);
    assert!(ran.stdout.contains("is a statement about another archive"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("as signed"), "{}", ran.stdout);
}

// ---- one thing that passes as another

#[test]
fn the_signed_bytes_of_another_format_are_no_file_that_was_signed() {
    let bench = Bench::archive();
    let signing = bench.key("press");
    let (payload, _) = bench.payload(BUNDLE);
    let pae = pae(statement::PAYLOAD_TYPE, &payload);
    let checkpoint = bench.text("a/manifests/seeds/SHA256SUMS.checkpoint");
    let (note, _) = checkpoint.rsplit_once("\n\n").unwrap();
    let prehash = vidimus::digest::of(vidimus::digest::Algorithm::Sha512, b"any 64 bytes");
    let hex = hex::encode(&digest::sha256(b"a file of 64 bytes may be honest"));
    let table: [(&str, Vec<u8>, i32, &[&str]); 5] = [
        ("dsse", pae, 3, &["unsupported"]),
        ("sshsig", b"SSHSIG\0\0\0\x04file".to_vec(), 3, &["unsupported"]),
        ("note", format!("{note}\n").into_bytes(), 3, &["unsupported"]),
        ("minisign", prehash.as_bytes().to_vec(), 3, &["unsupported"]),
        ("text", hex.into_bytes(), 0, &[]),
    ];
    for (name, bytes, exit, codes) in table {
        let file = format!("{name}.bin");
        let message = json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {"publicKey": {"hint": ""}},
            "messageSignature": {
                "signature": vidimus::codec::base64::encode(&signing.sign(&bytes).unwrap()),
            },
        });
        bench.write(&format!("a/{file}"), &bytes);
        bench.write("a/message.json", message.to_string());
        let key = bench.public("press");
        let arguments = ["verify", &file, "--signature", "message.json", "--key", &key];
        bench.json_in("a", &arguments).expect(exit, codes);
    }
}

// ---- what reaches a terminal

#[test]
fn names_in_a_list_do_not_steer_the_terminal_they_are_shown_on() {
    if !common::has_tool("script") {
        return;
    }
    let bench = Bench::new();
    bench.write("a/\u{1b}[2Jcleared\u{202e}txt", "x");
    let program = env!("CARGO_BIN_EXE_vidimus");
    let output = std::process::Command::new("script")
        .args(["-qec", &format!("{program} hash a"), "/dev/null"])
        .current_dir(bench.path("."))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains(r"a/\x1b[2Jcleared\u{202e}txt"), "{shown:?}");
    assert!(!shown.contains("\u{1b}[2J") && !shown.contains('\u{202e}'), "{shown:?}");
    // Into a file it goes as it is, for other tools.
    let raw = bench.run_in(".", &["hash", "a"]).ok().stdout;
    assert!(raw.contains("a/\u{1b}[2Jcleared\u{202e}txt"), "{raw:?}");
}

// ---- work without end

#[test]
fn a_policy_of_many_signers_and_an_envelope_of_many_signatures_end_soon() {
    let bench = Bench::archive();
    let mut policy = bench.text("a/keys/policy.toml");
    for number in 0..1_030_u32 {
        let mut seed = [9; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_seed(&seed).public().to_string();
        policy.push_str(&format!("\n[[signer]]\nname = \"s{number}\"\nkey = \"{key}\"\n"));
    }
    bench.write("a/keys/policy.toml", policy);
    bench.resign_policy(PRESS);
    let junk: Vec<Value> = (0..64).map(|_| json!({"sig": "AAAA"})).collect();
    let payload = vidimus::codec::base64::encode(&vec![b' '; 1 << 20]);
    let envelope = json!({
        "payload": payload, "payloadType": statement::PAYLOAD_TYPE, "signatures": junk,
    });
    bench.remove(BUNDLE);
    bench.write("a/manifests/seeds/SHA256SUMS.intoto.json", envelope.to_string());
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(11, &["limit", "threshold"]);
}

#[test]
fn a_small_document_of_very_many_values_takes_no_gigabyte() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("f", "x");
    let values = "{\"\":1},".repeat(1_990_000);
    bench.write("big.json", format!("{{\"mediaType\":\"x\",\"x\":[{values}0]}}"));
    let key = bench.public("press");
    let program = env!("CARGO_BIN_EXE_vidimus");
    // In KiB; without the limit on values this took 1.7 GiB.
    let script = "ulimit -v 1000000; exec \"$0\" verify f --signature big.json --key \"$1\"";
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", script, program, &key])
        .current_dir(bench.path("."))
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert!(shown.contains("too many values"), "{shown}");
}

#[test]
fn keys_from_outside_do_not_vouch_for_a_policy_that_they_did_not_sign() {
    let bench = Bench::archive();
    let key = bench.path("keyring/press.pub.pem").display().to_string();
    let verify = ["verify", "--key", key.as_str()];
    let outcome = bench.json_in("a", &verify);
    outcome.expect(0, &[]);
    assert_eq!(outcome.codes("warning"), [""; 0]);
    // A comment more: the same policy for every reader, but nobody signed these bytes.
    bench.edit("a/keys/policy.toml", "version = 1\n", "version = 1\n# x\n");
    let outcome = bench.json_in("a", &verify);
    outcome.expect(0, &[]);
    assert_eq!(outcome.codes("warning"), ["unpinned"]);
    let pinned = [&verify[..], &["--require-pinned"]].concat();
    bench.json_in("a", &pinned).expect(11, &["unpinned"]);
}

#[test]
fn no_archive_is_made_around_a_private_key() {
    let bench = Bench::new();
    bench.keygen("press");
    let arguments = ["init", "--id", "e.org/x", "--collection", "c", "--signer", "p=press.pub.pem"];
    bench.json_in("keyring", &arguments).expect(3, &["unsafe-path"]);
    assert!(!bench.path("keyring/keys").exists());
}

#[test]
fn nothing_is_written_through_a_link_out_of_the_archive() {
    let bench = Bench::archive();
    bench.keygen("log");
    let key = "../keyring/log.key.pem";
    let away = |inside: &str, to: &str| {
        bench.rename(inside, "victim");
        symlink(to, bench.path(inside)).unwrap();
    };
    let back = |inside: &str| {
        bench.remove(inside);
        bench.rename("victim", inside);
    };
    let unchanged = |commands: &[&[&str]]| {
        let before = bench.tree("victim");
        for command in commands {
            let refused = bench.json_in("a", command);
            refused.expect(3, &["unsafe-path"]);
            assert_eq!(bench.tree("victim"), before, "{command:?}");
        }
    };
    // The log's folder, or that above it, which are still to be made.
    away("a/manifests", "../victim");
    unchanged(&[&["log", "init", "--key", key]]);
    back("a/manifests");
    bench.write("a/manifests/log/x", "");
    bench.remove("a/manifests/log/x");
    away("a/manifests/log", "../../victim");
    unchanged(&[&["log", "init", "--key", key]]);
    back("a/manifests/log");
    // Those that are there.
    bench.run_in("a", &["log", "init", "--key", key]).ok();
    bench.run_in("a", &["log", "append"]).ok();
    let (append, publish) = (["log", "append"], ["log", "checkpoint", "--key", key]);
    away("a/manifests/log", "../../victim");
    unchanged(&[&append, &publish, &["log", "prove"]]);
    back("a/manifests/log");
    bench.run_in("a", &publish).ok();
    away("a/manifests/seeds", "../../victim");
    unchanged(&[&["log", "prove"], &["stamp", "seeds", "--request", "../request"]]);
    assert!(!bench.path("request").exists());
    // A bundle that the user names may lie behind a link of his own.
    let bundle = "manifests/seeds/SHA256SUMS.sigstore.json";
    bench.run_in("a", &["stamp", bundle, "--request", "../request"]).ok();
}

#[test]
fn a_document_cannot_take_the_place_of_a_file_of_its_pack() {
    let bench = Bench::archive();
    let own = ["evidence", "READ-ME-FIRST.html", "SHA256SUMS.sigstore.json"];
    for name in own.iter().chain(&["keys", "SHA256SUMS"]) {
        bench.write(&format!("a/seeds/{name}"), name);
    }
    bench.sign(PRESS, &[]).expect(0, &[]);
    // Its proof would pass for that of the bundle, though there is none.
    let pack =
        |name: &str| bench.json_in("a", &["prove", &format!("seeds/{name}"), "--pack", "../pack"]);
    for name in own {
        let refused = pack(name);
        refused.expect(3, &["unsupported"]);
        assert_eq!(refused.finding("unsupported")["path"], format!("seeds/{name}"));
        assert!(!bench.path("pack").exists(), "{name}");
    }
    for name in ["keys", "SHA256SUMS"] {
        pack(name).expect(0, &[]);
        std::fs::remove_dir_all(bench.path("pack")).unwrap();
    }
}

#[test]
fn a_proof_lands_in_no_collection_however_its_place_is_spelt() {
    let bench = Bench::archive();
    symlink("a/seeds/sub", bench.path("link")).unwrap();
    let absolute = bench.path("a/seeds/x").into_os_string().into_string().unwrap();
    let before = bench.tree("a");
    let prove = |folder: &str, more: &[&str], out: &str| {
        let arguments = [&["prove", "seeds/one.txt"], more, &["--out", out]].concat();
        bench.json_in(folder, &arguments)
    };
    for out in ["seeds/x", "./seeds/x", "seeds/sub/x", "keys/../seeds/x", "../link/x", &absolute] {
        prove("a", &[], out).expect(3, &["unsafe-path"]);
    }
    prove("", &["--archive", "a"], "a/seeds/x").expect(3, &["unsafe-path"]);
    assert_eq!(bench.tree("a"), before);
    prove("", &["--archive", "a"], "seeds").expect(0, &[]);
    prove("a", &[], "../x").expect(0, &[]);
}
