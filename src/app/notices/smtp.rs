//! Letters over SMTP (RFC 5321), in TLS or not at all, to one server that authorities of the configuration vouch for.
//! It must never say a password to a server that has not shown a certificate, nor take what is wrong with the road for a
//! fault of the letter: a wrong password must not cost anybody their letters.

use super::letter::Letter;
use super::{Transport, Undelivered};
use crate::config::Smtp;
use crate::seal::secret_file;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use std::time::Duration;

pub struct Server {
    host: String,
    port: u16,
    starttls: bool,
    tls: TlsParameters,
    credentials: Option<Credentials>,
    /// As whom it greets: the host of the sender's address.
    hello: ClientId,
    patience: Duration,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({}:{})", self.host, self.port)
    }
}

impl Server {
    /// # Errors
    /// Which file of the configuration cannot be used.
    pub fn open(config: &Smtp, from: &str) -> Result<Self, &'static str> {
        let mut tls = TlsParameters::builder(config.host.clone());
        if let Some(authorities) = &config.authorities {
            let pem = std::fs::read(authorities).map_err(|_| "smtp.authorities: cannot be read")?;
            let authorities = Certificate::from_pem(&pem).map_err(|_| "smtp.authorities: is not PEM")?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authorities);
        }
        let tls = tls.build().map_err(|_| "smtp.authorities: holds a certificate that cannot be used")?;
        let host = from.rsplit_once('@').map_or(from, |(_, host)| host);
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            starttls: config.starttls,
            tls,
            credentials: config.credentials.as_deref().map(credentials).transpose()?,
            hello: ClientId::Domain(host.to_owned()),
            patience: Duration::from_secs(u64::from(config.answer_seconds)),
        })
    }

    fn connect(&self) -> Result<SmtpConnection, Error> {
        let at_once = Some(&self.tls).filter(|_| !self.starttls);
        let address = (self.host.as_str(), self.port);
        let mut connection = SmtpConnection::connect(address, Some(self.patience), &self.hello, at_once, None)?;
        if self.starttls {
            connection.starttls(&self.tls, &self.hello)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials)?;
        }
        Ok(connection)
    }
}

impl Transport for Server {
    fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        let road = |_| Undelivered::NoRoad;
        let address = |text: &str| text.parse::<Address>().map_err(|_| Undelivered::Refused);
        let (from, to) = (address(&letter.from)?, address(&letter.to)?);
        let mut connection = self.connect().map_err(road)?;
        let given = connection.command(Mail::new(Some(from), Vec::new())).map_err(road).and_then(|_| {
            connection.command(Rcpt::new(to, Vec::new())).map_err(|error| of_the_letter(&error))?;
            connection.command(Data).map_err(|error| of_the_letter(&error))?;
            connection.message(letter.text.as_bytes()).map_err(|error| of_the_letter(&error))
        });
        // Taken is taken: what the server says to the farewell changes nothing.
        connection.abort();
        given.map(|_| ())
    }
}

/// What the server says once it has the receiver's name. No answer at all after the last line leaves open whether it has the
/// letter: it is sent again, under the same Message-ID.
fn of_the_letter(error: &Error) -> Undelivered {
    match (error.is_permanent(), error.is_transient()) {
        (true, _) => Undelivered::Refused,
        (_, true) => Undelivered::Later,
        _ => Undelivered::NoRoad,
    }
}

fn credentials(path: &std::path::Path) -> Result<Credentials, &'static str> {
    let lines = secret_file::lines(path)
        .map_err(|_| "smtp.credentials: must be a plain file of the service's user, mode 0600, of two lines")?;
    match lines.as_slice() {
        [name, password] if !name.is_empty() && !password.is_empty() => {
            Ok(Credentials::new(name.to_string(), password.to_string()))
        }
        _ => Err("smtp.credentials: must hold two lines, name and password"),
    }
}
