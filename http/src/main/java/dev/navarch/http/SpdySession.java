package dev.navarch.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// SPDY/3.1 over a connection, as exec, attach and port-forward use it: many byte streams on one
/// connection, each opened with headers. Netty's codec does the framing; flow control windows are
/// left out because Kubernetes' own peers neither send nor heed them.
public final class SpdySession implements AutoCloseable {
  private static final SpdyVersion VERSION = SpdyVersion.SPDY_3_1;
  private static final int MAX_STREAMS = 10_000;
  private final Exchange.Connection connection;
  private final Consumer<SpdyStream> opened;
  private final EmbeddedChannel decoder = new EmbeddedChannel(new SpdyFrameCodec(VERSION));
  private final EmbeddedChannel encoder = new EmbeddedChannel(new SpdyFrameCodec(VERSION));
  private final ReentrantLock sending = new ReentrantLock();
  private final Map<Integer, SpdyStream> streams = new ConcurrentHashMap<>();
  private int nextId;

  SpdySession(Exchange.Connection connection, Consumer<SpdyStream> opened, int firstId) {
    this.connection = connection;
    this.opened = opened;
    this.nextId = firstId;
  }

  /// The side that asked for the upgrade.
  public static SpdySession client(Exchange.Connection connection) {
    return start(new SpdySession(connection, SpdyStream::reset, 1));
  }

  /// The side that granted it.
  ///
  /// @param opened is told of each stream that the client opens, and must not block
  public static SpdySession server(Exchange.Connection connection, Consumer<SpdyStream> opened) {
    return start(new SpdySession(connection, opened, 2));
  }

  private static SpdySession start(SpdySession session) {
    Thread.ofVirtual().name("spdy").start(session::receive);
    return session;
  }

  /// Opens a stream, and returns before the peer has agreed to it.
  public SpdyStream open(Map<String, String> headers) throws IOException {
    sending.lock();
    try {
      int id = nextId;
      nextId += 2;
      var stream = new SpdyStream(this, id, Map.copyOf(headers));
      streams.put(id, stream);
      var frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
      headers.forEach((name, value) -> frame.headers().set(name, value));
      send(frame);
      return stream;
    } finally {
      sending.unlock();
    }
  }

  /// Takes what the peer sends, until it ends.
  void receive() {
    byte[] buffer = new byte[32 << 10];
    try {
      for (int count = connection.input().read(buffer);
          count >= 0;
          count = connection.input().read(buffer)) {
        decode(Unpooled.copiedBuffer(buffer, 0, count));
        for (Object frame = decoder.readInbound(); frame != null; frame = decoder.readInbound()) {
          accept(frame);
          ReferenceCountUtil.release(frame);
        }
      }
    } catch (IOException | UncheckedIOException gone) {
      // The streams end below, which is how their readers hear of it.
    } finally {
      streams.values().forEach(SpdyStream::cut);
      streams.clear();
      decoder.finishAndReleaseAll();
      connection.close();
    }
  }

  private void decode(ByteBuf bytes) throws IOException {
    try {
      decoder.writeInbound(bytes);
    } catch (Exception e) {
      throw new IOException("the peer sends what is no SPDY: " + e.getMessage(), e);
    }
  }

  private void accept(Object frame) throws IOException {
    switch (frame) {
      case SpdySynStreamFrame syn -> accept(syn);
      case SpdySynReplyFrame reply -> endIf(reply.isLast(), reply.streamId());
      case SpdyDataFrame data -> {
        SpdyStream stream = streams.get(data.streamId());
        if (stream != null) {
          byte[] bytes = new byte[data.content().readableBytes()];
          data.content().readBytes(bytes);
          stream.received(bytes);
          endIf(data.isLast(), data.streamId());
        }
      }
      case SpdyRstStreamFrame reset -> {
        SpdyStream stream = streams.remove(reset.streamId());
        if (stream != null) {
          stream.cut();
        }
      }
      case SpdyPingFrame ping when isPeers(ping.id()) -> send(ping);
      case SpdyGoAwayFrame away -> connection.close();
      default -> {}
    }
  }

  private void accept(SpdySynStreamFrame syn) throws IOException {
    if (streams.size() >= MAX_STREAMS || streams.containsKey(syn.streamId())) {
      sendReset(syn.streamId());
      return;
    }
    var headers = new LinkedHashMap<String, String>();
    syn.headers()
        .forEach(each -> headers.put(each.getKey().toString(), each.getValue().toString()));
    var stream = new SpdyStream(this, syn.streamId(), Map.copyOf(headers));
    streams.put(syn.streamId(), stream);
    // Clients hang on a reply without any header.
    var reply = new DefaultSpdySynReplyFrame(syn.streamId());
    reply.headers().set(SpdyHeaders.HttpNames.STATUS, "200");
    send(reply);
    endIf(syn.isLast(), syn.streamId());
    opened.accept(stream);
  }

  private boolean isPeers(int id) {
    return id % 2 != nextId % 2;
  }

  private void endIf(boolean last, int id) {
    SpdyStream stream = streams.get(id);
    if (last && stream != null) {
      stream.ended();
    }
  }

  void sendData(int id, ByteBuf data, boolean last) throws IOException {
    var frame = new DefaultSpdyDataFrame(id, data);
    frame.setLast(last);
    send(frame);
  }

  void sendReset(int id) throws IOException {
    streams.remove(id);
    send(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
  }

  void forget(int id) {
    streams.remove(id);
  }

  private void send(Object frame) throws IOException {
    sending.lock();
    try {
      encoder.writeOutbound(ReferenceCountUtil.retain(frame));
      for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
        byte[] bytes = new byte[part.readableBytes()];
        part.readBytes(bytes);
        part.release();
        connection.output().write(bytes);
      }
      connection.output().flush();
    } finally {
      sending.unlock();
    }
  }

  /// Ends all streams and the connection.
  @Override
  public void close() {
    connection.close();
  }
}
