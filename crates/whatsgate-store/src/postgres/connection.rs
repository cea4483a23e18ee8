//! The connection: one statement after another, for a thread that waits.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, Config, Error, NoTls, Row, SimpleQueryMessage, Statement};
use whatsgate_core::durable::Millis;

use super::errors::of_connecting;
use crate::error::StoreError;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// After how long a server that does not answer counts as lost.
const SILENCE: Duration = Duration::from_secs(15);
/// How many prepared statements are kept: those of this crate are about forty, the others a program's own.
const MOST_STATEMENTS: usize = 256;

/// What every connection begins with.
///
/// - Stored means on disk, whatever the server's own setting.
/// - Nobody waits for ever: not for a lock that somebody holds, nor for a process that stopped within a transaction.
/// - Plans are made for the tables as they are now: one that was made when they were empty would read all of them.
const SESSION: &str = "SET synchronous_commit = on; SET lock_timeout = '10s'; \
                       SET idle_in_transaction_session_timeout = '30s'; SET plan_cache_mode = force_custom_plan; \
                       SET client_min_messages = warning";
/// The clock is read along, so that it costs nothing later.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
                     SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// A value of a statement. Writing it out for people hides it: the library beneath logs the values of statements.
pub(super) struct Hidden<'a>(&'a (dyn ToSql + Sync));

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ToSql for Hidden<'_> {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, SqlError> {
        self.0.to_sql_checked(of, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, SqlError> {
        self.0.to_sql_checked(of, out)
    }
}

type SqlError = Box<dyn std::error::Error + Sync + Send>;
pub(super) type Value = Box<dyn ToSql + Sync + Send>;
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Rows, Error>> + 'a>>;

/// What a statement brought.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// How many rows it changed.
    pub(super) changed: u64,
}

/// What is sent together with the next question, so that it costs no round trip of its own.
enum Queued {
    Simple(String),
    Statement(&'static str, Vec<Value>),
}

/// A connection to a database, made again when it was lost.
pub(super) struct Connection {
    runtime: Runtime,
    config: Config,
    session: Option<Session>,
    queue: Vec<Queued>,
    /// What stands before this place in the queue belongs to earlier parts of the transaction.
    mine: usize,
    /// Why the transaction can only be rolled back: something of an earlier part failed.
    doomed: Option<StoreError>,
    /// A statement failed since the savepoint, so that PostgreSQL takes none until it is rolled back.
    failed: bool,
    began: (Millis, Instant),
}

struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Connection {
    /// A connection that is not made yet.
    pub(super) fn new(address: &str) -> Result<Self, StoreError> {
        let no_tls = || {
            StoreError::Address(
                "TLS to PostgreSQL is not built in: without sslmode in the address, or with sslmode=disable, over a \
                 network that is safe by itself"
                    .to_owned(),
            )
        };
        let mut config: Config = address.parse().map_err(|_| {
            if address.contains("sslmode=verify") {
                return no_tls();
            }
            StoreError::Address(
                "it is not of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned(),
            )
        })?;
        if config.get_ssl_mode() == SslMode::Require || config.get_ssl_negotiation() == SslNegotiation::Direct
        {
            return Err(no_tls());
        }
        config.ssl_mode(SslMode::Disable);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 3).keepalives_retries(3);
        if config.get_application_name().is_none() {
            config.application_name("whatsgate");
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Self {
            runtime,
            config,
            session: None,
            queue: Vec::new(),
            mine: 0,
            doomed: None,
            failed: false,
            began: (0, Instant::now()),
        })
    }

    fn connect(&mut self) -> Result<(), StoreError> {
        let config = &self.config;
        let connected = self.runtime.block_on(async {
            tokio::time::timeout(CONNECT, async {
                let (client, mut connection) = config.connect(NoTls).await?;
                // The notices, which may hold values, are read and dropped.
                tokio::spawn(async move {
                    while let Some(Ok(_)) = poll_fn(|context| connection.poll_message(context)).await {}
                });
                client.batch_execute(SESSION).await?;
                Ok(client)
            })
            .await
        });
        let client = connected
            .map_err(|_| StoreError::Unavailable("PostgreSQL does not answer within 5 seconds".to_owned()))?
            .map_err(|error: Error| of_connecting(&error))?;
        self.session = Some(Session { client, statements: HashMap::new() });
        Ok(())
    }

    /// Begins a transaction, with a new connection if there is none or it was lost. Says whether it is new.
    pub(super) fn begin(&mut self) -> Result<bool, StoreError> {
        self.queue.clear();
        (self.mine, self.doomed, self.failed) = (0, None, false);
        if self.session.as_ref().is_some_and(|session| session.client.is_closed()) {
            self.session = None;
        }
        if self.session.is_some() {
            match self.try_begin() {
                Err(StoreError::Unavailable(_)) => self.session = None,
                outcome => return outcome.map(|()| false),
            }
        }
        // Nothing was asked of the lost connection but to begin.
        self.connect()?;
        self.try_begin().map(|()| true)
    }

    fn try_begin(&mut self) -> Result<(), StoreError> {
        let Some(session) = &self.session else { return Err(lost()) };
        let asked = Instant::now();
        let messages = self.runtime.block_on(session.client.simple_query(BEGIN))?;
        let time = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).and_then(|time| time.parse().ok()),
            _ => None,
        });
        let time = time.ok_or_else(|| StoreError::Other("PostgreSQL did not tell the time".to_owned()))?;
        self.began = (time, asked);
        Ok(())
    }

    /// The time by the database's clock.
    pub(super) fn now(&self) -> Millis {
        let (time, asked) = self.began;
        time.saturating_add(Millis::try_from(asked.elapsed().as_millis()).unwrap_or(Millis::MAX))
    }

    /// Marks what comes now as a part that can be rolled back alone, by a savepoint of this name.
    pub(super) fn savepoint(&mut self, name: &str, before: Option<&str>) {
        let release = before.map(|before| format!("RELEASE SAVEPOINT {before}; ")).unwrap_or_default();
        self.mine = self.queue.len();
        self.queue.push(Queued::Simple(format!("{release}SAVEPOINT {name}")));
    }

    pub(super) fn rollback_to(&mut self, name: &str) -> Result<(), StoreError> {
        if let Some(error) = &self.doomed {
            return Err(error.clone());
        }
        if self.queue.len() > self.mine
            && let Queued::Simple(_) = &self.queue[self.mine]
            && !self.failed
        {
            // Not even the savepoint was sent.
            self.queue.truncate(self.mine + 1);
            return Ok(());
        }
        self.queue.clear();
        self.mine = 0;
        self.simple(&format!("ROLLBACK TO SAVEPOINT {name}"))?;
        self.failed = false;
        Ok(())
    }

    /// Ends the transaction. PostgreSQL answers a `COMMIT` of a failed transaction with a rollback and no error; the savepoint
    /// before it fails there, and also where somebody ended the transaction.
    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        if self.session.is_none() {
            return Err(lost());
        }
        self.queue.push(Queued::Simple("SAVEPOINT last; COMMIT".to_owned()));
        Ok(self.flush()?)
    }

    pub(super) fn rollback(&mut self) -> Result<(), StoreError> {
        self.queue.clear();
        self.mine = 0;
        self.simple("ROLLBACK").map_err(|error| {
            // Whatever is still open there ends with the connection.
            self.session = None;
            StoreError::from(error)
        })
    }

    /// Whether the transaction can still be committed: a program may not have told of a statement that failed.
    pub(super) fn check(&mut self) -> Result<(), StoreError> {
        if let Some(error) = &self.doomed {
            return Err(error.clone());
        }
        // It may have rolled back to a savepoint of its own.
        if self.failed {
            self.simple("SELECT 1")?;
            self.failed = false;
        }
        Ok(())
    }

    /// Writes, at the latest before the next question or the commit.
    pub(super) fn write(&mut self, sql: &'static str, values: Vec<Value>) {
        self.queue.push(Queued::Statement(sql, values));
    }

    /// Sends a text of statements without values.
    pub(super) fn simple(&mut self, sql: &str) -> Result<(), Error> {
        self.flush()?;
        let Some(session) = &self.session else { return Ok(()) };
        self.runtime.block_on(session.client.batch_execute(sql)).inspect_err(|_| self.failed = true)
    }

    /// Asks. What is to be written goes before it, in the same round trip.
    pub(super) fn ask(&mut self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Rows, Error> {
        let is_prepared = self.session.as_ref().is_some_and(|session| session.statements.contains_key(sql));
        if !is_prepared {
            // It may be a program's own and fail, and must find the savepoint set.
            self.flush()?;
        }
        self.round(Some((sql, values)))
    }

    /// Sends what is to be written.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.queue.is_empty() { Ok(()) } else { self.round(None).map(|_| ()) }
    }

    fn round(&mut self, last: Option<(&str, &[&(dyn ToSql + Sync)])>) -> Result<Rows, Error> {
        let queue = std::mem::take(&mut self.queue);
        let mine = std::mem::take(&mut self.mine);
        let outcome = match &mut self.session {
            Some(session) => send(&self.runtime, session, &queue, last),
            // Without one nothing is asked: a transaction begins with one, and its loss ends it.
            None => Ok(Rows::default()),
        };
        outcome.map_err(|(place, error)| {
            self.failed = true;
            if place < mine {
                self.doomed = Some(StoreError::from(&error));
            }
            error
        })
    }
}

/// Sends all at once; if something fails says the place of the first that did.
fn send(
    runtime: &Runtime,
    session: &mut Session,
    queue: &[Queued],
    last: Option<(&str, &[&(dyn ToSql + Sync)])>,
) -> Result<Rows, (usize, Error)> {
    let queued = queue.iter().filter_map(|queued| match queued {
        Queued::Simple(_) => None,
        Queued::Statement(sql, _) => Some(*sql),
    });
    for sql in queued {
        prepare(runtime, session, sql).map_err(|error| (0, error))?;
    }
    if let Some((sql, _)) = last {
        prepare(runtime, session, sql).map_err(|error| (queue.len(), error))?;
    }
    let Session { client, statements } = &*session;
    let mut answers: Vec<Answer<'_>> = Vec::with_capacity(queue.len() + 1);
    for queued in queue {
        answers.push(match queued {
            Queued::Simple(sql) => {
                Box::pin(async move { client.batch_execute(sql).await.map(|()| Rows::default()) })
            }
            Queued::Statement(sql, values) => {
                let values: Vec<_> = values.iter().map(|value| Hidden(&**value as _)).collect();
                Box::pin(rows(client, &statements[*sql], values))
            }
        });
    }
    if let Some((sql, values)) = last {
        let values = values.iter().map(|value| Hidden(*value)).collect();
        answers.push(Box::pin(rows(client, &statements[sql], values)));
    }
    let outcome = runtime.block_on(in_order(answers));
    if outcome.is_err()
        && let Some((sql, _)) = last
    {
        // A program may have changed its tables, so that what was prepared does not fit any more.
        session.statements.remove(sql);
    }
    outcome
}

async fn rows(client: &Client, statement: &Statement, values: Vec<Hidden<'_>>) -> Result<Rows, Error> {
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
    if statement.columns().is_empty() {
        let changed = client.execute(statement, &values).await?;
        return Ok(Rows { rows: Vec::new(), changed });
    }
    let rows = client.query(statement, &values).await?;
    Ok(Rows { changed: rows.len() as u64, rows })
}

fn prepare(runtime: &Runtime, session: &mut Session, sql: &str) -> Result<(), Error> {
    if session.statements.contains_key(sql) {
        return Ok(());
    }
    if session.statements.len() >= MOST_STATEMENTS {
        session.statements.clear();
    }
    let statement = runtime.block_on(session.client.prepare(sql))?;
    session.statements.insert(sql.to_owned(), statement);
    Ok(())
}

/// The client sends a statement when it is first polled: so all are under way before the first answer is waited for.
async fn in_order(mut answers: Vec<Answer<'_>>) -> Result<Rows, (usize, Error)> {
    let mut outcomes: Vec<_> = answers.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut is_over = true;
        for (answer, outcome) in answers.iter_mut().zip(&mut outcomes) {
            if outcome.is_none() {
                match answer.as_mut().poll(context) {
                    Poll::Ready(ready) => *outcome = Some(ready),
                    Poll::Pending => is_over = false,
                }
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let mut last = Rows::default();
    for (place, outcome) in outcomes.into_iter().flatten().enumerate() {
        last = outcome.map_err(|error| (place, error))?;
    }
    Ok(last)
}

fn lost() -> StoreError {
    StoreError::Unavailable("the connection to PostgreSQL was lost".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_shown_where_statements_are_logged() {
        assert_eq!(format!("{:?}", Hidden(&"79991112233")), "…");
    }

    #[test]
    fn addresses_that_ask_for_tls_are_refused_with_a_reason_and_without_their_password() {
        for mode in ["sslmode=require", "sslmode=verify-full", "sslnegotiation=direct&sslmode=require"] {
            let address = format!("postgres://user:secret@127.0.0.1/database?{mode}");
            let Err(error) = Connection::new(&address) else { panic!("{mode} was taken") };
            let text = error.to_string();
            assert!(text.contains("TLS") && !text.contains("secret"), "{text}");
        }
        let Err(error) = Connection::new("postgres://user:secret@127.0.0.1:no/database") else {
            panic!("it was taken")
        };
        assert!(matches!(error, StoreError::Address(_)) && !error.to_string().contains("secret"));
    }
}
