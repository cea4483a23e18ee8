//! What every command needs: the client, the session, the form of the output.

use whatsgate_native::model;
use whatsgate_native::model::{GroupNumber, Recipient};
use whatsgate_native::{API_KEY_VARIABLE, Client, ClientBuilder, SESSION_VARIABLE, Session};

use crate::args::{self, Global};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) output: Output,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        let output = Output::new(global.json);
        Self { global, output }
    }

    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let Some(key) = self.global.api_key.clone() else {
            return Err(Failure::usage(format!("the account's key is missing: set {API_KEY_VARIABLE}")));
        };
        Ok(ClientBuilder::new(key).base_url(self.global.base_url.clone()).build()?)
    }

    pub(crate) fn session(&self) -> Result<Session, Failure> {
        let Some(id) = self.global.session.clone() else {
            return Err(Failure::usage(format!(
                "the session's id is missing: set {SESSION_VARIABLE} or give --session; \
                 `whatsgate sessions list` shows the ids"
            )));
        };
        Ok(self.client()?.session(id))
    }
}

impl args::Recipient {
    pub(crate) fn read(&self) -> Result<Recipient, Failure> {
        let read = if self.group && !self.recipient.contains('@') {
            GroupNumber::new(&self.recipient).map(Recipient::from)
        } else {
            self.recipient.parse()
        };
        read.map_err(|error: model::InvalidValue| Failure::usage(error.to_string()))
    }
}
