//! Keys of notes on the command line: the key itself, or a file of one or more.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use vidimus::envelope::note::Verifier;
use vidimus::finding::{Code, Finding};
use vidimus::{fs, limits};

/// Reads the keys that are given, in their order.
pub(super) fn load(given: &[OsString]) -> super::Result<Vec<Verifier>> {
    let mut keys = Vec::new();
    for argument in given {
        keys.extend(one(argument).map_err(|finding| vec![finding])?);
        if keys.len() > limits::KEYS {
            let message = format!("more than {} keys", limits::KEYS);
            return Err(vec![Finding::error(Code::Limit, message)]);
        }
    }
    Ok(keys)
}

fn one(argument: &OsString) -> Result<Vec<Verifier>, Finding> {
    if let Some(text) = argument.to_str().filter(|text| is_literal(text)) {
        let key = Verifier::parse(text);
        return key.map(|key| vec![key]).map_err(|error| Finding::of(&error).with("key", text));
    }
    let shown = argument.as_bytes();
    let bytes = fs::read_named(Path::new(argument), limits::KEY_BYTES).map_err(|error| {
        let finding = Finding::of(&error).at(shown);
        if error.is_not_found() {
            finding.help("a note key was wanted here: NAME+ID+BASE64, or a file that holds it")
        } else {
            finding
        }
    })?;
    from_file(&bytes).map_err(|finding| finding.at(shown))
}

/// Whether an argument is a key itself and no file: the two `+` of a key, and no such file.
fn is_literal(text: &str) -> bool {
    text.split('+').count() > 2 && !fs::kind_named(Path::new(text)).is_ok_and(|kind| kind.is_some())
}

/// One key a line; empty lines and those that begin with `#` are passed over.
fn from_file(bytes: &[u8]) -> Result<Vec<Verifier>, Finding> {
    let malformed = || Finding::error(Code::Malformed, "is no file of note keys");
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Vec<Verifier> = lines
        .map(Verifier::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| Finding::of(&error))?;
    if keys.is_empty() { Err(malformed()) } else { Ok(keys) }
}
