//! What `vidimus sign` says of what it signed, for people and for programs.

use super::super::Run;
use super::super::hash::continued;
use vidimus::codec::hex;
use vidimus::finding::Outcome;
use vidimus::key::SigningKey;
use vidimus::seal::{self, Action, Signed};
use vidimus::tree::SymlinkRule;

/// Adds the findings of what was signed to `outcome`, and says all of it.
pub(super) fn finish(mut outcome: Outcome, done: &[Signed], key: &SigningKey) -> Run {
    let mut text = String::new();
    for signed in done {
        signed.warnings.iter().for_each(|warning| outcome.push(warning.clone()));
        text.push_str(&line(signed, key));
        text.push_str(&left_out(signed));
        text.push_str(&not_read(signed));
        text.push_str(
            &continued(signed.continued).map_or_else(String::new, |line| format!("  {line}")),
        );
        for path in &signed.written {
            text.push_str(&format!("  wrote {}\n", vidimus::report::escape::path(path)));
        }
    }
    outcome.details.push(("signed", done.iter().map(json).collect::<Vec<_>>().into()));
    Run::data(text, outcome)
}

fn line(signed: &Signed, key: &SigningKey) -> String {
    let scope = vidimus::report::escape::path(&signed.scope);
    let scope = if scope.is_empty() { "this folder".to_owned() } else { scope };
    let what = match signed.action {
        Action::New => "signed",
        Action::Added => "signed as a further signer",
        Action::Nothing => "signed before by this key and unchanged",
    };
    let files = if signed.files == 1 { "file" } else { "files" };
    format!(
        "{scope}: {what}; {} {files}, {} bytes, serial {}\n  key {}\n",
        signed.files,
        signed.bytes,
        signed.serial,
        key.public()
    )
}

/// What the rules leave out, be they given now or taken over, unless it is the little that is
/// always left out.
fn left_out(signed: &Signed) -> String {
    let mut text = String::new();
    let always = [seal::default_ignore(), seal::evidence_ignore()].concat();
    let patterns = signed.rules.ignore.patterns().iter();
    let patterns: Vec<&str> =
        patterns.filter(|pattern| !always.contains(pattern)).map(String::as_str).collect();
    if !patterns.is_empty() {
        let shown = vidimus::report::escape::message(&patterns.join(", "));
        text.push_str(&format!("  leaves out what matches {shown}\n"));
    }
    if signed.rules.symlinks == SymlinkRule::Skip {
        text.push_str("  leaves out symbolic links\n");
    }
    text
}

/// What the statement says of files that were not read for it.
fn not_read(signed: &Signed) -> String {
    let Signed { not_read, files, .. } = signed;
    if *not_read == 0 {
        return String::new();
    }
    format!("  {not_read} of {files} not read when signed; unchanged since the signing before\n")
}

fn json(signed: &Signed) -> serde_json::Value {
    let action = match signed.action {
        Action::New => "new",
        Action::Added => "added",
        Action::Nothing => "nothing",
    };
    let written: Vec<String> =
        signed.written.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    serde_json::json!({
        "scope": String::from_utf8_lossy(&signed.scope),
        "serial": signed.serial,
        "files": signed.files,
        "bytes": signed.bytes,
        "not_read": signed.not_read,
        "continued": signed.continued,
        "action": action,
        "manifest_sha256": hex::encode(&signed.manifest_sha256),
        "ignore": signed.rules.ignore.patterns(),
        "symlinks": signed.rules.symlinks.as_str(),
        "written": written,
    })
}
