//! `kubectl proxy`. Models kubectl/pkg/cmd/proxy and kubectl/pkg/proxy/proxy_server.go.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;

use super::listening::Listening;
use crate::api::regex::Regex;
use crate::kubectl::Kubectl;
use crate::kubectl::client::Client;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{Spec, run};
use crate::machine::{HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture};

/// The command.
pub const SPEC: Spec = Spec {
    name: "proxy",
    usage: "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix] [options]",
    short: "Run a proxy to the Kubernetes API server",
    long: "Let programs on this machine ask the API server without credentials: with those of the kubeconfig.",
    examples: "# On port 8001\nkubectl proxy\n\n# On port 8080, in the background\nkubectl proxy --port=8080 &",
    flags: &[FLAGS],
    run: run!(proxy),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("accept-hosts", "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$", "Hosts that the proxy answers for."),
    Flag::text("accept-paths", "^.*", "Paths that the proxy passes on."),
    Flag::text("address", "127.0.0.1", "Address to listen on."),
    Flag::text("api-prefix", "/", "Path to serve the API under."),
    Flag::switch("append-server-path", "Put the path of the server's address before each path."),
    Flag::switch("disable-filter", "Refuse nothing."),
    Flag::new("keepalive", Kind::Duration, "0s", "How long a silent connection is kept; 0 is for ever."),
    Flag::new("port", Kind::Int, "8001", "Port to listen on; 0 for any.").short('p'),
    Flag::text("reject-methods", "^$", "Methods that the proxy refuses."),
    Flag::text("reject-paths", "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach", "Paths that the proxy refuses."),
    Flag::text("unix-socket", "", "Socket to listen on.").short('u'),
    Flag::text("www", "", "Directory to serve.").short('w'),
    Flag::text("www-prefix", "/static/", "Path to serve the directory under.").short('P'),
];

async fn proxy(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    for flag in ["www", "unix-socket"] {
        if !flags.text(flag).is_empty() {
            return Err(Fail::plain(format!("--{flag} is not simulated")));
        }
    }
    let patterns = |flag: &str| -> Result<Vec<Regex>, Fail> {
        let words = flags.text(flag).split(',').filter(|word| !word.is_empty() && !flags.is("disable-filter"));
        words
            .map(|word| Regex::new(word).map_err(|fault| Fail::plain(format!("error parsing regexp: {fault}"))))
            .collect()
    };
    let filter = Filter {
        hosts: patterns("accept-hosts")?,
        paths: patterns("accept-paths")?,
        rejected: patterns("reject-paths")?,
        methods: patterns("reject-methods")?,
    };
    if flags.is("disable-filter") {
        k.err("Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n").await;
    }
    let (word, port) = (flags.text("address"), flags.text("port"));
    let prefix = format!("/{}/", flags.text("api-prefix").trim_matches('/')).replace("//", "/");
    let door = Door { client: k.client().await?, filter: Rc::new(filter), prefix: prefix.into() };
    let fail = |why: &str| Fail::plain(format!("listen tcp {word}:{port}: {why}"));
    let address: Ipv4Addr =
        if word == "localhost" { "127.0.0.1" } else { word }.parse().map_err(|_| fail("lookup: no such host"))?;
    let number = u16::try_from(flags.int("port")).map_err(|_| fail("invalid port"))?;
    let mut listening = Listening::new(k);
    let bound = listening.add(&[address], number, Rc::new(door)).map_err(|why| fail(&format!("bind: {why}")))?;
    k.out(&format!("Starting to serve on {address}:{bound}\n")).await;
    // A signal ends it.
    std::future::pending::<()>().await;
    Ok(())
}

/// What passes. Where there are no patterns at all, everything does.
struct Filter {
    hosts: Vec<Regex>,
    paths: Vec<Regex>,
    rejected: Vec<Regex>,
    methods: Vec<Regex>,
}

impl Filter {
    fn accepts(&self, request: &HttpRequest) -> bool {
        let any = |patterns: &[Regex], text: &str| patterns.iter().any(|pattern| pattern.is_match(text));
        let host = request.header("Host").unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_lowercase();
        let fits = |patterns: &[Regex], text: &str| patterns.is_empty() || any(patterns, text);
        fits(&self.hosts, &host)
            && fits(&self.paths, request.path())
            && !any(&self.rejected, request.path())
            && !any(&self.methods, &request.method)
    }
}

/// Passes requests on to the API server.
struct Door {
    client: Rc<Client>,
    filter: Rc<Filter>,
    prefix: Rc<str>,
}

impl HttpHandler for Door {
    fn handle(&self, mut request: HttpRequest, _: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let plain = |status: u16, text: &str| {
            HttpResponse::new(status, format!("{text}\n")).with_header("Content-Type", "text/plain; charset=utf-8")
        };
        if !self.filter.accepts(&request) {
            return Box::pin(async move { plain(403, "Forbidden") });
        }
        let Some(path) = request.target.strip_prefix(&*self.prefix) else {
            return Box::pin(async move { plain(404, "404 page not found") });
        };
        request.target = format!("/{path}");
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
        let client = Rc::clone(&self.client);
        Box::pin(async move {
            match client.raw(request).await {
                Ok(response) => response,
                Err(fail) => plain(502, &fail.message()),
            }
        })
    }
}
