//! The handle of a store.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use whatsgate_core::durable::journal::Position;

use crate::engine::{Engine, Job, Work};
use crate::error::StoreError;
use crate::journal::Arrival;
use crate::memory::Memory;
use crate::tables::Tables;

type Result<T> = std::result::Result<T, StoreError>;

/// Where events and the progress of their handling are kept. A clone is the same store.
///
/// | address | kept | for |
/// |---|---|---|
/// | `memory:` | until the program ends | tests, and programs that need nothing after a restart |
/// | `sqlite:events.db` | in a file, on disk before anything is acknowledged | one process that handles events; others may look |
/// | `postgres://user@host/database` | in a database, likewise | several processes on several machines |
///
/// One store is for one account of the gateway.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::Store;
///
/// let store = Store::open("memory:").await?;
/// let end = store.run(|tables| tables.end()).await?;
/// assert_eq!(end.head, 0);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// The version of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreVersion {
    /// The store's; 0 if nothing is there yet.
    pub found: u32,
    /// The one that this program makes of it when it [opens](Store::open) it.
    pub known: u32,
}

struct Shared {
    engine: Engine,
    end: watch::Receiver<Position>,
    outbox: watch::Sender<()>,
    kind: Kind,
}

enum Kind {
    Memory,
    #[cfg(feature = "sqlite")]
    Sqlite(crate::owner::Owner),
    #[cfg(feature = "postgres")]
    Postgres,
}

impl Store {
    /// A store in memory.
    pub fn memory() -> Self {
        let (sender, end) = watch::channel(0);
        Self::new(Engine::inline(Memory::new(), sender), end, Kind::Memory)
    }

    /// Opens the store at this address, and makes it if there is none.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_store::{Store, StoreError};
    ///
    /// match Store::open("sqlite:events.db").await {
    ///     Ok(store) => println!("up to position {}", *store.end().borrow()),
    ///     Err(StoreError::Newer { found, known }) => eprintln!("version {found}: this program knows {known}"),
    ///     Err(error) if error.is_passing() => eprintln!("later, perhaps: {error}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`StoreError::Address`] if the address is none, or what is there is not a store
    /// - [`StoreError::Newer`] if a later version of this program wrote it. An older one is brought up to date; of a file a
    ///   copy is kept beside it, with the old version in its name.
    /// - [`StoreError::Corrupt`], [`StoreError::ReadOnly`], [`StoreError::Locked`], [`StoreError::Full`],
    ///   [`StoreError::Unavailable`]
    pub async fn open(address: &str) -> Result<Self> {
        let address = address.trim();
        if address == "memory:" {
            return Ok(Self::memory());
        }
        if let Some(path) = address.strip_prefix("sqlite:") {
            return Self::sqlite(path.strip_prefix("//").unwrap_or(path)).await;
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Self::postgres(address).await;
        }
        // The address may hold a password.
        Err(StoreError::Address(
            "it must look like sqlite:PATH, postgres://USER@HOST/DATABASE or memory:".to_owned(),
        ))
    }

    /// The version of the store at this address, which stays as it is: nothing is made, and an older one is not brought up
    /// to date.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_store::{Store, StoreError};
    ///
    /// let nothing = Store::version("sqlite:/nowhere/events.db").await;
    /// assert!(matches!(nothing, Err(StoreError::Address(_))));
    /// # });
    /// ```
    ///
    /// # Errors
    /// Those of [`open`](Self::open); also if there is no file, or the store is in memory
    pub async fn version(address: &str) -> Result<StoreVersion> {
        let address = address.trim().to_owned();
        tokio::task::spawn_blocking(move || Self::version_at(&address)).await.map_err(|_| gone())?
    }

    fn version_at(address: &str) -> Result<StoreVersion> {
        #[cfg(feature = "sqlite")]
        if let Some(path) = address.strip_prefix("sqlite:") {
            return crate::sqlite::Sqlite::version(path.strip_prefix("//").unwrap_or(path).as_ref());
        }
        #[cfg(feature = "postgres")]
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return crate::postgres::Postgres::version(address);
        }
        let _ = address;
        Err(StoreError::Address("it must look like sqlite:PATH or postgres://USER@HOST/DATABASE".to_owned()))
    }

    #[cfg(feature = "sqlite")]
    async fn sqlite(path: &str) -> Result<Self> {
        if path.is_empty() || path == ":memory:" {
            return Err(StoreError::Address(
                "sqlite: needs the path of a file; a store in memory is memory:".to_owned(),
            ));
        }
        let path = std::path::PathBuf::from(path);
        let owner = crate::owner::Owner::of(&path);
        let (sender, end) = watch::channel(0);
        let engine = Engine::start(move || crate::sqlite::Sqlite::open(&path), sender, true).await?;
        Ok(Self::new(engine, end, Kind::Sqlite(owner)))
    }

    #[cfg(not(feature = "sqlite"))]
    #[expect(clippy::unused_async, reason = "as it is with the feature")]
    async fn sqlite(_path: &str) -> Result<Self> {
        Err(StoreError::Address("this program was built without the feature sqlite".to_owned()))
    }

    #[cfg(feature = "postgres")]
    async fn postgres(address: &str) -> Result<Self> {
        let address = address.to_owned();
        let (sender, end) = watch::channel(0);
        let engine = Engine::start(move || crate::postgres::Postgres::open(&address), sender, true).await?;
        Ok(Self::new(engine, end, Kind::Postgres))
    }

    #[cfg(not(feature = "postgres"))]
    #[expect(clippy::unused_async, reason = "as it is with the feature")]
    async fn postgres(_address: &str) -> Result<Self> {
        Err(StoreError::Address("this program was built without the feature postgres".to_owned()))
    }

    fn new(engine: Engine, end: watch::Receiver<Position>, kind: Kind) -> Self {
        Self { shared: Arc::new(Shared { engine, end, outbox: watch::Sender::new(()), kind }) }
    }

    /// Makes this process the one that handles the events of the store, as far as the store is for one process. Until the
    /// last handle of it is dropped or the program ends; others may still look, and are told who owns it.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_store::Store;
    ///
    /// let store = Store::memory();
    /// store.own().await?;
    /// assert!(!store.is_for_many());
    /// # Ok::<(), whatsgate_store::StoreError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Owned`] if another process does
    #[cfg_attr(not(feature = "sqlite"), expect(clippy::unused_async, reason = "as it is with the feature"))]
    pub async fn own(&self) -> Result<()> {
        match &self.shared.kind {
            Kind::Memory => {}
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(owner) => {
                if !owner.take()? {
                    return Ok(());
                }
                // Whoever had leases is dead: the lock proves it.
                self.run(crate::consumers::free_all).await.inspect_err(|_| owner.release())?;
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres => {}
        }
        Ok(())
    }

    /// Whether other processes may handle events of this store at the same time.
    pub fn is_for_many(&self) -> bool {
        match self.shared.kind {
            Kind::Memory => false,
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Kind::Postgres => true,
        }
    }

    /// Stores events. When it returns they are on disk, those that were there already as well. What is stored at the same
    /// time shares a commit.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_store::Store;
    /// use whatsgate_store::durable::journal::Trust;
    /// use whatsgate_store::journal::Arrival;
    ///
    /// let event = serde_json::from_str(r#"{"id":18,"event_action":"ready","event_data":{}}"#)?;
    /// let store = Store::memory();
    /// store.append(vec![Arrival::new(&event, Trust::Listed, None)]).await?;
    /// // Once more changes nothing.
    /// store.append(vec![Arrival::new(&event, Trust::Listed, None)]).await?;
    /// assert_eq!(store.run(|tables| tables.end()).await?.head, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn append(&self, events: Vec<Arrival>) -> Result<()> {
        let (reply, outcome) = oneshot::channel();
        self.shared.engine.submit(Job::Append(events, reply));
        outcome.await.map_err(|_| gone())??;
        Ok(())
    }

    /// Does something in a transaction, which is committed when this returns `Ok` and undone otherwise. Goes on if nobody
    /// waits for it.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_store::Store;
    ///
    /// let store = Store::memory();
    /// store.run(|tables| tables.set_setting("shop.greeting", Some("Hello"))).await?;
    /// let greeting = store.run(|tables| tables.setting("shop.greeting")).await?;
    /// assert_eq!(greeting.as_deref(), Some("Hello"));
    /// # Ok::<(), whatsgate_store::StoreError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// The closure's own, [`StoreError::RolledBack`] if it panicked, and those of the store
    pub async fn run<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn Tables) -> Result<R> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        self.shared.engine.submit(Job::Run(Box::new(Work::new(work, reply))));
        outcome.await.map_err(|_| gone())?
    }

    /// The end of the journal, as it moves. Of what other processes append it learns within a quarter of a second.
    ///
    /// ```
    /// # async fn example(store: whatsgate_store::Store) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut end = store.end();
    /// while end.changed().await.is_ok() {
    ///     println!("up to position {}", *end.borrow_and_update());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn end(&self) -> watch::Receiver<Position> {
        self.shared.end.clone()
    }

    /// Tells those of this process who wait for changes of the outbox that there is one.
    pub fn tell_outbox(&self) {
        self.shared.outbox.send_replace(());
    }

    /// The changes of the outbox that this process made. Those of others are not among them.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_store::Store;
    ///
    /// let store = Store::memory();
    /// let mut changes = store.outbox_changes();
    /// store.tell_outbox();
    /// assert!(changes.has_changed()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn outbox_changes(&self) -> watch::Receiver<()> {
        self.shared.outbox.subscribe()
    }
}

fn gone() -> StoreError {
    StoreError::Other("its thread ended".to_owned())
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}
