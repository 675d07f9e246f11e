package dev.navarch.http;

import java.io.IOException;

/// Joins two connections: what comes out of one goes into the other, both ways. One side's end
/// travels on as the other's; the tunnel is over when both have ended, or either broke.
public final class Tunnel {
  private final Exchange.Connection one;
  private final Exchange.Connection other;

  private Tunnel(Exchange.Connection one, Exchange.Connection other) {
    this.one = one;
    this.other = other;
  }

  /// Returns when the tunnel is over; both connections are then closed.
  public static void join(Exchange.Connection one, Exchange.Connection other) {
    new Tunnel(one, other).run();
  }

  private void run() {
    try {
      Thread back = Thread.ofVirtual().name("tunnel").start(() -> copy(other, one));
      copy(one, other);
      back.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closeBoth();
    }
  }

  private void copy(Exchange.Connection from, Exchange.Connection to) {
    try {
      byte[] buffer = new byte[32 << 10];
      for (int count = from.input().read(buffer); count >= 0; count = from.input().read(buffer)) {
        to.output().write(buffer, 0, count);
        to.output().flush();
      }
      to.output().close();
    } catch (IOException broken) {
      closeBoth();
    }
  }

  private void closeBoth() {
    one.close();
    other.close();
  }
}
