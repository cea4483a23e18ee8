//! The client of an account and its sessions.

use std::fmt;
use std::ops::Deref;

use whatsgate_core::RetryPolicy;
use whatsgate_model::SessionId;

use crate::transport::HttpTransport;

/// The client of an account, made by a [`ClientBuilder`](crate::ClientBuilder).
///
/// Cheap to clone. All methods of [`core::Client`](whatsgate_core::Client) are methods of this one.
#[derive(Clone)]
pub struct Client(whatsgate_core::Client<HttpTransport>);

impl Client {
    pub(crate) fn new(client: whatsgate_core::Client<HttpTransport>) -> Self {
        Self(client)
    }

    /// The commands of one session. Nothing is sent; whether the session exists shows with the first command.
    pub fn session(&self, id: impl Into<SessionId>) -> Session {
        Session { client: self.clone(), commands: self.0.session(id) }
    }

    /// The same client counting what replies hold that the schemas do not know; [`drift`](whatsgate_core::Client::drift)
    /// tells it. See [`core::Client::watching_drift`](whatsgate_core::Client::watching_drift) for what that costs.
    ///
    /// ```
    /// use whatsgate_native::{ApiKey, ClientBuilder};
    ///
    /// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?).build()?.watching_drift();
    /// // … later, for a metric or a log:
    /// assert_eq!(client.drift().total(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn watching_drift(self) -> Self {
        Self(self.0.watching_drift())
    }

    /// The same client with another patience.
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self(self.0.with_retry(retry))
    }
}

impl Deref for Client {
    type Target = whatsgate_core::Client<HttpTransport>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One WhatsApp account linked to the gateway, from [`Client::session`].
///
/// Cheap to clone. All methods of [`core::Session`](whatsgate_core::Session) are methods of this one; with the feature
/// `files` it also sends and receives files without holding them in memory.
#[derive(Clone)]
pub struct Session {
    client: Client,
    commands: whatsgate_core::Session<HttpTransport>,
}

impl Session {
    /// The account's client.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Deref for Session {
    type Target = whatsgate_core::Session<HttpTransport>;

    fn deref(&self) -> &Self::Target {
        &self.commands
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.commands.fmt(f)
    }
}
