//! The webhook receiver: what it hands on, and what it answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, mpsc};
use whatsgate_native::model::{EventAction, PhoneNumber};
use whatsgate_native::{Dispatcher, Receiver};
use whatsgate_sandbox::Incoming;

use crate::serve::{post, serve};
use crate::support::{LONG, sandbox};

fn body(id: u32, action: &str, data: &str) -> Vec<u8> {
    format!(r#"{{"id":{id},"whatsapp_id":"191b80a9238","event_action":"{action}","event_data":{data}}}"#)
        .into_bytes()
}

const MESSAGE: &str = r#"{"message":{"id":"false_79999999999@c.us_3EB0436AE1E682FF3A37","body":"212"}}"#;

#[tokio::test]
async fn what_nobody_handles_is_acknowledged() {
    let receiver = Receiver::new(Dispatcher::new());
    for (action, data) in [("message", MESSAGE), ("message", "7"), ("news", "[]")] {
        let answer = receiver.handle(&body(3, action, data)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"result":"OK","id":3}"#));
    }
}

#[tokio::test]
async fn a_failed_handler_is_no_acknowledgement() {
    let receiver = Receiver::new(Dispatcher::new().on_message(async |_, _| Err("the database is down")));
    let answer = receiver.handle(&body(1, "message", MESSAGE)).await;
    assert_eq!((answer.status, answer.body.as_str()), (500, "the handler failed\n"));
}

#[tokio::test]
async fn bad_bodies_are_explained() {
    let receiver = Receiver::new(Dispatcher::new());
    for (body, words) in [
        ("", "the body is empty"),
        ("[object Object]", "pass the raw body"),
        ("{\"id\":", "the body is not JSON"),
        ("{\"event_action\":\"message\"}", "not an event: missing field `id`"),
        ("[]", "not an event"),
    ] {
        let answer = receiver.handle(body.as_bytes()).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains(words), "{body}: {}", answer.body);
    }
}

/// A handler that says when it is called, and then waits until it is let go.
struct Gate {
    called: mpsc::UnboundedReceiver<String>,
    done: mpsc::UnboundedReceiver<()>,
    let_go: Arc<Semaphore>,
}

impl Gate {
    fn new() -> (Dispatcher, Self) {
        let (call, called) = mpsc::unbounded_channel();
        let (finish, done) = mpsc::unbounded_channel();
        let let_go = Arc::new(Semaphore::new(0));
        let gate = Arc::clone(&let_go);
        let dispatcher = Dispatcher::new().on_message(move |message, _| {
            call.send(message.body).unwrap();
            let (gate, finish) = (Arc::clone(&gate), finish.clone());
            async move {
                gate.acquire().await.unwrap().forget();
                finish.send(()).unwrap();
            }
        });
        (dispatcher, Self { called, done, let_go })
    }

    /// The text of the message with which the handler is called next.
    async fn call(&mut self) -> String {
        tokio::time::timeout(LONG, self.called.recv()).await.expect("the handler was not called").unwrap()
    }
}

#[tokio::test]
async fn a_handler_runs_to_its_end_when_the_peer_hangs_up() {
    let (dispatcher, mut gate) = Gate::new();
    let url = serve(Receiver::new(dispatcher)).await;
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/hook").unwrap().to_owned();
    let mut peer = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = body(1, "message", MESSAGE);
    let head = format!("POST /hook HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n", body.len());
    peer.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
    gate.call().await;
    drop(peer);
    // By the time that another request is answered the server has seen the first peer go.
    let other = post(&url, self::body(2, "news", "[]")).await;
    assert_eq!(other.0, 200);
    gate.let_go.add_permits(1);
    tokio::time::timeout(LONG, gate.done.recv()).await.expect("it was dropped").unwrap();
}

#[tokio::test]
async fn a_second_delivery_waits_for_the_first() {
    let (dispatcher, mut gate) = Gate::new();
    let receiver = Receiver::new(dispatcher);
    let deliver = |body: Vec<u8>| {
        let receiver = receiver.clone();
        tokio::spawn(async move { receiver.handle(&body).await })
    };
    let first = deliver(body(1, "message", MESSAGE));
    gate.call().await;
    // The rest of the envelope may differ.
    let again =
        String::from_utf8(body(1, "message", MESSAGE)).unwrap().replacen('{', r#"{"status_code":500,"#, 1);
    let second = deliver(again.into_bytes());
    // Under the same number but saying something else: this is another event, and must not get the first one's answer.
    let forged = deliver(body(1, "message", &MESSAGE.replace("212", "forged")));
    assert_eq!(gate.call().await, "forged");
    gate.let_go.add_permits(2);
    for delivery in [first, second, forged] {
        let answer = delivery.await.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"result":"OK","id":1}"#));
    }
    assert!(gate.called.try_recv().is_err(), "the handler was called for the repetition");
    // After that a repetition is a new delivery: the answer to the first one may have been lost.
    gate.let_go.add_permits(1);
    assert_eq!(receiver.handle(&body(1, "message", MESSAGE)).await.status, 200);
    assert_eq!(gate.call().await, "212");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_is_given_up_before_the_gateway_repeats() {
    let (dispatcher, mut gate) = Gate::new();
    let receiver = Receiver::new(dispatcher);
    let start = tokio::time::Instant::now();
    let answer = receiver.handle(&body(1, "message", MESSAGE)).await;
    assert_eq!((answer.status, answer.body.as_str()), (500, "the handler took too long\n"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let receiver = receiver.with_handler_deadline(Duration::from_secs(3));
    let start = tokio::time::Instant::now();
    assert_eq!(receiver.handle(&body(2, "message", MESSAGE)).await.status, 500);
    assert_eq!(start.elapsed().as_secs(), 3);
    gate.let_go.add_permits(1);
    assert_eq!(
        receiver.handle(&body(1, "message", MESSAGE)).await.status,
        200,
        "the repetition is tried anew"
    );
    assert!(gate.done.try_recv().is_ok() && gate.done.try_recv().is_err(), "what was given up went on");
}

#[tokio::test]
async fn a_handler_that_panics_has_failed() {
    let dispatcher = Dispatcher::new()
        .on_message(async |message, _| assert!(message.body.is_empty(), "on purpose"))
        .on_other(|_| -> std::future::Ready<()> { panic!("on purpose, before there is a future") });
    let url = serve(Receiver::new(dispatcher)).await;
    for _ in 0..2 {
        for event in [body(1, "message", MESSAGE), body(2, "news", "[]")] {
            assert_eq!(post(&url, event).await, (500, "the handler failed\n".to_owned()));
        }
    }
}

/// The gateway repeats an event until the handler succeeds.
#[tokio::test]
async fn an_event_is_repeated_until_it_is_handled() {
    let (sandbox, _, session) = sandbox().await;
    let (sender, mut tries) = mpsc::unbounded_channel();
    let dispatcher = Dispatcher::new().on_message(move |message, event| {
        sender.send((event.id, message.body)).unwrap();
        let second = sender.is_closed() || event.action != EventAction::Message;
        async move { if second { Ok(()) } else { Err("not yet") } }
    });
    session.set_hook(serve(Receiver::new(dispatcher)).await).await.unwrap();
    let contact = PhoneNumber::new("79991112233").unwrap();
    sandbox.receive(session.id(), Incoming::text((&contact).into(), "Hello")).unwrap();
    let mut ids = Vec::new();
    for _ in 0..4 {
        let (id, text) = tokio::time::timeout(Duration::from_secs(10), tries.recv()).await.unwrap().unwrap();
        assert_eq!(text, "Hello");
        ids.push(id);
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "one event, tried once and repeated three times: {ids:?}");
}
