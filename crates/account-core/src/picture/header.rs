//! The format of a picture and its size in pixels, read from its header alone. Nothing is decompressed.
//!
//! The parser accepts less than decoders do. A size is only useful if the decoder finds the same one, and two lenient
//! parsers can be made to disagree: `imagesize` (0.15), for example, skips a JPEG marker without a length by the two
//! bytes after it, over the real header and up to another one. So anything unusual is refused here, and the first
//! header found is the only one a decoder accepts.

/// The largest width and height, in pixels. Decoded, 4096 × 4096 are 64 MiB.
pub(super) const LARGEST: u32 = 4096;

/// A raster format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Portable Network Graphics (PNG, third edition).
    Png,
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// GIF87a and GIF89a.
    Gif,
    /// WebP (RFC 9649).
    WebP,
}

impl Format {
    /// Detects the format by the first bytes, whatever the content type says.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        if body.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if body.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if body.starts_with(b"GIF87a") || body.starts_with(b"GIF89a") {
            Some(Self::Gif)
        } else if body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP".as_slice()) {
            Some(Self::WebP)
        } else {
            None
        }
    }

    /// Returns the media type.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }
}

/// Width and height in pixels; of an animation those of the smallest canvas that holds every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Size {
    fn new(width: impl Into<u32>, height: impl Into<u32>) -> Self {
        Self { width: width.into(), height: height.into() }
    }

    /// Whether there are pixels, and not too many of them.
    pub(super) fn is_admitted(self) -> bool {
        let is_admitted = |length: u32| (1..=LARGEST).contains(&length);
        is_admitted(self.width) && is_admitted(self.height)
    }
}

/// Reads the size of a picture of this format. Returns `None` when its header has none, or is unusual.
pub(super) fn size(format: Format, body: &[u8]) -> Option<Size> {
    let mut bytes = Bytes(body);
    match format {
        Format::Png => png(&mut bytes),
        Format::Jpeg => jpeg(&mut bytes),
        Format::Gif => gif(&mut bytes),
        Format::WebP => webp(&mut bytes),
    }
}

/// The bytes that are left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn expect(&mut self, wanted: &[u8]) -> Option<()> {
        (self.take(wanted.len())? == wanted).then_some(())
    }

    fn u16_le(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u16_be(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u24_le(&mut self) -> Option<u32> {
        self.array().map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
    }

    fn u32_be(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
}

/// Reads a PNG. The image header is the first chunk (PNG §11.2.1) and occurs once.
fn png(bytes: &mut Bytes<'_>) -> Option<Size> {
    bytes.expect(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let (width, height) = (bytes.u32_be()?, bytes.u32_be()?);
    // Depth, colour, compression, filter, interlace, and the checksum.
    bytes.take(5 + 4)?;
    Some(Size { width, height })
}

/// Reads the segments of a JPEG up to the first frame header (T.81 §B.2.2). Decoders refuse a second one.
fn jpeg(bytes: &mut Bytes<'_>) -> Option<Size> {
    bytes.expect(b"\xff\xd8")?;
    loop {
        bytes.expect(b"\xff")?;
        let mut marker = bytes.byte()?;
        while marker == 0xff {
            marker = bytes.byte()?;
        }
        // Markers without a length, the end, and the scan: none of them comes before the frame header.
        if matches!(marker, 0x00 | 0x01 | 0xd0..=0xda) {
            return None;
        }
        let length = usize::from(bytes.u16_be()?).checked_sub(2)?;
        let mut segment = Bytes(bytes.take(length)?);
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            // The precision. A height of 0 is given after the scan (DNL): it is refused.
            segment.byte()?;
            let (height, width) = (segment.u16_be()?, segment.u16_be()?);
            return Some(Size::new(width, height));
        }
    }
}

/// Reads the canvas and every frame of a GIF: where a frame is larger than the canvas, some decoders take its size.
fn gif(bytes: &mut Bytes<'_>) -> Option<Size> {
    bytes.take(6)?;
    let mut size = Size::new(bytes.u16_le()?, bytes.u16_le()?);
    let flags = bytes.byte()?;
    bytes.take(2)?;
    skip_colors(bytes, flags)?;
    let mut frames = 0_u32;
    loop {
        match bytes.byte() {
            // An extension: its label and its blocks.
            Some(b'!') => {
                bytes.byte()?;
                skip_blocks(bytes)?;
            }
            Some(b',') => {
                let (left, top) = (u32::from(bytes.u16_le()?), u32::from(bytes.u16_le()?));
                let (width, height) = (u32::from(bytes.u16_le()?), u32::from(bytes.u16_le()?));
                size = Size {
                    width: size.width.max(left.checked_add(width)?),
                    height: size.height.max(top.checked_add(height)?),
                };
                frames += 1;
                let flags = bytes.byte()?;
                skip_colors(bytes, flags)?;
                bytes.byte()?;
                skip_blocks(bytes)?;
            }
            Some(b';') if frames > 0 => return Some(size),
            _ => return None,
        }
    }
}

/// Skips a colour table, if the flags announce one.
fn skip_colors(bytes: &mut Bytes<'_>, flags: u8) -> Option<()> {
    if flags & 0x80 != 0 {
        bytes.take(3 << ((flags & 7) + 1))?;
    }
    Some(())
}

/// Skips data blocks up to the empty one.
fn skip_blocks(bytes: &mut Bytes<'_>) -> Option<()> {
    while let length @ 1.. = bytes.byte()? {
        bytes.take(usize::from(length))?;
    }
    Some(())
}

/// Reads the first chunk of a WebP (RFC 9649 §2.5 to §2.7). The frames of an extended file have to fit its canvas:
/// decoders check that.
fn webp(bytes: &mut Bytes<'_>) -> Option<Size> {
    bytes.take(12)?;
    let chunk: [u8; 4] = bytes.array()?;
    bytes.take(4)?;
    match &chunk {
        b"VP8 " => {
            // A key frame (RFC 6386 §9.1); the upper two bits of each length tell how to scale it.
            let [tag, _, _] = bytes.array()?;
            bytes.expect(b"\x9d\x01\x2a")?;
            let (width, height) = (bytes.u16_le()? & 0x3fff, bytes.u16_le()? & 0x3fff);
            (tag & 1 == 0).then(|| Size::new(width, height))
        }
        b"VP8L" => {
            bytes.expect(b"\x2f")?;
            let lengths = u32::from_le_bytes(bytes.array()?);
            Some(Size { width: (lengths & 0x3fff) + 1, height: ((lengths >> 14) & 0x3fff) + 1 })
        }
        b"VP8X" => {
            bytes.take(4)?;
            Some(Size { width: bytes.u24_le()? + 1, height: bytes.u24_le()? + 1 })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
