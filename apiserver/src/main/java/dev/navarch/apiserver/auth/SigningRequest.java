package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/// One request for a certificate: read, with the proof that its sender has the key, or made.
///
/// @param names the subject's alternative names; empty for none
public record SigningRequest(X500Name subject, PublicKey key, Optional<GeneralNames> names) {

  /// @throws IllegalArgumentException for what is no request, or is not signed with its own key
  public static SigningRequest read(String base64) {
    PKCS10CertificationRequest request = SigningRequests.read(base64);
    try {
      PublicKey key = new JcaPKCS10CertificationRequest(request).getPublicKey();
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new IllegalArgumentException("the request is not signed with its own key");
      }
      Extensions extensions = request.getRequestedExtensions();
      return new SigningRequest(
          request.getSubject(),
          key,
          Optional.ofNullable(extensions)
              .map(all -> GeneralNames.fromExtensions(all, Extension.subjectAlternativeName)));
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException("asn1: structure error: " + e.getMessage(), e);
    } catch (GeneralSecurityException | OperatorCreationException | PKCSException e) {
      throw new IllegalArgumentException("unusable key: " + e.getMessage(), e);
    }
  }

  /// A new request as it stands in objects: PEM in base64.
  public static String make(KeyPair keys, CertificateAuthority.Request wanted) {
    try {
      var builder =
          new JcaPKCS10CertificationRequestBuilder(
              CertificateAuthority.name(wanted.user(), wanted.groups()), keys.getPublic());
      if (!wanted.names().isEmpty()) {
        var extensions = new ExtensionsGenerator();
        extensions.addExtension(
            Extension.subjectAlternativeName, false, CertificateAuthority.names(wanted.names()));
        builder.addAttribute(
            PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
      }
      byte[] der =
          builder
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
              .getEncoded();
      return Base64.getEncoder()
          .encodeToString(Pem.text("CERTIFICATE REQUEST", der).getBytes(US_ASCII));
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("cannot ask for a certificate for " + wanted.user(), e);
    }
  }

  public String commonName() {
    List<String> all = parts(BCStyle.CN);
    return all.isEmpty() ? "" : all.getLast();
  }

  public List<String> organizations() {
    return parts(BCStyle.O);
  }

  public List<String> dnsNames() {
    return texts(GeneralName.dNSName);
  }

  public List<String> emails() {
    return texts(GeneralName.rfc822Name);
  }

  public List<String> uris() {
    return texts(GeneralName.uniformResourceIdentifier);
  }

  /// IP addresses, as Java writes them.
  public List<String> addresses() {
    return all(GeneralName.iPAddress)
        .map(name -> address(ASN1OctetString.getInstance(name.getName()).getOctets()))
        .toList();
  }

  private List<String> parts(ASN1ObjectIdentifier attribute) {
    return Arrays.stream(subject.getRDNs(attribute))
        .map(part -> IETFUtils.valueToString(part.getFirst().getValue()).replace("\\", ""))
        .toList();
  }

  private List<String> texts(int tag) {
    return all(tag).map(name -> name.getName().toString()).toList();
  }

  private Stream<GeneralName> all(int tag) {
    return names.stream()
        .flatMap(every -> Arrays.stream(every.getNames()))
        .filter(name -> name.getTagNo() == tag);
  }

  private static String address(byte[] octets) {
    try {
      return InetAddress.getByAddress(octets).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("cannot parse IP address of length " + octets.length, e);
    }
  }
}
