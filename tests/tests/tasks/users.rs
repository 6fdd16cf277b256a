//! `user …`

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;

use serde_json::Value;

use crate::site::{CONFIG, DATA, Site, UNKNOWN, texts};

const JOHN: &str = "john@example.org";
const OLD: &str = "Wolken-sieben-Reiter";
const OTHER: &str = "Nebel-fünf-Kutschen";
const NEW: &str = "Regen \"drei\" %u 'Pferde'; ☂";

pub(crate) fn tasks(servers: &Arc<Servers>, kind: Kind, tables: Tables) {
    let site = Site::as_it_was(servers, kind, tables);
    too_narrow(&site);
    without_transactions(&site);
    let site = Site::new(servers, kind, tables);

    site.does(&["user", "add", JOHN, "--dry-run"], &format!("{OLD}\n"));
    site.expect_unknown(JOHN);
    site.add_user("John@Example.ORG", OLD);
    site.expect_user(JOHN, OLD);
    site.expect_refused(JOHN, NEW);
    site.refuses(&["user", "add", JOHN], &format!("{OLD}\n"), DATA, "exists already");
    site.refuses(&["user", "add", "jane@example.com"], "", UNKNOWN, "domain add example.com");
    site.add_user("jane@example.org", OLD);
    let list = texts(&site.does(&["user", "list"], ""), "address");
    assert_eq!(sorted(list), ["jane@example.org", JOHN]);

    site.does(&["user", "passwd", JOHN], &format!("{NEW}\n"));
    site.expect_user(JOHN, NEW);
    site.expect_refused(JOHN, OLD);
    site.expect_user("jane@example.org", OLD);

    let disabled = &site.does(&["user", "disable", JOHN], "")[0];
    let by = match tables {
        Tables::Courier | Tables::PostfixAdmin => "flag",
        Tables::Ispmail | Tables::IspmailQuota | Tables::Etch => "lock",
    };
    assert_eq!(disabled["by"], by);
    site.expect_refused(JOHN, NEW);
    let shown = &site.does(&["user", "show", JOHN], "")[0];
    assert!(shown["enabled"] == false || shown["locked"] == true, "{shown}");
    site.does(&["user", "enable", JOHN], "");
    site.expect_user(JOHN, NEW);

    quota(&site);
    by_themselves(&site);
    imported(&site);

    site.does(&["alias", "add", "info@example.org", JOHN, "jane@example.org"], "");
    site.refuses(&["user", "rename", JOHN, "jane@example.org"], "", DATA, "exists already");
    let renamed = &site.does(&["user", "rename", JOHN, "johnny@example.org"], "")[0];
    assert_eq!(renamed["new"], "johnny@example.org");
    site.expect_unknown(JOHN);
    site.expect_user("johnny@example.org", NEW);
    assert_eq!(site.alias("info@example.org"), ["jane@example.org", "johnny@example.org"]);

    site.refuses(&["user", "remove", "johnny@example.org"], "", 64, "--yes");
    site.does(&["user", "remove", "johnny@example.org", "--yes"], "");
    site.expect_unknown("johnny@example.org");
    site.expect_user("jane@example.org", OLD);
    if tables == Tables::PostfixAdmin {
        assert_eq!(site.alias("johnny@example.org"), [""; 0], "its alias to itself is still there");
    }
}

/// What a hash has no room in is refused, not cut.
fn too_narrow(site: &Site) {
    if site.tables != Tables::Etch || site.database.kind == Kind::Sqlite {
        return;
    }
    let add = ["user", "add", JOHN];
    site.refuses(&add, &format!("{OLD}\n"), DATA, "password is too narrow");
    // A row of the old days goes on as it is, and cannot be locked where there is no room.
    let md5 = "14cbfb845af1f030e372b1cb9275e6dd";
    site.database.execute(&site.tables.add_user(site.database.kind, "john", md5));
    site.expect_user(JOHN, "summersun");
    site.refuses(&["user", "passwd", JOHN], &format!("{OLD}\n"), DATA, "password is too narrow");
    site.refuses(&["user", "disable", JOHN], "", DATA, "too narrow");
    site.expect_user(JOHN, "summersun");
}

/// What could not be undone is not tried.
fn without_transactions(site: &Site) {
    if (site.tables, site.database.kind) != (Tables::Courier, Kind::MariaDb) {
        return;
    }
    let add = ["user", "add", JOHN, "--dry-run"];
    let before = site.everything();
    let output = site.pw(&add, &format!("{OLD}\n"));
    assert!(output.code() != 0 && output.err().contains("InnoDB"), "{output:?}");
    assert_eq!(site.everything(), before);
    site.add_user(JOHN, OLD);
    site.expect_user(JOHN, OLD);
}

fn quota(site: &Site) {
    let set = ["user", "quota", JOHN, "5G"];
    if !matches!(site.tables, Tables::IspmailQuota | Tables::PostfixAdmin) {
        site.refuses(&set, "", CONFIG, "quota");
        return;
    }
    let rule = || {
        let user = site.dovecot.doveadm().user(JOHN).out();
        let rule =
            user.lines().find_map(|line| line.strip_prefix("quota_rule\t")).map(str::to_owned);
        rule.unwrap_or_default()
    };
    site.does(&set, "");
    assert_eq!(rule(), "*:bytes=5368709120");
    assert_eq!(site.does(&["user", "show", JOHN], "")[0]["quota"], 5_368_709_120_u64);
    site.does(&["user", "quota", JOHN, "none"], "");
    assert_eq!(rule(), "*:bytes=0");
    site.refuses(&["user", "quota", JOHN, "much"], "", 64, "much");
}

/// A user's own change of password, and what `doctor` says before and after.
fn by_themselves(site: &Site) {
    let layout = ["--layout", site.layout()];
    let passwd = |lines: &str| site.pw(&[&layout[..], &["passwd", JOHN]].concat(), lines);
    let wrong = passwd(&format!("{OLD}\n{OTHER}\n"));
    assert_eq!(wrong.code(), 1, "{wrong:?}");
    site.expect_user(JOHN, NEW);
    let done = passwd(&format!("{NEW}\n{OTHER}\n"));
    assert_eq!(done.code(), 0, "{done:?}");
    site.expect_user(JOHN, OTHER);
    site.expect_refused(JOHN, NEW);
    site.does(&["user", "passwd", JOHN], &format!("{NEW}\n"));

    let doctor = || {
        let arguments = [&layout[..], &["doctor", JOHN, "--json"]].concat();
        let said = site.pw(&arguments, "").out();
        let steps = said.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let wrong = steps.filter(|step| step["state"] == "fix").map(|step| step["step"].clone());
        // Files of a test are not as a configuration ought to be.
        wrong.filter(|step| step != "permissions").collect::<Vec<_>>()
    };
    assert_eq!(doctor(), Vec::<Value>::new());
    site.does(&["user", "disable", JOHN], "");
    assert_ne!(doctor(), Vec::<Value>::new(), "nothing is said of a disabled user");
    site.does(&["user", "enable", JOHN], "");
}

/// Those of a file are users like any other.
fn imported(site: &Site) {
    let file = format!("address,password\nann@example.org,{OLD}\nbob@example.com,{OTHER}\n");
    site.refuses(&["import", "--format", "csv"], &file, DATA, "line 3");
    site.expect_unknown("ann@example.org");
    site.does(&["import", "--add-domains"], &file);
    site.expect_user("ann@example.org", OLD);
    site.expect_user("bob@example.com", OTHER);
    let exported = site.pw(&["export", "--format", "ndjson", "--with-passwords"], "").out();
    site.does(&["domain", "remove", "example.com", "--yes"], "");
    site.does(&["user", "remove", "ann@example.org", "--yes"], "");
    site.does(&["import", "--skip-existing"], &exported);
    site.expect_user("ann@example.org", OLD);
    site.expect_user("bob@example.com", OTHER);
    site.expect_user(JOHN, NEW);
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}
