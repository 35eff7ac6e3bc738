//! Why no connection came about: certificates, the proxy, TLS itself. Each has a code of its own, because each has another
//! person who can mend it.

use std::error::Error;

use account_api::error::{AppCode, Code, ConnectionDetail};
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use tower_service::Service;

use super::certificate::{CertificateFault, Reason};

/// A reason that is known. What is not known is "offline".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionProblem {
    /// The server's certificate does not hold.
    #[error(transparent)]
    Certificate(CertificateFault),
    /// This computer has no certificate authorities to check a server's certificate with.
    #[error("this computer has no trusted certificates")]
    NoTrustedCertificates,
    /// The TLS handshake failed for another reason than the certificate.
    #[error("no secure connection came about")]
    TlsFailed,
    /// The proxy wants to know who asks (407, or the SOCKS equivalent).
    #[error("the proxy demands authentication")]
    ProxyAuthentication,
    /// The proxy did not make the connection.
    #[error("the proxy refused the connection")]
    ProxyRefused,
    /// The proxy itself cannot be reached.
    #[error("the proxy cannot be reached")]
    ProxyUnreachable,
}

/// Neither type has a public name.
type TunnelError = <Tunnel<HttpConnector> as Service<Uri>>::Error;
type SocksError = <SocksV5<HttpConnector> as Service<Uri>>::Error;

/// The next error of a chain. What an `io::Error` holds is asked for by another method than `source`, which skips it.
fn next<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

impl ConnectionProblem {
    /// The reason in the chain of a failed request.
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

    /// The stable code.
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

    /// What the words of the code need.
    pub(crate) fn detail(&self) -> Option<ConnectionDetail> {
        match self {
            Self::Certificate(CertificateFault { host, issuer, .. }) => {
                Some(ConnectionDetail::Certificate { host: host.clone(), issuer: issuer.clone() })
            }
            _ => None,
        }
    }
}
