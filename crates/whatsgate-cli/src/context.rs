//! What every command needs: the client, the session, the form of the output.

use whatsgate_native::core::InvalidRequest;
use whatsgate_native::model::{GroupNumber, Recipient, SessionId};
use whatsgate_native::{
    API_KEY_VARIABLE, ApiKey, BASE_URL_VARIABLE, BaseUrl, Client, ClientBuilder, SESSION_VARIABLE, Session,
};

use crate::args::{self, Global, Key};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::Secret;

pub(crate) struct Context {
    global: Global,
    pub(crate) output: Output,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let output = Output::new(global.json, Secret::new(global.api_key.clone()).if_long());
        Self { global, output }
    }

    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let Some(key) = self.global.api_key.as_ref().filter(|key| !key.0.trim().is_empty()) else {
            return Err(Failure::usage(format!("the account's key is missing: set {API_KEY_VARIABLE}")));
        };
        let base_url = match self.global.base_url.trim() {
            "" => BaseUrl::default(),
            url => url.parse().map_err(|error| invalid("--base-url", BASE_URL_VARIABLE, &error))?,
        };
        let key = key.read().map_err(|error| invalid("--api-key", API_KEY_VARIABLE, &error))?;
        Ok(ClientBuilder::new(key).base_url(base_url).build()?)
    }

    /// The id of the session, if one is given.
    pub(crate) fn session_id(&self) -> Result<Option<SessionId>, Failure> {
        let id = self.global.session.as_deref().map(str::trim).filter(|id| !id.is_empty());
        id.map(SessionId::new).transpose().map_err(|error| invalid("--session", SESSION_VARIABLE, &error))
    }

    pub(crate) fn session(&self) -> Result<Session, Failure> {
        let Some(id) = self.session_id()? else {
            return Err(Failure::usage(format!(
                "the session's id is missing: set {SESSION_VARIABLE} or give --session; \
                 `whatsgate sessions list` shows the ids"
            )));
        };
        Ok(self.client()?.session(id))
    }
}

/// A setting with a mistake; the error does not repeat the value.
fn invalid(option: &str, variable: &str, error: &dyn std::error::Error) -> Failure {
    Failure::usage(format!("{option} or {variable}: {error}"))
}

impl Key {
    pub(crate) fn read(&self) -> Result<ApiKey, InvalidRequest> {
        ApiKey::new(self.0.trim())
    }
}

impl args::Recipient {
    pub(crate) fn read(&self) -> Result<Recipient, Failure> {
        if self.group && self.recipient.trim().ends_with("@c.us") {
            return Err(Failure::usage(
                "--group: an id that ends in @c.us is a person's, a group's ends in @g.us",
            ));
        }
        if self.group && !self.recipient.contains('@') {
            Ok(GroupNumber::new(&self.recipient).map(Recipient::from)?)
        } else {
            Ok(self.recipient.parse()?)
        }
    }
}
