//! Making a client.

use std::fmt;
use std::time::Duration;

use whatsgate_core::{ApiKey, BaseUrl, InvalidRequest, KeySource, ReplyLimits, RetryPolicy};
use whatsgate_model::{InvalidValue, SessionId};

use crate::Client;
use crate::exchange::{Exchange, Observer};
use crate::platform::TokioPlatform;
use crate::transport::{HttpTransport, Timeouts};

/// The environment variable with the account's key.
pub const API_KEY_VARIABLE: &str = "WHATSGATE_API_KEY";
/// The environment variable with the id of a session.
pub const SESSION_VARIABLE: &str = "WHATSGATE_SESSION";
/// The environment variable with the base URL, or with one of the names `ru` and `org`.
pub const BASE_URL_VARIABLE: &str = "WHATSGATE_BASE_URL";

/// Settings that cannot be used. Shows no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// An environment variable is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// The value of an environment variable, or of another setting, is wrong.
    #[error("{name}: {source}")]
    Invalid {
        /// The variable or setting.
        name: &'static str,
        /// The mistake.
        source: InvalidRequest,
    },
    /// The session's id is wrong.
    #[error("{SESSION_VARIABLE}: {0}")]
    Session(#[source] InvalidValue),
    /// The proxy's URL is wrong.
    #[error("the proxy's URL cannot be used")]
    Proxy(#[source] HttpSetupError),
    /// The HTTP client cannot be made, for example because the system's certificates cannot be read.
    #[error("the HTTP client cannot be made")]
    Http(#[source] HttpSetupError),
}

/// Why the HTTP library refused its settings; opaque.
pub struct HttpSetupError(reqwest::Error);

impl fmt::Display for HttpSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for HttpSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for HttpSetupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

impl HttpSetupError {
    fn new(error: reqwest::Error) -> Self {
        // A proxy's URL may hold a password.
        Self(error.without_url())
    }
}

/// Makes a [`Client`].
///
/// Unless told otherwise it talks to `https://whatsgate.ru/api/v1`, gives up connecting after 10 seconds, small requests
/// after 30 seconds and requests with files after 10 minutes, uses the system's proxy, and follows no redirects.
///
/// ```
/// use std::time::Duration;
/// use whatsgate_native::{ApiKey, BaseUrl, ClientBuilder};
///
/// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?)
///     .base_url(BaseUrl::org())
///     .timeout(Duration::from_secs(10))
///     .build()?;
/// assert_eq!(client.base_url().as_str(), "https://whatsgate.org/api/v1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ClientBuilder {
    key: KeySource,
    base_url: BaseUrl,
    retry: RetryPolicy,
    limits: ReplyLimits,
    connect_timeout: Duration,
    timeouts: Timeouts,
    proxy: Option<String>,
    http: Option<reqwest::Client>,
    observer: Observer,
}

impl ClientBuilder {
    /// A client with this key, or with one that comes from a function: see [`KeySource::from_fn`].
    ///
    /// ```
    /// use whatsgate_native::{ApiKey, ClientBuilder, KeySource};
    ///
    /// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?).build()?;
    /// // Asked for the key before each request, which may be another one by then:
    /// let today = || -> Result<ApiKey, Box<dyn std::error::Error + Send + Sync>> {
    ///     Ok(ApiKey::new(std::fs::read_to_string("/run/secrets/whatsgate")?.trim())?)
    /// };
    /// let rotating = ClientBuilder::new(KeySource::from_fn(today)).build()?;
    /// # drop((client, rotating));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(key: impl Into<KeySource>) -> Self {
        Self {
            key: key.into(),
            base_url: BaseUrl::default(),
            retry: RetryPolicy::default(),
            limits: ReplyLimits::default(),
            connect_timeout: Duration::from_secs(10),
            timeouts: Timeouts { light: Duration::from_secs(30), media: Duration::from_secs(600) },
            proxy: None,
            http: None,
            observer: Observer::default(),
        }
    }

    /// Takes the key from `WHATSGATE_API_KEY` and the base URL, if it is set, from `WHATSGATE_BASE_URL`.
    ///
    /// ```
    /// use whatsgate_native::{ClientBuilder, ConfigError};
    ///
    /// match ClientBuilder::from_env() {
    ///     Ok(builder) => println!("{}", builder.build()?.base_url().as_str()),
    ///     Err(ConfigError::Missing(variable)) => eprintln!("set {variable} first"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok::<(), ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// When the key is not set, or one of the two is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let key = variable(API_KEY_VARIABLE).ok_or(ConfigError::Missing(API_KEY_VARIABLE))?;
        let key = ApiKey::new(key.trim()).map_err(invalid(API_KEY_VARIABLE))?;
        let mut builder = Self::new(key);
        if let Some(url) = variable(BASE_URL_VARIABLE) {
            builder.base_url = url.trim().parse().map_err(invalid(BASE_URL_VARIABLE))?;
        }
        Ok(builder)
    }

    /// Where the gateway is.
    pub fn base_url(mut self, base_url: BaseUrl) -> Self {
        self.base_url = base_url;
        self
    }

    /// How patient the client is; see [`RetryPolicy`].
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How large replies may be; see [`ReplyLimits`]. A file that is [saved](crate::files) has the limit of its download
    /// instead.
    pub fn reply_limits(mut self, limits: ReplyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How long connecting may take; at most three quarters of the shortest time that a request may take in all, so that
    /// connecting in vain is never taken for a missing reply.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a small request may take in all.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.light = timeout;
        self
    }

    /// How long a request may take in all when a file travels in it or in its reply.
    pub fn media_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.media = timeout;
        self
    }

    /// Goes through this proxy (`http://user:password@host:port`) instead of the system's.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Uses this HTTP client, with its own connect timeout, proxy and TLS settings, instead of making one. Wants the
    /// feature `reqwest`, which ties a program to this version of [`reqwest`].
    ///
    /// Turn its redirects off, or the key travels to wherever a redirect points.
    ///
    /// ```
    /// use whatsgate_native::{ApiKey, ClientBuilder, reqwest};
    ///
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let http = reqwest::Client::builder()
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .user_agent("shop/1.0")
    ///     .build()?;
    /// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?).reqwest_client(http).build()?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "reqwest")]
    pub fn reqwest_client(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Calls `observe` with what becomes of each exchange, to count them and take their times. It is called on the way of every
    /// request: it must be quick, and must not block.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use whatsgate_native::{ApiKey, ClientBuilder};
    ///
    /// let failed = Arc::new(AtomicUsize::new(0));
    /// let count = Arc::clone(&failed);
    /// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?)
    ///     .on_exchange(move |exchange| {
    ///         if exchange.status.is_none() {
    ///             count.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_exchange(mut self, observe: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(observe);
        self
    }

    /// Makes the client. Connects to nothing yet.
    ///
    /// ```
    /// use std::time::Duration;
    /// use whatsgate_native::{ApiKey, BaseUrl, ClientBuilder, ReplyLimits, RetryPolicy};
    ///
    /// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?)
    ///     .base_url(BaseUrl::new("http://127.0.0.1:8080/api/v1")?)
    ///     .retry(RetryPolicy::default().with_max_tries(3))
    ///     .reply_limits(ReplyLimits::default().with_file(32 << 20))
    ///     .connect_timeout(Duration::from_secs(3))
    ///     .timeout(Duration::from_secs(10))
    ///     .media_timeout(Duration::from_secs(120))
    ///     .proxy("http://127.0.0.1:3128")
    ///     .build()?;
    /// assert_eq!(client.base_url().as_str(), "http://127.0.0.1:8080/api/v1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the proxy's URL is wrong or the HTTP client cannot be made.
    pub fn build(self) -> Result<Client, ConfigError> {
        let (http, default_timeout) = if let Some(http) = self.http {
            (http, None)
        } else {
            let shortest = self.timeouts.light.min(self.timeouts.media);
            let connect_timeout = self.connect_timeout.min(shortest / 4 * 3);
            let proxy = self.proxy.as_deref();
            let http = match http_client(connect_timeout, self.timeouts.light, proxy, true) {
                // A bare system has no certificates, and a sandbox needs none.
                Err(ConfigError::Http(_)) if self.base_url.as_str().starts_with("http://") => {
                    http_client(connect_timeout, self.timeouts.light, proxy, false)?
                }
                made => made?,
            };
            (http, Some(self.timeouts.light))
        };
        let transport = HttpTransport::new(http, self.timeouts, default_timeout, self.observer);
        let client = whatsgate_core::Client::new(transport, TokioPlatform::new(), self.base_url, self.key);
        Ok(Client::new(client.with_retry(self.retry).with_reply_limits(self.limits)))
    }
}

/// The session named by `WHATSGATE_SESSION`.
///
/// ```
/// # fn example(client: whatsgate_native::Client) -> Result<(), whatsgate_native::ConfigError> {
/// let session = client.session(whatsgate_native::session_from_env()?);
/// println!("{}", session.id());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the variable is not set or is no session id.
pub fn session_from_env() -> Result<SessionId, ConfigError> {
    let id = variable(SESSION_VARIABLE).ok_or(ConfigError::Missing(SESSION_VARIABLE))?;
    SessionId::new(id.trim()).map_err(ConfigError::Session)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn invalid(name: &'static str) -> impl FnOnce(InvalidRequest) -> ConfigError {
    move |source| ConfigError::Invalid { name, source }
}

fn http_client(
    connect_timeout: Duration,
    timeout: Duration,
    proxy: Option<&str>,
    with_certificates: bool,
) -> Result<reqwest::Client, ConfigError> {
    // A program may have chosen its own provider; then it stays, and the error of a second installation means just that.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .timeout(timeout)
        // Servers close what is idle for a minute or so, and a message sent into a closing connection is not repeated.
        .pool_idle_timeout(Duration::from_secs(25))
        .redirect(reqwest::redirect::Policy::none())
        // Whether a request is made again is the core's decision alone.
        .retry(reqwest::retry::never())
        .user_agent(concat!("whatsgate-rust/", env!("CARGO_PKG_VERSION")));
    if !with_certificates {
        builder = builder.tls_certs_only([]);
    }
    if let Some(url) = proxy {
        builder = builder
            .proxy(reqwest::Proxy::all(url).map_err(|error| ConfigError::Proxy(HttpSetupError::new(error)))?);
    }
    builder.build().map_err(|error| ConfigError::Http(HttpSetupError::new(error)))
}
