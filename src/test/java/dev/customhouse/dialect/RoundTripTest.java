package dev.customhouse.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Target;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rich request of each dialect is the same when it was in the hub and came out again. */
class RoundTripTest {
  private static final Map<DialectId, String> RICH =
      Map.of(
          DialectId.OPENAI_CHAT,
          """
          {'model':'gpt-5.2','messages':[
            {'role':'developer','content':'Be brief.'},
            {'role':'user','content':[{'type':'text','text':'What is it?'},
              {'type':'image_url','image_url':{'url':'https://example.com/a.png','detail':'low'}},
              {'type':'file','file':{'filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERi0='}}]},
            {'role':'assistant','content':null,'tool_calls':[
              {'id':'call_1','type':'function','function':{'name':'look','arguments':'{"x": 7.0}'}},
              {'id':'call_2','type':'custom','custom':{'name':'say','input':'ho'}}]},
            {'role':'tool','tool_call_id':'call_1','content':'A cat.'},
            {'role':'tool','tool_call_id':'call_2','content':'Said.'},
            {'role':'user','name':'ann','content':'And?'}],
           'max_completion_tokens':500,'seed':7,'reasoning_effort':'low',
           'tools':[{'type':'function','function':{'name':'look','description':'Looks.',
               'parameters':{'type':'object','properties':{'x':{'type':'number'}},'required':['x'],'additionalProperties':false},'strict':true}},
             {'type':'custom','custom':{'name':'say','description':'Says.'}}],
           'tool_choice':'required','parallel_tool_calls':false,
           'response_format':{'type':'json_schema','json_schema':{'name':'answer','strict':true,
             'schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}},
           'service_tier':'flex','prompt_cache_key':'k','store':false,'metadata':{'a':'b'},'logit_bias':{'1':2},
           'something_new':{'of':[1,2.50]}}
          """,
          DialectId.OPENAI_RESPONSES,
          """
          {'model':'gpt-5.2','input':[
            {'type':'message','role':'developer','content':[{'type':'input_text','text':'Be brief.'}]},
            {'type':'message','role':'user','content':[{'type':'input_text','text':'What is it?'},
              {'type':'input_image','image_url':'https://example.com/a.png','detail':'low'},
              {'type':'input_file','filename':'a.pdf','file_data':'data:application/pdf;base64,JVBERi0='}]},
            {'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'Hm.'}],'encrypted_content':'abcd'},
            {'type':'function_call','id':'fc_1','call_id':'call_1','name':'look','arguments':'{"x": 7.0}','status':'completed'},
            {'type':'function_call_output','call_id':'call_1','output':'A cat.'},
            {'type':'web_search_call','id':'ws_1','status':'completed','action':{'type':'search','query':'cats'}},
            {'type':'message','id':'msg_1','role':'assistant','status':'completed','content':[{'type':'output_text','text':'A cat.'}]},
            {'type':'message','role':'user','content':[{'type':'input_text','text':'And?'}]}],
           'max_output_tokens':500,'reasoning':{'effort':'low','summary':'auto'},
           'tools':[{'type':'function','name':'look','description':'Looks.','strict':true,
               'parameters':{'type':'object','properties':{'x':{'type':'number'}},'required':['x'],'additionalProperties':false}},
             {'type':'web_search'}],
           'tool_choice':'auto','parallel_tool_calls':false,
           'text':{'format':{'type':'json_schema','name':'answer','strict':true,
             'schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}},'verbosity':'low'},
           'include':['reasoning.encrypted_content'],'store':false,'service_tier':'flex','prompt_cache_key':'k','metadata':{'a':'b'},
           'something_new':{'of':[1,2.50]}}
          """,
          DialectId.ANTHROPIC_MESSAGES,
          """
          {'model':'claude-sonnet-4-5','stream':false,'max_tokens':9000,
           'system':[{'type':'text','text':'Be brief.','cache_control':{'type':'ephemeral','ttl':'1h'}}],
           'messages':[
            {'role':'user','content':[{'type':'text','text':'What is it?'},
              {'type':'image','source':{'type':'url','url':'https://example.com/a.png'}},
              {'type':'document','source':{'type':'base64','media_type':'application/pdf','data':'JVBERi0='},'title':'A','citations':{'enabled':true}}]},
            {'role':'assistant','content':[
              {'type':'thinking','thinking':'Hm.','signature':'abcd'},
              {'type':'redacted_thinking','data':'efgh'},
              {'type':'text','text':'I look.'},
              {'type':'tool_use','id':'toolu_1','name':'look','input':{'x':7.0}}]},
            {'role':'user','content':[
              {'type':'tool_result','tool_use_id':'toolu_1','is_error':true,'content':'Dark.'},
              {'type':'text','text':'And?','cache_control':{'type':'ephemeral'}}]}],
           'stop_sequences':['END'],'thinking':{'type':'enabled','budget_tokens':2000},
           'tools':[{'name':'look','description':'Looks.','input_schema':{'type':'object','properties':{'x':{'type':'number'}},'required':['x'],'additionalProperties':false},'strict':true},
             {'type':'web_search_20250305','name':'web_search','max_uses':3}],
           'tool_choice':{'type':'auto','disable_parallel_tool_use':true},
           'output_config':{'format':{'type':'json_schema','schema':{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}}},
           'metadata':{'user_id':'u'},'service_tier':'standard_only',
           'something_new':{'of':[1,2.50]}}
          """,
          DialectId.GEMINI,
          """
          {'systemInstruction':{'parts':[{'text':'Be brief.'}]},
           'contents':[
            {'role':'user','parts':[{'text':'What is it?'},
              {'inlineData':{'mimeType':'image/png','data':'iVBORw0KGgo='}},
              {'fileData':{'mimeType':'video/mp4','fileUri':'https://example.com/a.mp4'},'videoMetadata':{'fps':2}}]},
            {'role':'model','parts':[{'text':'Hm.','thought':true},
              {'functionCall':{'id':'c1','name':'look','args':{'x':7.0}},'thoughtSignature':'abcd'}]},
            {'role':'user','parts':[{'functionResponse':{'id':'c1','name':'look','response':{'result':'A cat.'}}}]},
            {'role':'model','parts':[{'executableCode':{'language':'PYTHON','code':'1'}},{'text':'A cat.'}]},
            {'role':'user','parts':[{'text':'And?'}]}],
           'tools':[{'functionDeclarations':[{'name':'look','description':'Looks.','parametersJsonSchema':{'type':'object','properties':{'x':{'type':'number'}}}}]}],
           'toolConfig':{'functionCallingConfig':{'mode':'ANY','allowedFunctionNames':['look']}},
           'generationConfig':{'temperature':0.25,'topP':0.5,'topK':40,'maxOutputTokens':500,'seed':7,'stopSequences':['END'],
             'responseMimeType':'application/json','responseJsonSchema':{'type':'object'},
             'thinkingConfig':{'thinkingLevel':'HIGH','includeThoughts':true}},
           'safetySettings':[{'category':'HARM_CATEGORY_HARASSMENT','threshold':'BLOCK_ONLY_HIGH'}],
           'somethingNew':{'of':[1,2.50]}}
          """,
          DialectId.BEDROCK,
          """
          {'system':[{'text':'Be brief.'},{'cachePoint':{'type':'default'}}],
           'messages':[
            {'role':'user','content':[{'text':'What is it?'},
              {'image':{'format':'png','source':{'bytes':'iVBORw0KGgo='}}},
              {'document':{'format':'pdf','name':'a','source':{'bytes':'JVBERi0='}}}]},
            {'role':'assistant','content':[
              {'reasoningContent':{'reasoningText':{'text':'Hm.','signature':'abcd'}}},
              {'toolUse':{'toolUseId':'t1','name':'look','input':{'x':7.0}}}]},
            {'role':'user','content':[{'toolResult':{'toolUseId':'t1','content':[{'text':'Dark.'}],'status':'error'}},{'text':'And?'}]}],
           'inferenceConfig':{'maxTokens':9000,'stopSequences':['END']},
           'toolConfig':{'tools':[{'toolSpec':{'name':'look','description':'Looks.','inputSchema':{'json':{'type':'object','properties':{'x':{'type':'number'}}}}}}],'toolChoice':{'auto':{}}},
           'additionalModelRequestFields':{'thinking':{'type':'enabled','budget_tokens':2000}},
           'additionalModelResponseFieldPaths':['/stop_sequence'],'requestMetadata':{'a':'b'},
           'somethingNew':{'of':[1,2.50]}}
          """);

  private static final Map<DialectId, Target> TARGETS =
      Map.of(
          DialectId.OPENAI_CHAT, new Target("p", "openai", "gpt-5.2"),
          DialectId.OPENAI_RESPONSES, new Target("p", "openai", "gpt-5.2"),
          DialectId.ANTHROPIC_MESSAGES, new Target("p", "anthropic", "claude-sonnet-4-5"),
          DialectId.GEMINI, new Target("p", "gemini", "gemini-3-pro-preview"),
          DialectId.BEDROCK,
              new Target("p", "bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"));

  static JsonNode rich(DialectId dialect) {
    // Quotes inside of texts are written as they are.
    return Crossing.json(Objects.requireNonNull(RICH.get(dialect)).replace("\"", "\\\""));
  }

  private static Translation home(DialectId dialect, ChatRequest request) {
    Translation translation =
        Crossing.translate(
            dialect,
            request,
            dialect,
            Objects.requireNonNull(TARGETS.get(dialect)),
            OnUnsupported.LISTED);
    assertThat(translation.dropped()).isEmpty();
    assertThat(translation.unlisted()).isEmpty();
    return translation;
  }

  @ParameterizedTest
  @EnumSource(DialectId.class)
  void theHubKeepsAllOfARequest(DialectId dialect) {
    ChatRequest asked = Crossing.read(dialect, rich(dialect));

    assertThat(fields(Crossing.arrived(home(dialect, asked), "m"))).isEqualTo(fields(asked));
  }

  @ParameterizedTest
  @EnumSource(DialectId.class)
  void aRequestIsWrittenAsItCame(DialectId dialect) {
    JsonNode asked = rich(dialect);

    assertThat(Json.read(home(dialect, Crossing.read(dialect, asked)).written().body()))
        .isEqualTo(asked);
  }

  @Test
  void theSameRequestIsAlwaysWrittenInTheSameBytes() {
    for (DialectId from : DialectId.values()) {
      for (DialectId to : DialectId.values()) {
        byte[] once = across(from, to);
        assertThat(across(from, to)).as(from + " to " + to).isEqualTo(once);
      }
    }
  }

  private static byte[] across(DialectId from, DialectId to) {
    return Crossing.translate(
            from, rich(from), to, Objects.requireNonNull(TARGETS.get(to)), OnUnsupported.DROP)
        .written()
        .body();
  }

  /** Its members, each on a line of its own. */
  private static String fields(ChatRequest request) {
    ChatRequest.Builder named = request.toBuilder().model("m");
    ChatRequest same = named.build();
    return String.join(
        "\n",
        String.join("\n", same.messages().stream().map(Object::toString).toList()),
        String.join("\n", same.tools().stream().map(Object::toString).toList()),
        String.valueOf(same.toolChoice()),
        String.valueOf(same.parallelToolCalls()),
        same.sampling().toString(),
        String.valueOf(same.thinking()),
        String.valueOf(same.outputFormat()),
        String.valueOf(same.endUser()),
        String.valueOf(same.serviceTier()),
        String.valueOf(same.cacheKey()),
        same.extras().toString());
  }
}
