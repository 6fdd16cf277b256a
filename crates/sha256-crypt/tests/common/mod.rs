//! What the tests share: the definition itself, crypt(3)'s base64, numbers that look random.

#![allow(dead_code, reason = "each test program uses a part of it")]

use ispmail_sha256_crypt::Job;
use sha2::{Digest as _, Sha256};

/// SHA256-CRYPT word by word after Drepper's "Unix crypt using SHA-256 and SHA-512".
pub(crate) fn by_definition(job: &Job<'_>) -> [u8; 32] {
    let (password, salt) = (job.password, &job.salt[..job.salt.len().min(16)]);
    let b: [u8; 32] = Sha256::digest([password, salt, password].concat()).into();
    let mut text = [password, salt].concat();
    text.extend(b.iter().cycle().take(password.len()));
    let mut bits = password.len();
    while bits != 0 {
        text.extend_from_slice(if bits & 1 == 0 { password } else { &b });
        bits >>= 1;
    }
    let mut a: [u8; 32] = Sha256::digest(text).into();
    let dp = Sha256::digest(password.repeat(password.len()));
    let ds = Sha256::digest(salt.repeat(16 + usize::from(a[0])));
    let p: Vec<u8> = dp.iter().copied().cycle().take(password.len()).collect();
    let s: Vec<u8> = ds.iter().copied().take(salt.len()).collect();
    for round in 0..job.rounds.max(1) {
        let odd = round % 2 != 0;
        let mut hash = Sha256::new();
        hash.update(if odd { &p[..] } else { &a[..] });
        if round % 3 != 0 {
            hash.update(&s);
        }
        if round % 7 != 0 {
            hash.update(&p);
        }
        hash.update(if odd { &a[..] } else { &p[..] });
        a = hash.finalize().into();
    }
    a
}

/// The last part of crypt(3)'s string.
pub(crate) fn crypt_base64(digest: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::new();
    let mut put = |bits: u32, characters: u32| {
        for at in 0..characters {
            text.push(char::from(ALPHABET[(bits >> (6 * at)) as usize & 63]));
        }
    };
    let (mut high, mut middle, mut low) = (0, 10, 20);
    for _ in 0..10 {
        let [h, m, l] = [high, middle, low].map(|at: usize| u32::from(digest[at]));
        put(h << 16 | m << 8 | l, 4);
        (high, middle, low) = (low + 1, high + 1, middle + 1);
    }
    put(u32::from(digest[31]) << 8 | u32::from(digest[30]), 3);
    text
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough for picking test cases, for nothing else.
pub(crate) struct Random(u64);

impl Random {
    /// A seed that is `SEED` of the environment or the time, and printed.
    pub(crate) fn new() -> Self {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| {
            let now = std::time::UNIX_EPOCH.elapsed().unwrap();
            now.as_secs() ^ u64::from(now.subsec_nanos()) << 32
        });
        println!("again with SEED={seed}");
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to but not including `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    pub(crate) fn text(&mut self, alphabet: &[u8], length: usize) -> Vec<u8> {
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

/// A job with its own bytes.
pub(crate) struct Owned {
    pub(crate) password: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) rounds: u32,
}

impl Owned {
    pub(crate) fn job(&self) -> Job<'_> {
        Job { password: &self.password, salt: &self.salt, rounds: self.rounds }
    }

    pub(crate) fn describe(&self) -> String {
        let Self { password, salt, rounds } = self;
        format!("password {} B, salt {} B, {rounds} rounds", password.len(), salt.len())
    }
}
