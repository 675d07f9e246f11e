package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestInfoTest {
  @ParameterizedTest
  @CsvSource({
    "GET,    /api/v1/pods, list",
    "GET,    /api/v1/pods?watch=true, watch",
    "GET,    /api/v1/namespaces/a/pods/b, get",
    "HEAD,   /api/v1/namespaces/a/pods/b, get",
    "POST,   /apis/apps/v1/namespaces/a/deployments, create",
    "PUT,    /api/v1/namespaces/a/pods/b/status, update",
    "PATCH,  /api/v1/namespaces/a/pods/b, patch",
    "DELETE, /api/v1/namespaces/a/pods, deletecollection",
    "DELETE, /api/v1/namespaces/a/pods/b, delete",
    "GET,    /version, get",
    "POST,   /apis, post"
  })
  void findsTheVerb(String method, String target, String verb) {
    assertThat(RequestInfo.of(new FakeExchange(method, target)).verb()).isEqualTo(verb);
  }

  @Test
  void openingAStreamIsNoReadingEvenByGet() {
    for (String target :
        new String[] {"/api/v1/namespaces/a/pods/b/exec", "/api/v1/nodes/n/proxy/exec/a/b/c"}) {
      var webSocket = new FakeExchange("GET", target).with("Upgrade", "websocket");
      assertThat(RequestInfo.of(webSocket).verb()).isEqualTo("create");
    }
  }
}
