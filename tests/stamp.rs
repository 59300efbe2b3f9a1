//! Obtaining timestamps: by URL and by files, what is refused, where they are kept, and that
//! `openssl` agrees. Needs `openssl`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::tsa::{Kind, TestAuthority, reply, serve, serve_with};
use common::{Bench, DESK, Outcome, PRESS, Ran};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use vidimus::codec::hex;
use vidimus::digest::sha256;
use vidimus::envelope::{bundle, evidence};
use vidimus::timestamp;

const POLICY: &str = "a/keys/policy.toml";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const DESK_BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.desk.sigstore.json";
const EVIDENCE: &str = "a/manifests/seeds/SHA256SUMS.evidence.json";

/// An archive whose policy requires a timestamp of this authority.
fn archive(kind: Kind) -> (Bench, TestAuthority) {
    let bench = Bench::archive_of_two(1);
    let authority = TestAuthority::new(bench.path("tsa/first"), kind);
    let root = std::fs::read(authority.root_pem()).unwrap();
    bench.write("a/keys/root.pem", &root);
    let tables = format!(
        "[[time-authority]]\nname = \"first\"\nroot-file = \"root.pem\"\nsha256 = \"{}\"\n\n[[signer]]",
        hex::encode(&sha256(&root))
    );
    bench.edit(POLICY, "[[signer]]", &tables);
    bench.edit(POLICY, "require = []", "require = [\"timestamp\"]");
    bench.resign_policy(PRESS);
    (bench, authority)
}

fn stamps(bench: &Bench, file: &str) -> Vec<Vec<u8>> {
    bundle::parse(&bench.read(file)).unwrap().timestamps
}

fn signature(bench: &Bench, file: &str) -> Vec<u8> {
    match bundle::parse(&bench.read(file)).unwrap().content {
        bundle::Content::Dsse(envelope) => envelope.signatures[0].sig.clone(),
        bundle::Content::Message { .. } => panic!("no statement"),
    }
}

/// `vidimus stamp` with these arguments, which is refused and writes nothing.
fn refused(bench: &Bench, arguments: &[&str], exit: i32, codes: &[&str]) -> Outcome {
    let before = bench.tree("a");
    let outcome = bench.json_in("a", &[&["stamp"], arguments].concat());
    outcome.expect(exit, codes);
    assert!(bench.tree("a") == before, "{arguments:?}: something was written");
    outcome
}

#[test]
fn a_request_and_an_answer_are_carried_in_files() {
    if !common::has_tool("openssl") {
        return;
    }
    for kind in [Kind::P256, Kind::RsaChain] {
        let (bench, authority) = archive(kind);
        bench.run_in("a", &["stamp", "--request", "../q.tsq"]).ok();
        refused(&bench, &["--request", "../q.tsq"], 4, &["io"]);
        bench.write("q.tsr", authority.answer(&bench.read("q.tsq")));
        // The answer to another request, one that says no, and what is no answer.
        let other = timestamp::request(&sha256(b"other"), None, true);
        bench.write("other.tsr", authority.answer(&other));
        refused(&bench, &["--response", "../other.tsr"], 13, &["imprint"]);
        bench.write("no.tsr", authority.answer(b"nonsense"));
        assert_ne!(bench.json_in("a", &["stamp", "--response", "../no.tsr"]).exit, 0);
        bench.write("junk.tsr", "junk");
        refused(&bench, &["--response", "../junk.tsr"], 3, &["malformed"]);
        // Of an authority that the policy does not name.
        let stranger = TestAuthority::new(bench.path("tsa/stranger"), Kind::P256);
        bench.write("s.tsr", stranger.answer(&bench.read("q.tsq")));
        refused(&bench, &["--response", "../s.tsr"], 13, &["untrusted-time"]);
        assert!(stamps(&bench, BUNDLE).is_empty());
        bench.run_in("a", &["stamp", "--response", "../q.tsr"]).ok();
        assert_eq!(stamps(&bench, BUNDLE), [bench.read("q.tsr")]);
        bench.json_in("a", &["verify"]).expect(0, &[]);
    }
}

#[test]
fn openssl_accepts_what_is_in_our_bundle() {
    if !common::has_tool("openssl") {
        return;
    }
    for kind in [Kind::P384, Kind::P256Chain, Kind::Rsa] {
        let (bench, authority) = archive(kind);
        let root = authority.root_pem();
        let url = format!("http://{}/", serve(authority));
        bench.run_in("a", &["stamp", "--tsa", &url]).ok();
        bench.write("token.tsr", &stamps(&bench, BUNDLE)[0]);
        bench.write("signature", signature(&bench, BUNDLE));
        let verify = |data: &str| {
            let mut openssl = Command::new("openssl");
            openssl.args(["ts", "-verify", "-in", "token.tsr", "-data", data, "-CAfile"]);
            openssl.arg(&root).current_dir(bench.path(""));
            Ran::of(&openssl.output().unwrap())
        };
        verify("signature").ok();
        assert_ne!(verify("token.tsr").exit, 0, "{kind:?}");
    }
}

#[test]
fn answers_of_bad_servers_are_refused() {
    if !common::has_tool("openssl") {
        return;
    }
    let (bench, authority) = archive(Kind::P256);
    let http = |status: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let ask = |answer: Vec<u8>, exit: i32, code: &str| {
        let url = format!("http://{}/", serve_with(move |_| answer.clone()));
        let outcome = refused(&bench, &["--tsa", &url], exit, &[code]);
        assert_eq!(outcome.finding(code)["path"], url);
    };
    ask(http("500 Internal Server Error", b"no"), 4, "io");
    ask(http("404 Not Found", b""), 4, "io");
    ask(http("302 Found\r\nLocation: http://127.0.0.1:1/", b""), 4, "io");
    ask(reply(b"not a token"), 3, "malformed");
    ask(reply(b""), 3, "malformed");
    ask(reply(&vec![0x30; (1 << 20) + 1]), 3, "limit");
    ask(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort".to_vec(), 4, "io");
    ask(b"what?\r\n\r\n".to_vec(), 4, "io");

    // Good tokens, for another request: another nonce, none, another signature.
    let message = sha256(&signature(&bench, BUNDLE));
    let replayed = authority.answer(&timestamp::request(&message, Some(7), true));
    ask(reply(&replayed), 13, "imprint");
    let bare = authority.answer(&timestamp::request(&message, None, true));
    ask(reply(&bare), 13, "imprint");
    let other = sha256(b"other");
    ask(reply(&authority.answer(&timestamp::request(&other, Some(7), true))), 13, "imprint");
    // Where one of two fails, the other's is kept, and the exit says so.
    let bad = format!("http://{}/", serve_with(move |_| http("500 No", b"")));
    let good = format!("http://{}/", serve(authority));
    bench.json_in("a", &["stamp", "--tsa", &bad, "--tsa", &good]).expect(4, &["io"]);
    assert_eq!(stamps(&bench, BUNDLE).len(), 1);
    bench.json_in("a", &["verify"]).expect(0, &[]);
    for url in ["ftp://127.0.0.1/", "127.0.0.1", "http://", "http://user@127.0.0.1/"] {
        let outcome = bench.json_in("a", &["stamp", "--again", "--tsa", url]);
        assert!([2, 3].contains(&outcome.exit), "{url}: {:#}", outcome.json);
    }
}

#[test]
fn what_is_stamped_is_left_alone_and_further_signers_keep_it() {
    if !common::has_tool("openssl") {
        return;
    }
    let (bench, authority) = archive(Kind::P256);
    // A certificate that the token does not hold, kept beside the bundle.
    let helper = authority.dir().join("tsa.pem");
    let url = format!("http://{}/", serve(authority));
    let stamp = ["stamp", "--tsa", &url, "--tsa-cert", helper.to_str().unwrap()];
    bench.run_in("a", &stamp).ok();
    let kept = evidence::parse(&bench.read(EVIDENCE)).unwrap();
    let pem = std::fs::read(&helper).unwrap();
    let der = timestamp::certificates_from_pem(&pem).unwrap()[0].der().to_vec();
    assert_eq!((kept.certificates, kept.renewals.len()), (vec![der], 0));
    let once = bench.read(BUNDLE);
    bench.run_in("a", &stamp).ok();
    assert_eq!(bench.read(BUNDLE), once);
    bench.run_in("a", &[&stamp[..], &["--again"]].concat()).ok();
    assert_eq!(stamps(&bench, BUNDLE).len(), 2);
    assert_eq!(evidence::parse(&bench.read(EVIDENCE)).unwrap().certificates.len(), 1);

    // A further signer: the first one's timestamps stay, and only the new bundle is stamped.
    let before = bench.tree("a/manifests/seeds");
    bench.sign(DESK, &[]).expect(0, &[]);
    let after = bench.tree("a/manifests/seeds");
    let changed = before.iter().filter(|(path, bytes)| after.get(*path) != Some(*bytes));
    let changed: Vec<_> = changed.map(|(path, _)| path.file_name().unwrap()).collect();
    // Which both sign.
    assert_eq!(changed, ["SHA256SUMS.checkpoint"]);
    assert_eq!(after.len(), before.len() + 1);
    bench.run_in("a", &stamp).ok();
    assert_eq!((stamps(&bench, BUNDLE).len(), stamps(&bench, DESK_BUNDLE).len()), (2, 1));
    bench.json_in("a", &["verify"]).expect(0, &[]);

    // A changed tree: all of that moves into the history, and the new statement has nothing yet.
    let signed = bench.tree("a/manifests/seeds");
    bench.write("a/seeds/one.txt", "changed");
    bench.sign(PRESS, &[]).expect(0, &[]);
    let history = bench.tree("a/manifests/seeds/history/1");
    let names = |tree: &std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>| {
        tree.iter()
            .map(|(path, bytes)| (path.file_name().unwrap().to_owned(), bytes.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&history), names(&signed));
    assert!(stamps(&bench, BUNDLE).is_empty() && !bench.path(EVIDENCE).exists());
    bench.json_in("a", &["verify"]).expect(13, &["no-time"]);
    bench.run_in("a", &stamp).ok();
    bench.json_in("a", &["verify"]).expect(0, &[]);
}

#[test]
fn the_bundle_of_a_release_is_stamped_by_its_path() {
    if !common::has_tool("openssl") {
        return;
    }
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("dist/app", "app");
    bench.run_in("", &["sign", "dist", "--key", "keyring/press.key.pem"]).ok();
    let authority = TestAuthority::new(bench.path("tsa/first"), Kind::RsaChain);
    let root = authority.root_pem();
    let other = TestAuthority::new(bench.path("tsa/other"), Kind::P256).root_pem();
    let url = format!("http://{}/", serve(authority));
    let file = "dist/SHA256SUMS.sigstore.json";
    let stamp = |root: &std::path::Path| {
        bench.json_in("", &["stamp", file, "--tsa", &url, "--tsa-root", root.to_str().unwrap()])
    };
    let before = bench.read(file);
    stamp(&other).expect(13, &["untrusted-time"]);
    assert_eq!(bench.read(file), before);
    stamp(&root).expect(0, &[]);
    assert_eq!(stamps(&bench, file).len(), 1);
    let key = ["verify", "dist/SHA256SUMS", "--key", "keyring/press.pub.pem"];
    bench.json_in("", &key).expect(0, &[]);
    // Without a root nothing is verified, and that is said.
    let blind = bench.json_in("", &["stamp", file, "--tsa", &url, "--again"]);
    blind.expect(0, &[]);
    assert_eq!(blind.codes("warning"), ["untrusted-time"]);
}

/// A server of TLS in front of an authority's one answer; it ends with this value.
struct Tls(Child, u16);

impl Drop for Tls {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Speaks TLS and hands each request's body to the plain server at a URL.
const PROXY: &str = "
import http.server, ssl, sys, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        asked = urllib.request.Request(sys.argv[1], body, {'Content-Type': self.headers['Content-Type']})
        answer = urllib.request.urlopen(asked).read()
        self.send_response(200)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('tls.pem', 'tls.key')
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
";

impl Tls {
    /// Makes a root `tls-root.pem` and a certificate for `name`, and serves with it.
    fn serve(bench: &Bench, name: &str, url: &str) -> Self {
        let openssl = |line: &str| {
            let mut openssl = Command::new("openssl");
            openssl.args(line.split(' ')).current_dir(bench.path(""));
            Ran::of(&openssl.output().unwrap()).ok();
        };
        bench.write("ext", format!("basicConstraints=CA:FALSE\nsubjectAltName={name}\n"));
        let ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        openssl(&format!(
            "req -x509 {ec} -subj /CN=root -days 30 -keyout root.key -out tls-root.pem"
        ));
        openssl(&format!("req -new {ec} -subj /CN=tls -keyout tls.key -out tls.csr"));
        openssl(
            "x509 -req -in tls.csr -CA tls-root.pem -CAkey root.key -CAcreateserial -days 30 -extfile ext -out tls.pem",
        );
        let mut python = Command::new("python3");
        python.args(["-c", PROXY, url]).current_dir(bench.path("")).env_remove("http_proxy");
        let mut child =
            python.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("python runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim().parse().unwrap())
    }
}

#[test]
fn https_is_believed_with_a_root_that_is_named_and_not_without() {
    if !common::has_tool("openssl") || !common::has_tool("python3") {
        return;
    }
    let (bench, authority) = archive(Kind::P256);
    let plain = format!("http://{}/", serve(authority));
    let tls = Tls::serve(&bench, "IP:127.0.0.1", &plain);
    let url = format!("https://127.0.0.1:{}/", tls.1);
    refused(&bench, &["--tsa", &url], 4, &["io"]);
    let other = ["--tsa", &url, "--tls-root", "../tsa/first/root.pem"];
    refused(&bench, &other, 4, &["io"]);
    bench.run_in("a", &["stamp", "--tsa", &url, "--tls-root", "../tls-root.pem"]).ok();
    bench.json_in("a", &["verify"]).expect(0, &[]);
    // A certificate for another name.
    let tls = Tls::serve(&bench, "DNS:example.org", &plain);
    let url = format!("https://127.0.0.1:{}/", tls.1);
    refused(&bench, &["--again", "--tsa", &url, "--tls-root", "../tls-root.pem"], 4, &["io"]);
}
