//! What becomes of each exchange with the gateway, for whoever counts them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One request and what came of it, a repeated one each time. Holds nothing private.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The command, such as `send`.
    pub command: &'static str,
    /// The status of the reply; none if none came.
    pub status: Option<u16>,
    /// From the start of the request to the end of its reply, or to its failure.
    pub took: Duration,
}

type Observe = dyn Fn(&Exchange) + Send + Sync;

/// Who is told of each exchange.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

impl Observer {
    pub(crate) fn new(observe: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    pub(crate) fn tell(&self, exchange: &Exchange) {
        if let Some(observe) = &self.0 {
            observe(exchange);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer" } else { "None" })
    }
}
