//! `whatsgate sandbox --demo`: the sandbox with the page that shows it.

use std::path::Path;

use axum::Router;
use axum::http::header;
use axum::response::Redirect;
use axum::routing::get;
use serde_json::json;
use tower_http::services::ServeDir;
use whatsgate_sandbox::{Contact, Group, Reading, Sandbox, Scan, Settings};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::interrupt::interrupted;

pub(crate) async fn run(context: &Context, settings: Settings, page: &Path) -> Result<(), CommandError> {
    if !page.join("index.html").is_file() {
        return Err(CommandError::usage(format!(
            "the page of the web demo is not built: there is no index.html in {}; \
             build it with `cargo xtask demo` in the repository, or name its folder with --demo=PATH",
            page.display()
        )));
    }
    let settings = with_people(settings);
    let key = settings.api_keys.first().cloned().unwrap_or_default();
    let interrupted = interrupted()?;
    let sandbox = Sandbox::start_with(settings, routes(page, &key)).await.map_err(CommandError::local)?;
    let (base_url, key) = (sandbox.base_url(), sandbox.api_key());
    let demo = format!("http://{}/demo/", sandbox.address());
    context.output.result(
        &json!({ "base_url": base_url, "api_key": key, "demo": demo }),
        format!(
            "\
open {demo} in a browser

  gateway  {base_url}
  key      {key}

Ctrl+C ends it"
        ),
    )?;
    interrupted.await;
    sandbox.shutdown().await;
    Ok(())
}

/// People to write to, who do nothing that their phone on the page does not do.
fn with_people(settings: Settings) -> Settings {
    let mut news = Group::new("4239048293083", "News", ["79991112233"]);
    news.read_only = true;
    Settings {
        admin: true,
        scan: Scan::OnDemand,
        reading: Reading::OnDemand,
        contacts: vec![Contact::new("79991112233", "Vasily"), Contact::new("79999999999", "Anna")],
        groups: vec![Group::new("4239048293082", "Test group", ["79999999999", "79991112233"]), news],
        ..settings
    }
}

/// The page under `/demo/`, and what it connects to in `/demo/config.json`.
fn routes(page: &Path, key: &str) -> Router {
    // Without a host, so that the page works under every name this computer has.
    let config = json!({ "baseUrl": "/api/v1", "apiKey": key }).to_string();
    let config = move || async move { ([(header::CONTENT_TYPE, "application/json")], config) };
    let to_page = || async { Redirect::temporary("/demo/") };
    Router::new()
        .route("/", get(to_page))
        .route("/demo", get(to_page))
        .route("/demo/config.json", get(config))
        .nest_service("/demo/", ServeDir::new(page))
}
