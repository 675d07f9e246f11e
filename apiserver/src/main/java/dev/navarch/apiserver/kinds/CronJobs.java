package dev.navarch.apiserver.kinds;

import dev.navarch.api.CronSchedule;
import dev.navarch.api.FieldError;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// CronJobs: a job at every time that a schedule names.
final class CronJobs implements KindRules {
  /// Names of its jobs add eleven characters, and must be labels.
  private static final int NAME_LENGTH = 52;

  @Override
  public void setDefaults(ObjectNode cronJob) {
    ObjectNode spec = Defaults.object(cronJob, "spec");
    Defaults.put(spec, "concurrencyPolicy", "Allow");
    Defaults.put(spec, "suspend", false);
    Defaults.put(spec, "successfulJobsHistoryLimit", 3);
    Defaults.put(spec, "failedJobsHistoryLimit", 1);
    ObjectNode job = Defaults.object(Defaults.object(spec, "jobTemplate"), "spec");
    Templates.setDefaults(job);
    JobPolicies.setDefaults(job);
  }

  @Override
  public void validate(ObjectNode cronJob, Consumer<FieldError> errors) {
    Place root = Place.root(cronJob, errors);
    if (root.at("metadata", "name").text().length() > NAME_LENGTH) {
      root.at("metadata", "name").invalid("must be no more than 52 characters");
    }
    Place spec = root.at("spec");
    if (spec.at("schedule").present()) {
      validateSchedule(spec.at("schedule"));
    }
    validateTimeZone(spec.at("timeZone"));
    spec.at("startingDeadlineSeconds").atLeast(0);
    spec.at("successfulJobsHistoryLimit").atLeast(0);
    spec.at("failedJobsHistoryLimit").atLeast(0);
    Jobs.validateSpec(spec.at("jobTemplate", "spec"));
  }

  private static void validateSchedule(Place schedule) {
    if (schedule.text().contains("TZ")) {
      schedule.invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
      return;
    }
    try {
      CronSchedule.parse(schedule.text(), ZoneOffset.UTC);
    } catch (IllegalArgumentException unreadable) {
      schedule.invalid(String.valueOf(unreadable.getMessage()));
    }
  }

  private static void validateTimeZone(Place zone) {
    if (!zone.isSet()) {
      return;
    }
    String name = zone.text();
    if (name.isEmpty()) {
      zone.invalid("timeZone must be nil or non-empty string");
    } else if (name.equalsIgnoreCase("Local")) {
      zone.invalid(
          "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    } else if (!ZoneId.getAvailableZoneIds().contains(name)) {
      zone.invalid("unknown time zone " + name);
    }
  }

  @Override
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.NAME);
    columns.add(Columns.text("Schedule", "When jobs start.", "/spec/schedule"));
    columns.add(Columns.text("Timezone", "Where the schedule's clock hangs.", "/spec/timeZone"));
    columns.add(
        Columns.text(
            "Suspend", "Whether it rests.", cronJob -> capitalized(cronJob.at("/spec/suspend"))));
    columns.add(Columns.size("Active", "Jobs that run now.", "/status/active"));
    columns.add(
        Columns.timed(
            "Last Schedule",
            "When a job was last started.",
            row -> {
              JsonNode last = row.object().at("/status/lastScheduleTime");
              return last.isString() ? Ages.since(last, row.now()) : Columns.NONE;
            }));
    columns.add(Column.AGE);
    columns.addAll(Columns.containers("/spec/jobTemplate/spec/template/spec"));
    columns.add(Columns.selectorColumn("/spec/jobTemplate/spec/selector"));
    return columns;
  }

  private static String capitalized(JsonNode flag) {
    if (!flag.isBoolean()) {
      return Columns.UNSET;
    }
    return flag.asBoolean(false) ? "True" : "False";
  }
}
