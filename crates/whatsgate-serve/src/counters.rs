//! What is counted as it happens. The labels are of our own making, so that no caller and no gateway makes more of them.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use whatsgate_native::Exchange;

type Seconds<L> = Family<L, Histogram, fn() -> Histogram>;

/// How long things took, from 1 ms to 65 s.
fn seconds<L: Clone + std::hash::Hash + Eq>() -> Seconds<L> {
    Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 17)))
}

/// The calls of programs.
pub(crate) struct Counters {
    calls: Family<Call, Counter>,
    seconds: Seconds<Route>,
    /// The calls of pages.
    pub(crate) relayed: Family<Relayed, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Relayed {
    pub(crate) command: &'static str,
    pub(crate) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
}

impl Default for Counters {
    fn default() -> Self {
        Self { calls: Family::default(), seconds: seconds(), relayed: Family::default() }
    }
}

impl Counters {
    pub(crate) fn record(&self, method: &'static str, route: String, status: u16, took: Duration) {
        let call = Call { method, route: route.clone(), status };
        self.calls.get_or_create(&call).inc();
        self.seconds.get_or_create(&Route { method, route }).observe(took.as_secs_f64());
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("calls", "Calls that were answered", self.calls.clone());
        registry.register("call_seconds", "How long calls took", self.seconds.clone());
        registry.register("relay_calls", "Calls of pages by command and outcome", self.relayed.clone());
    }
}

/// Counts the exchanges with the gateway by command and outcome, and takes their times, for a service to show.
///
/// ```
/// use whatsgate_native::{ApiKey, ClientBuilder};
/// use whatsgate_serve::GatewayMetrics;
///
/// let metrics = GatewayMetrics::default();
/// let counting = metrics.clone();
/// let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?)
///     .on_exchange(move |exchange| counting.record(exchange))
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct GatewayMetrics {
    requests: Family<Request, Counter>,
    seconds: Seconds<Command>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    command: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Command {
    command: &'static str,
}

impl Default for GatewayMetrics {
    fn default() -> Self {
        Self { requests: Family::default(), seconds: seconds() }
    }
}

impl fmt::Debug for GatewayMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GatewayMetrics")
    }
}

impl GatewayMetrics {
    /// Counts an exchange.
    pub fn record(&self, exchange: &Exchange) {
        let outcome = match exchange.status {
            None => "no_reply",
            Some(200..=299) => "2xx",
            Some(400..=499) => "4xx",
            Some(500..=599) => "5xx",
            Some(_) => "other",
        };
        let command = exchange.command;
        self.requests.get_or_create(&Request { command, outcome }).inc();
        self.seconds.get_or_create(&Command { command }).observe(exchange.took.as_secs_f64());
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "gateway_requests",
            "Requests to the gateway by what came of them",
            self.requests.clone(),
        );
        registry.register("gateway_seconds", "How long the gateway took", self.seconds.clone());
    }
}
