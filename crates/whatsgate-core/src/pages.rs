//! Lists that come in pages, as streams.

use std::vec;

use futures_util::{Stream, stream};
use whatsgate_model as model;
use whatsgate_model::{EventsGetRequest, Page, RawJson, SessionId, SessionsGetRequest, Unreadable};

use crate::client::Client;
use crate::error::{Cause, Error};
use crate::seen::Seen;
use crate::transport::Transport;
use whatsgate_model::Command;

impl<T: Transport> Client<T> {
    /// All active sessions of the account, page by page, each once.
    ///
    /// An element that cannot be read is an error in its place, after which the stream goes on.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::SessionsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut sessions = client.sessions(SessionsGetRequest::new());
    /// while let Some(session) = sessions.try_next().await? {
    ///     println!("{} is {:?}", session.name, session.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sessions(
        &self,
        request: SessionsGetRequest,
    ) -> impl Stream<Item = Result<model::SessionInfo, Error<T::Error>>> + Unpin + use<T> {
        let first = request.page.unwrap_or(1);
        all(self.clone(), request, first)
    }

    /// Past events, page by page in the service's order, each once. Asks for pages of 100 unless told otherwise.
    ///
    /// An element that cannot be read is an error in its place, after which the stream goes on.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::{EventAction, EventsGetRequest};
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut events = client.events(EventsGetRequest::new().with_action(EventAction::Message));
    /// while let Some(event) = events.try_next().await? {
    ///     println!("event {}: {:?}", event.id, event.data.message());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(
        &self,
        mut request: EventsGetRequest,
    ) -> impl Stream<Item = Result<model::Event, Error<T::Error>>> + Unpin + use<T> {
        let first = request.page.unwrap_or(1);
        request.page_cnt.get_or_insert(100);
        all(self.clone(), request, first)
    }
}

/// A command whose reply is one page of a list.
trait PagedCommand: Command<Reply = Page<Self::Item>> {
    type Item;
    type Seen: Default;

    fn set_page(&mut self, page: u32);
    /// Adds an element to those that were seen; says whether it is new.
    fn is_new(seen: &mut Self::Seen, item: &Self::Item) -> bool;
}

impl PagedCommand for EventsGetRequest {
    type Item = model::Event;
    type Seen = Seen;

    fn set_page(&mut self, page: u32) {
        self.page = Some(page);
    }
    fn is_new(seen: &mut Seen, event: &model::Event) -> bool {
        seen.insert(event.id.0, 0)
    }
}

impl PagedCommand for SessionsGetRequest {
    type Item = model::SessionInfo;
    /// In their order: an account has few.
    type Seen = Vec<SessionId>;

    fn set_page(&mut self, page: u32) {
        self.page = Some(page);
    }
    fn is_new(seen: &mut Vec<SessionId>, session: &model::SessionInfo) -> bool {
        let id = &session.unique_id;
        let place = seen.binary_search(id);
        if let Err(place) = place {
            seen.insert(place, id.clone());
        }
        place.is_err()
    }
}

/// How many pages in a row may bring nothing new, whatever the service's count says. Elements that arrive between two
/// requests shift the list and make a few such pages; a service that ignores `page` makes them for ever.
pub(crate) const STALE_PAGES: u32 = 16;

/// The next page to ask for after this one. The number of pages may change between two of them, and an empty page ends
/// the list whatever the count says.
pub(crate) fn next_page<I>(asked: u32, page: &Page<I>) -> Option<u32> {
    let empty = page.data.is_empty() && page.data.unreadable.is_empty();
    // Without a count the list goes on until a page is empty.
    let more = page.pages.is_none_or(|pages| asked < pages);
    if empty || !more { None } else { asked.checked_add(1) }
}

fn all<T, C>(
    client: Client<T>,
    mut command: C,
    first: u32,
) -> impl Stream<Item = Result<C::Item, Error<T::Error>>> + Unpin
where
    T: Transport,
    C: PagedCommand,
{
    struct State<I, S> {
        next: Option<u32>,
        queue: vec::IntoIter<Result<I, Unreadable>>,
        seen: S,
        seen_unreadable: Vec<RawJson>,
        stale_pages: u32,
    }
    command.set_page(first);
    let state = State {
        next: Some(first),
        queue: Vec::new().into_iter(),
        seen: C::Seen::default(),
        seen_unreadable: Vec::new(),
        stale_pages: 0,
    };
    Box::pin(stream::unfold((client, command, state), async |(client, mut command, mut state)| {
        loop {
            if let Some(element) = state.queue.next() {
                let element = element.map_err(|element| element_error::<C, T>(&client, element));
                return Some((element, (client, command, state)));
            }
            let page = state.next?;
            command.set_page(page);
            match client.call(&command).await {
                Ok(answer) => {
                    state.next = next_page(page, &answer.reply);
                    let unreadable: Vec<_> =
                        answer.reply.data.unreadable.iter().map(|element| element.raw.clone()).collect();
                    // Pages shift while elements arrive, so that one may come twice.
                    let State { queue, seen, seen_unreadable, .. } = &mut state;
                    let fresh = answer.reply.data.into_results().filter(|element| match element {
                        Ok(item) => C::is_new(seen, item),
                        Err(element) => !seen_unreadable.contains(&element.raw),
                    });
                    *queue = fresh.collect::<Vec<_>>().into_iter();
                    seen_unreadable.extend(unreadable);
                    state.stale_pages = if state.queue.len() == 0 { state.stale_pages + 1 } else { 0 };
                    if state.stale_pages >= STALE_PAGES {
                        state.next = None;
                    }
                }
                Err(error) => {
                    state.next = None;
                    return Some((Err(error), (client, command, state)));
                }
            }
        }
    }))
}

pub(crate) fn element_error<C: Command, T: Transport>(
    client: &Client<T>,
    element: Unreadable,
) -> Error<T::Error> {
    client.error(C::NAME, C::SAFETY, 1, Cause::Element(element))
}
