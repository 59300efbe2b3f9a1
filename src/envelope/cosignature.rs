//! Cosignatures of checkpoints (C2SP, tlog-cosignature, cosignature/v1): a witness signs that it
//! saw a checkpoint, that this continued the one before, and when.
//!
//! Only the bytes are made here. Whether the checkpoint continues anything is for whoever signs,
//! and whether a witness is trusted for whoever reads. The key is Ed25519 of type 0x04; a
//! cosignature is a line of the note, checked with the others by [`super::note`].

use super::note::{self, NoteSignError, NoteSignature, Verifier};
use crate::signature::RawSign;

/// The bytes that are signed: a header, the Unix time in seconds, and the whole text of the note.
/// The header keeps them apart from a text that a log signs.
pub fn message(unix: u64, text: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {unix}\n").as_bytes(), text].concat()
}

/// The signature line of `signer` under a note with this text, which must end in a line feed.
/// `sign` signs bytes with the private key of `signer`, which is a cosigner; the signature is not
/// checked.
///
/// # Errors
/// [`NoteSignError`] for a text that a note cannot have, a key of another type, or when `sign`
/// fails.
pub fn sign<E: std::error::Error + 'static>(
    text: &[u8],
    signer: &Verifier,
    unix: u64,
    sign: &mut RawSign<'_, E>,
) -> Result<NoteSignature, NoteSignError<E>> {
    note::check_signable(text).map_err(NoteSignError::Text)?;
    if !signer.is_cosigner() {
        return Err(NoteSignError::KeyType);
    }
    let sig = sign(&message(unix, text)).map_err(NoteSignError::Key)?;
    Ok(NoteSignature {
        name: signer.name().to_owned(),
        key_id: signer.key_id(),
        sig: [&unix.to_be_bytes()[..], &sig].concat(),
    })
}

/// The two parts of what stands after the key's id: eight bytes of Unix time, most significant
/// first, and the signature.
pub(super) fn split(payload: &[u8]) -> Option<(u64, &[u8])> {
    let (time, sig) = payload.split_first_chunk()?;
    Some((u64::from_be_bytes(*time), sig))
}

#[cfg(test)]
mod tests {
    use super::super::note::{Note, NoteVerifyError};
    use super::*;
    use crate::key::PublicKey;
    use ed25519_dalek::Signer as _;
    use proptest::prelude::*;
    use std::convert::Infallible;

    const TEXT: &[u8] = b"example.org/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

    fn key(seed: u8) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
    }

    fn witness(name: &str, seed: u8) -> Verifier {
        Verifier::cosigner(name, PublicKey::Ed25519(key(seed).verifying_key())).unwrap()
    }

    fn log(name: &str, seed: u8) -> Verifier {
        Verifier::new(name, PublicKey::Ed25519(key(seed).verifying_key())).unwrap()
    }

    fn cosigned(name: &str, seed: u8, unix: u64) -> NoteSignature {
        let mut with_key = |bytes: &[u8]| Ok::<_, Infallible>(key(seed).sign(bytes).to_bytes());
        sign(TEXT, &witness(name, seed), unix, &mut with_key).unwrap()
    }

    fn note(signatures: &[&NoteSignature]) -> Note {
        let signatures = signatures.iter().map(|&one| one.clone()).collect();
        Note { text: TEXT.to_vec(), signatures }
    }

    #[test]
    fn the_message_is_the_one_of_the_specification() {
        assert_eq!(message(1_679_315_147, b"a\n"), b"cosignature/v1\ntime 1679315147\na\n");
        assert_eq!(message(0, b""), b"cosignature/v1\ntime 0\n");
        let line = cosigned("w", 1, 258);
        assert_eq!(line.sig.len(), 72);
        assert_eq!(line.sig[..8], [0, 0, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn known_cosigners_must_be_good_and_others_are_ignored() {
        let (one, two) = (cosigned("one", 1, 100), cosigned("two", 2, 200));
        let known = [witness("one", 1), log("example.org/log", 3), witness("two", 2)];
        assert_eq!(note(&[&two, &one]).cosigned_at(&known), Ok(vec![(2, 200), (0, 100)]));
        assert_eq!(note(&[&two, &one]).verified_by(&known), Ok(vec![2, 0]));
        assert_eq!(note(&[&two]).cosigned_at(&known[..2]), Ok(vec![]));
        assert_eq!(note(&[&two]).verified_by(&known[..2]), Err(NoteVerifyError::Unknown));
        // Twice by one key: the earlier time counts, in either order, and the key once.
        let earlier = cosigned("one", 1, 50);
        assert_eq!(note(&[&one, &earlier]).cosigned_at(&known), Ok(vec![(0, 50)]));
        assert_eq!(note(&[&earlier, &one]).cosigned_at(&known), Ok(vec![(0, 50)]));
        // One public key under two names is one cosigner.
        let again = cosigned("again", 1, 10);
        let both = [witness("one", 1), witness("again", 1)];
        assert_eq!(note(&[&one, &again]).cosigned_at(&both), Ok(vec![(0, 10)]));
    }

    #[test]
    fn a_known_cosigner_that_fails_refuses_the_note() {
        let good = cosigned("one", 1, 100);
        let known = [witness("one", 1)];
        let failed = Err(NoteVerifyError::BadSignature { name: "one".to_owned() });
        for byte in 0..good.sig.len() {
            let mut bad = good.clone();
            bad.sig[byte] ^= 1;
            assert_eq!(note(&[&good, &bad]).cosigned_at(&known), failed, "byte {byte}");
        }
        for length in [1, 7, 8, 64, 71] {
            let bad = NoteSignature { sig: good.sig[..length].to_vec(), ..good.clone() };
            assert_eq!(note(&[&bad]).cosigned_at(&known), failed, "{length} bytes");
        }
        let other = Note { text: b"other\n".to_vec(), ..note(&[&good]) };
        assert_eq!(other.cosigned_at(&known), failed);
    }

    #[test]
    fn one_type_never_passes_for_the_other() {
        let line = cosigned("one", 1, 100);
        // The log's key is the same and even its id is pretended: the text is not what was signed.
        let as_log = NoteSignature {
            key_id: log("one", 1).key_id(),
            sig: line.sig[8..].to_vec(),
            ..line.clone()
        };
        let failed = Err(NoteVerifyError::BadSignature { name: "one".to_owned() });
        assert_eq!(note(&[&as_log]).verified_by(&[log("one", 1)]), failed);
        let mut never = |_: &[u8]| Ok::<_, Infallible>([0; 64]);
        let refused = sign(TEXT, &log("one", 1), 1, &mut never);
        assert!(matches!(refused, Err(NoteSignError::KeyType)));
        let refused = note::sign(TEXT, &witness("one", 1), &mut never);
        assert!(matches!(refused, Err(NoteSignError::KeyType)));
        let refused = sign(b"no line feed", &witness("one", 1), 1, &mut never);
        assert!(matches!(refused, Err(NoteSignError::Text(_))));
    }

    proptest! {
        #[test]
        fn what_is_signed_is_read_with_its_time(unix: u64, seed in 1..9_u8) {
            let line = cosigned("w", seed, unix);
            let whole = note(&[&line]).print();
            let read = note::parse(&whole).unwrap();
            prop_assert_eq!(read.cosigned_at(&[witness("w", seed)]), Ok(vec![(0, unix)]));
        }
    }
}
