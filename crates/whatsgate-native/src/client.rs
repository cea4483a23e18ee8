//! The client of an account and its sessions.

use std::fmt;
use std::ops::Deref;

use whatsgate_core::RetryPolicy;
use whatsgate_model::SessionId;

use crate::transport::HttpTransport;

/// The client of an account, made by a [`ClientBuilder`](crate::ClientBuilder).
///
/// Cheap to clone. All methods of [`core::Client`](whatsgate_core::Client) are methods of this one.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_native::{ApiKey, BaseUrl, ClientBuilder, PhoneNumber};
/// # use whatsgate_sandbox::{Sandbox, Settings};
/// # let sandbox = Sandbox::start(Settings::default()).await?;
/// # let (key, url, shop) = (sandbox.api_key(), sandbox.base_url(), sandbox.ready_session("Shop"));
///
/// let client = ClientBuilder::new(ApiKey::new(key)?).base_url(BaseUrl::new(url)?).build()?;
/// let sent = client.session(shop).send_text(PhoneNumber::new("79999999999")?, "Hello").await?;
/// assert!(sent.message().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Client(whatsgate_core::Client<HttpTransport>);

impl Client {
    pub(crate) fn new(client: whatsgate_core::Client<HttpTransport>) -> Self {
        Self(client)
    }

    /// The commands of one session. Nothing is sent; whether the session exists shows with the first command.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::{PhoneNumber, SessionId};
    ///
    /// let shop = client.session(SessionId::new("191b80a9238")?);
    /// shop.send_text(PhoneNumber::new("79999999999")?, "Hello").await?;
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// use std::time::Duration;
    /// use whatsgate_native::{ApiKey, ClientBuilder, RetryPolicy};
    ///
    /// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?).build()?;
    /// // A page waits for this one.
    /// let hasty = client.clone().with_retry(RetryPolicy::default().with_deadline(Duration::from_secs(5)));
    /// # drop((client, hasty));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
///
/// ```
/// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_native::{EventsGetRequest, PhoneNumber, TryStreamExt};
///
/// let customer = PhoneNumber::new("79999999999")?;
/// if session.is_registered(&customer).await? {
///     session.send_text(&customer, "Your order is ready").await?;
/// }
/// let past: Vec<_> = session.events(EventsGetRequest::new()).try_collect().await?;
/// println!("{} events, {} sessions", past.len(), session.client().sessions_page(Default::default()).await?.data.len());
/// # Ok(())
/// # }
/// ```
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
