//! The armour of an SSHSIG (OpenSSH's PROTOCOL.sshsig, "Armored format").
//!
//! Nothing before the header, nothing after the footer but one line feed, no CR, lines of at
//! most 76 characters, and canonical base64 once they are joined. Where the lines break says
//! nothing, so any break is read; written are lines of 70, as `ssh-keygen` does.

use crate::codec::base64;

const HEADER: &str = "-----BEGIN SSH SIGNATURE-----";
const FOOTER: &str = "-----END SSH SIGNATURE-----";
/// Longest line that is read.
const LONGEST: usize = 76;
/// Length of the lines that are written.
const WIDTH: usize = 70;

/// Why a text is no armoured signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArmourError {
    /// Does not begin with the header or end with the footer, or something stands around them.
    #[error("not one text from {HEADER} to {FOOTER}")]
    Frame,
    /// A line is empty or longer than 76 characters.
    #[error("a line that is empty or longer than {LONGEST} characters")]
    Line,
    /// The joined lines are not canonical base64.
    #[error("the lines are not canonical base64")]
    Base64,
}

/// The bytes inside the armour.
pub(super) fn open(text: &[u8]) -> Result<Vec<u8>, ArmourError> {
    let text = std::str::from_utf8(text).map_err(|_| ArmourError::Frame)?;
    let body = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .strip_prefix(HEADER)
        .and_then(|rest| rest.strip_prefix('\n'))
        .and_then(|rest| rest.strip_suffix(FOOTER))
        .and_then(|rest| rest.strip_suffix('\n'))
        .ok_or(ArmourError::Frame)?;
    if body.split('\n').any(|line| line.is_empty() || line.len() > LONGEST) {
        return Err(ArmourError::Line);
    }
    base64::decode(&body.replace('\n', "")).map_err(|_| ArmourError::Base64)
}

/// Puts `bytes` into armour, with a final line feed.
pub(super) fn close(bytes: &[u8]) -> String {
    let mut text = format!("{HEADER}\n");
    for (index, letter) in base64::encode(bytes).char_indices() {
        if index > 0 && index % WIDTH == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push('\n');
    text.push_str(FOOTER);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_closes() {
        for length in [1, 52, 53, 105, 300] {
            let bytes = vec![0xa5; length];
            let text = close(&bytes);
            assert_eq!(open(text.as_bytes()), Ok(bytes.clone()));
            assert_eq!(open(text.trim_end().as_bytes()), Ok(bytes));
        }
    }

    #[test]
    fn anything_around_or_odd_is_refused() {
        let table = [
            (String::new(), ArmourError::Frame),
            (format!("{HEADER}\n{FOOTER}\n"), ArmourError::Frame),
            (format!("{HEADER}\n\n{FOOTER}\n"), ArmourError::Line),
            (format!("\n{HEADER}\nAAAA\n{FOOTER}\n"), ArmourError::Frame),
            (format!(" {HEADER}\nAAAA\n{FOOTER}\n"), ArmourError::Frame),
            (format!("{HEADER}\nAAAA\n{FOOTER}\n\n"), ArmourError::Frame),
            (format!("{HEADER}\nAAAA\n{FOOTER} "), ArmourError::Frame),
            (format!("{HEADER}\nAAAA{FOOTER}\n"), ArmourError::Frame),
            (format!("{HEADER}\r\nAAAA\r\n{FOOTER}\r\n"), ArmourError::Frame),
            (format!("{HEADER}\nAAAA\r\n{FOOTER}\n"), ArmourError::Base64),
            (format!("{HEADER}\nAAA\n{FOOTER}\n"), ArmourError::Base64),
            (format!("{HEADER}\nAAB=\n{FOOTER}\n"), ArmourError::Base64),
            (format!("{HEADER}\nAA==\nAAAA\n{FOOTER}\n"), ArmourError::Base64),
            (format!("{HEADER}\nAA A\n{FOOTER}\n"), ArmourError::Base64),
            (format!("{HEADER}\nAAAA\n\nAAAA\n{FOOTER}\n"), ArmourError::Line),
            (format!("{HEADER}\n{}\n{FOOTER}\n", "A".repeat(80)), ArmourError::Line),
            (format!("{HEADER}\nAAAA\n{FOOTER}\n{HEADER}\nAAAA\n{FOOTER}\n"), ArmourError::Base64),
        ];
        for (text, expected) in table {
            assert_eq!(open(text.as_bytes()), Err(expected), "{text:?}");
        }
        let longest = format!("{HEADER}\n{}\n{FOOTER}\n", "A".repeat(76));
        assert_eq!(open(longest.as_bytes()), Ok(vec![0; 57]));
    }
}
