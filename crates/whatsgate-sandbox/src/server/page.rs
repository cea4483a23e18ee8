//! The page that shows a session's code (wire reference, section 5.1).

use qrcode::QrCode;
use qrcode::render::svg::Color;

use crate::gateway::LinkingCode;

/// The page; it fits into a frame of 310 by 310 pixels, reloads itself until the session is linked, and tells a parent
/// window when it is. What the service's page says there is not known beyond `module`.
pub(super) fn html(code: &LinkingCode) -> String {
    match code {
        LinkingCode::NotYet => document(true, "<p>Starting…</p>"),
        LinkingCode::Qr(text) => match QrCode::new(text) {
            Ok(code) => {
                let image = code.render::<Color<'_>>().min_dimensions(290, 290).build();
                let image = image.split_once("?>").map_or(image.as_str(), |(_, svg)| svg);
                document(true, image)
            }
            Err(_) => document(true, "<p>This code cannot be drawn.</p>"),
        },
        LinkingCode::Pairing(code) => document(true, &format!("<p>Type this code in:</p><h1>{code}</h1>")),
        LinkingCode::Linked => document(
            false,
            "<h1>✓</h1><p>Linked</p>\
             <script>parent.postMessage({ module: 'qr', message: 'success' }, '*')</script>",
        ),
    }
}

/// The page of a session that is not there.
pub(super) fn gone() -> String {
    document(
        false,
        "<h1>✗</h1><p>There is no such session</p>\
         <script>parent.postMessage({ module: 'qr', message: 'error' }, '*')</script>",
    )
}

/// Reloads by a script, because accessibility rules forbid the header, which is left for browsers without scripts.
const RELOAD: &str = r#"<script>setTimeout(() => location.reload(), 1000)</script>
<noscript><meta http-equiv="refresh" content="1"></noscript>"#;

fn document(reload: bool, content: &str) -> String {
    let reload = if reload { RELOAD } else { "" };
    format!(
        r#"<!doctype html><html lang="en"><head><meta charset="utf-8">{reload}<title>Link a session</title>
<style>body{{margin:0;height:100vh;display:grid;place-content:center;text-align:center;font-family:sans-serif;
background:#fff;color:#111}}h1{{font-size:2.5rem;margin:0}}svg{{width:290px;height:290px}}</style></head>
<body><main>{content}</main></body></html>
"#
    )
}
