//! The service: what it stands on, and its routes.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use whatsgate_durable::{Outbox, Pages, Receipts, Store};
use whatsgate_native::Client;
use whatsgate_relay::RelayBuilder;

use crate::app::{App, Parts};
use crate::counters::{Counters, GatewayMetrics};
use crate::folders::Folders;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::{
    chats, dead_letters, events, health, media, messages, metrics, openapi, relay_tokens, server, sessions,
    tokens, upload,
};

/// The settings of a [`Service`].
///
/// ```
/// # async fn example(client: whatsgate_native::Client, store: whatsgate_durable::Store) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_relay::Relay;
/// use whatsgate_serve::{Folders, Service};
///
/// let relay = Relay::builder(client.clone(), store.clone()).allow_origin("https://shop.example")?;
/// let service = Service::builder(client, store)
///     .folders(Folders::default().from("/srv/files")?.to("/srv/saved")?)
///     .uploads("/var/lib/whatsgate/uploads")
///     .relay(relay)
///     .build();
/// println!("{:?}", service.paths());
/// # Ok(())
/// # }
/// ```
#[must_use = "a service does nothing before it is built"]
pub struct ServiceBuilder {
    client: Client,
    store: Store,
    folders: Folders,
    uploads: Option<PathBuf>,
    limits: Limits,
    gateway: GatewayMetrics,
    relay: Option<RelayBuilder>,
}

impl ServiceBuilder {
    /// The folders that files may come from and go to; none unless told otherwise.
    pub fn folders(mut self, folders: Folders) -> Self {
        self.folders = folders;
        self
    }

    /// Where uploaded files are kept until they are sent; without it none are taken. Several services over one store need one
    /// folder that all of them reach.
    pub fn uploads(mut self, folder: impl Into<PathBuf>) -> Self {
        self.uploads = Some(folder.into());
        self
    }

    /// Sets what programs may take.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Shows what was counted of the exchanges with the gateway among the metrics.
    pub fn gateway_metrics(mut self, metrics: GatewayMetrics) -> Self {
        self.gateway = metrics;
        self
    }

    /// Lets pages use the gateway under [`RELAY_PATH`](crate::RELAY_PATH), by tokens that programs make. The relay stands on
    /// the client and the store of the service, or on others over the same.
    pub fn relay(mut self, relay: RelayBuilder) -> Self {
        self.relay = Some(relay);
        self
    }

    /// The service.
    pub fn build(self) -> Service {
        let counters = Counters::default();
        let relay = self.relay.map(|relay| relay_tokens::counted(relay, &counters).build());
        Service(App::new(Parts {
            outbox: Outbox::new(self.store.clone()),
            pages: Pages::new(self.store.clone()),
            receipts: Receipts::new(self.store.clone()),
            client: self.client,
            store: self.store,
            folders: RwLock::new(self.folders),
            uploads: self.uploads,
            limits: self.limits,
            tokens: tokens::Known::default(),
            counters,
            gateway: self.gateway,
            relay,
            waiting: Arc::new(Semaphore::new(self.limits.waiting)),
            ends: watch::Sender::new(false),
        }))
    }
}

/// The guarantees over plain HTTP: messages that are sent at most once and whose outcome is told, events in pages, and the gateway's other commands, for the
/// programs that have a [token](tokens::add).
///
/// It serves; an [`Inbox`](whatsgate_durable::Inbox) over the same store receives, and a
/// [`Sender`](whatsgate_durable::Sender) sends. `whatsgate serve` of the command line starts all three.
///
/// ```
/// # async fn example(client: whatsgate_native::Client, store: whatsgate_durable::Store, told_to_end: impl Future<Output = ()> + Send + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_durable::{Inbox, Sender};
/// use whatsgate_serve::Service;
///
/// let inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
/// let sender = Sender::builder(client.clone(), store.clone()).start().await?;
/// let service = Service::builder(client, store).build();
/// let serving = service.clone();
/// tokio::spawn(async move {
///     told_to_end.await;
///     serving.stop();
/// });
/// service.serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?).await;
/// sender.stop().await;
/// # drop(inbox);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Service(App);

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

impl Service {
    /// A service over a store, for what the client's key may do.
    pub fn builder(client: Client, store: Store) -> ServiceBuilder {
        ServiceBuilder {
            client,
            store,
            folders: Folders::default(),
            uploads: None,
            limits: Limits::default(),
            gateway: GatewayMetrics::default(),
            relay: None,
        }
    }

    /// Serves until [`stop`](Self::stop) is called; calls that are there by then are still answered, those that wait at once.
    ///
    /// ```
    /// # async fn example(service: whatsgate_serve::Service) -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// service.serve(listener).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve(&self, listener: TcpListener) {
        let serving = server::serve(listener, self.router(), self.0.limits, self.0.ended());
        let sweeping = async {
            upload::sweep(self.0.clone()).await;
            // There is nothing to sweep.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = serving => {}
            () = sweeping => {}
        }
    }

    /// Changes the folders that files may come from and go to. Messages that are put already keep their files.
    ///
    /// ```
    /// # async fn example(service: whatsgate_serve::Service) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_serve::Folders;
    ///
    /// service.set_folders(Folders::default().from("/srv/files")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_folders(&self, folders: Folders) {
        self.0.set_folders(folders);
    }

    /// Begins to end.
    pub fn stop(&self) {
        self.0.end();
        if let Some(relay) = &self.0.relay {
            relay.stop();
        }
    }

    /// The paths of the routes, as [`openapi`](crate::openapi()) names them.
    pub fn paths(&self) -> Vec<&'static str> {
        let own = routes(self.0.limits).into_iter().map(|(path, _)| path);
        let more = relay_tokens::routes().into_iter().map(|(path, _)| path).chain(relay_tokens::PATHS);
        own.chain(more.filter(|_| self.0.relay.is_some())).collect()
    }

    /// The routes, for a server of your own.
    ///
    /// ```
    /// # async fn example(service: whatsgate_serve::Service) -> Result<(), Box<dyn std::error::Error>> {
    /// let app: axum::Router = axum::Router::new().nest("/whatsgate", service.router());
    /// axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?, app).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn router(&self) -> Router {
        let limits = self.0.limits;
        let more = relay_tokens::routes().into_iter().filter(|_| self.0.relay.is_some());
        let router = routes(limits)
            .into_iter()
            .chain(more)
            .fold(Router::new(), |router, (path, of)| router.route(path, of));
        let router = match &self.0.relay {
            Some(relay) => router.nest(relay_tokens::RELAY_PATH, relay.router().with_state(())),
            None => router,
        };
        router
            .fallback(no_such_path)
            .method_not_allowed_fallback(async || no_such_method())
            .layer(DefaultBodyLimit::max(limits.body))
            .layer(axum::middleware::from_fn(no_head))
            .layer(axum::middleware::from_fn_with_state(self.0.clone(), metrics::count))
            .layer(RequestBodyTimeoutLayer::new(limits.body_pause))
            .layer(CatchPanicLayer::custom(panicked))
            .with_state(self.0.clone())
    }
}

fn routes(limits: Limits) -> Vec<(&'static str, MethodRouter<App>)> {
    let file = usize::try_from(limits.file).unwrap_or(usize::MAX);
    let uploads = DefaultBodyLimit::max(file.saturating_add(limits.body));
    vec![
        ("/v1/sessions/{session}/messages", post(messages::put).layer(uploads)),
        ("/v1/messages", get(messages::list)),
        ("/v1/messages/{key}", get(messages::show).delete(messages::cancel)),
        ("/v1/messages/{key}/resolve", post(messages::resolve)),
        ("/v1/messages/{key}/retry", post(messages::retry)),
        ("/v1/sessions", get(sessions::list).post(sessions::create)),
        ("/v1/sessions/{session}", get(sessions::show).patch(sessions::rename).delete(sessions::delete)),
        ("/v1/sessions/{session}/qr", get(sessions::code)),
        ("/v1/sessions/{session}/chats", get(chats::list)),
        ("/v1/sessions/{session}/chats/{chat}/seen", post(chats::seen)),
        ("/v1/sessions/{session}/chats/{chat}/typing", post(chats::typing)),
        ("/v1/sessions/{session}/check/{number}", get(chats::check)),
        ("/v1/sessions/{session}/media/{message}", get(media::of_message)),
        ("/v1/sessions/{session}/media", get(media::of_key)),
        ("/v1/events", get(events::page)),
        ("/v1/events/ack", post(events::acknowledge)),
        ("/v1/events/reject", post(events::reject)),
        ("/v1/events/stream", get(events::stream)),
        ("/v1/events/dead", get(dead_letters::list)),
        ("/v1/events/dead/{position}", delete(dead_letters::drop_one)),
        ("/v1/events/dead/{position}/replay", post(dead_letters::replay)),
        ("/v1/openapi.json", get(openapi::show)),
        ("/livez", get(health::live)),
        ("/readyz", get(health::ready)),
        ("/metrics", get(metrics::show)),
    ]
}

async fn no_such_path(uri: Uri) -> Problem {
    let path = uri.path();
    if path.starts_with("/v1/relay-tokens") || path.starts_with("/relay/") {
        return Problem::missing(
            "pages are not let in: whoever runs the service names their origins with --relay-origin",
        );
    }
    Problem::missing("there is no such path; GET /v1/openapi.json names all")
}

fn no_such_method() -> Problem {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "method", "the path has no such method", "GET /v1/openapi.json names all.")
}

/// A `HEAD` would do all that a `GET` does and show nothing of it: a page of events would be lent to nobody.
async fn no_head(request: Request, next: Next) -> Response {
    if request.method() == Method::HEAD && request.uri().path().starts_with("/v1/") {
        return no_such_method().into_response();
    }
    let mut response = next.run(request).await;
    // The router names it beside GET.
    let allowed = response.headers().get(header::ALLOW).and_then(|allowed| allowed.to_str().ok());
    if let Some(allowed) = allowed.map(|allowed| allowed.replace("GET,HEAD", "GET"))
        && let Ok(allowed) = allowed.parse()
    {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a call panicked");
    let problem = Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the service made a mistake",
        "A call that puts a message may be sent again with the same key; report this.",
    );
    problem.with_unknown_outcome().into_response()
}
