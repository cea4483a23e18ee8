//! Which numbers of a list have WhatsApp, as the gateway says.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval};
use whatsgate_durable::Store;
use whatsgate_durable::store::durable::Millis;
use whatsgate_native::model::{PhoneNumber, Recipient};
use whatsgate_native::{ErrorKind, Session};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::store_url::StoreArgs;
use crate::time_span::time_span;

use super::checked::CampaignList;
use super::mistakes::{Mistake, Mistakes};
use super::of_mistakes;

/// How many rows are looked up in the store at a time.
const PAGE: usize = 500;
/// For how long an answer counts.
const VALID: Millis = 30 * 24 * 60 * 60 * 1000;

#[derive(Debug, Args)]
pub(crate) struct RegisteredArgs {
    /// Ask the gateway too which numbers have WhatsApp. Its answers are kept in the store, and count for 30 days
    #[arg(long)]
    pub(crate) registered: bool,
    /// About how many numbers it is asked at most; the next run goes on
    #[arg(long, value_name = "N", default_value_t = 200, requires = "registered")]
    most: u64,
    /// How long to wait between two questions
    #[arg(long, value_name = "DURATION", default_value = "2s", requires = "registered", value_parser = time_span)]
    every: Duration,
    #[command(flatten)]
    store: StoreArgs,
}

/// What is known of the numbers of a list that have WhatsApp.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Numbers {
    /// How many have it.
    pub(crate) registered: u64,
    /// How many were asked about by this run.
    pub(crate) asked: u64,
    /// Of how many the gateway did not say.
    pub(crate) unclear: u64,
    /// How many were not asked about yet.
    pub(crate) left: u64,
}

/// What the gateway said of a number, and when.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Answer {
    registered: bool,
    asked: Millis,
}

impl RegisteredArgs {
    /// Looks at all rows. Those whose number has no WhatsApp are mistakes.
    pub(crate) async fn look(
        self,
        context: &Context,
        list: &CampaignList,
        path: &Path,
    ) -> Result<Numbers, CommandError> {
        let session = context.session()?;
        let store = self.store.open_lasting().await?;
        let mut asking =
            Asking { session, store, every: self.every, left: self.most, found: Numbers::default() };
        let mut mistakes = Mistakes::new(path);
        let mut page = Vec::new();
        let _spinner = context.output.spinner("asking which numbers have WhatsApp");
        for row in list.rows().map_err(|mistake| of_one(path, mistake))? {
            let row = row.map_err(|wrong| {
                let mut mistakes = Mistakes::new(path);
                mistakes.extend(wrong);
                of_mistakes(mistakes)
            })?;
            if let Some(number) = number(&row.recipient) {
                page.push((row.line, number));
            }
            if page.len() >= PAGE {
                asking.look(std::mem::take(&mut page), &mut mistakes).await?;
            }
        }
        asking.look(page, &mut mistakes).await?;
        if mistakes.is_empty() { Ok(asking.found) } else { Err(of_mistakes(mistakes)) }
    }
}

fn of_one(path: &Path, mistake: Mistake) -> CommandError {
    let mut mistakes = Mistakes::new(path);
    mistakes.extend([mistake]);
    of_mistakes(mistakes)
}

/// The number of a person; groups have none.
fn number(recipient: &Recipient) -> Option<PhoneNumber> {
    match recipient {
        Recipient::Phone(number) => Some(number.clone()),
        Recipient::Id(id) => PhoneNumber::new(id.as_str().strip_suffix("@c.us")?).ok(),
        Recipient::Group(_) => None,
    }
}

fn setting(number: &PhoneNumber) -> String {
    format!("registered.{}", number.as_str())
}

struct Asking {
    session: Session,
    store: Store,
    every: Duration,
    /// About how many may still be asked.
    left: u64,
    found: Numbers,
}

impl Asking {
    async fn look(
        &mut self,
        page: Vec<(u64, PhoneNumber)>,
        mistakes: &mut Mistakes,
    ) -> Result<(), CommandError> {
        let names: Vec<_> = page.iter().map(|(_, number)| setting(number)).collect();
        let known = self.store.run(move |tables| {
            let now = tables.now()?;
            let mut known = Vec::new();
            for name in names {
                let answer =
                    tables.setting(&name)?.and_then(|text| serde_json::from_str::<Answer>(&text).ok());
                known.push(answer.filter(|answer| (0..VALID).contains(&now.saturating_sub(answer.asked))));
            }
            Ok(known)
        });
        let mut pace = interval(self.every.max(Duration::from_millis(1)));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for ((line, number), known) in page.into_iter().zip(known.await?) {
            let registered = match known {
                Some(answer) => Some(answer.registered),
                None if self.left == 0 => {
                    self.found.left += 1;
                    continue;
                }
                None => {
                    pace.tick().await;
                    self.left -= 1;
                    self.ask(number).await?
                }
            };
            match registered {
                Some(true) => self.found.registered += 1,
                Some(false) => {
                    mistakes.extend([Mistake::at(line, "this number has no WhatsApp, the gateway says")]);
                }
                None => self.found.unclear += 1,
            }
        }
        Ok(())
    }

    async fn ask(&mut self, number: PhoneNumber) -> Result<Option<bool>, CommandError> {
        self.found.asked += 1;
        let name = setting(&number);
        let registered = match self.session.is_registered(number).await {
            Ok(registered) => registered,
            Err(error) if error.kind() == ErrorKind::UnexpectedReply => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.store
            .run(move |tables| {
                let answer = Answer { registered, asked: tables.now()? };
                let json = serde_json::to_string(&answer).unwrap_or_default();
                tables.set_setting(&name, Some(&json))
            })
            .await?;
        Ok(Some(registered))
    }
}
