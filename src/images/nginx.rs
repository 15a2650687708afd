//! nginx: its welcome page, its files, its two logs.
//!
//! Diverges: the configuration files are not read; one server on port 80 with the default
//! root is all there is.

use core::net::SocketAddrV4;

use super::server::{Life, Server, Stop, format_time, http_date};
use super::{Image, PLAIN, Userland, version};
use crate::machine::{HttpRequest, HttpResponse};

pub(super) const IMAGES: &[Image] = &[Image {
    repository: "docker.io/library/nginx",
    has_tag,
    size,
    entrypoint: &["/docker-entrypoint.sh"],
    cmd: &["nginx", "-g", "daemon off;"],
    server: Some(&SERVER),
    userland: Userland::Gnu,
    files: &[
        ("/usr/share/nginx/html/index.html", WELCOME),
        (
            "/usr/share/nginx/html/50x.html",
            "<!DOCTYPE html>\n<html>\n<head><title>Error</title></head>\n<body>\n<h1>An error occurred.</h1>\n</body>\n</html>\n",
        ),
        ("/etc/nginx/conf.d/default.conf", CONF),
        ("/etc/nginx/nginx.conf", MAIN_CONF),
    ],
    env: &[("NGINX_VERSION", NEWEST)],
    ..PLAIN
}];

/// What `latest` is.
const NEWEST: &str = "1.29.4";

static SERVER: Server = Server { ports: &[80], start, answer, stop: Stop::Graceful, reads_files: true };

fn has_tag(tag: &str) -> bool {
    let bare = tag.strip_suffix("-alpine").unwrap_or(tag);
    matches!(bare, "latest" | "stable" | "mainline" | "alpine" | "perl") || version(bare, 1, 7..=29, &["-perl"])
}

fn size(tag: &str) -> u64 {
    match tag {
        "1.14.2" => 31_478_228,
        "1.16.1" => 62_024_256,
        tag if tag.contains("alpine") => 21_130_112,
        _ => 41_705_409,
    }
}

const WELCOME: &str = r#"<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
"#;

const CONF: &str = "server {\n    listen       80;\n    server_name  localhost;\n\n    location / {\n        root   /usr/share/nginx/html;\n        index  index.html index.htm;\n    }\n}\n";

const MAIN_CONF: &str = "user  nginx;\nworker_processes  auto;\n\nerror_log  /var/log/nginx/error.log notice;\npid        /run/nginx.pid;\n\nevents {\n    worker_connections  1024;\n}\n\nhttp {\n    include       /etc/nginx/mime.types;\n    access_log  /var/log/nginx/access.log;\n    sendfile        on;\n    keepalive_timeout  65;\n    include /etc/nginx/conf.d/*.conf;\n}\n";

fn release(life: &Life) -> String {
    let numbers = life.tag().split('-').next().unwrap_or_default();
    if numbers.split('.').count() == 3 { numbers.to_owned() } else { NEWEST.to_owned() }
}

fn start(life: &Life) {
    let entry = "/docker-entrypoint.sh:";
    life.print(&format!(
        "{entry} /docker-entrypoint.d/ is not empty, will attempt to perform configuration\n\
         {entry} Looking for shell scripts in /docker-entrypoint.d/\n\
         {entry} Configuration complete; ready for start up\n"
    ));
    let notice = format!("{} [notice] 1#1:", format_time(life.started(), "%Y/%m/%d %H:%M:%S"));
    life.complain(&format!(
        "{notice} using the \"epoll\" event method\n{notice} nginx/{}\n{notice} start worker processes\n\
         {notice} start worker process 29\n",
        release(life)
    ));
}

fn answer(life: &Life, request: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    let asked = life.count_request();
    let path = request.path();
    let mut file = format!("/usr/share/nginx/html{}", crate::machine::files::normalize(path));
    if path.ends_with('/') {
        file = format!("{}/index.html", file.trim_end_matches('/'));
    }
    let line = format!("{} {} HTTP/1.1", request.method, request.target);
    let (status, content_type, body) = match life.read(&file) {
        _ if !matches!(request.method.as_str(), "GET" | "HEAD") => (405, "text/html", page(life, 405)),
        Some(content) => (200, content_type(&file), content.to_vec()),
        None if path.ends_with('/') && life.is_directory(file.trim_end_matches("index.html")) => {
            life.complain(&format!(
                "{} [error] 29#29: *{asked} directory index of \"{}\" is forbidden, client: {}, server: localhost, request: \"{line}\", host: \"{}\"\n",
                format_time(life.now(), "%Y/%m/%d %H:%M:%S"),
                file.trim_end_matches("index.html"),
                from.ip(),
                request.header("Host").unwrap_or("localhost"),
            ));
            (403, "text/html", page(life, 403))
        }
        None => {
            life.complain(&format!(
                "{} [error] 29#29: *{asked} open() \"{file}\" failed (2: No such file or directory), client: {}, server: localhost, request: \"{line}\", host: \"{}\"\n",
                format_time(life.now(), "%Y/%m/%d %H:%M:%S"),
                from.ip(),
                request.header("Host").unwrap_or("localhost"),
            ));
            (404, "text/html", page(life, 404))
        }
    };
    life.print(&format!(
        "{} - - [{}] \"{line}\" {status} {} \"{}\" \"{}\" \"{}\"\n",
        from.ip(),
        format_time(life.now(), "%d/%b/%Y:%H:%M:%S +0000"),
        if request.method == "HEAD" { 0 } else { body.len() },
        request.header("Referer").unwrap_or("-"),
        request.header("User-Agent").unwrap_or("-"),
        request.header("X-Forwarded-For").unwrap_or("-"),
    ));
    let length = body.len().to_string();
    let body = if request.method == "HEAD" { Vec::new() } else { body };
    HttpResponse::new(status, crate::machine::Body::Bytes(body.into()))
        .with_header("Server", &format!("nginx/{}", release(life)))
        .with_header("Date", &http_date(life.now()))
        .with_header("Content-Type", content_type)
        .with_header("Content-Length", &length)
        .with_header("Connection", "keep-alive")
}

fn page(life: &Life, status: u16) -> Vec<u8> {
    let words = match status {
        403 => "403 Forbidden",
        404 => "404 Not Found",
        _ => "405 Not Allowed",
    };
    format!(
        "<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1></center>\r\n<hr><center>nginx/{}</center>\r\n</body>\r\n</html>\r\n",
        release(life)
    )
    .into_bytes()
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html" | "htm") => "text/html",
        Some("css") => "text/css",
        Some("js") => "application/javascript",
        Some("json") => "application/json",
        Some("txt") => "text/plain",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
