//! The client of an account, once for every platform.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use whatsgate_model as model;
use whatsgate_model::{Command, InvalidRequest, Reply, Safety};

use crate::credentials::{BaseUrl, KeySource};
use crate::error::{Cause, Error};
use crate::kind::Outcome;
use crate::limits::ReplyLimits;
use crate::media::FileSend;
use crate::request::{Draft, Request};
use crate::response::{BadContent, BadResponse, FullReply, Response, parse};
use crate::retry::{FailedTry, RetryPolicy};
use crate::transport::{Platform, Transport, TransportError, TransportFailure};

/// An account of the gateway, reached over a transport.
///
/// Cheap to clone; clones share the transport and the platform. `Debug` does not show the key.
///
/// ```
/// # use whatsgate_core::{Client, Transport};
/// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_core::RetryPolicy;
/// use whatsgate_model::{PhoneNumber, SessionId};
///
/// println!("{} tries at {}", client.retry().max_tries, client.base_url().as_str());
/// // A clone with other settings is the same account.
/// let hasty = client.clone().with_retry(RetryPolicy::none());
/// hasty.session(SessionId::new("191b80a9238")?).show_typing(PhoneNumber::new("79999999999")?).await?;
/// # Ok(())
/// # }
/// ```
pub struct Client<T: Transport> {
    shared: Arc<Shared<T>>,
    retry: RetryPolicy,
    limits: ReplyLimits,
    #[cfg(feature = "drift")]
    drift: Option<Arc<std::sync::Mutex<crate::drift::Drift>>>,
}

/// What clones have in common; behind one pointer, because threads that clone at the same time wait for each other at every
/// count of such a pointer.
struct Shared<T: Transport> {
    transport: T,
    platform: Arc<T::Platform>,
    account: Arc<Account>,
}

struct Account {
    base_url: BaseUrl,
    key: KeySource,
}

/// From how many bytes on a reply is read where it holds up nothing else; a tenth of that is read in a millisecond.
const LONG: usize = 256 * 1024;

/// A request with what a repetition of it does; made by [`Client::prepare`] and [`Client::prepare_file`].
#[derive(Clone, Debug)]
pub struct Prepared<F> {
    request: Request<F>,
    safety: Safety,
}

impl<T: Transport> Clone for Client<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            retry: self.retry.clone(),
            limits: self.limits,
            #[cfg(feature = "drift")]
            drift: self.drift.clone(),
        }
    }
}

impl<T: Transport> fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.account.base_url.as_str())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl<T: Transport> Client<T> {
    /// A client of the gateway at `base_url`.
    ///
    /// ```
    /// # use whatsgate_core::{ApiKey, BaseUrl, Client, Transport};
    /// # fn example<T: Transport>(transport: T, platform: T::Platform) -> Result<Client<T>, Box<dyn std::error::Error>> {
    /// let key = ApiKey::new("YOUR_API_KEY")?;
    /// let client = Client::new(transport, platform, BaseUrl::org(), key);
    /// # Ok(client)
    /// # }
    /// ```
    pub fn new(transport: T, platform: T::Platform, base_url: BaseUrl, key: impl Into<KeySource>) -> Self {
        let account = Account { base_url, key: key.into() };
        let shared = Shared { transport, platform: Arc::new(platform), account: Arc::new(account) };
        Self {
            shared: Arc::new(shared),
            retry: RetryPolicy::default(),
            limits: ReplyLimits::default(),
            #[cfg(feature = "drift")]
            drift: None,
        }
    }

    /// The same client with another patience.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use whatsgate_core::{Client, RetryPolicy, Transport};
    /// # fn example<T: Transport>(client: Client<T>) {
    /// let patient = client.with_retry(RetryPolicy::default().with_deadline(Duration::from_secs(120)));
    /// # }
    /// ```
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The same client with other limits of replies.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_core::ReplyLimits;
    ///
    /// let small = client.with_reply_limits(ReplyLimits::default().with_file(16 << 20));
    /// # drop(small);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_reply_limits(mut self, limits: ReplyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same account over another transport of the same platform, such as one that puts the file of a reply elsewhere.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # async fn example<T: Transport, U: Transport<Platform = T::Platform>>(client: Client<T>, counting: U) -> Result<(), Box<dyn std::error::Error>> {
    /// // A second way to the same account, such as one that counts what passes.
    /// let counted: Client<U> = client.with_transport(counting);
    /// # drop(counted);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_transport<U: Transport<Platform = T::Platform>>(&self, transport: U) -> Client<U> {
        let Shared { platform, account, .. } = &*self.shared;
        let shared = Shared { transport, platform: Arc::clone(platform), account: Arc::clone(account) };
        Client {
            shared: Arc::new(shared),
            retry: self.retry.clone(),
            limits: self.limits,
            #[cfg(feature = "drift")]
            drift: self.drift.clone(),
        }
    }

    /// The same client counting what replies hold that the schemas do not know, together with its clones; see
    /// [`Drift`](crate::Drift). Each reply of less than 256 KiB is then read once more, longer ones are left out; a client
    /// that does not count reads nothing twice.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// # use whatsgate_model::SessionsGetRequest;
    /// let client = client.watching_drift();
    /// client.sessions_page(SessionsGetRequest::new()).await?;
    /// for entry in client.drift().entries() {
    ///     println!("{entry}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "drift")]
    pub fn watching_drift(mut self) -> Self {
        self.drift.get_or_insert_default();
        self
    }

    /// What replies held so far that the schemas do not know; nothing unless the client is
    /// [watching](Self::watching_drift).
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let drift = client.drift();
    /// println!("{} findings in {} replies", drift.total(), drift.noted());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "drift")]
    pub fn drift(&self) -> crate::Drift {
        let drift = self
            .drift
            .as_ref()
            .map(|drift| drift.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone());
        drift.unwrap_or_default()
    }

    /// Where the gateway is.
    pub fn base_url(&self) -> &BaseUrl {
        &self.shared.account.base_url
    }

    /// Where the key comes from.
    pub fn key_source(&self) -> &KeySource {
        &self.shared.account.key
    }

    /// How patient the client is.
    pub fn retry(&self) -> &RetryPolicy {
        &self.retry
    }

    /// What sends the requests.
    pub fn transport(&self) -> &T {
        &self.shared.transport
    }

    /// Where the time and chance come from.
    pub fn platform(&self) -> &T::Platform {
        &self.shared.platform
    }

    /// Carries out any command and returns its reply with the text it was read from.
    ///
    /// Repeats it as [`RetryPolicy::next_pause`] decides.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let page = client.call(&EventsGetRequest::new()).await?;
    /// println!("{} events, read from {}", page.reply.data.len(), page.raw());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] of the last try.
    pub async fn call<C: Command>(&self, command: &C) -> Result<FullReply<C::Reply>, Error<T::Error>> {
        self.exchange(self.prepare(command)?, parse::<C>).await
    }

    /// Carries out any command and returns the useful part of its reply: [`call`](Self::call) without the text.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let page = client.run(&EventsGetRequest::new().with_page_size(10)).await?;
    /// println!("{} events", page.data.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] of the last try.
    pub async fn run<C: Command>(&self, command: &C) -> Result<<C::Reply as Reply>::Output, Error<T::Error>> {
        Ok(self.call(command).await?.reply.into_output())
    }

    /// Builds a command's request with the key as of now, for [`exchange`](Self::exchange). Nothing is sent.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// # use whatsgate_core::parse;
    /// # use whatsgate_model::SessionsGetRequest;
    /// let prepared = client.prepare(&SessionsGetRequest::new())?;
    /// client.exchange(prepared, parse::<SessionsGetRequest>).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] when the command has a mistake or the function that supplies the key fails.
    pub fn prepare<C: Command>(&self, command: &C) -> Result<Prepared<T::File>, Error<T::Error>> {
        self.prepare_draft(C::NAME, C::SAFETY, Draft::of(command))
    }

    /// Builds the request that sends a file whose content is not in memory, as [`prepare`](Self::prepare) does. Nothing is
    /// sent and nothing is read.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # async fn example<T: Transport>(client: Client<T>, file: T::File) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_core::media::FileSend;
    /// use whatsgate_core::parse;
    /// use whatsgate_model::{FileDescription, MimeType, OutgoingType, PhoneNumber, SendRequest, SessionId};
    ///
    /// let film = FileDescription::new(OutgoingType::Document, MimeType::new("video/mp4")?, "film.mp4");
    /// let send = FileSend::new(SessionId::new("191b80a9238")?, PhoneNumber::new("79999999999")?, film);
    /// let sent = client.exchange(client.prepare_file(&send, file)?, parse::<SendRequest>).await?;
    /// println!("{:?}", sent.reply);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] when the message has a mistake or the function that supplies the key fails.
    pub fn prepare_file(&self, send: &FileSend, file: T::File) -> Result<Prepared<T::File>, Error<T::Error>> {
        let (name, safety) = (model::SendRequest::NAME, model::SendRequest::SAFETY);
        self.prepare_draft(name, safety, Draft::of_file(send, file))
    }

    fn prepare_draft(
        &self,
        command: &'static str,
        safety: Safety,
        draft: Result<Draft<T::File>, InvalidRequest>,
    ) -> Result<Prepared<T::File>, Error<T::Error>> {
        let fail = |cause| self.error(command, safety, 0, cause);
        let draft = draft.map_err(|error| fail(Cause::Invalid(error)))?;
        let key = self.shared.account.key.key().map_err(|error| fail(Cause::Key(error)))?;
        Ok(Prepared { request: draft.request(&self.shared.account.base_url, key, &self.limits), safety })
    }

    /// Sends a request, again where [`RetryPolicy::next_pause`] and the transport allow it, and reads the response with `read`.
    ///
    /// [`call`](Self::call) is this with [`parse`]. Another function can keep less of the reply, and a program in which it
    /// is always of the same type holds this code once instead of once for every command.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_core::parse;
    ///
    /// let prepared = client.prepare(&EventsGetRequest::new())?;
    /// let page = client.exchange(prepared, parse::<EventsGetRequest>).await?.reply;
    /// println!("{} events", page.data.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] of the last try.
    pub async fn exchange<R: Send + 'static>(
        &self,
        prepared: Prepared<T::File>,
        read: fn(Response) -> Result<R, BadResponse>,
    ) -> Result<R, Error<T::Error>> {
        let Prepared { request, safety } = prepared;
        let start = self.shared.platform.now();
        let mut tries = 0;
        let mut before = Outcome::NotSent;
        loop {
            tries += 1;
            // Boxed, so that the futures around it, which get moved about, stay small.
            let (can_repeat, cause) = match Box::pin(self.shared.transport.send(request.clone())).await {
                Ok(response) => {
                    let can_repeat = response.can_repeat;
                    #[cfg(feature = "drift")]
                    self.note_drift(request.command, &response);
                    let read = if response.body.len() < LONG {
                        read(response)
                    } else {
                        Box::pin(self.shared.platform.work(move || read(response))).await
                    };
                    match read {
                        Ok(reply) => return Ok(reply),
                        Err(response) => (can_repeat, Cause::Response(response)),
                    }
                }
                Err(error) if error.failure() == TransportFailure::CancelledBefore => {
                    let error = self.error(request.command, safety, tries - 1, Cause::Transport(error));
                    return Err(if before == Outcome::Unknown { error.after_unknown() } else { error });
                }
                Err(error) => (error.can_repeat(), Cause::Transport(error)),
            };
            let error = self.error(request.command, safety, tries, cause);
            if before == Outcome::NotSent {
                before = error.outcome();
            }
            match self.pause(&error, safety, start).filter(|_| can_repeat) {
                Some(pause) => self.shared.platform.sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    #[cfg(feature = "drift")]
    fn note_drift(&self, command: &str, response: &Response) {
        let Some(drift) = self.drift.as_ref().filter(|_| response.body.len() < LONG) else { return };
        if let Ok(body) = std::str::from_utf8(&response.body) {
            // A panic elsewhere leaves counts that are whole.
            let mut drift = drift.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            drift.note_reply(command, response.status, body);
        }
    }

    fn pause(&self, error: &Error<T::Error>, safety: Safety, start: Duration) -> Option<Duration> {
        let response = error.response();
        let failed = FailedTry {
            safety,
            kind: error.kind(),
            status: error.status(),
            has_envelope: response
                .is_some_and(|response| matches!(response.content, BadContent::Envelope(_))),
            tries: error.tries(),
            elapsed: self.shared.platform.now().saturating_sub(start),
            retry_after: response.and_then(|response| response.retry_after),
            random: self.shared.platform.random(),
        };
        self.retry.next_pause(&failed)
    }

    /// An error of now.
    pub(crate) fn error(
        &self,
        command: &'static str,
        safety: Safety,
        tries: u32,
        cause: Cause<T::Error>,
    ) -> Error<T::Error> {
        Error::new(command, safety, tries, self.shared.platform.wall_clock(), cause)
    }

    /// Creates a session and starts linking an account to it: `session-create`. Follow it with
    /// [`Session::wait_until_ready`](crate::Session::wait_until_ready).
    ///
    /// Never repeated after a failure that leaves its outcome unknown; look at [`sessions`](Self::sessions) then.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::SessionCreateRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let created = client.create_session(SessionCreateRequest::new("Shop")).await?;
    /// println!("scan the code at {:?}", created.qr_link);
    /// let session = client.session(created.unique_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`], also when the plan has no free slot.
    pub async fn create_session(
        &self,
        request: model::SessionCreateRequest,
    ) -> Result<model::SessionInfo, Error<T::Error>> {
        self.run(&request).await
    }

    /// One page of the account's active sessions: `sessions-get`.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::SessionsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let page = client.sessions_page(SessionsGetRequest::new().with_page_size(10)).await?;
    /// println!("{} of {:?} sessions", page.data.len(), page.elements);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sessions_page(
        &self,
        request: model::SessionsGetRequest,
    ) -> Result<model::SessionsGetReply, Error<T::Error>> {
        self.run(&request).await
    }

    /// One page of past events: `events-get`.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let page = client.events_page(EventsGetRequest::new().with_page(2)).await?;
    /// println!("page 2 of {:?}", page.pages);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn events_page(
        &self,
        request: model::EventsGetRequest,
    ) -> Result<model::EventsGetReply, Error<T::Error>> {
        self.run(&request).await
    }
}
