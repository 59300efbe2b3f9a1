//! Hexadecimal: written in lower case, read in either case (old checksum lists use both).

/// Writes `bytes` as lower-case hexadecimal, two digits a byte.
pub fn encode(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Reads hexadecimal of either case; `None` for an odd length or any other character.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    base16ct::mixed::decode_vec(text).ok()
}

/// Reads hexadecimal of either case to the front of `bytes`; `None` for an odd length, any other
/// character, or where there is not enough room. Lists of a million lines are read by it.
pub fn decode_into(text: &[u8], bytes: &mut [u8]) -> Option<()> {
    base16ct::mixed::decode(text, bytes).ok().map(|_| ())
}

/// Reads exactly `N` bytes of hexadecimal; `None` for any other length or character.
pub fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (text.len() == N.checked_mul(2)?).then_some(())?;
    decode_into(text, &mut bytes).map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_cases_and_nothing_else() {
        assert_eq!(decode(b"00fF"), Some(vec![0, 255]));
        for bad in ["0", "0g", " 00", "00\n", "0x00"] {
            assert_eq!(decode(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(decode_array::<1>(b"0000"), None);
        assert_eq!(decode_array::<2>(b"00"), None);
        assert_eq!(decode_into(b"0000", &mut [0]), None);
        assert_eq!(encode(&[0, 0xab]), "00ab");
    }
}
