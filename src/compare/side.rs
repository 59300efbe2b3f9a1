//! One of the two texts while they are compared: its blocks, and their tokens where needed.
//!
//! Most blocks of two versions are byte for byte the same; these are never cut into tokens.

use super::Span;
use crate::text::block::{self, Block, BlockKind};
use crate::text::token::{self, Class, Token, Vocabulary};
use crate::text::{Document, words_in};
use std::ops::Range;

/// A text with its blocks.
pub(super) struct Side<'a> {
    pub(super) document: &'a Document,
    pub(super) blocks: Vec<Block>,
    tokens: Vec<Option<Vec<Token>>>,
    words: Vec<usize>,
}

impl<'a> Side<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let blocks = block::blocks(document.text());
        let tokens = vec![None; blocks.len()];
        let count = |block: &Block| words_in(Span::new(block.start, block.end).of(document.text()));
        let words = blocks.iter().map(count).collect();
        Self { document, blocks, tokens, words }
    }

    pub(super) fn text(&self) -> &'a str {
        self.document.text()
    }

    /// The text of a block.
    pub(super) fn raw(&self, block: usize) -> &'a str {
        self.span(block).of(self.text())
    }

    /// Where a block lies.
    pub(super) fn span(&self, block: usize) -> Span {
        self.blocks.get(block).map_or(Span::new(0, 0), |block| Span::new(block.start, block.end))
    }

    /// Cuts a block into tokens, if that was not done yet.
    pub(super) fn cut(&mut self, block: usize, vocabulary: &mut Vocabulary) {
        let Span { start, end } = self.span(block);
        let text = self.text();
        if let Some(slot @ None) = self.tokens.get_mut(block) {
            *slot = Some(token::tokens(text, start, end, vocabulary));
        }
    }

    /// The tokens of a block that was cut.
    pub(super) fn tokens(&self, block: usize) -> &[Token] {
        self.tokens.get(block).and_then(Option::as_deref).unwrap_or_default()
    }

    /// Whether a stretch of blocks is one heading.
    pub(super) fn is_heading(&self, blocks: &Range<usize>) -> bool {
        let first = self.blocks.get(blocks.start);
        blocks.len() == 1 && first.is_some_and(|block| block.kind == BlockKind::Heading)
    }

    /// How many words a block has, as `wc -w` counts them.
    pub(super) fn words(&self, block: usize) -> usize {
        self.words.get(block).copied().unwrap_or(0)
    }
}

/// Whether a token says something: a word, a number, an address.
pub(super) fn is_word(token: &Token) -> bool {
    matches!(token.class, Class::Word | Class::Number | Class::Url)
}
