//! Which format bytes are of, by what stands in them; the name only helps where that is not enough.
//!
//! It tells formats apart and does not check them: what is found to be a PDF may yet be broken.

use memchr::memmem;

use crate::text::{Format, TextError};

/// Where the start of a page is looked for, in bytes.
const HEAD: usize = 4096;

/// The format of a document that text is taken out of; `None` for what may be plain text.
///
/// # Errors
/// [`TextError::Unsupported`] for what is known to be something else: pictures, archives, the
/// documents of other office programs.
pub fn detect(bytes: &[u8], name: &[u8]) -> Result<Option<Format>, TextError> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if bytes.starts_with(b"%PDF-") || is_late_pdf(head, name) {
        return Ok(Some(Format::Pdf));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return archive(bytes);
    }
    if let Some(what) = foreign(bytes) {
        return Err(TextError::Unsupported { what });
    }
    let page = is_page(&decoded(head), has_extension(name, &["html", "htm", "xhtml", "xht"]));
    Ok(page.then_some(Format::Html))
}

/// Programs that read PDF take the first line for its start wherever it stands in the first
/// 1,024 bytes.
fn is_late_pdf(head: &[u8], name: &[u8]) -> bool {
    let early = head.get(..1024).unwrap_or(head);
    has_extension(name, &["pdf"]) && memmem::find(early, b"%PDF-").is_some()
}

fn archive(bytes: &[u8]) -> Result<Option<Format>, TextError> {
    let holds = |name: &str| memmem::find(bytes, name.as_bytes()).is_some();
    let what = match () {
        () if holds("mimetypeapplication/vnd.oasis.opendocument") => "an OpenDocument file",
        () if holds("mimetypeapplication/epub") => "an EPUB book",
        () if holds("word/document.xml") => return Ok(Some(Format::Docx)),
        () if holds("xl/workbook.") => "an Excel workbook",
        () if holds("ppt/presentation.xml") => "a PowerPoint presentation",
        () => "a ZIP archive",
    };
    Err(TextError::Unsupported { what })
}

/// What begins like something that is no text.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 22] = [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file or one with a password"),
        (b"{\\rtf", "an RTF document"),
        (b"%!PS", "a PostScript document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"GIF87a", "a GIF picture"),
        (b"GIF89a", "a GIF picture"),
        (b"II*\0", "a TIFF picture"),
        (b"MM\0*", "a TIFF picture"),
        (b"AT&TFORM", "a DjVu document"),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (b"PK\x07\x08", "a part of a ZIP archive"),
        (b"\x1f\x8b\x08", "a gzip file"),
        (b"BZh9", "a bzip2 file"),
        (b"\xfd7zXZ\0", "an xz file"),
        (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"\x7fELF", "a program"),
        (b"SQLite format 3\0", "a database"),
        (b"OggS\0", "a recording"),
        (b"ID3\x03\0", "a recording"),
    ];
    let begins = STARTS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, what)| *what);
    begins.or_else(|| match (bytes.get(..4), bytes.get(4..8), bytes.get(8..12)) {
        (Some(b"RIFF"), _, Some(b"WEBP")) => Some("a WebP picture"),
        (Some(b"RIFF"), _, Some(b"WAVE" | b"AVI ")) => Some("a recording"),
        (Some([0, 0, 0, _]), Some(b"ftyp"), _) => Some("a picture or recording"),
        _ => None,
    })
}

fn has_extension(name: &[u8], known: &[&str]) -> bool {
    let extension = name.rsplit(|byte| *byte == b'.').next().filter(|e| e.len() < name.len());
    extension.is_some_and(|e| known.iter().any(|known| e.eq_ignore_ascii_case(known.as_bytes())))
}

/// The start as text: UTF-16 by its byte order mark, everything else as far as it is ASCII.
fn decoded(head: &[u8]) -> String {
    let (encoding, mark) =
        encoding_rs::Encoding::for_bom(head).unwrap_or((encoding_rs::WINDOWS_1252, 0));
    let text = head.get(mark..).unwrap_or_default();
    encoding.decode_without_bom_handling(text).0.into_owned()
}

/// Whether it begins as a page does, behind white space, comments and declarations; where the
/// name says so, anything that begins like markup is a page.
fn is_page(text: &str, named: bool) -> bool {
    let mut rest = text.trim_start();
    loop {
        let (start, end) = match rest.get(..4) {
            Some("<!--") => (4, "-->"),
            Some(start) if start.starts_with("<?") => (2, "?>"),
            _ => break,
        };
        let behind = rest.get(start..).and_then(|rest| rest.split_once(end));
        let Some((_, behind)) = behind else { return named };
        rest = behind.trim_start();
    }
    let begins = |what: &str| {
        let start = rest.get(..what.len()).is_some_and(|it| it.eq_ignore_ascii_case(what));
        start && rest.as_bytes().get(what.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric())
    };
    begins("<!doctype html") || begins("<html") || (named && has_tag(text))
}

/// Whether a tag stands in it: `<` and a letter or slash, and `>` somewhere behind.
fn has_tag(text: &str) -> bool {
    let opens =
        |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let at = text.match_indices('<').find(|(at, _)| text.get(at + 1..).is_some_and(opens));
    at.is_some_and(|(at, _)| text.get(at..).is_some_and(|rest| rest.contains('>')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        let cases: [(&[u8], &str, Option<Format>); 20] = [
            (b"%PDF-1.7", "x", Some(Format::Pdf)),
            (b"\n\n%PDF-1.7", "x.PDF", Some(Format::Pdf)),
            (b"see %PDF-1.7", "x.txt", None),
            (b"PK\x03\x04..word/document.xml..", "x.zip", Some(Format::Docx)),
            (b"<!DOCTYPE html>", "x.txt", Some(Format::Html)),
            (b"\xef\xbb\xbf \n<!-- <p> --><HTML lang=de>", "x", Some(Format::Html)),
            (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '...'>", "x", Some(Format::Html)),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "x", Some(Format::Html)),
            (b"<htmlx>", "x", None),
            (b"<p>one</p>", "x.html", Some(Format::Html)),
            (b"one <b>two</b>", "a.b.HTM", Some(Format::Html)),
            (b"<p>one</p>", "x.txt", None),
            (b"no markup: 1 < 2 > 0", "x.html", None),
            (b"no markup", "html", None),
            (b"<!-- never closed", "x", None),
            (b"<!-- never closed", "x.html", Some(Format::Html)),
            (b"<?xml version='1.0'?><rss>", "x.xml", None),
            (b"# Title", "x.md", None),
            (b"PK", "x", None),
            (b"", "", None),
        ];
        for (bytes, name, expected) in cases {
            let found = detect(bytes, name.as_bytes());
            assert_eq!(found, Ok(expected), "{} {name}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_known_and_not_read_is_said() {
        let cases: [(&[u8], &str); 7] = [
            (b"PK\x03\x04..xl/workbook.xml", "an Excel workbook"),
            (
                b"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.text",
                "an OpenDocument file",
            ),
            (b"PK\x03\x04..", "a ZIP archive"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file or one with a password"),
            (b"\xff\xd8\xff\xe0", "a JPEG picture"),
            (b"RIFF1234WEBPVP8", "a WebP picture"),
            (b"{\\rtf1", "an RTF document"),
        ];
        for (bytes, what) in cases {
            assert_eq!(detect(bytes, b"x.html"), Err(TextError::Unsupported { what }));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, name: Vec<u8>, start in "<!?-?-?[<>?!a-z -]*") {
            drop(detect(&bytes, &name));
            drop(detect(&[start.as_bytes(), &bytes].concat(), b"x.html"));
        }
    }
}
