use super::*;
use crate::config::tests::{Files, shown};

fn read(text: &str) -> (Files, Result<Database, String>) {
    let files = Files::new(&[("sql", text.as_bytes())]);
    let database = load(&files.path("sql"), &|_| None).map_err(|error| files.message(&error));
    (files, database)
}

#[test]
fn the_files_of_the_guides() {
    for (text, server, scheme, queries) in [
        (
            "# ISPmail\ndriver = mysql\n\nconnect = \\\n  host=127.0.0.1 \\\n  \
             dbname=mailserver \\\n  user=mailserver \\\n  password=first-secret\n\n\
             user_query = SELECT email as user, \\\n  concat('*:bytes=', quota) AS quota_rule, \\\n  \
             '/var/vmail/%d/%n' AS home, \\\n  5000 AS uid, 5000 AS gid \\\n  \
             FROM virtual_users WHERE email='%u'\n\n\
             password_query = SELECT password FROM virtual_users WHERE email='%u'\n\n\
             iterate_query = SELECT email AS user FROM virtual_users\n",
            "mysql mailserver:first-secret @ 127.0.0.1 3306 / mailserver Off",
            "sql MD5",
            [
                "sql:16 SELECT password FROM virtual_users WHERE email='%u'",
                "sql:10 SELECT email as user, concat('*:bytes=', quota) AS quota_rule, \
                 '/var/vmail/%d/%n' AS home, 5000 AS uid, 5000 AS gid \
                 FROM virtual_users WHERE email='%u'",
            ],
        ),
        (
            "driver = mysql\nconnect = host=127.0.0.1 dbname=mailserver user=mailuser password=second-secret\n\
             default_pass_scheme = SHA256-CRYPT\n\
             password_query = SELECT email as user, password FROM virtual_users WHERE email='%u';\n",
            "mysql mailuser:second-secret @ 127.0.0.1 3306 / mailserver Off",
            "sql:3 SHA256-CRYPT",
            ["sql:4 SELECT email as user, password FROM virtual_users WHERE email='%u'", "-"],
        ),
        (
            "driver = pgsql\nconnect = host=/var/run/postgresql dbname=mail user=dovecot\n\
             default_pass_scheme = PLAIN-MD5\n",
            "postgres dovecot @ /var/run/postgresql 5432 / mail Off",
            "sql:3 PLAIN-MD5",
            [
                "sql SELECT username, domain, password FROM users WHERE username = '%n' AND \
                 domain = '%d'",
                "-",
            ],
        ),
        (
            "connect = /etc/dovecot/authdb.sqlite\ndriver = sqlite\npassword_query = \\\n \
             SELECT userid AS username, domain, password \\\n \
             FROM users WHERE userid = '%n' AND domain = '%d'",
            "sqlite /etc/dovecot/authdb.sqlite",
            "sql MD5",
            [
                "sql:3 SELECT userid AS username, domain, password FROM users WHERE userid = \
                 '%n' AND domain = '%d'",
                "-",
            ],
        ),
    ] {
        let (files, database) = read(text);
        let database = database.unwrap_or_else(|error| panic!("{error}"));
        let with_place = |text: &Text| format!("{} {}", files.shown(&text.origin), text.text);
        assert_eq!(database.endpoints.iter().map(shown).collect::<Vec<_>>(), [server]);
        assert_eq!(with_place(&database.default_scheme), scheme);
        let Queries::Own { password, user, iterate, .. } = &database.queries else { panic!() };
        let optional = |text: &Option<Text>| text.as_ref().map_or("-".into(), with_place);
        let found = [with_place(password), optional(user)];
        // Blanks around a continuation stay, as in Dovecot; they mean nothing in SQL.
        let found = found.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(found, queries);
        assert_eq!(iterate.is_some(), text.contains("iterate_query"));
        assert!(database.not_used.is_empty());
    }
}

#[test]
fn what_is_not_used_is_named() {
    let (files, database) = read(
        "driver = pgsql\ndriver = sqlite\nconnect = /m\nupdate_query = UPDATE a\n\
         userdb_warning_disable = YES",
    );
    let database = database.ok().unwrap();
    let notes: Vec<_> = database.not_used.iter().map(|note| files.shown(note)).collect();
    let expected = [
        "sql:1: driver is not used: it is set again further on, and the last one counts",
        "sql:4: update_query is not used: Dovecot has it for one-time passwords, which are not \
         supported",
        "sql:5: userdb_warning_disable is not used: it only silences Dovecot",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn what_is_wrong() {
    for (text, expected) in [
        ("", "sql: driver is missing; expected driver = mysql, pgsql or sqlite"),
        ("driver = sqlite", "sql: connect is missing; expected connect = host=… dbname=…"),
        (
            "driver = cassandra\nconnect = a",
            "sql:1: driver: cassandra is not supported; expected mysql, pgsql or sqlite",
        ),
        ("driver = MySQL\nconnect = a", "sql:1: driver: expected mysql, pgsql or sqlite"),
        (
            "driver = mysql\nconect = a",
            "sql:2: unknown key; expected one of driver, connect, default_pass_scheme, \
             password_query, user_query, iterate_query, update_query, userdb_warning_disable",
        ),
        (
            "driver = mysql\nconnect = host=a dbname=b\n  user=c password=d",
            "sql:3: unknown key, but a word of connect; expected it in connect, where a line \
             goes on in the next only after a backslash",
        ),
        (
            "sql_driver = mysql",
            "sql:1: a key of Dovecot 2.4; expected a file of Dovecot 2.3's (driver = …, \
             connect = …)",
        ),
        (
            "driver = sqlite\nconnect = /m\nuserdb_warning_disable = true",
            "sql:3: userdb_warning_disable: expected yes or no",
        ),
        (
            "driver = sqlite\nconnect = /m\n\npassword_query =",
            "sql:4: password_query: empty; expected a query",
        ),
        (
            "driver = sqlite\nconnect = /m\nuser_query = \\\n SELECT a \\\n WHERE b = ‘%u’",
            "sql:3: user_query: a typographic quote (‘), as web pages put it; expected plain \
             quotes (' or \")",
        ),
    ] {
        assert_eq!(read(text).1.err().as_deref(), Some(expected), "{text}");
    }
}
