use std::io::{self, Write};

use proptest::prelude::*;

use super::{read, read_as, show};
use crate::transfer::{Entries, Exported, Format, What, Writer};

fn write(records: &[Exported<'_>], format: Format, what: What, with_passwords: bool) -> String {
    let mut writer = Writer::new(Vec::new(), format, what, with_passwords);
    for record in records {
        writer.write(record).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

fn user(stored: &str) -> Exported<'_> {
    Exported::User { address: "a@b.c", stored: Some(stored), quota: Some(5), enabled: Some(false) }
}

#[test]
fn stored_passwords_only_when_asked() {
    let nobody = Exported::User { address: "d@e.f", stored: None, quota: None, enabled: None };
    let users = [user("{PLAIN}x,\"y\""), nobody];
    assert_eq!(
        write(&users, Format::Csv, What::Users, false),
        "address,quota,enabled\na@b.c,5,false\nd@e.f,,\n"
    );
    assert_eq!(
        write(&users, Format::Csv, What::Users, true),
        "address,stored,quota,enabled\na@b.c,\"{PLAIN}x,\"\"y\"\"\",5,false\nd@e.f,\"\",,\n"
    );
    assert_eq!(
        write(&users, Format::Ndjson, What::Users, false),
        "{\"address\":\"a@b.c\",\"quota\":5,\"enabled\":false}\n{\"address\":\"d@e.f\"}\n"
    );
    assert_eq!(
        write(&users, Format::Ndjson, What::Users, true),
        "{\"address\":\"a@b.c\",\"stored\":\"{PLAIN}x,\\\"y\\\"\",\"quota\":5,\"enabled\":false}\n\
         {\"address\":\"d@e.f\",\"stored\":\"\"}\n"
    );
}

#[test]
fn nothing_to_write() {
    let csv = write(&[], Format::Csv, What::Aliases, false);
    assert_eq!(csv, "source,destination\n");
    assert!(read(csv).is_empty());
    assert_eq!(write(&[], Format::Ndjson, What::Users, true), "");
    let mut writer = Writer::new(Vec::new(), Format::Csv, What::Domains, true);
    let error = writer.write(&user("x")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

/// The first record comes at once, the others when the buffer is full.
#[test]
fn flushes() {
    #[derive(Default)]
    struct Flushed(Vec<u8>, Vec<usize>);
    impl Write for Flushed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.1.push(self.0.len());
            Ok(())
        }
    }
    let mut writer = Writer::new(Flushed::default(), Format::Csv, What::Domains, false);
    for _ in 0..1000 {
        writer.write(&Exported::Domain { domain: "example.org" }).unwrap();
    }
    let Flushed(text, flushes) = writer.finish().unwrap();
    assert_eq!(flushes, [7 + 12, text.len()]);
}

/// Text that has been somebody's trouble.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,20}",
        proptest::sample::select(vec![
            "\"", "\"\"", ",", ";", "\n", "\r\n", "\r", "\t", " ", "“", "”", "'", "=", "{", "}",
            "\u{feff}", "🙂", "\\", "%", "null", "\u{2028}", "é", "e\u{301}", "\u{7f}",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat().replace('\0', ""))
}

fn name() -> impl Strategy<Value = String> {
    hostile().prop_filter("not blank", |text| !text.trim().is_empty())
}

/// Commas are between destinations, as in Postfix's tables.
fn destinations() -> impl Strategy<Value = Vec<String>> {
    let one = name().prop_map(|text| text.replace(',', "").trim().to_owned());
    let one = one.prop_filter("not blank", |text| !text.is_empty());
    proptest::collection::vec(one, 1..4)
}

/// What the `csv` crate makes of it.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

proptest! {
    /// What is written is read, by this module and by others.
    #[test]
    fn users_come_back(
        address in name(),
        stored in hostile(),
        quota in proptest::option::of(1..=i64::MAX.unsigned_abs()),
        enabled in proptest::option::of(any::<bool>()),
    ) {
        let record = Exported::User { address: &address, stored: Some(&stored), quota, enabled };
        let flag = enabled.map_or("-".to_owned(), |enabled| enabled.to_string());
        let shown = format!("{address} {stored} {} {flag}", quota.unwrap_or_default());
        for format in [Format::Csv, Format::Ndjson] {
            let text = write(&[record], format, What::Users, true);
            let line = if format == Format::Csv { 2 } else { 1 };
            prop_assert_eq!(read_as(&text, None), [format!("{line} {shown}")], "{}", text);
        }
        let text = write(&[record], Format::Csv, What::Users, true);
        let flag = enabled.map_or(String::new(), |enabled| enabled.to_string());
        let number = quota.map_or(String::new(), |quota| quota.to_string());
        prop_assert_eq!(rows(&text), [[address, stored, number, flag]]);
    }

    #[test]
    fn aliases_and_domains_come_back(source in name(), destinations in destinations()) {
        let alias = || Exported::Alias { source: &source, destinations: &destinations };
        let domain = || Exported::Domain { domain: &source };
        let shown = format!("{source} {destinations:?}");
        let csv = write(&[alias()], Format::Csv, What::Aliases, false);
        prop_assert_eq!(read(&csv), [format!("2 {shown}")], "{}", csv);
        prop_assert_eq!(rows(&csv), [[source.clone(), destinations.join(",")]]);
        let csv = write(&[domain()], Format::Csv, What::Domains, false);
        prop_assert_eq!(read(&csv), [format!("2 {source}")], "{}", csv);
        let json = write(&[alias(), domain()], Format::Ndjson, What::Users, false);
        prop_assert_eq!(read(&json), [format!("1 {shown}"), format!("2 {source}")], "{}", json);
    }

    /// What is taken here is read in the same way by the `csv` crate.
    #[test]
    fn others_read_the_same(text in "[ab,\"\n; ü]{0,30}") {
        let text = format!("source,destination\n{text}");
        let ours = Entries::new(text.as_bytes(), None).map(show);
        let ours = ours.take_while(|line| !line.starts_with("line"));
        let theirs = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let theirs = theirs.into_records().map(|row| row.unwrap());
        let theirs = theirs.filter(|row| !row.iter().all(|value| value.trim().is_empty()));
        for (ours, theirs) in ours.zip(theirs) {
            let list: Vec<_> = theirs[1].split(',').map(str::trim).collect();
            let front = ours.split_once(' ').unwrap().1;
            prop_assert_eq!(front, format!("{} {:?}", &theirs[0], list), "{}", text);
        }
    }

    /// Whatever comes, there is an end and no panic.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in hostile()) {
        read(&bytes);
        for front in ["address,password\n", "domain\n", "{\"address\":\"a\",", "{"] {
            read(format!("{front}{text}"));
            read([front.as_bytes(), &bytes].concat());
        }
    }
}
