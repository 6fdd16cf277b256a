//! A stored password is replaced if it is the one that was checked, and only then.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ispmail_accounts::{Error, Swapped, UpgradeStatement, Upgrades, Values};
use ispmail_tests::database::{Kind, Servers};

use crate::fixture::{Fixture, JOHN, STORED, TIMEOUTS};

const NEW: &str =
    "{SHA256-CRYPT}$5$rounds=20000$uNxBAYs2brOoIIkB$9ZPPgelVimAU4tqEMWVrP4UxtINTzF.1/R96XDcsyd0";

pub(crate) fn swap(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let upgrades = fixture.upgrades();
    // It differs in letter case only, by a blank at the end only, or in everything.
    for other in
        ["{PLAIN}SummerSun", "{PLAIN}summersun ", " {PLAIN}summersun", "", "x", "{plain}summersun"]
    {
        set_stored(&fixture, other);
        assert_eq!(swap_john(&fixture, &upgrades, STORED).unwrap(), Swapped::Changed, "{other}");
        assert_eq!(fixture.stored(), other);
    }
    for old in [STORED, "{PLAIN}täglich '\\\"%u", "x "] {
        set_stored(&fixture, old);
        assert_eq!(swap_john(&fixture, &upgrades, old).unwrap(), Swapped::Done, "{old}");
        assert_eq!(fixture.stored(), NEW);
    }
    let nobody = swap_of(&fixture, &upgrades, "jane@example.org", STORED);
    assert_eq!(nobody.unwrap(), Swapped::Changed);
    fixture.database.execute("DELETE FROM virtual_users;");
    assert_eq!(swap_john(&fixture, &upgrades, NEW).unwrap(), Swapped::Changed);
}

/// Of several at once exactly one finds the value that it knows.
pub(crate) fn swaps_at_once(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let upgrades = Arc::new(fixture.upgrades());
    let others = Arc::new(fixture.upgrades());
    for _ in 0..10 {
        set_stored(&fixture, STORED);
        let tasks: Vec<_> = (0..6)
            .map(|number| {
                let upgrades = Arc::clone(if number % 2 == 0 { &upgrades } else { &others });
                fixture.runtime.spawn(async move {
                    let new = format!("{{PLAIN}}new{number}");
                    let values = Values::new(JOHN);
                    upgrades.swap(JOHN, &values, STORED.as_bytes(), new.as_bytes()).await
                })
            })
            .collect();
        let mut done = Vec::new();
        for (number, task) in tasks.into_iter().enumerate() {
            if fixture.runtime.block_on(task).expect("task").unwrap() == Swapped::Done {
                done.push(format!("{{PLAIN}}new{number}"));
            }
        }
        assert_eq!(done, [fixture.stored()]);
    }
}

/// A strict server says so, a lax one would cut the value without a word, even where there are no
/// transactions.
pub(crate) fn narrow_column(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let modes: &[&str] = if kind == Kind::MariaDb {
        fixture.database.execute("ALTER TABLE virtual_users MODIFY password varchar(32);");
        &[
            "SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES';",
            "SET GLOBAL sql_mode = '';",
            "ALTER TABLE virtual_users DROP CONSTRAINT virtual_users_ibfk_1;
             ALTER TABLE virtual_users ENGINE = MyISAM;",
        ]
    } else {
        fixture.database.execute("ALTER TABLE virtual_users ALTER password TYPE varchar(32);");
        &[""]
    };
    for mode in modes {
        fixture.database.execute(mode);
        // The modes of a connection are those that the server had when it was made.
        let upgrades = fixture.upgrades();
        let error = swap_john(&fixture, &upgrades, STORED).unwrap_err();
        assert!(matches!(error, Error::TooNarrow { column: "password" }), "{error}");
        assert_eq!(fixture.stored(), STORED, "{mode}");
    }
    if kind == Kind::MariaDb {
        fixture.database.execute("SET GLOBAL sql_mode = DEFAULT;");
    }
}

/// What is read back is not what was written.
pub(crate) fn column_that_cuts(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    fixture.database.execute(match kind {
        Kind::Sqlite => {
            "CREATE TRIGGER cut AFTER UPDATE ON virtual_users WHEN length(NEW.password) > 32 BEGIN
             UPDATE virtual_users SET password = substr(NEW.password, 1, 32) WHERE id = NEW.id; END;"
        }
        Kind::MariaDb => {
            "CREATE TRIGGER cut BEFORE UPDATE ON virtual_users FOR EACH ROW
             SET NEW.password = LEFT(NEW.password, 32);"
        }
        Kind::Postgres => {
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             NEW.password = left(NEW.password, 32); RETURN NEW; END $$;
             CREATE TRIGGER cut BEFORE UPDATE ON virtual_users FOR EACH ROW EXECUTE FUNCTION cut();"
        }
    });
    let upgrades = fixture.upgrades();
    for _ in 0..2 {
        let error = swap_john(&fixture, &upgrades, STORED).unwrap_err();
        assert!(matches!(error, Error::TooNarrow { column: "password" }), "{error}");
        assert_eq!(fixture.stored(), STORED);
    }
}

/// The account that only reads.
pub(crate) fn no_grant(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let upgrades = fixture.upgrades_by("mailuser");
    for _ in 0..2 {
        let error = swap_john(&fixture, &upgrades, STORED).unwrap_err();
        assert!(matches!(error, Error::Query { .. }), "{error}");
        assert!(error.to_string().contains("denied"), "{error}");
        assert!(!error.to_string().contains("summersun"), "{error}");
        assert_eq!(fixture.stored(), STORED);
    }
}

/// Somebody else's transaction holds the row for longer than a query may take.
pub(crate) fn locked_row(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let upgrades = fixture.upgrades();
    let lock = "UPDATE virtual_users SET password = '{PLAIN}other'";
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| {
            fixture.database.execute(&match kind {
                Kind::Sqlite => format!("BEGIN IMMEDIATE; {lock};\n.shell sleep 3\nCOMMIT;"),
                Kind::MariaDb => format!("BEGIN; {lock}; SELECT SLEEP(3); COMMIT;"),
                Kind::Postgres => format!("BEGIN; {lock}; SELECT pg_sleep(3); COMMIT;"),
            })
        });
        sleep(Duration::from_millis(700));
        let start = Instant::now();
        let error = swap_john(&fixture, &upgrades, STORED).unwrap_err();
        assert!(start.elapsed() < TIMEOUTS.query + Duration::from_millis(900), "{error}");
        holder.join().expect("holder");
    });
    // Nothing of the attempt comes after.
    sleep(Duration::from_millis(300));
    assert_eq!(fixture.stored(), "{PLAIN}other");
    assert_eq!(swap_john(&fixture, &upgrades, "{PLAIN}other").unwrap(), Swapped::Done);
}

pub(crate) fn no_primary(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let upgrades = fixture.upgrades();
    assert_eq!(swap_john(&fixture, &upgrades, "x").unwrap(), Swapped::Changed);
    fixture.database.set_running(false);
    for _ in 0..3 {
        let error = swap_john(&fixture, &upgrades, STORED).unwrap_err();
        assert!(error.is_temporary(), "{error}");
    }
    fixture.database.set_running(true);
    sleep(Duration::from_secs(2));
    assert_eq!(fixture.stored(), STORED);
    assert_eq!(swap_john(&fixture, &upgrades, STORED).unwrap(), Swapped::Done);
    // The connection is stale after this, and nobody was told.
    fixture.database.set_running(false);
    fixture.database.set_running(true);
    assert_eq!(swap_john(&fixture, &upgrades, STORED).unwrap(), Swapped::Changed);
}

pub(crate) fn own_statement(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    drop(fixture.upgrades());
    let upgrades = |update: &str| {
        let query = "SELECT password AS password_noscheme FROM virtual_users WHERE email = '%u'";
        let statement = UpgradeStatement::own(update, query, fixture.dialect()).unwrap();
        Upgrades::new(vec![fixture.endpoint_of("mailupgrade")], TIMEOUTS, statement)
    };
    let binary = if kind == Kind::MariaDb { "BINARY" } else { "" };
    let all = format!(
        "UPDATE virtual_users SET password = '%{{new_password}}' \
         WHERE {binary} password = '%{{old_password}}'"
    );
    fixture.database.add_user("jane@example.org", Some(STORED));
    let error = swap_john(&fixture, &upgrades(&all), STORED).unwrap_err();
    assert!(matches!(error, Error::SeveralRows(_)), "{error}");
    assert_eq!(fixture.stored(), STORED);
    let one = upgrades(&format!("{all} AND email = '%n@%d'"));
    assert_eq!(swap_john(&fixture, &one, STORED).unwrap(), Swapped::Done);
    assert_eq!(fixture.stored(), NEW);
}

fn swap_john(fixture: &Fixture, upgrades: &Upgrades, old: &str) -> Result<Swapped, Error> {
    swap_of(fixture, upgrades, JOHN, old)
}

fn swap_of(
    fixture: &Fixture,
    upgrades: &Upgrades,
    login: &str,
    old: &str,
) -> Result<Swapped, Error> {
    let values = Values::new(login).with("service", "imap");
    let swap = upgrades.swap(login, &values, old.as_bytes(), NEW.as_bytes());
    fixture.runtime.block_on(swap)
}

fn set_stored(fixture: &Fixture, stored: &str) {
    let literal = fixture.database.literal(stored);
    fixture.database.execute(&format!("UPDATE virtual_users SET password = {literal};"));
}
