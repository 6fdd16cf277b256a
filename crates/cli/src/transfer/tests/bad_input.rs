use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::{Endless, read, show};
use crate::transfer::{Entries, Format, LONGEST, RecordError};
use crate::{Exit, Failure};

/// One error, which tells no password, and after it the good record of the next line.
#[track_caller]
fn assert_bad(text: impl AsRef<[u8]>, expected: &str) {
    let found = read(text);
    assert_eq!(found[0], expected);
    for line in &found {
        assert!(!line.contains("summersun"), "{line}");
    }
}

#[test]
fn headers() {
    let header = "expected a header with the column address (and password or stored, quota, \
                  enabled), source (and destination) or domain";
    let semicolons = "line 1: the values are separated by semicolons, as Excel does it in Europe; \
         expected commas";
    let users = "expected address, password, stored, quota, enabled";
    for (text, expected) in [
        ("", "the file is empty"),
        ("\u{feff}", "the file is empty"),
        (" \r\n\n", "the file is empty"),
        ("john@example.org,summersun\n", &format!("line 1: no header; {header}")),
        ("\n\nsummersun,x\n", &format!("line 3: no header; {header}")),
        ("address;password\na;summersun\n", semicolons),
        ("\"address\";\"password\"\n", semicolons),
        ("x;summersun\n", semicolons),
        (
            "address\tpassword\n",
            &format!("line 1: the values are separated by tabs; {header}, separated by commas"),
        ),
        ("address,passwort\n", &format!("line 1: unknown column passwort; {users}")),
        ("address,password,\n", &format!("line 1: unknown column ; {users}")),
        ("address,password,\u{1b}[2J\n", &format!("line 1: unknown column \\u{{1b}}[2J; {users}")),
        ("address,password,domain\n", &format!("line 1: unknown column domain; {users}")),
        ("address,password,Address\n", "line 1: the column address stands there twice"),
        ("quota,address\n", &format!("line 1: the column password or stored is missing; {users}")),
        ("source\n", "line 1: the column destination is missing; expected source, destination"),
        (
            "“address”,“password”\n",
            "line 1: typographic quotes around value 1; expected plain ones (\")",
        ),
        (
            "domain\rexample.org\r",
            "line 1: a carriage return inside a row; expected LF or CRLF at its end",
        ),
    ] {
        assert_eq!(read(text), [expected], "{text:?}");
    }
}

#[test]
fn rows() {
    let next = "\na@b.c,summersun,\n";
    for (row, expected) in [
        ("a@b.c", "1 value, where the header has 3 columns"),
        ("a@b.c,summersun,1,true", "4 values, where the header has 3 columns"),
        (
            "a@b.c;summersun;",
            "the values are separated by semicolons, as Excel does it in Europe; expected commas",
        ),
        (",summersun,", "no address"),
        ("\" \",summersun,", "address is empty"),
        ("a@b.c,,", "neither password nor stored"),
        ("a@b.c,summersun,1PB", "quota is not a number of bytes such as 0, 1073741824, 500M or 2G"),
        ("a@b.c,summer\0sun,", "password has a NUL byte"),
        (
            "a@b.c,summersun,many",
            "quota is not a number of bytes such as 0, 1073741824, 500M or 2G",
        ),
        ("a@b.c,“summersun”,", "typographic quotes around password; expected plain ones (\")"),
        ("a@b.c,“summersun,x”,", "typographic quotes around password; expected plain ones (\")"),
        ("„a@b.c“,summersun,", "typographic quotes around address; expected plain ones (\")"),
    ] {
        let found = read(format!("address,password,quota\n{row}{next}"));
        assert_eq!(found, [&format!("line 2: {expected}"), "3 a@b.c plain 0 -"], "{row:?}");
    }
    // In plain quotes they belong to the value.
    assert_eq!(read("address,stored\na,\"“x”\"\n"), ["2 a “x” 0 -"]);

    assert_bad(
        "address,password,stored\na,summersun,summersun\n",
        "line 2: both password and stored",
    );
    assert_bad(
        "address,stored,enabled\na,summersun,summersun",
        "line 2: enabled is none of true, false, yes, no, 1 and 0",
    );
    assert_bad("source,destination\na,\"b,,c\"", "line 2: a destination is empty");
    assert_bad("source,destination\na,", "line 2: no destination");
    assert_bad("domain\n\"\"", "line 2: domain is empty");
}

#[test]
fn quotes() {
    for (row, expected) in [
        (
            "a,summer\"sun\nb,c\n",
            "a quote inside password, which is not quoted; expected quotes around it and each \
             inside it doubled",
        ),
        ("a,\"summer\"sun\nb,c\n", "text behind the quotes around password; expected a comma"),
        ("a,\"summer\" \nb,c\n", "text behind the quotes around password; expected a comma"),
        ("a,\"summersun\nb,c\n", "a quote that is never closed"),
        ("a,\"summersun", "a quote that is never closed"),
        ("a,\"", "a quote that is never closed"),
        ("a,summer\rsun\nb,c\n", "a carriage return inside a row; expected LF or CRLF at its end"),
    ] {
        let found = read(format!("address,password\nx,\"y\nz\"\n{row}"));
        assert_eq!(found, ["2 x plain 0 -", &format!("line 4: {expected}")], "{row:?}");
    }
}

#[test]
fn encodings() {
    for (text, expected) in [
        (&b"\xff\xfed\0o\0m\0"[..], "line 1: the file is UTF-16; save it as UTF-8"),
        (b"\xfe\xff\0d\0o", "line 1: the file is UTF-16; save it as UTF-8"),
        (b"\xff\xfe\0\0d\0\0\0", "line 1: the file is UTF-32; save it as UTF-8"),
        (b"d\0o\0m\0a\0i\0n\0", "line 1: value 1 has a NUL byte"),
        (b"doma\xefn", "line 1: value 1 is not UTF-8"),
        (b"address,password\na,summersun\xfc\n", "line 2: password is not UTF-8"),
        // Together they would be a character.
        (b"address,password\na\xc3,\xbcsummersun\n", "line 2: address is not UTF-8"),
        (b"{\"domain\":\"\xfc\"}", "line 1: not UTF-8; such bytes belong into base64"),
        (b"{\"domain\":\"a\0b\"}", "line 1: a NUL byte"),
    ] {
        assert_bad(text, expected);
    }
}

#[test]
fn objects() {
    let users = "expected address, password, password_base64, stored, quota, enabled";
    let good = "{\"domain\":\"b.c\"}";
    for (line, expected) in [
        ("summersun", "not a JSON object; expected one on each line"),
        ("\"summersun\"", "not a JSON object; expected one on each line"),
        ("{}", "no keys; expected domain, address or source"),
        (r#"{"summer":"summersun"}"#, "unknown key summer; expected domain, address or source"),
        (r#"{"address":"a","passwort":"summersun"}"#, &format!("unknown key passwort; {users}")),
        (
            r#"{"address":"a","\u001b[2J\u0000":"summersun"}"#,
            &format!("unknown key \\u{{1b}}[2J\\0; {users}"),
        ),
        (r#"{"domain":"a","address":"a"}"#, "unknown key address; expected domain"),
        (
            r#"{"address":"a","password":"summersun","password":"x"}"#,
            "the key password stands there twice",
        ),
        (r#"{"address":"a","password":"summersun","stored":"x"}"#, "both password and stored"),
        (
            r#"{"address":"a","password":"summersun","password_base64":"eA=="}"#,
            "both password and password_base64",
        ),
        (r#"{"address":"a"}"#, "neither password nor stored"),
        (r#"{"address":"a","password":null}"#, "neither password nor stored"),
        (r#"{"address":null,"password":"summersun"}"#, "no address"),
        (r#"{"address":"","password":"summersun"}"#, "address is empty"),
        (r#"{"address":["a"],"password":"summersun"}"#, "address is not a string of characters"),
        (r#"{"address":"a\u0000","password":"summersun"}"#, "address has a NUL byte"),
        (r#"{"address":"a","stored":"summer\u0000sun"}"#, "stored has a NUL byte"),
        (r#"{"address":"a","stored":7}"#, "stored is not a string of characters"),
        (r#"{"address":"a","password_base64":"summersun!"}"#, "password_base64 is not base64"),
        (
            r#"{"address":"a","stored":"summersun","quota":"5M"}"#,
            "quota is not a whole number of bytes",
        ),
        (
            r#"{"address":"a","stored":"summersun","quota":1.5}"#,
            "quota is not a whole number of bytes",
        ),
        (
            r#"{"address":"a","stored":"summersun","quota":-1}"#,
            "quota is not a whole number of bytes",
        ),
        (
            r#"{"address":"a","stored":"summersun","enabled":"yes"}"#,
            "enabled is neither true nor false",
        ),
        (r#"{"source":"a"}"#, "no destinations"),
        (r#"{"source":"a","destinations":[]}"#, "destinations is empty"),
        (r#"{"source":"a","destinations":"b"}"#, "destinations is not a list of strings"),
        (r#"{"source":"a","destinations":[7]}"#, "a destination is not a string of characters"),
        (r#"{"source":"a","destinations":[" "]}"#, "a destination is empty"),
        (r#"{"address":"a","password":"summersun""#, "the JSON object has no end"),
        (r#"{"address":"a","password":summersun}"#, "not JSON (column 27)"),
        (
            r#"{"address":"ü","password":“summersun”}"#,
            "typographic quotes; expected plain ones (\")",
        ),
        ("{“address”:“a”,“password”:“summersun”}", "typographic quotes; expected plain ones (\")"),
        (r#"{"address":"a","password":"summersun"} x"#, "not JSON (column 40)"),
        (&format!("{{\"x\":{}", "[".repeat(1000)), "the JSON object has no end"),
        (&format!("{{\"x\":{}]}}", "[".repeat(60_000)), "not JSON (column 60007)"),
    ] {
        let found = read(format!("{good}\n{line}\n{good}"));
        let shown: String = line.chars().take(60).collect();
        assert_eq!(found, ["1 b.c", &format!("line 2: {expected}"), "3 b.c"], "{shown}");
        assert!(!found[1].contains("summersun"));
    }
}

/// 10 MB and more are not read: what came of the file when the error is told is little more than
/// the longest record, and nothing grows with what comes after it.
#[test]
fn long_lines_are_not_read() {
    for (front, byte, format, expected) in [
        ("address,password\nb,c\na,", b's', Format::Csv, "line 3: longer than 65536 bytes"),
        (
            "address,password\nb,c\na,\"",
            b's',
            Format::Csv,
            "line 3: longer than 65536 bytes (a quote that is never closed?)",
        ),
        (
            "address,password\nb,c\na,\"",
            b'\n',
            Format::Csv,
            "line 3: longer than 65536 bytes (a quote that is never closed?)",
        ),
        ("address,password\nb,c\na", b',', Format::Csv, "line 3: longer than 65536 bytes"),
        ("address,password", b' ', Format::Csv, "line 1: longer than 65536 bytes"),
        (
            "{\"domain\":\"b\"}\n{\"domain\":\"",
            b's',
            Format::Ndjson,
            "line 2: longer than 65536 bytes",
        ),
        ("{\"domain\":\"b\"}\n", 0, Format::Ndjson, "line 2: longer than 65536 bytes"),
    ] {
        for left in [10 << 20, 1 << 30] {
            let given = Rc::new(Cell::new(0));
            let input = Endless { front: front.as_bytes(), byte, left, given: Rc::clone(&given) };
            let mut entries = Entries::new(input, Some(format));
            let found: Vec<_> = entries.by_ref().map(show).collect();
            assert_eq!(found.last().unwrap(), expected, "{front:?}");
            assert!(given.get() <= 3 * LONGEST, "{front:?}: {} bytes", given.get());
            assert!(entries.done() <= given.get() as u64);
        }
    }
    // Blank lines are read, and nothing is kept of them.
    let given = Rc::new(Cell::new(0));
    let input =
        Endless { front: b"domain\n", byte: b'\n', left: 10 << 20, given: Rc::clone(&given) };
    let mut entries = Entries::new(input, None);
    assert!(entries.next().is_none());
    assert_eq!((entries.done(), given.get()), ((10 << 20) + 7, (10 << 20) + 7));
}

#[test]
fn the_longest_lines() {
    let line = |length: usize| format!("{{\"domain\":\"{}\"}}", "x".repeat(length - 13));
    assert_eq!(read(line(LONGEST))[0].len(), LONGEST - 13 + 2);
    assert_eq!(read(line(LONGEST) + "\n").len(), 1);
    assert_eq!(read(line(LONGEST + 1) + "\n"), ["line 1: longer than 65536 bytes"]);
    for end in ["", "\n"] {
        let row = |length: usize| format!("domain\n{}{end}", "x".repeat(length));
        assert_eq!(read(row(LONGEST))[0].len(), LONGEST + 2);
        assert_eq!(read(row(LONGEST + 1)), ["line 2: longer than 65536 bytes"]);
    }
}

#[test]
fn a_file_that_cannot_be_read() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let exit = |error: RecordError| Failure::from(error).exit;
    let text: &[u8] = b"domain\nexample.org\nexam";
    let mut entries = Entries::new(text.chain(Broken), None);
    assert_eq!(show(entries.next().unwrap()), "2 example.org");
    let error = entries.next().unwrap().err().unwrap();
    assert_eq!(error.to_string(), "the disk is gone");
    assert_eq!(exit(error), Exit::Temporary);
    assert!(entries.next().is_none());
    let error = Entries::new(&b""[..], None).next().unwrap().err().unwrap();
    assert_eq!(exit(error), Exit::Data);
}
