package dev.navarch.apiserver.webhooks;

import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.Warnings;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.matching.Configured;
import dev.navarch.apiserver.webhooks.Webhook.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Asks all validating webhooks that are meant at once; one refusal is enough. The first in order
/// speaks for all.
public final class ValidatingWebhooks implements AdmissionPlugin {
  private final Configured<Configuration> configured;
  private final Webhooks webhooks;

  public ValidatingWebhooks(Caches caches, Kind kind, Webhooks webhooks) {
    this.configured = new Configured<>(caches, kind, Configuration.class, Configuration::read);
    this.webhooks = webhooks;
  }

  @Override
  public void validate(Request request) {
    List<Meant> meant =
        configured.all().stream()
            .flatMap(configuration -> configuration.webhooks().stream())
            .flatMap(
                webhook ->
                    webhooks.meant(webhook, request).stream()
                        .map(seen -> new Meant(webhook, seen.request())))
            .toList();
    if (meant.size() < 2) {
      meant.forEach(each -> webhooks.call(each.webhook(), each.request(), false));
      return;
    }
    Warnings warnings = Warnings.current();
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> calls = new ArrayList<>();
      for (Meant one : meant) {
        calls.add(
            each.submit(
                () ->
                    warnings.during(
                        () -> {
                          webhooks.call(one.webhook(), one.request(), false);
                        })));
      }
      for (Future<?> call : calls) {
        await(call);
      }
    }
  }

  /// @param request as this webhook sees it
  private record Meant(Webhook webhook, Request request) {}

  private static void await(Future<?> call) {
    try {
      call.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ApiException refusal) {
        throw refusal;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.badRequest("the request was interrupted while webhooks were asked");
    }
  }
}
