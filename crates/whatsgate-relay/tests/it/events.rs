//! A page sees the events of its chats, and of no others.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use whatsgate_native::model::SessionId;
use whatsgate_native::{ApiKey, BaseUrl, ClientBuilder, EventsGetRequest};
use whatsgate_relay::{Chats, Grant, Limits, RelayCommand, RelayTokens};
use whatsgate_store::Store;
use whatsgate_store::durable::journal::Trust;

use crate::support::{
    Answer, CHAT, LONG, OTHER, PROGRAM, Served, client, event, grant, happen, happen_with, wide,
};

const SESSION: &str = "6345454545454";

fn session() -> SessionId {
    SessionId::new(SESSION).unwrap()
}

async fn served(store: &Store) -> Served {
    // No gateway is asked for events.
    Served::start(&client("http://127.0.0.1:1/api/v1"), store).await
}

/// Events of the chat, of another one, of no chat, of another session, and what may be forged.
async fn several(store: &Store) {
    let events = [
        event(1, SESSION, Some(CHAT)),
        event(2, SESSION, Some(OTHER)),
        event(3, SESSION, None),
        event(4, "6345454545455", Some(CHAT)),
        event(5, SESSION, Some(CHAT)),
    ];
    happen(store, events).await;
    happen_with(store, [event(6, SESSION, Some(CHAT))], Trust::Pending).await;
    happen_with(store, [event(7, SESSION, Some(CHAT))], Trust::Unlisted).await;
    happen_with(store, [event(8, SESSION, Some(CHAT))], Trust::Posted).await;
}

fn numbers(answer: &Answer) -> Vec<i64> {
    assert_eq!((answer.status, &answer.body["result"]), (200, &json!("OK")), "{answer:?}");
    answer.body["data"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn the_list_has_the_events_of_its_chats() {
    let store = Store::memory();
    let served = served(&store).await;
    several(&store).await;
    let token = served.mint(grant(&session())).await.token;
    let answer = served.call(&token, "events-get", json!({})).await;
    assert_eq!(numbers(&answer), [1, 5, 8]);
    let page = &answer.body;
    assert_eq!((&page["elements"], &page["pages"], &page["page"]), (&json!(3), &json!(1), &json!(1)));
    assert!(page["data"][0].get("user_id").is_none(), "{page}");
    assert_eq!(page["data"][0]["event_data"]["message"]["body"], "text 1");
    // Events of no chat are for who may see all.
    let token = served.mint(wide(&session())).await.token;
    assert_eq!(numbers(&served.call(&token, "events-get", json!({})).await), [1, 2, 3, 5, 8]);
    let ready = json!({ "WhatsappID": SESSION, "action": "ready" });
    assert_eq!(numbers(&served.call(&token, "events-get", ready).await), [3]);
    let later = json!({ "date": "2024-06-01 10:00:01" });
    assert_eq!(numbers(&served.call(&token, "events-get", later).await), [0_i64; 0]);
    let other = json!({ "WhatsappID": "6345454545455" });
    assert_eq!(served.call(&token, "events-get", other).await.refused(), (403, "session"));
    for wrong in [json!({ "page": 0 }), json!({ "page_cnt": 101 }), json!({ "page_cnt": 0 })] {
        assert_eq!(served.call(&token, "events-get", wrong.clone()).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let store = Store::memory();
    let served = served(&store).await;
    happen(
        &store,
        (1..=45).map(|number| event(number, SESSION, Some(if number % 2 == 0 { OTHER } else { CHAT }))),
    )
    .await;
    let token = served.mint(grant(&session())).await.token;
    let page = async |body: Value| served.call(&token, "events-get", body).await;
    let first = page(json!({})).await;
    assert_eq!(numbers(&first), (0..10).map(|at| 2 * at + 1).collect::<Vec<_>>());
    assert_eq!((&first.body["elements"], &first.body["pages"]), (&json!(23), &json!(3)));
    assert_eq!(numbers(&page(json!({ "page": 3 })).await), [41, 43, 45]);
    assert_eq!(numbers(&page(json!({ "page": 4 })).await), [0_i64; 0]);
    assert_eq!(numbers(&page(json!({ "page": 2, "page_cnt": 20 })).await), [41, 43, 45]);
}

#[tokio::test]
async fn a_client_of_the_gateway_follows_events_without_a_change() {
    let store = Store::memory();
    let served = served(&store).await;
    happen(&store, (1..=150).map(|number| event(number, SESSION, Some(CHAT)))).await;
    let mut limits = Limits::default();
    limits.burst = 10_000;
    let served = Served::with(&client("http://127.0.0.1:1/api/v1"), &store, {
        drop(served);
        limits
    })
    .await;
    let token = served.mint(grant(&session())).await.token;
    let page = ClientBuilder::new(ApiKey::new(&token).unwrap());
    let page = page.base_url(BaseUrl::new(&served.base).unwrap()).build().unwrap();
    let every = Duration::from_millis(10);
    let mut events = page.session(session()).follow_events(EventsGetRequest::new(), every);
    let mut next = async || tokio::time::timeout(LONG, events.next()).await.unwrap().unwrap().unwrap().id.0;
    let mut seen = Vec::new();
    for _ in 0..150 {
        seen.push(next().await);
    }
    assert_eq!(seen, (1..=150).collect::<Vec<_>>());
    happen(&store, [event(151, SESSION, Some(OTHER)), event(152, SESSION, Some(CHAT))]).await;
    assert_eq!(next().await, 152);
}

/// A stream of server-sent events.
struct Stream {
    bytes: futures_util::stream::BoxStream<'static, reqwest::Result<Vec<u8>>>,
    text: String,
}

/// What a stream said.
#[derive(Debug, Default)]
struct Said {
    event: String,
    id: String,
    data: String,
}

impl Stream {
    async fn open(served: &Served, token: &str, last: Option<&str>) -> Self {
        let mut request = served.bare(Method::GET, "events/stream").header("X-Api-Key", token);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let bytes = response.bytes_stream().map(|bytes| bytes.map(|bytes| bytes.to_vec()));
        Self { bytes: futures_util::StreamExt::boxed(bytes), text: String::new() }
    }

    /// What is said next; none at the end. Pauses are left out.
    async fn next(&mut self) -> Option<Said> {
        tokio::time::timeout(LONG, self.said()).await.expect("something comes in time")
    }

    async fn said(&mut self) -> Option<Said> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let mut said = Said::default();
                for line in block.lines() {
                    match line.split_once(": ") {
                        Some(("event", event)) => event.clone_into(&mut said.event),
                        Some(("id", id)) => id.clone_into(&mut said.id),
                        Some(("data", data)) => data.clone_into(&mut said.data),
                        _ => {}
                    }
                }
                self.text = String::from(rest);
                if !said.event.is_empty() {
                    return Some(said);
                }
            }
            let bytes = futures_util::StreamExt::next(&mut self.bytes).await?.unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn number(&mut self) -> (i64, String) {
        let said = self.next().await.unwrap();
        assert_eq!(said.event, "event", "{said:?}");
        let event: Value = serde_json::from_str(&said.data).unwrap();
        assert!(event.get("user_id").is_none());
        (event["id"].as_i64().unwrap(), said.id)
    }

    /// The stream ends because of its token.
    async fn ends(mut self) {
        let said = self.next().await.unwrap();
        assert_eq!(said.event, "error", "{said:?}");
        let error: Value = serde_json::from_str(&said.data).unwrap();
        assert_eq!(error["status"], 401);
        assert!(self.next().await.is_none());
    }
}

#[tokio::test]
async fn a_stream_has_the_events_of_its_chats_and_goes_on_where_it_was() {
    let store = Store::memory();
    let served = served(&store).await;
    several(&store).await;
    let token = served.mint(grant(&session())).await.token;
    let mut stream = Stream::open(&served, &token, None).await;
    let more = [
        event(11, SESSION, Some(OTHER)),
        event(12, SESSION, None),
        event(13, "6345454545455", Some(CHAT)),
        event(14, SESSION, Some(CHAT)),
    ];
    happen(&store, more).await;
    happen_with(&store, [event(15, SESSION, Some(CHAT))], Trust::Unlisted).await;
    happen(&store, [event(16, SESSION, Some(CHAT))]).await;
    // Nothing that was there before it began.
    assert_eq!(stream.number().await.0, 14);
    let (last, id) = stream.number().await;
    assert_eq!(last, 16);
    drop(stream);
    happen(&store, [event(17, SESSION, Some(CHAT))]).await;
    let mut again = Stream::open(&served, &token, Some(&id)).await;
    assert_eq!(again.number().await.0, 17);
    // What waits to be verified holds up what follows, until it proves to be forged.
    store.run(|tables| whatsgate_store::journal::not_listed(tables, &[6])).await.unwrap();
    let mut from_the_beginning = Stream::open(&served, &token, Some("0")).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(from_the_beginning.number().await.0);
    }
    assert_eq!(seen, [1, 5, 8, 14, 16, 17]);
}

#[tokio::test]
async fn a_stream_that_was_elsewhere_is_told_of_the_gap() {
    let store = Store::memory();
    let served = served(&store).await;
    let token = served.mint(grant(&session())).await.token;
    let mut stream = Stream::open(&served, &token, Some("999999")).await;
    assert_eq!(stream.next().await.unwrap().event, "gap");
    happen(&store, [event(1, SESSION, Some(CHAT))]).await;
    assert_eq!(stream.number().await.0, 1);
    let request = served.bare(Method::GET, "events/stream").header("X-Api-Key", &token);
    assert_eq!(Answer::of(request.header("Last-Event-ID", "x")).await.status, 400);
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let store = Store::memory();
    let served = served(&store).await;
    let one = served.mint(grant(&session()).with_subject("a")).await;
    let other = served.mint(grant(&session()).with_subject("b")).await;
    let third = served.mint(grant(&session()).with_subject("c")).await;
    let streams = [
        Stream::open(&served, &one.token, None).await,
        Stream::open(&served, &other.token, None).await,
        Stream::open(&served, &third.token, None).await,
    ];
    let [first, second, mut third_stream] = streams;
    served.relay.revoke(PROGRAM, RelayTokens::Subject("a".to_owned())).await.unwrap();
    first.ends().await;
    served.age(&other, 120_000).await;
    second.ends().await;
    // The third one lives on, until it ends with the relay.
    happen(&store, [event(1, SESSION, Some(CHAT))]).await;
    assert_eq!(third_stream.number().await.0, 1);
    served.relay.stop();
    assert!(third_stream.next().await.is_none());
}

#[tokio::test]
async fn streams_need_the_command_and_are_few() {
    let store = Store::memory();
    let served = served(&store).await;
    let token = served.mint(Grant::new(session(), [RelayCommand::Send], Chats::All)).await.token;
    let open = async |token: &str| served.bare(Method::GET, "events/stream").bearer_auth(token);
    assert_eq!(Answer::of(open(&token).await).await.refused(), (403, "command"));
    assert_eq!(Answer::of(open("wgr_x").await).await.status, 401);
    let token = served.mint(grant(&session())).await.token;
    let streams = [Stream::open(&served, &token, None).await, Stream::open(&served, &token, None).await];
    assert_eq!(Answer::of(open(&token).await).await.status, 429);
    let other = served.mint(grant(&session())).await.token;
    Stream::open(&served, &other, None).await;
    drop(streams);
    // The seats are free once the server has seen that the page is gone.
    let freed = async {
        while open(&token).await.send().await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LONG, freed).await.expect("seats become free");
}
