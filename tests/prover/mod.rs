//! The theorems about the policies, and that the prover refutes what is false.

mod theorems;
