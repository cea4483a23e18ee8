//! The settings that pages show: the service and nginx run with them, over a sandbox, and are called through the proxy.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use whatsgate_book::markdown::fences;
use whatsgate_book::{Language, Page, written};
use whatsgate_sandbox::{Sandbox, Settings};

use crate::running::{Running, free_port, serving};
use crate::tools;
use crate::workspace::{built, cargo, exists, output_of, run};

/// How long the proxy may take to listen, and the service to tell the gateway where.
const DEADLINE: Duration = Duration::from_secs(20);
const EVENT: &str = r#"{"id":1,"event_action":"news","event_data":[]}"#;

/// Proves the settings of all pages, and returns what could not be proved.
pub(super) fn test() -> Result<Vec<String>> {
    let nginx = match tools::nginx() {
        Ok(nginx) if exists("curl") => nginx,
        Ok(_) => return Ok(vec!["the settings in the book: curl is missing".to_owned()]),
        Err(error) => return Ok(vec![format!("the settings in the book: {error:#}")]),
    };
    run(&mut cargo(["build", "--quiet", "--package", "whatsgate-cli"]))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    for language in Language::ALL {
        let settings = Settings { api_keys: vec![whatsgate_canary::KEY.to_owned()], ..Settings::default() };
        let sandbox = runtime.block_on(Sandbox::start(settings))?;
        sandbox.ready_session("Shop");
        let outcome = behind_nginx(language, &sandbox, &nginx).and_then(|()| others(language, &sandbox));
        runtime.block_on(sandbox.shutdown());
        outcome.with_context(|| format!("the settings in {language:?}"))?;
    }
    Ok(Vec::new())
}

/// The blocks of a page that are in a language of settings.
fn blocks(page: &Page, kind: &str) -> Vec<String> {
    fences(&page.text).into_iter().filter(|fence| fence.language == kind).map(|fence| fence.text).collect()
}

/// The page about nginx, on ports that are free and with a certificate for the day.
fn behind_nginx(language: Language, sandbox: &Sandbox, nginx: &Path) -> Result<()> {
    let folder = super::place(&format!("{}-nginx", language.folder()))?;
    let [service, hook, tls] = [free_port()?, free_port()?, free_port()?];
    let here = |text: &str| {
        text.replace("127.0.0.1:8070", &format!("127.0.0.1:{service}"))
            .replace("127.0.0.1:8071", &format!("127.0.0.1:{hook}"))
            .replace("https://shop.example", &format!("https://127.0.0.1:{tls}"))
            .replace("listen 443 ssl", &format!("listen 127.0.0.1:{tls} ssl"))
            .replace("/etc/ssl/shop.example", &folder.display().to_string())
    };
    let pages = written(language)?;
    let page = |name| pages.iter().find(|page| page.name == name).context("no such page");
    let nginx_page = page("behind-nginx.md")?;
    // What the service wants for pages in browsers stands elsewhere.
    let config = [settings(nginx_page), settings(page("page-without-key.md")?)].concat().concat();
    let serving = serve(&folder, &here(&config), &[], sandbox)?;
    let certified = rcgen::generate_simple_self_signed(["shop.example".to_owned()])?;
    fs::write(folder.join("fullchain.pem"), certified.cert.pem())?;
    fs::write(folder.join("privkey.pem"), certified.signing_key.serialize_pem())?;
    let blocks = blocks(nginx_page, "nginx");
    let (server, locations) = blocks.split_first().context("the page shows a server")?;
    let server = server.trim_end().strip_suffix('}').context("the server ends with a brace")?;
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};\n"))
        .concat();
    let whole = format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{}{}}}\n}}\n",
        here(server),
        here(&locations.concat())
    );
    fs::write(folder.join("nginx.conf"), whole)?;
    let mut proxy = Command::new(nginx);
    proxy.arg("-p").arg(&folder).args(["-c", "nginx.conf", "-e", "error.log"]);
    let mut proxy = Running(proxy.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?);
    let began = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, tls)).is_err() {
        if proxy.0.try_wait()?.is_some() || began.elapsed() > DEADLINE {
            let _ = proxy.0.kill();
            let mut said = String::new();
            proxy.0.stderr.take().context("it is piped")?.read_to_string(&mut said)?;
            bail!("nginx does not serve: {said}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let at = |path: &str| format!("https://127.0.0.1:{tls}{path}");
    expect(&["https://shop.example/livez", "--connect-to", &format!("::127.0.0.1:{tls}")], 404)?;
    // This machine is not in the network of the programs.
    expect(&[&at("/v1/events")], 403)?;
    expect(&[&at("/relay/v1/events"), "--data", "{}"], 401)?;
    expect(&[&at("/whatsgate/0123"), "--data", EVENT], 404)?;
    expect(&[&callback(sandbox)?, "--data", EVENT], 200)?;
    drop((proxy, serving));
    eprintln!("the service behind nginx, {language:?}");
    Ok(())
}

/// The settings of the service on other pages: it starts with them.
fn others(language: Language, sandbox: &Sandbox) -> Result<()> {
    for page in written(language)?.iter().filter(|page| page.name != "behind-nginx.md") {
        for (number, block) in settings(page).iter().enumerate() {
            let name = page.name.trim_end_matches(".md");
            let folder = super::place(&format!("{}-{name}-{number}", language.folder()))?;
            let config = block.replace("/mnt/shared", &folder.display().to_string());
            drop(serve(&folder, &config, &["--listen", "127.0.0.1:0"], sandbox)?);
            eprintln!("the settings of the service in {language:?}, {}", page.name);
        }
    }
    Ok(())
}

/// The settings of the service on a page. A list of dependencies is none.
fn settings(page: &Page) -> Vec<String> {
    let mut settings = blocks(page, "toml");
    settings.retain(|block| !block.contains("path ="));
    settings
}

/// The service with a configuration.
fn serve(folder: &Path, config: &str, arguments: &[&str], sandbox: &Sandbox) -> Result<Running> {
    fs::write(folder.join("serve.toml"), config)?;
    let mut serve = whatsgate(sandbox);
    serve.args(["serve", "--config", "serve.toml", "--store", "sqlite:service.db"]).args(arguments);
    let log = folder.join("service.txt");
    let started = serving(serve.current_dir(folder).stderr(File::create(&log)?));
    started.with_context(|| fs::read_to_string(log).unwrap_or_default())
}

fn whatsgate(sandbox: &Sandbox) -> Command {
    let mut whatsgate = Command::new(built("whatsgate"));
    whatsgate.env("WHATSGATE_BASE_URL", sandbox.base_url()).env("WHATSGATE_API_KEY", sandbox.api_key());
    whatsgate
}

/// Where the sandbox posts events to, as soon as the service has told it.
fn callback(sandbox: &Sandbox) -> Result<String> {
    let began = Instant::now();
    while began.elapsed() < DEADLINE {
        let listed = output_of(whatsgate(sandbox).args(["sessions", "list", "--json"]))?;
        let listed: Value = serde_json::from_str(&listed)?;
        if let Some(callback) = listed["sessions"][0]["callback"].as_str().filter(|url| !url.is_empty()) {
            return Ok(callback.to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("the gateway was told no address")
}

/// Asks the proxy for something; it answers with this status.
fn expect(arguments: &[&str], status: u16) -> Result<()> {
    let mut curl = Command::new("curl");
    curl.args(["-sSk", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}"]).args(arguments);
    let answered = output_of(&mut curl)?;
    ensure!(answered == status.to_string(), "{} was answered with {answered}, not {status}", arguments[0]);
    Ok(())
}
