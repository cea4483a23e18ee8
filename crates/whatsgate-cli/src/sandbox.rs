//! `whatsgate sandbox`.

use std::time::Duration;

use serde_json::json;
use whatsgate_native::ApiKey;
use whatsgate_sandbox::{Echo, Sandbox, Settings};

use crate::args;
use crate::context::Context;
use crate::failure::Failure;
use crate::web_demo;

pub(crate) async fn run(context: &Context, args: args::Sandbox) -> Result<(), Failure> {
    let mut settings = Settings {
        address: args.bind,
        seed: args.seed,
        webhook_interval: Duration::from_millis(args.webhook_interval),
        echo: args.echo.then(Echo::default),
        ..Settings::default()
    };
    if let Some(key) = args.key.as_ref().map(ApiKey::expose) {
        settings.api_keys = vec![key.to_owned()];
    }
    if let Some(page) = &args.demo {
        return web_demo::run(context, settings, page).await;
    }
    let sandbox = Sandbox::start(settings).await.map_err(Failure::local)?;
    let session = sandbox.ready_session("Sandbox");
    let (url, key) = (sandbox.base_url(), sandbox.api_key());
    context.output.result(
        &json!({ "base_url": url, "api_key": key, "session": session }),
        format!(
            "\
a gateway runs at {url}
  key      {key}
  session  {session} (ready)

Use it from another terminal:
  export WHATSGATE_BASE_URL={url} WHATSGATE_API_KEY={key} WHATSGATE_SESSION={session}
  whatsgate send 79991112233 \"Hello\"

or with curl:
  curl {url}/send -H 'X-Api-Key: {key}' -H 'Content-Type: application/json' \\
    -d '{{\"WhatsappID\":\"{session}\",\"async\":false,\"recipient\":{{\"number\":\"79991112233\"}},\"message\":{{\"body\":\"Hello\"}}}}'

Ctrl+C ends it"
        ),
    )?;
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}
