//! `ledger witness serve`: the witness over HTTP, C2SP tlog-witness `POST /add-checkpoint`, on loopback behind a proxy that speaks TLS.
//! It must never check two checkpoints at once, nor answer before what it answers for is on disk.

use super::Failed;
use super::serve::announce;
use crate::clock::Clock;
use crate::ledger::note::MAX_NOTE;
use crate::ledger::witness::{Refusal, Witness};
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A note, and 63 hashes before it.
const MOST: usize = MAX_NOTE + 8_192;

/// For the whole of a request to come.
const PATIENCE: Duration = Duration::from_secs(10);

pub fn run(witness: Witness, listen: SocketAddr) -> Result<ExitCode, Failed> {
    if !listen.ip().is_loopback() {
        return Err(Failed::unusable("--listen: plain HTTP is served on loopback only; let a proxy terminate TLS"));
    }
    let listener = TcpListener::bind(listen).map_err(|error| format!("{listen}: {error}"))?;
    let address = listener.local_addr()?;
    let witness = Data::new(Mutex::new(witness));
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(witness.clone())
                .app_data(PayloadConfig::new(MOST))
                .route("/add-checkpoint", web::post().to(add_checkpoint))
        });
        let server = server.workers(1).client_request_timeout(PATIENCE).shutdown_timeout(10).listen(listener)?.run();
        announce("http", address);
        server.await
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn add_checkpoint(witness: Data<Mutex<Witness>>, request: Bytes) -> HttpResponse {
    let asked = web::block(move || {
        // A thread that panicked left nothing half written: a state is replaced whole, before its word is given.
        let witness = witness.lock().unwrap_or_else(PoisonError::into_inner);
        witness.add_checkpoint(&request, Clock::default().instant())
    });
    match asked.await {
        Ok(Ok(line)) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(line),
        Ok(Err(Refusal::Elsewhere(size))) => {
            HttpResponse::Conflict().content_type("text/x.tlog.size").body(format!("{size}\n"))
        }
        Ok(Err(refusal)) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if status.is_server_error() {
                tracing::error!(%refusal, "the witness cannot give its word");
            }
            HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(format!("{refusal}\n"))
        }
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
