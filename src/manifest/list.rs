//! Lists made by other tools: the GNU, BSD and hashdeep forms, told apart by their first entry.
//!
//! One list has one form; a line of another form refuses the list, as does any line that is
//! neither entry, `#` comment nor blank. LF and CRLF both end a line, and the last may lack its
//! end. In a NUL-terminated list nothing is escaped, blank or a comment.
//!
//! The algorithm of a GNU list is the one the user names; else the one its file name has
//! ([`algorithm_of_name`]); else SHA-256. It is never guessed from the length of the digits.

use super::lines::{Line, Lines};
use super::{Entry, ManifestError, bsd, gnu, hashdeep};
use crate::digest::{Algorithm, Digest};
use crate::limits;
use crate::path::RelPath;

/// What is known of a list before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListOptions<'a> {
    /// The algorithm that the user named.
    pub algorithm: Option<Algorithm>,
    /// The list's file name, with or without folders before it.
    pub file_name: &'a [u8],
    /// Whether every entry ends with NUL and has no escapes (`sha256sum -z`).
    pub zero: bool,
}

/// A list of another tool, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// At least one entry, each of another path, in the order of the lines.
    pub entries: Vec<Entry>,
    /// The algorithms that the entries need, ascending.
    pub algorithms: Vec<Algorithm>,
    /// `GNU`, `BSD` or `hashdeep`.
    pub form: &'static str,
    /// What the list says and nobody compares, each in a few words.
    pub not_checked: Vec<String>,
}

/// Reads a list of another tool.
///
/// # Errors
/// [`ManifestError`], the first in the order of the lines; then a path named twice.
pub fn read_list(bytes: &[u8], options: &ListOptions<'_>) -> Result<List, ManifestError> {
    let mut reader = Reader::new(options);
    for line in Lines::new(bytes, if options.zero { 0 } else { b'\n' })? {
        reader.line(line?)?;
    }
    reader.finish()
}

/// The algorithm in the name of a list, if it has exactly one: the last part of the path, in
/// either case, has the algorithm's name, perhaps with a hyphen (`sha-256`), perhaps followed by
/// `sum` or `sums`, and no letter or digit on either side. So `MD5SUMS`, `SHA1SUMS.asc`,
/// `sha512sum.txt`, `manifest-sha1.txt`, `disk.iso.md5`, `CHECKSUM.SHA-512`.
pub fn algorithm_of_name(file_name: &[u8]) -> Option<Algorithm> {
    let name = file_name.rsplit(|&byte| byte == b'/').next().unwrap_or(file_name);
    let name = name.to_ascii_lowercase();
    let words: Vec<&[u8]> = name.split(|byte| !byte.is_ascii_alphanumeric()).collect();
    let mut found = (0..words.len()).filter_map(|at| algorithm_at(&name, &words, at));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

fn algorithm_at(name: &[u8], words: &[&[u8]], at: usize) -> Option<Algorithm> {
    let word = bare(words.get(at)?);
    if word != b"sha" {
        return Algorithm::parse(std::str::from_utf8(word).ok()?);
    }
    let next = bare(words.get(at.checked_add(1)?)?);
    let hyphened = [b"sha-", next].concat();
    let joined = name.windows(hyphened.len()).any(|window| window == hyphened);
    joined.then(|| Algorithm::parse(std::str::from_utf8(&hyphened).ok()?)).flatten()
}

fn bare(word: &[u8]) -> &[u8] {
    word.strip_suffix(b"sums").or_else(|| word.strip_suffix(b"sum")).unwrap_or(word)
}

/// The form of the list, once its first entry or header was read.
enum Form {
    Gnu,
    Bsd,
    Hashdeep(hashdeep::Header),
}

impl Form {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Gnu => gnu::FORM,
            Self::Bsd => bsd::FORM,
            Self::Hashdeep(_) => hashdeep::FORM,
        }
    }
}

struct Reader {
    asked: Option<Algorithm>,
    default: Algorithm,
    zero: bool,
    form: Option<Form>,
    entries: Vec<Entry>,
}

impl Reader {
    fn new(options: &ListOptions<'_>) -> Self {
        let named = || algorithm_of_name(options.file_name);
        Self {
            asked: options.algorithm,
            default: options.algorithm.or_else(named).unwrap_or(Algorithm::Sha256),
            zero: options.zero,
            form: None,
            entries: Vec::new(),
        }
    }

    fn line(&mut self, mut line: Line<'_>) -> Result<(), ManifestError> {
        if self.zero {
            if !line.ended {
                return Err(ManifestError::Unterminated { line: line.number });
            }
        } else {
            line.text = line.text.strip_suffix(b"\r").unwrap_or(line.text);
            if line.text.trim_ascii().is_empty() || line.text.starts_with(b"#") {
                return Ok(());
            }
            if let Some(header) = line.text.strip_prefix(hashdeep::MARK) {
                return self.header(header, line.number);
            }
        }
        self.entry(line)
    }

    fn header(&mut self, text: &[u8], line: u64) -> Result<(), ManifestError> {
        let refused = ManifestError::Header { line };
        match &mut self.form {
            None => {
                self.form = Some(Form::Hashdeep(hashdeep::Header::first(text).ok_or(refused)?));
                Ok(())
            }
            Some(Form::Hashdeep(header)) => {
                header.second(text).ok_or(refused)?;
                match header.algorithms().next() {
                    Some(_) => Ok(()),
                    None => Err(ManifestError::Algorithm { line }),
                }
            }
            Some(form @ (Form::Gnu | Form::Bsd)) => {
                Err(ManifestError::Mixed { line, form: form.as_str(), found: hashdeep::FORM })
            }
        }
    }

    fn entry(&mut self, line: Line<'_>) -> Result<(), ManifestError> {
        let limit = limits::MANIFEST_ENTRIES;
        if self.entries.len() >= limit {
            return Err(ManifestError::TooManyEntries { line: line.number, limit });
        }
        if self.form.is_none() {
            let bsd = self.shape(line.text) == Some(bsd::FORM);
            self.form = Some(if bsd { Form::Bsd } else { Form::Gnu });
        }
        let escapes = !self.zero;
        let entry = match &self.form {
            None | Some(Form::Gnu) => read_gnu(line, self.default, escapes)?,
            Some(Form::Bsd) => read_bsd(line, self.asked, escapes)?,
            Some(Form::Hashdeep(header)) => read_hashdeep(line, header)?,
        };
        let entry = entry.ok_or_else(|| self.misfit(line))?;
        self.entries.push(entry);
        Ok(())
    }

    /// Why a line is refused that has not the shape of the list's form.
    fn misfit(&self, line: Line<'_>) -> ManifestError {
        let form = self.form.as_ref().map_or(gnu::FORM, Form::as_str);
        let (text, line) = (line.text, line.number);
        match self.shape(text) {
            Some(found) => ManifestError::Mixed { line, form, found },
            None => ManifestError::Garbage { line, form },
        }
    }

    /// Which of the two headerless forms a line has the shape of.
    fn shape(&self, text: &[u8]) -> Option<&'static str> {
        if gnu::split(text, !self.zero).is_some() {
            Some(gnu::FORM)
        } else {
            bsd::split(text, !self.zero).map(|_| bsd::FORM)
        }
    }

    fn finish(self) -> Result<List, ManifestError> {
        let form = match &self.form {
            Some(form) if !self.entries.is_empty() => form,
            Some(_) | None => return Err(ManifestError::Empty),
        };
        let (form, not_checked) = (form.as_str(), columns_not_checked(form));
        refuse_duplicates(&self.entries)?;
        let mut algorithms = Vec::new();
        for digest in self.entries.iter().flat_map(|entry| &entry.digests) {
            if !algorithms.contains(&digest.algorithm()) {
                algorithms.push(digest.algorithm());
            }
        }
        algorithms.sort_unstable();
        Ok(List { entries: self.entries, algorithms, form, not_checked })
    }
}

fn columns_not_checked(form: &Form) -> Vec<String> {
    match form {
        Form::Gnu | Form::Bsd => Vec::new(),
        Form::Hashdeep(header) => header
            .unsupported()
            .map(|name| format!("column '{}' of the list: not supported", name.escape_default()))
            .collect(),
    }
}

/// `Ok(None)` when the line has not the shape of the form.
type Read = Result<Option<Entry>, ManifestError>;

fn read_gnu(line: Line<'_>, algorithm: Algorithm, escapes: bool) -> Read {
    let Some(parts) = gnu::split(line.text, escapes) else {
        return Ok(None);
    };
    let digest = gnu::digest(parts.digits, algorithm, line.number)?;
    let name = gnu::plain(parts.name, parts.escaped, line.number)?;
    entry(&name, vec![digest], None, line.number)
}

fn read_bsd(line: Line<'_>, asked: Option<Algorithm>, escapes: bool) -> Read {
    let Some(parts) = bsd::split(line.text, escapes) else {
        return Ok(None);
    };
    let line = line.number;
    let found = Algorithm::parse(parts.tag).ok_or(ManifestError::Algorithm { line })?;
    if let Some(asked) = asked.filter(|&asked| asked != found) {
        return Err(ManifestError::Tag { line, found, asked });
    }
    let digest = gnu::digest_by_name(parts.digits, found, line)?;
    let name = gnu::plain(parts.name, parts.escaped, line)?;
    entry(&name, vec![digest], None, line)
}

fn read_hashdeep(line: Line<'_>, header: &hashdeep::Header) -> Read {
    let Some(row) = header.row(line.text) else {
        return Ok(None);
    };
    entry(row.name, row.digests, Some(row.size), line.number)
}

fn entry(name: &[u8], digests: Vec<Digest>, size: Option<u64>, line: u64) -> Read {
    let path = RelPath::from_list(name).map_err(|source| ManifestError::Path { line, source })?;
    Ok(Some(Entry { path, digests: digests.into(), size, line }))
}

/// Refuses the first line whose path an earlier line has.
fn refuse_duplicates(entries: &[Entry]) -> Result<(), ManifestError> {
    if entries.is_sorted_by(|a, b| a.path < b.path) {
        return Ok(());
    }
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_unstable_by(|a, b| a.path.cmp(&b.path).then(a.line.cmp(&b.line)));
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    let twice = pairs.filter(|(a, b)| a.path == b.path).min_by_key(|(_, b)| b.line);
    match twice {
        Some((a, b)) => Err(ManifestError::Duplicate { line: b.line, first: a.line }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Coded};

    const SHA: &str = "5f1b951418d9e4f53db4724102b2fd760c3f6f08e8dfe0c00dd115a1f4e54c8a";
    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn read(text: &str) -> Result<List, ManifestError> {
        read_list(text.as_bytes(), &ListOptions::default())
    }

    fn names(text: &str) -> Vec<String> {
        let list = read(text).expect("read");
        list.entries.iter().map(|entry| entry.path.as_bytes().escape_ascii().to_string()).collect()
    }

    #[test]
    fn the_forms_of_other_tools() {
        let table = [
            (format!("{SHA}  a\n{SHA} *b\n"), vec!["a", "b"]),
            (format!("# x\r\n\r\n{SHA}  ./a b\r\n{}  b", SHA.to_uppercase()), vec!["a b", "b"]),
            (format!("\\{SHA}  a\\nb\\r\\\\\n{SHA}  c\\n\n"), vec!["a\\nb\\r\\\\", "c\\\\n"]),
            (format!("SHA256 (a) = b) = {SHA}\nMD5 (c) = {MD5}\n"), vec!["a) = b", "c"]),
            (format!("\\SHA256 (a\\nb) = {SHA}\n"), vec!["a\\nb"]),
            (
                format!(
                    "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## x\n##\n0,{MD5},{SHA},./a,\\b\n"
                ),
                vec!["a,\\\\b"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(names(&text), expected, "{text}");
        }
    }

    #[test]
    fn hashdeep_gives_every_digest_and_the_size() {
        let list = read(&format!(
            "%%%% HASHDEEP-1.0\n%%%% size,md5,tiger,sha256,filename\n5,{MD5},00,{SHA},a\n"
        ))
        .expect("read");
        assert_eq!(
            (list.form, list.entries[0].size, list.entries[0].line),
            ("hashdeep", Some(5), 3)
        );
        assert_eq!(list.algorithms, [Algorithm::Md5, Algorithm::Sha256]);
        assert_eq!(list.not_checked.len(), 1);
    }

    #[test]
    fn bad_lists_are_refused_with_their_line() {
        let head = "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n";
        let table: Vec<(String, Code, Option<u64>)> = vec![
            (String::new(), Code::Malformed, None),
            ("# only\n\n".into(), Code::Malformed, None),
            (head.into(), Code::Malformed, None),
            (format!("{SHA}  a\nhello\n"), Code::Malformed, Some(2)),
            (format!("{SHA}  a\n{}", &SHA[..20]), Code::Malformed, Some(2)),
            (format!("{SHA}  a\n{SHA}"), Code::Malformed, Some(2)),
            (format!("{SHA}  a\n{SHA}  "), Code::Malformed, Some(2)),
            (format!("{SHA} a\n"), Code::Malformed, Some(1)),
            (format!(" {SHA}  a\n"), Code::Malformed, Some(1)),
            (format!("\u{feff}{SHA}  a\n"), Code::Malformed, Some(1)),
            (format!("\\{SHA}  a\\tb\n"), Code::Malformed, Some(1)),
            (format!("{SHA}  a\nSHA256 (b) = {SHA}\n"), Code::Malformed, Some(2)),
            (format!("SHA256 (b) = {SHA}\n{SHA}  a\n"), Code::Malformed, Some(2)),
            (format!("{SHA}  a\n{head}0,{MD5},b\n"), Code::Malformed, Some(2)),
            (format!("{head}0,{MD5},b\n{SHA}  a\n"), Code::Malformed, Some(4)),
            (format!("%%%% HASHDEEP-1.0\n0,{MD5},b\n"), Code::Malformed, Some(2)),
            ("%%%% HASHDEEP-1.0\n%%%% size,tiger,filename\n".into(), Code::Unsupported, Some(2)),
            (format!("{SHA}  b\n{SHA}  a\n{SHA}  ./b\n"), Code::Malformed, Some(3)),
            (format!("MD5 (a) = {MD5}\nSHA256 (a) = {SHA}\n"), Code::Malformed, Some(2)),
            (format!("{MD5}  a\n"), Code::Malformed, Some(1)),
            (format!("MD5 (a) = {SHA}\n"), Code::Malformed, Some(1)),
            (format!("BLAKE2b (a) = {SHA}\n"), Code::Unsupported, Some(1)),
            (format!("{SHA}  ../a\n"), Code::UnsafePath, Some(1)),
            (format!("{SHA}  /a\n"), Code::UnsafePath, Some(1)),
            (format!("{SHA}  a\0b\n"), Code::UnsafePath, Some(1)),
            (format!("SHA256 (a/../b) = {SHA}\n"), Code::UnsafePath, Some(1)),
            (format!("{head}0,{MD5},/etc/passwd\n"), Code::UnsafePath, Some(3)),
            (
                format!("{SHA}  a\n{SHA}  {}\n", "b".repeat(limits::MANIFEST_LINE)),
                Code::Limit,
                Some(2),
            ),
        ];
        for (text, code, line) in table {
            let error = read(&text).expect_err(&text);
            assert_eq!((error.code(), error.line()), (code, line), "{error}: {text:.100}");
        }
    }

    #[test]
    fn a_duplicate_names_both_lines() {
        let error = read(&format!("{SHA}  b\n{SHA}  a\n{SHA}  b\n{SHA}  a\n"));
        assert_eq!(error, Err(ManifestError::Duplicate { line: 3, first: 1 }));
    }

    #[test]
    fn another_length_says_which_flag_to_type() {
        let error = read(&format!("{MD5}  a\n")).expect_err("refused").to_string();
        assert!(
            error.ends_with("32 digits, and sha256 has 64; that many fit md5: --algorithm md5"),
            "{error}"
        );
        let options = ListOptions { algorithm: Some(Algorithm::Md5), ..ListOptions::default() };
        assert!(read_list(format!("{MD5}  a\n").as_bytes(), &options).is_ok());
        let tagged = read_list(format!("SHA256 (a) = {SHA}\n").as_bytes(), &options);
        assert!(matches!(tagged, Err(ManifestError::Tag { .. })));
    }

    #[test]
    fn names_of_lists_have_their_algorithm() {
        use Algorithm::{Md5, Sha1, Sha224, Sha256, Sha384, Sha512};
        let table = [
            ("MD5SUMS", Some(Md5)),
            ("SHA1SUMS", Some(Sha1)),
            ("sha512sum.txt", Some(Sha512)),
            ("manifest-sha1.txt", Some(Sha1)),
            ("disk.iso.md5", Some(Md5)),
            ("md5/list", None),
            ("x/SHA256SUMS.asc", Some(Sha256)),
            ("CHECKSUM.SHA-512", Some(Sha512)),
            ("sha224", Some(Sha224)),
            ("a_SHA384_b", Some(Sha384)),
            ("SHA-1SUMS", Some(Sha1)),
            ("list.txt", None),
            ("", None),
            ("notsha1", None),
            ("sha1x", None),
            ("sha.256", None),
            ("md5-and-sha1.txt", None),
            ("md5.md5sums", Some(Md5)),
            ("md5deep.txt", None),
        ];
        for (name, expected) in table {
            assert_eq!(algorithm_of_name(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn nul_terminated_lists_escape_nothing() {
        let options = ListOptions { zero: true, ..ListOptions::default() };
        let read = |text: String| read_list(text.as_bytes(), &options);
        let list = read(format!("{SHA}  a\nb\0{SHA} *c\\n\r\0")).expect("read");
        let names: Vec<_> = list.entries.iter().map(|entry| entry.path.as_bytes()).collect();
        assert_eq!(names, [&b"a\nb"[..], b"c\\n\r"]);
        for bad in
            [format!("{SHA}  a"), format!("\\{SHA}  a\0"), format!("{SHA}  a\0\0"), "# c\0".into()]
        {
            assert!(read(bad.clone()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_that_are_not_utf8_are_read() {
        let mut text = format!("{SHA}  ").into_bytes();
        text.extend_from_slice(b"\xff\xfe\n");
        let list = read_list(&text, &ListOptions::default()).expect("read");
        assert_eq!(list.entries[0].path.as_bytes(), b"\xff\xfe");
    }
}
