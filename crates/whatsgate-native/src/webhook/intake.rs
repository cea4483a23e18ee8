//! Who takes what is posted.

use std::future::Future;
use std::time::Duration;

use whatsgate_model::Event;

use super::response::HookResponse;

/// Takes events that are posted to paths of its own, for programs that do more with them than a
/// [`Receiver`](crate::Receiver): served by [`serve_intake`](crate::serve_intake).
pub trait Intake: Send + Sync + 'static {
    /// Whether events are received at this path. Everything else is answered with 404.
    ///
    /// Compare in constant time: a path is the only secret that the gateway has with its receiver.
    fn receives_at(&self, path: &str) -> bool;

    /// Takes an event that was posted to a path, and answers. What is `held` counts against the limits until it is dropped.
    fn take<H: Send + 'static>(
        &self,
        path: &str,
        event: Event,
        held: H,
    ) -> impl Future<Output = HookResponse> + Send;
}

/// What the other side may take of time and room.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HookLimits {
    /// The most bytes of one body; 16 MiB unless told otherwise.
    pub body: usize,
    /// The most bytes of all bodies that are held at a time; 32 MiB unless told otherwise.
    pub memory: usize,
    /// The most connections; 1024 unless told otherwise.
    pub connections: usize,
    /// How long the head of a request may take, and how long its body; 30 seconds each unless told otherwise.
    pub read_timeout: Duration,
}

impl Default for HookLimits {
    fn default() -> Self {
        Self { body: 16 << 20, memory: 32 << 20, connections: 1024, read_timeout: Duration::from_secs(30) }
    }
}
