//! A log that signs what a test wants, and `vidimus witness serve`.

use super::Bench;
use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;
use vidimus::codec::base64;
use vidimus::envelope::checkpoint::Checkpoint;
use vidimus::envelope::note::{self, Verifier};
use vidimus::key::SigningKey;
use vidimus::merkle::{self, Hash, TreeHasher};

/// The name of the witness of these tests.
pub(crate) const NAME: &str = "witness.example/w1";
/// The origin of the log.
pub(crate) const ORIGIN: &str = "example.org/log";

/// A log; two of different `world` have one key and no entry in common.
pub(crate) struct Log {
    key: SigningKey,
    world: u8,
}

impl Log {
    pub(crate) fn new(world: u8) -> Self {
        Self { key: SigningKey::from_seed(&[7; 32]), world }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new(ORIGIN, self.key.public().clone()).expect("a note key")
    }

    fn subtree(&self, level: u32, index: u64) -> TreeHasher {
        let mut tree = TreeHasher::new();
        let width = 1 << level;
        for leaf in index * width..(index + 1) * width {
            tree.push_leaf(&[&[self.world][..], &leaf.to_be_bytes()].concat());
        }
        tree
    }

    fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        let mut subtree = |level, index| Ok::<_, Infallible>(self.subtree(level, index).root());
        merkle::prove_consistency(old, new, &mut subtree).expect("a proof")
    }

    /// The signed checkpoint of the tree of `size` entries.
    pub(crate) fn checkpoint(&self, size: u64) -> Vec<u8> {
        let mut tree = TreeHasher::new();
        for leaf in 0..size {
            tree.push_leaf(&[&[self.world][..], &leaf.to_be_bytes()].concat());
        }
        let head =
            Checkpoint { origin: ORIGIN.into(), size, root: tree.root(), extensions: Vec::new() };
        let mut sign = |bytes: &[u8]| self.key.sign(bytes);
        note::sign(head.print().as_bytes(), &self.verifier(), &mut sign).expect("a note").print()
    }

    /// The body of a request to cosign `size` after `old`.
    pub(crate) fn request(&self, old: u64, size: u64) -> Vec<u8> {
        let proof = if (1..size).contains(&old) { self.proof(old, size) } else { Vec::new() };
        let lines: String = proof.iter().map(|hash| base64::encode(hash) + "\n").collect();
        [format!("old {old}\n{lines}\n").as_bytes(), &self.checkpoint(size)].concat()
    }
}

/// A running `vidimus witness serve`; it ends with this value.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) vkey: String,
}

/// What a witness answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Bench {
    /// Makes the key of the witness, `keyring/w1.key.pem`, when it is not there.
    pub(crate) fn witness_key(&self) -> &'static str {
        if !self.path("keyring/w1.key.pem").exists() {
            self.keygen("w1");
        }
        "keyring/w1.key.pem"
    }

    /// `vidimus witness serve` with its state in `state`, for these logs.
    pub(crate) fn serve(&self, state: &str, logs: &[&str]) -> Served {
        self.witness_key();
        self.serve_as(state, NAME, logs)
    }

    /// The same under another name; its key is the one named by what comes after the last slash.
    /// What it says of the requests is in the file `<key>.log`.
    pub(crate) fn serve_as(&self, state: &str, name: &str, logs: &[&str]) -> Served {
        let key = name.rsplit('/').next().expect("a name");
        let file = format!("keyring/{key}.key.pem");
        if !self.path(&file).exists() {
            self.keygen(key);
        }
        let mut arguments =
            vec!["witness", "serve", "--key", &file, "--name", name, "--state", state];
        logs.iter().for_each(|log| arguments.extend(["--log", log]));
        let log = std::fs::File::create(self.path(&format!("{key}.log"))).expect("a file");
        let mut child = self
            .command("", &arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program runs");
        let mut said = BufReader::new(child.stdout.take().expect("stdout"));
        let vkey = value(&mut said, "vkey");
        let address = value(&mut said, "url").replace("http://", "").parse().expect("an address");
        Served { child, address, vkey }
    }
}

fn value(said: &mut BufReader<ChildStdout>, name: &str) -> String {
    let mut line = String::new();
    said.read_line(&mut line).expect("a line");
    let value = line.strip_prefix(name).unwrap_or_else(|| panic!("{line:?}"));
    value.trim().to_owned()
}

impl Served {
    /// Ends it as nothing else would: with no time to say farewell.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("its end");
    }

    /// The process id.
    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Waits for its end, and gives the signal or exit in words.
    pub(crate) fn end(&mut self) -> String {
        self.child.wait().expect("its end").to_string()
    }

    /// The answer to bytes as they are.
    pub(crate) fn raw(&self, request: &[u8]) -> Answered {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
        // A server that refuses early may not take all of it.
        drop(stream.write_all(request));
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
        let field = |name: &str| {
            let line = head.split("\r\n").find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
        };
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a status");
        let content_type = field("Content-Type: ");
        assert_eq!(field("Content-Length: ").parse::<usize>().expect("a length"), body.len());
        Answered { status, content_type, body: body.to_owned() }
    }

    /// The answer to a request for a cosignature.
    pub(crate) fn ask(&self, body: &[u8]) -> Answered {
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.raw(&[head.as_bytes(), body].concat())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
