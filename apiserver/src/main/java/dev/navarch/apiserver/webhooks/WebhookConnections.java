package dev.navarch.apiserver.webhooks;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// Connections to webhooks that wait for the next call, a few for each server and no longer than a
/// minute and a half; and whom to trust, read once for each bundle of certificates.
final class WebhookConnections implements AutoCloseable {
  private static final int MOST_IDLE = 25;
  private static final int MOST_CONTEXTS = 200;
  private static final Duration LONGEST_IDLE = Duration.ofSeconds(90);

  /// A server, as one webhook knows it.
  ///
  /// @param bundle whose certificates it may show
  record Key(String host, int port, ByteBuffer bundle) {}

  private record Idle(SSLSocket socket, long since) {
    boolean isOld(long now) {
      return now - since > LONGEST_IDLE.toNanos();
    }
  }

  private final Map<Key, Deque<Idle>> idle = new HashMap<>();
  private final Map<ByteBuffer, SSLContext> contexts = new HashMap<>();
  private boolean closed;

  /// The connection that was used last, which is the likeliest to live.
  synchronized Optional<SSLSocket> take(Key key) {
    removeOld();
    Deque<Idle> waiting = idle.get(key);
    return waiting == null
        ? Optional.empty()
        : Optional.ofNullable(waiting.pollFirst()).map(Idle::socket);
  }

  synchronized void keep(Key key, SSLSocket socket) {
    removeOld();
    Deque<Idle> waiting = idle.computeIfAbsent(key, _ -> new ArrayDeque<>());
    if (closed || waiting.size() >= MOST_IDLE) {
      close(socket);
    } else {
      waiting.addFirst(new Idle(socket, System.nanoTime()));
    }
  }

  private void removeOld() {
    long now = System.nanoTime();
    for (Iterator<Deque<Idle>> each = idle.values().iterator(); each.hasNext(); ) {
      Deque<Idle> waiting = each.next();
      while (!waiting.isEmpty() && waiting.peekLast().isOld(now)) {
        close(waiting.removeLast().socket());
      }
      if (waiting.isEmpty()) {
        each.remove();
      }
    }
  }

  synchronized SSLContext trusting(byte[] bundle) throws GeneralSecurityException, IOException {
    ByteBuffer key = ByteBuffer.wrap(bundle);
    SSLContext known = contexts.get(key);
    if (known == null) {
      if (contexts.size() >= MOST_CONTEXTS) {
        contexts.clear();
      }
      known = context(bundle);
      contexts.put(key, known);
    }
    return known;
  }

  private static SSLContext context(byte[] bundle) throws GeneralSecurityException, IOException {
    if (bundle.length == 0) {
      return SSLContext.getDefault();
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, new char[0]);
    int count = 0;
    for (Certificate certificate :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(bundle))) {
      store.setCertificateEntry("ca" + count++, certificate);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static void close(SSLSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no more use either way.
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.values().forEach(waiting -> waiting.forEach(each -> close(each.socket())));
    idle.clear();
  }
}
