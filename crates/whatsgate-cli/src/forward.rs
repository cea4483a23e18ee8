//! A URL that handles an event.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, Url, header, redirect, retry};

use crate::causes::with_causes;
use crate::command_error::CommandError;
use crate::letter::Letter;

/// Where events are posted to. The URL may hold a secret and is never shown.
pub(crate) struct Forward {
    client: Client,
    url: Url,
}

impl Forward {
    pub(crate) fn read(url: &str, deadline: Duration) -> Result<Self, CommandError> {
        let url = http_url("--forward", url)?;
        // Another provider may have been chosen; then it stays, and the error means just that.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(deadline)
            .pool_idle_timeout(Duration::from_secs(25))
            // What is elsewhere is not what was said.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .user_agent(concat!("whatsgate-cli/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("--forward: HTTP cannot be set up")
            .map_err(CommandError::local)?;
        Ok(Self { client, url })
    }

    /// Posts an event, which is handled when the answer has a status of success.
    pub(crate) async fn handle(&self, letter: &Letter) -> Result<(), String> {
        let mut request = self.client.post(self.url.clone()).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in letter.headers() {
            request = request.header(name, value);
        }
        match request.body(letter.json.clone()).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("the URL answered with status {}", answer.status().as_u16())),
            Err(error) if error.is_timeout() => Err("the URL did not answer in time".to_owned()),
            Err(error) => Err(format!("the URL did not answer: {}", with_causes(&error.without_url()))),
        }
    }
}

/// A URL of HTTP; the error does not repeat it.
pub(crate) fn http_url(option: &str, text: &str) -> Result<Url, CommandError> {
    let url =
        Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        CommandError::usage(format!("{option}: it must be a URL that begins with http:// or https://"))
    })
}
