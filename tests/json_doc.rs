//! The examples in `docs/json.md` are what the renderers write, member by member in order.

use serde_json::json;
use vidimus::finding::{
    Code, Counts, FileRow, Finding, Outcome, RowStatus, SignerRow, SignerStatus, Trust,
};
use vidimus::report;
use vidimus::time::Time;

const DOC: &str = include_str!("../docs/json.md");
const MANIFEST: &str = "manifests/seeds/SHA256SUMS";
const SIGNED: &str = "sha256:f00b43d6d51766f26d9a5df0876258e649cccf78f4cd75eea7641a795338ba79";
const FOUND: &str = "sha256:c6261ad1818da5b22fd281dc014569fb5ac614c431f6de6c33098be1fcf76027";

const AS_IT_WAS: &str = "sha256:afe3de475f05af9a908815cf0ef9e7ab0c40ca56b4ece59231155dd5d5701f2a";

/// The fenced blocks of one kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    DOC.split(&fence).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// The five seeds, as signed.
fn passed() -> Outcome {
    Outcome {
        counts: Some(Counts { files: 5, unchanged: 5, bytes: 23_632, ..Counts::default() }),
        signers: vec![SignerRow {
            name: "press@example.org".to_owned(),
            key: Some("ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned()),
            scope: Some(MANIFEST.into()),
            evidence: Some(format!("{MANIFEST}.sigstore.json").into_bytes()),
            status: SignerStatus::Accepted,
        }],
        thresholds: vec![(MANIFEST.into(), 1, 1)],
        trust: Some(Trust {
            source: "keys/policy.toml".to_owned(),
            policy_sha256: Some(
                "dbab12665d98aef021ba64953c61b0ed8a908cfb56a1c01e2fcb4b052b71a2a1".to_owned(),
            ),
            policy_version: Some(1),
            pinned: false,
        }),
        judged_at: Time::parse("2026-01-31T12:00:00Z").ok().map(|time| (time, false)),
        not_checked: vec!["rollback: nothing was remembered from an earlier run".to_owned()],
        details: vec![("collections", json!([{"collection": "seeds", "serial": 1}]))],
        ..Outcome::default()
    }
}

/// The same after one word was changed.
fn failed() -> Outcome {
    let mut outcome = Outcome {
        counts: Some(Counts {
            files: 5,
            unchanged: 4,
            changed: 1,
            bytes: 23_634,
            ..Counts::default()
        }),
        ..passed()
    };
    outcome.push(
        Finding::error(Code::DigestMismatch, "is not the file that was signed")
            .at("seeds/000_86ad23d6f2428ec8.txt")
            .claimed_by(MANIFEST, Some(1))
            .with("expected", SIGNED)
            .with("found", FOUND)
            .help("compare it with a copy from elsewhere, and keep both"),
    );
    outcome.rows = vec![
        FileRow {
            path: b"seeds/000_86ad23d6f2428ec8.txt".to_vec(),
            status: RowStatus::Changed,
            expected: Some(SIGNED.to_owned()),
            found: Some(FOUND.to_owned()),
            bytes: Some(3_965),
        },
        FileRow {
            path: b"seeds/001_597938d7e747150b.txt".to_vec(),
            status: RowStatus::Unchanged,
            expected: Some(AS_IT_WAS.to_owned()),
            found: Some(AS_IT_WAS.to_owned()),
            bytes: Some(5_239),
        },
    ];
    outcome
}

#[test]
fn the_json_examples_are_what_is_written() {
    let written: Vec<String> = [passed(), failed()]
        .iter()
        .map(|outcome| {
            let document = report::json("verify", outcome);
            let value: serde_json::Value = serde_json::from_str(&document).expect("a document");
            serde_json::to_string_pretty(&value).expect("the same, laid out")
        })
        .collect();
    assert_eq!(blocks("json"), written);
}

#[test]
fn the_csv_example_is_what_is_written() {
    let written = report::csv(&failed()).replace("\r\n", "\n");
    assert_eq!(blocks("csv"), [written.trim_end()]);
}
