//! `whatsgate serve`.

mod config;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable};
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tokio::sync::watch;
use whatsgate_durable::store::durable::outbox::Absent;
use whatsgate_durable::{Consumer, Hook, Inbox, Limits, Sender, Store};
use whatsgate_native::model::SessionId;
use whatsgate_native::{ApiKey, Client, ClientBuilder};
use whatsgate_relay::{Relay, RelayBuilder};
use whatsgate_sandbox::{Sandbox, Settings};
#[cfg(unix)]
use whatsgate_serve::Folders;
use whatsgate_serve::{GatewayMetrics, Service};

use crate::command_error::CommandError;
#[cfg(unix)]
use crate::command_error::Reason;
use crate::consume::ask;
use crate::consumer_name::consumer_name;
use crate::context::Context;
use crate::facts::{Facts, GOES_ON};
use crate::forward::{Forward, http_url};
use crate::interrupt::interrupted;
use crate::journal;
use crate::letter::Letter;
use crate::limits::LimitArgs;
use crate::listen::listen;
use crate::output::Output;
use crate::sandbox::write_with;
use crate::secret::SecretUrl;
use crate::store_url::{Place, StoreUrl};
use crate::subcommand::Subcommand;
use crate::text;

use self::config::{Config, ForwardTo};

/// Where programs reach the service, and where the gateway's posts come in.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8070);
const HOOK_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8071);

/// Serve the guarantees to programs in any language, over plain HTTP
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate serve --sandbox --store sqlite:demo.db
  whatsgate serve --store postgres://shop@db/shop --public-url https://shop.example/whatsgate
  whatsgate serve --config /etc/whatsgate.toml

Programs need a token: whatsgate tokens add NAME. What they may call: GET /v1/openapi.json
The service speaks HTTP without TLS: let it listen on this machine, or behind a proxy.

A configuration file, in TOML:
  listen = \"127.0.0.1:8070\"
  store = \"sqlite:/var/lib/whatsgate/whatsgate.db\"
  public_url = \"https://shop.example/whatsgate\"
  hook_listen = \"127.0.0.1:8071\"
  resend_absent = false         # as --resend-absent
  [files]
  from = [\"/srv/invoices\"]     # files may be sent from here by their paths
  to = [\"/srv/received\"]       # and saved here
  uploads = \"/var/lib/whatsgate/uploads\"
  [relay]
  origins = [\"https://shop.example\"]  # pages that may call /relay/v1 by tokens
  [[forward]]                   # each event to a URL, which answers with 2xx
  consumer = \"crm\"
  url = \"https://crm.example/events\"

SIGHUP reads the folders and the forwarding anew.")]
pub(crate) struct Serve {
    /// Where to listen [default: 127.0.0.1:8070]
    #[arg(long, value_name = "ADDRESS", env = "WHATSGATE_LISTEN", hide_env_values = true)]
    listen: Option<SocketAddr>,
    #[arg(
        long,
        value_name = "URL",
        help = "Where events and messages are kept [env: WHATSGATE_STORE] [default: sqlite:whatsgate.db]"
    )]
    store: Option<StoreUrl>,
    /// A file with settings; what is said here or in the environment comes before it
    #[arg(long, value_name = "FILE", env = "WHATSGATE_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
    /// The URL under which the gateway reaches --hook-listen, so that events come at once; without it they are asked for
    #[arg(long, value_name = "URL", env = "WHATSGATE_PUBLIC_URL", hide_env_values = true)]
    public_url: Option<SecretUrl>,
    /// Where the gateway's posts are received [default: 127.0.0.1:8071]
    #[arg(long, value_name = "ADDRESS", env = "WHATSGATE_HOOK_LISTEN", hide_env_values = true)]
    hook_listen: Option<SocketAddr>,
    /// Let pages of this origin use the gateway under /relay/v1, by tokens that programs make; may be repeated
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "WHATSGATE_RELAY_ORIGIN",
        hide_env_values = true,
        value_delimiter = ','
    )]
    relay_origin: Vec<String>,
    /// Take over sessions whose events are posted to another address
    #[arg(long)]
    take_hook: bool,
    /// Send again what events show to be not sent, instead of leaving it unknown: where they are wrong, it comes twice
    #[arg(long)]
    resend_absent: bool,
    /// Run a local gateway to try it, without an account and without limits
    #[arg(long)]
    sandbox: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Subcommand for Box<Serve> {
    fn facts(&self) -> Facts {
        let facts = if self.sandbox { Facts::local() } else { Facts::account() };
        facts.changing().advising(GOES_ON).handling_interrupts().warning()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let mut limits = self.limits.read()?;
        let config = self.config.as_deref().map(Config::read).transpose()?.unwrap_or_default();
        let typed = self.store.clone().or_else(|| {
            let of_environment = std::env::var(crate::store_url::VARIABLE).ok();
            of_environment.filter(|url| !url.trim().is_empty()).or(config.store.clone()).map(StoreUrl::from)
        });
        let address = StoreUrl::or_default(typed)?;
        let folders = config.folders()?;
        let uploads = match &config.files.uploads {
            Some(folder) => Some(folder.clone()),
            None => address.beside(".uploads"),
        };
        let public_url = match (&self.public_url, &config.public_url) {
            (Some(SecretUrl(url)), _) | (None, Some(url)) => Some(http_url("--public-url", url)?),
            (None, None) => None,
        };
        let asked_to_end = interrupted()?;
        let (client, sandbox) = if self.sandbox {
            limits = None;
            let (client, sandbox, session) = local_gateway(&address).await?;
            (client, Some((sandbox, session)))
        } else {
            (context.client_builder()?, None)
        };
        let gateway = GatewayMetrics::default();
        let counting = gateway.clone();
        let client = client.on_exchange(move |exchange| counting.record(exchange)).build()?;
        let store = address.open().await?;
        let typed = Some(&self.relay_origin).filter(|origins| !origins.is_empty());
        let relay = relay(typed.unwrap_or(&config.relay.origins), &client, &store)?;
        store.own().await?;
        let start = store.run(journal::for_account).await?;
        let mut builder =
            Service::builder(client.clone(), store.clone()).folders(folders).gateway_metrics(gateway);
        if let Some(folder) = uploads {
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("{}: uploads cannot be kept here", folder.display()))
                .map_err(CommandError::local)?;
            builder = builder.uploads(folder);
        }
        if let Some(relay) = relay {
            builder = builder.relay(relay);
        }
        let service = builder.build();
        check(&config.forward)?;
        let listener = listen(self.listen.or(config.listen).unwrap_or(LISTEN)).await?;
        let at = listener.local_addr()?;
        let mut inbox = Inbox::builder(client.clone(), store.clone()).since(start);
        if let Some(url) = public_url {
            let hook = listen(self.hook_listen.or(config.hook_listen).unwrap_or(HOOK_LISTEN)).await?;
            context.output.remark(
                json!({ "hook": hook.local_addr()? }),
                &format!("receiving posts at {}", hook.local_addr()?),
            );
            let hook = Hook::new(hook, url);
            inbox = inbox.hook(if self.take_hook { hook.take() } else { hook });
        }
        context
            .output
            .remark(json!({ "store": address.to_string() }), &format!("everything is kept in {address}"));
        context.output.result(
            &json!({ "url": format!("http://{at}") }),
            format!(
                "serving at http://{at}; programs need a token: whatsgate tokens add NAME; Ctrl+C ends it"
            ),
        )?;
        if let Some((sandbox, session)) = &sandbox {
            let has_token =
                whatsgate_serve::tokens::list(&store).await?.iter().any(|token| token.program == TRIAL);
            context.output.note(&try_it(&at.to_string(), &address, has_token, sandbox, session));
        }
        let serving = {
            let service = service.clone();
            tokio::spawn(async move { service.serve(listener).await })
        };
        let (forward, forwards) = watch::channel(config.forward);
        let reloading = self.config.clone().map(|path| {
            let (service, output) = (service.clone(), context.output.clone());
            tokio::spawn(async move { reload(&path, &service, &forward, &output).await })
        });
        let absent = if self.resend_absent || config.resend_absent { Absent::Resend } else { Absent::Hold };
        let work = Work { client, store, limits, absent, forwards };
        let result = work.run(context, inbox, asked_to_end, self.sandbox).await;
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        service.stop();
        let _ = serving.await;
        if let Some((sandbox, _)) = sandbox {
            sandbox.shutdown().await;
        }
        result
    }
}

struct Work {
    client: Client,
    store: Store,
    limits: Option<Limits>,
    absent: Absent,
    /// Where events go by themselves, as the configuration has it at the moment.
    forwards: watch::Receiver<Vec<ForwardTo>>,
}

impl Work {
    /// Receives and sends until it is asked to end.
    async fn run(
        self,
        context: &Context,
        inbox: whatsgate_durable::InboxBuilder,
        mut asked_to_end: impl Future<Output = ()> + Unpin,
        is_sandbox: bool,
    ) -> Result<(), CommandError> {
        let started = async {
            if !is_sandbox {
                ask(&context.output, &self.client, None).await?;
            }
            let inbox = inbox.start().await?;
            // Who wrote "stop" while nothing ran gets no bulk.
            inbox.caught_up().await;
            let sender = Sender::builder(self.client, self.store).with_limits(self.limits);
            let sender = sender.with_absent(self.absent).start().await?;
            Ok::<_, CommandError>((inbox, sender))
        };
        let (inbox, sender) = tokio::select! {
            started = started => started?,
            () = &mut asked_to_end => return Ok(()),
        };
        let mut forwards = self.forwards;
        let mut handling = FuturesUnordered::new();
        let mut running: Vec<(ForwardTo, AbortHandle)> = Vec::new();
        loop {
            let wanted = forwards.borrow_and_update().clone();
            // What is under way comes to nobody else before it is over or given up: it is handed over again.
            running.retain(|(forward, handle)| {
                wanted.contains(forward) || {
                    handle.abort();
                    false
                }
            });
            for forward in wanted {
                if !running.iter().any(|(other, _)| *other == forward) {
                    let (run, handle) = abortable(inbox.run(forwarding(&forward)?));
                    handling.push(run);
                    running.push((forward, handle));
                }
            }
            tokio::select! {
                () = &mut asked_to_end => break,
                Some(ended) = handling.next() => {
                    // Not without a mistake before the end, unless it was aborted.
                    if let Ok(ended) = ended {
                        ended?;
                    }
                }
                // Without a configuration file nothing changes.
                Ok(()) = forwards.changed() => {}
            }
        }
        inbox.stop();
        context.output.note("ending once what is under way is done; Ctrl+C again ends at once");
        let handled = async { while handling.next().await.is_some() {} };
        tokio::select! {
            _ = futures_util::future::join(sender.stop(), handled) => {}
            () = interrupted()? => {}
        }
        Ok(())
    }
}

/// How long a URL may take to handle an event.
const DEADLINE: Duration = Duration::from_secs(60);

/// A consumer whose events go to a URL.
fn forwarding(ForwardTo { consumer, url }: &ForwardTo) -> Result<Consumer, CommandError> {
    let forward = Arc::new(Forward::read(url, DEADLINE)?);
    let other = Arc::clone(&forward);
    Ok(Consumer::new(consumer_name(consumer)?)
        .deadline(2 * DEADLINE)
        .on_other(move |event, delivery| {
            let forward = Arc::clone(&forward);
            async move { forward.handle(&Letter::new(event.raw().as_str(), &delivery)).await }
        })
        .on_unreadable(move |raw, delivery| {
            let forward = Arc::clone(&other);
            async move { forward.handle(&Letter::new(raw.as_str(), &delivery)).await }
        }))
}

/// Finds mistakes before anything is forwarded.
fn check(forwards: &[ForwardTo]) -> Result<(), CommandError> {
    for (at, forward) in forwards.iter().enumerate() {
        forwarding(forward)?;
        if forwards[..at].iter().any(|other| other.consumer == forward.consumer) {
            return Err(CommandError::usage(format!(
                "forward: the consumer {:?} has two URLs, and each event would go to one of them: give each URL a consumer of its own",
                text::plain(&forward.consumer)
            )));
        }
    }
    Ok(())
}

/// Reads the folders and the forwarding anew whenever the process is told to (SIGHUP); the rest of the file counts from the next
/// start on.
#[cfg(unix)]
async fn reload(path: &Path, service: &Service, forward: &watch::Sender<Vec<ForwardTo>>, output: &Output) {
    let Ok(mut told) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) else { return };
    while told.recv().await.is_some() {
        match again(path) {
            Ok((folders, forwards)) => {
                service.set_folders(folders);
                forward.send_replace(forwards);
                output.note(
                    "the folders and the forwarding of the configuration are read anew; the rest counts from the next start on",
                );
            }
            Err(error) => {
                let why = match error.reason {
                    Reason::Usage(why) => why,
                    _ => "it cannot be read".to_owned(),
                };
                output.note(&format!("nothing of the configuration was taken over: {}", text::plain(&why)));
            }
        }
    }
}

#[cfg(unix)]
fn again(path: &Path) -> Result<(Folders, Vec<ForwardTo>), CommandError> {
    let config = Config::read(path)?;
    check(&config.forward)?;
    Ok((config.folders()?, config.forward))
}

#[cfg(not(unix))]
#[allow(clippy::unused_async, reason = "elsewhere it waits")]
async fn reload(_: &Path, _: &Service, _: &watch::Sender<Vec<ForwardTo>>, _: &Output) {}

/// A gateway with a session, which keeps its state beside the store.
async fn local_gateway(store: &StoreUrl) -> Result<(ClientBuilder, Sandbox, SessionId), CommandError> {
    let settings = Settings { state: store.beside(".sandbox.json"), admin: true, ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.map_err(CommandError::local)?;
    let kept = sandbox.ready_sessions().into_iter().next();
    let session = kept.unwrap_or_else(|| sandbox.ready_session("Sandbox"));
    let base_url =
        sandbox.base_url().parse().map_err(|error| CommandError::local(anyhow::anyhow!("{error}")))?;
    let key = ApiKey::new(sandbox.api_key()).map_err(CommandError::from)?;
    Ok((ClientBuilder::new(key).base_url(base_url), sandbox, session))
}

/// A relay for the pages of these origins; none without one.
fn relay(origins: &[String], client: &Client, store: &Store) -> Result<Option<RelayBuilder>, CommandError> {
    if origins.is_empty() {
        return Ok(None);
    }
    let relay = Relay::builder(client.clone(), store.clone());
    let allowed = origins.iter().try_fold(relay, |relay, origin| relay.allow_origin(origin));
    allowed.map(Some).map_err(|error| CommandError::usage(format!("--relay-origin: {error}")))
}

/// The program that tries it.
const TRIAL: &str = "demo";

/// The commands with which one begins.
fn try_it(
    address: &str,
    store: &StoreUrl,
    has_token: bool,
    sandbox: &Sandbox,
    session: &SessionId,
) -> String {
    let option = match (store.place(), store.beside("")) {
        (Place::Memory, _) => {
            return "a local gateway runs along; to try calls name a store that another terminal can put a token into, \
                    such as --store sqlite:demo.db"
                .to_owned();
        }
        (_, Some(file)) => {
            let file = std::path::absolute(&file).unwrap_or(file);
            format!(" --store {}", text::word(&format!("sqlite:{}", file.display())))
        }
        (_, None) => " --store URL".to_owned(),
    };
    let token = if has_token {
        format!(
            "TOKEN=...  # that of {TRIAL}; if it is lost: whatsgate tokens revoke {TRIAL}{option}, and add it again"
        )
    } else {
        format!("TOKEN=$(whatsgate tokens add {TRIAL}{option} | tail -1)")
    };
    format!(
        "\
a local gateway runs along, and sends nothing to anybody. From another terminal:
  {token}
  curl \"http://{address}/v1/sessions/{session}/messages?wait=30\" \\
    -H \"Authorization: Bearer $TOKEN\" -H 'Idempotency-Key: order-17' \\
    -d '{{\"recipient\":\"79991112233\",\"message\":{{\"body\":\"Your order is ready\"}}}}'
the other side writes with:
{}
and what it wrote comes with:
  curl \"http://{address}/v1/events?consumer={TRIAL}&start=beginning&wait=20\" -H \"Authorization: Bearer $TOKEN\"",
        write_with(sandbox, session)
    )
}
