//! `whatsgate listen`.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Args;
use whatsgate_native::{Dispatcher, Receiver};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Facts, Subcommand};
use crate::interrupt::interrupted;
use crate::lines;

/// Receive events on this machine and print them
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  whatsgate listen --bind 0.0.0.0:8090 --path /hook/a-long-secret")]
pub(crate) struct Listen {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    bind: SocketAddr,
    /// The path of the URL
    #[arg(long, default_value = "/hook")]
    path: String,
}

impl Subcommand for Listen {
    fn facts(&self) -> Facts {
        Facts::local().handling_interrupts()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        if !self.path.starts_with('/') {
            return Err(CommandError::usage("the path must start with /"));
        }
        let mut interrupted = interrupted()?;
        let (sender, mut received) = tokio::sync::mpsc::channel(100);
        let dispatcher = Dispatcher::new().on_other(move |event| {
            let sender = sender.clone();
            async move { sender.send(event).await }
        });
        let listener = tokio::net::TcpListener::bind(self.bind)
            .await
            .with_context(|| format!("cannot listen at {}", self.bind))
            .map_err(CommandError::local)?;
        let address = listener.local_addr()?;
        context.output.say(format!("receiving events at http://{address}{}; Ctrl+C ends it", self.path))?;
        let server = Receiver::new(dispatcher).serve(listener, &self.path);
        tokio::pin!(server);
        loop {
            tokio::select! {
                Some(event) = received.recv() => context.output.result(&event, lines::event(&event))?,
                result = &mut server => return Ok(result?),
                () = &mut interrupted => return Ok(()),
            }
        }
    }
}
