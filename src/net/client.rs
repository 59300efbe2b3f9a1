//! Asking a server: one POST, one answer.
//!
//! No redirect is followed: an answer that asks for one is handed back with its status, so no
//! request goes to a host or over a scheme that was not named. Certificates of https servers
//! must lead to the roots that the program carries (webpki-roots).

use super::NetError;
use crate::limits;
use std::time::Duration;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How much of a server's time and bytes is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Seconds from looking up the host to the last byte of the answer.
    pub seconds: u64,
    /// Bytes of the answer's body.
    pub body: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { seconds: limits::HTTP_CLIENT_SECONDS, body: limits::HTTP_ANSWER_BYTES }
    }
}

/// What a server answered. Nothing in it is authentic by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status, from 100 to 999.
    pub status: u16,
    /// The content type as the server wrote it; may hold parameters.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Sends `body` to `url` and gives the whole answer, whatever its status.
///
/// # Errors
/// [`NetError`]: for a URL that is not used here, when no whole answer comes in time, or when it
/// is longer than `bounds` allow.
pub fn post(
    url: &str,
    content_type: &str,
    accept: &str,
    body: &[u8],
    bounds: Bounds,
) -> Result<Response, NetError> {
    post_with_roots(url, content_type, accept, body, bounds, &[])
}

/// Like [`post`]; certificates of https servers must lead to one of `roots` (X.509 in DER) instead
/// of those that the program carries, where there are any.
///
/// # Errors
/// As [`post`].
pub fn post_with_roots(
    url: &str,
    content_type: &str,
    accept: &str,
    body: &[u8],
    bounds: Bounds,
    roots: &[Vec<u8>],
) -> Result<Response, NetError> {
    let uri = check_url(url)?;
    let fields = [content_type, accept];
    if !fields.iter().all(|text| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())) {
        return Err(NetError::ContentType);
    }
    let request =
        agent(bounds, roots).post(uri).content_type(content_type).header("accept", accept);
    let mut response = request.send(body).map_err(|error| refused(error, bounds))?;
    let content_type = response.headers().get("content-type");
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    Ok(Response {
        status: response.status().as_u16(),
        content_type,
        body: body_of(&mut response, bounds)?,
    })
}

/// The library's own limit refuses a body that just reaches it.
fn body_of(
    response: &mut ureq::http::Response<ureq::Body>,
    bounds: Bounds,
) -> Result<Vec<u8>, NetError> {
    let body = response.body_mut().with_config().limit(bounds.body.saturating_add(1));
    let bytes = body.read_to_vec().map_err(|error| refused(error, bounds))?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= bounds.body);
    fits.then_some(bytes).ok_or(NetError::TooLarge { limit: bounds.body })
}

/// Only what every reader of the URL understands alike.
fn check_url(url: &str) -> Result<Uri, NetError> {
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains(['@', '#', '\\']);
    let scheme = url.starts_with("http://") || url.starts_with("https://");
    let uri: Uri = url.parse().map_err(|_| NetError::Url)?;
    let host = uri.host().is_some_and(|host| !host.is_empty());
    (plain && scheme && host).then_some(uri).ok_or(NetError::Url)
}

/// What the library would take from the environment is set by name.
fn agent(bounds: Bounds, roots: &[Vec<u8>]) -> ureq::Agent {
    let certs = if roots.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::from(roots.iter().map(|der| Certificate::from_der(der).to_owned()))
    };
    let tls = TlsConfig::builder().root_certs(certs).build();
    ureq::Agent::config_builder()
        .proxy(None)
        .tls_config(tls)
        .timeout_global(Some(Duration::from_secs(bounds.seconds)))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(limits::HTTP_HEAD_BYTES)
        .user_agent(concat!("vidimus/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

fn refused(error: ureq::Error, bounds: Bounds) -> NetError {
    if let ureq::Error::BodyExceedsLimit(_) = error {
        return NetError::TooLarge { limit: bounds.body };
    }
    if let ureq::Error::LargeResponseHeader(..) = error {
        return NetError::TooLarge { limit: u64::try_from(limits::HTTP_HEAD_BYTES).unwrap_or(0) };
    }
    if let ureq::Error::Timeout(_) = error {
        return NetError::Timeout { seconds: bounds.seconds };
    }
    if let ureq::Error::HostNotFound = error {
        return NetError::Host;
    }
    NetError::Failed(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Coded};
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// A server that takes one request whole and answers with `answer`; gives its address, and
    /// what it was asked when it is joined.
    fn once(answer: Vec<u8>) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            let mut piece = [0; 4096];
            while !asked.ends_with(b"the body") {
                let count = stream.read(&mut piece).unwrap();
                assert!(count > 0, "{}", String::from_utf8_lossy(&asked));
                asked.extend_from_slice(&piece[..count]);
            }
            stream.write_all(&answer).unwrap();
            String::from_utf8(asked).unwrap()
        });
        (format!("http://{address}/path?q=1"), server)
    }

    fn ask(url: &str, bounds: Bounds) -> Result<Response, NetError> {
        post(url, "text/plain", "text/x.tlog.size", b"the body", bounds)
    }

    fn answer(head: &str, body: &str) -> Vec<u8> {
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    #[test]
    fn an_answer_of_any_status_is_handed_back_and_no_redirect_followed() {
        let table = [
            (
                "200 OK\r\nContent-Type: text/plain; charset=utf-8",
                200,
                Some("text/plain; charset=utf-8"),
            ),
            ("409 Conflict", 409, None),
            ("302 Found\r\nLocation: http://127.0.0.1:1/", 302, None),
            ("307 Temporary Redirect\r\nLocation: https://127.0.0.1:1/", 307, None),
            ("500 Oh", 500, None),
        ];
        for (head, status, content_type) in table {
            let (url, server) = once(answer(head, "5\n"));
            let response = ask(&url, Bounds::default()).unwrap();
            let content_type = content_type.map(ToOwned::to_owned);
            assert_eq!(response, Response { status, content_type, body: b"5\n".to_vec() });
            let asked = server.join().unwrap().to_lowercase();
            assert!(asked.starts_with("post /path?q=1 http/1.1\r\n"), "{asked}");
            for field in [
                "content-type: text/plain\r\n",
                "accept: text/x.tlog.size\r\n",
                concat!("user-agent: vidimus/", env!("CARGO_PKG_VERSION"), "\r\n"),
                "content-length: 8\r\n",
            ] {
                assert!(asked.contains(field), "{field} in {asked}");
            }
        }
    }

    #[test]
    fn an_answer_is_bounded_in_size_and_time() {
        let bounds = |seconds, body| Bounds { seconds, body };
        let (url, _server) = once(answer("200 OK", "1234567"));
        assert!(matches!(ask(&url, bounds(5, 6)), Err(NetError::TooLarge { limit: 6 })));
        let (url, _server) = once(answer("200 OK", "123456"));
        assert!(ask(&url, bounds(5, 6)).is_ok());
        let (url, _server) = once(b"HTTP/1.1 200 OK\r\n\r\n0123456789".to_vec());
        assert!(matches!(ask(&url, bounds(5, 6)), Err(NetError::TooLarge { limit: 6 })));
        let head = format!("200 OK\r\nx: {}", "x".repeat(20_000));
        let (url, _server) = once(answer(&head, ""));
        assert!(matches!(ask(&url, bounds(5, 6)), Err(NetError::TooLarge { limit: 16_384 })));
        // One that takes the connection and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        assert!(matches!(ask(&url, bounds(1, 6)), Err(NetError::Timeout { seconds: 1 })));
    }

    #[test]
    fn what_is_no_answer() {
        for bytes in [&b"junk\r\n\r\n"[..], b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"] {
            let (url, _server) = once(bytes.to_vec());
            let error = ask(&url, Bounds { seconds: 5, body: 100 }).unwrap_err();
            assert_eq!(error.code(), Code::Io, "{error}");
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = ask(&format!("http://{free}/"), Bounds::default()).unwrap_err();
        assert!(matches!(error, NetError::Failed(_)), "{error}");
    }

    #[test]
    fn what_is_no_url() {
        for url in [
            "",
            "example.org",
            "ftp://example.org/",
            "file:///etc/passwd",
            "http://",
            "http:///path",
            "http://user@example.org/",
            "http://user:word@example.org/",
            "http://example.org/#x",
            "http://example.org/ x",
            "http://example.org/\r\nx: y",
            "http://b\u{fc}cher.example/",
            "http://example.org\\x/",
            "HTTP+unix://x/",
        ] {
            assert!(matches!(ask(url, Bounds::default()), Err(NetError::Url)), "{url:?}");
        }
        let lines = post("http://127.0.0.1:1/", "text/plain\r\nx: y", "x", b"", Bounds::default());
        assert!(matches!(lines, Err(NetError::ContentType)));
    }
}
