//! What a comparison says: the words of its result, and nothing about how it was found.
//!
//! All spans are byte offsets into the decoded texts ([`Document::text`]); they begin and end
//! where a grapheme cluster does. [`Document::original`] turns them into offsets in the file.

use crate::text::Document;

/// A stretch of one text: bytes `start..end` of [`Document::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Whether nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Whether `other` lies wholly inside.
    pub const fn holds(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text it stands for; empty where it does not fit.
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// What it all comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The same bytes.
    Identical,
    /// Other bytes, the same words: typography, white space, wrapping, markup.
    NoiseOnly,
    /// Nothing heavier than minor; or invisible characters inside words.
    Surface,
    /// At least one major or critical change.
    Meaning,
}

/// How much a change matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Form only.
    Noise,
    /// Said in other words, in another place.
    Minor,
    /// Something was added, removed, weakened; or changed inside a moved text.
    Major,
    /// A fact is another one.
    Critical,
}

/// What is done to the old text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// Only the new side has it.
    Insert,
    /// Only the old side has it.
    Delete,
    /// Both sides have something there.
    Replace,
    /// The same text in another place; edits inside it are changes of their own.
    Move,
    /// One paragraph became several.
    Split,
    /// Several paragraphs became one.
    Merge,
}

/// What sort of edit it is; one change can be of several kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A number, an amount, a unit.
    Number,
    /// A date, a year, a time of day.
    Date,
    /// A proper name.
    Name,
    /// Affirmed became denied, or the other way.
    Negation,
    /// Must, shall, will, should, may, can.
    Modality,
    /// All, most, many, some, few, none.
    Quantifier,
    /// The words inside quotation marks.
    Quotation,
    /// Who is said to have said it.
    Attribution,
    /// A letter of another script that looks the same.
    Homoglyph,
    /// A character that reorders what is shown.
    BidiControl,
    /// Text that was not there.
    Added,
    /// Text that is gone.
    Removed,
    /// Allegedly, reportedly, about: how sure the text is.
    Hedge,
    /// A heading.
    Heading,
    /// Where a link leads.
    Link,
    /// Other words, and no fact among them that is known.
    Wording,
    /// The same text elsewhere.
    Move,
    /// One paragraph became several.
    Split,
    /// Several became one.
    Merge,
    /// The same word, spelled otherwise.
    Spelling,
}

/// What sort of difference in form, folded out of sight and never dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoiseKind {
    /// Quotation marks, dashes, ellipses, ligatures, composed and decomposed letters.
    Typography,
    /// Blanks: how many, and of which kind.
    Whitespace,
    /// Where lines break, and how lines end.
    Wrap,
    /// Upper and lower case, where that means nothing.
    Case,
    /// Markup of Markdown and its relatives.
    Markup,
    /// Byte order mark, encoding.
    Encoding,
    /// Menus, banners, share buttons.
    Boilerplate,
    /// Characters inside a word that show nothing.
    Invisible,
}

/// One fact that differs, in the words of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactChange {
    /// Which sort of fact.
    pub kind: Kind,
    /// As the old text has it; `None` where it has none.
    pub old: Option<String>,
    /// As the new text has it; `None` where it has none.
    pub new: Option<String>,
    /// Where it went, if that can be said: `up`, `down`, `weaker`, `stronger`.
    pub direction: Option<&'static str>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is done.
    pub op: Op,
    /// Its kinds, the heaviest first, at least one.
    pub kinds: Vec<Kind>,
    /// How much it matters.
    pub weight: Weight,
    /// The move in which it lies: an index into [`Comparison::changes`].
    pub within: Option<usize>,
    /// Where, in the old text; empty for an insertion. For a split or a merge the gap between the
    /// two paragraphs, and on the other side what stands there.
    pub old: Vec<Span>,
    /// Where, in the new text; empty for a deletion.
    pub new: Vec<Span>,
    /// Where it belongs on the side that has no span: the place of the gap. Else the first start.
    pub old_at: usize,
    /// The same for the new text.
    pub new_at: usize,
    /// The facts that differ.
    pub facts: Vec<FactChange>,
    /// The sentence around it in the old text, with all its words.
    pub old_sentence: Option<Span>,
    /// The sentence around it in the new text.
    pub new_sentence: Option<Span>,
}

/// One difference in form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noise {
    /// Which sort.
    pub kind: NoiseKind,
    /// `Noise`, or `Major` for invisible characters.
    pub weight: Weight,
    /// What the old text has there; may be empty.
    pub old: Span,
    /// What the new text has there; may be empty.
    pub new: Span,
}

/// What stands in a row of two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// The same bytes.
    Same,
    /// Differences in form only.
    Noise,
    /// Changes lie inside.
    Changed,
    /// Only the new side.
    Added,
    /// Only the old side.
    Removed,
    /// The place that a moved text left: the index of its move.
    MovedAway(usize),
    /// The place where a moved text now stands: the index of its move.
    MovedHere(usize),
}

/// One aligned pair of paragraphs, for a view with two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// The paragraphs in the old text.
    pub old: Option<Span>,
    /// The paragraphs in the new text.
    pub new: Option<Span>,
    /// Whether it is a heading.
    pub heading: bool,
    /// Whether it is taken for a menu, banner or footer.
    pub boilerplate: bool,
}

/// Where a stretch of the new text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The same bytes stand in the old text, at this span.
    Old(Span),
    /// The new side of a difference in form: an index into [`Comparison::noise`].
    Noise(usize),
    /// The new side of a change: an index into [`Comparison::changes`].
    Change(usize),
}

/// The result: two texts and all that lies between them.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The old text.
    pub old: Document,
    /// The new text.
    pub new: Document,
    /// What it comes to.
    pub verdict: Verdict,
    /// The changes in the order of the new text; what is gone stands where it stood.
    pub changes: Vec<Change>,
    /// The differences in form, in the order of the new text.
    pub noise: Vec<Noise>,
    /// The paragraphs side by side, in reading order.
    pub rows: Vec<Row>,
    /// The new text in stretches without gap: what is copied and what is not.
    pub script: Vec<(Span, Source)>,
    /// Whether a part was too large to be compared closely, and was taken as one replacement.
    pub coarse: bool,
}
