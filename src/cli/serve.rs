//! `serve`: the API on the configured address. It must never serve what it could not check first.

use super::{Failed, plan};
use crate::api::server;
use crate::app::compose::compose;
use crate::config::{Config, Tls};
use actix_web::web::Data;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

pub fn run(path: &Path) -> Result<ExitCode, Failed> {
    let (config, plan) = plan::read(path)?;
    crate::telemetry::start();
    let tls = config.tls.as_ref().map(server_config).transpose()?;
    let composed = compose(plan)?;
    serve(&config, tls, Arc::clone(&composed.service))?;
    drop(composed);
    Ok(ExitCode::SUCCESS)
}

fn serve(config: &Config, tls: Option<ServerConfig>, service: Arc<crate::app::service::Service>) -> Result<(), Failed> {
    let listener = TcpListener::bind(config.listen).map_err(|error| format!("{}: {error}", config.listen))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = listener.local_addr()?;
    listen(listener, tls, service, || announce(scheme, address))
}

/// What a supervisor, a test or a person waits for.
pub fn announce(scheme: &str, address: std::net::SocketAddr) {
    println!("listening on {scheme}://{address}");
    let _ = std::io::stdout().flush();
}

/// Runs the server until it is told to stop.
pub fn listen(
    listener: TcpListener,
    tls: Option<ServerConfig>,
    service: Arc<crate::app::service::Service>,
    ready: impl FnOnce(),
) -> Result<(), Failed> {
    actix_web::rt::System::new().block_on(async move {
        let server = server::build(Data::from(service), listener, tls)?;
        ready();
        server.await
    })?;
    Ok(())
}

/// TLS 1.3 and 1.2 with ring; no client certificates yet.
fn server_config(tls: &Tls) -> Result<ServerConfig, Failed> {
    let bad = |path: &Path, what: &str| format!("tls: {}: {what}", path.display());
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .map_err(|_| bad(&tls.certificate, "cannot be read as PEM"))?
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| bad(&tls.certificate, "holds a malformed certificate"))?;
    let open = std::fs::metadata(&tls.key).map_err(|_| bad(&tls.key, "cannot be read"))?.mode() & 0o077 != 0;
    if open {
        return Err(Failed::from(bad(&tls.key, "must have mode 0600; somebody else may have read it")));
    }
    let key =
        PrivateKeyDer::from_pem_file(&tls.key).map_err(|_| bad(&tls.key, "cannot be read as a PEM private key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|_| "tls: the protocol versions are not supported")?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| bad(&tls.certificate, "does not fit the key"))?;
    Ok(config)
}
