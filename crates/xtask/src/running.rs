//! Programs that run beside a chore.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// A program, until it is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `whatsgate serve`, once it serves.
pub(crate) fn serving(serve: &mut Command) -> Result<Running> {
    let mut child = serve.stdout(Stdio::piped()).spawn().context("cannot start the service")?;
    let lines = BufReader::new(child.stdout.take().context("the output is piped")?).lines();
    let running = Running(child);
    if lines.map_while(Result::ok).any(|line| line.contains("serving at ")) {
        return Ok(running);
    }
    bail!("the service does not start")
}

/// A port of this machine that nobody listens at.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
