//! `smash fetch` over secure connections: whom it trusts, and that it does not leave them.

#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

mod kit;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use kit::{Done, Place};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// A server with a certificate of an authority of its own, which answers each request by `answer`; returns
/// its address and the authority.
fn serve(answer: impl Fn(&str, &mut dyn Write) + Send + 'static) -> (String, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let (config, pem) = (Arc::new(config), authority.pem());

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let (mut socket, mut connection) =
                (socket.unwrap(), ServerConnection::new(Arc::clone(&config)).unwrap());
            let mut stream = Stream::new(&mut connection, &mut socket);
            // A client that does not trust us goes away.
            let lines = BufReader::new(&mut stream).lines().map_while(Result::ok);
            let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            if let Some(line) = request.first() {
                answer(line, &mut stream);
                connection.send_close_notify();
                let _ = connection.complete_io(&mut socket);
            }
        }
    });
    (address, pem)
}

fn fetch(place: &Place, mirror: &str) -> Done {
    let args = ["fetch", "modelnet40", "--mirror", mirror, "--retries", "0", "--patience", "5"];
    let mut command = place.command(&args);
    Done::from(
        command.env("SSL_CERT_FILE", place.path("ca.pem")).env_remove("SSL_CERT_DIR").output().unwrap(),
    )
}

#[test]
fn the_system_says_whom_to_trust() {
    let place = Place::new();
    let (mirror, authority) = serve(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 404 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    let none = fetch(&place, &mirror);
    assert!(none.code == 3 && none.err.contains("No CA certificates"), "{none:?}");
    let (_, other) = serve(|_, _| {});
    place.write("ca.pem", other);
    fetch(&place, &mirror).expect_error(3, &["no secure connection"], "another authority");
    place.write("ca.pem", authority);
    fetch(&place, &mirror).expect_error(3, &["it has no such file"], "its authority");
}

#[test]
fn no_redirect_leads_away_from_a_secure_connection() {
    let place = Place::new();
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/ModelNet40.zip", plain.local_addr().unwrap());
    let location = to.clone();
    let (mirror, authority) = serve(move |_, stream| {
        let head = "HTTP/1.1 302 X\r\nConnection: close\r\nContent-Length: 0\r\n";
        let _ = write!(stream, "{head}Location: {location}\r\n\r\n");
    });
    place.write("ca.pem", authority);
    fetch(&place, &mirror).expect_error(3, &["stay with https", &to], "a downgrade");
    plain.set_nonblocking(true).unwrap();
    assert!(plain.accept().is_err(), "the address without security was asked");
}
