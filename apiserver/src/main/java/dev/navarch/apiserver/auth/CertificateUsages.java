package dev.navarch.apiserver.auth;

import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;

/// What a certificate is good for, from the API's words to X.509. Those that none of the built-in
/// signers allows are refused.
final class CertificateUsages {
  private CertificateUsages() {}

  static void addTo(X509v3CertificateBuilder builder, List<String> usages) throws CertIOException {
    int bits = 0;
    List<KeyPurposeId> purposes = new ArrayList<>();
    for (String usage : usages) {
      switch (usage) {
        case "digital signature" -> bits |= KeyUsage.digitalSignature;
        case "key encipherment" -> bits |= KeyUsage.keyEncipherment;
        case "client auth" -> purposes.add(KeyPurposeId.id_kp_clientAuth);
        case "server auth" -> purposes.add(KeyPurposeId.id_kp_serverAuth);
        default -> throw new IllegalArgumentException("unrecognized usage: " + usage);
      }
    }
    if (bits != 0) {
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(bits));
    }
    if (!purposes.isEmpty()) {
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
    }
  }
}
