//! Bytes and a name: they are read or refused, and offsets stay in order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vidimus::text::Document;

const NAMES: [&[u8]; 6] = [b"a.txt", b"a.html", b"a.pdf", b"a.docx", b"a.md", b"a"];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    if let Ok(document) = Document::read(bytes, name) {
        let text = document.text();
        let places = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
        let there: Vec<usize> = places.map(|at| document.original(at)).collect();
        assert!(there.is_sorted());
    }
});
