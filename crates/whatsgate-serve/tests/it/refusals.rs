//! What a refusal says where "nothing was done, mend the call" would lead astray.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use whatsgate_durable::Store;
use whatsgate_serve::Service;

use crate::support::{Served, Stage};

async fn said(call: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_key_that_is_known_is_told_so_when_its_file_is_gone() {
    let stage = Stage::start().await;
    let place = stage.folder.path().join("invoice.pdf");
    std::fs::write(&place, "%PDF-").unwrap();
    let call = |key: &str| {
        let path = format!("/v1/sessions/{}/messages?wait=30", stage.session);
        let body = json!({ "recipient": "79991112233", "file": { "path": place } });
        stage.served.call(Method::POST, &path).header("idempotency-key", key).json(&body)
    };
    let (status, sent) = said(call("invoice-17")).await;
    assert_eq!((status, &sent["state"]), (200, &json!("sent")), "{sent}");
    std::fs::remove_file(&place).unwrap();
    let (status, problem) = said(call("invoice-17")).await;
    assert_eq!((status, &problem["kind"], &problem["outcome"]), (409, &json!("keyTaken"), &json!("unknown")));
    assert!(problem["advice"].as_str().unwrap().starts_with("GET /v1/messages/{key}"), "{problem}");
    // Of a key that is not known the file alone is wrong.
    let (status, problem) = said(call("invoice-18")).await;
    assert_eq!((status, &problem["kind"], &problem["outcome"]), (403, &json!("path"), &json!("notSent")));
    assert_eq!(stage.sandbox.sent(&stage.session).len(), 1);
}

#[tokio::test]
async fn a_form_that_can_be_none_is_not_to_be_sent_again() {
    let stage = Stage::start().await;
    let path = format!("/v1/sessions/{}/messages", stage.session);
    let call = || stage.served.call(Method::POST, &path).header("idempotency-key", "form");
    for body in ["", "Hello", "{}"] {
        let form = call().header("content-type", "multipart/form-data; boundary=abc").body(body);
        let (status, problem) = said(form).await;
        assert_eq!((status, &problem["kind"]), (422, &json!("invalid")), "{body}: {problem}");
    }
    let request = json!({ "recipient": "79991112233", "file": { "filename": " " } }).to_string();
    let form = Form::new().text("request", request).part("file", Part::text("a").file_name("a.txt"));
    let (status, problem) = said(call().multipart(form)).await;
    assert_eq!((status, &problem["detail"]), (422, &json!("file.filename: it is empty")));
}

#[tokio::test]
async fn a_service_that_lets_no_pages_in_says_how_it_would() {
    let stage = Stage::start().await;
    let store = Store::memory();
    let served = Served::start(Service::builder(stage.gateway.clone(), store.clone()), &store).await;
    for path in ["/v1/relay-tokens", "/relay/v1/send"] {
        let (status, problem) = said(served.call(Method::POST, path).json(&json!({}))).await;
        assert_eq!(status, 404);
        assert!(problem["detail"].as_str().unwrap().contains("--relay-origin"), "{problem}");
    }
}
