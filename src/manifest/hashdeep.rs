//! The form of hashdeep 1.0: a header of two `%%%%` lines, the second of which names the
//! columns, `##` comments, then comma-separated lines with the name last and not escaped.
//!
//! A name with a line feed cannot be written in this form; hashdeep writes it anyway, and the
//! line is refused here.

use crate::digest::{Algorithm, Digest};

/// The name of this form.
pub(super) const FORM: &str = "hashdeep";
/// How every header line begins.
pub(super) const MARK: &[u8] = b"%%%% ";
const VERSION: &[u8] = b"HASHDEEP-1.0";

/// A column between the size and the name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Digest(Algorithm),
    Unsupported(String),
}

/// The header, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    columns: Option<Vec<Column>>,
}

/// One line, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) size: u64,
    pub(super) digests: Vec<Digest>,
    pub(super) name: &'a [u8],
}

impl Header {
    /// Takes what follows the mark in the first line; `None` unless it is version 1.0.
    pub(super) fn first(text: &[u8]) -> Option<Self> {
        (text == VERSION).then_some(Self { columns: None })
    }

    /// Takes what follows the mark in the second line: `size,...,filename`. `None` when it is
    /// nothing of the kind, has no column between them, has one twice, or came before.
    pub(super) fn second(&mut self, text: &[u8]) -> Option<()> {
        let text = std::str::from_utf8(text).ok()?;
        let middle = text.strip_prefix("size,")?.strip_suffix(",filename")?;
        let columns: Vec<_> = middle.split(',').map(column).collect();
        let twice = columns
            .iter()
            .enumerate()
            .any(|(at, column)| columns.iter().take(at).any(|before| before == column));
        if twice || self.columns.is_some() || columns.len() > 16 {
            return None;
        }
        self.columns = Some(columns);
        Some(())
    }

    /// The algorithms of the columns that are compared.
    pub(super) fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.columns.iter().flatten().filter_map(|column| match column {
            Column::Digest(algorithm) => Some(*algorithm),
            Column::Unsupported(_) => None,
        })
    }

    /// The names of the columns that are not compared.
    pub(super) fn unsupported(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().flatten().filter_map(|column| match column {
            Column::Digest(_) => None,
            Column::Unsupported(name) => Some(name.as_str()),
        })
    }

    /// Reads one line; `None` before the columns are known and for any line that has others.
    pub(super) fn row<'a>(&self, text: &'a [u8]) -> Option<Row<'a>> {
        let (size, mut rest) = cell(text)?;
        let mut digests = Vec::new();
        for column in self.columns.as_ref()? {
            let (text, after) = cell(rest)?;
            rest = after;
            match column {
                Column::Digest(algorithm) => digests.push(Digest::from_hex(*algorithm, text)?),
                Column::Unsupported(_) => {}
            }
        }
        (!rest.is_empty()).then_some(Row { size: number(size)?, digests, name: rest })
    }
}

fn column(name: &str) -> Column {
    match Algorithm::parse(name) {
        Some(algorithm) => Column::Digest(algorithm),
        None => Column::Unsupported(name.to_owned()),
    }
}

fn cell(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == b',')?;
    let (cell, rest) = text.split_at(at);
    Some((cell, rest.get(1..)?))
}

fn number(digits: &[u8]) -> Option<u64> {
    let plain = digits.iter().all(u8::is_ascii_digit);
    plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn header(columns: &str) -> Option<Header> {
        let mut header = Header::first(b"HASHDEEP-1.0")?;
        header.second(columns.as_bytes())?;
        Some(header)
    }

    #[test]
    fn headers_name_the_columns() {
        let header = header("size,md5,tiger,filename").expect("header");
        assert_eq!(header.algorithms().collect::<Vec<_>>(), [Algorithm::Md5]);
        assert_eq!(header.unsupported().collect::<Vec<_>>(), ["tiger"]);
        for bad in ["size,filename", "md5,filename", "size,md5", "size,md5,md5,filename", ""] {
            assert_eq!(super::tests::header(bad), None, "{bad}");
        }
        assert_eq!(Header::first(b"HASHDEEP-2.0"), None);
        assert_eq!(header.clone().second(b"size,md5,filename"), None);
    }

    #[test]
    fn rows_have_the_name_last() {
        let header = header("size,md5,filename").expect("header");
        let text = format!("5,{MD5},a,b");
        let row = header.row(text.as_bytes()).expect("row");
        assert_eq!((row.size, row.name), (5, &b"a,b"[..]));
        for bad in [
            "5",
            "5,",
            "",
            "x,d41d8cd98f00b204e9800998ecf8427e,a",
            "+5,d41d8cd98f00b204e9800998ecf8427e,a",
        ] {
            assert_eq!(header.row(bad.as_bytes()), None, "{bad}");
        }
        for text in [
            format!("5,{MD5},"),
            format!("5,{}0,a", &MD5[1..31]),
            format!(",{MD5},a"),
            format!("99999999999999999999999,{MD5},a"),
        ] {
            assert_eq!(header.row(text.as_bytes()), None, "{text}");
        }
    }
}
