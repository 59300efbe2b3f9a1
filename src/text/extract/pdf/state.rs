//! Where text is placed: transformations, and what the operators set.
#![allow(clippy::many_single_char_names, reason = "the letters of the PDF standard")]

use std::rc::Rc;

use lopdf::Object;
use lopdf::content::Operation;

use super::font::{Font, number};

/// A transformation, as PDF writes it: `a b c d e f`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix([f64; 6]);

impl Matrix {
    pub(super) const ONE: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// First this one, then the other.
    pub(super) const fn then(self, other: Self) -> Self {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, other.0);
        Self([
            a * g + b * i,
            a * h + b * j,
            c * g + d * i,
            c * h + d * j,
            e * g + f * i + k,
            e * h + f * j + l,
        ])
    }

    pub(super) fn of(operands: &[Object]) -> Option<Self> {
        let numbers: Vec<f64> = operands.iter().filter_map(number).collect();
        numbers.try_into().ok().map(Self)
    }

    pub(super) const fn moved(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }
}

/// What decides where the next character stands.
#[derive(Clone)]
pub(super) struct State<'a> {
    pub(super) matrix: Matrix,
    pub(super) font: Option<Rc<Font<'a>>>,
    pub(super) size: f64,
    pub(super) letter_space: f64,
    pub(super) word_space: f64,
    pub(super) stretch: f64,
    pub(super) leading: f64,
    text: Matrix,
    line: Matrix,
}

impl State<'_> {
    /// The state in which a content stream begins.
    pub(super) const fn new(matrix: Matrix) -> Self {
        Self {
            matrix,
            font: None,
            size: 0.0,
            letter_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            text: Matrix::ONE,
            line: Matrix::ONE,
        }
    }

    /// The operators that set or move something.
    pub(super) fn apply(&mut self, operation: &Operation) {
        let operands = operation.operands.as_slice();
        let numbers: Vec<f64> = operands.iter().filter_map(number).collect();
        match (operation.operator.as_str(), numbers.as_slice()) {
            ("cm", _) => {
                self.matrix = Matrix::of(operands).map_or(self.matrix, |m| m.then(self.matrix));
            }
            ("BT", _) => (self.text, self.line) = (Matrix::ONE, Matrix::ONE),
            ("Tm", _) => {
                self.line = Matrix::of(operands).unwrap_or(self.line);
                self.text = self.line;
            }
            ("Td", [x, y]) => self.move_line(*x, *y),
            ("TD", [x, y]) => {
                self.leading = -y;
                self.move_line(*x, *y);
            }
            ("T*", _) => self.move_line(0.0, -self.leading),
            ("Tc", [space]) => self.letter_space = *space,
            ("Tw", [space]) => self.word_space = *space,
            ("Tz", [percent]) => self.stretch = percent / 100.0,
            ("TL", [leading]) => self.leading = *leading,
            _ => {}
        }
    }

    pub(super) const fn move_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::moved(x, y).then(self.line);
        self.text = self.line;
    }

    pub(super) const fn advance(&mut self, by: f64) {
        self.text = Matrix::moved(by, 0.0).then(self.text);
    }

    /// Where the next character stands: from the left, from below, and how tall it is.
    pub(super) fn place(&self) -> (f64, f64, f64) {
        let Matrix([a, b, c, d, x, y]) = self.text.then(self.matrix);
        let tall = c.hypot(d) * self.size.abs();
        // Text that runs up or down the page is laid out along its own direction.
        if b.abs() > a.abs() { (y * b.signum(), -x * b.signum(), tall) } else { (x, y, tall) }
    }
}
