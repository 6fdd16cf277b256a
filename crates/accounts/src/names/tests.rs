use proptest::prelude::*;

use super::*;

const BAD_ADDRESSES: &[(&str, &str)] = &[
    ("", "it is empty"),
    ("john", "it has no @"),
    ("@", "nothing is before the @"),
    ("@example.org", "nothing is before the @"),
    ("john@", "nothing is behind the @"),
    ("john@@example.org", "more than one @"),
    ("john@jane@example.org", "more than one @"),
    ("jo hn@example.org", "U+0020, a blank"),
    (" john@example.org", "U+0020, a blank"),
    ("john@example.org ", "U+0020, a blank"),
    ("john@example.org\n", "U+000A, a control character"),
    ("“john”@example.org", "'“' (U+201C), a typographic quotation mark"),
    ("john@“example.org”", "'“' (U+201C), a typographic quotation mark"),
    ("‘john’@example.org", "a typographic quotation mark"),
    ("'john'@example.org", "a quotation mark"),
    ("\"john\"@example.org", "'\"', a quotation mark"),
    ("jo`hn@example.org", "a quotation mark"),
    ("jo\\hn@example.org", "the character '\\\\'"),
    ("jo%hn@example.org", "the character '%'"),
    ("jo;hn@example.org", "the character ';'"),
    ("john,jane@example.org", "give one address at a time"),
    ("jöhn@example.org", "where only ASCII can be"),
    ("🙂@example.org", "a symbol and no letter"),
    ("john@🙂.example", "a symbol and no letter"),
    ("jo\u{200b}hn@example.org", "U+200B, which cannot be seen"),
    ("john@exam\u{ad}ple.org", "U+00AD, which cannot be seen"),
    ("\u{202e}john@example.org", "U+202E, which cannot be seen"),
    (".john@example.org", "begins with a dot"),
    ("john.@example.org", "right before the @"),
    ("jo..hn@example.org", "two dots are in a row"),
    ("-john@example.org", "begins with a hyphen"),
    ("john@exam_ple.org", "the character '_'"),
    ("john@-a.org", "a part of the domain begins or ends with a hyphen"),
    ("john@a-.org", "a part of the domain begins or ends with a hyphen"),
    ("john@a..org", "two dots in a row"),
    ("john@.org", "the domain begins with a dot"),
    ("john@example.org.", "the domain ends with a dot"),
    ("john@example.org。", "the domain ends with a dot"),
    ("john@[127.0.0.1]", "an IP address is no domain"),
    ("john@127.0.0.1", "an IP address is no domain"),
    ("john@xn--\u{e4}.example", "xn--"),
    ("john@xn--a.example", "is no valid xn-- form"),
    ("john@XN--0.example", "is no valid xn-- form"),
    ("john@xn--.example", "hyphen"),
    // Its a is plain ASCII: what it means is not written like this.
    ("john@xn--abc-.example", "hyphen"),
    // Becomes c/o.
    ("john@\u{2105}.example", "cannot have"),
    // Hebrew with Latin in one label, and Hebrew beside a label that begins with a digit.
    ("john@אa.example", "cannot have"),
    ("john@א.1a", "mix writing directions"),
    // A joiner that joins nothing.
    ("john@a\u{200d}b.example", "cannot have"),
    ("/etc/passwd", "it has no @"),
];

#[test]
fn addresses_of_users() {
    for (good, written) in [
        ("John.Doe@Example.ORG", "john.doe@example.org"),
        ("a_b-c@localhost", "a_b-c@localhost"),
        ("john@Bücher.Example", "john@xn--bcher-kva.example"),
        ("john@r3---sn.example", "john@r3---sn.example"),
        // Decomposed and full-width.
        ("john@bu\u{308}cher.example", "john@xn--bcher-kva.example"),
        ("john@ｅxample。org", "john@example.org"),
    ] {
        assert_eq!(address(good).ok().as_deref(), Some(written), "{good}");
    }
    for &(bad, words) in BAD_ADDRESSES.iter().filter(|(bad, _)| !bad.starts_with('/')) {
        refused(address(bad), bad, words);
    }
    refused(address("john+x@example.org"), "john+x@example.org", "Dovecot takes in no login");
    refused(address("a/b@example.org"), "a/b@example.org", "'/' before the @");
}

#[test]
fn names_of_domains() {
    for (good, written) in [
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--Bcher-KVA.example", "xn--bcher-kva.example"),
        // Not transitional: no ss.
        ("straße.example", "xn--strae-oqa.example"),
        ("STRASSE.example", "strasse.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("פלא.example", "xn--4dbxx.example"),
        ("localhost", "localhost"),
        ("4.example", "4.example"),
    ] {
        assert_eq!(domain(good).ok().as_deref(), Some(written), "{good}");
    }
    for &(bad, words) in BAD_ADDRESSES {
        if let Some((_, host)) = bad.split_once('@')
            && !host.is_empty()
            && address(&format!("john@{host}")).is_err()
            && !host.contains('@')
        {
            refused(domain(host), host, words);
        }
    }
    refused(domain("john@example.org"), "john@example.org", "the character '@'");
    refused(domain("*.example.org"), "*.example.org", "the character '*'");
    refused(domain(""), "", "the domain is empty");
}

#[test]
fn shown_in_unicode() {
    for (name, shown) in [
        ("xn--bcher-kva.example", "bücher.example"),
        ("XN--BCHER-KVA.Example", "bücher.example"),
        ("example.org", "example.org"),
        ("xn--a.example", "xn--a.example"),
        ("not a name", "not a name"),
        ("", ""),
        ("xn--938h.example", "xn--938h.example"),
    ] {
        assert_eq!(unicode_domain(name), shown);
    }
}

#[test]
fn lengths() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    assert_eq!(domain(&longest).ok().as_ref(), Some(&longest));
    refused(domain(&format!("{longest}a")), "", "254 characters, and 253 are allowed");
    refused(domain(&format!("a{label}.org")), "", "64 characters, and 63 are allowed");
    refused(domain(&"ü".repeat(63)), "", "in its xn-- form");
    refused(domain(&"a".repeat(10_000)), "", "10000 characters");
    refused(domain(&"a.".repeat(200)), "", "ends with a dot");

    let host = format!("{label}.{label}.{}", "b".repeat(61));
    let local = "j".repeat(64);
    assert_eq!(format!("{local}@{host}").len(), 254);
    assert!(address(&format!("{local}@{host}")).is_ok());
    refused(address(&format!("{local}@{host}b")), "", "255 characters, and 254 are allowed");
    refused(address(&format!("j{local}@example.org")), "", "65 characters are before the @");
    let error = address(&"a".repeat(10_000)).unwrap_err().to_string();
    assert!(error.chars().count() < 250, "{error}");
}

#[test]
fn sources_and_destinations() {
    for good in ["john+lists@example.org", "o=h/x{y}~!#$&*?^_|z@example.org", "a@localhost"] {
        assert_eq!(alias_source(good).ok().as_deref(), Some(good));
        assert_eq!(destination(good).ok().as_deref(), Some(good));
        assert!(address(good).is_err() || good == "a@localhost");
    }
    let catch_all = alias_source("@Bücher.example").ok();
    assert_eq!(catch_all.as_deref(), Some("@xn--bcher-kva.example"));
    for &(bad, words) in BAD_ADDRESSES {
        if bad == "@example.org" {
            continue;
        }
        let wanted = if bad.starts_with('/') { "a file cannot" } else { words };
        refused(destination(bad), bad, wanted);
        if bad != "@" {
            refused(alias_source(bad), bad, wanted);
        }
    }
    for (bad, words) in [
        ("|/bin/sh", "a command cannot"),
        ("| mail@example.org", "blank"),
        ("|cat@example.org", "as a command would"),
        ("/var/mail/x@example.org", "as a file would"),
        (":include:/etc/list", "cannot be included"),
        (":include:/etc/list@example.org", "the character ':'"),
        ("a@example.org,b@example.org", "more than one @"),
        ("a@example.org b@example.org", "more than one @"),
        ("john", "it has no @"),
        ("@example.org", "nothing is before the @"),
        ("John <john@example.org>", "blank"),
    ] {
        refused(destination(bad), bad, words);
    }
    refused(alias_source("@"), "@", "the domain is empty");
    refused(alias_source("@@example.org"), "@@example.org", "more than one @");
}

proptest! {
    #[test]
    fn accepted_names_are_harmless(text in likely()) {
        harmless(&text, domain, 253)?;
        harmless(&text, address, 254)?;
        harmless(&text, alias_source, 254)?;
        harmless(&text, destination, 254)?;
    }

    #[test]
    fn good_addresses_are_accepted(
        local in "[a-z0-9_][a-z0-9_-]{0,20}(\\.[a-z0-9_-]{1,10}){0,3}",
        host in "[a-wyz0-9]([a-z]{0,20}[a-z0-9])?(\\.[a-wyz]{1,10}){1,3}",
    ) {
        let text = format!("{local}@{host}");
        prop_assert_eq!(address(&text).ok(), Some(text.clone()));
        prop_assert_eq!(alias_source(&text).ok(), Some(text.clone()));
        prop_assert_eq!(destination(&text).ok(), Some(text));
    }

    #[test]
    fn shown_names_lead_back(label in "[a-zß-öø-ÿα-ωа-я]{1,12}") {
        if let Ok(name) = domain(&format!("{label}.example")) {
            prop_assert_eq!(domain(&unicode_domain(&name)).ok(), Some(name));
        }
    }
}

/// Much that is nearly a name, some that is anything.
fn likely() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9._+-]{0,70}@[a-zA-Z0-9.-]{1,70}",
        "[!-~]{0,10}@[!-~]{1,10}",
        "@?[a-z.xn-]{0,8}(xn--)?[a-z0-9]{0,8}\\.[a-z]{1,5}",
        "([a-z]{1,4}@)?\\PC{1,12}(\\.[a-z]{2})?",
        "(\\PC{0,6}@)?[\\u{2000}-\\u{33ff}\\u{fe00}-\\u{ffef}a-z.]{1,12}",
        any::<String>(),
    ]
}

fn harmless(
    text: &str,
    accept: fn(&str) -> Result<String, Error>,
    longest: usize,
) -> Result<(), TestCaseError> {
    let Ok(name) = accept(text) else { return Ok(()) };
    prop_assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
    prop_assert!(!name.contains(['\'', '"', '`', '\\', '%', ';', ',']), "{name:?}");
    prop_assert!(!name.bytes().any(|byte| byte.is_ascii_uppercase()), "{name:?}");
    prop_assert!(name.len() <= longest, "{name:?}");
    let host = name.rsplit('@').next().unwrap_or_default();
    prop_assert!(host.len() <= 253, "{name:?}");
    prop_assert!(host.split('.').all(|label| (1..=63).contains(&label.len())), "{name:?}");
    if let Some((local, _)) = name.split_once('@') {
        prop_assert!(local.len() <= 64, "{name:?}");
    }
    prop_assert_eq!(accept(&name).ok(), Some(name.clone()));
    Ok(())
}

#[track_caller]
fn refused(result: Result<String, Error>, text: &str, words: &str) {
    let message = match result {
        Ok(name) => panic!("{text:?} was taken, as {name:?}"),
        Err(error) => error.to_string(),
    };
    assert!(message.contains(words), "{words:?} is not in: {message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
}
