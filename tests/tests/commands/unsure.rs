//! The database is to make a change last, and does not answer any more.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ispmail_tests::database::{Kind, Servers, Which};

use crate::pw::{Pw, TEMPORARY};

/// Neither that it was done nor that it was not: that it is not known.
pub(crate) fn no_answer(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let toml = pw.database.toml_over_socket();
    pw.configure(&toml.replace("[database]\n", "[database]\nquery_timeout = 1\n"));
    if kind == Kind::Postgres {
        pw.database.execute(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN PERFORM pg_sleep(3); RETURN NULL; END';
             CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON virtual_users
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();",
        );
        told(&pw);
    } else {
        // Others may do everything but commit while this client stays.
        let mut client = servers.mariadb(Which::First).client("mysql");
        let mut client = client.stdin(Stdio::piped()).spawn().expect("mariadb");
        let mut input = client.stdin.take().expect("piped");
        let stages = ["START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT"];
        for stage in stages {
            writeln!(input, "BACKUP STAGE {stage};").expect("write");
        }
        input.flush().expect("flush");
        sleep(Duration::from_millis(500));
        told(&pw);
        writeln!(input, "BACKUP STAGE END;").expect("write");
        drop(input);
        assert!(client.wait().expect("mariadb").success());
    }
    // Whatever became of it, it is one of the two, and all of it.
    let begin = Instant::now();
    let add = ["user", "add", "jane@example.org"];
    pw.configure(&toml);
    while pw.run(&add, "summersun\n").code() != 0 {
        assert!(begin.elapsed() < Duration::from_secs(20), "it does not recover");
        sleep(Duration::from_millis(200));
    }
    assert!(pw.signs_in("jane@example.org", "summersun"));
    let added = pw.run(&["user", "show", "john@example.org"], "").code() == 0;
    assert_eq!(added, pw.signs_in("john@example.org", "wintermoon"));
}

#[track_caller]
fn told(pw: &Pw) {
    let output = pw.run(&["user", "add", "john@example.org"], "wintermoon\n");
    assert_eq!((output.code(), output.out().as_str()), (TEMPORARY, ""), "{output:?}");
    assert!(output.err().contains("whether the change was made is not known"), "{output:?}");
}
