package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.chat.Feature;
import dev.customhouse.dialect.LossTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What answers hold reaches clients of every other dialect as the table of losses says: there is an
 * answer of our own writing for each row, from each dialect that it names, and for each fate.
 */
class AnswerLossesTest {
  private static final LossTable TABLE = LossTable.load();
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Map<String, DialectId> DIALECTS =
      Map.of(
          "C", DialectId.OPENAI_CHAT,
          "R", DialectId.OPENAI_RESPONSES,
          "A", DialectId.ANTHROPIC_MESSAGES,
          "G", DialectId.GEMINI,
          "B", DialectId.BEDROCK);

  /** What an answer's content or its other members stand in, by the letter of the dialect. */
  private static final Map<DialectId, String> FRAMES =
      Map.of(
          DialectId.OPENAI_CHAT,
          "{'id':'c','choices':[{'index':0,'finish_reason':'stop','message':{'role':'assistant',%s}}]}",
          DialectId.OPENAI_RESPONSES,
          "{'id':'r','object':'response','status':'completed','output':[%s]}",
          DialectId.ANTHROPIC_MESSAGES,
          "{'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[%s]}",
          DialectId.GEMINI,
          "{'candidates':[{'finishReason':'STOP','content':{'role':'model','parts':[%s]}}]}",
          DialectId.BEDROCK,
          "{'stopReason':'end_turn','output':{'message':{'role':'assistant','content':[%s]}}}");

  /**
   * A feature and the text that shows it; then answers: the dialect (C Chat Completions, R
   * Responses, A Messages, G Gemini, B Bedrock), what stands in its frame, or a whole body, or the
   * events of a stream with {@code ~} between them. Behind {@code =>} is for which clients another
   * fate than the first of the row is due, or by which text they show it; "only" says nothing of
   * other clients.
   */
  private static final String CASES =
      """
      answer_reasoning WHY
      C 'reasoning_content':'WHY','content':'Hi'
      R {'type':'reasoning','summary':[{'type':'summary_text','text':'WHY'}]}
      A {'type':'thinking','thinking':'WHY','signature':'x'}
      G {'text':'WHY','thought':true}
      B {'reasoningContent':{'reasoningText':{'text':'WHY'}}}
      answer_seal c2VhbGVk
      C 'content':'Hi','reasoning_details':[{'type':'reasoning.encrypted','data':'c2VhbGVk','format':'unknown','index':0}] => R "encrypted_content":"; A "signature":"; G "thoughtSignature":"; B "signature":"
      R {'type':'reasoning','summary':[{'type':'summary_text','text':'Hm'}],'encrypted_content':'c2VhbGVk'} => C "reasoning_details":; A "signature":"; G "thoughtSignature":"; B "signature":"
      A {'type':'thinking','thinking':'Hm','signature':'c2VhbGVk'} => C "reasoning_details":; R "encrypted_content":"; G "thoughtSignature":"; B "signature":"
      G {'functionCall':{'id':'call_1','name':'look','args':{}},'thoughtSignature':'c2VhbGVk'} => C "reasoning_details":; R "encrypted_content":"; A "redacted_thinking"; B "signature":"
      B {'reasoningContent':{'reasoningText':{'text':'Hm','signature':'c2VhbGVk'}}} => C "reasoning_details":; R "encrypted_content":"; A "signature":"; G "thoughtSignature":"
      answer_citation https://a.example/
      C 'content':'Hi','annotations':[{'type':'url_citation','url_citation':{'url':'https://a.example/','title':'A','start_index':0,'end_index':2}}]
      R {'type':'message','role':'assistant','content':[{'type':'output_text','text':'Hi','annotations':[{'type':'url_citation','url':'https://a.example/','title':'A','start_index':0,'end_index':2}]}]}
      A {'type':'text','text':'Hi','citations':[{'type':'web_search_result_location','url':'https://a.example/','title':'A','cited_text':'Hi','encrypted_index':'x'}]}
      G {'candidates':[{'finishReason':'STOP','content':{'role':'model','parts':[{'text':'Hi'}]},'groundingMetadata':{'groundingChunks':[{'web':{'uri':'https://a.example/','title':'A'}}],'groundingSupports':[{'segment':{'startIndex':0,'endIndex':2,'text':'Hi'},'groundingChunkIndices':[0]}]}}]}
      B {'citationsContent':{'content':[{'text':'Hi'}],'citations':[{'title':'A','location':{'web':{'url':'https://a.example/'}}}]}}
      answer_citation CITED
      A {'type':'text','text':'Hi','citations':[{'type':'char_location','document_index':0,'document_title':'CITED','cited_text':'CITED','start_char_index':0,'end_char_index':2}]} => C dropped; R dropped; G dropped; B mapped
      R {'type':'message','role':'assistant','content':[{'type':'output_text','text':'Hi','annotations':[{'type':'file_citation','file_id':'f','filename':'CITED','index':0}]}]} => C dropped; A dropped; G dropped; B dropped
      answer_media AAAAAAAA
      C 'content':null,'images':[{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAAAAAA'}}]
      R {'type':'image_generation_call','id':'ig','status':'completed','output_format':'png','result':'AAAAAAAA'}
      G {'inlineData':{'mimeType':'image/png','data':'AAAAAAAA'}}
      G {'inlineData':{'mimeType':'audio/wav','data':'AAAAAAAA'}} => R dropped
      G {'inlineData':{'mimeType':'video/mp4','data':'AAAAAAAA'}} => C dropped; R dropped
      G {'inlineData':{'mimeType':'image/heic','data':'AAAAAAAA'}} => B dropped
      B {'image':{'format':'png','source':{'bytes':'AAAAAAAA'}}}
      answer_native SOUGHT
      R {'type':'web_search_call','id':'ws_1','status':'completed','action':{'type':'search','query':'SOUGHT'}} => A dropped; G dropped; B dropped
      A {'type':'server_tool_use','id':'srvtoolu_1','name':'web_search','input':{'query':'SOUGHT'}} => R dropped; G dropped; B dropped
      A {'type':'mcp_tool_use','id':'mcptoolu_1','name':'look','server_name':'s','input':{'query':'SOUGHT'}} => R dropped; G dropped; B dropped
      G {'executableCode':{'language':'PYTHON','code':'SOUGHT'}} => R dropped; A dropped; B dropped
      B {'toolUse':{'toolUseId':'tooluse_1','name':'nova_code_interpreter','type':'server_tool_use','input':{'snippet':'SOUGHT'}}} => R dropped; A dropped; G dropped
      answer_stop_sequence ENDMARK
      A {'id':'m','type':'message','role':'assistant','stop_reason':'stop_sequence','stop_sequence':'ENDMARK','content':[{'type':'text','text':'Hi'}]}
      B {'stopReason':'stop_sequence','additionalModelResponseFields':{'stop_sequence':'ENDMARK'},'output':{'message':{'role':'assistant','content':[{'text':'Hi'}]}}}
      answer_declined NOTTHIS
      C 'content':null,'refusal':'NOTTHIS' => A "text":"NOTTHIS"; G "text":"NOTTHIS"; B "text":"NOTTHIS"
      R {'type':'message','role':'assistant','content':[{'type':'refusal','refusal':'NOTTHIS'}]} => A "text":"NOTTHIS"; G "text":"NOTTHIS"; B "text":"NOTTHIS"
      answer_stop_details HARM
      A {'id':'m','type':'message','role':'assistant','stop_reason':'refusal','stop_details':{'type':'refusal','category':'cyber','explanation':'HARM'},'content':[]}
      answer_stop_reason length
      C {'id':'c','choices':[{'index':0,'finish_reason':'length','message':{'role':'assistant','content':'Hi'}}]} => only A mapped "stop_reason":"max_tokens"; R mapped "status":"incomplete"; G mapped "finishReason":"MAX_TOKENS"; B mapped "stopReason":"max_tokens"
      C {'id':'c','choices':[{'index':0,'finish_reason':null,'message':{'role':'assistant','content':'Hi'}}]} => only A mapped "stop_reason":"end_turn"; R mapped "status":"completed"; G mapped "finishReason":"STOP"; B mapped "stopReason":"end_turn"
      R {'id':'r','object':'response','status':'incomplete','incomplete_details':{'reason':'content_filter'},'output':[]} => only C mapped "finish_reason":"content_filter"; A mapped "stop_reason":"refusal"; G mapped "finishReason":"SAFETY"; B mapped "stopReason":"content_filtered"
      A {'id':'m','type':'message','role':'assistant','stop_reason':'pause_turn','content':[{'type':'text','text':'Hi'}]} => only C mapped "finish_reason":"stop"; R mapped "status":"incomplete"; G mapped "finishReason":"STOP"; B mapped "stopReason":"end_turn"
      A {'id':'m','type':'message','role':'assistant','stop_reason':'model_context_window_exceeded','content':[{'type':'text','text':'Hi'}]} => only C mapped "finish_reason":"length"; R mapped "reason":"max_output_tokens"; G mapped "finishReason":"MAX_TOKENS"; B carried "stopReason":"model_context_window_exceeded"
      A {'id':'m','type':'message','role':'assistant','stop_reason':'refusal','content':[]} => only C mapped "finish_reason":"content_filter"; R mapped "reason":"content_filter"; G mapped "finishReason":"SAFETY"; B mapped "stopReason":"content_filtered"
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[{'type':'tool_use','id':'t','name':'look','input':{}}]} => only C mapped "finish_reason":"stop"; R mapped "type":"function_call"; G mapped "functionCall"; B carried "stopReason":"end_turn"
      A {'id':'m','type':'message','role':'assistant','stop_reason':'tool_use','content':[{'type':'tool_use','id':'t','name':'look','input':{}}]} => only C carried "finish_reason":"tool_calls"; R mapped "type":"function_call"; G mapped "functionCall"; B carried "stopReason":"tool_use"
      R {'id':'r','object':'response','status':'completed','output':[]} => only C carried "finish_reason":"stop"; A carried "stop_reason":"end_turn"; G carried "finishReason":"STOP"; B carried "stopReason":"end_turn"
      G {'candidates':[{'finishReason':'STOP','content':{'role':'model','parts':[{'text':'Hi'}]}}]} => only R carried "status":"completed"; A carried "stop_reason":"end_turn"
      G {'promptFeedback':{'blockReason':'PROHIBITED_CONTENT'},'usageMetadata':{'promptTokenCount':3,'totalTokenCount':3}} => only C mapped "finish_reason":"content_filter"; R mapped "reason":"content_filter"; A mapped "stop_reason":"refusal"; B mapped "stopReason":"content_filtered"
      B {'stopReason':'guardrail_intervened','output':{'message':{'role':'assistant','content':[{'text':'No.'}]}}} => only C mapped "finish_reason":"content_filter"; R mapped "reason":"content_filter"; A mapped "stop_reason":"refusal"; G mapped "finishReason":"SAFETY"
      answer_usage 7654321
      C {'id':'c','choices':[{'index':0,'finish_reason':'stop','message':{'role':'assistant','content':'Hi'}}],'usage':{'prompt_tokens':7654321,'completion_tokens':2,'total_tokens':7654323}}
      R {'id':'r','object':'response','status':'completed','output':[],'usage':{'input_tokens':7654321,'output_tokens':2,'total_tokens':7654323}}
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[],'usage':{'input_tokens':7654321,'output_tokens':2}}
      G {'candidates':[{'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':7654321,'candidatesTokenCount':2,'totalTokenCount':7654323}}
      B {'stopReason':'end_turn','output':{'message':{'role':'assistant','content':[]}},'usage':{'inputTokens':7654321,'outputTokens':2,'totalTokens':7654323}}
      C 'content':'Hi' => only A mapped "input_tokens":7; B mapped "inputTokens":0
      answer_cache_read_tokens 7654321
      C {'id':'c','choices':[{'index':0,'finish_reason':'stop','message':{'role':'assistant','content':'Hi'}}],'usage':{'prompt_tokens':7654329,'completion_tokens':2,'prompt_tokens_details':{'cached_tokens':7654321}}}
      R {'id':'r','object':'response','status':'completed','output':[],'usage':{'input_tokens':7654329,'output_tokens':2,'input_tokens_details':{'cached_tokens':7654321}}}
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[],'usage':{'input_tokens':8,'cache_read_input_tokens':7654321,'output_tokens':2}}
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[],'usage':{'input_tokens':8,'output_tokens':2}} => only R mapped "cached_tokens":0
      G {'candidates':[{'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':7654329,'cachedContentTokenCount':7654321,'candidatesTokenCount':2}}
      B {'stopReason':'end_turn','output':{'message':{'role':'assistant','content':[]}},'usage':{'inputTokens':8,'cacheReadInputTokens':7654321,'outputTokens':2}}
      answer_cache_write_tokens 7654321
      C {'id':'c','choices':[{'index':0,'finish_reason':'stop','message':{'role':'assistant','content':'Hi'}}],'usage':{'prompt_tokens':7654329,'completion_tokens':2,'prompt_tokens_details':{'cache_write_tokens':7654321}}}
      R {'id':'r','object':'response','status':'completed','output':[],'usage':{'input_tokens':7654329,'output_tokens':2,'input_tokens_details':{'cached_tokens':0,'cache_write_tokens':7654321}}}
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[],'usage':{'input_tokens':8,'cache_creation_input_tokens':7654321,'output_tokens':2}}
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[],'usage':{'input_tokens':8,'output_tokens':2}} => only R mapped "cache_write_tokens":0
      B {'stopReason':'end_turn','output':{'message':{'role':'assistant','content':[]}},'usage':{'inputTokens':8,'cacheWriteInputTokens':7654321,'outputTokens':2}}
      answer_reasoning_tokens 7654321
      C {'id':'c','choices':[{'index':0,'finish_reason':'stop','message':{'role':'assistant','content':'Hi'}}],'usage':{'prompt_tokens':2,'completion_tokens':7654329,'completion_tokens_details':{'reasoning_tokens':7654321}}}
      R {'id':'r','object':'response','status':'completed','output':[],'usage':{'input_tokens':2,'output_tokens':7654329,'output_tokens_details':{'reasoning_tokens':7654321}}}
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[],'usage':{'input_tokens':8,'output_tokens':7654329,'output_tokens_details':{'thinking_tokens':7654321}}}
      A {'id':'m','type':'message','role':'assistant','stop_reason':'end_turn','content':[],'usage':{'input_tokens':8,'output_tokens':2}} => only R mapped "reasoning_tokens":0
      G {'candidates':[{'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':2,'candidatesTokenCount':8,'thoughtsTokenCount':7654321}}
      answer_freeform_call SAYIT
      C 'content':null,'tool_calls':[{'id':'call_1','type':'custom','custom':{'name':'say','input':'SAYIT'}}] => A "input":{"input":"SAYIT"}; G "args":{"input":"SAYIT"}; B "input":{"input":"SAYIT"}
      R {'type':'custom_tool_call','call_id':'call_1','name':'say','input':'SAYIT'} => A "input":{"input":"SAYIT"}; G "args":{"input":"SAYIT"}; B "input":{"input":"SAYIT"}
      answer_half_call HALF
      C {'id':'c','choices':[{'index':0,'finish_reason':'length','message':{'role':'assistant','content':null,'tool_calls':[{'id':'call_1','type':'function','function':{'name':'look','arguments':'{ HALF'}}]}}]}
      R {'id':'r','object':'response','status':'incomplete','incomplete_details':{'reason':'max_output_tokens'},'output':[{'type':'function_call','call_id':'call_1','name':'look','arguments':'{ HALF'}]}
      answer_call_id call_77
      C 'content':null,'tool_calls':[{'id':'call_77','type':'function','function':{'name':'look','arguments':'{}'}}]
      C 'content':null,'tool_calls':[{'id':'look:0 call_77','type':'function','function':{'name':'look','arguments':'{}'}}] => A mapped; B mapped
      R {'type':'function_call','call_id':'call_77','name':'look','arguments':'{}'}
      A {'type':'tool_use','id':'call_77','name':'look','input':{}}
      G {'functionCall':{'id':'call_77','name':'look','args':{}}}
      B {'toolUse':{'toolUseId':'call_77','name':'look','input':{}}}
      answer_corrected_text CORRECTED
      R data: {'type':'response.output_text.delta','output_index':0,'content_index':0,'delta':'Said'} ~ data: {'type':'response.output_text.done','output_index':0,'content_index':0,'text':'CORRECTED'} ~ data: {'type':'response.completed','response':{'id':'r','status':'completed','output':[{'type':'message','content':[{'type':'output_text','text':'CORRECTED'}]}]}}
      answer_nameless_call call_77
      C 'content':'Hi','function_call':{'name':'','arguments':'call_77'}
      """;

  /** What is due to clients of a dialect. */
  private record Due(LossTable.@Nullable Fate fate, String trace) {}

  /** One answer that holds one thing. */
  private record Case(
      Feature feature,
      DialectId upstream,
      String mark,
      String body,
      Map<DialectId, Due> due,
      boolean only) {
    @Override
    public String toString() {
      return feature.label() + " of " + upstream.label();
    }

    LossTable.FeatureRow row() {
      return TABLE.of(feature);
    }

    boolean isStream() {
      return body.startsWith("data:");
    }
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    Feature feature = null;
    String mark = "";
    for (String line : CASES.lines().toList()) {
      DialectId upstream = DIALECTS.get(line.substring(0, 1));
      if (line.charAt(1) != ' ' || upstream == null) {
        int space = line.indexOf(' ');
        feature = Feature.valueOf(line.substring(0, space).toUpperCase(Locale.ROOT));
        mark = line.substring(space + 1);
        continue;
      }
      String[] halves = line.substring(2).split(" => ", 2);
      String held = halves[0];
      boolean framed = !held.startsWith("data:") && !isBody(held);
      String body = framed ? Objects.requireNonNull(FRAMES.get(upstream)).formatted(held) : held;
      String told = halves.length == 1 ? "" : halves[1];
      boolean only = told.startsWith("only ");
      cases.add(
          new Case(
              Objects.requireNonNull(feature),
              upstream,
              mark,
              body.replace('\'', '"'),
              due(only ? told.substring("only ".length()) : told),
              only));
    }
    return cases;
  }

  private static boolean isBody(String held) {
    return List.of(
            "'choices':",
            "'status':'completed','output'",
            "'status':'incomplete'",
            "'type':'message','role':'assistant','stop_reason'",
            "'candidates':",
            "'promptFeedback':",
            "'stopReason':")
        .stream()
        .anyMatch(held::contains);
  }

  private static Map<DialectId, Due> due(String told) {
    Map<DialectId, Due> due = new EnumMap<>(DialectId.class);
    for (String each : told.isEmpty() ? new String[0] : told.split("; ", -1)) {
      DialectId client = Objects.requireNonNull(DIALECTS.get(each.substring(0, 1)), each);
      String rest = each.substring(2);
      LossTable.Fate fate = null;
      for (LossTable.Fate known : LossTable.Fate.values()) {
        if (rest.equals(known.label()) || rest.startsWith(known.label() + " ")) {
          fate = known;
          rest = rest.substring(known.label().length()).strip();
        }
      }
      due.put(client, new Due(fate, rest));
    }
    return due;
  }

  @Test
  void whatBecomesOfEachThingInAnAnswerIsWhatTheTableSays() throws IOException {
    List<String> faults = new ArrayList<>();
    for (Case each : cases()) {
      for (Way way : Way.from(each.upstream())) {
        DialectId client = way.client().dialect();
        if (each.only() && !each.due().containsKey(client)) {
          continue;
        }
        byte[] upstream = each.body().getBytes(UTF_8);
        if (each.isStream()) {
          byte[] events = each.body().replace(" ~ ", "\n\n").concat("\n\n").getBytes(UTF_8);
          String heard = new String(way.events(List.of(events)), UTF_8);
          String fault = fault(each, client, heard, false);
          if (fault != null) {
            faults.add("%s to %s: %s in %s".formatted(each, client.label(), fault, heard));
          }
          continue;
        }
        String whole = new String(way.translation(false).answer(upstream), UTF_8);
        String fault = fault(each, client, whole, true);
        if (fault != null) {
          faults.add("%s to %s: %s in %s".formatted(each, client.label(), fault, whole));
        }
        String stream = new String(way.translation(true).answer(upstream), UTF_8);
        if (isToldInStreams(each)) {
          String other = fault(each, client, stream, false);
          if (other != null) {
            faults.add(
                "%s to %s, as a stream: %s in %s".formatted(each, client.label(), other, stream));
          }
        }
      }
    }
    assertThat(String.join("\n", faults)).isEmpty();
  }

  /** In pieces of a stream some things have other forms, which other tests know. */
  private static boolean isToldInStreams(Case each) {
    return each.due().isEmpty() && each.feature() != Feature.ANSWER_HALF_CALL;
  }

  private static @Nullable String fault(Case each, DialectId client, String answer, boolean whole)
      throws IOException {
    LossTable.Fates fates = Objects.requireNonNull(each.row().to().get(client));
    Due due = each.due().get(client);
    LossTable.Fate fate = due == null || due.fate() == null ? fates.usual() : due.fate();
    if (fate != fates.usual() && fate != fates.otherwise()) {
      return fate.label() + " is not in the table";
    }
    String trace = due == null || due.trace().isEmpty() ? each.mark() : due.trace();
    boolean there = answer.contains(trace);
    return switch (fate) {
      case CARRIED -> {
        if (!there) {
          yield "it is not there";
        }
        String name = each.row().names().get(client);
        boolean inPlace =
            !whole || name != null && isAt(MAPPER.readTree(answer), name, unquoted(trace));
        yield inPlace ? null : "it is not at " + name;
      }
      case MAPPED -> there ? null : "there is no " + trace;
      case DROPPED -> answer.contains(each.mark()) ? "it is there" : null;
      case REFUSED -> "nothing is refused in answers";
    };
  }

  private static String unquoted(String trace) {
    int colon = trace.indexOf("\":");
    return colon < 0 ? trace : trace.substring(colon + 2).replace("\"", "");
  }

  /** An object at the path has the last member of it, and the text is in that object. */
  private static boolean isAt(JsonNode node, String path, String text) {
    int dot = path.indexOf('.');
    String name = dot < 0 ? path : path.substring(0, dot);
    String rest = dot < 0 ? "" : path.substring(dot + 1);
    if (name.endsWith("[]")) {
      for (JsonNode each : node.path(name.substring(0, name.length() - 2))) {
        if (rest.isEmpty() ? each.toString().contains(text) : isAt(each, rest, text)) {
          return true;
        }
      }
      return false;
    }
    return rest.isEmpty()
        ? node.has(name) && node.toString().contains(text)
        : isAt(node.path(name), rest, text);
  }

  @Test
  void everyRowOfAnswersHasACaseFromEveryDialectThatItNamesAndForEveryFate() {
    Set<String> missing = new TreeSet<>();
    Map<Feature, Set<DialectId>> upstreams = new EnumMap<>(Feature.class);
    Map<Feature, Map<DialectId, Set<LossTable.Fate>>> shown = new EnumMap<>(Feature.class);
    for (Case each : cases()) {
      upstreams
          .computeIfAbsent(each.feature(), none -> new java.util.HashSet<>())
          .add(each.upstream());
      for (DialectId client : DialectId.values()) {
        Due due = each.due().get(client);
        if (client != each.upstream() && !(each.only() && due == null)) {
          LossTable.Fates fates = Objects.requireNonNull(each.row().to().get(client));
          shown
              .computeIfAbsent(each.feature(), none -> new EnumMap<>(DialectId.class))
              .computeIfAbsent(client, none -> new java.util.HashSet<>())
              .add(due == null || due.fate() == null ? fates.usual() : due.fate());
        }
      }
    }
    for (LossTable.FeatureRow row : TABLE.features()) {
      if (!row.feature().name().startsWith("ANSWER_")) {
        continue;
      }
      for (DialectId from : row.names().keySet()) {
        if (!upstreams.getOrDefault(row.feature(), Set.of()).contains(from)) {
          missing.add(row.feature().label() + " from " + from.label());
        }
      }
      row.to()
          .forEach((client, fates) -> {
            Set<LossTable.Fate> seen =
                shown.getOrDefault(row.feature(), new HashMap<>()).getOrDefault(client, Set.of());
            boolean carriesItsOwn = row.names().size() == 1 && row.names().containsKey(client);
            if (!carriesItsOwn && !seen.contains(fates.usual())) {
              missing.add(
                  "%s %s to %s".formatted(row.feature().label(), fates.usual(), client.label()));
            }
            LossTable.Fate otherwise = fates.otherwise();
            if (otherwise != null && !seen.contains(otherwise)) {
              missing.add(
                  "%s %s to %s".formatted(row.feature().label(), otherwise, client.label()));
            }
          });
    }
    assertThat(missing).isEmpty();
  }
}
