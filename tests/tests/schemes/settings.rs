//! Settings for crypt(3): what stands in front of the hash in each of its formats. Cheap ones, as
//! crypt(3) makes them itself and as others do, and now and then one that it refuses.

use ispmail_tests::crypt::{ALPHABET, new_setting};
use ispmail_tests::random::Random;

/// What crypt(3) takes in salts besides what it makes them of.
const ODD: &str = "\"#%&'()+,-<=>?@[]^_`{|}~";
const BCRYPT_ALPHABET: &str = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// One format of crypt(3).
pub(crate) struct Format {
    pub(crate) name: &'static str,
    /// Of how many values one turn tries passwords: fewer of a slow one.
    pub(crate) values: usize,
    /// For `crypt_gensalt`: prefix, lowest cost, and how many more there are.
    own: Option<(&'static str, u32, usize)>,
    make: fn(&mut Random) -> String,
}

const fn format(
    name: &'static str,
    own: Option<(&'static str, u32, usize)>,
    make: fn(&mut Random) -> String,
) -> Format {
    Format { name, values: 6, own, make }
}

pub(crate) const FORMATS: [Format; 17] = [
    format("SHA256-crypt", Some(("$5$", 1_000, 500)), |random| sha2(random, "$5$")),
    format("SHA512-crypt", Some(("$6$", 1_000, 500)), |random| sha2(random, "$6$")),
    format("yescrypt", Some(("$y$", 1, 1)), |random| yescrypt(random, "$y$")),
    format("gost-yescrypt", Some(("$gy$", 1, 1)), |random| yescrypt(random, "$gy$")),
    format("scrypt", None, scrypt),
    format("sha1crypt", Some(("$sha1", 4, 200)), |random| {
        let salt = salt(random, &[0, 1, 8, 8, 8, 64, 200, 380]);
        format!("$sha1${}${salt}", random.below(60))
    }),
    Format { values: 2, ..format("SunMD5", None, sun_md5) },
    format("MD5-crypt", Some(("$1$", 0, 1)), |random| {
        format!("$1${}", odd_salt(random, &[0, 1, 4, 8, 8, 8, 9]))
    }),
    format("NT", Some(("$3$", 0, 1)), |random| {
        random.pick(&["$3$", "$3$$", "$3$$", "$3$x$", "$3"]).to_owned()
    }),
    format("BSDI", Some(("_", 1, 2_000)), |random| {
        let count = random.text(ALPHABET, 2) + random.pick(&["..", "..", "/.", "1."]);
        format!("_{count}{}", random.text(ALPHABET, 4))
    }),
    format("DES", Some(("", 0, 1)), |random| random.text(ALPHABET, 2)),
    format("bigcrypt", None, |random| {
        // crypt(3) goes by the length.
        let length = 13 + random.below(170);
        random.text(ALPHABET, length)
    }),
    format("bcrypt $2a$", Some(("$2a$", 4, 1)), |random| bcrypt(random, 'a')),
    format("bcrypt $2b$", Some(("$2b$", 4, 1)), |random| bcrypt(random, 'b')),
    format("bcrypt $2x$", None, |random| bcrypt(random, 'x')),
    format("bcrypt $2y$", Some(("$2y$", 4, 1)), |random| bcrypt(random, 'y')),
    format("none", None, |random| {
        let front = ["$", "$2$", "$4$", "$8$", "$5", "$2c$04$", "$y", "", ".", "A_", "$argon2i$"];
        let length = random.below(40);
        random.pick(&front).to_owned() + &random.text(ALPHABET, length)
    }),
];

impl Format {
    pub(crate) fn setting(&self, random: &mut Random) -> String {
        match self.own {
            Some((prefix, cost, more)) if random.one_in(3) => {
                let cost = cost + u32::try_from(random.below(more)).expect("few");
                new_setting(prefix, cost, &random.bytes(32))
            }
            _ => (self.make)(random),
        }
    }
}

fn salt(random: &mut Random, lengths: &[usize]) -> String {
    let length = *random.one_of(lengths);
    random.text(ALPHABET, length)
}

fn odd_salt(random: &mut Random, lengths: &[usize]) -> String {
    let length = *random.one_of(lengths);
    let odd = format!("{ALPHABET}{ODD}");
    let alphabet = if random.one_in(3) { &odd } else { ALPHABET };
    random.text(alphabet, length)
}

fn sha2(random: &mut Random, prefix: &str) -> String {
    let more = random.below(1_000);
    let rounds = match random.below(12) {
        0..4 => String::new(),
        4 => random
            .pick(&[
                "rounds=999$",
                "rounds=01000$",
                "rounds=+1000$",
                "rounds=1000",
                "rounds=$",
                "rounds=1000x$",
                "Rounds=1000$",
            ])
            .to_owned(),
        _ => format!("rounds={}$", 1_000 + more),
    };
    format!("{prefix}{rounds}{}", odd_salt(random, &[0, 1, 8, 15, 16, 16, 16, 16, 17, 20]))
}

fn yescrypt(random: &mut Random, prefix: &str) -> String {
    let flavour = random.pick(&["j", "j", "j", "j", ".", "/", "k"]);
    let costs = random.text("/0123", 1) + &random.text("./0123456", 1);
    let more = match random.below(8) {
        // Which of p, t, g and NROM follow, and two of them.
        0 => random.text("./01234567", 1) + &random.text("./0", 1) + &random.text("./0", 1),
        1 => random.text("./0", 1) + &random.text("./0", 1),
        _ => String::new(),
    };
    let length = random.below(22) * 4;
    // Groups of four characters hold three bytes; shorter ones have bits to spare.
    let end = match random.below(4) {
        0 => random.text(ALPHABET, 1) + &random.text("./01", 1),
        1 => random.text(ALPHABET, 2) + &random.text("./0123456789ABCD", 1),
        2 if random.one_in(4) => random.text(ALPHABET, 3),
        _ => String::new(),
    };
    format!("{prefix}{flavour}{costs}{more}${}{end}", random.text(ALPHABET, length))
}

fn scrypt(random: &mut Random) -> String {
    let costs = random.text("/01234", 1) + &random.text("./0123456", 1);
    let lanes = random.text("./0", 1);
    let salt = odd_salt(random, &[0, 1, 8, 14, 22, 22, 86, 281, 282]);
    let end = random.pick(&["", "", "", "$", "$x$", "$!"]);
    format!("$7${costs}....{lanes}....{salt}{end}")
}

fn sun_md5(random: &mut Random) -> String {
    let front = random.pick(&["$md5$", "$md5$", "$md5,", "$md5", "$md5,rounds=", "$md5$rounds="]);
    let rounds = if front.ends_with('=') {
        random.pick(&["1$", "20$", "5$", "0$", "01$", "$", "-1$"])
    } else {
        ""
    };
    let end = random.pick(&["", "$", "$$", "$x"]);
    format!("{front}{rounds}{}{end}", salt(random, &[0, 1, 8, 8, 8, 16, 100, 340, 354, 355]))
}

fn bcrypt(random: &mut Random, letter: char) -> String {
    let cost = random.pick(&["04", "04", "04", "04", "04", "04", "05", "03", "4$"]);
    // The last character has four bits to spare.
    let last = if random.one_in(6) { BCRYPT_ALPHABET } else { ".Oeu" };
    format!("$2{letter}${cost}${}{}", random.text(BCRYPT_ALPHABET, 21), random.text(last, 1))
}
