package dev.customhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.customhouse.FakeWeb;
import dev.customhouse.canonical.Glob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EgressTest {
  private static final int BYTES = 10_000;
  private static final long SECOND = 1_000_000_000L;
  private static final byte[] PICTURE = FakeWeb.picture(100);
  private static final String IMG = "https://img.test/a.png";

  private final FakeWeb web = new FakeWeb().name("img.test", "93.184.216.34");

  private Egress.File fetch(String url, Egress.Rules rules) throws Exception {
    return new Egress(web, web, rules, "customhouse/test", web).fetch(url, BYTES, 10 * SECOND);
  }

  private Egress.File fetch(String url) throws Exception {
    return fetch(url, rules(""));
  }

  private void isRefused(String url, Egress.Rules rules, String reason) {
    assertThatThrownBy(() -> fetch(url, rules))
        .isInstanceOf(EgressException.class)
        .hasMessageContaining(reason)
        .hasMessageNotContaining("test");
  }

  private static Egress.Rules rules(String allow, String... deny) {
    return new Egress.Rules(
        allow.isEmpty() ? List.of() : List.of(new Glob(allow)),
        Arrays.stream(deny).map(Glob::new).toList());
  }

  @Test
  void aFileIsFetchedFromTheAddressThatWasChecked() throws Exception {
    web.name("img.test", "127.0.0.1").file(IMG, "image/png; x=y", PICTURE);

    Egress.File file = fetch(IMG);

    assertThat(file.bytes()).isEqualTo(PICTURE);
    assertThat(file.contentType()).isEqualTo("image/png; x=y");
    assertThat(web.connected()).containsExactly("93.184.216.34");
    assertThat(web.lookups()).as("the second answer would be loopback").hasSize(1);
    UpstreamRequest request = web.requests().getFirst();
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.uri().getHost()).isEqualTo("img.test");
    assertThat(request.headers()).hasToString("Headers[accept, accept-encoding, user-agent]");
  }

  @Test
  void ofSeveralAddressesTheFirstThatTakesTheConnectionIsUsed() throws Exception {
    web.name("many.test", "93.184.216.34", "2606:4700::1111", "1.1.1.1", "1.0.0.1");
    assertThatThrownBy(() -> fetch("http://many.test/nobody")).hasMessageContaining("be reached");
    assertThat(web.connected())
        .containsExactly("93.184.216.34", "2606:4700:0:0:0:0:0:1111", "1.1.1.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "8.8.8.8,10.0.0.1",
        "10.0.0.1,8.8.8.8",
        "::ffff:127.0.0.1",
        "2606:4700::1111,fd00::1",
        "169.254.169.254",
        "64:ff9b::a9fe:a9fe"
      })
  @SuppressWarnings("StringSplitter")
  void oneAddressThatIsNotPublicIsEnoughToAskNobody(String addresses) {
    web.name("inner.test", addresses.split(","));
    isRefused("https://inner.test/a", rules(""), "may fetch from");
    assertThat(web.requests()).isEmpty();
  }

  @Test
  void aHostThatDoesNotExistIsNotToldFromOneThatMayNotBeAsked() {
    web.name("inner.test", "10.0.0.1");
    isRefused("http://inner.test/", rules(""), "its host is not one that the gateway may fetch");
    isRefused("http://absent.test/", rules(""), "its host is not one that the gateway may fetch");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://printer/",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://metadata.goog/",
        "http://router.home.arpa/"
      })
  void namesOfLocalNetworksAreNotEvenLookedUp(String url) {
    isRefused(url, rules(""), "may fetch from");
    assertThat(web.lookups()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://img.test:22/", "http://img.test:8080/", "http://8.8.8.8:81/"})
  void onlyThePortsOfTheWebAreAsked(String url) {
    isRefused(url, rules(""), "neither 80 nor 443");
    assertThat(web.lookups()).isEmpty();
  }

  @Test
  void aTrustedHostMayHaveAnyAddressAndPort() throws Exception {
    web.name("files.test", "10.0.0.1").file("http://files.test:9000/a", "image/png", PICTURE);
    assertThat(fetch("http://files.test:9000/a", rules("files.test:9000")).bytes())
        .isEqualTo(PICTURE);
    assertThat(fetch("http://files.test:9000/a", rules("*.test:*")).bytes()).isEqualTo(PICTURE);
    isRefused("http://files.test:9000/a", rules("files.test"), "neither 80 nor 443");
    isRefused("http://other.test:9000/a", rules("files.test:9000"), "neither 80 nor 443");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://[fd00:ec2::254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0.0.0.0/"
      })
  void whatCloudsTellTheirMachinesIsForNobody(String url) {
    isRefused(url, rules("*"), "may fetch from");
    assertThat(web.requests()).isEmpty();
  }

  @Test
  void aDeniedHostIsNotAskedUnlessItIsTrusted() throws Exception {
    web.file(IMG, "image/png", PICTURE);
    isRefused(IMG, rules("", "img.test"), "may fetch from");
    isRefused(IMG, rules("", "*"), "may fetch from");
    isRefused(IMG, rules("other.test", "*"), "may fetch from");
    assertThat(fetch(IMG, rules("", "*.other.test")).bytes()).isEqualTo(PICTURE);
    assertThat(fetch(IMG, rules("img.test", "*")).bytes()).isEqualTo(PICTURE);
  }

  @Test
  void aRedirectIsFollowedAndCheckedLikeTheFirstAddress() throws Exception {
    web.name("cdn.test", "1.1.1.1")
        .status(IMG, 302, "location", "//cdn.test/b.png")
        .file("https://cdn.test/b.png", "image/png", PICTURE);
    assertThat(fetch(IMG).bytes()).isEqualTo(PICTURE);
    assertThat(web.connected()).containsExactly("93.184.216.34", "1.1.1.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:6379/",
        "http://2130706433/",
        "file:///etc/hosts",
        "https://inner.test/",
        "https://img.test:22/"
      })
  void aRedirectLeadsNowhereElse(String location) {
    web.name("inner.test", "10.0.0.1").status(IMG, 301, "location", location);
    isRefused(IMG, rules(""), "its ");
    assertThat(web.connected()).containsExactly("93.184.216.34");
  }

  @Test
  void redirectsHaveAnEnd() {
    web.status(IMG, 307, "location", "/a.png");
    isRefused(IMG, rules(""), "more than 3 times");
    assertThat(web.requests()).hasSize(Egress.REDIRECTS + 1);
  }

  @Test
  void aRedirectToNowhereIsAStatus() {
    web.status(IMG, 302);
    isRefused(IMG, rules(""), "status 302");
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 204, 206, 304, 401, 404, 500})
  void onlyAWholeFileWillDo(int status) {
    web.status(IMG, status);
    isRefused(IMG, rules(""), "status " + status);
  }

  @Test
  void aFileThatSaysItIsTooLargeIsNotRead() {
    web.file(IMG, "image/png", PICTURE, "content-length", "10001");
    isRefused(IMG, rules(""), "more than 10000 bytes");
  }

  @Test
  void aFileThatIsTooLargeIsReadNoFurther() {
    web.slow(IMG, "image/png", new byte[4_000], Duration.ZERO, true);
    isRefused(IMG, rules(""), "more than 10000 bytes");
  }

  @Test
  void aFileOfJustThatSizeIsTaken() throws Exception {
    web.file(IMG, "image/png", new byte[BYTES], "content-length", "10000");
    assertThat(fetch(IMG).bytes()).hasSize(BYTES);
  }

  @Test
  void aFileThatComesByteByByteIsWaitedForUntilTheTimeIsOver() {
    web.slow(IMG, "image/png", new byte[1], Duration.ofSeconds(1), true);
    isRefused(IMG, rules(""), "not come in time");
    assertThat(web.getAsLong()).isEqualTo(10 * SECOND);
  }

  @Test
  void aCompressedFileIsUnpackedAndABombIsNot() throws Exception {
    web.file(IMG, "image/png", gzip(PICTURE), "content-encoding", "gzip");
    assertThat(fetch(IMG).bytes()).isEqualTo(PICTURE);

    web.file(IMG, "image/png", gzip(new byte[1_000_000]), "content-encoding", "gzip");
    isRefused(IMG, rules(""), "more than 10000 bytes");

    web.file(IMG, "image/png", PICTURE, "content-encoding", "gzip");
    isRefused(IMG, rules(""), "cannot be undone");

    web.file(IMG, "image/png", PICTURE, "content-encoding", "aes128gcm");
    isRefused(IMG, rules(""), "cannot be undone");
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }

  @Test
  void nobodySeesTheBytesInALog() {
    assertThat(new Egress.File(FakeWeb.text("secret"), "text/plain")).hasToString("File[6 bytes]");
  }
}
