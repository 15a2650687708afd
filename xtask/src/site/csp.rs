//! The page's Content-Security-Policy: nothing from anywhere but the site itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::run::Outcome;

/// Puts the policy first into the page's head, with the hash of every inline script in it
/// (the import map: it cannot be a file of its own).
pub fn add_policy(page: &str) -> Outcome<String> {
    let mut scripts = String::from("'self' 'wasm-unsafe-eval'");
    for hash in inline_scripts(page)? {
        scripts.push_str(&format!(" 'sha256-{hash}'"));
    }
    let policy = [
        "default-src 'none'".to_owned(),
        format!("script-src {scripts}"),
        "worker-src 'self' blob:".to_owned(),
        // xterm injects its styles.
        "style-src 'self' 'unsafe-inline'".to_owned(),
        "img-src 'self' data: blob:".to_owned(),
        "font-src 'self'".to_owned(),
        "connect-src 'self'".to_owned(),
        "manifest-src 'self'".to_owned(),
        // These two do not follow default-src.
        "base-uri 'none'".to_owned(),
        "form-action 'none'".to_owned(),
    ]
    .join("; ");
    let meta = format!("<head>\n  <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
    if page.matches("<head>").count() != 1 {
        return Err("index.html: expected exactly one <head>".to_owned());
    }
    Ok(page.replacen("<head>", &meta, 1))
}

fn inline_scripts(page: &str) -> Outcome<Vec<String>> {
    let mut hashes = Vec::new();
    for (at, _) in page.match_indices("<script") {
        let rest = &page[at..];
        let (tag, rest) = rest.split_once('>').ok_or("index.html: a script tag has no end")?;
        if tag.contains("src=") {
            continue;
        }
        let (body, _) = rest.split_once("</script>").ok_or("index.html: a script has no end")?;
        hashes.push(STANDARD.encode(Sha256::digest(body)));
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_inline_scripts_by_hash_alone() {
        let page = "<head><script type=\"importmap\">{}</script><script src=\"a.js\"></script></head>";
        let page = add_policy(page).unwrap();
        // printf '{}' | openssl dgst -sha256 -binary | base64
        let hash = "'sha256-RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o='";
        assert!(page.contains(&format!("script-src 'self' 'wasm-unsafe-eval' {hash};")), "{page}");
        assert_eq!(page.matches("sha256-").count(), 1);
    }
}
