//! What may happen to a value between the program that made it and us.

use ispmail_tests::crypt::ALPHABET;
use ispmail_tests::random::Random;

const PRINTABLE: &str = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~";

type Mishap = fn(&mut Random, &[u8]) -> Vec<u8>;

/// Each with a name. None of them gets an empty value.
const MISHAPS: [(&str, Mishap); 26] = [
    ("truncated", |random, value| value[..random.below(value.len())].to_vec()),
    ("one cut off", |_, value| value[..value.len() - 1].to_vec()),
    ("first cut off", |_, value| value[1..].to_vec()),
    ("extended", |random, value| {
        let more = 1 + random.below(3);
        [value, random.text(ALPHABET, more).as_bytes()].concat()
    }),
    ("extended by $", |random, value| {
        let more = random.below(3);
        [value, b"$", random.text(ALPHABET, more).as_bytes()].concat()
    }),
    ("one changed", |random, value| {
        let other = random.text(PRINTABLE, 1).as_bytes()[0];
        with(random, value, |_| other)
    }),
    ("one to the like", |random, value| {
        let other = random.text(ALPHABET, 1).as_bytes()[0];
        with(random, value, |_| other)
    }),
    ("last to the like", |random, value| {
        let other = random.text(ALPHABET, 1);
        [&value[..value.len() - 1], other.as_bytes()].concat()
    }),
    ("one gone", |random, value| {
        let place = random.below(value.len());
        [&value[..place], &value[place + 1..]].concat()
    }),
    ("one twice", |random, value| {
        let place = random.below(value.len());
        [&value[..=place], &value[place..]].concat()
    }),
    ("two swapped", |random, value| {
        let mut value = value.to_vec();
        let place = random.below(value.len());
        let other = (place + 1) % value.len();
        value.swap(place, other);
        value
    }),
    ("case of one changed", |random, value| with(random, value, |byte| byte ^ 0x20)),
    ("upper case", |_, value| value.to_ascii_uppercase()),
    ("lower case", |_, value| value.to_ascii_lowercase()),
    ("space before", |_, value| [b" ", value].concat()),
    ("space after", |random, value| {
        [value, random.pick(&["\r", "\n", " ", "\r\n", "\t"]).as_bytes()].concat()
    }),
    ("space inside", |random, value| {
        let white = random.pick(&[" ", "\t", "\n", "\r\n", "\x0b"]);
        inserted(random, value, white.as_bytes())
    }),
    ("non-ASCII inside", |random, value| inserted(random, value, "ä".as_bytes())),
    ("byte inside", |random, value| {
        let byte = 1 + random.byte() % 255;
        inserted(random, value, &[byte])
    }),
    ("field emptied", |random, value| emptied(random, value)),
    ("zero before a number", |random, value| before_a_digit(random, value, b'0')),
    ("sign before a number", |random, value| {
        let sign = *random.one_of(b"+- ");
        before_a_digit(random, value, sign)
    }),
    ("= inside", |random, value| inserted(random, value, b"=")),
    ("locked", |random, value| {
        [random.pick(&["!", "*", "!!", "*LK*", "$!$"]).as_bytes(), value].concat()
    }),
    ("quoted", |_, value| ["“".as_bytes(), value, "”".as_bytes()].concat()),
    ("twice", |_, value| [value, value].concat()),
];

/// Any of them, with its name.
pub(crate) fn any(random: &mut Random, value: &[u8]) -> (&'static str, Vec<u8>) {
    let (name, mishap) = random.one_of(&MISHAPS);
    (name, mishap(random, value))
}

fn with(random: &mut Random, value: &[u8], change: impl Fn(u8) -> u8) -> Vec<u8> {
    let mut value = value.to_vec();
    let place = random.below(value.len());
    // A NUL ends the value for every program involved.
    value[place] = change(value[place]).max(1);
    value
}

fn inserted(random: &mut Random, value: &[u8], what: &[u8]) -> Vec<u8> {
    let place = random.below(value.len() + 1);
    [&value[..place], what, &value[place..]].concat()
}

/// Takes out what stands between two of the characters that part fields.
fn emptied(random: &mut Random, value: &[u8]) -> Vec<u8> {
    let parts = |byte: &u8| b"$,= -}".contains(byte);
    let mut fields: Vec<&[u8]> = value.split_inclusive(parts).collect();
    let place = random.below(fields.len());
    let field = fields[place];
    fields[place] = &field[field.len() - usize::from(field.last().is_some_and(parts))..];
    fields.concat()
}

/// Puts a byte before one of the numbers.
fn before_a_digit(random: &mut Random, value: &[u8], byte: u8) -> Vec<u8> {
    let begins = |&place: &usize| {
        value[place].is_ascii_digit() && (place == 0 || !value[place - 1].is_ascii_alphanumeric())
    };
    let places: Vec<usize> = (0..value.len()).filter(begins).collect();
    if places.is_empty() {
        return [&[byte], value].concat();
    }
    let place = *random.one_of(&places);
    [&value[..place], &[byte], &value[place..]].concat()
}
