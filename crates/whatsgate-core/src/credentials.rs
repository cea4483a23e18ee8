//! The account: its key and where the gateway is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use whatsgate_model::{InvalidRequest, is_http_url};

/// The account's secret key, sent as `X-Api-Key` (wire reference, section 1).
///
/// `Debug` shows no part of it, and there is no `Display`.
///
/// ```
/// # use whatsgate_core::ApiKey;
/// let key = ApiKey::new("YOUR_API_KEY")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(redacted)");
/// # Ok::<(), whatsgate_core::InvalidRequest>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Arc<str>);

impl ApiKey {
    /// Checks that the text can stand in a header.
    ///
    /// ```
    /// use whatsgate_core::ApiKey;
    ///
    /// assert!(ApiKey::new("YOUR_API_KEY").is_ok());
    /// assert!(ApiKey::new("YOUR_API_KEY\n").is_err());
    /// ```
    ///
    /// # Errors
    /// When the text is empty or has white space, control or non-ASCII characters, as it has after a clumsy copy.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidRequest> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(InvalidRequest::new("API key", "it is empty"));
        }
        match text.chars().position(|c| !c.is_ascii_graphic()) {
            Some(at) => Err(InvalidRequest::new(
                "API key",
                format!("character {} is white space or not ASCII; was it copied whole and alone?", at + 1),
            )),
            None => Ok(Self(text.into())),
        }
    }

    /// The secret itself, for the header only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

impl FromStr for ApiKey {
    type Err = InvalidRequest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

type KeyFunction = dyn Fn() -> Result<ApiKey, Box<dyn std::error::Error + Send + Sync>> + Send + Sync;

/// Where the key comes from: a fixed one, or a function asked before each request, so that it can live in a vault or be
/// changed while the program runs. It does what the 1C library's `ПолучитьТокенПользователя` does.
#[derive(Clone)]
pub struct KeySource(Source);

#[derive(Clone)]
enum Source {
    Fixed(ApiKey),
    Function(Arc<KeyFunction>),
}

impl KeySource {
    /// Asks `function` before each request. It should be quick, for example read a value kept in memory.
    ///
    /// ```
    /// use whatsgate_core::{ApiKey, KeySource};
    ///
    /// let keys = KeySource::from_fn(|| -> Result<ApiKey, Box<dyn std::error::Error + Send + Sync>> {
    ///     Ok(ApiKey::new(std::fs::read_to_string("/run/secrets/whatsgate")?.trim())?)
    /// });
    /// // Asked before each request; the command fails with `ErrorKind::Key`, and nothing is sent.
    /// assert!(keys.key().is_err());
    /// ```
    pub fn from_fn<F, E>(function: F) -> Self
    where
        F: Fn() -> Result<ApiKey, E> + Send + Sync + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self(Source::Function(Arc::new(move || function().map_err(Into::into))))
    }

    /// The current key.
    ///
    /// # Errors
    /// What the function returned.
    pub fn key(&self) -> Result<ApiKey, Box<dyn std::error::Error + Send + Sync>> {
        match &self.0 {
            Source::Fixed(key) => Ok(key.clone()),
            Source::Function(function) => function(),
        }
    }
}

impl From<ApiKey> for KeySource {
    fn from(key: ApiKey) -> Self {
        Self(Source::Fixed(key))
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Fixed(_) => "KeySource::Fixed(redacted)",
            Source::Function(_) => "KeySource::Function",
        })
    }
}

/// Where the gateway is (wire reference, section 1). The default is [`BaseUrl::ru`].
///
/// ```
/// # use whatsgate_core::BaseUrl;
/// assert_eq!("ru".parse::<BaseUrl>()?.as_str(), "https://whatsgate.ru/api/v1");
/// assert_eq!("org".parse::<BaseUrl>()?.as_str(), "https://whatsgate.org/api/v1");
/// assert_eq!(BaseUrl::new("http://127.0.0.1:8080/api/v1/")?.as_str(), "http://127.0.0.1:8080/api/v1");
/// assert!(BaseUrl::new("whatsgate.ru").is_err());
/// # Ok::<(), whatsgate_core::InvalidRequest>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(Arc<str>);

/// What errors call it.
const BASE_URL: &str = "base URL";

impl BaseUrl {
    /// `https://whatsgate.ru/api/v1`.
    pub fn ru() -> Self {
        Self("https://whatsgate.ru/api/v1".into())
    }

    /// `https://whatsgate.org/api/v1`.
    pub fn org() -> Self {
        Self("https://whatsgate.org/api/v1".into())
    }

    /// Any other address, such as a sandbox's. A slash at the end is dropped.
    ///
    /// # Errors
    /// When the text is not an `http` or `https` URL, or has a user, a query or a fragment.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidRequest> {
        let text = text.as_ref().trim();
        if !is_http_url(text) {
            return Err(InvalidRequest::new(
                BASE_URL,
                "it must be a URL that starts with http:// or https://",
            ));
        }
        if text.contains(['?', '#', '@']) {
            return Err(InvalidRequest::new(BASE_URL, "it must not have a user, a query or a fragment"));
        }
        Ok(Self(text.trim_end_matches('/').into()))
    }

    /// The URL without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self::ru()
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidRequest;

    /// Reads a URL or one of the names `ru` and `org`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ru" => Ok(Self::ru()),
            "org" => Ok(Self::org()),
            _ if !is_http_url(text.trim()) => Err(InvalidRequest::new(
                BASE_URL,
                "it must be ru, org, or a URL that starts with http:// or https://",
            )),
            _ => Self::new(text),
        }
    }
}
