//! The commands: read, checked against the grant, made anew, and passed on.

use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State as In};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use serde::Serialize;
use whatsgate_native::Outcome;
use whatsgate_native::model::{
    CheckRequest, Command, EventsGetRequest, GetChatsRequest, GetMediaRequest, GetMessageMediaRequest,
    SeenRequest, SendRequest, TypingRequest, from_json,
};

use crate::allowed;
use crate::caller::{Caller, unknown};
use crate::events;
use crate::gate::Seats;
use crate::grant::RelayCommand;
use crate::listed;
use crate::refusal::Refusal;
use crate::relay::App;
use crate::tokens::{self, Pass, Spent};

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(60);

pub(crate) async fn command(
    In(relay): In<App>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // What is no text names no command.
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let Some(command) = RelayCommand::from_name(&name) else {
        let known = whatsgate_native::core::COMMANDS.iter().find(|command| command.name == name);
        let answer = match relay.caller(request.headers()).await {
            Ok(_) if known.is_some() => {
                Err(Refusal::forbidden("command: no token allows this one; nothing was done"))
            }
            Ok(_) => Err(Refusal::missing()),
            Err(refusal) => Err(refusal),
        };
        return relay.answer(known.map_or("other", |command| command.name), answer);
    };
    relay.answer(command.name(), relay.carry_out(command, request).await)
}

impl App {
    /// A body that is passed on.
    pub(crate) fn json(&self, reply: &impl Serialize) -> Result<Response, Refusal> {
        let body = serde_json::to_string(reply).map_err(|_| Refusal::busy())?;
        Ok(([(header::CONTENT_TYPE, "application/json")], self.without_key(body)).into_response())
    }

    /// JSON of the gateway's, which may repeat what it was sent.
    pub(crate) fn without_key(&self, json: String) -> String {
        match self.client.key_source().key() {
            Ok(key) if json.contains(key.expose()) => json.replace(key.expose(), "[removed]"),
            _ => json,
        }
    }

    async fn carry_out(&self, command: RelayCommand, request: Request) -> Result<Response, Refusal> {
        let caller = self.caller(request.headers()).await?;
        let pass = &caller.pass;
        allowed::command(&pass.grant, command)?;
        // A file fills memory, on its way there or back: of these there are few at a time.
        let _seats =
            if self.has_file(command, pass, &request) { Some(self.file_seats(&caller)?) } else { None };
        let body = read(request.into_body(), self.largest(command, pass)).await?;
        match command {
            RelayCommand::Send => self.send(pass, parse(&body)?).await,
            RelayCommand::Seen => {
                let request: SeenRequest = parse(&body)?;
                allowed::session(&pass.grant, &request.session)?;
                allowed::recipient(&pass.grant, &request.recipient)?;
                self.pass_on(&request).await
            }
            RelayCommand::Typing => {
                let request: TypingRequest = parse(&body)?;
                allowed::session(&pass.grant, &request.session)?;
                allowed::recipient(&pass.grant, &request.recipient)?;
                self.pass_on(&request).await
            }
            RelayCommand::Check => {
                let request: CheckRequest = parse(&body)?;
                allowed::session(&pass.grant, &request.session)?;
                self.pass_on(&request).await
            }
            RelayCommand::GetChats => {
                let request: GetChatsRequest = parse(&body)?;
                allowed::session(&pass.grant, &request.session)?;
                let mut reply = self.call(&request).await?;
                reply.data.items.retain(|chat| pass.grant.chats.hold(chat.id.as_str()));
                self.json(&reply)
            }
            RelayCommand::GetMedia => {
                let request: GetMediaRequest = parse(&body)?;
                allowed::session(&pass.grant, &request.session)?;
                allowed::media(&pass.grant, &request)?;
                self.pass_on(&request).await
            }
            RelayCommand::GetMessageMedia => {
                let request: GetMessageMediaRequest = parse(&body)?;
                allowed::session(&pass.grant, &request.session)?;
                if !allowed::is_of_a_chat(&pass.grant, &request) && !self.has(pass, &request).await? {
                    return Err(allowed::no_chat());
                }
                self.pass_on(&request).await
            }
            RelayCommand::EventsGet => {
                let mut request: EventsGetRequest = parse(&body)?;
                allowed::session(
                    &pass.grant,
                    request.session.get_or_insert_with(|| pass.grant.session.clone()),
                )?;
                request.check().map_err(|error| Refusal::invalid(error.to_string()))?;
                events::page(self, pass, request).await
            }
        }
    }

    /// Sends a message of which there is one left. What certainly was not sent is given back.
    async fn send(&self, pass: &Pass, request: SendRequest) -> Result<Response, Refusal> {
        allowed::session(&pass.grant, &request.session)?;
        allowed::message(&pass.grant, &request)?;
        request.check().map_err(|error| Refusal::invalid(error.to_string()))?;
        let bytes = allowed::bytes(&request)?;
        let _seat = self.seat()?;
        let hash = pass.hash.clone();
        match self.store.run(move |tables| tokens::take(tables, &hash, bytes)).await? {
            Ok(()) => {}
            Err(Spent::Gone) => return Err(unknown()),
            Err(Spent::Sends) => {
                return Err(Refusal::forbidden(
                    "budget: the token's messages are all sent; nothing was done",
                ));
            }
            Err(Spent::Bytes) => {
                return Err(Refusal::forbidden(
                    "budget: the file is larger than what the token has left; nothing was done",
                ));
            }
        }
        let error = match self.client.call(&request).await {
            Ok(reply) => return self.json(&reply.reply),
            Err(error) => error,
        };
        if error.outcome() == Outcome::NotSent {
            let hash = pass.hash.clone();
            let given = self.store.run(move |tables| tokens::give_back(tables, &hash, bytes)).await;
            if let Err(error) = given {
                // The page has less than it might have, and never more.
                tracing::warn!(%error, "what was not sent could not be given back to the token");
            }
        }
        Err(Refusal::of_failure(&error, &self.client))
    }

    async fn pass_on<C: Command>(&self, request: &C) -> Result<Response, Refusal> {
        self.json(&self.call(request).await?)
    }

    async fn call<C: Command>(&self, request: &C) -> Result<C::Reply, Refusal> {
        let _seat = self.seat()?;
        let reply = self.client.call(request).await;
        reply.map(|reply| reply.reply).map_err(|error| Refusal::of_failure(&error, &self.client))
    }

    /// A seat among all calls to the gateway.
    fn seat(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Refusal> {
        self.calls.try_acquire().map_err(|_| Refusal::busy())
    }

    fn file_seats(&self, caller: &Caller) -> Result<impl Sized + use<'_>, Refusal> {
        let own = self.gate.seat(&caller.pass.hash, Seats::Files, 1);
        let own =
            own.ok_or_else(|| Refusal::too_many("the page moves a file already; nothing was done", 1))?;
        let of_all = self.files.try_acquire().map_err(|_| Refusal::busy())?;
        Ok((own, of_all))
    }

    /// Whether a call may carry a file, so far as can be told before its body is read.
    fn has_file(&self, command: RelayCommand, pass: &Pass, request: &Request) -> bool {
        match command {
            RelayCommand::GetMedia | RelayCommand::GetMessageMedia => true,
            RelayCommand::Send if pass.bytes_left > 0 => {
                let length = request.headers().get(header::CONTENT_LENGTH);
                let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
                length.is_none_or(|length| length > self.limits.body)
            }
            _ => false,
        }
    }

    /// The largest body of a call: that of a file only where the token has as many bytes left.
    fn largest(&self, command: RelayCommand, pass: &Pass) -> usize {
        if command != RelayCommand::Send {
            return self.limits.body;
        }
        let file = usize::try_from(pass.bytes_left).unwrap_or(usize::MAX).min(self.limits.file);
        // As base64.
        file.div_ceil(3).saturating_mul(4).saturating_add(self.limits.body)
    }

    /// Whether the journal has the message in one of the token's chats.
    async fn has(&self, pass: &Pass, request: &GetMessageMediaRequest) -> Result<bool, Refusal> {
        let (grant, message) = (pass.grant.clone(), request.message.as_str().to_owned());
        Ok(self.store.run(move |tables| listed::has_message(tables, &grant, &message)).await?)
    }
}

/// The whole of a body.
pub(crate) async fn read(body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let body = tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, most)).await;
    let body = body.map_err(|_| Refusal::invalid("the body took too long; nothing was done"))?;
    body.map(Into::into).map_err(|error| {
        let source = std::error::Error::source(&error);
        if source.is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) {
            Refusal::too_large()
        } else {
            Refusal::invalid("the body broke off; nothing was done")
        }
    })
}

/// A request from its types, so that nothing is passed on that they do not have.
fn parse<C: Command>(body: &[u8]) -> Result<C, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::invalid("the body is not UTF-8"))?;
    from_json(text.trim_start_matches('\u{feff}'))
        .map_err(|error| Refusal::invalid(format!("the body: {error}; nothing was done")))
}
