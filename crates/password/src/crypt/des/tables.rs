//! The permutations and S-boxes of FIPS 46-3, numbered as there: bit 1 is the highest.
#![expect(clippy::indexing_slicing, reason = "at compile time, where it can only fail to compile")]

/// Bit `i` of the result is bit `table[i]` of the lowest `width` bits.
#[inline]
pub(super) const fn permute<const N: usize>(bits: u64, width: u8, table: &[u8; N]) -> u64 {
    let (mut result, mut i) = (0, 0);
    while i < N {
        result = result << 1 | bits >> (width - table[i]) & 1;
        i += 1;
    }
    result
}

/// E of the lowest 32 bits, in groups: group `i` is bits `4i` to `4i + 5`, where bit 0 is bit 32
/// and bit 33 is bit 1.
pub(super) const fn expand(half: u64) -> u64 {
    let half = (half & 0xffff_ffff) as u32;
    let (mut result, mut i) = (0, 0);
    while i < 8 {
        result = result << 8 | (half.rotate_left(4 * i + 5) & 63) as u64;
        i += 1;
    }
    result
}

/// 48 bits in groups of six, a byte for each.
pub(super) const fn groups(bits: u64) -> u64 {
    let (mut result, mut i) = (0, 0);
    while i < 8 {
        result = result << 8 | bits >> (42 - 6 * i) & 63;
        i += 1;
    }
    result
}

/// For each S-box and its six bits, what that adds to the result of a round: through P and, for the
/// next round, through E.
pub(super) static ROUND: [[u64; 64]; 8] = {
    let mut rows = [[0; 64]; 8];
    let mut sbox = 0;
    while sbox < 8 {
        let mut bits = 0;
        while bits < 64 {
            let (row, column) = (bits >> 4 & 2 | bits & 1, bits >> 1 & 15);
            let four = S[sbox][row] >> (60 - 4 * column) & 15;
            let half = permute(four << (28 - 4 * sbox), 32, &P);
            rows[sbox][bits] = expand(half);
            bits += 1;
        }
        sbox += 1;
    }
    rows
};

pub(super) const IP: [u8; 64] = {
    let starts = [58, 60, 62, 64, 57, 59, 61, 63];
    let (mut table, mut i) = ([0; 64], 0_u8);
    while i < 64 {
        table[i as usize] = starts[i as usize / 8] - 8 * (i % 8);
        i += 1;
    }
    table
};

/// The inverse of IP.
pub(super) const FP: [u8; 64] = {
    let (mut table, mut i) = ([0; 64], 0_u8);
    while i < 64 {
        table[IP[i as usize] as usize - 1] = i + 1;
        i += 1;
    }
    table
};

const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, //
    2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];

pub(super) const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, //
    10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, //
    63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, //
    14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];

pub(super) const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, //
    23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, //
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, //
    44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

/// How far the halves of the key turn before each round.
pub(super) const ROTATIONS: [u8; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/// S1 to S8, four rows each, a digit for each column.
const S: [[u64; 4]; 8] = [
    [0xe4d1_2fb8_3a6c_5907, 0x0f74_e2d1_a6cb_9538, 0x41e8_d62b_fc97_3a50, 0xfc82_4917_5b3e_a06d],
    [0xf18e_6b34_972d_c05a, 0x3d47_f28e_c01a_69b5, 0x0e7b_a4d1_58c6_932f, 0xd8a1_3f42_b67c_05e9],
    [0xa09e_63f5_1dc7_b428, 0xd709_346a_285e_cbf1, 0xd649_8f30_b12c_5ae7, 0x1ad0_6987_4fe3_b52c],
    [0x7de3_069a_1285_bc4f, 0xd8b5_6f03_472c_1ae9, 0xa690_cb7d_f13e_5284, 0x3f06_a1d8_945b_c72e],
    [0x2c41_7ab6_853f_d0e9, 0xeb2c_47d1_50fa_3986, 0x421b_ad78_f9c5_630e, 0xb8c7_1e2d_6f09_a453],
    [0xc1af_9268_0d34_e75b, 0xaf42_7c95_61de_0b38, 0x9ef5_28c3_704a_1db6, 0x432c_95fa_be17_608d],
    [0x4b2e_f08d_3c97_5a61, 0xd0b7_491a_e35c_2f86, 0x14bd_c37e_af68_0592, 0x6bd8_14a7_950f_e23c],
    [0xd284_6fb1_a93e_50c7, 0x1fd8_a374_c56b_0e92, 0x7b41_9ce2_06ad_f358, 0x21e7_4a8d_fc90_356b],
];
