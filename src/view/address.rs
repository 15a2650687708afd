//! What the page's address asks for: `?seed=7#/kubernetes-basics/scale`.

/// The place without a lesson.
pub const SANDBOX: &str = "sandbox";

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// A lesson's folder, or [`SANDBOX`]; empty for the first lesson.
    pub place: String,
    /// The seed of a new world.
    pub seed: Option<u64>,
}

impl Address {
    /// Reads the part from `?` and the part from `#` of an address. The seed may stand in either.
    pub fn of(search: &str, hash: &str) -> Address {
        let (place, inside) =
            hash.trim_start_matches('#').split_once('?').unwrap_or((hash.trim_start_matches('#'), ""));
        let fields = inside.split('&').chain(search.trim_start_matches('?').split('&'));
        let seed = fields.filter_map(|field| field.strip_prefix("seed=")).find_map(|seed| seed.parse().ok());
        Address { place: place.trim_matches('/').to_owned(), seed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_place_and_the_seed() {
        let cases = [
            ("", "", "", None),
            ("", "#/kubernetes-basics/scale/", "kubernetes-basics/scale", None),
            ("?seed=7", "#/sandbox", "sandbox", Some(7)),
            ("?lang=ko&seed=8", "#/sandbox?seed=9", "sandbox", Some(9)),
            ("?seed=8", "#/sandbox?seed=nine", "sandbox", Some(8)),
            ("?seed=-1&seed=18446744073709551616&seed=", "", "", None),
            ("?", "#?", "", None),
        ];
        for (search, hash, place, seed) in cases {
            assert_eq!(Address::of(search, hash), Address { place: place.into(), seed }, "{search} {hash}");
        }
    }
}
