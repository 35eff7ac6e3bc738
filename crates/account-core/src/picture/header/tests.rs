//! Pictures of 5 × 3 pixels that other programs made, and manipulations of their headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::{Format, LARGEST, Size, size};

const PNG: &str = "\
    iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAEElEQVR4nGP8z4ACmBjw8wEvkQEFsRIyegAAAABJRU5ErkJggg==";
const JPEG: &str = "\
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71\
    ////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4\
    +Pj4+Pj4+Pj/wAARCAADAAUDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QA\
    FQEBAQAAAAAAAAAAAAAAAAAABAX/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCUAdYf/9k=";
const GIF: &str = "\
    R0lGODdhBQADAIEAAP8AAAAAAAAAAAAAACwAAAAABQADAAAICAABCBxIsGBAADs=";
const ANIMATED_GIF: &str = "\
    R0lGODlhBQADAIEAAP8AAAAAAAAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh+QQABQAAACwAAAAABQADAAAICAABCBxIsGBAACH5\
    BAEFAAEALAAAAAAFAAMAgQAA/wAAAAAAAAAAAAgIAAEIHEiwYEAAOw==";
const WEBP: &str = "\
    UklGRjQAAABXRUJQVlA4ICgAAACQAQCdASoFAAMAB0CWJaACdLoAA5gA/uUK+Cepco/+N48CvJdjoAAA";
const LOSSLESS_WEBP: &str = "\
    UklGRhwAAABXRUJQVlA4TA8AAAAvBIAAAAcQ/Y/+ByKi/wEA";
const EXTENDED_WEBP: &str = "\
    UklGRlgAAABXRUJQVlA4WAoAAAAQAAAABAAAAgAAQUxQSAoAAAABB1DAiAhERP8DVlA4ICgAAACQAQCdASoFAAMAB0CWJaACdLoA\
    A5gA/uUK+Cepco/+N48CvJdjoAAA";
const ANIMATED_WEBP: &str = "\
    UklGRsQAAABXRUJQVlA4WAoAAAACAAAABAAAAgAAQU5JTQYAAAAAAAAAAABBTk1GSgAAAAAAAAAAAAQAAAIAADIAAAJWUDggMgAA\
    ADABAJ0BKgUAAwABQCYloAADcAD+8ut///mwP/bz/wR6Af//0uD//pcH//S4P/SkAAAAQU5NRkYAAAAAAAAAAAAEAAACAAAyAAAA\
    VlA4IC4AAAA0AQCdASoFAAMAAAAmJaAAA3AA/vtV4///S4P/+lwf/9Lg/9Lg//rV5Vesq6AA";

const SAMPLES: [&str; 8] = [PNG, JPEG, GIF, ANIMATED_GIF, WEBP, LOSSLESS_WEBP, EXTENDED_WEBP, ANIMATED_WEBP];

fn bytes(sample: &str) -> Vec<u8> {
    STANDARD.decode(sample).unwrap()
}

fn size_of(body: &[u8]) -> Option<Size> {
    size(Format::of(body)?, body)
}

/// Returns the offset of the frame header of a JPEG.
fn frame_header(jpeg: &[u8]) -> usize {
    jpeg.windows(2).position(|window| window == b"\xff\xc0").unwrap()
}

/// Returns a sample with another size in its header, or `None` for a size that the format cannot express.
fn resized(sample: &str, width: u32, height: u32) -> Option<Vec<u8>> {
    let mut body = bytes(sample);
    let short = |length: u32| u16::try_from(length).ok();
    let mut write = |at: usize, new: &[u8]| body[at..at + new.len()].copy_from_slice(new);
    match sample {
        PNG => {
            write(16, &width.to_be_bytes());
            write(20, &height.to_be_bytes());
        }
        JPEG => {
            let at = frame_header(&bytes(sample)) + 5;
            write(at, &short(height)?.to_be_bytes());
            write(at + 2, &short(width)?.to_be_bytes());
        }
        GIF => {
            write(6, &short(width)?.to_le_bytes());
            write(8, &short(height)?.to_le_bytes());
        }
        WEBP if width < 1 << 14 && height < 1 << 14 => {
            write(26, &(short(width)? | 0x4000).to_le_bytes());
            write(28, &(short(height)? | 0x8000).to_le_bytes());
        }
        LOSSLESS_WEBP if (1..=1 << 14).contains(&width) && (1..=1 << 14).contains(&height) => {
            write(21, &((width - 1) | ((height - 1) << 14) | (1 << 28)).to_le_bytes());
        }
        EXTENDED_WEBP if (1..=1 << 24).contains(&width) && (1..=1 << 24).contains(&height) => {
            write(24, &(width - 1).to_le_bytes()[..3]);
            write(27, &(height - 1).to_le_bytes()[..3]);
        }
        _ => return None,
    }
    Some(body)
}

#[test]
fn size_of_pictures_from_other_programs_is_read() {
    for sample in SAMPLES {
        assert_eq!(size_of(&bytes(sample)), Some(Size { width: 5, height: 3 }), "{sample}");
    }
    let mut progressive = bytes(JPEG);
    let at = frame_header(&progressive);
    progressive[at + 1] = 0xc2;
    // Fill bytes before a marker (T.81 §B.1.1.2).
    progressive.splice(at..at, [0xff, 0xff]);
    assert_eq!(size_of(&progressive), Some(Size { width: 5, height: 3 }));
}

#[test]
fn hidden_larger_size_is_found() {
    let huge = 60_000_u16;
    // A marker without a length, whose two next bytes are the real frame header.
    let mut decoy = b"\xff\xd8\xff\x01".to_vec();
    decoy.extend(b"\xff\xc0\0\x0b\x08\xea\x60\xea\x60\x01\x01\x11\0");
    decoy.resize(4 + 0xffc0, 0);
    decoy.extend(b"\xff\xc0\0\x0b\x08\0\x03\0\x05\x01\x01\x11\0");
    // A frame larger than the canvas, first and second, or pushed out of it.
    let mut first = bytes(GIF);
    let at = first.iter().position(|byte| *byte == b',').unwrap();
    first[at + 5..at + 7].copy_from_slice(&huge.to_le_bytes());
    let mut second = bytes(ANIMATED_GIF);
    let at = second.iter().rposition(|byte| *byte == b',').unwrap();
    second[at + 7..at + 9].copy_from_slice(&huge.to_le_bytes());
    let mut pushed = bytes(GIF);
    let at = pushed.iter().position(|byte| *byte == b',').unwrap();
    pushed[at + 1..at + 3].copy_from_slice(&huge.to_le_bytes());
    // The height comes after the scan.
    let later = resized(JPEG, 5, 0).unwrap();
    // No frame header before the scan.
    let mut scan = bytes(JPEG);
    let at = frame_header(&scan);
    scan[at + 1] = 0xda;
    // Something else before the image header.
    let mut chunk = bytes(PNG);
    chunk.splice(8..8, *b"\0\0\0\0tEXt\0\0\0\0");
    let mut other = bytes(WEBP);
    other[12..16].copy_from_slice(b"ALPH");
    let mut inter = bytes(WEBP);
    inter[20] |= 1;
    for (case, body) in [
        ("a JPEG marker without a length", decoy),
        ("a first frame", first),
        ("a second frame", second),
        ("a frame's place", pushed),
        ("a height after the scan", later),
        ("a scan", scan),
        ("a chunk before the header", chunk),
        ("an unknown WebP chunk", other),
        ("a WebP frame that is no key frame", inter),
        ("no frame", bytes(GIF)[..25].iter().copied().chain(*b";").collect()),
    ] {
        assert!(Format::of(&body).is_some(), "{case}");
        assert!(size_of(&body).is_none_or(|size| !size.is_admitted()), "{case}: {:?}", size_of(&body));
    }
}

#[test]
fn picture_truncated_in_header_has_no_size() {
    for (sample, header) in
        [(PNG, 33), (JPEG, 163), (GIF, 47), (WEBP, 30), (LOSSLESS_WEBP, 25), (EXTENDED_WEBP, 30)]
    {
        let body = bytes(sample);
        for end in 0..header {
            assert_eq!(size_of(&body[..end]), None, "{sample} to {end}");
        }
        assert!(size_of(&body).is_some());
    }
}

proptest! {
    #[test]
    fn size_above_4096_is_refused(
        sample in prop::sample::select(vec![PNG, JPEG, GIF, WEBP, LOSSLESS_WEBP, EXTENDED_WEBP]),
        width in prop_oneof![0_u32..8, 4_090_u32..4_100, any::<u32>(), 0_u32..70_000],
        height in prop_oneof![0_u32..8, 4_090_u32..4_100, any::<u32>(), 0_u32..70_000],
    ) {
        if let Some(body) = resized(sample, width, height) {
            // Of a GIF whose canvas is smaller than its frame, the frame counts.
            let least = if sample == GIF { (5, 3) } else { (0, 0) };
            let wanted = Size { width: width.max(least.0), height: height.max(least.1) };
            let found = size_of(&body).unwrap();
            prop_assert_eq!(found, wanted);
            let fits = |length: u32| (1..=LARGEST).contains(&length);
            prop_assert_eq!(found.is_admitted(), fits(wanted.width) && fits(wanted.height));
        }
    }

    #[test]
    fn fuzz_no_picture_makes_the_parser_panic(
        head in prop::sample::select(vec!["\u{89}PNG", "JPEG", "GIF89a", "RIFF....WEBPVP8 ", "RIFF....WEBPVP8L", "RIFF....WEBPVP8X", ""]),
        rest in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let head: &[u8] = match head {
            "\u{89}PNG" => b"\x89PNG\r\n\x1a\n",
            "JPEG" => b"\xff\xd8\xff",
            other => other.as_bytes(),
        };
        let _ = size_of(&[head, &rest].concat());
    }

    #[test]
    fn fuzz_no_damage_makes_the_parser_panic(
        sample in prop::sample::select(SAMPLES.to_vec()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut body = bytes(sample);
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let end = end.index(body.len() + 1);
        let _ = size_of(&body[..end]);
    }
}
