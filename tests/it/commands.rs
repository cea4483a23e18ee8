//! From a command's name to its type.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use whatsgate_core::Command;
use whatsgate_model as model;

/// Something to do with the type of a command.
pub(crate) trait Visitor {
    type Output;

    fn visit<C>(self) -> Self::Output
    where
        C: Command + DeserializeOwned + Debug + PartialEq,
        C::Reply: Serialize + Debug + PartialEq;
}

/// Visits the type of the command `name`.
pub(crate) fn visit<V: Visitor>(name: &str, visitor: V) -> V::Output {
    match name {
        model::SendRequest::NAME => visitor.visit::<model::SendRequest>(),
        model::SeenRequest::NAME => visitor.visit::<model::SeenRequest>(),
        model::TypingRequest::NAME => visitor.visit::<model::TypingRequest>(),
        model::CheckRequest::NAME => visitor.visit::<model::CheckRequest>(),
        model::GetChatsRequest::NAME => visitor.visit::<model::GetChatsRequest>(),
        model::GetMediaRequest::NAME => visitor.visit::<model::GetMediaRequest>(),
        model::GetMessageMediaRequest::NAME => visitor.visit::<model::GetMessageMediaRequest>(),
        model::EventsGetRequest::NAME => visitor.visit::<model::EventsGetRequest>(),
        model::SessionCreateRequest::NAME => visitor.visit::<model::SessionCreateRequest>(),
        model::SessionDeleteRequest::NAME => visitor.visit::<model::SessionDeleteRequest>(),
        model::SessionsGetRequest::NAME => visitor.visit::<model::SessionsGetRequest>(),
        model::SetNameRequest::NAME => visitor.visit::<model::SetNameRequest>(),
        model::SetHookRequest::NAME => visitor.visit::<model::SetHookRequest>(),
        _ => panic!("the tests do not know the command {name}"),
    }
}
