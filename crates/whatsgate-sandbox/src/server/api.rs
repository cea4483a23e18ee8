//! The routes of the gateway.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tower_http::cors::{Any, CorsLayer};
use whatsgate_model::SessionId;

use super::connection::Scissors;
use super::faulty::{JSON, Reply};
use super::page;
use super::shared::Shared;
use crate::faults::{FaultPlan, PlannedReply};
use crate::gateway::{ADMIN_OPENAPI, Answer, RequestBody, is_command};

/// The description of the gateway; a copy of the one in the repository's `schemas/`, because a package holds no files of
/// its neighbours.
const OPENAPI: &str = include_str!("../../openapi.json");

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let body_limit = shared.change(|gateway, _| gateway.settings().body_limit);
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers([API_KEY, header::CONTENT_TYPE, header::ACCEPT]);
    Router::new()
        .route("/api/v1/{command}", post(command).fallback(only_post))
        .route("/admin/v1/{command}", post(admin_command).fallback(only_post))
        .route("/admin/v1/openapi.json", get(admin_openapi).fallback(only_get))
        .route("/openapi.json", get(openapi).fallback(only_get))
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(cors)
        .route("/qr/{session}", get(qr_page).fallback(only_get))
        .fallback(not_found)
        .with_state(shared)
}

async fn command(
    State(shared): State<Arc<Shared>>,
    command: Result<Path<String>, PathRejection>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let Ok(Path(command)) = command else { return Answer::not_found().into_response() };
    let begun = Instant::now();
    let early_plan = shared.change(|gateway, now| gateway.plan_faults_unread(&command, now));
    if let Some(plan) = &early_plan {
        tokio::time::sleep(plan.latency).await;
    }
    let unread = early_plan.as_ref().is_some_and(|plan| !plan.acts && plan.reply == PlannedReply::Closed);
    let request = if unread { Err(Answer::not_found()) } else { read(request).await };
    let (key, received) = request.as_ref().cloned().unwrap_or_default();
    let body = RequestBody::read(&received);
    let plan = if let Some(plan) = early_plan {
        plan
    } else {
        let plan = shared.change(|gateway, now| gateway.plan_faults(&command, &body, now));
        tokio::time::sleep(plan.latency).await;
        plan
    };
    let answer = match request {
        Err(answer) => answer,
        Ok(_) if plan.acts => carry_out(&shared, &command, key.as_deref(), &body, &plan).await,
        Ok(_) => Answer::not_found(),
    };
    shared.settled().await;
    let reply = Reply::new(&answer, plan);
    if let Some(recorder) = &shared.recorder {
        let sent = reply.is_sent().then_some((reply.status, &*reply.body));
        recorder.request(&command, &received, sent);
    }
    log(&command, begun.elapsed(), reply.is_sent().then_some(reply.status));
    reply.send(scissors)
}

/// The answer of a command; of no account if it acts late and its client does not get the answer.
async fn carry_out(
    shared: &Shared,
    command: &str,
    key: Option<&str>,
    body: &RequestBody,
    plan: &FaultPlan,
) -> Answer {
    let Some(late) = plan.late else {
        return shared.change(|gateway, now| gateway.answer_read(command, key, body, now));
    };
    let taken = shared.change(|gateway, now| gateway.answer_late(command, key, body, late, now));
    match taken {
        Err(answer) => answer,
        Ok(_) if !plan.reply.is_of_answer() => Answer::not_found(),
        Ok(number) => {
            tokio::time::sleep(late).await;
            let answer = shared.change(|gateway, now| gateway.take_late_answer(number, now));
            answer.unwrap_or_else(|| Answer::refused("The answer is no longer kept"))
        }
    }
}

/// Logs a request without what is private: of what is asked for only names of commands.
fn log(command: &str, time: Duration, status: Option<u16>) {
    let command = if is_command(command) { command } else { "unknown" };
    let milliseconds = time.as_millis();
    if let Some(status) = status {
        tracing::debug!(command, status, milliseconds, "answered");
    } else {
        tracing::debug!(command, milliseconds, "hung up without an answer");
    }
}

async fn admin_command(
    State(shared): State<Arc<Shared>>,
    command: Result<Path<String>, PathRejection>,
    request: Request,
) -> Answer {
    let Ok(Path(command)) = command else { return Answer::not_found() };
    match read(request).await {
        Ok((key, body)) => {
            let body = RequestBody::read(&body);
            let answer =
                shared.change(|gateway, now| gateway.answer_admin(&command, key.as_deref(), &body, now));
            shared.settled().await;
            answer
        }
        Err(answer) => answer,
    }
}

/// The description of the gateway, with this sandbox as the first server.
async fn openapi(State(shared): State<Arc<Shared>>) -> Response {
    let url = shared.change(|gateway, _| gateway.settings().public_url.clone()).unwrap_or_default();
    let mut document: Value = serde_json::from_str(OPENAPI).unwrap_or_default();
    if let Some(Value::Array(servers)) = document.get_mut("servers") {
        servers.insert(0, json!({ "url": format!("{url}/api/v1") }));
    }
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

async fn admin_openapi(State(shared): State<Arc<Shared>>) -> Response {
    if shared.change(|gateway, _| gateway.settings().admin) {
        ([(header::CONTENT_TYPE, "application/json")], ADMIN_OPENAPI).into_response()
    } else {
        Answer::not_found().into_response()
    }
}

/// The key and the body of a request.
async fn read(request: Request) -> Result<(Option<String>, Bytes), Answer> {
    let key = request.headers().get(API_KEY).and_then(|key| key.to_str().ok()).map(str::to_owned);
    match Bytes::from_request(request, &()).await {
        Ok(body) => Ok((key, body)),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Answer::too_large()),
        Err(_) => Err(Answer::bad_json()),
    }
}

async fn only_post() -> Answer {
    Answer::method_not_allowed("POST")
}

async fn only_get() -> Answer {
    Answer::method_not_allowed("GET, HEAD")
}

async fn not_found() -> Answer {
    Answer::not_found()
}

async fn qr_page(
    State(shared): State<Arc<Shared>>,
    session: Result<Path<String>, PathRejection>,
) -> Response {
    let session = session.ok().and_then(|Path(session)| SessionId::new(session).ok());
    let code = session.and_then(|session| {
        shared.change(|gateway, now| {
            gateway.advance(now);
            gateway.code(&session)
        })
    });
    match code {
        Some(code) => Html(page::html(&code)).into_response(),
        None => (StatusCode::NOT_FOUND, Html(page::gone())).into_response(),
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = [(header::CONTENT_TYPE, JSON)];
        (status, content_type, self.body.to_string()).into_response()
    }
}
