//! The options of a line: `cert-authority`, `namespaces="..."`, `valid-after="..."`,
//! `valid-before="..."`, names in any case, separated by commas, each at most once.

use super::error::LineError;
use super::stamp;
use crate::time::Time;

/// What the options of a line say.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) cert_authority: bool,
    pub(super) namespaces: Option<Vec<String>>,
    pub(super) valid_after: Option<Time>,
    pub(super) valid_before: Option<Time>,
    /// Whether some time did not say that it is UTC.
    pub(super) local_time: bool,
}

const NAMES: [&str; 4] = ["cert-authority", "namespaces", "valid-after", "valid-before"];

/// Reads the word of a line that holds the options.
pub(super) fn read(word: &str) -> Result<Options, LineError> {
    let mut options = Options::default();
    let mut rest = word;
    loop {
        let end = rest.find(['=', ',', '"']).unwrap_or(rest.len());
        let (given, after) = rest.split_at(end);
        let name = NAMES.into_iter().find(|name| name.eq_ignore_ascii_case(given));
        let name = name.ok_or_else(|| LineError::UnknownOption(given.to_owned()))?;
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => {
                let (value, after) = dequote(after).ok_or(LineError::Value(name))?;
                (Some(value), after)
            }
            None => (None, after),
        };
        options.set(name, value)?;
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None if after.is_empty() => break,
            None => return Err(LineError::Quote),
        }
    }
    match (options.valid_after, options.valid_before) {
        (Some(after), Some(before)) if before <= after => Err(LineError::NeverValid),
        (_, _) => Ok(options),
    }
}

/// Takes a text in double quotes, in which `\"` is a quote and any other backslash itself;
/// gives it and what follows.
fn dequote(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut value = String::new();
    loop {
        let (plain, after) = rest.split_once('"')?;
        rest = after;
        if let Some(plain) = plain.strip_suffix('\\') {
            value.push_str(plain);
            value.push('"');
        } else {
            value.push_str(plain);
            return Some((value, rest));
        }
    }
}

impl Options {
    fn set(&mut self, name: &'static str, value: Option<String>) -> Result<(), LineError> {
        match (name, value) {
            ("cert-authority", None) if self.cert_authority => Err(LineError::OptionTwice(name)),
            ("cert-authority", None) => {
                self.cert_authority = true;
                Ok(())
            }
            ("namespaces", Some(value)) => {
                put(&mut self.namespaces, name, value.split(',').map(str::to_owned).collect())
            }
            ("valid-after", Some(value)) => {
                let time = self.time(name, &value)?;
                put(&mut self.valid_after, name, time)
            }
            ("valid-before", Some(value)) => {
                let time = self.time(name, &value)?;
                put(&mut self.valid_before, name, time)
            }
            ("cert-authority", Some(_)) => Err(LineError::UnknownOption(format!("{name}="))),
            (_, _) => Err(LineError::Value(name)),
        }
    }

    fn time(&mut self, name: &'static str, text: &str) -> Result<Time, LineError> {
        let (time, utc) = stamp::read(text).ok_or(LineError::Time(name))?;
        self.local_time |= !utc;
        Ok(time)
    }
}

fn put<T>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), LineError> {
    if place.is_some() {
        return Err(LineError::OptionTwice(name));
    }
    *place = Some(value);
    Ok(())
}
