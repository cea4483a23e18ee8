//! `whatsgate tokens`.

use clap::{Args, Subcommand as Subcommands};
use serde_json::json;
use whatsgate_serve::tokens::{self, TokenError};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::store_url::StoreArgs;
use crate::subcommand::Subcommand;
use crate::tables;

/// Make, list or revoke the tokens by which `whatsgate serve` knows programs
#[derive(Debug, Subcommands)]
pub(crate) enum Tokens {
    Add(Add),
    List(List),
    Revoke(Revoke),
}

/// Make a token for a program, and print it, once: the store keeps its hash alone
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate tokens add shop
  TOKEN=$(whatsgate tokens add shop | tail -1)

A running `whatsgate serve` over the store knows the token within a second.")]
pub(crate) struct Add {
    /// The program's name; its keys and consumers belong to it
    name: String,
    #[command(flatten)]
    store: StoreArgs,
}

/// List the programs that have a token
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    store: StoreArgs,
}

/// Revoke a program's token: it is refused within a second
#[derive(Debug, Args)]
#[command(after_help = "\
What the program put stays, and is sent. A new token of the same name finds its keys and consumers again.")]
pub(crate) struct Revoke {
    /// The program's name
    name: String,
    #[command(flatten)]
    store: StoreArgs,
}

impl Subcommand for Tokens {
    fn facts(&self) -> Facts {
        match self {
            Self::List(_) => Facts::local(),
            Self::Add(_) => Facts::local().changing().advising(
                "Nobody has seen the token: revoke it with `whatsgate tokens revoke`, and add another.",
            ),
            Self::Revoke(_) => Facts::local()
                .changing()
                .advising("See whether it is still there with `whatsgate tokens list`."),
        }
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Add(Add { name, store }) => {
                let address = store.url()?;
                let is_new = address.is_new();
                let store = address.open_lasting().await?;
                if is_new {
                    // A slip of the pen makes a store that no service reads.
                    context.output.note(&format!("{address} is new"));
                }
                let token = tokens::add(&store, &name).await?;
                let text = format!("the token of {name}, shown this once:\n{token}");
                context.output.result(&json!({ "program": name, "token": token }), text)
            }
            Self::List(List { store }) => {
                let tokens = tokens::list(&store.open().await?).await?;
                context.output.result(&json!({ "tokens": tokens }), tables::tokens(&tokens))
            }
            Self::Revoke(Revoke { name, store }) => {
                if !tokens::revoke(&store.open().await?, &name).await? {
                    return Err(CommandError::usage("there is no token of this name: whatsgate tokens list"));
                }
                context.output.result(&json!({ "program": name }), format!("the token of {name} is revoked"))
            }
        }
    }
}

impl From<TokenError> for CommandError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Store(error) => error.into(),
            error => Self::usage(error.to_string()),
        }
    }
}
