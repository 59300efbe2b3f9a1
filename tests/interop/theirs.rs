//! What others sign, we verify.

use crate::common::{Bench, Outcome, Ran};
use crate::pairs::{Need, Pairs, interop, spoil};
use crate::tool::{self, openssl_envelope, openssl_sign, output, run};
use serde_json::json;
use std::process::Stdio;
use vidimus::codec::base64;
use vidimus::digest;

const FILE: &str = "report.txt";
const TEXT: &str = "Nine people were detained.\n";
const KIND: &str = "application/vnd.in-toto+json";

/// Our verdict on a signature over the report.
fn verify(bench: &Bench, signature: &str, keys: &[&str]) -> Outcome {
    bench.json_in(".", &[&["verify", FILE, "--signature", signature], keys].concat())
}

/// A key pair `NAME.pem`, `NAME.pub.pem` by openssl.
fn openssl_key(bench: &Bench, name: &str, options: &[&str]) -> (String, String) {
    let (private, public) = (format!("{name}.pem"), format!("{name}.pub.pem"));
    output(bench, ".", "openssl", &[&["genpkey", "-out", &private], options].concat());
    output(bench, ".", "openssl", &["pkey", "-in", &private, "-pubout", "-out", &public]);
    (private, public)
}

/// What `openssl genpkey` takes for the two kinds of keys.
const ED25519: [&str; 2] = ["-algorithm", "ed25519"];
const P256: [&str; 4] = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

#[test]
fn openssl_envelopes_are_verified() {
    interop("openssl_envelopes_are_verified", &[Need::Tool("openssl")], |bench, pairs| {
        bench.write(FILE, TEXT);
        for (name, options) in [("ed25519", &ED25519[..]), ("p256", &P256)] {
            let (private, public) = openssl_key(bench, name, options);
            let payload = tool::statement(FILE, TEXT.as_bytes());
            let sig = openssl_sign(bench, &tool::pae(KIND, &payload), &private);
            let file = format!("{name}.json");
            let envelope = json!({
                "payload": base64::encode(&payload),
                "payloadType": KIND,
                "signatures": [{ "sig": base64::encode(&sig) }],
            });
            bench.write(&file, envelope.to_string());
            pairs.agree(
                bench,
                name,
                || openssl_envelope(bench, &file, &public),
                || verify(bench, &file, &["--key", &public]),
                &[
                    spoil(&file, ("\"payload\":\"", 20), 10, &["bad-signature"]),
                    spoil(&file, ("\"sig\":\"", 20), 10, &["bad-signature"]),
                    spoil(&file, ("vnd.in-", 1), 10, &["payload-type"]),
                ],
            );
        }
    });
}

/// A bundle with a plain key and a signature over the file itself, as cosign writes with P-256.
fn message_bundle(hint: &str, sig: &[u8]) -> String {
    let digest = base64::encode(&digest::sha256(TEXT.as_bytes()));
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": hint }, "tlogEntries": [] },
        "messageSignature": {
            "messageDigest": { "algorithm": "SHA2_256", "digest": digest },
            "signature": base64::encode(sig),
        },
    })
    .to_string()
}

#[test]
fn openssl_message_bundles_are_verified() {
    let needs = [Need::Tool("openssl"), Need::Tool("node"), Need::NodeModules];
    interop("openssl_message_bundles_are_verified", &needs, |bench, pairs| {
        bench.write(FILE, TEXT);
        let (private, public) = openssl_key(bench, "p256", &P256);
        let hint = tool::shown(bench, &public, "key-id");
        let sig = openssl_sign(bench, TEXT.as_bytes(), &private);
        bench.write("bundle.json", message_bundle(&hint, &sig));
        pairs.agree(
            bench,
            "P-256 by openssl, verified by @sigstore/verify",
            || tool::sigstore(bench, &["bundle.json", &hint, &public, FILE]),
            || verify(bench, "bundle.json", &["--key", &public]),
            &[
                spoil(FILE, ("", 3), 1, &["digest-mismatch"]),
                spoil("bundle.json", ("\"signature\":\"", 20), 10, &["bad-signature"]),
            ],
        );
    });
}

#[test]
fn ssh_keygen_signatures_are_verified() {
    interop("ssh_keygen_signatures_are_verified", &[Need::Tool("ssh-keygen")], |bench, pairs| {
        for kind in ["ed25519", "ecdsa"] {
            bench.write(FILE, TEXT);
            output(bench, ".", "ssh-keygen", &["-q", "-t", kind, "-N", "", "-C", "me", "-f", kind]);
            let public = format!("{kind}.pub");
            let line = bench.text(&public);
            bench.write("list", format!("press@example.org namespaces=\"file,statement\" {line}"));
            for space in ["file", "statement"] {
                ssh_pairs(bench, pairs, kind, &public, space);
            }
        }
    });
}

fn ssh_pairs(bench: &Bench, pairs: &mut Pairs, private: &str, public: &str, space: &str) {
    output(bench, ".", "ssh-keygen", &["-Y", "sign", "-f", private, "-n", space, FILE]);
    bench.rename("report.txt.sig", "signature");
    let identity = "press@example.org";
    let theirs =
        |identity, space| tool::ssh_verify(bench, "list", (identity, space), [FILE, "signature"]);
    let ours = |identity, space| {
        let who = ["--allowed-signers", "list", "--identity", identity, "--namespace", space];
        verify(bench, "signature", &who)
    };
    let with_key = |space| verify(bench, "signature", &["--key", public, "--namespace", space]);
    // The last letters of the armour before the padding and the last line stand for the signature.
    let length = bench.read("signature").len();
    let spoils = || {
        [
            spoil(FILE, ("", 3), 10, &["bad-signature"]),
            spoil("signature", ("", length - 50), 10, &["bad-signature"]),
        ]
    };
    let what = format!("{private}, namespace {space}, ");
    let list = format!("{what}by the list");
    pairs.agree(bench, &list, || theirs(identity, space), || ours(identity, space), &spoils());
    let key = format!("{what}by --key");
    pairs.agree(bench, &key, || theirs(identity, space), || with_key(space), &spoils());
    let (their, our) = (theirs("other@example.org", space), ours("other@example.org", space));
    pairs.refuse(&format!("{what}another identity"), &their, &our, 11, &["untrusted-key"]);
    let (their, our) = (theirs(identity, "git"), ours(identity, "git"));
    pairs.refuse(&format!("{what}another namespace"), &their, &our, 10, &["namespace"]);
}

#[test]
fn minisign_signatures_are_verified() {
    interop("minisign_signatures_are_verified", &[Need::Tool("minisign")], |bench, pairs| {
        bench.write(FILE, TEXT);
        output(bench, ".", "minisign", &["-G", "-W", "-p", "key.pub", "-s", "key.sec"]);
        let line = bench.text("key.pub").lines().nth(1).unwrap().to_owned();
        let made = |flags: &[&str]| {
            let sign = ["-S", "-m", FILE, "-x", "sig", "-s", "key.sec", "-t", "seen on Monday"];
            output(bench, ".", "minisign", &[&sign, flags].concat());
        };
        let theirs =
            || run(bench, ".", "minisign", &["-V", "-m", FILE, "-x", "sig", "-p", "key.pub"]);
        let spoils = || {
            [
                spoil(FILE, ("", 3), 10, &["bad-signature"]),
                spoil("sig", ("\n", 40), 10, &["bad-signature"]),
                spoil("sig", ("\ntrusted comment: ", 2), 10, &["bad-signature"]),
            ]
        };
        made(&[]);
        for (what, key) in [("the key file", "key.pub"), ("the key itself", line.as_str())] {
            pairs.agree(bench, what, theirs, || verify(bench, "sig", &["--key", key]), &spoils());
        }
        made(&["-l"]);
        let legacy = ["--key", "key.pub", "--allow-legacy-minisign"];
        pairs.agree(bench, "legacy, allowed", theirs, || verify(bench, "sig", &legacy), &spoils());
        let ours = verify(bench, "sig", &["--key", "key.pub"]);
        pairs.refuse_here_only("legacy", &theirs(), &ours, 3, &["unsupported"]);
    });
}

#[test]
fn signify_signatures_are_refused() {
    let needs = [Need::Tool("signify-openbsd")];
    interop("signify_signatures_are_refused", &needs, |bench, pairs| {
        let signify = |arguments: &[&str]| run(bench, ".", "signify-openbsd", arguments);
        bench.write(FILE, TEXT);
        signify(&["-G", "-n", "-p", "key.pub", "-s", "key.sec"]).ok();
        signify(&["-S", "-s", "key.sec", "-m", FILE, "-x", "sig"]).ok();
        let theirs = || signify(&["-V", "-p", "key.pub", "-m", FILE, "-x", "sig"]);
        let ours = || verify(bench, "sig", &["--key", "key.pub"]);
        pairs.refuse_here_only("signify", &theirs(), &ours(), 3, &["malformed"]);
        bench.flip(FILE, 3);
        pairs.refuse("signify, a flipped byte", &theirs(), &ours(), 3, &["malformed"]);
    });
}

/// An agent of the test's own, ended with the test.
struct Agent(std::process::Child);

impl Agent {
    fn start(bench: &Bench) -> Self {
        let mut agent = tool::command(bench, ".", "ssh-agent");
        let child = agent.args(["-D", "-a", "agent"]).stdout(Stdio::null()).spawn();
        let agent = Self(child.expect("an agent"));
        for _ in 0..500 {
            if bench.path("agent").exists() {
                return agent;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("no agent after ten seconds");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn with_agent(bench: &Bench, program: &str, arguments: &[&str]) -> Ran {
    let mut command = tool::command(bench, ".", program);
    command.args(arguments).env("SSH_AUTH_SOCK", bench.path("agent"));
    Ran::of(&command.output().expect("it runs"))
}

#[test]
fn ssh_agent_signs_for_us() {
    let tools = ["ssh-agent", "ssh-add", "ssh-keygen", "openssl", "minisign"].map(Need::Tool);
    interop("ssh_agent_signs_for_us", &tools, |bench, pairs| {
        for name in ["held", "other"] {
            let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name];
            output(bench, ".", "ssh-keygen", &arguments);
        }
        let _agent = Agent::start(bench);
        with_agent(bench, "ssh-add", &["-q", "held"]).ok();
        let fingerprint = output(bench, ".", "ssh-keygen", &["-lf", "held.pub"]);
        let fingerprint = fingerprint.split(' ').nth(1).unwrap().to_owned();
        let line = bench.text("held.pub").trim_end().to_owned();
        for (folder, which) in [("line", line), ("fingerprint", fingerprint)] {
            bench.write(&format!("{folder}/one.txt"), TEXT);
            let key = format!("agent:{which}");
            let program = env!("CARGO_BIN_EXE_vidimus");
            let sign = ["sign", folder, "--key", &key, "--also", "minisign,sshsig,dsse"];
            with_agent(bench, program, &sign).ok();
            crate::keys::signed_pairs(bench, pairs, folder, "held.pub");
        }
        let other = bench.text("other.pub");
        let key = format!("agent:{}", other.trim_end());
        bench.write("unsigned/one.txt", TEXT);
        let program = env!("CARGO_BIN_EXE_vidimus");
        let sign = ["sign", "unsigned", "--key", &key, "--format", "json"];
        let ran = with_agent(bench, program, &sign);
        let ours = Outcome { exit: ran.exit, json: serde_json::from_str(&ran.stdout).unwrap() };
        // With the public half alone, ssh-keygen asks the agent too.
        let arguments = ["-Y", "sign", "-f", "other.pub", "-n", "file", "unsigned/one.txt"];
        bench.remove("other");
        let theirs = with_agent(bench, "ssh-keygen", &arguments);
        pairs.refuse("a key that the agent does not hold", &theirs, &ours, 4, &["io"]);
        assert!(!bench.path("unsigned/SHA256SUMS").exists());
    });
}
