//! Text out of Office Open XML: what stands on the pages, in the order of the document.
//!
//! Tracked changes count as accepted: inserted text is text, deleted text is not, and where a
//! paragraph mark is deleted two paragraphs are one. Notes that the text refers to stand at the end in the
//! order of the file, then headers and footers as boilerplate, each once. Left out: comments, hidden
//! text, numbers and bullets of lists and notes, and what fields would compute anew. Text boxes
//! stand where they are anchored. Links made by field codes are text without a target.

mod body;
mod package;
mod styles;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::{BTreeSet, HashMap};

use self::body::Body;
use self::package::Package;
use self::styles::Styles;
use self::xml::{MALFORMED, Step, attribute, walk};
use super::{Extracted, What};
use crate::limits;
use crate::text::TextError;

/// The part that holds the text.
const DOCUMENT: &str = "word/document.xml";

/// Takes the text out of a document.
///
/// # Errors
/// [`TextError::Malformed`] where the archive or its XML is not what the format demands, or is
/// read differently by different programs; [`TextError::TooLarge`] past
/// [`limits::DOCUMENT_BYTES`], unpacked.
pub fn docx(bytes: &[u8]) -> Result<Extracted, TextError> {
    let most = limits::DOCUMENT_BYTES;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        return Err(TextError::TooLarge { most });
    }
    let mut package = Package::open(bytes)?;
    let document = package.read(DOCUMENT)?.ok_or(MALFORMED)?;
    let styles = match package.read("word/styles.xml")? {
        Some(part) => Styles::read(&part)?,
        None => Styles::default(),
    };
    let mut body = Body::new(&styles);
    let relations = relations(&mut package, DOCUMENT)?;
    body.targets = relations.links;
    body.part(&document)?;
    for (kind, name) in [('f', "word/footnotes.xml"), ('e', "word/endnotes.xml")] {
        notes(&mut package, &mut body, kind, name)?;
    }
    for name in relations.margins {
        margin(&mut package, &mut body, &name)?;
    }
    Ok(body.writer.finish())
}

/// Writes the notes of a kind that the text refers to.
fn notes(
    package: &mut Package<'_>,
    body: &mut Body<'_>,
    kind: char,
    name: &str,
) -> Result<(), TextError> {
    let wanted = body.notes.iter().filter_map(|id| id.strip_prefix(kind).map(str::to_owned));
    let wanted: BTreeSet<String> = wanted.collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let part = package.read(name)?.ok_or(MALFORMED)?;
    body.targets = relations(package, name)?.links;
    body.writer.paragraph();
    body.notes_of(&part, wanted)
}

/// Writes a header or footer.
fn margin(package: &mut Package<'_>, body: &mut Body<'_>, name: &str) -> Result<(), TextError> {
    let Some(part) = package.read(name)? else { return Ok(()) };
    body.targets = relations(package, name)?.links;
    body.writer.paragraph();
    let mark = body.writer.open(What::Boilerplate);
    body.part(&part)?;
    body.writer.close(mark);
    Ok(())
}

/// What the text refers to outside of its part.
#[derive(Default)]
struct Relations {
    links: HashMap<String, String>,
    /// The parts of headers and footers.
    margins: BTreeSet<String>,
}

fn relations(package: &mut Package<'_>, part: &str) -> Result<Relations, TextError> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let mut relations = Relations::default();
    let Some(bytes) = package.read(&format!("{folder}/_rels/{file}.rels"))? else {
        return Ok(relations);
    };
    walk(&bytes, |step| {
        let Step::Open { name: "Relationship", element } = step else { return Ok(()) };
        let field = |name| attribute(element, name).unwrap_or_default();
        let (kind, target) = (field("Type"), field("Target"));
        match kind.rsplit('/').next() {
            Some("hyperlink") => {
                relations.links.insert(field("Id"), target);
            }
            Some("header" | "footer") => {
                relations.margins.insert(resolved(folder, &target));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(relations)
}

/// The name of a part from a target beside `folder`; one that starts with `/` stands by itself.
fn resolved(folder: &str, target: &str) -> String {
    target.strip_prefix('/').map_or_else(|| format!("{folder}/{target}"), str::to_owned)
}
