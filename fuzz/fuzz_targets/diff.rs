//! Two texts, parted by a zero byte: the invariants of `tests/differ_properties` must hold.
#![no_main]

#[path = "../../tests/differ_properties/invariants.rs"]
mod invariants;

use libfuzzer_sys::fuzz_target;
use vidimus::text::Document;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let mut next = || Document::read(parts.next().unwrap_or_default(), b"text.txt").ok();
    if let (Some(old), Some(new)) = (next(), next()) {
        assert_eq!(invariants::pair(&old, &new), Ok(()));
    }
});
