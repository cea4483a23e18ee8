//! Sending one message.

use whatsgate_native::model::{ChatId, MessageId};
use whatsgate_native::{Outcome, Session};

use crate::{Outcome as Tested, Place};

async fn send(session: &Session) -> Tested {
    // ANCHOR: send
    use whatsgate_native::PhoneNumber;
    use whatsgate_native::model::ChatId;

    let number = PhoneNumber::new("+7 999 111-22-33")?;
    if session.is_registered(number.clone()).await? {
        session.send_text(number, "Your order is ready").await?;
    }
    session.send_text(ChatId::new("4239048293082@g.us")?, "A group is addressed by its id").await?;
    // ANCHOR_END: send
    Ok(())
}

async fn answer(session: &Session, from: ChatId, question: MessageId) -> Tested {
    // ANCHOR: answer
    use whatsgate_native::OutgoingMessage;

    session.show_typing(from.clone()).await?;
    session.send(from, OutgoingMessage::text("Yes, until six").with_quote(question)).await?;
    // ANCHOR_END: answer
    Ok(())
}

async fn outcome(session: &Session) -> Tested<Option<Outcome>> {
    // ANCHOR: outcome
    use whatsgate_native::{Outcome, PhoneNumber};

    let number = PhoneNumber::new("79991112233")?;
    if let Err(error) = session.send_text(number, "Hello").await {
        match error.outcome() {
            Outcome::NotSent => eprintln!("not sent, for certain: {error}"),
            Outcome::Unknown => eprintln!("perhaps sent, do not just repeat it: {error}"),
        }
        eprintln!("{}", error.advice());
        // ANCHOR_END: outcome
        return Ok(Some(error.outcome()));
        // ANCHOR: outcome
    }
    // ANCHOR_END: outcome
    Ok(None)
}

#[tokio::test]
async fn messages_go_out() {
    let place = Place::start().await;
    send(&place.session).await.unwrap();
    assert_eq!(place.sent(), ["Your order is ready", "A group is addressed by its id"]);
}

#[tokio::test]
async fn an_answer_quotes_the_question() {
    let place = Place::start().await;
    let chat = ChatId::new("79991112233@c.us").unwrap();
    let question = place.write("Are you open today?");
    answer(&place.session, chat, question).await.unwrap();
    assert_eq!(place.sent(), ["Yes, until six"]);
}

#[tokio::test]
async fn a_lost_reply_is_told_from_a_refusal() {
    let place = Place::start().await;
    place.fault(r#"[{"on": "send", "times": 1, "kind": "close_after"}]"#);
    assert_eq!(outcome(&place.session).await.unwrap(), Some(Outcome::Unknown));
    assert_eq!(place.sent(), ["Hello"]);
}
