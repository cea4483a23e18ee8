//! What every command needs: the client, the session, the form of the output.

use whatsgate_native::model::SessionId;
use whatsgate_native::{
    API_KEY_VARIABLE, BASE_URL_VARIABLE, BaseUrl, Client, ClientBuilder, SESSION_VARIABLE, Session,
};

use crate::command_error::CommandError;
use crate::global::Global;
use crate::output::Output;
use crate::secret::{Key, Secret};

pub(crate) struct Context {
    global: Global,
    pub(crate) output: Output,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let output = Output::new(global.json, Secret::new(global.api_key.clone()).if_long());
        Self { global, output }
    }

    /// The key as it was typed.
    pub(crate) fn key(&self) -> Option<&Key> {
        self.global.api_key.as_ref()
    }

    /// The base URL as it was typed.
    pub(crate) fn base_url(&self) -> &str {
        &self.global.base_url
    }

    /// The session's id as it was typed.
    pub(crate) fn session_text(&self) -> Option<&str> {
        self.global.session.as_deref()
    }

    pub(crate) fn client(&self) -> Result<Client, CommandError> {
        Ok(self.client_builder()?.build()?)
    }

    /// The settings of the client.
    pub(crate) fn client_builder(&self) -> Result<ClientBuilder, CommandError> {
        let Some(key) = self.global.api_key.as_ref().filter(|key| !key.0.trim().is_empty()) else {
            return Err(CommandError::usage(format!("the account's key is missing: set {API_KEY_VARIABLE}")));
        };
        let base_url = match self.global.base_url.trim() {
            "" => BaseUrl::default(),
            url => url.parse().map_err(|error| invalid("--base-url", BASE_URL_VARIABLE, &error))?,
        };
        let key = key.read().map_err(|error| invalid("--api-key", API_KEY_VARIABLE, &error))?;
        Ok(ClientBuilder::new(key).base_url(base_url))
    }

    /// The id of the session, if one is given.
    pub(crate) fn session_id(&self) -> Result<Option<SessionId>, CommandError> {
        let id = self.global.session.as_deref().map(str::trim).filter(|id| !id.is_empty());
        id.map(SessionId::new).transpose().map_err(|error| invalid("--session", SESSION_VARIABLE, &error))
    }

    pub(crate) fn session(&self) -> Result<Session, CommandError> {
        let Some(id) = self.session_id()? else {
            return Err(CommandError::usage(format!(
                "the session's id is missing: set {SESSION_VARIABLE} or give --session; \
                 `whatsgate sessions list` shows the ids"
            )));
        };
        Ok(self.client()?.session(id))
    }
}

/// A setting with a mistake; the error does not repeat the value.
fn invalid(option: &str, variable: &str, error: &dyn std::error::Error) -> CommandError {
    CommandError::usage(format!("{option} or {variable}: {error}"))
}
