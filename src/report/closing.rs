//! The end of the report: who signed, the one closing line, where trust came from, when keys
//! were judged, what was not checked, the verdict.
//!
//! "as signed" is said only where `signed.rs` says "signed by" of everything; a list that nobody
//! signed, or that no acceptable key signed, is only "listed".

use super::signed::Signed;
use super::text::{Paragraph, Style, place, table};
use super::{escape, json};
use crate::finding::{Counts, Outcome, SignerRow, SignerStatus, Trust};
use serde_json::Value;

/// Everything after the findings.
pub(super) fn closing(outcome: &Outcome, style: &Style) -> String {
    let mut out: String = outcome.signers.iter().map(|row| signer(row, style)).collect();
    out.extend(outcome.details.iter().map(|(name, value)| detail(name, value, style)));
    out.push_str(&closing_line(outcome, style));
    out.extend(outcome.trust.iter().map(trust_line));
    out.extend(outcome.judged_at.map(|(time, named)| {
        let source = if named { "--at" } else { "now" };
        format!("judged at {time} ({source})\n")
    }));
    out.extend(outcome.not_checked.iter().map(|what| not_checked(what, style)));
    out + "verdict: " + outcome.exit().verdict().as_str() + "\n"
}

/// One signature that was looked at: whose, whether it counted, where it stands.
fn signer(row: &SignerRow, style: &Style) -> String {
    let (status, reason) = match row.status {
        SignerStatus::Accepted => ("accepted", String::new()),
        SignerStatus::Rejected(code) => ("rejected", format!(" ({})", code.as_str())),
    };
    let scope = row.scope.as_ref().map(|scope| format!(" for {}", escape::path(scope)));
    let scope = scope.unwrap_or_default();
    let proven = row.proven.map(|time| format!(", signed no later than {time} (proven)"));
    let proven = proven.unwrap_or_default();
    let name = escape::message(&row.name);
    let mut out = format!("signer: {name}, {status}{scope}{reason}{proven}\n");
    out.extend(row.evidence.as_ref().map(|path| place(path, None)));
    for proof in &row.proofs {
        let time = proof.time.map(|time| format!(", {time}")).unwrap_or_default();
        out.push_str(&format!("  {}: {}{time}\n", proof.kind, escape::message(&proof.by)));
    }
    if let Some(key) = row.key.as_ref().filter(|key| **key != row.name) {
        out.push_str(&table(&[("key", escape::message(key))], style));
    }
    out
}

/// What the command adds: `name: value`, and a table where the value has members. A list of
/// things with members is for programs: only JSON shows it.
fn detail(name: &str, value: &Value, style: &Style) -> String {
    match value {
        Value::Object(members) => {
            format!("{}:\n{}", worded(name), members_of(members.iter(), style))
        }
        Value::Array(items) if items.iter().any(Value::is_object) => String::new(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            line(name, value, style)
        }
    }
}

fn members_of<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, style: &Style) -> String {
    let pairs: Vec<_> = members.map(|(name, value)| (worded(name), plain(value))).collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    table(&pairs, style)
}

/// `name: value`.
fn line(name: &str, value: &Value, style: &Style) -> String {
    let mut lines = Paragraph::new(style, 2);
    let label = format!("{}:", worded(name));
    lines.label(&label, &label);
    lines.sentence(&plain(value));
    lines.end()
}

/// The name of a JSON member in words.
fn worded(name: &str) -> String {
    escape::message(&name.replace('_', " "))
}

/// A value in a line of text: strings without quotes, a list of simple values with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => escape::message(text),
        Value::Array(items) if !items.iter().any(|item| item.is_array() || item.is_object()) => {
            if items.is_empty() {
                "none".to_owned()
            } else {
                items.iter().map(plain).collect::<Vec<_>>().join(", ")
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            json::inert(value)
        }
    }
}

/// `5 files: 4 as signed, ...; signed by ... (1 of 1 required)`; nothing where neither files
/// nor signatures were looked at. Where it is too wide, it breaks after a `;`.
fn closing_line(outcome: &Outcome, style: &Style) -> String {
    let clauses = clauses(outcome);
    if clauses.is_empty() {
        return String::new();
    }
    let mut lines = Paragraph::new(style, 2);
    let last = clauses.len() - 1;
    for (index, clause) in clauses.iter().enumerate() {
        lines.clause(&format!("{clause}{}", if index < last { ";" } else { "" }));
    }
    lines.end()
}

/// The parts of the closing line.
fn clauses(outcome: &Outcome) -> Vec<String> {
    let signed = Signed::of(outcome);
    let holds = signed.everywhere(outcome);
    let mut parts: Vec<String> = outcome.counts.iter().map(|counts| tally(counts, holds)).collect();
    if was_asked(outcome) {
        if !parts.is_empty() || !outcome.signers.is_empty() || !outcome.thresholds.is_empty() {
            parts.extend(signed.clauses(outcome));
        }
        if holds && outcome.trust.as_ref().is_some_and(|trust| !trust.pinned) {
            parts.push("as signed by keys this archive itself names".to_owned());
        }
    } else if !parts.is_empty() || outcome.trust.is_some() {
        parts.push("nobody's signature was asked for".to_owned());
    }
    parts
}

/// Whether this run was to look at signatures at all.
fn was_asked(outcome: &Outcome) -> bool {
    let trusted = outcome.trust.as_ref().is_some_and(|trust| trust.source != Trust::NONE);
    trusted || !outcome.signers.is_empty() || !outcome.thresholds.is_empty()
}

/// The files by what became of them.
fn tally(counts: &Counts, signed: bool) -> String {
    let files = if counts.files == 1 { "file" } else { "files" };
    let word = if signed { "signed" } else { "listed" };
    let mut out = format!(
        "{} {files}: {} as {word}, {} changed, {} missing, {} unexpected",
        counts.files, counts.unchanged, counts.changed, counts.missing, counts.unexpected
    );
    let rare = [(counts.unread, "unread"), (counts.ignored, "ignored")];
    let there = rare.into_iter().filter(|(number, _)| *number > 0);
    out.extend(there.map(|(number, word)| format!(", {number} {word}")));
    out
}

/// Where trust came from, and whether whoever can rewrite the archive can rewrite that too.
fn trust_line(trust: &Trust) -> String {
    let version = trust.policy_version.map(|version| format!(" version {version}"));
    let standing = if trust.pinned {
        ", pinned"
    } else if trust.source == Trust::NONE {
        ""
    } else {
        ", from inside this archive, not pinned"
    };
    let source = escape::message(&trust.source);
    format!("trust: {source}{}{standing}\n", version.unwrap_or_default())
}

/// One thing that was not checked (promise 2).
fn not_checked(what: &str, style: &Style) -> String {
    let mut lines = Paragraph::new(style, 2);
    if !what.contains(": not checked") {
        lines.label("not checked:", "not checked:");
    }
    lines.sentence(&escape::message(what));
    lines.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Finding};
    use crate::report::text;
    use crate::time::Time;
    use serde_json::json;

    const PLAIN: Style = Style { color: false, width: 80 };

    fn signer(name: &str, scope: &str, status: SignerStatus) -> SignerRow {
        SignerRow {
            name: name.to_owned(),
            key: None,
            scope: Some(scope.into()),
            evidence: None,
            status,
            proven: None,
            proofs: Vec::new(),
        }
    }

    fn trust(source: &str, pinned: bool) -> Trust {
        Trust { source: source.to_owned(), policy_sha256: None, policy_version: None, pinned }
    }

    fn counts() -> Counts {
        Counts { files: 5, unchanged: 4, changed: 1, ..Counts::default() }
    }

    #[test]
    fn an_archive_with_one_changed_file() {
        let mut outcome = Outcome {
            counts: Some(counts()),
            signers: vec![SignerRow {
                key: Some("ed25519:AAAA".to_owned()),
                evidence: Some(b"manifests/seeds/SHA256SUMS.sigstore.json".to_vec()),
                ..signer("press@example.org", "seeds", SignerStatus::Accepted)
            }],
            thresholds: vec![(b"seeds".to_vec(), 1, 1)],
            trust: Some(Trust {
                source: "keys/policy.toml".to_owned(),
                policy_sha256: Some("00".repeat(32)),
                policy_version: Some(1),
                pinned: false,
            }),
            judged_at: Some((Time::parse("2026-01-31T12:00:00Z").unwrap(), false)),
            not_checked: vec![
                "modes, owners, times and extended attributes of the files, and folders that hold no file"
                    .to_owned(),
                "rollback: not checked, for no state is kept".to_owned(),
            ],
            ..Outcome::default()
        };
        outcome.push(
            Finding::error(Code::DigestMismatch, "is not the file that was signed")
                .at("seeds/000.txt")
                .claimed_by("manifests/seeds/SHA256SUMS", Some(1))
                .with("expected", "sha256:3f1a")
                .with("found", "sha256:90bc")
                .help("vidimus diff OLD seeds/000.txt shows what changed"),
        );
        let expected = "\
error[digest-mismatch]: seeds/000.txt is not the file that was signed
  --> manifests/seeds/SHA256SUMS:1
  signed  sha256:3f1a
  found   sha256:90bc
  help: vidimus diff OLD seeds/000.txt shows what changed
signer: press@example.org, accepted for seeds
  --> manifests/seeds/SHA256SUMS.sigstore.json
  key  ed25519:AAAA
5 files: 4 as signed, 1 changed, 0 missing, 0 unexpected;
  signed by press@example.org (1 of 1 required);
  as signed by keys this archive itself names
trust: keys/policy.toml version 1, from inside this archive, not pinned
judged at 2026-01-31T12:00:00Z (now)
not checked: modes, owners, times and extended attributes of the files, and
  folders that hold no file
rollback: not checked, for no state is kept
verdict: failed
";
        assert_eq!(text(&outcome, &PLAIN), expected);
    }

    #[test]
    fn a_list_without_signatures() {
        let outcome = Outcome {
            counts: Some(Counts {
                files: 1,
                unchanged: 1,
                unread: 2,
                ignored: 3,
                ..Counts::default()
            }),
            trust: Some(trust("none", false)),
            ..Outcome::default()
        };
        let expected = "\
1 file: 1 as listed, 0 changed, 0 missing, 0 unexpected, 2 unread, 3 ignored;
  nobody's signature was asked for
trust: none
verdict: passed
";
        assert_eq!(text(&outcome, &PLAIN), expected);
        let outcome = Outcome { trust: None, ..outcome };
        assert_eq!(text(&outcome, &PLAIN), expected.replace("trust: none\n", ""));
    }

    #[test]
    fn nobody_signed_below_the_threshold() {
        let accepted = SignerStatus::Accepted;
        let rejected = SignerStatus::Rejected(Code::UntrustedKey);
        let table = [
            (vec![], vec![], "signature not accepted"),
            (vec![], vec![(b"s".to_vec(), 0, 0)], "signature not accepted (0 of 0 required)"),
            (
                vec![signer("a", "s", rejected)],
                vec![(b"s".to_vec(), 0, 1)],
                "signature not accepted (0 of 1 required)",
            ),
            (
                vec![signer("a", "s", accepted)],
                vec![(b"s".to_vec(), 1, 2)],
                "signature not accepted (1 of 2 required)",
            ),
            (
                vec![signer("a", "s", rejected)],
                vec![(b"s".to_vec(), 1, 1)],
                "signature not accepted (1 of 1 required)",
            ),
        ];
        for (signers, thresholds, expected) in table {
            let outcome = Outcome {
                counts: Some(counts()),
                signers,
                thresholds,
                trust: Some(trust("keys/policy.toml", false)),
                ..Outcome::default()
            };
            let unlimited = Style { width: 0, ..PLAIN };
            assert_eq!(
                closing_line(&outcome, &unlimited),
                format!("5 files: 4 as listed, 1 changed, 0 missing, 0 unexpected; {expected}\n")
            );
            assert!(!text(&outcome, &PLAIN).contains("signed by"));
        }
    }

    #[test]
    fn a_wide_closing_line_breaks_after_a_clause() {
        let name = "n".repeat(90);
        let outcome = Outcome {
            counts: Some(counts()),
            signers: vec![
                signer("a", "s", SignerStatus::Accepted),
                signer(&name, "s", SignerStatus::Accepted),
            ],
            thresholds: vec![(b"s".to_vec(), 2, 2)],
            trust: Some(trust("--key", true)),
            ..Outcome::default()
        };
        let first = "5 files: 4 as signed, 1 changed, 0 missing, 0 unexpected;";
        let table = [
            (0, format!("{first} signed by a, {name} (2 of 2 required)\n")),
            (400, format!("{first} signed by a, {name} (2 of 2 required)\n")),
            (150, format!("{first}\n  signed by a, {name} (2 of 2 required)\n")),
            (80, format!("{first} signed by a,\n  {name}\n  (2 of 2 required)\n")),
        ];
        for (width, expected) in table {
            assert_eq!(closing_line(&outcome, &Style { width, ..PLAIN }), expected);
        }
    }

    #[test]
    fn nothing_to_close_is_no_closing_line() {
        let mut outcome = Outcome::default();
        outcome.push(Finding::error(Code::Usage, "unknown option '--foo'"));
        assert_eq!(
            text(&outcome, &PLAIN),
            "error[usage]: unknown option '--foo'\nverdict: refused\n"
        );
        outcome.trust = Some(trust("keys/policy.toml", false));
        assert_eq!(closing_line(&outcome, &PLAIN), "");
    }

    #[test]
    fn details_and_rejected_signers_are_lines() {
        let outcome = Outcome {
            signers: vec![SignerRow {
                key: Some("ed25519:AAAA".to_owned()),
                ..signer("ed25519:AAAA", "seeds", SignerStatus::Rejected(Code::Scope))
            }],
            details: vec![
                ("claimed_time", json!("2026\x1b[2J")),
                ("serial", json!(3)),
                ("ignore", json!([".git", "*.tmp"])),
                ("none_here", json!([])),
                ("previous", json!(null)),
                ("merkle", json!({"root": "\u{202e}", "at": {"x": 1}})),
                (
                    "collections",
                    json!([{"collection": "a", "merkle_size": 1}, {"collection": "b"}]),
                ),
            ],
            ..Outcome::default()
        };
        let expected = r#"signer: ed25519:AAAA, rejected for seeds (scope)
claimed time: 2026\x1b[2J
serial: 3
ignore: .git, *.tmp
none here: none
previous: none
merkle:
  root  \u{202e}
  at    {"x":1}
signature not accepted
verdict: passed
"#;
        assert_eq!(text(&outcome, &PLAIN), expected);
    }
}
