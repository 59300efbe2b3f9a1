//! The promises, each with its test. `docs/promises.md` says for each what it means today, which
//! tests hold it, and which change to the code makes them fail; a test here keeps that page true.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, DESK, PRESS, bundle_of};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use vidimus::codec::base64;
use vidimus::envelope::dsse::{Envelope, Signature, pae};
use vidimus::envelope::statement;
use vidimus::finding::Code;

const FOLDER: &str = "a/manifests/seeds";
const MANIFEST: &str = "a/manifests/seeds/SHA256SUMS";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const POLICY: &str = "a/keys/policy.toml";

fn verify(bench: &Bench, exit: i32, codes: &[&str]) -> common::Outcome {
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(exit, codes);
    outcome
}

fn not_checked(outcome: &common::Outcome) -> String {
    outcome.json["not_checked"].to_string()
}

/// Changes the JSON of the bundle.
fn edit_bundle(bench: &Bench, change: impl FnOnce(&mut Value)) {
    let mut bundle: Value = serde_json::from_slice(&bench.read(BUNDLE)).unwrap();
    change(&mut bundle);
    bench.write(BUNDLE, bundle.to_string());
}

#[test]
fn promise_01_exit_0_means_read_whole_looked_for_and_every_check_passed() {
    let bench = Bench::archive();
    // Larger than any buffer, so that the last byte is not in the first piece.
    bench.write("a/seeds/large", vec![b'x'; 3 << 20]);
    bench.sign(PRESS, &[]).expect(0, &[]);
    let counts = &verify(&bench, 0, &[]).json["counts"];
    assert_eq!((&counts["files"], &counts["unchanged"]), (&json!(4), &json!(4)));
    assert_eq!(counts["bytes"], (3 << 20) + 29 + 27 + 30);

    for at in [0, 1 << 20, (3 << 20) - 1] {
        bench.flip("a/seeds/large", at);
        verify(&bench, 1, &["digest-mismatch"]);
        bench.flip("a/seeds/large", at);
    }
    for name in ["zzz", ".hidden", "sub/deep/er/file", "sub/SHA256SUMS", "sub/.git/config"] {
        bench.write(&format!("a/seeds/{name}"), "");
        // `.git` is ignored by a signed rule, and then that is said.
        if name.contains(".git/") {
            assert!(not_checked(&verify(&bench, 0, &[])).contains("seeds/sub/.git"));
        } else {
            verify(&bench, 1, &["unexpected"]);
            bench.remove(&format!("a/seeds/{name}"));
        }
    }
    bench.edit(&format!("{MANIFEST}.checkpoint"), "seeds/2", "seeds/1");
    verify(&bench, 10, &["origin"]);
}

#[test]
fn promise_02_what_was_not_checked_is_listed() {
    let bench = Bench::archive();
    bench.edit(POLICY, "[\"seeds\"]", "[\"seeds\", \"notes\"]");
    bench.resign_policy(PRESS);
    bench.write("a/notes/n.txt", "n");
    bench.write("a/seeds/scratch.tmp", "x");
    std::os::unix::fs::symlink("one.txt", bench.path("a/seeds/link")).unwrap();
    bench.sign(PRESS, &["--ignore", "*.tmp", "--symlinks", "skip"]).expect(0, &[]);
    let whole = not_checked(&verify(&bench, 0, &[]));
    for part in ["seeds/scratch.tmp", "seeds/link", "rollback", "outside of the listed"] {
        assert!(whole.contains(part), "no {part:?} in {whole}");
    }
    let one = bench.json_in("a", &["verify", "seeds"]);
    assert!(not_checked(&one).contains("collections other than seeds"));
    let keyed = bench.json_in("a", &["verify", "--key", &bench.public("press")]);
    assert!(not_checked(&keyed).contains("the policy's signature and rules"));
    bench.write("policy.toml", bench.read(POLICY));
    let named = bench.json_in("a", &["verify", "--policy", "../policy.toml"]);
    assert!(not_checked(&named).contains("the signature of the policy"));

    bench.remove(&format!("{MANIFEST}.checkpoint"));
    edit_bundle(&bench, |bundle| {
        let token = json!({"rfc3161Timestamps": [{"signedTimestamp": "AAAA"}]});
        bundle["verificationMaterial"]["timestampVerificationData"] = token;
    });
    let outcome = verify(&bench, 0, &[]);
    assert!(not_checked(&outcome).contains("RFC 3161 timestamps (1)"), "{}", not_checked(&outcome));
    assert!(not_checked(&outcome).contains("the checkpoint"), "{}", not_checked(&outcome));
    // People are told the same as programs.
    let text = bench.run_in("a", &["verify"]).ok().stdout.replace("\n  ", " ");
    for what in outcome.json["not_checked"].as_array().unwrap() {
        let first = what.as_str().unwrap().split(' ').take(4).collect::<Vec<_>>().join(" ");
        assert!(text.contains(&first), "no {first:?} in {text}");
    }
    bench.edit(MANIFEST, "one.txt", "0ne.txt");
    let broken = verify(&bench, 1, &["digest-mismatch"]);
    assert!(not_checked(&broken).contains("the files of seeds"));
}

#[test]
fn promise_03_nothing_unverified_is_shown_as_fact() {
    let bench = Bench::archive();
    bench.keygen("stranger");
    let (payload, _) = bench.payload(BUNDLE);
    // A stranger's statement and manifest: nothing they say is repeated, and no file is judged.
    let text = String::from_utf8(payload).unwrap().replace("one.txt", "INVENTED");
    let stranger = bench.key("stranger");
    bench.write(BUNDLE, bundle_of(&stranger, statement::PAYLOAD_TYPE, text.as_bytes()));
    bench.edit(MANIFEST, "one.txt", "INVENTED");
    let outcome = verify(&bench, 11, &["untrusted-key"]);
    let said = outcome.json.to_string();
    assert!(!said.contains("INVENTED"), "{said}");
    assert_eq!((outcome.json.get("collections"), outcome.json.get("counts")), (None, None));

    // Signed by a known key, about another manifest: its lines are not used.
    let bench = Bench::archive();
    bench.edit(MANIFEST, "one.txt", "INVENTED");
    let outcome = verify(&bench, 1, &["digest-mismatch"]);
    assert!(!outcome.json.to_string().contains("INVENTED"));
    assert_eq!(outcome.json.get("counts"), None);
}

#[test]
fn promise_04_one_input_has_one_meaning() {
    let bench = Bench::archive();
    let good = bench.text(BUNDLE);
    let bundle: Value = serde_json::from_str(&good).unwrap();
    let sig = bundle["dsseEnvelope"]["signatures"][0]["sig"].as_str().unwrap();
    let raw: [u8; 64] = base64::decode(sig).unwrap().try_into().unwrap();
    let plus_order = base64::encode(&with_order_added(raw));
    // The last letter before the padding carries bits that mean nothing: set, they are refused.
    let spelt_otherwise = format!("{}{}==", &sig[..85], next_letter(&sig[85..86]));
    let duplicate = |name: &str| {
        good.replacen("\"payloadType\"", &format!("\"{name}\":\"x\",\"payloadType\""), 1)
    };
    for (what, text, exit, code) in [
        ("a duplicate member", duplicate("payloadType"), 3, "malformed"),
        ("the same, spelt with an escape", duplicate("p\\u0061yloadType"), 3, "malformed"),
        ("trailing bytes", format!("{good}x"), 3, "malformed"),
        ("base64 that is not canonical", good.replace(sig, &spelt_otherwise), 3, "malformed"),
        ("S >= L", good.replace(sig, &plus_order), 10, "bad-signature"),
    ] {
        println!("{what}");
        bench.write(BUNDLE, text);
        let outcome = bench.json_in("a", &["verify"]);
        assert_eq!(outcome.exit, exit, "{:#}", outcome.json);
        assert!(outcome.errors().contains(&code.to_owned()), "{:#}", outcome.json);
    }
    // Points of small order, and one that is not canonical (y = p + 1).
    let mut high = [0xff; 32];
    (high[0], high[31]) = (0xee, 0x7f);
    for (point, code) in [([0; 32], "weak-key"), (high, "malformed")] {
        let key = format!("ed25519:{}", base64::encode(&point));
        let outcome = bench.json_in("a", &["verify", "--key", &key]);
        assert_eq!(outcome.json["verdict"], "refused");
        assert!([code, "weak-key"].contains(&outcome.errors()[0].as_str()), "{:#}", outcome.json);
    }
    let zeros = "0".repeat(64);
    for name in ["../x", "/x", "a/../b", "x\0y"] {
        bench.write("list", format!("{zeros}  {name}\n"));
        let outcome = bench.json_in("a", &["check", "--manifest", "../list", "seeds"]);
        outcome.expect(3, &["unsafe-path"]);
    }
    for again in ["x", "./x", "x/", "././x"] {
        bench.write("list", format!("{zeros}  x\n{zeros}  {again}\n"));
        let outcome = bench.json_in("a", &["check", "--manifest", "../list", "seeds"]);
        assert_eq!(outcome.json["verdict"], "refused", "{again}: {:#}", outcome.json);
    }
}

/// The signature with the group order added to S: the same point equation, another spelling.
fn with_order_added(mut signature: [u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, more) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    signature
}

/// The letter after this one in the alphabet of base64.
fn next_letter(letter: &str) -> char {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = LETTERS.find(letter).unwrap();
    assert_eq!(at % 16, 0, "64 bytes leave four unused bits");
    LETTERS.chars().nth(at + 1).unwrap()
}

#[test]
fn promise_05_a_threshold_counts_distinct_keys() {
    let bench = Bench::archive_of_two(2);
    let (payload, _) = bench.payload(BUNDLE);
    let press = bench.key("press");
    // One key in many files, under many ids, many times in one envelope: one key.
    for name in ["desk", "a", "b"] {
        bench.write(&format!("{MANIFEST}.{name}.sigstore.json"), bench.read(BUNDLE));
    }
    let sig = press.sign(&pae(statement::PAYLOAD_TYPE, &payload)).unwrap().to_vec();
    let id = |id: &str| Signature { key_id: Some(id.to_owned()), sig: sig.clone() };
    let desk = bench.key("desk").public().key_id();
    let envelope = Envelope {
        payload,
        payload_type: statement::PAYLOAD_TYPE.to_owned(),
        signatures: vec![id(&press.public().key_id()), id(&desk), id("press"), id("desk")],
    };
    bench.write(&format!("{MANIFEST}.intoto.json"), envelope.to_json());
    let outcome = verify(&bench, 11, &["threshold"]);
    assert_eq!(outcome.finding("threshold")["have"], 1);
    // The same key given twice, in two forms, is one too: a threshold of two cannot be reached.
    let twice = ["--key", "../keyring/press.pub.pem", "--key", &bench.public("press")];
    let arguments = [&["verify", "--threshold", "2"], &twice[..]].concat();
    bench.json_in("a", &arguments).expect(11, &["threshold"]);
    // And the same key under two names loads no policy.
    let doubled = bench.text(POLICY).replace(&bench.public("desk"), &bench.public("press"));
    bench.write(POLICY, doubled);
    verify(&bench, 3, &["malformed"]);
}

#[test]
fn promise_06_a_signature_over_one_thing_is_none_over_another() {
    // The signed policy is no statement, though the same key signed it, and the other way round.
    let bench = Bench::archive();
    let statement = bench.read(BUNDLE);
    let policy = bench.read(POLICY);
    let press = bench.key("press");
    let policy_type = "application/vnd.vidimus.policy.v1+toml";
    bench.write(BUNDLE, bundle_of(&press, policy_type, &bench.payload(BUNDLE).0));
    verify(&bench, 10, &["payload-type"]);
    bench.write(BUNDLE, &statement);
    bench.write(
        "a/keys/policy.toml.dsse.json",
        envelope_in(&bundle_of(&press, statement::PAYLOAD_TYPE, &policy)),
    );
    let outcome = bench.json_in("a", &["verify"]);
    assert!(outcome.errors().contains(&"payload-type".to_owned()), "{:#}", outcome.json);

    // The bare bytes signed without their type are no DSSE signature, nor the other way round.
    let bench = Bench::archive();
    let (payload, _) = bench.payload(BUNDLE);
    let bare = base64::encode(&press_sign(&bench, &payload));
    edit_bundle(&bench, |bundle| bundle["dsseEnvelope"]["signatures"][0]["sig"] = bare.into());
    verify(&bench, 10, &["bad-signature"]);

    // An OpenSSH signature counts for its namespace only.
    let bench = Bench::archive();
    bench.sign(PRESS, &["--also", "sshsig,minisign"]).expect(0, &[]);
    let press = bench.public("press");
    let manifest = "manifests/seeds/SHA256SUMS";
    let ssh = "manifests/seeds/SHA256SUMS.sshsig";
    let detached = ["verify", manifest, "--key", press.as_str(), "--signature", ssh];
    bench.json_in("a", &detached).expect(0, &[]);
    let elsewhere = [&detached[..], &["--namespace", "git"]].concat();
    bench.json_in("a", &elsewhere).expect(10, &["namespace"]);
    // A minisign signature is over its own comment too, and over this file only.
    let minisig = "manifests/seeds/SHA256SUMS.minisig";
    let arguments = ["verify", manifest, "--key", press.as_str(), "--signature", minisig];
    bench.json_in("a", &arguments).expect(0, &[]);
    bench.edit(&format!("a/{minisig}"), "file:SHA256SUMS", "file:SHA512SUMS");
    bench.json_in("a", &arguments).expect(10, &["bad-signature"]);

    // A checkpoint of another statement, by the same key, does not stand for this one.
    let bench = Bench::archive();
    let old = bench.read(&format!("{MANIFEST}.checkpoint"));
    bench.write("a/seeds/four.txt", "4");
    bench.sign(PRESS, &[]).expect(0, &[]);
    bench.write(&format!("{MANIFEST}.checkpoint"), old);
    verify(&bench, 10, &["origin"]);
    // Nor does a statement about another collection or archive, however well it is signed.
    bench.edit(POLICY, "[\"seeds\"]", "[\"seeds\", \"notes\"]");
    bench.resign_policy(PRESS);
    for (path, bytes) in bench.tree(FOLDER) {
        let below = path.strip_prefix(bench.path(FOLDER)).unwrap().to_string_lossy().into_owned();
        if bytes != b"(folder)" {
            bench.write(&format!("a/manifests/notes/{below}"), &bytes);
        }
    }
    for (path, bytes) in bench.tree("a/seeds") {
        let below =
            path.strip_prefix(bench.path("a/seeds")).unwrap().to_string_lossy().into_owned();
        if bytes != b"(folder)" {
            bench.write(&format!("a/notes/{below}"), &bytes);
        }
    }
    let replayed = bench.json_in("a", &["verify", "notes"]);
    assert!(replayed.errors().contains(&"scope".to_owned()), "{:#}", replayed.json);
}

fn press_sign(bench: &Bench, bytes: &[u8]) -> Vec<u8> {
    bench.key("press").sign(bytes).unwrap().to_vec()
}

/// The plain envelope in a bundle.
fn envelope_in(bytes: &[u8]) -> Vec<u8> {
    let bundle: Value = serde_json::from_slice(bytes).unwrap();
    bundle["dsseEnvelope"].to_string().into_bytes()
}

#[test]
fn promise_07_a_claimed_time_decides_nothing() {
    let bench = Bench::archive();
    let (_, signed) = bench.payload(BUNDLE);
    let press = bench.key("press");
    let claim = |time: &str| {
        let mut statement = signed.clone();
        statement["predicate"]["claimedTime"] = time.into();
        let payload = serde_json::to_vec(&statement).unwrap();
        bench.write(BUNDLE, bundle_of(&press, statement::PAYLOAD_TYPE, &payload));
    };
    let policy = bench.text(POLICY);
    for (bounds, exit, codes) in [
        // Valid now: a claim from before or after its time takes nothing away.
        (
            "valid-after = \"2025-01-01T00:00:00Z\"\nvalid-before = \"2090-01-01T00:00:00Z\"",
            0,
            &[][..],
        ),
        // Not valid now: a claim from within its time gives nothing.
        ("valid-before = \"2025-01-01T00:00:00Z\"", 12, &["expired"]),
        ("revoked = { at = \"2025-01-01T00:00:00Z\", reason = \"retired\" }", 12, &["revoked"]),
    ] {
        bench.write(
            POLICY,
            policy.replace("\n# valid-after", &format!("\n{bounds}\n# valid-after")),
        );
        bench.resign_policy(PRESS);
        for time in [
            "1999-12-31T23:59:59Z",
            "2024-06-01T00:00:00Z",
            "2026-06-01T00:00:00Z",
            "2099-01-01T00:00:00Z",
        ] {
            claim(time);
            let outcome = verify(&bench, exit, codes);
            assert_eq!(outcome.json["judged_at"]["source"], "now");
            if exit == 0 {
                assert_eq!(outcome.json["collections"][0]["claimed_time"], time);
            }
        }
    }
    // Until tokens can be checked, a policy that asks for proven time is met by none.
    bench.write(POLICY, policy.replace("require = []", "require = [\"timestamp\"]"));
    bench.resign_policy(PRESS);
    edit_bundle(&bench, |bundle| {
        let token = json!({"rfc3161Timestamps": [{"signedTimestamp": "AAAA"}]});
        bundle["verificationMaterial"]["timestampVerificationData"] = token;
    });
    verify(&bench, 13, &["no-time"]);
}

#[test]
fn promise_08_that_no_state_is_kept_is_said_and_what_is_signed_never_goes_back() {
    let bench = Bench::archive();
    let old = bench.tree("a");
    let said = |outcome: &common::Outcome| not_checked(outcome).contains("rollback: not checked");
    assert!(said(&verify(&bench, 0, &[])));
    assert!(bench.run_in("a", &["verify"]).ok().stdout.contains("rollback: not checked"));
    // An older archive, complete and rightly signed, passes, and still that is said.
    bench.write("a/seeds/one.txt", "newer");
    bench.sign(PRESS, &[]).expect(0, &[]);
    assert_eq!(verify(&bench, 0, &[]).json["collections"][0]["serial"], 2);
    std::fs::remove_dir_all(bench.path("a")).unwrap();
    for (path, bytes) in &old {
        if bytes == b"(folder)" {
            std::fs::create_dir_all(path).unwrap();
        } else {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    assert!(said(&verify(&bench, 0, &[])));
    // What one archive itself can show: a serial without its past, a version that falls.
    bench.write("a/seeds/one.txt", "newer");
    bench.sign(PRESS, &[]).expect(0, &[]);
    std::fs::remove_dir_all(bench.path(&format!("{FOLDER}/history"))).unwrap();
    verify(&bench, 1, &["missing"]);
    bench.edit(POLICY, "version = 1", "version = 3");
    bench.run_in("a", &["policy", "sign", "--key", PRESS]).ok();
    bench.edit(POLICY, "version = 3", "version = 2");
    let signing = bench.json_in("a", &["policy", "sign", "--key", PRESS]);
    signing.expect(15, &["rollback"]);
}

#[test]
fn promise_09_output_is_inert() {
    let bench = Bench::archive();
    let names: [&[u8]; 7] = [
        b"\x1b[2J\x1b]0;title\x07",
        b"line\nfeed\rreturn",
        "right\u{202e}to left\u{2066}".as_bytes(),
        "no\u{200b}width\u{feff}".as_bytes(),
        b"\x9b31m and \xff",
        b"<script>alert(1)&\"'",
        b"=cmd|' C calc'!A0",
    ];
    for name in names {
        std::fs::write(bench.path("a/seeds").join(OsStr::from_bytes(name)), "x").unwrap();
    }
    bench.write("a/seeds/one.txt", "\x1b[31mchanged");
    let key = "\x1b]0;key\u{202e}";
    let runs: [&[&str]; 12] = [
        &["verify"],
        &["verify", "--format", "json"],
        &["verify", "--format", "csv"],
        &["hash", "seeds"],
        &["hash", "seeds", "--format", "json"],
        &["hash", "seeds", "--format", "csv"],
        &["check", "--manifest", "manifests/seeds/SHA256SUMS", "seeds"],
        &["sign", "--key", PRESS],
        &["sign", "--key", PRESS, "--ignore", key],
        &["verify", key],
        &["verify", "--key", key],
        &[key],
    ];
    for arguments in runs {
        let ran = bench.run_in("a", arguments);
        for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            // A list for sha256sum keeps the bytes of names, but for those that it escapes.
            let list = arguments == ["hash", "seeds"] && stream == "stdout";
            let hidden = |c: char| {
                c != '\n' && !(c == '\r' && arguments.contains(&"csv")) && common::is_raw(c)
            };
            assert!(list || !text.contains(hidden), "{arguments:?}, {stream}: {text:?}");
        }
        if arguments.contains(&"json") {
            assert_eq!(ran.stdout.lines().count(), 1);
            serde_json::from_str::<Value>(&ran.stdout).unwrap();
        }
    }
    // A cell of the table is no formula.
    let csv = bench.run_in("a", &["hash", "seeds", "--format", "csv"]).stdout;
    assert!(
        csv.lines().all(|line| !line.trim_start_matches('"').starts_with(['=', '+', '-', '@']))
    );
}

#[test]
fn promise_10_work_has_stated_bounds() {
    let bench = Bench::archive();
    let good = bench.read(BUNDLE);
    let limit = |what: &str| {
        println!("{what}");
        let outcome = bench.json_in("a", &["verify"]);
        assert!(outcome.errors().contains(&"limit".to_owned()), "{what}: {:#}", outcome.json);
    };
    let size = |name: &str, size: u64| {
        let file = std::fs::File::create(bench.path(name));
        file.unwrap().set_len(size).unwrap();
    };
    size(BUNDLE, 16 * 1024 * 1024 + 1);
    limit("a bundle of more than 16 MiB");
    bench.write(BUNDLE, &good);
    for number in 0..64 {
        bench.write(&format!("{MANIFEST}.{number}.sigstore.json"), &good);
    }
    limit("65 bundles");
    (0..64).for_each(|number| bench.remove(&format!("{MANIFEST}.{number}.sigstore.json")));
    let mut envelope: Value = serde_json::from_slice(&envelope_in(&good)).unwrap();
    let one = envelope["signatures"][0].clone();
    envelope["signatures"] = vec![one; 65].into();
    bench.write(&format!("{MANIFEST}.intoto.json"), envelope.to_string());
    limit("65 signatures");
    bench.remove(&format!("{MANIFEST}.intoto.json"));
    bench.write(BUNDLE, "[".repeat(200_000));
    verify(&bench, 3, &["malformed"]);
    bench.write(BUNDLE, &good);
    verify(&bench, 0, &[]);
    let policy = bench.read(POLICY);
    size(POLICY, 4 * 1024 * 1024 + 1);
    limit("a policy of more than 4 MiB");
    bench.write(POLICY, policy);
    let line = format!("{}  {}\n", "0".repeat(64), "x".repeat(200 << 10));
    bench.write("list", line);
    bench.json_in("a", &["check", "--manifest", "../list", "seeds"]).expect(3, &["limit"]);
    let signing = bench.json_in("a", &["sign", "--key", "../list"]);
    assert_eq!(signing.json["verdict"], "refused");
}

#[test]
fn promise_11_a_further_signing_keeps_every_byte_it_does_not_replace() {
    // A kill at any moment and a disk that cannot be written stand in tests/crash.rs; here: what
    // is refused changes nothing, and what is done keeps the old beside the new.
    let bench = Bench::archive_of_two(1);
    let before = bench.tree("a");
    bench.write("a/seeds/one.txt", "newer");
    bench.keygen("stranger");
    bench.sign("../keyring/stranger.key.pem", &[]).expect(11, &["untrusted-key"]);
    bench.sign(PRESS, &[]).expect(0, &[]);
    bench.sign(DESK, &[]).expect(0, &[]);
    let after = bench.tree("a");
    for (path, bytes) in before {
        let now = match path.strip_prefix(bench.path(FOLDER)) {
            Ok(name) if bytes != b"(folder)" => bench.path(FOLDER).join("history/1").join(name),
            Ok(_) | Err(_) => path.clone(),
        };
        let changed = path == bench.path("a/seeds/one.txt");
        assert!(changed || after.get(&now) == Some(&bytes), "{}", path.display());
    }
    let hidden = |path: &PathBuf| path.file_name().unwrap().as_bytes().starts_with(b".");
    assert!(!after.keys().any(hidden), "something temporary stayed");
}

#[test]
fn promise_12_private_keys_are_guarded() {
    let bench = Bench::archive();
    let private = "keyring/press.key.pem";
    let mode = |name: &str| std::fs::metadata(bench.path(name)).unwrap().permissions().mode();
    assert_eq!(mode(private) & 0o777, 0o600);
    // Nothing is overwritten, through a link neither.
    let before = bench.tree("keyring");
    bench.json_in("keyring", &["keygen", "press", "--no-password"]).expect(4, &["io"]);
    assert_eq!(bench.tree("keyring"), before);
    std::os::unix::fs::symlink("elsewhere", bench.path("keyring/link.key.pem")).unwrap();
    bench.json_in("keyring", &["keygen", "link", "--no-password"]).expect(4, &["io"]);
    assert!(!bench.path("keyring/elsewhere").exists());
    // Not where it could be published, and not where it can be read by others.
    bench.json_in("a", &["keygen", "new", "--no-password"]).expect(3, &["unsafe-path"]);
    bench.write("tree/.git/HEAD", "");
    bench.json_in("tree", &["keygen", "new", "--no-password"]).expect(3, &["unsafe-path"]);
    let permissions = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(bench.path(private), permissions).unwrap();
    };
    for mode in [0o640, 0o604, 0o620, 0o660, 0o601] {
        permissions(mode);
        bench.sign(PRESS, &[]).expect(3, &["weak-key"]);
    }
    permissions(0o600);
    // Where a public key is wanted, a private one is refused; and nothing ever prints it.
    let pem = bench.text(private);
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::decode(&body).unwrap();
    let seed = &der[der.len() - 32..];
    let secrets = [body.clone(), base64::encode(seed), vidimus::codec::hex::encode(seed)];
    let (variable, joined) = (pem.clone(), format!("--key={pem}"));
    let misplaced = format!("--policy={pem}");
    for arguments in [
        &["verify", "--key", PRESS][..],
        &["inspect", PRESS],
        &["sign", "--key", PRESS],
        &["sign", "--key", "env:KEY"],
        &["sign", "--key", "env:KEY", "--format", "json"],
        &["verify", "--key", variable.as_str()],
        &["sign", "--key", variable.as_str()],
        &["sign", joined.as_str()],
        &["sign", joined.as_str(), "--format", "json"],
        &["verify", misplaced.as_str()],
        &["verify", misplaced.as_str(), "--format", "json"],
        &["key", "show", PRESS],
        &["hash", PRESS],
    ] {
        let mut command = bench.command("a", arguments);
        let output = command.env("KEY", &pem).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).replace(char::is_whitespace, "");
        // A key that was typed in is not repeated either.
        for secret in &secrets {
            assert!(!said.contains(secret.as_str()), "{arguments:?}: {said}");
        }
    }
    bench.json_in("a", &["verify", "--key", PRESS]).expect(3, &["malformed"]);
}

#[test]
fn promise_13_nothing_inside_a_collection_and_no_variable_loosens_the_policy() {
    let bench = Bench::archive();
    let lenient = "version = 99\nid = \"example.org/test\"\ncollections = []\n";
    let planted = [
        ("SHA256SUMS", ""),
        ("SHA256SUMS.sigstore.json", "{}"),
        (".gitignore", "*"),
        (".ignore", "*"),
        (".vidimusignore", "*"),
        (".gitattributes", "* -text"),
        ("policy.toml", lenient),
        ("keys/policy.toml", lenient),
        ("vidimus.toml", "require-pinned = false"),
    ];
    // Not signed, each is an unexpected file, and covers nothing.
    for (name, text) in planted {
        bench.write(&format!("a/seeds/{name}"), text);
        let outcome = verify(&bench, 1, &["unexpected"]);
        assert_eq!(outcome.finding("unexpected")["path"], format!("seeds/{name}"));
        bench.remove(&format!("a/seeds/{name}"));
    }
    drop(std::fs::remove_dir(bench.path("a/seeds/keys")));
    // Signed, they are documents like any other.
    planted.iter().for_each(|(name, text)| bench.write(&format!("a/seeds/{name}"), text));
    bench.sign(PRESS, &[]).expect(0, &[]);
    let counts = verify(&bench, 0, &[]).json["counts"].clone();
    assert_eq!((&counts["files"], &counts["ignored"]), (&json!(12), &json!(0)));
    bench.write("a/seeds/new.txt", "x");
    verify(&bench, 1, &["unexpected"]);

    // No variable changes the verdict or the trust.
    let plain = bench.run_in("a", &["verify", "--at", "2026-01-31T12:00:00Z"]);
    let policy = bench.path("lenient.toml");
    bench.write("lenient.toml", lenient);
    let mut command = bench.command("a", &["verify", "--at", "2026-01-31T12:00:00Z"]);
    for name in [
        "VIDIMUS_POLICY",
        "VIDIMUS_KEY",
        "VIDIMUS_IGNORE",
        "VIDIMUS_CONFIG",
        "VIDIMUS_ARCHIVE",
        "VIDIMUS_STATE",
        "VIDIMUS_AT",
        "SOURCE_DATE_EPOCH",
        "FAKETIME",
        "TZ",
        "GIT_DIR",
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "SSH_AUTH_SOCK",
        "SSL_CERT_FILE",
    ] {
        command.env(name, &policy);
    }
    let loaded = common::Ran::of(&command.output().unwrap());
    assert_eq!((plain.exit, plain.stdout, plain.stderr), (1, loaded.stdout, loaded.stderr));
    assert_eq!(loaded.exit, 1);
}

#[test]
fn promise_13_no_network_no_child_and_few_variables() {
    // Only `net` can open a connection: the words that could are nowhere else in the source. That
    // no verifying command uses it is shown in tests/faults, in an empty network namespace.
    let mut variables = Vec::new();
    for (path, text) in sources() {
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let code = code.split("#[cfg(test)]").next().unwrap();
        // One module may, for commands that are given a URL or told to listen.
        let network = path.to_string_lossy().contains("src/net/");
        for word in [
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "ToSocketAddrs",
            "AF_INET",
            "rustix::net",
            "Command::new",
        ] {
            let allowed = network && word != "Command::new";
            assert!(allowed || !code.contains(word), "{} has {word}", path.display());
        }
        if !path.ends_with("src/cli/context.rs") {
            assert!(!code.contains("env::var"), "{} reads the environment", path.display());
        }
        let named = code.split("variable(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        variables.extend(named.map(str::to_owned));
    }
    variables.sort();
    assert_eq!(
        variables,
        ["HOME", "NO_COLOR", "SSH_AUTH_SOCK", "TERM", "VIDIMUS_SHA256", "XDG_STATE_HOME"],
        "and env:NAME of --key"
    );
    // Nor is it made of any crate for it but the one that `net` uses (ureq).
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ["reqwest", "hyper", "curl", "attohttpc", "socket2", "mio", "tokio"] {
        assert!(!lock.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file of the library and the program.
fn sources() -> Vec<(PathBuf, String)> {
    let (mut pending, mut found) = (vec![root().join("src")], Vec::new());
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 100, "the sources are not where they were");
    found
}

#[test]
fn promise_14_never_tampered_for_what_could_not_be_read() {
    for code in Code::ALL {
        let (number, verdict) = (code.exit().number(), code.exit().verdict().as_str());
        let expected = match number {
            0 => "passed",
            2 | 3 => "refused",
            4 | 5 => "undecided",
            1 | 10..=15 => "failed",
            other => panic!("{} has exit {other}", code.as_str()),
        };
        assert_eq!(verdict, expected, "{}", code.as_str());
    }
    type Case = (&'static str, fn(&Bench), &'static [&'static str], &'static str);
    let table: [Case; 8] = [
        ("not well-formed", |b| b.write(POLICY, "version = "), &["verify"], "refused"),
        ("too large", |b| b.write(POLICY, vec![b'#'; (4 << 20) + 1]), &["verify"], "refused"),
        ("not supported", |_| {}, &["verify", "--key", "ssh-rsa AAAAB3NzaC1yc2E="], "refused"),
        ("not a regular file", |b| link(b, "a/seeds/l", "one.txt"), &["verify"], "refused"),
        ("a loop", |b| link(b, "a/seeds/l", "l"), &["verify"], "undecided"),
        (
            "no archive",
            |b| std::fs::remove_dir_all(b.path("a/keys")).unwrap(),
            &["verify"],
            "undecided",
        ),
        ("not there", |_| {}, &["verify", "none/SHA256SUMS", "--key", "KEY"], "undecided"),
        ("a usage error", |_| {}, &["verify", "--nonsense"], "refused"),
    ];
    for (what, prepare, arguments, verdict) in table {
        let bench = Bench::archive();
        prepare(&bench);
        let press = bench.public("press");
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|word| if *word == "KEY" { press.as_str() } else { word })
            .collect();
        let outcome = bench.json_in("a", &arguments);
        assert_eq!(outcome.json["verdict"], verdict, "{what}: {:#}", outcome.json);
        let ran = bench.run_in("a", &arguments);
        accuses_nobody(&format!("{}{}", ran.stdout, ran.stderr));
    }
    // Expired is said to be expired.
    let bench = Bench::archive();
    let later = bench
        .text(POLICY)
        .replace("\n# expires", "\nexpires = \"2020-01-01T00:00:00Z\"\n# expires");
    bench.write(POLICY, later);
    bench.resign_policy(PRESS);
    verify(&bench, 12, &["expired"]);
    accuses_nobody(&bench.run_in("a", &["verify"]).stdout);
    for (path, text) in
        sources().into_iter().filter(|(path, _)| path.extension() == Some(OsStr::new("rs")))
    {
        let shown = |line: &&str| line.contains('"') && !line.trim_start().starts_with("//");
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(shown) {
            assert!(!line.to_lowercase().contains("tamper"), "{}: {line}", path.display());
        }
    }
}

fn link(bench: &Bench, name: &str, target: &str) {
    std::os::unix::fs::symlink(target, bench.path(name)).unwrap();
}

fn accuses_nobody(said: &str) {
    for word in ["tamper", "forged", "corrupt", "manipulated", "is not the file that was signed"] {
        assert!(!said.to_lowercase().contains(word), "{word}: {said}");
    }
}

#[test]
fn every_promise_names_tests_that_exist() {
    let page = std::fs::read_to_string(root().join("docs/promises.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line[2..3].parse::<u8>().is_ok())
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let numbers: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let expected: Vec<String> = (1..=14).map(|number: u8| number.to_string()).collect();
    assert_eq!(numbers, expected);
    for row in rows {
        assert_eq!(row.len(), 4, "{row:?}");
        let named: Vec<&str> = row[2].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "promise {} has no test", row[0]);
        for test in named {
            let (file, function) = test.split_once("::").expect("file::function");
            let text = std::fs::read_to_string(root().join(file)).unwrap();
            let there = text.contains(&format!("#[test]\nfn {function}()"));
            assert!(there, "promise {}: {file} has no test {function}", row[0]);
        }
        assert!(row[3].contains("`src/"), "promise {} names no change to the code", row[0]);
    }
    // And every promise of this file stands on the page.
    let own = std::fs::read_to_string(root().join("tests/promises.rs")).unwrap();
    for rest in own.split("#[test]\nfn promise_").skip(1) {
        let name = format!("promise_{}", rest.split('(').next().unwrap());
        assert!(
            page.contains(&format!("`tests/promises.rs::{name}`")),
            "{name} is not on the page"
        );
    }
}
