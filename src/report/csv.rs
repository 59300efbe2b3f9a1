//! The archivist's table: CSV (RFC 4180, CRLF) with one row a file, and one for each finding
//! that belongs to no file's row.
//!
//! Spreadsheets run cells that begin with `=`, `+`, `-` or `@`. So a path that does is written
//! with `./` in front (it names the same file), any other field with a blank in front.

use super::escape;
use crate::finding::{Code, Evidence, FileRow, Finding, Outcome, RowStatus, Severity};
use std::collections::HashMap;

/// The names of the columns.
const HEADER: &str = "path,status,code,severity,expected,found,bytes,message\r\n";

/// The table of an outcome whose rows were asked for, in their order; then the findings that no
/// row shows. Encoded in UTF-8, paths escaped as [`escape::path`] does.
pub fn csv(outcome: &Outcome) -> String {
    let mut left = Left::of(&outcome.findings);
    let mut out = HEADER.to_owned();
    for row in &outcome.rows {
        out.push_str(&file(row, left.take(row)));
    }
    out.extend(left.rest().map(finding));
    out
}

/// The findings that are in no row yet.
struct Left<'a> {
    findings: &'a [Finding],
    taken: Vec<bool>,
    errors: HashMap<&'a [u8], Vec<usize>>,
}

impl<'a> Left<'a> {
    fn of(findings: &'a [Finding]) -> Self {
        let mut errors: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            if let (Some(path), Severity::Error) = (&finding.path, finding.severity) {
                errors.entry(path).or_default().push(index);
            }
        }
        Self { findings, taken: vec![false; findings.len()], errors }
    }

    /// The error that says what the row's status says, if it has not been shown.
    fn take(&mut self, row: &FileRow) -> Option<&'a Finding> {
        let of_path = self.errors.get(row.path.as_slice())?;
        let fits = |index: &&usize| {
            self.taken.get(**index) == Some(&false)
                && self
                    .findings
                    .get(**index)
                    .is_some_and(|finding| explains(finding.code, row.status))
        };
        let index = *of_path.iter().find(fits)?;
        *self.taken.get_mut(index)? = true;
        self.findings.get(index)
    }

    fn rest(&self) -> impl Iterator<Item = &'a Finding> {
        self.findings
            .iter()
            .zip(&self.taken)
            .filter(|(_, taken)| !**taken)
            .map(|(finding, _)| finding)
    }
}

/// Whether an error of this code is the reason for this status.
fn explains(code: Code, status: RowStatus) -> bool {
    match status {
        RowStatus::Changed => code == Code::DigestMismatch,
        RowStatus::Missing => code == Code::Missing,
        RowStatus::Unexpected => code == Code::Unexpected,
        RowStatus::Unread => {
            !matches!(code, Code::DigestMismatch | Code::Missing | Code::Unexpected | Code::Moved)
        }
        RowStatus::Unchanged | RowStatus::Recorded => false,
    }
}

/// The word for what became of a file.
fn word(status: RowStatus) -> &'static str {
    match status {
        RowStatus::Unchanged => "unchanged",
        RowStatus::Changed => "changed",
        RowStatus::Missing => "missing",
        RowStatus::Unexpected => "unexpected",
        RowStatus::Unread => "unread",
        RowStatus::Recorded => "recorded",
    }
}

/// The row of one file.
fn file(row: &FileRow, finding: Option<&Finding>) -> String {
    line([
        path(&row.path),
        word(row.status).to_owned(),
        finding.map(|finding| finding.code.as_str().to_owned()).unwrap_or_default(),
        finding.map(|finding| finding.severity.as_str().to_owned()).unwrap_or_default(),
        text(row.expected.as_deref().unwrap_or_default()),
        text(row.found.as_deref().unwrap_or_default()),
        row.bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
        finding.map(|finding| text(&finding.message)).unwrap_or_default(),
    ])
}

/// The row of a finding that belongs to no file's row.
fn finding(finding: &Finding) -> String {
    line([
        finding.path.as_deref().map(path).unwrap_or_default(),
        "finding".to_owned(),
        finding.code.as_str().to_owned(),
        finding.severity.as_str().to_owned(),
        evidence(finding, "expected"),
        evidence(finding, "found"),
        evidence(finding, "bytes"),
        text(&finding.message),
    ])
}

/// The evidence of that name, or nothing.
fn evidence(finding: &Finding, name: &str) -> String {
    match finding.evidence.iter().find(|(known, _)| *known == name) {
        Some((_, Evidence::Text(value))) => text(value),
        Some((_, Evidence::Path(bytes))) => path(bytes),
        Some((_, Evidence::Number(number))) => number.to_string(),
        // What changed in a text is not for a cell.
        Some((_, Evidence::Changes { .. })) | None => String::new(),
    }
}

/// A path, escaped, that no spreadsheet takes for a formula.
fn path(bytes: &[u8]) -> String {
    let escaped = escape::path(bytes);
    if is_formula(&escaped) || bytes.starts_with(b"\t") { format!("./{escaped}") } else { escaped }
}

/// Any other text, escaped, that no spreadsheet takes for a formula.
fn text(text: &str) -> String {
    let escaped = escape::message(text);
    if is_formula(&escaped) { format!(" {escaped}") } else { escaped }
}

/// Whether a cell of this text might be run: the four signs, and their full-width forms.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

/// One record of RFC 4180 section 2. Fields with a semicolon are quoted too, for the countries
/// in which spreadsheets part fields there.
fn line(fields: [String; 8]) -> String {
    let quoted = fields.map(|field| {
        let plain = !field.contains(['"', ',', ';', '\r', '\n', '\t'])
            && !field.starts_with(' ')
            && !field.ends_with(' ');
        if plain { field } else { format!("\"{}\"", field.replace('"', "\"\"")) }
    });
    format!("{}\r\n", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(path: &str, status: RowStatus) -> FileRow {
        FileRow { path: path.into(), status, expected: None, found: None, bytes: None }
    }

    #[test]
    fn one_row_a_file_then_what_is_left() {
        let mut outcome = Outcome {
            rows: vec![
                FileRow {
                    expected: Some("sha256:00".to_owned()),
                    found: Some("sha256:00".to_owned()),
                    bytes: Some(7),
                    ..row("seeds/a", RowStatus::Unchanged)
                },
                FileRow {
                    expected: Some("sha256:00".to_owned()),
                    found: Some("sha256:01".to_owned()),
                    bytes: Some(8),
                    ..row("seeds/b, \"c\"", RowStatus::Changed)
                },
                row("seeds/d", RowStatus::Missing),
                row("seeds/e", RowStatus::Unexpected),
                row("seeds/f", RowStatus::Unread),
            ],
            ..Outcome::default()
        };
        outcome.push(
            Finding::error(Code::DigestMismatch, "is not the file that was signed")
                .at("seeds/b, \"c\""),
        );
        outcome.push(Finding::error(Code::Missing, "is not there").at("seeds/d"));
        outcome.push(Finding::error(Code::Unexpected, "was not signed").at("seeds/e"));
        outcome.push(Finding::note(Code::Moved, "was seeds/d").at("seeds/e"));
        outcome.push(Finding::error(Code::NotRegular, "is a FIFO").at("seeds/f"));
        outcome.push(
            Finding::error(
                Code::BadSignature,
                "the signature of press@example.org, made for 'a', fails",
            )
            .with("found", "ed25519:AA"),
        );
        assert_eq!(
            csv(&outcome),
            "path,status,code,severity,expected,found,bytes,message\r\n\
             seeds/a,unchanged,,,sha256:00,sha256:00,7,\r\n\
             \"seeds/b, \"\"c\"\"\",changed,digest-mismatch,error,sha256:00,sha256:01,8,is not the file that was signed\r\n\
             seeds/d,missing,missing,error,,,,is not there\r\n\
             seeds/e,unexpected,unexpected,error,,,,was not signed\r\n\
             seeds/f,unread,not-regular,error,,,,is a FIFO\r\n\
             seeds/e,finding,moved,note,,,,was seeds/d\r\n\
             ,finding,bad-signature,error,,ed25519:AA,,\"the signature of press@example.org, made for 'a', fails\"\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        let table = [
            ("=1+1", "./=1+1"),
            ("+a", "./+a"),
            ("-rf", "./-rf"),
            ("@x", "./@x"),
            ("\u{ff1d}x", "./\u{ff1d}x"),
            ("\ta", r"./\ta"),
            ("a\tb\r\nc", r"a\tb\r\nc"),
            ("a;=b", "\"a;=b\""),
            ("a ", "\"a \""),
            ("\u{202e}=", r"\u{202e}="),
            ("seeds/=1", "seeds/=1"),
        ];
        for (name, expected) in table {
            let outcome =
                Outcome { rows: vec![row(name, RowStatus::Recorded)], ..Outcome::default() };
            assert_eq!(csv(&outcome), format!("{HEADER}{expected},recorded,,,,,,\r\n"));
        }
        let mut outcome = Outcome::default();
        outcome.push(Finding::error(Code::Usage, "=cmd|'/c calc'!A0").with("found", "@x"));
        assert_eq!(
            csv(&outcome),
            format!("{HEADER},finding,usage,error,,\" @x\",,\" =cmd|'/c calc'!A0\"\r\n")
        );
    }

    proptest! {
        #[test]
        fn every_record_has_eight_fields(path in prop::collection::vec(any::<u8>(), 0..16), message in any::<String>()) {
            let mut outcome = Outcome::default();
            outcome.push(Finding::error(Code::Io, message).at(path));
            let table = csv(&outcome);
            let record = table.strip_prefix(HEADER).unwrap().strip_suffix("\r\n").unwrap();
            prop_assert!(!record.chars().any(escape::is_hidden));
            let mut quoted = false;
            let commas = record.chars().filter(|&c| {
                quoted ^= c == '"';
                c == ',' && !quoted
            });
            prop_assert_eq!(commas.count(), 7);
        }
    }
}
