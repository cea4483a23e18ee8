//! The journal.

use whatsgate_core::durable::journal::{Content, Incoming, Trust};
use whatsgate_store::journal::{PENDING_MILLIS, not_listed, read};
use whatsgate_store::{End, Slice, Store};

use crate::support::{WHOLE, append, entries, event, numbers, posted, raw, run};

on_every_store! {
    nothing_is_nothing,
    each_event_is_stored_once,
    one_commit_is_in_the_order_of_the_service,
    another_event_with_the_number_has_a_position_of_its_own,
    the_listed_version_counts,
    a_pending_event_is_disproved_by_a_listed_one_with_its_number,
    what_comes_after_higher_numbers_is_late,
    what_is_not_trusted_makes_nothing_late,
    what_cannot_be_read_is_stored_once,
    partitions_are_read_in_pages_and_have_all_events_between_them,
    large_content_is_left_out_of_pages,
    a_pending_event_holds_back_what_comes_after_it,
    a_pending_event_holds_nothing_back_after_a_minute,
    only_pending_events_become_unlisted,
    events_are_found_by_chat_and_by_date,
    the_end_is_told_to_who_waits,
}

async fn nothing_is_nothing(store: &Store) {
    store.append(Vec::new()).await.unwrap();
    assert_eq!(run(store, |tables| tables.end()).await, End { head: 0, highest: None });
    assert!(entries(store).await.is_empty());
    assert_eq!(run(store, |tables| tables.entry(1)).await, None);
    let page = run(store, |tables| read(tables, WHOLE, 0, 10)).await;
    assert_eq!((page.entries.len(), page.up_to), (0, 0));
}

async fn each_event_is_stored_once(store: &Store) {
    append(store, [event(1), event(2), event(1)]).await;
    append(store, [event(3), event(2)]).await;
    let stored = entries(store).await;
    assert_eq!(numbers(&stored), [Some(1), Some(2), Some(3)]);
    assert_eq!(stored.iter().map(|entry| entry.position).collect::<Vec<_>>(), [1, 2, 3]);
    for entry in stored {
        let sent = event(entry.identity.number.unwrap());
        assert_eq!(entry.content, Content::Whole(sent.raw));
        assert_eq!((entry.identity, entry.chat, entry.date), (sent.identity, sent.chat, sent.date));
        assert!(!entry.late && !entry.conflict && entry.received > 1_600_000_000_000);
    }
    assert_eq!(run(store, |tables| tables.end()).await, End { head: 3, highest: Some(3) });
}

async fn one_commit_is_in_the_order_of_the_service(store: &Store) {
    append(store, [event(30), event(10), event(20)]).await;
    assert_eq!(numbers(&entries(store).await), [Some(10), Some(20), Some(30)]);
}

async fn another_event_with_the_number_has_a_position_of_its_own(store: &Store) {
    append(store, [event(1)]).await;
    let mut other = event(1);
    other.identity.message = "false_chat-1_OTHER".into();
    append(store, [other.clone()]).await;
    append(store, [other, event(1)]).await;
    let stored = entries(store).await;
    assert_eq!(numbers(&stored), [Some(1), Some(1)]);
    assert_eq!((stored[0].conflict, stored[1].conflict), (false, true));
    assert_ne!(stored[0].key(), stored[1].key());
}

async fn the_listed_version_counts(store: &Store) {
    append(store, [posted(1, Trust::Posted)]).await;
    append(store, [posted(2, Trust::Pending), event(1), event(2)]).await;
    append(store, [posted(1, Trust::Posted), posted(2, Trust::Pending)]).await;
    for entry in entries(store).await {
        let number = entry.identity.number.unwrap();
        assert_eq!((entry.trust, entry.content), (Trust::Listed, Content::Whole(event(number).raw)));
    }
    assert_eq!(run(store, |tables| tables.end()).await.head, 2);
}

async fn a_pending_event_is_disproved_by_a_listed_one_with_its_number(store: &Store) {
    let mut forged = posted(1, Trust::Pending);
    forged.identity.message = "false_chat-1_FORGED".into();
    append(store, [forged]).await;
    append(store, [event(1)]).await;
    let stored = entries(store).await;
    assert_eq!(stored.iter().map(|entry| entry.trust).collect::<Vec<_>>(), [Trust::Unlisted, Trust::Listed]);
}

async fn what_comes_after_higher_numbers_is_late(store: &Store) {
    append(store, [event(5)]).await;
    append(store, [event(4), event(6)]).await;
    let stored = entries(store).await;
    assert_eq!(numbers(&stored), [Some(5), Some(4), Some(6)]);
    assert_eq!(stored.iter().map(|entry| entry.late).collect::<Vec<_>>(), [false, true, false]);
}

async fn what_is_not_trusted_makes_nothing_late(store: &Store) {
    append(store, [posted(1_000_000, Trust::Pending)]).await;
    assert_eq!(run(store, |tables| tables.end()).await, End { head: 1, highest: None });
    append(store, [event(1)]).await;
    assert!(!entries(store).await[1].late);
}

async fn what_cannot_be_read_is_stored_once(store: &Store) {
    let odd = || Incoming::unreadable(raw(r#"["what", "is", "this"]"#));
    append(store, [odd(), odd()]).await;
    append(store, [odd(), event(1), Incoming::unreadable(raw("null"))]).await;
    assert_eq!(numbers(&entries(store).await), [None, None, Some(1)]);
}

async fn partitions_are_read_in_pages_and_have_all_events_between_them(store: &Store) {
    append(store, (1..=60).map(event)).await;
    let mut seen = Vec::new();
    for partition in 0..4 {
        let slice = Slice { partition, of: 4 };
        let mut after = 0;
        loop {
            let page = run(store, move |tables| read(tables, slice, after, 3)).await;
            assert!(page.entries.len() <= 3 && page.up_to >= after);
            assert!(page.entries.iter().all(|entry| entry.position > after && entry.lane() % 4 == partition));
            assert!(page.entries.is_sorted_by_key(|entry| entry.position));
            seen.extend(page.entries.iter().map(|entry| entry.position));
            if page.entries.len() < 3 {
                assert_eq!(page.up_to, 60);
                break;
            }
            after = page.up_to;
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=60).collect::<Vec<_>>());
}

async fn large_content_is_left_out_of_pages(store: &Store) {
    let large = Incoming { raw: raw(&format!("\"{}\"", "я".repeat(50_000))), ..event(2) };
    append(store, [event(1), large.clone(), event(3)]).await;
    let page = run(store, |tables| read(tables, WHOLE, 0, 10)).await;
    assert_eq!(page.entries[0].content, Content::Whole(event(1).raw));
    let whole = Content::Whole(large.raw);
    // A store in memory has nothing to save.
    assert!(page.entries[1].content == Content::LeftOut || page.entries[1].content == whole);
    assert_eq!(run(store, |tables| tables.entry(2)).await.unwrap().content, whole);
}

async fn a_pending_event_holds_back_what_comes_after_it(store: &Store) {
    append(store, [event(1), posted(2, Trust::Pending), event(3)]).await;
    let page = run(store, |tables| read(tables, WHOLE, 0, 10)).await;
    assert_eq!((numbers(&page.entries), page.up_to), (vec![Some(1)], 1));
    run(store, |tables| not_listed(tables, &[2])).await;
    let page = run(store, |tables| read(tables, WHOLE, 0, 10)).await;
    assert_eq!((page.entries.len(), page.up_to), (3, 3));
    assert_eq!(page.entries[1].trust, Trust::Unlisted);
}

async fn a_pending_event_holds_nothing_back_after_a_minute(store: &Store) {
    append(store, [event(1), posted(2, Trust::Pending), event(3)]).await;
    run(store, |tables| {
        // The same event as if it had come earlier: the store's clock cannot be moved.
        let mut old = tables.entry(2)?.unwrap();
        old.position = 4;
        old.received -= PENDING_MILLIS;
        tables.set_trust(2, Trust::Posted, None)?;
        tables.append(&[old])?;
        tables.set_end(End { head: 4, highest: Some(3) })
    })
    .await;
    let page = run(store, |tables| read(tables, WHOLE, 0, 10)).await;
    assert_eq!((page.entries.len(), page.up_to), (4, 4));
    assert_eq!(page.entries[3].trust, Trust::Pending);
}

async fn only_pending_events_become_unlisted(store: &Store) {
    append(store, [event(1), posted(2, Trust::Pending), posted(3, Trust::Posted), posted(4, Trust::Pending)])
        .await;
    let pending = run(store, |tables| tables.pending(10)).await;
    assert_eq!(numbers(&pending), [Some(2), Some(4)]);
    assert_eq!(run(store, |tables| tables.pending(1)).await.len(), 1);
    run(store, |tables| not_listed(tables, &[1, 2, 3, 99])).await;
    let trust: Vec<_> = entries(store).await.iter().map(|entry| entry.trust).collect();
    assert_eq!(trust, [Trust::Listed, Trust::Unlisted, Trust::Posted, Trust::Pending]);
}

async fn events_are_found_by_chat_and_by_date(store: &Store) {
    append(store, (1..=20).map(event)).await;
    append(store, [Incoming { date: None, ..event(21) }]).await;
    let chat = |after| {
        move |tables: &mut dyn whatsgate_store::Tables| tables.chat(crate::support::SESSION, "chat-3", after)
    };
    assert_eq!(run(store, chat(0)).await, [3, 11, 19]);
    assert_eq!(run(store, chat(3)).await, [11, 19]);
    assert!(run(store, |tables| tables.chat("another", "chat-3", 0)).await.is_empty());
    assert_eq!(run(store, |tables| tables.first_since(1_700_000_005)).await, Some(5));
    assert_eq!(run(store, |tables| tables.first_since(0)).await, Some(1));
    assert_eq!(run(store, |tables| tables.first_since(1_700_000_021)).await, None);
}

async fn the_end_is_told_to_who_waits(store: &Store) {
    let mut end = store.end();
    assert_eq!(*end.borrow_and_update(), 0);
    append(store, [event(1), event(2)]).await;
    end.changed().await.unwrap();
    assert_eq!(*end.borrow_and_update(), 2);
}
