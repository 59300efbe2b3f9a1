//! Keys as other people hand them over: the wrong half, the wrong mode, weak, unknown, missing,
//! written out. Nothing hangs, nothing is overwritten, and no private key is ever printed.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests make their own keys"
)]

mod common;

use common::{Bench, Outcome, finish};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use vidimus::codec::{base64, hex};

/// The encodings of the points of small order, and non-canonical ones (y >= p), with the code.
fn bad_points() -> Vec<([u8; 32], &'static str)> {
    let hex = |text: &str| hex::decode_array(text.as_bytes()).unwrap();
    let mut points = vec![
        ([0; 32], "weak-key"),
        (hex("0100000000000000000000000000000000000000000000000000000000000000"), "weak-key"),
        (hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), "weak-key"),
        (hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "weak-key"),
        (hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "weak-key"),
        (hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"), "weak-key"),
        (hex("0000000000000000000000000000000000000000000000000000000000000080"), "weak-key"),
        // y = 2 is on no point of the curve.
        (hex("0200000000000000000000000000000000000000000000000000000000000000"), "malformed"),
    ];
    // y = p + k for a few k: another spelling of y = k.
    for k in 3..19_u8 {
        let mut point = [0xff; 32];
        (point[0], point[31]) = (0xed_u8.wrapping_add(k), 0x7f);
        points.push((point, "malformed"));
    }
    points
}

/// A point in every form in which a key is given: the argument or the file of `--key`.
fn forms(point: &[u8; 32]) -> Vec<String> {
    let blob = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], point].concat();
    let spki = [&hex::decode(b"302a300506032b6570032100").unwrap()[..], point].concat();
    let minisign = base64::encode(&[&b"Ed12345678"[..], point].concat());
    vec![
        format!("ed25519:{}", hex::encode(point)),
        format!("ed25519:{}", base64::encode(point)),
        format!("ssh-ed25519 {} comment", base64::encode(&blob)),
        minisign.clone(),
        format!("untrusted comment: minisign public key\n{minisign}\n"),
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            base64::encode(&spki)
        ),
    ]
}

#[test]
fn weak_and_non_canonical_points_are_refused_in_every_form() {
    let bench = Bench::archive();
    let refuse = |arguments: &[&str], codes: &[&str], what: &str| {
        let outcome = bench.json_in("a", arguments);
        let errors = outcome.errors();
        assert_eq!(outcome.exit, 3, "{what}: {:#}", outcome.json);
        assert!(errors.len() == 1 && codes.contains(&&*errors[0]), "{what}: {errors:?}");
    };
    let mut refused = 0;
    for (point, code) in bad_points() {
        // A small-order point in a non-canonical spelling may be called either.
        let codes: &[&str] =
            if code == "weak-key" { &["weak-key"] } else { &["weak-key", "malformed"] };
        for form in forms(&point) {
            let what = format!("{} {form}", hex::encode(&point));
            if !form.contains('\n') {
                refuse(&["verify", "--key", &form], codes, &what);
                refuse(&["key", "show", &form], codes, &what);
            }
            bench.write("bad.pub", &form);
            refuse(&["verify", "--key", "../bad.pub"], codes, &what);
            refused += 1;
        }
        let blob = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &point].concat();
        bench.write("list", format!("me ssh-ed25519 {}\n", base64::encode(&blob)));
        let list = ["verify", "--allowed-signers", "../list", "--identity", "me"];
        refuse(&list, codes, "allowed_signers");
        // In the policy, as the only change.
        let policy = bench.text("a/keys/policy.toml");
        let key = policy.lines().find(|line| line.starts_with("key = ")).unwrap();
        let bad = format!("key = \"ed25519:{}\"", base64::encode(&point));
        bench.write("a/keys/policy.toml", policy.replace(key, &bad));
        refuse(&["verify"], codes, "policy key");
        bench.write("a/keys/policy.toml", policy);
        refused += 2;
    }
    println!("{refused} keys refused");
    bench.json_in("a", &["verify"]).expect(0, &[]);
}

#[test]
fn public_keys_that_are_none() {
    let bench = Bench::archive();
    let rsa =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDGJ7xNq0vF4G0u7Yk0mZ0b0M2xW5v4lX7w0m1i2W0uQw==";
    let p384 = "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAAADAQID";
    let spki = |oid: &str| {
        // SEQUENCE { SEQUENCE { OID, NULL }, BIT STRING }
        let text = base64::encode(&hex::decode(oid.as_bytes()).unwrap());
        let (line, rest) = text.split_at(text.len().min(64));
        format!("-----BEGIN PUBLIC KEY-----\n{line}\n{rest}").trim_end().to_owned()
            + "\n-----END PUBLIC KEY-----\n"
    };
    let table: [(String, i32, &str); 13] = [
        (rsa.into(), 3, "unsupported"),
        (p384.into(), 3, "unsupported"),
        ("ssh-dss AAAAB3NzaC1kc3M=".into(), 3, "unsupported"),
        // rsaEncryption
        (spki("301a300d06092a864886f70d01010105000309003006020101020103"), 3, "unsupported"),
        // id-ecPublicKey over secp384r1, secp256k1
        (spki("3016301006072a8648ce3d020106052b8104002203020004"), 3, "unsupported"),
        (spki("3016301006072a8648ce3d020106052b8104000a03020004"), 3, "unsupported"),
        // X25519, Ed448
        (spki(&format!("302a300506032b656e032100{}", "42".repeat(32))), 3, "unsupported"),
        (spki(&format!("3043300506032b6571033a00{}", "42".repeat(57))), 3, "unsupported"),
        (String::new(), 3, "malformed"),
        ("hello\n".into(), 3, "malformed"),
        ("# only a comment\n".into(), 3, "malformed"),
        ("ed25519:zz\n".into(), 3, "malformed"),
        ("#\n".repeat(40_000), 3, "limit"),
    ];
    for (text, exit, code) in table {
        bench.write("k.pub", &text);
        let shown = &text[..text.len().min(60)];
        println!("{shown}");
        bench.json_in("a", &["verify", "--key", "../k.pub"]).expect(exit, &[code]);
    }
    bench.json_in("a", &["verify", "--key", "."]).expect(3, &["not-regular"]);
    bench.json_in("a", &["verify", "--key", ""]).expect(4, &["io"]);
    bench.json_in("a", &["verify", "--key", "/dev/null"]).expect(3, &["not-regular"]);
}

#[test]
fn the_wrong_half_is_refused_and_never_printed() {
    let bench = Bench::archive();
    bench.write("rel/f", "x");
    let private = bench.text("keyring/press.key.pem");
    let body = private.lines().nth(1).unwrap().to_owned();
    let seed = &base64::decode(&body).unwrap()[16..];
    let secrets = [body.clone(), hex::encode(seed), base64::encode(seed)];
    // A secret key of minisign: it begins as a public one does.
    let minisign = format!("RW{}", "Q".repeat(210));
    bench.write("secret.key", format!("untrusted comment: secret key\n{minisign}\n"));
    let before = bench.tree("");
    let equals = format!("--key={private}");
    let table: [(&[&str], i32, &str); 13] = [
        (&["verify", "--key", "keyring/press.key.pem"], 3, "malformed"),
        (&["verify", "--key", "secret.key"], 3, "malformed"),
        (&["verify", "--key", &minisign], 3, "weak-key"),
        (&["verify", "--key", &body], 3, "weak-key"),
        (&["verify", &equals], 3, "weak-key"),
        (&["verify", "--key", &private], 3, "weak-key"),
        (&["sign", "rel", &equals], 3, "weak-key"),
        (&["sign", "rel", "--key", &private], 3, "weak-key"),
        (&["sign", "rel", "--key", &body], 3, "weak-key"),
        (&["key", "show", &private], 3, "weak-key"),
        (&["key", "show", &body], 3, "weak-key"),
        (&["sign", "rel", "--key", "keyring/press.pub.pem"], 3, "malformed"),
        (
            &[
                "init",
                "n",
                "--id",
                "e.org/x",
                "--collection",
                "c",
                "--signer",
                "p=keyring/press.key.pem",
            ],
            3,
            "malformed",
        ),
    ];
    for (arguments, exit, code) in table {
        for format in [&[][..], &["--format", "json"], &["--format", "csv"]] {
            let ran = bench.run_in("", &[arguments, format].concat());
            let shown = ran.stdout + &ran.stderr;
            assert_eq!(ran.exit, exit, "{arguments:?} {shown}");
            assert!(shown.contains(code), "{arguments:?}: {shown}");
            for secret in secrets.iter().chain([&minisign]) {
                assert!(!shown.contains(&**secret), "{arguments:?} prints the key: {shown}");
            }
        }
    }
    assert!(bench.tree("") == before, "something was written");
}

#[test]
fn a_private_key_that_others_can_read_is_weak() {
    let bench = Bench::archive();
    bench.write("rel/f", "x");
    let before = bench.tree("rel");
    let path = bench.path("keyring/press.key.pem");
    let set = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    let sign = ["sign", "rel", "--key", "keyring/press.key.pem"];
    for mode in [0o644, 0o640, 0o604, 0o620, 0o660, 0o601] {
        set(mode);
        bench.json_in("", &sign).expect(3, &["weak-key"]);
        let policy = ["policy", "sign", "--archive", "a", "--key", "keyring/press.key.pem"];
        bench.json_in("", &policy).expect(3, &["weak-key"]);
        assert!(bench.tree("rel") == before);
    }
    set(0o600);
    bench.write("password", "secret\n");
    let encrypted = ["keygen", "locked", "--out", "keyring", "--password-file", "password"];
    bench.json_in("", &encrypted).expect(3, &["weak-key"]);
    bench.json_in("", &sign).expect(0, &[]);
}

#[test]
fn passwords() {
    let bench = Bench::archive();
    bench.write("rel/f", "x");
    let before = bench.tree("rel");
    for (name, text) in
        [("right", "correct horse\nsecond line\n"), ("wrong", "incorrect\n"), ("empty", "\n")]
    {
        bench.write(name, text);
        let private = PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(bench.path(name), private).unwrap();
    }
    let keygen = ["keygen", "locked", "--out", "keyring", "--password-file"];
    bench.json_in("", &[&keygen[..], &["empty"]].concat()).expect(3, &["malformed"]);
    bench.json_in("", &[&keygen[..], &["none"]].concat()).expect(4, &["io"]);
    bench.run_in("", &[&keygen[..], &["right"]].concat()).ok();
    assert!(bench.text("keyring/locked.key.pem").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY"));
    let sign = ["sign", "rel", "--key", "keyring/locked.key.pem"];
    // No terminal: refused at once, not asked.
    bench.json_in("", &sign).expect(2, &["usage"]);
    bench.json_in("", &["keygen", "k", "--out", "keyring"]).expect(2, &["usage"]);
    let with = |file: &str| bench.json_in("", &[&sign[..], &["--password-file", file]].concat());
    let wrong = with("wrong");
    assert_eq!(wrong.exit, 3, "{:#}", wrong.json);
    assert!(wrong.json["findings"][0]["message"].as_str().unwrap().contains("password"));
    with("empty").expect(3, &["malformed"]);
    with("none").expect(4, &["io"]);
    assert!(bench.tree("rel") == before, "something was written");
    with("right").expect(0, &[]);
}

#[test]
fn keys_from_the_environment_and_from_descriptors() {
    let bench = Bench::archive();
    bench.write("rel/f", "x");
    let before = bench.tree("rel");
    let sign = |key: &str, value: Option<&str>| {
        let mut command = bench.command("", &["sign", "rel", "--format", "json", "--key", key]);
        if let Some(value) = value {
            command.env("RELEASE_KEY", value);
        }
        Outcome::of(&finish(&mut command))
    };
    sign("env:RELEASE_KEY", None).expect(2, &["usage"]);
    sign("env:", None).expect(2, &["usage"]);
    sign("env:RELEASE_KEY", Some("")).expect(3, &["malformed"]);
    sign("env:RELEASE_KEY", Some("hello")).expect(3, &["malformed"]);
    for key in ["fd:", "fd:x", "fd:-1", "fd:1.0", "fd:99999999999999999999"] {
        sign(key, None).expect(3, &["malformed"]);
    }
    sign("fd:999", None).expect(4, &["io"]);
    // Standard input is empty here.
    sign("fd:0", None).expect(3, &["malformed"]);
    sign("agent:SHA256:x", None).expect(2, &["usage"]);
    assert!(bench.tree("rel") == before, "something was written");
    let pem = bench.text("keyring/press.key.pem");
    sign("env:RELEASE_KEY", Some(&pem)).expect(0, &[]);
    // As a shell does it: `vidimus sign --key fd:0 < keyfile`.
    let file = std::fs::File::open(bench.path("keyring/press.key.pem")).unwrap();
    let mut command = bench.command("", &["sign", "rel", "--format", "json", "--key", "fd:0"]);
    Outcome::of(&finish(command.stdin(OwnedFd::from(file)))).expect(0, &[]);
    // A pipe that stays open in another process is waited for, and then read to its end.
    let (reader, mut writer) = std::io::pipe().unwrap();
    assert!(reader.as_raw_fd() > 2);
    let late = std::thread::spawn(move || std::io::Write::write_all(&mut writer, pem.as_bytes()));
    let mut command = bench.command("", &["sign", "rel", "--format", "json", "--key", "fd:0"]);
    Outcome::of(&finish(command.stdin(OwnedFd::from(reader)))).expect(0, &[]);
    late.join().unwrap().unwrap();
}

/// A run that died between the two files left a private key alone; the next one ends its work.
#[test]
fn keygen_gives_a_lone_private_key_its_public_half() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("keyring/password", "correct horse\n");
    bench.write("keyring/other", "battery staple\n");
    for name in ["password", "other"] {
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(bench.path("keyring").join(name), mode).unwrap();
    }
    let locked = ["keygen", "locked", "--password-file"];
    bench.run_in("keyring", &[&locked[..], &["password"]].concat()).ok();
    for (again, key) in [
        (&["keygen", "press", "--no-password"][..], "press"),
        (&["keygen", "locked", "--password-file", "password"], "locked"),
    ] {
        let before = bench.tree("keyring");
        bench.remove(&format!("keyring/{key}.pub.pem"));
        // Under another password, or without one where there was one, it is not the same run.
        let otherwise = match key {
            "press" => vec!["keygen", key, "--password-file", "password"],
            _ => vec!["keygen", key, "--password-file", "other"],
        };
        bench.json_in("keyring", &otherwise).expect(4, &["io"]);
        bench.run_in("keyring", again).ok();
        assert!(bench.tree("keyring") == before, "{key}");
    }
    bench.remove("keyring/locked.pub.pem");
    bench.json_in("keyring", &["keygen", "locked", "--no-password"]).expect(4, &["io"]);
    assert!(!bench.path("keyring/locked.pub.pem").exists());
}

#[test]
fn keygen_makes_private_files_and_overwrites_nothing() {
    let bench = Bench::new();
    bench.keygen("press");
    let mode = |name: &str| std::fs::metadata(bench.path(name)).unwrap().permissions().mode();
    assert_eq!(mode("keyring/press.key.pem") & 0o7777, 0o600);
    assert_eq!(mode("keyring/press.pub.pem") & 0o7133, 0);
    let again = |codes: &[&str], exit: i32| {
        let before = bench.tree("keyring");
        bench.json_in("keyring", &["keygen", "press", "--no-password"]).expect(exit, codes);
        assert!(bench.tree("keyring") == before);
    };
    again(&["io"], 4);
    // One of the two is there: the other is not left behind alone.
    bench.remove("keyring/press.key.pem");
    again(&["io"], 4);
    bench.remove("keyring/press.pub.pem");
    std::os::unix::fs::symlink("/nowhere/x", bench.path("keyring/press.key.pem")).unwrap();
    again(&["io"], 4);
    std::fs::create_dir(bench.path("keyring/press.pub.pem")).unwrap();
    again(&["io"], 4);
}

#[test]
fn keygen_refuses_names_and_places() {
    let bench = Bench::archive();
    bench.write("tree/.git/HEAD", "ref: refs/heads/main\n");
    bench.write("tree/deep/er/file", "");
    bench.write("worktree/.git", "gitdir: /elsewhere\n");
    std::os::unix::fs::symlink("tree/deep", bench.path("link")).unwrap();
    let before = bench.tree("");
    for place in [
        "a",
        "a/seeds",
        "a/seeds/sub",
        "a/keys",
        "tree",
        "tree/deep/er",
        "worktree",
        "link",
        "a/../tree",
        "tree/.git",
    ] {
        let arguments = ["keygen", "k", "--no-password", "--out", place];
        println!("{place}");
        bench.json_in("", &arguments).expect(3, &["unsafe-path"]);
    }
    for name in [
        "",
        ".",
        "..",
        "../k",
        "a/b",
        "/k",
        "-k",
        ".k",
        "k\n",
        "k\u{1b}[31m",
        "k\u{202e}",
        "k k",
        &"k".repeat(129),
    ] {
        let arguments = ["keygen", "--no-password", "--out", "keyring", "--", name];
        let ran = bench.run_in("", &arguments);
        assert_eq!(ran.exit, 3, "{name:?} {}", ran.stderr);
        assert!(ran.stderr.contains("error[unsafe-path]"), "{}", ran.stderr);
    }
    assert!(bench.tree("") == before, "something was written");
}

#[test]
fn thresholds_and_keys_given_twice() {
    let bench = Bench::archive();
    bench.keygen("other");
    let line = bench.run_in("keyring", &["key", "show", "press.pub.pem"]).ok().stdout;
    let form = |name: &str| {
        let line = line.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        line[name.len()..].trim().to_owned()
    };
    let (press, other) = ("../keyring/press.pub.pem", "../keyring/other.pub.pem");
    let (literal, openssh, minisign) = (form("key"), form("openssh"), form("minisign"));
    let table: [(&[&str], Option<&str>, i32, &[&str]); 15] = [
        (&[press], None, 0, &[]),
        (&[press], Some("1"), 0, &[]),
        (&[press, other], Some("1"), 0, &[]),
        (&[press, other], Some("2"), 11, &["threshold"]),
        (&[press], Some("2"), 11, &["threshold"]),
        // The same key in five spellings is one key.
        (&[press, press, &literal, &openssh, &minisign], Some("2"), 11, &["threshold"]),
        (&[press, press, &literal, &openssh, &minisign], Some("1"), 0, &[]),
        (&[press], Some("18446744073709551615"), 11, &["threshold"]),
        (&[press], Some("0"), 3, &["malformed"]),
        (&[press], Some("-1"), 3, &["malformed"]),
        (&[press], Some("abc"), 3, &["malformed"]),
        (&[press], Some(""), 3, &["malformed"]),
        (&[press], Some("01"), 3, &["malformed"]),
        (&[press], Some("+1"), 3, &["malformed"]),
        (&[press], Some("18446744073709551616"), 3, &["malformed"]),
    ];
    for (keys, threshold, exit, codes) in table {
        let mut arguments = vec!["verify".to_owned()];
        keys.iter().for_each(|key| arguments.extend(["--key".to_owned(), (*key).to_owned()]));
        arguments.extend(threshold.map(|number| format!("--threshold={number}")));
        println!("{arguments:?}");
        bench.json_in("a", &arguments).expect(exit, codes);
    }
    // Apart from the option, as people type it.
    let typed = ["verify", "--key", press, "--threshold", "-1"];
    bench.json_in("a", &typed).expect(3, &["malformed"]);
    bench.json_in("a", &["verify", "--threshold", "1"]).expect(2, &["usage"]);
}
