//! Runs the jobs in processes of their own and prints the table.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::context::{FILE, SERVER};
use crate::jobs::{JOBS, Job, Side, Work};
use crate::measure::{Measured, usage};

/// Runs the jobs whose names begin with one of these, or all, and prints a line for each.
pub(crate) fn print(names: &[&str], runs: usize) -> Result<()> {
    ensure!(runs > 0, "--runs is at least 1");
    let chosen = |job: &Job| names.is_empty() || names.iter().any(|name| job.name.starts_with(name));
    let server = Server::start(&["serve"])?;
    let directory = tempfile::tempdir_in(".")?;
    println!("| job | bare: wall / CPU / peak | SDK: wall / CPU / peak | wall ratio | target |");
    println!("|---|---|---|---|---|");
    for job in JOBS.iter().filter(|job| chosen(job)) {
        let file = directory.path().join("file.bin");
        if let Work::Send { mib } = job.work {
            write_file(&file, mib)?;
        }
        let runs = match job.work {
            // Long, and much the same each time.
            Work::Send { mib: 1024.. } | Work::Fetch { mib: 1024.. } => runs.min(2),
            // Over in a fraction of a second, so that anything else on the machine shows.
            Work::Texts { .. } => runs * 4,
            _ => runs,
        };
        let (mut bare, mut sdk) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            bare.push(measure(job, Side::Bare, &server.url, &file)?);
            sdk.push(measure(job, Side::Sdk, &server.url, &file)?);
        }
        print_line(job, best(&bare), best(&sdk));
    }
    Ok(())
}

fn print_line(job: &Job, bare: Measured, sdk: Measured) {
    let show = |side: Measured| format!("{:.4} s / {:.2} s / {:.1} MiB", side.wall, side.cpu, side.peak_mib);
    let ratio = sdk.wall / bare.wall;
    let mut targets = Vec::new();
    let mut target = |met: bool, text: String| {
        targets.push(format!("{text}: {}", if met { "met" } else { "MISSED" }));
    };
    if let Some(most) = job.wall_target {
        target(ratio <= most, format!("≤ {most:.2}×"));
    }
    if let Some(most) = job.peak_target_mib {
        target(sdk.peak_mib <= most, format!("≤ {most:.0} MiB"));
    }
    println!("| {} | {} | {} | {ratio:.2}× | {} |", job.title, show(bare), show(sdk), targets.join(", "));
}

/// The least time and the most memory: whatever else runs on the machine can only add to a time.
fn best(runs: &[Measured]) -> Measured {
    let least = |figure: fn(&Measured) -> f64| runs.iter().map(figure).fold(f64::INFINITY, f64::min);
    let peak_mib = runs.iter().map(|run| run.peak_mib).fold(0.0, f64::max);
    Measured { wall: least(|run| run.wall), cpu: least(|run| run.cpu), peak_mib }
}

fn measure(job: &Job, side: Side, server: &str, file: &Path) -> Result<Measured> {
    if let Work::Events { .. } = job.work {
        let receiver = Server::start(&["receive", side.as_str()])?;
        let load = run_job(job, side, &receiver.url, file)?;
        let (cpu, peak_mib) = usage(&receiver.child.id().to_string())?;
        return Ok(Measured { wall: load.wall, cpu, peak_mib });
    }
    let start = Instant::now();
    let measured = run_job(job, side, server, file)?;
    // A cold start is all of the process, from the call to its end.
    let wall = if job.name == "cold" { start.elapsed().as_secs_f64() } else { measured.wall };
    Ok(Measured { wall, ..measured })
}

fn run_job(job: &Job, side: Side, server: &str, file: &Path) -> Result<Measured> {
    let output = Command::new(std::env::current_exe()?)
        .args(["job", job.name, side.as_str()])
        .env(SERVER, server)
        .env(FILE, file)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "{} failed with {}", job.name, side.as_str());
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// This program in another role, until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        let mut child =
            Command::new(std::env::current_exe()?).args(arguments).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        let stdout = child.stdout.take().context("no output")?;
        BufReader::new(stdout).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file of bytes without a pattern.
fn write_file(path: &Path, mib: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let mut block = vec![0; 1 << 20];
    File::open("/dev/urandom")?.read_exact(&mut block)?;
    for _ in 0..mib {
        file.write_all(&block)?;
    }
    Ok(())
}
