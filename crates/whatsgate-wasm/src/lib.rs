#![doc = include_str!("../README.md")]

mod answer;
mod argument;
mod commands;
mod error;
mod events;
mod fetch;
mod object;
mod value;

pub use answer::answer;
pub use argument::check_session;
pub use commands::Commands;
pub use events::{EventView, acknowledgement, parse_event};
pub use value::Stream;

// A tenth of the size of the standard library's allocator for WebAssembly, and quicker.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
