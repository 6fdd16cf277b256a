//! Whether a new password would be guessed.

use std::fmt;
use std::sync::LazyLock;

use ispmail_accounts::names::unicode_domain;
use zeroize::Zeroizing;

/// Sorted; where it is from, and its licence, stand in common.LICENSE.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("common.txt").lines().collect());

/// Rows and columns of keyboards, each to be read in both directions: English, German, French.
const KEYBOARDS: [&str; 9] = [
    "1234567890",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
    "qwertzuiopasdfghjklyxcvbnmqwertzuiop",
    "qwertzuiopüasdfghjklöäyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "!@#$%^&*()",
];
/// Longest piece whose repetition is no password.
const LONGEST_PIECE: usize = 3;

/// Why a password would be guessed. Says nothing of the password itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    /// Fewer characters than this.
    Short(usize),
    /// On the list, or as good as on it.
    Common,
    /// The login, or a part of it.
    Login,
    /// One to three characters again and again.
    Repeated,
    /// Neighbours in the alphabet, among the digits or on a keyboard.
    Run,
}

impl fmt::Display for Weak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(least) => {
                write!(f, "the password is too short: it needs at least {least} characters")
            }
            Self::Common => f.write_str(
                "the password is among the most common ones, or one of them with little added, \
                 which are tried first",
            ),
            Self::Login => f.write_str("the password is the login or a part of it"),
            Self::Repeated => f.write_str("the password repeats the same one to three characters"),
            Self::Run => {
                f.write_str("the password is a run of neighbouring keys, letters or digits")
            }
        }
    }
}

/// Whether a password of at least `least` characters is good enough for this login. Where it is no
/// UTF-8, its bytes are its characters.
pub(crate) fn judge(password: &[u8], login: &str, least: usize) -> Result<(), Weak> {
    let lower = match str::from_utf8(password) {
        Ok(text) => lower(text.chars(), password.len()),
        Err(_) => lower(password.iter().copied().map(char::from), password.len()),
    };
    if lower.chars().count() < least {
        return Err(Weak::Short(least));
    }
    if is_repeated(&lower) {
        return Err(Weak::Repeated);
    }
    if is_run(&lower) {
        return Err(Weak::Run);
    }
    let cores = [&lower, trim_end(&lower), trim_end(&lower).trim_start_matches(is_added)];
    // Half of it must be the word, or else what was added is a password of its own.
    let telling = cores.into_iter().filter(|core| core.len() * 2 >= lower.len());
    for core in telling {
        if is_of_login(core, login) {
            return Err(Weak::Login);
        }
        if is_common(core) {
            return Err(Weak::Common);
        }
    }
    Ok(())
}

/// In lower case, in memory that is wiped and never moved.
fn lower(text: impl Iterator<Item = char>, bytes: usize) -> Zeroizing<String> {
    // One character becomes three at most, which have four bytes each at most.
    let mut lower = Zeroizing::new(String::with_capacity(bytes * 12));
    lower.extend(text.flat_map(char::to_lowercase));
    lower
}

/// What people add to a word: digits and punctuation.
fn is_added(character: char) -> bool {
    !character.is_alphabetic()
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(is_added)
}

/// Whether it is on the list, also with digits and signs read as the letters they look like.
fn is_common(text: &str) -> bool {
    let listed = |text: &str| COMMON.binary_search(&text).is_ok();
    if listed(text) {
        return true;
    }
    ['i', 'l'].into_iter().any(|one| {
        let mut plain = Zeroizing::new(String::with_capacity(text.len()));
        plain.extend(text.chars().map(|character| letter(character, one)));
        listed(&plain) || listed(trim_end(&plain))
    })
}

/// The letter that a digit or sign is put for.
fn letter(character: char, one: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    }
}

/// Whether it is the login, its local part, its domain or the name in that, forwards or backwards.
fn is_of_login(text: &str, login: &str) -> bool {
    let login = login.to_lowercase();
    let (local, domain) = login.split_once('@').unwrap_or((&login, ""));
    let shown = unicode_domain(domain);
    let label = |domain: &str| domain.split('.').next().unwrap_or_default().to_owned();
    let parts = [&login, local, domain, &label(domain), &shown, &label(&shown)];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .any(|part| part == text || part.chars().rev().eq(text.chars()))
}

fn is_repeated(text: &str) -> bool {
    let length = text.chars().count();
    (1..=LONGEST_PIECE).filter(|piece| piece * 2 <= length).any(|piece| {
        text.chars().skip(piece).zip(text.chars()).all(|(next, before)| next == before)
    })
}

/// Whether it goes up or down one by one from its first character to its last, or along a keyboard.
fn is_run(text: &str) -> bool {
    if text.chars().count() < 3 {
        return false;
    }
    let goes = |up: bool| {
        text.chars().zip(text.chars().skip(1)).all(|(before, after)| match (before, after, up) {
            ('9', '0', true) | ('0', '9', false) => true,
            (before, after, true) => u32::from(before) + 1 == u32::from(after),
            (before, after, false) => u32::from(before) == u32::from(after) + 1,
        })
    };
    let mut backwards = Zeroizing::new(String::with_capacity(text.len()));
    backwards.extend(text.chars().rev());
    goes(true)
        || goes(false)
        || KEYBOARDS.iter().any(|keys| keys.contains(text) || keys.contains(backwards.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = "john.doe@xn--bcher-kva.example";

    #[track_caller]
    fn is(password: impl AsRef<[u8]>, wanted: Result<(), Weak>) {
        let password = password.as_ref();
        assert_eq!(judge(password, LOGIN, 8), wanted, "{}", password.escape_ascii());
    }

    #[test]
    fn length() {
        is("", Err(Weak::Short(8)));
        is("pqrst7x", Err(Weak::Short(8)));
        is("größ7xß", Err(Weak::Short(8)));
        is("größ7xßß", Ok(()));
        // Latin-1: seven and eight bytes.
        is(b"gr\xf6\xdf7x\xdf", Err(Weak::Short(8)));
        is(b"gr\xf6\xdf7x\xdf\xdf", Ok(()));
        assert_eq!(judge(b"x", "a@b", 0), Ok(()));
    }

    #[test]
    fn common_ones() {
        for password in [
            "password",
            "PassWord",
            "password1",
            "Passw0rd!",
            "P@$$w0rd2024",
            "!Password!",
            "p4ssw0rd",
            "dragon2024!",
            "sunsh1ne",
            "1l0v3y0u",
            "liverpool77",
            "Football#1",
        ] {
            is(password, Err(Weak::Common));
        }
        for password in [
            "correct horse battery staple",
            "love20481937",
            "dragon-7-fly-over",
            "wintermoon",
            "k7wm-2xqp-9fhz",
            "パスワードを入力してください",
            "İİİııİİß-x",
        ] {
            is(password, Ok(()));
        }
    }

    #[test]
    fn parts_of_the_login() {
        for password in [
            LOGIN,
            "John.Doe",
            "john.doe2024",
            "eod.nhoj",
            "xn--bcher-kva.example",
            "bücher.example",
            "Bücher12",
            "elpmaxe.rehcüb",
        ] {
            is(password, Err(Weak::Login));
        }
        is("john.doe-and-his-dog", Ok(()));
        assert_eq!(judge(b"a7x2k9qz", "a@b", 8), Ok(()));
        assert_eq!(judge(b"mailadmin", "mailadmin", 8), Err(Weak::Login));
    }

    #[test]
    fn repetitions_and_runs() {
        for password in ["aaaaaaaa", "abababab", "12312312", "xyzxyzxyzx", "ßßßßßßßß"] {
            is(password, Err(Weak::Repeated));
        }
        for password in [
            "12345678901234567890",
            "98765432",
            "32109876",
            "abcdefgh",
            "HGFEDCBA",
            "qwertyui",
            "poiuytrewq",
            "qwertzuiop",
            "1qaz2wsx3edc",
            "azertyuiop",
            "!@#$%^&*",
        ] {
            is(password, Err(Weak::Run));
        }
        is("abcdefgx", Ok(()));
        is("qwertyux", Ok(()));
    }

    #[test]
    fn the_list_can_be_searched() {
        assert!(COMMON.len() > 10_000);
        assert!(COMMON.is_sorted());
        assert!(COMMON.iter().all(|entry| entry.len() >= 5 && *entry == entry.to_lowercase()));
    }

    #[test]
    fn said_in_one_sentence() {
        for weak in [Weak::Short(9), Weak::Common, Weak::Login, Weak::Repeated, Weak::Run] {
            let text = weak.to_string();
            assert!(text.starts_with("the password ") && !text.contains('\n'), "{text}");
        }
    }
}
