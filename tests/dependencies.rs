//! What may be linked into the service: one crypto library, and licences that permit it.
//! It asks cargo about the locked dependencies; it must never need the network.

use std::process::Command;

/// `ring` is the one library to trust (and libpq's OpenSSL, which no crate brings in). A second one arrives by a feature
/// that somebody switched on, and nobody has decided to trust it.
const OTHER_CRYPTO: &[&str] = &[
    "aes",
    "aes-gcm",
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "boring",
    "boring-sys",
    "chacha20poly1305",
    "curve25519-dalek",
    "ed25519-dalek",
    "graviola",
    "hmac",
    "libsodium-sys",
    "mbedtls",
    "native-tls",
    "openssl",
    "openssl-sys",
    "p256",
    "p384",
    "rsa",
    "sodiumoxide",
    "symcrypt",
];

const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

struct Dependency {
    name: String,
    licence: String,
}

/// `edges` as cargo names them: `normal` is what the binary is made of, `build` what makes it.
fn dependencies(edges: &str) -> Vec<Dependency> {
    let tree = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--offline", "--prefix=none", "--format={p}|{l}", "--edges", edges])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap().lines().filter_map(dependency).collect()
}

/// `name v1.2.3|licence`, with ` (*)` at the end where cargo has shown it before.
fn dependency(line: &str) -> Option<Dependency> {
    let (package, licence) = line.trim_end_matches(" (*)").split_once('|')?;
    let name = package.split(' ').next()?;
    Some(Dependency { name: name.to_owned(), licence: licence.to_owned() })
}

/// Whether an SPDX expression can be met with allowed licences alone; `/` is its old spelling of OR.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let met = either(&mut words);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>) -> bool {
    let mut met = both(words);
    while words.next_if_eq(&"OR").is_some() {
        met |= both(words);
    }
    met
}

fn both(words: &mut Words<'_>) -> bool {
    let mut met = one(words);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words);
    }
    met
}

fn one(words: &mut Words<'_>) -> bool {
    match words.next() {
        Some("(") => {
            let met = either(words);
            words.next() == Some(")") && met
        }
        Some(licence) => {
            // An exception only ever adds permission.
            if words.next_if_eq(&"WITH").is_some() {
                words.next();
            }
            LICENCES.contains(&licence)
        }
        None => false,
    }
}

#[test]
fn one_crypto_library_is_linked() {
    let linked = dependencies("normal");
    assert!(linked.iter().any(|dependency| dependency.name == "ring"), "the tree was not read");
    let second: Vec<&str> =
        linked.iter().map(|dependency| dependency.name.as_str()).filter(|name| OTHER_CRYPTO.contains(name)).collect();
    assert_eq!(second, Vec::<&str>::new(), "`cargo tree -e normal -i NAME` says who brings it in");
}

#[test]
fn every_licence_is_allowed() {
    let refused: Vec<String> = dependencies("normal,build")
        .into_iter()
        .filter(|dependency| !allowed(&dependency.licence))
        .map(|dependency| format!("{}: {:?}", dependency.name, dependency.licence))
        .collect();
    assert!(refused.is_empty(), "\n{}", refused.join("\n"));
}

#[test]
fn licence_expressions_are_understood() {
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "(MIT OR GPL-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0-only", "MIT AND GPL-3.0", "(MIT", "MIT)", "(MIT OR ISC) AND AGPL-3.0", "MIT ISC"] {
        assert!(!allowed(bad), "{bad}");
    }
}

#[test]
fn a_line_of_the_tree_is_understood() {
    let found = dependency("rsa v0.9.8|MIT OR Apache-2.0 (*)").unwrap();
    assert_eq!((found.name.as_str(), found.licence.as_str()), ("rsa", "MIT OR Apache-2.0"));
    assert!(OTHER_CRYPTO.contains(&found.name.as_str()));
}
