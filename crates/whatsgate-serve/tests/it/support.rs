//! A service with a gateway behind it, and a client of it.

use std::time::Duration;

use reqwest::Method;
use tempfile::TempDir;
use tokio::net::TcpListener;
use whatsgate_durable::{Inbox, Sender, Store};
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder, RetryPolicy, SessionId};
use whatsgate_relay::Relay;
use whatsgate_sandbox::{FaultRule, Incoming, Sandbox, Scan, Settings};
use whatsgate_serve::{Folders, Service, ServiceBuilder, tokens};

/// Whose pages may call.
pub(crate) const ORIGIN: &str = "https://shop.example";

const SOON: Duration = Duration::from_millis(20);

/// A sandbox, and a service over it that receives and sends.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) gateway: Client,
    pub(crate) session: SessionId,
    pub(crate) store: Store,
    pub(crate) served: Served,
    /// Where files may come from and go to.
    pub(crate) folder: TempDir,
    _uploads: TempDir,
    _inbox: Inbox,
    _sender: Sender,
}

/// A service that listens, and the token of the program `shop`.
pub(crate) struct Served {
    pub(crate) service: Service,
    pub(crate) token: String,
    base: String,
    http: reqwest::Client,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let settings = Settings {
            scan: Scan::OnDemand,
            authorization_delay: SOON,
            sending_delay: Duration::from_millis(5),
            ack_interval: Duration::from_millis(5),
            webhook_interval: Duration::from_millis(100),
            unregistered_suffix: "99".to_owned(),
            ..Settings::default()
        };
        let sandbox = Sandbox::start(settings).await.unwrap();
        let gateway = client_of(&sandbox).retry(RetryPolicy::none()).build().unwrap();
        let session = sandbox.ready_session("Shop");
        let store = Store::memory();
        let (folder, uploads) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folders = Folders::default().from(folder.path()).unwrap().to(folder.path()).unwrap();
        let relay = Relay::builder(gateway.clone(), store.clone()).allow_origin(ORIGIN).unwrap();
        let builder = Service::builder(gateway.clone(), store.clone()).relay(relay);
        let served = Served::start(builder.folders(folders).uploads(uploads.path()), &store).await;
        let inbox = Inbox::builder(gateway.clone(), store.clone()).poll_every(SOON).start().await.unwrap();
        let sender = Sender::builder(gateway.clone(), store.clone()).with_limits(None).start().await.unwrap();
        Self {
            sandbox,
            gateway,
            session,
            store,
            served,
            folder,
            _uploads: uploads,
            _inbox: inbox,
            _sender: sender,
        }
    }

    /// A customer writes.
    pub(crate) fn write(&self, text: &str) {
        let from = "79991112233@c.us".parse().unwrap();
        self.sandbox.receive(&self.session, Incoming::text(from, text)).unwrap();
    }

    /// What goes wrong at the gateway from now on.
    pub(crate) fn rules(&self, json: &str) {
        self.sandbox.set_faults(1, &FaultRule::list_from_json(json.as_bytes()).unwrap());
    }
}

/// The settings of a client of a sandbox.
pub(crate) fn client_of(sandbox: &Sandbox) -> ClientBuilder {
    ClientBuilder::new(ApiKey::new(sandbox.api_key()).unwrap())
        .base_url(BaseUrl::new(sandbox.base_url()).unwrap())
}

impl Served {
    /// Serves at a free port of this computer; the store has no token of the program yet, or the test fails.
    pub(crate) async fn start(builder: ServiceBuilder, store: &Store) -> Self {
        let token = tokens::add(store, "shop").await.unwrap();
        Self::start_with(builder, token).await
    }

    /// The same with a token that is there already.
    pub(crate) async fn start_with(builder: ServiceBuilder, token: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let service = builder.build();
        let serving = service.clone();
        tokio::spawn(async move { serving.serve(listener).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { service, token, base, http }
    }

    /// A call without a token, of a path with its query.
    pub(crate) fn bare(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// A call with the token.
    pub(crate) fn call(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.bare(method, path).bearer_auth(&self.token)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.service.stop();
    }
}
