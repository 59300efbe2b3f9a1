//! The requests to witnesses (C2SP, tlog-witness) that were published, in order, through the
//! functions by which `vidimus witness` judges. `tests/witness.rs` plays them to the server.

use crate::tally;
use crate::verdict::Row;
use std::path::Path;
use vidimus::envelope::checkpoint::Checkpoint;
use vidimus::envelope::note::Verifier;
use vidimus::key;
use vidimus::witness::{Logs, Refusal, Request, authentic, continues};

pub(crate) const ROWS: &[Row] = &[
    ("c2sp/litewitness-exchanges.txt", "requests to a witness: judged with their status", |path| {
        exchanges(path, &litewitness())
    }),
    ("c2sp/sumdb-exchanges.txt", "requests to a witness: judged with their status", |path| {
        exchanges(
            path,
            "go.sum database tree sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        )
    }),
];

/// The log of the file, whose key stands in its first line; a Sigsum log signs under its origin.
fn litewitness() -> String {
    let hex = b"ed25519:ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";
    let origin =
        "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
    Verifier::new(origin, key::parse_public(hex).unwrap().remove(0).key).unwrap().vkey()
}

fn exchanges(path: &Path, log: &str) -> (usize, usize) {
    let witness = key::SigningKey::from_seed(&[1; 32]);
    let witness = Verifier::cosigner("example.com/witness", witness.public().clone()).unwrap();
    let logs = Logs::parse([log], &witness).unwrap();
    let file = std::fs::read_to_string(path).unwrap();
    let mut last: Option<Checkpoint> = None;
    tally(file.split("\nPOST ").skip(1).map(|exchange| {
        let [_, request, answer] = exchange.split("```").collect::<Vec<_>>().try_into().unwrap();
        let right = match judge(request.trim_start(), &logs, last.as_ref()) {
            Ok(head) => {
                last = Some(head);
                answer.contains("HTTP 200")
            }
            Err(refusal) => as_asked(&refusal, answer),
        };
        (answer.to_owned(), right)
    }))
}

fn judge(request: &str, logs: &Logs, last: Option<&Checkpoint>) -> Result<Checkpoint, Refusal> {
    let request = Request::parse(request.as_bytes())?;
    authentic(&request, logs)?;
    continues(&request, last)?;
    Ok(request.head)
}

/// The status is that of the file, and so is the size that is told. Two differ on purpose: where
/// the file's implementation says 403 to an unknown log, the specification says 404; and the
/// signature that it calls invalid has stray bits in its base64, so it is not even read here.
fn as_asked(refusal: &Refusal, answer: &str) -> bool {
    let expected = match answer {
        _ if answer.contains("unknown log") => 404,
        _ if answer.contains("invalid signature") => 400,
        _ => answer.split("HTTP ").nth(1).unwrap()[..3].parse().unwrap(),
    };
    let told = refusal.last_size().map(|size| format!("body == \"{size}\\n\""));
    refusal.status() == expected && told.is_none_or(|told| answer.contains(&told))
}
