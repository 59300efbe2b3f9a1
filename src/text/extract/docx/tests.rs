//! Documents built here, text and marks out; and archives that must be refused.

use proptest::prelude::*;

use super::docx;
use super::package::crc32;
use crate::text::TextError;
use crate::text::extract::{Extracted, What};

/// A ZIP archive of these entries, each deflated.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let packed = miniz_oxide::deflate::compress_to_vec(bytes, 6);
        let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        fields.extend(crc32(bytes).to_le_bytes());
        fields.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        fields.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        fields.extend([0, 0]);
        let offset = u32::try_from(out.len()).unwrap();
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(name.as_bytes());
        out.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let (size, offset) = (directory.len(), out.len());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(u32::try_from(size).unwrap().to_le_bytes());
    out.extend(u32::try_from(offset).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out
}

fn body(xml: &str) -> Vec<u8> {
    format!("<?xml version='1.0'?><w:document xmlns:w='w'><w:body>{xml}</w:body></w:document>")
        .into()
}

fn text(xml: &str) -> String {
    docx(&zip(&[("word/document.xml", &body(xml))])).unwrap().text
}

fn p(words: &str) -> String {
    format!("<w:p><w:r><w:t>{words}</w:t></w:r></w:p>")
}

fn marks(out: &Extracted) -> Vec<(&What, &str)> {
    out.marks.iter().map(|mark| (&mark.what, &out.text[mark.start..mark.end])).collect()
}

#[test]
fn runs_are_joined_and_paragraphs_parted() {
    let cases = [
        (
            "<w:p><w:r><w:t>Eng</w:t></w:r><w:r><w:t xml:space='preserve'>er </w:t></w:r><w:r><w:t>Rat</w:t></w:r></w:p><w:p/><w:p><w:r><w:t>&#233;&amp;&lt;</w:t></w:r></w:p>",
            "Enger Rat\n\né&<",
        ),
        (
            "<w:p><w:r><w:tab/><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>",
            "a\tb\nc",
        ),
        (
            "<w:p><w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:softHyphen/><w:sym w:char='F0E0'/></w:r></w:p>",
            "a\u{2011}b\u{ad}\u{fffd}",
        ),
        (
            "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>yes</w:t></w:r></w:p>",
            "yes",
        ),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r></w:p>", "7"),
        (
            "<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr><w:r><w:t>x</w:t></w:r></w:p>",
            "x",
        ),
    ];
    for (xml, expected) in cases {
        assert_eq!(text(xml), expected, "{xml}");
    }
}

#[test]
fn tracked_changes_count_as_accepted() {
    let cases = [
        (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
            "new",
        ),
        (
            "<w:p><w:moveFrom><w:r><w:t>a</w:t></w:r></w:moveFrom></w:p><w:p><w:moveTo><w:r><w:t>a</w:t></w:r></w:moveTo></w:p>",
            "a",
        ),
        (
            "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t xml:space='preserve'>one </w:t></w:r></w:p><w:p><w:r><w:t>two</w:t></w:r></w:p>",
            "one two",
        ),
        (
            "<w:p><w:pPr><w:pPrChange><w:pPr><w:pStyle w:val='x'/></w:pPr></w:pPrChange></w:pPr><w:r><w:t>x</w:t></w:r></w:p>",
            "x",
        ),
    ];
    for (xml, expected) in cases {
        assert_eq!(text(xml), expected, "{xml}");
    }
}

#[test]
fn tables_have_tabs_and_lines() {
    let cell = |words: &str| format!("<w:tc><w:tcPr/>{}</w:tc>", p(words));
    let row = |a, b| format!("<w:tr><w:trPr/>{}{}</w:tr>", cell(a), cell(b));
    let table = format!("{}<w:tbl>{}{}</w:tbl>{}", p("x"), row("a", "b"), row("c", ""), p("y"));
    assert_eq!(text(&table), "x\n\na\tb\nc\n\ny");
}

#[test]
fn structure_is_marked() {
    let styles =
        b"<w:styles xmlns:w='w'><w:style w:styleId='T1'><w:name w:val='heading 1'/></w:style>\
        <w:style w:styleId='My'><w:name w:val='Mine'/><w:basedOn w:val='T1'/></w:style>\
        <w:style w:styleId='L'><w:basedOn w:val='L'/></w:style></w:styles>";
    let rels = b"<Relationships><Relationship Id='r1' Type='x/hyperlink' Target='https://northmere.example/'/>\
        <Relationship Id='r2' Type='x/header' Target='header1.xml'/></Relationships>";
    let notes = b"<w:footnotes xmlns:w='w'><w:footnote w:id='0'><w:p><w:r><w:t>no</w:t></w:r></w:p></w:footnote>\
        <w:footnote w:id='2'><w:p><w:pPr/><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let header = b"<w:hdr xmlns:w='w'><w:p><w:r><w:t>Draft</w:t></w:r></w:p></w:hdr>";
    let xml = "<w:p><w:pPr><w:pStyle w:val='My'/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p>\
        <w:p><w:pPr><w:pStyle w:val='L'/><w:numPr><w:numId w:val='3'/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>\
        <w:p><w:pPr><w:outlineLvl w:val='2'/></w:pPr><w:r><w:t>level</w:t></w:r></w:p>\
        <w:p><w:r><w:t xml:space='preserve'>see </w:t></w:r><w:hyperlink r:id='r1'><w:r><w:t>there</w:t></w:r></w:hyperlink>\
        <w:r><w:footnoteReference w:id='2'/></w:r></w:p>";
    let bytes = zip(&[
        ("word/document.xml", &body(xml)),
        ("word/styles.xml", styles),
        ("word/_rels/document.xml.rels", rels),
        ("word/footnotes.xml", notes),
        ("word/header1.xml", header),
    ]);
    let out = docx(&bytes).unwrap();
    assert_eq!(out.text, "Head\n\nitem\n\nlevel\n\nsee there\n\nA note.\n\nDraft");
    let expected = [
        (&What::Heading, "Head"),
        (&What::ListItem, "item"),
        (&What::Heading, "level"),
        (&What::Link("https://northmere.example/".to_owned()), "there"),
        (&What::Boilerplate, "Draft"),
    ];
    assert_eq!(marks(&out), expected);
}

#[test]
fn odd_archives_are_refused() {
    let plain = body(&p("x"));
    let good = zip(&[("word/document.xml", &plain)]);
    assert!(docx(&good).is_ok());
    let mut bomb = zip(&[("word/document.xml", &vec![b' '; 3_000_000])]);
    let at = bomb.len() - 22 - 17 - 46 + 24;
    bomb[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
    let mut huge = good.clone();
    let at = huge.len() - 22 - 17 - 46 + 24;
    huge[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let cases = [
        bomb,
        zip(&[("word/document.xml", &plain), ("word/document.xml", &plain)]),
        zip(&[("word/document.xml", &plain), ("WORD/document.xml", &plain)]),
        zip(&[("word/document.xml", &plain), ("../x", b"")]),
        zip(&[("word/other.xml", &plain)]),
        [b"x".as_slice(), &good].concat(),
        [good.as_slice(), b"x"].concat(),
        zip(&[("word/document.xml", b"<!DOCTYPE w [<!ENTITY a 'b'>]><w>&a;</w>")]),
        zip(&[("word/document.xml", b"<w>&nbsp;</w>")]),
        zip(&[("word/document.xml", b"<w><p></w>")]),
        zip(&[("word/document.xml", b"<w>")]),
        zip(&[("word/document.xml", b"<w>\xff</w>")]),
        zip(&[("word/document.xml", &body(&"<w:p>".repeat(100_000)))]),
    ];
    for bytes in &cases {
        assert!(matches!(docx(bytes), Err(TextError::Malformed { .. })), "{:?}", docx(bytes));
    }
    assert!(matches!(docx(&huge), Err(TextError::TooLarge { .. })));
}

#[test]
fn every_prefix_and_every_broken_byte_is_an_answer() {
    let good = zip(&[("word/document.xml", &body(&p("one two")))]);
    for end in 0..good.len() {
        assert!(docx(&good[..end]).is_err());
    }
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x5a;
        if let Ok(out) = docx(&bytes) {
            assert_eq!(out.text, "one two", "byte {at}");
        }
    }
}

fn soup() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<r>",
        "</r>",
        "<t>",
        "</t>",
        " é ",
        "x",
        "<pPr>",
        "</pPr>",
        "<del>",
        "</del>",
        "<tbl>",
        "</tbl>",
        "<tr>",
        "</tr>",
        "<tc>",
        "</tc>",
        "<tab/>",
        "<br/>",
        "<vanish/>",
        "<pStyle val='a'/>",
        "<numId val='1'/>",
        "<hyperlink anchor='a'>",
        "</hyperlink>",
        "&amp;",
        "<outlineLvl val='1'/>",
        "<p><r><t>",
        "</t></r></p>",
        "<p><pPr><numId val='1'/></pPr><r><t>",
    ]);
    prop::collection::vec(bits, 0..30).prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn marks_lie_in_the_text_in_order(xml in soup()) {
        if let Ok(out) = docx(&zip(&[("word/document.xml", xml.as_bytes())])) {
            let mut before = 0;
            for mark in &out.marks {
                assert!(mark.start >= before && mark.start < mark.end);
                assert!(out.text.get(mark.start..mark.end).is_some());
                before = mark.start;
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, xml: String) {
        drop(docx(&bytes));
        drop(docx(&[bytes.as_slice(), b"PK\x05\x06\0\0\0\0", &bytes].concat()));
        drop(docx(&zip(&[("word/document.xml", xml.as_bytes())])));
    }
}
