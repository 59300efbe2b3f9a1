//! A time stamping authority for tests, made of the `openssl` tool: a root, perhaps a
//! certificate in between, and a service that answers requests. Its keys live in a scratch folder.

use super::Ran;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// What sort of authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ECDSA P-256 right below its root.
    P256,
    /// ECDSA P-384 with SHA-384, right below its root.
    P384,
    /// RSA of 2048 bits right below its root.
    Rsa,
    /// ECDSA P-256 with a certificate in between.
    P256Chain,
    /// RSA of 2048 bits with a certificate in between.
    RsaChain,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::P256, Self::P384, Self::Rsa, Self::P256Chain, Self::RsaChain];

    /// What `openssl req -newkey` takes.
    fn key(self) -> [&'static str; 3] {
        match self {
            Self::P256 | Self::P256Chain => ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::P384 => ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Self::Rsa | Self::RsaChain => ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
        }
    }

    fn has_middle(self) -> bool {
        matches!(self, Self::P256Chain | Self::RsaChain)
    }

    fn digest(self) -> &'static str {
        if self == Self::P384 { "sha384" } else { "sha256" }
    }
}

/// An authority, ready to answer.
pub(crate) struct TestAuthority {
    dir: PathBuf,
    /// One answer at a time: the serial number lies in a file.
    turn: Mutex<()>,
}

const EXTENSIONS: &str = "\
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[root_ext]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[middle_ext]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_ext]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";

impl TestAuthority {
    /// Makes an authority with its keys in `dir`, which is created; its names contain the last
    /// part of that path.
    pub(crate) fn new(dir: impl Into<PathBuf>, kind: Kind) -> Self {
        let dir = dir.into();
        std::fs::create_dir_all(&dir).expect("a folder");
        let authority = Self { dir, turn: Mutex::new(()) };
        let name = authority.dir.file_name().expect("a name").to_string_lossy().into_owned();
        authority.write("openssl.cnf", &authority.config(kind, "sha256"));
        authority.write("sha1.cnf", &authority.config(kind, "sha1"));
        authority.write("serial", "01\n");
        let new = |who: &str| {
            let subject = format!("/O={name}/CN=test {who}");
            let mut command =
                authority.openssl(&["req", "-new", "-nodes", "-config", "openssl.cnf"]);
            command.args(["-subj", &subject, "-keyout", &format!("{who}.key"), "-newkey"]);
            command.args(kind.key());
            command
        };
        let root = ["-x509", "-days", "7300", "-extensions", "root_ext", "-out", "root.pem"];
        done(new("root").args(root));
        let issuer = if kind.has_middle() { "middle" } else { "root" };
        if kind.has_middle() {
            done(new("middle").args(["-out", "middle.csr"]));
            authority.issue("middle", "root", "3");
        }
        done(new("tsa").args(["-out", "tsa.csr"]));
        authority.issue("tsa", issuer, "4");
        if !kind.has_middle() {
            authority.write("middle.pem", "");
        }
        let chain = authority.read("tsa.pem") + &authority.read("middle.pem");
        authority.write("chain.pem", &chain);
        authority
    }

    fn config(&self, kind: Kind, binding: &str) -> String {
        format!(
            "{EXTENSIONS}[tsa]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key\n\
             certs = chain.pem\nsigner_digest = {}\ndefault_policy = 1.2.3.4.1\n\
             digests = sha1, sha256, sha384, sha512\naccuracy = secs:1, millisecs:500\n\
             ordering = no\ntsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = {binding}\n",
            kind.digest()
        )
    }

    fn issue(&self, who: &str, issuer: &str, serial: &str) {
        let mut command = self.openssl(&["x509", "-req", "-days", "7300", "-sha256"]);
        command.args(["-extfile", "openssl.cnf", "-extensions", &format!("{who}_ext")]);
        command.args(["-CA", &format!("{issuer}.pem"), "-CAkey", &format!("{issuer}.key")]);
        command.args(["-in", &format!("{who}.csr"), "-out", &format!("{who}.pem")]);
        done(command.args(["-set_serial", serial]));
    }

    /// The answer (TimeStampResp) to a TimeStampReq; the authority's word when it refuses, too.
    pub(crate) fn answer(&self, request: &[u8]) -> Vec<u8> {
        self.answer_with("openssl.cnf", request)
    }

    /// An answer that binds its certificate by SHA-1, as in RFC 3161 (ESSCertID).
    pub(crate) fn answer_binding_sha1(&self, request: &[u8]) -> Vec<u8> {
        self.answer_with("sha1.cnf", request)
    }

    fn answer_with(&self, config: &str, request: &[u8]) -> Vec<u8> {
        let turn = self.turn.lock().expect("nobody failed meanwhile");
        std::fs::write(self.dir.join("query.tsq"), request).expect("a request");
        let reply = ["ts", "-reply", "-section", "tsa", "-queryfile", "query.tsq"];
        done(self.openssl(&reply).args(["-config", config, "-out", "answer.tsr"]));
        let answer = std::fs::read(self.dir.join("answer.tsr")).expect("an answer");
        drop(turn);
        answer
    }

    /// From now on states an accuracy of so many seconds instead of 1.5.
    pub(crate) fn set_accuracy(&self, seconds: u64) {
        let config = self.read("openssl.cnf");
        let changed = config.replace("secs:1, millisecs:500", &format!("secs:{seconds}"));
        assert_ne!(changed, config);
        self.write("openssl.cnf", &changed);
    }

    /// The root certificate, in PEM.
    pub(crate) fn root_pem(&self) -> PathBuf {
        self.dir.join("root.pem")
    }

    /// The certificates below the root, in PEM: the signer's, and the one in between if there is.
    pub(crate) fn chain_pem(&self) -> PathBuf {
        self.dir.join("chain.pem")
    }

    /// The folder with all of it.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    fn openssl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(&self.dir).stdin(Stdio::null());
        command.env("HOME", &self.dir).env("LC_ALL", "C").env_remove("OPENSSL_CONF");
        command
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.join(name), text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.join(name)).expect("a file")
    }
}

/// An authority behind a server of one page, until the test ends.
pub(crate) fn serve(authority: TestAuthority) -> SocketAddr {
    serve_with(move |request| reply(&authority.answer(request)))
}

/// What a good server says around an answer.
pub(crate) fn reply(answer: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\n\r\n",
        answer.len()
    );
    [head.as_bytes(), answer].concat()
}

/// A server that answers each request's body with the bytes that `say` gives.
pub(crate) fn serve_with(say: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let body = body_of(&mut stream);
            // Who has heard enough hangs up.
            drop(stream.write_all(&say(&body)));
        }
    });
    address
}

fn body_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).expect("a request");
        assert!(read > 0, "the request ends early");
        request.extend_from_slice(&buffer[..read]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        assert!(head.contains("application/timestamp-query"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|text| text.parse().ok()).expect("a length");
        if request.len() >= end + 4 + length {
            return request.split_off(end + 4);
        }
    }
}

/// Runs a command that must end well.
fn done(command: &mut Command) {
    Ran::of(&command.output().expect("openssl runs")).ok();
}
