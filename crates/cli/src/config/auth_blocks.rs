//! The configuration itself.

use std::path::{Path, PathBuf};

use ispmail_auth::config::{Config, Daemon, Queries, Source};

use super::Wanted;
use super::dovecot_sql_24::OwnSql;
use super::report::Summary;
use super::text::Text;
use crate::arguments::{DovecotVersion, Through};

/// All of it. Without `accounts` nothing is known of them.
pub(super) fn print(wanted: &Wanted, config: &Config, accounts: Option<&Summary>) -> String {
    let mut text = Text::default();
    purpose(&mut text, wanted);
    place(&mut text);
    needs(&mut text, wanted, config);
    if wanted.through != Through::Database {
        daemon(&mut text, wanted, config);
    }
    mechanisms(&mut text, accounts);
    upgrades(&mut text, wanted, config);
    text.gap();
    text.settings(&blocks(wanted, config));
    if wanted.version == DovecotVersion::V24 {
        way_back(&mut text, config, accounts);
    }
    text.into_string()
}

/// `passdb checkpassword` of Dovecot 2.3 with these arguments, and the userdb that goes with it.
pub(crate) fn checkpassword_blocks(arguments: &str) -> String {
    format!(
        "passdb {{\n  driver = checkpassword\n  args = {arguments}\n}}\n\
         userdb {{\n  driver = prefetch\n}}\n\
         userdb {{\n  driver = checkpassword\n  args = {arguments}\n}}\n"
    )
}

fn blocks(wanted: &Wanted, config: &Config) -> String {
    let Wanted { version, through, source, lua_file, checkpassword } = wanted;
    match (through, version) {
        (Through::Lua, DovecotVersion::V23) => format!(
            "passdb {{\n  driver = lua\n  args = file={lua_file}\n}}\n\
             userdb {{\n  driver = prefetch\n}}\n\
             userdb {{\n  driver = lua\n  args = file={lua_file}\n}}\n\
             service auth-worker {{\n  user = $default_internal_user\n}}\n"
        ),
        (Through::Lua, DovecotVersion::V24) => format!(
            "passdb lua {{\n  lua_file = {lua_file}\n}}\n\
             userdb prefetch {{\n}}\n\
             userdb lua {{\n  lua_file = {lua_file}\n}}\n\
             service auth-worker {{\n  user = $SET:default_internal_user\n}}\n"
        ),
        (Through::Checkpassword, _) => {
            let (client, master) = (&config.daemon.client.path, &config.daemon.master.path);
            let mut arguments = format!("{checkpassword} --daemon {}", client.display());
            if *master != client.with_file_name(BESIDE_CLIENT) {
                arguments.extend([" --master ", &master.display().to_string()]);
            }
            checkpassword_blocks(&arguments)
        }
        (Through::Database, _) => {
            checkpassword_blocks(&format!("{checkpassword} {}", option(source)))
        }
    }
}

/// The option that names the configuration.
fn option(source: &Source) -> String {
    let name = match source {
        Source::Toml(_) => "--config",
        Source::DovecotSql(_) => "--dovecot-sql",
    };
    format!("{name} {}", source.path().display())
}

fn purpose(text: &mut Text, wanted: &Wanted) {
    let version = match wanted.version {
        DovecotVersion::V23 => "2.3",
        DovecotVersion::V24 => "2.4",
    };
    let way = match wanted.through {
        Through::Lua => "through ispmail-authd, by its passdb lua",
        Through::Checkpassword => "through ispmail-authd, by its passdb checkpassword",
        Through::Database => "by its passdb checkpassword, without a daemon",
    };
    text.comment(format_args!("Dovecot {version} signs in {way}. Made by ispmail-pw config."));
    text.paragraph();
}

fn place(text: &mut Text) {
    text.comment(
        "Put it in place of every passdb and userdb block that is there (driver = sql and \
         static), or they are asked as well. On Debian this can be all of the file",
    );
    text.example("/etc/dovecot/conf.d/auth-sql.conf.ext");
    text.comment("if 10-auth.conf beside it includes it, and not the users of this machine:");
    text.example("#!include auth-system.conf.ext");
    text.example("!include auth-sql.conf.ext");
    text.comment("Look at the result with doveconf -n, then:");
    text.example("doveadm reload");
    text.paragraph();
}

fn needs(text: &mut Text, wanted: &Wanted, config: &Config) {
    match wanted.through {
        Through::Lua => {
            text.comment("Dovecot needs its Lua:");
            text.example("apt-get install dovecot-auth-lua");
            text.comment(format_args!(
                "and two files that come with ispmail-pw: the script {}, and ispmail.so where Lua \
                 looks for it (/usr/local/lib/lua/5.4). User dovecot has to be able to read them, \
                 and nobody but root to change them.",
                wanted.lua_file
            ));
            if wanted.version == DovecotVersion::V24 {
                text.comment(
                    "Dovecot 2.4 reads the script along with its configuration, so it comes first.",
                );
            }
        }
        Through::Checkpassword => {}
        Through::Database => {
            text.comment(
                "The program runs as user dovecot, who must be able to read its configuration. \
                 Nobody else should:",
            );
            let file = wanted.source.path();
            let others = config.sources.iter().skip(1).map(PathBuf::as_path);
            for file in [file].into_iter().chain(others) {
                text.example(format_args!("chgrp dovecot {0}; chmod 0640 {0}", file.display()));
            }
        }
    }
    if wanted.through != Through::Lua {
        text.comment(
            "checkpassword cannot list the users: doveadm user '*' and doveadm … -A find nobody. \
             --through lua can.",
        );
    }
    text.paragraph();
}

fn daemon(text: &mut Text, wanted: &Wanted, config: &Config) {
    let file = wanted.source.path().display();
    text.comment("The daemon has to run:");
    text.example("systemctl enable --now ispmail-authd");
    match &wanted.source {
        Source::Toml(path) if path.as_os_str() == STANDARD => {
            text.comment(format_args!("It reads {file} without being told. {}", queries(config)));
        }
        Source::Toml(_) => text.comment(format_args!(
            "It has to be started with --config {file}. {}",
            queries(config)
        )),
        Source::DovecotSql(_) => {
            text.comment(format_args!(
                "It finds the accounts by {file}. {} It has to be started with --dovecot-sql \
                 {file}; or as systemd starts it, with this line in {STANDARD}:",
                queries(config)
            ));
            text.example(format_args!("dovecot_sql = \"{file}\""));
        }
    }
    if let Some((client, master)) = other_sockets(config) {
        text.comment(
            "It does not listen at its usual sockets. If systemd opens them, that has to know \
             (systemctl edit ispmail-authd.socket).",
        );
        if wanted.through == Through::Lua {
            text.comment(format_args!("Among the settings of {} has to stand:", wanted.lua_file));
            text.example(format_args!("client_socket = \"{}\",", client.display()));
            text.example(format_args!("master_socket = \"{}\",", master.display()));
        }
    }
    text.paragraph();
}

/// The daemon's sockets, if they are not the usual ones.
fn other_sockets(config: &Config) -> Option<(&Path, &Path)> {
    let (client, master) = (&config.daemon.client.path, &config.daemon.master.path);
    let usual = Daemon::default();
    let is_usual = (client, master) == (&usual.client.path, &usual.master.path);
    (!is_usual).then_some((client, master))
}

fn queries(config: &Config) -> String {
    let layout = config.layout();
    match &config.queries {
        Queries::OfLayout => {
            format!("The accounts are in the tables of {} (layout {}).", layout.title, layout.name)
        }
        Queries::Own { user, iterate, .. } => {
            let mut used = vec!["password_query"];
            used.extend(user.as_ref().map(|_| "user_query"));
            used.extend(iterate.as_ref().map(|_| "iterate_query"));
            let used = used.join(", ");
            match iterate {
                Some(_) => format!("The queries are used as they are: {used}."),
                None => format!(
                    "The queries are used as they are: {used}. Without an iterate_query, doveadm \
                     user '*' and doveadm … -A list nobody."
                ),
            }
        }
    }
}

fn mechanisms(text: &mut Text, accounts: Option<&Summary>) {
    text.comment("Mechanisms that work with every stored password:");
    text.example("auth_mechanisms = plain login");
    match accounts.and_then(Summary::cram_md5) {
        None => text.comment("cram-md5 works with PLAIN and CRAM-MD5 ones only."),
        Some((0, _)) => text.comment(
            "cram-md5 works with none of those that are there: it needs PLAIN or CRAM-MD5 ones.",
        ),
        Some((able, all)) if able == all => {
            text.comment("cram-md5 works as well: all of them are PLAIN or CRAM-MD5.");
        }
        Some((able, all)) => text.comment(format_args!(
            "cram-md5 works with {able} of {all}, those that are PLAIN or CRAM-MD5. A client that \
             chooses it because it is offered is refused with the others."
        )),
    }
    text.paragraph();
}

fn upgrades(text: &mut Text, wanted: &Wanted, config: &Config) {
    let (target, cost) = (config.policy.target(), config.policy.target_cost());
    if wanted.through == Through::Database {
        text.comment(
            "No stored password is ever replaced: only ispmail-authd does that ([upgrade]).",
        );
    } else if config.upgrade.is_some() {
        text.comment(format_args!(
            "Upgrade at sign-in is on ([upgrade]): weak and outdated stored passwords become \
             {target} ({cost}), which Dovecot's own passdb sql reads as well. PLAIN and CRAM-MD5 \
             ones stay."
        ));
    } else {
        let own = match config.queries {
            Queries::Own { .. } => ", and with statement = \"UPDATE …\" for tables of your own",
            Queries::OfLayout => "",
        };
        text.comment(format_args!(
            "Upgrade at sign-in is off. To switch it on, write [upgrade] into {STANDARD}, with url \
             and password of a database account that may UPDATE the password column{own}."
        ));
    }
}

fn way_back(text: &mut Text, config: &Config, accounts: Option<&Summary>) {
    let OwnSql { settings, notes } = OwnSql::new(config);
    text.gap();
    text.comment(
        "The way back to Dovecot alone: remove the blocks above and the # that stands right in \
         front of a setting below, and put the password in. All that ispmail-authd writes can be \
         read by it.",
    );
    for note in notes {
        text.comment(note);
    }
    match accounts.map(Summary::refused_by_dovecot_2_4) {
        Some(0) => {}
        Some(count) => {
            text.comment(format_args!("Without this, {count} of the users are no longer let in:"));
            text.switched_off("auth_allow_weak_schemes = yes");
        }
        None => text.comment(
            "MD5 and other weak schemes are let in only with auth_allow_weak_schemes = yes.",
        ),
    }
    text.switched_off(&settings);
}

/// The master socket that checkpassword takes without being told, beside the client socket.
const BESIDE_CLIENT: &str = "auth-master";
/// Where the daemon finds its configuration by itself.
const STANDARD: &str = "/etc/ispmail/ispmail.toml";
