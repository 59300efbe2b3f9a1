//! Texts for the property tests: paragraphs of sentences of small vocabularies, and what an
//! editor, a typesetter or a mischief-maker does to them. All of them can be shrunk.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A text: paragraphs of sentences of words.
pub(crate) type Paragraphs = Vec<Vec<Vec<String>>>;

const ENGLISH: [&str; 34] = [
    "the",
    "a",
    "court",
    "ruling",
    "must",
    "should",
    "not",
    "never",
    "all",
    "some",
    "said",
    "45",
    "54",
    "three",
    "1,200",
    "12",
    "March",
    "2024",
    "Anna Verholt",
    "Eastvale",
    "reportedly",
    "about",
    "\"at least",
    "dead\"",
    "\u{201c}go\u{201d}",
    "report",
    "reports",
    "able",
    "unable",
    "of",
    "and",
    "don't",
    "civilians",
    "www.example.org",
];
const FRENCH: [&str; 20] = [
    "le",
    "la",
    "les",
    "un",
    "ne",
    "pas",
    "doit",
    "peut",
    "tous",
    "selon",
    "l'accord",
    "d'abord",
    "«\u{a0}oui\u{a0}»",
    "mars",
    "14h30",
    "Élise",
    "élève",
    "a déclaré",
    "et",
    "des",
];
const GERMAN: [&str; 20] = [
    "der",
    "die",
    "das",
    "nicht",
    "kein",
    "muss",
    "soll",
    "alle",
    "einige",
    "Gericht",
    "Straße",
    "„nein“",
    "12.",
    "März",
    "laut",
    "sagte",
    "und",
    "etwa",
    "Frau",
    "3.500",
];
const ODD: [&str; 30] = [
    "e\u{301}t\u{e9}",
    "infor\u{ad}mation",
    "zero\u{200b}width",
    "\u{1f468}\u{200d}\u{1f469}",
    "\u{1f1eb}\u{1f1f7}",
    "裁判所",
    "は判決を",
    "ศาลตัดสิน",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
    "\u{627}\u{644}\u{645}\u{62d}",
    "\u{202e}abc\u{202c}",
    "раураl",
    "paypal",
    "10\u{b2}",
    "x_y",
    "[text](https://a.example/b)",
    "(see",
    "note)",
    "\u{2014}",
    "-",
    "*bold*",
    "**b**",
    "`c`",
    "<b>",
    "</b>",
    "#",
    ">",
    "...",
    "\u{2026}",
    "U.S.",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&ENGLISH[..]),
        2 => select(&FRENCH[..]),
        2 => select(&GERMAN[..]),
        2 => select(&ODD[..]),
    ]
    .prop_map(str::to_owned)
}

fn plain_word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&ENGLISH[..]),
        2 => select(&GERMAN[..]),
    ]
    .prop_map(str::to_owned)
}

fn sentence() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(word(), 1..12)
}

/// One to eight paragraphs.
pub(crate) fn paragraphs() -> impl Strategy<Value = Paragraphs> {
    prop::collection::vec(prop::collection::vec(sentence(), 1..5), 1..8)
}

/// Paragraphs without odd words, for what must be silent.
pub(crate) fn plain_paragraphs() -> impl Strategy<Value = Paragraphs> {
    let sentence = prop::collection::vec(plain_word(), 3..14);
    prop::collection::vec(prop::collection::vec(sentence, 1..5), 1..6)
}

/// One edit; places are relative to what is there.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Word(Index, Index, Index, String),
    Drop(Index, Index, Index),
    Insert(Index, Index, Index, String),
    DropSentence(Index, Index),
    AddSentence(Index, Index, Vec<String>),
    MoveSentence(Index, Index, Index, Index),
    DropParagraph(Index),
    AddParagraph(Index, Vec<String>),
    MoveParagraph(Index, Index),
    Split(Index, Index),
    Merge(Index),
}

/// Up to six edits.
pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let i = any::<Index>;
    let edit = prop_oneof![
        4 => (i(), i(), i(), word()).prop_map(|(p, s, w, x)| Edit::Word(p, s, w, x)),
        2 => (i(), i(), i()).prop_map(|(p, s, w)| Edit::Drop(p, s, w)),
        2 => (i(), i(), i(), word()).prop_map(|(p, s, w, x)| Edit::Insert(p, s, w, x)),
        1 => (i(), i()).prop_map(|(p, s)| Edit::DropSentence(p, s)),
        1 => (i(), i(), sentence()).prop_map(|(p, s, x)| Edit::AddSentence(p, s, x)),
        2 => (i(), i(), i(), i()).prop_map(|(p, s, q, t)| Edit::MoveSentence(p, s, q, t)),
        1 => i().prop_map(Edit::DropParagraph),
        1 => (i(), sentence()).prop_map(|(p, x)| Edit::AddParagraph(p, x)),
        2 => (i(), i()).prop_map(|(p, q)| Edit::MoveParagraph(p, q)),
        1 => (i(), i()).prop_map(|(p, s)| Edit::Split(p, s)),
        1 => i().prop_map(Edit::Merge),
    ];
    prop::collection::vec(edit, 0..6)
}

/// The text after the edits; it keeps at least one paragraph of one sentence of one word.
pub(crate) fn edited(text: &Paragraphs, edits: &[Edit]) -> Paragraphs {
    let mut text = text.clone();
    for edit in edits {
        apply(&mut text, edit);
        text.iter_mut().for_each(|paragraph| paragraph.retain(|sentence| !sentence.is_empty()));
        text.retain(|paragraph| !paragraph.is_empty());
        if text.is_empty() {
            text.push(vec![vec!["word".to_owned()]]);
        }
    }
    text
}

fn apply(text: &mut Paragraphs, edit: &Edit) {
    let many = text.len();
    match edit {
        Edit::Word(p, s, w, word) => {
            let sentence = s.get_mut(&mut text[p.index(many)]);
            w.get_mut(sentence).clone_from(word);
        }
        Edit::Drop(p, s, w) => {
            let sentence = s.get_mut(&mut text[p.index(many)]);
            sentence.remove(w.index(sentence.len()));
        }
        Edit::Insert(p, s, w, word) => {
            let sentence = s.get_mut(&mut text[p.index(many)]);
            sentence.insert(w.index(sentence.len() + 1), word.clone());
        }
        Edit::DropSentence(p, s) => {
            let paragraph = &mut text[p.index(many)];
            paragraph.remove(s.index(paragraph.len()));
        }
        Edit::AddSentence(p, s, sentence) => {
            let paragraph = &mut text[p.index(many)];
            paragraph.insert(s.index(paragraph.len() + 1), sentence.clone());
        }
        Edit::MoveSentence(p, s, q, t) => {
            let paragraph = &mut text[p.index(many)];
            let sentence = paragraph.remove(s.index(paragraph.len()));
            let paragraph = &mut text[q.index(many)];
            paragraph.insert(t.index(paragraph.len() + 1), sentence);
        }
        Edit::DropParagraph(p) => drop(text.remove(p.index(many))),
        Edit::AddParagraph(p, sentence) => {
            text.insert(p.index(many + 1), vec![sentence.clone()]);
        }
        Edit::MoveParagraph(p, q) => {
            let paragraph = text.remove(p.index(many));
            text.insert(q.index(many), paragraph);
        }
        Edit::Split(p, s) => {
            let at = p.index(many);
            let place = s.index(text[at].len());
            let rest = text[at].split_off(place);
            text.insert(at + 1, rest);
        }
        Edit::Merge(p) => {
            let at = p.index(many);
            if at + 1 < many {
                let rest = text.remove(at + 1);
                text[at].extend(rest);
            }
        }
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Widest line; 0 for one line a paragraph.
    pub(crate) width: usize,
    pub(crate) crlf: bool,
    pub(crate) curly: bool,
    /// Every so many blanks is a no-break one; 0 for none.
    pub(crate) nbsp: usize,
    /// Every so many blanks is doubled.
    pub(crate) doubled: usize,
    /// Every so many words is in bold marks.
    pub(crate) bold: usize,
    /// Paragraphs are items of a list: none, `- `, `\u{2022} `.
    pub(crate) bullet: &'static str,
}

/// As typed: one line a paragraph.
pub(crate) const PLAIN: Setting =
    Setting { width: 0, crlf: false, curly: false, nbsp: 0, doubled: 0, bold: 0, bullet: "" };

/// Any setting but for bullets.
pub(crate) fn setting() -> impl Strategy<Value = Setting> {
    let some = || prop_oneof![Just(0_usize), 2..6_usize];
    let width = prop_oneof![Just(0_usize), 20..100_usize];
    (width, any::<bool>(), any::<bool>(), some(), some(), some()).prop_map(
        |(width, crlf, curly, nbsp, doubled, bold)| Setting {
            width,
            crlf,
            curly,
            nbsp,
            doubled,
            bold,
            bullet: "",
        },
    )
}

/// The text as it stands in a file.
pub(crate) fn set(text: &Paragraphs, how: Setting) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut count = 0;
    for paragraph in text {
        let sentences: Vec<String> =
            paragraph.iter().map(|s| format!("{}.", s.join(" "))).collect();
        let words = sentences.join(" ");
        let words = words.split(' ').map(|word| {
            count += 1;
            let plain = word.chars().all(char::is_alphabetic);
            let bold = how.bold > 0 && count % how.bold == 0 && plain;
            if bold { format!("**{word}**") } else { word.to_owned() }
        });
        let words: Vec<String> = words.collect();
        out.push(format!("{}{}", how.bullet, lines(&words, how)));
    }
    let text = out.join("\n\n") + "\n";
    let text = if how.curly { curly(&text) } else { text };
    if how.crlf { text.replace('\n', "\r\n") } else { text }
}

fn lines(words: &[String], how: Setting) -> String {
    let mut out = String::new();
    let mut length = 0;
    for (at, word) in words.iter().enumerate() {
        let next = word.chars().count();
        if at > 0 && how.width > 0 && length + 1 + next > how.width {
            out.push('\n');
            length = 0;
        } else if at > 0 {
            let every = |n: usize| n > 0 && at % n == 0;
            out.push_str(match (every(how.nbsp), every(how.doubled)) {
                (true, _) => "\u{a0}",
                (false, true) => "  ",
                (false, false) => " ",
            });
            length += 1;
        }
        out.push_str(word);
        length += next;
    }
    out
}

/// Straight quotation marks and apostrophes made curly.
fn curly(text: &str) -> String {
    let mut before = ' ';
    let turn = |c: char| {
        let opens = before.is_whitespace() || before == '*';
        let to = match c {
            '"' if opens => '\u{201c}',
            '"' => '\u{201d}',
            '\'' => '\u{2019}',
            other => other,
        };
        before = c;
        to
    };
    text.chars().map(turn).collect()
}

const ATOMS: [&str; 76] = [
    "a",
    "B",
    "\u{e9}",
    "e\u{301}",
    "\u{301}",
    "\u{20dd}",
    "\u{200d}",
    "\u{200b}",
    "\u{ad}",
    "\u{feff}",
    "\u{fe0f}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{1f468}",
    "\u{1f3fd}",
    "\u{1f1eb}",
    "\u{1100}",
    "\u{1161}",
    "\u{11a8}",
    "\u{ac01}",
    "\u{e33}",
    "\u{e01}",
    "\u{915}",
    "\u{94d}",
    "\u{937}",
    "\u{600}",
    "漢",
    "字",
    "か\u{3099}",
    "\u{5d0}",
    "\u{627}",
    "1",
    "2",
    "45",
    ".",
    ",",
    "...",
    "'",
    "\"",
    "\u{201c}",
    "\u{2019}",
    "''",
    "-",
    "--",
    "----",
    "\u{2014}",
    "*",
    "**",
    "_",
    "`",
    "~~",
    "#",
    "# ",
    ">",
    "> ",
    "<",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "\\",
    "[",
    "]",
    "(",
    ")",
    "](",
    "/",
    "/a",
    "https://a.b",
    "x@y.z",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
];
const MORE: [&str; 14] = [
    "\t",
    "\u{a0}",
    "\u{2028}",
    "\u{85}",
    "\u{c}",
    "\u{fffd}",
    "\u{1b}[31m",
    "===",
    "\n---\n",
    "\u{2022} ",
    "1. ",
    "$",
    "%",
    "\u{df}",
];

/// Texts of what makes tokenizers stumble.
pub(crate) fn atoms() -> impl Strategy<Value = Vec<String>> {
    let atom = prop_oneof![
        8 => select(&ATOMS[..]).prop_map(str::to_owned),
        1 => select(&MORE[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_filter("no NUL", |c| *c != '\0').prop_map(String::from),
        2 => word(),
    ];
    prop::collection::vec(atom, 0..40)
}

/// The same with some of it removed, put in, exchanged.
pub(crate) fn atoms_edited() -> impl Strategy<Value = (String, String)> {
    (atoms(), prop::collection::vec((any::<Index>(), 0..3_u8, atoms()), 0..4)).prop_map(
        |(old, edits)| {
            let mut new = old.clone();
            for (place, what, atoms) in edits {
                let at = place.index(new.len() + 1);
                if what < 2 && at < new.len() {
                    new.remove(at);
                }
                if what > 0 {
                    new.splice(at.min(new.len())..at.min(new.len()), atoms.into_iter().take(3));
                }
            }
            (old.concat(), new.concat())
        },
    )
}
