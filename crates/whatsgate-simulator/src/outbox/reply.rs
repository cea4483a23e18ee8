//! From what the gateway answers to what the sender makes of it, through the client's own code.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use whatsgate_core::durable::outbox::Ended;
use whatsgate_core::{
    ApiKey, BaseUrl, Client, Failure, Platform, Request, Response, RetryPolicy, Transport, TransportError,
    TransportFailure,
};
use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};

/// What reaches the client.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A response with this status and body.
    Status(u16, String),
    /// The message that was sent, as the gateway describes it.
    Message,
    /// There was no connection.
    NoConnection,
    /// The connection broke after the request was out.
    Broken,
    /// Nothing, until the attempt's time was over.
    Nothing,
}

/// The client of a schedule.
pub(crate) struct Asker(Client<Wire>);

struct Wire(Mutex<Option<Answer>>);
struct Still;

#[derive(Debug)]
struct Fault(TransportFailure);

impl Asker {
    pub(crate) fn new() -> Self {
        let key = ApiKey::new("YOUR_API_KEY").expect("this is a key");
        let client = Client::new(Wire(Mutex::new(None)), Still, BaseUrl::org(), key);
        Self(client.with_retry(RetryPolicy::none()))
    }

    /// What an attempt ended with.
    pub(crate) fn ended(&self, answer: Answer) -> Ended {
        if matches!(answer, Answer::Nothing) {
            return Ended::Unknown("no reply in time".to_owned());
        }
        *self.0.transport().0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        let session = self.0.session(SessionId::new("6345454545454").expect("this is a session"));
        let to = PhoneNumber::new("79991112233").expect("this is a number");
        let sending = pin!(session.send(to, OutgoingMessage::text("Hello")));
        let Poll::Ready(result) = sending.poll(&mut Context::from_waker(Waker::noop())) else {
            unreachable!("the answer is there already");
        };
        let result: Result<_, Failure> = result.map_err(whatsgate_core::Error::into_failure);
        Ended::of(result.as_ref())
    }
}

impl Transport for Wire {
    type Error = Fault;
    type Platform = Still;
    type File = Infallible;

    async fn send(&self, _: Request<Infallible>) -> Result<Response, Fault> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(Answer::Status(status, body)) => Ok(Response::new(status, body)),
            Some(Answer::NoConnection) => Err(Fault(TransportFailure::Connect)),
            _ => Err(Fault(TransportFailure::Connection)),
        }
    }
}

impl Platform for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall_clock(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}

    fn random(&self) -> f64 {
        0.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Fault {}

impl TransportError for Fault {
    fn failure(&self) -> TransportFailure {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_what_the_client_makes_of_them() {
        let asker = Asker::new();
        let of = |status, body: &str| asker.ended(Answer::Status(status, body.to_owned()));
        assert!(matches!(of(200, r#"{"result":{"id":"true_1@c.us_A"}}"#), Ended::Sent { .. }));
        assert_eq!(of(200, r#"{"result":"OK"}"#), Ended::Accepted);
        assert!(matches!(of(502, "Bad Gateway"), Ended::Unknown(_)));
        assert!(matches!(asker.ended(Answer::NoConnection), Ended::NotSent(_)));
        assert!(matches!(asker.ended(Answer::Broken), Ended::Unknown(_)));
    }
}
