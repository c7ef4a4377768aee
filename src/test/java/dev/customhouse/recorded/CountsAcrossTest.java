package dev.customhouse.recorded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.customhouse.canonical.DialectId;
import dev.customhouse.canonical.Usage;
import dev.customhouse.dialect.OwnAnswers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Tokens as providers count them reach clients of every other dialect: a count of nothing is 0, and
 * one that was not told is not there, where the client's dialect does not require it.
 */
class CountsAcrossTest {
  private static final String TEXT = "Hi";

  /** Counts that a provider told in the normal form; null: not told. */
  private record Told(
      @Nullable Long read, @Nullable Long written, @Nullable Long thought, boolean none) {
    static final long INPUT = 30;
    static final long OUTPUT = 20;

    static List<Told> all() {
      List<Told> all = new ArrayList<>();
      @Nullable Long[] counts = {null, 0L, 4L};
      for (Long read : counts) {
        for (Long written : counts) {
          for (Long thought : counts) {
            all.add(new Told(read, written, thought, false));
          }
        }
      }
      all.add(new Told(null, null, null, true));
      return all;
    }

    /** False for counts that the provider's dialect has no field for. */
    boolean isOf(DialectId upstream) {
      return switch (upstream) {
        case GEMINI -> written == null;
        case BEDROCK -> thought == null;
        default -> true;
      };
    }

    /** The usage as the dialect writes it; empty for none. */
    String as(DialectId dialect) {
      if (none) {
        return "";
      }
      long fresh = INPUT - (read == null ? 0 : read) - (written == null ? 0 : written);
      long spoken = OUTPUT - (thought == null ? 0 : thought);
      return switch (dialect) {
        case OPENAI_CHAT ->
            ",'usage':{'prompt_tokens':30,'completion_tokens':20,'total_tokens':50,'prompt_tokens_details':{'audio_tokens':0%s%s},'completion_tokens_details':{'audio_tokens':0%s}}"
                .formatted(
                    count("cached_tokens", read),
                    count("cache_write_tokens", written),
                    count("reasoning_tokens", thought));
        case OPENAI_RESPONSES ->
            ",'usage':{'input_tokens':30,'output_tokens':20,'total_tokens':50,'input_tokens_details':{'x':0%s%s},'output_tokens_details':{'x':0%s}}"
                .formatted(
                    count("cached_tokens", read),
                    count("cache_write_tokens", written),
                    count("reasoning_tokens", thought));
        case ANTHROPIC_MESSAGES ->
            ",'usage':{'input_tokens':%d,'output_tokens':20%s%s%s}"
                .formatted(
                    fresh,
                    count("cache_read_input_tokens", read),
                    count("cache_creation_input_tokens", written),
                    thought == null
                        ? ",'output_tokens_details':null"
                        : ",'output_tokens_details':{'thinking_tokens':" + thought + "}");
        case GEMINI ->
            ",'usageMetadata':{'promptTokenCount':30,'candidatesTokenCount':%d,'totalTokenCount':50%s%s}"
                .formatted(
                    spoken,
                    count("cachedContentTokenCount", read),
                    count("thoughtsTokenCount", thought));
        case BEDROCK ->
            ",'usage':{'inputTokens':%d,'outputTokens':20,'totalTokens':50%s%s}"
                .formatted(
                    fresh,
                    count("cacheReadInputTokens", read),
                    count("cacheWriteInputTokens", written));
      };
    }

    private static String count(String name, @Nullable Long count) {
      return count == null ? "" : ",'%s':%d".formatted(name, count);
    }

    /** What a client of the dialect should hear; null: nothing. */
    @Nullable Usage heardAs(DialectId client) {
      if (none) {
        return null;
      }
      boolean required = client == DialectId.OPENAI_RESPONSES;
      return new Usage(
          INPUT,
          OUTPUT,
          required && read == null ? Long.valueOf(0) : read,
          client == DialectId.GEMINI ? null : required && written == null ? (Long) 0L : written,
          client == DialectId.BEDROCK ? null : required && thought == null ? (Long) 0L : thought,
          false);
    }
  }

  private static byte[] bytes(String text) {
    return text.replace('\'', '"').getBytes(UTF_8);
  }

  private static byte[] whole(DialectId upstream, Told told) {
    String usage = told.as(upstream);
    return bytes(
        switch (upstream) {
          case OPENAI_CHAT ->
              "{'id':'c','choices':[{'index':0,'message':{'role':'assistant','content':'Hi'},'finish_reason':'stop'}]%s}"
                  .formatted(usage);
          case OPENAI_RESPONSES ->
              "{'id':'r','object':'response','status':'completed','output':[{'type':'message','role':'assistant','content':[{'type':'output_text','text':'Hi','annotations':[]}]}]%s}"
                  .formatted(usage);
          case ANTHROPIC_MESSAGES ->
              "{'id':'m','type':'message','role':'assistant','content':[{'type':'text','text':'Hi'}],'stop_reason':'end_turn'%s}"
                  .formatted(usage);
          case GEMINI ->
              "{'candidates':[{'content':{'role':'model','parts':[{'text':'Hi'}]},'finishReason':'STOP'}]%s}"
                  .formatted(usage);
          case BEDROCK ->
              "{'output':{'message':{'role':'assistant','content':[{'text':'Hi'}]}},'stopReason':'end_turn'%s}"
                  .formatted(usage);
        });
  }

  private static byte[] stream(DialectId upstream, Told told) {
    String usage = told.as(upstream);
    if (upstream == DialectId.BEDROCK) {
      String metadata =
          usage.isEmpty()
              ? ""
              : "metadata {%s,'metrics':{'latencyMs':1}}\n".formatted(usage.substring(1));
      return OwnAnswers.frames(
          """
          messageStart {'role':'assistant'}
          contentBlockDelta {'contentBlockIndex':0,'delta':{'text':'Hi'}}
          contentBlockStop {'contentBlockIndex':0}
          messageStop {'stopReason':'end_turn'}
          %s\
          """
              .formatted(metadata)
              .replace('\'', '"'));
    }
    return bytes(
        switch (upstream) {
          case OPENAI_CHAT ->
              """
              data: {'id':'c','choices':[{'index':0,'delta':{'role':'assistant','content':'Hi'}}]}

              data: {'id':'c','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}

              data: {'id':'c','choices':[]%s}

              data: [DONE]

              """
                  .formatted(usage);
          case OPENAI_RESPONSES ->
              """
              data: {'type':'response.output_item.done','output_index':0,'item':{'type':'message','role':'assistant','content':[{'type':'output_text','text':'Hi','annotations':[]}]}}

              data: {'type':'response.completed','response':{'id':'r','status':'completed','output':[]%s}}

              """
                  .formatted(usage);
          case ANTHROPIC_MESSAGES ->
              """
              data: {'type':'message_start','message':{'id':'m','type':'message','role':'assistant','content':[]}}

              data: {'type':'content_block_start','index':0,'content_block':{'type':'text','text':'Hi'}}

              data: {'type':'content_block_stop','index':0}

              data: {'type':'message_delta','delta':{'stop_reason':'end_turn'}%s}

              data: {'type':'message_stop'}

              """
                  .formatted(usage);
          default ->
              """
              data: {'candidates':[{'content':{'role':'model','parts':[{'text':'Hi'}]}}]}

              data: {'candidates':[{'content':{'role':'model','parts':[{'text':''}]},'finishReason':'STOP'}]%s}

              """
                  .formatted(usage);
        });
  }

  @Test
  void zeroIsZeroAndWhatWasNotToldIsNotTold() throws IOException {
    List<String> faults = new ArrayList<>();
    for (Way way : Way.all()) {
      for (Told told : Told.all()) {
        if (told.isOf(way.upstream())) {
          byte[] whole = whole(way.upstream(), told);
          check(faults, way + " whole " + told, told, way, way.whole(whole), false);
          check(faults, way + " taken apart " + told, told, way, way.takenApart(whole), true);
          Heard stream = way.stream(stream(way.upstream(), told));
          check(faults, way + " stream " + told, told, way, stream, true);
        }
      }
    }
    assertThat(String.join("\n", faults)).isEmpty();
  }

  private static void check(
      List<String> faults, String what, Told told, Way way, Heard heard, boolean stream) {
    DialectId client = way.client().dialect();
    Usage expected = told.heardAs(client);
    Usage usage = heard.usage;
    heard.faults.forEach(fault -> faults.add(what + ": " + fault));
    if (!heard.text.toString().equals(TEXT)) {
      faults.add("%s: the text is %s".formatted(what, heard.text));
    }
    boolean required =
        client == DialectId.ANTHROPIC_MESSAGES || client == DialectId.BEDROCK && !stream;
    if (told.none() && required) {
      if (usage == null || usage.cacheReadTokens() != null || usage.reasoningTokens() != null) {
        faults.add("%s: the usage is %s".formatted(what, usage));
      }
    } else if (!java.util.Objects.equals(expected, usage)) {
      faults.add("%s: the usage is %s and not %s".formatted(what, usage, expected));
    }
  }

  @Test
  void whatAChatToldBeforeItFailedIsToldToClientsWithTheError() throws IOException {
    String chat =
        """
        data: {'id':'c','choices':[{'index':0,'delta':{'role':'assistant','content':'Hi'}}]}

        data: {'id':'c','choices':[{'index':0,'delta':{},'finish_reason':'length'}]}

        data: {'id':'c','error':{'code':400,'message':'Token limit reached'},'choices':[{'index':0,'delta':{'content':''},'finish_reason':null}],'usage':{'prompt_tokens':30,'completion_tokens':20}}

        """;
    for (Way way : Way.from(DialectId.OPENAI_CHAT)) {
      Heard heard = way.stream(bytes(chat));

      assertThat(heard.faults).as(way.toString()).isEmpty();
      assertThat(heard.error).as(way.toString()).contains("Token limit reached");
      assertThat(heard.usage).as(way.toString()).isNotNull();
      boolean byStatus = way.client().dialect() == DialectId.OPENAI_RESPONSES;
      assertThat(heard.finish).as(way.toString()).isEqualTo(byStatus ? "error" : "length");
    }
  }

  @Test
  void tokensThatWereCountedBeforeAnErrorAreTold() throws IOException {
    String messages =
        """
        data: {'type':'message_start','message':{'id':'m','type':'message','role':'assistant','content':[],'usage':{'input_tokens':30,'cache_read_input_tokens':0,'output_tokens':1}}}

        data: {'type':'content_block_start','index':0,'content_block':{'type':'text','text':'Hi'}}

        data: {'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}

        """;
    for (Way way : Way.from(DialectId.ANTHROPIC_MESSAGES)) {
      Heard heard = way.stream(bytes(messages));

      assertThat(heard.faults).as(way.toString()).isEmpty();
      assertThat(heard.error).as(way.toString()).contains("Overloaded");
      Usage usage = heard.usage;
      assertThat(usage).as(way.toString()).isNotNull();
      assertThat(usage == null ? 0 : usage.inputTokens()).as(way.toString()).isEqualTo(30);
    }
    String gemini =
        """
        data: {'candidates':[{'content':{'role':'model','parts':[{'text':'Hi'}]}}],'usageMetadata':{'promptTokenCount':30,'candidatesTokenCount':1,'totalTokenCount':31}}

        data: {'error':{'code':503,'message':'Overloaded','status':'UNAVAILABLE'}}

        """;
    for (Way way : Way.from(DialectId.GEMINI)) {
      Heard heard = way.stream(bytes(gemini));

      assertThat(heard.faults).as(way.toString()).isEmpty();
      assertThat(heard.error).as(way.toString()).contains("Overloaded");
      assertThat(heard.usage).as(way.toString()).isNotNull();
    }
  }
}
