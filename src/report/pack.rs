//! The page in a pack: what is proven about one file, what is not, and how to repeat the proof, in
//! words for people who know neither this program nor the field.
//!
//! It says what one verification said, with the time at which it was made; it proves nothing by
//! itself, and says so.

use super::diff::html::{titled, words};
use super::escape;
use crate::finding::{Outcome, SignerRow, SignerStatus, Verdict};
use crate::time::Time;

/// What the page is about.
pub struct PackPage<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// The archive's id.
    pub archive: &'a str,
    /// SHA-256 of the archive's policy, in hex.
    pub policy_sha256: &'a str,
    /// The files of the pack, beside this page.
    pub files: &'a [String],
    /// When it was made, by the clock of whoever made it.
    pub made: Time,
    /// What verifying the pack said then.
    pub outcome: &'a Outcome,
}

/// The page, as one HTML file that needs nothing else.
pub fn pack_page(page: &PackPage<'_>) -> String {
    let file = escape::message(page.file);
    let mut out = format!("<h1>What this folder proves about {}</h1>\n", words(&file));
    out.push_str(&verdict(page));
    out.push_str(&proven(page));
    out.push_str(&not_proven(page));
    out.push_str(&repeat(page));
    out.push_str(&contents(page));
    titled(&format!("What is proven about {file}"), &out)
}

fn verdict(page: &PackPage<'_>) -> String {
    let verdict = page.outcome.exit().verdict();
    let word = verdict.as_str();
    let sentence = match verdict {
        Verdict::Passed => "Every check below held",
        Verdict::Failed => {
            "At least one check did not hold; this folder does not prove what it should"
        }
        Verdict::Refused | Verdict::Undecided => "The checks could not be finished",
    };
    let findings: String = page
        .outcome
        .findings
        .iter()
        .map(|finding| {
            format!(
                "<li><code>{}</code> {}</li>\n",
                finding.code.as_str(),
                words(&escape::message(&finding.message))
            )
        })
        .collect();
    let findings = if findings.is_empty() { findings } else { format!("<ul>\n{findings}</ul>\n") };
    format!(
        "<p class=\"verdict {word}\"><strong>{word}</strong> {sentence} when this folder was made, \
         at {} by the clock of the computer that made it. This page only repeats what the program \
         Vidimus said then. Do not believe it: repeat the check, as described below.</p>\n{findings}",
        page.made
    )
}

/// One fact of the list.
fn item(text: &str) -> String {
    format!("<li>{text}</li>\n")
}

fn code(text: &str) -> String {
    format!("<code class=\"sha\">{}</code>", words(&escape::message(text)))
}

fn proven(page: &PackPage<'_>) -> String {
    if page.outcome.exit().verdict() != Verdict::Passed {
        return "<h2>What is proven</h2>\n<p>Nothing, as long as the checks do not hold.</p>\n"
            .to_owned();
    }
    let mut out = String::from("<h2>What is proven</h2>\n<ol>\n");
    if let Some(digest) = page.outcome.rows.first().and_then(|row| row.found.as_deref()) {
        out.push_str(&item(&format!(
            "<b>The content.</b> The file <bdi>{}</bdi> is, to the last byte, the one that was signed. \
             Its fingerprint is {}. Changing a single character gives another fingerprint.",
            words(&escape::message(page.file)),
            code(digest)
        )));
    }
    out.push_str(&place(page));
    let policy = "keys/policy.toml";
    let signers = page.outcome.signers.iter().filter(|row| {
        row.status == SignerStatus::Accepted && row.scope.as_deref() != Some(policy.as_bytes())
    });
    out.extend(signers.map(signer));
    out + "</ol>\n"
}

/// Where the file stands among what was signed.
fn place(page: &PackPage<'_>) -> String {
    let Some((_, value)) = page.outcome.details.iter().find(|(name, _)| *name == "proof") else {
        return String::new();
    };
    let text = |name: &str| {
        value.get(name).map(|value| match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        })
    };
    let (Some(collection), Some(serial), Some(line), Some(lines), Some(name)) =
        (text("collection"), text("serial"), text("line"), text("lines"), text("signed_name"))
    else {
        return String::new();
    };
    let said = |text: &str| words(&escape::message(text));
    item(&format!(
        "<b>The place.</b> It is file {line} of {lines} in the signed list of the collection \
         <bdi>{}</bdi> (statement number {serial}) of the archive <bdi>{}</bdi>, under the name <bdi>{}</bdi>. \
         The contents of the other files are not in this folder, and need not be.",
        said(&collection),
        said(page.archive),
        said(&name)
    ))
}

/// Who signed, and by when that is proven.
fn signer(row: &SignerRow) -> String {
    let said = |text: &str| words(&escape::message(text));
    let mut out = format!(
        "<b>The signature.</b> It was signed with the key that the archive's policy \
                           calls <bdi>{}</bdi>",
        said(&row.name)
    );
    if let Some(key) = &row.key {
        out.push_str(&format!(" ({})", code(key)));
    }
    out.push('.');
    match row.proven {
        Some(time) => out.push_str(&format!(
            " <b>The time.</b> The signature, and so the file, existed no later than <b>{time}</b>. \
             That is the word of others than the signer:"
        )),
        None => out.push_str(
            " When it was signed is <b>not</b> proven by anybody but the signer.",
        ),
    }
    if !row.proofs.is_empty() {
        out.push_str("<ul>\n");
        for proof in &row.proofs {
            let time = proof.time.map(|time| format!(", {time}")).unwrap_or_default();
            out.push_str(&item(&format!(
                "{}: <bdi>{}</bdi>{time}",
                meaning(proof.kind),
                said(&proof.by)
            )));
        }
        out.push_str("</ul>\n");
    }
    item(&out)
}

fn meaning(kind: &str) -> &'static str {
    match kind {
        "timestamp" => "time stamping authority (RFC 3161)",
        "log" => "recorded in the append-only log",
        "witness" => "witness of that log",
        _ => "proof",
    }
}

fn not_proven(page: &PackPage<'_>) -> String {
    let mut out = String::from("<h2>What is not proven</h2>\n<ul>\n");
    let fixed = [
        "That what the document says is true, or who wrote it. Only that these bytes were signed.",
        "That the document is not older than the time given: it existed <b>by</b> then.",
        "That the person or body named holds the key. The policy says so, and the policy is believed \
         because its fingerprint (below) is confirmed by another way than this folder.",
        "Anything about other files of the collection. The hashes in the proof reveal none of them, but \
         whoever already has a copy of a neighbouring file can find out that it is there; and the signed \
         statement in <code>evidence/</code> may name the files of a small collection with their fingerprints.",
    ];
    out.extend(fixed.into_iter().map(item));
    let more = page.outcome.not_checked.iter();
    out.extend(more.map(|text| {
        let said = words(&escape::message(text));
        if text.contains(": not checked") {
            item(&said)
        } else {
            item(&format!("Not checked: {said}"))
        }
    }));
    out + "</ul>\n"
}

/// A word of a shell command line.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/@%+=:".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn command(line: &str) -> String {
    format!("<pre><code>{}</code></pre>\n", words(&escape::message(line)))
}

fn repeat(page: &PackPage<'_>) -> String {
    let dash = if page.file.starts_with('-') { "./" } else { "" };
    let file = quoted(&format!("{dash}{}", page.file));
    let proof = quoted(&format!("evidence/{}.tlog-proof", page.file));
    let sha256 = page.policy_sha256;
    let mut out = format!(
        "<h2>How to repeat the check</h2>\n\
         <p>First confirm, by telephone or from a printed or published source of the archive and not \
         from this folder, that the fingerprint of its policy is</p>\n<p>{}</p>\n\
         <p>Then, in this folder, with the program <code>vidimus</code> (no network is used):</p>\n",
        code(sha256)
    );
    out.push_str(&command(&format!(
        "vidimus verify {file} --proof {proof} --policy-sha256 {sha256} --no-state"
    )));
    out.push_str(
        "<p>Parts of it can be repeated with tools that have nothing to do with Vidimus:</p>\n",
    );
    out.push_str(&command(&format!("sha256sum {file}")));
    for line in openssl(page.files) {
        out.push_str(&command(&line));
    }
    out + "<p>The proof itself is in the public format <code>c2sp.org/tlog-proof@v1</code>; its hashes \
           are those of RFC 6962, section 2.1, and the leaf is the line in its <code>extra</code> data.</p>\n"
}

/// What `openssl` can check by itself: the signatures, and the timestamps over them.
fn openssl(files: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for file in files {
        if let Some(stem) = file.strip_suffix(".signed") {
            lines.push(format!(
                "openssl pkeyutl -verify -pubin -inkey {} -rawin -in {} -sigfile {}",
                quoted(&format!("{stem}.key.pem")),
                quoted(file),
                quoted(&format!("{stem}.signature"))
            ));
        }
        if let Some(stem) = file.strip_suffix(".tsr").and_then(|rest| rest.rsplit_once('.')) {
            lines.push(format!(
                "openssl ts -verify -in {} -data {} -CAfile evidence/openssl/time-authorities.pem",
                quoted(file),
                quoted(&format!("{}.signature", stem.0))
            ));
        }
    }
    lines
}

fn contents(page: &PackPage<'_>) -> String {
    let files: String = page
        .files
        .iter()
        .map(|file| item(&format!("<code>{}</code>", words(&escape::message(file)))))
        .collect();
    format!("<h2>What is in this folder</h2>\n<ul>\n{files}</ul>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Finding, ProofRow};

    fn page(outcome: &Outcome, file: &str) -> String {
        pack_page(&PackPage {
            file,
            archive: "example.org/a",
            policy_sha256: "00ff",
            files: &[
                "evidence/openssl/SHA256SUMS.signed".to_owned(),
                "evidence/openssl/SHA256SUMS.1.tsr".to_owned(),
            ],
            made: Time::parse("2026-01-31T12:00:00Z").unwrap(),
            outcome,
        })
    }

    #[test]
    fn nothing_is_proven_by_a_pack_that_does_not_verify() {
        let signer = SignerRow {
            name: "press".to_owned(),
            key: None,
            scope: None,
            evidence: None,
            status: SignerStatus::Accepted,
            proven: None,
            proofs: vec![ProofRow { kind: "witness", by: "w1".to_owned(), time: None }],
        };
        let mut outcome = Outcome { signers: vec![signer], ..Outcome::default() };
        let good = page(&outcome, "a.txt");
        assert!(good.contains("<strong>passed</strong>") && good.contains("<bdi>press</bdi>"));
        assert!(good.contains("witness of that log: <bdi>w1</bdi>"));
        outcome.push(Finding::error(Code::DigestMismatch, "is not the file that was signed"));
        let bad = page(&outcome, "a.txt");
        assert!(
            bad.contains("<strong>failed</strong>") && bad.contains("<code>digest-mismatch</code>")
        );
        assert!(!bad.contains("<bdi>press</bdi>"));
    }

    #[test]
    fn names_become_neither_markup_nor_commands() {
        let page = page(&Outcome::default(), "-a'<b>;rm \u{202e}.txt");
        assert!(!page.contains("<b>;rm") && page.contains("&lt;b&gt;;rm"));
        assert!(!page.contains('\u{202e}'));
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("plain-1.txt"), "plain-1.txt");
        assert_eq!(quoted("-x"), "'-x'");
    }

    #[test]
    fn what_openssl_can_check_is_said() {
        let page = page(&Outcome::default(), "a.txt");
        assert!(page.contains("openssl ts -verify -in evidence/openssl/SHA256SUMS.1.tsr -data evidence/openssl/SHA256SUMS.signature"));
        assert!(page.contains("-sigfile evidence/openssl/SHA256SUMS.signature"));
    }
}
