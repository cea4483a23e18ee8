//! Times and memory of a process, from `/proc`.

use std::time::Instant;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What one run took.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    pub(crate) peak_mib: f64,
}

/// Runs a job in this process.
pub(crate) fn run(job: impl FnOnce() -> Result<()>) -> Result<Measured> {
    let start = Instant::now();
    job()?;
    let wall = start.elapsed().as_secs_f64();
    let (cpu, peak_mib) = usage("self")?;
    Ok(Measured { wall, cpu, peak_mib })
}

/// The CPU seconds and the peak memory in MiB of a process so far.
pub(crate) fn usage(process: &str) -> Result<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let peak: f64 = peak.trim().trim_end_matches(" kB").parse()?;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name in brackets and may hold spaces.
    let (_, fields) = stat.rsplit_once(") ").context("no name")?;
    let times = fields.split(' ').skip(11).take(2).map(str::parse::<f64>);
    let ticks: f64 = times.sum::<Result<f64, _>>()?;
    // Linux counts in hundredths of a second wherever this runs.
    Ok((ticks / 100.0, peak / 1024.0))
}
