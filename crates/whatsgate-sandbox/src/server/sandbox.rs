//! The HTTP server around the gateway, with its tasks.

use std::fmt;
use std::future::IntoFuture;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use whatsgate_model::{ChatId, Message, MessageId, SessionId};

use super::connection::{CuttableListener, Scissors};
use super::ledger::Ledger;
use super::recorder::Recorder;
use super::shared::Shared;
use super::start_error::StartError;
use super::state_lock::StateLock;
use super::{api, poster, saver};
use crate::faults::FaultRule;
use crate::gateway::{DeliveryRecord, Gateway, Incoming, LinkingCode, PhoneError, SessionState};
use crate::settings::Settings;

/// A running gateway. It stops when dropped, and has then written the state.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use std::time::Duration;
/// use whatsgate_sandbox::{Incoming, Sandbox, SessionState, Settings};
/// use whatsgate_sandbox::model::ChatId;
///
/// let sandbox = Sandbox::start(Settings::default()).await?;
/// let session = sandbox.ready_session("Shop");
/// assert_eq!(sandbox.session_state(&session), Some(SessionState::Ready));
/// assert_eq!(sandbox.ready_sessions(), [session.clone()]);
/// println!("{} {} {}", sandbox.base_url(), sandbox.api_key(), sandbox.address());
///
/// let customer = ChatId::new("79991112233@c.us")?;
/// let question = sandbox.receive(&session, Incoming::text(customer.clone(), "Is it in stock?"))?;
/// sandbox.edit(&session, &question, "Is the red one in stock?")?;
/// sandbox.move_clock(Duration::from_secs(3600));
/// assert!(sandbox.sent(&session).is_empty());
/// sandbox.shutdown().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    api_key: String,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    poster: JoinHandle<()>,
    /// Stopped last, so that it writes the last changes.
    saver: Option<std::thread::JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a gateway in the current tokio runtime.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use whatsgate_sandbox::{Sandbox, Scan, Settings};
    ///
    /// let settings = Settings { admin: true, scan: Scan::OnDemand, ..Settings::default() };
    /// let sandbox = Sandbox::start(settings).await?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StartError`] when the address cannot be listened at or the settings are of no use.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        Self::start_with(settings, Router::new()).await
    }

    /// The same, serving other routes beside the gateway's `/api/v1/…`, `/admin/v1/…` and `/qr/…`. They must not have a
    /// fallback of their own: what nobody knows gets the gateway's 404.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use axum::Router;
    /// use axum::routing::get;
    /// use whatsgate_sandbox::{Sandbox, Settings};
    ///
    /// let page = Router::new().route("/", get(async || "the page that is tried out"));
    /// let sandbox = Sandbox::start_with(Settings::default(), page).await?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub async fn start_with(mut settings: Settings, routes: Router) -> Result<Self, StartError> {
        let api_key = settings.api_keys.first().cloned().ok_or(StartError::NoApiKey)?;
        let wanted = settings.address;
        let failed = |source| StartError::Address { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        settings.public_url.get_or_insert_with(|| url(address));
        // First of all that leaves something behind.
        let lock = settings.state.clone().map(StateLock::take).transpose()?;
        let recorder = settings
            .record
            .clone()
            .map(|path| Recorder::new(path.clone()).map_err(|source| StartError::Record { path, source }));
        let recorder = recorder.transpose()?;
        let root = settings.webhook_root.clone();
        let client = poster::poster(root.as_deref())
            .map_err(|source| StartError::WebhookRoot { path: root.unwrap_or_default(), source })?;
        let (stop, stopped) = watch::channel(false);
        let (gateway, ledger) = match lock {
            None => (Gateway::new(settings), None),
            Some(lock) => {
                let (gateway, ledger) = Ledger::open(lock, settings)?;
                (gateway, Some(ledger))
            }
        };
        let shared = Arc::new(Shared::new(gateway, recorder));
        let router = routes.merge(api::router(shared.clone()));
        let service = router.into_make_service_with_connect_info::<Scissors>();
        let server = axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(until_stopped(stopped.clone()));
        let server = tokio::spawn(async move {
            if let Err(error) = server.into_future().await {
                tracing::error!(%error, "the server stopped");
            }
        });
        let poster = tokio::spawn(poster::run(shared.clone(), client, stopped));
        let saver = ledger.map(|ledger| saver::start(shared.clone(), ledger));
        let saver = saver.transpose().map_err(StartError::Thread)?;
        Ok(Self { shared, address, api_key, stop, server, poster, saver })
    }

    /// The base URL for clients on this computer, `http://<address>/api/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/api/v1", url(self.address))
    }

    /// The address listened at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The key of the first account.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Makes a session of the first account that is linked already.
    pub fn ready_session(&self, name: &str) -> SessionId {
        self.shared.change(|gateway, now| gateway.ready_session(name, now))
    }

    /// The linked sessions of the first account, in the order they were made; those of the state file are among them.
    pub fn ready_sessions(&self) -> Vec<SessionId> {
        self.shared.change(|gateway, _| gateway.ready_sessions())
    }

    /// The text of the QR code that a session shows now; none while it is starting, after it is linked, and for a session
    /// linked by pairing code.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// // A session that is linked already shows none.
    /// assert_eq!(sandbox.qr(&session), None);
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn qr(&self, session: &SessionId) -> Option<String> {
        match self.code(session)? {
            LinkingCode::Qr(text) => Some(text),
            _ => None,
        }
    }

    /// What a session shows to be linked by; none if there is no such session.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{LinkingCode, Sandbox, Settings};
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// match sandbox.code(&session) {
    ///     Some(LinkingCode::Qr(text)) => println!("a QR code of {text}"),
    ///     Some(other) => println!("{other:?}"),
    ///     None => println!("there is no such session"),
    /// }
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn code(&self, session: &SessionId) -> Option<LinkingCode> {
        self.shared.change(|gateway, now| {
            gateway.advance(now);
            gateway.code(session)
        })
    }

    /// Links a session at once, as if the phone had scanned its code or its pairing code had been typed in.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// use whatsgate_sandbox::PhoneError;
    ///
    /// assert_eq!(sandbox.scan(&session), Err(PhoneError::NothingToScan));
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`PhoneError`] when there is no such session or it is linked already.
    pub fn scan(&self, session: &SessionId) -> Result<(), PhoneError> {
        self.shared.change(|gateway, now| gateway.scan(session, now))
    }

    /// Lets somebody write to a linked session.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// let id = sandbox.receive(&session, Incoming::text(customer, "Is it in stock?"))?;
    /// assert!(!id.is_outgoing());
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`PhoneError`] when the session is not there or not linked, or the message cannot be.
    pub fn receive(&self, session: &SessionId, incoming: Incoming) -> Result<MessageId, PhoneError> {
        self.shared.change(|gateway, now| gateway.receive(session, incoming, now))
    }

    /// The state of a session; none if there is no such session.
    pub fn session_state(&self, session: &SessionId) -> Option<SessionState> {
        self.shared.change(|gateway, now| {
            gateway.advance(now);
            gateway.session_state(session)
        })
    }

    /// The WhatsApp id of a session's account.
    pub fn own_id(&self, session: &SessionId) -> Option<ChatId> {
        self.shared.change(|gateway, _| gateway.own_id(session))
    }

    /// What a session sent, oldest first; see [`Gateway::sent`](crate::Gateway::sent).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// sandbox.type_on_phone(&session, &customer, "We are open")?;
    /// assert_eq!(sandbox.sent(&session)[0].body, "We are open");
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn sent(&self, session: &SessionId) -> Vec<Message> {
        self.shared.change(|gateway, now| {
            gateway.advance(now);
            gateway.sent(session)
        })
    }

    /// The last finished tries of webhooks, oldest first.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// for record in sandbox.delivery_records() {
    ///     println!("{record:?}");
    /// }
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn delivery_records(&self) -> Vec<DeliveryRecord> {
        self.shared.change(|gateway, _| gateway.delivery_records().cloned().collect())
    }

    /// Puts the sandbox's clock ahead; what becomes due by that happens at once.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// use std::time::Duration;
    ///
    /// // What takes an hour happens now.
    /// sandbox.move_clock(Duration::from_secs(3600));
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn move_clock(&self, by: Duration) {
        self.shared.change(|gateway, now| gateway.move_clock(by, now));
    }

    /// Lets the other side of a chat read what the session sent.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// sandbox.type_on_phone(&session, &customer, "We are open")?;
    /// sandbox.read(&session, &customer)?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`Gateway::read`](crate::Gateway::read).
    pub fn read(&self, session: &SessionId, chat: &ChatId) -> Result<(), PhoneError> {
        self.shared.change(|gateway, now| gateway.read(session, chat, now))
    }

    /// Switches the phone of a chat's other side off or on.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// sandbox.receive(&session, Incoming::text(customer.clone(), "Hello"))?;
    /// // What is sent to them now stays undelivered.
    /// sandbox.switch_phone(&session, &customer, false)?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`Gateway::switch_phone`](crate::Gateway::switch_phone).
    pub fn switch_phone(&self, session: &SessionId, chat: &ChatId, on: bool) -> Result<(), PhoneError> {
        self.shared.change(|gateway, now| gateway.switch_phone(session, chat, on, now))
    }

    /// Ends a session from the phone's side.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// sandbox.disconnect(&session, "LOGOUT")?;
    /// assert_eq!(sandbox.session_state(&session), None);
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`Gateway::disconnect`](crate::Gateway::disconnect).
    pub fn disconnect(&self, session: &SessionId, reason: &str) -> Result<(), PhoneError> {
        self.shared.change(|gateway, now| gateway.disconnect(session, reason, now))
    }

    /// Lets a person type a text on the account's own phone.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// sandbox.type_on_phone(&session, &ChatId::new("79991112233@c.us")?, "I call you back")?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`Gateway::type_on_phone`](crate::Gateway::type_on_phone).
    pub fn type_on_phone(
        &self,
        session: &SessionId,
        chat: &ChatId,
        text: impl Into<String>,
    ) -> Result<MessageId, PhoneError> {
        self.shared.change(|gateway, now| gateway.type_on_phone(session, chat, text, now))
    }

    /// Lets the other side react to a message, or take its reaction back with an empty text.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// let answer = sandbox.type_on_phone(&session, &customer, "It is in stock")?;
    /// sandbox.react(&session, &answer, "👍")?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`Gateway::react`](crate::Gateway::react).
    pub fn react(&self, session: &SessionId, message: &MessageId, reaction: &str) -> Result<(), PhoneError> {
        self.shared.change(|gateway, now| gateway.react(session, message, reaction, now))
    }

    /// Lets whoever wrote a message change its text.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// let question = sandbox.receive(&session, Incoming::text(customer, "Is it in stock?"))?;
    /// sandbox.edit(&session, &question, "Is the red one in stock?")?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`Gateway::edit`](crate::Gateway::edit).
    pub fn edit(&self, session: &SessionId, message: &MessageId, text: &str) -> Result<(), PhoneError> {
        self.shared.change(|gateway, now| gateway.edit(session, message, text, now))
    }

    /// Lets whoever wrote a message delete it for everyone.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{Incoming, Sandbox, Settings};
    /// # use whatsgate_sandbox::model::ChatId;
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// let mistake = sandbox.receive(&session, Incoming::text(customer, "Wrong chat"))?;
    /// sandbox.revoke(&session, &mistake)?;
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`Gateway::revoke`](crate::Gateway::revoke).
    pub fn revoke(&self, session: &SessionId, message: &MessageId) -> Result<(), PhoneError> {
        self.shared.change(|gateway, now| gateway.revoke(session, message, now))
    }

    /// Puts other rules of faults in the place of the present ones, and starts their random choices anew.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use whatsgate_sandbox::{FaultRule, Sandbox, Settings};
    /// # let sandbox = Sandbox::start(Settings::default()).await?;
    /// # let session = sandbox.ready_session("Shop");
    /// // The next message is sent, and its reply is lost.
    /// let rules = FaultRule::list_from_json(br#"[{"on":"send","times":1,"kind":"close_after"}]"#)?;
    /// sandbox.set_faults(7, &rules);
    /// # sandbox.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn set_faults(&self, seed: u64, rules: &[FaultRule]) {
        self.shared.change(|gateway, _| gateway.set_faults(seed, rules));
    }

    /// Stops: requests under way are answered, webhooks waiting are given up.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use whatsgate_sandbox::{Sandbox, Settings};
    ///
    /// let folder = std::env::temp_dir().join("whatsgate-sandbox-doc");
    /// std::fs::create_dir_all(&folder)?;
    /// let settings = Settings { state: Some(folder.join("shop.json")), ..Settings::default() };
    /// let sandbox = Sandbox::start(settings).await?;
    /// // The state is written by then.
    /// sandbox.shutdown().await;
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // A task that panicked has nothing left to stop.
        let _ = (&mut self.server).await;
        let _ = (&mut self.poster).await;
        self.shared.stop();
        if let Some(saver) = self.saver.take() {
            let _ = tokio::task::spawn_blocking(move || saver.join()).await;
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
        self.poster.abort();
        self.shared.stop();
        // Afterwards another one may go on from the state; after a panic there is nothing to wait for.
        if let Some(saver) = self.saver.take() {
            let _ = saver.join();
        }
    }
}

/// Where programs on this computer reach an address; one that stands for all of them is reached at this computer's own.
fn url(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{address}")
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone stops the sandbox as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
