package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StatusesTest {
  private static final ApiError.Resource PODS = new ApiError.Resource("", "pods");

  static Stream<ApiError> errors() {
    return Stream.of(
        new ApiError.NotFound(PODS, "web"),
        new ApiError.NoSuchPath(),
        new ApiError.AlreadyExists(new ApiError.Resource("apps", "deployments"), "web"),
        new ApiError.Conflict(PODS, "web", "the object has been modified"),
        new ApiError.ApplyConflict(
            "Apply failed with 1 conflict: conflict with \"a\" using v1: .spec.replicas",
            List.of(new ApiError.FieldConflict("\"a\" using v1", ".spec.replicas"))),
        new ApiError.BadRequest("no"),
        new ApiError.Unauthorized("Unauthorized"),
        new ApiError.Forbidden(PODS, "web", "because"),
        new ApiError.Forbidden(null, "", "User cannot get path \"/\""),
        new ApiError.MethodNotAllowed("no"),
        new ApiError.NotAcceptable("no"),
        new ApiError.UnsupportedMediaType("no"),
        new ApiError.TooLarge("no"),
        new ApiError.Expired("too old resource version: 1 (2)"),
        new ApiError.Expired("The provided continue parameter is too old", "bmV4dA"),
        new ApiError.TooManyRequests(
            "Cannot evict pod as it would violate the pod's disruption budget.",
            Duration.ofSeconds(10),
            List.of(new ApiError.Cause("DisruptionBudget", "The disruption budget x is spent"))),
        new ApiError.TooManyRequests("slow down", Duration.ofSeconds(3)),
        new ApiError.Timeout("late", Duration.ofSeconds(2)),
        new ApiError.Unavailable("starting"),
        new ApiError.Internal("oops"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void comesBackTheSame(ApiError error) {
    assertThat(Statuses.error(Statuses.document(error), 0)).isEqualTo(error);
  }

  @Test
  void namesTheFieldsThatAreWrong() {
    var error =
        new ApiError.Invalid(
            "apps",
            "Deployment",
            "web",
            List.of(
                FieldError.required("spec.selector", ""),
                FieldError.invalid("spec.replicas", "-1", "must be greater than or equal to 0")));

    var status = Statuses.document(error);

    assertThat(status.path("code").asInt()).isEqualTo(422);
    assertThat(status.at("/details/kind").asString()).isEqualTo("Deployment");
    assertThat(status.at("/details/causes/1/message").asString())
        .isEqualTo("Invalid value: -1: must be greater than or equal to 0");
    assertThat(Statuses.error(status, 0).message()).isEqualTo(error.message());
  }

  @Test
  void givesNoReasonForAPatchOfWrongTypes() {
    var status = Statuses.document(new ApiError.Untyped("failed to create typed patch object"));

    assertThat(status.path("code").asInt()).isEqualTo(500);
    assertThat(status.has("reason")).isFalse();
  }

  @Test
  void understandsAnAnswerWithoutReason() {
    var empty = Statuses.document(new ApiError.Internal("x")).removeAll();

    assertThat(Statuses.error(empty, 503)).isInstanceOf(ApiError.Unavailable.class);
  }
}
