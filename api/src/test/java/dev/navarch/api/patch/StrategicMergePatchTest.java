package dev.navarch.api.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Schema;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class StrategicMergePatchTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();

  /// Each case is a spec of a pod, a patch of it, and what results.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // containers merge by name; what is new comes first, what is there keeps its place
        "{containers:[{name:a,image:x}]} | {containers:[{name:a,image:y}]} | {containers:[{name:a,image:y}]}",
        "{containers:[{name:a,image:x,tty:true}]} | {containers:[{name:a,tty:null}]} | {containers:[{name:a,image:x}]}",
        "{containers:[{name:a},{name:b}]} | {containers:[{name:c,tty:null}]} | {containers:[{name:c},{name:a},{name:b}]}",
        "{containers:[{name:a},{name:b},{name:c}]} | {containers:[{name:b,image:y}]} | {containers:[{name:a},{name:b,image:y},{name:c}]}",
        "{} | {containers:[{name:a,image:x,tty:null}]} | {containers:[{name:a,image:x}]}",
        "{containers:[{name:a},{name:b}]} | {containers:[{$patch:delete,name:a}]} | {containers:[{name:b}]}",
        "{containers:[{name:a}]} | {containers:[{$patch:delete,name:z}]} | {containers:[{name:a}]}",
        "{containers:[{name:a},{name:b}]} | {containers:[{$patch:replace},{name:c}]} | {containers:[{name:c}]}",
        "{containers:[{name:a,image:x}]} | {containers:[{$patch:merge,name:a,tty:true}]} | {containers:[{name:a,image:x,tty:true}]}",
        "{containers:[{name:a,image:x}]} | {containers:[{$patch:delete,name:a},{name:a,image:z}]} | {containers:[{name:a,image:z}]}",
        // setElementOrder
        "{containers:[{name:a},{name:b}]} | {$setElementOrder/containers:[{name:b},{name:a}]} | {containers:[{name:b},{name:a}]}",
        "{containers:[{name:a},{name:b}]} | {$setElementOrder/containers:[{name:a},{name:c}],containers:[{name:c}]} | {containers:[{name:a},{name:c},{name:b}]}",
        "{containers:[{name:s},{name:a},{name:b}]} | {$setElementOrder/containers:[{name:b},{name:n},{name:a}],containers:[{name:n}]} | {containers:[{name:s},{name:b},{name:n},{name:a}]}",
        "{} | {$setElementOrder/containers:[{name:b},{name:a}],containers:[{name:b},{name:a}]} | {containers:[{name:b},{name:a}]}",
        "{} | {$setElementOrder/containers:[{name:a}]} | {}",
        "{containers:[{name:a},{name:b}]} | {$setElementOrder/containers:[{name:b}],containers:[{$patch:delete,name:a}]} | {containers:[{name:b}]}",
        // lists within lists
        "{containers:[{name:a,env:[{name:X,value:1},{name:Y,value:2}]}]} | {containers:[{name:a,env:[{name:Y,value:3}]}]} | {containers:[{name:a,env:[{name:X,value:1},{name:Y,value:3}]}]}",
        "{containers:[{name:a,env:[{name:X,value:1}]}]} | {containers:[{name:a,env:null}]} | {containers:[{name:a}]}",
        "{containers:[{name:a,env:[{name:X,value:1}]}]} | {containers:[{name:a,env:[{name:X,value:null,valueFrom:{fieldRef:{fieldPath:p}}}]}]} | {containers:[{name:a,env:[{name:X,valueFrom:{fieldRef:{fieldPath:p}}}]}]}",
        "{containers:[{name:a,ports:[{containerPort:80,protocol:TCP}]}]} | {containers:[{name:a,ports:[{containerPort:80,name:web}]}]} | {containers:[{name:a,ports:[{containerPort:80,protocol:TCP,name:web}]}]}",
        "{containers:[{name:a,ports:[{containerPort:80}]}]} | {containers:[{name:a,ports:[{containerPort:90,protocol:UDP}]}]} | {containers:[{name:a,ports:[{containerPort:90,protocol:UDP},{containerPort:80}]}]}",
        "{containers:[{name:a,volumeMounts:[{mountPath:/x,name:v}]}]} | {containers:[{name:a,volumeMounts:[{mountPath:/x,$patch:delete}]}]} | {containers:[{name:a,volumeMounts:[]}]}",
        // atomic lists replace
        "{tolerations:[{key:a},{key:b}]} | {tolerations:[{key:c,value:null}]} | {tolerations:[{key:c}]}",
        "{containers:[{name:a,args:[x,y]}]} | {containers:[{name:a,args:[z]}]} | {containers:[{name:a,args:[z]}]}",
        // maps
        "{nodeSelector:{a:1,b:2}} | {nodeSelector:{b:null,c:3}} | {nodeSelector:{a:1,c:3}}",
        "{nodeSelector:{a:1}} | {nodeSelector:{$patch:replace,c:3}} | {nodeSelector:{c:3}}",
        "{nodeSelector:{a:1}} | {nodeSelector:{$patch:delete}} | {nodeSelector:{}}",
        "{nodeSelector:{a:1}} | {nodeSelector:{$patch:merge,c:3}} | {nodeSelector:{a:1,c:3}}",
        "{nodeSelector:{a:1}} | {nodeSelector:null} | {}",
        "{nodeName:a} | {nodeName:b} | {nodeName:b}",
        // retainKeys on a volume's source
        "{volumes:[{name:v,emptyDir:{}}]} | {volumes:[{name:v,$retainKeys:[name,hostPath],hostPath:{path:/x}}]} | {volumes:[{name:v,hostPath:{path:/x}}]}",
        // fields that no schema knows
        "{odd:{a:1,l:[1]}} | {odd:{b:2,l:[2]}} | {odd:{a:1,b:2,l:[2]}}",
      })
  void patchesTheSpecOfAPod(String document, String patch, String result) {
    check("Pod", "{spec:" + document + "}", "{spec:" + patch + "}", "{spec:" + result + "}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{finalizers:[a,b]} | {finalizers:[c]} | {finalizers:[c,a,b]}",
        "{finalizers:[a,b]} | {finalizers:[b]} | {finalizers:[a,b]}",
        "{finalizers:[a,b]} | {$deleteFromPrimitiveList/finalizers:[a]} | {finalizers:[b]}",
        "{finalizers:[a,b]} | {$deleteFromPrimitiveList/finalizers:[a],$setElementOrder/finalizers:[c,b],finalizers:[c]} | {finalizers:[c,b]}",
        "{} | {$deleteFromPrimitiveList/finalizers:[a]} | {}",
        "{finalizers:[a,b]} | {finalizers:null} | {}",
        "{ownerReferences:[{uid:1,name:x}]} | {ownerReferences:[{uid:1,controller:true}]} | {ownerReferences:[{uid:1,name:x,controller:true}]}",
        "{labels:{a:1}} | {labels:{a:null}} | {labels:{}}"
      })
  void patchesMetadata(String document, String patch, String result) {
    check(
        "Pod",
        "{metadata:" + document + "}",
        "{metadata:" + patch + "}",
        "{metadata:" + result + "}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{strategy:{type:RollingUpdate,rollingUpdate:{maxSurge:1}}} | {strategy:{$retainKeys:[type],type:Recreate}} | {strategy:{type:Recreate}}",
        "{strategy:{type:RollingUpdate}} | {strategy:{rollingUpdate:{maxSurge:2}}} | {strategy:{type:RollingUpdate,rollingUpdate:{maxSurge:2}}}",
        "{template:{spec:{containers:[{name:a,image:x}]}}} | {template:{spec:{$setElementOrder/containers:[{name:a}],containers:[{name:a,image:y}]}}} | {template:{spec:{containers:[{name:a,image:y}]}}}"
      })
  void patchesTheSpecOfADeployment(String document, String patch, String result) {
    check("Deployment", "{spec:" + document + "}", "{spec:" + patch + "}", "{spec:" + result + "}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{containers:[{image:y}]} | does not contain declared merge key: name",
        "{containers:[{$patch:frob,name:a}]} | unknown patch type: frob in map",
        "{nodeSelector:{$patch:frob}} | unknown patch type: frob in map",
        "{nodeSelector:{$retainKeys:[a],b:1}} | invalid patch format of retainKeys",
        "{nodeSelector:{$retainKeys:7}} | invalid patch format of retainKeys",
        "{$setElementOrder/containers:7} | invalid patch format of setElementOrder list",
        "{$setElementOrder/containers:[{name:b}],containers:[{name:a}]} | doesn't match $setElementOrder list",
        "{$deleteFromPrimitiveList/x:7} | invalid patch format of primitive list",
        "{$deleteFromPrimitiveList:[a]} | invalid patch format of primitive list"
      })
  void explainsMalformedPatches(String patch, String message) {
    assertThatThrownBy(
            () ->
                StrategicMergePatch.apply(
                    json("{spec:{containers:[{name:a}],nodeSelector:{a:1}}}"),
                    json("{spec:" + patch + "}"),
                    schema("Pod")))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining(message);
  }

  @Test
  @Timeout(10)
  void mergesLongListsInReasonableTime() {
    ObjectNode document = finalizers(0, 100_000);
    ObjectNode patch = finalizers(50_000, 150_000);
    ObjectNode result = StrategicMergePatch.apply(document, patch, schema("Pod"));
    assertThat(result.path("metadata").path("finalizers").size()).isEqualTo(150_000);
  }

  private static ObjectNode finalizers(int from, int to) {
    ObjectNode document = JsonMapper.shared().createObjectNode();
    ArrayNode list = document.putObject("metadata").putArray("finalizers");
    IntStream.range(from, to).forEach(number -> list.add("example.com/" + number));
    return document;
  }

  private static void check(String kind, String document, String patch, String result) {
    ObjectNode before = json(document);
    ObjectNode changes = json(patch);
    assertThat(StrategicMergePatch.apply(before, changes, schema(kind))).isEqualTo(json(result));
    assertThat(before).isEqualTo(json(document));
    assertThat((JsonNode) changes).isEqualTo(json(patch));
  }

  private static Schema schema(String kind) {
    String apiVersion = kind.equals("Pod") ? "v1" : "apps/v1";
    return KINDS.byKind(apiVersion, kind).orElseThrow().schema();
  }

  /// JSON whose words may stand without quotes.
  private static ObjectNode json(String text) {
    String quoted = text.replaceAll("(?<![\\w/$.])([$/A-Za-z_][\\w$/.]*)", "\"$1\"");
    quoted = quoted.replaceAll("\"(true|false|null)\"", "$1");
    return (ObjectNode) JsonMapper.shared().readTree(quoted);
  }
}
