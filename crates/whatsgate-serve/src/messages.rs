//! Messages under keys.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json as Answer;
use axum::extract::{FromRequest, Multipart, Request, State as In};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use whatsgate_durable::store::durable::outbox::evidence::PATIENCE;
use whatsgate_durable::store::waiting::{Waiting, WaitsFor};
use whatsgate_durable::{
    Class, Decision, DeliveryState, Entry, Handle, OutboxFilter, Post, Proof, State, Waited,
};
use whatsgate_native::{MessageId, MimeType, OutgoingMessage, OutgoingType, Recipient, SessionId};

use crate::app::App;
use crate::auth::Program;
use crate::problem::Problem;
use crate::query::Wait;
use crate::request::{Json, Path, Query, checked};
use crate::upload;

/// The header that names a message.
const KEY: &str = "idempotency-key";

/// What is to be sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    recipient: To,
    /// The member `message` of the gateway's `send`; with a file its `body` is the caption.
    #[serde(default)]
    message: Option<Text>,
    #[serde(default)]
    file: Option<File>,
    #[serde(default)]
    class: Option<ClassName>,
    /// In milliseconds since 1970.
    #[serde(default)]
    not_before: Option<u64>,
    #[serde(default)]
    expires_at: Option<u64>,
}

/// A recipient as the gateway has it, with one of id and number, or either of the two in one text.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
struct To(Recipient);

impl TryFrom<Value> for To {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        const SHAPE: &str =
            "it is a number or an id in a text, or an object with `id`, or with `number` and perhaps `type`";
        let members = match &value {
            Value::String(text) => {
                return text.parse().map(Self).map_err(|error| format!("{error}"));
            }
            Value::Object(members) => members,
            _ => return Err(SHAPE.to_owned()),
        };
        let has = |name: &str| members.get(name).is_some_and(Value::is_string);
        let is_known = |name: &String| ["id", "number", "type"].contains(&name.as_str());
        // Who gives both does not know whom it goes to.
        if has("id") == has("number") || !members.keys().all(is_known) || has("id") && members.len() > 1 {
            return Err(SHAPE.to_owned());
        }
        serde_json::from_value(value).map(Self).map_err(|error| error.to_string())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(rename = "type", default)]
    kind: Option<OutgoingType>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default, deserialize_with = "checked")]
    quote: Option<MessageId>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Where it lies on the service's machine; not with an upload.
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    filename: Option<String>,
    #[serde(default, deserialize_with = "checked")]
    mimetype: Option<MimeType>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum ClassName {
    Urgent,
    Normal,
    Bulk,
}

/// A message, as programs are told of it.
#[derive(Debug, Serialize)]
pub(crate) struct Standing {
    key: String,
    session: String,
    state: &'static str,
    /// The message's long id.
    message_id: Option<String>,
    /// What proves that it was sent.
    proof: Option<Proof>,
    /// How far it has come, as events tell.
    delivery: Option<&'static str>,
    attempts: u32,
    reason: Option<String>,
    /// The message of the same chat that it waits for, while it is queued.
    waits_for: Option<WaitsForOther>,
    /// The service's own words about its refusal.
    service_message: Option<String>,
    created_at: i64,
    changed_at: i64,
}

/// Another message, of which it is not known whether it was sent.
#[derive(Debug, Serialize)]
pub(crate) struct WaitsForOther {
    /// Its key; none if it is another program's.
    key: Option<String>,
    /// Until when at most, in milliseconds since 1970.
    until: i64,
}

/// What keeps queued messages back at the moment.
async fn waiting(service: &App) -> Result<Waiting, Problem> {
    Ok(service.store.run(|tables| Waiting::read(tables, PATIENCE)).await?)
}

pub(crate) async fn put(
    In(service): In<App>,
    program: Program,
    Path(session): Path<String>,
    Query(Wait { wait }): Query<Wait>,
    request: Request,
) -> Result<Response, Problem> {
    let key = key(request.headers())?;
    let session = SessionId::new(session)?;
    let outbox = service.outbox.clone().with_program(program.0);
    let is_upload = content_type(request.headers()).starts_with("multipart/form-data");
    let (draft, uploaded) = if is_upload {
        let parts = Multipart::from_request(request, &service).await;
        let parts =
            parts.map_err(|_| Problem::invalid("the body is not `multipart/form-data` with a boundary"))?;
        let (draft, uploaded) = upload::read(&service, parts).await?;
        (draft, Some(uploaded))
    } else {
        let Json(draft) = Json::<Draft>::from_request(request, &service).await?;
        (draft, None)
    };
    let has_path = draft.file.as_ref().is_some_and(|file| file.path.is_some());
    let post = match post(&service, key.clone(), &session, draft, uploaded) {
        // Whether it is the same message cannot be said; that there is one, and may have gone out, can.
        Err(_) if has_path && outbox.get(key).await?.is_some() => return Err(file_is_gone()),
        post => post?,
    };
    let handle = outbox.post(post).await?;
    let look = |left| sent(service.clone(), handle.clone(), left, None);
    let standing = match service.waiting(wait, look).await {
        // What is put is put, whether there is room to wait for it or not.
        Err(problem) if problem.is_busy() => look(Duration::ZERO).await,
        standing => standing,
    };
    Ok(standing?.answer())
}

fn file_is_gone() -> Problem {
    Problem::conflict(
        "keyTaken",
        "the key is that of a message already, and the file of this call cannot be taken, so that they cannot be compared",
        "GET /v1/messages/{key} shows what became of the one that is there.",
    )
    .with_unknown_outcome()
}

fn post(
    service: &App,
    key: String,
    session: &SessionId,
    draft: Draft,
    uploaded: Option<upload::Uploaded>,
) -> Result<Post, Problem> {
    let To(to) = draft.recipient;
    let text = draft.message.unwrap_or_default();
    let file = draft.file;
    let place = match (&uploaded, file.as_ref().and_then(|file| file.path.as_ref())) {
        (Some(_), Some(_)) => return Err(Problem::invalid("file.path: the file is uploaded already")),
        (Some(uploaded), None) => Some(uploaded.path.clone()),
        (None, Some(path)) => Some(service.folders().file(path)?),
        (None, None) if file.is_some() => return Err(Problem::invalid("file: it has no path")),
        (None, None) => None,
    };
    let mut post = if let Some(place) = place {
        let file = file.unwrap_or_default();
        if file.filename.as_ref().is_some_and(|name| name.trim().is_empty()) {
            return Err(Problem::invalid("file.filename: it is empty"));
        }
        let mut post = Post::file(key, session, to, place, text.body.unwrap_or_default());
        if let Some(kind) = text.kind {
            post = post.with_type(kind);
        }
        if let Some(mimetype) = file.mimetype {
            post = post.with_mimetype(mimetype);
        }
        match file.filename.or(uploaded.map(|uploaded| uploaded.filename)) {
            Some(filename) => post.with_filename(filename),
            None => post,
        }
    } else {
        if text.kind.is_some_and(|kind| kind != OutgoingType::Text) {
            return Err(Problem::invalid("message.type: without a file it is `text`"));
        }
        let Some(body) = text.body else {
            return Err(Problem::invalid("message: there is neither a text nor a file"));
        };
        Post::new(key, session, to, OutgoingMessage::text(body))
    };
    if let Some(quote) = text.quote {
        post = post.with_quote(quote);
    }
    post = post.with_class(match draft.class {
        Some(ClassName::Urgent) => Class::Urgent,
        None | Some(ClassName::Normal) => Class::Normal,
        Some(ClassName::Bulk) => Class::Bulk,
    });
    if let (Some(from), Some(until)) = (draft.not_before, draft.expires_at)
        && from >= until
    {
        return Err(Problem::invalid("expires_at: it is not later than not_before"));
    }
    if let Some(time) = draft.not_before {
        post = post.with_not_before(time_of("not_before", time)?);
    }
    if let Some(time) = draft.expires_at {
        post = post.with_expiry(time_of("expires_at", time)?);
    }
    Ok(post)
}

/// A time in milliseconds. One in seconds is a slip: as milliseconds it would be long ago.
fn time_of(member: &str, millis: u64) -> Result<SystemTime, Problem> {
    const YEAR_2001: u64 = 978_307_200_000;
    if millis < YEAR_2001 {
        return Err(Problem::invalid(format!(
            "{member}: it is in milliseconds since 1970, and this is long ago"
        )));
    }
    UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .ok_or_else(|| Problem::invalid(format!("{member}: it is too late")))
}

/// The one key of a call.
fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut given = headers.get_all(KEY).iter();
    let (Some(key), None) = (given.next(), given.next()) else {
        return Err(Problem::invalid(
            "the header Idempotency-Key must be there once: a key of your own for this message, such as the number of the order",
        ));
    };
    let key =
        key.to_str().ok().map(str::to_owned).or_else(|| String::from_utf8(key.as_bytes().to_vec()).ok());
    key.ok_or_else(|| Problem::invalid("the header Idempotency-Key is not text"))
}

fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.unwrap_or_default().to_ascii_lowercase()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Show {
    #[serde(default)]
    wait: u64,
    #[serde(default)]
    until: Option<Until>,
}

/// Until what is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Sent,
    Delivered,
    Read,
}

pub(crate) async fn show(
    In(service): In<App>,
    program: Program,
    Path(key): Path<String>,
    Query(Show { wait, until }): Query<Show>,
) -> Result<Response, Problem> {
    let outbox = service.outbox.clone().with_program(program.0);
    let handle = outbox.get(key).await?.ok_or_else(unknown_key)?;
    let standing = service.waiting(wait, |left| sent(service.clone(), handle.clone(), left, until)).await?;
    Ok(standing.answer())
}

fn unknown_key() -> Problem {
    Problem::missing("this program has no message under the key")
}

/// Waits until a message is sent or has come so far, and says how it stands.
async fn sent(
    service: App,
    mut handle: Handle,
    left: Duration,
    until: Option<Until>,
) -> Result<Standing, Problem> {
    let began = tokio::time::Instant::now();
    handle.wait_sent(left).await?;
    let until = match until {
        None | Some(Until::Sent) => None,
        Some(Until::Delivered) => Some(DeliveryState::Delivered),
        Some(Until::Read) => Some(DeliveryState::Read),
    };
    if let (Some(until), Some(message)) = (until, handle.entry().course.message.clone()) {
        let session = SessionId::new(&handle.entry().draft.session)?;
        let left = left.saturating_sub(began.elapsed());
        // How far it has come stands in the answer.
        let _: Waited = service.receipts.wait(&session, &message, until, left).await?;
    }
    Standing::now(&service, handle.entry()).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    prefix: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<u64>,
    #[serde(default)]
    limit: Option<usize>,
}

/// Messages in the order of putting.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    messages: Vec<Standing>,
    /// Where the next page begins; none after the last one.
    next: Option<u64>,
}

pub(crate) async fn list(
    In(service): In<App>,
    program: Program,
    Query(which): Query<Which>,
) -> Result<Answer<Listed>, Problem> {
    let mut states = Vec::new();
    for name in which.state.iter().flat_map(|names| names.split(',')) {
        let Some(state) = State::from_name(name) else {
            let known: Vec<_> = State::ALL.iter().map(|state| state.name()).collect();
            return Err(Problem::invalid(format!("state: known are {}", known.join(", "))));
        };
        states.push(state);
    }
    let limit = which.limit.unwrap_or(50);
    if !(1..=500).contains(&limit) {
        return Err(Problem::invalid("limit: 1 to 500"));
    }
    let filter = OutboxFilter {
        prefix: which.prefix.unwrap_or_default(),
        states,
        after: which.after.unwrap_or_default(),
        ..OutboxFilter::default()
    };
    let entries = service.outbox.clone().with_program(program.0).list(filter, limit).await?;
    let next = entries.last().filter(|_| entries.len() == limit).map(|last| last.id);
    let mut messages = Vec::new();
    let waiting = waiting(&service).await?;
    for entry in &entries {
        messages.push(Standing::of(&service, entry, &waiting).await?);
    }
    Ok(Answer(Listed { messages, next }))
}

/// What somebody saw.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    outcome: Saw,
    #[serde(default, deserialize_with = "checked")]
    message_id: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Saw {
    Sent,
    NotSent,
}

pub(crate) async fn resolve(
    service: In<App>,
    program: Program,
    key: Path<String>,
    Json(seen): Json<Seen>,
) -> Result<Response, Problem> {
    let decision = match seen.outcome {
        Saw::Sent => Decision::Sent(seen.message_id.map(|id| id.as_str().to_owned())),
        Saw::NotSent if seen.message_id.is_some() => {
            return Err(Problem::invalid("message_id: what was not sent has none"));
        }
        Saw::NotSent => Decision::NotSent,
    };
    decide(service, program, key, decision).await
}

pub(crate) async fn retry(
    service: In<App>,
    program: Program,
    key: Path<String>,
) -> Result<Response, Problem> {
    decide(service, program, key, Decision::Retry).await
}

pub(crate) async fn cancel(
    service: In<App>,
    program: Program,
    key: Path<String>,
) -> Result<Response, Problem> {
    decide(service, program, key, Decision::Cancel).await
}

async fn decide(
    In(service): In<App>,
    program: Program,
    Path(key): Path<String>,
    decision: Decision,
) -> Result<Response, Problem> {
    let outbox = service.outbox.clone().with_program(program.0);
    let (is_allowed, entry) = outbox.decide(key, decision).await?.ok_or_else(unknown_key)?;
    if !is_allowed {
        let state = entry.course.state.name();
        let detail = format!("the message is `{state}`, which does not allow that; nothing was changed");
        return Err(Problem::conflict("state", detail, "GET /v1/messages/{key} shows how it stands."));
    }
    Ok(Standing::now(&service, &entry).await?.answer())
}

impl Standing {
    async fn now(service: &App, entry: &Entry) -> Result<Self, Problem> {
        let waiting =
            if entry.course.state == State::Queued { waiting(service).await? } else { Waiting::default() };
        Self::of(service, entry, &waiting).await
    }

    async fn of(service: &App, entry: &Entry, waiting: &Waiting) -> Result<Self, Problem> {
        let course = &entry.course;
        let waits_for = match waiting.of(entry) {
            Some(WaitsFor::Unknown { key, until }) => {
                let is_own = key.program == entry.key.program;
                Some(WaitsForOther { key: is_own.then_some(key.key), until })
            }
            _ => None,
        };
        let delivery = match (&course.message, SessionId::new(&entry.draft.session)) {
            (Some(message), Ok(session)) => service.receipts.of(&session, message).await?,
            _ => None,
        };
        Ok(Self {
            key: entry.key.key.clone(),
            session: entry.draft.session.clone(),
            state: course.state.name(),
            message_id: course.message.clone(),
            proof: course.proof,
            delivery: delivery.map(|receipt| receipt.state.name()),
            attempts: course.attempt.as_ref().map_or(0, |attempt| attempt.number),
            reason: Some(course.reason.clone()).filter(|reason| !reason.is_empty()),
            waits_for,
            service_message: course.words.clone(),
            created_at: entry.created,
            changed_at: course.changed,
        })
    }

    /// 202 as long as it is not known what becomes of it.
    fn answer(self) -> Response {
        let is_settled = State::from_name(self.state).is_some_and(State::is_settled);
        let status = if is_settled { StatusCode::OK } else { StatusCode::ACCEPTED };
        (status, Answer(self)).into_response()
    }
}
