package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrivateKeysTest {

  @Test
  void readsPkcs8() throws GeneralSecurityException {
    PrivateKey key = rsa();

    assertThat(PrivateKeys.read(pem("PRIVATE KEY", key.getEncoded()), "RSA")).isEqualTo(key);
  }

  @Test
  void readsTheOldRsaForm() throws GeneralSecurityException {
    PrivateKey key = rsa();
    byte[] pkcs8 = key.getEncoded();
    byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);

    PrivateKey read = PrivateKeys.read(pem("RSA PRIVATE KEY", pkcs1), "RSA");

    assertThat(((RSAPrivateCrtKey) read).getPrivateExponent())
        .isEqualTo(((RSAPrivateCrtKey) key).getPrivateExponent());
  }

  @Test
  void readsTheOldEcForm() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    PrivateKey key = generator.generateKeyPair().getPrivate();
    byte[] pkcs8 = key.getEncoded();
    byte[] number = Arrays.copyOfRange(pkcs8, pkcs8.length - 32, pkcs8.length);
    byte[] sec1 =
        HexFormat.of()
            .parseHex(
                "30310201010420" + HexFormat.of().formatHex(number) + "a00a06082a8648ce3d030107");

    PrivateKey read = PrivateKeys.read(pem("EC PRIVATE KEY", sec1), "EC");

    assertThat(((ECPrivateKey) read).getS()).isEqualTo(((ECPrivateKey) key).getS());
  }

  @Test
  void writesTheOldEcForm() throws GeneralSecurityException, IOException {
    for (String curve : List.of("secp256r1", "secp384r1", "secp521r1")) {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      KeyPair keys = generator.generateKeyPair();

      byte[] sec1 =
          PrivateKeys.sec1(
              (ECPrivateKey) keys.getPrivate(), ((ECPublicKey) keys.getPublic()).getW());

      assertThat(((ECPrivateKey) PrivateKeys.read(pem("EC PRIVATE KEY", sec1), "EC")).getS())
          .isEqualTo(((ECPrivateKey) keys.getPrivate()).getS());
      byte[] known = keys.getPublic().getEncoded();
      int point =
          2 * ((((ECPrivateKey) keys.getPrivate()).getParams().getOrder().bitLength() + 7) / 8);
      assertThat(sec1).endsWith(Arrays.copyOfRange(known, known.length - point, known.length));
    }
  }

  @Test
  void leavesOtherKeysAsTheyAre() throws GeneralSecurityException {
    byte[] other = pem("PRIVATE KEY", rsa().getEncoded());
    assertThat(PrivateKeys.labelled(other, new byte[0])).isEqualTo(other);
  }

  @Test
  void saysWhatItExpects() {
    assertThatThrownBy(() -> PrivateKeys.read(new byte[] {1}, "RSA"))
        .hasMessageContaining("expected PEM");
    for (byte[] der : List.of(new byte[1], new byte[] {0x30, 3, (byte) 0xa0, 0x7f, 0})) {
      assertThatThrownBy(() -> PrivateKeys.read(pem("EC PRIVATE KEY", der), "EC"))
          .hasMessageContaining("does not name its curve");
    }
    byte[] broken = "-----BEGIN PRIVATE KEY-----\na\n-----END".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> PrivateKeys.read(broken, "EC"))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("no base64");
  }

  private static PrivateKey rsa() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair().getPrivate();
  }

  private static byte[] pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der), label)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
