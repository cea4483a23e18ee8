//! What all replies have in common.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::json::JsonError;
use crate::lenient;
use crate::said::{Said, said};

/// The body of a successful reply.
pub trait Reply: Serialize + Clone + Debug + PartialEq + Send + 'static {
    /// What of it is of use to a caller.
    type Output;

    /// Reads the body, with [`from_json`](crate::from_json): an array is no reply, however many elements it has.
    ///
    /// # Errors
    /// When the text lacks what makes the reply useful.
    fn from_json(json: &str) -> Result<Self, JsonError>;

    /// The word in the member `result`; see [`Said::by_word`].
    ///
    /// A body without it may be an error that came with status 200 (wire reference, section 1.1).
    fn result(&self) -> Option<&str>;

    /// Takes out what is of use.
    fn into_output(self) -> Self::Output;
}

/// Implements [`Reply`] for a struct with the field `result: Option<String>`, of which another field is of use.
macro_rules! plain_reply {
    ($name:ty, $field:ident: $output:ty) => {
        impl $crate::reply::Reply for $name {
            type Output = $output;

            fn from_json(json: &str) -> Result<Self, crate::JsonError> {
                crate::from_json(json)
            }
            fn result(&self) -> Option<&str> {
                self.result.as_deref()
            }
            fn into_output(self) -> $output {
                self.$field
            }
        }
    };
}
pub(crate) use plain_reply;

/// The reply of commands that return nothing else: `seen`, `typing` and `set-hook` (wire reference, section 2).
///
/// The word is all there is, so a body without one that says [`Done`](Said::Done) is no reply: it may be an error in words
/// of its own.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        description = "The reply of commands that return nothing else: `seen`, `typing` and `set-hook`. The word in `result` is \
        all there is: without it, or with another word than `OK`, the command did not succeed.",
    )
)]
#[non_exhaustive]
pub struct DoneReply {
    /// `OK` as documented.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl Reply for DoneReply {
    type Output = ();

    fn from_json(json: &str) -> Result<Self, JsonError> {
        let reply = crate::from_json(json)?;
        match said(json) {
            Said::Done => Ok(reply),
            _ => Err(JsonError::shape("`result` does not say that it was done")),
        }
    }
    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
    fn into_output(self) {}
}
