//! What `ispmail-pw check` says of tables as they should be.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{DATABASE_PASSWORD, Database, Kind, Servers};
use ispmail_tests::layouts::Tables;
use ispmail_tests::process::{Output, run};
use ispmail_tests::scratch::write_configuration;

use crate::design::Design;
use crate::site::configuration;

/// `ispmail-pw` with a configuration of its own.
pub(crate) struct Pw {
    program: PathBuf,
    configuration: PathBuf,
}

impl Pw {
    pub(crate) fn new(servers: &Arc<Servers>, toml: &str) -> Self {
        let number = servers.next_number();
        let configuration = servers.scratch().path().join(format!("pw{number}.toml"));
        write_configuration(&configuration, toml);
        Self { program: install(servers.scratch(), PW), configuration }
    }

    pub(crate) fn configure(&self, toml: &str) {
        write_configuration(&self.configuration, toml);
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        let output = run(command.arg("--config").arg(&self.configuration).args(arguments), b"");
        assert!(!output.out().contains(DATABASE_PASSWORD), "{output:?}");
        output
    }

    /// What `check` prints, which must say so by its exit code, too.
    #[track_caller]
    pub(crate) fn check(&self) -> String {
        let output = self.run(&["check"]);
        let to_do = output.out().lines().any(|line| line.starts_with("FIX"));
        assert_eq!(output.code(), i32::from(to_do), "{output:?}");
        output.out()
    }

    /// A line of `check` that begins with this word and has these words.
    #[track_caller]
    pub(crate) fn expect(&self, kind: &str, words: &str) -> String {
        let text = self.check();
        let found = text.lines().find(|line| line.starts_with(kind) && line.contains(words));
        found.unwrap_or_else(|| panic!("no {kind} line with {words:?} in\n{text}")).to_owned()
    }
}

/// A configuration that names no layout.
pub(crate) fn without_layout(database: &Database) -> String {
    let toml = database.toml();
    let (_, rest) = toml.split_once('\n').expect("default_scheme");
    rest.to_owned()
}

pub(crate) fn well(servers: &Arc<Servers>, kind: Kind, design: Design) {
    let database = design.database(servers, kind, "/var/vmail");
    if kind == Kind::Sqlite {
        ispmail_tests::database::make_readable_for_dovecot(&database.file());
    }
    let pw = Pw::new(servers, &configuration(&database, design, "/var/vmail", false));
    let text = pw.check();
    // Its column is as narrow as in the guide, and its Courier tables are MyISAM's.
    let narrow = design == Design::Of(Tables::Etch) && kind != Kind::Sqlite;
    let fixes = text.lines().filter(|line| line.starts_with("FIX")).collect::<Vec<_>>();
    assert_eq!(fixes.len(), usize::from(narrow), "{text}");
    assert!(!narrow || fixes[0].contains("password has 32 characters"), "{text}");
    assert_eq!(
        text.contains("knows no transactions"),
        design.is_courier() && kind == Kind::MariaDb,
        "{text}"
    );
    assert!(!text.contains("UNIQUE"), "{text}");
    assert!(text.contains("users are locked: locked@example.org"), "{text}");
    assert!(text.contains("ok    the password query runs\n"), "{text}");
    assert!(text.contains("ok    the iterate query runs\n"), "{text}");
    let Some(layout) = design.layout() else { return };
    let line = format!("(layout {layout})\n");
    assert!(
        text.lines().any(|words| words.starts_with("ok    the tables are those of")
            && words.ends_with(line.trim_end())),
        "{text}"
    );

    // Recognised where nothing is said, and what to do about it.
    pw.configure(&without_layout(&database));
    if layout == "ispmail" {
        assert!(!pw.check().contains("FIX"));
        return;
    }
    let fix = format!("sign-ins go by the layout ispmail: write layout = \"{layout}\"");
    pw.expect("FIX", &fix);
    pw.configure(&format!("layout = \"{layout}\"\n{}", without_layout(&database)));
    assert!(!pw.check().contains("sign-ins go by"));
}
