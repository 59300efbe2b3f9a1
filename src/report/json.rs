//! The JSON document, `vidimus.verify/v1`: exactly one for each run of any command, on one line.
//!
//! Its members are the structs of `wire.rs`; `docs/json.md` describes them.
//!
//! Strings are JSON strings and hold what they name, not its escaped form. But characters that
//! a terminal would obey, that reorder text or that show nothing are written as `\uXXXX`, so
//! that looking at a document is as safe as parsing it.

use super::escape;
use super::wire::Document;
use crate::finding::{Code, Finding, Outcome};
use serde::Serialize;
use std::io;

/// The document for one run of `command`, on one line that ends in LF.
pub fn json(command: &str, outcome: &Outcome) -> String {
    let mut out = inert(&Document::of(command, outcome));
    out.push('\n');
    out
}

/// The document for a command line that could not be understood.
pub fn usage_json(command: &str, message: &str) -> String {
    let mut outcome = Outcome::default();
    outcome.push(Finding::error(Code::Usage, message));
    json(command, &outcome)
}

/// Any value as JSON on one line in which nothing but visible text is left unescaped.
pub(super) fn inert(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, Inert);
    // A vector takes every write, and each of our maps has strings for names: this cannot fail.
    match value.serialize(&mut writer) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// Compact JSON that escapes every character that must not reach a terminal.
struct Inert;

impl serde_json::ser::Formatter for Inert {
    /// Called with the parts of a string that need no escape by RFC 8259.
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let visible = |all, byte: &u8| all & matches!(byte, 0x20..0x7f);
        if fragment.as_bytes().iter().fold(true, visible) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, hidden)) = rest.char_indices().find(|&(_, c)| escape::is_hidden(c)) {
            let (plain, after) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            for unit in hidden.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(hidden.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::base64;
    use crate::finding::{Counts, SignerRow, SignerStatus, Trust};
    use crate::time::Time;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn an_empty_outcome_has_every_array() {
        assert_eq!(
            json("verify", &Outcome::default()),
            concat!(
                r#"{"schema":"vidimus.verify/v1","command":"verify","verdict":"passed","exit":0,"#,
                r#""findings":[],"signers":[],"thresholds":[],"trust":null,"judged_at":null,"not_checked":[]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn usage_errors_are_documents_too() {
        assert_eq!(
            usage_json("sign", "unknown option '--foo'"),
            concat!(
                r#"{"schema":"vidimus.verify/v1","command":"sign","verdict":"refused","exit":2,"#,
                r#""findings":[{"code":"usage","severity":"error","path":null,"message":"unknown option '--foo'"}],"#,
                r#""signers":[],"thresholds":[],"trust":null,"judged_at":null,"not_checked":[]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn everything_there_is_to_say() {
        let mut outcome = Outcome {
            counts: Some(Counts {
                files: 5,
                unchanged: 4,
                changed: 1,
                bytes: 9,
                ..Counts::default()
            }),
            signers: vec![
                SignerRow {
                    name: "press@example.org".to_owned(),
                    key: Some("ed25519:AA==".to_owned()),
                    scope: Some(b"seeds".to_vec()),
                    evidence: Some(b"m/\xff".to_vec()),
                    status: SignerStatus::Accepted,
                    proven: None,
                    proofs: Vec::new(),
                },
                SignerRow {
                    name: "x".to_owned(),
                    key: None,
                    scope: None,
                    evidence: None,
                    status: SignerStatus::Rejected(Code::UntrustedKey),
                    proven: None,
                    proofs: Vec::new(),
                },
            ],
            thresholds: vec![(b"seeds".to_vec(), 1, 1)],
            trust: Some(Trust {
                source: "keys/policy.toml".to_owned(),
                policy_sha256: Some("ab".to_owned()),
                policy_version: Some(1),
                pinned: false,
            }),
            judged_at: Some((Time::parse("2026-01-31T12:00:00Z").unwrap(), true)),
            not_checked: vec!["rollback".to_owned()],
            details: vec![("serial", 3.into()), ("exit", "a clash".into())],
            ..Outcome::default()
        };
        outcome.push(
            Finding::error(Code::DigestMismatch, "is not the file that was signed")
                .at(b"seeds/\xff\n.txt".to_vec())
                .claimed_by("manifests/seeds/SHA256SUMS", Some(1))
                .with("expected", "sha256:00")
                .with_path("from", b"\xfe".to_vec())
                .with_number("bytes", 7)
                .with("code", "a clash")
                .help("look"),
        );
        assert_eq!(
            json("verify", &outcome),
            concat!(
                r#"{"schema":"vidimus.verify/v1","command":"verify","verdict":"failed","exit":1,"findings":[{"#,
                r#""code":"digest-mismatch","severity":"error","path":"seeds/�\n.txt","path_b64":"c2VlZHMv/woudHh0","#,
                r#""message":"is not the file that was signed","expected":"sha256:00","from":"�","from_b64":"/g==","#,
                r#""bytes":7,"more_code":"a clash","claimed_by":{"path":"manifests/seeds/SHA256SUMS","line":1},"help":"look"}],"#,
                r#""counts":{"files":5,"unchanged":4,"changed":1,"missing":0,"unexpected":0,"unread":0,"ignored":0,"bytes":9},"#,
                r#""signers":[{"name":"press@example.org","key":"ed25519:AA==","scope":"seeds","evidence":"m/�","#,
                r#""evidence_b64":"bS//","status":"accepted","code":null,"proven":null,"proofs":[]},"#,
                r#"{"name":"x","key":null,"scope":null,"evidence":null,"status":"rejected","code":"untrusted-key","proven":null,"proofs":[]}],"#,
                r#""thresholds":[{"scope":"seeds","have":1,"need":1}],"#,
                r#""trust":{"source":"keys/policy.toml","policy_sha256":"ab","policy_version":1,"pinned":false},"#,
                r#""judged_at":{"time":"2026-01-31T12:00:00Z","source":"--at"},"not_checked":["rollback"],"#,
                r#""serial":3,"more_exit":"a clash"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn hidden_characters_are_escaped_and_read_back() {
        let nasty = "a\u{202e}b\u{7f}\u{9b}\u{2028}\u{e0041}\u{1b}\u{200b}\"\\é";
        let document = usage_json("verify", nasty);
        assert!(
            document.contains(r#""a\u202eb\u007f\u009b\u2028\udb40\udc41\u001b\u200b\"\\é""#),
            "{document}"
        );
        let value: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(value["findings"][0]["message"], nasty);
    }

    proptest! {
        #[test]
        fn one_inert_line_that_strict_json_reads_back(
            message in any::<String>(), path in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut outcome = Outcome::default();
            outcome.details.push(("given", Value::from(message.clone())));
            outcome.push(Finding::error(Code::Io, message.clone()).at(path.clone()));
            let document = json("verify", &outcome);
            let line = document.strip_suffix('\n').unwrap();
            prop_assert!(!line.chars().any(escape::is_hidden));
            let value = crate::codec::json::parse(document.as_bytes()).unwrap();
            let finding = &value["findings"][0];
            prop_assert_eq!(finding["message"].as_str(), Some(message.as_str()));
            prop_assert_eq!(value["given"].as_str(), Some(message.as_str()));
            let bytes = match finding["path_b64"].as_str() {
                Some(text) => base64::decode(text).unwrap(),
                None => finding["path"].as_str().unwrap().as_bytes().to_vec(),
            };
            prop_assert_eq!(bytes, path);
        }
    }
}
