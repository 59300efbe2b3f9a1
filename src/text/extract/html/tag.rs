//! What the elements of HTML mean for text: which part paragraphs, which end others, which are
//! never shown. Names as in the HTML standard.

/// A kind of element. Those that change nothing in the text are `Other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Article,
    Aside,
    Blockquote,
    Button,
    Caption,
    Cell,
    Definition,
    Dialog,
    Figcaption,
    Footer,
    Form,
    Header,
    Heading,
    Item,
    List,
    Main,
    Nav,
    Option,
    Paragraph,
    Pre,
    Row,
    RowGroup,
    Section,
    Select,
    Sup,
    Table,
    /// Shown as text, and written by the reader, not by the author.
    Textarea,
    /// Never shown, by a hash of the name.
    Unseen(u32),
    /// `div` and other blocks that part paragraphs, by a hash of the name.
    Block(u32),
    /// Inline and unknown elements, by a hash of the name.
    Other(u32),
}

impl Tag {
    /// The kind for a name in lower case.
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"article" => Self::Article,
            b"aside" => Self::Aside,
            b"blockquote" => Self::Blockquote,
            b"button" => Self::Button,
            b"caption" => Self::Caption,
            b"td" | b"th" => Self::Cell,
            b"dd" | b"dt" => Self::Definition,
            b"dialog" => Self::Dialog,
            b"figcaption" => Self::Figcaption,
            b"footer" => Self::Footer,
            b"form" => Self::Form,
            b"header" => Self::Header,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"li" => Self::Item,
            b"ul" | b"ol" | b"menu" | b"dir" | b"dl" => Self::List,
            b"main" => Self::Main,
            b"nav" => Self::Nav,
            b"option" | b"optgroup" => Self::Option,
            b"p" => Self::Paragraph,
            b"pre" | b"listing" | b"xmp" | b"plaintext" => Self::Pre,
            b"tr" => Self::Row,
            b"thead" | b"tbody" | b"tfoot" => Self::RowGroup,
            b"section" => Self::Section,
            b"select" => Self::Select,
            b"sup" => Self::Sup,
            b"table" => Self::Table,
            b"textarea" => Self::Textarea,
            _ => Self::plain(name),
        }
    }

    fn plain(name: &[u8]) -> Self {
        match name {
            b"script" | b"style" | b"template" | b"title" | b"iframe" | b"noembed"
            | b"noframes" | b"noscript" | b"video" | b"audio" | b"canvas" | b"datalist"
            | b"annotation" | b"annotation-xml" => Self::Unseen(hash(name)),
            b"address" | b"center" | b"details" | b"div" | b"fieldset" | b"figure" | b"hgroup"
            | b"legend" | b"search" | b"summary" => Self::Block(hash(name)),
            _ => Self::Other(hash(name)),
        }
    }

    /// How many slots there are to count open elements in.
    pub(super) const SLOTS: usize = 32;

    /// Where open elements of this kind are counted; rare kinds share a place.
    pub(super) fn slot(self) -> usize {
        match self {
            Self::Paragraph => 0,
            Self::Table => 1,
            Self::Row => 2,
            Self::RowGroup => 3,
            Self::Cell => 4,
            Self::Item => 5,
            Self::Definition => 6,
            Self::Option => 7,
            Self::Block(hash) | Self::Other(hash) | Self::Unseen(hash) => {
                8 + usize::from(hash.to_le_bytes()[0] % 23)
            }
            _ => 31,
        }
    }

    /// Whether it begins and ends on lines of its own.
    pub(super) const fn is_block(self) -> bool {
        !matches!(
            self,
            Self::Button | Self::Cell | Self::Row | Self::RowGroup | Self::Sup | Self::Other(_)
        )
    }

    /// Whether an open `p` ends where it begins.
    pub(super) const fn ends_paragraph(self) -> bool {
        self.is_block()
            && !matches!(self, Self::Option | Self::Select | Self::Textarea)
            && !matches!(self, Self::Unseen(_) | Self::Caption)
    }

    /// Whether an end tag inside does not reach an element outside.
    pub(super) const fn is_boundary(self) -> bool {
        matches!(self, Self::Cell | Self::Caption | Self::Table | Self::Unseen(_))
    }

    /// Whether it is a part of a table, whose end tags reach through cells up to the table.
    pub(super) const fn is_tabular(self) -> bool {
        matches!(self, Self::Cell | Self::Caption | Self::Row | Self::RowGroup | Self::Table)
    }
}

/// Elements without content.
pub(super) fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"area"
            | b"base"
            | b"basefont"
            | b"bgsound"
            | b"col"
            | b"embed"
            | b"frame"
            | b"img"
            | b"input"
            | b"keygen"
            | b"link"
            | b"meta"
            | b"param"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

/// Elements that only change how words look, and those that hold the whole document.
pub(super) fn is_transparent(name: &[u8]) -> bool {
    matches!(
        name,
        b"abbr"
            | b"b"
            | b"big"
            | b"body"
            | b"cite"
            | b"code"
            | b"em"
            | b"font"
            | b"frameset"
            | b"head"
            | b"html"
            | b"i"
            | b"kbd"
            | b"mark"
            | b"nobr"
            | b"s"
            | b"samp"
            | b"small"
            | b"strike"
            | b"strong"
            | b"sub"
            | b"time"
            | b"tt"
            | b"u"
            | b"var"
            | b"colgroup"
    )
}

/// FNV-1a: two unknown names that collide are taken for one, which harms nothing.
fn hash(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
