//! Events in pages.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State as In;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::OwnedSemaphorePermit;
use whatsgate_durable::store::durable::journal::Content;
use whatsgate_durable::store::pages::{Lent, Page};
use whatsgate_durable::{PageRequest, StartAt, Trust};

use crate::app::App;
use crate::auth::Program;
use crate::problem::Problem;
use crate::query::Names;
use crate::request::{Json, Query};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    consumer: String,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    wait: u64,
    /// For how many seconds the page is lent.
    #[serde(default)]
    lease_seconds: Option<u64>,
    /// The page that is given back for this one.
    #[serde(default)]
    lease: Option<String>,
    #[serde(default)]
    start: Option<Begin>,
    #[serde(default)]
    names: Names,
}

/// Where a new consumer begins.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Begin {
    Now,
    Beginning,
}

/// Events that are lent.
#[derive(Debug, Serialize)]
pub(crate) struct Given {
    /// None if there are no events.
    lease: Option<String>,
    events: Vec<Handed>,
    /// Another program with this token has a page of the consumer.
    is_held: bool,
}

/// An event with what there is to know of it.
#[derive(Debug, Serialize)]
pub(crate) struct Handed {
    position: u64,
    /// The same whenever and however often the event comes.
    key: String,
    deliveries: u32,
    /// It came after later ones.
    late: bool,
    /// The gateway lists it, so that nobody else can have posted it.
    verified: bool,
    /// Another event has its number.
    conflict: bool,
    /// As it came, unless other names are asked for.
    event: Box<RawValue>,
}

/// An event of a stream.
#[derive(Debug, Serialize)]
struct Streamed<'a> {
    #[serde(flatten)]
    handed: Handed,
    lease: &'a str,
}

impl Which {
    fn request(&self, program: &Program) -> Result<PageRequest, Problem> {
        let length = self.lease_seconds.unwrap_or(60);
        if !(1..=3_600).contains(&length) {
            return Err(Problem::invalid("lease_seconds: 1 to 3600"));
        }
        let limit = self.limit.unwrap_or(50);
        if !(1..=1_000).contains(&limit) {
            return Err(Problem::invalid("limit: 1 to 1000"));
        }
        let start = match self.start {
            None | Some(Begin::Now) => StartAt::Now,
            Some(Begin::Beginning) => StartAt::Beginning,
        };
        let request = PageRequest::new(program.consumer(&self.consumer)?)
            .start_at(start)
            .with_most(limit)
            .with_length(Duration::from_secs(length));
        Ok(match &self.lease {
            Some(lease) => request.instead_of(lease),
            None => request,
        })
    }
}

pub(crate) async fn page(
    In(service): In<App>,
    program: Program,
    Query(which): Query<Which>,
) -> Result<Answer<Given>, Problem> {
    let request = which.request(&program)?;
    let next = |left| {
        let (pages, request) = (service.pages.clone(), request.clone());
        async move { Ok(pages.next(&request, left).await?) }
    };
    let page = service.waiting(which.wait, next).await?;
    Ok(Answer(match page {
        Page::Lent { lease, events } => Given {
            lease: Some(lease),
            events: events.iter().map(|lent| Handed::new(lent, which.names)).collect(),
            is_held: false,
        },
        Page::Held { .. } => Given { lease: None, events: Vec::new(), is_held: true },
        _ => Given { lease: None, events: Vec::new(), is_held: false },
    }))
}

impl Handed {
    fn new(lent: &Lent, names: Names) -> Self {
        let entry = &lent.entry;
        let text = match &entry.content {
            Content::Whole(raw) => raw.as_str(),
            // What is lent is whole.
            _ => "null",
        };
        Self {
            position: entry.position,
            key: entry.key(),
            deliveries: lent.deliveries,
            late: entry.late,
            verified: entry.trust == Trust::Listed,
            conflict: entry.conflict,
            event: names.event(text),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledged {
    consumer: String,
    lease: String,
    position: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rejected {
    consumer: String,
    lease: String,
    position: u64,
    reason: String,
}

/// How many events of the page are not handled yet.
#[derive(Debug, Serialize)]
pub(crate) struct Left {
    left: usize,
}

pub(crate) async fn acknowledge(
    In(service): In<App>,
    program: Program,
    Json(done): Json<Acknowledged>,
) -> Result<Answer<Left>, Problem> {
    let consumer = program.consumer(&done.consumer)?;
    let left = service.pages.acknowledge(consumer, done.lease, done.position).await?;
    Ok(Answer(Left { left }))
}

pub(crate) async fn reject(
    In(service): In<App>,
    program: Program,
    Json(rejected): Json<Rejected>,
) -> Result<Answer<Left>, Problem> {
    let consumer = program.consumer(&rejected.consumer)?;
    let reason: String = rejected.reason.chars().take(500).collect();
    let left = service.pages.reject(consumer, rejected.lease, rejected.position, reason).await?;
    Ok(Answer(Left { left }))
}

/// The longest pause between two looks of a stream, after which a revoked token counts.
const LOOK: Duration = Duration::from_secs(1);

/// What a stream stands on.
struct Streaming {
    service: App,
    program: Program,
    request: PageRequest,
    names: Names,
    token: String,
    lease: String,
    events: std::vec::IntoIter<Lent>,
    is_over: bool,
    _seat: OwnedSemaphorePermit,
}

/// Events as they come; each page is acknowledged as others are, and the next one begins after that.
pub(crate) async fn stream(
    In(service): In<App>,
    program: Program,
    headers: axum::http::HeaderMap,
    Query(which): Query<Which>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Problem> {
    let request = which.request(&program)?;
    let seat = service.seat()?;
    // What is wrong is said before the stream begins.
    let name = program.consumer(&which.consumer)?;
    let start = if matches!(which.start, Some(Begin::Beginning)) { StartAt::Beginning } else { StartAt::Now };
    let opened = service
        .store
        .run(move |tables| whatsgate_durable::store::consumers::open(tables, &name, 1, start).map(|_| ()));
    opened.await?;
    let header = headers.get(axum::http::header::AUTHORIZATION).and_then(|header| header.to_str().ok());
    let token = header.and_then(crate::auth::bearer).unwrap_or_default().to_owned();
    let streaming = Streaming {
        service,
        program,
        request,
        names: which.names,
        token,
        lease: String::new(),
        events: Vec::new().into_iter(),
        is_over: false,
        _seat: seat,
    };
    let events = futures_util::stream::unfold(streaming, async |mut streaming| {
        let event = streaming.next().await?;
        Some((Ok(event), streaming))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

impl Streaming {
    /// The next event; none at the end of the service or of the token.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if self.is_over {
                return None;
            }
            if let Some(lent) = self.events.next() {
                let data = Streamed { handed: Handed::new(&lent, self.names), lease: &self.lease };
                let data =
                    serde_json::to_string(&data).expect("these are texts, numbers, and JSON as it came");
                let event = sse::Event::default().id(lent.entry.position.to_string()).event("event");
                // Ends of lines stand between the parts of JSON, never within them.
                return Some(event.data(data.replace(['\r', '\n'], " ")));
            }
            let next = self.service.pages.next(&self.request, LOOK);
            let page = tokio::select! {
                page = next => page,
                () = self.service.ended() => return None,
            };
            match page {
                Ok(Page::Lent { lease, events }) => {
                    (self.lease, self.events) = (lease, events.into_iter());
                }
                Ok(_) => {}
                Err(error) => return Some(self.end(&error.into())),
            }
            match self.service.program(&self.token).await {
                Ok(program) if program.0 == self.program.0 => {}
                Ok(_) => return None,
                Err(problem) => return Some(self.end(&problem)),
            }
        }
    }

    /// The last thing that is said.
    fn end(&mut self, problem: &Problem) -> sse::Event {
        self.is_over = true;
        let problem = serde_json::to_string(&problem).expect("these are texts and numbers");
        sse::Event::default().event("problem").data(problem)
    }
}
