//! Who has no token is not let in.

use serde_json::json;
use whatsgate_relay::{CallOutcome, Limits, MintError, Relay, RelayTokens};
use whatsgate_store::Store;

use crate::support::{Answer, CHAT, Gateway, PROGRAM, Served, grant, text, wide};

#[tokio::test]
async fn a_token_takes_the_place_of_the_key() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(grant(&gateway.session)).await.token;
    let answer = served.call(&token, "send", text(&gateway.session, CHAT)).await;
    assert_eq!((answer.status, gateway.sent()), (200, 1), "{answer:?}");
    assert!(answer.body["result"]["id"].as_str().unwrap().contains(CHAT));
    // As a bearer too.
    let typing = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
    let request = served.bare(reqwest::Method::POST, "typing").bearer_auth(&token).json(&typing);
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, &answer.body["result"]), (200, &json!("OK")));
    let calls = served.calls.lock().unwrap().clone();
    let calls: Vec<_> = calls.iter().map(|call| (call.command, call.outcome)).collect();
    assert_eq!(calls, [("send", CallOutcome::Done), ("typing", CallOutcome::Done)]);
}

#[tokio::test]
async fn whoever_has_none_is_not_let_in() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let minted = served.mint(grant(&gateway.session)).await;
    let token = minted.token.as_str();
    let body = text(&gateway.session, CHAT);
    let unknown = format!("wgr_{}", "0".repeat(64));
    for wrong in ["", "wgr_", &unknown, &minted.id, &token.to_uppercase(), &format!("{token}0")] {
        let answer = served.call(wrong, "send", body.clone()).await;
        assert_eq!((answer.status, &answer.body["name"]), (401, &json!("Unauthorized")), "{wrong}");
    }
    // The account's own key opens nothing here.
    let answer = served.call(gateway.sandbox.api_key(), "send", body.clone()).await;
    assert_eq!(answer.status, 401);
    // Nor is one taken from the URL, nor one of two.
    let in_the_url = served.bare(reqwest::Method::POST, &format!("send?token={token}")).json(&body);
    assert_eq!(Answer::of(in_the_url).await.status, 401);
    let two = served.post(token, "send", &body).bearer_auth(&unknown);
    assert_eq!(Answer::of(two).await.status, 401);
    assert_eq!(gateway.sent(), 0);
}

#[tokio::test]
async fn a_token_past_its_time_is_refused() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let minted = served.mint(grant(&gateway.session)).await;
    let body = text(&gateway.session, CHAT);
    served.age(&minted, 60_000).await;
    assert_eq!(served.call(&minted.token, "send", body.clone()).await.status, 200);
    served.age(&minted, 60_000).await;
    for command in ["send", "events-get", "token-renew", "get-chats"] {
        assert_eq!(served.call(&minted.token, command, body.clone()).await.status, 401, "{command}");
    }
    assert_eq!(gateway.sent(), 1);
    assert!(served.relay.tokens(PROGRAM, "", 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn tokens_are_revoked_one_by_one_by_subject_and_all() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let mut minted = Vec::new();
    for subject in ["a", "a", "b", "c"] {
        minted.push(served.mint(grant(&gateway.session).with_subject(subject)).await);
    }
    let other = served.relay.mint("crm", grant(&gateway.session).with_subject("a")).await.unwrap();
    let opens = async |minted: &[whatsgate_relay::Minted]| {
        let mut open = Vec::new();
        for minted in minted {
            let typing = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
            open.push(served.call(&minted.token, "typing", typing).await.status == 200);
        }
        open
    };
    assert_eq!(opens(&minted).await, [true; 4]);
    // Another program's token is not this one's to revoke.
    let revoke = async |which| served.relay.revoke(PROGRAM, which).await.unwrap();
    assert_eq!(revoke(RelayTokens::Id(other.id.clone())).await, 0);
    assert_eq!(revoke(RelayTokens::Id(minted[3].id.clone())).await, 1);
    assert_eq!(opens(&minted).await, [true, true, true, false]);
    assert_eq!(revoke(RelayTokens::Subject("a".to_owned())).await, 2);
    assert_eq!(opens(&minted).await, [false, false, true, false]);
    assert_eq!(revoke(RelayTokens::All).await, 1);
    assert_eq!(opens(&minted).await, [false; 4]);
    assert_eq!(opens(&[other]).await, [true]);
}

#[tokio::test]
async fn a_token_of_another_installation_opens_nothing() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let elsewhere = Relay::builder(gateway.client.clone(), Store::memory()).build();
    let minted = elsewhere.mint(PROGRAM, wide(&gateway.session)).await.unwrap();
    assert_eq!(served.call(&minted.token, "send", text(&gateway.session, CHAT)).await.status, 401);
}

#[tokio::test]
async fn a_page_renews_its_token_and_gains_nothing_but_time() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let minted = served.mint(grant(&gateway.session).with_sends(1).with_renewal(130)).await;
    assert_eq!(served.call(&minted.token, "send", text(&gateway.session, CHAT)).await.status, 200);
    served.age(&minted, 60_000).await;
    let renewed = served.call(&minted.token, "token-renew", json!({})).await;
    assert_eq!((renewed.status, &renewed.body["sends_left"]), (200, &json!(0)), "{renewed:?}");
    let until = renewed.body["expires_at"].as_i64().unwrap();
    assert!(until >= minted.expires_at && until <= minted.renewable_until);
    let spent = served.call(&minted.token, "send", text(&gateway.session, CHAT)).await;
    assert_eq!(spent.refused(), (403, "budget"));
    let by_program = served.relay.renew(&minted.token).await.unwrap().unwrap();
    assert!(by_program.expires_at >= until && served.relay.renew("wgr_").await.unwrap().is_none());
    // One that may not be renewed lives on as it was.
    let minted = served.mint(grant(&gateway.session)).await;
    let refused = served.call(&minted.token, "token-renew", json!({})).await;
    assert_eq!(refused.refused(), (403, "renewal"));
    assert_eq!(served.call(&minted.token, "send", text(&gateway.session, CHAT)).await.status, 200);
}

#[tokio::test]
async fn a_program_has_so_many_tokens_at_most_and_sees_them_without_secrets() {
    let gateway = Gateway::start().await;
    let mut limits = Limits::default();
    limits.tokens = 2;
    let served = Served::with(&gateway.client, &Store::memory(), limits).await;
    let one = served.mint(grant(&gateway.session).with_subject("visitor 17")).await;
    served.mint(grant(&gateway.session)).await;
    let refused = served.relay.mint(PROGRAM, grant(&gateway.session)).await;
    assert!(matches!(refused, Err(MintError::TooMany)), "{refused:?}");
    let wrong = served.relay.mint(PROGRAM, grant(&gateway.session).with_seconds(10)).await;
    assert!(matches!(wrong, Err(MintError::Grant(_))), "{wrong:?}");
    let listed = served.relay.tokens(PROGRAM, "", 9).await.unwrap();
    assert_eq!(listed.len(), 2);
    let shown = serde_json::to_string(&listed).unwrap();
    assert!(shown.contains("visitor 17") && shown.contains(&one.id) && !shown.contains("wgr_"), "{shown}");
    let rows = served.store.run(|tables| tables.relay_tokens(PROGRAM, 0, "", 9)).await.unwrap();
    for row in rows {
        let kept = format!("{}{}{}", row.hash, row.id, row.state);
        assert!(!kept.contains(one.token.trim_start_matches("wgr_")), "the store has the token");
    }
}
