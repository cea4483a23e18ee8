//! `whatsgate sandbox`.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use whatsgate_sandbox::{Echo, FaultRule, Sandbox, Scan, Settings};

use crate::args;
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::web_demo;

pub(crate) async fn run(context: &Context, args: args::Sandbox) -> Result<(), Failure> {
    let settings = settings(&args)?;
    if let Some(page) = &args.demo {
        return web_demo::run(context, settings, page).await;
    }
    let interrupted = interrupted()?;
    let sandbox = Sandbox::start(settings).await.map_err(Failure::local)?;
    // The state file may have brought one along.
    let kept = sandbox.ready_sessions().into_iter().next();
    let session = kept.unwrap_or_else(|| sandbox.ready_session("Sandbox"));
    let (url, key) = (sandbox.base_url(), sandbox.api_key());
    let mut text = format!(
        "\
a gateway runs at {url}
  key      {key}
  session  {session} (ready)

Use it from another terminal:
  export WHATSGATE_BASE_URL={url}
  export WHATSGATE_API_KEY={key}
  export WHATSGATE_SESSION={session}
  whatsgate send 79991112233 \"Hello\"

or with curl:
  curl {url}/send \\
    -H 'X-Api-Key: {key}' \\
    -H 'Content-Type: application/json' \\
    -d '{{\"WhatsappID\":\"{session}\",\"async\":false,
         \"recipient\":{{\"number\":\"79991112233\"}},\"message\":{{\"body\":\"Hello\"}}}}'
"
    );
    if args.admin {
        text.push_str(&format!(
            "\nThe other side writes with:\n  curl http://{}/admin/v1/write \\\n    -H 'X-Api-Key: {key}' \\\n    \
             -d '{{\"WhatsappID\":\"{session}\",\"chat\":\"79991112233@c.us\",\n         \
             \"message\":{{\"body\":\"Hi\"}}}}'\n",
            sandbox.address()
        ));
    }
    text.push_str("\nCtrl+C ends it");
    context.output.result(&json!({ "base_url": url, "api_key": key, "session": session }), text)?;
    interrupted.await;
    sandbox.shutdown().await;
    Ok(())
}

fn settings(args: &args::Sandbox) -> Result<Settings, Failure> {
    let mut settings = Settings {
        address: args.bind,
        seed: args.seed,
        webhook_interval: Duration::from_millis(args.webhook_interval),
        echo: args.echo.then(Echo::default),
        admin: args.admin,
        state: args.state.clone(),
        record: args.record.clone(),
        webhook_root: args.webhook_root.clone(),
        ..Settings::default()
    };
    let decisions = args.settings.iter().cloned().collect();
    settings.decide(decisions).map_err(|error| Failure::usage(format!("--set {error}")))?;
    if let Some(key) = &args.key {
        settings.api_keys =
            vec![key.read().map_err(|error| Failure::usage(format!("--key: {error}")))?.expose().to_owned()];
    }
    if args.manual_scan {
        settings.scan = Scan::OnDemand;
    }
    if let Some(path) = &args.faults {
        settings.faults = faults(path).map_err(Failure::local)?;
    }
    Ok(settings)
}

fn faults(path: &Path) -> anyhow::Result<Vec<FaultRule>> {
    let text = std::fs::read(path).with_context(|| format!("{}: it cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{}: these are no faults", path.display()))
}
