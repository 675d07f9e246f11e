package dev.navarch.apiserver.admission;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// What the caller of the current request shall be told beside its answer: bound with the request,
/// reached from anywhere below. Nobody listens when a program in this process writes.
public final class Warnings {
  private static final ScopedValue<Warnings> CURRENT = ScopedValue.newInstance();
  private static final Warnings UNHEARD = new Warnings(text -> {});

  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Consumer<String> listener;

  private Warnings(Consumer<String> listener) {
    this.listener = listener;
  }

  public static Warnings to(Consumer<String> listener) {
    return new Warnings(listener);
  }

  public static Warnings current() {
    return CURRENT.orElse(UNHEARD);
  }

  /// Says something once, however often it is meant.
  public static void add(String text) {
    current().say(text);
  }

  /// A warning as it stands in an answer's head.
  public static String header(String text) {
    StringBuilder plain = new StringBuilder("299 - \"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        plain.append('\\');
      }
      plain.append(Character.isISOControl(c) ? ' ' : c);
    }
    return plain.append('"').toString();
  }

  private synchronized void say(String text) {
    if (!said.contains(text)) {
      said.add(text);
      listener.accept(text);
    }
  }

  /// Runs something with these warnings, on another thread too.
  public void during(Runnable work) {
    ScopedValue.where(CURRENT, this).run(work);
  }
}
