package dev.navarch.store.etcd;

import dev.navarch.store.Patience;
import dev.navarch.store.Store.LateException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A question whose answer must be no older than the call: callers that come while one is being
/// asked share the next one.
final class SharedRead {
  private final LongSupplier question;
  private @Nullable CompletableFuture<Long> asked;
  private @Nullable CompletableFuture<Long> next;

  SharedRead(LongSupplier question) {
    this.question = question;
  }

  long ask() {
    try {
      return Patience.join(join());
    } catch (TimeoutException e) {
      throw new LateException(false);
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private synchronized CompletableFuture<Long> join() {
    if (asked == null) {
      asked = start();
      return asked;
    }
    if (next == null) {
      next = new CompletableFuture<>();
    }
    return next;
  }

  private CompletableFuture<Long> start() {
    var answer = new CompletableFuture<Long>();
    run(answer);
    return answer;
  }

  private void run(CompletableFuture<Long> answer) {
    Thread.ofVirtual()
        .name("store-revision")
        .start(
            () -> {
              try {
                answer.complete(question.getAsLong());
              } catch (RuntimeException e) {
                answer.completeExceptionally(e);
              } finally {
                goOn();
              }
            });
  }

  private synchronized void goOn() {
    asked = next;
    next = null;
    if (asked != null) {
      run(asked);
    }
  }
}
