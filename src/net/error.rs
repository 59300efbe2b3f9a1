//! Why nothing came over a socket.

use crate::finding::{Code, Coded};

/// Why a server could not be asked, or an address not be listened on. Which one it was is the
/// caller's to say.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// Not a URL that is used here.
    #[error(
        "not an http:// or https:// URL of plain ASCII without user name and fragment, such as https://host/path"
    )]
    Url,
    /// A content type that cannot stand in a head.
    #[error("not a content type")]
    ContentType,
    /// Nobody knows the host.
    #[error("the host of the URL was not found")]
    Host,
    /// No whole answer in the time there was.
    #[error("no whole answer in {seconds} seconds")]
    Timeout {
        /// The bound.
        seconds: u64,
    },
    /// More bytes than are accepted.
    #[error("an answer larger than {limit} bytes, the most that is accepted here")]
    TooLarge {
        /// The bound, in bytes.
        limit: u64,
    },
    /// No connection, no trusted certificate, or an answer that is no HTTP.
    #[error("no answer")]
    Failed(#[source] Box<ureq::Error>),
    /// The system lets nobody listen at this address.
    #[error("cannot listen at this address")]
    Listen(#[source] std::io::Error),
}

impl Coded for NetError {
    fn code(&self) -> Code {
        match self {
            Self::Url | Self::ContentType => Code::Malformed,
            Self::TooLarge { .. } => Code::Limit,
            Self::Host | Self::Timeout { .. } | Self::Failed(_) | Self::Listen(_) => Code::Io,
        }
    }
}
