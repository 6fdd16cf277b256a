//! Stored passwords of older days give way at sign-in, where the column has room.

use std::sync::Arc;

use ispmail_tests::auth_client::Decision::Accepted;
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;

use crate::design::{Design, GOOD, OLD};
use crate::site::Site;

pub(crate) fn upgrades(servers: &Arc<Servers>, kind: Kind, design: Design) {
    let site = Site::start(servers, kind, design);
    let sign_in = || {
        let decision = site.daemon.auth().plain(OLD.as_bytes(), GOOD.as_bytes()).decision();
        assert_eq!(decision, Accepted, "{}", site.daemon.log());
    };
    let old = site.stored(OLD);
    // An SQLite file takes any length.
    if design == Design::Of(Tables::Etch) && kind != Kind::Sqlite {
        sign_in();
        site.daemon.wait_for_log("the column password is too narrow for the new value", 1);
        assert_eq!(site.stored(OLD), old);
        site.database.execute(match kind {
            // PostgreSQL changes no column that a view has.
            Kind::Postgres => {
                "DROP VIEW view_users; ALTER TABLE virtual_users ALTER password TYPE varchar(150);"
            }
            _ => "ALTER TABLE virtual_users MODIFY password varchar(150);",
        });
    }
    sign_in();
    site.daemon.wait_for_log("stored password upgraded", 1);
    let new = site.stored(OLD);
    // A bare value stays bare where the default scheme can read it.
    let prefix = match design {
        Design::Of(Tables::Ispmail | Tables::IspmailQuota | Tables::Etch) => "{SHA256-CRYPT}",
        _ => "",
    };
    assert!(new.starts_with(&format!("{prefix}$5$rounds=2000$")), "{old} became {new}");
    sign_in();
    assert_eq!(site.stored(OLD), new);
}
