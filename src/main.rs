//! The binary: reads its arguments and hands over to `cli`. It must never do anything itself.

fn main() -> std::process::ExitCode {
    channel_panel::cli::main()
}
