//! The fuzzer: one target of [`targets::TARGETS`] per process, named by the variable `FUZZ_TARGET`. With `FUZZ_SEEDS` it
//! writes the target's first inputs into that folder instead. `FUZZ_SCRATCH` is a folder for what the target needs on disk.
//!
//! `cargo xtask fuzz` builds it with the compiler's counters of coverage and runs it.
#![no_main]

mod api;
mod calm;
mod command;
mod drafts;
mod list;
mod rows;
mod seeds;
mod targets;
mod texts;

// The command is a program and no library: its readers are here by their sources. What they use besides is in `command`.
use command::{command_error, output};
#[allow(dead_code)]
mod campaign;
#[allow(dead_code)]
#[path = "../../../crates/whatsgate-cli/src/serve/config.rs"]
mod config;
#[path = "../../../crates/whatsgate-cli/src/consumer_name.rs"]
mod consumer_name;
#[allow(dead_code)]
#[path = "../../../crates/whatsgate-cli/src/number.rs"]
mod number;
#[allow(dead_code)]
#[path = "../../../crates/whatsgate-cli/src/since.rs"]
mod since;
#[allow(dead_code)]
#[path = "../../../crates/whatsgate-cli/src/store_url.rs"]
mod store_url;
#[allow(dead_code)]
#[path = "../../../crates/whatsgate-cli/src/text.rs"]
mod text;
#[path = "../../../crates/whatsgate-cli/src/time_span.rs"]
mod time_span;

use std::env;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    TARGETS.iter().find(|target| target.name == name).expect("FUZZ_TARGET is one of the targets")
});

/// The folder for what the target needs on disk.
static SCRATCH: LazyLock<PathBuf> =
    LazyLock::new(|| env::var_os("FUZZ_SCRATCH").expect("FUZZ_SCRATCH names a folder").into());

fuzz_target!(
    init: {
        if let Some(folder) = env::var_os("FUZZ_SEEDS") {
            for (number, seed) in (TARGET.seeds)().iter().enumerate() {
                std::fs::write(std::path::Path::new(&folder).join(format!("seed-{number:03}")), seed)
                    .expect("the folder of seeds can be written");
            }
            std::process::exit(0);
        }
    },
    |input: &[u8]| (TARGET.run)(input)
);
