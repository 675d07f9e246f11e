package dev.navarch.apiserver.custom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// What definitions must keep to.
class DefinitionRulesTest {
  private static final String AT = "spec.validation.openAPIV3Schema";

  private static ObjectNode json(String text) {
    return Json.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode definition(String schema) {
    ObjectNode definition =
        json(
            """
            {'metadata':{'name':'widgets.example.com'},'spec':{'group':'example.com',
            'scope':'Namespaced','names':{'plural':'widgets','kind':'Widget'},'versions':[
            {'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':%s}}]}}\
            """
                .formatted(schema));
    new DefinitionRules().setDefaults(definition);
    return definition;
  }

  private static List<String> errors(ObjectNode definition) {
    List<FieldError> errors = new ArrayList<>();
    new DefinitionRules().validate(definition, errors::add);
    return errors.stream().map(error -> error.toString().replace('"', '\'')).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | .type: Required value: must not be empty at the root",
        "{'type':'string'} | .type: Invalid value: 'string': must be object at the root",
        "{'type':'object','properties':{'a':{}}} | .properties[a].type: Required value: must not"
            + " be empty for specified object fields",
        "{'type':'object','properties':{'a':{'type':'array'}}} | .properties[a].items: Required"
            + " value: must be specified",
        "{'type':'object','properties':{'a':{'type':'array','items':{}}}} |"
            + " .properties[a].items.type: Required value: must not be empty for specified array"
            + " items",
        "{'type':'object','properties':{'a':{'type':'string','$ref':'x'}}} | .properties[a].$ref:"
            + " Forbidden: $ref is not supported",
        "{'type':'object','properties':{'a':{'type':'array','uniqueItems':true,'items':{'type':"
            + "'string'}}}} | .properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to"
            + " true since the runtime complexity becomes quadratic",
        "{'type':'object','additionalProperties':{'type':'string'}} | .additionalProperties:"
            + " Forbidden: must not be used at the root",
        "{'type':'object','properties':{'a':{'type':'integer'}},'anyOf':[{'properties':{'a':{'type':'integer'}}}]}"
            + " | .anyOf[0].properties[a].type: Forbidden: must be empty to be structural",
        "{'type':'object','anyOf':[{'properties':{'a':{'minimum':1}}}]} | .properties[a]: Required"
            + " value: because it is defined in "
            + AT
            + ".anyOf[0].properties[a]",
        "{'type':'object','properties':{'a':{'type':'integer','default':'x'}}} |"
            + " .properties[a].default: Invalid value: 'string':  in body must be of type integer:"
            + " 'string'",
        "{'type':'object','properties':{'a':{'type':'string','pattern':'[a','enum':['x']}}} |"
            + " .properties[a].pattern: Invalid value: '[a': must be a valid regular expression,"
            + " but isn't: error parsing regexp: missing closing ]: `[a`",
        "{'type':'object','properties':{'a':{'type':'object','default':{'b':1}}}} |"
            + " .properties[a].default: Invalid value: {'b':1}: must not have unknown fields",
        "{'type':'object','properties':{'a':{'type':'array','x-kubernetes-list-type':'map',"
            + "'x-kubernetes-list-map-keys':['n'],'items':{'type':'object','properties':{'n':"
            + "{'type':'string'}}}}}} | .properties[a].items.properties[n].default: Required value:"
            + " this property is in x-kubernetes-list-map-keys, so it must have a default or be a"
            + " required property",
        "{'type':'object','properties':{'a':{'type':'integer','x-kubernetes-list-type':'set'}}} |"
            + " .properties[a].type: Invalid value: 'integer': must be array if"
            + " x-kubernetes-list-type is specified",
        "{'type':'object','properties':{'a':{'type':'string','x-kubernetes-validations':"
            + "[{'rule':'self > 1'}]}}} | .properties[a].x-kubernetes-validations[0].rule: Invalid"
            + " value",
        "{'type':'object','properties':{'a':{'type':'string','x-kubernetes-validations':"
            + "[{'rule':'self'}]}}} | .properties[a].x-kubernetes-validations[0].rule: Invalid"
            + " value: {'rule':'self'}: cel expression must evaluate to a bool",
        "{'type':'object','properties':{'a':{'type':'array','items':{'type':'string','x-kubernetes-validations':[{'rule':'self"
            + " == oldSelf'}]}}}} | .properties[a].items.x-kubernetes-validations[0].rule: Invalid"
            + " value: 'self == oldSelf': oldSelf cannot be used on the uncorrelatable portion of"
            + " the schema within "
            + AT
            + ".properties[a]",
      })
  void judgesSchemas(String schema, String error) {
    assertThat(errors(definition(schema))).anyMatch(one -> one.startsWith(AT + error));
  }

  @Test
  void takesWhatOperatorsWrite() {
    assertThat(
            errors(
                definition(
                    """
                    {'type':'object','properties':{'apiVersion':{'type':'string'},'kind':
                    {'type':'string'},'metadata':{'type':'object'},'spec':{'type':'object',
                    'properties':{'size':{'anyOf':[{'type':'integer'},{'type':'string'}],
                    'pattern':'^[0-9]+$','x-kubernetes-int-or-string':true},'labels':{'type':
                    'object','additionalProperties':{'type':'string'}},'a':{'type':'integer'},
                    'b':{'type':'integer'}},'oneOf':[{'required':['a']},{'required':['b']}],
                    'x-kubernetes-validations':[{'rule':'!has(self.a) || self.a > 0','message':
                    'a must be positive','fieldPath':'.a','reason':'FieldValueInvalid'}]},
                    'status':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}}\
                    """)))
        .isEmpty();
  }

  @Test
  void refusesRulesThatCanBecomeTooExpensive() {
    List<String> errors =
        errors(
            definition(
                """
                {'type':'object','properties':{'a':{'type':'array','items':{'type':'string'},
                'x-kubernetes-validations':[{'rule':
                'self.all(x, self.all(y, x == y))'}]}}}\
                """));
    assertThat(errors)
        .anyMatch(
            one ->
                one.contains(
                    "x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds"
                        + " budget by factor of more than 100x (try simplifying the rule, or adding"
                        + " maxItems"))
        .anyMatch(
            one ->
                one.startsWith(
                    AT
                        + ": Forbidden: x-kubernetes-validations estimated rule cost total for"
                        + " entire OpenAPIv3 schema exceeds budget"));
  }

  @Test
  void judgesNamesAndVersions() {
    ObjectNode definition = definition("{'type':'object'}");
    ObjectNode spec = (ObjectNode) definition.path("spec");
    spec.put("group", "example").put("scope", "Galaxy");
    ((ObjectNode) spec.path("versions").path(0)).put("storage", false).put("name", "V1");
    ((ObjectNode) spec.path("names")).put("kind", "Wid.get");
    assertThat(errors(definition))
        .anyMatch(
            one ->
                one.contains(
                    "metadata.name: Invalid value: 'widgets.example.com': must be"
                        + " spec.names.plural+'.'+spec.group"))
        .anyMatch(one -> one.contains("spec.group: Invalid value: 'example': should be a domain"))
        .anyMatch(
            one ->
                one.equals(
                    "spec.scope: Unsupported value: 'Galaxy': supported values: 'Cluster',"
                        + " 'Namespaced'"))
        .anyMatch(one -> one.startsWith("spec.versions[0].name: Invalid value: 'V1'"))
        .anyMatch(one -> one.contains("must have exactly one version marked as storage version"))
        .anyMatch(
            one ->
                one.startsWith(
                    "spec.names.kind: Invalid value: 'Wid.get': may have mixed case, but should"
                        + " otherwise match"));
  }
}
