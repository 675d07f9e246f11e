package dev.navarch.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLPeerUnverifiedException;

/// An exchange on a Netty channel: a whole HTTP/1.1 connection, or one HTTP/2 stream.
final class NettyExchange implements Exchange {
  private static final AttributeKey<List<X509Certificate>> CERTIFICATES =
      AttributeKey.valueOf("client certificates");
  private final RequestHandler handler;
  private final ChannelHandlerContext context;
  private final Channel channel;
  private final HttpRequest request;
  private final boolean http2;
  private final boolean upgrade;
  private final RequestBody body;
  private final Gate gate;
  private final QueryStringDecoder uri;
  private final HttpHeaders answerHeaders = new DefaultHttpHeaders();
  private final AtomicInteger answered = new AtomicInteger();
  private final List<Runnable> onClose = new CopyOnWriteArrayList<>();
  private final AtomicBoolean gone = new AtomicBoolean();

  NettyExchange(
      RequestHandler handler,
      ChannelHandlerContext context,
      HttpRequest request,
      boolean http2,
      boolean upgrade,
      HttpServer.Settings settings) {
    this.handler = handler;
    this.context = context;
    this.channel = context.channel();
    this.request = request;
    this.http2 = http2;
    this.upgrade = upgrade;
    this.body = new RequestBody(channel, settings.maxBody(), settings.patience());
    this.gate = new Gate(channel, settings.patience());
    this.uri = new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, 1024, true);
  }

  @Override
  public String method() {
    return request.method().name();
  }

  @Override
  public String path() {
    try {
      return uri.path();
    } catch (IllegalArgumentException e) {
      throw new RequestException(400, "the URL is not well formed: " + e.getMessage());
    }
  }

  @Override
  public Map<String, List<String>> query() {
    try {
      return uri.parameters();
    } catch (IllegalArgumentException e) {
      throw new RequestException(400, "the URL is not well formed: " + e.getMessage());
    }
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(request.headers().get(name));
  }

  @Override
  public List<String> headers(String name) {
    return request.headers().getAll(name);
  }

  @Override
  public Map<String, List<String>> allHeaders() {
    var all = new LinkedHashMap<String, List<String>>();
    for (String name : request.headers().names()) {
      all.put(name, request.headers().getAll(name));
    }
    return all;
  }

  @Override
  public byte[] body() {
    if (HttpUtil.is100ContinueExpected(request)) {
      request.headers().remove(HttpHeaderNames.EXPECT);
      channel.writeAndFlush(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
    return body.await();
  }

  @Override
  public List<X509Certificate> clientCertificates() {
    Channel connection = http2 ? channel.parent() : channel;
    Attribute<List<X509Certificate>> known = connection.attr(CERTIFICATES);
    if (known.get() == null) {
      known.set(certificates(connection));
    }
    return known.get();
  }

  /// Asked once a connection: a client that showed none costs an exception.
  private static List<X509Certificate> certificates(Channel connection) {
    try {
      Certificate[] chain =
          connection.pipeline().get(SslHandler.class).engine().getSession().getPeerCertificates();
      return Arrays.stream(chain).map(X509Certificate.class::cast).toList();
    } catch (SSLPeerUnverifiedException none) {
      return List.of();
    }
  }

  @Override
  public String remoteAddress() {
    Channel connection = http2 ? channel.parent() : channel;
    return connection.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress() + ":" + address.getPort()
        : "";
  }

  @Override
  public boolean isMultiplexed() {
    return http2;
  }

  @Override
  public void addHeader(String name, String value) {
    answerHeaders.add(name, value);
  }

  @Override
  public void respond(int status, String contentType, byte[] content) {
    claim(status);
    boolean zip = content.length > Gzip.THRESHOLD && acceptsGzip();
    byte[] sent = zip ? Gzip.compress(content) : content;
    boolean empty = method().equals("HEAD") || status == 204 || status == 304;
    var answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(status),
            empty ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(sent));
    setHeaders(answer.headers(), contentType, zip);
    if (status != 204) {
      answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, sent.length);
    }
    end(channel.writeAndFlush(answer));
  }

  @Override
  public Stream stream(int status, String contentType) {
    return new NettyStream(this, status, contentType);
  }

  @Override
  public Stream stream(int status, String contentType, long length) {
    return new NettyStream(this, status, contentType, length);
  }

  /// Sends the head of an answer whose body follows in parts, of a known length in all: by itself,
  /// so that these fill TLS records of their own and are not copied together with it.
  void begin(int status, String contentType, long length) {
    claim(status);
    var answer = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    setHeaders(answer.headers(), contentType, false);
    answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
    channel.writeAndFlush(answer);
  }

  /// Sends the head of an answer whose body follows in parts.
  void begin(int status, String contentType, boolean zip) {
    claim(status);
    var answer = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    setHeaders(answer.headers(), contentType, zip);
    if (!http2 && !isHttp10() && !method().equals("HEAD")) {
      answer.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    channel.write(answer);
  }

  private void setHeaders(HttpHeaders headers, String contentType, boolean zip) {
    headers.set(answerHeaders);
    headers.set(HttpHeaderNames.DATE, handler.date());
    if (!contentType.isEmpty()) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    }
    if (zip) {
      headers.set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
      headers.add(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
    }
    if (!http2 && !keepAlive()) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
  }

  /// The last bytes of the answer are on their way.
  void end(ChannelFuture written) {
    boolean keepAlive = keepAlive();
    written.addListener(done -> handler.finish(context, keepAlive));
  }

  private boolean keepAlive() {
    boolean unwanted =
        answerHeaders.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
    return !unwanted && (http2 || (!upgrade && !isHttp10() && HttpUtil.isKeepAlive(request)));
  }

  private boolean isHttp10() {
    return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
  }

  boolean acceptsGzip() {
    return request.headers().containsValue(HttpHeaderNames.ACCEPT_ENCODING, "gzip", true)
        && !answerHeaders.contains(HttpHeaderNames.CONTENT_ENCODING);
  }

  @Override
  public Connection takeOver() {
    if (http2 || !upgrade) {
      throw new RequestException(
          400, http2 ? "an upgrade needs HTTP/1.1" : "the request asks for no upgrade");
    }
    body.await();
    claim(101);
    return channel
        .eventLoop()
        .submit(() -> handler.takeOver(context))
        .syncUninterruptibly()
        .getNow();
  }

  private void claim(int status) {
    if (!answered.compareAndSet(0, status)) {
      throw new IllegalStateException("answered twice: " + path());
    }
  }

  @Override
  public int status() {
    return answered.get();
  }

  boolean isAnswered() {
    return status() != 0;
  }

  /// Gives the exchange up in the middle: the client sees a cut connection or a reset stream.
  void abort() {
    channel.close();
  }

  void clientGone() {
    gone.set(true);
    body.clientGone();
    gate.changed();
    if (!onClose.isEmpty()) {
      Thread.ofVirtual().start(() -> onClose.forEach(this::runOnce));
    }
  }

  void onClose(Runnable action) {
    onClose.add(action);
    if (gone.get()) {
      runOnce(action);
    }
  }

  private void runOnce(Runnable action) {
    if (onClose.remove(action)) {
      action.run();
    }
  }

  boolean isUpgrade() {
    return upgrade;
  }

  RequestBody requestBody() {
    return body;
  }

  Gate gate() {
    return gate;
  }

  Channel channel() {
    return channel;
  }
}
