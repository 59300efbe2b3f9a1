//! From an offset in the decoded text to the offset in the file.

/// Places where the two part ways; between them both run on together.
#[derive(Debug, Clone, Default)]
pub(super) struct Offsets {
    /// Bytes in front of the text: a byte order mark.
    skip: usize,
    /// (offset in the text, offset in the file), ascending.
    breaks: Vec<(u32, u32)>,
}

impl Offsets {
    /// The text is the file less its first `skip` bytes.
    pub(super) const fn same(skip: usize) -> Self {
        Self { skip, breaks: Vec::new() }
    }

    /// From here on, `text` corresponds to `file`. Nothing is noted where it would have anyhow.
    pub(super) fn add(&mut self, text: usize, file: usize) {
        if self.original(text) == file {
            return;
        }
        if let (Ok(text), Ok(file)) = (u32::try_from(text), u32::try_from(file)) {
            self.breaks.push((text, file));
        }
    }

    /// The offset in the file.
    pub(super) fn original(&self, text: usize) -> usize {
        let behind = self.breaks.partition_point(|(at, _)| widen(*at) <= text);
        match behind.checked_sub(1).and_then(|index| self.breaks.get(index)) {
            Some((at, file)) => widen(*file).saturating_add(text.saturating_sub(widen(*at))),
            None => text.saturating_add(self.skip),
        }
    }
}

fn widen(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
