//! Writing a list, so that reading it gives the same entries.

use super::{Entry, EntryKey, line, stamp};
use crate::codec::base64;
use crate::finding::{Code, Coded};
use crate::key;

/// An entry that the format has no spelling for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {} cannot be written as a line of allowed signers", .place.saturating_add(1))]
pub struct Unprintable {
    /// Its place among the entries, from 0.
    pub place: usize,
}

impl Coded for Unprintable {
    fn code(&self) -> Code {
        Code::Malformed
    }
}

/// Writes entries, one a line; times as UTC with `Z`.
///
/// # Errors
/// [`Unprintable`] for the first entry that would not be read back as it is, such as one with
/// a line feed in a name.
pub fn print(entries: &[Entry]) -> Result<String, Unprintable> {
    let lines = entries.iter().enumerate();
    lines.map(|(place, entry)| print_line(entry).ok_or(Unprintable { place })).collect()
}

/// One entry with its line feed; `None` when it would not be read back as it is.
pub(super) fn print_line(entry: &Entry) -> Option<String> {
    let fields = [
        Some(principals(entry)),
        options(entry),
        Some(key_words(&entry.key)),
        entry.comment.clone(),
    ];
    let text = fields.into_iter().flatten().collect::<Vec<_>>().join(" ");
    match line::read(text.as_bytes()) {
        Ok(Some((read, _))) if read == *entry => Some(text + "\n"),
        Ok(_) | Err(_) => None,
    }
}

fn principals(entry: &Entry) -> String {
    let list = entry.principals.join(",");
    if list.contains([' ', '\t']) || list.starts_with('#') {
        return format!("\"{list}\"");
    }
    list
}

fn options(entry: &Entry) -> Option<String> {
    let quoted = |name, value: &str| format!("{name}=\"{}\"", value.replace('"', "\\\""));
    let options = [
        entry.cert_authority.then(|| "cert-authority".to_owned()),
        entry.namespaces.as_ref().map(|list| quoted("namespaces", &list.join(","))),
        entry.valid_after.map(|time| quoted("valid-after", &stamp::write(time))),
        entry.valid_before.map(|time| quoted("valid-before", &stamp::write(time))),
    ];
    let options: Vec<String> = options.into_iter().flatten().collect();
    (!options.is_empty()).then(|| options.join(","))
}

fn key_words(key: &EntryKey) -> String {
    match key {
        EntryKey::Usable(key) => key::openssh_line(key, "").trim_end().to_owned(),
        EntryKey::Unusable { kind, blob } => format!("{kind} {}", base64::encode(blob)),
    }
}
