//! A transport that follows a script. Time is virtual: it passes while a step lasts and while the client sleeps.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt;
use whatsgate_core::{Request, Response, Transport, TransportError, TransportFailure};

/// What one request meets.
#[derive(Clone, Debug)]
pub struct Step {
    lasts: Duration,
    result: Result<Response, ScriptedError>,
}

impl Step {
    /// A response with this status and body.
    pub fn reply(status: u16, body: impl Into<String>) -> Self {
        Self::response(Response::new(status, body.into()))
    }

    /// A response.
    pub fn response(response: Response) -> Self {
        Self { lasts: Duration::ZERO, result: Ok(response) }
    }

    /// No response.
    pub fn failure(failure: TransportFailure) -> Self {
        Self { lasts: Duration::ZERO, result: Err(ScriptedError { failure, cause: ScriptedCause }) }
    }

    /// The same after so much time.
    pub fn lasting(mut self, lasts: Duration) -> Self {
        self.lasts = lasts;
        self
    }
}

/// The failure that a step asked for.
#[derive(Clone, Debug, thiserror::Error)]
#[error("scripted failure: {failure:?}")]
pub struct ScriptedError {
    failure: TransportFailure,
    #[source]
    cause: ScriptedCause,
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("the script says so")]
struct ScriptedCause;

impl TransportError for ScriptedError {
    fn failure(&self) -> TransportFailure {
        self.failure
    }
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When.
    pub at: Duration,
    /// What.
    pub request: Request,
}

impl Sent {
    /// The JSON body.
    ///
    /// # Panics
    /// When the body is not JSON.
    pub fn body(&self) -> serde_json::Value {
        serde_json::from_slice(&self.request.body).expect("a request is JSON")
    }
}

/// When scripts begin: 2022-09-07 18:29:37.
const START: Duration = Duration::from_secs(1_662_575_377);

type Answer = dyn FnMut(&Request, Duration) -> Step;

/// The transport. Keeps what was sent and how long the client slept.
pub struct ScriptedTransport {
    answer: RefCell<Box<Answer>>,
    now: Cell<Duration>,
    random: f64,
    sent: RefCell<Vec<Sent>>,
    pauses: RefCell<Vec<Duration>>,
}

impl ScriptedTransport {
    /// Answers the first request with the first step, and so on. A request beyond the last step panics.
    ///
    /// # Panics
    /// Not itself; see above.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut steps = steps.into_iter().collect::<Vec<_>>().into_iter();
        Self::serving(move |request, _| {
            steps.next().unwrap_or_else(|| panic!("the script has no step for {}", request.command))
        })
    }

    /// Answers each request with the step that the function returns for it and for the time of its arrival.
    pub fn serving(answer: impl FnMut(&Request, Duration) -> Step + 'static) -> Self {
        Self {
            answer: RefCell::new(Box::new(answer)),
            now: Cell::new(Duration::ZERO),
            random: 1.0,
            sent: RefCell::default(),
            pauses: RefCell::default(),
        }
    }

    /// Sets the number that stands for every random one; 1, which makes every pause as long as it can be, otherwise.
    pub fn with_random(mut self, random: f64) -> Self {
        self.random = random;
        self
    }

    /// What was sent so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// How long the client slept each time.
    pub fn pauses(&self) -> Vec<Duration> {
        self.pauses.borrow().clone()
    }

    fn pass(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedTransport").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Transport for ScriptedTransport {
    type Error = ScriptedError;

    async fn send(&self, request: Request) -> Result<Response, ScriptedError> {
        let at = self.now.get();
        let step = (self.answer.borrow_mut())(&request, at);
        self.sent.borrow_mut().push(Sent { at, request });
        self.pass(step.lasts);
        step.result
    }

    async fn sleep(&self, duration: Duration) {
        self.pauses.borrow_mut().push(duration);
        self.pass(duration);
    }

    fn now(&self) -> Duration {
        self.now.get()
    }

    fn wall_clock(&self) -> Duration {
        START + self.now.get()
    }

    fn random(&self) -> f64 {
        self.random
    }
}

/// Runs a future over a [`ScriptedTransport`], which never really waits.
///
/// # Panics
/// When the future waits for something else.
pub fn run<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("over a scripted transport nothing waits")
}
