//! What the file of a command uses: the model itself, and what all commands are made with.

pub(super) use serde::{Deserialize, Serialize};

pub(super) use super::mistakes;
pub(super) use crate::lenient;
pub(super) use crate::reply::plain_reply;
pub(super) use crate::*;
