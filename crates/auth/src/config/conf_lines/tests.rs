use super::*;
use crate::config::tests::Files;

/// The settings of a file as `LINE key=value`, or the error.
fn settings(files: &Files) -> Result<Vec<String>, String> {
    let read = read(&files.path("sql"), &environment).map_err(|error| files.message(&error))?;
    let shown = |setting: &Setting| {
        let file = setting.origin.file.file_name().unwrap().to_string_lossy().replace("sql", "");
        let line = setting.origin.line.unwrap();
        format!("{file}{line} {}={}", setting.key, setting.value.as_str())
    };
    Ok(read.list.iter().map(shown).collect())
}

fn environment(name: &OsStr) -> Option<OsString> {
    match name.to_str()? {
        "A" => Some("expanded".into()),
        "EMPTY" => Some(OsString::new()),
        _ => None,
    }
}

fn one(text: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
    settings(&Files::new(&[("sql", text.as_ref())]))
}

#[test]
fn lines_are_read_as_dovecot_reads_them() {
    for (text, expected) in [
        ("", vec![]),
        ("\n  \n# a\n\t# b = c\n", vec![]),
        ("a=b", vec!["1 a=b"]),
        ("a=b\r\nc = d\r\n", vec!["1 a=b", "2 c=d"]),
        ("  a \t=  \tb c \t\n", vec!["1 a=b c"]),
        ("a=\n", vec!["1 a="]),
        ("a = b = c", vec!["1 a=b = c"]),
        ("connect = host=h dbname=d", vec!["1 connect=host=h dbname=d"]),
        // Comments.
        ("a = b # c", vec!["1 a=b"]),
        ("a = b#c", vec!["1 a=b"]),
        ("a = 'b # c' # d", vec!["1 a=b # c"]),
        ("a = \"b # c\"", vec!["1 a=b # c"]),
        ("a = x='#' # d", vec!["1 a=x='#'"]),
        ("a = x=\"\\\"#\" # d", vec!["1 a=x=\"\\\"#\""]),
        ("a = it's # no comment", vec!["1 a=it's # no comment"]),
        // Quotes: both or none, and a backslash counts only within.
        ("a = 'b'", vec!["1 a=b"]),
        ("a = ''", vec!["1 a="]),
        ("a = '", vec!["1 a="]),
        ("a = 'b\"", vec!["1 a='b\""]),
        ("a = 'b' c", vec!["1 a='b' c"]),
        ("a = 'b' AND c = 'd'", vec!["1 a=b' AND c = 'd"]),
        (r#"a = "b\"c\\d\e""#, vec![r#"1 a=b"c\de"#]),
        (r"a = b\c", vec![r"1 a=b\c"]),
        (r"a = ' b '", vec!["1 a= b "]),
        // Continuation.
        ("a = b \\\n  c \\\n d\ne=f", vec!["1 a=b c d", "4 e=f"]),
        ("a = b\\\nc", vec!["1 a=b c"]),
        ("a = b \\ # c\n d", vec!["1 a=b d"]),
        ("a = b \\\n# c\n\n  d", vec!["1 a=b d"]),
        ("a \\\n = \\\n b", vec!["1 a=b"]),
        ("a = 'b \\\n c'", vec!["1 a=b c"]),
        ("a = 'b \\\n # c'\n d'", vec!["1 a=b d"]),
        // Environment variables.
        ("a = $ENV:A", vec!["1 a=expanded"]),
        ("a = x $ENV:A y", vec!["1 a=x expanded y"]),
        ("a = x=$ENV:A $x $", vec!["1 a=x=$ENV:A $x $"]),
        ("a = [$ENV:EMPTY]", vec!["1 a=[$ENV:EMPTY]"]),
        ("a = [ $ENV:EMPTY ]", vec!["1 a=[  ]"]),
        ("a = '$ENV:A'", vec!["1 a=$ENV:A"]),
        ("a = $ENV:A $ENV:A", vec!["1 a=expanded expanded"]),
        // Any key is a key here.
        (" = b", vec!["1 =b"]),
        ("ä = ö", vec!["1 ä=ö"]),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(one(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let no_equals = "no '='; expected KEY = VALUE (a line goes on in the next only after a \
                     backslash)";
    let section = "a section; expected only KEY = VALUE in this file";
    let not_set = "a variable named with $ENV: is not set; expected it in the environment (Dovecot \
                   passes on what import_environment lists)";
    let unfinished = "goes on with a backslash to the end of the file; expected a line behind it";
    let texts: [(&[u8], usize, &str); 17] = [
        (b"a = b\nWHERE c\n", 2, no_equals),
        (b"a", 1, no_equals),
        (b"a 'b = c'", 1, no_equals),
        (b"\n\n\na \\\n b\nc=d", 4, no_equals),
        (b"a = b\npassdb {\n", 2, section),
        (b"passdb sql {\n", 1, section),
        (b"}", 1, section),
        (b"a = $ENV:B", 1, not_set),
        (b"a = x \\\n $ENV:", 1, not_set),
        (b"a = b\nc = d \\\n", 2, unfinished),
        (b"a = b \\", 1, unfinished),
        (b"a = b\n\nc = \0d", 3, "a NUL byte; expected text"),
        (b"# comments may be Latin-1: \xe4\na = \xe4", 2, "not UTF-8; expected the value in UTF-8"),
        (
            b"\xef\xbb\xbfa = b",
            1,
            "starts with a byte order mark; expected plain UTF-8 as Dovecot reads it",
        ),
        (b"a=b\n!include", 2, "!include without a path; expected the path of a file"),
        (b"!include *.none", 1, "!include: no file matches; expected at least one"),
        (b"!include sql", 1, "!include of a file that is being read; expected no circle of files"),
    ];
    for (text, line, expected) in texts {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(one(text), Err(format!("sql:{line}: {expected}")), "{shown:?}");
    }
    let missing = "none: cannot be read: there is no such file; expected a configuration file";
    assert_eq!(one("!include none"), Err(missing.to_owned()));
}

#[test]
fn a_comment_in_the_middle_of_a_word_is_noted() {
    let files = Files::new(&[("sql", b"a = 'b#c'\nb = c#d\nc = d #e")]);
    let read = read(&files.path("sql"), &environment).ok().unwrap();
    let notes: Vec<_> = read.not_used.iter().map(|note| files.shown(note)).collect();
    let expected = "sql:2: what follows # is not used: it is a comment, as for Dovecot; put the \
                    value in quotes to keep it";
    assert_eq!(notes, [expected]);
}

#[test]
fn included_files_are_read_where_they_are_included() {
    let files = Files::new(&[
        ("sql", b"a=1\n!include_try conf.d/*.conf\n!include_try none\nb=2"),
        ("conf.d/x.conf", b"c=3"),
        ("conf.d/y.conf", b"d=4\n!include ../other\ne=5"),
        ("other", b"f=6"),
    ]);
    let expected = ["1 a=1", "y.conf1 d=4", "other1 f=6", "y.conf3 e=5", "x.conf1 c=3", "4 b=2"];
    assert_eq!(settings(&files).unwrap(), expected);
    let sources = read(&files.path("sql"), &environment).ok().unwrap().sources;
    assert_eq!(sources.first(), Some(&files.path("sql")));
    assert_eq!(sources.len(), 4);
}

#[test]
fn circles_of_files_end() {
    let circle = "!include of a file that is being read; expected no circle of files";
    let files = Files::new(&[("sql", b"!include a"), ("a", b"\n!include sql")]);
    assert_eq!(settings(&files), Err(format!("a:2: {circle}")));
    // The same file under ever new names.
    let files = Files::new(&[("sql", b"!include ./sql")]);
    assert!(settings(&files).unwrap_err().ends_with(circle));
    // Siblings that a pattern finds are all being read.
    let files = Files::new(&[("sql", b"!include d/*"), ("d/a", b""), ("d/b", b"!include a")]);
    assert!(settings(&files).unwrap_err().ends_with(circle));
}
