//! The seam between the protocol and a platform.

use std::future::Future;
use std::time::Duration;

use crate::request::Request;
use crate::response::Response;

/// A platform: sends requests, and tells the time for retries and waits.
///
/// The futures need not be `Send`, so that browsers can implement it; with a transport whose futures are, the client's
/// are too, and can be spawned on any runtime.
pub trait Transport {
    /// What goes wrong between here and the service.
    type Error: TransportError;

    /// Sends a request once, without retries, and follows no redirects: the key would travel along.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, Self::Error>>;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// The time since any fixed moment, by a clock that never goes back.
    fn now(&self) -> Duration;

    /// The time since 1970, as far as this side knows. It only dates failures.
    fn wall_clock(&self) -> Duration;

    /// A number from 0 up to, not including, 1, so that many clients do not try again in step.
    fn random(&self) -> f64;

    /// Whether a request that failed can be sent again. Not if its body or what came of the reply was a stream that
    /// cannot be begun anew.
    fn can_repeat(&self) -> bool {
        true
    }
}

/// An error of a transport, which can say how far the request got.
pub trait TransportError: std::error::Error + 'static {
    /// How far the request got.
    fn failure(&self) -> TransportFailure;
}

/// How far a failed request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportFailure {
    /// There was no connection, so that nothing was sent. When in doubt say [`Connection`](Self::Connection).
    Connect,
    /// The time ran out after something may have been sent.
    Timeout,
    /// The connection broke after something may have been sent.
    Connection,
    /// The caller cancelled it.
    Cancelled,
    /// The request could not even be made; nothing was sent.
    Invalid,
}
