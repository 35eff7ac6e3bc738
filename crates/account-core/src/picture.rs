//! Pictures from elsewhere, as `data:` URLs (decision 17): the page itself loads nothing remote.
//!
//! https only; at most 1 MiB, 5 seconds, and 4096 × 4096 pixels by its header; a raster format by its first bytes,
//! whatever the content type says; no cookies, no redirects. A picture's URL is input from anyone, so it must not
//! reach into the network of this machine: addresses that are not public are refused, by number and after the name is
//! resolved. The check happens where the connection is made, so a name cannot resolve differently in between; that is
//! also why the system's proxy is not used here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use account_api::limits::LIMITS;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::error::Error;
use crate::http;

mod header;

use header::Format;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches pictures.
pub(crate) struct Pictures {
    /// Created with the first picture. `None` when no TLS roots could be read: then there are no pictures.
    client: OnceLock<Option<Client>>,
    rules: Rules,
}

/// Which URLs and addresses may be requested.
#[derive(Clone, Copy)]
struct Rules {
    scheme: &'static str,
    admits: fn(IpAddr) -> bool,
}

impl Pictures {
    /// Creates a client with the rules of this module.
    pub(crate) fn new() -> Self {
        Self::with(Rules { scheme: "https", admits: is_public })
    }

    fn with(rules: Rules) -> Self {
        Self { client: OnceLock::new(), rules }
    }

    fn client(&self) -> Option<&Client> {
        let make = || {
            Client::builder()
                .no_proxy()
                .redirect(Policy::none())
                .referer(false)
                .tls_version_min(reqwest::tls::Version::TLS_1_2)
                .timeout(TIMEOUT)
                .dns_resolver(std::sync::Arc::new(PublicAddresses { admits: self.rules.admits }))
                .build()
                .inspect_err(|error| tracing::warn!(%error, "HTTP client for pictures: not created"))
                .ok()
        };
        self.client.get_or_init(make).as_ref()
    }

    /// Fetches one picture.
    ///
    /// # Errors
    /// [`Error::PictureUnavailable`], whatever the reason: the page shows initials instead.
    pub(crate) async fn fetch(&self, url: &str) -> Result<String, Error> {
        self.try_fetch(url).await.ok_or(Error::PictureUnavailable)
    }

    async fn try_fetch(&self, url: &str) -> Option<String> {
        let url = self.rules.admitted(url)?;
        let response = self.client()?.get(url).send().await.ok()?;
        if response.status() != ::http::StatusCode::OK {
            return None;
        }
        let body = http::bounded_body(response, http::MAX_BODY).await.ok()?;
        // A small file can unpack to gigabytes: the header gives the number of pixels before anything is decoded.
        let format = Format::of(&body)?;
        header::size(format, &body).filter(|size| size.is_admitted())?;
        Some(format!("data:{};base64,{}", format.media_type(), STANDARD.encode(&body)))
    }
}

impl Rules {
    fn admitted(self, raw: &str) -> Option<Url> {
        if raw.chars().count() > LIMITS.avatar {
            return None;
        }
        let url = Url::parse(raw).ok()?;
        let plain = url.scheme() == self.scheme && url.username().is_empty() && url.password().is_none();
        let public = match url.host()? {
            Host::Ipv4(address) => (self.admits)(IpAddr::V4(address)),
            Host::Ipv6(address) => (self.admits)(IpAddr::V6(address)),
            Host::Domain(_) => true,
        };
        (plain && public).then_some(url)
    }
}

/// Resolves names and refuses those with any address that is not public.
struct PublicAddresses {
    admits: fn(IpAddr) -> bool,
}

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let admits = self.admits;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() || !found.iter().all(|address| admits(address.ip())) {
                return Err("not a public address".into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address belongs to the public internet (IANA special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        || a >= 224;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_v4(inside);
    }
    let [a, b, c, d, _, _, g, h] = address.segments();
    // NAT64 carries an IPv4 address in its last 32 bits.
    if [a, b, c, d] == [0x64, 0xff9b, 0, 0] {
        let [g1, g2] = g.to_be_bytes();
        let [h1, h2] = h.to_be_bytes();
        return is_public_v4(Ipv4Addr::new(g1, g2, h1, h2));
    }
    // Global unicast is 2000::/3; inside it: Teredo and other protocol blocks, documentation, 6to4.
    let global = (0x2000..0x4000).contains(&a);
    let special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    global && !special
}

#[cfg(test)]
mod tests;
