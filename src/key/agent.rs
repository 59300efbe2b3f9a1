//! A client of ssh-agent (draft-ietf-sshm-ssh-agent): it lists keys and asks for signatures.
//!
//! The agent is not trusted: lengths are bounded, replies must be complete and nothing more,
//! and whoever asked for a signature verifies it. The connection and its time-outs are the
//! caller's; a FIDO device may wait long for a touch. After a broken reply the connection is
//! not used again.

use super::wire::{self, Reader, WireError};
use super::{
    BadSignature, KeyError, PublicKey, SigningKey, fingerprint, parse_openssh_blob, parse_public,
};
use crate::digest;
use crate::finding::{Code, Coded};
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

/// Longest message in either direction, in bytes; OpenSSH's agent has the same bound.
pub const MESSAGE_BYTES: u32 = 256 << 10;
/// Most keys that an agent may list.
const MAX_KEYS: u32 = 2_048;
const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// Why the agent was of no use.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Reading or writing failed, or took longer than the caller allows.
    #[error("talking to the ssh-agent failed: {0}")]
    Io(#[from] io::Error),
    /// An earlier reply was broken, so the connection is not used any more.
    #[error("the connection to the ssh-agent was given up after a broken reply")]
    GivenUp,
    /// The agent says no: it is locked, lost the key, or its owner did not confirm.
    #[error("the ssh-agent refused")]
    Refused,
    /// A message longer than 256 KiB.
    #[error("a message of {length} bytes, longer than an ssh-agent takes")]
    TooLong {
        /// Its length.
        length: u64,
    },
    /// A reply that is not the answer to what was asked.
    #[error("the ssh-agent answered with message {found} where {expected} was due")]
    OtherReply {
        /// The number that came.
        found: u8,
        /// The number that was due.
        expected: u8,
    },
    /// A reply that does not parse.
    #[error("the ssh-agent sent a damaged reply: {0}")]
    Damaged(#[from] WireError),
    /// A key in the agent that is not acceptable.
    #[error("the ssh-agent holds a key that is refused: {0}")]
    Key(KeyError),
    /// A signature of another kind than the key.
    #[error("the ssh-agent made a signature of another kind than the key's")]
    OtherSignature,
    /// What to look for is not understood.
    #[error("not the name of a key in an ssh-agent: {0}")]
    Which(KeyError),
    /// The agent does not hold the key.
    #[error("the ssh-agent does not hold this key")]
    NotHeld,
}

impl Coded for AgentError {
    fn code(&self) -> Code {
        match self {
            Self::Io(_) | Self::GivenUp | Self::Refused | Self::NotHeld => Code::Io,
            Self::TooLong { .. } => Code::Limit,
            Self::OtherReply { .. } | Self::Damaged(_) | Self::OtherSignature => Code::Malformed,
            Self::Key(error) | Self::Which(error) => error.code(),
        }
    }
}

/// A connection to an agent.
#[derive(Clone)]
pub struct Agent {
    stream: Arc<Mutex<Option<UnixStream>>>,
}

/// A key that an agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The key.
    pub key: PublicKey,
    /// The comment the agent gives it: unverified text.
    pub comment: String,
}

/// A signature of a FIDO device (OpenSSH's PROTOCOL.u2f).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FidoSignature {
    /// The Ed25519 signature.
    pub signature: [u8; 64],
    /// What the device asserts: bit 0 a touch, bit 2 a PIN or finger.
    pub flags: u8,
    /// How many signatures the device has made.
    pub counter: u32,
}

/// One key of an agent, as something that signs.
pub(super) struct AgentSigner {
    agent: Agent,
    blob: Vec<u8>,
}

/// Uses a connected stream, with the time-outs that the caller has set on it.
pub fn connect(stream: UnixStream) -> Agent {
    Agent { stream: Arc::new(Mutex::new(Some(stream))) }
}

impl Agent {
    /// The keys that the agent holds, in its order; those of kinds unknown here, and
    /// certificates, are left out.
    ///
    /// # Errors
    /// [`AgentError`] for everything but a complete and acceptable answer.
    pub fn list(&self) -> Result<Vec<Identity>, AgentError> {
        let answer = self.ask(&[REQUEST_IDENTITIES], IDENTITIES_ANSWER)?;
        let mut reader = Reader::new(&answer);
        let count = reader.u32()?;
        if count > MAX_KEYS {
            return Err(AgentError::Key(KeyError::Limit {
                what: "the number of keys",
                limit: MAX_KEYS.into(),
            }));
        }
        let mut keys = Vec::new();
        for _ in 0..count {
            let (blob, comment) = (reader.string()?, reader.string()?);
            match parse_openssh_blob(blob) {
                Ok(key) => keys
                    .push(Identity { key, comment: String::from_utf8_lossy(comment).into_owned() }),
                Err(KeyError::Unsupported { .. }) => {}
                Err(error) => return Err(AgentError::Key(error)),
            }
        }
        reader.done()?;
        Ok(keys)
    }

    /// Looks for the key that `which` names: a public key as [`parse_public`] reads it, or a
    /// `SHA256:` fingerprint. Ed25519 keys, also on FIDO devices, can sign.
    ///
    /// # Errors
    /// [`AgentError::Which`] when `which` is no such thing, [`AgentError::NotHeld`], and what
    /// [`Self::list`] says.
    pub fn find(&self, which: &str) -> Result<SigningKey, AgentError> {
        let wanted = Wanted::parse(which).map_err(AgentError::Which)?;
        let found = self.list()?.into_iter().find(|identity| wanted.is(&identity.key));
        let Identity { key, comment } = found.ok_or(AgentError::NotHeld)?;
        match &key {
            PublicKey::Ed25519(_) | PublicKey::SkEd25519 { .. } => {}
            PublicKey::P256(_) | PublicKey::SkP256 { .. } => {
                let kind = format!("signing with {}", key.kind());
                return Err(AgentError::Which(KeyError::unsupported(kind.as_bytes())));
            }
        }
        let signer = AgentSigner { agent: self.clone(), blob: super::openssh_blob(&key) };
        Ok(SigningKey::from_agent(signer, key, Some(comment).filter(|text| !text.is_empty())))
    }

    /// Sends one message and gives the body of the answer, without its number.
    fn ask(&self, message: &[u8], expected: u8) -> Result<Vec<u8>, AgentError> {
        let length = too_long(message.len())?;
        let mut slot = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        // Out of its place while in use: only a whole answer puts it back.
        let stream = slot.take().ok_or(AgentError::GivenUp)?;
        (&stream).write_all(&[&length.to_be_bytes(), message].concat())?;
        let answer = receive(&stream)?;
        *slot = Some(stream);
        match answer.split_first() {
            Some((number, body)) if *number == expected => Ok(body.to_vec()),
            Some((&FAILURE, _)) => Err(AgentError::Refused),
            Some((&found, _)) => Err(AgentError::OtherReply { found, expected }),
            None => Err(WireError::Truncated.into()),
        }
    }
}

/// The length for the wire.
fn too_long(length: usize) -> Result<u32, AgentError> {
    u32::try_from(length)
        .ok()
        .filter(|length| *length <= MESSAGE_BYTES)
        .ok_or(AgentError::TooLong { length: u64::try_from(length).unwrap_or(u64::MAX) })
}

fn receive(mut stream: &UnixStream) -> Result<Vec<u8>, AgentError> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > MESSAGE_BYTES {
        return Err(AgentError::TooLong { length: length.into() });
    }
    // As the bytes come: an announced length alone allocates nothing.
    let mut answer = Vec::new();
    stream.take(length.into()).read_to_end(&mut answer)?;
    if u64::try_from(answer.len()) == Ok(length.into()) {
        Ok(answer)
    } else {
        Err(WireError::Truncated.into())
    }
}

/// Which key is looked for.
enum Wanted {
    Key(PublicKey),
    Fingerprint(String),
}

impl Wanted {
    fn parse(which: &str) -> Result<Self, KeyError> {
        let which = which.trim();
        if let Some(digest) = which.strip_prefix("SHA256:") {
            let whole = crate::codec::base64::decode_array::<32>(&format!("{digest}="));
            return whole
                .map(|_| Self::Fingerprint(which.to_owned()))
                .map_err(|_| KeyError::malformed("SHA256: wants 43 characters of base64"));
        }
        match <[_; 1]>::try_from(parse_public(which.as_bytes())?) {
            Ok([named]) => Ok(Self::Key(named.key)),
            Err(_) => Err(KeyError::malformed("several keys, where one is wanted")),
        }
    }

    fn is(&self, key: &PublicKey) -> bool {
        match self {
            Self::Key(wanted) => wanted == key,
            Self::Fingerprint(wanted) => *wanted == fingerprint(key),
        }
    }
}

impl AgentSigner {
    /// A signature by a plain Ed25519 key, not yet verified.
    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; 64], AgentError> {
        let blob = self.request(message)?;
        let mut reader = Reader::new(&blob);
        expect_kind(&mut reader, b"ssh-ed25519")?;
        let signature = *reader.array()?;
        reader.done()?;
        Ok(signature)
    }

    /// A signature by an Ed25519 key on a FIDO device, not yet verified.
    pub(super) fn sign_fido(&self, message: &[u8]) -> Result<FidoSignature, AgentError> {
        let blob = self.request(message)?;
        let mut reader = Reader::new(&blob);
        expect_kind(&mut reader, b"sk-ssh-ed25519@openssh.com")?;
        let (signature, flags, counter) = (*reader.array()?, reader.byte()?, reader.u32()?);
        reader.done()?;
        Ok(FidoSignature { signature, flags, counter })
    }

    /// Asks for a signature, without flags, and gives its blob.
    fn request(&self, message: &[u8]) -> Result<Vec<u8>, AgentError> {
        let mut request = vec![SIGN_REQUEST];
        wire::put_string(&mut request, &self.blob);
        wire::put_string(&mut request, message);
        request.extend_from_slice(&0u32.to_be_bytes());
        let answer = self.agent.ask(&request, SIGN_RESPONSE)?;
        let mut reader = Reader::new(&answer);
        let blob = reader.string()?.to_vec();
        reader.done()?;
        Ok(blob)
    }
}

fn expect_kind(reader: &mut Reader<'_>, kind: &[u8]) -> Result<(), AgentError> {
    if reader.string()? == kind { Ok(()) } else { Err(AgentError::OtherSignature) }
}

impl FidoSignature {
    /// Checks it over `signed`, the signed bytes of an OpenSSH signature: the device signs the
    /// SHA-256 of the application, flags, counter, and the SHA-256 of those bytes. What the
    /// flags must say is for the caller to judge.
    ///
    /// # Errors
    /// [`BadSignature`] when it does not verify, and for a key of another kind.
    pub fn verify(&self, key: &PublicKey, signed: &[u8]) -> Result<(), BadSignature> {
        let PublicKey::SkEd25519 { key, application } = key else {
            return Err(BadSignature);
        };
        let mut message = digest::sha256(application.as_bytes()).to_vec();
        message.push(self.flags);
        message.extend_from_slice(&self.counter.to_be_bytes());
        message.extend_from_slice(&digest::sha256(signed));
        PublicKey::Ed25519(*key).verify(&message, &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RawSshSignature, SignError, openssh_blob, openssh_line, samples};
    use super::*;
    use ed25519_dalek::Signer as _;
    use std::thread;
    use std::time::Duration;

    /// What the other side of a pair answers, given each request's body.
    type Answer = Box<dyn FnMut(&[u8]) -> Vec<u8> + Send>;

    /// An agent whose answers are framed.
    fn agent(mut answer: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> Agent {
        raw_agent(Box::new(move |request| framed(&answer(request))))
    }

    /// An agent whose answers are sent as they are; an empty one closes the connection.
    fn raw_agent(mut answer: Answer) -> Agent {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        thread::spawn(move || {
            let mut length = [0; 4];
            while theirs.read_exact(&mut length).is_ok() {
                let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
                theirs.read_exact(&mut body).unwrap();
                let reply = answer(&body);
                if reply.is_empty() || theirs.write_all(&reply).is_err() {
                    return;
                }
            }
        });
        connect(ours)
    }

    fn framed(body: &[u8]) -> Vec<u8> {
        [&u32::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
    }

    fn identities(keys: &[(Vec<u8>, &str)]) -> Vec<u8> {
        let mut body = vec![IDENTITIES_ANSWER];
        body.extend(u32::try_from(keys.len()).unwrap().to_be_bytes());
        for (blob, comment) in keys {
            body.extend(wire::strings(&[blob, comment.as_bytes()]));
        }
        body
    }

    fn response(blob: &[u8]) -> Vec<u8> {
        [&[SIGN_RESPONSE][..], &wire::strings(&[blob])].concat()
    }

    fn secret() -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&samples::seed())
    }

    fn plain() -> PublicKey {
        samples::ed25519_of(&samples::seed())
    }

    fn fido() -> PublicKey {
        PublicKey::SkEd25519 { key: secret().verifying_key(), application: "ssh:".into() }
    }

    /// The bytes to sign of a sign request, checked to be a whole one.
    fn asked(request: &[u8]) -> Vec<u8> {
        let mut reader = Reader::new(request);
        assert_eq!(reader.byte(), Ok(SIGN_REQUEST));
        reader.string().unwrap();
        let data = reader.string().unwrap().to_vec();
        assert_eq!(reader.u32(), Ok(0));
        reader.done().unwrap();
        data
    }

    fn signature(request: &[u8]) -> [u8; 64] {
        secret().sign(&asked(request)).to_bytes()
    }

    fn fido_blob(request: &[u8], flags: u8, signed_flags: u8) -> Vec<u8> {
        let mut message = digest::sha256(b"ssh:").to_vec();
        message.extend([signed_flags, 0, 0, 0, 9]);
        message.extend(digest::sha256(&asked(request)));
        let signature = secret().sign(&message).to_bytes();
        let mut blob = wire::strings(&[b"sk-ssh-ed25519@openssh.com", &signature]);
        blob.extend([flags, 0, 0, 0, 9]);
        blob
    }

    /// An agent that holds `key` and answers sign requests so.
    fn holding(
        key: &PublicKey,
        mut sign: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static,
    ) -> SigningKey {
        let list = identities(&[(openssh_blob(key), "me")]);
        let agent =
            agent(
                move |request| {
                    if request == [REQUEST_IDENTITIES] { list.clone() } else { sign(request) }
                },
            );
        agent.find(&openssh_line(key, "")).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn keys_are_listed_and_found_by_each_name() {
        let p256 = PublicKey::P256(samples::p256(1));
        let list = identities(&[
            (wire::strings(&[b"ssh-rsa", b"e", b"n"]), "old"),
            (openssh_blob(&p256), "curve"),
            (openssh_blob(&plain()), "me"),
        ]);
        let agent = agent(move |_| list.clone());
        let keys: Vec<_> = agent.list().unwrap().into_iter().map(|identity| identity.key).collect();
        assert_eq!(keys, [p256.clone(), plain()]);
        for which in [openssh_line(&plain(), "x"), fingerprint(&plain()), plain().to_string()] {
            let key = agent.find(&which).ok().unwrap();
            assert_eq!((key.public(), key.comment()), (&plain(), Some("me")));
            assert!(key.is_agent() && key.seed().is_none());
        }
        let table = [
            (samples::ed25519(3).to_string(), Code::Io),
            (fingerprint(&samples::ed25519(3)), Code::Io),
            (fingerprint(&p256), Code::Unsupported),
            ("SHA256:short".into(), Code::Malformed),
            (format!("{}=", fingerprint(&plain())), Code::Malformed),
            ("me".into(), Code::Malformed),
            (format!("{}\n{}", plain(), p256), Code::Malformed),
        ];
        for (which, expected) in table {
            assert_eq!(agent.find(&which).err().unwrap().code(), expected, "{which}");
        }
    }

    #[test]
    fn a_plain_key_signs() {
        let key = holding(&plain(), |request| {
            response(&wire::strings(&[b"ssh-ed25519", &signature(request)]))
        });
        let signature = key.sign(b"hello").unwrap();
        assert!(plain().verify(b"hello", &signature).is_ok());
        assert!(matches!(key.sign_sshsig(b"SSHSIG.."), Ok(RawSshSignature::Ed25519(_))));
    }

    #[test]
    fn a_fido_key_signs_for_sshsig_only() {
        let key = holding(&fido(), |request| response(&fido_blob(request, 1, 1)));
        assert!(matches!(key.sign(b"SSHSIG hello"), Err(SignError::FidoOnly)));
        assert!(matches!(key.sign_sshsig(b"hello"), Err(SignError::NotSshsig)));
        let Ok(RawSshSignature::Fido(signature)) = key.sign_sshsig(b"SSHSIG hello") else {
            panic!("a FIDO signature is due")
        };
        assert_eq!((signature.flags, signature.counter), (1, 9));
        assert!(signature.verify(&fido(), b"SSHSIG hello").is_ok());
        assert!(signature.verify(&fido(), b"SSHSIG other").is_err());
        assert!(signature.verify(&plain(), b"SSHSIG hello").is_err());
    }

    #[test]
    fn a_lying_fido_agent_is_found_out() {
        let key = holding(&fido(), |request| response(&fido_blob(request, 5, 1)));
        assert!(matches!(key.sign_sshsig(b"SSHSIG"), Err(SignError::Unverified)));
        let key = holding(&fido(), |request| {
            response(&wire::strings(&[b"ssh-ed25519", &signature(request)]))
        });
        let error = key.sign_sshsig(b"SSHSIG").unwrap_err();
        assert!(matches!(error, SignError::Agent(AgentError::OtherSignature)));
    }

    #[test]
    fn every_false_signature_is_refused() {
        type Sign = fn(&[u8]) -> Vec<u8>;
        let table: [(Sign, Code); 10] = [
            (|_| response(&wire::strings(&[b"ssh-ed25519", &[0; 64]])), Code::BadSignature),
            (
                |_| response(&wire::strings(&[b"ssh-ed25519", &secret().sign(b"x").to_bytes()])),
                Code::BadSignature,
            ),
            (|r| response(&wire::strings(&[b"ssh-ed25519", &signature(r)[..63]])), Code::Malformed),
            (|r| response(&wire::strings(&[b"ssh-rsa", &signature(r)])), Code::Malformed),
            (|r| response(&wire::strings(&[b"ssh-ed25519", &signature(r), b""])), Code::Malformed),
            (
                |r| [response(&wire::strings(&[b"ssh-ed25519", &signature(r)])), vec![0]].concat(),
                Code::Malformed,
            ),
            (|_| vec![SIGN_RESPONSE], Code::Malformed),
            (|_| vec![], Code::Malformed),
            (|_| vec![FAILURE], Code::Io),
            (|_| vec![IDENTITIES_ANSWER, 0, 0, 0, 0], Code::Malformed),
        ];
        for (number, (sign, expected)) in table.into_iter().enumerate() {
            let error = holding(&plain(), sign).sign(b"hello").unwrap_err();
            assert_eq!(error.code(), expected, "row {number}: {error}");
        }
    }

    #[test]
    fn hostile_lists_are_refused() {
        let weak = wire::strings(&[b"ssh-ed25519", &[0; 32]]);
        let count = |count: u32| [&[IDENTITIES_ANSWER][..], &count.to_be_bytes()].concat();
        let table = [
            (count(u32::MAX), Code::Limit),
            (count(1), Code::Malformed),
            (identities(&[(weak, "")]), Code::WeakKey),
            (identities(&[(vec![1, 2], "")]), Code::Malformed),
            ([identities(&[]), vec![0]].concat(), Code::Malformed),
            (vec![FAILURE], Code::Io),
            (vec![99, 0], Code::Malformed),
        ];
        for (list, expected) in table {
            let error = agent(move |_| list.clone()).list().unwrap_err();
            assert_eq!(error.code(), expected, "{error}");
        }
    }

    #[test]
    fn broken_frames_end_the_connection() {
        let table: [(Vec<u8>, Code); 4] = [
            (framed(&vec![0; 300_000]), Code::Limit),
            (vec![0xff; 4], Code::Limit),
            (vec![], Code::Io),
            (vec![0, 0], Code::Io),
        ];
        for (reply, expected) in table {
            let mut once = Some(reply);
            let agent = raw_agent(Box::new(move |_| once.take().unwrap_or_default()));
            if let Some(stream) = agent.stream.lock().unwrap().as_ref() {
                stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            }
            assert_eq!(agent.list().unwrap_err().code(), expected);
            assert!(matches!(agent.list(), Err(AgentError::GivenUp)));
        }
    }

    #[test]
    fn a_frame_cut_short_is_damaged() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(&[0, 0, 0, 9, 12, 0]).unwrap();
        theirs.shutdown(std::net::Shutdown::Write).unwrap();
        let agent = connect(ours);
        assert!(matches!(agent.list(), Err(AgentError::Damaged(WireError::Truncated))));
    }

    #[test]
    fn what_is_too_long_is_not_sent() {
        let key = holding(&plain(), |_| vec![FAILURE]);
        assert_eq!(key.sign(&vec![0; 300_000]).unwrap_err().code(), Code::Limit);
        assert_eq!(key.sign(b"").unwrap_err().code(), Code::Io);
    }
}
