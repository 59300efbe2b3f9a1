//! The XML of a document's parts, one step at a time.
//!
//! Names are told apart without their prefix: the prefixes are the writer's choice, and no two
//! elements that matter share a local name. A document type is refused, as the format demands.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::limits;
use crate::text::TextError;

pub(super) const MALFORMED: TextError = TextError::Malformed { what: "a DOCX document" };

/// One step through a part.
pub(super) enum Step<'a> {
    Open { name: &'a str, element: &'a BytesStart<'a> },
    Close { name: &'a str },
    Text(&'a str),
}

/// Walks through a part; every element opened is closed.
pub(super) fn walk(
    bytes: &[u8],
    mut visit: impl FnMut(Step<'_>) -> Result<(), TextError>,
) -> Result<(), TextError> {
    let text = decoded(bytes)?;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| MALFORMED)? {
            Event::Start(element) => {
                depth = depth.saturating_add(1);
                let name = element.local_name();
                visit(Step::Open { name: name.as_ref(), element: &element })?;
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                visit(Step::Close { name: element.local_name().as_ref() })?;
            }
            Event::Text(text) => visit(Step::Text(&text.xml10_content()))?,
            Event::CData(text) => visit(Step::Text(&text.xml10_content()))?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| MALFORMED)?;
                let character = character.or_else(|| predefined(&reference)).ok_or(MALFORMED)?;
                visit(Step::Text(character.encode_utf8(&mut [0; 4])))?;
            }
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof | Event::DocType(_) => return Err(MALFORMED),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        if depth > limits::MARKUP_DEPTH {
            return Err(MALFORMED);
        }
    }
}

/// UTF-8, or UTF-16 with its byte order mark: the format allows no other.
fn decoded(bytes: &[u8]) -> Result<String, TextError> {
    let (encoding, mark) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    let text = bytes.get(mark..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(text);
    text.map(std::borrow::Cow::into_owned).ok_or(MALFORMED)
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// The value of the first attribute of that local name.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .map_while(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

/// Whether a switch such as `<w:vanish/>` is on: it is unless its value says no.
pub(super) fn is_on(element: &BytesStart<'_>) -> bool {
    attribute(element, "val").is_none_or(|value| !matches!(value.as_str(), "0" | "false" | "off"))
}
