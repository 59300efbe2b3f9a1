//! The same word, written otherwise: look-alike letters, other spellings, slips of the pen.
//!
//! What is written otherwise in digits is no spelling here: `3-4` is not `34`.

use super::hunk::{Hunk, Scene};
use crate::text::fold::{Glyph, glyph};
use crate::text::lexicon::Language;
use crate::text::token::{Class, Token};
use std::ops::Range;
use unicode_script::{Script, UnicodeScript};

/// Whether the words look the same and are spelt in letters of another script (UTS 39).
pub(super) fn homoglyph(scene: &Scene<'_>, hunk: &Hunk) -> bool {
    let pairs = scene.word_pairs(hunk);
    let alike =
        |one: &Token, two: &Token| looks_alike(one.of(scene.old_text), two.of(scene.new_text));
    !pairs.is_empty()
        && hunk.old.len() == hunk.new.len()
        && pairs.iter().any(|(one, two)| alike(one, two))
        && pairs.iter().all(|(one, two)| one.id == two.id || alike(one, two))
}

fn looks_alike(one: &str, two: &str) -> bool {
    let skeleton = |word: &str| unicode_security::skeleton(word).collect::<String>();
    let scripts = |word: &str| -> Vec<Script> {
        word.chars()
            .map(|c| c.script())
            .filter(|s| !matches!(s, Script::Common | Script::Inherited))
            .collect()
    };
    one != two && scripts(one) != scripts(two) && skeleton(one) == skeleton(two)
}

/// Whether the hunk is the same letters joined or parted otherwise, or each word of it a known other
/// spelling of its partner.
pub(super) fn respelled(scene: &Scene<'_>, hunk: &Hunk) -> bool {
    let (one, two) = (joined(scene, scene.old, &hunk.old), joined(scene, scene.new, &hunk.new));
    let digits = one.chars().any(char::is_numeric);
    (!one.is_empty() && one == two && !digits)
        || scene.lexicon.is_respelling(&one, &two)
        || word_by_word(scene, hunk, &|a, b| {
            scene.lexicon.is_respelling(a, b)
                || (scene.lexicon.language == Language::French && same_but_marks(a, b))
        })
}

/// Whether at most three words differ from their partners as a slip of the pen would, or by accents
/// where these are no letters of their own.
pub(super) fn slip(scene: &Scene<'_>, hunk: &Hunk) -> bool {
    const MOST: usize = 3;
    let accents = scene.lexicon.language != Language::German;
    hunk.old.len() <= MOST
        && word_by_word(scene, hunk, &|a, b| {
            scene.lexicon.is_respelling(a, b) || (accents && same_but_marks(a, b)) || is_slip(a, b)
        })
}

/// The words of a range without blanks and hyphens.
fn joined(scene: &Scene<'_>, tokens: &[Token], range: &Range<usize>) -> String {
    let tokens = tokens.get(range.clone()).unwrap_or_default();
    let words = tokens.iter().filter(|token| token.class != Class::Dash);
    words.map(|token| scene.folded(token)).collect()
}

/// Whether the hunk is nothing but words, as many on each side, and each pair is alike.
fn word_by_word(scene: &Scene<'_>, hunk: &Hunk, alike: &dyn Fn(&str, &str) -> bool) -> bool {
    let pairs = scene.word_pairs(hunk);
    !pairs.is_empty()
        && pairs.len() == hunk.old.len()
        && pairs.len() == hunk.new.len()
        && pairs.iter().all(|(one, two)| alike(scene.folded(one), scene.folded(two)))
}

/// Equal but for accents, which in German make another word and in short ones elsewhere too.
fn same_but_marks(one: &str, two: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    if one.chars().count() < 5 {
        return false;
    }
    let bare = |word: &str| -> String {
        word.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect()
    };
    one != two && one.chars().next_back() == two.chars().next_back() && bare(one) == bare(two)
}

/// A slip of the pen: in a word of at least five letters, not in the first and not at the end,
/// where endings change the meaning, one letter is another, too many, missing, or two are swapped.
fn is_slip(one: &str, two: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    let letters = |word: &[char]| word.iter().all(|c| glyph(*c) == Glyph::Letter);
    if a.len().min(b.len()) < 5 || !letters(&a) || !letters(&b) || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let longest = a.len().max(b.len());
    let swapped = a.len() == b.len()
        && head + tail + 2 == a.len()
        && a.get(head) == b.get(head + 1)
        && a.get(head + 1) == b.get(head);
    head >= 1 && tail >= 2 && (head + tail + 1 >= longest || swapped)
}
