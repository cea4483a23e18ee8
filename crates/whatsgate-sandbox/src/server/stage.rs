//! A server of many gateways, each for one trial of a client, that remembers what it was asked.

use std::collections::HashMap;
use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::connection::{CuttableListener, Scissors};
use super::faulty::Reply;
use crate::faults::{FaultPlan, PlannedReply};
use crate::gateway::{Answer, Gateway, RequestBody};

/// A running server of [`Scene`]s. It listens to a free port of this computer only, and stops when dropped.
///
/// A scene costs little, so that every trial of a client can have a gateway of its own, with faults, sessions and a clock of
/// its own, at a base URL of its own.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use whatsgate_sandbox::{Gateway, Scene, Settings, Stage};
///
/// let stage = Stage::start().await?;
/// let base_url = stage.open("first", Scene::new(Gateway::new(Settings::default()), 1_662_575_377_000));
/// assert!(base_url.ends_with("/first/api/v1"));
/// assert!(stage.close("first").is_some_and(|requests| requests.is_empty()));
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub struct Stage {
    scenes: Arc<Scenes>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// A gateway on a [`Stage`], and what is done to it.
///
/// ```
/// use whatsgate_sandbox::{Gateway, Scene, Settings};
///
/// let scene = Scene::new(Gateway::new(Settings::default()), 1_662_575_377_000)
///     .still()
///     .after_requests(|_, count, now| println!("{count} requests at {now}"));
/// # drop(scene);
/// ```
pub struct Scene {
    gateway: Gateway,
    /// What the clock shows at first, Unix milliseconds.
    start: u64,
    is_still: bool,
    after: Option<After>,
    tamper: Option<Tamper>,
}

/// What happens after a request: told how many there were, and the time.
type After = Box<dyn FnMut(&mut Gateway, usize, u64) + Send>;

/// What becomes of the body of a reply to a command.
type Tamper = Arc<dyn Fn(&str, &[u8]) -> Vec<u8> + Send + Sync>;

/// A request as it came, whatever became of it. `Debug` shows neither headers nor the body.
#[derive(Clone, PartialEq, Eq)]
pub struct SeenRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The path below the scene, such as `/api/v1/send`, with the query if there was one.
    pub path: String,
    /// The headers, their names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl SeenRequest {
    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(is, _)| is == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for SeenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl Scene {
    /// A gateway whose clock starts at this Unix time in milliseconds, and runs.
    pub fn new(gateway: Gateway, start: u64) -> Self {
        Self { gateway, start, is_still: false, after: None, tamper: None }
    }

    /// Stops the clock: everything happens in the same second.
    pub fn still(mut self) -> Self {
        self.is_still = true;
        self
    }

    /// Lets something happen after each request; the function is told how many there were, and the time.
    pub fn after_requests(mut self, act: impl FnMut(&mut Gateway, usize, u64) + Send + 'static) -> Self {
        self.after = Some(Box::new(act));
        self
    }

    /// Puts another body in the place of every one that a client gets; the function is told the command.
    pub fn tampered(mut self, tamper: impl Fn(&str, &[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.tamper = Some(Arc::new(tamper));
        self
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scene").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// The most bytes of a request.
const BODY_LIMIT: usize = 64 << 20;

#[derive(Default)]
struct Scenes(Mutex<HashMap<String, Arc<OpenScene>>>);

struct OpenScene {
    inside: Mutex<Inside>,
    start: u64,
    started: Instant,
    is_still: bool,
    tamper: Option<Tamper>,
}

struct Inside {
    gateway: Gateway,
    after: Option<After>,
    requests: Vec<SeenRequest>,
}

impl Stage {
    /// Starts a server in the current tokio runtime.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use whatsgate_sandbox::Stage;
    ///
    /// let stage = Stage::start().await?;
    /// # drop(stage);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When no port of this computer can be listened at.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let scenes = Arc::new(Scenes::default());
        let router = Router::new().fallback(answer).with_state(scenes.clone());
        let service = router.into_make_service_with_connect_info::<Scissors>();
        let server = axum::serve(CuttableListener(listener), service);
        let server = tokio::spawn(async move {
            if let Err(error) = server.into_future().await {
                tracing::error!(%error, "the server stopped");
            }
        });
        Ok(Self { scenes, address, server })
    }

    /// Opens a scene, in the place of an open one of that name, and returns its base URL. The name stands in the URL as it
    /// is: letters, digits and `-`.
    pub fn open(&self, name: &str, scene: Scene) -> String {
        let Scene { gateway, start, is_still, after, tamper } = scene;
        let inside = Mutex::new(Inside { gateway, after, requests: Vec::new() });
        let open = OpenScene { inside, start, started: Instant::now(), is_still, tamper };
        self.scenes.lock().insert(name.to_owned(), Arc::new(open));
        format!("http://{}/{name}/api/v1", self.address)
    }

    /// Looks at the gateway of an open scene; none if there is no such scene.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use whatsgate_sandbox::{Gateway, Scene, Settings, Stage};
    ///
    /// let stage = Stage::start().await?;
    /// stage.open("first", Scene::new(Gateway::new(Settings::default()), 1_662_575_377_000));
    /// let sessions = stage.look("first", |gateway| gateway.ready_sessions());
    /// assert_eq!(sessions, Some(Vec::new()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn look<T>(&self, name: &str, look: impl FnOnce(&mut Gateway) -> T) -> Option<T> {
        let scene = self.scenes.find(name)?;
        let mut inside = scene.inside();
        let now = scene.now();
        inside.gateway.advance(now);
        Some(look(&mut inside.gateway))
    }

    /// Closes a scene, which answers 404 from now on, and returns the requests that came; none if there is no such scene.
    pub fn close(&self, name: &str) -> Option<Vec<SeenRequest>> {
        let scene = self.scenes.lock().remove(name)?;
        let requests = std::mem::take(&mut scene.inside().requests);
        Some(requests)
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Scenes {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<OpenScene>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &str) -> Option<Arc<OpenScene>> {
        self.lock().get(name).cloned()
    }
}

impl OpenScene {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        let elapsed = if self.is_still { 0 } else { self.started.elapsed().as_millis() };
        self.start.saturating_add(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    fn change<T>(&self, act: impl FnOnce(&mut Gateway, u64) -> T) -> T {
        let now = self.now();
        act(&mut self.inside().gateway, now)
    }

    /// The answer of a command, as the plan has it.
    async fn carry_out(
        &self,
        command: &str,
        key: Option<&str>,
        body: &RequestBody,
        plan: &FaultPlan,
    ) -> Answer {
        tokio::time::sleep(plan.latency).await;
        if !plan.acts {
            return Answer::not_found();
        }
        let Some(late) = plan.late else {
            return self.change(|gateway, now| gateway.answer_read(command, key, body, now));
        };
        let taken = self.change(|gateway, now| gateway.answer_late(command, key, body, late, now));
        match taken {
            Err(answer) => answer,
            Ok(_) if !plan.reply.is_of_answer() => Answer::not_found(),
            Ok(number) => {
                tokio::time::sleep(late).await;
                let answer = self.change(|gateway, now| gateway.take_late_answer(number, now));
                answer.unwrap_or_else(|| Answer::refused("The answer is no longer kept"))
            }
        }
    }
}

async fn answer(
    State(scenes): State<Arc<Scenes>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let whole = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let (name, path) = whole[1..].split_once('/').unwrap_or((&whole[1..], ""));
    let Some(scene) = scenes.find(name) else { return Answer::not_found().into_response() };
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return Answer::too_large().into_response();
    };
    let body: Bytes = body.to_bytes();
    let headers = head.headers.iter();
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let request = SeenRequest {
        method: head.method.to_string(),
        path: format!("/{path}"),
        headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: body.to_vec(),
    };
    let key = request.header("x-api-key").map(str::to_owned);
    scene.inside().requests.push(request);
    let Some(command) = path.strip_prefix("api/v1/") else { return Answer::not_found().into_response() };
    if head.method != Method::POST {
        return Answer::method_not_allowed("POST").into_response();
    }
    let read = RequestBody::read(&body);
    let plan = scene.change(|gateway, now| gateway.plan_faults(command, &read, now));
    let answer = scene.carry_out(command, key.as_deref(), &read, &plan).await;
    {
        let now = scene.now();
        let mut inside = scene.inside();
        let Inside { gateway, after, requests } = &mut *inside;
        if let Some(after) = after {
            after(gateway, requests.len(), now);
        }
    }
    let closes = plan.reply == PlannedReply::Closed;
    let mut reply = Reply::new(&answer, plan);
    if let Some(tamper) = scene.tamper.as_ref().filter(|_| !closes) {
        reply.body = tamper(command, &reply.body).into();
    }
    reply.send(scissors)
}
