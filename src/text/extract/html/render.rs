//! From the events of a page to text and marks.

use super::attributes::Hint;
use super::boilerplate::is_boilerplate;
use super::page::{Element, Event, Page};
use super::tag::Tag;
use crate::text::extract::writer::{Opened, Writer};
use crate::text::extract::{Extracted, What};

/// Writes a page out.
pub(super) fn render(page: &Page) -> Extracted {
    let mut renderer = Renderer::new(page);
    for event in &page.events {
        renderer.event(*event);
    }
    renderer.writer.finish()
}

struct Renderer<'a> {
    page: &'a Page,
    writer: Writer,
    /// The mark of each open element, if it has one.
    marks: Vec<Option<Opened>>,
    /// The outermost open element that is boilerplate, and its mark.
    boilerplate: Option<(usize, Opened)>,
    link: Option<Opened>,
    verbatim: usize,
    raised: usize,
}

impl<'a> Renderer<'a> {
    fn new(page: &'a Page) -> Self {
        Self {
            page,
            writer: Writer::default(),
            marks: Vec::new(),
            boilerplate: None,
            link: None,
            verbatim: 0,
            raised: 0,
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Open(index) => self.open(index),
            Event::Close(index) => self.close(index),
            Event::Text { start, end } => self.text(start, end),
            Event::Link(index) => self.open_link(index),
            Event::Unlink => self.close_link(),
            Event::Line => self.writer.line(),
            Event::Rule => self.writer.paragraph(),
        }
    }

    fn open(&mut self, index: usize) {
        let Some(element) = self.page.elements.get(index) else { return };
        match element.tag {
            Tag::Row => self.writer.open_row(),
            Tag::Cell => self.writer.open_cell(),
            Tag::Button => self.writer.space(),
            tag if tag.is_block() => self.writer.paragraph(),
            _ => {}
        }
        self.nest(element.tag, true);
        if self.boilerplate.is_none() && is_boilerplate(element, &self.page.sums) {
            self.boilerplate = Some((index, self.writer.open(What::Boilerplate)));
        }
        if self.is_title(element) {
            self.suspend();
        }
        let what = mark_of(element);
        self.marks.push(what.map(|what| self.writer.open(what)));
    }

    fn close(&mut self, index: usize) {
        let Some(element) = self.page.elements.get(index) else { return };
        if let Some(mark) = self.marks.pop().flatten() {
            self.writer.close(mark);
        }
        if let Some((_, mark)) = self.boilerplate.take_if(|(outermost, _)| *outermost == index) {
            self.writer.close(mark);
        } else if self.is_title(element) {
            self.resume();
        }
        self.nest(element.tag, false);
        match element.tag {
            Tag::Row => self.writer.close_row(),
            Tag::Button => self.writer.space(),
            tag if tag.is_block() => self.writer.paragraph(),
            _ => {}
        }
    }

    fn nest(&mut self, tag: Tag, opens: bool) {
        let depth = match tag {
            Tag::Pre => &mut self.verbatim,
            Tag::Sup => &mut self.raised,
            _ => return,
        };
        *depth = if opens { depth.saturating_add(1) } else { depth.saturating_sub(1) };
    }

    /// The only `h1` of a page is its title even where it stands in the page's header.
    fn is_title(&self, element: &Element) -> bool {
        element.tag == Tag::Heading && element.sums.titles == 1 && self.page.sums.titles == 1
    }

    fn suspend(&mut self) {
        if let Some((_, mark)) = self.boilerplate {
            self.writer.close(mark);
        }
    }

    fn resume(&mut self) {
        if let Some((_, mark)) = &mut self.boilerplate {
            *mark = self.writer.open(What::Boilerplate);
        }
    }

    fn text(&mut self, start: usize, end: usize) {
        let Some(text) = self.page.raw.get(start..end) else { return };
        if self.verbatim > 0 {
            self.writer.verbatim(text);
        } else if self.raised > 0 && text.trim().bytes().all(|byte| byte.is_ascii_digit()) {
            self.writer.flow(&text.chars().map(raise).collect::<String>());
        } else {
            self.writer.flow(text);
        }
    }

    fn open_link(&mut self, index: usize) {
        self.close_link();
        let target = self.page.targets.get(index).cloned();
        self.link = target.map(|target| self.writer.open(What::Link(target)));
    }

    fn close_link(&mut self) {
        if let Some(mark) = self.link.take() {
            self.writer.close(mark);
        }
    }
}

fn mark_of(element: &Element) -> Option<What> {
    match element.tag {
        _ if element.hint == Hint::Heading => Some(What::Heading),
        Tag::Heading => Some(What::Heading),
        Tag::Item => Some(What::ListItem),
        Tag::Blockquote => Some(What::Quote),
        Tag::Caption | Tag::Figcaption => Some(What::Caption),
        _ => None,
    }
}

/// A raised digit reads as one: without it 10² would become 102.
const fn raise(character: char) -> char {
    match character {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        other => other,
    }
}
