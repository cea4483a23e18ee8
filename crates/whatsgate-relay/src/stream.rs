//! Events as they come, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State as In};
use axum::http::HeaderMap;
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use whatsgate_store::durable::journal::{Entry, Position, Trust};

use crate::allowed;
use crate::caller::unknown;
use crate::gate::{Seat, Seats};
use crate::grant::RelayCommand;
use crate::listed::shown;
use crate::refusal::Refusal;
use crate::relay::App;
use crate::tokens::Pass;

/// The longest pause between two looks, after which a revoked token counts.
const LOOK: Duration = Duration::from_millis(400);
/// How far back a stream goes on.
const BACK: u64 = 10_000;
/// Where the page was.
const LAST: &str = "last-event-id";

struct Streaming {
    relay: App,
    pass: Pass,
    _seats: (Seat, tokio::sync::OwnedSemaphorePermit),
    since: Instant,
    position: Position,
    events: std::vec::IntoIter<Arc<Entry>>,
    first: Option<sse::Event>,
    is_over: bool,
}

pub(crate) async fn stream(In(relay): In<App>, request: Request) -> Response {
    let opened = open(relay.clone(), request.headers()).await;
    relay.answer("events/stream", opened)
}

async fn open(relay: App, headers: &HeaderMap) -> Result<Response, Refusal> {
    let caller = relay.caller(headers).await?;
    allowed::command(&caller.pass.grant, RelayCommand::EventsGet)?;
    let last = headers
        .get(LAST)
        .map(|last| last.to_str().ok().and_then(|last| last.trim().parse::<Position>().ok()));
    if last == Some(None) {
        return Err(Refusal::invalid("Last-Event-ID: it is no number"));
    }
    // Before the end is looked at, so that the store is asked for this token too.
    let pass = caller.pass.clone();
    let own = relay.gate.seat(&pass.hash, Seats::Streams, relay.limits.streams_of_a_token);
    let own = own.ok_or_else(|| Refusal::too_many("the page has too many streams open", 1))?;
    let of_all = Arc::clone(&relay.streams).try_acquire_owned().map_err(|_| Refusal::busy())?;
    let end = relay.tail.end().await?;
    let oldest = end.saturating_sub(BACK);
    // A position beyond the end is that of another journal.
    let position = last.flatten().filter(|last| *last <= end).unwrap_or(end);
    let is_gap = position < oldest || last.flatten().is_some_and(|last| last > end);
    let gap = || sse::Event::default().event("gap").data("{}");
    let streaming = Streaming {
        relay,
        pass,
        _seats: (own, of_all),
        since: Instant::now(),
        position: position.max(oldest),
        events: Vec::new().into_iter(),
        first: is_gap.then(gap),
        is_over: false,
    };
    let events = futures_util::stream::unfold(streaming, async |mut streaming| {
        let event = streaming.next().await?;
        Some((Ok::<_, Infallible>(event), streaming))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}

impl Streaming {
    /// The next event; none at the end of the token or of the relay.
    async fn next(&mut self) -> Option<sse::Event> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let mut ends = self.relay.ends.subscribe();
        let mut journal = self.relay.store.end();
        while !self.is_over {
            // Before each event, so that none comes after the token's end; mostly it is known already.
            match self
                .relay
                .standing
                .holds(&self.pass.hash, self.since, &self.relay.gate, &self.relay.store)
                .await
            {
                Ok(true) => {}
                Ok(false) => return Some(self.end(&unknown())),
                Err(error) => return Some(self.end(&error.into())),
            }
            if let Some(entry) = self.events.next() {
                // What the gateway did not list when it was asked was forged.
                let event = Some(&*entry).filter(|entry| entry.trust != Trust::Unlisted).and_then(shown);
                if let Some(event) = event {
                    let id = entry.position.to_string();
                    // Ends of lines stand between the parts of JSON, never within them.
                    let data = self.relay.without_key(event.get().replace(['\r', '\n'], " "));
                    return Some(sse::Event::default().id(id).event("event").data(data));
                }
                continue;
            }
            journal.mark_unchanged();
            match self.relay.tail.after(self.position, &self.pass.grant).await {
                Ok(new) if new.up_to > self.position => {
                    (self.position, self.events) = (new.up_to, new.entries.into_iter());
                    continue;
                }
                Ok(_) => {}
                Err(error) => return Some(self.end(&error.into())),
            }
            tokio::select! {
                _ = ends.wait_for(|ends| *ends) => return None,
                _ = tokio::time::timeout(LOOK, journal.changed()) => {}
            }
        }
        None
    }

    /// The last thing that is said.
    fn end(&mut self, refusal: &Refusal) -> sse::Event {
        self.is_over = true;
        sse::Event::default().event("error").data(refusal.json())
    }
}
