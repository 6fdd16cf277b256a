//! Which names are taken, and whom they mean.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::run;

use crate::pw::{DATA, NO_USER, Pw, USAGE, add_user};

/// No mail addresses, or none that could be a login and a directory everywhere.
const BAD_ADDRESSES: &[&str] = &[
    "",
    "john",
    "@",
    "@example.org",
    "john@",
    "john@@example.org",
    "john@jane@example.org",
    "john doe@example.org",
    " john@example.org",
    "john@example.org ",
    "john@example.org\n",
    "john\t@example.org",
    "'john'@example.org",
    "\"john\"@example.org",
    "‘john’@example.org",
    "“john”@example.org",
    "jo`hn@example.org",
    "jo%n@example.org",
    "%u@example.org",
    "john;@example.org",
    "john@example.org;",
    "john@example.org; DROP TABLE virtual_users; --",
    "' OR '1'='1",
    "john\\@example.org",
    "jöhn@example.org",
    "john@xn--a.example",
    "john@example.org.",
    "john@.example.org",
    "john@example..org",
    "john@-example.org",
    "john@example-.org",
    "john@example_org",
    "john@[127.0.0.1]",
    "🙂@example.org",
    "john@🙂.example",
    "../john@example.org",
    "a/b@example.org",
    ".john@example.org",
    "john.@example.org",
    "jo..hn@example.org",
    "john,jane@example.org",
    "<john@example.org>",
    "John <john@example.org>",
    "{PLAIN}@example.org",
    "jo\u{200b}hn@example.org",
    "\u{202e}john@example.org",
    "\u{1b}[2J@example.org",
    // Postfix refuses it (allow_min_user), and programs take it for an option.
    "-john@example.org",
];

const BAD_DOMAINS: &[&str] = &[
    "",
    ".",
    "@",
    "@example.com",
    "john@example.com",
    "example .com",
    "example.com ",
    "example.com\n",
    "'example'.com",
    "“example”.com",
    "example%.com",
    "%d",
    "example;.com",
    "xn--a.example",
    "🙂.example",
    "example_.com",
    "-example.com",
    "example-.com",
    "example..com",
    ".example.com",
    "example.com.",
    "../etc",
    "a/b.example",
    "*.example.com",
    "[127.0.0.1]",
];

pub(crate) fn bad_names(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let too_long = [
        format!("{}@example.org", "a".repeat(65)),
        format!("john@{}.example.org", "a".repeat(64)),
        format!("{}@example.org", "a".repeat(10_000)),
    ];
    for &address in BAD_ADDRESSES.iter().chain(&too_long.each_ref().map(String::as_str)) {
        let arguments = ["user", "add", "--", address];
        pw.refuses(&arguments, "summersun\n", DATA, "is not a mail address such as");
        // Said without a password too.
        pw.refuses(&arguments, "", DATA, "is not a mail address such as");
    }
    for (address, why) in [
        ("john+x@example.org", "which Dovecot takes in no login"),
        ("“john”@example.org", "a typographic quotation mark"),
        ("john", "it has no @"),
        ("john@exam ple.org", "U+0020, a blank"),
    ] {
        pw.refuses(&["user", "add", address], "summersun\n", DATA, why);
    }
    let too_long = [format!("{}.example", "a".repeat(64)), "a.".repeat(126) + "bc"];
    for &domain in BAD_DOMAINS.iter().chain(&too_long.each_ref().map(String::as_str)) {
        pw.refuses(&["domain", "add", "--", domain], "", DATA, "is not a domain name such as");
    }

    let mut command = pw.command(&["user", "add"]);
    command.arg(OsStr::from_bytes(b"j\xf6hn@example.org"));
    let before = pw.everything();
    let output = run(&mut command, b"summersun\n");
    assert_eq!(output.code(), USAGE, "not text: {output:?}");
    assert_eq!(pw.everything(), before);
}

/// Names are lower-cased, as Dovecot lower-cases logins, in every database.
pub(crate) fn letter_case(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.does(&["domain", "add", "Example.COM"], "");
    let printed = pw.does(&["user", "add", "John.Doe@EXAMPLE.com"], "summersun\n");
    assert_eq!(printed, "Added the user john.doe@example.com.\n");
    assert!(pw.signs_in("JOHN.Doe@example.com", "summersun"));
    assert!(!pw.signs_in("john.doe@example.com", "Summersun"));

    let printed = pw.does(&["user", "passwd", "JOHN.DOE@Example.Com"], "wintermoon\n");
    assert!(printed.starts_with("Changed the password of john.doe@example.com.\n"), "{printed}");
    assert!(pw.signs_in("john.doe@example.com", "wintermoon"));
    let printed = pw.does(&["user", "remove", "-y", "John.Doe@example.com"], "");
    assert!(printed.starts_with("Removed the user john.doe@example.com."), "{printed}");
    assert_eq!(pw.column("email", "virtual_users"), [""; 0]);
}

/// Internationalised domains are in the tables as the mail servers ask for them.
pub(crate) fn internationalised(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let printed = pw.does(&["domain", "add", "Bücher.example"], "");
    assert_eq!(printed, "Added the domain xn--bcher-kva.example.\n");
    let again = ["domain", "add", "xn--BCHER-kva.example"];
    pw.refuses(&again, "", DATA, "xn--bcher-kva.example exists already");
    let printed = pw.does(&["user", "add", "John@BÜCHER.example"], "summersun\n");
    assert_eq!(printed, "Added the user john@xn--bcher-kva.example.\n");
    assert!(pw.signs_in("john@xn--bcher-kva.example", "summersun"));

    // Either way of writing it means the same domain everywhere.
    for domain in ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"] {
        let john = format!("John@{domain}");
        let shown = pw.does(&["user", "show", &john], "");
        assert!(shown.starts_with("address: john@xn--bcher-kva.example\n"), "{shown}");
        let listed = pw.does(&["user", "list", domain], "");
        assert_eq!(listed, "john@xn--bcher-kva.example\n");
        pw.does(&["user", "passwd", &john], "wintermoon\n");
        pw.does(&["passwd", &john], "wintermoon\nsummersun\n");
        pw.does(&["user", "disable", &john], "");
        pw.does(&["user", "enable", &john], "");
        let shown = pw.does(&["domain", "show", domain], "");
        assert!(shown.starts_with("domain: xn--bcher-kva.example\n"), "{shown}");
    }
    pw.does(&["user", "rename", "john@Bücher.example", "jack@bücher.example"], "");
    pw.does(&["domain", "rename", "bücher.example", "größe.example"], "");
    assert_eq!(pw.does(&["user", "list"], ""), "jack@xn--gre-6ka8i.example\n");
    pw.does(&["user", "remove", "-y", "jack@größe.example"], "");
    pw.does(&["domain", "remove", "-y", "größe.example"], "");
    assert_eq!(pw.does(&["domain", "list"], ""), "example.org\n");
}

/// MariaDB takes these for equal to a name that is there. They are somebody else's, or nobody's.
pub(crate) fn look_alikes(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    for other in ["jöhn@example.org", "john@example.org ", "JÓHN@example.org", "john@exämple.org"]
    {
        pw.refuses(&["user", "passwd", other], "wintermoon\n", NO_USER, "there is no user");
        pw.refuses(&["user", "remove", "-y", other], "", NO_USER, "there is no user");
    }
    assert!(pw.signs_in("john@example.org", "john@example.org"));
}

/// Rows that were typed by hand, or came from elsewhere, can be managed by their exact name.
pub(crate) fn handmade_names(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let names = ["John+x@example.org", "o'neill@example.org", "jo%n@example.org", "mail-admin"];
    let old = Some("{PLAIN}summersun");
    pw.database.add_users(names.iter().map(|&name| (name, old)));
    for name in names {
        let printed = pw.does(&["user", "passwd", name], "wintermoon\n");
        let expected = format!("Changed the password of {name}.\n");
        assert!(printed.starts_with(&expected), "{printed}");
        assert!(pw.stored(name).starts_with("{SHA256-CRYPT}$5$"), "{name}");
        pw.does(&["user", "remove", "--yes", name], "");
        assert!(!pw.column("email", "virtual_users").contains(&name.to_owned()));
    }
    assert_eq!(pw.column("email", "virtual_users"), [""; 0]);
}
