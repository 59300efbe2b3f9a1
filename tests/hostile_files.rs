//! Trees and lists as an attacker, a broken disk or a busy machine leaves them: nothing hangs,
//! nothing leads out, nothing raw reaches the terminal, and nothing passes that was not read.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests make the trees that they check"
)]

mod common;

use common::{Bench, Outcome, finish, is_raw, on_a_terminal};
use rustix::fs::{CWD, Mode, OFlags};
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use vidimus::digest::{self, Algorithm};

fn fifo(path: &Path) {
    rustix::fs::mkfifoat(CWD, path, Mode::from_bits_truncate(0o600)).unwrap();
}

fn line(name: &str, content: &str) -> String {
    format!("{}  {name}\n", digest::of(Algorithm::Sha256, content.as_bytes()).to_hex())
}

/// Pipe, socket, device, folder: made in the folder above `a`.
fn odd_things(bench: &Bench) -> Vec<String> {
    fifo(&bench.path("fifo"));
    drop(UnixListener::bind(bench.path("socket")).unwrap());
    vec!["fifo".into(), "socket".into(), "/dev/null".into(), "/dev/zero".into(), "keyring".into()]
}

#[test]
fn what_is_no_file_is_refused_wherever_a_file_is_named() {
    let bench = Bench::archive();
    bench.write("rel/f", "x");
    let key = "keyring/press.pub.pem";
    let before_odd = odd_things(&bench);
    let before = bench.tree("");
    for odd in &before_odd {
        let odd = odd.as_str();
        let signer = format!("p={odd}");
        let lines: [&[&str]; 16] = [
            &["hash", odd],
            &["inspect", odd],
            &["key", "show", odd],
            &["check", "--manifest", odd, "rel"],
            &["policy", "import", odd],
            &["policy", "sign", "--archive", "a", "--key", odd],
            &["sign", "rel", "--key", odd],
            &["sign", "rel/f", odd, "--key", "keyring/press.key.pem"],
            &["sign", "rel", "--key", "keyring/press.key.pem", "--password-file", odd],
            &["keygen", "k", "--out", "keyring", "--password-file", odd],
            &["init", "n", "--id", "e.org/x", "--collection", "c", "--signer", &signer],
            &["verify", "--archive", "a", "--key", odd],
            &["verify", "--archive", "a", "--policy", odd],
            &["verify", "rel/f", "--signature", odd, "--key", key],
            &["verify", odd, "--signature", "rel/f", "--key", key],
            &[
                "verify",
                "rel/f",
                "--signature",
                "rel/f",
                "--allowed-signers",
                odd,
                "--identity",
                "x",
            ],
        ];
        for arguments in lines {
            // A folder is what hash takes, and what sign takes if it is the only one.
            if odd == "keyring"
                && ["hash", "sign"].contains(&arguments[0])
                && !arguments.contains(&"--key")
            {
                continue;
            }
            let outcome = bench.json_in("", arguments);
            let usage = odd == "keyring" && arguments.starts_with(&["sign", "rel/f"]);
            if usage {
                outcome.expect(2, &["usage"]);
            } else {
                println!("{arguments:?}");
                outcome.expect(3, &["not-regular"]);
            }
        }
    }
    for odd in before_odd.iter().filter(|odd| *odd != "keyring") {
        for arguments in [
            &["check", odd.as_str()][..],
            &["check", "--manifest", "keyring/press.pub.pem", odd],
            &["verify", "--archive", odd],
            &["man", "--out", odd],
            &["sign", "rel", "--out", odd, "--key", "keyring/press.key.pem"],
            &["keygen", "k", "--no-password", "--out", odd],
        ] {
            let outcome = bench.json_in("", arguments);
            assert!([3, 4].contains(&outcome.exit), "{arguments:?} {:#}", outcome.json);
        }
    }
    assert!(bench.tree("") == before, "something was written");
}

#[test]
fn what_is_no_file_in_a_tree_is_an_error() {
    let add: [(&str, fn(&Bench, &str)); 2] = [
        ("fifo", |b, at| fifo(&b.path(at))),
        ("socket", |b, at| drop(UnixListener::bind(b.path(at)).unwrap())),
    ];
    for (what, add) in add {
        println!("{what}");
        let bench = Bench::archive();
        add(&bench, "a/seeds/odd");
        bench.json_in("a", &["verify"]).expect(3, &["not-regular"]);
        bench.json_in("a", &["hash", "seeds"]).expect(3, &["not-regular"]);
        bench.write("list", line("one.txt", "The council meets on Monday.\n"));
        let check = bench.json_in("", &["check", "--manifest", "list", "a/seeds"]);
        check.expect(3, &["not-regular", "unexpected"]);
        let before = bench.tree("a");
        let sign = bench.json_in("a", &["sign", "--key", "../keyring/press.key.pem"]);
        sign.expect(3, &["not-regular"]);
        assert!(bench.tree("a") == before, "something was written");
        // In the place of a document, and of each file that verify reads.
        for place in [
            "a/seeds/one.txt",
            "a/manifests/seeds/SHA256SUMS",
            "a/manifests/seeds/SHA256SUMS.sigstore.json",
            "a/manifests/seeds/SHA256SUMS.checkpoint",
            "a/keys/policy.toml",
            "a/keys/policy.toml.dsse.json",
        ] {
            let bench = Bench::archive();
            bench.remove(place);
            add(&bench, place);
            let outcome = bench.json_in("a", &["verify"]);
            assert!(
                outcome.errors().contains(&"not-regular".to_owned()),
                "{place} {:#}",
                outcome.json
            );
            assert!(outcome.exit >= 3, "{place}");
        }
    }
}

#[test]
fn symbolic_links() {
    // Target, relative to seeds/; the code.
    let table = [
        ("/etc/hostname", "unsafe-path"),
        ("../../outside", "unsafe-path"),
        ("../keys/policy.toml", "unsafe-path"),
        ("sub/../../../outside", "unsafe-path"),
        ("link", "io"),
        ("one.txt", "not-regular"),
        ("sub", "not-regular"),
        ("nowhere", "not-regular"),
    ];
    for (target, code) in table {
        let bench = Bench::archive();
        bench.write("outside", "secret");
        symlink(target, bench.path("a/seeds/link")).unwrap();
        let outcome = bench.json_in("a", &["verify"]);
        println!("{target}: {:?}", outcome.errors());
        assert!(outcome.errors().contains(&code.to_owned()), "{target}: {:#}", outcome.json);
        assert!(outcome.exit >= 3);
        let before = bench.tree("a");
        let sign = bench.json_in("a", &["sign", "--key", "../keyring/press.key.pem"]);
        assert!(sign.errors().contains(&code.to_owned()), "{target}: {:#}", sign.json);
        assert!(bench.tree("a") == before, "something was written");
        let hashed = bench.json_in("a", &["hash", "seeds"]);
        assert!(hashed.errors().contains(&code.to_owned()), "{target}: {:#}", hashed.json);
        // In the place of a document that was signed, with the very same content.
        let bench = Bench::archive();
        bench.rename("a/seeds/one.txt", "moved.txt");
        symlink(bench.path("moved.txt"), bench.path("a/seeds/one.txt")).unwrap();
        let outcome = bench.json_in("a", &["verify"]);
        assert!(outcome.errors().contains(&"unsafe-path".to_owned()), "{:#}", outcome.json);
    }
    // Every folder and file on the way to what is signed.
    for place in ["a/seeds", "a/keys", "a/manifests", "a/manifests/seeds", "a/seeds/sub"] {
        let bench = Bench::archive();
        bench.rename(place, "moved");
        symlink(bench.path("moved"), bench.path(place)).unwrap();
        let outcome = bench.json_in("a", &["verify"]);
        println!("{place}: {} {:?}", outcome.exit, outcome.errors());
        assert_ne!(outcome.exit, 0, "{place} {:#}", outcome.json);
    }
    // The rule that leaves links out is signed, and what was left out is named.
    let bench = Bench::archive();
    symlink("one.txt", bench.path("a/seeds/link")).unwrap();
    let sign = ["sign", "--symlinks", "skip", "--key", "../keyring/press.key.pem"];
    bench.run_in("a", &sign).ok();
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(0, &[]);
    assert!(outcome.json["not_checked"].to_string().contains("link"), "{:#}", outcome.json);
}

#[test]
fn hostile_lists() {
    let good = line("a", "a");
    let digest = good.split(' ').next().unwrap().to_owned();
    let named = |name: &str| format!("{digest}  {name}\n");
    let table: Vec<(&str, Vec<u8>, i32, &[&str])> = vec![
        ("good", good.clone().into(), 0, &[]),
        ("parent", named("../a").into(), 3, &["unsafe-path"]),
        ("parent inside", named("x/../a").into(), 3, &["unsafe-path"]),
        ("absolute", named("/etc/passwd").into(), 3, &["unsafe-path"]),
        ("NUL", named("a\0b").into(), 3, &["malformed", "unsafe-path"]),
        ("the folder itself", named(".").into(), 3, &["unsafe-path"]),
        ("an empty part", named("x//a").into(), 3, &["unsafe-path"]),
        ("twice the same", [good.clone(), good.clone()].concat().into(), 3, &["malformed"]),
        ("twice, spelt apart", [good.clone(), named("./a")].concat().into(), 3, &["malformed"]),
        ("twice, other digest", [good.clone(), line("a", "b")].concat().into(), 3, &["malformed"]),
        ("garbage", b"garbage\n".to_vec(), 3, &["malformed"]),
        ("garbage after", [good.clone(), "garbage\n".into()].concat().into(), 3, &["malformed"]),
        ("empty", Vec::new(), 3, &["malformed"]),
        ("blank lines", b"\n\n\n".to_vec(), 3, &["malformed"]),
        ("only a comment", b"# nothing\n".to_vec(), 3, &["malformed"]),
        ("a short digest", good.replacen(&digest[..2], "", 1).into(), 3, &["malformed"]),
        ("a long digest", format!("00{good}").into(), 3, &["malformed"]),
        ("no name", format!("{digest}  \n").into(), 3, &["malformed", "unsafe-path"]),
        ("one blank", format!("{digest} a\n").into(), 3, &["malformed"]),
        ("cut in the digest", good.as_bytes()[..40].to_vec(), 3, &["malformed"]),
        ("NUL behind", format!("{good}\0").into(), 3, &["malformed"]),
        ("binary behind", [good.as_bytes(), b"\xff\xfe"].concat(), 3, &["malformed"]),
        ("a huge line", named(&"x/".repeat(80_000)).into(), 3, &["limit"]),
        ("a huge line of nothing", " ".repeat(1 << 20).into(), 3, &["limit", "malformed"]),
        ("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect(), 3, &["malformed"]),
        ("a bad escape", format!("\\{digest}  a\\x\n").into(), 3, &["malformed"]),
        ("a cut escape", format!("\\{digest}  a\\\n").into(), 3, &["malformed"]),
        ("MD5 among SHA-256", format!("{good}{}  b\n", "0".repeat(32)).into(), 3, &["malformed"]),
    ];
    for (what, list, exit, codes) in table {
        let bench = Bench::new();
        bench.write("tree/a", "a");
        bench.write("SHA256SUMS", &list);
        let before = bench.tree("");
        let outcome = bench.json_in("", &["check", "--manifest", "SHA256SUMS", "tree"]);
        let errors = outcome.errors();
        assert_eq!(outcome.exit, exit, "{what}: {:#}", outcome.json);
        assert!(errors.iter().all(|code| codes.contains(&&**code)), "{what}: {errors:?}");
        bench.run_in("", &["inspect", "SHA256SUMS"]);
        assert!(bench.tree("") == before);
        // The same as a manifest that is signed over: it never passes.
        let bench = Bench::archive();
        bench.write("a/manifests/seeds/SHA256SUMS", &list);
        assert_ne!(bench.json_in("a", &["verify"]).exit, 0, "{what}");
    }
}

/// Names that a terminal, a reader or a shell could be fooled by.
const NAMES: [&[u8]; 14] = [
    b"line\nfeed",
    b"carriage\rreturn",
    b"\x1b[31mred\x1b]0;title\x07",
    b"tab\there",
    "gnp.\u{202e}txt".as_bytes(),
    "\u{2066}isolate\u{2069}".as_bytes(),
    "zero\u{200b}width".as_bytes(),
    "c1\u{9b}31m".as_bytes(),
    b"\xff\xfe not UTF-8",
    b"\xc3",
    b"back\\slash",
    b"-rf",
    b"=cmd|x",
    b"\x7f",
];

fn inert(bytes: &[u8], what: &str) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{what}: not UTF-8"));
    let bad = |c: char| c != '\n' && c != '\r' && is_raw(c);
    assert!(!text.chars().any(bad), "{what}: {text:?}");
    assert!(!text.replace("\r\n", "").contains('\r'), "{what}: {text:?}");
}

#[test]
fn nothing_raw_reaches_the_terminal() {
    let bench = Bench::archive();
    let at = |name: &[u8]| bench.path("a/seeds").join(OsStr::from_bytes(name));
    for name in NAMES {
        std::fs::write(at(name), "x").unwrap();
    }
    let verify: &[&[u8]] = &[b"verify"];
    let all = |stage: &str| {
        let mut runs: Vec<Vec<&[u8]>> = vec![
            verify.to_vec(),
            vec![b"check", b"--manifest", b"manifests/seeds/SHA256SUMS", b"seeds"],
        ];
        // What is typed is refused or looked up in the same way at every stage.
        for name in NAMES.into_iter().filter(|_| stage == "signed") {
            for command in [&b"inspect"[..], b"verify", b"check", b"--", b"--bogus"] {
                runs.push(vec![command, name]);
            }
            runs.push(vec![b"hash", b"--algorithm", name, b"x"]);
            runs.push(vec![b"key", b"show", name]);
            runs.push(vec![b"sign", name, b"--key", name]);
            runs.push(vec![b"verify", b"--key", name, b"--threshold", name]);
            runs.push(vec![b"verify", b"--allowed-signers", name, b"--identity", name]);
            runs.push(vec![b"verify", b"--at", name]);
            runs.push(vec![b"verify", b"--policy", name]);
            runs.push(vec![b"verify", b"--archive", name]);
            runs.push(vec![b"keygen", name, b"--no-password"]);
            runs.push(vec![
                b"init",
                b"new",
                b"--id",
                name,
                b"--collection",
                name,
                b"--signer",
                name,
            ]);
            runs.push(vec![
                b"sign",
                b"--key",
                b"../keyring/press.key.pem",
                b"--out",
                b"../out",
                name,
            ]);
        }
        for arguments in runs {
            for format in [&b"text"[..], b"json", b"csv"] {
                let mut arguments: Vec<&OsStr> =
                    arguments.iter().map(|a| OsStr::from_bytes(a)).collect();
                // In front, because what follows `--` is no option.
                arguments.insert(0, OsStr::from_bytes(format));
                arguments.insert(0, OsStr::new("--format"));
                let output = finish(&mut bench.command("a", &arguments));
                let what = format!("{stage} {arguments:?}");
                assert!(output.status.code().is_some(), "{what}: no exit code");
                inert(&output.stdout, &what);
                inert(&output.stderr, &what);
            }
        }
    };
    // As unexpected files; then signed; then changed, missing and moved.
    all("unexpected");
    bench.run_in("a", &["sign", "--key", "../keyring/press.key.pem"]).ok();
    bench.json_in("a", &["verify"]).expect(0, &[]);
    all("signed");
    for (number, name) in NAMES.iter().enumerate() {
        match number % 3 {
            0 => std::fs::write(at(name), "y").unwrap(),
            1 => std::fs::remove_file(at(name)).unwrap(),
            _ => std::fs::rename(at(name), at(&[name, &b"2"[..]].concat())).unwrap(),
        }
    }
    all("changed");
    // What is data for another tool, such as the list of `hash`, keeps the names as they are,
    // with the escapes that sha256sum has for them.
    let hashed = finish(&mut bench.command("a", &["hash", "seeds"])).stdout;
    assert!(hashed.windows(7).any(|window| window == b"line\\nf"));
}

#[test]
fn a_terminal_gets_no_raw_names_from_data_either() {
    let bench = Bench::new();
    for name in NAMES {
        bench.write("tree/x", "");
        let name = bench.path("tree").join(OsStr::from_bytes(name));
        std::fs::write(name, "x").unwrap();
    }
    for arguments in [&["hash", "tree"][..], &["hash", "tree", "none\u{1b}[31m"]] {
        // Without colours there is not one escape sequence of our own either.
        let mut command = bench.command("", arguments);
        command.env("NO_COLOR", "1").env("TERM", "xterm");
        let Some(seen) = on_a_terminal(&mut command) else { return };
        inert(&seen, "hash on a terminal");
        assert!(String::from_utf8_lossy(&seen).contains("\\x1b[31mred"));
    }
    // To a file the bytes are what sha256sum reads.
    let output = finish(&mut bench.command("", &["hash", "tree"]));
    assert!(output.stdout.windows(8).any(|window| window == b"\x1b[31mred"));
}

#[test]
fn text_in_evidence_is_inert_too() {
    let nasty = "\u{1b}[31m\u{202e}x\u{9b}";
    let bench = Bench::archive();
    bench.write("f", "x");
    let escaped: String = nasty.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let envelope = |payload_type: &str| {
        format!(
            r#"{{"payload":"eA==","payloadType":"{payload_type}","signatures":[{{"sig":"AA==","keyid":"{escaped}"}}]}}"#
        )
    };
    bench.write("dsse", envelope("application/vnd.in-toto+json"));
    bench.write("type", envelope(&escaped));
    bench.write("bundle", format!(r#"{{"mediaType":"{escaped}","verificationMaterial":{{}}}}"#));
    bench.write("member", format!(r#"{{"mediaType":"x","{escaped}":1}}"#));
    bench.write("minisig", format!("untrusted comment: {nasty}\nx\ntrusted comment: {nasty}\ny\n"));
    bench.write("pub", format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop {nasty}\n"));
    bench.write("type.pub", format!("{nasty} AAAA\n"));
    bench.write("list", format!("zz{nasty}\n"));
    bench.write("toml", format!("version = 1\n\"{nasty}\" = 2\n"));
    bench.write("note", format!("{nasty}\n\n— x AAAA\n"));
    let good = "../keyring/press.pub.pem";
    let table: [&[&str]; 17] = [
        &["verify", "../f", "--signature", "../dsse", "--key", good],
        &["verify", "../f", "--signature", "../type", "--key", good],
        &["verify", "../f", "--signature", "../bundle", "--key", good],
        &["verify", "../f", "--signature", "../member", "--key", good],
        &["verify", "../f", "--signature", "../minisig", "--key", good],
        &["verify", "--key", "../pub"],
        &["verify", "--key", "../type.pub"],
        &["verify", "--policy", "../toml"],
        &["key", "show", "../pub"],
        &["inspect", "../pub"],
        &["inspect", "../dsse"],
        &["inspect", "../type"],
        &["inspect", "../minisig"],
        &["inspect", "../toml"],
        &["inspect", "../note"],
        &["check", "--manifest", "../list", "seeds"],
        &["policy", "import", "../list"],
    ];
    for arguments in table {
        for format in ["text", "json", "csv"] {
            let output = finish(bench.command("a", arguments).args(["--format", format]));
            inert(&output.stdout, &format!("{arguments:?}"));
            inert(&output.stderr, &format!("{arguments:?}"));
        }
    }
}

/// Makes folders one in the other until the path is longer than the system takes at once, with
/// a file at the end; gives the length of its path.
fn deep(root: &Path, depth: usize) -> usize {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut folder = rustix::fs::openat(CWD, root, flags, Mode::empty()).unwrap();
    let name = "d".repeat(200);
    for _ in 0..depth {
        rustix::fs::mkdirat(&folder, &*name, Mode::from_bits_truncate(0o755)).unwrap();
        folder = rustix::fs::openat(&folder, &*name, flags, Mode::empty()).unwrap();
    }
    let write = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&folder, "end", write, Mode::from_bits_truncate(0o644)).unwrap();
    rustix::io::write(file, b"deep").unwrap();
    depth * (name.len() + 1) + 3
}

#[test]
fn paths_longer_than_the_system_takes() {
    let bench = Bench::archive();
    let length = deep(&bench.path("a/seeds"), 40);
    assert!(length > 8000);
    bench.json_in("a", &["verify"]).expect(1, &["unexpected"]);
    bench.run_in("a", &["sign", "--key", "../keyring/press.key.pem"]).ok();
    let outcome = bench.json_in("a", &["verify"]);
    outcome.expect(0, &[]);
    assert_eq!(outcome.json["counts"]["files"], 4);
    let hashed = bench.json_in("a", &["hash", "seeds"]);
    hashed.expect(0, &[]);
    let longest = |file: &serde_json::Value| file["path"].as_str().unwrap().len();
    assert!(hashed.json["files"].as_array().unwrap().iter().any(|f| longest(f) > length));
    // Past our own bound it is refused, and not walked for ever.
    let bench = Bench::archive();
    deep(&bench.path("a/seeds"), 400);
    let outcome = bench.json_in("a", &["verify"]);
    assert!(outcome.errors().contains(&"limit".to_owned()), "{:?}", outcome.errors());
    assert!(outcome.exit >= 3);
    let sign = bench.json_in("a", &["sign", "--key", "../keyring/press.key.pem"]);
    sign.expect(3, &["limit"]);
}

/// Runs `disturb` over and over in another thread while `run` runs.
fn while_disturbed<T>(disturb: impl Fn() + Send + Sync, run: impl FnOnce() -> T) -> T {
    let (stop, started) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                disturb();
                started.store(true, Ordering::Relaxed);
            }
        });
        while !started.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        let result = run();
        stop.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn a_file_that_changes_while_it_is_read_never_passes() {
    let bench = Bench::archive();
    // Holes cost no space, and take a while to hash.
    let big = bench.path("a/seeds/big");
    let size = 64 << 20;
    std::fs::File::create(&big).unwrap().set_len(size).unwrap();
    bench.run_in("a", &["sign", "--key", "../keyring/press.key.pem"]).ok();
    bench.json_in("a", &["verify"]).expect(0, &[]);
    bench.write("list", {
        let list = finish(&mut bench.command("a/seeds", &["hash", "."])).stdout;
        String::from_utf8(list).unwrap()
    });
    let append = || {
        let mut file = OpenOptions::new().append(true).open(&big).unwrap();
        file.write_all(b"x").unwrap();
    };
    // Writes the bytes that are there already: same length, same content, another time.
    let touch = || {
        let file = OpenOptions::new().write(true).open(&big).unwrap();
        std::os::unix::fs::FileExt::write_at(&file, b"\0", 5).unwrap();
    };
    let shrink = || {
        let file = OpenOptions::new().write(true).open(&big).unwrap();
        file.set_len(size - 1).unwrap();
        file.set_len(size).unwrap();
    };
    let runs: [&[&str]; 3] = [
        &["verify", "--archive", "a"],
        &["check", "--manifest", "list", "a/seeds"],
        &["hash", "a/seeds"],
    ];
    let disturbances: [(&str, &(dyn Fn() + Send + Sync)); 3] =
        [("append", &append), ("touch", &touch), ("shrink", &shrink)];
    for (what, disturb) in disturbances {
        for arguments in runs {
            let reset = std::fs::File::options().write(true).open(&big).unwrap();
            reset.set_len(size).unwrap();
            // On a busy machine the other thread may rest while the file is read; what was never
            // disturbed may pass, except where every disturbance leaves other bytes.
            let mut tries = 0;
            loop {
                let outcome = while_disturbed(disturb, || bench.json_in("", arguments));
                println!("{what} {arguments:?}: {} {:?}", outcome.exit, outcome.errors());
                let listed = what == "append" && arguments[0] != "hash";
                assert!(!listed || outcome.exit != 0, "{:#}", outcome.json);
                tries += 1;
                if outcome.errors() == ["changed-while-reading"] || tries == 20 {
                    outcome.expect(4, &["changed-while-reading"]);
                    break;
                }
            }
        }
        let before = bench.tree("a/manifests");
        let sign = ["sign", "--archive", "a", "--key", "keyring/press.key.pem"];
        let outcome = while_disturbed(disturb, || bench.json_in("", &sign));
        if outcome.exit != 0 {
            outcome.expect(4, &["changed-while-reading"]);
            assert!(bench.tree("a/manifests") == before, "something was written");
        }
    }
}

#[test]
fn files_that_come_and_go_are_never_called_read() {
    let bench = Bench::archive();
    let (here, away) = (bench.path("a/seeds/two.txt"), bench.path("two.txt"));
    let flicker = || {
        std::fs::rename(&here, &away).unwrap();
        std::fs::rename(&away, &here).unwrap();
    };
    for _ in 0..20 {
        let outcome = while_disturbed(flicker, || bench.json_in("a", &["verify"]));
        let counts = &outcome.json["counts"];
        let known = ["missing", "io", "changed-while-reading"];
        assert!(outcome.errors().iter().all(|code| known.contains(&&**code)), "{:#}", outcome.json);
        assert_eq!(outcome.exit == 0, counts["unchanged"] == 3, "{:#}", outcome.json);
    }
    // Not there at all, and a whole folder.
    bench.remove("a/seeds/two.txt");
    bench.json_in("a", &["verify"]).expect(1, &["missing"]);
    std::fs::remove_dir_all(bench.path("a/seeds")).unwrap();
    bench.json_in("a", &["verify"]).expect(1, &["missing"]);
}

#[test]
fn what_cannot_be_read_is_no_pass() {
    let bench = Bench::archive();
    // Root reads everything, so the program runs as somebody else then, from where they may.
    let root = rustix::process::geteuid().is_root();
    let program = bench.path("vidimus");
    std::fs::copy(env!("CARGO_BIN_EXE_vidimus"), &program).unwrap();
    let set = |name: &str, mode| {
        let mode = PermissionsExt::from_mode(mode);
        std::fs::set_permissions(bench.path(name), mode).unwrap();
    };
    // Another test may be starting a program while this one is written; it lets go at once.
    let busy = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ExecutableFileBusy;
    while std::process::Command::new(&program).arg("-V").output().is_err_and(|error| busy(&error)) {
        std::thread::yield_now();
    }
    set("", 0o755);
    let run = || {
        let mut command = std::process::Command::new(&program);
        command.args(["verify", "--format", "json"]).current_dir(bench.path("a")).env_clear();
        if root {
            command.uid(65_534).gid(65_534);
        }
        Outcome::of(&finish(&mut command))
    };
    run().expect(0, &[]);
    let table = [
        ("a/seeds/one.txt", 0o644, 4),
        ("a/seeds/sub", 0o755, 4),
        ("a/seeds", 0o755, 4),
        ("a/manifests/seeds/SHA256SUMS.checkpoint", 0o644, 4),
        ("a/manifests", 0o755, 4),
        ("a/keys", 0o755, 4),
        ("a/keys/policy.toml.dsse.json", 0o644, 4),
        ("a/manifests/seeds/SHA256SUMS", 0o644, 4),
        ("a/manifests/seeds/SHA256SUMS.sigstore.json", 0o644, 4),
    ];
    for (place, mode, exit) in table {
        set(place, 0);
        let outcome = run();
        set(place, mode);
        println!("{place}: {} {:?}", outcome.exit, outcome.errors());
        assert!(outcome.errors().contains(&"io".to_owned()), "{place}: {:#}", outcome.json);
        assert_eq!(outcome.exit, exit, "{place}");
    }
    run().expect(0, &[]);
}
