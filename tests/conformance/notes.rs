//! Signed notes and checkpoints (C2SP), as far as this version reads them: text, signatures and
//! origin, no proofs.

use crate::tally;
use crate::verdict::{Row, array, bytes, controls, document, text};
use serde_json::Value;
use std::path::Path;
use vidimus::envelope::{checkpoint, note};
use vidimus::finding::{Code, Coded as _};
use vidimus::key;

pub(crate) const ROWS: &[Row] = &[
    ("hostile-controls/note.json", "notes: accepted, or refused with its code", |path| {
        controls(path, control)
    }),
    ("c2sp/parse-vectors.json", "checkpoints: read, or refused", checkpoints),
    ("c2sp/sumdb-exchanges.txt", "the checkpoint of sum.golang.org verified", sumdb),
    (
        "c2sp/litewitness-exchanges.txt",
        "checkpoints of a Sigsum log: verified, or refused with its code",
        litewitness,
    ),
];

fn verdict(whole: &[u8], known: &[note::Verifier], origin: &str) -> Result<(), Code> {
    let read = note::parse(whole).map_err(|error| error.code())?;
    assert_eq!(read.print(), whole);
    read.verified_by(known).map_err(|error| error.code())?;
    let head = checkpoint::parse(&read.text).map_err(|error| error.code())?;
    assert_eq!(head.print().as_bytes(), read.text);
    (head.origin == origin).then_some(()).ok_or(Code::Origin)
}

fn control(case: &Value) -> Option<String> {
    let vkeys = array(case, "vkeys").iter().map(|vkey| vkey.as_str().unwrap());
    let known: Result<Vec<_>, _> = vkeys.map(note::Verifier::parse).collect();
    let verdict = known
        .map_err(|error| error.code())
        .and_then(|known| verdict(&bytes(case, "note_b64"), &known, text(case, "origin")));
    verdict.err().map(|code| code.as_str().to_owned())
}

fn checkpoints(path: &Path) -> (usize, usize) {
    let vectors = document(path);
    tally(array(&vectors, "checkpoint").iter().map(|case| {
        let bytes = bytes(case, "text_b64");
        let printed = checkpoint::parse(&bytes).map(|read| read.print().into_bytes());
        let right = match text(case, "expect") {
            "accept" => printed == Ok(bytes),
            _ => printed.is_err(),
        };
        (text(case, "id"), right)
    }))
}

/// Each request to a witness in a file of exchanges: the note, and what the witness answered.
fn exchanges(path: &Path) -> Vec<(String, String)> {
    let file = std::fs::read_to_string(path).unwrap();
    let requests = file.split("\nPOST ").skip(1).map(|exchange| {
        let [_, request, answer] = exchange.split("```").collect::<Vec<_>>().try_into().unwrap();
        let (_, note) = request.split_once("\n\n").unwrap();
        (note.to_owned(), answer.to_owned())
    });
    requests.collect()
}

fn sumdb(path: &Path) -> (usize, usize) {
    let vkey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    let known = [note::Verifier::parse(vkey).unwrap()];
    tally(exchanges(path).into_iter().map(|(note, _)| {
        let right = verdict(note.as_bytes(), &known, "go.sum database tree") == Ok(());
        (note, right)
    }))
}

/// The log's key stands in the file's first line; a Sigsum log signs under its origin.
fn litewitness(path: &Path) -> (usize, usize) {
    const KEY: &[u8] = b"ed25519:ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";
    const ORIGIN: &str =
        "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
    let key = key::parse_public(KEY).unwrap().remove(0).key;
    let known = [note::Verifier::new(ORIGIN, key).unwrap()];
    tally(exchanges(path).into_iter().map(|(note, answer)| {
        let expected = if answer.contains("invalid signature") {
            // Its base64 has stray bits at the end, so it is not even read.
            Err(Code::Malformed)
        } else if answer.contains("unknown log") {
            Err(Code::UntrustedKey)
        } else {
            Ok(())
        };
        let right = verdict(note.as_bytes(), &known, ORIGIN) == expected;
        (answer, right)
    }))
}
