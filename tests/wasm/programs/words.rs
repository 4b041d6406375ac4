//! Collections, strings, formatting and trait objects of the standard library.
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt::Write;

trait Scale {
    fn apply(&self, x: f64) -> f64;
}
struct Linear(f64);
struct Power(i32);
impl Scale for Linear {
    fn apply(&self, x: f64) -> f64 {
        self.0 * x
    }
}
impl Scale for Power {
    fn apply(&self, x: f64) -> f64 {
        x.powi(self.0)
    }
}

#[no_mangle]
pub extern "C" fn digest() -> u64 {
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for i in 0..200u64 {
        *words.entry(format!("w{:03x}", i * i % 37)).or_insert(0) += i as usize;
    }
    let scales: Vec<Box<dyn Scale>> = vec![Box::new(Linear(1.5)), Box::new(Power(3)), Box::new(Power(-1))];
    let mut text = String::new();
    for (i, (word, count)) in words.iter().enumerate() {
        let _ = writeln!(text, "{word:>6} {count:<5} {:.6e}", scales[i % 3].apply(*count as f64 + 0.5));
    }
    let mut queue: VecDeque<i64> = (0..64).collect();
    queue.rotate_left(17);
    let odd = queue.iter().filter(|x| *x % 2 == 1).fold(0i64, |a, x| a.wrapping_mul(31).wrapping_add(*x));
    let _ = write!(text, "{odd} {:?}", "12.75e3".parse::<f64>());
    text.bytes().fold(1469598103934665603, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(1099511628211))
        ^ words.keys().map(String::len).collect::<HashSet<_>>().len() as u64
}
