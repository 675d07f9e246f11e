package dev.navarch.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {

  @ParameterizedTest
  @CsvSource({
    "nginx, '', nginx, nginx:latest",
    "library/nginx:1.27, '', library/nginx, library/nginx:1.27",
    "registry.example:5000/team/app, registry.example:5000, team/app, registry.example:5000/team/app:latest",
    "localhost/app:1, localhost, app, localhost/app:1"
  })
  void readsReferences(String text, String registry, String repository, String full) {
    assertThat(ImageName.parse(text)).contains(new ImageName(registry, repository, full));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Nginx", "a//b", "", ":1", "a:", "a b", "a@sha256:12", "http://a/b"})
  void refusesWhatIsNoReference(String text) {
    assertThat(ImageName.parse(text)).isEmpty();
  }
}
