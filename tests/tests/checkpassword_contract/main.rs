//! The checkpassword interface of Dovecot 2.3, one call at a time: every malformed request,
//! configuration and stored value, with exit code and message.

use ispmail_tests::runner::{run, test};

mod configuration;
mod daemon;
mod fixture;
mod look_ups;
mod replies;
mod requests;
mod stored_values;

fn main() {
    run(|servers| {
        vec![
            test(servers, "stored_values", stored_values::table),
            test(servers, "other_column_types", stored_values::other_column_types),
            test(servers, "ceiling_before_work", stored_values::ceiling_before_work),
            test(servers, "refusals_cost_the_same", stored_values::refusals_cost_the_same),
            test(servers, "every_byte", stored_values::every_byte),
            test(servers, "requests", requests::table),
            test(servers, "authorized", requests::authorized),
            test(servers, "own_schemas", requests::own_schemas),
            test(servers, "look_ups", look_ups::table),
            test(servers, "credentials", look_ups::credentials),
            test(servers, "reply_on_descriptor_4", replies::on_descriptor_4),
            test(servers, "reply_by_environment", replies::by_environment),
            test(servers, "reply_by_dovecots_program", replies::by_dovecots_program),
            test(servers, "reply_that_cannot_go_out", replies::that_cannot_go_out),
            test(servers, "own_toml", configuration::own_toml),
            test(servers, "dovecot_sql", configuration::dovecot_sql),
            test(servers, "files", configuration::files),
            test(servers, "arguments", configuration::arguments),
            test(servers, "daemon_answers", daemon::answers),
            test(servers, "daemon_fields", daemon::fields),
            test(servers, "daemon_by_environment", daemon::by_environment),
            test(servers, "daemon_missing", daemon::missing),
            test(servers, "daemon_restarts", daemon::restarts),
            test(servers, "daemon_impostors", daemon::impostors),
            test(servers, "daemon_silence", daemon::silence),
            test(servers, "daemon_arguments", daemon::arguments),
        ]
    })
}
