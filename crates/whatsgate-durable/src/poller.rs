//! Asking the gateway for events: the truth, which posts only make quicker.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::Instant;
use whatsgate_core::{CursorPosition, EventCursor, Round, Start};
use whatsgate_model::{Event, EventAction, EventsGetRequest, Page, SessionId, SessionStatus};
use whatsgate_native::Client;
use whatsgate_store::durable::journal::{Entry, Position, Trust};
use whatsgate_store::journal::Arrival;
use whatsgate_store::poll::Standing;
use whatsgate_store::{Store, StoreError, journal, poll};

use crate::stop::Stop;
use crate::time::after;
use crate::worker::LEASE;

/// The pause after something failed, and between two questions that posts ask for.
const PAUSE: Duration = Duration::from_secs(1);
/// The service is not asked more often than this, whatever the interval.
const SHORTEST: Duration = Duration::from_millis(10);
/// How often posts that are not listed may make the poll go back far.
const FAR_BACK: Duration = Duration::from_secs(20);
/// The longest pause after a page that was not listed.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many posts are asked for at a time.
const MOST_ASKED: usize = 1000;

/// Polls for an account, as long as no other process does.
pub(crate) struct Poller {
    pub(crate) client: Client,
    pub(crate) store: Store,
    pub(crate) filter: EventsGetRequest,
    pub(crate) start: Start,
    pub(crate) interval: Duration,
    pub(crate) worker: String,
    pub(crate) asks_back: bool,
    pub(crate) nudge: Arc<Notify>,
    pub(crate) read_back: Arc<Notify>,
    /// Takes an error that will not pass, as long as somebody waits for the first round.
    pub(crate) refused: Option<oneshot::Sender<whatsgate_native::Error>>,
    /// How many rounds are over.
    pub(crate) rounds: watch::Sender<u64>,
    pub(crate) stop: Stop,
}

impl Poller {
    /// Polls until the inbox stops, whatever happens: without the poll the program would be half deaf.
    pub(crate) async fn keep_running(mut self) {
        while AssertUnwindSafe(self.run()).catch_unwind().await.is_err() {
            tracing::error!("the poll panicked, which is a mistake in this library; it begins anew");
            self.pause(PAUSE).await;
        }
    }

    async fn run(&mut self) {
        while !self.stop.is_stopped() {
            match self.lease().await {
                Ok(true) => {
                    if let Err(error) = self.poll().await {
                        tracing::warn!(%error, "the poll was interrupted");
                    }
                }
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the poll waits for the store"),
            }
            self.pause(PAUSE).await;
        }
        let worker = self.worker.clone();
        // It ends by itself otherwise.
        let _ = self.store.run(move |tables| poll::leave(tables, &worker)).await;
    }

    async fn lease(&self) -> Result<bool, StoreError> {
        let worker = self.worker.clone();
        let length = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        self.store.run(move |tables| poll::lease(tables, &worker, length)).await
    }

    /// Polls until another process does, or the store fails.
    async fn poll(&mut self) -> Result<(), StoreError> {
        let Standing { position, mut history } = self.store.run(poll::standing).await?;
        let start = position.map_or_else(|| self.start.clone(), Start::Position);
        let mut cursor = EventCursor::for_journal(self.filter.clone(), start);
        let mut far_back = None::<Instant>;
        // Whether this round was made to go far back, for what was posted before it began.
        let mut is_far = false;
        loop {
            // What was posted before the round begins must be listed by it.
            let pending = if self.asks_back {
                self.store.run(|tables| tables.pending(MOST_ASKED)).await?
            } else {
                Vec::new()
            };
            let is_history = cursor.takes_for_known();
            let began = self.store.run(|tables| tables.now()).await?;
            let Some(round) = self.round(&mut cursor, history.as_ref()).await? else { return Ok(()) };
            let (worker, position) = (self.worker.clone(), round.position().clone());
            if is_history {
                history = Some(position.clone());
            }
            self.store.run(move |tables| poll::keep(tables, &worker, &position, began, is_history)).await?;
            cursor.keep(round);
            self.rounds.send_modify(|rounds| *rounds += 1);
            self.refused = None;
            let unlisted = self.still_pending(&pending).await?;
            if is_far {
                self.not_listed(&unlisted).await?;
                is_far = false;
                far_back = Some(Instant::now());
            } else if !unlisted.is_empty() && far_back.is_none_or(|last| last.elapsed() >= FAR_BACK) {
                // Events of a phone that was offline are listed with old dates.
                far_back = Some(Instant::now());
                is_far = true;
                cursor.read_back();
                continue;
            }
            // What was posted may not have to wait for the next round but for that.
            let longest = if unlisted.is_empty() { self.interval } else { self.interval.min(FAR_BACK) };
            if !self.wait(&mut cursor, longest).await? {
                return Ok(());
            }
        }
    }

    /// Reads all pages of a round, each stored before the next one is asked for. None when it is time to stop.
    async fn round(
        &mut self,
        cursor: &mut EventCursor,
        history: Option<&CursorPosition>,
    ) -> Result<Option<Round>, StoreError> {
        loop {
            if self.stop.is_stopped() || !self.lease().await? {
                return Ok(None);
            }
            let now = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
            let request = cursor.request(now);
            match self.client.call(&request).await {
                Ok(answer) => {
                    let all_history = cursor.takes_for_known();
                    self.store.append(arrivals(&answer.reply, all_history, history)).await?;
                    if let Some(round) = cursor.accept(answer.reply, answer.date) {
                        return Ok(Some(round));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "events were not listed; the same page is asked for again");
                    if !error.is_retryable()
                        && let Some(refused) = self.refused.take()
                    {
                        let _ = refused.send(error);
                    }
                    self.pause(self.interval.clamp(PAUSE, LONGEST_PAUSE)).await;
                }
            }
        }
    }

    /// Waits for the next round, and holds the lease meanwhile. Whether there is to be one.
    async fn wait(&self, cursor: &mut EventCursor, longest: Duration) -> Result<bool, StoreError> {
        let until = after(longest.max(SHORTEST));
        loop {
            let part = until.min(after(LEASE / 3));
            tokio::select! {
                () = self.stop.stopped() => return Ok(false),
                () = self.read_back.notified() => cursor.read_back(),
                () = self.nudge.notified() => {
                    // Whatever is posted in the meantime shares the question.
                    self.pause(PAUSE.min(self.interval)).await;
                    return Ok(!self.stop.is_stopped());
                }
                () = tokio::time::sleep_until(part) => {
                    if Instant::now() >= until {
                        return Ok(true);
                    }
                    if !self.lease().await? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    async fn still_pending(&self, asked: &[Entry]) -> Result<Vec<Entry>, StoreError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<Position> = asked.iter().map(|entry| entry.position).collect();
        let mut pending = self.store.run(|tables| tables.pending(MOST_ASKED)).await?;
        pending.retain(|entry| asked.contains(&entry.position));
        Ok(pending)
    }

    /// The service does not list these. Of `ready` it may list none, but tells the session's state.
    async fn not_listed(&self, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut unlisted = Vec::new();
        let mut ready = Vec::new();
        for entry in entries {
            let is_ready = entry.identity.action == EventAction::Ready.as_str()
                && self.is_ready(&entry.identity.session).await;
            if is_ready { &mut ready } else { &mut unlisted }.push(entry.position);
        }
        self.store
            .run(move |tables| {
                journal::verified(tables, &ready)?;
                journal::not_listed(tables, &unlisted)
            })
            .await?;
        // Nothing new, but those who wait look again.
        self.store.append(Vec::new()).await
    }

    async fn is_ready(&self, session: &str) -> bool {
        let Ok(session) = SessionId::new(session) else { return false };
        let info = self.client.session(session).info().await;
        info.is_ok_and(|info| info.is_some_and(|info| info.status == Some(SessionStatus::Ready)))
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = self.stop.stopped() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn arrivals(page: &Page<Event>, all_history: bool, history: Option<&CursorPosition>) -> Vec<Arrival> {
    let is_history = |event: &Event| all_history || history.is_some_and(|history| history.has(event));
    let readable = page.data.items.iter().map(|event| {
        let mut arrival = Arrival::new(event, Trust::Listed, None);
        arrival.event.is_history = is_history(event);
        arrival
    });
    let unreadable = page
        .data
        .unreadable
        .iter()
        .filter(|element| {
            !all_history && !history.is_some_and(|history| history.has_unreadable(&element.raw))
        })
        .map(|element| Arrival::unreadable(element.raw.clone()));
    readable.chain(unreadable).collect()
}
