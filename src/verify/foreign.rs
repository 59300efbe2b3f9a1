//! Bytes that another format signs.
//!
//! A signature over the bare bytes of a file (a Sigstore message by Ed25519, legacy minisign) says
//! nothing of its format. So whoever has signed an envelope, a checkpoint or a minisign digest has
//! also "signed" the file that holds exactly those bytes. Such a file is refused (promise 6). Of
//! the digest only the length is known; text of that length is none.

use crate::envelope::checkpoint;
use crate::finding::{Code, Finding};

/// How much of the beginning of a file [`check`] wants to see, or all of a shorter one.
pub(super) const HEAD: usize = 4 << 10;
/// The length of the digest that minisign signs (BLAKE2b-512).
const MINISIGN_DIGEST: usize = 64;

/// Refuses a file that begins with `head` and has `size` bytes when another format signs it.
///
/// # Errors
/// The finding, about the file.
pub(super) fn check(head: &[u8], size: u64) -> Result<(), Finding> {
    let whole = u64::try_from(head.len()).is_ok_and(|length| length == size);
    let of = if head.starts_with(b"DSSEv1 ") {
        "a DSSE envelope"
    } else if head.starts_with(b"SSHSIG") {
        "an OpenSSH signature"
    } else if head.starts_with(b"cosignature/") || (whole && checkpoint::parse(head).is_ok()) {
        "a checkpoint"
    } else if whole && head.len() == MINISIGN_DIGEST && !is_text(head) {
        "a minisign signature"
    } else {
        return Ok(());
    };
    let message = format!("holds the bytes that are signed for {of}, so this may be its signature");
    Err(Finding::error(Code::Unsupported, message))
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}
