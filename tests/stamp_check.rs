//! `vidimus stamp check`: what it says of a timestamp that holds and of those that do not.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make, change and run their own files"
)]

mod common;

use common::tsa::{Kind, TestAuthority};
use common::{Bench, Outcome, has_tool};
use vidimus::{digest, timestamp};

/// A token, the file that it is over, and the root of its authority.
fn scene() -> Bench {
    let bench = Bench::new();
    bench.write("t.tsr", include_bytes!("tokens/stamped.tsr"));
    bench.write("t.txt", include_bytes!("tokens/stamped.txt"));
    bench.write("root.pem", include_bytes!("tokens/root.pem"));
    bench
}

fn check(bench: &Bench, more: &[&str]) -> Outcome {
    bench.json_in(".", &[&["stamp", "check", "t.tsr", "t.txt"], more].concat())
}

const ROOT: [&str; 2] = ["--tsa-root", "root.pem"];

#[test]
fn what_is_proven_and_what_is_not_stands_there() {
    let bench = scene();
    let outcome = check(&bench, &ROOT);
    outcome.expect(0, &[]);
    let stamp = &outcome.json["timestamp"];
    assert_eq!(stamp["time"], "2026-11-22T07:27:52Z");
    assert_eq!(stamp["latest"], "2026-11-22T07:27:53Z");
    assert_eq!(stamp["authority"], "CN=test authority,O=example.org");
    assert_eq!(stamp["root"], "CN=test root,O=example.org");
    let imprint = digest::of(digest::Algorithm::Sha256, include_bytes!("tokens/stamped.txt"));
    assert_eq!(stamp["imprint"], imprint.to_string());
    let proven = outcome.json["proven"].as_str().unwrap();
    assert!(
        proven.starts_with("these bytes existed no later than 2026-11-22T07:27:53Z"),
        "{proven}"
    );
    assert_eq!(outcome.json["trust"]["source"], "--tsa-root");
    let text = bench.run_in(".", &[&["stamp", "check", "t.tsr", "t.txt"], &ROOT[..]].concat()).ok();
    for said in ["proven: these bytes", "revoked", "verdict: passed", "CN=test root"] {
        assert!(text.stdout.contains(said), "{said}: {}", text.stdout);
    }
}

#[test]
fn every_refusal_has_its_exit_and_code() {
    let bench = scene();
    let good = bench.read("t.tsr");
    let (last, middle) = (good.len() - 1, good.len() / 2);
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    // The time, three bytes into its year.
    let time = good.windows(4).position(|window| window == b"\x18\x0f20").unwrap() + 5;
    let table = [
        ("signature", changed(last), 13, "bad-signature"),
        ("time", changed(time), 13, "bad-signature"),
        ("trailing byte", [&good[..], &[0]].concat(), 3, "malformed"),
        ("cut", good[..middle].to_vec(), 3, "malformed"),
        ("empty", Vec::new(), 3, "malformed"),
        ("rejection", b"\x30\x05\x30\x03\x02\x01\x02".to_vec(), 13, "no-time"),
        ("length bomb", b"\x30\x84\xff\xff\xff\xff\x30".to_vec(), 3, "malformed"),
        ("too large", vec![0x30; (1 << 20) + 1], 3, "limit"),
    ];
    for (what, bytes, exit, code) in table {
        bench.write("t.tsr", bytes);
        let outcome = check(&bench, &ROOT);
        println!("{what}");
        outcome.expect(exit, &[code]);
        assert!(outcome.json.get("proven").is_none(), "{what}");
        assert_eq!(outcome.finding(code)["path"], "t.tsr");
    }
    bench.write("t.tsr", &good);
    bench.write("t.txt", "Ten people were detained.\n");
    let outcome = check(&bench, &ROOT);
    outcome.expect(13, &["imprint"]);
    assert_ne!(outcome.finding("imprint")["stamped"], outcome.finding("imprint")["found"]);
}

#[test]
fn roots_and_certificates_are_told_apart() {
    if !has_tool("openssl") {
        return;
    }
    let bench = scene();
    let file = bench.read("t.txt");
    let authority = TestAuthority::new(bench.path("own"), Kind::P256Chain);
    let other = TestAuthority::new(bench.path("other"), Kind::P256);
    let request = timestamp::request(&digest::sha256(&file), None, false);
    bench.write("t.tsr", authority.answer(&request));
    let path = |path: std::path::PathBuf| path.display().to_string();
    let (root, chain) = (path(authority.root_pem()), path(authority.chain_pem()));
    let other = path(other.root_pem());
    let table: [(&[&str], i32, &[&str]); 8] = [
        (&["--tsa-root", &root, "--tsa-cert", &chain], 0, &[]),
        (&["--tsa-root", &other, "--tsa-root", &root, "--tsa-cert", &chain], 0, &[]),
        (&["--tsa-root", &root, "--tsa-root", &chain], 0, &[]),
        (&["--tsa-root", &root], 13, &["untrusted-key"]),
        (&["--tsa-root", &other, "--tsa-cert", &chain], 13, &["untrusted-time"]),
        (
            &["--tsa-root", &other, "--tsa-cert", &chain, "--tsa-cert", &root],
            13,
            &["untrusted-time"],
        ),
        (&["--tsa-root", "t.txt", "--tsa-cert", &chain], 3, &["malformed"]),
        (&["--tsa-root", &root, "--tsa-cert", "none"], 4, &["io"]),
    ];
    for (options, exit, codes) in table {
        println!("{options:?}");
        check(&bench, options).expect(exit, codes);
    }
    // A large file is read in pieces, whatever the algorithm.
    let large = std::fs::File::create(bench.path("t.txt")).unwrap();
    large.set_len(40 << 20).unwrap();
    let large = std::fs::read(bench.path("t.txt")).unwrap();
    let request = timestamp::request(&digest::sha256(&large), None, true);
    bench.write("t.tsr", authority.answer(&request));
    check(&bench, &["--tsa-root", &root]).expect(0, &[]);
}
