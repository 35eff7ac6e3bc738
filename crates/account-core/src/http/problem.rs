//! Why a connection failed: certificates, the proxy, TLS itself. Each has its own code, because a different user or
//! administrator can fix it.

use std::error::Error;

use account_api::error::{AppCode, Code, ConnectionDetail};
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use tower_service::Service;

use super::certificate::{CertificateFault, Reason};

/// A known reason. An unknown one is "offline".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionProblem {
    /// The server's certificate was refused.
    #[error(transparent)]
    Certificate(CertificateFault),
    /// This computer has no certificate authorities to check a server's certificate with.
    #[error("this computer has no trusted certificates")]
    NoTrustedCertificates,
    /// The TLS handshake failed for another reason than the certificate.
    #[error("the TLS handshake failed")]
    TlsFailed,
    /// The proxy requires authentication (407, or the SOCKS equivalent).
    #[error("the proxy requires authentication")]
    ProxyAuthentication,
    /// The proxy did not open the connection.
    #[error("the proxy refused the connection")]
    ProxyRefused,
    /// The proxy itself cannot be reached.
    #[error("the proxy cannot be reached")]
    ProxyUnreachable,
}

/// The error of a tunnel through a proxy. Neither this type nor the next has a public name.
type TunnelError = <Tunnel<HttpConnector> as Service<Uri>>::Error;
type SocksError = <SocksV5<HttpConnector> as Service<Uri>>::Error;

/// Returns the next error of a chain. The error inside an `io::Error` is returned by another method than `source`,
/// which skips it.
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

impl ConnectionProblem {
    /// Finds the reason in the chain of a failed request.
    pub(super) fn of(error: &reqwest::Error) -> Option<Self> {
        std::iter::successors(error.source(), |cause| next(*cause)).find_map(Self::of_one)
    }

    fn of_one(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(CertificateFault::of(error).map_or(Self::TlsFailed, Self::Certificate));
        }
        if let Some(error) = error.downcast_ref::<TunnelError>() {
            return Some(match error {
                TunnelError::ProxyAuthRequired => Self::ProxyAuthentication,
                TunnelError::ConnectFailed(_) => Self::ProxyUnreachable,
                _ => Self::ProxyRefused,
            });
        }
        error.downcast_ref::<SocksError>().map(|error| match error {
            SocksError::Inner(_) => Self::ProxyUnreachable,
            _ => Self::ProxyRefused,
        })
    }

    /// Returns the stable code.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Certificate(fault) => match fault.reason {
                Reason::Untrusted => Code::App(AppCode::CertificateUntrusted),
                Reason::Expired => Code::App(AppCode::CertificateExpired),
                Reason::NotYetValid => Code::App(AppCode::CertificateNotYetValid),
                Reason::WrongName => Code::App(AppCode::CertificateWrongName),
            },
            Self::NoTrustedCertificates => Code::App(AppCode::NoTrustedCertificates),
            Self::TlsFailed => Code::App(AppCode::TlsFailed),
            Self::ProxyAuthentication => Code::App(AppCode::ProxyAuthenticationRequired),
            Self::ProxyRefused => Code::App(AppCode::ProxyRefused),
            Self::ProxyUnreachable => Code::App(AppCode::ProxyUnreachable),
        }
    }

    /// Returns the details that the text of the code needs.
    pub(crate) fn detail(&self) -> Option<ConnectionDetail> {
        match self {
            Self::Certificate(CertificateFault { host, issuer, .. }) => {
                Some(ConnectionDetail::Certificate { host: host.clone(), issuer: issuer.clone() })
            }
            _ => None,
        }
    }
}
