package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schemas in the form in which OpenAI holds models to them, and the answers on their way back. */
class StrictSchemaTest {
  private static JsonNode json(String text) {
    return Json.read(text.replace('\'', '"').getBytes(UTF_8));
  }

  private static @Nullable String strict(String schema) {
    JsonNode strict = StrictSchema.of(json(schema));
    return strict == null ? null : strict.toString().replace('"', '\'');
  }

  private static String ofKey(String schema) {
    return "{'type':'object','properties':{'k':%s}}".formatted(schema);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'type':'string'} | {'type':['string','null']}",
        "{'type':['string','integer']} | {'type':['string','integer','null']}",
        "{'type':['string','null']} | {'type':['string','null']}",
        "{'type':'null'} | {'type':'null'}",
        "{'type':'string','enum':['a']} | {'type':['string','null'],'enum':['a',null]}",
        "{'type':'string','enum':['a',null]} | {'type':['string','null'],'enum':['a',null]}",
        "{'enum':['a']} | {'anyOf':[{'enum':['a']},{'type':'null'}]}",
        "{'enum':['a',null]} | {'enum':['a',null]}",
        "{'const':1} | {'anyOf':[{'const':1},{'type':'null'}]}",
        "{'type':'integer','const':1} | {'anyOf':[{'type':'integer','const':1},{'type':'null'}]}",
        "{'anyOf':[{'type':'string'},{'type':'integer'}]} | {'anyOf':[{'type':'string'},{'type':'integer'},{'type':'null'}]}",
        "{'anyOf':[{'type':'string'},{'type':'null'}]} | {'anyOf':[{'type':'string'},{'type':'null'}]}",
        "{'oneOf':[{'type':'string'},{'type':'integer'}]} | {'anyOf':[{'type':'string'},{'type':'integer'},{'type':'null'}]}",
        "{'allOf':[{'type':'string'}],'title':'K'} | {'title':'K','anyOf':[{'type':'string'},{'type':'null'}]}",
        "{'type':'array','items':{'type':'integer'}} | {'type':['array','null'],'items':{'type':'integer'}}",
        "{'type':'object','properties':{}} | {'type':['object','null'],'properties':{},'required':[],'additionalProperties':false}",
        "{'type':'object','properties':{'a':{'type':'null'}}} | {'type':['object','null'],'properties':{'a':{'type':'null'}},'required':['a'],'additionalProperties':false}"
      })
  void anOptionalKeyIsRequiredAndMayBeNull(String schema, String expected) {
    assertThat(strict(ofKey(schema)))
        .isEqualTo(
            "{'type':'object','properties':{'k':%s},'required':['k'],'additionalProperties':false}"
                .formatted(expected));
  }

  @Test
  void aRequiredKeyStaysAsItIs() {
    String closed =
        "{'type':'object','properties':{'a':{'type':'string'},'b':{'$ref':'#/$defs/b'}},"
            + "'required':['b','a'],'additionalProperties':false,"
            + "'$defs':{'b':{'type':'integer','minimum':1}}}";
    assertThat(strict(closed)).isEqualTo(closed);
  }

  @Test
  void referencesAreFollowedOnlyToSeeWhetherNullFits() {
    assertThat(
            strict(
                "{'properties':{'a':{'$ref':'#/$defs/n'},'b':{'$ref':'#/$defs/s'},'c':{'$ref':'#'}},"
                    + "'$defs':{'n':{'type':['string','null']},'s':{'type':'object',"
                    + "'properties':{'x':{'type':'string'}}}}}"))
        .isEqualTo(
            "{'properties':{'a':{'$ref':'#/$defs/n'},"
                + "'b':{'anyOf':[{'$ref':'#/$defs/s'},{'type':'null'}]},"
                + "'c':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},"
                + "'$defs':{'n':{'type':['string','null']},'s':{'type':'object',"
                + "'properties':{'x':{'type':['string','null']}},'required':['x'],"
                + "'additionalProperties':false}},"
                + "'type':'object','required':['a','b','c'],'additionalProperties':false}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'object'}",
        "{'type':'object','additionalProperties':true}",
        "{'type':'object','additionalProperties':{'type':'string'}}",
        "{'type':'object','patternProperties':{'^x':{'type':'string'}}}",
        "{'type':['object','null']}",
        "{'allOf':[{'type':'object','properties':{}},{'type':'object','properties':{}}]}",
        "{'type':'string','not':{'const':'a'}}",
        "{'if':{'const':1},'then':{'const':1}}",
        "{'description':'anything'}",
        "{}",
        "true",
        "{'type':'array','items':{}}",
        "{'anyOf':[{'type':'string'},{'type':'object'}]}"
      })
  void whatCannotBeSaidWithoutAnotherMeaningHasNoStrictForm(String schema) {
    assertThat(strict(ofKey(schema))).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'type':'array','items':{'type':'string'}}",
        "{'anyOf':[{'type':'object','properties':{}}]}",
        "{'$ref':'#/$defs/a','$defs':{'a':{'type':'object','properties':{}}}}",
        "{'type':'object'}"
      })
  void onlyAnObjectWithItsKeysCanBeTheWhole(String schema) {
    assertThat(strict(schema)).isNull();
  }

  @Test
  void theStrictFormHasItselfForItsStrictForm() {
    for (String schema :
        List.of(
            ofKey("{'type':'string','enum':['a']}"),
            ofKey("{'oneOf':[{'type':'object','properties':{'x':{'const':1}}}]}"),
            ofKey("{'$ref':'#'}"))) {
      String once = strict(schema);
      assertThat(once).isNotNull();
      assertThat(strict(String.valueOf(once))).isEqualTo(once);
    }
    assertThat(StrictSchema.of(StrictSchema.empty())).isEqualTo(StrictSchema.empty());
  }

  private static final String SCHEMA =
      """
      {'type':'object','required':['must','maybe'],'properties':{
        'must':{'type':'string'},'maybe':{'type':['string','null']},'opt':{'type':'string'},
        'optn':{'type':['integer','null']},'é':{'type':'string'},
        'list':{'type':'array','items':{'type':'object','properties':{'in':{'type':'string'}}}},
        'one':{'anyOf':[{'type':'object','properties':{'x':{'type':'string'}}},
                        {'type':'object','properties':{'y':{'type':['string','null']}}}]},
        'again':{'$ref':'#'}}}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{'must':'a','opt':null} | {'must':'a'}",
        "{'opt':null,'must':'a'} | {'must':'a'}",
        "{ 'opt' : null , 'must' : 'a' } | {  'must' : 'a' }",
        "{'opt':null} | {}",
        "{'opt':null,'é':null,'\\u00e9':null} | {}",
        "{'a':1,'opt':null,'b':2} | {'a':1,'b':2}",
        "{'must':null,'maybe':null,'optn':null} | {'must':null,'maybe':null,'optn':null}",
        "{'list':[{'in':null},{'in':'x'}],'opt':null} | {'list':[{},{'in':'x'}]}",
        "{'list':[null,[],{}]} | {'list':[null,[],{}]}",
        "{'one':{'x':null}} | {'one':{}}",
        "{'one':{'y':null}} | {'one':{'y':null}}",
        "{'again':{'again':{'opt':null,'must':'n'},'opt':'null'}} | {'again':{'again':{'must':'n'},'opt':'null'}}",
        "{'must':'{\\'opt\\':null}','opt':'a,b}'} | {'must':'{\\'opt\\':null}','opt':'a,b}'}",
        "{'must':-1.50e3,'z':[true, false] } | {'must':-1.50e3,'z':[true, false] }",
        "{'must':'a','opt':nu | {'must':'a','opt':nu",
        "{'must':'a','op | {'must':'a','op",
        "{'opt':none,'must':1} | {'opt':none,'must':1}",
        "{'opt' null} | {'opt' null}",
        "{opt:null} | {opt:null}",
        "I cannot: {'opt':null} | I cannot: {'opt':null}",
        "[{'opt':null}] | [{'opt':null}]",
        "{'opt':null} {'opt':null} | {} {'opt':null}"
      })
  void aNullThatStandsForAnAbsentKeyIsTakenOutWhateverThePieces(String text, String expected) {
    String written = text.replace('\'', '"');
    String wanted = expected.replace('\'', '"');
    assertThat(StrictAnswer.of(json(SCHEMA), written)).isEqualTo(wanted);
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      StrictAnswer answer = new StrictAnswer(json(SCHEMA));
      StringBuilder shown = new StringBuilder();
      for (int i = 0; i < written.length(); ) {
        int end = Math.min(written.length(), i + 1 + random.nextInt(4));
        shown.append(answer.piece(written.substring(i, end)));
        i = end;
      }
      assertThat(shown + answer.end()).isEqualTo(wanted);
    }
  }

  @Test
  void valuesOfManyLevelsPass() {
    String deep = "{\"again\":".repeat(300) + "1" + "}".repeat(300);
    assertThat(StrictAnswer.of(json(SCHEMA), deep)).isEqualTo(deep);
  }
}
