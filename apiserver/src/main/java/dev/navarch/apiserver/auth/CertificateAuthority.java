package dev.navarch.apiserver.auth;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Signs certificates with one key. EC P-256 throughout: small, fast, and known to every client.
public final class CertificateAuthority {
  private static final Duration CA_LIFE = Duration.ofDays(3650);
  private static final Duration LIFE = Duration.ofDays(365);
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);
  private final Identity identity;
  private final InstantSource clock;

  /// A certificate and the key that belongs to it.
  public record Identity(X509Certificate certificate, PrivateKey key) {}

  /// What a certificate says.
  ///
  /// @param groups become organisations, which Kubernetes reads as groups
  /// @param names DNS names and IP addresses of a server; empty for a mere client
  public record Request(String user, List<String> groups, List<String> names) {}

  public CertificateAuthority(Identity identity, InstantSource clock) {
    this.identity = identity;
    this.clock = clock;
  }

  /// A new authority of its own making.
  public static CertificateAuthority create(String name, InstantSource clock) {
    KeyPair keys = newKeys();
    X500Name subject = name(name, List.of());
    var certificate =
        sign(
            subject,
            subject,
            keys.getPublic(),
            keys.getPrivate(),
            CA_LIFE,
            clock,
            certificateAuthority());
    return new CertificateAuthority(new Identity(certificate, keys.getPrivate()), clock);
  }

  public X509Certificate certificate() {
    return identity.certificate();
  }

  Identity identity() {
    return identity;
  }

  /// A fresh key and a certificate for it, good for a year.
  public Identity issue(Request request) {
    KeyPair keys = newKeys();
    return new Identity(certify(request, keys.getPublic()), keys.getPrivate());
  }

  /// A certificate for a key that stays with its owner.
  public X509Certificate certify(Request request, PublicKey key) {
    var issuer =
        X500Name.getInstance(identity.certificate().getSubjectX500Principal().getEncoded());
    return sign(
        issuer,
        name(request.user(), request.groups()),
        key,
        identity.key(),
        LIFE,
        clock,
        leaf(request.names()));
  }

  /// A certificate for what somebody asks: the subject, names and key of the request, for purposes
  /// in the API's words (`digital signature`, `client auth`…), never beyond the authority's own
  /// end.
  public X509Certificate certify(SigningRequest request, List<String> usages, Duration life) {
    Duration left =
        Duration.between(clock.instant(), identity.certificate().getNotAfter().toInstant());
    return sign(
        X500Name.getInstance(identity.certificate().getSubjectX500Principal().getEncoded()),
        request.subject(),
        request.key(),
        identity.key(),
        life.compareTo(left) < 0 ? life : left,
        clock,
        builder -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
          CertificateUsages.addTo(builder, usages);
          if (request.names().isPresent()) {
            builder.addExtension(
                Extension.subjectAlternativeName, false, request.names().orElseThrow());
          }
        });
  }

  /// Whether this authority signed a certificate.
  public boolean signed(X509Certificate certificate) {
    try {
      certificate.verify(identity.certificate().getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  public static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Adds the extensions of one sort of certificate.
  @FunctionalInterface
  private interface Extensions {
    void addTo(JcaX509v3CertificateBuilder builder) throws CertIOException;
  }

  private static Extensions certificateAuthority() {
    return builder -> {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign | KeyUsage.cRLSign));
    };
  }

  private static Extensions leaf(List<String> names) {
    return builder -> {
      List<KeyPurposeId> purposes = new ArrayList<>(List.of(KeyPurposeId.id_kp_clientAuth));
      if (!names.isEmpty()) {
        purposes.add(KeyPurposeId.id_kp_serverAuth);
        builder.addExtension(Extension.subjectAlternativeName, false, names(names));
      }
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
    };
  }

  static GeneralNames names(List<String> names) {
    return new GeneralNames(
        names.stream().map(CertificateAuthority::name).toArray(GeneralName[]::new));
  }

  private static GeneralName name(String nameOrAddress) {
    boolean address =
        nameOrAddress.contains(":") || nameOrAddress.matches("\\d+\\.\\d+\\.\\d+\\.\\d+");
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, nameOrAddress);
  }

  static X500Name name(String commonName, List<String> organisations) {
    var builder = new X500NameBuilder(BCStyle.INSTANCE);
    organisations.forEach(each -> builder.addRDN(BCStyle.O, each));
    return builder.addRDN(BCStyle.CN, commonName).build();
  }

  @SuppressWarnings("JavaUtilDate") // BouncyCastle asks for it
  private static X509Certificate sign(
      X500Name issuer,
      X500Name subject,
      PublicKey key,
      PrivateKey by,
      Duration life,
      InstantSource clock,
      Extensions extensions) {
    Instant now = clock.instant();
    var builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            new BigInteger(120, new SecureRandom()).add(BigInteger.ONE),
            java.util.Date.from(now.minus(CLOCK_SKEW)),
            java.util.Date.from(now.plus(life)),
            subject,
            key);
    try {
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
      extensions.addTo(builder);
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by)));
    } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot sign a certificate for " + subject, e);
    }
  }
}
