package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Yaml;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class YamlWriterTest {
  @Test
  void whatIsWrittenIsReadBack() {
    ObjectNode document =
        json(
            """
            {'a':{'list':[{'name':'x','on':true},[1,2],'yes','1.0','a: b','# no','',null],
             'none':{},'empty':[],'multi':'one\\ntwo','n':-3,'f':1.5},'on':'off'}
            """);
    byte[] yaml = YamlWriter.bytes(document);
    assertThat(Yaml.parse(yaml)).isEqualTo(document);
    assertThat(new String(yaml, StandardCharsets.UTF_8)).contains("- name: x\n    \"on\": true\n");
  }
}
