use std::path::Path;

use super::{read, read_as};
use crate::transfer::Format;

#[test]
fn users_in_csv() {
    let text =
        "address,password\njohn@example.org,summersun\njane@example.org,\"win\"\"ter,moon\"\n";
    assert_eq!(read(text), ["2 john@example.org plain 0 -", "3 jane@example.org plain 0 -"]);
    let text =
        "Enabled, quota ,STORED,address\nno,500M,{PLAIN}x,a@b.c\n,,$5$x,d@e.f\nYES,0,\"\",g@h.i";
    assert_eq!(
        read(text),
        ["2 a@b.c {PLAIN}x 524288000 false", "3 d@e.f $5$x 0 -", "4 g@h.i  0 true"]
    );
    // Each row has one of the two.
    let text = "address,password,stored\na@b.c,summersun,\na@b.c,,{PLAIN}x\n";
    assert_eq!(read(text), ["2 a@b.c plain 0 -", "3 a@b.c {PLAIN}x 0 -"]);
    assert!(read("address,password\n").is_empty());
}

#[test]
fn aliases_and_domains_in_csv() {
    let text = "source,destination\n@b.c,x@y.z\na@b.c,\"x@y.z , u@v.w\"\n";
    assert_eq!(read(text), [r#"2 @b.c ["x@y.z"]"#, r#"3 a@b.c ["x@y.z", "u@v.w"]"#]);
    assert_eq!(
        read("domain\nexample.org\n\"x\ny\"\nbücher.example"),
        ["2 example.org", "3 x\ny", "5 bücher.example"]
    );
}

#[test]
fn a_whole_server_in_ndjson() {
    let text = r#"{"domain":"example.org"}
 {"address":"a@b.c", "password":"summersun","quota":5,"enabled":true}
{"address":"a@b.c","password_base64":"Z3L83w==","quota":null,"password":null}

{"stored":"{PLAIN}\u00fc\"","address":"\u0061@b.c","enabled":false,"quota":0}
{"source":"@b.c","destinations":["a,b","x@y.z"]}"#;
    let expected = [
        "1 example.org",
        "2 a@b.c plain 5 true",
        "3 a@b.c plain 0 -",
        "5 a@b.c {PLAIN}ü\" 0 false",
        r#"6 @b.c ["a", "b", "x@y.z"]"#,
    ];
    assert_eq!(read(text), expected);
    assert_eq!(read(text.replace('\n', "\r\n")), expected);
    assert_eq!(read(format!("\u{feff}{text}\n")), expected);
}

#[test]
fn numbers_of_lines() {
    let text = "\n \n\u{61}ddress,stored\n\n\"a\nb\",\"\n\n\"\n\nc,d\n  \ne\n";
    let expected =
        ["5 a\nb \n\n 0 -", "10 c d 0 -", "line 12: 1 value, where the header has 2 columns"];
    assert_eq!(read(text), expected);
    let crlf = expected.map(|line| match line {
        "5 a\nb \n\n 0 -" => "5 a\r\nb \r\n\r\n 0 -",
        other => other,
    });
    assert_eq!(read(text.replace('\n', "\r\n")), crlf);
    assert_eq!(read(format!("\u{feff}{text}")), expected);
}

#[test]
fn the_format() {
    for (name, format) in [
        ("users.csv", Some(Format::Csv)),
        ("a/b.c/USERS.CSV", Some(Format::Csv)),
        ("x.ndjson", Some(Format::Ndjson)),
        ("x.jsonl", Some(Format::Ndjson)),
        ("x.json", None),
        ("csv", None),
        ("-", None),
    ] {
        assert_eq!(Format::of_name(Path::new(name)), format, "{name}");
    }
    let (csv, json) = ("domain\na", "{\"domain\":\"a\"}");
    assert_eq!((read(csv), read(json)), (vec!["2 a".to_owned()], vec!["1 a".to_owned()]));
    assert_eq!(read_as(json, Some(Format::Ndjson)), ["1 a"]);
    assert!(read_as(json, Some(Format::Csv))[0].starts_with("line 1: "));
    assert!(read_as(csv, Some(Format::Ndjson))[0].starts_with("line 1: not a JSON object"));
    assert!(read("[{\"domain\":\"a\"}]")[0].starts_with("line 1: not a JSON object"));
}

#[test]
fn quotas() {
    for (text, bytes) in [
        ("1", 1),
        ("1K", 1024),
        ("2m", 2 << 20),
        (" 3 G ", 3 << 30),
        ("4TB", 4 << 40),
        ("5MiB", 5 << 20),
        ("9223372036854775807", i64::MAX.unsigned_abs()),
        ("0T", 0),
    ] {
        let row = format!("address,stored,quota\na,b,{text}");
        assert_eq!(read(row), [format!("2 a b {bytes} -")], "{text}");
    }
    for text in ["x", "-1", "+1", "1.5G", "1P", "M", "1 2", "0x10", "1e3", "٣", "1GG"] {
        let row = format!("address,stored,quota\na,b,{text}");
        assert!(read(row)[0].starts_with("line 2: quota is not a number"), "{text}");
    }
    for text in ["9223372036854775808", "8388608T", "99999999999999999999999"] {
        let row = format!("address,stored,quota\na,b,{text}");
        assert!(read(row)[0].starts_with("line 2: quota is more than"), "{text}");
        let line = format!("{{\"address\":\"a\",\"stored\":\"b\",\"quota\":{text}}}");
        assert!(read(line)[0].starts_with("line 1: "), "{text}");
    }
}
