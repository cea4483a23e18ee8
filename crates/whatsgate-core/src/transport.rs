//! The seam between the protocol and a platform.

use std::future::Future;
use std::time::Duration;

use crate::request::Request;
use crate::response::Response;

/// Sends requests.
///
/// The futures need not be `Send`, so that browsers can implement it; with a transport and a platform whose futures are,
/// the client's are too, and can be spawned on any runtime.
pub trait Transport {
    /// What goes wrong between here and the service.
    type Error: TransportError;

    /// Where the time and chance come from.
    type Platform: Platform;

    /// What names a file to send: a path, a `Blob`. A transport that sends no files but those in memory has
    /// [`Infallible`](std::convert::Infallible) here, of which there is no value.
    type File: Clone;

    /// Sends a request once, without retries, and follows no redirects: the key would travel along. Reads no more of the
    /// response than [`Request::reply_limit`] allows.
    fn send(&self, request: Request<Self::File>) -> impl Future<Output = Result<Response, Self::Error>>;
}

/// Time and chance, for retries and waits.
pub trait Platform {
    /// The time since any fixed moment, by a clock that never goes back.
    fn now(&self) -> Duration;

    /// The time since the beginning of 1970 in UTC, by the clock on the wall.
    fn wall_clock(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// A number from 0 up to, not including, 1, so that many clients do not try again in step.
    fn random(&self) -> f64;

    /// Does work that may take long, such as reading a reply of many megabytes, where it holds up nothing else; on the spot
    /// unless the platform has a better place.
    fn work<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> impl Future<Output = R> {
        async { work() }
    }
}

/// An error of a transport, which can say how far the request got.
pub trait TransportError: std::error::Error + 'static {
    /// How far the request got.
    fn failure(&self) -> TransportFailure;

    /// Whether the request can be sent again. Not if its file, or what took the file of its reply, cannot be begun anew.
    fn can_repeat(&self) -> bool {
        true
    }
}

/// How far a failed request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportFailure {
    /// There was no connection, so that nothing was sent. When in doubt say [`Connection`](Self::Connection).
    Connect,
    /// It broke off, or the time ran out, before the end of the request was handed to the network: the service cannot have
    /// seen a whole JSON document. When in doubt say [`Connection`](Self::Connection).
    Incomplete,
    /// The time ran out after something may have been sent.
    Timeout,
    /// The connection broke after something may have been sent.
    Connection,
    /// The caller cancelled it.
    Cancelled,
    /// The caller cancelled it before anything of it was sent.
    CancelledBefore,
    /// The request could not be made, or not to its end; nothing that the service could carry out was sent.
    Invalid,
}
