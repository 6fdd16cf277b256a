use std::fmt::Write as _;
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ispmail_password::{Password, Policy, Prefix, StoredPassword, Verdict};

use crate::transfer::{Chunk, Chunks, Hashing, Numbered, Ready};

/// Cheap new values, and one address whose password is refused.
fn hashing(prefix: Prefix, default_scheme: &str) -> Hashing {
    let target = "SHA256-CRYPT".parse().unwrap();
    Hashing {
        policy: Policy::default().with_target(target, Some(1000)).unwrap(),
        prefix,
        default_scheme: default_scheme.parse().unwrap(),
        judge: Box::new(|_, address| match address {
            "common@b.c" => Err("the password is too common".to_owned()),
            _ => Ok(()),
        }),
    }
}

fn chunks(input: impl Read + Send + 'static, hashing: Hashing) -> Vec<Chunk> {
    Chunks::start(input, None, hashing).unwrap().collect()
}

fn records(text: &str, hashing: Hashing) -> Vec<Result<Numbered<Ready>, String>> {
    let chunks = chunks(Cursor::new(text.to_owned()), hashing);
    let length = text.len() as u64;
    assert_eq!(chunks.last().map_or(length, |chunk| chunk.done), length);
    let records = chunks.into_iter().flat_map(|chunk| chunk.records);
    records.map(|record| record.map_err(|error| error.to_string())).collect()
}

fn stored(text: &str, hashing: Hashing) -> String {
    let text = format!("address,stored\na@b.c,\"{text}\"\n");
    match records(&text, hashing).remove(0) {
        Ok(Numbered { item: Ready::User { stored, .. }, .. }) => stored.to_string(),
        Ok(_) => panic!("not a user"),
        Err(error) => error,
    }
}

#[test]
fn in_order_on_all_cores() {
    const COUNT: usize = 1300;
    let mut text = "address,password,stored,quota\n".to_owned();
    for number in 0..COUNT {
        let made = match number % 3 {
            0 => writeln!(text, "u{number}@b.c,,{{PLAIN}}p{number},7"),
            _ => writeln!(text, "u{number}@b.c,p{number},,"),
        };
        made.unwrap();
    }
    let records = records(&text, hashing(Prefix::Scheme, "PLAIN"));
    assert_eq!(records.len(), COUNT);
    let mut jobs = Vec::new();
    for (number, record) in records.into_iter().enumerate() {
        let Numbered { line, item } = record.unwrap();
        assert_eq!(line, number as u64 + 2);
        let Ready::User { address, stored, quota, enabled } = item else { panic!("{line}") };
        assert_eq!((address, enabled), (format!("u{number}@b.c"), None));
        assert_eq!(quota, (number % 3 == 0).then_some(7));
        let front = if number % 3 == 0 { "{PLAIN}p" } else { "{SHA256-CRYPT}$5$rounds=1000$" };
        assert!(stored.starts_with(front), "{number}");
        let stored = StoredPassword::parse(stored.as_bytes(), "PLAIN".parse().unwrap()).unwrap();
        jobs.push((stored, Password::new(format!("p{number}").into_bytes()).unwrap()));
    }
    let jobs: Vec<_> = jobs.iter().map(|(stored, password)| (Some(stored), password)).collect();
    let verdicts = Policy::default().offline().verify_many(&jobs);
    assert!(verdicts.into_iter().all(|verdict| verdict == Ok(Verdict::Match)));
}

/// All errors of a file are told, in order, and nothing is hashed in vain.
#[test]
fn after_an_error() {
    let text = "address,password,stored\na@b.c,,{PLAIN}x\ncommon@b.c,summersun,\na@b.c,summersun,\n\
                a@b.c,,{SHA256-CRYPT}summersun\na@b.c,,{SUMMER}sun\na@b.c\n";
    let found = records(text, hashing(Prefix::Scheme, "PLAIN"));
    let unhashed = found
        .iter()
        .flatten()
        .filter(|record| matches!(&record.item, Ready::User { stored, .. } if stored.is_empty()));
    assert_eq!(unhashed.map(|record| record.line).collect::<Vec<_>>(), [4]);
    let errors: Vec<_> = found.into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 4);
    assert_eq!(errors[0], "line 3: the password is too common");
    assert!(errors[1].starts_with("line 5: stored: malformed "), "{}", errors[1]);
    assert_eq!(errors[2], "line 6: stored: unknown password scheme");
    assert_eq!(errors[3], "line 7: 1 value, where the header has 3 columns");
    assert!(errors.iter().all(|error| !error.contains("sun")));

    for (password, expected) in [
        ("", "the password is empty"),
        (r"summer\u0000sun", "the password has a NUL byte"),
        (&"x".repeat(Password::MAX + 1), "the password is longer than 16384 bytes"),
    ] {
        let line = format!(r#"{{"address":"a@b.c","password":"{password}"}}"#);
        let found = records(&line, hashing(Prefix::Scheme, "PLAIN"));
        assert_eq!(found[0].as_ref().err().unwrap(), &format!("line 1: {expected}"));
    }
    let long = format!("address,password\na@b.c,x\na@b.c,{}\n", "x".repeat(512));
    let found = records(&long, hashing(Prefix::Scheme, "PLAIN"));
    assert!(found[0].is_ok());
    // That one is found by hashing.
    let expected = "line 3: the password is longer than 511 bytes, more than crypt(3) takes";
    assert_eq!(found[1].as_ref().err().unwrap(), expected);
}

#[test]
fn with_and_without_scheme() {
    let md5 = "5ebe2294ecd0e0f08eab7690d2a6ee69";
    for (given, default, without) in [
        ("{PLAIN}x", "PLAIN", Ok("x")),
        ("x", "PLAIN", Ok("x")),
        ("", "PLAIN-MD5", Ok("")),
        (md5, "PLAIN-MD5", Ok(md5)),
        ("{plain-md5}5ebe2294ecd0e0f08eab7690d2a6ee69", "PLAIN-MD5", Ok(md5)),
        // What is behind a lock stays there.
        ("{CRYPT}!$5$x", "PLAIN", Err("CRYPT")),
        ("{CRYPT}$!${PLAIN}x", "PLAIN", Ok("{CRYPT}$!$x")),
        ("{CRYPT}$!$x", "PLAIN", Ok("{CRYPT}$!$x")),
        ("{CRYPT}$!$", "PLAIN", Ok("{CRYPT}$!$")),
        ("!$5$x", "CRYPT", Ok("!$5$x")),
        // They would be read as something else.
        ("{PLAIN}x", "PLAIN-MD5", Err("PLAIN")),
        ("{PLAIN.hex}78", "PLAIN", Err("PLAIN.HEX")),
        ("{PLAIN}{SHA}x", "PLAIN", Err("PLAIN")),
    ] {
        assert_eq!(stored(given, hashing(Prefix::Scheme, default)), given);
        let found = stored(given, hashing(Prefix::Bare, default));
        match without {
            Ok(without) => assert_eq!(found, without, "{given}"),
            Err(name) => assert_eq!(
                found,
                format!(
                    "line 2: stored: a {name} value cannot go into a column without {{SCHEME}}, \
                     whose values are read as {default}"
                ),
            ),
        }
    }
    let text = "address,password\na@b.c,summersun\n";
    let Ok(Numbered { item: Ready::User { stored, .. }, .. }) =
        records(text, hashing(Prefix::Bare, "SHA256-CRYPT")).remove(0)
    else {
        panic!("not a user")
    };
    assert!(stored.starts_with("$5$rounds=1000$"));
    // Nobody could sign in with it.
    let error = records(text, hashing(Prefix::Bare, "PLAIN-MD5")).remove(0).err().unwrap();
    assert!(error.contains("a SHA256-CRYPT value cannot go into a column"), "{error}");
    // However many locks there are.
    let locks = "{CRYPT}$!$".repeat(6000);
    assert!(stored_as(&locks, Prefix::Scheme).starts_with("{CRYPT}$!$"));
    assert!(stored_as(&locks, Prefix::Bare).starts_with("line 2: stored: "));
}

fn stored_as(text: &str, prefix: Prefix) -> String {
    stored(text, hashing(prefix, "PLAIN"))
}

/// Whoever takes no more stops the reading: it was never far ahead.
#[test]
fn memory_is_bounded() {
    struct Counted(Arc<AtomicUsize>, usize);
    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let text = if self.1 == 0 { "domain\n" } else { "example.org\n" };
            self.1 += 1;
            buffer[..text.len()].copy_from_slice(text.as_bytes());
            self.0.fetch_add(text.len(), Ordering::SeqCst);
            Ok(text.len())
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    let input = Counted(Arc::clone(&count), 0);
    let mut chunks = Chunks::start(input, None, hashing(Prefix::Scheme, "PLAIN")).unwrap();
    let first = chunks.next().unwrap();
    assert_eq!(first.records.len(), 512);
    let ahead = || count.load(Ordering::SeqCst);
    // The file has no end, so this is all that is read until somebody takes more.
    let full = 7 + 3 * 512 * 12;
    while ahead() < full {
        std::thread::yield_now();
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(ahead(), full);
    drop(chunks);
    // Long records make short chunks.
    let row = format!("\"{}\"\n", "x".repeat(60_000));
    let text = format!("domain\n{}", row.repeat(100));
    let chunks = super::hashing::chunks(Cursor::new(text), hashing(Prefix::Scheme, "PLAIN"));
    assert!(chunks.iter().all(|chunk| chunk.records.len() < 20));
    assert_eq!(chunks.iter().map(|chunk| chunk.records.len()).sum::<usize>(), 100);
}

#[test]
#[should_panic(expected = "the judge has gone mad")]
fn an_end_is_not_taken_for_the_end_of_the_file() {
    let judge = Box::new(|_: &[u8], _: &str| panic!("the judge has gone mad"));
    let hashing = Hashing { judge, ..hashing(Prefix::Scheme, "PLAIN") };
    chunks(Cursor::new("address,password\na@b.c,summersun\n"), hashing);
}
