//! Files over HTTP, against a gateway of a few lines that answers what it is told to.

mod gateway;
mod receive;
mod send;
