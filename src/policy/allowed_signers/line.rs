//! One line of the list: `principals [options] kind base64 [comment]`.

use super::error::LineError;
use super::options::{self, Options};
use super::{Entry, EntryKey, Remark};
use crate::codec::base64;
use crate::finding::{Code, Coded as _};
use crate::key;

/// Between the words of a line.
const BLANK: [char; 2] = [' ', '\t'];
/// How the names of all kinds of OpenSSH keys begin; no option begins so.
const KINDS: [&str; 3] = ["ssh-", "ecdsa-", "sk-"];

/// Reads a line, without its line feed. `None` for an empty line or a comment.
pub(super) fn read(bytes: &[u8]) -> Result<Option<(Entry, Vec<Remark>)>, LineError> {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let start = bytes.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    let bytes = bytes.get(start..).unwrap_or_default();
    if bytes.first().is_none_or(|&byte| byte == b'#') {
        return Ok(None);
    }
    let line = std::str::from_utf8(bytes).map_err(|_| LineError::NotUtf8)?;
    if let Some(control) = line.chars().find(|&c| c.is_control() && c != '\t') {
        return Err(LineError::Control(control));
    }
    let (principals, rest) = principals(line)?;
    let (options, rest) = options(rest)?;
    let (kind, rest) = word(rest)?;
    let (base64, rest) = word(rest)?;
    let comment = rest.trim_matches(BLANK);
    let entry = Entry {
        principals,
        cert_authority: options.cert_authority,
        namespaces: options.namespaces,
        valid_after: options.valid_after,
        valid_before: options.valid_before,
        key: read_key(kind, base64)?,
        comment: (!comment.is_empty()).then(|| comment.to_owned()),
    };
    let remarks = remarks(&entry, options.local_time);
    Ok(Some((entry, remarks)))
}

fn remarks(entry: &Entry, local_time: bool) -> Vec<Remark> {
    let unusable = match &entry.key {
        EntryKey::Usable(_) => None,
        EntryKey::Unusable { kind, .. } => Some(Remark::UnusableKey { kind: kind.clone() }),
    };
    let authority = entry.cert_authority.then_some(Remark::CertAuthority);
    local_time.then_some(Remark::LocalTime).into_iter().chain(authority).chain(unusable).collect()
}

/// The principals, in quotes when they hold blanks; there is no way to write a quote in them.
fn principals(line: &str) -> Result<(Vec<String>, &str), LineError> {
    let (list, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or(LineError::Quote)?,
        None => line.split_at(line.find(BLANK).ok_or(LineError::NoKey)?),
    };
    if list.contains('"') || !rest.starts_with(BLANK) {
        return Err(LineError::Quote);
    }
    if list.is_empty() {
        return Err(LineError::NoPrincipal);
    }
    Ok((list.split(',').map(str::to_owned).collect(), rest))
}

fn options(rest: &str) -> Result<(Options, &str), LineError> {
    let (first, after) = word(rest)?;
    if KINDS.iter().any(|kind| first.starts_with(kind)) {
        return Ok((Options::default(), rest));
    }
    Ok((options::read(first)?, after))
}

/// The next word, which ends at a blank outside of double quotes.
fn word(text: &str) -> Result<(&str, &str), LineError> {
    let text = text.trim_start_matches(BLANK);
    let (mut quoted, mut escaped) = (false, false);
    let mut end = text.len();
    for (place, character) in text.char_indices() {
        if !quoted && BLANK.contains(&character) {
            end = place;
            break;
        }
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\';
    }
    match (end, quoted) {
        (_, true) => Err(LineError::Quote),
        (0, false) => Err(LineError::NoKey),
        (_, false) => Ok(text.split_at(end)),
    }
}

fn read_key(kind: &str, base64: &str) -> Result<EntryKey, LineError> {
    let blob = base64::decode(base64).map_err(|_| LineError::NotBase64)?;
    // RFC 4253 section 6.6: the name of the kind is the blob's first string.
    let named = blob
        .split_first_chunk::<4>()
        .and_then(|(size, rest)| rest.get(..usize::try_from(u32::from_be_bytes(*size)).ok()?));
    if named != Some(kind.as_bytes()) {
        return Err(LineError::OtherKind(kind.to_owned()));
    }
    match key::parse_openssh_blob(&blob) {
        Ok(key) => Ok(EntryKey::Usable(key)),
        Err(error) if error.code() == Code::Unsupported => {
            Ok(EntryKey::Unusable { kind: kind.to_owned(), blob })
        }
        Err(error) => Err(LineError::Key(error)),
    }
}
