//! The binary: hands its arguments to the library. It must never hold logic of its own.

fn main() {}
