//! A TLS server in front of another one, with certificates of all kinds, and proxies on the way to it.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The flaw of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Untrusted,
    SelfSigned,
    MissingIntermediate,
    Expired,
    NotYetValid,
    WrongName,
}

/// The name of every root authority here.
pub(crate) const AUTHORITY: &str = "Example Company CA";
/// The intermediate authority, whose certificate is never sent.
pub(crate) const INTERMEDIATE: &str = "Example Company Issuing CA";

/// A TLS server.
pub(crate) struct Tls {
    pub(crate) address: SocketAddr,
    /// The certificate authority to trust (DER).
    pub(crate) authority: Vec<u8>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn authority(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    (params, KeyPair::generate().unwrap())
}

impl Tls {
    /// Listens with a certificate for `name`, and forwards to the server at `upstream`.
    pub(crate) async fn start(name: &str, flaw: Flaw, upstream: Option<String>) -> Self {
        let (root_params, root_key) = authority(AUTHORITY);
        let root = root_params.self_signed(&root_key).unwrap();
        let others = if flaw == Flaw::MissingIntermediate { INTERMEDIATE } else { AUTHORITY };
        let (other_params, other_key) = authority(others);

        let named = if flaw == Flaw::WrongName { "other.example.test" } else { name };
        let mut params = CertificateParams::new([named.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, named);
        params.not_before = date_time_ymd(if flaw == Flaw::NotYetValid { 2190 } else { 2020 }, 1, 1);
        params.not_after = date_time_ymd(if flaw == Flaw::Expired { 2021 } else { 2199 }, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = match flaw {
            Flaw::SelfSigned => params.self_signed(&key),
            Flaw::MissingIntermediate | Flaw::Untrusted => {
                params.signed_by(&key, &Issuer::new(other_params, other_key))
            }
            _ => params.signed_by(&key, &Issuer::new(root_params, root_key)),
        }
        .unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await.ok()?;
                    let mut upstream = TcpStream::connect(upstream?).await.ok()?;
                    tokio::io::copy_bidirectional(&mut stream, &mut upstream).await.ok()
                });
            }
        });
        Self { address, authority: root.der().to_vec(), task }
    }
}

/// How a proxy handles a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proxying {
    /// HTTP CONNECT: answers this status, and connects where it is 200.
    Connect(u16),
    /// SOCKS 5: refuses clients without a password.
    SocksPassword,
    /// SOCKS 5: answers with this reply (RFC 1928 §6), and connects where it is 0.
    Socks(u8),
}

/// Starts a proxy that connects to `target`, whatever the client requests.
pub(crate) async fn proxy(proxying: Proxying, target: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, proxying, target));
        }
    });
    address
}

async fn pass(mut stream: TcpStream, proxying: Proxying, target: SocketAddr) -> Option<()> {
    let connects = match proxying {
        Proxying::Connect(status) => {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.ok()?);
            }
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
            let answer = if status == 200 { "HTTP/1.1 200 X\r\n\r\n".to_owned() } else { answer };
            stream.write_all(answer.as_bytes()).await.ok()?;
            status == 200
        }
        Proxying::SocksPassword => {
            greeting(&mut stream).await?;
            stream.write_all(&[5, 0xff]).await.ok()?;
            false
        }
        Proxying::Socks(reply) => {
            greeting(&mut stream).await?;
            stream.write_all(&[5, 0]).await.ok()?;
            let mut head = [0; 5];
            stream.read_exact(&mut head).await.ok()?;
            // A name (type 3): the proxy looks it up, not the app.
            assert_eq!(head[3], 3);
            let mut rest = vec![0; usize::from(head[4]) + 2];
            stream.read_exact(&mut rest).await.ok()?;
            stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
            reply == 0
        }
    };
    if connects {
        let mut upstream = TcpStream::connect(target).await.ok()?;
        tokio::io::copy_bidirectional(&mut stream, &mut upstream).await.ok()?;
    }
    Some(())
}

async fn greeting(stream: &mut TcpStream) -> Option<()> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.ok()?;
    let mut methods = vec![0; usize::from(head[1])];
    stream.read_exact(&mut methods).await.ok().map(|_| ())
}
