//! One file out of a collection: its proof, what becomes of a changed one, and the pack that
//! verifies alone.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::tsa::{Kind, TestAuthority, serve};
use common::{Bench, DESK, Outcome, PRESS, Ran, finish};
use std::fmt::Write as _;
use std::process::Command;
use vidimus::codec::{base64, hex};
use vidimus::digest::sha256;
use vidimus::envelope::checkpoint::Checkpoint;
use vidimus::envelope::note::{self, Verifier};
use vidimus::key::SigningKey;
use vidimus::merkle::TreeHasher;

const POLICY: &str = "a/keys/policy.toml";
const PROOF: &str = "far/proof";

/// An archive, and a proof of its second file of three in a folder of its own, with the policy.
fn proven() -> Bench {
    let bench = Bench::archive();
    bench.write("far/file", bench.read("a/seeds/sub/three.txt"));
    let prove = ["prove", "seeds/sub/three.txt", "--out", "../far/proof"];
    bench.run_in("a", &prove).ok();
    bench.write("policy.toml", bench.read(POLICY));
    bench
}

fn verify(bench: &Bench) -> Outcome {
    let arguments = ["verify", "file", "--proof", "proof", "--policy", "../policy.toml"];
    bench.json_in("far", &arguments)
}

/// What a verification that passes says.
fn facts(outcome: &Outcome) -> [serde_json::Value; 3] {
    ["proof", "signers", "thresholds"].map(|name| outcome.json[name].clone())
}

/// How many lines the long list has.
fn lines() -> u64 {
    let full = std::env::var_os("VIDIMUS_LARGE").is_some();
    if full { 1_000_000 } else { 50_000 }
}

/// A checkpoint over lines, signed.
fn checkpoint(key: &SigningKey, origin: &str, list: &str) -> Vec<u8> {
    let mut tree = TreeHasher::new();
    list.lines().for_each(|line| tree.push_leaf(line.as_bytes()));
    let size = list.lines().count() as u64;
    let head =
        Checkpoint { origin: origin.to_owned(), size, root: tree.root(), extensions: Vec::new() };
    let verifier = Verifier::new(origin, key.public().clone()).unwrap();
    note::sign(head.print().as_bytes(), &verifier, &mut |bytes| key.sign(bytes)).unwrap().print()
}

#[test]
fn one_of_a_million_files_is_proven_in_a_page_of_text_and_little_memory() {
    let bench = Bench::archive();
    let key = SigningKey::from_seed(&[7; 32]);
    bench.edit(POLICY, &bench.public("press"), &key.public().to_string());
    let count = lines();
    let name = |number: u64| format!("{number:07}.txt");
    let list: String = (0..count).fold(String::new(), |mut list, number| {
        let digest = hex::encode(&sha256(name(number).as_bytes()));
        writeln!(list, "{digest}  {}", name(number)).unwrap();
        list
    });
    bench.write("a/manifests/seeds/SHA256SUMS", &list);
    let signed = checkpoint(&key, "example.org/test/seeds/1", &list);
    bench.write("a/manifests/seeds/SHA256SUMS.checkpoint", signed);
    for number in [0, count / 3, count - 1] {
        let file = name(number);
        bench.write(&format!("a/seeds/{file}"), &file);
        // Less data than the list is long (it has 78 bytes a line): nothing grows with it.
        let line = format!(
            "ulimit -d 3500; exec '{}' prove seeds/{file} --out ../{file}.proof",
            env!("CARGO_BIN_EXE_vidimus")
        );
        let mut prove = Command::new("sh");
        Ran::of(&finish(prove.args(["-c", &line]).current_dir(bench.path("a")).env_clear())).ok();
        let proof = bench.read(&format!("{file}.proof"));
        assert!(proof.len() < 1500, "{}", proof.len());
        if number == count / 3 {
            common::say(&format!("proof for one of {count} files: {} bytes", proof.len()));
        }
        let single = format!("{file}.proof");
        let verify = ["verify", &format!("a/seeds/{file}"), "--proof", &single, "--policy", POLICY];
        let outcome = bench.json_in("", &verify);
        outcome.expect(0, &[]);
        assert_eq!(outcome.json["proof"]["lines"], count);
        assert_eq!(outcome.json["proof"]["line"], number + 1);
        bench.remove(&format!("a/seeds/{file}"));
    }
}

#[test]
fn every_changed_byte_of_a_proof_is_refused() {
    let bench = proven();
    let good = verify(&bench);
    good.expect(0, &[]);
    let proof = bench.read(PROOF);
    for at in 0..proof.len() {
        for bit in [1, 0x20] {
            let mut changed = proof.clone();
            changed[at] ^= bit;
            bench.write(PROOF, &changed);
            let outcome = verify(&bench);
            if outcome.exit == 0 {
                assert_eq!(facts(&outcome), facts(&good), "byte {at}");
            }
            assert!([0, 1, 3, 10, 11, 14].contains(&outcome.exit), "{at}: {:#}", outcome.json);
        }
    }
    for cut in [1, 10, 100, proof.len()] {
        bench.write(PROOF, &proof[..proof.len() - cut]);
        assert_ne!(verify(&bench).exit, 0, "{cut}");
    }
    bench.write(PROOF, [&proof[..], b"\n"].concat());
    assert_ne!(verify(&bench).exit, 0);
}

#[test]
fn what_a_proof_is_about_is_what_it_says() {
    let bench = proven();
    // The name of the file here decides nothing: the content was signed under another.
    let outcome = verify(&bench);
    outcome.expect(0, &[]);
    assert_eq!(outcome.json["proof"]["signed_name"], "sub/three.txt");
    assert!(outcome.json["not_checked"].to_string().contains("every other file"));
    let proof = bench.text(PROOF);
    let swap = |from: &str, to: &str| {
        assert!(proof.contains(from), "{proof}");
        bench.write(PROOF, proof.replacen(from, to, 1));
        verify(&bench)
    };
    // Another file than the proof's.
    bench.write("far/file", bench.read("a/seeds/one.txt"));
    verify(&bench).expect(1, &["digest-mismatch"]);
    bench.write("far/file", bench.read("a/seeds/sub/three.txt"));
    // The line of another file, with this one's hashes.
    let extra = proof.lines().find(|line| line.starts_with("extra ")).unwrap().to_owned();
    let one = bench.text("a/manifests/seeds/SHA256SUMS");
    let one = base64::encode(one.lines().next().unwrap().as_bytes());
    swap(&extra, &format!("extra {one}")).expect(14, &["inclusion"]);
    swap(&(extra.clone() + "\n"), "").expect(3, &["malformed"]);
    // Two lines in one, and a line of no list.
    for bad in ["a  b\nc  d", "nothing", ""] {
        let bad = format!("extra {}", base64::encode(bad.as_bytes()));
        assert_eq!(swap(&extra, &bad).exit, 3, "{bad}");
    }
    // Where the checkpoint is of another archive, collection or serial, its signature fails too.
    let origin = "example.org/test/seeds/1";
    for other in ["example.org/best/seeds/1", "example.org/test/other/1", "example.org/test/seeds"]
    {
        swap(origin, other).expect(10, &["origin"]);
    }
    swap(origin, "example.org/test/seeds/01").expect(10, &["origin"]);
    assert_eq!(swap(origin, "example.org/test/seeds/2").exit, 11);
    bench.write(PROOF, &proof);
    verify(&bench).expect(0, &[]);
    // Nobody's signature, and a stranger's.
    let signature = proof.lines().find(|line| line.starts_with('\u{2014}')).unwrap().to_owned();
    assert_ne!(swap(&(signature + "\n"), "").exit, 0);
    bench.write(PROOF, &proof);
    bench.keygen("other");
    let policy = bench.text("policy.toml");
    bench.write("policy.toml", policy.replace(&bench.public("press"), &bench.public("other")));
    verify(&bench).expect(11, &["untrusted-key"]);
    bench.write("policy.toml", policy.replace("example.org/test", "example.org/best"));
    verify(&bench).expect(10, &["origin"]);
    bench.write("policy.toml", policy.replace("threshold = 1", "threshold = 2"));
    verify(&bench).expect(11, &["threshold"]);
}

#[test]
fn a_proof_of_what_is_not_as_signed_is_not_made() {
    let bench = Bench::archive();
    let prove = |file: &str| {
        let outcome = bench.json_in("a", &["prove", file, "--out", "../p"]);
        assert_eq!(bench.path("p").exists(), outcome.exit == 0, "{file}");
        outcome
    };
    bench.write("a/seeds/new.txt", "new");
    prove("seeds/new.txt").expect(1, &["unexpected"]);
    bench.write("a/seeds/one.txt", "changed");
    prove("seeds/one.txt").expect(1, &["digest-mismatch"]);
    prove("seeds/none.txt").expect(4, &["io"]);
    assert_eq!(prove("seeds/../seeds/two.txt").exit, 3);
    bench.edit("a/manifests/seeds/SHA256SUMS", "one.txt", "0ne.txt");
    prove("seeds/two.txt").expect(14, &["inclusion"]);
    // Nothing is written where it would be an unexpected file, and nothing is replaced.
    let bench = Bench::archive();
    let out = ["prove", "seeds/two.txt", "--out", "seeds/p"];
    bench.json_in("a", &out).expect(3, &["unsafe-path"]);
    bench.write("a/p", "mine");
    bench.json_in("a", &["prove", "seeds/two.txt", "--out", "p"]).expect(4, &["io"]);
    assert_eq!(bench.text("a/p"), "mine");
    bench.json_in("a", &["verify"]).expect(0, &[]);
    let printed = bench.run_in("a", &["prove", "./seeds/two.txt", "--out", "-"]).ok().stdout;
    assert!(printed.starts_with("c2sp.org/tlog-proof@v1\n"), "{printed}");
}

/// Makes `pack` of a file of the archive and moves it far away.
fn pack(bench: &Bench, file: &str) {
    bench.run_in("a", &["prove", file, "--pack", "../pack"]).ok();
    std::fs::create_dir_all(bench.path("far")).unwrap();
    bench.rename("pack", "far/pack");
}

/// The commands that the page of a pack gives.
fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("<pre><code>").skip(1);
    let text = blocks.map(|block| block.split("</code></pre>").next().unwrap());
    text.map(|line| {
        [
            ("<wbr>", ""),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ]
        .iter()
        .fold(line.to_owned(), |line, (from, to)| line.replace(from, to))
    })
    .collect()
}

#[test]
fn a_pack_verifies_where_its_trust_comes_from_is_said_and_its_commands_work() {
    if !common::has_tool("openssl") {
        return;
    }
    for name in ["plain.txt", "it's <b>$HOME & \"more\".txt", "-rf", "\u{fc}\u{4e00} .x"] {
        let bench = Bench::archive_of_two(1);
        let authority = TestAuthority::new(bench.path("tsa/first"), Kind::P256Chain);
        let root = std::fs::read(authority.root_pem()).unwrap();
        bench.write("a/keys/root.pem", &root);
        let tables = format!(
            "[[time-authority]]\nname = \"first\"\nroot-file = \"root.pem\"\nsha256 = \"{}\"\n\n[[signer]]",
            hex::encode(&sha256(&root))
        );
        bench.edit(POLICY, "[[signer]]", &tables);
        bench.resign_policy(PRESS);
        bench.write(&format!("a/seeds/{name}"), name);
        bench.sign(PRESS, &[]).expect(0, &[]);
        bench.sign(DESK, &[]).expect(0, &[]);
        let url = format!("http://{}/", serve(authority));
        bench.run_in("a", &["stamp", "--tsa", &url]).ok();
        let sha256 = hex::encode(&sha256(&bench.read(POLICY)));
        pack(&bench, &format!("seeds/{name}"));
        std::fs::remove_dir_all(bench.path("a")).unwrap();

        let proof = format!("evidence/{name}.tlog-proof");
        let file = format!("./{name}");
        let alone = bench.json_in("far/pack", &["verify", &file, "--proof", &proof]);
        alone.expect(0, &[]);
        assert_eq!(alone.json["trust"]["pinned"], false, "{name}");
        assert!(alone.json["signers"].to_string().contains("\"proven\":\"2"), "{name}");
        let inside = ["verify", &file, "--proof", &proof, "--require-pinned"];
        bench.json_in("far/pack", &inside).expect(11, &["unpinned"]);
        let pinned = ["verify", &file, "--proof", &proof, "--policy-sha256", &sha256];
        assert_eq!(bench.json_in("far/pack", &pinned).json["trust"]["pinned"], true);
        let wrong = ["verify", &file, "--proof", &proof, "--policy-sha256", &"0".repeat(64)];
        bench.json_in("far/pack", &wrong).expect(11, &["unpinned"]);

        let commands = commands(&bench.text("far/pack/READ-ME-FIRST.html"));
        assert_eq!(commands.len(), 6, "{commands:#?}");
        for line in commands {
            let line = line.replace("ROOT.pem", "../../tsa/first/root.pem");
            let program = std::path::Path::new(env!("CARGO_BIN_EXE_vidimus")).parent().unwrap();
            let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &line])
                .current_dir(bench.path("far/pack"))
                .env_clear()
                .env("PATH", path);
            let ran = Ran::of(&shell.output().unwrap());
            assert_eq!(ran.exit, 0, "{line}\n{}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn a_pack_changes_nothing_that_is_there_and_shows_no_other_file() {
    let bench = Bench::archive();
    bench.write("pack/mine", "mine");
    let packing = ["prove", "seeds/one.txt", "--pack", "../pack"];
    bench.json_in("a", &packing).expect(4, &["io"]);
    assert_eq!(bench.tree("pack").len(), 1);
    bench.write("file", "");
    bench.json_in("a", &["prove", "seeds/one.txt", "--pack", "../file"]).expect(4, &["io"]);
    std::fs::remove_dir_all(bench.path("pack")).unwrap();
    pack(&bench, "seeds/one.txt");
    let names: Vec<String> =
        bench.tree("far/pack").keys().map(|p| p.display().to_string()).collect();
    assert!(!names.iter().any(|name| name.contains("two.txt") || name.ends_with("/SHA256SUMS")));
    let verify = ["verify", "one.txt", "--proof", "evidence/one.txt.tlog-proof"];
    bench.json_in("far/pack", &verify).expect(0, &[]);
    // The statement of another serial beside the proof.
    bench.write("a/seeds/two.txt", "two");
    bench.sign(PRESS, &[]).expect(0, &[]);
    let newer = bench.read("a/manifests/seeds/SHA256SUMS.sigstore.json");
    bench.write("far/pack/evidence/SHA256SUMS.sigstore.json", newer);
    let outcome = bench.json_in("far/pack", &verify);
    outcome.expect(11, &["scope"]);
}

#[test]
fn a_pack_holds_every_version_of_the_policy_with_its_files() {
    let bench = Bench::archive();
    let first = hex::encode(&sha256(&bench.read(POLICY)));
    bench.write("a/keys/sub/root.pem", include_bytes!("tokens/root.pem"));
    let root = hex::encode(&sha256(include_bytes!("tokens/root.pem")));
    let table = format!(
        "[[time-authority]]\nname = \"t\"\nroot-file = \"sub/root.pem\"\nsha256 = \"{root}\"\n\n[[signer]]"
    );
    let without = bench.text(POLICY);
    bench.edit(POLICY, "version = 1", "version = 2");
    bench.edit(POLICY, "[[signer]]", &table);
    bench.run_in("a", &["policy", "sign", "--key", PRESS]).ok();
    bench.write(POLICY, without.replace("version = 1", "version = 3"));
    bench.run_in("a", &["policy", "sign", "--key", PRESS]).ok();
    bench.write("a/keys/history/notes.txt", "no version");
    pack(&bench, "seeds/one.txt");
    let verify = [
        "verify",
        "one.txt",
        "--proof",
        "evidence/one.txt.tlog-proof",
        "--policy-sha256",
        &first,
        "--require-pinned",
    ];
    bench.json_in("far/pack", &verify).expect(0, &[]);
    assert!(bench.path("far/pack/evidence/keys/history/2/sub/root.pem").exists());
}
