//! Growing logs in every way, and what becomes of one that a run left half done or somebody changed.

#![allow(clippy::disallowed_methods, reason = "these tests spoil files of their own")]

use super::tile::{Row, Tile};
use super::*;
use crate::codec::hex;
use crate::envelope::cosignature;
use crate::envelope::note::{self, Verifier};
use crate::finding::{Code, Coded as _, Outcome};
use crate::fs::Root;
use crate::key::SigningKey;
use crate::merkle::{self, TreeHasher};
use proptest::prelude::*;
use std::convert::Infallible;
use std::path::Path;

const ORIGIN: &str = "example.org/test/log";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn verifier() -> Verifier {
    Verifier::new(ORIGIN, key(7).public().clone()).unwrap()
}

/// Records `from` to `to`, all different.
fn entries(from: u64, to: u64) -> Vec<Entry> {
    let entry = |serial: u64| Entry::of(&serial.to_be_bytes(), b"sig", b"spki", "seeds", serial);
    (from..to).map(entry).collect()
}

fn empty() -> tempfile::TempDir {
    let archive = tempfile::tempdir().unwrap();
    init(archive.path(), &verifier(), &key(7)).unwrap();
    archive
}

fn add(archive: &tempfile::TempDir, from: u64, to: u64) -> Vec<u64> {
    append(archive.path(), ORIGIN, &entries(from, to)).unwrap()
}

fn head(archive: &tempfile::TempDir) -> Published {
    publish(archive.path(), &verifier(), &key(7)).unwrap()
}

fn folder(archive: &tempfile::TempDir) -> Root {
    Root::open(&archive.path().join(FOLDER)).unwrap()
}

/// What an audit finds, as codes and paths.
fn audited(archive: &tempfile::TempDir) -> Vec<(Code, String)> {
    let mut outcome = Outcome::default();
    audit(&folder(archive), &[verifier()], b"", &mut outcome);
    let path = |path: Option<Vec<u8>>| String::from_utf8(path.unwrap_or_default()).unwrap();
    outcome.findings.into_iter().map(|found| (found.code, path(found.path))).collect()
}

/// The files of the log, without the checkpoint.
fn files(archive: &tempfile::TempDir) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![archive.path().join(FOLDER)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(archive.path().join(FOLDER)).unwrap();
                found.push(below.to_str().unwrap().to_owned());
            }
        }
    }
    found.retain(|path| path != CHECKPOINT);
    found.sort();
    found
}

fn root_of(count: u64) -> merkle::Hash {
    let mut tree = TreeHasher::new();
    entries(0, count).iter().for_each(|entry| tree.push_leaf(&entry.to_bytes()));
    tree.root()
}

fn remove(archive: &tempfile::TempDir, path: &str) {
    std::fs::remove_file(archive.path().join(FOLDER).join(path)).unwrap();
}

fn flip(archive: &tempfile::TempDir, path: &str, at: usize) {
    let path = archive.path().join(FOLDER).join(path);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_record_has_one_spelling_and_is_small() {
    let entry = Entry::of(b"payload", b"sig", b"spki", "se\"eds", 3);
    let hash = |bytes: &[u8]| hex::encode(&crate::digest::sha256(bytes));
    let expected = format!(
        r#"{{"v":1,"payload":"{}","sig":"{}","key":"{}","collection":"se\"eds","serial":3}}"#,
        hash(b"payload"),
        hash(b"sig"),
        hash(b"spki")
    );
    assert_eq!(entry.to_bytes(), expected.as_bytes());
    assert_eq!(Entry::parse(expected.as_bytes()), Some(entry.clone()));
    let longest = Entry { collection: "\"".repeat(255), serial: u64::MAX, ..entry };
    assert!(longest.to_bytes().len() < 1024, "{}", longest.to_bytes().len());
    let spoilt = [
        expected.replace("\"v\":1", "\"v\":2"),
        expected.replace("\"v\":1,", "\"v\":1, "),
        expected.replace("\"serial\":3", "\"serial\":3.0"),
        expected.replace("\"serial\":3", "\"serial\":3,\"x\":1"),
        expected.replace(&hash(b"sig"), &hash(b"sig").to_uppercase()),
        format!("{expected}\n"),
        String::new(),
    ];
    for text in spoilt {
        assert_eq!(Entry::parse(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn files_have_the_names_of_the_specification() {
    let table = [
        (Row::Level(0), 0, 256, "tile/0/000"),
        (Row::Level(0), 0, 5, "tile/0/000.p/5"),
        (Row::Level(1), 1_234_067, 256, "tile/1/x001/x234/067"),
        (Row::Level(1), 1_234_067, 1, "tile/1/x001/x234/067.p/1"),
        (Row::Entries, 999, 255, "tile/entries/999.p/255"),
        (Row::Entries, 1000, 256, "tile/entries/x001/000"),
    ];
    for (row, number, width, path) in table {
        assert_eq!(Tile { row, number, width }.path(), path);
    }
    // The example of the specification: a tree of 70,000.
    let edges: Vec<_> = tile::rows(70_000).iter().map(|row| row.edge(70_000)).collect();
    let edge = |row, number, width| Some(Tile { row, number, width });
    let expected = [
        edge(Row::Entries, 273, 112),
        edge(Row::Level(0), 273, 112),
        edge(Row::Level(1), 1, 17),
        edge(Row::Level(2), 0, 1),
    ];
    assert_eq!(edges, expected);
    assert_eq!(Row::Level(1).edge(256), edge(Row::Level(1), 0, 1));
    assert_eq!(Row::Level(0).edge(256), None);
}

#[test]
fn every_published_size_proves_its_entries_and_those_before() {
    let archive = empty();
    let sizes = [0, 1, 2, 3, 255, 256, 257, 300, 512, 600];
    let mut before = 0;
    for size in sizes {
        assert_eq!(add(&archive, before, size), (before..size).collect::<Vec<_>>());
        let published = head(&archive);
        assert_eq!((published.size, published.before), (size, before));
        assert_eq!(published.root, root_of(size), "{size}");
        assert_eq!(audited(&archive), [], "{size}");
        let root = folder(&archive);
        let log = Log::open(&root, Some(ORIGIN)).unwrap();
        for index in (0..size).step_by(31).chain(size.checked_sub(1)) {
            let entry = entries(index, index + 1).remove(0);
            assert_eq!(log.entry(index).unwrap(), Some(entry.to_bytes()));
            let proof = log.inclusion(index, &entry.leaf()).unwrap();
            let held = merkle::verify_inclusion(&entry.leaf(), index, size, &proof, &root_of(size));
            assert_eq!(held, Ok(()));
            assert_eq!(log.find(&[entry]).unwrap(), [Some(index)]);
        }
        assert_eq!(log.entry(size).unwrap(), None);
        assert!(log.inclusion(size, &[0; 32]).is_err());
        for old in sizes.into_iter().filter(|old| *old > 0 && *old <= size) {
            let proof = log.consistency(old).unwrap();
            let (from, to) = (root_of(old), root_of(size));
            assert_eq!(merkle::verify_consistency(old, &from, size, &to, &proof), Ok(()));
        }
        assert_eq!(log.consistency(0).unwrap(), Vec::<merkle::Hash>::new());
        assert_eq!(log.consistency(size + 1).unwrap_err().code(), Code::Consistency);
        before = size;
    }
}

#[test]
fn an_entry_that_is_there_keeps_its_place() {
    let archive = empty();
    assert_eq!(add(&archive, 0, 5), [0, 1, 2, 3, 4]);
    assert_eq!(add(&archive, 3, 7), [3, 4, 5, 6]);
    head(&archive);
    assert_eq!(add(&archive, 0, 8), [0, 1, 2, 3, 4, 5, 6, 7]);
    let twice = [entries(8, 9), entries(8, 9), entries(1, 2)].concat();
    assert_eq!(append(archive.path(), ORIGIN, &twice).unwrap(), [8, 8, 1]);
    assert_eq!(head(&archive).size, 9);
}

#[test]
fn what_was_published_stays_until_the_tile_is_full() {
    let archive = empty();
    let widths = |archive: &tempfile::TempDir| -> Vec<String> {
        files(archive).into_iter().filter(|path| path.starts_with("tile/0/")).collect()
    };
    add(&archive, 0, 3);
    head(&archive);
    add(&archive, 3, 5);
    add(&archive, 5, 9);
    // 5 was never published, 3 was.
    assert_eq!(widths(&archive), ["tile/0/000.p/3", "tile/0/000.p/9"]);
    head(&archive);
    add(&archive, 9, 300);
    let all = ["tile/0/000", "tile/0/000.p/3", "tile/0/000.p/9", "tile/0/001.p/44"];
    assert_eq!(widths(&archive), all);
    assert_eq!(audited(&archive), []);
    head(&archive);
    assert_eq!(widths(&archive), ["tile/0/000", "tile/0/001.p/44"]);
    assert_eq!(
        files(&archive),
        [
            "tile/0/000",
            "tile/0/001.p/44",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/44"
        ]
    );
    assert_eq!(audited(&archive), []);
}

#[test]
fn nothing_new_leaves_the_checkpoint_and_its_cosignatures() {
    let archive = empty();
    add(&archive, 0, 2);
    let first = head(&archive);
    assert_eq!(head(&archive).bytes, first.bytes);
    let witness = Verifier::cosigner("w.example", key(9).public().clone()).unwrap();
    let text = note::parse(&first.bytes).unwrap().text;
    let line = |unix, text: &[u8]| {
        let mut sign = |bytes: &[u8]| Ok::<_, Infallible>(key(9).sign(bytes).unwrap());
        cosignature::sign(text, &witness, unix, &mut sign).unwrap()
    };
    let merged = |line, known: &[Verifier]| merge(archive.path(), ORIGIN, &[line], known);
    let known = [witness.clone()];
    let (bytes, added) = merged(line(5, &text), &known).unwrap();
    assert_eq!(added, 1);
    // A second one of the same witness adds nothing, and what is there stays.
    assert_eq!(merged(line(4, &text), &known).unwrap(), (bytes.clone(), 0));
    assert_eq!(merged(line(4, b"other\n"), &known).unwrap_err().code(), Code::BadSignature);
    assert_eq!(merged(line(5, &text), &[verifier()]).unwrap_err().code(), Code::UntrustedKey);
    assert_eq!(head(&archive).bytes, bytes);
    let read = note::parse(&bytes).unwrap();
    assert_eq!(read.cosigned_at(&known), Ok(vec![(0, 5)]));
    assert_eq!(read.verified_by(&[verifier()]), Ok(vec![0]));
    // What a witness gives is a line, or the note.
    let lines = bytes.split(|byte| *byte == b'\n').rev().nth(1).unwrap();
    let lines = [lines, b"\n"].concat();
    assert_eq!(signature_lines(&lines).unwrap(), [read.signatures[1].clone()]);
    assert_eq!(signature_lines(&bytes).unwrap(), read.signatures);
    assert!(signature_lines(b"nothing\n").is_err());
    // The next checkpoint is another text: no cosignature of the old one stands under it.
    add(&archive, 2, 3);
    assert_eq!(note::parse(&head(&archive).bytes).unwrap().signatures.len(), 1);
    assert_eq!(audited(&archive), []);
}

#[test]
fn a_run_that_died_between_entries_and_tiles_is_repaired() {
    for (published, size) in [(0, 3), (3, 5), (250, 258), (256, 257), (257, 600)] {
        for command in ["append", "publish"] {
            let archive = empty();
            add(&archive, 0, published);
            head(&archive);
            let before = files(&archive);
            add(&archive, published, size);
            let all = files(&archive);
            for path in all.iter().filter(|path| !before.contains(path)) {
                if !path.starts_with("tile/entries/") {
                    remove(&archive, path);
                }
            }
            if command == "append" {
                assert_eq!(add(&archive, size - 1, size), [size - 1]);
                assert_eq!(files(&archive), all, "{published} {size}");
            }
            let published = head(&archive);
            assert_eq!((published.size, published.root), (size, root_of(size)));
            assert_eq!(audited(&archive), []);
        }
    }
}

#[test]
fn what_does_not_fit_the_checkpoint_is_not_built_upon() {
    let spoil: [(&str, &str, Code); 5] = [
        ("flip", "tile/0/001.p/44", Code::Consistency),
        ("flip", "tile/1/000.p/1", Code::Consistency),
        ("flip", "tile/entries/001.p/44", Code::Consistency),
        ("remove", "tile/entries/001.p/44", Code::Consistency),
        ("remove", "tile/0/001.p/44", Code::Io),
    ];
    for (how, path, code) in spoil {
        let archive = empty();
        add(&archive, 0, 300);
        head(&archive);
        match how {
            "flip" => flip(&archive, path, 20),
            _ => remove(&archive, path),
        }
        let before = files(&archive);
        let error = append(archive.path(), ORIGIN, &entries(300, 301)).unwrap_err();
        assert_eq!(error.code(), code, "{how} {path}: {error}");
        let error = publish(archive.path(), &verifier(), &key(7)).unwrap_err();
        assert_eq!(error.code(), code, "{how} {path}: {error}");
        assert_eq!(files(&archive), before);
        assert_ne!(audited(&archive), [], "{how} {path}");
    }
}

#[test]
fn full_tiles_are_never_rewritten() {
    let archive = empty();
    add(&archive, 0, 300);
    // Nothing is published yet, so all of it is made again, and compared.
    flip(&archive, "tile/0/000", 100);
    let error = append(archive.path(), ORIGIN, &entries(300, 301)).unwrap_err();
    assert!(matches!(&error, LogError::Differs { path } if path == "tile/0/000"), "{error:?}");
    let error = publish(archive.path(), &verifier(), &key(7)).unwrap_err();
    assert_eq!(error.path(), "tile/0/000");
}

#[test]
fn only_the_log_s_own_key_and_origin_go_on() {
    let archive = empty();
    add(&archive, 0, 1);
    let stranger = Verifier::new(ORIGIN, key(8).public().clone()).unwrap();
    let error = publish(archive.path(), &stranger, &key(8)).unwrap_err();
    assert_eq!(error.code(), Code::UntrustedKey);
    // A key that signs as another: what was made is checked before it is written.
    let error = publish(archive.path(), &verifier(), &key(8)).unwrap_err();
    assert_eq!(error.code(), Code::BadSignature);
    let error = append(archive.path(), "example.org/other/log", &entries(0, 1)).unwrap_err();
    assert_eq!(error.code(), Code::Origin);
    assert!(init(archive.path(), &verifier(), &key(7)).is_err());
    assert_eq!(head(&archive).size, 1);
}

#[test]
fn two_writers_at_once_both_land() {
    let archive = empty();
    let path = archive.path();
    std::thread::scope(|scope| {
        for writer in 0..4_u64 {
            scope.spawn(move || {
                for step in 0..5 {
                    let from = writer * 100 + step * 3;
                    append(path, ORIGIN, &entries(from, from + 3)).unwrap();
                    if writer == 0 {
                        publish(path, &verifier(), &key(7)).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(head(&archive).size, 60);
    let root = folder(&archive);
    let log = Log::open(&root, Some(ORIGIN)).unwrap();
    for writer in 0..4 {
        let places = log.find(&entries(writer * 100, writer * 100 + 15)).unwrap();
        assert!(places.iter().all(Option::is_some), "{places:?}");
    }
    assert_eq!(audited(&archive), []);
}

#[test]
fn an_audit_names_what_is_missing_or_does_not_belong() {
    let archive = empty();
    add(&archive, 0, 300);
    head(&archive);
    let write = |path: &str, bytes: &[u8]| {
        let path = archive.path().join(FOLDER).join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    for path in ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"] {
        let bytes = std::fs::read(archive.path().join(FOLDER).join(path)).unwrap();
        remove(&archive, path);
        assert_eq!(audited(&archive), [(Code::Missing, path.to_owned())]);
        write(path, &bytes);
    }
    for path in ["note.txt", "tile/0/002.p/1", "tile/0/000.p/x", "tile/2/000.p/1", "tile/0/1"] {
        write(path, b"x");
        assert_eq!(audited(&archive), [(Code::Unexpected, path.to_owned())]);
        remove(&archive, path);
    }
    // More than the entries give, and less.
    let wider = std::fs::read(archive.path().join(FOLDER).join("tile/0/001.p/44")).unwrap();
    write("tile/0/001.p/45", &[&wider[..], &[0; 32]].concat());
    write("tile/0/000.p/5", &[0; 5 * 32]);
    write("tile/0/001", &[0; 256 * 32]);
    let differs = |path: &str| (Code::Consistency, path.to_owned());
    let mut found = audited(&archive);
    found.sort();
    assert_eq!(found, ["tile/0/000.p/5", "tile/0/001", "tile/0/001.p/45"].map(differs));
}

#[test]
fn an_audit_checks_the_signature_where_it_can() {
    let archive = empty();
    add(&archive, 0, 2);
    head(&archive);
    let found = |known: &[Verifier]| {
        let mut outcome = Outcome::default();
        assert_eq!(audit(&folder(&archive), known, b"log/", &mut outcome), 2);
        let codes: Vec<Code> = outcome.findings.iter().map(|finding| finding.code).collect();
        (codes, outcome.not_checked.len())
    };
    assert_eq!(found(&[verifier()]), (vec![], 0));
    assert_eq!(found(&[]), (vec![], 1));
    let stranger = Verifier::new("x", key(8).public().clone()).unwrap();
    assert_eq!(found(&[stranger]), (vec![Code::UntrustedKey], 0));
}

#[test]
fn every_byte_of_a_small_log_matters() {
    let archive = empty();
    add(&archive, 0, 2);
    head(&archive);
    add(&archive, 2, 4);
    for path in files(&archive) {
        let length = std::fs::read(archive.path().join(FOLDER).join(&path)).unwrap().len();
        for at in 0..length {
            flip(&archive, &path, at);
            assert_ne!(audited(&archive), [], "{path} byte {at}");
            flip(&archive, &path, at);
        }
    }
    assert_eq!(audited(&archive), []);
}

fn bytes_of(archive: &Path, path: &str) -> Vec<u8> {
    std::fs::read(archive.join(FOLDER).join(path)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn in_steps_or_at_once_the_log_is_the_same(steps in prop::collection::vec((1..200_u64, any::<bool>()), 1..5)) {
        let (stepwise, at_once) = (empty(), empty());
        let mut size = 0;
        for (step, publish) in steps {
            add(&stepwise, size, size + step);
            size += step;
            if publish {
                head(&stepwise);
            }
        }
        add(&at_once, 0, size);
        prop_assert_eq!(head(&stepwise).bytes, head(&at_once).bytes);
        for path in files(&at_once) {
            let (one, other) = (bytes_of(stepwise.path(), &path), bytes_of(at_once.path(), &path));
            prop_assert_eq!(one, other, "{}", path);
        }
        prop_assert_eq!(audited(&stepwise), []);
    }
}
