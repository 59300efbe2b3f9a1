//! Walking through DER (X.690): one element after the other, as bytes of the input.
//!
//! Only definite, shortest lengths and tags that DER has. Nothing is copied or put in order, and
//! nothing is recursive, so that neither depth nor a stated length costs more than the input has.

use super::TokenError;
use der::asn1::ObjectIdentifier;
use der::{Header, Reader as _, SliceReader, Tag, TagNumber};

/// `[0]`, constructed.
pub(super) const CONTEXT_0: Tag = context(0, true);
/// `[1]`, constructed.
pub(super) const CONTEXT_1: Tag = context(1, true);
/// `[3]`, constructed.
pub(super) const CONTEXT_3: Tag = context(3, true);

/// A context-specific tag.
pub(super) const fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific { constructed, number: TagNumber(number) }
}

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) tag: Tag,
    /// The content alone.
    pub(super) value: &'a [u8],
    /// Tag, length and content.
    pub(super) whole: &'a [u8],
}

/// The elements of a piece of DER, in their order. Every error calls the piece by its name.
pub(super) struct Fields<'a> {
    reader: SliceReader<'a>,
    what: &'static str,
}

/// AlgorithmIdentifier (RFC 5280 section 4.1.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AlgorithmId {
    pub(super) oid: ObjectIdentifier,
    /// Whether the parameters are absent or NULL, the two spellings of "none".
    pub(super) plain: bool,
    /// The parameters, where they are an object identifier: the curve of a key.
    pub(super) curve: Option<ObjectIdentifier>,
}

impl<'a> Fields<'a> {
    /// Begins with the content of an element, or with a whole input.
    pub(super) fn of(bytes: &'a [u8], what: &'static str) -> Result<Self, TokenError> {
        let reader = SliceReader::new(bytes).map_err(|_| TokenError::Malformed { what })?;
        Ok(Self { reader, what })
    }

    pub(super) fn malformed(&self) -> TokenError {
        TokenError::Malformed { what: self.what }
    }

    /// Whether an element of this tag comes next.
    pub(super) fn next_is(&self, tag: Tag) -> bool {
        Header::peek(&self.reader).is_ok_and(|header| header.tag() == tag)
    }

    /// The next element, whatever it is.
    pub(super) fn next(&mut self) -> Result<Element<'a>, TokenError> {
        let wrong = self.malformed();
        let header = Header::peek(&self.reader).map_err(|_| wrong.clone())?;
        let whole = self.reader.tlv_bytes().map_err(|_| wrong.clone())?;
        let length = usize::try_from(header.length()).map_err(|_| wrong.clone())?;
        let start = whole.len().checked_sub(length).ok_or_else(|| wrong.clone())?;
        let value = whole.get(start..).ok_or(wrong)?;
        Ok(Element { tag: header.tag(), value, whole })
    }

    /// The next element, which must have this tag.
    pub(super) fn take(&mut self, tag: Tag) -> Result<Element<'a>, TokenError> {
        let element = self.next()?;
        if element.tag == tag { Ok(element) } else { Err(self.malformed()) }
    }

    /// The next element if it has this tag: for what is optional.
    pub(super) fn take_if(&mut self, tag: Tag) -> Result<Option<Element<'a>>, TokenError> {
        if self.next_is(tag) { self.next().map(Some) } else { Ok(None) }
    }

    /// The elements in the next one, which must have this tag.
    pub(super) fn open(&mut self, tag: Tag) -> Result<Self, TokenError> {
        Self::of(self.take(tag)?.value, self.what)
    }

    /// The elements in another element, under the same name.
    pub(super) fn within(&self, element: Element<'a>) -> Result<Self, TokenError> {
        Self::of(element.value, self.what)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.reader.is_finished()
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), TokenError> {
        if self.is_empty() { Ok(()) } else { Err(self.malformed()) }
    }

    /// OBJECT IDENTIFIER.
    pub(super) fn oid(&mut self) -> Result<ObjectIdentifier, TokenError> {
        let element = self.take(Tag::ObjectIdentifier)?;
        ObjectIdentifier::from_bytes(element.value).map_err(|_| self.malformed())
    }

    /// INTEGER from 0 to 2^64 - 1.
    pub(super) fn number(&mut self) -> Result<u64, TokenError> {
        let element = self.take(Tag::Integer)?;
        unsigned(element.value).and_then(number).ok_or_else(|| self.malformed())
    }

    /// INTEGER, not negative, of any size: big-endian, without zeros in front.
    pub(super) fn unsigned(&mut self) -> Result<&'a [u8], TokenError> {
        let element = self.take(Tag::Integer)?;
        unsigned(element.value).ok_or_else(|| self.malformed())
    }

    /// BOOLEAN DEFAULT FALSE. DER leaves the default out, but authorities in use write it.
    pub(super) fn flag(&mut self) -> Result<bool, TokenError> {
        match self.take_if(Tag::Boolean)?.map(|element| element.value) {
            None | Some([0x00]) => Ok(false),
            Some([0xff]) => Ok(true),
            Some(_) => Err(self.malformed()),
        }
    }

    /// BIT STRING of whole bytes.
    pub(super) fn bits(&mut self) -> Result<&'a [u8], TokenError> {
        match self.take(Tag::BitString)?.value.split_first() {
            Some((0, bytes)) => Ok(bytes),
            Some(_) | None => Err(self.malformed()),
        }
    }

    /// AlgorithmIdentifier.
    pub(super) fn algorithm(&mut self) -> Result<AlgorithmId, TokenError> {
        let mut fields = self.open(Tag::Sequence)?;
        let oid = fields.oid()?;
        if fields.is_empty() {
            return Ok(AlgorithmId { oid, plain: true, curve: None });
        }
        let parameters = fields.next()?;
        fields.end()?;
        let plain = parameters.tag == Tag::Null && parameters.value.is_empty();
        let curve = (parameters.tag == Tag::ObjectIdentifier)
            .then(|| ObjectIdentifier::from_bytes(parameters.value).ok())
            .flatten();
        Ok(AlgorithmId { oid, plain, curve })
    }
}

/// The one element that `bytes` are.
pub(super) fn only<'a>(
    bytes: &'a [u8],
    tag: Tag,
    what: &'static str,
) -> Result<Element<'a>, TokenError> {
    let mut fields = Fields::of(bytes, what)?;
    let element = fields.take(tag)?;
    fields.end()?;
    Ok(element)
}

/// The content of an INTEGER in its shortest form, not negative, without the zero in front.
pub(super) fn unsigned(value: &[u8]) -> Option<&[u8]> {
    match value {
        [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => None,
        [0] => Some(&[]),
        [0, rest @ ..] => Some(rest),
        _ => Some(value),
    }
}

/// A big-endian number of at most eight bytes.
pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    let mut all = [0; 8];
    let start = all.len().checked_sub(bytes.len())?;
    all.get_mut(start..)?.copy_from_slice(bytes);
    Some(u64::from_be_bytes(all))
}

/// Writes one element.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ 0..=0x7f) => out.push(short),
        Ok(_) | Err(_) => {
            let length = content.len().to_be_bytes();
            let skip = length.iter().take_while(|byte| **byte == 0).count();
            let length = length.get(skip..).unwrap_or_default();
            out.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
            out.extend_from_slice(length);
        }
    }
    out.extend_from_slice(&content);
    out
}

/// Writes an INTEGER that is not negative.
pub(super) fn integer(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let skip = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    let bytes = bytes.get(skip..).unwrap_or_default();
    let sign: &[u8] = if bytes.first().is_some_and(|first| *first > 0x7f) { &[0] } else { &[] };
    element(0x02, &[sign, bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "damaged";

    fn first(bytes: &[u8]) -> Option<&[u8]> {
        Fields::of(bytes, WHAT).unwrap().next().ok().map(|element| element.value)
    }

    #[test]
    fn elements_have_shortest_definite_lengths() {
        assert_eq!(first(&[0x04, 0x02, 1, 2]), Some(&[1, 2][..]));
        let long = element(0x04, &[&[7; 300]]);
        assert_eq!(first(&long), Some(&[7; 300][..]));
        let refused: [&[u8]; 10] = [
            &[],
            &[0x04],
            &[0x04, 0x02, 1],
            &[0x04, 0x81, 0x02, 1, 2],
            &[0x04, 0x82, 0x00, 0x80, 1, 2],
            &[0x30, 0x80, 0x00, 0x00],
            &[0x24, 0x80, 0x00, 0x00],
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x04, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 0x81, 0x00, 0x00],
        ];
        for bytes in refused {
            assert_eq!(first(bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn numbers() {
        for known in [0, 1, 0x7f, 0x80, 0xff, 0x100, u64::from(u32::MAX), u64::MAX] {
            let written = integer(known);
            assert_eq!(Fields::of(&written, WHAT).unwrap().number(), Ok(known), "{written:02x?}");
        }
        let refused: [&[u8]; 5] = [
            &[2, 0],
            &[2, 1, 0x80],
            &[2, 2, 0, 0x7f],
            &[2, 2, 0, 0],
            &[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        ];
        for bytes in refused {
            assert!(Fields::of(bytes, WHAT).unwrap().number().is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn flags_and_bits() {
        let flag = |bytes: &[u8]| Fields::of(bytes, WHAT).unwrap().flag().ok();
        assert_eq!(flag(&[1, 1, 0xff]), Some(true));
        assert_eq!((flag(&[1, 1, 0]), flag(&[])), (Some(false), Some(false)));
        assert_eq!((flag(&[1, 1, 1]), flag(&[1, 0])), (None, None));
        let bits = |bytes: &[u8]| Fields::of(bytes, WHAT).unwrap().bits().is_ok();
        assert!(bits(&[3, 2, 0, 7]) && !bits(&[3, 2, 1, 6]) && !bits(&[3, 0]));
    }
}
