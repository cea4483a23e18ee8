//! What programs may take.

use std::time::Duration;

/// What programs may take of the service's time and room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many connections there are at a time. Others wait to be taken.
    pub connections: usize,
    /// How many calls wait for events or for what becomes of a message at a time. Others are told to come back.
    pub waiting: usize,
    /// The longest that a call waits; longer waits are shortened to it.
    pub wait: Duration,
    /// The largest body in JSON, in bytes.
    pub body: usize,
    /// The largest file that is uploaded, in bytes.
    pub file: u64,
    /// For how long a body may pause.
    pub body_pause: Duration,
}

impl Default for Limits {
    /// 2,048 connections, 1,024 that wait, two minutes, 1 MiB, 2 GiB, 30 seconds.
    fn default() -> Self {
        Self {
            connections: 2_048,
            waiting: 1_024,
            wait: Duration::from_secs(120),
            body: 1 << 20,
            file: 2 << 30,
            body_pause: Duration::from_secs(30),
        }
    }
}
