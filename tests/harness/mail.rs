//! A mail server of the tests' own, on loopback and in TLS, that answers as it is told and keeps what it took.
//! It must never pass a letter on.

use super::Folder;
use channel_panel::config::{Notices, Smtp};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    Take,
    /// 450 to the receiver's name: a grey list.
    Later,
    /// 550 to it: there is no such person.
    Refuse,
    /// 554 once the letter is there.
    RefuseText,
    /// Goes away in the middle of the letter.
    Leave,
    /// Takes the letter and goes away without a word.
    TakeAndLeave,
    /// 535 to name and password.
    NoEntry,
    /// 550 to the sender's name.
    NoSender,
}

/// How a connection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    Tls,
    StartTls,
    /// Offers no TLS at all.
    Clear,
}

#[derive(Debug)]
struct Heard {
    conduct: Conduct,
    taken: Vec<String>,
    in_clear: Vec<String>,
    signed_in: Vec<String>,
}

#[derive(Debug)]
pub struct MailServer {
    port: u16,
    opening: Opening,
    folder: Folder,
    heard: Arc<Mutex<Heard>>,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MailServer {
    pub fn start(opening: Opening) -> Self {
        let folder = Folder::new();
        let tls = certificate(&folder);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (taken, in_clear, signed_in) = (Vec::new(), Vec::new(), Vec::new());
        let heard = Arc::new(Mutex::new(Heard { conduct: Conduct::Take, taken, in_clear, signed_in }));
        let ending = Arc::new(AtomicBool::new(false));
        let (own, ended) = (heard.clone(), ending.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                // Whoever goes away in the middle is no fault of the server's.
                let _ = stream.and_then(|stream| serve(stream, opening, &tls, &own));
            }
        });
        Self { port, opening, folder, heard, ending, thread: Some(thread) }
    }

    pub fn behave(&self, conduct: Conduct) {
        self.heard.lock().unwrap().conduct = conduct;
    }

    /// Letters so far, the oldest first.
    pub fn taken(&self) -> Vec<String> {
        self.heard.lock().unwrap().taken.clone()
    }

    /// Lines that were sent before TLS.
    pub fn in_clear(&self) -> Vec<String> {
        self.heard.lock().unwrap().in_clear.clone()
    }

    pub fn signed_in(&self) -> Vec<String> {
        self.heard.lock().unwrap().signed_in.clone()
    }

    /// As a service is configured to send by this server.
    pub fn smtp(&self) -> Smtp {
        let credentials = self.folder.join("credentials");
        std::fs::write(&credentials, "channel-panel\nhorse battery staple\n").unwrap();
        std::fs::set_permissions(&credentials, std::fs::Permissions::from_mode(0o600)).unwrap();
        Smtp {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            starttls: self.opening != Opening::Tls,
            authorities: Some(self.authorities()),
            credentials: Some(credentials),
            answer_seconds: 10,
        }
    }

    pub fn authorities(&self) -> PathBuf {
        self.folder.join("mail.pem")
    }

    pub fn notices(&self) -> Notices {
        super::posted(Some(self.smtp()))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One for 127.0.0.1 that is its own authority.
fn certificate(folder: &Folder) -> Arc<ServerConfig> {
    let (config, key, made) = (folder.join("openssl.cnf"), folder.join("mail.key"), folder.join("mail.pem"));
    let text = "[req]\ndistinguished_name = dn\nx509_extensions = v3\nprompt = no\n[dn]\nCN = mail\n\
                [v3]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical,CA:FALSE\n";
    std::fs::write(&config, text).unwrap();
    let done = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .arg("-config")
        .arg(&config)
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&made)
        .output()
        .expect("openssl is on every Debian");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let chain = vec![CertificateDer::from_pem_file(&made).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

fn serve(
    mut stream: TcpStream,
    opening: Opening,
    tls: &Arc<ServerConfig>,
    heard: &Mutex<Heard>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    if opening != Opening::Tls && !turned_to_tls(&mut stream, opening, heard)? {
        return Ok(());
    }
    let connection = ServerConnection::new(tls.clone()).map_err(std::io::Error::other)?;
    converse(StreamOwned::new(connection, stream), opening == Opening::Tls, heard)
}

/// In the clear, until STARTTLS. A line is read byte by byte: what follows it is not ours.
fn turned_to_tls(stream: &mut TcpStream, opening: Opening, heard: &Mutex<Heard>) -> std::io::Result<bool> {
    stream.write_all(b"220 mail\r\n")?;
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            line.extend(byte);
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        heard.lock().unwrap().in_clear.push(line.clone());
        match line.split(' ').next().unwrap_or_default() {
            "EHLO" if opening == Opening::StartTls => stream.write_all(b"250-mail\r\n250 STARTTLS\r\n")?,
            "EHLO" => stream.write_all(b"250-mail\r\n250 AUTH PLAIN\r\n")?,
            "STARTTLS" => {
                stream.write_all(b"220 go on\r\n")?;
                return Ok(true);
            }
            "QUIT" => return Ok(false),
            _ => stream.write_all(b"502 no\r\n")?,
        }
    }
}

fn converse<S: Read + Write>(stream: S, greets: bool, heard: &Mutex<Heard>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let say = |stream: &mut BufReader<S>, text: &str| {
        stream.get_mut().write_all(format!("{text}\r\n").as_bytes())?;
        stream.get_mut().flush()
    };
    if greets {
        say(&mut stream, "220 mail")?;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let conduct = heard.lock().unwrap().conduct;
        match line.trim_end().split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => say(&mut stream, "250-mail\r\n250 AUTH PLAIN")?,
            "AUTH" if conduct == Conduct::NoEntry => say(&mut stream, "535 wrong name or password")?,
            "AUTH" => {
                heard.lock().unwrap().signed_in.push(line.trim_end().to_owned());
                say(&mut stream, "235 welcome")?;
            }
            "MAIL" if conduct == Conduct::NoSender => say(&mut stream, "550 not from here")?,
            "RCPT" if conduct == Conduct::Later => say(&mut stream, "450 come again")?,
            "RCPT" if conduct == Conduct::Refuse => say(&mut stream, "550 nobody of that name")?,
            "DATA" => {
                say(&mut stream, "354 go on")?;
                if conduct == Conduct::Leave {
                    return Ok(());
                }
                let text = letter(&mut stream)?;
                if conduct == Conduct::RefuseText {
                    say(&mut stream, "554 not such a letter")?;
                    continue;
                }
                heard.lock().unwrap().taken.push(text);
                if conduct == Conduct::TakeAndLeave {
                    return Ok(());
                }
                say(&mut stream, "250 taken")?;
            }
            "QUIT" => return say(&mut stream, "221 farewell"),
            _ => say(&mut stream, "250 well")?,
        }
    }
}

/// Up to the line that is a dot alone.
fn letter<S: Read>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
