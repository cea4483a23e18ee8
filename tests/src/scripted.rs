//! A transport that follows a script. Time is virtual: it passes while a step lasts and while the client sleeps.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use whatsgate_core::{Platform, Request, Response, Transport, TransportError, TransportFailure};

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
        serde_json::from_slice(self.request.body.bytes()).expect("a request is JSON")
    }
}

type Answer = dyn FnMut(&Request, Duration) -> Step;

/// The transport. Keeps what was sent.
pub struct ScriptedTransport {
    answer: RefCell<Box<Answer>>,
    sent: RefCell<Vec<Sent>>,
    time: ScriptedTime,
}

/// The platform: virtual time, which its clones share, and no chance. Keeps how long the client slept.
#[derive(Clone, Debug)]
pub struct ScriptedTime(Rc<Time>);

#[derive(Debug)]
struct Time {
    now: Cell<Duration>,
    random: Cell<f64>,
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
            sent: RefCell::default(),
            time: ScriptedTime(Rc::new(Time {
                now: Cell::new(Duration::ZERO),
                random: Cell::new(1.0),
                pauses: RefCell::default(),
            })),
        }
    }

    /// Sets the number that stands for every random one; 1, which makes every pause as long as it can be, otherwise.
    pub fn with_random(self, random: f64) -> Self {
        self.time.0.random.set(random);
        self
    }

    /// What was sent so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// The platform for the client of this transport.
    pub fn time(&self) -> ScriptedTime {
        self.time.clone()
    }
}

impl ScriptedTime {
    /// How long the client slept each time.
    pub fn pauses(&self) -> Vec<Duration> {
        self.0.pauses.borrow().clone()
    }

    fn pass(&self, duration: Duration) {
        self.0.now.set(self.0.now.get() + duration);
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedTransport").field("time", &self.time).finish_non_exhaustive()
    }
}

impl Transport for ScriptedTransport {
    type Error = ScriptedError;
    type Platform = ScriptedTime;
    type File = Infallible;

    async fn send(&self, request: Request) -> Result<Response, ScriptedError> {
        let at = self.time.now();
        let step = (self.answer.borrow_mut())(&request, at);
        self.sent.borrow_mut().push(Sent { at, request });
        self.time.pass(step.lasts);
        step.result
    }
}

impl Platform for ScriptedTime {
    fn now(&self) -> Duration {
        self.0.now.get()
    }

    fn wall_clock(&self) -> Duration {
        START + self.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.pauses.borrow_mut().push(duration);
        self.pass(duration);
    }

    fn random(&self) -> f64 {
        self.0.random.get()
    }
}

/// What the wall clock shows at first: 2022-09-07 18:29:37 UTC.
const START: Duration = Duration::from_secs(1_662_575_377);

/// Runs a future over a [`ScriptedTransport`], which never really waits.
///
/// # Panics
/// When the future waits for something else.
pub fn run<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("over a scripted transport nothing waits")
}
