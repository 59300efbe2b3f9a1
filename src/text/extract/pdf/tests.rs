//! PDFs written here by hand; the text out of them, and what is refused.

#![allow(
    clippy::disallowed_methods,
    reason = "hostile files must end: exponential time would take for ever"
)]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{LOCKED, NO_CHARACTERS, NO_TEXT, pdf};
use crate::text::TextError;
use crate::text::extract::What;

/// A file of these objects, numbered from 1, and its table of where they stand.
fn file(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut out = "%PDF-1.4\n".to_owned();
    let mut table = String::new();
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = writeln!(out, "{} 0 obj\n{object}\nendobj", index + 1);
    }
    let (start, size) = (out.len(), objects.len() + 1);
    let _ = write!(out, "xref\n0 {size}\n0000000000 65535 f \n{table}");
    let _ =
        writeln!(out, "trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF");
    out.into_bytes()
}

fn stream(entries: &str, content: &str) -> String {
    format!("<<{entries}/Length {}>>\nstream\n{content}\nendstream", content.len())
}

const HELVETICA: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/// Pages with these contents, the font in object 3, more objects from number 4 on.
fn pages(contents: &[&str], font: &str, more: &[String], resources: &str) -> Vec<u8> {
    let first = 4 + more.len();
    let kids: Vec<String> =
        (0..contents.len()).map(|page| format!("{} 0 R", first + page * 2)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count {}/Kids[{}]>>", contents.len(), kids.join(" ")),
        font.to_owned(),
    ];
    objects.extend(more.iter().cloned());
    for (page, content) in contents.iter().enumerate() {
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {} 0 R\
             /Resources<</Font<</F 3 0 R>>{resources}>>>>",
            first + page * 2 + 1
        ));
        objects.push(stream("", content));
    }
    file(&objects, "")
}

fn page(content: &str) -> Vec<u8> {
    pages(&[content], HELVETICA, &[], "")
}

fn text(content: &str) -> String {
    pdf(&page(content)).unwrap().text
}

#[test]
fn words_lines_and_paragraphs_are_put_together() {
    let cases = [
        (
            "BT /F 10 Tf 50 700 Td (One line) Tj 0 -12 Td (and one) Tj 0 -30 Td (more) Tj ET",
            "One line\nand one\n\nmore",
        ),
        (
            "BT /F 10 Tf 12 TL 50 700 Td (one) Tj T* (two) Tj (three) ' 1 0 (four) \" ET",
            "one\ntwo\nthree\nfour",
        ),
        ("BT /F 10 Tf 50 700 Td [(Wo) 20 (rd) -600 (next) -100 (to)] TJ ET", "Word nextto"),
        (
            "q .1 0 0 .1 0 0 cm BT /F 100 Tf 500 7000 Td (a) Tj ET Q BT /F 10 Tf 90 700 Td (b) Tj ET",
            "a b",
        ),
        ("BT /F 10 Tf 50 700 Td (\\351t\\351 \\200 <\\(5\\)>) Tj ET", "été € <(5)>"),
        ("BT /F 10 Tf 50 700 Td <4869> Tj ET", "Hi"),
    ];
    for (content, expected) in cases {
        assert_eq!(text(content), expected, "{content}");
    }
}

#[test]
fn large_lines_are_headings_and_repeated_ones_boilerplate() {
    let sheet = |number: u32| {
        format!(
            "BT /F 8 Tf 50 780 Td (Northmere Papers) Tj ET BT /F 20 Tf 50 740 Td (Part {number}) Tj ET \
             BT /F 10 Tf 50 700 Td (The ferry has not left the harbour since it came.) Tj ET \
             BT /F 8 Tf 50 20 Td (page {number}) Tj ET"
        )
    };
    let sheets: Vec<String> = (1..=3).map(sheet).collect();
    let contents: Vec<&str> = sheets.iter().map(String::as_str).collect();
    let out = pdf(&pages(&contents, HELVETICA, &[], "")).unwrap();
    let marks: Vec<_> = out.marks.iter().map(|m| (&m.what, &out.text[m.start..m.end])).collect();
    let expected = [
        (&What::Boilerplate, "Northmere Papers"),
        (&What::Heading, "Part 1"),
        (&What::Boilerplate, "page 1"),
    ];
    assert_eq!(marks[..3], expected);
    assert_eq!(marks.len(), 9);
}

#[test]
fn fonts_name_their_characters() {
    let shown = "BT /F 10 Tf 50 700 Td <000100020001> Tj ET";
    let narrow = "BT /F 10 Tf 50 700 Td (\\001\\002) Tj ET";
    let cmap = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
        /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
        /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n1 begincodespacerange <0000> <ffff> endcodespacerange\n\
        2 beginbfchar <0001> <0416> <0002> <00660069> endbfchar\nendcmap CMapName currentdict /CMap defineresource pop end end";
    let composite = "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/ToUnicode 4 0 R>>";
    let mapped = pages(&[shown], composite, &[stream("", cmap)], "");
    assert_eq!(pdf(&mapped).unwrap().text, "ЖfiЖ");
    let names =
        "<</Type/Font/Subtype/Type1/BaseFont/X/Encoding<</Differences[1/eacute/uni20AC]>>>>";
    assert_eq!(pdf(&pages(&[narrow], names, &[], "")).unwrap().text, "é€");
    let silent = [
        "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H>>",
        "<</Type/Font/Subtype/Type1/BaseFont/X/Encoding<</Differences[1/g1/g2]>>>>",
        "<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor<</Type/FontDescriptor/Flags 4>>>>",
    ];
    for font in silent {
        assert_eq!(pdf(&pages(&[narrow], font, &[], "")), Err(NO_CHARACTERS), "{font}");
    }
}

#[test]
fn what_has_no_text_is_said() {
    assert_eq!(pdf(&page("0 0 m 10 10 l S")), Err(NO_TEXT));
    assert_eq!(pdf(&page("")), Err(NO_TEXT));
    let objects =
        ["<</Type/Catalog/Pages 2 0 R>>".to_owned(), "<</Type/Pages/Count 0/Kids[]>>".to_owned()];
    assert_eq!(pdf(&file(&objects, "")), Err(NO_TEXT));
    let locked = "/Encrypt<</Filter/Standard/V 9/R 9>>/ID[<00><00>]";
    assert_eq!(pdf(&file(&objects, locked)), Err(LOCKED));
}

#[test]
fn damaged_files_are_refused() {
    let good = page("BT /F 10 Tf 50 700 Td (One line) Tj ET");
    assert_eq!(pdf(&good).unwrap().text, "One line");
    for end in 0..good.len() - 10 {
        let found = pdf(&good[..end]);
        assert!(found.is_err(), "{end}: {found:?}");
    }
    for content in ["BT /F 10 Tf (never closed Tj ET", "BT /None 10 Tf (a) Tj ET", "BT (a) Tj ET"] {
        assert!(matches!(pdf(&page(content)), Err(TextError::Malformed { .. })), "{content}");
    }
}

#[test]
fn hostile_files_end_in_time() {
    let shown = "BT /F 10 Tf 50 700 Td (a) Tj ET ";
    let form = |number: u32| {
        let entries = format!(
            "/Type/XObject/Subtype/Form/Resources<</Font<</F 3 0 R>>/XObject<</X {number} 0 R>>>>"
        );
        stream(&entries, &format!("{shown}{}", "/X Do ".repeat(20)))
    };
    let resources = "/XObject<</X 4 0 R>>";
    let nest = "[".repeat(100_000);
    let cases = [
        pages(&["/X Do"], HELVETICA, &[form(4)], resources),
        pages(&["/X Do"], HELVETICA, &(5..20).map(form).collect::<Vec<_>>(), resources),
        page(&format!("BT {nest} TJ ET")),
        page(&format!("{}{shown}", "q ".repeat(200_000))),
        file(
            &[
                "<</Type/Catalog/Pages 2 0 R>>".into(),
                "<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>".into(),
            ],
            "",
        ),
    ];
    for bytes in &cases {
        drop(pdf(bytes));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, content in "[ -~]{0,80}", at in 0..500_usize) {
        drop(pdf(&bytes));
        drop(pdf(&[b"%PDF-1.4\n".as_slice(), &bytes].concat()));
        let mut broken = page(&format!("BT /F 10 Tf {content} ET"));
        drop(pdf(&broken));
        if let Some(byte) = broken.get_mut(at) {
            *byte ^= 0x15;
        }
        if let Ok(out) = pdf(&broken) {
            let mut before = 0;
            for mark in &out.marks {
                prop_assert!(mark.start >= before && out.text.get(mark.start..mark.end).is_some());
                before = mark.start;
            }
        }
    }
}
