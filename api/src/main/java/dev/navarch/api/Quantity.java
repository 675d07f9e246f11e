package dev.navarch.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An amount of a resource as users write it: `500m`, `1.5Gi`, `2e3`. Exact decimals with the
/// suffix family that the user chose; {@link #toString()} is the one canonical form, so that equal
/// amounts of one family print alike. Nothing finer than a billionth is kept: it rounds up.
public final class Quantity implements Comparable<Quantity> {

  /// The family of suffixes that a quantity prints with.
  public enum Format {
    /// `m`, none, `k`, `M`…: powers of ten.
    DECIMAL,
    /// `Ki`, `Mi`…: powers of 1024.
    BINARY,
    /// `e3`, `e6`…
    EXPONENT
  }

  public static final Quantity ZERO = new Quantity(BigDecimal.ZERO, Format.DECIMAL);

  private static final String WRONG_FORMAT =
      "quantities must match the regular expression "
          + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  private static final String WRONG_SUFFIX = "unable to parse quantity's suffix";
  private static final List<String> DECIMAL_SUFFIXES =
      List.of("n", "u", "m", "", "k", "M", "G", "T", "P", "E");
  private static final List<String> BINARY_SUFFIXES =
      List.of("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei");
  private static final List<String> SMALL_BINARY_SUFFIXES = List.of("Ki", "Mi", "Gi", "Ti", "Pi");
  private static final int NANO = 9;
  private static final int LONG_DIGITS = 18;
  private static final int LARGEST_EXPONENT = 1000;
  private static final BigDecimal KIBI = BigDecimal.valueOf(1024);
  private static final BigDecimal LONG_MIN = BigDecimal.valueOf(Long.MIN_VALUE);
  private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private final BigDecimal amount;
  private final Format format;

  private Quantity(BigDecimal amount, Format format) {
    this.amount = amount.signum() == 0 ? BigDecimal.ZERO : amount.stripTrailingZeros();
    this.format = format;
  }

  public static Quantity of(long value, Format format) {
    return new Quantity(BigDecimal.valueOf(value), format);
  }

  public static Quantity ofMilli(long milli) {
    return new Quantity(BigDecimal.valueOf(milli, 3), Format.DECIMAL);
  }

  /// @throws IllegalArgumentException with a sentence for the user
  public static Quantity parse(String text) {
    int end = text.length();
    int at = 0;
    if (end == 0) {
      throw new IllegalArgumentException(WRONG_FORMAT);
    }
    if (text.charAt(0) == '-' || text.charAt(0) == '+') {
      at++;
    }
    int whole = at;
    at = skipDigits(text, at);
    String digits = text.substring(whole, at);
    int decimals = 0;
    if (at < end && text.charAt(at) == '.') {
      int fraction = at + 1;
      at = skipDigits(text, fraction);
      decimals = at - fraction;
      digits += text.substring(fraction, at);
    }
    Suffix suffix = suffix(text, at);
    BigDecimal amount = unscaled(digits, decimals).scaleByPowerOfTen(suffix.ten);
    if (suffix.two > 0) {
      amount = amount.multiply(BigDecimal.valueOf(1L << suffix.two));
    }
    if (suffix.format == Format.BINARY && amount.compareTo(LONG_MAX) > 0) {
      amount = LONG_MAX;
    }
    if (amount.scale() > NANO && amount.stripTrailingZeros().scale() > NANO) {
      amount = amount.setScale(NANO, RoundingMode.UP);
    }
    return new Quantity(text.charAt(0) == '-' ? amount.negate() : amount, suffix.format);
  }

  private static BigDecimal unscaled(String digits, int decimals) {
    return digits.isEmpty()
        ? BigDecimal.ZERO
        : digits.length() <= LONG_DIGITS
            ? BigDecimal.valueOf(Long.parseLong(digits), decimals)
            : new BigDecimal(new BigInteger(digits), decimals);
  }

  /// The canonical form of a quantity; for documents on their way into the store.
  public static String canonical(String text) {
    return isCanonical(text) ? text : parse(text).toString();
  }

  /// Whether a text is surely canonical, as most are: a few digits, and a suffix that no larger one
  /// could replace.
  private static boolean isCanonical(String text) {
    int end = skipDigits(text, 0);
    if (end == 0 || end > 9 || text.charAt(0) == '0') {
      return false;
    }
    int number = Integer.parseInt(text, 0, end, 10);
    String suffix = text.substring(end);
    return DECIMAL_SUFFIXES.contains(suffix)
        ? number % 1000 != 0
        : number % 1024 != 0 && number < 8192 && SMALL_BINARY_SUFFIXES.contains(suffix);
  }

  private static int skipDigits(String text, int at) {
    while (at < text.length()
        && Character.digit(text.charAt(at), 10) >= 0
        && text.charAt(at) < 128) {
      at++;
    }
    return at;
  }

  private record Suffix(int ten, int two, Format format) {}

  private static Suffix suffix(String text, int start) {
    int at = start;
    while (at < text.length() && "eEinumkKMGTP".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
      at++;
    }
    if (skipDigits(text, at) < text.length()) {
      throw new IllegalArgumentException(WRONG_FORMAT);
    }
    String suffix = text.substring(start);
    int decimal = DECIMAL_SUFFIXES.indexOf(suffix);
    if (decimal >= 0) {
      return new Suffix((decimal - 3) * 3, 0, Format.DECIMAL);
    }
    int binary = BINARY_SUFFIXES.indexOf(suffix);
    if (binary >= 0) {
      return new Suffix(0, binary * 10, Format.BINARY);
    }
    return new Suffix(exponent(suffix), 0, Format.EXPONENT);
  }

  private static int exponent(String suffix) {
    if (suffix.length() < 2 || "eE".indexOf(suffix.charAt(0)) < 0) {
      throw new IllegalArgumentException(WRONG_SUFFIX);
    }
    try {
      int exponent = Integer.parseInt(suffix, 1, suffix.length(), 10);
      if (Math.abs(exponent) <= LARGEST_EXPONENT) {
        return exponent;
      }
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(WRONG_SUFFIX, notANumber);
    }
    throw new IllegalArgumentException(WRONG_SUFFIX);
  }

  public Format format() {
    return format;
  }

  public int signum() {
    return amount.signum();
  }

  public boolean isZero() {
    return amount.signum() == 0;
  }

  /// In whole units, rounded up; held at the ends of the long range.
  public long value() {
    return toLong(amount);
  }

  /// In thousandths, rounded up: millicores of CPU.
  public long milliValue() {
    return toLong(amount.scaleByPowerOfTen(3));
  }

  /// As near as a double comes to it.
  public double doubleValue() {
    return amount.doubleValue();
  }

  private static long toLong(BigDecimal amount) {
    return amount.min(LONG_MAX).max(LONG_MIN).setScale(0, RoundingMode.UP).longValueExact();
  }

  /// A sum in the format of this quantity, or in the other's when this is zero.
  public Quantity add(Quantity other) {
    return new Quantity(amount.add(other.amount), isZero() ? other.format : format);
  }

  public Quantity subtract(Quantity other) {
    return new Quantity(amount.subtract(other.amount), isZero() ? other.format : format);
  }

  @Override
  public int compareTo(Quantity other) {
    return amount.compareTo(other.amount);
  }

  /// Equal amounts are equal quantities, whatever their format.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Quantity that && amount.equals(that.amount);
  }

  @Override
  public int hashCode() {
    return amount.hashCode();
  }

  @Override
  public String toString() {
    if (isZero()) {
      return "0";
    }
    boolean binary =
        format == Format.BINARY && amount.abs().compareTo(KIBI) >= 0 && amount.scale() <= 0;
    return binary ? binaryText() : decimalText();
  }

  private String binaryText() {
    BigInteger number = amount.toBigIntegerExact();
    int power = 0;
    while (power + 1 < BINARY_SUFFIXES.size() && number.getLowestSetBit() >= 10) {
      number = number.shiftRight(10);
      power++;
    }
    return number + BINARY_SUFFIXES.get(power);
  }

  private String decimalText() {
    int exponent = Math.floorDiv(-amount.scale(), 3) * 3;
    if (format != Format.EXPONENT) {
      exponent = Math.min(exponent, 18);
    }
    BigInteger number = amount.scaleByPowerOfTen(-exponent).toBigIntegerExact();
    if (format == Format.EXPONENT) {
      return exponent == 0 ? number.toString() : number + "e" + exponent;
    }
    return number + DECIMAL_SUFFIXES.get(exponent / 3 + 3);
  }
}
