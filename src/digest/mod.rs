//! Digests of bytes. SHA-256 is what Vidimus signs; the others are read in old lists.
//!
//! One message is the work of `sha2`, which is also the reference for the kernels that compress
//! many at once: [`sha256_many`] for whole buffers, [`Stream`] for what comes piece by piece.

mod batch;
mod kernel;
mod stream;
#[cfg(test)]
mod tests;

pub use kernel::{Kernel, choose, chosen};
pub use stream::{Stream, complete_many, finish_many, sha256_many, update_many};

mod digests;

pub use digests::Digests;

use crate::codec::hex;
use sha2::Digest as _;
use std::fmt;

/// A digest algorithm that lists may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RFC 1321; collides at will.
    Md5,
    /// FIPS 180-4; collides for money.
    Sha1,
    /// FIPS 180-4.
    Sha224,
    /// FIPS 180-4: what Vidimus writes.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
}

impl Algorithm {
    /// Every algorithm, by rising length.
    pub const ALL: [Self; 6] =
        [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in lower case, as in `sha256:<hex>` and BagIt's `manifest-sha256.txt`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Reads a name in either case, with or without a hyphen (`SHA256`, `sha-256`).
    pub fn parse(name: &str) -> Option<Self> {
        let plain: String = name.to_ascii_lowercase().chars().filter(|&c| c != '-').collect();
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == plain)
    }

    /// Length of the digest in bytes.
    pub fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Whether collisions can be made, so that equality proves no identity.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1)
    }
}

/// The digest of some bytes, with its algorithm. Shown as `sha256:<hex>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    bytes: [u8; 64],
}

impl Digest {
    /// Takes a digest's bytes; `None` when their number is not the algorithm's.
    pub fn new(algorithm: Algorithm, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != algorithm.length() {
            return None;
        }
        let mut all = [0; 64];
        all.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { algorithm, bytes: all })
    }

    /// A SHA-256.
    pub fn from_sha256(bytes: &[u8; 32]) -> Self {
        let mut all = [0; 64];
        for (to, from) in all.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self { algorithm: Algorithm::Sha256, bytes: all }
    }

    /// Reads a digest's hexadecimal form, either case.
    pub fn from_hex(algorithm: Algorithm, text: &[u8]) -> Option<Self> {
        let mut bytes = [0; 64];
        (text.len() == algorithm.length().checked_mul(2)?).then_some(())?;
        hex::decode_into(text, &mut bytes)?;
        Some(Self { algorithm, bytes })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes, as many as the algorithm's length.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.length()).unwrap_or(&self.bytes)
    }

    /// Lower-case hexadecimal without the algorithm.
    pub fn to_hex(&self) -> String {
        hex::encode(self.as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A digest in the making, fed piece by piece.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// Begins a digest.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Md5 => State::Md5(md5::Md5::new()),
            Algorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            Algorithm::Sha224 => State::Sha224(sha2::Sha224::new()),
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
        })
    }

    /// Feeds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Md5(hasher) => hasher.update(bytes),
            State::Sha1(hasher) => hasher.update(bytes),
            State::Sha224(hasher) => hasher.update(bytes),
            State::Sha256(hasher) => hasher.update(bytes),
            State::Sha384(hasher) => hasher.update(bytes),
            State::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// Ends the digest.
    pub fn finish(self) -> Digest {
        fn digest(algorithm: Algorithm, bytes: &[u8]) -> Digest {
            let mut all = [0; 64];
            for (to, from) in all.iter_mut().zip(bytes) {
                *to = *from;
            }
            Digest { algorithm, bytes: all }
        }
        match self.0 {
            State::Md5(hasher) => digest(Algorithm::Md5, &hasher.finalize()),
            State::Sha1(hasher) => digest(Algorithm::Sha1, &hasher.finalize()),
            State::Sha224(hasher) => digest(Algorithm::Sha224, &hasher.finalize()),
            State::Sha256(hasher) => digest(Algorithm::Sha256, &hasher.finalize()),
            State::Sha384(hasher) => digest(Algorithm::Sha384, &hasher.finalize()),
            State::Sha512(hasher) => digest(Algorithm::Sha512, &hasher.finalize()),
        }
    }
}

/// The digest of `bytes` in one call.
pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish()
}

/// SHA-256 of `bytes`, as an array.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}
