//! The relay: what it stands on, and its routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State as In};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::{Semaphore, watch};
use whatsgate_native::{Client, HttpTransport, ReplyLimits, RetryPolicy, core};
use whatsgate_store::{RelayTokens, Store, StoreError};

use crate::call::{Call, CallOutcome};
use crate::commands;
use crate::gate::{Gate, Rate};
use crate::grant::Grant;
use crate::origins::{self, InvalidOrigin};
use crate::refusal::Refusal;
use crate::renewal;
use crate::standing::Standing;
use crate::stream;
use crate::tail::Tail;
use crate::tokens::{self, MintError, Minted, Renewed, Secret, TokenInfo};

/// What pages may take of the relay's time and room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest body without a file, in bytes.
    pub body: usize,
    /// The largest file that is sent or fetched, in bytes, as it is without base64.
    pub file: usize,
    /// How many calls to the gateway are under way at a time. Others are told to come back.
    pub calls: usize,
    /// How many of them may carry files.
    pub files: usize,
    /// How many calls one token may have under way.
    pub calls_of_a_token: u32,
    /// How many calls of a token come back in a minute.
    pub calls_a_minute: u32,
    /// How many calls of a token may come at once.
    pub burst: u32,
    /// How many streams there are at a time.
    pub streams: usize,
    /// How many streams one token may have.
    pub streams_of_a_token: u32,
    /// How many live tokens a program may have.
    pub tokens: u64,
}

impl Default for Limits {
    /// 64 KiB, 16 MiB; 64 calls, 8 of them with files; for each token 4 calls at a time, 120 a minute, 20 at once; 1,024
    /// streams, 2 for each token; 10,000 tokens.
    fn default() -> Self {
        Self {
            body: 64 << 10,
            file: 16 << 20,
            calls: 64,
            files: 8,
            calls_of_a_token: 4,
            calls_a_minute: 120,
            burst: 20,
            streams: 1_024,
            streams_of_a_token: 2,
            tokens: 10_000,
        }
    }
}

/// The client as it is without its own name.
pub(crate) type Gateway = core::Client<HttpTransport>;

/// The longest list of chats that is read, in bytes.
const LONGEST_LIST: usize = 16 << 20;

type OnCall = Arc<dyn Fn(Call) + Send + Sync>;

/// The settings of a [`Relay`].
#[must_use = "a relay does nothing before it is built"]
pub struct RelayBuilder {
    client: Client,
    store: Store,
    origins: Vec<HeaderValue>,
    limits: Limits,
    on_call: Option<OnCall>,
}

impl RelayBuilder {
    /// Lets pages of this origin call, such as `https://shop.example`; without one no page may. The relay's own origin is none
    /// of them unless it is named.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client, store: whatsgate_store::Store) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_relay::Relay;
    ///
    /// let relay = Relay::builder(client, store).allow_origin("https://shop.example")?.allow_origin("http://localhost:5173")?;
    /// # drop(relay);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InvalidOrigin`]
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, InvalidOrigin> {
        let origin = origins::origin(origin)?;
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
        Ok(self)
    }

    /// Sets what pages may take.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells of each call that was answered, for counters.
    pub fn on_call(mut self, on_call: impl Fn(Call) + Send + Sync + 'static) -> Self {
        self.on_call = Some(Arc::new(on_call));
        self
    }

    /// The relay.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client, store: whatsgate_store::Store) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_relay::{CallOutcome, Limits, Relay};
    ///
    /// let mut limits = Limits::default();
    /// limits.calls_a_minute = 30;
    /// let relay = Relay::builder(client, store)
    ///     .allow_origin("https://shop.example")?
    ///     .limits(limits)
    ///     .on_call(|call| {
    ///         if call.outcome != CallOutcome::Done {
    ///             println!("{} {}", call.command, call.outcome.as_str());
    ///         }
    ///     })
    ///     .build();
    /// # drop(relay);
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(self) -> Relay {
        let limits = self.limits;
        let file = limits.file.div_ceil(3).saturating_mul(4).saturating_add(limits.body);
        let replies = ReplyLimits::default().with_list(LONGEST_LIST).with_file(file);
        let client: &Gateway = &self.client;
        let every = Duration::from_secs(60) / limits.calls_a_minute.max(1);
        Relay(App(Arc::new(Parts {
            tail: Tail::new(self.store.clone()),
            store: self.store,
            // The page's own client repeats what may be repeated, and meanwhile nothing waits here.
            client: client.clone().with_retry(RetryPolicy::none()).with_reply_limits(replies),
            origins: self.origins,
            gate: Gate::new(Rate { every, burst: limits.burst }),
            calls: Semaphore::new(limits.calls),
            files: Semaphore::new(limits.files),
            streams: Arc::new(Semaphore::new(limits.streams)),
            standing: Standing::default(),
            ends: watch::Sender::new(false),
            on_call: self.on_call,
            limits,
        })))
    }
}

/// A gateway for pages: they call it as they would call the gateway, with a token in place of the key.
///
/// Each token allows what its [`Grant`] says, for a few minutes. Several relays over one store are as one: what one of them
/// spends of a token is gone for all, and a token that is revoked opens nothing anywhere.
///
/// ```
/// # async fn example(client: whatsgate_native::Client, store: whatsgate_store::Store) -> Result<(), Box<dyn std::error::Error>> {
/// use axum::Router;
/// use whatsgate_native::SessionId;
/// use whatsgate_relay::{Chats, Grant, Relay, RelayCommand};
///
/// let relay = Relay::builder(client, store).allow_origin("https://shop.example")?.build();
/// let app: Router = Router::new().nest("/relay/v1", relay.router());
///
/// // What the program's own page asks for, once it knows who the visitor is:
/// let grant = Grant::new(SessionId::new("191b80a9238")?, [RelayCommand::GetChats], Chats::All);
/// let minted = relay.mint("shop", grant).await?;
/// println!("for the page: {}", minted.token);
///
/// axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?, app).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Relay(App);

/// What the routes stand on.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) client: Gateway,
    pub(crate) store: Store,
    pub(crate) limits: Limits,
    pub(crate) gate: Arc<Gate>,
    pub(crate) calls: Semaphore,
    pub(crate) files: Semaphore,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) standing: Standing,
    pub(crate) tail: Tail,
    pub(crate) ends: watch::Sender<bool>,
    origins: Vec<HeaderValue>,
    on_call: Option<OnCall>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Relay")
    }
}

impl Relay {
    /// A relay to the client's gateway, whose tokens and events are in a store. An inbox over the same store receives the
    /// events.
    pub fn builder(client: Client, store: Store) -> RelayBuilder {
        RelayBuilder { client, store, origins: Vec::new(), limits: Limits::default(), on_call: None }
    }

    /// The paths of the [routes](Self::router).
    pub const PATHS: [&'static str; 3] = ["/{command}", "/token-renew", "/events/stream"];

    /// The routes, to be nested under a path such as `/relay/v1`, which is then the `baseUrl` of the page's client.
    ///
    /// ```
    /// # async fn example(relay: whatsgate_relay::Relay) -> Result<(), Box<dyn std::error::Error>> {
    /// let app: axum::Router = axum::Router::new().nest("/relay/v1", relay.router());
    /// axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?, app).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn router(&self) -> Router {
        Router::new()
            .route(Self::PATHS[0], post(commands::command))
            .route(Self::PATHS[1], post(renewal::renew))
            .route(Self::PATHS[2], get(stream::stream))
            .fallback(missing)
            .method_not_allowed_fallback(no_such_method)
            .layer(axum::middleware::from_fn_with_state(self.0.clone(), at_the_door))
            .layer(origins::cors(&self.0.origins))
            .with_state(self.0.clone())
    }

    /// Makes a token for a page of a program. It is returned once: the store keeps its hash alone.
    ///
    /// ```
    /// # async fn example(relay: whatsgate_relay::Relay) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::{PhoneNumber, SessionId};
    /// use whatsgate_relay::{Chats, Grant, MintError, RelayCommand};
    ///
    /// let support = Chats::only([PhoneNumber::new("79991112233")?]);
    /// let grant = Grant::new(SessionId::new("191b80a9238")?, [RelayCommand::Send], support).with_sends(5);
    /// match relay.mint("shop", grant).await {
    ///     Ok(minted) => println!("{} until {}", minted.token, minted.expires_at),
    ///     Err(MintError::TooMany) => eprintln!("some must expire first"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`MintError`]
    ///
    /// # Panics
    /// On a system without random numbers
    pub async fn mint(&self, program: &str, grant: Grant) -> Result<Minted, MintError> {
        grant.check()?;
        let (program, most, secret) = (program.to_owned(), self.0.limits.tokens, Secret::new());
        let minted = self.0.store.run(move |tables| tokens::mint(tables, &program, grant, &secret, most));
        minted.await?.ok_or(MintError::TooMany)
    }

    /// Lets a token last as long from now on as it did at first, up to the end of its renewal, as a page itself does by
    /// `token-renew`. It stays the same token, and nothing else of it grows. None if it opens nothing.
    ///
    /// ```
    /// # async fn example(relay: whatsgate_relay::Relay, token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// if relay.renew(&token).await?.is_none() {
    ///     println!("the visitor has to come in anew");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn renew(&self, token: &str) -> Result<Option<Renewed>, StoreError> {
        let Some(hash) = tokens::hash(token) else { return Ok(None) };
        let renewed = self.0.store.run(move |tables| tokens::renew(tables, &hash)).await?;
        Ok(renewed.map(|(renewed, _)| renewed))
    }

    /// The live tokens of a program by their ids, after an id, at most so many.
    ///
    /// ```
    /// # async fn example(relay: whatsgate_relay::Relay) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut after = String::new();
    /// loop {
    ///     let page = relay.tokens("shop", &after, 100).await?;
    ///     let Some(last) = page.last() else { break };
    ///     after = last.id.clone();
    ///     for token in page {
    ///         println!("{}: {} messages left", token.id, token.sends_left);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn tokens(
        &self,
        program: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<TokenInfo>, StoreError> {
        let (program, after) = (program.to_owned(), after.to_owned());
        self.0.store.run(move |tables| tokens::list(tables, &program, &after, most)).await
    }

    /// Revokes tokens of a program; says how many there were, expired ones included. They open nothing from now on, at any
    /// relay over the store; their streams end within a second.
    ///
    /// ```
    /// # async fn example(relay: whatsgate_relay::Relay) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_relay::RelayTokens;
    ///
    /// let revoked = relay.revoke("shop", RelayTokens::Subject("visitor 17".to_owned())).await?;
    /// println!("{revoked} tokens open nothing any more");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn revoke(&self, program: &str, which: RelayTokens) -> Result<u64, StoreError> {
        let program = program.to_owned();
        self.0.store.run(move |tables| tables.remove_relay_tokens(&program, &which)).await
    }

    /// Ends the streams, and those that begin later at once.
    pub fn stop(&self) {
        self.0.ends.send_replace(true);
    }
}

impl App {
    /// The answer to a call, which is counted.
    pub(crate) fn answer(&self, command: &'static str, answer: Result<Response, Refusal>) -> Response {
        let outcome = answer.as_ref().map_or_else(Refusal::outcome, |_| CallOutcome::Done);
        if let Some(on_call) = &self.on_call {
            on_call(Call { command, outcome });
        }
        answer.unwrap_or_else(IntoResponse::into_response)
    }
}

async fn missing(In(relay): In<App>) -> Response {
    relay.answer("other", Err(Refusal::missing()))
}

async fn no_such_method(In(relay): In<App>) -> Response {
    relay.answer("other", Err(Refusal::method()))
}

/// Pages from elsewhere are refused although their browser would show them nothing: what they call would be done. And a `HEAD`
/// does nothing.
async fn at_the_door(In(relay): In<App>, request: Request, next: Next) -> Response {
    let mut response = if origins::is_from_elsewhere(&request, &relay.origins) {
        let refusal = Refusal::forbidden("origin: pages from there may not call; nothing was done");
        relay.answer("other", Err(refusal))
    } else if request.method() == Method::HEAD {
        no_such_method(In(relay)).await
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
