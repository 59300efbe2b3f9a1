//! Bytes to characters: byte order mark, strict UTF-8, else a guess that is said to be one.
//!
//! The guess is the one of `chardetng`, the detector of a browser; it knows the encodings of the
//! web and no others. Bytes that are no text are refused, never shown as text.

use super::offsets::Offsets;
use super::{Encoding, TextError};
use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

/// A decoded text, with the way back to the bytes.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: Encoding,
    pub(super) offsets: Offsets,
}

/// Decodes a whole file; `declared` is the encoding that the document names for itself.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> Result<Decoded, TextError> {
    if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(bytes) {
        return with(encoding, bytes, length, false);
    }
    refuse_binary(bytes)?;
    if let Ok(text) = std::str::from_utf8(bytes) {
        let encoding = Encoding { name: "utf-8", bom: false, assumed: false, malformed: 0 };
        return Ok(Decoded { text: text.to_owned(), encoding, offsets: Offsets::same(0) });
    }
    let declared = declared.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    match declared {
        Some(encoding) if encoding != UTF_8 => with(encoding, bytes, 0, false),
        Some(_) | None if mostly_utf8(bytes) => with(UTF_8, bytes, 0, true),
        Some(_) | None => with(guess(bytes), bytes, 0, true),
    }
}

/// What the detector takes it for.
fn guess(bytes: &[u8]) -> &'static encoding_rs::Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

/// A NUL, or more than one control character in fifty, is no text of an encoding without byte
/// order mark.
fn refuse_binary(bytes: &[u8]) -> Result<(), TextError> {
    if let Some(offset) = memchr::memchr(0, bytes) {
        return Err(TextError::Binary { offset, byte: 0 });
    }
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t'..=b'\r' | 0x1b);
    // Few enough at once that a byte can count them: a compiler makes that vector instructions.
    let in_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(is_control(byte))).sum::<u8>();
    let controls: usize = bytes.chunks(128).map(|chunk| usize::from(in_chunk(chunk))).sum();
    if controls.saturating_mul(50) <= bytes.len() {
        return Ok(());
    }
    match bytes.iter().position(is_control) {
        Some(offset) => {
            let byte = bytes.get(offset).copied().unwrap_or_default();
            Err(TextError::Binary { offset, byte })
        }
        None => Ok(()),
    }
}

/// Whether more characters of several bytes are right UTF-8 than wrong: a damaged UTF-8 file, or
/// one into which another encoding was pasted.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let mut right = 0_usize;
    let mut wrong = 0_usize;
    for chunk in bytes.utf8_chunks() {
        right = right.saturating_add(chunk.valid().chars().filter(|c| !c.is_ascii()).count());
        wrong = wrong.saturating_add(usize::from(!chunk.invalid().is_empty()));
    }
    right > wrong
}

/// Decodes what follows the first `skip` bytes.
fn with(
    encoding: &'static encoding_rs::Encoding,
    bytes: &[u8],
    skip: usize,
    assumed: bool,
) -> Result<Decoded, TextError> {
    let body = bytes.get(skip..).unwrap_or_default();
    let name = name_of(encoding);
    if encoding == UTF_8 {
        refuse_binary(body)?;
        if let Ok(text) = std::str::from_utf8(body) {
            let encoding = Encoding { name, bom: skip > 0, assumed, malformed: 0 };
            return Ok(Decoded { text: text.to_owned(), encoding, offsets: Offsets::same(skip) });
        }
    }
    let mut out = Decoded {
        text: String::with_capacity(body.len()),
        encoding: Encoding { name, bom: skip > 0, assumed, malformed: 0 },
        offsets: Offsets::same(skip),
    };
    let decoder = encoding.new_decoder_without_bom_handling();
    out.encoding.malformed = step_by_step(decoder, body, skip, &mut out);
    match memchr::memchr(0, out.text.as_bytes()) {
        Some(at) => Err(TextError::Binary { offset: out.offsets.original(at), byte: 0 }),
        None => Ok(out),
    }
}

/// The Encoding Standard's name in lower case.
fn name_of(encoding: &'static encoding_rs::Encoding) -> &'static str {
    if encoding == UTF_8 {
        "utf-8"
    } else if encoding == UTF_16LE {
        "utf-16le"
    } else if encoding == UTF_16BE {
        "utf-16be"
    } else {
        super::names::lower(encoding.name())
    }
}

/// Feeds one byte after the other, so that it is known which byte each character came from;
/// gives the number of malformed sequences, each of which becomes U+FFFD.
fn step_by_step(mut decoder: Decoder, body: &[u8], skip: usize, out: &mut Decoded) -> usize {
    let mut malformed = 0_usize;
    let mut buffer = [0_u8; 16];
    let mut begin = skip;
    for at in 0..=body.len() {
        let last = at == body.len();
        let mut input = body.get(at..at.saturating_add(1).min(body.len())).unwrap_or_default();
        loop {
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(input, &mut buffer, last);
            input = input.get(read..).unwrap_or_default();
            let text = buffer.get(..written).and_then(|bytes| std::str::from_utf8(bytes).ok());
            let end = skip.saturating_add(at).saturating_add(usize::from(!last));
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                out.offsets.add(out.text.len(), begin);
                out.text.push_str(text);
                begin = end;
            }
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    malformed = malformed.saturating_add(1);
                    out.offsets.add(out.text.len(), begin);
                    out.text.push('\u{fffd}');
                    begin = end;
                }
            }
        }
    }
    out.offsets.add(out.text.len(), begin);
    malformed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Decoded {
        decode(bytes, None).expect("a text")
    }

    #[test]
    fn encodings() {
        let table: [(&[u8], &str, &str, bool, bool); 6] = [
            ("déjà".as_bytes(), "déjà", "utf-8", false, false),
            (b"\xef\xbb\xbfabc", "abc", "utf-8", true, false),
            (b"\xff\xfea\0\xe9\0", "aé", "utf-16le", true, false),
            (b"\xfe\xff\0a\0\xe9", "aé", "utf-16be", true, false),
            (
                b"Le pr\xe9sident a d\xe9clar\xe9 hier soir",
                "Le président a déclaré hier soir",
                "windows-1252",
                false,
                true,
            ),
            ("déjà \u{2014} x".as_bytes(), "déjà \u{2014} x", "utf-8", false, false),
        ];
        for (bytes, text, name, bom, assumed) in table {
            let got = decoded(bytes);
            assert_eq!(got.text, text);
            assert_eq!((got.encoding.name, got.encoding.bom), (name, bom), "{text}");
            assert_eq!(got.encoding.assumed, assumed, "{text}");
        }
    }

    #[test]
    fn offsets_lead_back_to_the_bytes() {
        let got = decoded(b"Le pr\xe9sident a d\xe9clar\xe9");
        let at = got.text.find("sident").expect("there");
        assert_eq!(got.offsets.original(at), 6);
        assert_eq!(got.offsets.original(got.text.len()), 22);
        let wide = decoded(b"\xff\xfea\0\xe9\0b\0");
        assert_eq!(wide.offsets.original(wide.text.find('b').expect("there")), 6);
        let bom = decoded(b"\xef\xbb\xbfabc");
        assert_eq!(bom.offsets.original(1), 4);
    }

    #[test]
    fn damaged_utf8_stays_utf8_and_is_counted() {
        let mut bytes = "Ä Ö Ü ".as_bytes().to_vec();
        bytes.push(0xe4);
        bytes.extend_from_slice(b" end");
        let got = decoded(&bytes);
        assert_eq!(got.text, "Ä Ö Ü \u{fffd} end");
        assert_eq!((got.encoding.name, got.encoding.malformed), ("utf-8", 1));
        assert_eq!(got.offsets.original(got.text.find("end").expect("there")), 11);
    }

    #[test]
    fn binary_is_refused() {
        assert_eq!(
            decode(b"ab\0c", None).expect_err("binary"),
            TextError::Binary { offset: 2, byte: 0 }
        );
        assert!(matches!(
            decode(b"\x01\x02\x03abc", None),
            Err(TextError::Binary { offset: 0, byte: 1 })
        ));
    }
}
