//! The allocator of whatever is made of this library, so that what is measured is what is served.
//! It must never be one without the hardening that a service of these records wants: guard pages, and free lists that an
//! overflow cannot steer.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
