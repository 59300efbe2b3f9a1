//! The head of an HTTP/1 request (RFC 9112), as little of it as a server of ours needs.
//!
//! Stricter than the standard where that keeps one input at one meaning: line ends are CR LF, no
//! field is folded, a body has one Content-Length and no transfer coding.

use crate::limits;

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The method, upper-case letters.
    pub(super) method: String,
    /// The target as sent: `/`, and printable ASCII.
    pub(super) target: String,
    /// The length of the body, in bytes; none when nothing is said of it.
    pub(super) length: Option<u64>,
    /// Whether the client waits to be told to go on before it sends the body.
    pub(super) expects: bool,
}

/// Why a head is refused; each has its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadError {
    /// Not a head of HTTP/1.0 or 1.1.
    Malformed,
    /// More than [`limits::HTTP_FIELDS`] fields.
    TooMany,
    /// A body in a transfer coding.
    Coding,
}

impl HeadError {
    /// The status to answer with.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::TooMany => 431,
            Self::Coding => 501,
        }
    }
}

/// Where the head ends in `bytes`, its last empty line included.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    let mark = b"\r\n\r\n";
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    at.checked_add(mark.len())
}

/// Reads a head, which ends with its empty line.
pub(super) fn parse(bytes: &[u8]) -> Result<Head, HeadError> {
    let text = std::str::from_utf8(bytes).map_err(|_| HeadError::Malformed)?;
    let text = text.strip_suffix("\r\n\r\n").ok_or(HeadError::Malformed)?;
    let mut lines = text.split("\r\n");
    let (method, target) = lines.next().and_then(request_line).ok_or(HeadError::Malformed)?;
    let mut head = Head { method, target, length: None, expects: false };
    for (number, line) in lines.enumerate() {
        if number >= limits::HTTP_FIELDS {
            return Err(HeadError::TooMany);
        }
        let (name, value) = field(line).ok_or(HeadError::Malformed)?;
        head.take(&name, value)?;
    }
    Ok(head)
}

impl Head {
    fn take(&mut self, name: &str, value: &str) -> Result<(), HeadError> {
        match name {
            "content-length" => {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                let length = value.parse().ok().filter(|_| digits);
                if self.length.is_some() || length.is_none() {
                    return Err(HeadError::Malformed);
                }
                self.length = length;
            }
            "transfer-encoding" => return Err(HeadError::Coding),
            "expect" => self.expects = value.eq_ignore_ascii_case("100-continue"),
            _ => {}
        }
        Ok(())
    }
}

fn request_line(line: &str) -> Option<(String, String)> {
    let (method, rest) = line.split_once(' ')?;
    let (target, version) = rest.split_once(' ')?;
    let good = !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_uppercase())
        && target.starts_with('/')
        && target.bytes().all(|byte| byte.is_ascii_graphic())
        && ["HTTP/1.0", "HTTP/1.1"].contains(&version);
    good.then(|| (method.to_owned(), target.to_owned()))
}

/// The name in lower case, and the value without the blanks around it.
fn field(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.split_once(':')?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let good = !name.is_empty()
        && name.bytes().all(token)
        && !value.chars().any(|c| c.is_control() && c != '\t');
    good.then(|| (name.to_ascii_lowercase(), value.trim_matches([' ', '\t'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn heads_that_are_read() {
        let head = |length, expects| {
            Ok(Head { method: "POST".into(), target: "/a?b".into(), length, expects })
        };
        let table = [
            ("POST /a?b HTTP/1.1\r\n\r\n", head(None, false)),
            ("POST /a?b HTTP/1.0\r\nHost: x\r\n\r\n", head(None, false)),
            ("POST /a?b HTTP/1.1\r\nContent-Length: 12\r\n\r\n", head(Some(12), false)),
            ("POST /a?b HTTP/1.1\r\ncontent-length:0\t\r\nX: \u{fc}\r\n\r\n", head(Some(0), false)),
            ("POST /a?b HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n", head(None, true)),
            ("POST /a?b HTTP/1.1\r\nEmpty:\r\n\r\n", head(None, false)),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
            assert_eq!(end(text.as_bytes()), Some(text.len()));
        }
        assert_eq!(end(b"GET / HTTP/1.1\r\n\r\nbody\r\n\r\n"), Some(18));
        assert_eq!(end(b"GET / HTTP/1.1\r\n\r"), None);
    }

    #[test]
    fn heads_that_are_not() {
        let table = [
            ("", HeadError::Malformed),
            ("\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\n\n", HeadError::Malformed),
            ("GET /\r\n\r\n", HeadError::Malformed),
            ("get / HTTP/1.1\r\n\r\n", HeadError::Malformed),
            ("GET  / HTTP/1.1\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/2.0\r\n\r\n", HeadError::Malformed),
            ("GET x HTTP/1.1\r\n\r\n", HeadError::Malformed),
            ("GET /\u{fc} HTTP/1.1\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\r\nx\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\r\nx : y\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\r\nx: y\r\n folded\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\r\nx: y\nz: 1\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", HeadError::Malformed),
            ("GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", HeadError::Malformed),
            (
                "GET / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
                HeadError::Malformed,
            ),
            (
                "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                HeadError::Malformed,
            ),
            ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", HeadError::Coding),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text.as_bytes()), Err(expected), "{text:?}");
        }
        let fields = |count| format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(count));
        assert!(parse(fields(64).as_bytes()).is_ok());
        assert_eq!(parse(fields(65).as_bytes()), Err(HeadError::TooMany));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>, text in "(GET|POST) /?[a-z ]{0,3} HTTP/1.1(\r\n[a-zC: ]{0,9}){0,4}\r\n\r\n") {
            drop(parse(&bytes));
            drop(parse(text.as_bytes()));
            prop_assert!(end(&bytes).is_none_or(|at| at <= bytes.len()));
        }
    }
}
