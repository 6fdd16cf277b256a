//! Its sockets: made, taken over, left alone; and what keeps it from starting.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ispmail_tests::authd::{Authd, Start};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::{Output, ids_of};

use crate::fixture::{GOOD, JOHN, Mail, QUICK, accounts, ok};
use crate::wire::{Wire, plain};

/// What a daemon that is gone has left is replaced; what a live one has is not.
pub(crate) fn stale_and_live_sockets(servers: &Arc<Servers>) {
    let mut mail = Mail::new(servers, Kind::Sqlite);
    mail.daemon.kill();
    for socket in sockets(&mail.daemon) {
        assert!(kind(&socket).is_socket(), "it is left behind");
    }
    mail.daemon.start_again();
    mail.expect_john();

    let another = mail.daemon.start_another();
    let said = format!("{}: somebody listens there already", mail.daemon.client_socket().display());
    expect_failure(&another, &said);
    mail.expect_john();
    let inodes = sockets(&mail.daemon).map(|socket| fs::metadata(socket).expect("socket").ino());

    // One that finds its own sockets replaced leaves the new ones there.
    for socket in sockets(&mail.daemon) {
        fs::remove_file(socket).expect("remove");
    }
    let others = sockets(&mail.daemon).map(|socket| {
        let listener = UnixListener::bind(&socket).expect("bind");
        fs::set_permissions(&socket, Permissions::from_mode(0o666)).expect("chmod");
        listener
    });
    mail.daemon.stop();
    for (socket, inode) in sockets(&mail.daemon).into_iter().zip(inodes) {
        assert_ne!(fs::metadata(&socket).expect("another's").ino(), inode);
    }
    drop(others);
    mail.daemon.start_again();
    mail.expect_john();
    mail.daemon.stop();
    assert!(sockets(&mail.daemon).iter().all(|socket| !socket.exists()), "not removed");
}

/// Whatever else stands where a socket should be stays there.
pub(crate) fn no_sockets(servers: &Arc<Servers>) {
    let mut mail = Mail::new(servers, Kind::Sqlite);
    mail.daemon.stop();
    let [client, master] = sockets(&mail.daemon);
    let elsewhere = client.with_file_name("elsewhere");
    let make: [(&str, Make); 4] = [
        ("a file", |path, _| fs::write(path, "precious").expect("write")),
        ("a directory", |path, _| fs::create_dir(path).expect("mkdir")),
        ("a link to nothing", |path, to| symlink(to, path).expect("symlink")),
        ("a link to a file", |path, to| {
            fs::write(to, "precious").expect("write");
            symlink(to, path).expect("symlink");
        }),
    ];
    for path in [&client, &master] {
        for (what, make) in make {
            make(path, &elsewhere);
            let before = fs::symlink_metadata(path).expect(what);
            let said = format!("{}: is there already and not a socket", path.display());
            expect_failure(&mail.daemon.start_another(), &said);
            let after = fs::symlink_metadata(path).expect(what);
            assert_eq!((before.ino(), before.mode()), (after.ino(), after.mode()), "{what}");
            let other = if *path == client { &master } else { &client };
            assert!(!other.exists(), "a socket is left behind");
            let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
    assert_eq!(fs::read(&elsewhere).expect("file"), b"precious");
}

/// Owner, group and mode, and whom it becomes.
pub(crate) fn owners_and_modes(servers: &Arc<Servers>) {
    let start = Start {
        client_socket: "owner = \"mysql\"\ngroup = \"postgres\"\nmode = \"0606\"",
        master_socket: "",
        user: Some("root"),
        ..Start::default()
    };
    let sections = QUICK.replace("[daemon]", "[daemon]\nuser = \"dovecot\"");
    let mut mail = Mail::with(servers, Kind::Sqlite, &sections, start);
    let owners = |path: &Path| {
        let metadata = fs::metadata(path).expect("socket");
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
    };
    let [client, master] = sockets(&mail.daemon);
    assert_eq!(owners(&client), (ids_of("mysql").0, ids_of("postgres").1, 0o606));
    let (uid, gid) = ids_of("dovecot");
    assert_eq!(owners(&master), (uid, gid, 0o660));
    let status = fs::read_to_string(format!("/proc/{}/status", mail.daemon.pid())).expect("status");
    assert!(status.contains(&format!("Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n")), "{status}");
    assert!(status.contains(&format!("Gid:\t{gid}\t{gid}\t{gid}\t{gid}\n")), "{status}");
    assert!(status.contains("CapEff:\t0000000000000000\n"), "{status}");
    let limits = fs::read_to_string(format!("/proc/{}/limits", mail.daemon.pid())).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("core");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    mail.expect_john();
    // Those trusted are root and the user it became.
    assert_eq!(
        Wire::open_as(&client, "nobody").greet_as_client().ask(plain(1, JOHN, GOOD)),
        ok(1, JOHN)
    );
    mail.daemon.stop();
    // The directory is that user's, so it could remove them.
    assert!(!client.exists() && !master.exists());
}

/// Root is nobody to run as, and other mistakes are named.
pub(crate) fn what_keeps_it_from_starting(servers: &Arc<Servers>) {
    let toml = accounts(servers, Kind::Sqlite).toml();
    let root = Start { user: Some("root"), ..Start::default() };
    let owned = Start { client_socket: "owner = \"mysql\"", ..Start::default() };
    let nobody = Start { client_socket: "owner = \"no-such-user\"", ..Start::default() };
    let daemon = |line: &str| format!("{toml}[daemon]\n{line}\n");
    for (toml, start, said) in [
        (daemon(""), root, "started as root; expected another user, or user = \"…\" in [daemon]"),
        (daemon("user = \"root\""), root, "[daemon] user: root; expected another user"),
        (daemon("user = \"no-such-user\""), root, "there is no user no-such-user"),
        (daemon(""), owned, "auth-client: owner and group: "),
        (daemon(""), nobody, "auth-client: there is no user no-such-user"),
        (daemon("threads = 0"), Start::default(), ": [daemon] threads: expected a whole number"),
        (daemon("port = 1"), Start::default(), ": [daemon] unknown key"),
        (String::new(), Start::default(), "[database] is missing"),
        (toml.replace("SHA256-CRYPT", "SHA-257"), Start::default(), "default scheme is unknown"),
    ] {
        expect_failure(&Authd::fail_to_start(servers, &toml, start), said);
    }
}

/// Makes something at the first path; the second one is for what it needs elsewhere.
type Make = fn(&Path, &Path);

fn sockets(daemon: &Authd) -> [PathBuf; 2] {
    [daemon.client_socket(), daemon.master_socket()]
}

fn kind(path: &Path) -> fs::FileType {
    fs::symlink_metadata(path).expect("metadata").file_type()
}

fn expect_failure(output: &Output, said: &str) {
    assert_eq!(output.code(), 1, "{output:?}");
    assert!(output.err().contains(said), "expected {said:?}: {output:?}");
}
