//! Where a host is: on this machine, in this network, or outside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Whether a URL's host is this machine.
pub(super) fn is_this_machine(url: &Url) -> bool {
    let host = host(url);
    host == "localhost"
        || host.ends_with(".localhost")
        || address(&host).is_some_and(|address| address.is_loopback() || address.is_unspecified())
}

/// Whether a URL's host means something on this machine or in this network only.
pub(super) fn is_private(url: &Url) -> bool {
    const ENDINGS: [&str; 6] = [".local", ".lan", ".internal", ".intranet", ".home.arpa", ".test"];
    let host = host(url);
    is_this_machine(url)
        || match address(&host) {
            Some(IpAddr::V4(address)) => is_private_v4(address),
            Some(IpAddr::V6(address)) => is_private_v6(address),
            None => !host.contains('.') || ENDINGS.iter().any(|ending| host.ends_with(ending)),
        }
}

/// The host without the brackets of IPv6, and without the root's dot.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.trim_end_matches('.').to_owned()
}

/// Scheme, host and port, without what may be secret.
pub(super) fn origin(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

fn address(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    // 100.64.0.0/10 is what providers share among their customers.
    let is_shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
    address.is_private() || address.is_link_local() || is_shared
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let mapped = address.to_ipv4_mapped();
    mapped.is_some_and(|address| address.is_loopback() || is_private_v4(address))
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_network_has_is_private() {
        let is = |host: &str| is_private(&Url::parse(&format!("http://{host}/hook")).unwrap());
        for host in [
            "localhost",
            "127.0.0.1:80",
            "[::1]",
            "0.0.0.0",
            "10.1.2.3",
            "192.168.1.2",
            "172.16.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "[fd00::1]",
            "[::ffff:10.0.0.1]",
            "shop",
            "shop.local",
            "shop.lan.",
        ] {
            assert!(is(host), "{host}");
        }
        for host in
            ["shop.example", "8.8.8.8", "172.32.0.1", "100.128.0.1", "[2001:db8::1]", "localhost.example"]
        {
            assert!(!is(host), "{host}");
        }
    }
}
