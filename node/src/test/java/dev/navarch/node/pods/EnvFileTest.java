package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvFileTest {

  @Test
  void valuesAreTakenLiterallyAlsoOverSeveralLines() {
    String text =
        """
        # who we are
        NAME='navarch'

          SPACED =  'a b'
        LITERAL='$HOME \\n # no comment'
        LINES='one
        two'
        EMPTY=''
        LAST='end'""";
    assertThat(EnvFile.parse(text))
        .containsEntry("NAME", "navarch")
        .containsEntry("SPACED", "a b")
        .containsEntry("LITERAL", "$HOME \\n # no comment")
        .containsEntry("LINES", "one\ntwo")
        .containsEntry("EMPTY", "")
        .containsEntry("LAST", "end")
        .hasSize(6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "A=plain | line 1: the value of A has to stand in single quotes",
        "A='one''two' | line 1: found \"\"'two'\"\" after the value of A",
        "A='open | line 1: the value of A has no closing quote",
        "just words | line 1: found no '=', expected NAME='value'",
        "A B='x' | line 1: \"\"A B\"\" is no name of a variable",
      })
  void whatElseAShellWouldTakeIsRefused(String text, String message) {
    assertThatThrownBy(() -> EnvFile.parse(text)).hasMessage(message.replace("\"\"", "\""));
  }

  @Test
  void refusalNamesTheLine() {
    assertThatThrownBy(() -> EnvFile.parse("A='x\ny'\n\nB=\"z\""))
        .hasMessage("line 4: the value of B has to stand in single quotes");
  }
}
