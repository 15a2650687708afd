//! The socket port: what programs see of the network. The cluster's network implements
//! [`Network`]; a machine alone has [`NoNetwork`].

use core::net::{Ipv4Addr, SocketAddrV4};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;

use super::{HttpRequest, HttpResponse, Machine};
use crate::collections::SortedMap;

/// A future of this one thread.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Why no connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetError {
    /// The name does not resolve.
    NoSuchHost,
    /// Nobody listens there.
    Refused,
    /// Nobody answers.
    Timeout,
    /// There is no way there.
    NoRoute,
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NetError::NoSuchHost => "no such host",
            NetError::Refused => "connection refused",
            NetError::Timeout => "i/o timeout",
            NetError::NoRoute => "no route to host",
        })
    }
}

/// What joins machines. Names and addresses are resolved and connections made as the machine
/// `from` would; the futures take the virtual time that it takes.
pub trait Network {
    /// The addresses of a name.
    fn resolve(&self, from: &Machine, host: &str) -> LocalBoxFuture<'static, Result<Vec<Ipv4Addr>, NetError>>;

    /// A connection to an address that is not one of the machine's own. [`NetError::Timeout`]
    /// comes as late as a real one (two minutes); callers with less patience race it.
    fn connect(&self, from: &Machine, to: Ipv4Addr, port: u16)
    -> LocalBoxFuture<'static, Result<Connection, NetError>>;

    /// The rules by which the kernel of a machine treats packets, table by table; nothing where there is none.
    fn packet_rules(&self, of: &Machine) -> Vec<PacketChain>;
}

/// A chain of packet rules, as tools print it.
#[derive(Clone, Debug)]
pub struct PacketChain {
    /// The table.
    pub table: &'static str,
    /// The chain.
    pub name: String,
    /// Whether it is one of the kernel's.
    pub builtin: bool,
    /// How many rules jump to it.
    pub references: usize,
    /// Its rules, as `iptables-save` prints them.
    pub saved: Vec<String>,
    /// Its rules, as `iptables -L -n` prints them.
    pub listed: Vec<String>,
}

/// The network of a machine that has none.
pub struct NoNetwork;

impl Network for NoNetwork {
    fn resolve(&self, _: &Machine, _: &str) -> LocalBoxFuture<'static, Result<Vec<Ipv4Addr>, NetError>> {
        Box::pin(async { Err(NetError::NoSuchHost) })
    }

    fn connect(&self, _: &Machine, _: Ipv4Addr, _: u16) -> LocalBoxFuture<'static, Result<Connection, NetError>> {
        Box::pin(async { Err(NetError::Refused) })
    }

    fn packet_rules(&self, _: &Machine) -> Vec<PacketChain> {
        Vec::new()
    }
}

/// Answers requests on a port.
pub trait HttpHandler {
    /// The answer to one request from the address `from`.
    fn handle(&self, request: HttpRequest, from: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse>;
}

/// Makes a handler of a plain function.
pub struct HandlerFn<F>(pub F);

impl<F: Fn(HttpRequest, SocketAddrV4) -> HttpResponse> HttpHandler for HandlerFn<F> {
    fn handle(&self, request: HttpRequest, from: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let response = (self.0)(request, from);
        Box::pin(async move { response })
    }
}

/// An open connection.
#[derive(Clone)]
pub struct Connection {
    /// This end.
    pub local: SocketAddrV4,
    /// The other end, as dialled (a Service's address, not its Pod's).
    pub remote: SocketAddrV4,
    /// Who answers there.
    pub peer: Rc<dyn HttpHandler>,
    /// Whose address the peer sees: differs from `local` behind address translation.
    pub seen_as: SocketAddrV4,
}

impl Connection {
    /// Sends a request and waits for the response's head.
    pub async fn request(&self, request: HttpRequest) -> HttpResponse {
        self.peer.handle(request, self.seen_as).await
    }
}

/// Who listens on a port, and at which of the addresses; at all of them where none is named.
struct Listener {
    addresses: Vec<Ipv4Addr>,
    handler: Rc<dyn HttpHandler>,
}

/// Addresses and ports, shared by machines that share a network identity: the containers of a
/// Pod, or host-network Pods and their node.
#[derive(Default)]
pub struct NetNamespace {
    addresses: RefCell<Vec<Ipv4Addr>>,
    listeners: RefCell<SortedMap<u16, Listener>>,
    next_port: Cell<u16>,
}

impl NetNamespace {
    /// A namespace with these addresses (127.0.0.1 is always there).
    pub fn new(addresses: Vec<Ipv4Addr>) -> Rc<NetNamespace> {
        Rc::new(NetNamespace { addresses: RefCell::new(addresses), ..NetNamespace::default() })
    }

    /// Its addresses, loopback left out.
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        self.addresses.borrow().clone()
    }

    /// Gives it other addresses.
    pub fn set_addresses(&self, addresses: Vec<Ipv4Addr>) {
        *self.addresses.borrow_mut() = addresses;
    }

    /// Whether `address` is one of its own.
    pub fn has(&self, address: Ipv4Addr) -> bool {
        address.is_loopback() || address.is_unspecified() || self.addresses.borrow().contains(&address)
    }

    /// Listens on a port of all addresses; false where it is taken.
    pub fn listen(&self, port: u16, handler: Rc<dyn HttpHandler>) -> bool {
        self.listen_at(Vec::new(), port, handler)
    }

    /// Listens on a port of some addresses. Diverges: the port is then taken at the others too.
    pub fn listen_at(&self, mut addresses: Vec<Ipv4Addr>, port: u16, handler: Rc<dyn HttpHandler>) -> bool {
        let mut listeners = self.listeners.borrow_mut();
        if listeners.contains_key(&port) {
            return false;
        }
        if addresses.contains(&Ipv4Addr::UNSPECIFIED) {
            addresses.clear();
        }
        listeners.insert(port, Listener { addresses, handler });
        true
    }

    /// Ceases to listen.
    pub fn unlisten(&self, port: u16) {
        let handler = self.listeners.borrow_mut().remove(&port);
        drop(handler);
    }

    /// Who listens on a port of an address.
    pub fn listener(&self, at: Ipv4Addr, port: u16) -> Option<Rc<dyn HttpHandler>> {
        let listeners = self.listeners.borrow();
        let listener = listeners.get(&port)?;
        let here = listener.addresses.is_empty() || listener.addresses.contains(&at);
        here.then(|| Rc::clone(&listener.handler))
    }

    /// The ports listened on.
    pub fn ports(&self) -> Vec<u16> {
        self.listeners.borrow().keys().copied().collect()
    }

    /// A port for the near end of a new connection, from Linux's usual range.
    pub fn ephemeral_port(&self) -> u16 {
        let next = self.next_port.get();
        self.next_port.set((next + 1) % (60999 - 32768 + 1));
        32768 + next
    }
}
