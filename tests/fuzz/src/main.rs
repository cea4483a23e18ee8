//! The fuzzer: one target of [`targets::TARGETS`] per process, named by the variable `FUZZ_TARGET`. With `FUZZ_SEEDS` it
//! writes the target's first inputs into that folder instead.
//!
//! `cargo xtask fuzz` builds it with the compiler's counters of coverage and runs it.
#![no_main]

mod seeds;
mod targets;

use std::env;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    TARGETS.iter().find(|target| target.name == name).expect("FUZZ_TARGET is one of the targets")
});

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
