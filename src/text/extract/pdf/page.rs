//! Runs the drawing instructions of the pages as far as they place text.

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::font::{Font, number};
use super::state::{Matrix, State};
use super::{MALFORMED, TOO_LARGE};
use crate::limits;
use crate::text::TextError;

/// Deepest nesting of forms, graphics states and page nodes.
const DEPTH: usize = 16;

/// Steps that a form costs besides its instructions.
const FORM: usize = 300;

/// A stretch of text as it was placed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) left: f64,
    pub(super) right: f64,
    /// Its base line, upwards.
    pub(super) base: f64,
    pub(super) size: f64,
}

/// All pages.
#[derive(Default)]
pub(super) struct Read {
    pub(super) pages: Vec<Vec<Piece>>,
    /// Characters that are no white space.
    pub(super) shown: usize,
    /// Those of them that no font names.
    pub(super) unknown: usize,
}

/// Runs all pages.
pub(super) fn pages(document: &Document) -> Result<Read, TextError> {
    let mut runner = Runner {
        document,
        fonts: HashMap::new(),
        read: Read::default(),
        budget: limits::PDF_STEPS,
    };
    for page in document.page_iter() {
        runner.read.pages.push(Vec::new());
        runner.page(page)?;
    }
    Ok(runner.read)
}

struct Runner<'a> {
    document: &'a Document,
    fonts: HashMap<usize, Rc<Font<'a>>>,
    read: Read,
    budget: usize,
}

impl<'a> Runner<'a> {
    fn page(&mut self, id: ObjectId) -> Result<(), TextError> {
        let page = self.document.get_dictionary(id).map_err(|_| MALFORMED)?;
        let mut content = Vec::new();
        for id in self.document.get_page_contents(id) {
            let stream = self.document.get_object(id).and_then(Object::as_stream);
            self.append(stream.map_err(|_| MALFORMED)?, &mut content)?;
        }
        self.run(&content, &self.resources(page), Matrix::ONE, 0)
    }

    /// Adds an unpacked stream; a blank keeps its last word from the next stream's first.
    fn append(&mut self, stream: &lopdf::Stream, to: &mut Vec<u8>) -> Result<(), TextError> {
        let most = self.budget.saturating_mul(8);
        let unpacked = match stream.filters() {
            Ok(filters) if !filters.is_empty() => {
                stream.decompressed_content_with_limit(most).map_err(|_| MALFORMED)?
            }
            _ => stream.content.clone(),
        };
        self.spend(unpacked.len() / 8)?;
        to.extend(unpacked);
        to.push(b'\n');
        Ok(())
    }

    fn spend(&mut self, steps: usize) -> Result<(), TextError> {
        self.budget = self.budget.checked_sub(steps).ok_or(TOO_LARGE)?;
        Ok(())
    }

    /// The resources of a page or of the node above it that has some.
    fn resources(&self, page: &'a Dictionary) -> Vec<&'a Dictionary> {
        let mut node = page;
        for _ in 0..DEPTH * 4 {
            if let Some(found) = self.dictionary(node, b"Resources") {
                return vec![found];
            }
            let Some(parent) = self.dictionary(node, b"Parent") else { break };
            node = parent;
        }
        Vec::new()
    }

    fn dictionary(&self, of: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        of.get_deref(key, self.document).and_then(Object::as_dict).ok()
    }

    fn run(
        &mut self,
        content: &[u8],
        resources: &[&'a Dictionary],
        matrix: Matrix,
        depth: usize,
    ) -> Result<(), TextError> {
        let content = Content::decode_strict(content).map_err(|_| MALFORMED)?;
        self.spend(content.operations.len())?;
        let mut state = State::new(matrix);
        let mut saved = Vec::new();
        for operation in &content.operations {
            match operation.operator.as_str() {
                "q" => saved.push(state.clone()),
                "Q" => state = saved.pop().unwrap_or(state),
                "Tf" => self.set_font(&mut state, operation, resources)?,
                "Do" => self.form(&state, operation, resources, depth)?,
                "Tj" | "TJ" | "'" | "\"" => self.show(&mut state, operation)?,
                _ => state.apply(operation),
            }
        }
        Ok(())
    }

    fn set_font(
        &mut self,
        state: &mut State<'a>,
        operation: &Operation,
        resources: &[&'a Dictionary],
    ) -> Result<(), TextError> {
        let [Object::Name(name), size] = operation.operands.as_slice() else { return Ok(()) };
        state.size = number(size).unwrap_or_default();
        let fonts = resources.iter().find_map(|it| self.dictionary(it, b"Font"));
        let font = fonts.and_then(|fonts| self.dictionary(fonts, name)).ok_or(MALFORMED)?;
        let place = std::ptr::from_ref(font).addr();
        if !self.fonts.contains_key(&place) {
            self.fonts.insert(place, Rc::new(Font::read(font, self.document)?));
        }
        state.font = self.fonts.get(&place).cloned();
        Ok(())
    }

    /// Draws another content stream in its place.
    fn form(
        &mut self,
        state: &State<'a>,
        operation: &Operation,
        resources: &[&'a Dictionary],
        depth: usize,
    ) -> Result<(), TextError> {
        let Some(Object::Name(name)) = operation.operands.first() else { return Ok(()) };
        let objects = resources.iter().find_map(|it| self.dictionary(it, b"XObject"));
        let object = objects.and_then(|objects| objects.get_deref(name, self.document).ok());
        let Some(Object::Stream(form)) = object else { return Ok(()) };
        if form.dict.get(b"Subtype").and_then(Object::as_name).ok() != Some(b"Form") {
            return Ok(());
        }
        if depth >= DEPTH {
            return Err(MALFORMED);
        }
        let matrix = form.dict.get_deref(b"Matrix", self.document).and_then(Object::as_array);
        let matrix = matrix.ok().and_then(|matrix| Matrix::of(matrix)).unwrap_or(Matrix::ONE);
        let own = self.dictionary(&form.dict, b"Resources");
        self.spend(FORM)?;
        let mut content = Vec::new();
        self.append(form, &mut content)?;
        let resources = own.map_or_else(|| resources.to_vec(), |own| vec![own]);
        self.run(&content, &resources, matrix.then(state.matrix), depth.saturating_add(1))
    }

    fn show(&mut self, state: &mut State<'a>, operation: &Operation) -> Result<(), TextError> {
        let operands = operation.operands.as_slice();
        if let ("\"", [word, letter, _]) = (operation.operator.as_str(), operands) {
            state.word_space = number(word).unwrap_or_default();
            state.letter_space = number(letter).unwrap_or_default();
        }
        if matches!(operation.operator.as_str(), "'" | "\"") {
            state.move_line(0.0, -state.leading);
        }
        match operands.last() {
            Some(Object::String(bytes, _)) => self.show_string(state, bytes),
            Some(Object::Array(items)) => items.iter().try_for_each(|item| {
                if let Ok(bytes) = item.as_str() {
                    return self.show_string(state, bytes);
                }
                let back = number(item).unwrap_or_default() / 1000.0;
                state.advance(-back * state.size * state.stretch);
                Ok(())
            }),
            _ => Ok(()),
        }
    }

    fn show_string(&mut self, state: &mut State<'a>, bytes: &[u8]) -> Result<(), TextError> {
        let Some(font) = state.font.clone() else { return Err(MALFORMED) };
        self.spend(bytes.len())?;
        let start = state.place();
        let mut text = String::new();
        for (shown, width, is_blank) in font.codes(bytes) {
            let seen = shown.chars().filter(|c| !c.is_whitespace()).count();
            self.read.shown = self.read.shown.saturating_add(seen);
            if shown.contains('\u{fffd}') {
                self.read.unknown = self.read.unknown.saturating_add(seen);
            }
            text.push_str(&shown);
            let word_space = if is_blank { state.word_space } else { 0.0 };
            let width = width.mul_add(state.size, state.letter_space + word_space);
            state.advance(width * state.stretch);
        }
        let (left, base, size) = start;
        let (right, _, _) = state.place();
        if let Some(page) = self.read.pages.last_mut() {
            page.push(Piece { text, left: left.min(right), right: right.max(left), base, size });
        }
        Ok(())
    }
}
