package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/// Requests for certificates as they stand in objects: PKCS#10 in PEM, in base64.
public final class SigningRequests {
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\\s]*)-----END CERTIFICATE"
              + " REQUEST-----");

  private SigningRequests() {}

  /// @throws IllegalArgumentException for what is none; the message says why
  public static PKCS10CertificationRequest read(String base64) {
    Matcher pem = PEM.matcher(new String(Base64.getDecoder().decode(base64), US_ASCII));
    if (!pem.find()) {
      throw new IllegalArgumentException("PEM block type must be CERTIFICATE REQUEST");
    }
    try {
      var request = new PKCS10CertificationRequest(Base64.getMimeDecoder().decode(pem.group(1)));
      // What is inside is read when it is asked for.
      request.getSignature();
      organizations(request);
      return request;
    } catch (IOException | IllegalStateException | IllegalArgumentException e) {
      throw new IllegalArgumentException("asn1: structure error: " + e.getMessage(), e);
    }
  }

  /// The groups that the certificate would give.
  public static List<String> organizations(PKCS10CertificationRequest request) {
    return Arrays.stream(request.getSubject().getRDNs(BCStyle.O))
        .map(part -> part.getFirst().getValue().toString())
        .toList();
  }
}
