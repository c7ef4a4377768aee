package dev.customhouse.dialect.anthropicmessages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.canonical.OnUnsupported;
import dev.customhouse.canonical.Refusal;
import dev.customhouse.dialect.Losses;
import dev.customhouse.dialect.anthropicmessages.RehostedMessages.Service;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies for Claude on Bedrock and Vertex: all bytes stay, but for what is in the path there. */
class RehostedMessagesTest {
  private static String outward(String body, Service service, String... betas) {
    return outward(body, service, Desk.ofItsOwn(OnUnsupported.LISTED), betas);
  }

  private static String outward(String body, Service service, Losses losses, String... betas) {
    return new String(
            RehostedMessages.outward(Desk.json(body), service, List.of(betas), losses), UTF_8)
        .replace('"', '\'');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'model':'c','max_tokens':1} | {'anthropic_version':'bedrock-2023-05-31','max_tokens':1}",
        "{'max_tokens':1,'model':'c'} | {'anthropic_version':'bedrock-2023-05-31','max_tokens':1}",
        "{'a':{'model':1} , 'stream' : true ,'z':[ 1.50 ]} | {'anthropic_version':'bedrock-2023-05-31','a':{'model':1} , 'z':[ 1.50 ]}",
        "{'model':'c','stream':false} | {'anthropic_version':'bedrock-2023-05-31'}",
        "{ 'model' : 'c' } | {'anthropic_version':'bedrock-2023-05-31'}",
        "{'anthropic_version':'old','x':'\u00e9'} | {'anthropic_version':'bedrock-2023-05-31','x':'\u00e9'}"
      })
  void theModelLeavesTheBodyAndTheVersionEntersIt(String body, String expected) {
    assertThat(outward(body, Service.BEDROCK).replaceAll("\\s+}$", "}").replace("{ '", "{'"))
        .isEqualTo(expected);
  }

  @Test
  void betasStandInTheBody() {
    assertThat(outward("{'anthropic_beta':['a'],'x':1}", Service.VERTEX, "b, c", "a,"))
        .isEqualTo(
            "{'anthropic_version':'vertex-2023-10-16','anthropic_beta':['a','b','c'],'x':1}");
  }

  @Test
  void theWayBackRestoresWhatThePathSays() {
    RehostedMessages.Direct direct =
        RehostedMessages.inward(
            Desk.json(
                "{'anthropic_version':'bedrock-2023-05-31','max_tokens':9,'anthropic_beta':['a','b']}"),
            "claude-x",
            true);

    assertThat(new String(direct.body(), UTF_8).replace('"', '\''))
        .isEqualTo("{'model':'claude-x','stream':true,'max_tokens':9}");
    assertThat(direct.headers().get("anthropic-beta")).isEqualTo("a,b");
    assertThat(direct).hasToString("Direct[%d bytes]".formatted(direct.body().length));
    RehostedMessages.Direct plain = RehostedMessages.inward(Desk.json("{}"), "m", false);
    assertThat(new String(plain.body(), UTF_8)).isEqualTo("{\"model\":\"m\"}");
    assertThat(plain.headers().size()).isZero();
  }

  @Test
  void whatBedrockRefusesIsLeftOutAndTold() {
    String body = "{'metadata':{'user_id':'u'},'service_tier':'auto','inference_geo':null,'x':1}";
    Losses told = Desk.ofItsOwn(OnUnsupported.LISTED);

    assertThat(outward(body, Service.BEDROCK, told))
        .isEqualTo("{'anthropic_version':'bedrock-2023-05-31','x':1}");
    assertThat(told.dropped()).containsExactly("metadata", "service_tier");
    assertThat(told.unlisted()).isEmpty();
    assertThatThrownBy(() ->
            outward("{'service_tier':'auto'}", Service.BEDROCK, Desk.ofItsOwn(OnUnsupported.ERROR)))
        .isInstanceOfSatisfying(
            Refusal.class,
            e ->
                assertThat(e)
                    .hasMessageContaining("'service_tier'")
                    .hasMessageContaining("Bedrock"));
  }

  @Test
  void whereTheAnswerIsMadeIsADemandThatIsNotLeftOutUnlessThatIsWanted() {
    String body = "{'inference_geo':'us'}";
    Losses dropping = Desk.ofItsOwn(OnUnsupported.DROP);

    assertThatThrownBy(() -> outward(body, Service.BEDROCK))
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.param()).isEqualTo("inference_geo"));
    assertThat(outward(body, Service.BEDROCK, dropping)).doesNotContain("inference_geo");
    assertThat(dropping.dropped()).containsExactly("inference_geo");
  }

  @Test
  void whatIsNoObjectIsRefused() {
    assertThatThrownBy(() -> outward("[]", Service.BEDROCK)).isInstanceOf(Refusal.class);
  }

  @Test
  void framesAreEvents() {
    String data = "{\"type\":\"message_stop\"}";
    String base64 = Base64.getEncoder().encodeToString(data.getBytes(UTF_8));
    byte[] event = RehostedMessages.event(Desk.json("{'bytes':'" + base64 + "','p':'abc'}"));

    assertThat(new String(Objects.requireNonNull(event), UTF_8))
        .isEqualTo("event: message_stop\ndata: " + data + "\n\n");
    assertThat(RehostedMessages.event(Desk.json("{'message':'no'}"))).isNull();
    assertThat(RehostedMessages.event(Desk.json("{'bytes':'%'}"))).isNull();
  }
}
