//! White space around blocks, as Orquesta sets up its templates: blanks before
//! a block at the start of a line and the line end behind a block are dropped.

/// Returns a template without the white space around its blocks and comments.
pub(super) fn trimmed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let (close, is_block) = match tag.as_bytes().get(1) {
            Some(b'%') => ("%}", true),
            Some(b'#') => ("#}", true),
            Some(b'{') => ("}}", false),
            _ => {
                out.push('{');
                rest = &tag[1..];
                continue;
            }
        };
        let Some(end) = tag.find(close).map(|end| end + close.len()) else { break };
        if is_block && !matches!(tag.as_bytes().get(2), Some(b'-' | b'+')) {
            let kept = out.trim_end_matches([' ', '\t']).len();
            if kept == 0 || out[..kept].ends_with('\n') {
                out.truncate(kept);
            }
        }
        out.push_str(&tag[..end]);
        rest = &tag[end..];
        let keeps = tag.as_bytes().get(end.saturating_sub(3)) == Some(&b'+');
        if is_block && !keeps {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
    }
    out.push_str(rest);
    out
}
