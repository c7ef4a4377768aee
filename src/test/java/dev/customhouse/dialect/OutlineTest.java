package dev.customhouse.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is shown of a request that was written for a provider. */
class OutlineTest {
  private static String outline(String body) {
    return new Outline("/v1/x", body.replace('\'', '"').getBytes(UTF_8)).json().replace('"', '\'');
  }

  @Test
  void wordsOfTheDialectStayAndTextsAreTheirLengths() {
    assertThat(
            outline(
                "{'model':'m-1','messages':[{'role':'user','content':'Größe'}],'max_tokens':10,"
                    + "'temperature':0.5,'stream':true,'stop':null}"))
        .isEqualTo(
            "{'model':'m-1','messages':[{'role':'user','content':'<5 chars>'}],'max_tokens':10,"
                + "'temperature':0.5,'stream':true,'stop':null}");
  }

  @Test
  void aWordOfADialectIsShownOnlyWhereItLooksLikeOne() {
    assertThat(outline("{'role':'two words','type':'','model':'" + "m".repeat(65) + "'}"))
        .isEqualTo("{'role':'<9 chars>','type':'<0 chars>','model':'<65 chars>'}");
    assertThat(outline("{'format':['text','a b'],'model':'a_./:@-9Z'}"))
        .isEqualTo("{'format':['text','<3 chars>'],'model':'a_./:@-9Z'}");
  }

  @Test
  void ofWhatTheClientNamedOnlyTheNumberIsShown() {
    assertThat(outline("{'input':{'a':{'b':1},'c':[1,2]},'args':{},'properties':{'x':1}}"))
        .isEqualTo("{'input':'<2 members>','args':'<0 members>','properties':'<1 members>'}");
    assertThat(outline("{'input':[{'type':'message'},'text']}"))
        .isEqualTo("{'input':['<1 members>','<4 chars>']}");
  }

  @Test
  void ofALongRequestOnlyTheSizeIsHeld() {
    byte[] body = ("[" + "1,".repeat(30_000) + "1]").getBytes(UTF_8);
    assertThat(new Outline("/v1/x", body).heldBytes()).isEqualTo(body.length);
    Outline large = new Outline("/v1/x", ("[" + "1,".repeat(40_000) + "1]").getBytes(UTF_8));
    assertThat(large.json()).isEqualTo("\"<80003 bytes>\"");
    assertThat(large.heldBytes()).isLessThan(32);
  }

  @Test
  void longListsAreCutAndTheRestIsCounted() {
    String list = "1," + "[2,{'x':3}],".repeat(29) + "4";
    assertThat(outline("{'list':[" + list + "]}"))
        .isEqualTo("{'list':[1," + "[2,{'x':3}],".repeat(23) + "'<7 more>']}");
  }

  @Test
  void whatLiesTooDeepIsCounted() {
    assertThat(outline("[".repeat(12) + "{'a':[1],'b':2}" + "]".repeat(12)))
        .isEqualTo("[".repeat(12) + "'<2 members>'" + "]".repeat(12));
    assertThat(outline("[".repeat(12) + "[1,[2],{'a':3}]" + "]".repeat(12)))
        .isEqualTo("[".repeat(12) + "'<3 elements>'" + "]".repeat(12));
  }

  @Test
  void aLongRequestIsOnlyItsSize() {
    assertThat(outline("{'text':'" + "x".repeat(64 * 1024) + "'}")).isEqualTo("'<65547 bytes>'");
    assertThat(outline("")).isEqualTo("null");
    assertThat(outline("{'a':")).isEqualTo("null");
  }
}
