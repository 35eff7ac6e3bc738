//! The certificate of the providers' port, signed by an authority whose key is dropped at once.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// What clients need to trust the providers.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    /// The authority's certificate.
    pub(crate) ca_pem: String,
    /// The SHA-256 of the server's public key, in base64, as browsers pin it.
    pub(crate) spki_sha256: String,
}

/// The authority, the key or the certificate could not be made.
#[derive(Debug)]
pub(crate) struct CertificateError;

/// Makes an authority and a certificate for this machine's loopback names.
pub(crate) fn make() -> Result<(Certificate, ServerConfig), CertificateError> {
    let (certificate, chain, key) = issue().map_err(|_| CertificateError)?;
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| CertificateError)?
        .with_no_client_auth()
        .with_single_cert(vec![chain], key.into())
        .map_err(|_| CertificateError)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((certificate, config))
}

type Issued = (Certificate, CertificateDer<'static>, PrivatePkcs8KeyDer<'static>);

fn issue() -> Result<Issued, rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "Logto sandbox CA");
    // The real time is not the sandbox's.
    (authority.not_before, authority.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2199, 1, 1));
    let authority_key = KeyPair::generate()?;
    let ca_pem = authority.self_signed(&authority_key)?.pem();

    let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned);
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name.push(DnType::CommonName, "Logto sandbox providers");
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    (server.not_before, server.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2199, 1, 1));
    let key = KeyPair::generate()?;
    let spki_sha256 =
        STANDARD.encode(digest::digest(&digest::SHA256, &key.subject_public_key_info()).as_ref());
    let signed = server.signed_by(&key, &Issuer::new(authority, authority_key))?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((Certificate { ca_pem, spki_sha256 }, signed.der().clone(), key))
}
