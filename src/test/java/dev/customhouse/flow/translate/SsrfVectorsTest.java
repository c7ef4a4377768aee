package dev.customhouse.flow.translate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.customhouse.FakeWeb;
import dev.customhouse.canonical.chat.ChatRequest;
import dev.customhouse.canonical.chat.Content;
import dev.customhouse.canonical.chat.Extras;
import dev.customhouse.canonical.chat.Message;
import dev.customhouse.canonical.chat.Target;
import dev.customhouse.config.Settings;
import dev.customhouse.dialect.gemini.GeminiCodec;
import dev.customhouse.wire.Egress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Addresses by which gateways were led astray, collected in a corpus beside the repository. */
@Tag("recorded")
class SsrfVectorsTest {
  private static final String ROOT =
      System.getenv().getOrDefault("CUSTOMHOUSE_SHARED", "../shared");

  private static final Target TARGET = new Target("p", "gemini", "gemini-2.5-pro");

  @Test
  void everyAddressOfTheCorpusIsFetchedOrNotAsItSays() throws Exception {
    Path corpus = Path.of(ROOT, "corpora/http/ssrf_vectors.json");
    if (!Files.exists(corpus)) {
      System.out.println("not run: the corpus of addresses is absent");
      return;
    }
    int blocked = 0;
    for (JsonNode vector : new ObjectMapper().readTree(corpus.toFile())) {
      String url = vector.path("url").asText().replaceFirst(" [(].*", "");
      boolean expected = vector.path("expect").asText().equals("allowed");
      FakeWeb web = web();
      boolean inlined = isInlined(web, url);
      assertThat(web.connected())
          .as("machines that were asked for %s", url)
          .allMatch(address -> List.of("93.184.216.34", "8.8.8.8").contains(address));
      // Asked once, this name means a public machine, and that one was asked.
      boolean rebinds = url.contains("rebind.test");
      assertThat(inlined).as(url).isEqualTo(expected || rebinds);
      blocked += inlined ? 0 : 1;
    }
    assertThat(blocked).isPositive();
    System.out.printf("addresses of the corpus: %d not fetched%n", blocked);
  }

  private static boolean isInlined(FakeWeb web, String url) throws InterruptedException {
    ChatRequest request =
        ChatRequest.builder("m")
            .messages(
                List.of(
                    Message.of(
                        Message.Role.USER,
                        new Content.Media(
                            Content.Media.Kind.IMAGE,
                            new Content.Source.Url(url),
                            null,
                            null,
                            Extras.NONE))))
            .build();
    Egress egress =
        new Egress(web, web, new Egress.Rules(List.of(), List.of()), "customhouse/test", web);
    FetchedMedia media =
        new MediaFetcher(
                egress,
                new Settings.Egress(
                    true, 20 << 20, 50 << 20, Duration.ofSeconds(20), List.of(), List.of()),
                web)
            .forCall();
    GeminiCodec codec = new GeminiCodec();
    media.fetch(request, codec, TARGET);
    Content first =
        media.inlined(request, codec, TARGET).messages().getFirst().content().getFirst();
    return ((Content.Media) first).source() instanceof Content.Source.Inline;
  }

  /** What the corpus takes for granted. */
  private static FakeWeb web() throws IOException {
    String open = "93.184.216.34";
    byte[] picture = FakeWeb.picture(1_000);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
      gzip.write(picture);
      gzip.write(new byte[30_000_000]);
    }
    return new FakeWeb()
        .name("localhost", "127.0.0.1", "::1")
        .name("localtest.me", "127.0.0.1")
        .name("127.0.0.1.nip.io", "127.0.0.1")
        .name("metadata.google.internal", "169.254.169.254")
        .name("good.test", open)
        .name("images.example.com", open)
        .file("https://images.example.com/cat.png", "image/png", picture)
        .name("redirect.test", open)
        .status(
            "http://redirect.test/302-to-169.254.169.254",
            302,
            "location",
            "http://169.254.169.254/latest/meta-data/")
        .name("rebind.test", open)
        .name("rebind.test", "127.0.0.1")
        .file("http://rebind.test/", "image/png", picture)
        .name("multi-a.test", "8.8.8.8", "10.0.0.1")
        .file("http://multi-a.test/", "image/png", picture)
        .name("cname-internal.test", "10.1.2.3")
        .file("http://cname-internal.test/", "image/png", picture)
        .name("slow.test", open)
        .slow("http://slow.test/", "image/png", new byte[1], Duration.ofSeconds(1), true)
        .name("huge.test", open)
        .slow("http://huge.test/", "image/png", new byte[1 << 20], Duration.ZERO, true)
        .name("bomb.test", open)
        .file("http://bomb.test/", "image/png", bomb.toByteArray(), "content-encoding", "gzip")
        .name("svg.test", open)
        .file(
            "http://svg.test/",
            "image/svg+xml",
            FakeWeb.text("<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/hosts'>]><svg>&x;</svg>"));
  }
}
