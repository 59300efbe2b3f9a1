//! The whole chain: a collection is signed, stamped by two authorities, logged, and the log is
//! cosigned by two witnesses; a copied folder verifies offline, and with each link broken in turn
//! the code of that link is given. Needs `openssl` for the authorities.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and make their own files, and stop at the first surprise"
)]

mod common;

use common::tsa::{Kind, TestAuthority, serve};
use common::witness::Served;
use common::{Bench, Outcome};
use serde_json::Value;
use std::net::SocketAddr;
use vidimus::codec::{base64, hex};
use vidimus::digest;

const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const PROOF: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json.tlog-proof";
const POLICY: &str = "a/keys/policy.toml";
const KEY: &str = "../keyring/press.key.pem";
const LOG_KEY: &str = "../keyring/log.key.pem";

/// Everything that takes part.
struct Chain {
    bench: Bench,
    witnesses: [Served; 2],
    authorities: [SocketAddr; 2],
}

impl Chain {
    /// An archive whose policy requires everything; nothing is stamped or published yet.
    fn new() -> Self {
        let bench = Bench::archive();
        bench.keygen("log");
        let log = bench.json_in("a", &["log", "init", "--key", LOG_KEY]).json;
        let log = log["vkey"].as_str().unwrap();
        let witnesses = ["w.example/one", "w.example/two"]
            .map(|name| bench.serve_as(&format!("state-of{}", &name[9..]), name, &[log]));
        let authorities =
            [("first", Kind::P256Chain), ("second", Kind::Rsa)].map(|(name, kind)| {
                let authority = TestAuthority::new(bench.path(&format!("tsa/{name}")), kind);
                bench.write(
                    &format!("a/keys/{name}.pem"),
                    std::fs::read(authority.root_pem()).unwrap(),
                );
                serve(authority)
            });
        let chain = Self { bench, witnesses, authorities };
        chain.require_everything(log);
        chain
    }

    /// Version 2 of the policy, signed.
    fn require_everything(&self, log: &str) {
        let bench = &self.bench;
        let witness = |place: usize| {
            let served = &self.witnesses[place];
            format!("witness w{place} {} http://{}\n", served.vkey, served.address)
        };
        let authority = |name: &str| {
            let sha256 = hex::encode(&digest::sha256(&bench.read(&format!("a/keys/{name}.pem"))));
            format!(
                "[[time-authority]]\nname = \"{name}\"\nroot-file = \"{name}.pem\"\nsha256 = \"{sha256}\"\n"
            )
        };
        bench.edit(POLICY, "version = 1", "version = 2");
        bench.edit(POLICY, "require = []", "require = [\"timestamp\", \"log\", \"witness\"]");
        let tlog = format!(
            "time-threshold = 2\ntlog = \"\"\"\nlog {log}\n{}{}group both all w0 w1\nquorum both\n\"\"\"\n",
            witness(0),
            witness(1)
        );
        bench.edit(
            POLICY,
            "[[signer]]",
            &format!("{tlog}{}{}[[signer]]", authority("first"), authority("second")),
        );
        self.run(&["policy", "sign", "--key", KEY]);
    }

    fn run(&self, arguments: &[&str]) {
        self.bench.run_in("a", arguments).ok();
    }

    fn verify(&self) -> Outcome {
        self.bench.json_in("a", &["verify"])
    }

    /// Signs, stamps, publishes and proves.
    fn forge(&self) {
        let [first, second] = self.authorities.map(|address| format!("http://{address}/"));
        self.run(&["sign", "--key", KEY]);
        self.run(&["stamp", "--tsa", &first, "--tsa", &second]);
        self.run(&["log", "checkpoint", "--key", LOG_KEY, "--witnesses"]);
        self.run(&["log", "prove"]);
    }

    /// Changes a file, verifies, and puts it back.
    fn broken(&self, file: &str, change: impl FnOnce(&[u8]) -> Vec<u8>) -> (i32, Vec<String>) {
        let before = self.bench.read(file);
        self.bench.write(file, change(&before));
        let outcome = self.verify();
        self.bench.write(file, before);
        (outcome.exit, outcome.errors())
    }
}

/// Changes the timestamps of a bundle.
fn stamps(bundle: &[u8], change: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(bundle).unwrap();
    let data = &mut value["verificationMaterial"]["timestampVerificationData"];
    change(data["rfc3161Timestamps"].as_array_mut().unwrap());
    format!("{value}\n").into_bytes()
}

fn token(value: &Value) -> Vec<u8> {
    base64::decode(value["signedTimestamp"].as_str().unwrap()).unwrap()
}

/// Changes one line of a text.
fn lines(bytes: &[u8], change: impl FnOnce(&mut Vec<String>)) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    (lines.join("\n") + "\n").into_bytes()
}

#[test]
fn signed_stamped_logged_witnessed_and_verified_offline_from_a_copy() {
    if !common::has_tool("openssl") {
        return;
    }
    let chain = Chain::new();
    chain.verify().expect(14, &["inclusion", "no-time", "quorum"]);
    chain.forge();
    let outcome = chain.verify();
    outcome.expect(0, &[]);
    let signer = outcome.json["signers"].as_array().unwrap().iter();
    let signer = signer.filter(|row| !row["proven"].is_null()).collect::<Vec<_>>();
    assert_eq!(signer.len(), 1, "{:#}", outcome.json);
    let kinds: Vec<&str> = signer[0]["proofs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["timestamp", "timestamp", "log", "witness", "witness"]);

    // The links, each broken alone.
    let (bundle, proof) = (chain.bench.read(BUNDLE), chain.bench.read(PROOF));
    let other = base64::encode(include_bytes!("tokens/stamped.tsr"));
    let flip = |value: &mut Value, from_end: usize| {
        let mut bytes = token(value);
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        value["signedTimestamp"] = base64::encode(&bytes).into();
    };
    let table: Vec<(&str, &str, Vec<u8>, i32, &[&str])> = vec![
        ("no timestamp", BUNDLE, stamps(&bundle, Vec::clear), 13, &["no-time"]),
        ("one of two", BUNDLE, stamps(&bundle, |list| list.truncate(1)), 13, &["no-time"]),
        (
            "one authority twice",
            BUNDLE,
            stamps(&bundle, |list| list[1] = list[0].clone()),
            13,
            &["no-time"],
        ),
        (
            "a signature of the authority",
            BUNDLE,
            stamps(&bundle, |list| flip(&mut list[1], 3)),
            13,
            &["bad-signature"],
        ),
        (
            "a timestamp of something else",
            BUNDLE,
            stamps(&bundle, |list| list[0]["signedTimestamp"] = other.into()),
            13,
            &["imprint"],
        ),
        (
            "bytes after a timestamp",
            BUNDLE,
            stamps(&bundle, |list| {
                let bytes = [token(&list[0]), vec![0]].concat();
                list[0]["signedTimestamp"] = base64::encode(&bytes).into();
            }),
            3,
            &["malformed"],
        ),
        (
            "another place in the log",
            PROOF,
            lines(&proof, |lines| lines[1] = "index 1".to_owned()),
            14,
            &["inclusion"],
        ),
        (
            "no witness",
            PROOF,
            lines(&proof, |lines| lines.truncate(lines.len() - 2)),
            14,
            &["quorum"],
        ),
        (
            "one witness of two",
            PROOF,
            lines(&proof, |lines| lines.truncate(lines.len() - 1)),
            14,
            &["quorum"],
        ),
        (
            "a witness that did not sign this",
            PROOF,
            lines(&proof, |lines| {
                let last = lines.last_mut().unwrap();
                let (head, blob) = last.rsplit_once(' ').unwrap();
                let mut blob = base64::decode(blob).unwrap();
                *blob.last_mut().unwrap() ^= 1;
                *last = format!("{head} {}", base64::encode(&blob));
            }),
            14,
            &["bad-signature"],
        ),
        (
            "a checkpoint of another root",
            PROOF,
            lines(&proof, |lines| {
                let place = lines.iter().position(|line| line.ends_with("/log")).unwrap();
                lines[place + 2] = base64::encode(&[0; 32]);
            }),
            14,
            &["bad-signature"],
        ),
    ];
    for (what, file, changed, exit, codes) in table {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        assert_eq!(chain.broken(file, |_| changed), (exit, codes), "{what}");
    }
    let (exit, codes) = chain.broken("a/seeds/one.txt", |_| b"changed".to_vec());
    assert_eq!((exit, codes), (1, vec!["digest-mismatch".to_owned()]));
    chain.bench.rename(PROOF, "elsewhere");
    chain.verify().expect(14, &["inclusion", "quorum"]);
    chain.bench.rename("elsewhere", PROOF);
    chain.verify().expect(0, &[]);

    // A copy of the folder needs nobody: the witnesses are dead, and nothing listens.
    let Chain { bench, mut witnesses, .. } = chain;
    witnesses.iter_mut().for_each(Served::kill);
    copy(&bench.path("a"), &bench.path("copy"));
    let sha256 = hex::encode(&digest::sha256(&bench.read(POLICY)));
    let pinned = ["verify", "--policy-sha256", &sha256, "--require-pinned"];
    bench.json_in("copy", &pinned).expect(0, &[]);
    // Long after every key of the archive has run out, what was proven stays proven.
    let later = [&pinned[..], &["--at", "2050-01-01T00:00:00Z"]].concat();
    bench.json_in("copy", &later).expect(0, &[]);
    one_file_alone(&bench, &sha256);
}

/// One file's proof, on a machine that has neither the archive nor the network.
fn one_file_alone(bench: &Bench, sha256: &str) {
    bench.run_in("a", &["prove", "seeds/sub/three.txt", "--pack", "../pack"]).ok();
    copy(&bench.path("pack"), &bench.path("far/away"));
    std::fs::remove_dir_all(bench.path("a")).unwrap();
    std::fs::remove_dir_all(bench.path("copy")).unwrap();
    let verify = ["verify", "three.txt", "--proof", "evidence/three.txt.tlog-proof"];
    let alone = bench.json_in("far/away", &verify);
    alone.expect(0, &[]);
    assert_eq!(alone.json["trust"]["pinned"], false);
    let pinned = [&verify[..], &["--policy-sha256", sha256, "--require-pinned"]].concat();
    let outcome = bench.json_in("far/away", &pinned);
    outcome.expect(0, &[]);
    assert_eq!(outcome.json["proof"]["signed_name"], "sub/three.txt");
    let page = bench.text("far/away/READ-ME-FIRST.html");
    assert!(page.contains(sha256) && page.contains("no later than"), "{page}");
    bench.flip("far/away/three.txt", 0);
    bench.json_in("far/away", &pinned).expect(1, &["digest-mismatch"]);
    bench.flip("far/away/three.txt", 0);
    let proof = "far/away/evidence/three.txt.tlog-proof";
    let before = bench.text(proof);
    let index = before.lines().find(|line| line.starts_with("index ")).unwrap().to_owned();
    bench.write(
        proof,
        before.replace(&index, if index == "index 0" { "index 1" } else { "index 0" }),
    );
    bench.json_in("far/away", &pinned).expect(14, &["inclusion"]);
    bench.write(proof, &before);
    // The statement of another tree beside the proof.
    bench.edit("far/away/evidence/SHA256SUMS.sigstore.json", "\"sig\":\"", "\"sig\":\"AAAA");
    let broken = bench.json_in("far/away", &pinned);
    broken.expect(10, &["bad-signature"]);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
