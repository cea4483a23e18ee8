//! The client against every fault of the sandbox: the right kind, the right outcome, and no message sent twice.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::sync::mpsc;
use whatsgate_native::model::{EventAction, EventsGetRequest, PhoneNumber};
use whatsgate_native::{Dispatcher, ErrorKind, Outcome, Receiver, RetryPolicy};
use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Incoming};

use crate::support::{LONG, SOON, builder, sandbox};

fn contact() -> PhoneNumber {
    PhoneNumber::new("79991112233").unwrap()
}

fn error(form: ErrorForm) -> Fault {
    Fault::Error { form, acts: None }
}

/// An answer, or the kind and outcome of the error.
type Result = std::result::Result<(), (ErrorKind, Outcome)>;

/// Every fault of requests with what a send and a read under it come to; the fault happens each time.
fn request_faults() -> Vec<(Fault, Result, Result)> {
    use ErrorKind::{Connection, Refused, SentWithoutReply, Service, Timeout, Unauthorized, UnexpectedReply};
    let not = |kind| Err((kind, Outcome::NotSent));
    let perhaps = |kind| Err((kind, Outcome::Unknown));
    let page = Fault::Reply {
        status: 200,
        body: "<html>Welcome</html>".to_owned(),
        content_type: "text/html".to_owned(),
        acts: true,
    };
    vec![
        (Fault::Latency { ms: 5, jitter_ms: 5 }, Ok(()), Ok(())),
        (Fault::Latency { ms: 60_000, jitter_ms: 0 }, perhaps(Timeout), not(Timeout)),
        (Fault::Drip { bytes: 16, ms: 1 }, Ok(()), Ok(())),
        (Fault::Drip { bytes: 1, ms: 1_000 }, perhaps(Timeout), not(Timeout)),
        (error(ErrorForm::Unauthorized), not(Unauthorized), not(Unauthorized)),
        (error(ErrorForm::UnauthorizedAs500), not(Unauthorized), not(Unauthorized)),
        (error(ErrorForm::EvaluationFailed), perhaps(SentWithoutReply), not(Service)),
        (error(ErrorForm::Internal), perhaps(Service), not(Service)),
        (error(ErrorForm::Debug), perhaps(Service), not(Service)),
        (error(ErrorForm::TooManyRequests), not(Refused), not(Refused)),
        (error(ErrorForm::TextStatus), perhaps(Service), not(Service)),
        (error(ErrorForm::EnvelopeAs200), perhaps(Service), not(Service)),
        (error(ErrorForm::BadGateway), perhaps(Service), not(Service)),
        (Fault::Error { form: ErrorForm::BadGateway, acts: Some(true) }, perhaps(Service), not(Service)),
        (error(ErrorForm::PlainText), perhaps(Service), not(Service)),
        (error(ErrorForm::Empty), perhaps(Service), not(Service)),
        (page, perhaps(UnexpectedReply), not(UnexpectedReply)),
        (Fault::Truncate { bytes: 20 }, perhaps(UnexpectedReply), not(UnexpectedReply)),
        (Fault::BreakOff { bytes: 20 }, perhaps(Connection), not(Connection)),
        (Fault::CloseBefore, perhaps(Connection), not(Connection)),
        (Fault::CloseAfter, perhaps(Connection), not(Connection)),
    ]
}

#[tokio::test]
async fn every_fault_of_requests() {
    let (sandbox, _, ready) = sandbox().await;
    let patient = |limit| {
        builder(&sandbox.base_url(), sandbox.api_key())
            .retry(RetryPolicy::default().with_pauses(Duration::ZERO, Duration::ZERO))
            .timeout(limit)
            .build()
            .unwrap()
    };
    // Only what never comes is given up soon.
    let (hasty, patient) = (patient(SOON), patient(LONG));
    for (number, (fault, send, read)) in request_faults().into_iter().enumerate() {
        let text = format!("message {number}");
        let is_late = matches!(send, Err((ErrorKind::Timeout, _)));
        let session = if is_late { &hasty } else { &patient }.session(ready.id().clone());
        sandbox.set_faults(7, &[FaultRule::new(fault.clone())]);
        let told = |error: whatsgate_native::Error| (error.kind(), error.outcome());
        let sent = session.send_text(contact(), &text).await.map(drop).map_err(told);
        assert_eq!(sent, send, "sending under {fault:?}");
        let listed = session.chats().await.map(drop).map_err(told);
        assert_eq!(listed, read, "reading under {fault:?}");

        // A transient fault that happens once costs a read nothing.
        sandbox.set_faults(7, &[FaultRule::new(fault.clone()).on("get-chats").times(1)]);
        let again = session.chats().await.map(drop).map_err(told);
        let considered = matches!(
            fault,
            Fault::Error {
                form: ErrorForm::Unauthorized
                    | ErrorForm::UnauthorizedAs500
                    | ErrorForm::EvaluationFailed
                    | ErrorForm::Internal
                    | ErrorForm::Debug
                    | ErrorForm::TextStatus
                    | ErrorForm::EnvelopeAs200,
                ..
            } | Fault::Reply { .. }
                | Fault::Truncate { .. }
        );
        assert_eq!(again, if considered { read } else { Ok(()) }, "reading after {fault:?} once");

        sandbox.set_faults(7, &[]);
        let created = EventsGetRequest::new().with_action(EventAction::Create);
        let session = patient.session(ready.id().clone());
        let events: Vec<_> = session.events(created).try_collect().await.unwrap();
        let went_out = events.iter().filter(|event| event.data.message().unwrap().body == text).count();
        match sent {
            Ok(()) => assert_eq!(went_out, 1, "under {fault:?}"),
            Err((_, Outcome::NotSent)) => assert_eq!(went_out, 0, "under {fault:?}"),
            Err((_, Outcome::Unknown)) => assert!(went_out <= 1, "sent {went_out} times under {fault:?}"),
        }
    }
}

/// Whatever becomes of webhooks, what the receiver saw together with the list of events is all that happened.
#[tokio::test]
async fn every_fault_of_webhooks() {
    for fault in [
        Fault::Lose,
        Fault::Double,
        Fault::Delay { ms: 50 },
        Fault::Reorder,
        Fault::Forge { ahead: 1_000_000 },
    ] {
        let (sandbox, _, session) = sandbox().await;
        let (sender, mut received) = mpsc::unbounded_channel();
        let dispatcher = Dispatcher::new().on_message(move |message, event| {
            let sent = sender.send((event.id, message.body));
            async move { sent }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        session.set_hook(format!("http://{}/hook", listener.local_addr().unwrap())).await.unwrap();
        tokio::spawn(Receiver::new(dispatcher).serve(listener, "/hook"));
        sandbox.set_faults(7, &[FaultRule::new(fault.clone()).on("message").times(1)]);
        for text in ["one", "two", "three"] {
            sandbox.receive(session.id(), Incoming::text((&contact()).into(), text)).unwrap();
        }
        let posts = match fault {
            Fault::Lose => 2,
            Fault::Double | Fault::Forge { .. } => 4,
            _ => 3,
        };
        let mut seen = Vec::new();
        for _ in 0..posts {
            seen.push(tokio::time::timeout(Duration::from_secs(20), received.recv()).await.unwrap().unwrap());
        }
        let listed: Vec<_> = session
            .events(EventsGetRequest::new().with_action(EventAction::Message))
            .map_ok(|event| (event.id, event.data.message().unwrap().body.clone()))
            .try_collect()
            .await
            .unwrap();
        assert_eq!(listed.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["one", "two", "three"]);
        let real: BTreeSet<_> = listed.iter().cloned().collect();
        let pushed: BTreeSet<_> = seen.iter().cloned().collect();
        match fault {
            Fault::Lose => assert!(pushed.is_subset(&real) && pushed.len() == 2, "the list has the lost one"),
            Fault::Forge { .. } => {
                assert_eq!(pushed.difference(&real).count(), 1, "the list does not know the forged one");
            }
            _ => assert_eq!(pushed, real, "{fault:?}"),
        }
    }
}
