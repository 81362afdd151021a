//! A server for those who scrape: the metrics over HTTP/1, to anybody, however slow or hostile.
//!
//! One answer to each connection, in a thread of its own, and a bound to all that a client can take: time, bytes, threads.
//! A server that has no such bounds would be less code of ours, but one that 500 silent connections put to rest for good
//! (tiny_http 0.12: a thread for each connection, no time limit, lines of any length, the end at the first accept that
//! fails) is no use where monitoring is wanted most.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Connections at a time. One more, and the oldest that still waits for its client gives way.
const MOST: usize = 32;
/// Of a request's head.
const LONGEST: usize = 16 << 10;
/// To ask in, and again to take the answer in.
const PATIENCE: Duration = Duration::from_secs(5);
/// For what a client still sends when it is answered: a connection that is closed before would lose the answer (RFC 9112,
/// 9.6).
const LINGER: Duration = Duration::from_secs(1);
/// Of a connection's thread; reading all processes takes the most. No more than is touched of it is memory.
const STACK: usize = 256 << 10;
/// Observations are at least so far apart.
const FRESH: Duration = Duration::from_secs(1);

/// The metrics' text, or why there is none.
pub type Metrics = Result<Arc<str>, Arc<str>>;

/// The metrics as of now, made at most once a second: who asks while they are made gets the same.
pub struct Latest<F> {
    make: F,
    last: Mutex<Option<(Instant, Metrics)>>,
}

impl<F: Fn() -> Result<String, String>> Latest<F> {
    pub fn new(make: F) -> Self {
        Latest { make, last: Mutex::default() }
    }

    pub fn get(&self) -> Metrics {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, metrics)) = last.as_ref().filter(|(made, _)| made.elapsed() < FRESH) {
            return metrics.clone();
        }
        let metrics: Metrics = (self.make)().map(Arc::from).map_err(Arc::from);
        *last = Some((Instant::now(), metrics.clone()));
        metrics
    }
}

/// Answers until it is dropped.
pub struct Server {
    address: SocketAddr,
    open: Arc<Open>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// # Errors
    /// Where no thread can be had.
    pub fn start(listener: TcpListener, metrics: impl Fn() -> Metrics + Send + Sync + 'static) -> io::Result<Server> {
        let address = listener.local_addr()?;
        let open = Arc::new(Open::default());
        let accepts = Arc::clone(&open);
        let metrics = Arc::new(metrics);
        let accept = move || {
            for stream in listener.incoming() {
                if accepts.ended.load(Ordering::Acquire) {
                    return;
                }
                match stream {
                    Ok(stream) => accepts.answer(stream, &metrics),
                    // Too many open files, mostly, and a connection that waits is at once there again.
                    Err(_) => thread::sleep(Duration::from_millis(50)),
                }
            }
        };
        let acceptor = thread::Builder::new().name("listen".into()).stack_size(STACK).spawn(accept)?;
        Ok(Server { address, open, acceptor: Some(acceptor) })
    }

    /// With the port that the kernel has chosen, if it was to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.open.ended.store(true, Ordering::Release);
        // One last connection, so that it sees it. To "any address" there is none, elsewhere than on Linux.
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let woken = TcpStream::connect_timeout(&SocketAddr::new(ip, self.address.port()), PATIENCE).is_ok();
        self.open.hang_up();
        if let Some(acceptor) = self.acceptor.take().filter(|_| woken) {
            let _ = acceptor.join();
        }
    }
}

/// The connections that there are, the oldest first.
#[derive(Default)]
struct Open {
    ended: AtomicBool,
    threads: AtomicUsize,
    list: Mutex<VecDeque<Arc<Connection>>>,
}

struct Connection {
    stream: TcpStream,
    /// It has asked, and waits for us.
    answering: AtomicBool,
}

impl Open {
    fn list(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Connection>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In a thread of its own. Without room or a thread the connection is closed.
    fn answer(self: &Arc<Self>, stream: TcpStream, metrics: &Arc<impl Fn() -> Metrics + Send + Sync + 'static>) {
        let connection = Arc::new(Connection { stream, answering: AtomicBool::new(false) });
        {
            let mut list = self.list();
            if list.len() >= MOST {
                let waits = list.iter().position(|it| !it.answering.load(Ordering::Acquire));
                let Some(oldest) = waits.and_then(|index| list.remove(index)) else { return };
                let _ = oldest.stream.shutdown(Shutdown::Both);
            }
            list.push_back(Arc::clone(&connection));
        }
        // Those that gave way are about to end.
        while self.threads.load(Ordering::Acquire) >= 2 * MOST {
            thread::sleep(Duration::from_millis(1));
        }
        let place = Place::new(Arc::clone(self), connection);
        let metrics = Arc::clone(metrics);
        let serve = move || {
            // A client that is gone needs no answer.
            let _ = place.connection.serve(&*metrics);
        };
        let _ = thread::Builder::new().name("scrape".into()).stack_size(STACK).spawn(serve);
    }

    fn hang_up(&self) {
        for connection in self.list().drain(..) {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
    }
}

/// A connection's place among the open ones; given up when it is dropped, in a panic as well.
struct Place {
    open: Arc<Open>,
    connection: Arc<Connection>,
}

impl Place {
    fn new(open: Arc<Open>, connection: Arc<Connection>) -> Place {
        open.threads.fetch_add(1, Ordering::AcqRel);
        Place { open, connection }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.list().retain(|it| !Arc::ptr_eq(it, &self.connection));
        self.open.threads.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Connection {
    fn serve(&self, metrics: &dyn Fn() -> Metrics) -> io::Result<()> {
        let head = head(&self.stream, Instant::now() + PATIENCE)?;
        self.answering.store(true, Ordering::Release);
        let answer = answer(&head, metrics);
        self.answering.store(false, Ordering::Release);
        write(&self.stream, answer.as_bytes(), Instant::now() + PATIENCE)?;
        self.stream.shutdown(Shutdown::Write)?;
        let until = Instant::now() + LINGER;
        let mut rest = [0; 4096];
        while read(&self.stream, &mut rest, until)? > 0 {}
        Ok(())
    }
}

/// What a client asks, as far as it matters.
#[derive(Debug, PartialEq)]
enum Head {
    Request {
        method: String,
        path: String,
    },
    /// Not HTTP/1.
    Unknown,
    TooLong,
}

/// # Errors
/// Where it does not come in time, or not to its end.
fn head(stream: &TcpStream, until: Instant) -> io::Result<Head> {
    let mut text = Vec::new();
    let mut piece = [0; 1024];
    loop {
        match read(stream, &mut piece, until)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            bytes => text.extend_from_slice(&piece[..bytes]),
        }
        if text.windows(4).any(|it| it == b"\r\n\r\n") || text.windows(2).any(|it| it == b"\n\n") {
            return Ok(request(&text));
        }
        if text.len() > LONGEST {
            return Ok(Head::TooLong);
        }
    }
}

/// By its first line alone: nothing else is for us.
fn request(text: &[u8]) -> Head {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else { return Head::Unknown };
    let parts: Vec<&str> = line.trim_end_matches('\r').split(' ').collect();
    let [method, target, version] = parts[..] else { return Head::Unknown };
    // `http://host/path` is how it is asked of a proxy, and every server must take it (RFC 9112, 3.2.2).
    let path = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    if !version.starts_with("HTTP/1.") || method.is_empty() || !path.starts_with('/') {
        return Head::Unknown;
    }
    let path = path.split('?').next().unwrap_or_default().to_string();
    Head::Request { method: method.into(), path }
}

const TEXT: &str = "text/plain; charset=utf-8";
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

fn answer(head: &Head, metrics: &dyn Fn() -> Metrics) -> String {
    let whole = |status: &str, kind: &str, body: &str, more: &str, with_body: bool| {
        let length = body.len();
        let body = if with_body { body } else { "" };
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}"
        )
    };
    let (method, path) = match head {
        Head::Request { method, path } => (&method[..], &path[..]),
        Head::Unknown => return whole("400 Bad Request", TEXT, "this is no HTTP/1 request\n", "", true),
        Head::TooLong => {
            return whole("431 Request Header Fields Too Large", TEXT, "the request's head is too long\n", "", true)
        }
    };
    let with_body = method != "HEAD";
    match (path, method) {
        ("/" | "/metrics", method) if !matches!(method, "GET" | "HEAD") => {
            whole("405 Method Not Allowed", TEXT, "only GET and HEAD\n", "Allow: GET, HEAD\r\n", true)
        }
        ("/", _) => whole("200 OK", TEXT, "memtrim fleet: the metrics are at /metrics\n", "", with_body),
        ("/metrics", _) => match metrics() {
            Ok(text) => whole("200 OK", EXPOSITION, &text, "", with_body),
            Err(why) => whole("500 Internal Server Error", TEXT, &format!("{why}\n"), "", with_body),
        },
        _ => whole("404 Not Found", TEXT, "nothing is here: the metrics are at /metrics\n", "", with_body),
    }
}

/// At least a byte, or 0 at the end.
fn read(mut stream: &TcpStream, into: &mut [u8], until: Instant) -> io::Result<usize> {
    loop {
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(into) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn write(mut stream: &TcpStream, mut bytes: &[u8], until: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(until)?))?;
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A timeout of zero would be none.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(ErrorKind::TimedOut.into())
    } else {
        Ok(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn server(make: impl Fn() -> Result<String, String> + Send + Sync + 'static) -> Server {
        let latest = Latest::new(make);
        Server::start(TcpListener::bind("127.0.0.1:0").unwrap(), move || latest.get()).unwrap()
    }

    fn connect(server: &Server) -> TcpStream {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    fn ask(server: &Server, request: &[u8]) -> String {
        let mut stream = connect(server);
        stream.write_all(request).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    const SCRAPE: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

    #[test]
    fn each_path_and_method_has_its_answer() {
        let server = server(|| Ok("memtrim_tenants 2\n".into()));
        let metrics = ask(&server, SCRAPE);
        assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n") && metrics.ends_with("\r\n\r\nmemtrim_tenants 2\n"));
        assert!(
            metrics.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: 18\r\n")
        );
        for (request, status, end) in [
            ("GET / HTTP/1.0\n\n", "200 OK", "are at /metrics\n"),
            ("GET /metrics?a=b HTTP/1.1\r\n\r\n", "200 OK", "memtrim_tenants 2\n"),
            ("GET http://x:1/metrics HTTP/1.1\r\n\r\n", "200 OK", "memtrim_tenants 2\n"),
            ("HEAD /metrics HTTP/1.1\r\n\r\n", "200 OK", "close\r\n\r\n"),
            ("GET /metric HTTP/1.1\r\n\r\n", "404 Not Found", "/metrics\n"),
            ("POST /metrics HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "405 Method Not Allowed", "HEAD\n"),
            ("GET /metrics HTTP/2.0\r\n\r\n", "400 Bad Request", "request\n"),
            ("GET  HTTP/1.1\r\n\r\n", "400 Bad Request", "request\n"),
        ] {
            let text = ask(&server, request.as_bytes());
            assert!(text.starts_with(&format!("HTTP/1.1 {status}\r\n")) && text.ends_with(end), "{request}{text}");
        }
        assert!(ask(&server, b"PUT / HTTP/1.1\r\n\r\n").contains("\r\nAllow: GET, HEAD\r\n"));
    }

    #[test]
    fn a_failure_is_said() {
        let text = ask(&server(|| Err("/proc: it is gone".into())), SCRAPE);
        assert!(text.starts_with("HTTP/1.1 500 ") && text.ends_with("/proc: it is gone\n"), "{text}");
    }

    #[test]
    fn scrapes_at_the_same_time_share_one_observation() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let server = server(move || {
            thread::sleep(Duration::from_millis(300));
            Ok(format!("{}\n", counted.fetch_add(1, Ordering::SeqCst)))
        });
        let answers: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..10).map(|_| scope.spawn(|| ask(&server, SCRAPE))).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|it| it.ends_with("\r\n\r\n0\n")), "{answers:?}");
        thread::sleep(FRESH);
        assert!(ask(&server, SCRAPE).ends_with("\r\n\r\n1\n"));
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn those_who_say_nothing_give_way() {
        let server = server(|| Ok("memtrim_tenants 2\n".into()));
        let silent: Vec<TcpStream> = (0..5 * MOST).map(|_| connect(&server)).collect();
        let started = Instant::now();
        for _ in 0..20 {
            assert!(ask(&server, SCRAPE).ends_with("memtrim_tenants 2\n"));
        }
        assert!(started.elapsed() < PATIENCE / 2, "{:?}", started.elapsed());
        assert!(server.open.list().len() <= MOST && server.open.threads.load(Ordering::SeqCst) <= 2 * MOST);
        // And those that are left are not kept for ever.
        let ended = read(silent.last().unwrap(), &mut [0; 1], Instant::now() + 2 * PATIENCE);
        assert!(matches!(ended, Ok(0)), "{ended:?}");
    }

    #[test]
    fn a_long_head_is_refused_and_the_refusal_is_read() {
        let server = server(|| Ok(String::new()));
        let long = [&b"GET /metrics HTTP/1.1\r\nX: "[..], &vec![b'a'; 1 << 20]].concat();
        let text = ask(&server, &long);
        assert!(text.starts_with("HTTP/1.1 431 "), "{text}");
    }

    #[test]
    fn a_panic_gives_its_place_up() {
        let server = server(|| panic!("as a test does"));
        for _ in 0..3 {
            assert_eq!(ask(&server, SCRAPE), "");
        }
        while server.open.threads.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
        assert!(server.open.list().is_empty());
    }

    #[test]
    fn dropped_it_listens_no_more() {
        let server = server(|| Ok(String::new()));
        let (address, mut open) = (server.address(), connect(&server));
        drop(server);
        assert!(TcpStream::connect(address).is_err());
        assert!(!matches!(open.read(&mut [0; 1]), Ok(1..)));
    }

    proptest! {
        #[test]
        fn any_head_has_an_answer(text in prop::collection::vec(any::<u8>(), 0..200), line in "(GET|HEAD|X)? ?/?\\PC{0,20} ?(HTTP/1.1)?") {
            for text in [&text[..], line.as_bytes()] {
                prop_assert!(answer(&request(text), &|| Ok("".into())).starts_with("HTTP/1.1 "));
            }
        }
    }
}
