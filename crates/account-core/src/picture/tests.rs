//! Decision 17: the rules as tables, and fetching from a server on this machine with rules that admit it.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::header::Format;
use super::{Pictures, Rules, is_public};

/// The header of a picture of 5 × 3 pixels.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x05\0\0\0\x03\x08\x02\0\0\0sum.";

/// Returns the same header with another size.
fn png(width: u32, height: u32) -> Vec<u8> {
    [&PNG[..16], &width.to_be_bytes(), &height.to_be_bytes(), &PNG[24..]].concat()
}

/// Sends this response to every connection and returns the URL of the listener.
async fn serve(response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            drop(stream.read(&mut head).await);
            drop(stream.write_all(&response).await);
            drop(stream.shutdown().await);
        }
    });
    format!("http://{address}/picture")
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn here() -> Pictures {
    Pictures::with(Rules { scheme: "http", admits: |_| true })
}

#[tokio::test]
async fn raster_picture_becomes_data_url_whatever_its_content_type() {
    let url = serve(response("200 OK", "Content-Type: text/html\r\n", PNG)).await;
    assert_eq!(
        here().fetch(&url).await.unwrap(),
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAABzdW0u"
    );
}

#[tokio::test]
async fn other_content_is_no_picture() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let too_large = [PNG, &vec![0; 1024 * 1024]].concat();
    let elsewhere = serve(response("200 OK", "", PNG)).await;
    for (case, answer) in [
        ("svg", response("200 OK", "Content-Type: image/svg+xml\r\n", svg)),
        ("html that claims to be png", response("200 OK", "Content-Type: image/png\r\n", b"<html>")),
        ("nothing", response("200 OK", "", b"")),
        ("more than 1 MiB", response("200 OK", "", &too_large)),
        ("not found", response("404 Not Found", "", PNG)),
        ("a redirect", response("302 Found", &format!("Location: {elsewhere}\r\n"), b"")),
        ("not HTTP", b"nonsense".to_vec()),
    ] {
        let url = serve(answer).await;
        assert!(here().fetch(&url).await.is_err(), "{case}");
    }
}

#[tokio::test]
async fn picture_above_4096_by_4096_is_refused_by_its_header() {
    for (width, height, wanted) in [
        (4096, 4096, true),
        (1, 4096, true),
        (4097, 1, false),
        (1, 4097, false),
        (65_536, 65_536, false),
        (u32::MAX, u32::MAX, false),
        (0, 1, false),
        (1, 0, false),
    ] {
        let url = serve(response("200 OK", "", &png(width, height))).await;
        assert_eq!(here().fetch(&url).await.is_ok(), wanted, "{width} x {height}");
    }
    for (case, body) in [
        ("the first bytes alone", &PNG[..8]),
        ("no whole header", &PNG[..20]),
        ("a JPEG without a frame", b"\xff\xd8\xff\xd9"),
        ("a GIF without a frame", b"GIF89a\x05\0\x03\0\0\0\0;"),
        ("a WebP without a chunk", b"RIFF\x04\0\0\0WEBP"),
    ] {
        let url = serve(response("200 OK", "", body)).await;
        assert!(here().fetch(&url).await.is_err(), "{case}");
    }
}

#[tokio::test]
async fn only_https_to_public_addresses_is_requested() {
    let secret = serve(response("200 OK", "", PNG)).await;
    let port = secret.rsplit_once(':').map(|(_, rest)| rest.split('/').next().unwrap()).unwrap();
    let pictures = Pictures::new();
    for url in [
        secret.clone(),
        format!("https://127.0.0.1:{port}/picture"),
        format!("https://localhost:{port}/picture"),
        format!("https://[::1]:{port}/picture"),
        format!("https://[::ffff:127.0.0.1]:{port}/picture"),
        format!("https://2130706433:{port}/picture"),
        format!("https://0x7f.1:{port}/picture"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://person:password@pictures.example.test/a.png".to_owned(),
        "data:image/png;base64,iVBORw0KGgo=".to_owned(),
        "file:///etc/passwd".to_owned(),
        "nonsense".to_owned(),
        format!("https://pictures.example.test/{}", "a".repeat(3000)),
    ] {
        assert!(pictures.fetch(&url).await.is_err(), "{url}");
    }
    // A name that resolves to this machine is refused where the connection is made.
    let narrow = Pictures::with(Rules { scheme: "http", admits: is_public });
    assert!(narrow.fetch(&format!("http://localhost:{port}/picture")).await.is_err());
    let wide = Pictures::with(Rules { scheme: "http", admits: |_| true });
    assert!(
        wide.fetch(&format!("http://127.0.0.1:{port}/picture")).await.is_ok(),
        "the picture itself is fine"
    );
}

#[test]
fn private_and_special_addresses_are_not_public() {
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2002:a00:1::",
        "64:ff9b::10.0.0.1",
        "3fff::1",
    ] {
        assert!(!is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
    for address in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "64:ff9b::1.1.1.1"] {
        assert!(is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
}

#[test]
fn picture_type_is_detected_by_first_bytes() {
    let webp = b"RIFF\x10\0\0\0WEBPVP8 ";
    for (body, expected) in [
        (PNG, Some("image/png")),
        (b"\xff\xd8\xff\xe0".as_slice(), Some("image/jpeg")),
        (b"GIF89a".as_slice(), Some("image/gif")),
        (b"GIF87a".as_slice(), Some("image/gif")),
        (webp.as_slice(), Some("image/webp")),
        (b"RIFF\x10\0\0\0WAVE".as_slice(), None),
        (b"<svg".as_slice(), None),
        (b"".as_slice(), None),
    ] {
        assert_eq!(Format::of(body).map(Format::media_type), expected);
    }
}
