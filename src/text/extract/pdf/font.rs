//! Which characters the codes of a font show, and how wide they are.
//!
//! Taken from `ToUnicode`, else from the encoding and the names of its glyphs. A font that has
//! neither shows U+FFFD for every code.

use std::collections::HashMap;

use lopdf::{Dictionary, Document, Encoding, Object};

use super::TOO_LARGE;
use crate::text::TextError;

/// Stands for a character that is not known.
const UNKNOWN: char = '\u{fffd}';

/// Longest `ToUnicode` table, unpacked.
const TABLE: usize = 16 << 20;

/// A font as far as text needs it.
pub(super) struct Font<'a> {
    mapped: Option<Encoding<'a>>,
    named: HashMap<u8, String>,
    wide: bool,
    widths: HashMap<u32, f64>,
    default_width: f64,
    scale: f64,
}

impl<'a> Font<'a> {
    /// Reads a font dictionary.
    pub(super) fn read(font: &'a Dictionary, document: &'a Document) -> Result<Self, TextError> {
        let name = |key: &[u8]| font.get_deref(key, document).and_then(Object::as_name).ok();
        let wide = name(b"Subtype") == Some(b"Type0");
        let mut read = Self {
            mapped: mapped(font, document)?,
            named: HashMap::new(),
            wide,
            widths: HashMap::new(),
            default_width: 500.0,
            scale: 0.001,
        };
        if wide {
            read.wide_widths(font, document);
        } else {
            read.encoding(font, document);
            read.simple_widths(font, document);
        }
        if name(b"Subtype") == Some(b"Type3") {
            let matrix = font.get_deref(b"FontMatrix", document).and_then(Object::as_array).ok();
            read.scale = matrix.and_then(|m| number(m.first()?)).map_or(0.001, f64::abs);
        }
        Ok(read)
    }

    /// The codes of a string: the text of each, its width in thousandths, whether it is a blank
    /// to which word spacing applies.
    pub(super) fn codes(&self, bytes: &[u8]) -> Vec<(String, f64, bool)> {
        let size = if self.wide { 2 } else { 1 };
        let code = |code: &[u8]| {
            let value = code.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
            let width = self.widths.get(&value).copied().unwrap_or(self.default_width);
            (self.text(code), width * self.scale, !self.wide && value == 32)
        };
        bytes.chunks(size).map(code).collect()
    }

    fn text(&self, code: &[u8]) -> String {
        let known = |encoding: &Encoding<'_>| {
            let text = encoding.bytes_to_string(code).ok()?;
            (!text.is_empty() && !text.contains(UNKNOWN)).then_some(text)
        };
        let mapped = self.mapped.as_ref().and_then(known);
        let named = || match code {
            [byte] => self.named.get(byte).cloned(),
            _ => None,
        };
        mapped.or_else(named).unwrap_or_else(|| UNKNOWN.to_string())
    }

    /// The encoding of a font with codes of one byte. Without one, the standard encoding holds
    /// for fonts that are not marked as symbolic.
    fn encoding(&mut self, font: &'a Dictionary, document: &'a Document) {
        let encoding = font.get_deref(b"Encoding", document).ok();
        let differences = encoding.and_then(|encoding| encoding.as_dict().ok());
        let base = match (encoding, differences) {
            (_, Some(encoding)) => encoding.get_deref(b"BaseEncoding", document).ok(),
            (encoding, None) => encoding,
        };
        let base = base.and_then(|base| base.as_name().ok());
        let base = base.or_else(|| (!is_symbolic(font, document)).then_some(b"StandardEncoding"));
        self.named = base.map(by_name).unwrap_or_default();
        let list = differences.and_then(|d| d.get_deref(b"Differences", document).ok());
        let mut code = 0_u8;
        for item in list.and_then(|list| list.as_array().ok()).into_iter().flatten() {
            if let Ok(first) = item.as_i64() {
                code = u8::try_from(first).unwrap_or_default();
            } else if let Ok(name) = item.as_name() {
                let text = glyph(name).unwrap_or_else(|| UNKNOWN.to_string());
                self.named.insert(code, text);
                code = code.wrapping_add(1);
            }
        }
    }

    fn simple_widths(&mut self, font: &Dictionary, document: &Document) {
        let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64).unwrap_or(0);
        let widths = font.get_deref(b"Widths", document).and_then(Object::as_array);
        let widths = widths.into_iter().flatten();
        for (code, width) in (u32::try_from(first).unwrap_or(0)..).zip(widths) {
            if let Some(width) = resolved(width, document) {
                self.widths.insert(code, width);
            }
        }
    }

    /// `W` of the one descendant: `first [w w w]` or `first last w`.
    fn wide_widths(&mut self, font: &Dictionary, document: &Document) {
        let descendants = font.get_deref(b"DescendantFonts", document).and_then(Object::as_array);
        let descendant = descendants.ok().and_then(|list| list.first());
        let descendant = descendant.and_then(|font| document.dereference(font).ok());
        let Some(font) = descendant.and_then(|(_, font)| font.as_dict().ok()) else { return };
        let default = font.get_deref(b"DW", document).ok().and_then(number);
        self.default_width = default.unwrap_or(1000.0);
        let list = font.get_deref(b"W", document).and_then(Object::as_array);
        let mut list = list.into_iter().flatten();
        while let (Some(first), Some(next)) = (list.next(), list.next()) {
            let first = first.as_i64().ok().and_then(|code| u32::try_from(code).ok());
            let (Some(first), Ok((_, next))) = (first, document.dereference(next)) else { return };
            if let Ok(widths) = next.as_array() {
                let widths = widths.iter().filter_map(number);
                self.widths.extend((first..).zip(widths));
            } else {
                let last = next.as_i64().ok().and_then(|code| u32::try_from(code).ok());
                let (Some(last), Some(width)) = (last, list.next().and_then(number)) else {
                    return;
                };
                self.widths.extend((first..=last.min(0xffff)).map(|code| (code, width)));
            }
        }
    }
}

/// The table from codes to characters, if the font has one that can be read.
fn mapped<'a>(
    font: &'a Dictionary,
    document: &'a Document,
) -> Result<Option<Encoding<'a>>, TextError> {
    let Ok(stream) = font.get_deref(b"ToUnicode", document).and_then(Object::as_stream) else {
        return Ok(None);
    };
    let mut bare = Dictionary::new();
    bare.set("Type", "Font");
    bare.set("ToUnicode", Object::Stream(stream.clone()));
    // What the parser makes of it borrows nothing from this dictionary but a name.
    match bare.get_font_encoding_with_limit(document, TABLE) {
        Ok(Encoding::UnicodeMapEncoding(map)) => Ok(Some(Encoding::UnicodeMapEncoding(map))),
        Ok(_) => Ok(None),
        Err(_) => Err(TOO_LARGE),
    }
}

fn is_symbolic(font: &Dictionary, document: &Document) -> bool {
    let descriptor = font.get_deref(b"FontDescriptor", document).and_then(Object::as_dict);
    let Ok(descriptor) = descriptor else {
        let name = font.get_deref(b"BaseFont", document).and_then(Object::as_name);
        return matches!(name, Ok(b"Symbol" | b"ZapfDingbats") | Err(_));
    };
    descriptor.get_deref(b"Flags", document).and_then(Object::as_i64).is_ok_and(|f| f & 4 == 4)
}

/// A predefined encoding, as a table; the parser knows them.
fn by_name(name: &[u8]) -> HashMap<u8, String> {
    let known = [&b"WinAnsiEncoding"[..], b"MacRomanEncoding", b"MacExpertEncoding"];
    if !known.contains(&name) && name != b"StandardEncoding" {
        return HashMap::new();
    }
    let (mut font, document) = (Dictionary::new(), Document::new());
    font.set("Type", "Font");
    font.set("Encoding", Object::Name(name.to_vec()));
    let Ok(encoding) = font.get_font_encoding(&document) else { return HashMap::new() };
    let shown = |code: u8| Some((code, encoding.bytes_to_string(&[code]).ok()?));
    (0..=255).filter_map(shown).filter(|(_, text)| !text.is_empty()).collect()
}

/// What a glyph of that name shows: `eacute`, `uni20AC`, `u1F600`, `f_i`, `a.alt`.
fn glyph(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?.split('.').next()?;
    name.split('_').map(part_of_glyph).collect()
}

fn part_of_glyph(name: &str) -> Option<String> {
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    if let Some(digits) = name.strip_prefix("uni").filter(|digits| digits.len() == 4) {
        return hex(digits).map(String::from);
    }
    let digits = name.strip_prefix('u').filter(|digits| (4..=6).contains(&digits.len()));
    if let Some(character) = digits.and_then(hex) {
        return Some(character.into());
    }
    listed(name)
}

/// The name in the parser's list of glyphs.
fn listed(name: &str) -> Option<String> {
    let (mut encoding, mut font) = (Dictionary::new(), Dictionary::new());
    encoding.set("Differences", vec![Object::Integer(1), Object::Name(name.as_bytes().to_vec())]);
    font.set("Type", "Font");
    font.set("Encoding", encoding);
    let document = Document::new();
    let Encoding::Differences(found) = font.get_font_encoding(&document).ok()? else { return None };
    let unit = found.map.get(&1)?.utf16_code_unit();
    char::from_u32(u32::from(unit)).map(String::from)
}

fn resolved(object: &Object, document: &Document) -> Option<f64> {
    number(document.dereference(object).ok()?.1)
}

/// A number, whole or not.
pub(super) fn number(object: &Object) -> Option<f64> {
    object.as_float().ok().map(f64::from)
}
