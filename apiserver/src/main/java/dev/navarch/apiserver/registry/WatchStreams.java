package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.CacheEvent;
import dev.navarch.http.Exchange;
import dev.navarch.http.WebSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// Serves watches over HTTP or WebSocket, one frame for each event, until the client has enough or
/// the time that it named is up; one that names none is ended after half an hour to an hour, so
/// that clients spread anew over the servers.
final class WatchStreams {
  private static final long LEAST_SECONDS = 1800;

  private final Reader reader;
  private final Wire wire;
  private final Answers answers;
  private final InstantSource clock;
  private final RandomGenerator random;

  WatchStreams(
      Reader reader, Wire wire, Answers answers, InstantSource clock, RandomGenerator random) {
    this.reader = reader;
    this.wire = wire;
    this.answers = answers;
    this.clock = clock;
    this.random = random;
  }

  void serve(Exchange exchange, Target target, ReadOptions options) {
    Answers.Wish wish = Answers.Wish.of(exchange, target.kind(), true);
    WatchFrames frames =
        new WatchFrames(
            target.kind(),
            reader.version(target.kind()),
            wish,
            answers.tables(target.kind(), wish),
            wire,
            clock);
    reader.selection(target, options.checkedForWatch());
    options.revision();
    if (WebSocket.isAsked(exchange)) {
      WatchMessages messages = WatchMessages.accept(exchange, frames.areText());
      begin(
          new Watching(reader, target, options, new Frames(messages, frames, true)),
          messages,
          options);
      messages.awaitEnd();
      return;
    }
    Exchange.Stream stream = exchange.stream(200, frames.contentType());
    stream.flush();
    begin(
        new Watching(reader, target, options, new Frames(stream, frames, false)), stream, options);
  }

  private void begin(Watching watching, Exchange.Stream stream, ReadOptions options) {
    stream.onClose(watching::wake);
    watching.start(
        options.timeout().isZero()
            ? Duration.ofSeconds(LEAST_SECONDS + random.nextLong(LEAST_SECONDS))
            : options.timeout());
  }

  /// @param oneByOne whether each event is sent by itself, not with those that follow at once
  private record Frames(Exchange.Stream stream, WatchFrames frames, boolean oneByOne)
      implements Watching.Sink {
    @Override
    public boolean isOpen() {
      return stream.isOpen();
    }

    @Override
    public void event(CacheEvent.Type type, CacheEntry entry) {
      frames.object(stream, type, entry);
      if (oneByOne) {
        stream.flush();
      }
    }

    @Override
    public void bookmark(long revision, boolean initial) {
      stream.write(frames.bookmark(revision, initial));
      stream.flush();
    }

    @Override
    public void pause(long revision) {
      stream.flush();
    }

    @Override
    public void failed(ApiException why) {
      stream.write(frames.error(why.error()));
      stream.flush();
    }

    @Override
    public void ended() {
      stream.close();
    }

    @Override
    public boolean wantsProgress() {
      return false;
    }
  }
}
