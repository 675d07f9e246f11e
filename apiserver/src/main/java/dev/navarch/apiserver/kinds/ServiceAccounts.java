package dev.navarch.apiserver.kinds;

import java.util.List;

/// ServiceAccounts: who a pod is to the API.
final class ServiceAccounts implements KindRules {

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.count("Secrets", "How many secrets its pods may use.", "/secrets"),
        Column.AGE);
  }
}
