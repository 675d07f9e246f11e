package dev.navarch.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPoint;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads PEM private keys. Java knows PKCS#8 alone, while kubeconfigs also hold the older forms of
/// RSA and EC keys: those are wrapped into PKCS#8 first. What is written for other clients has the
/// form by which they know an EC key.
public final class PrivateKeys {
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----([^-]+)-----END");
  private static final byte[] VERSION = {2, 1, 0};
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
  private static final byte[] EC_PUBLIC_KEY = HexFormat.of().parseHex("06072a8648ce3d0201");

  private PrivateKeys() {}

  /// @param algorithm that of the certificate's public key: `RSA`, `EC`, `EdDSA`
  static PrivateKey read(byte[] pem, String algorithm) throws GeneralSecurityException {
    Matcher found = PEM.matcher(new String(pem, StandardCharsets.US_ASCII));
    if (!found.find()) {
      throw new GeneralSecurityException(
          "no private key found: expected PEM with PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY");
    }
    byte[] der = der(found.group(2));
    byte[] pkcs8 =
        switch (found.group(1)) {
          case "RSA " -> sequence(VERSION, RSA, element(0x04, der));
          case "EC " -> sequence(VERSION, sequence(EC_PUBLIC_KEY, curve(der)), element(0x04, der));
          default -> der;
        };
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  private static byte[] der(String base64) throws InvalidKeySpecException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException("the private key's PEM holds no base64", e);
    }
  }

  /// The key as `PRIVATE KEY`, PKCS#8, the form that servers read.
  ///
  /// @param algorithm that of the certificate's public key: `RSA`, `EC`, `EdDSA`
  public static byte[] pkcs8(byte[] pem, String algorithm) throws GeneralSecurityException {
    return text("PRIVATE KEY", read(pem, algorithm).getEncoded());
  }

  /// An EC key as `EC PRIVATE KEY`: clients that go by the label take `PRIVATE KEY` for an RSA key.
  /// Some want to find the public key in it, too. Anything else is left as it is.
  ///
  /// @param certificate whose key it is, in PEM
  static byte[] labelled(byte[] pem, byte[] certificate) {
    Matcher found = PEM.matcher(new String(pem, StandardCharsets.US_ASCII));
    if (!found.find() || !found.group(1).isEmpty()) {
      return pem;
    }
    try {
      byte[] pkcs8 = der(found.group(2));
      PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      Certificate proof =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate));
      ECPublicKey known = (ECPublicKey) proof.getPublicKey();
      return text("EC PRIVATE KEY", sec1((ECPrivateKey) key, known.getW()));
    } catch (InvalidKeySpecException anotherAlgorithm) {
      return pem;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The content of an `EC PRIVATE KEY`, with its curve and its public half.
  static byte[] sec1(ECPrivateKey key, ECPoint known) throws GeneralSecurityException, IOException {
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(key.getParams());
    int length = (key.getParams().getOrder().bitLength() + 7) / 8;
    byte[] version = {2, 1, 1};
    var point = new ByteArrayOutputStream();
    point.writeBytes(new byte[] {0, 4});
    point.writeBytes(digits(known.getAffineX(), length));
    point.writeBytes(digits(known.getAffineY(), length));
    return sequence(
        version,
        element(0x04, digits(key.getS(), length)),
        element(0xa0, curve.getEncoded()),
        element(0xa1, element(0x03, point.toByteArray())));
  }

  private static byte[] digits(BigInteger number, int length) {
    byte[] shortest = number.toByteArray();
    byte[] digits = new byte[length];
    int count = Math.min(shortest.length, length);
    System.arraycopy(shortest, shortest.length - count, digits, length - count, count);
    return digits;
  }

  private static byte[] text(String label, byte[] der) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, lines, label)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /// The curve's identifier: the only `[0]` element, after the version and the key itself.
  private static byte[] curve(byte[] ecKey) throws GeneralSecurityException {
    int at = ecKey.length > 1 && ecKey[1] < 0 ? 2 + (ecKey[1] & 0x7f) : 2;
    while (at + 1 < ecKey.length) {
      int end = at + 2 + (ecKey[at + 1] & 0xff);
      if (ecKey[at] == (byte) 0xa0 && end <= ecKey.length) {
        return Arrays.copyOfRange(ecKey, at + 2, end);
      }
      at = end;
    }
    throw new GeneralSecurityException("an EC private key that does not name its curve");
  }

  private static byte[] sequence(byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    return element(0x30, content.toByteArray());
  }

  private static byte[] element(int tag, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else if (content.length < 0x100) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }
}
