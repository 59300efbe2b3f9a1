//! PEM (RFC 7468), strict: the text begins with `-----BEGIN` and nothing but white space
//! follows its end; one block, no headers.

use super::KeyError;
use der::pem::{Decoder, LineEnding};
use zeroize::Zeroizing;

/// How a PEM text begins.
pub(super) const BEGIN: &[u8] = b"-----BEGIN ";

/// How the base64 may be folded.
#[derive(Clone, Copy)]
pub(super) enum Fold {
    /// At 64 characters, as RFC 7468 says.
    Standard,
    /// At the width of the first line: OpenSSH folds at 70.
    AsFound,
}

/// One block.
pub(super) struct Block<'a> {
    /// What stands after `BEGIN`.
    pub(super) label: &'a str,
    /// The bytes; zeroised, because they may be a private key.
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// The label of a text that begins like PEM.
pub(super) fn label(text: &[u8]) -> Option<&str> {
    let rest = text.strip_prefix(BEGIN)?;
    let end = rest.windows(5).position(|window| window == b"-----")?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

/// Reads the one block that `text` is.
pub(super) fn decode(text: &[u8], fold: Fold) -> Result<Block<'_>, KeyError> {
    if !text.starts_with(BEGIN) {
        return Err(KeyError::malformed("not PEM: it does not begin with -----BEGIN"));
    }
    let text = text.trim_ascii_end();
    let broken = |_| KeyError::malformed("not one well-formed block of PEM");
    let mut decoder = match fold {
        Fold::Standard => Decoder::new(text),
        Fold::AsFound => Decoder::new_detect_wrap(text),
    }
    .map_err(broken)?;
    let mut bytes = Zeroizing::new(vec![0; decoder.remaining_len()]);
    decoder.decode(&mut bytes).map_err(broken)?;
    if !decoder.is_finished() {
        return Err(KeyError::malformed("not one well-formed block of PEM"));
    }
    Ok(Block { label: decoder.type_label(), bytes })
}

/// Writes one block, folded at 64, with a line feed at its end.
pub(super) fn encode(label: &str, bytes: &[u8]) -> Result<Zeroizing<String>, KeyError> {
    der::pem::encode_string(label, LineEnding::LF, bytes)
        .map(Zeroizing::new)
        .map_err(|_| KeyError::malformed("too long for PEM"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_and_nothing_else() {
        let text = encode("X", &[7; 60]).unwrap();
        let block = decode(text.as_bytes(), Fold::Standard).unwrap();
        assert_eq!((block.label, block.bytes.as_slice()), ("X", &[7; 60][..]));
        let crlf = text.replace('\n', "\r\n") + "\r\n \n";
        assert!(decode(crlf.as_bytes(), Fold::Standard).is_ok());
        let refused = [
            format!("\n{}", *text),
            format!("a\n{}", *text),
            format!("{}a", *text),
            format!("{}{}", *text, *text),
            text.replace("BEGIN X", "BEGIN Y"),
            text.replacen("X-----\n", "X-----\nA: b\n\n", 1),
            text.replace("-----END X-----\n", ""),
            text.replacen("Bw", " Bw", 1),
            text.replacen("Bw", "B\nw", 1),
            "-----BEGIN ".into(),
            String::new(),
        ];
        for text in refused {
            assert!(decode(text.as_bytes(), Fold::Standard).is_err(), "{text}");
        }
    }

    #[test]
    fn labels() {
        assert_eq!(label(b"-----BEGIN A B-----\n"), Some("A B"));
        assert_eq!(label(b"-----BEGIN A B"), None);
        assert_eq!(label(b"x"), None);
    }
}
