//! TLS on a connection: whom we trust, and what people are told when a certificate does not stand.
//!
//! There is no way to switch verification off. No environment variable has a say.

/// Whether this build can make a connection a verified one.
pub(super) const BUILT_IN: bool = cfg!(feature = "tls");

#[cfg(feature = "tls")]
pub(super) use verified::Trust;

#[cfg(not(feature = "tls"))]
pub(super) use absent::Trust;

#[cfg(feature = "tls")]
mod verified {
    use std::cell::OnceCell;
    use std::fmt;
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use async_net::TcpStream;
    use futures_rustls::TlsConnector;
    use futures_rustls::pki_types::pem::{self, PemObject};
    use futures_rustls::pki_types::{CertificateDer, ServerName};
    use futures_rustls::rustls::client::Resumption;
    use futures_rustls::rustls::crypto::ring;
    use futures_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

    use super::super::stream::Stream;
    use crate::link::{Closed, Endpoint, Link};
    use crate::text::Shown;

    /// Whom we trust: the authorities of the system's bundle, or of the one built in, and the private ones.
    pub(in super::super) struct Trust {
        private: Vec<CertificateDer<'static>>,
        /// Made when it is first needed: most of a bundle's octets are never looked at on a board that signs in without TLS.
        connector: OnceCell<TlsConnector>,
    }

    impl Trust {
        pub(in super::super) fn new(ca_file: Option<&Path>, ca_pem: Option<&str>) -> io::Result<Self> {
            let mut private = Vec::new();
            if let Some(path) = ca_file {
                private.extend(usable(certificates(path)).map_err(|error| named(path, &error))?);
            }
            if let Some(pem) = ca_pem {
                let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
                private.extend(usable(found.map_err(|error| io::Error::other(error.to_string())))?);
            }
            Ok(Self { private, connector: OnceCell::new() })
        }

        /// Makes a connection a verified one.
        pub(in super::super) async fn secure(
            &self,
            link: Link,
            to: &Endpoint,
            tcp: TcpStream,
        ) -> Result<Stream, Closed> {
            // A zone is ours alone; no certificate names it.
            let host = to.host.split('%').next().unwrap_or_default().trim_end_matches('.');
            let Ok(name) = ServerName::try_from(host.to_owned()) else {
                log::warn!("{}: {host} is no name a certificate could be for", link.room);
                return Err(Closed::Untrusted);
            };
            let connector = match self.connector() {
                Ok(connector) => connector,
                Err(error) => {
                    log::error!("{}: {host}: TLS cannot start: {error}", link.room);
                    return Err(Closed::Untrusted);
                }
            };
            connector.connect(name, tcp).await.map(Stream::secured).map_err(|error| {
                let (why, text) = explained(&error);
                log::warn!("{}: {host}: {text}", link.room);
                why
            })
        }

        fn connector(&self) -> Result<TlsConnector, Error> {
            if let Some(connector) = self.connector.get() {
                return Ok(connector.clone());
            }
            let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(self.roots())
                .with_no_client_auth();
            // Sign-ins are hours apart; a table of old sessions would only take room.
            config.resumption = Resumption::disabled();
            Ok(self.connector.get_or_init(|| Arc::new(config).into()).clone())
        }

        fn roots(&self) -> RootCertStore {
            let mut roots = RootCertStore::empty();
            let system = BUNDLES.iter().map(Path::new).find_map(|path| {
                let found = certificates(path).ok()?;
                (!found.is_empty()).then_some((path, found))
            });
            match system {
                Some((path, found)) => {
                    let (added, skipped) = roots.add_parsable_certificates(found);
                    log::debug!(
                        "tls: trusting {added} authorities of {} ({skipped} skipped)",
                        path.display()
                    );
                }
                None => {
                    log::debug!("tls: this system has no bundle of authorities; trusting the built-in ones");
                    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
                }
            }
            roots.add_parsable_certificates(self.private.iter().cloned());
            roots
        }
    }

    fn named(path: &Path, error: &dyn fmt::Display) -> io::Error {
        io::Error::other(format!("{}: {error}", path.display()))
    }

    fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| match error {
            pem::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                io::Error::other("there is no such file")
            }
            error => io::Error::other(error.to_string()),
        })
    }

    /// What the verifier would not take is told now, not at the first sign-in.
    fn usable(found: io::Result<Vec<CertificateDer<'static>>>) -> io::Result<Vec<CertificateDer<'static>>> {
        let found = found?;
        if found.is_empty() {
            return Err(io::Error::other("no certificate in it; expected PEM text"));
        }
        let mut trial = RootCertStore::empty();
        found.iter().try_for_each(|der| trial.add(der.clone())).map_err(io::Error::other)?;
        Ok(found)
    }

    /// What a failed handshake means for the agent, and what people can do about it.
    fn explained(error: &io::Error) -> (Closed, String) {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match inner {
            Some(Error::InvalidCertificate(certificate)) => explained_certificate(certificate),
            Some(Error::NoCertificatesPresented) => {
                (Closed::Untrusted, "the server has no certificate".into())
            }
            Some(other) => (Closed::Unreachable, format!("no TLS connection: {}", Shown(&other.to_string()))),
            None => (Closed::Unreachable, format!("no TLS connection: {error}")),
        }
    }

    fn explained_certificate(error: &CertificateError) -> (Closed, String) {
        use CertificateError as C;
        let text = match error {
            C::NotValidYet | C::NotValidYetContext { .. } => {
                return (
                    Closed::ClockBehind,
                    "its certificate is not valid yet; this board's clock is probably behind: waiting for it to be set"
                        .into(),
                );
            }
            C::Expired | C::ExpiredContext { .. } => {
                "its certificate has expired; its owner must renew it, unless this board's clock is ahead".into()
            }
            C::UnknownIssuer => {
                "nobody we trust vouches for its certificate; if the authority is your own, name its PEM file as ca_file"
                    .into()
            }
            C::NotValidForName => "its certificate is for another name; check the address".into(),
            C::NotValidForNameContext { presented, .. } => {
                let names: Vec<_> = presented.iter().take(4).map(|name| Shown(name).to_string()).collect();
                format!("its certificate is for another name ({}); check the address", names.join(", "))
            }
            other => format!(
                "its certificate is not accepted: {}; its owner must replace it",
                Shown(&other.to_string())
            ),
        };
        (Closed::Untrusted, text)
    }

    /// Where systems keep the authorities they trust, all in one file: Debian, Raspberry Pi OS, Alpine, Arch, Buildroot;
    /// Fedora; openSUSE; OpenWrt and BSDs.
    const BUNDLES: [&str; 4] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_ca_file_that_cannot_serve_is_told_at_once_and_by_name() {
            let file = tempfile::NamedTempFile::new().unwrap();
            let text = |path| Trust::new(Some(path), None).err().unwrap().to_string();
            assert!(text(file.path()).contains("no certificate in it; expected PEM text"));
            assert_eq!(text(Path::new("/nowhere/ca.pem")), "/nowhere/ca.pem: there is no such file");
            std::fs::write(file.path(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                .unwrap();
            assert!(text(file.path()).starts_with(&file.path().display().to_string()));
            assert!(Trust::new(None, None).is_ok());
        }

        #[test]
        fn somebody_is_trusted_without_any_file_of_ours() {
            let trust = Trust::new(None, None).unwrap();
            assert!(trust.roots().len() > 50);
        }

        #[test]
        fn what_a_certificate_says_reaches_no_log_unescaped() {
            let presented = vec!["evil\u{1b}[2J.example".to_owned()];
            let expected = ServerName::try_from("ms.example.net").unwrap();
            let error = CertificateError::NotValidForNameContext { expected, presented };
            let (why, text) = explained_certificate(&error);
            assert_eq!(why, Closed::Untrusted);
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }
}

#[cfg(not(feature = "tls"))]
mod absent {
    use std::io;
    use std::path::Path;

    use async_net::TcpStream;

    use super::super::stream::Stream;
    use crate::link::{Closed, Endpoint, Link};

    /// Nobody: this build has no TLS.
    pub(in super::super) struct Trust;

    impl Trust {
        pub(in super::super) fn new(_: Option<&Path>, _: Option<&str>) -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) async fn secure(
            &self,
            _: Link,
            _: &Endpoint,
            _: TcpStream,
        ) -> Result<Stream, Closed> {
            Err(Closed::Untrusted)
        }
    }
}
