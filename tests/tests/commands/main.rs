//! The commands of `ispmail-pw` on real databases: what they say, how they end, and what is in the
//! tables afterwards, read back by the database's own client.

use ispmail_tests::runner::{Body, on_every_database, run, test};

mod addresses;
mod alias;
mod alone;
mod check;
mod check_queries;
mod check_rows;
mod check_upgrade;
mod config;
mod demo;
mod diagnosis;
mod doctor;
mod doctor_machine;
mod domain_tasks;
mod domains;
mod export;
mod failures;
mod flush;
mod generated;
mod hash_batch;
mod help;
mod identify;
mod import;
mod import_cut_short;
mod init;
mod narrow;
mod passwd;
mod pw;
mod standard_input;
mod terminal;
mod through_daemon;
mod unsure;
mod user_tasks;
mod users;
mod verify;
mod way_back;

const TESTS: &[(&str, Body)] = &[
    ("init_on_nothing", init::on_nothing),
    ("init_changes_nothing", init::changes_nothing),
    ("dovecots_own_sql", init::dovecots_own_sql),
    ("domains", domains::add_list_remove),
    ("domain_refusals", domains::refusals),
    ("domain_takes_only_its_own", domains::takes_only_its_own),
    ("users", users::add_list_passwd_remove),
    ("stored_passwords", users::stored_passwords),
    ("user_refusals", users::refusals),
    ("two_at_once", users::two_at_once),
    ("user_answers", user_tasks::answers),
    ("user_disabled", user_tasks::disabled),
    ("user_dry_runs", user_tasks::dry_runs),
    ("user_errors_for_scripts", user_tasks::errors_for_scripts),
    ("user_list_streams", user_tasks::list_streams),
    ("domain_answers", domain_tasks::answers),
    ("domain_directories", domain_tasks::directories),
    ("passwd_by_the_old_one", passwd::by_the_old_one),
    ("passwd_meanwhile", passwd::meanwhile),
    ("passwd_letter_case", passwd::letter_case),
    ("passwd_own_statements", passwd::own_statements),
    ("flush_dovecot23", flush::dovecot23),
    ("flush_dovecot24", flush::dovecot24),
    ("flush_not_told", flush::not_told),
    ("alias", alias::add_list_show_remove),
    ("alias_refusals", alias::refusals),
    ("alias_internationalised", alias::internationalised),
    ("alias_warnings", alias::warnings),
    ("alias_keep_mailboxes", alias::keep_mailboxes),
    ("alias_joined", alias::joined),
    ("alias_postfixadmin", alias::postfixadmin),
    ("alias_two_at_once", alias::two_at_once),
    ("doctor_well", doctor::well),
    ("doctor_unknown", doctor::unknown),
    ("doctor_handmade_names", doctor::handmade_names),
    ("doctor_stored", doctor::stored),
    ("doctor_flags", doctor::flags),
    ("doctor_on_the_way", doctor::on_the_way),
    ("doctor_on_a_terminal", doctor::on_a_terminal),
    ("doctor_home", doctor_machine::home),
    ("doctor_dovecot", doctor_machine::dovecot),
    ("letter_case", addresses::letter_case),
    ("internationalised", addresses::internationalised),
    ("look_alikes", addresses::look_alikes),
    ("bad_names", addresses::bad_names),
    ("handmade_names", addresses::handmade_names),
    ("password_lines", standard_input::password_lines),
    ("one_line_is_read", standard_input::one_line_is_read),
    ("nothing_to_see", standard_input::nothing_to_see),
    ("database_away", failures::database_away),
    ("missing_tables", failures::missing_tables),
    ("no_panic_without_readers", failures::no_panic_without_readers),
    ("read_only", failures::read_only),
    ("check_well", check::well),
    ("check_files", check::files),
    ("check_tables", check::tables),
    ("check_database_away", check::database_away),
    ("check_rows", check_rows::rows),
    ("check_many_rows", check_rows::many_rows),
    ("check_own_queries", check_queries::own_queries),
    ("check_dovecot_sql", check_queries::dovecot_sql),
    ("check_iterate", check_queries::iterate),
    ("check_upgrade", check_upgrade::well),
    ("check_upgrade_own_statement", check_upgrade::own_statement),
    ("config_accepted", config::accepted),
    ("config_report", config::report),
    ("config_database_away", config::database_away),
    ("config_dovecot23", through_daemon::dovecot23),
    ("config_dovecot24", through_daemon::dovecot24),
    ("config_way_back", way_back::tables),
    ("config_way_back_of_own_queries", way_back::own_queries),
    ("on_a_terminal", terminal::users_and_domains),
    ("import_all_or_users", import::all_or_users),
    ("import_rules", import::rules),
    ("import_errors", import::errors),
    ("import_killed", import_cut_short::killed),
    ("import_left_alone", import_cut_short::left_alone),
    ("import_bad_files", import::bad_files),
    ("import_there_and_back", import::there_and_back),
    ("export_formats", export::formats),
    ("export_to_a_file", export::to_a_file),
    ("export_many_rows", export::many_rows),
];

/// What only a database server can do.
const SERVER_TESTS: &[(&str, Body)] = &[
    ("init_without_rights", init::without_rights),
    ("narrow_password", narrow::password),
    ("narrow_name", narrow::name),
    ("doctor_narrow", doctor::narrow),
    ("doctor_several_hosts", doctor_machine::several_hosts),
    ("check_narrow", narrow::check),
    ("check_rights", check::rights),
    ("check_wrong_password", check::wrong_password),
    ("check_upgrade_rights", check_upgrade::rights),
    ("import_narrow", import::narrow),
    ("import_not_ours", import::not_ours),
    ("no_answer_to_a_commit", unsure::no_answer),
];

fn main() {
    run(|servers| {
        let mut tests = on_every_database(servers, TESTS, SERVER_TESTS);
        tests.extend([
            test(servers, "mariadb::narrow_lax", narrow::lax),
            test(servers, "mariadb::import_without_transactions", import::without_transactions),
            test(servers, "import_on_a_terminal", import::on_a_terminal),
            test(servers, "configuration", failures::configuration),
            test(servers, "config_lines", config::lines),
            test(servers, "config_refusals", config::refusals),
            test(servers, "config_way_back_in_parts", way_back::not_everything),
            test(servers, "help", help::help),
            test(servers, "schemes", help::schemes),
            test(servers, "demo", demo::twice),
            test(servers, "demo_in_odd_places", demo::in_odd_places),
            test(servers, "hash_on_a_terminal", terminal::hash),
            test(servers, "interrupted", terminal::interrupted),
            test(servers, "ended_by_signals", terminal::ended_by_signals),
            test(servers, "signals_at_other_times", terminal::signals_at_other_times),
            test(servers, "completions", generated::completions),
            test(servers, "man_pages", generated::man_pages),
            test(servers, "hash_batch_every_scheme", hash_batch::every_scheme),
            test(servers, "hash_batch_lines", hash_batch::lines),
            test(servers, "hash_batch_refusals", hash_batch::refusals),
            test(servers, "hash_batch_answers_at_once", hash_batch::answers_at_once),
            test(servers, "hash_batch_constant_memory", hash_batch::constant_memory),
            test(servers, "hash_target_ms", hash_batch::target_ms),
            test(servers, "batch_progress", hash_batch::progress),
            test(servers, "verify_one", verify::one),
            test(servers, "verify_bad_input", verify::bad_input),
            test(servers, "verify_on_a_terminal", verify::on_a_terminal),
            test(servers, "verify_batch", verify::batch),
            test(servers, "verify_batch_many", verify::many),
            test(servers, "identify_text", identify::text),
            test(servers, "identify_json", identify::json),
            test(servers, "identify_on_a_terminal", identify::on_a_terminal),
        ]);
        tests
    })
}
