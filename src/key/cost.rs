//! Bounds on what opening a private key may cost: the file names the cost, and the file may
//! come from anywhere (promise 10).

use super::KeyError;

/// Most iterations of PBKDF2.
pub const PBKDF2_ITERATIONS: u64 = 10_000_000;
/// Most rounds of OpenSSH's bcrypt.
pub const BCRYPT_ROUNDS: u64 = 10_000;
/// Most memory of scrypt in a PKCS#8 file, in bytes.
pub const PKCS8_SCRYPT_BYTES: u64 = 1 << 30;
/// Most memory of scrypt in a minisign key, in bytes; minisign itself asks for 1 GiB.
pub const MINISIGN_SCRYPT_BYTES: u64 = 2 << 30;
/// How many times that memory may be gone through (scrypt's `p`, weighted).
const SCRYPT_PASSES: u64 = 4;

/// Refuses a count above its bound.
pub(super) fn at_most(what: &'static str, found: u64, limit: u64) -> Result<(), KeyError> {
    if found > limit { Err(KeyError::Limit { what, limit }) } else { Ok(()) }
}

/// Checks scrypt's parameters (RFC 7914 section 2): memory is `128 r N` bytes, work `p` times
/// that.
pub(super) fn scrypt(n: u64, r: u64, p: u64, memory: u64) -> Result<(), KeyError> {
    if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
        return Err(KeyError::malformed("impossible parameters of scrypt"));
    }
    let bytes = n.saturating_mul(r).saturating_mul(128);
    at_most("scrypt memory in bytes", bytes, memory)?;
    at_most("scrypt work in bytes", bytes.saturating_mul(p), memory.saturating_mul(SCRYPT_PASSES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Coded};

    #[test]
    fn scrypt_parameters() {
        let code = |n, r, p| scrypt(n, r, p, 1 << 30).err().map(|error| error.code());
        assert_eq!(code(1 << 20, 8, 1), None);
        assert_eq!(code(1 << 20, 8, 4), None);
        assert_eq!(code(1 << 20, 8, 5), Some(Code::Limit));
        assert_eq!(code(1 << 21, 8, 1), Some(Code::Limit));
        assert_eq!(code(1 << 63, u64::MAX, u64::MAX), Some(Code::Limit));
        for (n, r, p) in [(0, 8, 1), (1, 8, 1), (3, 8, 1), (4, 0, 1), (4, 8, 0)] {
            assert_eq!(code(n, r, p), Some(Code::Malformed), "{n} {r} {p}");
        }
    }
}
