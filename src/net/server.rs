//! Answering: a small HTTP/1 server for a program that must not be held up by whom it serves.
//!
//! It is our own, because the small servers there are bound neither the length of a head nor
//! the time that a client takes: `tiny_http` 0.12 reads a line as long as it is sent, for as long
//! as it takes. Here a connection carries one request, has a length and a time after which it
//! ends, and there are so many of them at once and no more. Keep-alive, which C2SP's tlog-witness
//! would like, is not offered. There is no TLS: put a server that has it before this one.

use super::NetError;
use super::head::{self, Head};
use crate::limits;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The method, upper-case letters.
    pub method: String,
    /// The target as sent: `/`, and printable ASCII.
    pub target: String,
    /// The whole body.
    pub body: Vec<u8>,
    /// Who asks.
    pub peer: SocketAddr,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The type of the body; a constant, so that nothing from outside gets into a head.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer in plain text, to which a line feed is added.
    pub fn text(status: u16, text: &str) -> Self {
        let body = format!("{text}\n").into_bytes();
        Self { status, content_type: "text/plain; charset=utf-8", body }
    }
}

/// What answers a request. Several may be answered at one time.
type Handler<'a> = dyn Fn(&Call) -> Answer + Sync + 'a;

/// An address that is listened on.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

/// The bounds on one connection, changed by tests alone.
#[derive(Clone, Copy)]
struct Bounds {
    body: u64,
    time: Duration,
}

impl Listener {
    /// Listens at `address`; port 0 lets the system choose one.
    ///
    /// # Errors
    /// [`NetError::Listen`].
    pub fn bind(address: SocketAddr) -> Result<Self, NetError> {
        let socket = TcpListener::bind(address).map_err(NetError::Listen)?;
        let address = socket.local_addr().map_err(NetError::Listen)?;
        Ok(Self { socket, address })
    }

    /// The address, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests for ever, their bodies at most `body` bytes. What fails on a connection
    /// ends that connection; a handler that panics is answered for with status 500.
    pub fn serve(&self, body: u64, handler: &Handler<'_>) -> ! {
        self.serve_within(
            Bounds { body, time: Duration::from_secs(limits::HTTP_SERVER_SECONDS) },
            handler,
        )
    }

    fn serve_within(&self, bounds: Bounds, handler: &Handler<'_>) -> ! {
        std::thread::scope(|scope| {
            for _ in 1..limits::HTTP_CONNECTIONS {
                // One helper fewer is no reason not to serve.
                let helper = std::thread::Builder::new();
                drop(helper.spawn_scoped(scope, || self.work(bounds, handler)));
            }
            self.work(bounds, handler)
        })
    }

    /// One connection after the other.
    fn work(&self, bounds: Bounds, handler: &Handler<'_>) -> ! {
        loop {
            match self.socket.accept() {
                Ok((stream, peer)) => {
                    let connection = AssertUnwindSafe(|| timed(&stream, peer, bounds, handler));
                    drop(catch_unwind(connection));
                }
                // Out of descriptors, or a client that is gone already: others may do better.
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

/// Ends the connection when its time is over, wherever it is then. A limit on each single read
/// would let a client send one byte at a time for hours.
fn timed(stream: &TcpStream, peer: SocketAddr, bounds: Bounds, handler: &Handler<'_>) {
    let (done, waiting) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let guard = move || {
            if waiting.recv_timeout(bounds.time) == Err(mpsc::RecvTimeoutError::Timeout) {
                drop(stream.shutdown(Shutdown::Both));
            }
        };
        if std::thread::Builder::new().spawn_scoped(scope, guard).is_ok() {
            drop(converse(stream, peer, bounds, handler));
        }
        drop(done);
    });
}

/// Reads one request and answers it.
fn converse(
    mut stream: &TcpStream,
    peer: SocketAddr,
    bounds: Bounds,
    handler: &Handler<'_>,
) -> io::Result<()> {
    let answer = match read(stream, bounds)? {
        Ok((head, body)) => {
            let call = Call { method: head.method, target: head.target, body, peer };
            catch_unwind(AssertUnwindSafe(|| handler(&call)))
                .unwrap_or_else(|_| Answer::text(500, "something went wrong here"))
        }
        Err(status) => Answer::text(status, "this request is not accepted"),
    };
    stream.write_all(&print(&answer))?;
    stream.shutdown(Shutdown::Write)?;
    drain(stream, bounds.body)
}

/// Head and body, or the status of the refusal.
fn read(mut stream: &TcpStream, bounds: Bounds) -> io::Result<Result<(Head, Vec<u8>), u16>> {
    let mut bytes = Vec::new();
    let at = loop {
        if let Some(at) = head::end(&bytes) {
            break at;
        }
        if bytes.len() >= limits::HTTP_HEAD_BYTES {
            return Ok(Err(431));
        }
        more(stream, &mut bytes)?;
    };
    let mut body = bytes.split_off(at);
    let head = match head::parse(&bytes) {
        Ok(head) => head,
        Err(error) => return Ok(Err(error.status())),
    };
    let length = match (head.length, head.method.as_str()) {
        (Some(length), _) => length,
        (None, "GET" | "HEAD") => 0,
        (None, _) => return Ok(Err(411)),
    };
    let Some(length) = usize::try_from(length).ok().filter(|_| length <= bounds.body) else {
        return Ok(Err(413));
    };
    if head.expects && body.len() < length {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    while body.len() < length {
        more(stream, &mut body)?;
    }
    // One request a connection: bytes after it belong to nothing.
    Ok(if body.len() == length { Ok((head, body)) } else { Err(400) })
}

/// Reads some bytes; the end is an error here.
fn more(mut stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 4096];
    match stream.read(&mut piece) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(count) => {
            bytes.extend_from_slice(piece.get(..count).unwrap_or_default());
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes what the client still sends: closing on unread bytes would reset the connection, and
/// the client might never see the answer.
fn drain(mut stream: &TcpStream, most: u64) -> io::Result<()> {
    let most = most.saturating_mul(4);
    io::copy(&mut Read::by_ref(&mut stream).take(most), &mut io::sink()).map(drop)
}

fn print(answer: &Answer) -> Vec<u8> {
    let reason = if answer.status < 400 { "OK" } else { "Refused" };
    let mut bytes = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.content_type,
        answer.body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(&answer.body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that says what it was asked, and panics when asked to.
    fn server(bounds: Bounds) -> SocketAddr {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.address();
        std::thread::spawn(move || {
            listener.serve_within(bounds, &|call| {
                assert_ne!(call.target, "/panic");
                let body = String::from_utf8_lossy(&call.body);
                Answer::text(200, &format!("{} {} {body}", call.method, call.target))
            })
        });
        address
    }

    fn bounds() -> Bounds {
        Bounds { body: 100_000, time: Duration::from_secs(5) }
    }

    fn answer_of(mut stream: TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    fn ask(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request).unwrap();
        answer_of(stream)
    }

    fn status(answer: &str) -> &str {
        answer.strip_prefix("HTTP/1.1 ").unwrap_or(answer).split(' ').next().unwrap()
    }

    #[test]
    fn requests_are_answered_or_refused() {
        let address = server(bounds());
        let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(20_000));
        let huge =
            format!("POST / HTTP/1.1\r\nContent-Length: 100001\r\n\r\n{}", "x".repeat(100_001));
        let table = [
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
            ("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "200"),
            ("POST / HTTP/1.1\r\n\r\n", "411"),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nxx", "400"),
            ("nonsense\r\n\r\n", "400"),
            ("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "413"),
            (&huge, "413"),
            (&long, "431"),
            ("GET /panic HTTP/1.1\r\n\r\n", "500"),
        ];
        for (request, expected) in table {
            let answer = ask(address, request.as_bytes());
            assert_eq!(status(&answer), expected, "{request:.80}");
        }
        let answer = ask(address, b"POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
        assert!(answer.contains("\r\nContent-Length: 13\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nPOST /a body\n"), "{answer}");
    }

    #[test]
    fn a_handler_that_panics_ends_no_more_than_its_request() {
        let address = server(bounds());
        for _ in 0..3 * limits::HTTP_CONNECTIONS {
            assert_eq!(status(&ask(address, b"GET /panic HTTP/1.1\r\n\r\n")), "500");
        }
        assert_eq!(status(&ask(address, b"GET / HTTP/1.1\r\n\r\n")), "200");
    }

    #[test]
    fn a_client_that_waits_is_told_to_go_on() {
        let mut stream = TcpStream::connect(server(bounds())).unwrap();
        let head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
        stream.write_all(head).unwrap();
        let mut told = [0; 25];
        stream.read_exact(&mut told).unwrap();
        assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(b"body").unwrap();
        assert!(answer_of(stream).ends_with("POST / body\n"));
    }

    #[test]
    fn slow_clients_are_sent_away_and_hold_up_nobody_for_long() {
        let address = server(Bounds { time: Duration::from_millis(400), ..bounds() });
        let slow = |beginning: &'static [u8]| {
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(beginning).unwrap();
                // One byte at a time, until the other side has had enough.
                for sent in 0..500 {
                    std::thread::sleep(Duration::from_millis(20));
                    if stream.write_all(b"x").is_err() {
                        return sent;
                    }
                }
                500
            })
        };
        let starts = [
            &b""[..],
            b"POST / HTTP/1.1\r\nx: ",
            b"POST / HTTP/1.1\r\nContent-Length: 999\r\n\r\n",
        ];
        let clients: Vec<_> =
            (0..limits::HTTP_CONNECTIONS * 2).map(|number| slow(starts[number % 3])).collect();
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(status(&ask(address, b"GET / HTTP/1.1\r\n\r\n")), "200");
        for client in clients {
            assert!(client.join().unwrap() < 400, "a slow client was served for seconds");
        }
    }
}
