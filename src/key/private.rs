//! Keys that sign: a seed in memory, or a key that an ssh-agent holds.
//!
//! Every signature is verified with the public key before anybody sees it: a fault, or an
//! agent that lies, gives an error and no signature. Secrets are wiped when dropped and have no
//! `Debug`.

use super::agent::{AgentError, AgentSigner, FidoSignature};
use super::pem::Fold;
use super::{
    KeyError, PublicKey, minisign, minisign_private, openssh_private, parse_public, pem, pkcs8,
};
use crate::finding::{Code, Coded};
use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

/// The first bytes of what an OpenSSH signature signs (PROTOCOL.sshsig).
const SSHSIG_MAGIC: &[u8] = b"SSHSIG";

/// A key that signs, with its public half.
pub struct SigningKey {
    signer: Signer,
    public: PublicKey,
    comment: Option<String>,
    minisign_id: Option<[u8; 8]>,
}

enum Signer {
    // Wipes itself when dropped; boxed, so that moving the key leaves no copies behind.
    Seed(Box<ed25519_dalek::SigningKey>),
    Agent(AgentSigner),
}

/// A signature over the signed bytes of an OpenSSH signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawSshSignature {
    /// Of a plain Ed25519 key.
    Ed25519([u8; 64]),
    /// Of an Ed25519 key on a FIDO device.
    Fido(FidoSignature),
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The agent did not do it.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// A FIDO key cannot sign bare bytes.
    #[error("a key on a FIDO device makes OpenSSH signatures only")]
    FidoOnly,
    /// Not the signed bytes of an OpenSSH signature.
    #[error("these are not the bytes that an OpenSSH signature signs")]
    NotSshsig,
    /// The signature that was made does not verify; it was thrown away.
    #[error("the signature just made does not verify under the key's public half")]
    Unverified,
}

impl Coded for SignError {
    fn code(&self) -> Code {
        match self {
            Self::Agent(error) => error.code(),
            Self::FidoOnly => Code::Unsupported,
            Self::NotSshsig => Code::Malformed,
            Self::Unverified => Code::BadSignature,
        }
    }
}

impl SigningKey {
    /// The key of a seed (RFC 8032 section 5.1.5); every seed gives a key.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let signer = Box::new(ed25519_dalek::SigningKey::from_bytes(seed));
        let public = PublicKey::Ed25519(signer.verifying_key());
        Self { signer: Signer::Seed(signer), public, comment: None, minisign_id: None }
    }

    /// A new key from 32 random bytes, for instance `SigningKey::generate(getrandom::fill)`.
    ///
    /// # Errors
    /// What the source of randomness says.
    pub fn generate<E>(random: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut seed = Zeroizing::new([0; 32]);
        random(seed.as_mut())?;
        Ok(Self::from_seed(&seed))
    }

    /// A key that an agent holds.
    pub(super) fn from_agent(
        signer: AgentSigner,
        public: PublicKey,
        comment: Option<String>,
    ) -> Self {
        Self { signer: Signer::Agent(signer), public, comment, minisign_id: None }
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The comment that stood in the key's file or that the agent gave: unverified text.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The id for minisign signatures: the one of the minisign file the key came from, else
    /// [`super::minisign_id_of`].
    pub fn minisign_id(&self) -> [u8; 8] {
        self.minisign_id.unwrap_or_else(|| minisign::minisign_id_of(&self.public))
    }

    /// The seed, to be written into a file; `None` for a key that an agent holds.
    pub fn seed(&self) -> Option<Zeroizing<[u8; 32]>> {
        match &self.signer {
            Signer::Seed(key) => Some(Zeroizing::new(key.to_bytes())),
            Signer::Agent(_) => None,
        }
    }

    /// Whether an agent holds the key.
    pub fn is_agent(&self) -> bool {
        matches!(self.signer, Signer::Agent(_))
    }

    /// Signs bytes (RFC 8032 section 5.1.6) and verifies the signature.
    ///
    /// # Errors
    /// [`SignError::FidoOnly`] for a key on a FIDO device, [`SignError::Unverified`], and what
    /// the agent says.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        let signature = match (&self.signer, &self.public) {
            (Signer::Seed(key), _) => key.sign(message).to_bytes(),
            (Signer::Agent(agent), PublicKey::Ed25519(_)) => agent.sign(message)?,
            (
                Signer::Agent(_),
                PublicKey::P256(_) | PublicKey::SkEd25519 { .. } | PublicKey::SkP256 { .. },
            ) => {
                return Err(SignError::FidoOnly);
            }
        };
        self.public.verify(message, &signature).map_err(|_| SignError::Unverified)?;
        Ok(signature)
    }

    /// Signs the signed bytes of an OpenSSH signature, which begin with `SSHSIG`, and verifies
    /// the signature. A FIDO device may wait for a touch.
    ///
    /// # Errors
    /// [`SignError::NotSshsig`] for other bytes, [`SignError::Unverified`], and what the agent
    /// says.
    pub fn sign_sshsig(&self, signed: &[u8]) -> Result<RawSshSignature, SignError> {
        if !signed.starts_with(SSHSIG_MAGIC) {
            return Err(SignError::NotSshsig);
        }
        match (&self.signer, &self.public) {
            (Signer::Agent(agent), PublicKey::SkEd25519 { .. }) => {
                let signature = agent.sign_fido(signed)?;
                signature.verify(&self.public, signed).map_err(|_| SignError::Unverified)?;
                Ok(RawSshSignature::Fido(signature))
            }
            _ => self.sign(signed).map(RawSshSignature::Ed25519),
        }
    }
}

/// Whether reading the private key takes a password; `false` for what is no private key.
pub fn needs_password(text: &[u8]) -> bool {
    match pem::label(text) {
        Some(pkcs8::ENCRYPTED) => true,
        Some(openssh_private::LABEL) => openssh_private::is_encrypted(text),
        Some(_) => false,
        None => minisign_private::is_encrypted(text),
    }
}

/// Reads an Ed25519 private key: PKCS#8 in PEM, OpenSSH or minisign, plain or, with
/// `password`, encrypted. The password is not looked at where none is needed. The public half
/// is derived from the seed, and a stored one must be the same.
///
/// # Errors
/// [`KeyError::PasswordNeeded`], [`KeyError::WrongPassword`], [`KeyError::Mismatch`],
/// [`KeyError::Public`] for a public key, [`KeyError::Limit`] when opening the file would cost
/// too much, [`KeyError::Unsupported`] for other kinds of keys, else malformed.
pub fn parse_private(text: &[u8], password: Option<&[u8]>) -> Result<SigningKey, KeyError> {
    match pem::label(text) {
        Some(openssh_private::LABEL) => {
            let opened = openssh_private::read(text, password)?;
            let key = matching(&opened.seed, &opened.public)?;
            Ok(SigningKey { comment: opened.comment, ..key })
        }
        Some(_) => {
            let stored = pkcs8::read(&pem::decode(text, Fold::Standard)?, password)?;
            matching(&stored.seed, stored.public.as_slice())
        }
        None if parse_public(text).is_ok() => Err(KeyError::Public),
        None if text.starts_with(minisign::COMMENT) => {
            let opened = minisign_private::read(text, password)?;
            let key = matching(&opened.seed, &[opened.public])?;
            Ok(SigningKey { minisign_id: Some(opened.id), ..key })
        }
        None => Err(KeyError::malformed("not a private key in a format known here")),
    }
}

/// The key of the seed, when every stored public half is its own.
fn matching(seed: &[u8; 32], stored: &[[u8; 32]]) -> Result<SigningKey, KeyError> {
    let key = SigningKey::from_seed(seed);
    let own = key.public.ed25519().map(ed25519_dalek::VerifyingKey::to_bytes);
    if stored.iter().all(|public| Some(*public) == own) { Ok(key) } else { Err(KeyError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::super::{PemSalt, openssh_line, public_pem, samples, write_private_pem};
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const SALT: PemSalt = PemSalt { salt: [1; 16], iv: [2; 16] };

    fn error(text: &[u8], password: Option<&[u8]>) -> KeyError {
        parse_private(text, password).err().unwrap()
    }

    #[test]
    fn the_first_vector_of_rfc_8032() {
        let key = SigningKey::from_seed(&samples::seed());
        assert_eq!(key.public().ed25519().unwrap().as_bytes(), &samples::ED25519_BYTES);
        let signature = key.sign(b"").unwrap();
        assert_eq!(signature[..4], [0xe5, 0x56, 0x43, 0x00]);
        assert_eq!(signature[60..], [0x8e, 0x7a, 0x10, 0x0b]);
    }

    #[test]
    fn a_written_key_is_the_same_key() {
        let key = SigningKey::generate(|bytes| {
            bytes.fill(9);
            Ok::<_, ()>(())
        })
        .unwrap();
        for password in [None, Some(&b"secret"[..])] {
            let text = write_private_pem(&key.seed().unwrap(), password, &SALT).unwrap();
            assert_eq!(needs_password(text.as_bytes()), password.is_some());
            let again = parse_private(text.as_bytes(), password).ok().unwrap();
            assert_eq!(again.public(), key.public());
            assert_eq!(again.minisign_id(), super::super::minisign_id_of(key.public()));
        }
        assert!(SigningKey::generate(|_| Err("no randomness")).is_err());
    }

    #[test]
    fn a_stored_public_half_must_fit() {
        let own = samples::ED25519_BYTES;
        assert!(matching(&samples::seed(), &[]).is_ok());
        assert!(matching(&samples::seed(), &[own, own]).is_ok());
        assert_eq!(matching(&samples::seed(), &[own, [1; 32]]).err(), Some(KeyError::Mismatch));
        assert_eq!(KeyError::Mismatch.code(), Code::Malformed);
    }

    #[test]
    fn what_is_no_private_key() {
        let key = samples::ed25519(1);
        let minisign = super::super::minisign_public(&key).unwrap();
        for text in [public_pem(&key), openssh_line(&key, "c"), minisign, key.to_string()] {
            assert_eq!(error(text.as_bytes(), None), KeyError::Public, "{text}");
            assert!(!needs_password(text.as_bytes()));
        }
        for text in ["", "x", "-----BEGIN ", "untrusted comment: x\nRW\n"] {
            assert_eq!(error(text.as_bytes(), None).code(), Code::Malformed, "{text}");
        }
        let text = write_private_pem(&samples::seed(), None, &SALT).unwrap();
        assert_eq!(error(format!("x\n{}", *text).as_bytes(), None).code(), Code::Malformed);
        assert_eq!(error(format!("{}x", *text).as_bytes(), None).code(), Code::Malformed);
    }

    #[test]
    fn only_the_bytes_of_sshsig_are_signed_for_sshsig() {
        let key = SigningKey::from_seed(&samples::seed());
        assert!(matches!(key.sign_sshsig(b"DSSEv1"), Err(SignError::NotSshsig)));
        let Ok(RawSshSignature::Ed25519(signature)) = key.sign_sshsig(b"SSHSIG...") else {
            panic!("a plain key signs plainly")
        };
        assert!(key.public().verify(b"SSHSIG...", &signature).is_ok());
    }

    static FILES: LazyLock<[Zeroizing<String>; 2]> = LazyLock::new(|| {
        [None, Some(&b"x"[..])]
            .map(|password| write_private_pem(&samples::seed(), password, &SALT).unwrap())
    });

    proptest! {
        #[test]
        fn any_seed_signs(seed: [u8; 32], message: Vec<u8>) {
            let key = SigningKey::from_seed(&seed);
            let signature = key.sign(&message).unwrap();
            prop_assert!(key.public().verify(&message, &signature).is_ok());
            let text = write_private_pem(&seed, None, &SALT).unwrap();
            let again = parse_private(text.as_bytes(), None).ok().unwrap();
            prop_assert_eq!(again.public(), key.public());
        }

        #[test]
        fn one_changed_byte_is_no_panic_and_no_half_key(at: prop::sample::Index, to: u8) {
            for text in FILES.iter() {
                let mut text = text.as_bytes().to_vec();
                let place = at.index(text.len());
                text[place] = to;
                if let Ok(key) = parse_private(&text, None) {
                    prop_assert!(key.sign(b"x").is_ok());
                }
            }
        }

        #[test]
        fn any_bytes_get_an_answer(text in prop::collection::vec(any::<u8>(), 0..300)) {
            drop(parse_private(&text, None));
            let _ = needs_password(&text);
        }
    }
}
