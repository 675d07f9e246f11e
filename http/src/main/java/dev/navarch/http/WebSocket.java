package dev.navarch.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// WebSocket messages (RFC 6455) over a connection, from either side. Reading answers pings and the
/// peer's close by itself; any thread may send.
public final class WebSocket implements AutoCloseable {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int MAX_MESSAGE = 32 << 20;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final Exchange.Connection connection;
  private final DataInputStream in;
  private final String protocol;
  private final @Nullable SecureRandom masks;
  private final ReentrantLock sending = new ReentrantLock();
  private boolean closeSent;

  /// A whole message, joined from its fragments.
  public record Message(boolean text, byte[] data) {}

  WebSocket(Exchange.Connection connection, String protocol, @Nullable SecureRandom masks) {
    this.connection = connection;
    this.in = new DataInputStream(connection.input());
    this.protocol = protocol;
    this.masks = masks;
  }

  public static boolean isAsked(Exchange exchange) {
    return exchange.header("Upgrade").filter("websocket"::equalsIgnoreCase).isPresent();
  }

  /// The subprotocols that a client offers, in its order of preference.
  public static List<String> offered(Exchange exchange) {
    return exchange.headers("Sec-WebSocket-Protocol").stream()
        .flatMap(each -> Arrays.stream(each.split(",")))
        .map(String::strip)
        .filter(each -> !each.isEmpty())
        .toList();
  }

  /// Completes a client's handshake with the first subprotocol it offers that is supported. A
  /// client that offers none gets none; one that offers only others is refused.
  public static WebSocket accept(Exchange exchange, List<String> supported) throws IOException {
    List<String> offered = offered(exchange);
    String chosen =
        offered.isEmpty()
            ? ""
            : offered.stream()
                .filter(supported::contains)
                .findFirst()
                .orElseThrow(
                    () ->
                        new RequestException(
                            400,
                            "offered subprotocols %s, supported are %s"
                                .formatted(offered, supported)));
    String key =
        exchange
            .header("Sec-WebSocket-Key")
            .orElseThrow(() -> new RequestException(400, "Sec-WebSocket-Key is missing"));
    if (!exchange.header("Sec-WebSocket-Version").equals(Optional.of("13"))) {
      throw new RequestException(400, "Sec-WebSocket-Version must be 13");
    }
    Exchange.Connection connection = exchange.takeOver();
    String answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: %s\r\n".formatted(acceptKey(key))
            + (chosen.isEmpty() ? "" : "Sec-WebSocket-Protocol: %s\r\n".formatted(chosen))
            + "\r\n";
    connection.output().write(answer.getBytes(UTF_8));
    return new WebSocket(connection, chosen, null);
  }

  /// Opens a WebSocket as a client.
  ///
  /// @param headers what the request carries besides the handshake (Host, Authorization…)
  public static WebSocket connect(
      Exchange.Connection connection,
      String target,
      Map<String, List<String>> headers,
      List<String> protocols)
      throws IOException {
    var random = new SecureRandom();
    byte[] nonce = new byte[16];
    random.nextBytes(nonce);
    String key = Base64.getEncoder().encodeToString(nonce);
    var all = new java.util.LinkedHashMap<>(headers);
    all.put("Connection", List.of("Upgrade"));
    all.put("Upgrade", List.of("websocket"));
    all.put("Sec-WebSocket-Version", List.of("13"));
    all.put("Sec-WebSocket-Key", List.of(key));
    if (!protocols.isEmpty()) {
      all.put("Sec-WebSocket-Protocol", List.of(String.join(", ", protocols)));
    }
    ClientCall call = ClientCall.send(connection, "GET", target, all, new byte[0]);
    if (call.status() != 101
        || !call.header("Sec-WebSocket-Accept").equals(Optional.of(acceptKey(key)))) {
      throw new IOException("the server refused the WebSocket with status " + call.status());
    }
    return new WebSocket(connection, call.header("Sec-WebSocket-Protocol").orElse(""), random);
  }

  private static String acceptKey(String key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The subprotocol that both sides speak; empty when there is none.
  public String protocol() {
    return protocol;
  }

  /// The next message; empty at the end.
  public Optional<Message> read() throws IOException {
    var whole = new ByteArrayOutputStream();
    boolean text = false;
    while (true) {
      int head;
      try {
        head = in.readUnsignedByte();
      } catch (EOFException end) {
        return Optional.empty();
      }
      int opcode = head & 0x0f;
      byte[] data = payload(whole.size());
      switch (opcode) {
        case PING -> send(PONG, data, 0, data.length);
        case PONG -> {}
        case CLOSE -> {
          sendClose(data);
          return Optional.empty();
        }
        case CONTINUATION, TEXT, BINARY -> {
          text = opcode == TEXT || (text && opcode == CONTINUATION);
          whole.writeBytes(data);
          if ((head & 0x80) != 0) {
            return Optional.of(new Message(text, whole.toByteArray()));
          }
        }
        default -> throw new IOException("unknown WebSocket opcode " + opcode);
      }
    }
  }

  private byte[] payload(int before) throws IOException {
    int second = in.readUnsignedByte();
    long length = second & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    if (length < 0 || length > MAX_MESSAGE - before) {
      throw new IOException("a WebSocket message is larger than %d bytes".formatted(MAX_MESSAGE));
    }
    boolean masked = (second & 0x80) != 0;
    byte[] mask = new byte[4];
    if (masked) {
      in.readFully(mask);
    }
    // Takes memory for what comes, not for what was announced.
    byte[] data = in.readNBytes((int) length);
    if (data.length < length) {
      throw new EOFException("a WebSocket message ends early");
    }
    if (masked) {
      applyMask(data, mask);
    }
    return data;
  }

  private static void applyMask(byte[] data, byte[] mask) {
    for (int i = 0; i < data.length; i++) {
      data[i] ^= mask[i & 3];
    }
  }

  public void sendBinary(byte[] data) throws IOException {
    send(BINARY, data, 0, data.length);
  }

  public void sendText(String text) throws IOException {
    byte[] data = text.getBytes(UTF_8);
    send(TEXT, data, 0, data.length);
  }

  /// Asks the peer for a sign of life, and keeps middle boxes from closing a quiet connection.
  public void ping() throws IOException {
    send(PING, new byte[0], 0, 0);
  }

  private void send(int opcode, byte[] data, int from, int length) throws IOException {
    var frame = new ByteArrayOutputStream(length + 14);
    frame.write(0x80 | opcode);
    int maskBit = masks == null ? 0 : 0x80;
    if (length < 126) {
      frame.write(maskBit | length);
    } else if (length < 1 << 16) {
      frame.write(maskBit | 126);
      frame.write(length >> 8);
      frame.write(length);
    } else {
      frame.write(maskBit | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        frame.write((int) ((long) length >> shift));
      }
    }
    byte[] payload = Arrays.copyOfRange(data, from, from + length);
    if (masks != null) {
      byte[] mask = new byte[4];
      masks.nextBytes(mask);
      frame.writeBytes(mask);
      applyMask(payload, mask);
    }
    frame.writeBytes(payload);
    sending.lock();
    try {
      connection.output().write(frame.toByteArray());
      connection.output().flush();
    } finally {
      sending.unlock();
    }
  }

  private void sendClose(byte[] data) throws IOException {
    sending.lock();
    try {
      if (!closeSent) {
        closeSent = true;
        send(CLOSE, data, 0, data.length);
      }
    } finally {
      sending.unlock();
    }
  }

  /// Says goodbye with a status code (1000 is normal) and closes the connection.
  public void close(int code, String reason) {
    byte[] text = reason.getBytes(UTF_8);
    byte[] data = new byte[2 + Math.min(text.length, 120)];
    data[0] = (byte) (code >> 8);
    data[1] = (byte) code;
    System.arraycopy(text, 0, data, 2, data.length - 2);
    try {
      sendClose(data);
    } catch (IOException gone) {
      // There is nobody left to say goodbye to.
    }
    connection.close();
  }

  @Override
  public void close() {
    close(1000, "");
  }

  /// The data of binary messages as one stream of bytes each way: how SPDY is tunnelled.
  public Exchange.Connection asConnection() {
    return new WebSocketConnection(this);
  }
}
