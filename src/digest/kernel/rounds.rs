//! The rounds of SHA-256 (FIPS 180-4, 6.2.2) for vectors that hold one word of many streams.
//!
//! A kernel has functions `add`, `upper0`, `upper1`, `lower0`, `lower1` (the sigmas of 4.1.2),
//! `choose`, `majority` and `splat` for its vectors; these macros write the rounds out, so that
//! names move instead of values and every index is a constant. They promise nothing about speed.

/// One round; the caller names the variables in turn.
macro_rules! round {
    ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $word:expr, $k:expr) => {
        let sum = add(add(add($h, splat($k)), $word), add(upper1($e), choose($e, $f, $g)));
        $d = add($d, sum);
        $h = add(sum, add(upper0($a), majority($a, $b, $c)));
    };
}

/// A word of the block itself: rounds 0 to 15.
macro_rules! plain {
    ($w:ident, $at:expr) => {
        $w[$at]
    };
}

/// The next word of the schedule, in the place of the one sixteen before it: rounds 16 to 63.
macro_rules! scheduled {
    ($w:ident, $at:expr) => {{
        let (near, far) = (lower0($w[($at + 1) % 16]), lower1($w[($at + 14) % 16]));
        $w[$at] = add(add($w[$at], near), add($w[($at + 9) % 16], far));
        $w[$at]
    }};
}

/// Sixteen rounds: `$state` by the words `$w` and the constants `$k`.
macro_rules! sixteen {
    ($word:ident, $state:ident, $w:ident, $k:expr) => {
        let k: &[u32; 16] = $k;
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = $state;
        round!(a b c d e f g h, $word!($w, 0), k[0]);
        round!(h a b c d e f g, $word!($w, 1), k[1]);
        round!(g h a b c d e f, $word!($w, 2), k[2]);
        round!(f g h a b c d e, $word!($w, 3), k[3]);
        round!(e f g h a b c d, $word!($w, 4), k[4]);
        round!(d e f g h a b c, $word!($w, 5), k[5]);
        round!(c d e f g h a b, $word!($w, 6), k[6]);
        round!(b c d e f g h a, $word!($w, 7), k[7]);
        round!(a b c d e f g h, $word!($w, 8), k[8]);
        round!(h a b c d e f g, $word!($w, 9), k[9]);
        round!(g h a b c d e f, $word!($w, 10), k[10]);
        round!(f g h a b c d e, $word!($w, 11), k[11]);
        round!(e f g h a b c d, $word!($w, 12), k[12]);
        round!(d e f g h a b c, $word!($w, 13), k[13]);
        round!(c d e f g h a b, $word!($w, 14), k[14]);
        round!(b c d e f g h a, $word!($w, 15), k[15]);
        $state = [a, b, c, d, e, f, g, h];
    };
}

pub(super) use {plain, round, scheduled, sixteen};
