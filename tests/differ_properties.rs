//! What must hold of every comparison, whatever the texts: on bytes, on texts of what makes
//! tokenizers stumble, and on statements edited as editors, typesetters and vandals do.
//!
//! That a change is called what it is, is the matter of `tests/pairs` and `tests/kinds`.

#![allow(clippy::expect_used, reason = "a test's own text is one")]

#[path = "differ_properties/invariants.rs"]
mod invariants;
#[path = "differ_properties/texts.rs"]
mod texts;

use proptest::prelude::*;
use texts::{PLAIN, Setting};
use unicode_segmentation::GraphemeCursor;
use vidimus::compare::{Comparison, Verdict, compare};
use vidimus::text::Document;

fn document(text: &str) -> Option<Document> {
    Document::read(text.as_bytes(), b"text.txt").ok()
}

fn compared(old: &str, new: &str) -> Comparison {
    compare(document(old).expect("a text"), document(new).expect("a text"))
}

fn hold(old: &str, new: &str) -> Result<(), TestCaseError> {
    if let (Some(old), Some(new)) = (document(old), document(new)) {
        invariants::pair(&old, &new).map_err(TestCaseError::fail)?;
    }
    Ok(())
}

fn silent(old: &str, new: &str) -> Result<(), TestCaseError> {
    let found = compared(old, new);
    let verdict = matches!(found.verdict, Verdict::NoiseOnly | Verdict::Identical);
    prop_assert!(
        verdict && found.changes.is_empty(),
        "{:?} {:#?}",
        found.verdict,
        found.changes.first()
    );
    Ok(())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn of_edited_statements(
        text in texts::paragraphs(),
        edits in texts::edits(),
        before in texts::setting(),
        after in texts::setting(),
    ) {
        let new = texts::set(&texts::edited(&text, &edits), after);
        hold(&texts::set(&text, before), &new)?;
    }

    #[test]
    fn of_edited_statements_set_alike(text in texts::paragraphs(), edits in texts::edits()) {
        let new = texts::set(&texts::edited(&text, &edits), PLAIN);
        hold(&texts::set(&text, PLAIN), &new)?;
    }

    #[test]
    fn of_unrelated_statements(one in texts::paragraphs(), two in texts::paragraphs()) {
        hold(&texts::set(&one, PLAIN), &texts::set(&two, PLAIN))?;
    }

    #[test]
    fn of_odd_characters((old, new) in texts::atoms_edited()) {
        hold(&old, &new)?;
    }

    #[test]
    fn of_any_characters(old in any::<String>(), new in any::<String>()) {
        hold(&old, &new)?;
    }

    /// Whatever the bytes are, they are read or refused, and what is read can be compared.
    #[test]
    fn of_any_bytes(
        old in prop::collection::vec(any::<u8>(), 0..200),
        new in prop::collection::vec(any::<u8>(), 0..200),
        name in prop::sample::select(vec!["a.txt", "a.html", "a.pdf", "a.docx", "a.md", "a"]),
    ) {
        let read = |bytes: &[u8]| Document::read(bytes, name.as_bytes()).ok();
        if let (Some(old), Some(new)) = (read(&old), read(&new)) {
            invariants::pair(&old, &new).map_err(TestCaseError::fail)?;
        }
    }

    /// Offsets lead back into the file, in order, and lines are counted up.
    #[test]
    fn offsets_lead_back(bytes in prop::collection::vec(0x09..=0xff_u8, 0..200)) {
        if let Ok(document) = Document::read(&bytes, b"a.txt") {
            let text = document.text();
            let (mut last, mut line) = (0, 1);
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let (there, row) = (document.original(at), document.line(at));
                prop_assert!(there >= last && there <= bytes.len(), "{at} leads to {there}");
                prop_assert!(row >= line, "line {row} behind {line}");
                (last, line) = (there, row);
            }
            if document.encoding().name == "utf-8" && document.encoding().malformed == 0 {
                let skip = if document.encoding().bom { 3 } else { 0 };
                prop_assert_eq!(&bytes[skip..], text.as_bytes());
            }
        }
    }

    #[test]
    fn form_alone_is_silent(
        text in texts::plain_paragraphs(),
        before in texts::setting(),
        after in texts::setting(),
    ) {
        silent(&texts::set(&text, before), &texts::set(&text, after))?;
    }

    #[test]
    fn one_change_of_form_is_silent(text in texts::plain_paragraphs(), which in 0..6_u8, width in 20..90_usize) {
        let how = match which {
            0 => Setting { width, ..PLAIN },
            1 => Setting { crlf: true, ..PLAIN },
            2 => Setting { curly: true, ..PLAIN },
            3 => Setting { nbsp: 3, ..PLAIN },
            4 => Setting { doubled: 4, ..PLAIN },
            _ => Setting { bold: 2, ..PLAIN },
        };
        silent(&texts::set(&text, PLAIN), &texts::set(&text, how))?;
    }

    #[test]
    fn another_bullet_is_silent(text in texts::plain_paragraphs()) {
        let old = texts::set(&text, Setting { bullet: "- ", ..PLAIN });
        let new = texts::set(&text, Setting { bullet: "\u{2022} ", ..PLAIN });
        silent(&old, &new)?;
    }

    /// One letter more in a script without blanks is one change that cuts no cluster.
    #[test]
    fn one_character_among_han(text in "[\u{4e00}-\u{4e20}]{3,30}", place in any::<prop::sample::Index>()) {
        let chars: Vec<char> = text.chars().collect();
        let at = place.index(chars.len());
        let new: String =
            chars.iter().enumerate().map(|(i, c)| if i == at { '\u{9f8d}' } else { *c }).collect();
        let found = compared(&text, &new);
        prop_assert_eq!(found.changes.len(), 1, "{:#?}", found.changes);
        prop_assert_eq!(found.changes[0].new[0].of(&new), "\u{9f8d}");
        invariants::whole(&found).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn two_threads_say_the_same() {
    let old =
        "The court must rule by 12 March.\n\nIt said \"no\" to 45 of them.\n\nA third one ends.\n";
    let new = "A third one ends.\n\nThe court should rule by 13 March.\n\nIt said \u{201c}no\u{201d} to 54.\n";
    let run = || compared(old, new);
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(run), scope.spawn(run));
        (one.join().expect("no panic"), two.join().expect("no panic"))
    });
    assert_eq!(invariants::same(&one, &two), Ok(()));
}

/// A word of a script without blanks is not looked up but cut; no cluster of it is.
#[test]
fn thai_is_cut_between_clusters() {
    let (old, new) = ("ศาลตัดสินว่าผิด", "ศาลตัดสินว่าไม่ผิด");
    let found = compared(old, new);
    assert_eq!(invariants::whole(&found), Ok(()));
    for span in found.changes.iter().flat_map(|change| &change.new) {
        let mut cursor = GraphemeCursor::new(span.start, new.len(), true);
        assert_eq!(cursor.is_boundary(new, 0), Ok(true));
    }
}

/// Pairs on which a careless method takes hours, small enough for a build without optimisation.
/// That they end is all that is asked; at a hundred times the size nothing measures them.
#[test]
fn pathological_pairs_end() {
    const MANY: usize = 5_000;
    let equal = "The same line of text stands here again and again.\n".repeat(MANY);
    let moved = "A line of its own that will move to the end.\n";
    let words = |seed: usize| -> String {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040);
            if state >> 33 & 1 == 0 { "alpha\n" } else { "beta\n" }
        };
        (0..MANY).map(|_| next()).collect()
    };
    let long = "abcdefghij".repeat(MANY * 10);
    let pairs = [
        (format!("{moved}{equal}"), format!("{equal}{moved}")),
        (words(1), words(2)),
        (long.clone(), format!("{long}x")),
        ("(".repeat(MANY), ")".repeat(MANY)),
        ("[".repeat(MANY) + &"](x)".repeat(MANY), "[".repeat(MANY) + &"](y)".repeat(MANY)),
    ];
    for (old, new) in &pairs {
        let found = compared(old, new);
        assert_eq!(invariants::script(&found), Ok(()));
        assert_eq!(invariants::booked(&found), Ok(()));
        assert_eq!(invariants::weights(&found), Ok(()));
    }
}

/// What is too large to be compared closely says so.
#[test]
fn what_is_too_large_is_coarse() {
    let one: String = (0..3_000).map(|at| if at % 2 == 0 { "alpha " } else { "beta " }).collect();
    let two: String = (0..3_000).map(|at| if at % 3 == 0 { "beta " } else { "alpha " }).collect();
    let found = compared(&one, &two);
    assert!(found.coarse);
    assert_eq!(invariants::whole(&found), Ok(()));
}
