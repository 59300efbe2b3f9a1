//! What our log is to Go's `sumdb/note` and `sumdb/tlog`.

use crate::common::Bench;
use crate::pairs::{Need, interop, spoil};
use crate::tool;
use vidimus::envelope::note::Verifier;
use vidimus::key::SigningKey;
use vidimus::log::{self, Entry, Log};

const ORIGIN: &str = "example.org/test/log";

/// Logs of 300 entries, published at 7 before; a proof of entry 259 and what a witness gets.
fn made(bench: &Bench) -> String {
    let key = SigningKey::from_seed(&[7; 32]);
    let verifier = Verifier::new(ORIGIN, key.public().clone()).unwrap();
    let archive = bench.path("a");
    std::fs::create_dir_all(&archive).unwrap();
    log::init(&archive, &verifier, &key).unwrap();
    let entry = |serial: u64| Entry::of(&serial.to_be_bytes(), b"sig", b"spki", "seeds", serial);
    let entries: Vec<Entry> = (0..300).map(entry).collect();
    log::append(&archive, ORIGIN, &entries[..7]).unwrap();
    bench.write("old", log::publish(&archive, &verifier, &key).unwrap().bytes);
    log::append(&archive, ORIGIN, &entries).unwrap();
    let checkpoint = log::publish(&archive, &verifier, &key).unwrap().bytes;
    let folder = vidimus::fs::Root::open(&bench.path("a/manifests/log")).unwrap();
    let log = Log::open(&folder, Some(ORIGIN)).unwrap();
    let hashes = log.inclusion(259, &entries[259].leaf()).unwrap();
    let proof = vidimus::envelope::tlog_proof::TlogProof {
        extra: None,
        index: 259,
        hashes,
        checkpoint: checkpoint.clone(),
    };
    bench.write("proof", proof.print());
    bench.write("entry", entries[259].to_bytes());
    let consistency: String = log
        .consistency(7)
        .unwrap()
        .iter()
        .map(|hash| vidimus::codec::base64::encode(hash) + "\n")
        .collect();
    bench.write("request", [format!("old 7\n{consistency}\n").as_bytes(), &checkpoint].concat());
    verifier.vkey()
}

#[test]
fn go_tlog_reads_our_log() {
    interop("go_tlog_reads_our_log", &[Need::Tool("go"), Need::GoMod], |bench, pairs| {
        let vkey = made(bench);
        tool::build_go(bench, "log");
        let program = bench.path("log");
        let program = program.to_str().unwrap();
        let folder = "a/manifests/log";
        let arguments = [folder, &vkey, "proof", "entry", "request", "old"];
        let file = |name: &str| format!("{folder}/{name}");
        pairs.agree(
            bench,
            "a log of 300 entries with its proofs",
            || tool::run(bench, ".", program, &arguments),
            || bench.json_in(".", &["log", "audit", folder, "--key", &vkey]),
            &[
                spoil(file("checkpoint"), ("\n300\n", 4), 14, &["bad-signature", "consistency"]),
                spoil(file("tile/0/000"), ("", 700), 14, &["consistency"]),
                spoil(file("tile/0/001.p/44"), ("", 7), 14, &["consistency"]),
                spoil(file("tile/1/000.p/1"), ("", 31), 14, &["consistency"]),
                spoil(
                    file("tile/entries/000"),
                    ("\"sig\":\"", 5),
                    14,
                    &["consistency", "malformed"],
                ),
            ],
        );
    });
}
