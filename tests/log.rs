//! `vidimus log`: from an archive's signatures to proofs, and what becomes of a log that somebody
//! changed. Two other implementations (the crates `signed_note` and `tlog_tiles`) read what is
//! written.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, DESK, PRESS, Ran, finish};
use std::convert::Infallible;
use std::path::Path;
use tlog_tiles::{
    Hash as TheirHash, HashReader, Tile, TileHashReader, TileReader, check_record, check_tree,
    prove_record, prove_tree, record_hash,
};
use vidimus::codec::base64;
use vidimus::envelope::note::{self, Note, Verifier};
use vidimus::envelope::{checkpoint, cosignature, tlog_proof};
use vidimus::finding::Outcome;
use vidimus::fs::Root;
use vidimus::key::SigningKey;
use vidimus::log::{self, Entry};
use vidimus::merkle;

const ORIGIN: &str = "example.org/test/log";
const LOG: &str = "a/manifests/log";
const CHECKPOINT: &str = "a/manifests/log/checkpoint";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const KEY: &str = "../keyring/log.key.pem";

/// The archive `a` with an empty log, and the log's key.
fn with_log(bench: Bench) -> (Bench, String) {
    bench.keygen("log");
    let init = bench.json_in("a", &["log", "init", "--key", KEY]);
    init.expect(0, &[]);
    let vkey = init.json["vkey"].as_str().unwrap().to_owned();
    (bench, vkey)
}

fn run(bench: &Bench, arguments: &[&str]) -> common::Outcome {
    bench.json_in("a", &[&["log"], arguments].concat())
}

fn seeded() -> (SigningKey, Verifier) {
    let key = SigningKey::from_seed(&[7; 32]);
    let verifier = Verifier::new(ORIGIN, key.public().clone()).unwrap();
    (key, verifier)
}

fn entries(from: u64, to: u64) -> Vec<Entry> {
    let entry = |serial: u64| Entry::of(&serial.to_be_bytes(), b"sig", b"spki", "seeds", serial);
    (from..to).map(entry).collect()
}

/// A log of `size` records in the folder `a`, made by the library.
fn made(bench: &Bench, size: u64) -> String {
    let (key, verifier) = seeded();
    let archive = bench.path("a");
    log::init(&archive, &verifier, &key).unwrap();
    log::append(&archive, ORIGIN, &entries(0, size)).unwrap();
    assert_eq!(log::publish(&archive, &verifier, &key).unwrap().size, size);
    verifier.vkey()
}

#[test]
fn from_a_signature_to_a_proof_that_stands_alone() {
    let (bench, vkey) = with_log(Bench::archive());
    run(&bench, &["prove"]).expect(14, &["inclusion"]);
    let appended = run(&bench, &["append"]);
    appended.expect(0, &[]);
    assert_eq!(appended.json["entries"][0]["index"], 0);
    run(&bench, &["prove"]).expect(14, &["inclusion"]);
    let published = run(&bench, &["checkpoint", "--key", KEY]);
    published.expect(0, &[]);
    assert_eq!(published.json["checkpoint"]["size"], 1);
    let proven = run(&bench, &["prove"]);
    proven.expect(0, &[]);
    assert_eq!(proven.json["proofs"][0]["written"], true);
    run(&bench, &["audit", "--key", &vkey]).expect(0, &[]);
    // The proof, the bundle and the log's key are enough.
    let proof = tlog_proof::parse(&bench.read(&format!("{BUNDLE}.tlog-proof"))).unwrap();
    let note = note::parse(&proof.checkpoint).unwrap();
    note.verified_by(&[Verifier::parse(&vkey).unwrap()]).unwrap();
    let head = checkpoint::parse(&note.text).unwrap();
    assert_eq!(head.origin, ORIGIN);
    let (payload, _) = bench.payload(BUNDLE);
    let bundle: serde_json::Value = serde_json::from_slice(&bench.read(BUNDLE)).unwrap();
    let sig = base64::decode(bundle["dsseEnvelope"]["signatures"][0]["sig"].as_str().unwrap());
    let pem = bench.read("keyring/press.pub.pem");
    let spki = vidimus::key::parse_public(&pem).unwrap()[0].key.spki_der();
    let entry = Entry::of(&payload, &sig.unwrap(), &spki, "seeds", 1);
    merkle::verify_inclusion(&entry.leaf(), proof.index, head.size, &proof.hashes, &head.root)
        .unwrap();
    // Neither the log nor its proofs trouble whoever verifies the archive.
    let verified = bench.json_in("a", &["verify"]);
    verified.expect(0, &[]);
    let words = verified.json["not_checked"].to_string();
    assert!(!words.contains("not a file that Vidimus knows"), "{words}");
}

#[test]
fn a_second_signature_and_a_new_serial_are_new_entries() {
    let (bench, vkey) = with_log(Bench::archive_of_two(1));
    run(&bench, &["append"]).expect(0, &[]);
    bench.sign(DESK, &[]).expect(0, &[]);
    let two = run(&bench, &["append", "seeds/"]);
    let places: Vec<_> = two.json["entries"].as_array().unwrap().iter().collect();
    assert_eq!(places.len(), 2, "{}", two.json);
    bench.write("a/seeds/four.txt", "new\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    let third = run(&bench, &["append"]);
    assert_eq!(third.json["entries"][0]["index"], 2);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    run(&bench, &["prove"]).expect(0, &[]);
    assert_eq!(run(&bench, &["audit", "--key", &vkey]).json["entries"], 3);
    // A proof that holds is kept, one that does not is made again, and --renew makes all again.
    let path = format!("{BUNDLE}.tlog-proof");
    let first = bench.read(&path);
    bench.write("a/seeds/five.txt", "newer\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    run(&bench, &["append"]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    bench.write(&path, &first);
    assert_eq!(run(&bench, &["prove"]).json["proofs"][0]["index"], 3);
    let second = bench.read(&path);
    assert_ne!(first, second);
    assert_eq!(run(&bench, &["prove"]).json["proofs"][0]["written"], false);
    assert_eq!(bench.read(&path), second);
    assert_eq!(run(&bench, &["prove", "--renew"]).json["proofs"][0]["written"], true);
}

#[test]
fn what_no_signer_signed_is_not_logged() {
    let (bench, _) = with_log(Bench::archive());
    let mut bundle = bench.read(BUNDLE);
    let at = bench.text(BUNDLE).find("\"sig\":\"").unwrap() + 20;
    bundle[at] = if bundle[at] == b'A' { b'B' } else { b'A' };
    bench.write(BUNDLE, bundle);
    run(&bench, &["append"]).expect(11, &["untrusted-key"]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    assert_eq!(run(&bench, &["audit"]).json["entries"], 0);
    bench.remove(BUNDLE);
    run(&bench, &["append"]).expect(1, &["missing"]);
    run(&bench, &["append", "other"]).expect(11, &["scope"]);
}

#[test]
fn a_log_has_a_key_of_its_own_and_is_made_once() {
    let bench = Bench::archive();
    run(&bench, &["init", "--key", PRESS]).expect(3, &["malformed"]);
    run(&bench, &["append"]).expect(5, &["empty"]);
    run(&bench, &["checkpoint", "--key", PRESS]).expect(5, &["empty"]);
    let (bench, _) = with_log(bench);
    let before = bench.tree("a");
    run(&bench, &["init", "--key", KEY]).expect(4, &["io"]);
    run(&bench, &["checkpoint", "--key", PRESS]).expect(11, &["untrusted-key"]);
    assert_eq!(bench.tree("a"), before);
}

#[test]
fn a_witness_gets_what_it_needs_and_its_cosignature_is_kept() {
    let (bench, vkey) = with_log(Bench::archive());
    run(&bench, &["append"]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    let request = bench.run_in("a", &["log", "prove", "--consistency", "0"]).ok().stdout;
    let (head, body) = request.split_once("\n\n").unwrap();
    assert_eq!(head, "old 0");
    assert_eq!(body.as_bytes(), bench.read(CHECKPOINT));
    run(&bench, &["prove", "--consistency", "2"]).expect(14, &["consistency"]);
    let witness = SigningKey::from_seed(&[9; 32]);
    let verifier = Verifier::cosigner("w.example", witness.public().clone()).unwrap();
    let text = note::parse(body.as_bytes()).unwrap().text;
    let mut sign = |bytes: &[u8]| Ok::<_, Infallible>(witness.sign(bytes).unwrap());
    let line = cosignature::sign(&text, &verifier, 1_800_000_000, &mut sign).unwrap();
    let whole = Note { text, signatures: vec![line] }.print();
    let lines = whole.split(|byte| *byte == b'\n').rev().nth(1).unwrap();
    bench.write("w.txt", [lines, b"\n"].concat());
    bench.write("w.vkey", verifier.vkey() + "\n");
    let add = ["checkpoint", "--cosignature", "../w.txt", "--witness-key"];
    let wrong = run(&bench, &[&add[..], &[&vkey]].concat());
    wrong.expect(11, &["untrusted-key"]);
    let added = run(&bench, &[&add[..], &["../w.vkey"]].concat());
    added.expect(0, &[]);
    assert_eq!(added.json["cosignatures_added"], 1);
    assert_eq!(added.json["note"].as_str().unwrap().as_bytes(), bench.read(CHECKPOINT));
    // Nothing new to publish: the cosignature stays.
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    let file = "manifests/log/checkpoint";
    let checked =
        run(&bench, &["check", file, "--key", &vkey, "--key", "../w.vkey", "--origin", ORIGIN]);
    checked.expect(0, &[]);
    assert_eq!(checked.json["cosigned"][0], "w.example 2027-01-15T08:00:00Z");
    let said = bench.run_in("a", &["log", "check", file, "--key", "../w.vkey"]).ok().stdout;
    assert!(said.contains("w.example 2027-01-15T08:00:00Z"), "{said}");
    assert!(
        said.contains("not checked: the text of the note, which was not interpreted"),
        "{said}"
    );
    // A cosignature over another checkpoint refuses, and so does a known one that fails.
    bench.write("a/seeds/four.txt", "new\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    run(&bench, &["append"]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    run(&bench, &[&add[..], &["../w.vkey"]].concat()).expect(10, &["bad-signature"]);
    bench.write("bad", &whole);
    let at = whole.len() - 20;
    bench.flip("bad", at);
    let bad = run(&bench, &["check", "../bad", "--key", "../w.vkey"]);
    assert!([3, 10].contains(&bad.exit), "{}", bad.json);
}

#[test]
fn checkpoints_that_do_not_hold_have_their_codes() {
    let (bench, vkey) = with_log(Bench::archive());
    let file = "manifests/log/checkpoint";
    let good = bench.read(CHECKPOINT);
    let check = |more: &[&str]| run(&bench, &[&["check", file, "--key", &vkey], more].concat());
    check(&[]).expect(0, &[]);
    check(&["--origin", ORIGIN]).expect(0, &[]);
    check(&["--origin", "example.org/other"]).expect(10, &["origin"]);
    let text = String::from_utf8(good.clone()).unwrap();
    for (from, to, exit, code) in [
        ("\n0\n", "\n1\n", 10, "bad-signature"),
        ("\n0\n", "\n00\n", 10, "bad-signature"),
        ("\n0\n", "\n\t0\n", 3, "malformed"),
        ("\n\n", "\n", 3, "malformed"),
        ("=\n", "\n", 3, "malformed"),
        ("\u{2014} example", "\u{2014} exemple", 11, "untrusted-key"),
    ] {
        bench.write(CHECKPOINT, text.replace(from, to));
        check(&["--origin", ORIGIN]).expect(exit, &[code]);
    }
    // Signatures of others are passed over; the same one twice is one.
    let line = text.lines().last().unwrap();
    bench.write(CHECKPOINT, format!("{text}\u{2014} other AAAAAAA=\n{line}\n"));
    let checked = check(&["--origin", ORIGIN]);
    checked.expect(0, &[]);
    assert_eq!(checked.json["signers"].as_array().unwrap().len(), 1);
    bench.write(CHECKPOINT, text.clone() + &format!("{line}\n").repeat(64));
    check(&[]).expect(3, &["limit"]);
    // Another known key that fails refuses, though the log's own holds.
    let id = base64::decode(line.rsplit(' ').next().unwrap()).unwrap();
    let bad = base64::encode(&[&id[..4], &[1; 64]].concat());
    bench.write(CHECKPOINT, format!("{text}\u{2014} {ORIGIN} {bad}\n"));
    check(&[]).expect(10, &["bad-signature"]);
}

/// `hostile-controls/note.json` of the published vectors, through the program.
#[test]
fn hostile_notes_have_the_same_verdict_on_the_command_line() {
    let Some(vectors) = common::vectors() else { return };
    let family = std::fs::read(vectors.join("hostile-controls/note.json")).unwrap();
    let family: serde_json::Value = serde_json::from_slice(&family).unwrap();
    let bench = Bench::new();
    let cases = family["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        bench.write("note", base64::decode(case["note_b64"].as_str().unwrap()).unwrap());
        let mut arguments =
            vec!["log", "check", "note", "--origin", case["origin"].as_str().unwrap()];
        for vkey in case["vkeys"].as_array().unwrap() {
            arguments.extend(["--key", vkey.as_str().unwrap()]);
        }
        let outcome = bench.json_in(".", &arguments);
        let expected: Vec<&str> = case["reject_class"].as_str().into_iter().collect();
        assert_eq!(outcome.errors(), expected, "{}", case["id"]);
        assert_eq!(outcome.exit == 0, expected.is_empty(), "{}", case["id"]);
    }
}

/// The tiles of a log, for the other implementation; height 8, whose paths lack that number.
struct Tiles<'a>(&'a Path);

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let bytes = std::fs::read(self.0.join(path)).unwrap();
            assert_eq!(bytes.len(), usize::try_from(tile.width()).unwrap() * 32);
            bytes
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

#[test]
fn two_other_implementations_read_every_size() {
    for size in [1, 2, 255, 256, 257, 300] {
        let bench = Bench::in_memory();
        std::fs::create_dir_all(bench.path("a")).unwrap();
        let vkey = made(&bench, size);
        let folder = bench.path(LOG);
        let signed = signed_note::Note::from_bytes(&bench.read(CHECKPOINT)).unwrap();
        let verifier = signed_note::StandardVerifier::new(&vkey).unwrap();
        let (good, unknown) =
            signed.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
        assert_eq!((good.len(), unknown.len()), (1, 0));
        let head = tlog_tiles::Checkpoint::from_bytes(signed.text()).unwrap();
        assert_eq!((head.origin(), head.size()), (ORIGIN, size));
        let (root, tiles) = (*head.hash(), Tiles(&folder));
        let reader = TileHashReader::new(size, root, &tiles);
        let files = Root::open(&folder).unwrap();
        let log = log::Log::open(&files, Some(ORIGIN)).unwrap();
        for index in (0..size).step_by(50).chain([size - 1]) {
            let leaf = record_hash(&log.entry(index).unwrap().unwrap());
            // Theirs from our tiles, and ours.
            let proof = prove_record(size, index, &reader).unwrap();
            check_record(&proof, size, root, index, leaf).unwrap();
            let ours = log.inclusion(index, &leaf.0).unwrap();
            let ours: Vec<TheirHash> = ours.into_iter().map(TheirHash).collect();
            check_record(&ours, size, root, index, leaf).unwrap();
        }
        for old in (1..size).step_by(37) {
            let indexes = tlog_tiles::sub_tree_index(0, old, Vec::new());
            let hashes = reader.read_hashes(&indexes).unwrap();
            let before =
                hashes.into_iter().rev().reduce(|right, left| tlog_tiles::node_hash(left, right));
            let before = before.unwrap();
            let proof = prove_tree(size, old, &reader).unwrap();
            check_tree(&proof, size, root, old, before).unwrap();
            let ours: Vec<TheirHash> =
                log.consistency(old).unwrap().into_iter().map(TheirHash).collect();
            check_tree(&ours, size, root, old, before).unwrap();
        }
    }
}

/// Every file of the log but the checkpoint.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.retain(|path| !path.ends_with("checkpoint"));
    found.sort();
    found
}

/// Whether an audit of the library, which is the program's, finds anything.
fn finds(folder: &Path, known: &[Verifier]) -> bool {
    let mut outcome = Outcome::default();
    log::audit(&Root::open(folder).unwrap(), known, b"", &mut outcome);
    !outcome.findings.is_empty()
}

#[test]
fn a_changed_byte_is_found_wherever_it_is() {
    let bench = Bench::in_memory();
    std::fs::create_dir_all(bench.path("a")).unwrap();
    let vkey = made(&bench, 257);
    let known = [Verifier::parse(&vkey).unwrap()];
    let folder = bench.path(LOG);
    assert!(!finds(&folder, &known));
    let mut tried = 0;
    for path in files(&folder) {
        let good = std::fs::read(&path).unwrap();
        // One byte of every hash, and of the entries every 97th; src/log/tests.rs has all bytes
        // of a small log.
        let step = if path.to_str().unwrap().contains("entries") { 97 } else { 31 };
        for at in (0..good.len()).step_by(step).chain([good.len() - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(finds(&folder, &known), "{} byte {at}", path.display());
            tried += 1;
        }
        std::fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(finds(&folder, &known), "{} cut", path.display());
        std::fs::write(&path, &good).unwrap();
    }
    assert!(tried > 900, "{tried}");
    assert!(!finds(&folder, &known));
    // And the program says which file it is.
    let tile = "a/manifests/log/tile/0/000";
    bench.flip(tile, 8191);
    let outcome = bench.json_in("a", &["log", "audit", "--key", &vkey]);
    outcome.expect(14, &["consistency"]);
    assert_eq!(outcome.finding("consistency")["path"], "manifests/log/tile/0/000");
}

#[test]
fn two_programs_at_once_lose_nothing() {
    let (bench, vkey) = with_log(Bench::archive_of_two(1));
    bench.sign(DESK, &[]).expect(0, &[]);
    for round in 0..3 {
        bench.write("a/seeds/round.txt", round.to_string());
        bench.sign(PRESS, &[]).expect(0, &[]);
        bench.sign(DESK, &[]).expect(0, &[]);
        std::thread::scope(|scope| {
            for command in [&["append"][..], &["append"], &["checkpoint", "--key", KEY]] {
                let bench = &bench;
                scope.spawn(move || {
                    let arguments = [&["log"], command].concat();
                    let ran = Ran::of(&finish(&mut bench.command("a", &arguments)));
                    // Landed, or was refused because the other one was at work.
                    let busy = ran.stderr.contains("another run");
                    assert!(ran.exit == 0 || busy, "{}", ran.stderr);
                });
            }
        });
    }
    run(&bench, &["append"]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    let audited = run(&bench, &["audit", "--key", &vkey]);
    audited.expect(0, &[]);
    assert_eq!(audited.json["entries"], 8);
}

#[test]
fn notes_that_command_a_terminal_are_not_printed() {
    let (bench, vkey) = with_log(Bench::archive());
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    let good = bench.text(CHECKPOINT);
    for name in ["evil\u{9b}31m\u{202e}x", "a\u{7f}", "\u{85}", "\u{2066}a", "a\u{200f}", "\u{61c}"]
    {
        bench.write(CHECKPOINT, format!("{good}\u{2014} {name} AAAAAAA=\n"));
        for arguments in [
            &["log", "checkpoint", "--key", KEY][..],
            &["log", "prove", "--consistency", "0"],
            &["log", "check", "manifests/log/checkpoint", "--key", &vkey],
        ] {
            let ran = bench.run_in("a", arguments);
            assert_eq!(ran.exit, 3, "{arguments:?} {name:?}");
            let raw = |c: char| c != '\n' && common::is_raw(c);
            assert!(!(ran.stdout + &ran.stderr).contains(raw), "{arguments:?} {name:?}");
        }
    }
    bench.write(CHECKPOINT, format!("{good}\u{2014} \u{e9}\u{65e5} AAAAAAA=\n"));
    run(&bench, &["check", "manifests/log/checkpoint", "--key", &vkey]).expect(0, &[]);
}

#[test]
fn an_honest_checkpoint_is_said_to_be_signed() {
    let (bench, vkey) = with_log(Bench::archive());
    let check =
        |key: &str| bench.run_in("a", &["log", "check", "manifests/log/checkpoint", "--key", key]);
    let said = check(&vkey).ok().stdout;
    let expected =
        "\nsigned by example.org/test/log (1 of 1 required) for manifests/log/checkpoint\n";
    assert!(said.contains(expected), "{said}");
    assert!(!said.contains("not accepted"), "{said}");
    let other = Verifier::new(ORIGIN, SigningKey::from_seed(&[8; 32]).public().clone()).unwrap();
    let refused = check(&other.vkey());
    assert_eq!(refused.exit, 11);
    assert!(!(refused.stdout + &refused.stderr).contains("signed by example"));
}

#[test]
fn what_is_no_record_is_never_published() {
    let (bench, vkey) = with_log(Bench::archive());
    run(&bench, &["append"]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    let before = bench.tree("a/manifests/log");
    let planted = "a/manifests/log/tile/entries/000.p/2";
    let garbage = b"\x00\x05xxx\x1b[";
    bench.write(
        planted,
        [&bench.read("a/manifests/log/tile/entries/000.p/1")[..], garbage].concat(),
    );
    for command in [&["checkpoint", "--key", KEY][..], &["append"]] {
        let refused = run(&bench, command);
        refused.expect(3, &["malformed"]);
        let finding = refused.finding("malformed");
        assert_eq!(finding["path"], "manifests/log/tile/entries/000.p/2");
        assert!(finding["help"].as_str().unwrap().contains("vidimus log append"), "{finding}");
    }
    bench.remove(planted);
    assert_eq!(bench.tree("a/manifests/log"), before);
    bench.write("a/seeds/four.txt", "new\n");
    bench.sign(PRESS, &[]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    run(&bench, &["audit", "--key", &vkey]).expect(0, &[]);
}

#[test]
fn a_log_that_lost_its_checkpoint_does_not_begin_anew() {
    let (bench, vkey) = with_log(Bench::archive());
    run(&bench, &["append"]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    let checkpoint = bench.read(CHECKPOINT);
    bench.remove(CHECKPOINT);
    bench.write("a/seeds/four.txt", "new\n");
    let signed = bench.sign(PRESS, &[]);
    signed.expect(1, &["missing"]);
    let finding = signed.finding("missing");
    assert_eq!(finding["path"], "manifests/log/checkpoint");
    assert!(finding["help"].as_str().unwrap().contains("the signatures are written"), "{finding}");
    let before = bench.tree("a");
    for command in [&["init", "--key", KEY][..], &["checkpoint", "--key", KEY], &["append"]] {
        run(&bench, command).expect(1, &["missing"]);
    }
    assert_eq!(bench.tree("a"), before);
    bench.write(CHECKPOINT, &checkpoint);
    run(&bench, &["append"]).expect(0, &[]);
    run(&bench, &["checkpoint", "--key", KEY]).expect(0, &[]);
    assert_eq!(run(&bench, &["audit", "--key", &vkey]).json["entries"], 2);
}
