//! The connectors' logos: a letter on a disc, as a file of the providers' port or as a `data:` URL.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::{Reply, Request};
use crate::router::Params;
use crate::state::State;

/// The colour of a disc.
#[derive(Clone, Copy)]
pub(super) enum Shade {
    ForLight,
    ForDark,
}

fn draw(letter: char, shade: Shade) -> String {
    let (disc, ink) = match shade {
        Shade::ForLight => ("#24292f", "#ffffff"),
        Shade::ForDark => ("#f0f6fc", "#24292f"),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"24\" height=\"24\" viewBox=\"0 0 24 24\">\
         <circle cx=\"12\" cy=\"12\" r=\"12\" fill=\"{disc}\"/><text x=\"12\" y=\"17\" font-family=\"sans-serif\" \
         font-size=\"14\" text-anchor=\"middle\" fill=\"{ink}\">{letter}</text></svg>"
    )
}

/// Returns a logo as Logto has those of its own connectors.
pub(super) fn data_url(letter: char, shade: Shade) -> String {
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(draw(letter, shade)))
}

/// `GET /logos/{file}`: `mock-social.svg`, `corp-id.svg` and `corp-id-dark.svg`.
pub(super) fn read(_state: &mut State, _request: &Request, params: &Params) -> Reply {
    let svg = match params.get("file") {
        "mock-social.svg" => draw('M', Shade::ForLight),
        "corp-id.svg" => draw('C', Shade::ForLight),
        "corp-id-dark.svg" => draw('C', Shade::ForDark),
        _ => return Reply::text(404, "Not Found"),
    };
    Reply::typed(200, "image/svg+xml", svg.into_bytes()).with("cache-control", "max-age=3600")
}
