//! From the XML of a part to text and marks.

use std::collections::{BTreeSet, HashMap};

use quick_xml::events::BytesStart;

use super::styles::{Styles, is_outline};
use super::xml::{Step, attribute, is_on, walk};
use crate::text::TextError;
use crate::text::extract::What;
use crate::text::extract::writer::{Opened, Writer};

/// What was read of the paragraph's properties.
#[derive(Debug, Default)]
struct Paragraph {
    what: Option<What>,
    listed: bool,
    mark: Option<Opened>,
}

/// Writes parts; see the module above for what is left out.
pub(super) struct Body<'a> {
    styles: &'a Styles,
    /// Where the links of the part lead, by the identifier of their relationship.
    pub(super) targets: HashMap<String, String>,
    pub(super) writer: Writer,
    /// The notes that are referred to, in order: `f1`, `e1`.
    pub(super) notes: Vec<String>,
    /// How deep the walk is in something that is not text.
    skipped: usize,
    in_properties: usize,
    in_paragraph_properties: bool,
    in_text: bool,
    vanished: bool,
    joined: bool,
    paragraphs: Vec<Paragraph>,
    links: Vec<Option<Opened>>,
    /// In a part of notes: which are wanted, and whether the walk is outside of these.
    wanted: BTreeSet<String>,
    outside: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(styles: &'a Styles) -> Self {
        Self {
            styles,
            targets: HashMap::new(),
            writer: Writer::default(),
            notes: Vec::new(),
            skipped: 0,
            in_properties: 0,
            in_paragraph_properties: false,
            in_text: false,
            vanished: false,
            joined: false,
            paragraphs: Vec::new(),
            links: Vec::new(),
            wanted: BTreeSet::new(),
            outside: false,
        }
    }

    /// Writes a whole part.
    pub(super) fn part(&mut self, part: &[u8]) -> Result<(), TextError> {
        walk(part, |step| {
            self.step(step);
            Ok(())
        })
    }

    /// Writes those notes out of a part of notes.
    pub(super) fn notes_of(
        &mut self,
        part: &[u8],
        wanted: BTreeSet<String>,
    ) -> Result<(), TextError> {
        self.wanted = wanted;
        self.outside = true;
        let read = self.part(part);
        self.wanted.clear();
        self.outside = false;
        read
    }

    fn step(&mut self, step: Step<'_>) {
        match step {
            Step::Open { name, .. } if self.skipped > 0 || is_skipped(name) => {
                self.note_deleted_mark(name);
                self.skipped = self.skipped.saturating_add(1);
            }
            Step::Close { .. } if self.skipped > 0 => {
                self.skipped = self.skipped.saturating_sub(1);
            }
            Step::Open { name, element } => self.open(name, element),
            Step::Close { name } => self.close(name),
            Step::Text(text) if self.in_text && self.skipped == 0 && self.shows() => {
                self.writer.flow(text);
            }
            Step::Text(_) => {}
        }
    }

    const fn shows(&self) -> bool {
        !self.vanished && !self.outside
    }

    /// A deleted paragraph mark joins the paragraph with the next one.
    fn note_deleted_mark(&mut self, name: &str) {
        if self.skipped == 0 && self.in_paragraph_properties && matches!(name, "del" | "moveFrom") {
            self.joined = true;
        }
    }

    fn open(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "footnote" | "endnote" if !self.wanted.is_empty() => {
                self.outside = attribute(element, "id").is_none_or(|id| !self.wanted.contains(&id));
                self.writer.paragraph();
            }
            "pPr" | "rPr" | "tblPr" | "trPr" | "tcPr" | "sectPr" => {
                self.in_properties = self.in_properties.saturating_add(1);
                self.in_paragraph_properties |= name == "pPr";
            }
            _ if self.in_properties > 0 => self.property(name, element),
            _ if !self.outside => self.content(name, element),
            _ => {}
        }
    }

    fn property(&mut self, name: &str, element: &BytesStart<'_>) {
        let value = || attribute(element, "val").unwrap_or_default();
        if name == "vanish" {
            self.vanished = is_on(element);
        }
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        match name {
            "pStyle" => paragraph.what = self.styles.what(&value()),
            "outlineLvl" if is_outline(&value()) => paragraph.what = Some(What::Heading),
            "numId" => paragraph.listed = value() != "0",
            _ => {}
        }
    }

    fn content(&mut self, name: &str, element: &BytesStart<'_>) {
        match name {
            "p" => self.open_paragraph(),
            "r" => self.vanished = false,
            "t" => self.in_text = true,
            "tab" | "ptab" if self.shows() => self.writer.tab(),
            "br" | "cr" if self.shows() => self.writer.line(),
            "noBreakHyphen" if self.shows() => self.writer.flow("\u{2011}"),
            "softHyphen" if self.shows() => self.writer.flow("\u{ad}"),
            "sym" if self.shows() => self.writer.flow(&symbol(element)),
            "tbl" | "txbxContent" => self.writer.paragraph(),
            "tr" => self.writer.open_row(),
            "tc" => self.writer.open_cell(),
            "hyperlink" => self.open_link(element),
            "footnoteReference" => self.refer('f', element),
            "endnoteReference" => self.refer('e', element),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "pPr" => {
                self.in_properties = self.in_properties.saturating_sub(1);
                self.in_paragraph_properties = false;
                self.vanished = false;
                self.mark_paragraph();
            }
            "rPr" | "tblPr" | "trPr" | "tcPr" | "sectPr" => {
                self.in_properties = self.in_properties.saturating_sub(1);
            }
            "footnote" | "endnote" if !self.wanted.is_empty() => {
                self.outside = true;
                self.writer.paragraph();
            }
            _ if self.in_properties > 0 || self.outside => {}
            "p" => self.close_paragraph(),
            "r" => self.vanished = false,
            "t" => self.in_text = false,
            "tbl" | "txbxContent" => self.writer.paragraph(),
            "tr" => self.writer.close_row(),
            "hyperlink" => {
                if let Some(mark) = self.links.pop().flatten() {
                    self.writer.close(mark);
                }
            }
            _ => {}
        }
    }

    fn open_paragraph(&mut self) {
        if !std::mem::take(&mut self.joined) {
            self.writer.paragraph();
        }
        self.paragraphs.push(Paragraph::default());
    }

    /// The properties are read: what the paragraph is, is known.
    fn mark_paragraph(&mut self) {
        let Some(paragraph) = self.paragraphs.last_mut().filter(|p| p.mark.is_none()) else {
            return;
        };
        let listed = paragraph.listed.then_some(What::ListItem);
        if let Some(what) = paragraph.what.take().or(listed) {
            paragraph.mark = Some(self.writer.open(what));
        }
    }

    fn close_paragraph(&mut self) {
        if let Some(mark) = self.paragraphs.pop().and_then(|paragraph| paragraph.mark) {
            self.writer.close(mark);
        }
        if !self.joined {
            self.writer.paragraph();
        }
    }

    fn open_link(&mut self, element: &BytesStart<'_>) {
        let outside = attribute(element, "id").and_then(|id| self.targets.get(&id).cloned());
        let inside = || attribute(element, "anchor").map(|anchor| format!("#{anchor}"));
        let target = outside.or_else(inside);
        self.links.push(target.map(|target| self.writer.open(What::Link(target))));
    }

    fn refer(&mut self, kind: char, element: &BytesStart<'_>) {
        if let Some(id) = attribute(element, "id") {
            self.notes.push(format!("{kind}{id}"));
        }
    }
}

/// What is no text of the document as it stands: what was deleted or moved away, how things
/// looked before a change, instructions of fields, the older of two forms of a drawing.
fn is_skipped(name: &str) -> bool {
    let named = matches!(
        name,
        "del"
            | "moveFrom"
            | "delText"
            | "instrText"
            | "delInstrText"
            | "Fallback"
            | "sdtPr"
            | "sdtEndPr"
            | "tblGrid"
            | "tabs"
    );
    named || name.ends_with("Change")
}

/// A character of a symbol font has no meaning outside of it: U+FFFD stands for it.
fn symbol(element: &BytesStart<'_>) -> String {
    let code = attribute(element, "char").and_then(|code| u32::from_str_radix(&code, 16).ok());
    let known = code.filter(|code| !(0xe000..=0xf8ff).contains(code)).and_then(char::from_u32);
    known.unwrap_or('\u{fffd}').to_string()
}
