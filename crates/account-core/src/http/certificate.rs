//! The check of a server's certificate: the operating system's verifier, with a reason for each refusal.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};

use crate::discovery::displayable;

/// Why a certificate is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No trusted authority issued it, or the chain to that authority is incomplete.
    Untrusted,
    /// It has expired, by this computer's clock.
    Expired,
    /// It is not valid yet, by this computer's clock.
    NotYetValid,
    /// It is for other names than the one in the address.
    WrongName,
}

/// A certificate that was refused, and its issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate of {host} does not hold: {reason:?}, issued by {issuer:?}")]
pub struct CertificateFault {
    pub(crate) reason: Reason,
    /// The name in the address.
    pub(crate) host: String,
    /// The issuer as the certificate names it: common name or organisation.
    pub(crate) issuer: Option<String>,
}

impl CertificateFault {
    /// Returns the fault that [`Explaining`] put into an error of the handshake.
    pub(super) fn of(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(fault))) => {
                fault.downcast_ref::<Self>().cloned()
            }
            _ => None,
        }
    }
}

/// Returns the TLS configuration of every client: TLS 1.2 or later, the system's certificate authorities and
/// `others`.
///
/// # Errors
/// When the system has no certificate authorities, or they cannot be read.
pub(super) fn tls(others: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(Explaining::new(others, Arc::clone(&provider))?);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The operating system's verifier. Every refusal of the certificate is returned as a [`CertificateFault`].
#[derive(Debug)]
struct Explaining(rustls_platform_verifier::Verifier);

impl Explaining {
    fn new(others: &[CertificateDer<'static>], provider: Arc<CryptoProvider>) -> Result<Self, rustls::Error> {
        use rustls_platform_verifier::Verifier;
        let verifier = if others.is_empty() {
            Verifier::new(provider)?
        } else {
            Verifier::new_with_extra_roots(others.iter().cloned(), provider)?
        };
        Ok(Self(verifier))
    }
}

impl ServerCertVerifier for Explaining {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| explained(error, end_entity, server_name))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn explained(
    error: rustls::Error,
    end_entity: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
) -> rustls::Error {
    let rustls::Error::InvalidCertificate(refusal) = &error else { return error };
    let reason = match refusal {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Reason::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Reason::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Reason::WrongName
        }
        _ => Reason::Untrusted,
    };
    tracing::warn!(host = %server_name.to_str(), ?refusal, "server certificate: refused");
    let fault =
        CertificateFault { reason, host: server_name.to_str().into_owned(), issuer: issuer_of(end_entity) };
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(fault))))
}

/// Returns the common name of the issuer, or its organisation.
fn issuer_of(certificate: &CertificateDer<'_>) -> Option<String> {
    const COMMON_NAME: &str = "2.5.4.3";
    const ORGANISATION: &str = "2.5.4.10";
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
    let issuer = &certificate.tbs_certificate.issuer;
    let named = |oid: &str| {
        issuer
            .0
            .iter()
            .flat_map(|names| names.0.iter())
            .find(|name| name.oid.to_string() == oid)
            .and_then(|name| text(&name.value))
    };
    named(COMMON_NAME).or_else(|| named(ORGANISATION)).as_deref().and_then(displayable)
}

fn text(value: &x509_cert::der::Any) -> Option<String> {
    let utf8 = value.decode_as::<Utf8StringRef<'_>>().map(|text| text.as_str().to_owned());
    let printable = || value.decode_as::<PrintableStringRef<'_>>().map(|text| text.as_str().to_owned());
    let teletex = || value.decode_as::<TeletexStringRef<'_>>().map(|text| text.as_str().to_owned());
    utf8.or_else(|_| printable()).or_else(|_| teletex()).ok()
}
