package dev.navarch.scheduler.devices;

/// Why a claim gets no devices, whatever is free. The message is what users read.
public final class CannotAllocate extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CannotAllocate(String message) {
    super(message, null, false, false);
  }

  public String why() {
    return String.valueOf(getMessage());
  }
}
