//! No message holds what a file holds.

use super::*;

/// What must never come out again.
const SECRET: &str = "s3cr3t-marker";

#[test]
fn no_message_holds_a_secret() {
    let mut refused = 0;
    let mut check = |text: &str, source: fn(PathBuf) -> Source| {
        let files = Files::new(&[("file", text.replace("SECRET", SECRET).as_bytes())]);
        match load(&files, source) {
            Ok(config) => {
                for note in &config.not_used {
                    assert!(!note.to_string().contains(SECRET), "{text}: {note}");
                }
            }
            Err(error) => {
                refused += 1;
                for shown in [files.message(&error), format!("{error:?}")] {
                    for part in [SECRET, "s3cr3t", "marker"] {
                        assert!(!shown.contains(part), "{text}: {shown}");
                    }
                }
            }
        }
    };
    for text in TOML {
        check(text, Source::Toml);
    }
    for text in DOVECOT {
        for driver in ["mysql", "pgsql", "sqlite"] {
            check(&format!("driver = {driver}\n{text}"), Source::DovecotSql);
        }
    }
    assert!(refused > TOML.len() + DOVECOT.len(), "{refused}");
}

/// Our own files, each wrong near the secret.
const TOML: &[&str] = &[
    "[database]\nurl = \"mysql://u:SECRET@h:port/d\"",
    "[database]\nurl = \"mysql://u:SECRET@h\"",
    "[database]\nurl = \"mysql://u:SECRET@h/d?SECRET=1\"",
    "[database]\nurl = \"mysql://u:SECRET@h/d?ssl-mode=SECRET\"",
    "[database]\nurl = \"mysql://u:SECRET@h/d?ssl-ca=SECRET\"",
    "[database]\nurl = \"mysql://u:a/SECRET@h/d\"",
    "[database]\nurl = \"mysql://u:a#SECRET@h/d\"",
    "[database]\nurl = \"mysql://u:a SECRET@h/d\"",
    "[database]\nurl = \"mysql://u:%SECRET@h/d\"",
    "[database]\nurl = \"mysql://u:a@SECRET@h/d\"",
    "[database]\nurl = \"mysql://u:1?SECRET@h/d\"",
    "[database]\nurl = \"SECRET\"",
    "[database]\nurl = \"SECRET://u:SECRET@h/d\"",
    "[database]\nurl = \"sqlite:SECRET\"",
    "[database]\nurl = [\"mysql://u:SECRET@h/d\"]",
    "[database]\nurl = { password = \"SECRET\" }",
    "[database]\nurls = \"SECRET\"",
    "[database]\nurls = [\"mysql://u:SECRET@h/d\", 1]",
    "[database]\nurls = [\"mysql://u:SECRET@h/d\", \"postgres://u:SECRET@h/d\"]",
    "[database]\nurls = [\"mysql://u:SECRET@h/d\", \"SECRET\"]",
    "[database]\nurl = \"mysql://u:SECRET@h/d\"\npassword = \"SECRET\"",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = [\"SECRET\"]",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = { a = \"SECRET\" }",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = SECRET",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = \"SECRET",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = 'SECRET",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = \"\"\"SECRET",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = \"a\" SECRET",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = \"a\"SECRET\"",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = \"\\SECRET\"",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = \"\\uSECRET\"",
    "[database]\nurl = \"mysql://u@h/d\"\npassword = \"SECRET\"\npassword = \"SECRET\"",
    "[database]\nurl = \"mysql://u@h/d\"\npassword\nSECRET = \"SECRET\"",
    "[database]\nurl = \"mysql://u@h/d\"\nSECRET = \"SECRET\"",
    "[database]\nurl = \"mysql://u@h/d\"\nSECRET = 1\nSECRET = 2",
    "[database]\nurl = \"mysql://u@h/d\"\nSECRET",
    "[database]\nurl = \"mysql://u@h/d\"\n\"SECRET",
    "[database]\nurl = \"mysql://u@h/d\"\n[SECRET]\na = 1",
    "[database]\nurl = \"mysql://u@h/d\"\n[SECRET",
    "[database]\nurl = \"mysql://u@h/d\"\nconnect_timeout = \"SECRET\"",
    "database = \"SECRET\"",
    "dovecot_sql = [\"SECRET\"]",
    "dovecot_sql = \"SECRET\"",
    "default_scheme = { SECRET = \"SECRET\" }",
    "SECRET = \"SECRET\"",
    "SECRET",
    "[database]\nurl = \"mysql://u:SECRET@h/d\"\n[query]\npassword = 5",
    "[database]\nurl = \"mysql://u:SECRET@h/d\"\n[query]\npassword = \"‘SECRET’\"",
    "[database]\nurl = \"mysql://u:SECRET@h/d\"\n[account]\nhome = \"SECRET\"",
    "[database]\nurl = \"mysql://u:SECRET@h/d\"\n[account]\nuid = \"SECRET\"",
    "[database]\nurl = \"mysql://u:SECRET@h/d\"\n[login]\nlowercase = \"SECRET\"",
    "[database]\nurl = \"mysql://u:SECRET@h/d\"\n[policy]\nrounds = \"SECRET\"",
];

/// Files of Dovecot's, each wrong near the secret for some driver.
const DOVECOT: &[&str] = &[
    "connect = SECRET",
    "connect = host=h user=u dbname=d password=a SECRET",
    "connect = host=h user=u dbname=d password=a SECRET=b",
    "connect = host=h user=u dbname=d pass=SECRET",
    "connect = host=h user=u dbname=d password SECRET",
    "connect = host=h user=u dbname=d password = SECRET",
    "connect = host=h user=u dbname=d password='SECRET",
    "connect = host=h user=u dbname=d password='a'SECRET",
    "connect = host=h user=u dbname=d password='a' 'SECRET",
    "connect = host=h user=u password=SECRET port=SECRET",
    "connect = host=SECRET: user=u dbname=d password=SECRET",
    "connect = host=h user=u dbname=d password=SECRET sslmode=SECRET ssl_ca=SECRET",
    "connect = host=h user=u dbname=d password=SECRET ssl_verify_server_cert=SECRET",
    "connect = host=h user=u dbname=d password=SECRET read_timeout=SECRET sslcert=SECRET",
    "connect = host=h user=u dbname=d password=SECRET ssl_ca_path=/SECRET options=role",
    "connect = user=u dbname=d maxconns=SECRET service=SECRET",
    "connect = postgres://u:SECRET@h:SECRET/d",
    "connect = postgres://u:SECRET@h/d?SECRET=SECRET",
    "connect = host=h \\\n user=u \\\n password=SECRET\\",
    "connect = host=h user=u\n password=SECRET",
    "connect = host=h user=u\n SECRET",
    "connect = host=h user=u password=\nSECRET = a",
    "connect = host=h user=u password=$ENV:SECRET",
    "connect = $ENV:SECRET",
    "SECRET = a",
    "SECRET {",
    "!include SECRET*",
    "connect = a\nuserdb_warning_disable = SECRET",
    "driver = SECRET\nconnect = password=SECRET",
    "connect = host=h user=u dbname=d password=SECRET\npassword_query = ‘SECRET’",
    "connect = host=h user=u dbname=d password=\"SECRET\nx",
];
