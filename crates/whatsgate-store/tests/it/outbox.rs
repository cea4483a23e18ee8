//! Messages that somebody wants sent, and what became of them.

use std::time::Duration;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::evidence::{COMPARED, Content, PATIENCE, Sighting};
use whatsgate_core::durable::outbox::{Absent, Class, Draft, Ended, Entry, Key, Proof, State};
use whatsgate_core::durable::pacing::Limits;
use whatsgate_core::durable::receipts::ReceiptKey;
use whatsgate_model::SessionId;
use whatsgate_store::journal::Arrival;
use whatsgate_store::outbox::{self, Decision, Reading, Taking};
use whatsgate_store::waiting::{Waiting, WaitsFor};
use whatsgate_store::{OutboxFilter, Store, StoreError, Tables, pacing, poll};

use crate::support::{SESSION, event, run};

on_every_store! {
    the_same_key_is_the_same_message,
    one_message_of_a_chat_at_a_time_in_their_order,
    urgent_messages_go_first,
    an_urgent_message_and_an_earlier_one_of_its_chat_are_not_taken_together,
    what_is_not_due_or_over_is_not_sent,
    the_pace_is_kept_over_transactions,
    who_wants_no_bulk_gets_none,
    what_is_held_is_not_sent_and_holds_nobody_back,
    only_the_one_that_is_asked_for_is_sent,
    it_is_told_what_a_queued_message_waits_for,
    what_was_being_sent_by_whoever_is_gone_is_unknown,
    an_event_shows_that_it_was_sent,
    an_event_shows_one_of_equal_messages,
    an_event_before_the_end_of_the_attempt_counts,
    an_id_outweighs_what_looks_like_it,
    an_id_gives_back_what_looked_like_its_message,
    an_event_shows_what_is_being_sent_before_others,
    an_event_shows_what_is_unknown_before_what_was_refused,
    a_chat_has_several_names,
    absence_says_something_only_after_others_were_found,
    absence_says_nothing_while_a_message_like_it_is_nobodys,
    a_round_of_the_future_says_nothing,
    a_later_message_of_the_future_says_nothing,
    an_attempt_forgets_what_is_noted_of_the_future,
    people_decide_what_is_open,
    messages_are_listed_and_counted,
    what_is_settled_loses_its_message_and_keeps_its_key,
}

const CHAT: &str = "79991112233@c.us";

fn draft(recipient: &str, text: &str) -> Draft {
    Draft {
        session: SESSION.to_owned(),
        recipient: recipient.to_owned(),
        message: format!(r#"{{"type":"text","body":"{text}"}}"#),
        file: None,
        class: Class::Normal,
        not_before: 0,
        expires: None,
    }
}

fn reading(draft: &Draft, text: &str) -> Reading {
    Reading {
        chat: draft.chat().unwrap(),
        fingerprint: format!("{} {}", draft.recipient, draft.message),
        content: Content::new(text, None),
    }
}

async fn put_draft(store: &Store, key: &str, draft: Draft, text: &str) -> Result<Entry, StoreError> {
    let (key, reading) = (Key::new(key), reading(&draft, text));
    store.run(move |tables| outbox::put(tables, &key, &draft, reading)).await
}

async fn put(store: &Store, key: &str, recipient: &str, text: &str) -> Entry {
    put_draft(store, key, draft(recipient, text), text).await.unwrap()
}

async fn take(store: &Store, most: usize) -> Vec<Entry> {
    run(store, move |tables| {
        let taking = Taking {
            worker: "one",
            session: SESSION,
            most,
            limits: None,
            look: PATIENCE,
            lease: &|_| 60_000,
        };
        Ok(outbox::take(tables, &taking)?.entries)
    })
    .await
}

async fn end(store: &Store, entry: &Entry, ended: Ended) -> Entry {
    let (id, attempt) = (entry.id, entry.course.attempts());
    run(store, move |tables| outbox::end(tables, id, attempt, &ended)).await.unwrap()
}

async fn state(store: &Store, key: &str) -> Entry {
    let key = Key::new(key);
    run(store, move |tables| tables.outbox_entry(&key)).await.unwrap()
}

fn keys(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.key.key.as_str()).collect()
}

fn sent(short: &str) -> Ended {
    Ended::Sent { message: format!("true_{CHAT}_{short}"), chats: vec![CHAT.to_owned()] }
}

fn unknown() -> Ended {
    Ended::Unknown("no reply in time".to_owned())
}

/// An event that shows a message.
async fn show(store: &Store, number: i64, chat: &str, short: &str, text: &str) {
    let content = Content::new(text, None);
    let sighting = Sighting {
        key: ReceiptKey::new(&SessionId::new(SESSION).unwrap(), short),
        message: format!("true_{chat}_{short}"),
        chat: chat.to_owned(),
        number,
        file: false,
        text: content.texts[0],
        sent: None,
        received: 0,
    };
    let arrival = Arrival { event: event(number), receipt: None, sighting: Some(sighting), opts_out: false };
    store.append(vec![arrival]).await.unwrap();
}

async fn the_same_key_is_the_same_message(store: &Store) {
    let first = put(store, "order-1", CHAT, "Hello").await;
    assert_eq!(put(store, "order-1", CHAT, "Hello").await, first);
    let other = put_draft(store, "order-1", draft(CHAT, "Good day"), "Good day").await;
    assert_eq!(other, Err(StoreError::OtherMessage));
    let taken = take(store, 10).await;
    assert_eq!(keys(&taken), ["order-1"]);
    end(store, &taken[0], sent("A")).await;
    assert_eq!(put(store, "order-1", CHAT, "Hello").await.course.state, State::Sent);
    assert!(take(store, 10).await.is_empty());
}

async fn one_message_of_a_chat_at_a_time_in_their_order(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    for (key, chat) in [("1", "1@c.us"), ("2", "1@c.us"), ("3", "2@c.us"), ("4", "1@c.us")] {
        put(store, key, chat, "Hello").await;
    }
    let taken = take(store, 10).await;
    assert_eq!(keys(&taken), ["1", "3"]);
    assert!(take(store, 10).await.is_empty());
    end(store, &taken[0], Ended::Accepted).await;
    let second = take(store, 10).await;
    assert_eq!(keys(&second), ["2"]);
    // Later ones wait for it.
    end(store, &second[0], unknown()).await;
    assert!(take(store, 10).await.is_empty());
    show(store, 2, "1@c.us", "B", "Hello").await;
    show(store, 3, "1@c.us", "C", "Hello").await;
    assert_eq!(keys(&take(store, 10).await), ["4"]);
}

async fn urgent_messages_go_first(store: &Store) {
    put_draft(store, "bulk", Draft { class: Class::Bulk, ..draft(CHAT, "News") }, "News").await.unwrap();
    put(store, "normal", "2@c.us", "Hello").await;
    put_draft(store, "code", Draft { class: Class::Urgent, ..draft(CHAT, "1234") }, "1234").await.unwrap();
    assert_eq!(keys(&take(store, 1).await), ["code"]);
    // The code is on its way in the chat of the news.
    assert_eq!(keys(&take(store, 2).await), ["normal"]);
}

async fn an_urgent_message_and_an_earlier_one_of_its_chat_are_not_taken_together(store: &Store) {
    put_draft(store, "bulk", Draft { class: Class::Bulk, ..draft(CHAT, "News") }, "News").await.unwrap();
    put_draft(store, "code", Draft { class: Class::Urgent, ..draft(CHAT, "1234") }, "1234").await.unwrap();
    let taken = take(store, 10).await;
    assert_eq!(keys(&taken), ["code"]);
    assert!(take(store, 10).await.is_empty());
    end(store, &taken[0], sent("A")).await;
    assert_eq!(keys(&take(store, 10).await), ["bulk"]);
}

async fn what_is_not_due_or_over_is_not_sent(store: &Store) {
    let now = run(store, |tables| tables.now()).await;
    let later = Draft { not_before: now + 3_600_000, ..draft(CHAT, "Later") };
    put_draft(store, "later", later, "Later").await.unwrap();
    let over = Draft { expires: Some(now - 1), ..draft("2@c.us", "Over") };
    put_draft(store, "over", over, "Over").await.unwrap();
    put(store, "now", CHAT, "Now").await;
    let taken = run(store, |tables| {
        let taking = Taking {
            worker: "one",
            session: SESSION,
            most: 10,
            limits: None,
            look: PATIENCE,
            lease: &|_| 60_000,
        };
        outbox::take(tables, &taking)
    })
    .await;
    // What is for later holds up nothing.
    assert_eq!(keys(&taken.entries), ["now"]);
    assert_eq!(taken.next, Some(now + 3_600_000));
    assert_eq!(state(store, "over").await.course.state, State::Expired);
}

async fn the_pace_is_kept_over_transactions(store: &Store) {
    let limits = Limits::default().with_rate(Duration::from_secs(10), 2).with_jitter(0);
    for key in ["1", "2", "3"] {
        put(store, key, &format!("{key}@c.us"), "Hello").await;
    }
    let take = |limits: Limits| {
        run(store, move |tables: &mut dyn Tables| {
            let limits = Some(&limits);
            let taking = Taking {
                worker: "one",
                session: SESSION,
                most: 10,
                limits,
                look: PATIENCE,
                lease: &|_| 60_000,
            };
            outbox::take(tables, &taking)
        })
    };
    let now = run(store, |tables| tables.now()).await;
    let taken = take(limits.clone()).await;
    assert_eq!(keys(&taken.entries), ["1", "2"]);
    let next = taken.next.unwrap();
    assert!((now + 9_000..now + 12_000).contains(&next), "{}", next - now);
    assert!(take(limits.clone()).await.entries.is_empty());
    // Not even then while the session is disconnected.
    run(store, |tables| pacing::connect(tables, SESSION, Some(5), false)).await;
    assert!(take(Limits::default().with_rate(Duration::ZERO, 9)).await.entries.is_empty());
    run(store, |tables| pacing::connect(tables, SESSION, Some(4), true)).await;
    assert!(!run(store, |tables| pacing::is_connected(tables, SESSION)).await);
    run(store, |tables| pacing::connect(tables, SESSION, Some(6), true)).await;
    let quick = Limits::default().with_rate(Duration::ZERO, 9).with_ramp(Duration::ZERO, 1);
    assert_eq!(keys(&take(quick.clone()).await.entries), ["3"]);
    put(store, "4", CHAT, "Hello").await;
    let forecast =
        run(store, move |tables| pacing::forecast(tables, SESSION, &quick, Some((Class::Bulk, 2)))).await;
    assert_eq!(forecast.by_day.iter().map(|day| day.starts).sum::<u64>(), 3);
}

async fn who_wants_no_bulk_gets_none(store: &Store) {
    run(store, |tables| pacing::opt_out(tables, SESSION, CHAT, 7)).await;
    put_draft(store, "news", Draft { class: Class::Bulk, ..draft(CHAT, "News") }, "News").await.unwrap();
    put(store, "answer", CHAT, "Yes").await;
    assert_eq!(keys(&take(store, 10).await), ["answer"]);
    // It is looked at when it is its turn.
    let answer = state(store, "answer").await;
    end(store, &answer, sent("A")).await;
    assert!(take(store, 10).await.is_empty());
    assert_eq!(state(store, "news").await.course.state, State::Cancelled);
    assert_eq!(run(store, |tables| pacing::opted_out(tables, SESSION)).await, [(CHAT.to_owned(), 7)]);
    assert!(run(store, |tables| pacing::opt_in(tables, SESSION, CHAT)).await);
    assert!(run(store, |tables| pacing::opted_out(tables, SESSION)).await.is_empty());
}

async fn what_is_held_is_not_sent_and_holds_nobody_back(store: &Store) {
    let beginning = || Key::new("campaign/spring_%/");
    for (key, chat) in [
        ("campaign/spring_%/1", "1@c.us"),
        ("campaign/spring_%/2", "2@c.us"),
        ("campaign/spring_%", "3@c.us"),
    ] {
        put(store, key, chat, "Hello").await;
    }
    let of_another = Key { program: "shop".to_owned(), key: "campaign/spring_%/1".to_owned() };
    let (of_shop, text) = (draft("4@c.us", "Hello"), reading(&draft("4@c.us", "Hello"), "Hello"));
    run(store, move |tables| outbox::put(tables, &of_another, &of_shop, text)).await;
    put(store, "campaign/springs%/1", "1@c.us", "Bye").await;
    assert!(run(store, move |tables| outbox::hold(tables, &beginning())).await);
    assert!(!run(store, move |tables| outbox::hold(tables, &beginning())).await);
    assert_eq!(run(store, outbox::held).await, [beginning()]);
    put(store, "campaign/spring_%/5", "5@c.us", "Hello").await;
    // The third one as well, which is not behind the beginning, and the one of the same chat.
    assert_eq!(keys(&take(store, 2).await), ["campaign/spring_%", "campaign/spring_%/1"]);
    assert_eq!(keys(&take(store, 10).await), ["campaign/springs%/1"]);
    assert!(run(store, move |tables| outbox::release(tables, &beginning())).await);
    assert!(!run(store, move |tables| outbox::release(tables, &beginning())).await);
    assert_eq!(keys(&take(store, 10).await), ["campaign/spring_%/2", "campaign/spring_%/5"]);
}

async fn only_the_one_that_is_asked_for_is_sent(store: &Store) {
    for (key, chat) in [("1", CHAT), ("2", CHAT), ("22", "2@c.us")] {
        put(store, key, chat, "Hello").await;
    }
    let only = |key: &'static str| {
        run(store, move |tables| {
            let taking = Taking {
                worker: "one",
                session: SESSION,
                most: 10,
                limits: None,
                look: PATIENCE,
                lease: &|_| 60_000,
            };
            Ok(outbox::take_only(tables, &taking, Some(&Key::new(key)))?.entries)
        })
    };
    assert!(only("3").await.is_empty());
    // The one before it in its chat stays.
    assert_eq!(keys(&only("2").await), ["2"]);
    // What is being sent is waited for.
    assert!(only("1").await.is_empty());
    assert_eq!(keys(&take(store, 10).await), ["22"]);
}

async fn it_is_told_what_a_queued_message_waits_for(store: &Store) {
    for (key, chat) in [("1", CHAT), ("2", CHAT), ("3", "2@c.us"), ("spring/4", CHAT)] {
        put(store, key, chat, "Hello").await;
    }
    let later = Draft { not_before: Millis::MAX, ..draft(CHAT, "Hello") };
    put_draft(store, "later", later, "Hello").await.unwrap();
    run(store, |tables| outbox::hold(tables, &Key::new("spring/"))).await;
    let waits_for = |key: &'static str, look: Duration| {
        run(store, move |tables| {
            let entry = tables.outbox_entry(&Key::new(key))?.unwrap();
            Ok(Waiting::read(tables, look)?.of(&entry))
        })
    };
    assert_eq!(waits_for("2", PATIENCE).await, None);
    let taken = take(store, 1).await;
    let ended = end(store, &taken[0], unknown()).await.course.attempt.unwrap().ended.unwrap();
    let until = ended + Millis::try_from(PATIENCE.as_millis()).unwrap();
    let unknown = Some(WaitsFor::Unknown { key: Key::new("1"), until });
    assert_eq!(waits_for("2", PATIENCE).await, unknown);
    assert_eq!(waits_for("spring/4", PATIENCE).await, Some(WaitsFor::Release));
    assert_eq!(waits_for("2", Duration::ZERO).await, None);
    for key in ["1", "3", "later"] {
        assert_eq!(waits_for(key, PATIENCE).await, None, "{key}");
    }
    run(store, |tables| outbox::release(tables, &Key::new("spring/"))).await;
    assert_eq!(waits_for("spring/4", PATIENCE).await, unknown);
    run(store, |tables| outbox::decide(tables, &Key::new("1"), &Decision::NotSent)).await;
    assert_eq!(waits_for("2", PATIENCE).await, None);
}

async fn what_was_being_sent_by_whoever_is_gone_is_unknown(store: &Store) {
    put(store, "one", CHAT, "Hello").await;
    let taken = take(store, 10).await;
    run(store, |tables| outbox::lose(tables, false)).await;
    assert_eq!(state(store, "one").await.course.state, State::Sending);
    run(store, |tables| outbox::lose(tables, true)).await;
    assert_eq!(state(store, "one").await.course.state, State::Unknown);
    assert!(take(store, 10).await.is_empty());
    // The reply comes after all.
    let entry = end(store, &taken[0], sent("A")).await;
    assert_eq!((entry.course.state, entry.course.proof), (State::Sent, Some(Proof::Id)));
}

async fn an_event_shows_that_it_was_sent(store: &Store) {
    show(store, 5, CHAT, "OLD", "Hello").await;
    put(store, "one", CHAT, "Hello").await;
    let taken = take(store, 10).await;
    assert_eq!(taken[0].course.attempt.as_ref().unwrap().highest, Some(5));
    end(store, &taken[0], unknown()).await;
    show(store, 6, "2@c.us", "X", "Hello").await;
    show(store, 7, CHAT, "Y", "Good day").await;
    assert_eq!(state(store, "one").await.course.state, State::Unknown);
    show(store, 8, CHAT, "NEW", "Hello").await;
    let course = state(store, "one").await.course;
    assert_eq!((course.state, course.proof), (State::Sent, Some(Proof::Content)));
    assert_eq!(course.message.unwrap(), format!("true_{CHAT}_NEW"));
}

async fn an_event_shows_one_of_equal_messages(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    for key in ["one", "two"] {
        put(store, key, CHAT, "Hello").await;
        let taken = take(store, 10).await;
        end(store, &taken[0], Ended::Accepted).await;
    }
    show(store, 2, CHAT, "A", "Hello").await;
    assert_eq!(state(store, "one").await.course.state, State::Sent);
    assert_eq!(state(store, "two").await.course.state, State::Accepted);
    // The same message in another event, which calls its chat otherwise.
    show(store, 3, "123@lid", "A", "Hello").await;
    assert_eq!(state(store, "two").await.course.state, State::Accepted);
    show(store, 4, "123@lid", "B", "Hello").await;
    assert_eq!(state(store, "two").await.course.state, State::Sent);
}

async fn an_event_before_the_end_of_the_attempt_counts(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    put(store, "one", CHAT, "Hello").await;
    let taken = take(store, 10).await;
    show(store, 2, CHAT, "A", "Hello").await;
    let entry = end(store, &taken[0], unknown()).await;
    assert_eq!((entry.course.state, entry.course.proof), (State::Sent, Some(Proof::Content)));
}

async fn an_id_outweighs_what_looks_like_it(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    put(store, "one", CHAT, "Hello").await;
    let one = take(store, 10).await;
    end(store, &one[0], Ended::Accepted).await;
    put(store, "two", CHAT, "Hello").await;
    let two = take(store, 10).await;
    assert_eq!(keys(&two), ["two"]);
    run(store, |tables| outbox::lose(tables, true)).await;
    show(store, 2, CHAT, "A", "Hello").await;
    assert_eq!(state(store, "one").await.course.state, State::Sent);
    end(store, &two[0], sent("A")).await;
    assert_eq!(state(store, "two").await.course.proof, Some(Proof::Id));
    assert_eq!(state(store, "one").await.course.state, State::Unknown);
    // And it is there for whose it is.
    show(store, 3, CHAT, "B", "Hello").await;
    assert_eq!(state(store, "one").await.course.message.unwrap(), format!("true_{CHAT}_B"));
}

async fn an_id_gives_back_what_looked_like_its_message(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    let mut taken = Vec::new();
    for key in ["one", "two", "three"] {
        put(store, key, CHAT, "Hello").await;
        taken.extend(take(store, 10).await);
        end(store, taken.last().unwrap(), Ended::Accepted).await;
    }
    show(store, 2, CHAT, "A", "Hello").await;
    assert_eq!(state(store, "one").await.course.message.unwrap(), format!("true_{CHAT}_A"));
    // Its reply comes after all.
    end(store, &taken[0], sent("B")).await;
    assert_eq!(state(store, "one").await.course.message.unwrap(), format!("true_{CHAT}_B"));
    assert_eq!(state(store, "two").await.course.message.unwrap(), format!("true_{CHAT}_A"));
    // This one names the same message, by another name of its chat.
    end(store, &taken[1], Ended::Sent { message: "true_8@lid_A".to_owned(), chats: Vec::new() }).await;
    assert_eq!(state(store, "three").await.course.state, State::Accepted);
}

async fn an_event_shows_what_is_being_sent_before_others(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    put(store, "refused", CHAT, "Hello").await;
    let refused = take(store, 10).await;
    end(store, &refused[0], Ended::Refused("500".to_owned())).await;
    put(store, "two", CHAT, "Hello").await;
    let two = take(store, 10).await;
    show(store, 2, CHAT, "A", "Hello").await;
    assert_eq!(state(store, "refused").await.course.state, State::Failed);
    end(store, &two[0], unknown()).await;
    assert_eq!(state(store, "two").await.course.message.unwrap(), format!("true_{CHAT}_A"));
    // What is not its own shows others once that is known.
    put(store, "three", CHAT, "Hello").await;
    let three = take(store, 10).await;
    show(store, 3, CHAT, "B", "Hello").await;
    assert_eq!(state(store, "refused").await.course.state, State::Failed);
    end(store, &three[0], sent("C")).await;
    assert_eq!(state(store, "refused").await.course.message.unwrap(), format!("true_{CHAT}_B"));
}

async fn an_event_shows_what_is_unknown_before_what_was_refused(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    for (key, ended) in [("refused", Ended::Refused("500".to_owned())), ("unknown", unknown())] {
        put(store, key, CHAT, "Hello").await;
        let taken = take(store, 10).await;
        end(store, &taken[0], ended).await;
    }
    show(store, 2, CHAT, "A", "Hello").await;
    assert_eq!(state(store, "unknown").await.course.state, State::Sent);
    assert_eq!(state(store, "refused").await.course.state, State::Failed);
    // Also if it came before the refusal.
    for key in ["lost", "no"] {
        put(store, key, "2@c.us", "Hello").await;
    }
    let lost = take(store, 10).await;
    end(store, &lost[0], unknown()).await;
    age(store, "lost", 1000).await;
    let key = Key::new("no");
    let no = run(store, move |tables| {
        let limits = None;
        let look = Duration::ZERO;
        let taking = Taking { worker: "one", session: SESSION, most: 1, limits, look, lease: &|_| 60_000 };
        Ok(outbox::take_only(tables, &taking, Some(&key))?.entries)
    })
    .await;
    show(store, 3, "2@c.us", "B", "Hello").await;
    assert_eq!(state(store, "lost").await.course.state, State::Unknown);
    end(store, &no[0], Ended::Refused("500".to_owned())).await;
    assert_eq!(state(store, "lost").await.course.state, State::Sent);
    assert_eq!(state(store, "no").await.course.state, State::Failed);
    // Also if its chat had a name of which nobody knew.
    for (key, ended) in [("refused/3", Ended::Refused("500".to_owned())), ("unknown/3", unknown())] {
        put(store, key, "3@c.us", "Hello").await;
        let taken = take(store, 10).await;
        end(store, &taken[0], ended).await;
    }
    show(store, 4, "33@lid", "C", "Hello").await;
    age(store, "unknown/3", 2 * HOUR).await;
    put(store, "other", "3@c.us", "Good day").await;
    let other = take(store, 10).await;
    let ended = Ended::Sent { message: "true_33@lid_D".to_owned(), chats: vec!["33@lid".to_owned()] };
    end(store, &other[0], ended).await;
    assert_eq!(state(store, "unknown/3").await.course.state, State::Sent);
    assert_eq!(state(store, "refused/3").await.course.state, State::Failed);
}

async fn a_chat_has_several_names(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    put(store, "one", CHAT, "Hello").await;
    let one = take(store, 10).await;
    end(store, &one[0], Ended::Accepted).await;
    show(store, 2, "77@lid", "A", "Hello").await;
    assert_eq!(state(store, "one").await.course.state, State::Accepted);
    // The next reply tells that the two are one.
    put(store, "two", CHAT, "Good day").await;
    let two = take(store, 10).await;
    let ended = Ended::Sent { message: "true_77@lid_B".to_owned(), chats: vec!["77@lid".to_owned()] };
    end(store, &two[0], ended).await;
    assert_eq!(state(store, "one").await.course.state, State::Sent);
}

const HOUR: i64 = 3_600_000;

/// Puts the latest attempt of an entry into the past.
async fn age(store: &Store, key: &str, by: i64) {
    let key = Key::new(key);
    run(store, move |tables| {
        let mut entry = tables.outbox_entry(&key)?.unwrap();
        let attempt = entry.course.attempt.as_mut().unwrap();
        attempt.started -= by;
        attempt.ended = attempt.ended.map(|ended| ended - by);
        tables.put_course(&entry, None)
    })
    .await;
}

/// A complete round of the poll began so long ago.
async fn round(store: &Store, ago: i64) {
    run(store, move |tables| {
        let began = tables.now()? - ago;
        poll::lease(tables, "one", 1000)?;
        poll::keep(tables, "one", &whatsgate_core::CursorPosition::default(), began, false)
    })
    .await;
}

async fn judge(store: &Store, policy: Absent) -> usize {
    run(store, move |tables| outbox::judge(tables, policy, PATIENCE)).await
}

/// Sends so many messages that are found by their content as it takes until absence says something.
async fn compare(store: &Store) {
    for number in 0..i64::from(COMPARED) {
        assert_eq!(judge(store, Absent::Resend).await, 0);
        let key = format!("found-{number}");
        put(store, &key, CHAT, "Hello").await;
        let taken = take(store, 10).await;
        show(store, 10 + number, CHAT, &key, "Hello").await;
        end(store, &taken[0], sent(&key)).await;
    }
}

/// A message that was lost two hours ago.
async fn lose(store: &Store) {
    show(store, 1, CHAT, "OLD", "Hi").await;
    put(store, "lost", "1@c.us", "Hello").await;
    let lost = take(store, 10).await;
    end(store, &lost[0], unknown()).await;
    age(store, "lost", 2 * HOUR).await;
}

async fn absence_says_something_only_after_others_were_found(store: &Store) {
    lose(store).await;
    compare(store).await;
    // All were found, but no round shows that there is nothing more.
    assert_eq!(judge(store, Absent::Resend).await, 0);
    round(store, 2 * HOUR - 10_000).await;
    assert_eq!(judge(store, Absent::Resend).await, 0);
    round(store, HOUR).await;
    assert_eq!(judge(store, Absent::Hold).await, 0);
    assert_eq!(state(store, "lost").await.course.state, State::Unknown);
    assert!(state(store, "lost").await.course.reason.contains("missing"));
    assert_eq!(judge(store, Absent::Tell).await, 1);
    assert_eq!(state(store, "lost").await.course.state, State::NotSent);
    // It comes after all.
    show(store, 100, "1@c.us", "LATE", "Hello").await;
    assert_eq!(state(store, "lost").await.course.state, State::Sent);
    // One that is not found makes absence say nothing again.
    for key in ["odd", "gone"] {
        put(store, key, "2@c.us", "Hello").await;
        let taken = take(store, 10).await;
        let ended = if key == "odd" { sent("ODD") } else { unknown() };
        end(store, &taken[0], ended).await;
        age(store, key, HOUR).await;
    }
    round(store, 1000).await;
    assert_eq!(judge(store, Absent::Tell).await, 0);
    assert_eq!(state(store, "gone").await.course.state, State::Unknown);
}

async fn absence_says_nothing_while_a_message_like_it_is_nobodys(store: &Store) {
    lose(store).await;
    // Perhaps this is its chat.
    show(store, 5, "77@lid", "LID", "Hello").await;
    compare(store).await;
    round(store, HOUR).await;
    assert_eq!(judge(store, Absent::Tell).await, 0);
    assert_eq!(state(store, "lost").await.course.state, State::Unknown);
    // It is somebody else's.
    put(store, "other", "2@c.us", "Good day").await;
    let other = take(store, 10).await;
    let ended = Ended::Sent { message: "true_77@lid_B".to_owned(), chats: vec!["77@lid".to_owned()] };
    end(store, &other[0], ended).await;
    assert_eq!(judge(store, Absent::Tell).await, 1);
}

/// Something was noted before the clock was set back by an hour.
async fn note_the_future(store: &Store, name: String) {
    run(store, move |tables| {
        let future = tables.now()? + HOUR;
        tables.set_setting(&name, Some(&future.to_string()))
    })
    .await;
}

async fn a_round_of_the_future_says_nothing(store: &Store) {
    let began = || run(store, |tables| tables.setting("poll.began"));
    lose(store).await;
    compare(store).await;
    // The clock was set back during the round, or after it.
    round(store, -HOUR).await;
    assert_eq!(began().await, None);
    note_the_future(store, "poll.began".to_owned()).await;
    assert_eq!(judge(store, Absent::Tell).await, 0);
    assert_eq!(began().await, None);
    round(store, HOUR).await;
    assert_eq!(judge(store, Absent::Tell).await, 1);
}

async fn an_attempt_forgets_what_is_noted_of_the_future(store: &Store) {
    let later = format!("outbox.later.{SESSION}");
    for name in [&later, "poll.began"] {
        note_the_future(store, name.to_owned()).await;
    }
    assert!(take(store, 10).await.is_empty());
    assert!(run(store, |tables| tables.setting("poll.began")).await.is_some());
    put(store, "one", CHAT, "Hello").await;
    take(store, 10).await;
    for name in [later, "poll.began".to_owned()] {
        assert_eq!(run(store, move |tables| tables.setting(&name)).await, None);
    }
}

async fn a_later_message_of_the_future_says_nothing(store: &Store) {
    lose(store).await;
    compare(store).await;
    // The clock was set back since.
    let last = format!("found-{}", COMPARED - 1);
    age(store, &last, -HOUR).await;
    round(store, HOUR).await;
    assert_eq!(judge(store, Absent::Tell).await, 0);
    // One of the future does not hide another one.
    for (number, key) in [(90, "future"), (91, "now")] {
        put(store, key, CHAT, "Hello").await;
        let taken = take(store, 10).await;
        show(store, number, CHAT, key, "Hello").await;
        end(store, &taken[0], sent(key)).await;
    }
    age(store, "future", -HOUR).await;
    assert_eq!(judge(store, Absent::Tell).await, 1);
}

async fn people_decide_what_is_open(store: &Store) {
    for key in ["cancelled", "unknown"] {
        put(store, key, CHAT, key).await;
    }
    let decide = |key: &str, decision: Decision| {
        let key = Key::new(key);
        run(store, move |tables: &mut dyn Tables| outbox::decide(tables, &key, &decision))
    };
    let (done, entry) = decide("cancelled", Decision::Cancel).await.unwrap();
    assert!(done && entry.course.state == State::Cancelled);
    let taken = take(store, 10).await;
    assert_eq!(keys(&taken), ["unknown"]);
    assert!(!decide("unknown", Decision::Cancel).await.unwrap().0);
    assert!(!decide("unknown", Decision::NotSent).await.unwrap().0);
    end(store, &taken[0], unknown()).await;
    assert!(!decide("unknown", Decision::Retry).await.unwrap().0);
    assert!(decide("unknown", Decision::NotSent).await.unwrap().0);
    assert!(decide("unknown", Decision::Retry).await.unwrap().0);
    let again = take(store, 10).await;
    assert_eq!((again[0].course.attempts(), again.len()), (2, 1));
    end(store, &again[0], Ended::Refused("500".to_owned())).await;
    let message = format!("true_{CHAT}_A");
    let (done, entry) = decide("unknown", Decision::Sent(Some(message.clone()))).await.unwrap();
    assert!(done);
    assert_eq!((entry.course.proof, entry.course.message), (Some(Proof::Person), Some(message)));
    assert_eq!(decide("none", Decision::Cancel).await, None);
}

async fn messages_are_listed_and_counted(store: &Store) {
    for number in 0..5 {
        put(store, &format!("list/{number}"), &format!("{}@c.us", number % 2), "Hello").await;
    }
    put(store, "other", "3@c.us", "Hello").await;
    let taken = take(store, 1).await;
    end(store, &taken[0], sent("A")).await;
    let filter = OutboxFilter { prefix: "list/".to_owned(), ..OutboxFilter::default() };
    let counts = run(store, {
        let filter = filter.clone();
        move |tables| tables.count_outbox(&filter)
    });
    assert_eq!(counts.await, [(State::Queued, 4), (State::Sent, 1)]);
    let states = vec![State::Sent, State::Queued];
    let filter = OutboxFilter { states, after: taken[0].id, ..filter };
    let listed = run(store, move |tables| tables.outbox_entries(&filter, 2)).await;
    assert_eq!(keys(&listed), ["list/1", "list/2"]);
    let none = OutboxFilter { program: Some("other".to_owned()), ..OutboxFilter::default() };
    assert!(run(store, move |tables| tables.outbox_entries(&none, 2)).await.is_empty());
}

async fn what_is_settled_loses_its_message_and_keeps_its_key(store: &Store) {
    put(store, "one", CHAT, "Hello").await;
    put(store, "two", "2@c.us", "Hello").await;
    let taken = take(store, 1).await;
    end(store, &taken[0], sent("A")).await;
    let after = run(store, |tables| tables.now()).await + 1;
    assert_eq!(run(store, move |tables| tables.expire_outbox(after)).await, 1);
    assert!(state(store, "one").await.draft.message.is_empty());
    assert!(!state(store, "two").await.draft.message.is_empty());
    assert_eq!(put(store, "one", CHAT, "Hello").await.course.state, State::Sent);
    let other = put_draft(store, "one", draft(CHAT, "Good day"), "Good day").await;
    assert_eq!(other, Err(StoreError::OtherMessage));
}
