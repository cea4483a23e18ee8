//! Every command, end to end.

use whatsgate_native::core::attach::attach;
use whatsgate_native::{
    Ack, ErrorKind, EventAction, EventsGetRequest, MessageType, Outcome, OutgoingMessage, PhoneNumber,
    SendResult, SessionCreateRequest, SessionId, SessionStatus, SessionsGetRequest, StreamExt, TryStreamExt,
    WaitOptions,
};
use whatsgate_sandbox::Incoming;

use crate::support::{builder, sandbox};

fn contact() -> PhoneNumber {
    PhoneNumber::new("79991112233").unwrap()
}

#[tokio::test]
async fn sends_a_text_and_answers_with_a_quote() {
    let (sandbox, _, session) = sandbox().await;
    let SendResult::Sent(sent) = session.send_text(contact(), "Hello").await.unwrap() else {
        panic!("not sent")
    };
    assert!(sent.id.is_outgoing());
    assert_eq!((sent.body.as_str(), sent.kind), ("Hello", Some(MessageType::Chat)));
    let question = sandbox.receive(session.id(), Incoming::text((&contact()).into(), "How much?")).unwrap();
    let answer = OutgoingMessage::text("120").with_quote(question);
    assert!(matches!(session.send(contact(), answer).await.unwrap(), SendResult::Sent(_)));
}

#[tokio::test]
async fn an_asynchronous_send_is_queued_and_reported_later() {
    let (_sandbox, client, session) = sandbox().await;
    let result = session.enqueue(contact(), OutgoingMessage::text("Later")).await.unwrap();
    assert_eq!(result, SendResult::Queued("OK".to_owned()));
    let filter = EventsGetRequest::new().with_action(EventAction::Sent);
    let mut events = client.follow_events(filter, std::time::Duration::from_millis(5));
    let sent = events.next().await.unwrap().unwrap();
    assert_eq!(sent.data.message().unwrap().body, "Later");
}

#[tokio::test]
async fn a_file_comes_back_byte_by_byte() {
    let (_sandbox, _, session) = sandbox().await;
    let content: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let SendResult::Sent(sent) =
        session.send(contact(), attach("отчёт.bin", &content).unwrap().with_caption("Вот")).await.unwrap()
    else {
        panic!("not sent")
    };
    assert!(sent.has_media);
    let by_message = session.message_media(&sent.id).await.unwrap();
    assert_eq!(by_message.data.decode().unwrap(), content);
    assert_eq!(by_message.filename.as_deref(), Some("отчёт.bin"));
    let by_key = session.media(&sent.media_key.unwrap()).await.unwrap();
    assert_eq!(by_key.data, by_message.data);
}

#[tokio::test]
async fn checks_reads_and_lists() {
    let (sandbox, _, session) = sandbox().await;
    assert!(session.is_registered(&contact()).await.unwrap());
    assert!(!session.is_registered(&PhoneNumber::new("79990000000").unwrap()).await.unwrap());
    sandbox.receive(session.id(), Incoming::text((&contact()).into(), "Hi")).unwrap();
    let unread = async || {
        let chats = session.chats().await.unwrap();
        assert!(chats.iter().any(|chat| chat.group().is_some_and(|group| !group.participants.is_empty())));
        chats.into_iter().find(|chat| chat.id.phone() == Some(contact())).unwrap().unread_count
    };
    assert_eq!(unread().await, 1);
    session.show_typing(contact()).await.unwrap();
    session.mark_as_read(contact()).await.unwrap();
    assert_eq!(unread().await, 0);
}

#[tokio::test]
async fn a_session_lives_from_creation_to_deletion() {
    let (_sandbox, client, _) = sandbox().await;
    let created = client.create_session(SessionCreateRequest::new("Shop")).await.unwrap();
    assert_eq!(created.status, Some(SessionStatus::Pending));
    let session = client.session(created.unique_id);
    let options = WaitOptions::default().with_interval(std::time::Duration::from_millis(10));
    let mut links = Vec::new();
    let ready = session.wait_until_ready(options, |now| links.push(now.qr_link.clone())).await.unwrap();
    assert!(ready.is_ready() && ready.wid.is_some());
    assert!(links.iter().any(Option::is_some), "a QR link was shown: {links:?}");

    session.rename("Store").await.unwrap();
    session.set_hook("http://127.0.0.1:9/hook").await.unwrap();
    let info = session.info().await.unwrap().unwrap();
    assert_eq!((info.name.as_str(), info.callback.as_deref()), ("Store", Some("http://127.0.0.1:9/hook")));
    session.clear_hook().await.unwrap();
    assert_eq!(session.info().await.unwrap().unwrap().callback, None);

    let listed: Vec<_> = client.sessions(SessionsGetRequest::new()).try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(session.delete().await.unwrap().unwrap().status, Some(SessionStatus::Destroying));
}

#[tokio::test]
async fn a_pairing_code_comes_with_the_session() {
    let (_sandbox, client, _) = sandbox().await;
    let request = SessionCreateRequest::new("Shop").with_pairing_code(contact());
    let session = client.session(client.create_session(request).await.unwrap().unique_id);
    let options = WaitOptions::default().with_interval(std::time::Duration::from_millis(10));
    let mut codes = Vec::new();
    session.wait_until_ready(options, |now| codes.extend(now.code.clone())).await.unwrap();
    assert!(!codes.is_empty());
}

#[tokio::test]
async fn events_come_once_over_many_pages() {
    let (sandbox, client, session) = sandbox().await;
    for n in 0..25 {
        sandbox.receive(session.id(), Incoming::text((&contact()).into(), format!("{n}"))).unwrap();
    }
    let filter = EventsGetRequest::new().with_action(EventAction::Message).with_page_size(4);
    let bodies: Vec<String> = session
        .events(filter)
        .map_ok(|event| event.data.message().unwrap().body.clone())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(bodies, (0..25).map(|n| n.to_string()).collect::<Vec<_>>());
    drop(client);
}

#[tokio::test]
async fn acknowledgements_rise() {
    let (_sandbox, client, session) = sandbox().await;
    session.send_text(contact(), "Tick").await.unwrap();
    let filter = EventsGetRequest::new().with_action(EventAction::Ack);
    let events = client.follow_events(filter, std::time::Duration::from_millis(5));
    let acks: Vec<Ack> = events
        .take(3)
        .map_ok(|event| event.data.message().unwrap().ack.unwrap())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(acks, [Ack::SERVER, Ack::DEVICE, Ack::READ]);
}

#[tokio::test]
async fn the_services_errors_say_what_to_do() {
    let (sandbox, client, session) = sandbox().await;
    let stranger = builder(&sandbox.base_url(), "another-key").build().unwrap().session(session.id().clone());
    let error = stranger.chats().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Some(401)));
    assert_eq!(error.advice(), "Check the API key, or a page's token, and that it belongs to this host.");

    let error = session.send_text(contact(), "  ").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome(), error.tries()),
        (ErrorKind::InvalidRequest, Outcome::NotSent, 0)
    );
    assert_eq!(error.to_string(), "send: message.body: it is empty; nothing was sent");

    let unknown = client.session(SessionId::new("ffffffffffff0").unwrap());
    let error = unknown.send_text(contact(), "Hello").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Service, Outcome::Unknown));
    assert!(error.envelope().is_some() && error.raw().is_some());
}

/// The client's futures can be spawned, although the trait of the transport says nothing of it.
#[tokio::test]
async fn futures_and_streams_can_be_spawned() {
    let (_sandbox, client, session) = sandbox().await;
    let chats = tokio::spawn({
        let session = session.clone();
        async move { session.chats().await.map(|chats| chats.len()) }
    });
    assert!(chats.await.unwrap().unwrap() > 0);
    let mut events = client.events(EventsGetRequest::new());
    tokio::spawn(async move { while events.try_next().await.unwrap().is_some() {} }).await.unwrap();
    let waiting = session.clone();
    tokio::spawn(async move { waiting.wait_until_ready(WaitOptions::default(), |_| {}).await.map(drop) })
        .await
        .unwrap()
        .unwrap();
}
