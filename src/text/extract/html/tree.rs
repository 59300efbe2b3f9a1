//! The structure of a page as a flat list of events, always balanced.
//!
//! It is no HTML parser by the standard: of the rules for building the tree it keeps those that
//! decide where text is parted, shown and linked. Everything is iterative, and past
//! [`limits::MARKUP_DEPTH`] elements are no longer nested, so that neither the stack nor the time
//! grows with the depth.

use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::attributes::{Attributes, Hint};
use super::page::{Element, Event, Page, Sums};
use super::tag::{Tag, is_transparent, is_void};
use crate::limits;

/// Takes a page apart.
pub(super) fn read(html: &str) -> Page {
    let mut builder = Builder::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| {
        builder.event(event);
        None::<Infallible>
    });
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    builder.finish()
}

/// An open element; one that is not shown has no index.
#[derive(Debug, Clone, Copy)]
struct Frame {
    tag: Tag,
    element: Option<usize>,
}

#[derive(Debug, Default)]
struct Builder {
    page: Page,
    stack: Vec<Frame>,
    /// How many elements of a kind are open: what is not need not be searched for.
    open: [usize; Tag::SLOTS],
    /// Elements that were not nested because of the depth.
    flattened: usize,
    /// Open elements that are not shown.
    unseen: usize,
    /// Open elements that are the document itself.
    inside: usize,
    linked: bool,
    quotes: usize,
    name: Vec<u8>,
    attributes: Attributes,
}

impl Builder {
    fn event(&mut self, event: CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.name = name.to_vec();
                self.attributes = Attributes::default();
            }
            CallbackEvent::AttributeName { name } => self.attributes.name(name),
            CallbackEvent::AttributeValue { value } => self.attributes.value(value),
            CallbackEvent::CloseStartTag { .. } => self.start(),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } => self.text(&String::from_utf8_lossy(value)),
            CallbackEvent::Comment { .. }
            | CallbackEvent::Doctype { .. }
            | CallbackEvent::Error(_) => {}
        }
    }

    fn finish(mut self) -> Page {
        self.close_to(0);
        self.page
    }

    fn text(&mut self, text: &str) {
        if self.unseen > 0 {
            return;
        }
        let start = self.page.raw.len();
        self.page.raw.push_str(text);
        self.page.events.push(Event::Text { start, end: self.page.raw.len() });
        let count = text.chars().filter(|c| !c.is_whitespace()).count();
        let linked = if self.linked { count } else { 0 };
        self.count(Sums { text: count, linked, ..Sums::default() });
    }

    /// Counts into the innermost element; it is carried outwards when that closes.
    fn count(&mut self, sums: Sums) {
        let element = self.stack.last().and_then(|frame| frame.element);
        match element.and_then(|index| self.page.elements.get_mut(index)) {
            Some(element) => element.sums.add(sums),
            None => self.page.sums.add(sums),
        }
    }

    fn show(&mut self, event: Event) {
        if self.unseen == 0 {
            self.page.events.push(event);
        }
    }

    fn start(&mut self) {
        let name = std::mem::take(&mut self.name);
        let whole = matches!(name.as_slice(), b"html" | b"body" | b"head");
        let hidden = !whole && self.attributes.is_hidden();
        match name.as_slice() {
            b"br" => self.show(Event::Line),
            b"hr" => {
                self.end_paragraph();
                self.show(Event::Rule);
            }
            b"a" if !hidden => self.start_link(),
            b"q" if !hidden => self.quote(true),
            name if is_void(name) || whole => {}
            name if is_transparent(name) && !hidden && self.unseen == 0 => {}
            name => self.start_element(name, hidden),
        }
    }

    fn start_link(&mut self) {
        if self.unseen > 0 {
            return;
        }
        self.end_link();
        if let Some(target) = self.attributes.target() {
            self.linked = true;
            self.count(Sums { links: 1, ..Sums::default() });
            self.show(Event::Link(self.page.targets.len()));
            self.page.targets.push(target);
        }
    }

    fn end_link(&mut self) {
        if self.linked && self.unseen == 0 {
            self.linked = false;
            self.show(Event::Unlink);
        }
    }

    /// A browser shows quotation marks around `q`.
    fn quote(&mut self, opens: bool) {
        if self.unseen > 0 || (!opens && self.quotes == 0) {
            return;
        }
        let quotes = self.quotes;
        self.quotes = if opens { quotes.saturating_add(1) } else { quotes.saturating_sub(1) };
        self.text(if opens { "\u{201c}" } else { "\u{201d}" });
    }

    fn start_element(&mut self, name: &[u8], hidden: bool) {
        let tag = Tag::of(name);
        let Some(()) = self.imply_ends(tag) else { return };
        let unseen = hidden || matches!(tag, Tag::Unseen(_));
        if self.stack.len() >= limits::MARKUP_DEPTH && !matches!(tag, Tag::Unseen(_)) {
            self.flattened = self.flattened.saturating_add(1);
            if tag.is_block() {
                self.show(Event::Rule);
            }
            return;
        }
        let hint = self.attributes.hint();
        self.push(tag, hint, unseen);
        let titles = usize::from(name == b"h1");
        let mains = usize::from(tag == Tag::Main || hint == Hint::Content);
        self.count(Sums { titles, mains, ..Sums::default() });
    }

    fn push(&mut self, tag: Tag, hint: Hint, unseen: bool) {
        let element = (!unseen && self.unseen == 0).then_some(self.page.elements.len());
        if let Some(index) = element {
            let inside = self.inside > 0;
            self.page.elements.push(Element { tag, hint, inside, sums: Sums::default() });
            self.page.events.push(Event::Open(index));
        } else {
            self.unseen = self.unseen.saturating_add(1);
        }
        self.inside = self.inside.saturating_add(usize::from(holds_content(tag)));
        if let Some(open) = self.open.get_mut(tag.slot()) {
            *open = open.saturating_add(1);
        }
        self.stack.push(Frame { tag, element });
    }

    /// Closes what the standard closes before such an element; nothing where it is not taken.
    fn imply_ends(&mut self, tag: Tag) -> Option<()> {
        if tag.ends_paragraph() {
            self.end_paragraph();
        }
        match tag {
            Tag::Heading if self.stack.last().is_some_and(|frame| frame.tag == Tag::Heading) => {
                self.close_nearest(Tag::Heading, |_| false);
            }
            Tag::Item | Tag::Definition => {
                self.close_nearest(tag, |tag| tag == Tag::List || tag.is_boundary());
            }
            Tag::Option => self.close_nearest(tag, |tag| tag == Tag::Select || tag.is_boundary()),
            Tag::RowGroup | Tag::Row | Tag::Cell => self.imply_table_ends(tag)?,
            _ => {}
        }
        Some(())
    }

    fn imply_table_ends(&mut self, tag: Tag) -> Option<()> {
        self.nearest(Tag::Table, |tag| matches!(tag, Tag::Unseen(_)))?;
        if tag != Tag::Cell {
            self.close_nearest(Tag::Row, |tag| tag == Tag::Table);
        }
        self.close_nearest(tag, |stop| matches!(stop, Tag::Table) || stop == Tag::Row);
        let row = self.nearest(Tag::Row, |tag| tag == Tag::Table);
        if tag == Tag::Cell && row.is_none() {
            self.push(Tag::Row, Hint::None, false);
        }
        Some(())
    }

    fn end_paragraph(&mut self) {
        self.close_nearest(Tag::Paragraph, |tag| tag == Tag::Button || tag.is_boundary());
    }

    fn end(&mut self, name: &[u8]) {
        self.attributes = Attributes::default();
        match name {
            b"a" => self.end_link(),
            b"q" => self.quote(false),
            b"br" => self.show(Event::Line),
            b"p" => self.show(Event::Rule),
            _ => {}
        }
        let tag = Tag::of(name);
        let found = self.nearest(tag, |stop| stops(tag, stop));
        if self.flattened > 0 && !is_transparent(name) && !matches!(tag, Tag::Unseen(_)) {
            self.flattened = self.flattened.saturating_sub(1);
        } else if let Some(depth) = found {
            self.close_to(depth);
        }
    }

    /// The depth of the innermost open element of that kind, unless something stops the search.
    fn nearest(&self, tag: Tag, stops: impl Fn(Tag) -> bool) -> Option<usize> {
        if self.open.get(tag.slot()).is_none_or(|open| *open == 0) {
            return None;
        }
        for (depth, frame) in self.stack.iter().enumerate().rev() {
            if frame.tag == tag {
                return Some(depth);
            }
            if stops(frame.tag) {
                return None;
            }
        }
        None
    }

    fn close_nearest(&mut self, tag: Tag, stops: impl Fn(Tag) -> bool) {
        if let Some(depth) = self.nearest(tag, stops) {
            self.close_to(depth);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            let Some(frame) = self.stack.pop() else { return };
            if let Some(open) = self.open.get_mut(frame.tag.slot()) {
                *open = open.saturating_sub(1);
            }
            self.inside = self.inside.saturating_sub(usize::from(holds_content(frame.tag)));
            match frame.element {
                Some(index) => {
                    self.page.events.push(Event::Close(index));
                    let sums = self.page.elements.get(index).map_or_else(Sums::default, |e| e.sums);
                    self.count(sums);
                }
                None => self.unseen = self.unseen.saturating_sub(1),
            }
        }
    }
}

/// Elements whose `header` and `footer` are not those of the page.
const fn holds_content(tag: Tag) -> bool {
    matches!(tag, Tag::Article | Tag::Main | Tag::Section | Tag::Blockquote)
}

/// Whether an end tag for `tag` does not reach past an open `stop`.
fn stops(tag: Tag, stop: Tag) -> bool {
    if tag.is_tabular() {
        return matches!(stop, Tag::Unseen(_)) || (stop == Tag::Table && tag != Tag::Table);
    }
    match tag {
        Tag::Unseen(_) => false,
        Tag::Item => stop == Tag::List || stop.is_boundary(),
        Tag::Other(_) => stop.is_block() || stop.is_boundary(),
        _ => stop.is_boundary(),
    }
}
