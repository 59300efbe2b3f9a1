//! SHA-2 by NIST's own vectors (CAVP, SHAVS sections 6.2 and 6.4).

use crate::tally;
use crate::verdict::Row;
use std::path::Path;
use vidimus::codec::hex;
use vidimus::digest::{self, Algorithm, Kernel, Stream};

pub(crate) const ROWS: &[Row] = &[
    ("nist-sha2/SHA256ShortMsg.rsp", "SHA-256 of short messages", |path| {
        short(path, Algorithm::Sha256)
    }),
    ("nist-sha2/SHA256ShortMsg.rsp", "SHA-256 of short messages, in one batch", batch),
    ("nist-sha2/SHA256ShortMsg.rsp", "SHA-256 of short messages, by each kernel", kernels),
    ("nist-sha2/SHA256Monte.rsp", "SHA-256, Monte Carlo", |path| monte(path, Algorithm::Sha256)),
    ("nist-sha2/SHA512ShortMsg.rsp", "SHA-512 of short messages", |path| {
        short(path, Algorithm::Sha512)
    }),
    ("nist-sha2/SHA512Monte.rsp", "SHA-512, Monte Carlo", |path| monte(path, Algorithm::Sha512)),
];

/// The values of all lines `name = value`.
fn values(path: &Path, name: &str) -> Vec<String> {
    let file = std::fs::read_to_string(path).unwrap();
    let pairs = file.lines().filter_map(|line| line.trim_end().split_once(" = "));
    pairs.filter(|(left, _)| *left == name).map(|(_, value)| value.to_owned()).collect()
}

/// Messages and their digests in hexadecimal.
fn messages(path: &Path) -> Vec<(Vec<u8>, String)> {
    let (bits, messages, digests) = (values(path, "Len"), values(path, "Msg"), values(path, "MD"));
    assert_eq!((bits.len(), messages.len()), (digests.len(), digests.len()));
    let cut = |(bits, message): (String, String)| {
        let digits = bits.parse::<usize>().unwrap() / 4;
        hex::decode(&message.as_bytes()[..digits]).unwrap()
    };
    bits.into_iter().zip(messages).map(cut).zip(digests).collect()
}

fn short(path: &Path, algorithm: Algorithm) -> (usize, usize) {
    tally(messages(path).iter().map(|(message, expected)| {
        let found = digest::of(algorithm, message).to_hex();
        (format!("{} bytes", message.len()), found == *expected)
    }))
}

fn batch(path: &Path) -> (usize, usize) {
    let messages = messages(path);
    let buffers: Vec<&[u8]> = messages.iter().map(|(message, _)| &message[..]).collect();
    let found = digest::sha256_many(&buffers);
    assert_eq!(found.len(), messages.len());
    tally(messages.iter().zip(found).map(|((message, expected), found)| {
        (format!("{} bytes", message.len()), hex::encode(&found) == *expected)
    }))
}

/// A message passes when every kernel of this processor gives its digest, in a batch of all.
fn kernels(path: &Path) -> (usize, usize) {
    let messages = messages(path);
    let here = || Kernel::ALL.into_iter().filter(|kernel| kernel.is_available());
    let by_kernel = here().map(|kernel| {
        let jobs = messages.iter().map(|(message, _)| (Stream::new(), &message[..])).collect();
        digest::complete_many(kernel, jobs)
    });
    let by_kernel: Vec<Vec<[u8; 32]>> = by_kernel.collect();
    tally(messages.iter().enumerate().map(|(at, (message, expected))| {
        let right = by_kernel.iter().all(|found| hex::encode(&found[at]) == *expected);
        (format!("{} bytes", message.len()), right)
    }))
}

/// A thousand digests a step, each of the three before it; the last is the step's and the next
/// seed.
fn monte(path: &Path, algorithm: Algorithm) -> (usize, usize) {
    let [seed] = &values(path, "Seed")[..] else { panic!("one seed") };
    let mut seed = hex::decode(seed.as_bytes()).unwrap();
    tally(values(path, "MD").into_iter().enumerate().map(|(step, expected)| {
        let mut last = [seed.clone(), seed.clone(), seed.clone()];
        for _ in 0..1000 {
            let next = digest::of(algorithm, &last.concat()).as_bytes().to_vec();
            last.rotate_left(1);
            last[2] = next;
        }
        seed.clone_from(&last[2]);
        (format!("step {step}"), hex::encode(&seed) == expected)
    }))
}
