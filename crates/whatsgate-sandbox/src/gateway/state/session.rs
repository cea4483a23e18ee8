//! Sessions and what they look like in each reply (wire reference, section 5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chats::Chats;
use super::keys::{AccountIndex, SessionKey};
use super::messages::Messages;
use crate::gateway::clock::date_text;
use crate::settings::{Language, Settings};

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionState {
    /// Starting.
    Pending,
    /// Shows a QR code or a pairing code.
    Authorizing,
    /// Linked and usable.
    Ready,
}

impl SessionState {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Authorizing => "AUTH",
            Self::Ready => "READY",
        }
    }

    fn name(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Pending, Language::English) => "Initialization",
            (Self::Authorizing, Language::English) => "Authorization",
            (Self::Ready, Language::English) => "Working",
            (Self::Pending, Language::Russian) => "Инициализация",
            (Self::Authorizing, Language::Russian) => "Авторизация",
            (Self::Ready, Language::Russian) => "Работает",
        }
    }
}

/// What a session shows to be linked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkingCode {
    /// Nothing yet, it is starting.
    NotYet,
    /// The text of a QR code.
    Qr(String),
    /// A pairing code.
    Pairing(String),
    /// Nothing any more, it is linked.
    Linked,
}

/// One WhatsApp account linked, or to be linked, to the gateway.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) number: u64,
    pub(crate) account: AccountIndex,
    pub(crate) id: SessionKey,
    pub(crate) name: String,
    pub(crate) state: SessionState,
    pub(crate) callback: Option<String>,
    pub(crate) created: u64,
    /// The text of the QR code while one is shown.
    pub(crate) qr: Option<String>,
    /// The pairing code, for a session linked by number.
    pub(crate) pairing_code: Option<String>,
    /// The phone number of the account.
    pub(crate) phone: String,
    pub(crate) pushname: String,
    pub(crate) chats: Chats,
    pub(crate) messages: Messages,
    /// The chats whose other side has switched its phone off.
    pub(crate) switched_off: BTreeSet<String>,
    /// The chats in which the session types, and until when.
    pub(crate) typing: BTreeMap<String, u64>,
}

impl Session {
    /// The WhatsApp id of the account.
    pub(crate) fn wid(&self) -> String {
        format!("{}@c.us", self.phone)
    }

    /// What the session shows now.
    pub(crate) fn code(&self) -> LinkingCode {
        match (self.state, &self.pairing_code, &self.qr) {
            (SessionState::Ready, _, _) => LinkingCode::Linked,
            (SessionState::Authorizing, Some(code), _) => LinkingCode::Pairing(code.clone()),
            (SessionState::Authorizing, None, Some(qr)) => LinkingCode::Qr(qr.clone()),
            _ => LinkingCode::NotYet,
        }
    }

    /// As `session-create` returns it.
    pub(crate) fn to_created(&self, settings: &Settings) -> Value {
        let mut session = self.common(settings, self.state.code(), self.state.name(settings.language));
        session["callback"] = json!(self.callback);
        session["qr_link"] = json!(self.qr_link(settings));
        session["qr"] = Value::Null;
        if let Some(code) = &self.pairing_code {
            session["code"] = json!(code);
        }
        session
    }

    /// As `sessions-get` lists it.
    pub(crate) fn to_listed(&self, settings: &Settings) -> Value {
        let mut session = self.common(settings, self.state.code(), self.state.name(settings.language));
        session["callback"] = json!(self.callback.as_deref().unwrap_or_default());
        let link = if self.state == SessionState::Ready { String::new() } else { self.qr_link(settings) };
        session["qr_link"] = json!(link);
        if let Some(code) = self.pairing_code.as_ref().filter(|_| self.state != SessionState::Ready) {
            session["code"] = json!(code);
        }
        session
    }

    /// As `session-delete` returns it.
    pub(crate) fn to_deleted(&self, settings: &Settings) -> Value {
        let name = match settings.language {
            Language::English => "Deleting",
            Language::Russian => "Удаление",
        };
        let mut session = self.common(settings, "DESTROYING", name);
        session["callback"] = Value::Null;
        session
    }

    pub(crate) fn qr_link(&self, settings: &Settings) -> String {
        format!("{}/qr/{}", settings.public_url.as_deref().unwrap_or("http://localhost"), &*self.id)
    }

    fn common(&self, settings: &Settings, status: &str, status_name: &str) -> Value {
        let linked = self.state == SessionState::Ready;
        json!({
            "id": self.number,
            "name": self.name,
            "unique_id": self.id,
            "status": status,
            "status_name": status_name,
            "date_add": date_text(self.created, settings.utc_offset),
            "pushname": linked.then_some(&self.pushname),
            "wid": linked.then(|| self.wid()),
        })
    }
}
