//! Pages of events, for programs that fetch them.

use std::time::Duration;

use tokio::time::Instant;
use whatsgate_store::consumers::{self, StartAt};
use whatsgate_store::durable::journal::Position;
use whatsgate_store::pages::{self, Asking, Page};
use whatsgate_store::{Store, StoreError};

use crate::inbox::worker_name;
use crate::time::after;

/// How often is looked for what another process did, such as a replay.
const LOOK: Duration = Duration::from_secs(5);

/// Events for programs outside of this one, which fetch a page, handle it, and acknowledge it up to a position.
///
/// A page is lent for a time, to one program under each consumer's name; what is not acknowledged by then is lent again, with
/// the number of times in [`Lent::deliveries`](whatsgate_store::pages::Lent). So each event is handled at least once, in
/// the order of the journal. Who answers other programs by HTTP or a queue builds on it; handlers in this program are a
/// [`Consumer`](crate::Consumer)'s.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::time::Duration;
/// use whatsgate_durable::store::pages::Page;
/// use whatsgate_durable::{PageRequest, Pages, Store};
///
/// let pages = Pages::new(Store::memory());
/// let request = PageRequest::new("orders");
/// let page = pages.next(&request, Duration::ZERO).await?;
/// assert_eq!(page, Page::Empty);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Pages {
    store: Store,
}

/// Which page is asked for.
///
/// ```
/// use std::time::Duration;
/// use whatsgate_durable::{PageRequest, StartAt};
///
/// let request = PageRequest::new("orders")
///     .start_at(StartAt::Beginning)
///     .with_most(10)
///     .with_most_bytes(1 << 20)
///     .with_length(Duration::from_secs(300));
/// # drop(request);
/// ```
#[derive(Clone, Debug)]
pub struct PageRequest {
    consumer: String,
    start: StartAt,
    most: usize,
    most_bytes: usize,
    length: Duration,
    current: Option<String>,
}

impl PageRequest {
    /// The next page of a consumer, which is made if there is none of this name: at most 50 events of 4 MiB, lent for a minute.
    pub fn new(consumer: impl Into<String>) -> Self {
        Self {
            consumer: consumer.into(),
            start: StartAt::Now,
            most: 50,
            most_bytes: 4 << 20,
            length: Duration::from_secs(60),
            current: None,
        }
    }

    /// Where the consumer begins if it is new; by default with what comes new.
    pub fn start_at(mut self, start: StartAt) -> Self {
        self.start = start;
        self
    }

    /// At most so many events; at least one.
    pub fn with_most(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self
    }

    /// At most so many bytes of content. An event that is larger has a page of its own.
    pub fn with_most_bytes(mut self, bytes: usize) -> Self {
        self.most_bytes = bytes;
        self
    }

    /// For how long it is lent; each acknowledgement of a part lends the rest for as long again.
    pub fn with_length(mut self, length: Duration) -> Self {
        self.length = length;
        self
    }

    /// Gives up the page that is lent under this lease: what of it is not acknowledged comes with the next one.
    ///
    /// ```
    /// # async fn example(pages: whatsgate_durable::Pages, lease: String) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use whatsgate_durable::PageRequest;
    ///
    /// // The program lost the page that it was lent, and begins it anew.
    /// let page = pages.next(&PageRequest::new("orders").instead_of(lease), Duration::from_secs(30)).await?;
    /// # drop(page);
    /// # Ok(())
    /// # }
    /// ```
    pub fn instead_of(mut self, lease: impl Into<String>) -> Self {
        self.current = Some(lease.into());
        self
    }
}

impl Pages {
    /// The events of a store, which an [`Inbox`](crate::Inbox) fills.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The next page; waits for one if there is nothing yet, or if another program has it, at most for the time given.
    ///
    /// ```
    /// # async fn example(pages: whatsgate_durable::Pages) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use whatsgate_durable::PageRequest;
    /// use whatsgate_durable::store::pages::Page;
    ///
    /// match pages.next(&PageRequest::new("orders"), Duration::from_secs(30)).await? {
    ///     Page::Lent { lease, events } => {
    ///         for event in &events {
    ///             println!("position {}, handed over {} times", event.entry.position, event.deliveries);
    ///         }
    ///         if let Some(last) = events.last() {
    ///             pages.acknowledge("orders", lease, last.entry.position).await?;
    ///         }
    ///     }
    ///     Page::Held { until } => println!("another program has it, until {until}"),
    ///     _ => println!("there is nothing new"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Consumer`] for a consumer that is suspended, ahead of the journal, or has several partitions
    pub async fn next(&self, request: &PageRequest, at_most: Duration) -> Result<Page, StoreError> {
        let deadline = after(at_most);
        let mut end = self.store.end();
        let (name, start) = (request.consumer.clone(), request.start);
        self.store.run(move |tables| consumers::open(tables, &name, 1, start)).await?;
        loop {
            end.borrow_and_update();
            let asking = Asking {
                consumer: request.consumer.clone(),
                most: request.most,
                most_bytes: request.most_bytes,
                length: millis(request.length),
                current: request.current.clone(),
                random: worker_name(),
            };
            let (page, now) =
                self.store.run(move |tables| Ok((pages::lend(tables, &asking)?, tables.now()?))).await?;
            let again = match page {
                Page::Lent { .. } => return Ok(page),
                Page::Held { until } => {
                    Duration::from_millis(u64::try_from(until.saturating_sub(now)).unwrap_or_default())
                        .clamp(Duration::from_millis(20), LOOK)
                }
                _ => LOOK,
            };
            if Instant::now() >= deadline {
                return Ok(page);
            }
            tokio::select! {
                _ = end.changed() => {}
                () = tokio::time::sleep_until(deadline.min(after(again))) => {}
            }
        }
    }

    /// Everything of the page up to a position is handled. Says how many of its events are left.
    ///
    /// ```
    /// # async fn example(pages: whatsgate_durable::Pages, lease: String) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::StoreError;
    ///
    /// match pages.acknowledge("orders", lease, 17).await {
    ///     Ok(left) => println!("{left} events are left of the page"),
    ///     Err(StoreError::LeaseLost) => println!("another program has the page by now, and does the same work"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if the page was lent to another program since; [`StoreError::Consumer`] for a position that
    /// is not of the page
    pub async fn acknowledge(
        &self,
        consumer: impl Into<String>,
        lease: impl Into<String>,
        position: Position,
    ) -> Result<usize, StoreError> {
        let (consumer, lease) = (consumer.into(), lease.into());
        self.store.run(move |tables| pages::acknowledge(tables, &consumer, &lease, position)).await
    }

    /// One event of the page is given up, and becomes a dead letter with this reason. Says how many are left.
    ///
    /// ```
    /// # async fn example(pages: whatsgate_durable::Pages, lease: String) -> Result<(), Box<dyn std::error::Error>> {
    /// pages.reject("orders", lease, 17, "there is no such order").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`acknowledge`](Self::acknowledge)
    pub async fn reject(
        &self,
        consumer: impl Into<String>,
        lease: impl Into<String>,
        position: Position,
        reason: impl Into<String>,
    ) -> Result<usize, StoreError> {
        let (consumer, lease, reason) = (consumer.into(), lease.into(), reason.into());
        self.store.run(move |tables| pages::reject(tables, &consumer, &lease, position, &reason)).await
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
