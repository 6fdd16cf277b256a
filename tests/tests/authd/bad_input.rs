//! Clients that are broken, malicious, or too many.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use ispmail_tests::authd::Start;
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::random::{Random, seed};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::fixture::{GOOD, JOHN, Mail, QUICK, expect_answers, ok};
use crate::wire::{HELLO, MASTER_HELLO, Wire, base64, plain};

/// Nothing that is sent breaks anything for others.
pub(crate) fn broken_clients(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let mut random = Random::new(seed());
    let request = plain(1, JOHN, GOOD);
    let (half, _) = request.split_at(request.len() / 2);
    let mut inputs = vec![
        half.as_bytes().to_vec(),
        request.as_bytes()[..request.len() - 1].to_vec(),
        vec![b'x'; 1 << 20],
        [request.trim_end().as_bytes(), &vec![b'A'; 1 << 20]].concat(),
        [b"AUTH\t1\tPLAIN\tservice=smtp\t", &*vec![b'\t'; 1 << 20]].concat(),
        vec![0; 1 << 20],
        b"AUTH\t1\tPLAIN\tservice=smtp\0\tresp=eA==\n".to_vec(),
        b"\0\n".to_vec(),
        vec![b'\n'; 1 << 16],
        b"\x01".repeat(5000),
    ];
    inputs.extend((0..50).map(|_| {
        let length = random.below(3000);
        random.bytes(length)
    }));
    for hello in [HELLO, ""] {
        for input in &inputs {
            let mut client = Wire::open(&mail.daemon.client_socket());
            // It may close the connection in the middle of this.
            let _ = client.try_send([hello.as_bytes(), input].concat());
            let _ = client.try_finish();
            client.handshake();
            client.expect_closed();
        }
    }
    for input in &inputs {
        let mut master = Wire::open(&mail.daemon.master_socket());
        let _ = master.try_send([MASTER_HELLO.as_bytes(), input].concat());
        let _ = master.try_finish();
        assert_eq!(master.rest().len(), 2);
    }
    mail.expect_john();
}

/// The longest line that Dovecot takes, and one byte more.
pub(crate) fn longest_line(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let resp = format!("\tresp={}\n", base64(format!("\0{JOHN}\0{GOOD}")));
    let begin = "AUTH\t1\tPLAIN\tservice=smtp\tsession=";
    for (length, taken) in [(16_384, true), (16_385, false)] {
        let session = "s".repeat(length - begin.len() - resp.len());
        let mut client = mail.client();
        client.send(format!("{begin}{session}{resp}"));
        let answer = client.next_line();
        assert_eq!(answer, taken.then(|| ok(1, JOHN)), "{length} bytes");
    }
}

/// However it is cut, it is understood.
pub(crate) fn byte_by_byte(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let mut client = Wire::open(&mail.daemon.client_socket());
    for byte in (HELLO.to_owned() + &plain(1, JOHN, GOOD) + &plain(2, JOHN, GOOD)).into_bytes() {
        client.send([byte]);
    }
    client.handshake();
    client.finish();
    expect_answers(client.rest(), [ok(1, JOHN), ok(2, JOHN)]);
}

/// A thousand connections that say nothing cost little memory, and no time.
pub(crate) fn idle_connections(servers: &Arc<Servers>) {
    const COUNT: usize = 1000;
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("limit");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("limit");
    let mail = Mail::new(servers, Kind::Sqlite);
    mail.expect_john();
    let before = resident(mail.daemon.pid());
    let mut idle: Vec<_> = (0..COUNT).map(|_| mail.client()).collect();
    for client in idle.iter_mut().step_by(10) {
        assert_eq!(client.ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
    }
    mail.expect_john();
    let each = (resident(mail.daemon.pid()) - before) * 1024 / COUNT;
    eprintln!("{before} kB, and {each} bytes for each connection");
    assert!(before < 40_000 && each < 8192, "{before} kB, and {each} bytes for each connection");
    // They are not closed for it either.
    for client in &mut idle {
        client.expect_silence();
    }
}

/// One that does not read its answers holds up nobody, and is not let write for ever either.
pub(crate) fn answers_that_nobody_reads(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let before = resident(mail.daemon.pid());
    let mut stuck: Vec<_> = (0..2).map(|_| mail.client()).collect();
    for client in &mut stuck {
        let taken = client.stuff(b"CONT\t1\t\n", Duration::from_millis(200));
        assert!(taken < 1 << 22, "{taken} bytes");
        mail.expect_john();
    }
    let grown = resident(mail.daemon.pid()).saturating_sub(before);
    assert!(grown < 4096, "{grown} kB more");
    let mut masters: Vec<_> = (0..2).map(|_| mail.master()).collect();
    for master in &mut masters {
        let taken = master.stuff(b"LIST\t1\n", Duration::from_millis(200));
        assert!(taken < 1 << 22, "{taken} bytes");
        mail.expect_john();
    }
}

/// More connections than it has descriptors: those that it has are served as before, databases and
/// look-ups with them, and when there is room again, the others.
pub(crate) fn out_of_descriptors(servers: &Arc<Servers>) {
    let start = Start { through: &["prlimit", "--nofile=64:64"], ..Start::default() };
    let mail = Mail::with(servers, Kind::Sqlite, QUICK, start);
    let mut early = mail.client();
    assert_eq!(early.ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
    let flood: Vec<_> = (0..120).map(|_| Wire::open(&mail.daemon.client_socket())).collect();
    mail.daemon.wait_for_log("too many connections", 1);
    early.send((2..100).map(|id| plain(id, JOHN, GOOD)).collect::<String>());
    expect_answers(early.lines(98), (2..100).map(|id| ok(id, JOHN)));
    assert!(mail.master().ask(format!("USER\t1\t{JOHN}\tservice=lmtp\n")).starts_with("USER\t"));
    drop(flood);
    mail.expect_john();
    assert_eq!(early.ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
}

/// Memory of a process in kB.
fn resident(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("kB")
}
