//! An administrator's own queries and connections.

use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, CouldNotCheck, Refused};
use ispmail_tests::database::{DATABASE_PASSWORD, Database, Kind, Layout, Servers};
use ispmail_tests::process::free_port;

use crate::mail::{Mail, Userdb, dovecot_sql};

const JOHN: &str = "john@example.org";

/// A `password_query` that prefetches the userdb from columns of its own, and a `user_query`.
pub(crate) fn own_queries(servers: &Arc<Servers>, kind: Kind) {
    for userdb in [Userdb::Prefetch, Userdb::Checkpassword] {
        let database = database_with_john(servers, kind);
        let (home, quota) = match kind {
            // ANSI mode is off in MariaDB: || would be a logical or.
            Kind::MariaDb => ("CONCAT('%HOMES%/', email)", "CONCAT('*:bytes=', 1000)"),
            Kind::Sqlite | Kind::Postgres => ("'%HOMES%/' || email", "'*:bytes=' || 1000"),
        };
        let text = format!(
            "# Comments, continued lines and a closing semicolon are all out there.\n\
             {}\
             default_pass_scheme = SHA256-CRYPT\n\
             password_query = SELECT email AS user, password, \\\n  \
               '%HOMES%/%d/%n' AS userdb_home, \\\n  \
               5000 AS userdb_uid, 5000 AS userdb_gid, {quota} AS userdb_quota_rule \\\n  \
               FROM virtual_users WHERE email = '%u';\n\
             user_query = SELECT {home} AS home, 5001 AS uid, 5002 AS gid, \\\n  \
               {quota} AS quota_rule FROM virtual_users WHERE email = '%n@%d'\n\
             iterate_query = SELECT email AS user FROM virtual_users\n",
            database.dovecot_connect()
        );
        let mail = Mail::start_with_dovecot_sql(servers, database, &text, userdb);
        mail.expect(JOHN, "start123", Accepted);
        mail.expect(JOHN, "wintermoon", Refused);
        match userdb {
            Userdb::Prefetch => mail.expect_mailbox(JOHN, "start123"),
            Userdb::Checkpassword => {
                let found = mail.dovecot.doveadm().user(JOHN).out();
                let by_login = mail.home(JOHN).replace("/example.org/john", "/john@example.org");
                let home = format!("home\t{by_login}");
                for field in ["uid\t5001", "gid\t5002", "quota_rule\t*:bytes=1000", &home] {
                    assert!(
                        found.contains(field),
                        "no {field} in:\n{found}\n{}",
                        mail.dovecot.log()
                    );
                }
                assert_eq!(mail.dovecot.doveadm().user("nobody@example.org").code(), 67);
            }
        }
    }
}

/// The first host of the list is dead: the second answers.
pub(crate) fn several_hosts(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with_john(servers, kind);
    // Nothing listens on 127.0.0.2: both servers are bound to 127.0.0.1.
    let connect = database.dovecot_connect_to("host=127.0.0.2 host=127.0.0.1");
    let text =
        dovecot_sql(&database, "SHA256-CRYPT").replace(&database.dovecot_connect(), &connect);
    let mail = Mail::start_with_dovecot_sql(servers, database, &text, Userdb::Prefetch);
    for _ in 0..5 {
        mail.expect(JOHN, "start123", Accepted);
    }
    mail.expect(JOHN, "wintermoon", Refused);
    mail.database.set_running(false);
    mail.expect(JOHN, "start123", CouldNotCheck);
    mail.database.set_running(true);
    mail.expect(JOHN, "start123", Accepted);
}

/// The account that writes comes in over the UNIX socket.
pub(crate) fn over_socket(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with_john(servers, kind);
    let toml = database.toml_over_socket();
    let mail = Mail::start_with_toml(servers, database, &toml, Userdb::Checkpassword, "");
    mail.expect(JOHN, "start123", Accepted);
    mail.expect(JOHN, "wintermoon", Refused);
    mail.expect_mailbox(JOHN, "start123");
}

/// The database turns us away: nobody's password is wrong.
pub(crate) fn wrong_database_password(servers: &Arc<Servers>, kind: Kind) {
    let nobody_listens = free_port();
    let database = database_with_john(servers, kind);
    let good = database.toml();
    let port =
        good.split("127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next()).expect("port");
    for toml in [
        good.replace(DATABASE_PASSWORD, "wrong"),
        good.replace("mailuser@", "nobody@"),
        good.replace(&format!(":{port}/"), &format!(":{nobody_listens}/")),
    ] {
        let database = database_with_john(servers, kind);
        let mail = Mail::start_with_toml(servers, database, &toml, Userdb::Prefetch, "");
        mail.expect(JOHN, "start123", CouldNotCheck);
        let log = mail.dovecot.log();
        assert!(!log.contains(DATABASE_PASSWORD), "the database password is in the log:\n{log}");
    }
}

fn database_with_john(servers: &Arc<Servers>, kind: Kind) -> Database {
    let database = Database::create(servers, kind, Layout::default());
    let crypt = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
    database.add_user(JOHN, Some(crypt));
    database
}
