//! No answer shows the key or where the gateway is. That none shows the key is looked at with every answer of every test.

use serde_json::json;
use whatsgate_store::Store;

use crate::support::{CHAT, Gateway, Served, text, wide};

#[tokio::test]
async fn a_gateway_that_tells_everything_is_not_repeated() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let host = gateway.sandbox.address().to_string();
    let key = whatsgate_canary::KEY;
    for message in [
        format!("invalid key {key}"),
        format!("upstream {host} failed"),
        format!("see http://{host}/log"),
        "x".repeat(5_000),
    ] {
        for status in [400, 401, 403, 404, 500, 502] {
            let body = json!({
                "name": format!("Error {key}"), "message": message, "code": key, "file": "/srv/secret.php",
                "stack-trace": [key],
            });
            let rule =
                json!([{ "on": "typing", "kind": "reply", "status": status, "body": body.to_string() }]);
            gateway.rules(&rule.to_string());
            let token = served.mint(wide(&gateway.session)).await.token;
            let typing = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
            let answer = served.call(&token, "typing", typing).await;
            let shown = answer.body.to_string();
            assert!(!shown.contains(&host) && !shown.contains("secret") && shown.len() < 1_000, "{shown}");
            let expected = if [401, 403].contains(&status) { 502 } else { status };
            assert_eq!(answer.status, expected, "{shown}");
        }
    }
    // Words that hold nothing are passed on.
    let body = json!({ "name": "Bad Request", "message": "the number is not on WhatsApp", "code": 17 });
    let rule = json!([{ "on": "send", "kind": "reply", "status": 400, "body": body.to_string() }]);
    gateway.rules(&rule.to_string());
    let token = served.mint(wide(&gateway.session)).await.token;
    let answer = served.call(&token, "send", text(&gateway.session, CHAT)).await;
    assert_eq!((&answer.body["message"], &answer.body["code"]), (&body["message"], &json!(17)));
}

#[tokio::test]
async fn a_key_in_a_reply_that_fits_is_removed() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let message = json!({ "id": format!("true_{CHAT}_3EB0"), "body": whatsgate_canary::KEY });
    let body = json!({ "result": message }).to_string();
    let rule = json!([{ "on": "send", "kind": "reply", "status": 200, "body": body }]);
    gateway.rules(&rule.to_string());
    let token = served.mint(wide(&gateway.session)).await.token;
    let answer = served.call(&token, "send", text(&gateway.session, CHAT)).await;
    assert_eq!((answer.status, &answer.body["result"]["body"]), (200, &json!("[removed]")));
}

#[tokio::test]
async fn nothing_shows_a_token_in_a_log() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let minted = served.mint(wide(&gateway.session).with_subject(whatsgate_canary::TEXT)).await;
    let shown = format!("{minted:?} {:?} {:?}", served.relay, wide(&gateway.session));
    assert!(!shown.contains(&minted.token) && !shown.contains(gateway.session.as_str()), "{shown}");
    let listed = served.relay.tokens("shop", "", 9).await.unwrap();
    whatsgate_canary::assert_hidden(&format!("{listed:?}"));
}
