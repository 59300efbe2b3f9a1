//! A batch of messages, cut in pieces: every kernel of this machine agrees with `sha2`.
//!
//! The first byte says how many messages there are, the next two of each how long it is and where
//! it is cut; they share the bytes that follow.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vidimus::digest::{self, Kernel, Stream};

/// A message, and how much of it is fed first.
fn messages(data: &[u8]) -> Option<Vec<(&[u8], usize)>> {
    let (count, data) = data.split_first()?;
    let (sizes, bytes) = data.split_at_checked(2 * usize::from(count % 40))?;
    let message = |size: &[u8; 2]| {
        let end = usize::from(size[0]) * 5;
        let message = &bytes[..end.min(bytes.len())];
        (message, message.len() * usize::from(size[1]) / 255)
    };
    Some(sizes.as_chunks().0.iter().map(message).collect())
}

fuzz_target!(|data: &[u8]| {
    let Some(messages) = messages(data) else { return };
    let expected: Vec<[u8; 32]> = messages.iter().map(|(all, _)| digest::sha256(all)).collect();
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()) {
        let mut streams = vec![Stream::new(); messages.len()];
        let first = messages.iter().map(|(all, cut)| &all[..*cut]);
        digest::update_many(kernel, &mut streams.iter_mut().zip(first).collect::<Vec<_>>());
        let last = messages.iter().map(|(all, cut)| &all[*cut..]);
        let found = digest::complete_many(kernel, streams.into_iter().zip(last).collect());
        assert_eq!(found, expected, "{}", kernel.as_str());
    }
});
