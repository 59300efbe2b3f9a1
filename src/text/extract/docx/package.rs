//! The ZIP archive around a document, read strictly: one accepted reading of its bytes.
//!
//! Only what word processors write is taken: one disk, no encryption, entries stored or deflated,
//! no name twice. The central directory decides, and the local headers must agree. Every entry is
//! inflated to at most what it declares, and all of them together to at most
//! [`limits::DOCUMENT_BYTES`].

use std::collections::BTreeMap;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::limits;
use crate::text::TextError;

const MALFORMED: TextError = TextError::Malformed { what: "a ZIP archive" };
const TOO_LARGE: TextError = TextError::TooLarge { most: limits::DOCUMENT_BYTES };

/// Bytes of the record that ends an archive, without its comment.
const END: usize = 22;

/// An archive and how many bytes may still be inflated.
#[derive(Debug)]
pub(super) struct Package<'a> {
    bytes: &'a [u8],
    entries: BTreeMap<String, Entry>,
    budget: usize,
}

/// Where an entry lies; the fields are those of the central directory.
#[derive(Debug, Clone, Copy)]
struct Entry {
    deflated: bool,
    crc: u32,
    packed: usize,
    size: usize,
    offset: usize,
}

impl<'a> Package<'a> {
    /// Reads the central directory.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, TextError> {
        let end = bytes.len().checked_sub(END).and_then(|last| {
            let first = last.saturating_sub(usize::from(u16::MAX));
            (first..=last).rev().find(|at| is_end(bytes, *at))
        });
        let (end, record) = end.and_then(|at| Some((at, bytes.get(at..)?))).ok_or(MALFORMED)?;
        let mut record = Fields(record);
        record.expect(b"PK\x05\x06\0\0\0\0")?;
        let (here, total) = (record.u16()?, record.u16()?);
        let (size, offset) = (record.size()?, record.size()?);
        let whole = here == total && total < u16::MAX && offset.checked_add(size) == Some(end);
        let directory = bytes.get(offset..end).filter(|_| whole).ok_or(MALFORMED)?;
        let entries = directory_of(directory, total)?;
        let budget = usize::try_from(limits::DOCUMENT_BYTES).unwrap_or(usize::MAX);
        Ok(Self { bytes, entries, budget })
    }

    /// The bytes of an entry.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, TextError> {
        let Some(entry) = self.entries.get(name).copied() else { return Ok(None) };
        self.budget = self.budget.checked_sub(entry.size).ok_or(TOO_LARGE)?;
        let packed = self.packed(name, &entry)?;
        let unpacked = if entry.deflated {
            decompress_to_vec_with_limit(packed, entry.size).map_err(|_| MALFORMED)?
        } else {
            packed.to_vec()
        };
        let right = unpacked.len() == entry.size && crc32(&unpacked) == entry.crc;
        if right { Ok(Some(unpacked)) } else { Err(MALFORMED) }
    }

    /// The bytes behind the local header, which must name the same entry.
    fn packed(&self, name: &str, entry: &Entry) -> Result<&'a [u8], TextError> {
        let mut header = Fields(self.bytes.get(entry.offset..).ok_or(MALFORMED)?);
        header.expect(b"PK\x03\x04")?;
        let _version = header.u16()?;
        let encrypted = header.u16()? & 1 == 1;
        let deflated = method(header.u16()?)?;
        let _time_crc_and_sizes = header.take(16)?;
        let (name_length, extra) = (header.u16()?, header.u16()?);
        let same = header.take(usize::from(name_length))? == name.as_bytes();
        let _extra = header.take(usize::from(extra))?;
        if encrypted || !same || deflated != entry.deflated {
            return Err(MALFORMED);
        }
        header.take(entry.packed)
    }
}

/// Whether the record that ends an archive stands there and its comment ends with the file.
fn is_end(bytes: &[u8], at: usize) -> bool {
    let record = bytes.get(at..).unwrap_or_default();
    let comment = record.get(20..END).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
    let rest = record.len().saturating_sub(END);
    record.starts_with(b"PK\x05\x06") && comment.is_some_and(|length| usize::from(length) == rest)
}

fn directory_of(bytes: &[u8], total: u16) -> Result<BTreeMap<String, Entry>, TextError> {
    let mut fields = Fields(bytes);
    let mut entries = BTreeMap::new();
    let mut folded = std::collections::BTreeSet::new();
    for _ in 0..total {
        let (name, entry) = entry_of(&mut fields)?;
        if !folded.insert(name.to_ascii_lowercase()) {
            return Err(MALFORMED);
        }
        entries.insert(name, entry);
    }
    if fields.0.is_empty() { Ok(entries) } else { Err(MALFORMED) }
}

fn entry_of(fields: &mut Fields<'_>) -> Result<(String, Entry), TextError> {
    fields.expect(b"PK\x01\x02")?;
    let _versions = fields.take(4)?;
    let flags = fields.u16()?;
    let deflated = method(fields.u16()?)?;
    let _time = fields.take(4)?;
    let crc = fields.u32()?;
    let (packed, size) = (fields.size()?, fields.size()?);
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let _disk_and_attributes = fields.take(8)?;
    let offset = fields.size()?;
    let name = fields.take(usize::from(name))?;
    let _rest = fields.take(usize::from(extra).saturating_add(usize::from(comment)))?;
    let name = std::str::from_utf8(name).ok().filter(|name| is_plain(name)).ok_or(MALFORMED)?;
    let plain = flags & 1 == 0 && (deflated || packed == size);
    let entry = Entry { deflated, crc, packed, size, offset };
    if plain { Ok((name.to_owned(), entry)) } else { Err(MALFORMED) }
}

fn method(method: u16) -> Result<bool, TextError> {
    match method {
        0 => Ok(false),
        8 => Ok(true),
        _ => Err(MALFORMED),
    }
}

/// A name that stays inside the package.
fn is_plain(name: &str) -> bool {
    let odd = name.is_empty() || name.contains(['\0', '\\']);
    !odd && name.trim_end_matches('/').split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Fields in little-endian order.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], TextError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(MALFORMED)?;
        self.0 = rest;
        Ok(taken)
    }

    fn expect(&mut self, bytes: &[u8]) -> Result<(), TextError> {
        if self.take(bytes.len())? == bytes { Ok(()) } else { Err(MALFORMED) }
    }

    fn u16(&mut self) -> Result<u16, TextError> {
        self.take(2)?.try_into().map(u16::from_le_bytes).map_err(|_| MALFORMED)
    }

    fn u32(&mut self) -> Result<u32, TextError> {
        self.take(4)?.try_into().map(u32::from_le_bytes).map_err(|_| MALFORMED)
    }

    fn size(&mut self) -> Result<usize, TextError> {
        usize::try_from(self.u32()?).map_err(|_| TOO_LARGE)
    }
}

/// CRC-32 as ZIP uses it (polynomial 0xEDB88320, reflected).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256).map(crc_of_byte).collect();
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        let [low, ..] = (crc ^ u32::from(*byte)).to_le_bytes();
        (crc >> 8) ^ table.get(usize::from(low)).copied().unwrap_or_default()
    });
    !crc
}

fn crc_of_byte(byte: u32) -> u32 {
    (0..8).fold(byte, |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
}
