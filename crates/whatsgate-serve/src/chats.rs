//! Chats and numbers.

use axum::Json as Answer;
use axum::extract::State as In;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use whatsgate_native::{PhoneNumber, Recipient};

use crate::app::App;
use crate::auth::Program;
use crate::problem::Problem;
use crate::query::Named;
use crate::request::{Path, Query};

#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    chats: Vec<Box<RawValue>>,
    /// How many of the gateway's list could not be read.
    unreadable: usize,
}

pub(crate) async fn list(
    In(service): In<App>,
    _: Program,
    Path(session): Path<String>,
    Query(Named { names }): Query<Named>,
) -> Result<Answer<Listed>, Problem> {
    let chats = service.session(&session)?.chats().await?;
    let unreadable = chats.unreadable.len();
    Ok(Answer(Listed { chats: chats.iter().map(|chat| names.chat(chat)).collect(), unreadable }))
}

pub(crate) async fn seen(
    In(service): In<App>,
    _: Program,
    Path((session, chat)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    service.session(&session)?.mark_as_read(chat.parse::<Recipient>()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn typing(
    In(service): In<App>,
    _: Program,
    Path((session, chat)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    service.session(&session)?.show_typing(chat.parse::<Recipient>()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Serialize)]
pub(crate) struct Registered {
    registered: bool,
}

pub(crate) async fn check(
    In(service): In<App>,
    _: Program,
    Path((session, number)): Path<(String, String)>,
) -> Result<Answer<Registered>, Problem> {
    let registered = service.session(&session)?.is_registered(PhoneNumber::new(number)?).await?;
    Ok(Answer(Registered { registered }))
}
